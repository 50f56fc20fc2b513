//! The CRM's protocol: calls and responses (docs/vendor-apis.md, "CRM: calls"). `mapper` translates the rows.

use std::sync::Arc;
use std::time::Duration;

use futures_util::{StreamExt, TryStreamExt, stream};
use reqwest::Method;
use reqwest::header::{HeaderMap, HeaderName};
use serde_json::Value;
use tokio::time::Instant;

use super::departure::Departure;
use super::link_file::LinkFile;
use super::search::{TextFilter, UserFilter, UserSearch};
use super::upload::UploadClient;
use crate::model::config::{Config, Rate};
use crate::model::picture::Picture;
use crate::model::record::{Row, System};
use crate::model::server_facts::ServerFacts;
use crate::redact::Untrusted;
use crate::remote::api_client::ApiClient;
use crate::remote::api_request::UploadedFile;
use crate::remote::endpoints::Endpoints;
use crate::remote::http_client::{ReadClient, ReadWriteClient};
use crate::remote::json::text;
use crate::remote::paging::{self, ListingScope, Page, PageRequest};
use crate::remote::permission::Permission;
use crate::remote::rate_limiter::RateLimiter;
use crate::remote::token_source::{TokenGrant, TokenSource};
use crate::remote::{ErrorKind, LookupKey, Permits, Reader, RemoteError, WantedPerson};

/// Reads the CRM. Clones share one token and one rate limiter.
#[derive(Clone, Debug)]
pub struct CrmReader {
    pub(super) server: ReadClient,
    pub(super) page_size: u32,
    /// Where links are kept beside the CRM.
    link_file: Option<Arc<LinkFile>>,
}

/// Reads the CRM and writes to it.
#[derive(Clone, Debug)]
pub struct CrmWriter {
    server: ReadWriteClient,
    uploads: UploadClient,
    /// The part that can only read; it shares the token and the rate limiter.
    pub reader: CrmReader,
}

/// The header with the CRM's warnings (docs/vendor-apis.md, "CRM: warning header").
const WARNING: HeaderName = HeaderName::from_static("x-mycrm-api-warning");

/// Users read one by one at the same time.
const AT_ONCE: usize = 8;

/// The key's remedy when no token is given.
const KEYS_REFUSED: &str = "check CRM_API_KEY and CRM_API_SECRET (and ROSTER_CRM_TOKEN_URL, if it is set)";

/// The remedy for a missing right (docs/vendor-apis.md, "CRM: rights").
fn denied(wants: Permission) -> String {
    let right = match wants {
        Permission::Read | Permission::Roles => "user.read",
        Permission::Write | Permission::Upload => "user.update",
    };
    format!("check CRM_API_KEY and CRM_API_SECRET: the key needs the right {right}")
}

impl CrmReader {
    /// Prepares to read; nothing is sent yet.
    ///
    /// # Errors
    /// When the HTTP client cannot be set up.
    pub fn new(endpoints: &Endpoints, config: &Config) -> Result<Self, RemoteError> {
        Ok(CrmWriter::new(endpoints, config)?.reader)
    }

    /// Asks for a token, unless one is held.
    ///
    /// # Errors
    /// When the keys are refused, or the server cannot be reached.
    pub async fn authenticate(&self) -> Result<(), RemoteError> {
        self.server.authenticate().await
    }

    /// What is known of the servers beside the content of their answers.
    #[must_use]
    pub fn servers(&self) -> Vec<ServerFacts> {
        self.server.servers()
    }

    /// One user.
    ///
    /// # Errors
    /// [`ErrorKind::Missing`] when there is none with this id, and as [`Reader::list`].
    pub async fn get(&self, id: u64) -> Result<Row, RemoteError> {
        self.get_with(&mut self.server.no_permits(), id).await
    }

    /// Reads rows with their links from this file.
    #[must_use]
    pub(crate) fn with_link_file(self, link_file: Option<Arc<LinkFile>>) -> Self {
        Self { link_file, ..self }
    }

    /// The file that keeps the links; none where the CRM keeps them.
    pub(crate) fn link_file(&self) -> Option<&LinkFile> {
        self.link_file.as_deref()
    }

    fn linked(&self, row: Row) -> Row {
        match &self.link_file {
            Some(file) => file.linked(row),
            None => row,
        }
    }

    async fn get_with(&self, permits: &mut Permits<'_>, id: u64) -> Result<Row, RemoteError> {
        let doing = format!("reading user {id}");
        let body = self.server.get_row(permits, &format!("/users/{id}"), &doing).await?;
        let row = self.user(body, &doing)?;
        if row.id == id {
            return Ok(self.linked(row));
        }
        let why = format!("requested user {id}, and the answer has user {}", row.id);
        Err(self.server.error(&doing, ErrorKind::NotUnderstood(why.into())))
    }

    /// The user that the key belongs to. A key may have none (docs/vendor-apis.md, "CRM: rights"), so an error here
    /// does not apply to other calls.
    ///
    /// # Errors
    /// As [`Reader::list`].
    pub async fn me(&self) -> Result<Row, RemoteError> {
        let doing = "asking whose keys these are";
        let body = self.server.get_optional("/users/me", doing).await?;
        self.user(body, doing)
    }

    /// The users that the CRM's own filters let through, in its own order.
    ///
    /// # Errors
    /// As [`Reader::list`].
    pub async fn find(&self, search: &UserSearch) -> Result<Vec<Row>, RemoteError> {
        self.find_as(search, |row| row).await
    }

    async fn find_as<T: Send>(
        &self,
        search: &UserSearch,
        read: impl Fn(Row) -> T + Send + Sync,
    ) -> Result<Vec<T>, RemoteError> {
        let (doing, query) = ("listing users", search.query());
        let of = if search.filters.is_empty() { ListingScope::Everybody } else { ListingScope::Filter };
        let page = |ask| self.page(ask, query.clone(), doing);
        paging::whole(System::Crm, doing, (of, self.page_size), page, |row| read(self.linked(row))).await
    }

    /// The texts of `X-MyCRM-API-Warning` since the last call, each once.
    #[must_use]
    pub fn take_warnings(&self) -> Vec<Untrusted> {
        self.server.take_warnings()
    }

    fn user(&self, mut body: Value, doing: &str) -> Result<Row, RemoteError> {
        let user = body.get_mut("user").map(Value::take).ok_or_else(|| without("user"));
        user.and_then(paging::row).map_err(|what| self.server.error(doing, what))
    }

    async fn page(&self, ask: PageRequest, mut query: Vec<(String, String)>, doing: &str) -> Result<Page, RemoteError> {
        query.push(("page".to_owned(), ask.number.to_string()));
        query.push(("per_page".to_owned(), ask.size.to_string()));
        let read = self.server.get("/users", query, doing).await;
        let read = read.and_then(|body| page(body).map_err(|what| self.server.error(doing, what)));
        paging::or_past_the_end(read, ask)
    }
}

impl Reader for CrmReader {
    fn closed(&self) -> Option<String> {
        self.server.closed()
    }

    async fn list_as<T: Send>(&self, read: impl Fn(Row) -> T + Send + Sync) -> Result<Vec<T>, RemoteError> {
        let mut rows = self.find_as(&UserSearch::default(), |row| (row.id, read(row))).await?;
        rows.sort_by_key(|(id, _)| *id);
        Ok(rows.into_iter().map(|(_, row)| row).collect())
    }

    async fn reread(&self, ids: &[u64]) -> Result<Vec<Row>, RemoteError> {
        let reads = stream::iter(ids.to_vec()).map(|id| async move { there(self.get(id).await) });
        let rows: Vec<Option<Row>> = reads.buffered(AT_ONCE).try_collect().await?;
        Ok(rows.into_iter().flatten().collect())
    }

    async fn by_login(&self, email: &str) -> Result<Vec<Row>, RemoteError> {
        // The filter may also match public e-mails and parts of an e-mail (docs/vendor-apis.md, "CRM: filters"), so
        // each row is compared here.
        let filters = vec![UserFilter::Text(TextFilter::Email, email.to_owned())];
        let mut rows = self.find(&UserSearch { filters, sort: None }).await?;
        rows.retain(|row| has_login(row, email));
        if rows.is_empty() {
            rows = self.list().await?;
            rows.retain(|row| has_login(row, email));
        }
        Ok(rows)
    }

    async fn already_there(&self, wanted: &WantedPerson<'_>) -> Result<Vec<Row>, RemoteError> {
        let login = || UserFilter::Text(TextFilter::Email, wanted.login.to_owned());
        let slug = wanted.slug.map(|(field, slug)| UserFilter::UserField(field.to_owned(), slug.to_owned()));
        let filters = match (slug, wanted.found_by) {
            (Some(slug), LookupKey::Slug) => vec![slug],
            (Some(slug), LookupKey::Either) => vec![login(), slug],
            _ => vec![login()],
        };
        let mut rows = Vec::new();
        for filter in filters {
            match self.find(&UserSearch { filters: vec![filter], sort: None }).await {
                // A filter that the CRM does not know is refused, or ignored: then all pages of all users were read.
                Err(RemoteError { what: ErrorKind::Refused { .. }, .. }) => rows = self.list().await?,
                found => rows.extend(found?),
            }
        }
        rows.sort_by_key(|row| row.id);
        rows.dedup_by_key(|row| row.id);
        rows.retain(|row| has_login(row, wanted.login) || has_slug(row, wanted.slug));
        Ok(rows)
    }
}

impl CrmWriter {
    /// Prepares to read and write; nothing is sent yet.
    ///
    /// # Errors
    /// When the HTTP client cannot be set up.
    pub fn new(endpoints: &Endpoints, config: &Config) -> Result<Self, RemoteError> {
        let crm = &endpoints.crm;
        let client_of =
            |base, rate| ApiClient::new(System::Crm, base, RateLimiter::new(rate), HeaderMap::new(), endpoints);
        // No limit of the token call is known; this one is never met.
        let token_client = client_of(crm.token.clone(), Rate::per_minute(60))?;
        let tokens = TokenSource::new(
            token_client,
            "",
            TokenGrant::ClientCredentials,
            crm.keys.clone(),
            KEYS_REFUSED.to_owned(),
        );
        let client = client_of(crm.base.clone(), config.crm.rate)?;
        let client = client.noting(WARNING).probing("/users", &[("page", "1"), ("per_page", "1")]);
        let uploads = UploadClient::new(endpoints, config, tokens.clone())?;
        let server = ReadWriteClient::new(client, tokens, denied);
        let reader = CrmReader { server: server.only_get(), page_size: config.crm.page_size.max(1), link_file: None };
        Ok(Self { server, uploads, reader })
    }

    /// Reads rows with their links from this file.
    #[must_use]
    pub(crate) fn with_link_file(self, link_file: Option<Arc<LinkFile>>) -> Self {
        Self { reader: self.reader.with_link_file(link_file), ..self }
    }

    /// The file that keeps the links; none where the CRM keeps them.
    pub(crate) fn link_file(&self) -> Option<&LinkFile> {
        self.reader.link_file()
    }

    /// Takes permits of the rate limit for so many requests together: a read, and the writes that rest on it.
    pub async fn reserve(&self, requests: usize) -> Permits<'_> {
        self.server.reserve(requests).await
    }

    /// Whether the rate limit lets a request through at once.
    pub(crate) fn has_free_permit(&self) -> bool {
        self.server.has_free_permit()
    }

    /// As [`Reader::reread`], one request after the other, with permits that are held already.
    ///
    /// # Errors
    /// As [`Reader::list`].
    pub async fn reread_with(&self, permits: &mut Permits<'_>, ids: &[u64]) -> Result<Vec<Row>, RemoteError> {
        let mut rows = Vec::with_capacity(ids.len());
        for id in ids {
            rows.extend(there(self.reader.get_with(permits, *id).await)?);
        }
        Ok(rows)
    }

    /// These rows, read at the same time with permits that are held already, and when each answer was there. A row that is
    /// not there is none. Where this takes longer than `longest`, the permits that are left are given back: what rests on
    /// the rows is too late, and the retry of a read must not wait for them. At a rate with fewer permits the rows are read
    /// one after the other.
    pub(crate) async fn reread_together(
        &self,
        permits: &mut Permits<'_>,
        ids: &[u64],
        longest: Duration,
    ) -> Vec<(Result<Option<Row>, RemoteError>, Instant)> {
        let parts: Vec<Permits<'_>> = ids.iter().map_while(|_| permits.split_off()).collect();
        if parts.len() < ids.len() {
            drop(parts);
            let mut rows = Vec::with_capacity(ids.len());
            for id in ids {
                rows.push(self.answered(permits, *id).await);
            }
            return rows;
        }
        let most_in_flight = permits.most_in_flight().clamp(1, ids.len().max(1));
        let reads = ids.iter().zip(parts).map(async |(id, mut part)| self.answered(&mut part, *id).await);
        let mut reads = Box::pin(stream::iter(reads).buffered(most_in_flight).collect());
        if let Ok(rows) = tokio::time::timeout(longest, &mut reads).await {
            return rows;
        }
        permits.give_back();
        reads.await
    }

    async fn answered(&self, permits: &mut Permits<'_>, id: u64) -> (Result<Option<Row>, RemoteError>, Instant) {
        (there(self.reader.get_with(permits, id).await), Instant::now())
    }

    /// Makes a user from the body that `mapper` built, and returns it as the CRM answered. Sent once: where the
    /// answer is lost the error is [`ErrorKind::Unknown`], and the caller looks before it sends again.
    ///
    /// # Errors
    /// When the CRM refuses, cannot be reached, or its answer is lost.
    pub async fn create(&self, body: &Value) -> Result<Row, RemoteError> {
        // The response has the user in its wrapper or without it (docs/vendor-apis.md, "CRM: calls").
        let understood = |mut answer: Value| match answer.get_mut("user").map(Value::take) {
            Some(user) => paging::row(user),
            None => paging::row(answer),
        };
        self.server.create("/users", body, "creating the user", understood).await
    }

    /// Uploads a picture under a name in ASCII, and returns the reference that `mapper` lays into a user.
    ///
    /// # Errors
    /// When the upload is refused, the host cannot be reached, or its answer names no upload. Nothing has changed then.
    pub async fn upload(&self, name: &str, picture: Picture) -> Result<Value, RemoteError> {
        let name = format!("{name}.{}", picture.kind.ending());
        self.uploads.upload(UploadedFile { name, media: picture.kind.media(), content: picture.content }).await
    }

    /// Writes a whole user (`{"user": {…}}`) with permits that are held already. It is repeated when its answer is lost;
    /// where every answer is lost the error is [`ErrorKind::Unknown`].
    ///
    /// # Errors
    /// When the CRM refuses, cannot be reached, or its answers are lost.
    pub async fn update(&self, permits: &mut Permits<'_>, id: u64, body: &Value) -> Result<(), RemoteError> {
        let (path, doing) = (format!("/users/{id}"), format!("updating user {id}"));
        self.server.overwrite(permits, Method::PUT, &path, body, &doing).await
    }

    /// Removes users and gives their work to others, with permits that are held already: one by its own call, several by
    /// the bulk call. Sent once: where the answer is lost the error is [`ErrorKind::Unknown`], and the caller looks.
    ///
    /// # Errors
    /// [`ErrorKind::Missing`] when there is no such user, and as [`create`](Self::create).
    pub async fn delete(&self, permits: &mut Permits<'_>, departure: &Departure) -> Result<(), RemoteError> {
        if let Some(id) = departure.single() {
            let doing = format!("deleting user {id}");
            return self.server.remove(permits, &format!("/users/{id}"), &departure.single_body(), &doing).await;
        }
        let doing = format!("deleting {} users", departure.ids().len());
        self.server.remove(permits, "/users", &departure.bulk_body(), &doing).await
    }
}

/// A page of `GET /users`: the rows, and `count` if the server sends it (docs/vendor-apis.md, "CRM: pagination").
fn page(mut body: Value) -> Result<Page, ErrorKind> {
    let Some(Value::Array(users)) = body.get_mut("users").map(Value::take) else { return Err(without("users")) };
    let total = paging::number(body.get("count"));
    Ok(Page { rows: users.into_iter().map(paging::row).collect::<Result<_, _>>()?, total })
}

fn without(key: &str) -> ErrorKind {
    ErrorKind::NotUnderstood(format!("the answer has no `{key}`").into())
}

/// A missing row is not an error in a request by id.
fn there(read: Result<Row, RemoteError>) -> Result<Option<Row>, RemoteError> {
    match read {
        Err(RemoteError { what: ErrorKind::Missing(_), .. }) => Ok(None),
        read => read.map(Some),
    }
}

fn has_slug(row: &Row, wanted: Option<(&str, &str)>) -> bool {
    wanted.is_some_and(|(field, slug)| {
        let held = row.raw.pointer(&format!("/fields/{field}")).and_then(text);
        held.is_some_and(|held| held.to_lowercase() == slug)
    })
}

fn has_login(row: &Row, email: &str) -> bool {
    let login = row.raw.pointer("/private/email").and_then(Value::as_str).unwrap_or_default();
    login.trim().to_lowercase() == email.trim().to_lowercase()
}
