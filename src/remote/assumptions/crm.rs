//! The assumptions about the CRM.

use serde_json::Value;

use super::{Assumption, AssumptionVerdict, DocumentedMembers, Look, documented_members, rate_limit, shown_by_writes};
use crate::remote::json::text;
use crate::remote::paging::number;

/// So many rows are asked for on one page.
pub(crate) const LARGE_PAGE: u32 = 1000;

/// What the reads of the CRM brought.
pub(crate) struct CrmLooks {
    /// A large first page.
    pub page: Look,
    /// The status with which a page of that size was refused; `page` has the usual size then.
    pub large_page_refused: Option<u16>,
    /// A first page of one row.
    pub one_row: Look,
    /// A page far behind the last one.
    pub past_the_end: Look,
    /// The first user alone.
    pub single: Look,
    pub unknown_id: Look,
    pub me: Look,
    /// The list with the first user's whole login e-mail as filter, and with a part of it.
    pub by_login: Look,
    pub by_part: Look,
    pub unknown_filter: Look,
    pub sorted: Look,
    /// Whether an answer came with the warning header.
    pub warned: bool,
    pub limit_headers: Vec<&'static str>,
}

const PAGINATION: &str = "CRM: pagination";
const CUSTOM_FIELDS: &str = "CRM: custom fields";
const USER: &str = "CRM: user object";
const FILTERS: &str = "CRM: filters";

/// Every assumption that a read may show.
#[must_use]
pub(crate) fn assumptions(looks: &CrmLooks) -> Vec<Assumption> {
    let rows = looks.page.list("users").unwrap_or_default();
    let mut all = vec![total(looks), largest_page(looks), past_the_end(looks)];
    all.extend(custom_fields(rows, &looks.single));
    all.extend(user_object(rows));
    all.extend([role_code(rows), photos(rows), me(looks), email_filter(looks), unknown_filter(looks), sort(looks)]);
    all.extend([unknown_id(looks), warning_header(looks), rate_limit("CRM: rate limit", &looks.limit_headers)]);
    all.extend(shown_by_writes(&[
        "CRM: create a user",
        "CRM: update a user",
        "CRM: delete a user",
        "CRM: reads after writes",
    ]));
    all
}

fn count_of(look: &Look) -> Option<u64> {
    number(look.json()?.get("count"))
}

fn total(looks: &CrmLooks) -> Assumption {
    let Some(rows) = looks.page.list("users") else { return Assumption::unseen(PAGINATION, "no list was read") };
    match (count_of(&looks.page), count_of(&looks.one_row)) {
        (None, _) => Assumption::new(PAGINATION, AssumptionVerdict::Fails, "the list has no `count`")
            .switching("crm_count", false),
        (Some(count), Some(1)) if rows.len() > 1 => {
            let detail = format!("`count` is the number of rows on the page ({count} and 1), and not the total");
            Assumption::new(PAGINATION, AssumptionVerdict::Fails, detail).switching("crm_count", true)
        }
        (Some(count), _) => {
            let holds = AssumptionVerdict::of(count >= rows.len() as u64);
            let detail = format!("`count` is the total of all pages: {count}, of which one page has {}", rows.len());
            Assumption::new(PAGINATION, holds, detail).switching("crm_count", true)
        }
    }
}

fn largest_page(looks: &CrmLooks) -> Assumption {
    let rows = looks.page.list("users").unwrap_or_default().len();
    if let Some(status) = looks.large_page_refused {
        let detail = format!("a page of {LARGE_PAGE} rows is refused with {status}, where fewer rows were expected");
        return Assumption::new(PAGINATION, AssumptionVerdict::Fails, detail);
    }
    match count_of(&looks.page) {
        Some(count) if count > rows as u64 => {
            let detail = format!("a page has at most {rows} rows, where {LARGE_PAGE} are asked for");
            Assumption::new(PAGINATION, AssumptionVerdict::Holds, detail).switching("crm_page_ceiling", rows)
        }
        _ => Assumption::unseen(
            PAGINATION,
            format!("the largest page: all {rows} rows that are listed came on one page"),
        ),
    }
}

fn past_the_end(looks: &CrmLooks) -> Assumption {
    let (claim, heading) = ("a page past the end", PAGINATION);
    match &looks.past_the_end {
        Look::Refused(404) => Assumption::new(heading, AssumptionVerdict::Holds, format!("{claim} is 404"))
            .switching("pages_end_with_404", true),
        Look::Refused(status) => {
            Assumption::new(heading, AssumptionVerdict::Fails, format!("{claim} is refused with {status}"))
        }
        Look::Nothing => Assumption::unseen(heading, format!("{claim} was not answered")),
        Look::Json(_) => match looks.past_the_end.list("users") {
            Some([]) => Assumption::new(heading, AssumptionVerdict::Holds, format!("{claim} is an empty list")),
            Some(_) => Assumption::new(heading, AssumptionVerdict::Holds, format!("{claim} repeats rows")),
            None => Assumption::new(heading, AssumptionVerdict::Fails, format!("{claim} has no `users`")),
        },
    }
}

/// Whether a value has members at all.
fn is_blank(value: &Value) -> bool {
    match value {
        Value::Object(members) => members.is_empty(),
        Value::Array(items) => items.is_empty(),
        _ => true,
    }
}

fn custom_fields(rows: &[Value], single: &Look) -> Vec<Assumption> {
    let fields = |row: &Value| row.get("fields").filter(|fields| !fields.is_null()).cloned();
    let in_list: Vec<Value> = rows.iter().filter_map(fields).collect();
    let in_single = single.json().and_then(|body| fields(body.get("user")?));
    let seen = |holds: bool, detail: &str| Assumption::new(CUSTOM_FIELDS, AssumptionVerdict::of(holds), detail);
    if rows.is_empty() || (in_list.is_empty() && in_single.is_none()) {
        let detail = "no user comes with custom fields: they are not returned, or no user has any";
        return vec![Assumption::unseen(CUSTOM_FIELDS, detail)];
    }
    let returned = seen(true, "custom fields are returned").switching("crm_fields_returned", true);
    let listed =
        seen(!in_list.is_empty(), "the list has custom fields").switching("crm_fields_in_list", !in_list.is_empty());
    let empty_are_shown = in_list.iter().any(is_blank);
    let left_out = match (empty_are_shown, in_list.len() < rows.len()) {
        (true, _) => seen(true, "a user without custom fields comes with an empty `fields`")
            .switching("crm_empty_fields_left_out", false),
        (false, true) if !in_list.is_empty() => seen(false, "a user without custom fields comes without `fields`")
            .switching("crm_empty_fields_left_out", true),
        _ => Assumption::unseen(CUSTOM_FIELDS, "every user has custom fields, so a user without any is not seen"),
    };
    vec![returned, listed, left_out]
}

fn user_object(rows: &[Value]) -> Vec<Assumption> {
    const ROW: DocumentedMembers = DocumentedMembers {
        always: &["id", "public", "private"],
        others: &["role", "theme", "subscriptions", "fields", "created_at", "updated_at"],
    };
    const PUBLIC: DocumentedMembers = DocumentedMembers {
        always: &["first_name", "last_name"],
        others: &[
            "email",
            "phone",
            "photo",
            "licence",
            "licence_expired_at",
            "position",
            "languages",
            "nationalities",
            "linked_in",
            "descriptions",
        ],
    };
    let all: Vec<&Value> = rows.iter().collect();
    let public: Vec<&Value> = rows.iter().filter_map(|row| row.get("public")).collect();
    vec![
        documented_members(USER, "the user", &all, &ROW),
        documented_members(USER, "`public`", &public, &PUBLIC),
        empty_objects(rows),
        dates(rows),
        codes(rows, "languages", |code| code.len() == 2 && code.chars().all(|char| char.is_ascii_lowercase())),
        codes(rows, "nationalities", |code| code.len() == 2 && code.chars().all(|char| char.is_ascii_uppercase())),
    ]
}

fn empty_objects(rows: &[Value]) -> Assumption {
    let objects: Vec<&Value> =
        rows.iter().flat_map(|row| [row.get("fields"), row.get("subscriptions")]).flatten().collect();
    let as_lists = objects.iter().any(|object| object.is_array());
    if as_lists {
        return Assumption::new(USER, AssumptionVerdict::Holds, "an empty object is written as `[]`")
            .switching("crm_empty_objects_as_lists", true);
    }
    if objects.iter().any(|object| object.is_object() && is_blank(object)) {
        return Assumption::new(USER, AssumptionVerdict::Holds, "an empty object is written as `{}`")
            .switching("crm_empty_objects_as_lists", false);
    }
    Assumption::unseen(USER, "how an empty object is written: every object has members")
}

/// Whether a text begins with a day, and what follows is a time.
fn is_date(text: &str) -> bool {
    let day = text.get(..10).is_some_and(|day| day.parse::<jiff::civil::Date>().is_ok());
    day && text.get(10..).is_some_and(|time| time.is_empty() || time.starts_with('T'))
}

fn dates(rows: &[Value]) -> Assumption {
    let at = |pointer: &'static str| rows.iter().filter_map(move |row| row.pointer(pointer)?.as_str());
    let all: Vec<&str> = at("/created_at").chain(at("/updated_at")).chain(at("/public/licence_expired_at")).collect();
    if all.is_empty() {
        return Assumption::unseen(USER, "no date was read");
    }
    let wrong = all.iter().filter(|date| !is_date(date)).count();
    let detail = format!("dates have the W3C form: {} of {}", all.len() - wrong, all.len());
    Assumption::new(USER, AssumptionVerdict::of(wrong == 0), detail)
}

fn codes(rows: &[Value], member: &str, fits: fn(&str) -> bool) -> Assumption {
    let lists = rows.iter().filter_map(|row| row.pointer(&format!("/public/{member}"))?.as_array());
    let all: Vec<&Value> = lists.flatten().collect();
    if all.is_empty() {
        return Assumption::unseen(USER, format!("no user has `{member}`"));
    }
    let right = all.iter().filter(|code| code.as_str().is_some_and(fits)).count();
    let detail = format!("`{member}` has two-letter codes in the documented case: {right} of {}", all.len());
    Assumption::new(USER, AssumptionVerdict::of(right == all.len()), detail)
}

fn role_code(rows: &[Value]) -> Assumption {
    let roles: Vec<&Value> = rows.iter().filter_map(|row| row.get("role")).filter(|role| !role.is_null()).collect();
    if roles.is_empty() {
        return Assumption::unseen("CRM: roles", "no user has a role");
    }
    let codes = roles.iter().filter(|role| text(role).is_some()).count();
    let detail = format!("`role` is a code: {codes} of {}", roles.len());
    Assumption::new("CRM: roles", AssumptionVerdict::of(codes == roles.len()), detail)
}

fn photos(rows: &[Value]) -> Assumption {
    let members: Vec<&Value> = rows.iter().filter_map(|row| row.pointer("/public/photo")).collect();
    let shown = members.iter().filter(|photo| !photo.is_null()).count();
    match (rows.len(), members.len(), shown) {
        (0, ..) => Assumption::unseen("CRM: photos", "no user was read"),
        (_, 0, _) => Assumption::new("CRM: photos", AssumptionVerdict::Fails, "no row has `photo`")
            .switching("crm_photos_returned", false),
        (_, _, 0) => Assumption::unseen("CRM: photos", "no user has a photo"),
        (..) => Assumption::new("CRM: photos", AssumptionVerdict::Holds, format!("a row shows its photo: {shown} do"))
            .switching("crm_photos_returned", true),
    }
}

fn me(looks: &CrmLooks) -> Assumption {
    let heading = "CRM: rights";
    match (&looks.me, looks.me.status()) {
        (Look::Json(body), _) if body.get("user").is_some_and(Value::is_object) => {
            Assumption::new(heading, AssumptionVerdict::Holds, "`GET /users/me` names the user of the key")
                .switching("crm_me", true)
        }
        (_, Some(status)) => {
            let detail = format!("`GET /users/me` names no user for this key: {status}");
            Assumption::new(heading, AssumptionVerdict::Fails, detail).switching("crm_me", false)
        }
        (_, None) => Assumption::unseen(heading, "`GET /users/me` was not answered"),
    }
}

/// The users whom a list finds, as far as a page of the usual size shows them.
fn found(look: &Look) -> Option<u64> {
    const USUAL_PAGE: usize = 100;
    count_of(look).or_else(|| look.list("users").map(|rows| rows.len().min(USUAL_PAGE) as u64))
}

fn email_filter(looks: &CrmLooks) -> Assumption {
    let (Some(all), Some(whole), part) = (found(&looks.page), found(&looks.by_login), found(&looks.by_part)) else {
        return Assumption::unseen(FILTERS, "the filter `email` was not answered");
    };
    if all < 2 {
        return Assumption::unseen(FILTERS, "the filter `email`: fewer than two users were read");
    }
    match (whole, part) {
        (0, _) => Assumption::new(
            FILTERS,
            AssumptionVerdict::Fails,
            "the filter `email` does not find a user by the whole login e-mail",
        ),
        (whole, _) if whole >= all => {
            Assumption::new(FILTERS, AssumptionVerdict::Fails, "the filter `email` is ignored")
                .switching("crm_filters", "nothing")
        }
        (_, Some(0)) => {
            Assumption::new(FILTERS, AssumptionVerdict::Holds, "the filter `email` matches the whole value alone")
                .switching("crm_filters", "whole")
        }
        (_, Some(_)) => {
            Assumption::new(FILTERS, AssumptionVerdict::Holds, "the filter `email` matches a part of the value")
                .switching("crm_filters", "partial")
        }
        (_, None) => Assumption::new(
            FILTERS,
            AssumptionVerdict::Holds,
            "the filter `email` finds a user by the whole login e-mail",
        ),
    }
}

fn unknown_filter(looks: &CrmLooks) -> Assumption {
    match (&looks.unknown_filter, looks.unknown_filter.status()) {
        (Look::Json(_), _) if found(&looks.unknown_filter) == found(&looks.page) => {
            Assumption::new(FILTERS, AssumptionVerdict::Holds, "an unknown filter is ignored")
        }
        (Look::Json(_), _) => Assumption::new(FILTERS, AssumptionVerdict::Fails, "an unknown filter changes the list"),
        (_, Some(status)) => {
            Assumption::new(FILTERS, AssumptionVerdict::Holds, format!("an unknown filter is refused with {status}"))
        }
        (_, None) => Assumption::unseen(FILTERS, "an unknown filter was not answered"),
    }
}

fn sort(looks: &CrmLooks) -> Assumption {
    let heading = "CRM: sort";
    let Some(rows) = looks.sorted.list("users") else {
        return match looks.sorted.status() {
            Some(status) => {
                Assumption::new(heading, AssumptionVerdict::Fails, format!("`sort=last_name` is refused with {status}"))
            }
            None => Assumption::unseen(heading, "`sort=last_name` was not answered"),
        };
    };
    let name = |row: &Value| row.pointer("/public/last_name").and_then(Value::as_str).map(str::to_lowercase);
    let names: Vec<String> = rows.iter().filter_map(name).collect();
    let ordered = |(one, other): (&String, &String)| one >= other;
    let pairs = || names.iter().zip(names.iter().skip(1));
    if !pairs().any(|(one, other)| one != other) {
        return Assumption::unseen(heading, "fewer than two last names were read");
    }
    let detail = "`sort=last_name&sort_order=DESC` lists by last name from the end";
    Assumption::new(heading, AssumptionVerdict::of(pairs().all(ordered)), detail)
}

fn unknown_id(looks: &CrmLooks) -> Assumption {
    let heading = "CRM: errors";
    match looks.unknown_id.status() {
        Some(200) => {
            Assumption::new(heading, AssumptionVerdict::Fails, "a user with an unknown id is answered with 200")
        }
        Some(status) => Assumption::new(
            heading,
            AssumptionVerdict::of(status == 404),
            format!("an unknown id is refused with {status}"),
        ),
        None => Assumption::unseen(heading, "an unknown id was not answered"),
    }
}

fn warning_header(looks: &CrmLooks) -> Assumption {
    let heading = "CRM: warning header";
    if looks.warned {
        return Assumption::new(heading, AssumptionVerdict::Holds, "an answer came with `X-MyCRM-API-Warning`");
    }
    Assumption::unseen(heading, "no answer came with `X-MyCRM-API-Warning`")
}
