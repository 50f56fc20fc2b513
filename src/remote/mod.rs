//! The two systems, as far as they are servers: how to reach them, what they answer, and what their JSON means.
//!
//! Each folder holds one system: `client.rs` speaks its protocol, `wire.rs` translates between its JSON and
//! [`Record`](crate::record::Record)s, without any I/O. The files beside them know no vendor: `http` is what a client
//! holds of a server, `call` sends one request, `retry` decides whether it goes again, `pace` when, `token` with what,
//! `paging` reads a listing whole, `words` says what an error said. What may only be read is reached through a
//! [`Reader`], which has no way to write (design 2.1).

mod call;
pub mod crm;
pub mod endpoints;
pub mod error;
mod http;
mod json;
pub mod pace;
mod paging;
pub mod pf;
pub mod retry;
#[cfg(test)]
mod samples;
mod secrets;
mod token;
mod words;

pub use endpoints::Endpoints;
pub use error::{RemoteError, What};

use crate::record::{Row, System};

/// A system that can be read. It has no method that writes, and no way to get one.
pub trait Reader: Send + Sync {
    /// Which system it is.
    const SYSTEM: System;

    /// Every row there is, complete, in ascending order of id (design 2.5).
    ///
    /// # Errors
    /// When the listing cannot be had whole: unreachable, refused, not the expected JSON, or short.
    fn list(&self) -> impl Future<Output = Result<Vec<Row>, RemoteError>> + Send;

    /// These rows as they are now; an id that is not there is left out. One request an id at the CRM, one for up to
    /// 100 ids at Property Finder.
    ///
    /// # Errors
    /// As [`list`](Self::list).
    fn reread(&self, ids: &[u64]) -> impl Future<Output = Result<Vec<Row>, RemoteError>> + Send;

    /// The rows whose login e-mail is exactly this one, compared without case on our side: asked for by filter first,
    /// and where that brings nothing, looked for in the full listing.
    ///
    /// # Errors
    /// As [`list`](Self::list).
    fn by_login(&self, email: &str) -> impl Future<Output = Result<Vec<Row>, RemoteError>> + Send;
}

/// A system that can be written to.
pub trait Writer: Reader {
    /// The body of an update: a whole user at the CRM; a user part and a profile part at Property Finder.
    type Update: Send + Sync;

    /// Makes a user from the body that the system's `wire` built, and returns it as the system answered. Never sent
    /// twice: where the answer is lost the error is [`What::Unknown`], and the caller looks before it sends again.
    ///
    /// # Errors
    /// When the system refuses, cannot be reached, or its answer is lost.
    fn create(&self, body: &serde_json::Value) -> impl Future<Output = Result<Row, RemoteError>> + Send;

    /// Writes an update. It holds whole values, so it is repeated when its answer is lost.
    ///
    /// # Errors
    /// When the system refuses or cannot be reached.
    fn update(&self, id: u64, body: &Self::Update) -> impl Future<Output = Result<(), RemoteError>> + Send;
}
