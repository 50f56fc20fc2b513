//! Property Finder's list of users (docs/vendor-apis.md, "Property Finder: list users").

use serde_json::{Value, json};

use super::PfHandler;
use super::error::refuse;
use super::model::member;
use crate::sandbox::http_exchange::{SandboxRequest, SandboxResponse};
use crate::sandbox::schema::SchemaViolation;
use crate::sandbox::store::EarlierRows;

impl PfHandler<'_> {
    pub(super) fn list(&mut self) -> SandboxResponse {
        let asked = PfListQuery::of(self.request);
        let asked = match asked {
            Ok(asked) => asked,
            Err(problem) => return refuse(self.request, 400, "a parameter does not match the schema", &[problem]),
        };
        let one_row = self.request.parameter("id").is_some_and(|ids| !ids.contains(','));
        let sees_each_write = one_row && !self.behaviour.lag_of_single_rows;
        let earlier = if sees_each_write { EarlierRows::new() } else { self.state.users.read() };
        let all = self.state.users.seen(&earlier).into_values();
        let mut users: Vec<&Value> = all.filter(|user| self.passes(user)).collect();
        if self.behaviour.pf_newest_first {
            users.reverse();
        }

        let size = asked.per_page.min(self.behaviour.pf_page_ceiling).max(1);
        let (total, pages) = (users.len(), users.len().div_ceil(size));
        if asked.page > pages.max(1) && self.behaviour.pages_end_with_404 {
            return refuse(self.request, 404, "there is no such page", &[]);
        }
        let shown = users.iter().skip((asked.page - 1).saturating_mul(size)).take(size);
        let data: Vec<Value> = shown.map(|user| self.state.listed(user, self.behaviour)).collect();
        let pagination = json!({
            "page": asked.page,
            "perPage": size,
            "total": total,
            "totalPages": pages,
            "nextPage": (asked.page < pages).then(|| asked.page + 1),
            "prevPage": (asked.page > 1).then(|| asked.page - 1)
        });
        SandboxResponse::json(200, &json!({ "data": data, "pagination": pagination }))
    }

    fn passes(&self, user: &Value) -> bool {
        let status = self.request.parameter("status");
        let hidden = self.behaviour.pf_hides_inactive && status.is_none() && member(user, "status") == "inactive";
        let among = |name: &str, held: &Value| match self.request.parameter(name) {
            None => true,
            Some(wanted) => wanted.split(',').any(|one| one.trim().eq_ignore_ascii_case(&written(held))),
        };
        let profile = member(user, "publicProfile");
        let email =
            if self.behaviour.pf_email_filter_is_public { member(profile, "email") } else { member(user, "email") };
        let searched =
            [member(user, "firstName"), member(user, "lastName"), member(user, "email"), member(profile, "name")];
        let found =
            |wanted: &str| searched.iter().any(|held| written(held).to_lowercase().contains(&wanted.to_lowercase()));
        !hidden
            && status.is_none_or(|status| member(user, "status") == status)
            && among("id", member(user, "id"))
            && among("roleId", member(user, "roleId"))
            && among("publicProfileId", member(profile, "id"))
            && among("email", email)
            && self.request.parameter("search").is_none_or(found)
    }
}

/// The parameters that have a rule.
struct PfListQuery {
    page: usize,
    per_page: usize,
}

impl PfListQuery {
    fn of(request: &SandboxRequest) -> Result<Self, SchemaViolation> {
        let number = |name: &str, default: usize, most: usize| match request.parameter(name).map(str::parse::<i32>) {
            None => Ok(default),
            Some(Ok(number)) => usize::try_from(number)
                .ok()
                .filter(|number| (1..=most).contains(number))
                .ok_or_else(|| SchemaViolation::new(format!("/{name}"), format!("must be between 1 and {most}"))),
            Some(Err(_)) => Err(SchemaViolation::new(format!("/{name}"), "must be an integer")),
        };
        let asked = Self { page: number("page", 1, i32::MAX as usize)?, per_page: number("perPage", 50, 100)? };
        match request.parameter("status") {
            None | Some("active" | "inactive") => Ok(asked),
            Some(_) => Err(SchemaViolation::new("/status", "must be active or inactive")),
        }
    }
}

/// A string or a number as a query writes it; a null as nothing that a query can write.
fn written(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
