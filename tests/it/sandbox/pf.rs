use reqwest::Method;
use roster::sandbox::{Behaviour, SandboxOptions, SandboxState, ValueSpelling, WriteMode};
use serde_json::{Value, json};

use super::{Bench, Said, with};

fn sara() -> Value {
    json!({
        "email": "sara@example.ae", "firstName": "Sara", "lastName": "Khan", "mobile": "+971509876543", "roleId": 5,
        "publicProfile": {
            "name": "Sara Khan", "email": "sara.khan@example.ae", "phone": "+971501234567",
            "whatsappPhone": "+971 50 123 4567", "imageUrl": "https://cdn.example.ae/sara.jpg",
            "bio": { "primary": "Twelve years", "secondary": "..." },
            "position": { "primary": "Consultant", "secondary": "" },
            "linkedinAddress": "https://www.linkedin.com/in/sara-khan", "experienceSince": 2014, "nationality": "AE",
            "spokenLanguages": [1, 2],
            "compliances": [{ "type": "brn", "value": "48213", "expiryDate": "2027-03-31" }]
        }
    })
}

fn login(email: &str) -> Value {
    with(sara(), "/email", json!(email))
}

#[tokio::test]
async fn a_token_is_given_for_the_closed_schema_and_the_right_keys() {
    let bench = Bench::new().await;
    bench.pf_token().await;
    let (key, secret) = ("x".repeat(40), "y".repeat(32));
    let table = [
        (json!({ "apiKey": key, "apiSecret": secret }), 401),
        (json!({ "apiKey": "x".repeat(39), "apiSecret": secret }), 400),
        (json!({ "apiKey": key, "apiSecret": "y".repeat(33) }), 400),
        (json!({ "apiKey": key }), 400),
        (json!({ "apiKey": key, "apiSecret": secret, "scope": "openid" }), 400),
        (json!("sesame"), 400),
    ];
    for (body, status) in table {
        assert_eq!(bench.pf_token_call(&body).await.status, status, "{body}");
    }
}

#[tokio::test]
async fn a_create_answers_flat_and_a_list_answers_the_read_model() {
    let bench = Bench::new().await;
    let said = bench.pf(Method::POST, "/v1/users", Some(sara())).await;
    let profile = json!({
        "id": 9001, "name": "Sara Khan", "email": "sara.khan@example.ae", "phone": "+971501234567",
        "whatsappPhone": "+971 50 123 4567", "linkedinAddress": "https://www.linkedin.com/in/sara-khan",
        "bio": { "primary": "Twelve years", "secondary": "..." },
        "position": { "primary": "Consultant", "secondary": "" },
        "imageVariants": { "large": {
            "default": "https://cdn.example.com/profiles/9001/large",
            "jpg": "https://cdn.example.com/profiles/9001/large.jpg", "webp": null
        } },
        "verification": { "status": "unverified", "requestDate": null },
        "compliances": [{
            "type": "brn", "value": "48213", "status": "active", "expiryDate": "2027-03-31T00:00:00+04:00", "reason": null
        }],
        "isSuperAgent": false
    });
    let created = json!({
        "id": 7701, "firstName": "Sara", "lastName": "Khan", "email": "sara@example.ae", "mobile": "+971509876543",
        "status": "active", "roleId": 5, "publicProfile": profile
    });
    assert_eq!((said.status, said.body), (201, created));

    let mut said = bench.pf(Method::GET, "/v1/users", None).await;
    let row = said.body["data"][0].take();
    assert!(row["createdAt"].as_str().unwrap().ends_with('Z'));
    let role = json!({ "id": 5, "name": "Agent", "roleKey": "agent", "baseRoleKey": "agent", "isCustom": false });
    assert_eq!((&row["role"], &row["callTracking"], row.get("roleId")), (&role, &Value::Null, None));
    assert_eq!(row["publicProfile"], profile);

    let kept = &bench.sandbox.pf_rows()[0]["publicProfile"];
    assert_eq!(kept["imageUrl"], "https://cdn.example.ae/sara.jpg");
    assert_eq!((&kept["experienceSince"], &kept["nationality"]), (&json!(2014), &json!("AE")));
    assert_eq!(kept["spokenLanguages"], json!([1, 2]));

    let bare = json!({ "name": "B", "email": "b@example.ae", "phone": "0501234567" });
    let said = bench.pf(Method::POST, "/v1/users", Some(with(login("b@b.ae"), "/publicProfile", bare))).await;
    let profile = &said.body["publicProfile"];
    assert_eq!(profile["bio"], json!({ "primary": null, "secondary": null }));
    assert_eq!((&profile["imageVariants"], &profile["compliances"]), (&Value::Null, &json!([])));
    assert_eq!((profile.get("phoneSecondary"), profile.get("linkedinAddress")), (None, None));
}

#[tokio::test]
async fn a_create_rejects_members_outside_the_schema() {
    let bench = Bench::new().await;
    bench.pf(Method::POST, "/v1/users", Some(sara())).await;
    let new = |pointer: &str, value: Value| with(login("new@example.ae"), pointer, value);
    let public = |name: &str, value: Value| new(&format!("/publicProfile/{name}"), value);
    let table = [
        (json!([]), 400, ""),
        (new("/email", Value::Null), 400, "/email"),
        (new("/email", json!("new")), 400, "/email"),
        (new("/firstName", json!("S")), 400, "/firstName"),
        (new("/lastName", json!("")), 400, "/lastName"),
        (new("/mobile", json!("(04) 123 4567")), 400, "/mobile"),
        (new("/mobile", json!("123456")), 400, "/mobile"),
        (new("/roleId", json!("5")), 400, "/roleId"),
        (new("/roleId", json!(999)), 422, "/roleId"),
        (new("/status", json!("active")), 400, "/status"),
        (new("/publicProfile", Value::Null), 400, "/publicProfile"),
        (public("name", Value::Null), 400, "/publicProfile/name"),
        (public("phone", Value::Null), 400, "/publicProfile/phone"),
        (public("photo", json!("x")), 400, "/publicProfile/photo"),
        (public("imageUrl", json!("photos/sara.jpg")), 400, "/publicProfile/imageUrl"),
        (public("imageUrl", json!("http://cdn.example.ae/sara.jpg")), 422, "/publicProfile/imageUrl"),
        (public("position", json!("Consultant")), 400, "/publicProfile/position"),
        (public("bio", json!({ "primary": 1 })), 400, "/publicProfile/bio/primary"),
        (public("linkedinAddress", json!("")), 400, "/publicProfile/linkedinAddress"),
        (public("experienceSince", json!("2014")), 400, "/publicProfile/experienceSince"),
        (public("experienceSince", json!(14)), 400, "/publicProfile/experienceSince"),
        (public("nationality", json!("ae")), 400, "/publicProfile/nationality"),
        (public("nationality", json!("BB")), 400, "/publicProfile/nationality"),
        (public("nationality", json!(["AE"])), 400, "/publicProfile/nationality"),
        (public("spokenLanguages", json!(["en"])), 400, "/publicProfile/spokenLanguages/0"),
        (public("spokenLanguages", json!([31])), 400, "/publicProfile/spokenLanguages/0"),
        (public("spokenLanguages", json!([1, 1])), 400, "/publicProfile/spokenLanguages"),
        (public("compliances", json!([{ "type": "brn" }])), 400, "/publicProfile/compliances/0/value"),
        (
            public("compliances", json!([{ "type": "brn", "value": "1", "expiryDate": "2027-03-31T00:00:00+04:00" }])),
            400,
            "/publicProfile/compliances/0/expiryDate",
        ),
        (sara(), 422, "/email"),
        (login("SARA@example.ae"), 422, "/email"),
    ];
    for (body, status, pointer) in table {
        let said = bench.pf(Method::POST, "/v1/users", Some(body.clone())).await;
        assert_eq!(said.status, status, "{body} {said:?}");
        assert_eq!(said.pointers(), [pointer], "{body}");
    }
    assert_eq!(bench.sandbox.pf_rows().len(), 1);
    for good in [
        public("phone", json!("+971 (50) 123-45.67")),
        public("spokenLanguages", json!([])),
        public("compliances", json!([{ "type": "fal", "value": "1" }])),
        public("bio", json!({ "primary": "x", "tertiary": "y" })),
    ] {
        let good = with(good, "/email", json!(format!("{}@example.ae", bench.sandbox.pf_rows().len())));
        assert_eq!(bench.pf(Method::POST, "/v1/users", Some(good.clone())).await.status, 201, "{good}");
    }
}

#[tokio::test]
async fn a_user_is_changed_by_patch() {
    let bench = Bench::new().await;
    bench.pf(Method::POST, "/v1/users", Some(sara())).await;
    bench.pf(Method::POST, "/v1/users", Some(login("omar@example.ae"))).await;
    let table = [
        (json!({ "status": "inactive" }), 400, "/status"),
        (json!({ "roleId": 3 }), 400, "/roleId"),
        (json!({ "roleId": "999" }), 422, "/roleId"),
        (json!({ "isActive": "false" }), 400, "/isActive"),
        (json!({ "firstName": null }), 400, "/firstName"),
        (json!({ "mobile": "" }), 400, "/mobile"),
        (json!({ "email": "omar@example.ae" }), 422, "/email"),
        (json!({ "publicProfile": {} }), 400, "/publicProfile"),
    ];
    for (body, status, pointer) in table {
        let said = bench.pf(Method::PATCH, "/v1/users/7701", Some(body.clone())).await;
        assert_eq!((said.status, said.pointers()), (status, vec![pointer]), "{body} {said:?}");
    }
    for body in [
        json!({}),
        json!({ "isActive": false }),
        json!({ "roleId": "3", "firstName": "S", "email": "sara@example.ae" }),
        json!({ "password": "x", "phone": "x" }),
    ] {
        let said = bench.pf(Method::PATCH, "/v1/users/7701", Some(body.clone())).await;
        assert_eq!((said.status, said.text.as_str()), (204, ""), "{body}");
    }
    let said = bench.pf(Method::GET, "/v1/users?id=7701", None).await;
    let row = &said.body["data"][0];
    assert_eq!((&row["status"], &row["role"]["roleKey"]), (&json!("inactive"), &json!("admin")));
    assert_eq!((&row["firstName"], row.get("password"), row.get("phone")), (&json!("S"), None, None));
    bench.pf(Method::PATCH, "/v1/users/7701", Some(json!({ "isActive": true }))).await;
    assert_eq!(bench.sandbox.pf_rows()[0]["status"], "active");
}

#[tokio::test]
async fn a_profile_is_changed_by_patch() {
    let bench = Bench::new().await;
    bench.pf(Method::POST, "/v1/users", Some(sara())).await;
    let change =
        json!({ "bio": { "primary": "New" }, "spokenLanguages": null, "compliances": [], "nationality": "PK" });
    let said = bench.pf(Method::PATCH, "/v1/public-profiles/9001", Some(change)).await;
    assert_eq!((said.status, said.text.as_str()), (204, ""));
    let profile = bench.sandbox.pf_rows()[0]["publicProfile"].clone();
    assert_eq!(profile["bio"], json!({ "primary": "New", "secondary": "..." }));
    assert_eq!((&profile["spokenLanguages"], &profile["compliances"]), (&json!([]), &json!([])));
    assert_eq!((&profile["nationality"], &profile["name"]), (&json!("PK"), &json!("Sara Khan")));

    bench.sandbox.set_behaviour(Behaviour { pf_texts: WriteMode::Replace, ..Behaviour::default() });
    let change = json!({ "bio": { "primary": "Newer" } });
    bench.pf(Method::PATCH, "/v1/public-profiles/9001", Some(change)).await;
    assert_eq!(bench.sandbox.pf_rows()[0]["publicProfile"]["bio"], json!({ "primary": "Newer" }));

    for (target, body, status) in [
        ("/v1/public-profiles/9001", json!({ "name": null }), 400),
        ("/v1/public-profiles/9001", json!({ "firstName": "x" }), 400),
        ("/v1/public-profiles/9001", json!({ "imageUrl": "http://example.ae/x.jpg" }), 422),
        ("/v1/public-profiles/7701", json!({}), 404),
        ("/v1/public-profiles/nobody", json!({}), 404),
        ("/v1/users/9001", json!({}), 404),
        ("/v1/users/nobody", json!({}), 404),
    ] {
        assert_eq!(bench.pf(Method::PATCH, target, Some(body.clone())).await.status, status, "{target} {body}");
    }
}

#[tokio::test]
async fn an_unknown_route_answers_404_in_plain_text() {
    let bench = Bench::new().await;
    for (method, target) in [
        (Method::DELETE, "/v1/users/7701"),
        (Method::DELETE, "/v1/users"),
        (Method::GET, "/v1/users/7701"),
        (Method::PUT, "/v1/users/7701"),
        (Method::GET, "/v1/public-profiles"),
        (Method::POST, "/v1/public-profiles"),
        (Method::GET, "/"),
    ] {
        let said = bench.pf(method.clone(), target, None).await;
        assert_eq!((said.status, said.text.as_str()), (404, "404 page not found\n"), "{method} {target}");
    }
}

#[tokio::test]
async fn lists_are_paged_and_filtered() {
    let bench = Bench::new().await;
    for number in 1..=120 {
        let status = if number % 10 == 0 { "inactive" } else { "active" };
        let email = format!("agent{number}@example.ae");
        let profile = json!({ "name": format!("Agent {number}"), "email": format!("public{number}@example.ae") });
        bench.sandbox.put_pf_row(&json!({ "email": email, "status": status, "publicProfile": profile }));
    }
    bench.sandbox.put_pf_row(&json!({ "email": "admin@example.ae", "firstName": "Ada", "roleId": 6 }));
    let page = async |query: &str| bench.pf(Method::GET, &format!("/v1/users?{query}"), None).await;
    let envelope = |page: u64, size: u64, total: u64, pages: u64, next: Option<u64>, previous: Option<u64>| {
        json!({
            "page": page, "perPage": size, "total": total, "totalPages": pages, "nextPage": next, "prevPage": previous
        })
    };
    for (query, rows, want) in [
        ("", 50, envelope(1, 50, 121, 3, Some(2), None)),
        ("page=2&perPage=100", 21, envelope(2, 100, 121, 2, None, Some(1))),
        ("page=7&perPage=100", 0, envelope(7, 100, 121, 2, None, Some(6))),
        ("status=inactive", 12, envelope(1, 50, 12, 1, None, None)),
        ("email=nobody@example.ae", 0, envelope(1, 50, 0, 0, None, None)),
    ] {
        let said = page(query).await;
        assert_eq!((said.ids().len(), &said.body["pagination"]), (rows, &want), "{query}");
    }
    let table: &[(&str, &[u64])] = &[
        ("id=7701,7703,1", &[7701, 7703]),
        ("email=AGENT2@example.ae,agent4@example.ae", &[7702, 7704]),
        ("email=public2@example.ae", &[]),
        ("publicProfileId=9002,9003", &[7702, 7703]),
        ("roleId=6", &[7821]),
        ("search=agent 117", &[7817]),
        ("search=ADA", &[7821]),
        ("status=active&id=7710,7711", &[7711]),
        ("pageSize=1&id=7701,7702", &[7701, 7702]),
    ];
    for (query, want) in table {
        assert_eq!(page(query).await.ids(), *want, "{query}");
    }
    assert_eq!(bench.pf(Method::GET, "/v1/users/?id=7701", None).await.ids(), [7701], "a slash at the end");
    for (query, pointer) in [
        ("perPage=0", "/perPage"),
        ("perPage=101", "/perPage"),
        ("perPage=all", "/perPage"),
        ("page=0", "/page"),
        ("status=archived", "/status"),
    ] {
        let said = page(query).await;
        assert_eq!((said.status, said.pointers()), (400, vec![pointer]), "{query}");
    }
}

#[tokio::test]
async fn listings_follow_the_configured_behaviour() {
    let bench = Bench::new().await;
    for number in 1..=9 {
        let status = if number == 3 { "inactive" } else { "active" };
        let profile = json!({ "email": format!("public{number}@example.ae") });
        bench.sandbox.put_pf_row(&json!({ "status": status, "publicProfile": profile }));
    }
    bench.sandbox.set_behaviour(Behaviour {
        pf_page_ceiling: 7,
        pf_hides_inactive: true,
        pf_newest_first: true,
        pf_email_filter_is_public: true,
        ..Behaviour::default()
    });
    let page = async |query: &str| bench.pf(Method::GET, &format!("/v1/users?{query}"), None).await;
    let said = page("perPage=100").await;
    assert_eq!(said.ids(), [7709, 7708, 7707, 7706, 7705, 7704, 7702]);
    assert_eq!((&said.body["pagination"]["perPage"], &said.body["pagination"]["total"]), (&json!(7), &json!(8)));
    assert_eq!(page("id=7703").await.ids(), [] as [u64; 0]);
    assert_eq!(page("id=7703&status=inactive").await.ids(), [7703]);
    assert_eq!(page("email=public2@example.ae").await.ids(), [7702]);

    bench.sandbox.set_behaviour(Behaviour { pf_lag: 1, ..Behaviour::default() });
    bench.pf(Method::POST, "/v1/users", Some(sara())).await;
    assert_eq!(page("").await.ids().len(), 9);
    assert_eq!(page("").await.ids().len(), 10);
}

#[tokio::test]
async fn rows_are_returned_in_the_server_s_spelling() {
    let bench = Bench::behaving(Behaviour { pf_rows: ValueSpelling::Reformatted, ..Behaviour::default() }).await;
    let user = with(login(" Sara@Example.AE".trim()), "/publicProfile/bio/primary", json!("  Twelve years\n"));
    let said = bench.pf(Method::POST, "/v1/users", Some(user)).await;
    assert_eq!((&said.body["email"], &said.body["mobile"]), (&json!("sara@example.ae"), &json!("+971 50 987 6543")));
    assert_eq!(said.body["publicProfile"]["bio"]["primary"], "Twelve years");
    bench.sandbox.set_behaviour(Behaviour { pf_rows: ValueSpelling::Tidied, ..Behaviour::default() });
    let said = bench.pf(Method::GET, "/v1/users", None).await;
    assert_eq!(said.body["data"][0]["publicProfile"]["whatsappPhone"], "+971501234567");
}

#[tokio::test]
async fn roles_are_listed_with_the_accounts_own_among_them() {
    let bench = Bench::new().await;
    let said = bench.pf(Method::GET, "/v1/roles", None).await;
    let keys: Vec<_> =
        said.body["data"].as_array().unwrap().iter().map(|role| role["roleKey"].as_str().unwrap()).collect();
    let base = ["admin", "advisor", "agent", "decision_maker", "finance", "basic_admin", "basic_user"];
    assert_eq!((&keys[..7], keys[7]), (base.as_slice(), "team_leader"));

    let mut state = SandboxState::default();
    state.pf.roles = vec![json!({ "id": 1, "name": "X", "roleKey": "x", "baseRoleKey": "agent", "isCustom": true })];
    let bench = Bench::with(SandboxOptions { state, ..SandboxOptions::default() }).await;
    assert_eq!(bench.pf(Method::POST, "/v1/users", Some(sara())).await.pointers(), ["/roleId"]);
}

#[tokio::test]
async fn errors_have_the_shape_that_the_client_requests() {
    let bench = Bench::new().await;
    let token = bench.pf_token().await;
    let call = |newer: bool, token: &str| {
        let call = bench.http.post(format!("{}/v1/users", bench.sandbox.pf_url())).bearer_auth(token);
        let call = call.json(&with(sara(), "/mobile", Value::Null));
        if newer { call.header("X-PF-Error-Format", "problem-json-v2") } else { call }
    };
    let response = call(false, &token).send().await.unwrap();
    assert_eq!(response.headers()["content-type"], "application/problem+json");
    let said = Said::of(response).await;
    assert_eq!(
        (said.status, &said.body["type"], &said.body["title"]),
        (400, &json!("SCHEMA_VALIDATION"), &json!("Bad Request"))
    );
    assert_eq!((said.body.get("code"), said.body.get("status")), (None, None));
    let item = json!({ "detail": "is required", "pointer": "/mobile", "type": "RequiredField" });
    assert_eq!(said.body["errors"], json!([item]));

    let said = Said::of(call(true, &token).send().await.unwrap()).await;
    assert_eq!(said.body["type"], "https://problems.atlas.propertyfinder.com/common-http-400-bad-request/");
    assert_eq!((&said.body["code"], &said.body["status"]), (&json!("common_http_400-bad-request"), &json!(400)));
    assert_eq!(said.body["attributes"]["trace_id"].as_str().unwrap().len(), 32);
    assert_eq!(said.body["errors"], json!([{ "detail": "is required", "pointer": "/mobile" }]));

    let said = Said::of(call(false, "stale").send().await.unwrap()).await;
    assert_eq!((said.status, &said.body["type"]), (401, &json!("AUTHENTICATION")));
    // A token of the other system is none here.
    let said = Said::of(call(true, &bench.crm_token().await).send().await.unwrap()).await;
    assert_eq!((said.status, &said.body["code"]), (401, &json!("common_http_401-unauthorized")));
}

#[tokio::test]
async fn a_missing_scope_is_403() {
    let bench = Bench::new().await;
    for (scope, method, target) in [
        ("users:read", Method::GET, "/v1/users"),
        ("users:full_access", Method::POST, "/v1/users"),
        ("users:full_access", Method::PATCH, "/v1/public-profiles/9001"),
        ("roles:read", Method::GET, "/v1/roles"),
    ] {
        bench.sandbox.set_behaviour(Behaviour { missing_scopes: [scope.to_owned()].into(), ..Behaviour::default() });
        let said = bench.pf(method, target, Some(sara())).await;
        assert_eq!((said.status, &said.body["code"]), (403, &json!("common_http_403-forbidden")), "{scope} {target}");
    }
}
