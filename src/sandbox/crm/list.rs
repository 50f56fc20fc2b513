//! The CRM's list of users: pagination (docs/vendor-apis.md, "CRM: pagination") and sort
//! (docs/vendor-apis.md, "CRM: sort").

use serde_json::{Value, json};

use super::error::refuse;
use super::filters::{CrmFilters, snake_case};
use super::{CrmHandler, row, warned};
use crate::sandbox::http_exchange::{SandboxRequest, SandboxResponse};
use crate::sandbox::schema::SchemaViolation;

/// The default page size (docs/vendor-apis.md, "CRM: pagination").
const PAGE_SIZE: usize = 100;

impl CrmHandler<'_> {
    pub(super) fn list(&mut self, request: &SandboxRequest) -> SandboxResponse {
        let asked = CrmPage::of(request).and_then(|page| Ok((page, CrmSort::of(request)?, CrmFilters::of(request)?)));
        let (page, sort, filters) = match asked {
            Ok(asked) => asked,
            Err(problem) => return refuse(400, "the query is not valid", &[problem]),
        };
        let earlier = self.state.users.read();
        let mut users: Vec<&Value> = self.state.users.seen(&earlier).into_values().collect();
        users.retain(|user| filters.match_user(user, self.behaviour.crm_filters));
        sort.apply(&mut users);

        let size = page.size.min(self.behaviour.crm_page_ceiling);
        let count = users.len();
        if page.number > count.div_ceil(size).max(1) && self.behaviour.pages_end_with_404 {
            return refuse(404, "there is no such page", &[]);
        }
        let shown = users.iter().skip((page.number - 1).saturating_mul(size)).take(size);
        let shown: Vec<Value> = shown.map(|user| row::listed(user, self.behaviour)).collect();
        let mut body = json!({ "users": shown });
        if let (true, Some(body)) = (self.behaviour.crm_count, body.as_object_mut()) {
            body.insert("count".to_owned(), Value::from(count));
        }
        warned(SandboxResponse::json(200, &body), &filters.unknown)
    }
}

struct CrmPage {
    number: usize,
    size: usize,
}

impl CrmPage {
    fn of(request: &SandboxRequest) -> Result<Self, SchemaViolation> {
        let number = |name: &str, default: usize| match request.parameter(name).map(str::parse) {
            None => Ok(default),
            Some(Ok(number)) if number > 0 => Ok(number),
            Some(_) => Err(SchemaViolation::new(name, "must be a number from 1")),
        };
        Ok(Self { number: number("page", 1)?, size: number("per_page", PAGE_SIZE)? })
    }
}

/// One of the sorts that the tables name, under its `snake_case` or `camelCase` name.
struct CrmSort {
    by: Option<&'static str>,
    descending: bool,
}

impl CrmSort {
    fn of(request: &SandboxRequest) -> Result<Self, SchemaViolation> {
        let by = match request.parameter("sort").map(snake_case).as_deref() {
            None => None,
            Some("last_name") => Some("/public/last_name"),
            Some("mobile") => Some("/private/mobile"),
            Some("role") => Some("/role"),
            Some(_) => return Err(SchemaViolation::new("sort", "must be last_name, mobile or role")),
        };
        let order = request.parameter("sort_order").or_else(|| request.parameter("sortOrder")).unwrap_or("ASC");
        let descending = match order.to_ascii_uppercase().as_str() {
            "ASC" => false,
            "DESC" => true,
            _ => return Err(SchemaViolation::new("sort_order", "must be ASC or DESC")),
        };
        Ok(Self { by, descending })
    }

    fn apply(&self, users: &mut [&Value]) {
        let Some(by) = self.by else { return };
        let key = |user: &&Value| user.pointer(by).and_then(Value::as_str).unwrap_or_default().to_lowercase();
        users.sort_by_cached_key(key);
        if self.descending {
            users.reverse();
        }
    }
}
