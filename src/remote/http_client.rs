//! The HTTP access to a vendor: [`ReadClient`], which can only read, and [`ReadWriteClient`], which can also write.
//!
//! A `ReadClient` cannot become a `ReadWriteClient`, so a plan cannot write.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use reqwest::Method;
use serde_json::Value;

use super::RemoteError;
use super::api_client::ApiClient;
use super::api_request::{ApiRequest, RequestBody, UploadedFile};
use super::authorization::Credentials as _;
use super::http_response::HttpResponse;
use super::permission::Permission;
use super::rate_limiter::Permits;
use super::remote_error::ErrorKind;
use super::retry::RequestKind;
use super::token_source::TokenSource;
use crate::model::server_facts::ServerFacts;
use crate::redact::Untrusted;

/// The right to read from a system. Clones share its token, its rate limiter and its warnings.
#[derive(Clone)]
pub(super) struct ReadClient(Arc<SharedAccess>);

/// The right to read from a system and to write to it.
#[derive(Clone)]
pub(super) struct ReadWriteClient(ReadClient);

struct SharedAccess {
    client: ApiClient,
    tokens: TokenSource,
    denied: fn(Permission) -> String,
}

/// What sets one GET apart from another.
struct GetOptions {
    kind: RequestKind,
    wants: Permission,
    names_row: bool,
}

/// Query parameters.
pub(super) type Query = Vec<(String, String)>;

impl ReadClient {
    /// The JSON of a listing.
    pub(super) async fn get(&self, path: &str, query: Query, doing: &str) -> Result<Value, RemoteError> {
        self.get_with(&mut self.no_permits(), path, query, doing).await
    }

    /// As [`get`](Self::get), with permits that are held already.
    pub(super) async fn get_with(
        &self,
        permits: &mut Permits<'_>,
        path: &str,
        query: Query,
        doing: &str,
    ) -> Result<Value, RemoteError> {
        let read = GetOptions { kind: RequestKind::Read, wants: Permission::Read, names_row: false };
        self.read(read, permits, path, query, doing).await
    }

    /// The JSON at the path of the roles, which the key needs another right for.
    pub(super) async fn get_roles(&self, path: &str, doing: &str) -> Result<Value, RemoteError> {
        let read = GetOptions { kind: RequestKind::Read, wants: Permission::Roles, names_row: false };
        self.read(read, &mut self.no_permits(), path, Vec::new(), doing).await
    }

    /// The JSON of one row, with permits that are held already.
    pub(super) async fn get_row(
        &self,
        permits: &mut Permits<'_>,
        path: &str,
        doing: &str,
    ) -> Result<Value, RemoteError> {
        let read = GetOptions { kind: RequestKind::Read, wants: Permission::Read, names_row: true };
        self.read(read, permits, path, Vec::new(), doing).await
    }

    /// The JSON of one row without which the run goes on.
    pub(super) async fn get_optional(&self, path: &str, doing: &str) -> Result<Value, RemoteError> {
        self.look(path, Vec::new(), doing).await
    }

    /// The JSON of one GET that is sent once, and without which the run goes on.
    pub(super) async fn look(&self, path: &str, query: Query, doing: &str) -> Result<Value, RemoteError> {
        let read = GetOptions { kind: RequestKind::Optional, wants: Permission::Read, names_row: true };
        self.read(read, &mut self.no_permits(), path, query, doing).await
    }

    /// Asks for a token, unless one is held.
    pub(super) async fn authenticate(&self) -> Result<(), RemoteError> {
        self.0.tokens.show().await.map(drop)
    }

    /// The server that gives the tokens, and the one that is read; one alone where they are the same.
    pub(super) fn servers(&self) -> Vec<ServerFacts> {
        let (tokens, api) = (self.0.tokens.facts(), self.0.client.facts());
        if tokens.place == api.place { vec![tokens.and(&api)] } else { vec![tokens, api] }
    }

    /// Why nothing more is sent in this run, if anything has ended it.
    pub(super) fn closed(&self) -> Option<String> {
        self.0.client.closed().map(str::to_owned)
    }

    async fn read(
        &self,
        read: GetOptions,
        permits: &mut Permits<'_>,
        path: &str,
        query: Query,
        doing: &str,
    ) -> Result<Value, RemoteError> {
        let GetOptions { kind, wants, names_row } = read;
        let call = ApiRequest {
            kind,
            wants: Some(wants),
            names_row,
            method: Method::GET,
            path: path.to_owned(),
            query,
            body: None,
            doing: doing.to_owned(),
            remedy: (self.0.denied)(wants),
        };
        let answer = self.0.client.send_with(permits, &call, &self.0.tokens).await?;
        answer.labelled_json().map_err(|what| self.error(doing, what))
    }

    /// Takes permits of the rate limit for so many requests together.
    pub(super) async fn reserve(&self, requests: usize) -> Permits<'_> {
        self.0.client.reserve(requests).await
    }

    /// Whether the rate limit lets a request through at once.
    pub(super) fn has_free_permit(&self) -> bool {
        self.0.client.has_free_permit()
    }

    /// No permits: each request waits for its own.
    pub(super) fn no_permits(&self) -> Permits<'_> {
        self.0.client.no_permits()
    }

    /// The warnings of the system since the last call.
    pub(super) fn take_warnings(&self) -> Vec<Untrusted> {
        self.0.client.take_warnings()
    }

    /// What went wrong here, for people.
    pub(super) fn error(&self, doing: &str, what: ErrorKind) -> RemoteError {
        self.0.client.error(doing, what)
    }
}

impl ReadWriteClient {
    /// Access to a system; `denied` names the remedy when the key does not allow the request.
    pub(super) fn new(client: ApiClient, tokens: TokenSource, denied: fn(Permission) -> String) -> Self {
        Self(ReadClient(Arc::new(SharedAccess { client, tokens, denied })))
    }

    /// The part of it that can only read.
    pub(super) fn only_get(&self) -> ReadClient {
        self.0.clone()
    }

    /// Makes a row and returns what `understood` finds in the answer. After a success, an answer that is
    /// not understood is [`ErrorKind::Unknown`]: the row is there, and has to be looked for.
    pub(super) async fn create<T>(
        &self,
        path: &str,
        body: &Value,
        doing: &str,
        understood: impl FnOnce(Value) -> Result<T, ErrorKind>,
    ) -> Result<T, RemoteError> {
        let answer = self.write(&mut self.no_permits(), RequestKind::Create, Method::POST, path, body, doing).await?;
        answer.json().and_then(understood).map_err(|what| {
            let why = match what {
                ErrorKind::NotUnderstood(why) => why,
                _ => answer.description(),
            };
            let answered = format!("answered {}, but not understood: ", answer.status.as_u16());
            self.error(doing, ErrorKind::Unknown(why.after(&answered)))
        })
    }

    /// Writes whole values, with permits that are held already. The answer's body means nothing, unless it is a page.
    pub(super) async fn overwrite(
        &self,
        permits: &mut Permits<'_>,
        method: Method,
        path: &str,
        body: &Value,
        doing: &str,
    ) -> Result<(), RemoteError> {
        let answer = self.write(permits, RequestKind::WholeValue, method, path, body, doing).await?;
        self.no_page(&answer, doing)
    }

    /// Removes rows, with permits that are held already. Sent once. A page with status 200 is
    /// [`ErrorKind::Unknown`], since nothing shows whether the request behind it was carried out.
    pub(super) async fn remove(
        &self,
        permits: &mut Permits<'_>,
        path: &str,
        body: &Value,
        doing: &str,
    ) -> Result<(), RemoteError> {
        let answer = self.write(permits, RequestKind::Removal, Method::DELETE, path, body, doing).await?;
        self.no_page(&answer, doing).map_err(|error| match error.what {
            ErrorKind::NotUnderstood(why) => RemoteError { what: ErrorKind::Unknown(why), ..error },
            _ => error,
        })
    }

    /// Uploads a file, and returns the JSON of the answer.
    pub(super) async fn upload(
        &self,
        path: &str,
        query: Query,
        file: UploadedFile,
        doing: &str,
    ) -> Result<Value, RemoteError> {
        let access = &self.0.0;
        let call = ApiRequest {
            kind: RequestKind::Upload,
            wants: Some(Permission::Upload),
            names_row: false,
            method: Method::POST,
            path: path.to_owned(),
            query,
            body: Some(RequestBody::File(file)),
            doing: doing.to_owned(),
            remedy: (access.denied)(Permission::Upload),
        };
        let answer = access.client.send(&call, &access.tokens).await?;
        answer.json().map_err(|what| self.error(doing, what))
    }

    async fn write(
        &self,
        permits: &mut Permits<'_>,
        kind: RequestKind,
        method: Method,
        path: &str,
        body: &Value,
        doing: &str,
    ) -> Result<HttpResponse, RemoteError> {
        let access = &self.0.0;
        let call = ApiRequest {
            kind,
            wants: Some(Permission::Write),
            names_row: kind != RequestKind::Create,
            method,
            path: path.to_owned(),
            query: Vec::new(),
            body: Some(RequestBody::Json(body.clone())),
            doing: doing.to_owned(),
            remedy: (access.denied)(Permission::Write),
        };
        access.client.send_with(permits, &call, &access.tokens).await
    }

    /// A page with status 200 is a proxy's, not the system's.
    fn no_page(&self, answer: &HttpResponse, doing: &str) -> Result<(), RemoteError> {
        if answer.status.is_success() && answer.is_html() {
            return Err(self.error(doing, ErrorKind::NotUnderstood(answer.description().after("answered with "))));
        }
        Ok(())
    }
}

impl Deref for ReadWriteClient {
    type Target = ReadClient;

    fn deref(&self) -> &ReadClient {
        &self.0
    }
}

impl fmt::Debug for ReadClient {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Get({})", self.0.client.system)
    }
}

impl fmt::Debug for ReadWriteClient {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Write({})", self.0.0.client.system)
    }
}
