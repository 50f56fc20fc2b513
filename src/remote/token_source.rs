//! A system's access token, with the token refresh after a 401 (`retry` decides on it): requested when first needed, kept until shortly before
//! it expires, by one caller at a time.

use std::sync::Arc;
use std::time::Duration;

use reqwest::Method;
use reqwest::header::HeaderValue;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::RemoteError;
use super::api_client::ApiClient;
use super::api_request::{ApiRequest, RequestBody};
use super::authorization::{Authorization, Credentials};
use super::endpoints::Keys;
use super::paging::number;
use super::remote_error::ErrorKind;
use super::retry::RequestKind;
use crate::model::server_facts::ServerFacts;

/// How a system is asked for a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TokenGrant {
    /// Basic authentication and `client_credentials` (docs/vendor-apis.md, "CRM: token").
    ClientCredentials,
    /// The keys in the body (docs/vendor-apis.md, "Property Finder: token").
    KeysInBody,
}

/// The token of one system in this run. Clones share it.
#[derive(Clone, Debug)]
pub(super) struct TokenSource(Arc<SharedToken>);

#[derive(Debug)]
struct SharedToken {
    client: ApiClient,
    path: &'static str,
    form: TokenGrant,
    keys: Keys,
    remedy: String,
    state: Mutex<TokenState>,
}

/// What is known of the token.
#[derive(Debug)]
struct TokenState {
    held: Option<HeldToken>,
    /// Tokens so far; the number of the one that is held.
    number: u64,
    failed: Option<TokenFailure>,
}

/// A token call that did not succeed.
#[derive(Debug)]
struct TokenFailure {
    at: Instant,
    error: RemoteError,
}

#[derive(Debug)]
struct HeldToken {
    token: SecretString,
    until: Instant,
}

/// The keys of a token call; there is nothing to discard.
struct StaticCredentials(Authorization);

/// The lifetime of a token in both systems (docs/vendor-apis.md, "CRM: token"). It is used for a response without a
/// lifetime.
const USUAL_LIFETIME: Duration = Duration::from_secs(1800);

/// No token is used in its last minute, or last tenth if that is shorter.
const LONGEST_MARGIN: Duration = Duration::from_secs(60);

impl TokenSource {
    /// Tokens that are asked for at `path` behind the base of `client`.
    pub(super) fn new(client: ApiClient, path: &'static str, form: TokenGrant, keys: Keys, remedy: String) -> Self {
        let state = Mutex::new(TokenState { held: None, number: 0, failed: None });
        Self(Arc::new(SharedToken { client, path, form, keys, remedy, state }))
    }

    /// What is known of the server that gives the tokens.
    pub(super) fn facts(&self) -> ServerFacts {
        self.0.client.facts()
    }
}

impl SharedToken {
    async fn ask(&self) -> Result<HeldToken, RemoteError> {
        let (body, authorization) = match self.form {
            TokenGrant::ClientCredentials => (
                json!({"scope": "openid", "grant_type": "client_credentials"}),
                Authorization::Basic(self.keys.key.clone(), self.keys.secret.clone()),
            ),
            TokenGrant::KeysInBody => (
                json!({"apiKey": self.keys.key.expose_secret(), "apiSecret": self.keys.secret.expose_secret()}),
                Authorization::None,
            ),
        };
        let call = ApiRequest {
            kind: RequestKind::Token,
            wants: None,
            names_row: false,
            method: Method::POST,
            path: self.path.to_owned(),
            query: Vec::new(),
            body: Some(RequestBody::Json(body)),
            doing: "asking for a token".to_owned(),
            remedy: self.remedy.clone(),
        };
        let asked = Instant::now();
        let answer = self.client.send(&call, &StaticCredentials(authorization)).await?;
        let held = answer.json().and_then(|body| held(&body, asked));
        let held = held.map_err(|what| self.client.error(&call.doing, what))?;
        self.client.learn(&held.token);
        Ok(held)
    }
}

impl Credentials for TokenSource {
    async fn show(&self) -> Result<(Authorization, u64), RemoteError> {
        let came = Instant::now();
        // The lock is held during the token call, so that one call serves every waiting request, also when it fails.
        // Refused keys stay refused, so that failure serves later requests too.
        let mut state = self.0.state.lock().await;
        if let Some(failed) = &state.failed
            && (came <= failed.at || failed.error.stops_the_system())
        {
            return Err(failed.error.clone());
        }
        let fresh = state.held.as_ref().filter(|held| Instant::now() < held.until);
        let token = match fresh {
            Some(held) => held.token.clone(),
            None => match self.0.ask().await {
                Ok(held) => {
                    state.number += 1;
                    state.held.insert(held).token.clone()
                }
                Err(error) => {
                    state.failed = Some(TokenFailure { at: Instant::now(), error: error.clone() });
                    return Err(error);
                }
            },
        };
        Ok((Authorization::Bearer(token), state.number))
    }

    /// Drops the token with this number; the next request asks for a new one.
    async fn discard(&self, number: u64) {
        let mut state = self.0.state.lock().await;
        // Another request may have renewed it while this one was under way.
        if state.number == number {
            state.held = None;
        }
    }
}

impl Credentials for StaticCredentials {
    async fn show(&self) -> Result<(Authorization, u64), RemoteError> {
        Ok((self.0.clone(), 0))
    }

    async fn discard(&self, _: u64) {}
}

/// Reads a token response in both spellings (docs/vendor-apis.md, "Property Finder: token"). No error holds a part of
/// it.
fn held(body: &Value, asked: Instant) -> Result<HeldToken, ErrorKind> {
    let member = |names: [&str; 2]| names.iter().find_map(|name| body.get(name));
    let token = member(["accessToken", "access_token"]).and_then(Value::as_str).unwrap_or_default();
    if token.is_empty() {
        return Err(ErrorKind::NotUnderstood("the answer holds no accessToken or access_token".into()));
    }
    if HeaderValue::from_str(token).is_err() {
        return Err(ErrorKind::NotUnderstood("the token holds characters that no header can carry".into()));
    }
    let seconds = number(member(["expiresIn", "expires_in"])).filter(|seconds| *seconds > 0);
    // A lifetime of more than a year is a date or a mistake, and too long to add to a clock.
    let lifetime = seconds.filter(|seconds| *seconds < 366 * 86_400).map_or(USUAL_LIFETIME, Duration::from_secs);
    let margin = LONGEST_MARGIN.min(lifetime / 10);
    Ok(HeldToken { token: SecretString::from(token), until: asked + lifetime - margin })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn both_spellings_are_read_and_a_token_is_dropped_before_it_expires() {
        let table = [
            (json!({"accessToken": "a", "expiresIn": 1800}), 1740),
            (json!({"access_token": "a", "expires_in": 1800}), 1740),
            (json!({"access_token": "a", "expires_in": "100"}), 90),
            (json!({"access_token": "a", "expires_in": 10}), 9),
            (json!({"access_token": "a"}), 1740),
            (json!({"access_token": "a", "expires_in": 0}), 1740),
            (json!({"access_token": "a", "expires_in": u64::MAX}), 1740),
        ];
        for (body, seconds) in table {
            let now = Instant::now();
            let held = held(&body, now).unwrap();
            assert_eq!(held.until - now, Duration::from_secs(seconds), "{body}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_without_a_usable_token_is_not_understood_and_not_quoted() {
        for body in [json!({}), json!([]), json!({"access_token": 7}), json!({"accessToken": "canary\n"})] {
            let error = held(&body, Instant::now()).unwrap_err();
            let want = [
                "the answer holds no accessToken or access_token",
                "the token holds characters that no header can carry",
            ];
            assert!(want.iter().any(|want| error == ErrorKind::NotUnderstood((*want).into())), "{error:?}");
        }
    }
}
