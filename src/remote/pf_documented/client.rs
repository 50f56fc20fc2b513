//! The protocol of the documented contract (docs/vendor-apis.md, "Documented contract: calls"). Nothing can be read, so there is
//! no reader.

use reqwest::Method;
use reqwest::header::HeaderMap;
use serde_json::Value;

use super::known_user;
use crate::model::config::{Config, Rate};
use crate::model::record::{Row, System};
use crate::remote::api_client::ApiClient;
use crate::remote::endpoints::Endpoints;
use crate::remote::http_client::ReadWriteClient;
use crate::remote::json::{at, id};
use crate::remote::permission::Permission;
use crate::remote::pf::PfPatch;
use crate::remote::rate_limiter::RateLimiter;
use crate::remote::token_source::{TokenGrant, TokenSource};
use crate::remote::{ErrorKind, Permits, RemoteError};

/// The path of the token call (docs/vendor-apis.md, "Documented contract: token").
const TOKEN: &str = "/oauth/token";

/// Writes to Property Finder. Clones share one token and one rate limiter.
#[derive(Clone, Debug)]
pub struct DocumentedWriter {
    server: ReadWriteClient,
}

/// The remedy where the key does not allow a request. The document names no scopes.
fn denied(_: Permission) -> String {
    "check PF_API_KEY and PF_API_SECRET: the key has no right to write users".to_owned()
}

impl DocumentedWriter {
    /// Prepares to write; nothing is sent yet.
    ///
    /// # Errors
    /// When the HTTP client cannot be set up.
    pub fn new(endpoints: &Endpoints, config: &Config) -> Result<Self, RemoteError> {
        let pf = &endpoints.pf;
        let client_of =
            |base, rate| ApiClient::new(System::Pf, base, RateLimiter::new(rate), HeaderMap::new(), endpoints);
        let (token, path) = pf.token_call(TOKEN);
        let remedy = "check PF_API_KEY and PF_API_SECRET (and ROSTER_PF_TOKEN_URL, if it is set)".to_owned();
        let token_client = client_of(token, Rate::per_minute(60))?;
        let tokens = TokenSource::new(token_client, path, TokenGrant::ClientCredentials, pf.keys.clone(), remedy);
        let client = client_of(pf.base.clone(), config.property_finder.rate)?;
        Ok(Self { server: ReadWriteClient::new(client, tokens, denied) })
    }

    /// Why nothing more is sent in this run, if anything has ended it.
    #[must_use]
    pub fn closed(&self) -> Option<String> {
        self.server.closed()
    }

    /// Takes permits of the rate limit for so many requests together.
    pub async fn reserve(&self, requests: usize) -> Permits<'_> {
        self.server.reserve(requests).await
    }

    /// Whether the rate limit lets a request through at once.
    pub(crate) fn has_free_permit(&self) -> bool {
        self.server.has_free_permit()
    }

    /// Makes a user from the body that `mapper` built, and returns its ids. It is never sent twice: where the answer is lost, or
    /// does not hold both ids, the error is [`ErrorKind::Unknown`].
    ///
    /// # Errors
    /// When Property Finder refuses, cannot be reached, or its answer is lost.
    pub async fn create(&self, body: &Value) -> Result<Row, RemoteError> {
        self.server.create("/v1/users", body, "creating the user", |answer| ids(&answer)).await
    }

    /// Writes to a user or to a public profile. A patch holds whole values, so it is repeated when its answer is lost; where
    /// every answer is lost the error is [`ErrorKind::Unknown`].
    ///
    /// # Errors
    /// When Property Finder refuses, cannot be reached, or its answers are lost.
    pub async fn update(&self, permits: &mut Permits<'_>, id: u64, patch: &PfPatch) -> Result<(), RemoteError> {
        let (route, doing) = patch.route(id);
        self.server.overwrite(permits, Method::PATCH, &route, patch.body(), &doing).await
    }
}

/// The ids in the answer to a create. The document names neither member (docs/vendor-apis.md, "Documented contract: create a
/// user").
fn ids(answer: &Value) -> Result<Row, ErrorKind> {
    let first = |paths: &[&[&str]]| paths.iter().find_map(|path| at(answer, path).and_then(id));
    let user = first(&[&["id"], &["userId"], &["user", "id"], &["data", "id"]]);
    let profile = first(&[
        &["publicProfileId"],
        &["profileId"],
        &["publicProfile", "id"],
        &["user", "publicProfile", "id"],
        &["data", "publicProfile", "id"],
    ]);
    match (user, profile) {
        (Some(user), Some(profile)) => Ok(known_user(user, Some(profile), None)),
        _ => Err(ErrorKind::NotUnderstood(
            "the answer does not hold the ids of the user and of its public profile".into(),
        )),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn both_ids_are_found_under_every_likely_name() {
        let table = [
            (json!({"id": 7, "publicProfileId": 9}), Some((7, 9))),
            (json!({"userId": "7", "profileId": "9"}), Some((7, 9))),
            (json!({"id": 7, "publicProfile": {"id": 9}}), Some((7, 9))),
            (json!({"user": {"id": 7, "publicProfile": {"id": 9}}}), Some((7, 9))),
            (json!({"data": {"id": 7, "publicProfile": {"id": 9}}}), Some((7, 9))),
            (json!({"id": 7}), None),
            (json!({"publicProfileId": 9}), None),
            (json!([]), None),
        ];
        for (answer, want) in table {
            let found = ids(&answer).ok().map(|row| (row.id, at(&row.raw, &["publicProfile", "id"]).and_then(id)));
            assert_eq!(found, want.map(|(user, profile)| (user, Some(profile))), "{answer}");
        }
    }
}
