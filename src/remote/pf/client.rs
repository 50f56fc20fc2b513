//! Property Finder's protocol: calls and responses (docs/vendor-apis.md, "Property Finder: calls"). `mapper` translates
//! the rows.

use std::collections::BTreeMap;

use reqwest::Method;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde_json::Value;
use tokio::sync::Mutex;

use crate::model::config::{Config, Rate};
use crate::model::record::{Row, System};
use crate::model::server_facts::ServerFacts;
use crate::reconcile::observed::Role;
use crate::remote::api_client::ApiClient;
use crate::remote::endpoints::Endpoints;
use crate::remote::http_client::{Query, ReadClient, ReadWriteClient};
use crate::remote::paging::{self, ListingScope, Page, PageRequest};
use crate::remote::permission::Permission;
use crate::remote::pf::mapper::{PfMapper, PfPatch};
use crate::remote::rate_limiter::RateLimiter;
use crate::remote::token_source::{TokenGrant, TokenSource};
use crate::remote::{ErrorKind, Permits, Reader, RemoteError, WantedPerson};

/// Reads Property Finder. Clones share one token and one rate limiter.
#[derive(Clone, Debug)]
pub struct PfReader {
    pub(super) server: ReadClient,
}

/// Reads Property Finder and writes to it.
#[derive(Clone, Debug)]
pub struct PfWriter {
    server: ReadWriteClient,
    /// The part that can only read; it shares the token and the rate limiter.
    pub reader: PfReader,
}

/// The filter for inactive users only.
const INACTIVE: (&str, &str) = ("status", "inactive");

/// The largest page (docs/vendor-apis.md, "Property Finder: list users"), and so the largest number of ids in one
/// request.
const PAGE: u32 = 100;

/// The path of the token call (docs/vendor-apis.md, "Property Finder: token").
const TOKEN: &str = "/v1/auth/token";

/// Selects the newer error body (docs/vendor-apis.md, "Property Finder: errors").
const ERROR_FORMAT: (HeaderName, HeaderValue) =
    (HeaderName::from_static("x-pf-error-format"), HeaderValue::from_static("problem-json-v2"));

/// The remedy for a missing scope (docs/vendor-apis.md, "Property Finder: keys and scopes").
fn denied(wants: Permission) -> String {
    let scope = match wants {
        Permission::Read => "users:read",
        Permission::Roles => "roles:read",
        Permission::Write | Permission::Upload => "users:full_access",
    };
    format!("check PF_API_KEY and PF_API_SECRET: the key needs the scope {scope}, which is fixed when a key is made")
}

impl PfReader {
    /// Prepares to read; nothing is sent yet.
    ///
    /// # Errors
    /// When the HTTP client cannot be set up.
    pub fn new(endpoints: &Endpoints, config: &Config) -> Result<Self, RemoteError> {
        Ok(PfWriter::new(endpoints, config)?.reader)
    }

    /// The same; none where the contract has nothing to read.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub(crate) fn of(endpoints: &Endpoints, config: &Config) -> Result<Option<Self>, RemoteError> {
        config.property_finder.contract.lists_users().then(|| Self::new(endpoints, config)).transpose()
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

    /// The roles of this account, its own ones among them.
    ///
    /// # Errors
    /// As [`Reader::list`].
    pub async fn roles(&self) -> Result<Vec<Role>, RemoteError> {
        let doing = "listing roles";
        let body = self.server.get_roles("/v1/roles", doing).await?;
        let roles = match body.get("data") {
            Some(Value::Array(roles)) => Ok(roles.iter().filter_map(Role::parse).collect()),
            _ => Err(ErrorKind::NotUnderstood("the answer has no `data`".into())),
        };
        roles.map_err(|what| self.server.error(doing, what))
    }

    /// The users that a filter lets through; an empty value does not filter.
    async fn users(&self, filters: &[(&str, &str)], doing: &str) -> Result<Vec<Row>, RemoteError> {
        self.users_as(filters, doing, |row| row).await
    }

    async fn users_as<T: Send>(
        &self,
        filters: &[(&str, &str)],
        doing: &str,
        read: impl Fn(Row) -> T + Send + Sync,
    ) -> Result<Vec<T>, RemoteError> {
        let of = if filters.iter().all(|filter| *filter == INACTIVE) {
            ListingScope::Everybody
        } else {
            ListingScope::Filter
        };
        let page = |ask| async move {
            let read = self.server.get("/v1/users", query(ask, filters), doing).await;
            self.page(read, ask, doing)
        };
        paging::whole(System::Pf, doing, (of, PAGE), page, read).await
    }

    /// As [`users`](Self::users), one page after the other, with permits that are held already.
    async fn users_with(
        &self,
        permits: &mut Permits<'_>,
        filters: &[(&str, &str)],
        doing: &str,
    ) -> Result<Vec<Row>, RemoteError> {
        let permits = &Mutex::new(permits);
        let page = |ask| async move {
            let mut permits = permits.lock().await;
            let read = self.server.get_with(&mut permits, "/v1/users", query(ask, filters), doing).await;
            self.page(read, ask, doing)
        };
        paging::whole(System::Pf, doing, (ListingScope::Filter, PAGE), page, |row| row).await
    }

    fn page(&self, read: Result<Value, RemoteError>, ask: PageRequest, doing: &str) -> Result<Page, RemoteError> {
        let read = read.and_then(|body| page(body).map_err(|what| self.server.error(doing, what)));
        paging::or_past_the_end(read, ask)
    }

    /// The users with these ids. Those who are not found may be inactive and not listed unless asked for, as in
    /// [`users_of_any_status`](Self::users_of_any_status).
    async fn users_by_id(&self, permits: &mut Permits<'_>, ids: &[u64]) -> Result<Vec<Row>, RemoteError> {
        let mut found = BTreeMap::new();
        for ids in ids.chunks(PAGE as usize) {
            let mut missing = ids.to_vec();
            for status in [None, Some(INACTIVE)] {
                if missing.is_empty() {
                    break;
                }
                let list = missing.iter().map(u64::to_string).collect::<Vec<_>>().join(",");
                let filters: Vec<_> = [Some(("id", list.as_str())), status].into_iter().flatten().collect();
                let rows = self.users_with(permits, &filters, "reading users again").await?;
                found.extend(rows.into_iter().filter(|row| missing.contains(&row.id)).map(|row| (row.id, row)));
                missing.retain(|id| !found.contains_key(id));
            }
        }
        Ok(ids.iter().filter_map(|id| found.remove(id)).collect())
    }

    /// All users, active and inactive.
    ///
    /// A list without `status` may leave out inactive users (docs/vendor-apis.md, "Property Finder: list users"). If it
    /// shows an inactive user, it is complete. If not, a second list asks for inactive users: one request, unless there
    /// are more than 100 of them.
    async fn users_of_any_status<T: Send>(
        &self,
        doing: &str,
        read: impl Fn(Row) -> T + Send + Sync,
    ) -> Result<Vec<T>, RemoteError> {
        let read = |row: Row| (row.id, PfMapper::is_inactive(&row), read(row));
        let mut users = self.users_as(&[], doing, &read).await?;
        if !users.iter().any(|(_, is_inactive, _)| *is_inactive) {
            users.extend(self.users_as(&[INACTIVE], doing, &read).await?);
        }
        // A user who was deactivated between the two listings is in both; the later one is right.
        let by_id: BTreeMap<u64, T> = users.into_iter().map(|(id, _, user)| (id, user)).collect();
        Ok(by_id.into_values().collect())
    }
}

/// The roles of the account that a reader reads; none without a reader.
///
/// # Errors
/// As [`Reader::list`].
pub async fn roles(reader: Option<&PfReader>) -> Result<Vec<Role>, RemoteError> {
    match reader {
        Some(reader) => reader.roles().await,
        None => Ok(Vec::new()),
    }
}

impl Reader for PfReader {
    fn closed(&self) -> Option<String> {
        self.server.closed()
    }

    async fn list_as<T: Send>(&self, read: impl Fn(Row) -> T + Send + Sync) -> Result<Vec<T>, RemoteError> {
        self.users_of_any_status("listing users", read).await
    }

    async fn reread(&self, ids: &[u64]) -> Result<Vec<Row>, RemoteError> {
        self.users_by_id(&mut self.server.no_permits(), ids).await
    }

    async fn by_login(&self, email: &str) -> Result<Vec<Row>, RemoteError> {
        // The filter may match the login or the public e-mail (docs/vendor-apis.md, "Property Finder: list users"), so
        // each row is compared here. A user that the filter does not find may still exist.
        let mut rows = self.users(&[("email", email)], "looking for a login e-mail").await?;
        rows.retain(|row| has_login(row, email));
        if rows.is_empty() {
            rows = self.list().await?;
            rows.retain(|row| has_login(row, email));
        }
        Ok(rows)
    }

    async fn already_there(&self, wanted: &WantedPerson<'_>) -> Result<Vec<Row>, RemoteError> {
        let doing = "looking for a login e-mail";
        let logins: Vec<&str> = [wanted.login].into_iter().chain(wanted.reference.map(|known| &*known.login)).collect();
        let filter = ("email", &*logins.join(","));
        let proven = |rows: &[Row]| wanted.reference.is_none_or(|known| rows.iter().any(|row| row.id == known.id));
        let mut rows = self.users(&[filter], doing).await?;
        if !proven(&rows) && wanted.reference.is_some_and(|known| known.inactive) {
            rows.extend(self.users(&[filter, INACTIVE], doing).await?);
        }
        if !proven(&rows) {
            // The filter looks at other e-mails, or takes one only: it reports nothing about this login.
            rows = self.list().await?;
        }
        rows.retain(|row| has_login(row, wanted.login));
        Ok(rows)
    }
}

impl PfWriter {
    /// Prepares to read and write; nothing is sent yet.
    ///
    /// # Errors
    /// When the HTTP client cannot be set up.
    pub fn new(endpoints: &Endpoints, config: &Config) -> Result<Self, RemoteError> {
        let pf = &endpoints.pf;
        let client_of = |base, rate| {
            let headers = HeaderMap::from_iter([ERROR_FORMAT]);
            ApiClient::new(System::Pf, base, RateLimiter::new(rate), headers, endpoints)
        };
        let (token, path) = pf.token_call(TOKEN);
        let hint = pf.odd_keys().map(|odd| format!(" ({odd})")).unwrap_or_default();
        let remedy = format!("check PF_API_KEY and PF_API_SECRET{hint}; a key is valid for 365 days at most");
        // The token call has its own rate limit (docs/vendor-apis.md, "Property Finder: rate limit").
        let tokens = TokenSource::new(
            client_of(token, Rate::per_minute(60))?,
            path,
            TokenGrant::KeysInBody,
            pf.keys.clone(),
            remedy,
        );
        let client = client_of(pf.base.clone(), config.property_finder.rate)?
            .probing("/v1/users", &[("page", "1"), ("perPage", "1")]);
        let server = ReadWriteClient::new(client, tokens, denied);
        let reader = PfReader { server: server.only_get() };
        Ok(Self { server, reader })
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
        self.reader.users_by_id(permits, ids).await
    }

    /// Makes a user from the body that `mapper` built, and returns it as Property Finder answered. Sent once:
    /// where the answer is lost the error is [`ErrorKind::Unknown`], and the caller looks before it sends again.
    ///
    /// # Errors
    /// When Property Finder refuses, cannot be reached, or its answer is lost.
    pub async fn create(&self, body: &Value) -> Result<Row, RemoteError> {
        self.server.create("/v1/users", body, "creating the user", paging::row).await
    }

    /// Writes to a user or to a public profile with permits that are held already. A patch holds whole values, so it is
    /// repeated when its answer is lost; where every answer is lost the error is [`ErrorKind::Unknown`].
    ///
    /// # Errors
    /// When Property Finder refuses, cannot be reached, or its answers are lost.
    pub async fn update(&self, permits: &mut Permits<'_>, id: u64, patch: &PfPatch) -> Result<(), RemoteError> {
        let (route, doing) = patch.route(id);
        self.server.overwrite(permits, Method::PATCH, &route, patch.body(), &doing).await
    }
}

fn query(ask: PageRequest, filters: &[(&str, &str)]) -> Query {
    let mut query = vec![("page".to_owned(), ask.number.to_string()), ("perPage".to_owned(), ask.size.to_string())];
    query.extend(filters.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    query
}

/// A page of `GET /v1/users`, with the total (docs/vendor-apis.md, "Property Finder: list users").
fn page(mut body: Value) -> Result<Page, ErrorKind> {
    let Some(Value::Array(users)) = body.get_mut("data").map(Value::take) else {
        return Err(ErrorKind::NotUnderstood("the answer has no `data`".into()));
    };
    let total = paging::number(body.pointer("/pagination/total"));
    Ok(Page { rows: users.into_iter().map(paging::row).collect::<Result<_, _>>()?, total })
}

fn has_login(row: &Row, email: &str) -> bool {
    let login = row.raw.get("email").and_then(Value::as_str).unwrap_or_default();
    login.trim().to_lowercase() == email.trim().to_lowercase()
}
