//! The reads that show which assumptions about the CRM hold.

use serde_json::Value;

use super::client::CrmReader;
use crate::remote::assumptions::Look;
use crate::remote::assumptions::crm::{CrmLooks, LARGE_PAGE};
use crate::remote::json::text;
use crate::remote::paging::number;
use crate::remote::{ErrorKind, RemoteError};

/// A page that no account has.
const FAR: &str = "1000000";

/// An id that no user has.
const NOBODY: &str = "999999999999";

/// A filter that no server knows.
const UNKNOWN_FILTER: &str = "filters[roster_unknown]";

impl CrmReader {
    /// Sends the reads. It writes nothing.
    ///
    /// # Errors
    /// When no token is given, or the list of users cannot be read.
    pub(crate) async fn looks(&self) -> Result<CrmLooks, RemoteError> {
        self.authenticate().await?;
        let (page, large_page_refused) = match self.first_page(LARGE_PAGE).await {
            Err(RemoteError { what: ErrorKind::Refused { status, .. }, .. }) => {
                (self.first_page(self.page_size).await?, Some(status))
            }
            page => (page?, None),
        };
        let rows = page.get("users").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let first =
            rows.iter().find_map(|row| Some((number(row.get("id"))?, row.pointer("/private/email").and_then(text)?)));
        let one_row = self.look("/users", &[("page", "1"), ("per_page", "1")]).await;
        let past_the_end = self.look("/users", &[("page", FAR), ("per_page", "1")]).await;
        let unknown_id = self.look(&format!("/users/{NOBODY}"), &[]).await;
        let me = self.look("/users/me", &[]).await;
        let (mut single, mut by_login, mut by_part) = (Look::Nothing, Look::Nothing, Look::Nothing);
        if let Some((id, login)) = first {
            single = self.look(&format!("/users/{id}"), &[]).await;
            by_login = self.filtered("filters[email]", &login).await;
            by_part = self.filtered("filters[email]", part(&login)).await;
        }
        let sorting = [("sort", "last_name"), ("sort_order", "DESC"), ("page", "1"), ("per_page", "100")];
        let sorted = self.look("/users", &sorting).await;
        // The last one, since its warnings are those of the header.
        drop(self.take_warnings());
        let unknown_filter = self.filtered(UNKNOWN_FILTER, "1").await;
        let warned = !self.take_warnings().is_empty();
        let limit_headers = self.servers().into_iter().flat_map(|server| server.limit_headers).collect();
        let page = Look::Json(page);
        Ok(CrmLooks {
            page,
            large_page_refused,
            one_row,
            past_the_end,
            single,
            unknown_id,
            me,
            by_login,
            by_part,
            unknown_filter,
            sorted,
            warned,
            limit_headers,
        })
    }

    async fn first_page(&self, size: u32) -> Result<Value, RemoteError> {
        let parameters = query(&[("page", "1"), ("per_page", &size.to_string())]);
        self.server.get("/users", parameters, "listing users").await
    }

    async fn filtered(&self, filter: &str, value: &str) -> Look {
        self.look("/users", &[(filter, value), ("page", "1"), ("per_page", "100")]).await
    }

    async fn look(&self, path: &str, parameters: &[(&str, &str)]) -> Look {
        Look::of(self.server.look(path, query(parameters), "reading what the account shows").await)
    }
}

fn query(parameters: &[(&str, &str)]) -> Vec<(String, String)> {
    parameters.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// A text without its first and its last character.
fn part(text: &str) -> &str {
    let mut inner = text.chars();
    inner.next();
    inner.next_back();
    inner.as_str()
}
