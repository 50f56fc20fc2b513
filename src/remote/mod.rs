//! Both systems as servers. Each folder holds one system: `client.rs` speaks its protocol, and `mapper.rs` translates
//! between its JSON and [`Record`](crate::model::record::Record)s without I/O. The files beside them know no vendor.
//! `http_client` is a server that can be read, or read and written. `api_client` sends one request over an
//! `http_connection` and judges its `http_response`. `retry` decides whether it is sent again, `rate_limiter` when, and
//! `token_source` with which token. `web_photos` downloads photos, without any key. `success_counts` counts successes, `answer_times` measures answers, `waits` announces long waits, `assumptions` judges which assumptions about an account hold, `paging` reads a
//! list completely, and `error_message` selects what may be quoted. A [`Reader`] has no method that writes.

mod answer_times;
mod api_client;
mod api_request;
pub(crate) mod assumptions;
mod authorization;
pub mod crm;
mod endpoints;
mod error_message;
mod http_client;
mod http_connection;
mod http_response;
mod json;
mod mappers;
pub mod observe;
mod paging;
mod permission;
pub mod pf;
pub mod pf_documented;
mod portal;
mod rate_limiter;
mod remote_error;
pub(crate) mod retry;
#[cfg(test)]
mod samples;
mod success_counts;
mod token_source;
pub(crate) mod waits;
mod web_photos;

pub use endpoints::Endpoints;
pub(crate) use endpoints::EnvironmentReading;
pub use mappers::{Mappers, plan};
pub use portal::{Portal, PortalMapper};
pub(crate) use rate_limiter::Permits;
pub use remote_error::{ErrorKind, Evidence, RemoteError};
pub(crate) use retry::{LONGEST_WAIT, Timing};
pub use web_photos::{WebPhotoError, WebPhotos};

use crate::model::record::Row;
use crate::reconcile::plan::FilterReference;

/// A system that can be read. It has no method that writes, and no way to get one.
pub trait Reader: Send + Sync {
    /// Why nothing more is sent to it in this run, if it has refused the keys or asked for no requests.
    fn closed(&self) -> Option<String>;

    /// What `read` makes of every row, in ascending order of id. A list that may be short is an error: a missing row would
    /// look like a person who is not there. A row is read when its page arrives, so that no listing is held as JSON.
    ///
    /// # Errors
    /// When the listing cannot be had whole: unreachable, refused, not the expected JSON, or short.
    fn list_as<T: Send>(
        &self,
        read: impl Fn(Row) -> T + Send + Sync,
    ) -> impl Future<Output = Result<Vec<T>, RemoteError>> + Send;

    /// Every row, in ascending order of id.
    ///
    /// # Errors
    /// As [`list_as`](Self::list_as).
    fn list(&self) -> impl Future<Output = Result<Vec<Row>, RemoteError>> + Send {
        self.list_as(|row| row)
    }

    /// These rows as they are now; an id that is not there is left out. One request an id at the CRM, one for up to
    /// 100 ids at Property Finder.
    ///
    /// # Errors
    /// As [`list_as`](Self::list_as).
    fn reread(&self, ids: &[u64]) -> impl Future<Output = Result<Vec<Row>, RemoteError>> + Send;

    /// The rows whose login e-mail is exactly this one, compared without case on our side: asked for by filter first,
    /// and where that brings nothing, looked for in the full listing.
    ///
    /// # Errors
    /// As [`list_as`](Self::list_as).
    fn by_login(&self, email: &str) -> impl Future<Output = Result<Vec<Row>, RemoteError>> + Send;

    /// The rows that are a person's already, compared exactly on our side. One request for each key of the lookup where the
    /// system's filter works; where it does not, the full listing is read.
    ///
    /// # Errors
    /// As [`list_as`](Self::list_as).
    fn already_there(&self, wanted: &WantedPerson<'_>) -> impl Future<Output = Result<Vec<Row>, RemoteError>> + Send;
}

/// By which facts a CRM row may belong to a person who is about to be created.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LookupKey {
    /// The person had no file before: only a row made by hand can be the person's.
    #[default]
    Login,
    /// The person had a file before: the row carries the slug, and may have another login e-mail.
    Slug,
    /// It is not known whether the person had a file before.
    Either,
}

/// A person who is about to be created, as a system may know them already.
#[derive(Clone, Copy, Debug, Default)]
pub struct WantedPerson<'a> {
    /// The login e-mail.
    pub login: &'a str,
    /// The id of the custom field that holds slugs, and the person's slug.
    pub slug: Option<(&'a str, &'a str)>,
    /// Which of the two may find the person's row.
    pub found_by: LookupKey,
    /// Another user who exists. A filter that does not find this user by the login e-mail does not filter by logins.
    pub reference: Option<&'a FilterReference>,
}
