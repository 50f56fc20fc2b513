use serde_json::json;

use super::crm::CrmLooks;
use super::pf::PfLooks;
use super::*;

/// A page of the CRM with these rows.
fn users(rows: &Value, count: Option<u64>) -> Look {
    let mut body = json!({ "users": rows });
    if let Some(count) = count {
        body["count"] = json!(count);
    }
    Look::Json(body)
}

fn crm() -> CrmLooks {
    let rows = json!([
        {"id": 1, "public": {"last_name": "Khan", "photo": null, "languages": ["en"], "nationalities": ["AE"]},
         "private": {"email": "a@b.example"}, "role": "agent", "subscriptions": {}, "fields": {"11": "x"},
         "created_at": "2026-01-02T03:04:05+00:00"},
        {"id": 2, "public": {"last_name": "Abad"}, "role": "admin", "fields": {}}
    ]);
    CrmLooks {
        page: users(&rows, Some(2)),
        large_page_refused: None,
        one_row: users(&json!([rows[0]]), Some(2)),
        past_the_end: users(&json!([]), Some(2)),
        single: Look::Json(json!({"user": rows[0]})),
        unknown_id: Look::Refused(404),
        me: Look::Json(json!({"user": rows[1]})),
        by_login: users(&json!([rows[0]]), Some(1)),
        by_part: users(&json!([rows[0]]), Some(1)),
        unknown_filter: users(&rows, Some(2)),
        sorted: users(&rows, Some(2)),
        warned: false,
        limit_headers: Vec::new(),
    }
}

fn page(rows: &Value, total: Option<u64>) -> Look {
    let pagination = total.map_or_else(|| json!({}), |total| json!({ "total": total }));
    Look::Json(json!({ "data": rows, "pagination": pagination }))
}

fn pf() -> PfLooks {
    let rows = json!([
        {"id": 1, "status": "active", "publicProfile": {"id": 5, "verification": {"status": "Verified"},
         "compliances": [{"expiryDate": "2027-01-01T00:00:00+04:00"}]}},
        {"id": 2, "status": "inactive", "publicProfile": null},
        {"id": 3, "status": "active"}
    ]);
    PfLooks {
        page: page(&rows, Some(3)),
        too_large: Look::Refused(400),
        past_the_end: page(&json!([]), Some(3)),
        everybody: page(&json!([rows[0]]), Some(3)),
        active: page(&json!([rows[0]]), Some(2)),
        inactive: page(&json!([rows[1]]), Some(1)),
        by_login: page(&json!([rows[0]]), Some(1)),
        by_public_email: page(&json!([]), Some(0)),
        unknown_id: page(&json!([]), Some(0)),
        unknown_parameter: page(&json!([rows[0]]), Some(3)),
        roles: Look::Json(json!({"data": [{"id": 1, "roleKey": "agent", "baseRoleKey": "agent"}]})),
        limit_headers: Vec::new(),
    }
}

/// Whether one line has this verdict, these words and this switch.
#[track_caller]
fn has(all: &[Assumption], verdict: AssumptionVerdict, words: &str, switch: Option<&str>) {
    let has_detail = |one: &&Assumption| one.detail.contains(words);
    let found = all.iter().find(has_detail).unwrap_or_else(|| panic!("{words:?} is in none of {all:#?}"));
    assert_eq!((found.verdict, found.switch.as_deref()), (verdict, switch), "{found:?}");
}

#[test]
fn the_expected_answers_of_the_crm_hold() {
    let all = crm::assumptions(&crm());
    let is = |verdict, words: &str, switch| has(&all, verdict, words, switch);
    is(AssumptionVerdict::Holds, "`count` is the total of all pages: 2", Some("crm_count=true"));
    is(AssumptionVerdict::Unseen, "the largest page", None);
    is(AssumptionVerdict::Holds, "a page past the end is an empty list", None);
    is(AssumptionVerdict::Holds, "the list has custom fields", Some("crm_fields_in_list=true"));
    is(AssumptionVerdict::Holds, "comes with an empty `fields`", Some("crm_empty_fields_left_out=false"));
    is(AssumptionVerdict::Holds, "an empty object is written as `{}`", Some("crm_empty_objects_as_lists=false"));
    is(AssumptionVerdict::Holds, "dates have the W3C form: 1 of 1", None);
    is(AssumptionVerdict::Holds, "`languages` has two-letter codes in the documented case: 1 of 1", None);
    is(AssumptionVerdict::Holds, "`role` is a code: 2 of 2", None);
    is(AssumptionVerdict::Unseen, "no user has a photo", None);
    is(AssumptionVerdict::Holds, "names the user of the key", Some("crm_me=true"));
    is(AssumptionVerdict::Holds, "matches a part of the value", Some("crm_filters=partial"));
    is(AssumptionVerdict::Holds, "an unknown filter is ignored", None);
    is(AssumptionVerdict::Holds, "from the end", None);
    is(AssumptionVerdict::Holds, "an unknown id is refused with 404", None);
    is(AssumptionVerdict::Fails, "`public`: these members are not returned: first_name", None);
}

#[test]
fn other_answers_of_the_crm_do_not_hold() {
    let table: [(fn(&mut CrmLooks), AssumptionVerdict, &str, Option<&str>); 15] = [
        (
            |looks| looks.page = users(&json!([{"id": 1}]), None),
            AssumptionVerdict::Fails,
            "has no `count`",
            Some("crm_count=false"),
        ),
        (
            |looks| looks.one_row = users(&json!([{"id": 1}]), Some(1)),
            AssumptionVerdict::Fails,
            "the number of rows on the page",
            Some("crm_count=true"),
        ),
        (
            |looks| looks.page = users(&json!([{"id": 1}, {"id": 2}]), Some(9)),
            AssumptionVerdict::Holds,
            "a page has at most 2 rows",
            Some("crm_page_ceiling=2"),
        ),
        (
            |looks| looks.large_page_refused = Some(400),
            AssumptionVerdict::Fails,
            "a page of 1000 rows is refused with 400",
            None,
        ),
        (
            |looks| looks.past_the_end = Look::Refused(404),
            AssumptionVerdict::Holds,
            "a page past the end is 404",
            Some("pages_end_with_404=true"),
        ),
        (
            |looks| looks.past_the_end = Look::Refused(400),
            AssumptionVerdict::Fails,
            "past the end is refused with 400",
            None,
        ),
        (
            |looks| looks.page = users(&json!([{"id": 1}]), Some(1)),
            AssumptionVerdict::Fails,
            "the list has custom fields",
            Some("crm_fields_in_list=false"),
        ),
        (
            |looks| looks.page = users(&json!([{"id": 1, "fields": []}]), Some(1)),
            AssumptionVerdict::Holds,
            "an empty object is written as `[]`",
            Some("crm_empty_objects_as_lists=true"),
        ),
        (
            |looks| looks.page = users(&json!([{"id": 1, "fields": {"1": 2}}, {"id": 2}]), Some(2)),
            AssumptionVerdict::Fails,
            "without `fields`",
            Some("crm_empty_fields_left_out=true"),
        ),
        (
            |looks| looks.me = Look::Refused(403),
            AssumptionVerdict::Fails,
            "names no user for this key: 403",
            Some("crm_me=false"),
        ),
        (
            |looks| looks.by_part = users(&json!([]), Some(0)),
            AssumptionVerdict::Holds,
            "matches the whole value alone",
            Some("crm_filters=whole"),
        ),
        (
            |looks| looks.by_login = users(&json!([{}, {}]), Some(2)),
            AssumptionVerdict::Fails,
            "the filter `email` is ignored",
            Some("crm_filters=nothing"),
        ),
        (
            |looks| looks.unknown_filter = Look::Refused(422),
            AssumptionVerdict::Holds,
            "an unknown filter is refused with 422",
            None,
        ),
        (
            |looks| looks.unknown_id = Look::Refused(403),
            AssumptionVerdict::Fails,
            "an unknown id is refused with 403",
            None,
        ),
        (
            |looks| looks.page = users(&json!([{"id": 1, "public": {}}]), Some(1)),
            AssumptionVerdict::Fails,
            "no row has `photo`",
            Some("crm_photos_returned=false"),
        ),
    ];
    for (change, verdict, words, switch) in table {
        let mut looks = crm();
        change(&mut looks);
        has(&crm::assumptions(&looks), verdict, words, switch);
    }
}

#[test]
fn the_expected_answers_of_property_finder_hold() {
    let all = pf::assumptions(&pf());
    let is = |verdict, words: &str, switch| has(&all, verdict, words, switch);
    is(AssumptionVerdict::Holds, "`pagination.total` is the total of all pages: 3", None);
    is(AssumptionVerdict::Holds, "101 is answered with 400", Some("pf_page_ceiling=100"));
    is(AssumptionVerdict::Holds, "a page past the end is an empty list", None);
    is(AssumptionVerdict::Holds, "has active and inactive users", Some("pf_hides_inactive=false"));
    is(AssumptionVerdict::Holds, "rows come by ascending id", Some("pf_newest_first=false"));
    is(AssumptionVerdict::Holds, "looks at the login", Some("pf_email_filter_is_public=false"));
    is(AssumptionVerdict::Holds, "an unknown id as filter is empty", None);
    is(AssumptionVerdict::Holds, "an unknown parameter is ignored", None);
    is(AssumptionVerdict::Holds, "`status` has a documented value: 3 of 3", None);
    is(AssumptionVerdict::Holds, "`verification.status` has a documented value: 1 of 1", None);
    is(AssumptionVerdict::Holds, "none of imageUrl, experienceSince, nationality, spokenLanguages is returned", None);
    is(AssumptionVerdict::Holds, "`expiryDate` is a date-time with an offset: 1 of 1", None);
    is(AssumptionVerdict::Holds, "lists 1 roles without pages", None);
}

#[test]
fn other_answers_of_property_finder_do_not_hold() {
    let table: [(fn(&mut PfLooks), AssumptionVerdict, &str, Option<&str>); 9] = [
        (|looks| looks.page = page(&json!([]), None), AssumptionVerdict::Fails, "no `pagination.total`", None),
        (
            |looks| looks.page = page(&json!([{"id": 1}]), Some(2)),
            AssumptionVerdict::Fails,
            "lists 1 rows, though there are more",
            Some("pf_page_ceiling=1"),
        ),
        (
            |looks| looks.too_large = page(&json!([]), Some(3)),
            AssumptionVerdict::Fails,
            "101 is answered with 200",
            Some("pf_page_ceiling=100"),
        ),
        (
            |looks| looks.everybody = page(&json!([]), Some(2)),
            AssumptionVerdict::Fails,
            "leaves out inactive users",
            Some("pf_hides_inactive=true"),
        ),
        (
            |looks| {
                looks.by_login = page(&json!([]), Some(0));
                looks.by_public_email = page(&json!([{"id": 1}]), Some(1));
            },
            AssumptionVerdict::Fails,
            "looks at the public e-mail",
            Some("pf_email_filter_is_public=true"),
        ),
        (
            |looks| looks.page = page(&json!([{"id": 3}, {"id": 2}, {"id": 1}]), Some(3)),
            AssumptionVerdict::Holds,
            "rows come by descending id",
            Some("pf_newest_first=true"),
        ),
        (
            |looks| looks.page = page(&json!([{"publicProfile": {"nationality": "AE"}}]), Some(1)),
            AssumptionVerdict::Fails,
            "returned all the same: nationality",
            None,
        ),
        (
            |looks| looks.roles = Look::Refused(403),
            AssumptionVerdict::Holds,
            "lacks the scope roles:read",
            Some("missing_scopes=roles:read"),
        ),
        (
            |looks| looks.limit_headers = vec!["x-ratelimit-limit"],
            AssumptionVerdict::Fails,
            "answers name a rate limit in headers, which roster does not read: x-ratelimit-limit",
            None,
        ),
    ];
    for (change, verdict, words, switch) in table {
        let mut looks = pf();
        change(&mut looks);
        has(&pf::assumptions(&looks), verdict, words, switch);
    }
}

#[test]
fn every_assumption_names_a_heading_and_a_switch_that_exist() {
    let page = include_str!("../../../docs/vendor-apis.md");
    let nothing = |_: &str| Look::Nothing;
    let empty = CrmLooks {
        page: nothing("page"),
        one_row: Look::Nothing,
        past_the_end: Look::Nothing,
        single: Look::Nothing,
        unknown_id: Look::Nothing,
        me: Look::Nothing,
        by_login: Look::Nothing,
        by_part: Look::Nothing,
        unknown_filter: Look::Nothing,
        sorted: Look::Nothing,
        ..crm()
    };
    let unanswered = crm::assumptions(&empty);
    assert!(
        unanswered.iter().all(|one| one.verdict == AssumptionVerdict::Unseen || one.heading == "CRM: rate limit"),
        "{unanswered:#?}"
    );
    for one in [crm::assumptions(&crm()), unanswered, pf::assumptions(&pf())].concat() {
        assert!(page.contains(&format!("\n## {}\n", one.heading)), "{one:?}");
        let known = one.switch.as_ref().map(|switch| crate::sandbox::Behaviour::default().set(switch));
        assert!(!matches!(known, Some(Err(_))), "{one:?}: {known:?}");
    }
}
