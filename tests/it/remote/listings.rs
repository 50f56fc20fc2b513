//! Listings: pages, counts, filters, and what is not a listing.

use super::*;

/// Serves 40 users, seven a page, changed by `change`.
async fn crm_of_40(count: bool, change: fn(usize, &mut Vec<Value>)) -> ScriptedServer {
    ScriptedServer::start(move |seen, _| match seen.path.as_str() {
        "/crm/users" => {
            let mut rows: Vec<_> = (1..=40).rev().map(user).skip((seen.page() - 1) * 7).take(7).collect();
            change(seen.page(), &mut rows);
            ok(if count { json!({"users": rows, "count": 40}) } else { json!({"users": rows}) })
        }
        _ => Reply::Usual,
    })
    .await
}

#[tokio::test]
async fn the_crm_is_listed_completely_with_and_without_a_count() {
    // Six pages, and without a count the empty one after them.
    for (count, requests) in [(true, 6), (false, 7)] {
        let server = crm_of_40(count, |_, _| {}).await;
        assert_eq!(ids(&server.crm().reader.list().await.unwrap()), (1..=40).collect::<Vec<u64>>());
        assert_eq!(server.seen().len(), requests);
        assert!(server.seen().iter().all(|seen| seen.query("per_page") == "100"));
    }
}

#[tokio::test]
async fn an_inconsistent_listing_is_read_three_times_and_then_refused() {
    let repeated: fn(usize, &mut Vec<Value>) = |page, rows| {
        if page == 3 {
            rows[0] = user(40);
        }
    };
    let short: fn(usize, &mut Vec<Value>) = |page, rows| {
        if page == 3 {
            rows.pop();
        }
    };
    for (change, counts) in [(repeated, [true, false]), (short, [true, false])] {
        for count in counts {
            let server = crm_of_40(count, change).await;
            let error = server.crm().reader.list().await.unwrap_err();
            assert!(matches!(error.what, ErrorKind::Incomplete(_)), "{error:?}");
            let firsts = server.seen().iter().filter(|seen| seen.page() == 1).count();
            assert_eq!(firsts, 3, "{error:?}");
        }
    }
}

#[tokio::test]
async fn a_listing_that_changed_while_it_was_read_is_read_again() {
    let server = ScriptedServer::start(|seen, before| match (seen.path.as_str(), before) {
        ("/crm/users", 0) => ok(json!({"users": [user(1)], "count": 2})),
        ("/crm/users", 1) => ok(json!({"users": [], "count": 2})),
        ("/crm/users", _) if seen.page() > 1 => ok(json!({"users": [], "count": 2})),
        ("/crm/users", _) => ok(json!({"users": [user(1), user(2)], "count": 2})),
        _ => Reply::Usual,
    })
    .await;
    assert_eq!(ids(&server.crm().reader.list().await.unwrap()), [1, 2]);
}

#[tokio::test]
async fn a_200_with_unexpected_content_is_never_an_empty_listing() {
    type Case = (fn() -> Reply, &'static str);
    let table: [Case; 7] = [
        (
            || html(200, "<html><title>Sign in</title></html>"),
            "an HTML page with the title Sign in, 35 bytes, text/html",
        ),
        (|| Reply::Text(200, vec![], "<h1>Blocked</h1>".into()), "the answer is an HTML page, 16 bytes, no media type"),
        (
            || Reply::Text(200, vec![("content-type", "text/plain".into())], r#"{"users": []}"#.into()),
            "the answer is 13 bytes of text or data, text/plain",
        ),
        (|| ok(json!({"data": []})), "no `users`"),
        (|| ok(json!({"users": {"1": {}}})), "no `users`"),
        (|| ok(json!({"users": [{"name": "x"}]})), "a user without an id"),
        (|| Reply::Text(204, vec![], String::new()), "an empty answer"),
    ];
    for (reply, want) in table {
        let server = ScriptedServer::start(move |seen, _| match seen.path.as_str() {
            "/crm/users" => reply(),
            _ => Reply::Usual,
        })
        .await;
        let error = server.crm().reader.list().await.unwrap_err();
        assert!(
            matches!(error.what, ErrorKind::NotUnderstood(_)) && error_text(&error).contains(want),
            "{}",
            error_text(&error)
        );
        assert_eq!(server.seen().len(), 1, "{want}");
    }
}

#[tokio::test]
async fn a_crm_search_uses_the_documented_filters_and_keeps_the_order() {
    let server = ScriptedServer::start(|seen, _| match seen.path.as_str() {
        "/crm/users" if seen.page() == 1 => {
            let headers =
                vec![("content-type", "application/json".into()), ("x-mycrm-api-warning", "old filter".into())];
            Reply::Text(200, headers, json!({"users": [user(9), user(2)]}).to_string())
        }
        "/crm/users" => ok(json!({"users": []})),
        _ => Reply::Usual,
    })
    .await;
    let crm = server.crm().reader.clone();
    let search = UserSearch {
        filters: vec!["user_fields[11]=sara".parse().unwrap()],
        sort: Some((Sort::LastName, SortOrder::Descending)),
    };
    assert_eq!(ids(&crm.find(&search).await.unwrap()), [9, 2]);
    let seen = &server.seen()[0];
    assert_eq!(seen.query("filters[user_fields][11]"), "sara");
    assert_eq!((seen.query("sort"), seen.query("sort_order")), ("last_name", "DESC"));
    assert_eq!(crm.take_warnings(), ["old filter".into()]);
    assert!(crm.take_warnings().is_empty());
}

#[tokio::test]
async fn a_login_is_compared_exactly_and_then_searched_in_the_full_listing() {
    let server = ScriptedServer::start(|seen, _| match seen.path.as_str() {
        // A filter that finds parts, and not the one that is looked for.
        "/crm/users" if !seen.query("filters[email]").is_empty() => ok(
            json!({"users": [{"id": 1, "private": {"email": "aa3@x.ae"}, "public": {"email": "a3@x.ae"}}], "count": 1}),
        ),
        "/crm/users" if seen.page() > 1 => ok(json!({"users": [], "count": 2})),
        "/crm/users" => ok(json!({"users": [user(2), user(3)], "count": 2})),
        "/pf/v1/users" if !seen.query("email").is_empty() => pf_page(&[], seen),
        "/pf/v1/users" if seen.query("status") == "inactive" => pf_page(&[pf_user(4, "inactive")], seen),
        "/pf/v1/users" => pf_page(&[pf_user(3, "active")], seen),
        _ => Reply::Usual,
    })
    .await;
    assert_eq!(ids(&server.crm().reader.by_login(" A3@x.AE").await.unwrap()), [3]);
    assert_eq!(ids(&server.crm().reader.by_login("3@x.ae").await.unwrap()), [0; 0]);
    assert_eq!(ids(&server.pf().reader.by_login("a3@X.ae").await.unwrap()), [3]);
    assert_eq!(ids(&server.pf().reader.by_login("a4@x.ae").await.unwrap()), [4]);
}

#[tokio::test]
async fn a_property_finder_listing_includes_inactive_users() {
    // A list without `status` may leave out inactive users (docs/vendor-apis.md, "Property Finder: list users").
    // Three pages; and the page of the inactive one, which is full, with the one after it.
    for (shown, requests) in [(true, 3), (false, 5)] {
        let server = ScriptedServer::start(move |seen, _| match seen.path.as_str() {
            "/pf/v1/users" => {
                let rows = (1..=210).map(|id| pf_user(id, if id == 7 { "inactive" } else { "active" }));
                let wanted = seen.query("status");
                let rows: Vec<_> = rows
                    .filter(|row| match wanted {
                        "" => shown || row["status"] == "active",
                        wanted => row["status"] == wanted,
                    })
                    .collect();
                pf_page(&rows, seen)
            }
            _ => Reply::Usual,
        })
        .await;
        let pf = PfReader::new(&server.endpoints(), &Config::default()).unwrap();
        assert_eq!(ids(&pf.list().await.unwrap()), (1..=210).collect::<Vec<u64>>());
        assert_eq!(server.seen().len(), requests);
    }
}

/// The first reading shows an inactive user, and is not whole.
#[tokio::test]
async fn a_reading_that_is_repeated_proves_nothing_about_inactive_users() {
    let server = ScriptedServer::start(|seen, before| {
        let page = |rows: &[Value], total: usize| ok(json!({"data": rows, "pagination": {"total": total}}));
        match (seen.path.as_str(), seen.query("status"), before) {
            ("/pf/v1/users", "", 0) => page(&[pf_user(7, "inactive")], 2),
            ("/pf/v1/users", "", 1) => page(&[], 2),
            ("/pf/v1/users", "inactive", _) if seen.page() == 1 => page(&[pf_user(7, "inactive")], 1),
            ("/pf/v1/users", "", _) if seen.page() == 1 => page(&[pf_user(1, "active")], 1),
            ("/pf/v1/users", ..) => page(&[], 1),
            _ => Reply::Usual,
        }
    })
    .await;
    assert_eq!(ids(&server.pf().reader.list().await.unwrap()), [1, 7]);
}

#[tokio::test]
async fn property_finder_rows_are_reread_in_batches_with_inactive_users() {
    let server = ScriptedServer::start(|seen, _| match seen.path.as_str() {
        "/pf/v1/users" => {
            let status = if seen.query("status") == "inactive" { "inactive" } else { "active" };
            let wanted = seen.query("id").split(',').map(|id| id.parse().unwrap());
            // Even ones are inactive and not listed unless asked for; 999 does not exist.
            let rows: Vec<_> = wanted
                .filter(|id: &usize| *id != 999 && id.is_multiple_of(2) == (status == "inactive"))
                .map(|id| pf_user(id, status))
                .collect();
            pf_page(&rows, seen)
        }
        _ => Reply::Usual,
    })
    .await;
    let mut wanted: Vec<u64> = (1..=150).collect();
    wanted.push(999);
    let rows = server.pf().reader.reread(&wanted).await.unwrap();
    assert_eq!(ids(&rows), (1..=150).collect::<Vec<u64>>());
    assert_eq!(server.seen().len(), 4);
    assert!(server.pf().reader.reread(&[]).await.unwrap().is_empty());
}
