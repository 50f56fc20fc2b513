//! What a request shows so that it is allowed.

use std::future::Future;

use reqwest::RequestBuilder;
use secrecy::{ExposeSecret, SecretString};

use super::RemoteError;

/// How a call shows that it may be made.
#[derive(Clone, Debug)]
pub(super) enum Authorization {
    /// It needs none; the body has what it takes.
    None,
    /// Key and secret.
    Basic(SecretString, SecretString),
    /// A token.
    Bearer(SecretString),
}

/// Where a call's authorization comes from: a token that may have to be renewed, or keys that may not.
pub(super) trait Credentials: Sync {
    /// What to send now, and its number, which distinguishes it from the next.
    fn show(&self) -> impl Future<Output = Result<(Authorization, u64), RemoteError>> + Send;

    /// The server no longer takes the one of this number.
    fn discard(&self, number: u64) -> impl Future<Output = ()> + Send;
}

impl Authorization {
    /// Both headers are marked as sensitive by the library, so that no log of it shows them.
    pub(super) fn put_on(&self, request: RequestBuilder) -> RequestBuilder {
        match self {
            Self::None => request,
            Self::Basic(key, secret) => request.basic_auth(key.expose_secret(), Some(secret.expose_secret())),
            Self::Bearer(token) => request.bearer_auth(token.expose_secret()),
        }
    }
}
