//! `roster list`: the CRM's users through the CRM's own filters and sorts.

use serde_json::{Value, json};

use crate::support::Repo;

/// What the CRM is asked for, decoded and without the page.
fn asked(repo: &Repo, args: &[&str]) -> Vec<String> {
    repo.sandbox.forget_requests();
    repo.run(&[["list"].as_slice(), args].concat()).exits(0);
    let requests = repo.sandbox.requests();
    let listing = requests.iter().find(|logged| logged.target.starts_with("/users?")).unwrap();
    let query = url::form_urlencoded::parse(listing.target.split_once('?').unwrap().1.as_bytes());
    let query = query.filter(|(name, _)| !["page", "per_page"].contains(&name.as_ref()));
    query.map(|(name, value)| format!("{name}={value}")).collect()
}

#[test]
fn every_filter_and_sort_is_passed_to_the_crm() {
    let repo = Repo::applied(1);
    let filters = [
        ("query=Ford", "filters[query]=Ford"),
        ("name=Ford", "filters[name]=Ford"),
        ("firstName=Sam", "filters[firstName]=Sam"),
        ("email=Ford", "filters[email]=Ford"),
        ("mobile=0501", "filters[mobile]=0501"),
        ("licence=Ford", "filters[licence]=Ford"),
        ("description=Ford", "filters[description]=Ford"),
        ("created=current_month", "filters[created]=current_month"),
        ("updated=current_month", "filters[updated]=current_month"),
        ("license_expire_at=current_month", "filters[license_expire_at]=current_month"),
        ("language=AR", "filters[language]=AR"),
        ("position=Ford", "filters[position]=Ford"),
        ("linked_in=Ford", "filters[linked_in]=Ford"),
        ("email_signature=Ford", "filters[email_signature]=Ford"),
        ("use_email_signature=1", "filters[use_email_signature]=1"),
        ("user_fields.1=shi", "filters[user_fields][1]=shi"),
    ];
    for (filter, want) in filters {
        assert_eq!(asked(&repo, &["--filter", filter]), [want]);
    }
    for sort in ["last_name", "mobile", "role"] {
        assert_eq!(asked(&repo, &["--sort", sort]), [format!("sort={sort}"), "sort_order=ASC".to_owned()]);
        assert_eq!(asked(&repo, &["--sort", sort, "--desc"]), [format!("sort={sort}"), "sort_order=DESC".to_owned()]);
    }
    assert_eq!(
        asked(&repo, &["--filter", "name=Khan", "--filter", "language=en"]),
        ["filters[name]=Khan", "filters[language]=en"]
    );
    assert_eq!(repo.writes(), [] as [String; 0]);
}

#[test]
fn each_user_has_the_ids_and_statuses_of_both_systems() {
    let repo = Repo::applied(3);
    repo.set_status(2, "active", "inactive");
    repo.run(&["apply", "--yes"]).exits(0);
    let mut user = repo.pf_row(1);
    user["publicProfile"]["verification"] = json!({"status": "Rejected", "requestDate": null});
    user["publicProfile"]["compliances"] = json!([{"type": "brn", "value": "1"}]);
    repo.sandbox.put_pf_row(&user);
    repo.delete_at_pf(3);
    repo.sandbox.put_crm_row(&json!({"public": {"first_name": "=Front", "last_name": "Desk"}, "role": "admin"}));

    let list = repo.run(&["list", "--output", "json=-"]).json();
    let users = list["users"].as_array().unwrap();
    let of = |agent: Value| users.iter().find(|user| user["agent"] == agent).unwrap();
    let statuses = |agent: Value| ["status", "verification", "licence"].map(|key| of(agent.clone())[key].clone());
    assert_eq!(json!(statuses(json!("agent-1"))), json!(["active", "unverified", "active"]));
    assert_eq!(json!(statuses(json!("agent-2"))), json!(["inactive", "unverified", null]));
    assert_eq!(json!(statuses(json!("agent-3"))), json!(["missing", null, null]));
    assert_eq!(json!(statuses(Value::Null)), json!([null, null, null]));
    let ids = ["crm", "pf_user", "pf_profile"].map(|key| of(json!("agent-1"))[key].clone());
    let row = repo.pf_row(1);
    assert_eq!(ids, [repo.crm_row(1)["id"].clone(), row["id"].clone(), row["publicProfile"]["id"].clone()]);

    let csv = repo.run(&["list", "--unmanaged", "--output", "csv=-"]);
    csv.exits(0);
    let lines: Vec<&str> = csv.stdout.lines().collect();
    assert_eq!(lines[0], "agent,crm,pf_user,pf_profile,name,status,verification,licence");
    // A spreadsheet would take the name for a formula.
    assert_eq!((lines.len(), lines[1].contains(",'=Front Desk,")), (2, true), "{lines:?}");
}

#[test]
fn a_list_shows_no_private_value_and_refuses_what_the_crm_does_not_know() {
    let repo = Repo::applied(2);
    let ran = repo.run(&["list"]);
    ran.exits(0).stdout_has("agent-1").stdout_has("Sara Khan 2").stdout_has("2 users");
    assert!(!ran.stdout.contains("login-") && !ran.stdout.contains("+97155"), "{ran}");
    let table: [(&[&str], &str); 5] = [
        (&["--filter", "nme=x"], "the CRM has no filter"),
        (&["--sort", "licence"], "it sorts by last_name, mobile, role"),
        (&["--desc"], "--sort"),
        (&["--filter", "use_email_signature=yes"], "1 or 0"),
        (&["--output", "markdown=-"], "it has json, csv"),
    ];
    for (args, words) in table {
        repo.run(&[["list"].as_slice(), args].concat()).exits(64).stderr_has(words);
    }
    let empty = repo.run(&["list", "--filter", "name=nobody", "--output", "csv=-"]);
    assert_eq!(empty.stdout, "agent,crm,pf_user,pf_profile,name,status,verification,licence\n");
    repo.fault("crm GET /users #1+ 400");
    repo.run(&["list"]).exits(7).stderr_has("listing users");
}

#[test]
fn without_link_fields_the_list_reports_that_no_agent_is_known() {
    let repo = Repo::applied(1);
    repo.write("roster.yaml", "limits: {create: {count: 5}}\n");
    let ran = repo.run(&["list", "--unmanaged"]);
    ran.exits(0).stderr_has("warning: roster.yaml has no crm.link_fields").stdout_has("Sara Khan 1");
}
