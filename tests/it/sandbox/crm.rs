use reqwest::Method;
use roster::sandbox::{Behaviour, FilterMatch, ValueSpelling, WriteMode};
use serde_json::{Value, json};

use super::{Bench, Said, with};

fn sara() -> Value {
    json!({ "user": {
        "public": {
            "first_name": "Sara", "last_name": "Khan", "email": "sara.khan@example.ae", "phone": "+971501234567",
            "licence": "48213", "position": "Senior Sales Consultant", "languages": ["en", "ar"],
            "nationalities": ["AE", "PK"], "linked_in": "https://www.linkedin.com/in/sara-khan",
            "descriptions": [{ "lang": "en", "content": "Twelve years in Dubai Marina" }]
        },
        "private": {
            "first_name": "Sara", "last_name": "Khan", "email": "sara@example.ae", "mobile": "+971509876543",
            "lang": "en", "use_email_signature": true, "email_signature": "Sara | Example Realty"
        },
        "role": "agent", "theme": "onyx",
        "subscriptions": { "type.property.created.and.assigned": { "receive_notification": true } },
        "fields": { "11": "sara-khan", "3": true }
    } })
}

fn omar() -> Value {
    json!({ "user": {
        "public": { "first_name": "Omar", "last_name": "Haddad", "languages": ["ar"], "licence_expired_at": null },
        "private": { "first_name": "Omar", "email": "omar@example.ae", "mobile": "+971 50 111 2222" },
        "role": "manager", "fields": { "11": "omar-haddad" }
    } })
}

async fn two(bench: &Bench) {
    for (user, id) in [(sara(), 1), (omar(), 2)] {
        let said = bench.crm(Method::POST, "/users", Some(user)).await;
        assert_eq!((said.status, &said.body["user"]["id"]), (201, &json!(id)), "{said:?}");
    }
}

#[tokio::test]
async fn only_the_documented_token_call_gets_a_token() {
    let bench = Bench::new().await;
    bench.crm_token().await;
    let (good, url) = (json!({ "scope": "openid", "grant_type": "client_credentials" }), bench.sandbox.crm_token_url());
    let post = || bench.http.post(&url);
    let table = [
        ("wrong secret", post().basic_auth("sandbox-crm-key", Some("no")).json(&good), 401),
        ("no keys", post().json(&good), 401),
        ("no JSON type", post().basic_auth("sandbox-crm-key", Some("sandbox-crm-secret")).body(good.to_string()), 400),
        ("a grant too many", post().json(&json!({ "scope": "openid", "grant_type": "password" })), 400),
        ("a GET", bench.http.get(&url), 404),
    ];
    for (what, call, status) in table {
        assert_eq!(Said::of(call.send().await.unwrap()).await.status, status, "{what}");
    }
}

#[tokio::test]
async fn a_user_is_created_read_changed_and_deleted() {
    let bench = Bench::new().await;
    two(&bench).await;
    let said = bench.crm(Method::GET, "/users/1", None).await;
    assert_eq!(said.body["user"]["public"]["last_name"], "Khan");
    assert_eq!(said.body["user"]["public"]["photo"], Value::Null);
    assert_eq!(said.body["user"]["fields"], json!({ "11": "sara-khan", "3": true }));
    assert!(said.body["user"]["created_at"].as_str().unwrap().ends_with('Z'));

    let change = json!({ "user": {
        "public": { "position": "Director", "licence_expired_at": "2027-03-31T10:00:00Z", "languages": null },
        "fields": { "12": "7701", "3": null }
    } });
    let said = bench.crm(Method::PUT, "/users/1", Some(change)).await;
    assert_eq!((said.status, said.warnings.len()), (200, 0), "{said:?}");
    let user = &said.body["user"];
    assert_eq!(user["public"]["position"], "Director");
    assert_eq!(user["public"]["licence_expired_at"], "2027-03-31");
    assert_eq!(user["public"]["languages"], json!([]));
    assert_eq!(user["public"]["phone"], "+971501234567");
    assert_eq!(user["fields"], json!({ "11": "sara-khan", "12": "7701" }));

    let heirs = json!({ "resources": [
        { "id": 2, "resource": "properties" }, { "id": 2, "resource": "leads" }, { "id": 2, "resource": "landlords" }
    ] });
    let said = bench.crm(Method::DELETE, "/users/1", Some(heirs)).await;
    assert_eq!((said.status, said.text.as_str(), said.warnings.len()), (204, "", 0));
    assert_eq!(bench.crm(Method::GET, "/users/1", None).await.status, 404);
    assert_eq!(bench.crm(Method::GET, "/users", None).await.ids(), [2]);
}

#[tokio::test]
async fn read_only_members_are_ignored_with_a_warning() {
    let bench = Bench::new().await;
    let mut user = with(sara(), "/user/id", json!(77));
    user = with(user, "/user/created_at", json!("2001-01-01T00:00:00Z"));
    user = with(user, "/user/public/licence_expired_at", json!("2027-03-31"));
    user = with(user, "/user/private/licence_expired_at", json!("2027-03-31"));
    user = with(user, "/user/public/whatsapp_phone", json!("+971501234567"));
    let said = bench.crm(Method::POST, "/users", Some(user)).await;
    assert_eq!((said.status, &said.body["user"]["id"]), (201, &json!(1)));
    assert_eq!(said.body["user"]["public"]["licence_expired_at"], Value::Null);
    assert_eq!(said.body["user"]["public"].get("whatsapp_phone"), None);
    assert_eq!(
        said.warnings,
        [
            "id is read-only and was ignored",
            "created_at is read-only and was ignored",
            "private.licence_expired_at is read-only and was ignored",
            "public.licence_expired_at is read-only and was ignored",
            "public.whatsapp_phone is unknown and was ignored",
        ]
    );
}

#[tokio::test]
async fn an_invalid_user_is_refused() {
    let bench = Bench::new().await;
    two(&bench).await;
    let new = || with(sara(), "/user/private/email", json!("new@example.ae"));
    let post = |user| (Method::POST, "/users", user);
    let put = |user| (Method::PUT, "/users/2", user);
    let table = [
        (post(json!({})), 400, ""),
        (post(json!({ "user": [] })), 400, ""),
        (post(sara()), 422, "private.email"),
        (post(with(sara(), "/user/private/email", json!("SARA@example.ae"))), 422, "private.email"),
        (post(with(new(), "/user/private/email", json!("no-at-sign"))), 422, "private.email"),
        (post(with(new(), "/user/private/email", Value::Null)), 422, "private.email"),
        (post(with(new(), "/user/role", Value::Null)), 422, "role"),
        (post(with(new(), "/user/role", json!("wizard"))), 422, "role"),
        (post(with(new(), "/user/theme", json!("gold"))), 422, "theme"),
        (post(with(new(), "/user/public/first_name", json!(""))), 422, "public.first_name"),
        (post(with(new(), "/user/public/languages", json!(["english"]))), 422, "public.languages.0"),
        (post(with(new(), "/user/public/nationalities", json!("AE"))), 422, "public.nationalities"),
        (post(with(new(), "/user/public/position", json!({ "en": "x" }))), 422, "public.position"),
        (post(with(new(), "/user/public/photo", json!("https://example.ae/a.jpg"))), 422, "public.photo"),
        (
            post(with(new(), "/user/public/descriptions", json!([{ "lang": "en" }]))),
            422,
            "public.descriptions.0.content",
        ),
        (post(with(new(), "/user/subscriptions", json!({ "a": { "fax": true } }))), 422, "subscriptions.a.fax"),
        (post(with(new(), "/user/fields", json!({ "14": "x".repeat(256) }))), 422, "fields.14"),
        (put(json!({ "user": { "private": { "email": "sara@example.ae" } } })), 422, "private.email"),
        (
            put(json!({ "user": { "public": { "licence_expired_at": "2027-02-30" } } })),
            422,
            "public.licence_expired_at",
        ),
    ];
    for ((method, target, body), status, field) in table {
        let said = bench.crm(method, target, Some(body.clone())).await;
        assert_eq!(said.status, status, "{body} {said:?}");
        assert_eq!(said.body["error"]["status"], status);
        assert!(field.is_empty() || said.body["error"]["fields"].get(field).is_some(), "{field}: {said:?}");
    }
    assert_eq!(bench.sandbox.crm_rows().len(), 2);
    assert_eq!(bench.crm(Method::PUT, "/users/9", Some(sara())).await.status, 404);
    assert_eq!(bench.crm(Method::PUT, "/users/x", Some(sara())).await.status, 404);
    assert_eq!(bench.crm(Method::PATCH, "/users/1", Some(sara())).await.status, 404);
    // Its own login is no duplicate.
    assert_eq!(bench.crm(Method::PUT, "/users/1", Some(sara())).await.status, 200);
}

#[tokio::test]
async fn a_deletion_names_the_receivers_and_without_ids_deletes_all_users() {
    let bench = Bench::new().await;
    for id in 1..=5 {
        bench.sandbox.put_crm_row(&json!({ "id": id }));
    }
    let receiver = |id: u64, kind: &str| json!({ "id": id, "resource": kind });
    let table = [
        ("/users/9", json!({}), 404),
        ("/users/1", json!({ "resources": [receiver(1, "leads")] }), 422),
        ("/users/1", json!({ "resources": [receiver(9, "leads")] }), 422),
        ("/users/1", json!({ "resources": [receiver(2, "cars")] }), 422),
        ("/users", json!({ "users": [1, 2], "resources": [receiver(2, "leads")] }), 422),
        ("/users", json!({ "users": [1, 9] }), 404),
        ("/users", json!({ "users": ["1"] }), 422),
        ("/users", json!({ "users": [1, 2], "resources": [receiver(3, "leads")] }), 204),
    ];
    for (target, body, status) in table {
        let said = bench.crm(Method::DELETE, target, Some(body.clone())).await;
        assert_eq!(said.status, status, "{body} {said:?}");
    }
    assert_eq!(bench.crm(Method::GET, "/users", None).await.ids(), [3, 4, 5]);
    let leads = json!([receiver(3, "leads")]);
    assert_eq!(bench.sandbox.crm_deletions(), [json!({ "users": [1, 2], "resources": leads })]);

    let said = bench.crm(Method::DELETE, "/users/3", None).await;
    assert_eq!((said.status, said.warnings.len()), (204, 3), "{said:?}");
    let said = bench.crm(Method::DELETE, "/users", Some(json!({ "users": [] }))).await;
    assert_eq!((said.status, said.warnings[0].as_str()), (204, "no user was named, so every user was deleted"));
    assert!(bench.sandbox.crm_rows().is_empty());
    // An id is never given twice.
    assert_eq!(bench.crm(Method::POST, "/users", Some(sara())).await.body["user"]["id"], 6);
}

#[tokio::test]
async fn every_filter_and_sort_of_the_seed_works() {
    let bench = Bench::new().await;
    two(&bench).await;
    let expiry = json!({ "user": { "public": { "licence_expired_at": "2027-03-31" } } });
    bench.crm(Method::PUT, "/users/1", Some(expiry)).await;
    let table: &[(&str, &[u64])] = &[
        ("", &[1, 2]),
        ("filters[]=", &[1, 2]),
        ("filters[query]=kha", &[1]),
        ("filters[name]=Omar", &[2]),
        ("filters[firstName]=sara", &[1]),
        ("filters[first_name]=sara", &[1]),
        ("filters[email]=sara@example.ae", &[1]),
        ("filters[email]=example.ae", &[1, 2]),
        ("filters[mobile]=%2B971501112222", &[2]),
        ("filters[mobile]=0123", &[1]),
        ("filters[licence]=482", &[1]),
        ("filters[description]=marina", &[1]),
        ("filters[created]=current_month", &[1, 2]),
        ("filters[created]=yesterday", &[]),
        ("filters[updated][from]=2001-01-01&filters[updated][to]=2001-12-31", &[]),
        ("filters[updated][from]=2001-01-01", &[1, 2]),
        ("filters[license_expire_at][from]=2027-01-01&filters[license_expire_at][to]=2027-12-31", &[1]),
        ("filters[licenseExpireAt][to]=2026-01-01", &[]),
        ("filters[language]=AR", &[1, 2]),
        ("filters[language]=en", &[1]),
        ("filters[position]=sales", &[1]),
        ("filters[linked_in]=sara-khan", &[1]),
        ("filters[linkedIn]=sara-khan", &[1]),
        ("filters[email_signature]=realty", &[1]),
        ("filters[use_email_signature]=1", &[1]),
        ("filters[useEmailSignature]=0", &[2]),
        ("filters[user_fields][11]=omar-haddad", &[2]),
        ("filters[user_fields]['11']=sara-khan", &[1]),
        ("filters[user_fields][3]=1", &[1]),
        ("filters[user_fields][12]=7701", &[]),
        ("filters[name]=sara&filters[language]=en", &[1]),
        ("filters[name]=sara&filters[name]=omar", &[]),
        ("filters[shoe_size]=44", &[1, 2]),
        ("sort=last_name", &[2, 1]),
        ("sort=lastName&sort_order=DESC", &[1, 2]),
        ("sort=mobile&sort_order=ASC", &[2, 1]),
        ("sort=role&sort_order=desc", &[2, 1]),
    ];
    for (query, want) in table {
        let said = bench.crm(Method::GET, &format!("/users?{query}"), None).await;
        assert_eq!((said.status, said.ids().as_slice()), (200, *want), "{query}");
        assert_eq!(said.warnings.is_empty(), !query.contains("shoe_size"), "{query}: {:?}", said.warnings);
    }
    for query in [
        "sort=phone",
        "sort=role&sort_order=up",
        "page=0",
        "page=x",
        "per_page=0",
        "filters[language]=eng",
        "filters[use_email_signature]=yes",
        "filters[created]=soon",
        "filters[created][from]=2026-02-30",
    ] {
        assert_eq!(bench.crm(Method::GET, &format!("/users?{query}"), None).await.status, 400, "{query}");
    }
}

#[tokio::test]
async fn text_filters_match_a_part_or_the_whole() {
    let bench = Bench::behaving(Behaviour { crm_filters: FilterMatch::Whole, ..Behaviour::default() }).await;
    two(&bench).await;
    for (query, want) in [("filters[email]=example.ae", vec![]), ("filters[email]=SARA@example.ae", vec![1])] {
        assert_eq!(bench.crm(Method::GET, &format!("/users?{query}"), None).await.ids(), want, "{query}");
    }
}

#[tokio::test]
async fn pages_end_with_an_empty_one_and_keep_to_the_ceiling() {
    let bench = Bench::new().await;
    for _ in 0..150 {
        bench.sandbox.put_crm_row(&json!({}));
    }
    let page = async |query: &str| bench.crm(Method::GET, &format!("/users?{query}"), None).await;
    let said = page("").await;
    assert_eq!((said.ids().len(), &said.body["count"]), (100, &json!(150)));
    assert_eq!(page("page=2").await.ids(), (101..=150).collect::<Vec<_>>());
    assert_eq!(page("page=3&per_page=20").await.ids(), (41..=60).collect::<Vec<_>>());
    assert_eq!(page("page=9").await.ids(), [] as [u64; 0]);
    assert_eq!(page("per_page=1000").await.ids().len(), 100);

    bench.sandbox.set_behaviour(Behaviour { crm_page_ceiling: 7, crm_count: false, ..Behaviour::default() });
    let said = page("per_page=100&page=2").await;
    assert_eq!(said.ids(), (8..=14).collect::<Vec<_>>());
    assert_eq!(said.body.get("count"), None);
}

#[tokio::test]
async fn a_put_replaces_the_row_if_so_configured() {
    let bench = Bench::behaving(Behaviour { crm_put: WriteMode::Replace, ..Behaviour::default() }).await;
    two(&bench).await;
    let change = json!({ "user": { "public": { "position": "Director" }, "private": { "email": "sara@example.ae" } } });
    let user = bench.crm(Method::PUT, "/users/1", Some(change)).await.body["user"].clone();
    assert_eq!(user["id"], 1);
    assert_eq!(user["public"]["position"], "Director");
    assert_eq!(user["public"]["phone"], "");
    assert_eq!(user["public"]["languages"], json!([]));
    assert_eq!(user["private"]["mobile"], "");
    assert_eq!((&user["fields"], &user["role"]), (&json!({}), &json!("")));
}

#[tokio::test]
async fn custom_fields_can_be_hidden_from_listings_puts_or_all_answers() {
    let fields = async |bench: &Bench| {
        let one = bench.crm(Method::GET, "/users/1", None).await.body["user"].get("fields").cloned();
        let list = bench.crm(Method::GET, "/users", None).await.body["users"][0].get("fields").cloned();
        (one, list)
    };
    let bench = Bench::new().await;
    two(&bench).await;
    let all = Some(json!({ "11": "sara-khan", "3": true }));
    assert_eq!(fields(&bench).await, (all.clone(), all.clone()));
    bench.sandbox.set_behaviour(Behaviour { crm_fields_in_list: false, ..Behaviour::default() });
    assert_eq!(fields(&bench).await, (all.clone(), None));
    bench.sandbox.set_behaviour(Behaviour { crm_fields_returned: false, ..Behaviour::default() });
    assert_eq!(fields(&bench).await, (None, None));

    for crm_put in [WriteMode::Merge, WriteMode::Replace] {
        bench.sandbox.set_behaviour(Behaviour { crm_fields_on_put: false, crm_put, ..Behaviour::default() });
        let change = json!({ "user": { "fields": { "12": "7701" } } });
        assert_eq!(bench.crm(Method::PUT, "/users/1", Some(change)).await.status, 200);
        assert_eq!(fields(&bench).await.0, all, "{crm_put:?}");
    }

    bench.sandbox.set_behaviour(Behaviour { crm_empty_objects_as_lists: true, ..Behaviour::default() });
    bench.sandbox.put_crm_row(&json!({}));
    let said = bench.crm(Method::GET, "/users/3", None).await;
    assert_eq!((&said.body["user"]["fields"], &said.body["user"]["subscriptions"]), (&json!([]), &json!([])));
}

#[tokio::test]
async fn rows_are_returned_in_the_server_s_spelling_which_it_accepts() {
    let bench = Bench::new().await;
    two(&bench).await;
    let expiry = json!({ "user": { "public": { "licence_expired_at": "2027-03-31" } } });
    bench.crm(Method::PUT, "/users/1", Some(expiry)).await;
    let behaviour =
        Behaviour { crm_rows: ValueSpelling::Reformatted, crm_empty_objects_as_lists: true, ..Default::default() };
    bench.sandbox.set_behaviour(behaviour);
    let mut user = bench.crm(Method::GET, "/users/1", None).await.body["user"].clone();
    assert_eq!(user["public"]["phone"], "+971 50 123 4567");
    assert_eq!(user["public"]["languages"], json!(["EN", "AR"]));
    assert_eq!(user["public"]["nationalities"], json!(["pk", "ae"]));
    assert_eq!(user["public"]["licence_expired_at"], "2027-03-31T00:00:00+04:00");
    assert_eq!(user["public"]["descriptions"][0]["lang"], "EN");
    assert_eq!(user["private"]["use_email_signature"], 1);
    for name in ["id", "created_at", "updated_at"] {
        user.as_object_mut().unwrap().remove(name);
    }
    user["private"].as_object_mut().unwrap().remove("licence_expired_at");
    let said = bench.crm(Method::PUT, "/users/1", Some(json!({ "user": user }))).await;
    assert_eq!((said.status, said.warnings.as_slice()), (200, [].as_slice()), "{said:?}");
    assert_eq!(bench.sandbox.crm_rows()[0]["public"]["licence_expired_at"], "2027-03-31");
    assert_eq!(bench.sandbox.crm_rows()[0]["private"]["use_email_signature"], true);

    bench.sandbox.set_behaviour(Behaviour { crm_rows: ValueSpelling::Tidied, ..Behaviour::default() });
    let user = bench.crm(Method::GET, "/users/2", None).await.body["user"].clone();
    assert_eq!(user["private"]["mobile"], "+971501112222");
}

#[tokio::test]
async fn members_that_the_crm_added_are_kept_and_accepted() {
    let bench = Bench::new().await;
    bench.sandbox.put_crm_row(&json!({ "team": "Marina", "public": { "photo": 25, "badge": 3 } }));
    let change = json!({ "user": { "team": "Marina", "public": { "photo": 25, "badge": 3, "position": "Director" } } });
    let said = bench.crm(Method::PUT, "/users/1", Some(change)).await;
    assert_eq!((said.status, said.warnings.len()), (200, 0), "{said:?}");
    let user = &said.body["user"];
    assert_eq!(
        (&user["team"], &user["public"]["photo"], &user["public"]["badge"]),
        (&json!("Marina"), &json!(25), &json!(3))
    );
}

#[tokio::test]
async fn the_key_s_owner_its_rights_and_the_status_of_a_create_are_configurable() {
    let bench = Bench::new().await;
    assert_eq!(bench.crm(Method::GET, "/users/me", None).await.status, 404);
    two(&bench).await;
    bench.sandbox.set_me(Some(2));
    assert_eq!(bench.crm(Method::GET, "/users/me", None).await.body["user"]["id"], 2);

    let missing = |right: &str| Behaviour { missing_scopes: [right.to_owned()].into(), ..Behaviour::default() };
    bench.sandbox.set_behaviour(missing("user.read"));
    assert_eq!(bench.crm(Method::GET, "/users", None).await.status, 403);
    assert_eq!(bench.crm(Method::GET, "/users/me", None).await.status, 200);
    bench.sandbox.set_behaviour(missing("user.update"));
    assert_eq!(bench.crm(Method::GET, "/users", None).await.status, 200);
    assert_eq!(bench.crm(Method::PUT, "/users/1", Some(sara())).await.status, 403);

    bench.sandbox.set_behaviour(Behaviour { crm_me: false, crm_create_status: 200, ..Behaviour::default() });
    assert_eq!(bench.crm(Method::GET, "/users/me", None).await.status, 403);
    let new = with(sara(), "/user/private/email", json!("new@example.ae"));
    assert_eq!(bench.crm(Method::POST, "/users", Some(new)).await.status, 200);
}

#[tokio::test]
async fn a_write_becomes_visible_after_a_number_of_reads() {
    let bench = Bench::behaving(Behaviour { crm_lag: 2, ..Behaviour::default() }).await;
    bench.crm(Method::POST, "/users", Some(sara())).await;
    let ids = async || bench.crm(Method::GET, "/users", None).await.ids();
    assert_eq!(ids().await, [] as [u64; 0]);
    assert_eq!(bench.crm(Method::GET, "/users/1", None).await.status, 404);
    assert_eq!(ids().await, [1]);

    bench.sandbox.set_behaviour(Behaviour { crm_lag: 1, lag_of_single_rows: false, ..Behaviour::default() });
    let change = json!({ "user": { "public": { "position": "Director" } } });
    bench.crm(Method::PUT, "/users/1", Some(change)).await;
    let position = |said: &Said, at: &str| said.body.pointer(at).unwrap()["public"]["position"].clone();
    assert_eq!(position(&bench.crm(Method::GET, "/users/1", None).await, "/user"), "Director");
    assert_eq!(position(&bench.crm(Method::GET, "/users", None).await, "/users/0"), "Senior Sales Consultant");
    assert_eq!(position(&bench.crm(Method::GET, "/users", None).await, "/users/0"), "Director");
}
