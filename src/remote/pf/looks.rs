//! The reads that show which assumptions about Property Finder hold.

use serde_json::Value;

use super::client::PfReader;
use crate::remote::RemoteError;
use crate::remote::assumptions::Look;
use crate::remote::assumptions::pf::{LARGEST_PAGE, PfLooks};
use crate::remote::json::text;

/// A page that no account has.
const FAR: &str = "1000000";

/// An id that no user has.
const NOBODY: &str = "999999999";

impl PfReader {
    /// Sends the reads. It writes nothing.
    ///
    /// # Errors
    /// When no token is given, or the list of users cannot be read.
    pub(crate) async fn looks(&self) -> Result<PfLooks, RemoteError> {
        self.authenticate().await?;
        let page = self.server.get(
            "/v1/users",
            query(&[("page", "1"), ("perPage", &LARGEST_PAGE.to_string())]),
            "listing users",
        );
        let page = page.await?;
        let (mut by_login, mut by_public_email) = (Look::Nothing, Look::Nothing);
        if let Some((login, public)) = two_emails(&page) {
            by_login = self.one_user(&[("email", &login)]).await;
            by_public_email = self.one_user(&[("email", &public)]).await;
        }
        let too_large = self.look("/v1/users", &[("page", "1"), ("perPage", "101")]).await;
        let past_the_end = self.look("/v1/users", &[("page", FAR), ("perPage", "1")]).await;
        let everybody = self.one_user(&[]).await;
        let active = self.one_user(&[("status", "active")]).await;
        let inactive = self.one_user(&[("status", "inactive")]).await;
        let unknown_id = self.one_user(&[("id", NOBODY)]).await;
        let unknown_parameter = self.one_user(&[("rosterUnknown", "1")]).await;
        let roles = self.look("/v1/roles", &[]).await;
        let limit_headers = self.servers().into_iter().flat_map(|server| server.limit_headers).collect();
        let page = Look::Json(page);
        Ok(PfLooks {
            page,
            too_large,
            past_the_end,
            everybody,
            active,
            inactive,
            by_login,
            by_public_email,
            unknown_id,
            unknown_parameter,
            roles,
            limit_headers,
        })
    }

    /// A page of one user.
    async fn one_user(&self, filters: &[(&str, &str)]) -> Look {
        self.look("/v1/users", &[&[("page", "1"), ("perPage", "1")], filters].concat()).await
    }

    async fn look(&self, path: &str, parameters: &[(&str, &str)]) -> Look {
        Look::of(self.server.look(path, query(parameters), "reading what the account shows").await)
    }
}

fn query(parameters: &[(&str, &str)]) -> Vec<(String, String)> {
    parameters.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// The login and the public e-mail of a user, where the public e-mail is no other user's login and the login is no other
/// user's public e-mail.
fn two_emails(page: &Value) -> Option<(String, String)> {
    let rows = page.get("data")?.as_array()?;
    let at = |row: &Value, pointer: &str| Some(row.pointer(pointer).and_then(text)?.to_lowercase());
    let pairs: Vec<(String, String)> =
        rows.iter().filter_map(|row| Some((at(row, "/email")?, at(row, "/publicProfile/email")?))).collect();
    let is_alone =
        |(login, public): &&(String, String)| pairs.iter().all(|(other, shown)| other != public && shown != login);
    pairs.iter().find(is_alone).cloned()
}
