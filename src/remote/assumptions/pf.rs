//! The assumptions about Property Finder's Enterprise API.

use serde_json::Value;

use super::{Assumption, AssumptionVerdict, DocumentedMembers, Look, documented_members, rate_limit, shown_by_writes};
use crate::remote::json::text;
use crate::remote::paging::number;

/// What the reads of Property Finder brought.
pub(crate) struct PfLooks {
    /// The largest first page.
    pub page: Look,
    /// A page of one row more.
    pub too_large: Look,
    pub past_the_end: Look,
    /// Pages of one row: everybody, active users, inactive users.
    pub everybody: Look,
    pub active: Look,
    pub inactive: Look,
    /// The login and the public e-mail of one user, where they differ, as the filter `email`.
    pub by_login: Look,
    pub by_public_email: Look,
    pub unknown_id: Look,
    pub unknown_parameter: Look,
    pub roles: Look,
    pub limit_headers: Vec<&'static str>,
}

/// The largest page that is documented.
pub(crate) const LARGEST_PAGE: u32 = 100;

const LIST: &str = "Property Finder: list users";
const USER: &str = "Property Finder: user object";
const PROFILE: &str = "Property Finder: public profile";
const NEVER_RETURNED: &str = "Property Finder: fields that are never returned";
const COMPLIANCES: &str = "Property Finder: compliances";
const ROLES: &str = "Property Finder: roles";
const SCOPES: &str = "Property Finder: keys and scopes";

/// Every assumption that a read may show.
#[must_use]
pub(crate) fn assumptions(looks: &PfLooks) -> Vec<Assumption> {
    let rows = looks.page.list("data").unwrap_or_default();
    let profiles: Vec<&Value> =
        rows.iter().filter_map(|row| row.get("publicProfile")).filter(|profile| profile.is_object()).collect();
    let mut all = vec![total(looks), largest_page(looks), past_the_end(looks), inactive_users(looks), order(rows)];
    all.extend([email_filter(looks), unknown_id(looks), unknown_parameter(looks)]);
    all.extend(user_object(rows));
    all.extend(public_profile(&profiles));
    all.extend([never_returned(rows, &profiles), compliances(&profiles)]);
    all.extend(roles(&looks.roles));
    all.push(rate_limit("Property Finder: rate limit", &looks.limit_headers));
    all.extend(shown_by_writes(&[
        "Property Finder: create a user",
        "Property Finder: update a user",
        "Property Finder: update a public profile",
        "Property Finder: duplicates",
        "Property Finder: reads after writes",
    ]));
    all
}

fn total_of(look: &Look) -> Option<u64> {
    number(look.json()?.pointer("/pagination/total"))
}

fn total(looks: &PfLooks) -> Assumption {
    let Some(rows) = looks.page.list("data") else { return Assumption::unseen(LIST, "no list was read") };
    let Some(total) = total_of(&looks.page) else {
        return Assumption::new(LIST, AssumptionVerdict::Fails, "the list has no `pagination.total`");
    };
    let detail = format!("`pagination.total` is the total of all pages: {total}, of which one page has {}", rows.len());
    Assumption::new(LIST, AssumptionVerdict::of(total >= rows.len() as u64), detail)
}

fn largest_page(looks: &PfLooks) -> Assumption {
    let Some(rows) = looks.page.list("data").map(<[Value]>::len) else {
        return Assumption::unseen(LIST, "`perPage=100` was not answered");
    };
    if total_of(&looks.page).is_some_and(|total| total > rows as u64) && rows < LARGEST_PAGE as usize {
        let detail = format!("`perPage=100` lists {rows} rows, though there are more");
        return Assumption::new(LIST, AssumptionVerdict::Fails, detail).switching("pf_page_ceiling", rows);
    }
    match looks.too_large.status() {
        Some(status) => {
            let detail = format!("`perPage` is 100 at most: 101 is answered with {status}");
            Assumption::new(LIST, AssumptionVerdict::of(status == 400), detail)
                .switching("pf_page_ceiling", LARGEST_PAGE)
        }
        None => Assumption::unseen(LIST, "`perPage=101` was not answered"),
    }
}

fn past_the_end(looks: &PfLooks) -> Assumption {
    match (looks.past_the_end.list("data"), looks.past_the_end.status()) {
        (Some([]), _) => Assumption::new(LIST, AssumptionVerdict::Holds, "a page past the end is an empty list"),
        (Some(_), _) => Assumption::new(LIST, AssumptionVerdict::Fails, "a page past the end repeats rows"),
        (None, Some(404)) => Assumption::new(LIST, AssumptionVerdict::Holds, "a page past the end is 404")
            .switching("pages_end_with_404", true),
        (None, Some(status)) => {
            Assumption::new(LIST, AssumptionVerdict::Fails, format!("a page past the end is answered with {status}"))
        }
        (None, None) => Assumption::unseen(LIST, "a page past the end was not answered"),
    }
}

fn inactive_users(looks: &PfLooks) -> Assumption {
    let totals = (total_of(&looks.everybody), total_of(&looks.active), total_of(&looks.inactive));
    let (Some(everybody), Some(active), Some(inactive)) = totals else {
        return Assumption::unseen(LIST, "whether a list without `status` has inactive users: no totals were read");
    };
    if inactive == 0 {
        return Assumption::unseen(LIST, "whether a list without `status` has inactive users: nobody is inactive");
    }
    if everybody == active + inactive {
        return Assumption::new(
            LIST,
            AssumptionVerdict::Holds,
            "a list without `status` has active and inactive users",
        )
        .switching("pf_hides_inactive", false);
    }
    if everybody == active {
        return Assumption::new(LIST, AssumptionVerdict::Fails, "a list without `status` leaves out inactive users")
            .switching("pf_hides_inactive", true);
    }
    Assumption::unseen(LIST, "the totals with and without `status` do not add up: users may change at this moment")
}

fn order(rows: &[Value]) -> Assumption {
    let ids: Vec<u64> = rows.iter().filter_map(|row| number(row.get("id"))).collect();
    let pairs = || ids.iter().zip(ids.iter().skip(1));
    if ids.len() < 3 {
        return Assumption::unseen(LIST, "the order of rows: fewer than three users were read");
    }
    let (rising, falling) = (pairs().all(|(one, next)| one < next), pairs().all(|(one, next)| one > next));
    let detail = match (rising, falling) {
        (true, _) => "rows come by ascending id",
        (_, true) => "rows come by descending id",
        _ => "rows come in another order than by id",
    };
    let order = Assumption::new(LIST, AssumptionVerdict::Holds, format!("roster relies on no order: {detail}"));
    if rising || falling { order.switching("pf_newest_first", falling) } else { order }
}

fn email_filter(looks: &PfLooks) -> Assumption {
    let found = |look: &Look| look.list("data").map(<[Value]>::len);
    match (found(&looks.by_login), found(&looks.by_public_email)) {
        (Some(0), Some(1..)) => Assumption::new(
            LIST,
            AssumptionVerdict::Fails,
            "the filter `email` looks at the public e-mail, and not at the login",
        )
        .switching("pf_email_filter_is_public", true),
        (Some(1..), Some(0)) => {
            Assumption::new(LIST, AssumptionVerdict::Holds, "the filter `email` looks at the login")
                .switching("pf_email_filter_is_public", false)
        }
        (Some(1..), Some(1..)) => Assumption::new(
            LIST,
            AssumptionVerdict::Holds,
            "the filter `email` finds a user by either e-mail, or finds everybody",
        ),
        (Some(0), Some(0)) => Assumption::new(LIST, AssumptionVerdict::Fails, "the filter `email` finds nobody"),
        _ => Assumption::unseen(LIST, "the filter `email`: no user with two e-mails was read, or it was not answered"),
    }
}

fn unknown_id(looks: &PfLooks) -> Assumption {
    let heading = "Property Finder: errors";
    match (looks.unknown_id.list("data"), looks.unknown_id.status()) {
        (Some([]), _) => {
            Assumption::new(heading, AssumptionVerdict::Holds, "a list with an unknown id as filter is empty")
        }
        (Some(_), _) => {
            Assumption::new(heading, AssumptionVerdict::Fails, "a list with an unknown id as filter has users")
        }
        (None, Some(status)) => Assumption::new(
            heading,
            AssumptionVerdict::Fails,
            format!("an unknown id as filter is answered with {status}"),
        ),
        (None, None) => Assumption::unseen(heading, "an unknown id was not answered"),
    }
}

fn unknown_parameter(looks: &PfLooks) -> Assumption {
    match looks.unknown_parameter.status() {
        Some(status) => {
            let detail = format!("an unknown parameter is ignored: it is answered with {status}");
            Assumption::new(LIST, AssumptionVerdict::of(status == 200), detail)
        }
        None => Assumption::unseen(LIST, "an unknown parameter was not answered"),
    }
}

fn user_object(rows: &[Value]) -> [Assumption; 2] {
    const MEMBERS: DocumentedMembers = DocumentedMembers {
        always: &["id", "firstName", "email", "status", "role"],
        others: &["lastName", "mobile", "publicProfile", "createdAt", "callTracking"],
    };
    let all: Vec<&Value> = rows.iter().collect();
    [
        documented_members(USER, "the user", &all, &MEMBERS),
        words(USER, "`status`", rows.iter(), "/status", &["active", "inactive"]),
    ]
}

fn public_profile(profiles: &[&Value]) -> [Assumption; 2] {
    const MEMBERS: DocumentedMembers = DocumentedMembers {
        always: &["id", "name", "email"],
        others: &[
            "phone",
            "phoneSecondary",
            "whatsappPhone",
            "bio",
            "position",
            "linkedinAddress",
            "imageVariants",
            "verification",
            "compliances",
            "isSuperAgent",
        ],
    };
    const STATUSES: [&str; 6] = ["pending", "verified", "unverified", "rejected", "incomplete", "approved"];
    [
        documented_members(PROFILE, "the profile", profiles, &MEMBERS),
        words(PROFILE, "`verification.status`", profiles.iter().copied(), "/verification/status", &STATUSES),
    ]
}

/// Whether a member has documented words alone.
fn words<'a>(
    heading: &'static str,
    what: &str,
    rows: impl Iterator<Item = &'a Value>,
    pointer: &str,
    documented: &[&str],
) -> Assumption {
    let all: Vec<&Value> = rows.filter_map(|row| row.pointer(pointer)).filter(|value| !value.is_null()).collect();
    if all.is_empty() {
        return Assumption::unseen(heading, format!("no row has {what}"));
    }
    let is_known =
        |value: &&&Value| value.as_str().is_some_and(|word| documented.contains(&word.to_lowercase().as_str()));
    let known = all.iter().filter(is_known).count();
    let detail = format!("{what} has a documented value: {known} of {}", all.len());
    Assumption::new(heading, AssumptionVerdict::of(known == all.len()), detail)
}

fn never_returned(rows: &[Value], profiles: &[&Value]) -> Assumption {
    const MEMBERS: [&str; 4] = ["imageUrl", "experienceSince", "nationality", "spokenLanguages"];
    if profiles.is_empty() {
        return Assumption::unseen(NEVER_RETURNED, "no profile was read");
    }
    let has = |name: &str| profiles.iter().copied().chain(rows).any(|object| object.get(name).is_some());
    let returned: Vec<&str> = MEMBERS.into_iter().filter(|name| has(name)).collect();
    if returned.is_empty() {
        return Assumption::new(
            NEVER_RETURNED,
            AssumptionVerdict::Holds,
            format!("none of {} is returned", MEMBERS.join(", ")),
        );
    }
    Assumption::new(NEVER_RETURNED, AssumptionVerdict::Fails, format!("returned all the same: {}", returned.join(", ")))
}

fn compliances(profiles: &[&Value]) -> Assumption {
    let entries = profiles.iter().filter_map(|profile| profile.get("compliances")?.as_array()).flatten();
    let dates: Vec<&str> = entries.filter_map(|entry| entry.get("expiryDate")?.as_str()).collect();
    if dates.is_empty() {
        return Assumption::unseen(COMPLIANCES, "no compliance with a date was read");
    }
    let times = dates.iter().filter(|date| date.parse::<jiff::Timestamp>().is_ok()).count();
    let detail = format!("`expiryDate` is a date-time with an offset: {times} of {}", dates.len());
    Assumption::new(COMPLIANCES, AssumptionVerdict::of(times == dates.len()), detail)
}

fn roles(look: &Look) -> Vec<Assumption> {
    const BASE: [&str; 7] = ["admin", "advisor", "agent", "basic_admin", "basic_user", "decision_maker", "finance"];
    let Some(rows) = look.list("data") else {
        return vec![match look.status() {
            Some(403) => {
                Assumption::new(SCOPES, AssumptionVerdict::Holds, "the key lacks the scope roles:read, which gives 403")
                    .switching("missing_scopes", "roles:read")
            }
            Some(status) => Assumption::new(
                ROLES,
                AssumptionVerdict::Fails,
                format!("the list of roles is answered with {status}, without `data`"),
            ),
            None => Assumption::unseen(ROLES, "the list of roles was not answered"),
        }];
    };
    let keys = |name: &str| rows.iter().filter_map(|role| role.get(name).and_then(text)).collect::<Vec<String>>();
    let with_key = keys("roleKey").len();
    let base = keys("baseRoleKey");
    let known = base.iter().filter(|key| BASE.contains(&key.to_lowercase().as_str())).count();
    let pages = look.json().is_some_and(|body| body.get("pagination").is_some());
    let listed = if pages { "with pages" } else { "without pages" };
    vec![
        Assumption::new(
            ROLES,
            AssumptionVerdict::of(!pages),
            format!("`GET /v1/roles` lists {} roles {listed}", rows.len()),
        ),
        Assumption::new(
            ROLES,
            AssumptionVerdict::of(with_key == rows.len()),
            format!("a role has a `roleKey`: {with_key} of {}", rows.len()),
        ),
        Assumption::new(
            ROLES,
            AssumptionVerdict::of(known == base.len()),
            format!("a base key is one of the seven: {known} of {}", base.len()),
        ),
    ]
}
