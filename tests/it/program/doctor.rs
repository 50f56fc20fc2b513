//! `roster doctor`: one line a check, with what to do where it fails. It only reads.

use roster::sandbox::{Behaviour, CRM_KEY, CRM_SECRET, PF_KEY, PF_SECRET};
use serde_json::{Value, json};

use super::{agent, applied, settings, three, with_files};
use crate::support::{Repo, Run};

/// The settings of a snapshot, without the times.
fn bound(run: impl FnOnce()) {
    let mut settings = settings();
    settings.add_filter(r"in \d+ ms", "in [n] ms");
    settings.bind(run);
}

/// Three people in both systems, a key with an owner, and nothing to complain about.
fn healthy() -> Repo {
    let repo =
        with_files(&three().map(|(name, text)| (name, text.replace("status: active", "status: active\nrole: agent"))));
    let yaml = repo.read("roster.yaml");
    repo.write("roster.yaml", &format!("{yaml}  key_expires: 2099-05-01\nlimits: {{seats: 10}}\n"));
    repo.run(&["apply", "--yes"]).exits(0);
    let owner = row_of(&repo, "sara-khan")["id"].as_u64();
    repo.sandbox.set_me(owner);
    repo.sandbox.forget_requests();
    repo
}

fn row_of(repo: &Repo, slug: &str) -> Value {
    let rows = repo.sandbox.crm_rows();
    rows.into_iter().find(|row| row["fields"]["11"] == json!(slug)).expect("the agent has a row")
}

/// The lines of checks whose name contains this.
fn lines<'r>(ran: &'r Run, name: &str) -> Vec<&'r str> {
    ran.stdout.lines().filter(|line| line.get(9..).is_some_and(|rest| rest.starts_with(name))).collect()
}

/// A run writes nothing, and prints no key and no private value.
#[track_caller]
fn diagnosed(repo: &Repo, environment: &[(&str, &str)]) -> Run {
    repo.sandbox.forget_requests();
    let before = repo.rows();
    let ran = repo.run_with(&["doctor"], environment);
    assert_eq!(repo.rows(), before, "{ran}");
    for request in repo.sandbox.requests() {
        let token = request.method == "POST" && request.target.ends_with("/token");
        assert!(token || request.method == "GET" && request.body.is_none(), "{request:?}");
    }
    for secret in [CRM_KEY, CRM_SECRET, PF_KEY, PF_SECRET, "login.example", "+97155", "97155123456", "token-"] {
        assert!(!ran.to_string().contains(secret), "{secret}: {ran}");
    }
    ran
}

#[test]
fn a_good_account_has_one_line_for_each_check() {
    bound(|| {
        insta::assert_snapshot!(diagnosed(&healthy(), &[]), @"
        exit 0
        --- stdout
        ok       files            roster.yaml and 3 agent files are valid
        ok       keys             CRM_API_KEY, CRM_API_SECRET, PF_API_KEY and PF_API_SECRET are set
        ok       proxy            none is used
        ok       crm reach        127.0.0.1:[port] answers in [n] ms
        ok       crm token        the keys are accepted
        ok       crm clock        this machine's clock agrees with that of 127.0.0.1:[port]
        ok       crm users        3 users can be read, so the key has the right user.read; only a write shows whether it has user.update
        ok       crm key owner    crm [id], Sara Khan, role agent
        ok       crm roles        every role that the files declare is one that users have
        ok       crm link fields  11 (agent), 12 (pf_user), 13 (pf_profile) and 14 (memory) are readable, and 3 people are linked; only a write shows whether they can be written
        ok       crm same person  no phone, licence or full name is under two logins
        ok       pf reach         127.0.0.1:[port] answers in [n] ms
        ok       pf token         the keys are accepted
        ok       pf clock         this machine's clock agrees with that of 127.0.0.1:[port]
        ok       pf users         3 users, 3 of them active, can be read, so the key has the scope users:read; only a write shows whether it has users:full_access
        ok       pf roles         the account has 8 roles; every role that the files and roster.yaml name is among them
        ok       pf same person   no phone, licence or full name is under two logins
        ok       pf seats         3 active users, and limits.seats in roster.yaml allows 10
        ok       pf key end       the API key ends on 2099-05-01

        19 ok, 0 warnings, 0 failed, 0 skipped
        ");
    });
}

#[test]
fn missing_keys_skip_what_depends_on_them_and_nothing_else() {
    let ran = diagnosed(&healthy(), &[("PF_API_KEY", ""), ("PF_API_SECRET", " ")]);
    bound(|| {
        insta::assert_snapshot!(ran, @"
        exit 7
        --- stdout
        ok       files            roster.yaml and 3 agent files are valid
        failed   keys             not set: PF_API_KEY and PF_API_SECRET; set the variables in the environment, in CI as secrets
        ok       proxy            none is used
        ok       crm reach        127.0.0.1:[port] answers in [n] ms
        ok       crm token        the keys are accepted
        ok       crm clock        this machine's clock agrees with that of 127.0.0.1:[port]
        ok       crm users        3 users can be read, so the key has the right user.read; only a write shows whether it has user.update
        ok       crm key owner    crm [id], Sara Khan, role agent
        ok       crm roles        every role that the files declare is one that users have
        ok       crm link fields  11 (agent), 12 (pf_user), 13 (pf_profile) and 14 (memory) are readable, and 3 people are linked; only a write shows whether they can be written
        ok       crm same person  no phone, licence or full name is under two logins
        skipped  pf reach         PF_API_KEY and PF_API_SECRET not set
        skipped  pf token         PF_API_KEY and PF_API_SECRET not set
        skipped  pf clock         PF_API_KEY and PF_API_SECRET not set
        skipped  pf users         PF_API_KEY and PF_API_SECRET not set
        skipped  pf roles         PF_API_KEY and PF_API_SECRET not set
        skipped  pf same person   PF_API_KEY and PF_API_SECRET not set
        skipped  pf seats         PF_API_KEY and PF_API_SECRET not set
        ok       pf key end       the API key ends on 2099-05-01

        11 ok, 0 warnings, 1 failed, 7 skipped
        ");
    });
    let repo = healthy();
    let ran = diagnosed(&repo, &[("CRM_API_SECRET", "")]);
    ran.exits(7).stdout_has("not set: CRM_API_SECRET").stdout_has("CRM_API_SECRET not set");
    assert!(lines(&ran, "pf users")[0].starts_with("ok"), "{ran}");
    let ran = diagnosed(&repo, &[("ROSTER_PF_URL", "http://pf.canary.example")]);
    ran.exits(7).stdout_has("ROSTER_PF_URL is plain http to another machine");
    assert!(repo.sandbox.requests().is_empty() && !ran.stdout.contains("canary"), "{ran}");
}

#[test]
fn a_role_that_the_account_does_not_have_is_named() {
    let repo = healthy();
    repo.edit("roster.yaml", "licence: brn", "licence: brn\n  roles: {agent: seller}");
    repo.edit("agents/omar-haddad.yaml", "role: agent", "role: closer");
    let ran = diagnosed(&repo, &[]);
    ran.exits(7);
    bound(|| {
        insta::assert_snapshot!([lines(&ran, "crm roles"), lines(&ran, "pf roles")].concat().join("\n"), @"
        warning  crm roles        no user has `closer` (omar-haddad); users have agent; check the code in the CRM: a role that the CRM does not know is refused when the person is written
        failed   pf roles         the account has no role with the key `closer` (omar-haddad) and `seller` (lina-saad, sara-khan and property_finder.roles); it has admin, advisor, agent, decision_maker, finance, basic_admin, basic_user and team_leader; map the CRM's role to one of these keys under property_finder.roles in roster.yaml
        ");
    });
}

#[test]
fn a_link_field_that_cannot_be_read_is_named_without_its_text() {
    let repo = healthy();
    let mut row = row_of(&repo, "lina-saad");
    row["fields"]["12"] = json!("canary of the office");
    repo.sandbox.put_crm_row(&row);
    let ran = diagnosed(&repo, &[]);
    ran.exits(7);
    assert!(!ran.stdout.contains("canary"), "{ran}");
    bound(|| {
        insta::assert_snapshot!(lines(&ran, "crm link fields").join("\n"), @"failed   crm link fields  a link field holds neither a slug nor an id: crm [id] in field 12 (pf_user); check crm.link_fields in roster.yaml, or overwrite the value with `roster link AGENT --crm ID`");
    });
    // A CRM that shows custom fields of single users alone.
    repo.sandbox.set_behaviour(Behaviour { crm_fields_in_list: false, ..Behaviour::default() });
    let ran = diagnosed(&repo, &[]);
    ran.exits(7).stdout_has("the list of users comes without custom fields, though a single user has them");
}

#[test]
fn a_person_who_exists_twice_is_a_warning_without_the_shared_value() {
    let repo = healthy();
    let mut twin = row_of(&repo, "sara-khan");
    twin["id"] = Value::Null;
    twin["fields"] = json!({});
    twin["private"]["email"] = json!("second@login.example");
    twin.as_object_mut().unwrap().remove("id");
    repo.sandbox.put_crm_row(&twin);
    let users = repo.sandbox.pf_rows();
    let mut twin = users.iter().find(|user| user["publicProfile"]["name"] == "Omar Haddad").unwrap().clone();
    for (pointer, value) in [("", "id"), ("/publicProfile", "id")] {
        twin.pointer_mut(pointer).and_then(Value::as_object_mut).unwrap().remove(value);
    }
    twin["email"] = json!("third@login.example");
    repo.sandbox.put_pf_row(&twin);
    // One user whose names are split in two ways is one user.
    let mut split = users.iter().find(|user| user["publicProfile"]["name"] == "Sara Khan").unwrap().clone();
    (split["firstName"], split["lastName"]) = (json!("Sara Ann"), json!("Khan"));
    split["publicProfile"]["name"] = json!("Sara Ann Khan");
    repo.sandbox.put_pf_row(&split);
    let ran = diagnosed(&repo, &[]);
    ran.exits(0);
    assert!(!ran.stdout.contains("+97150"), "{ran}");
    bound(|| {
        insta::assert_snapshot!([lines(&ran, "crm same person"), lines(&ran, "pf same person")].concat().join("\n"), @"
        warning  crm same person  crm [id] (sara-khan) and crm [id] have the same full name and phone; compare them in the CRM: one person may have two accounts, and only one of them should stay
        warning  pf same person   pf [id] (omar-haddad) and pf [id] have the same full name and phone; compare them in Property Finder: one person may have two accounts, and only one of them should stay
        ");
    });
}

#[test]
fn a_server_that_is_down_fails_alone() {
    let ran = diagnosed(&healthy(), &[("ROSTER_PF_URL", "http://127.0.0.1:1")]);
    bound(|| {
        insta::assert_snapshot!(ran, @"
        exit 7
        --- stdout
        ok       files            roster.yaml and 3 agent files are valid
        ok       keys             CRM_API_KEY, CRM_API_SECRET, PF_API_KEY and PF_API_SECRET are set
        ok       proxy            none is used
        ok       crm reach        127.0.0.1:[port] answers in [n] ms
        ok       crm token        the keys are accepted
        ok       crm clock        this machine's clock agrees with that of 127.0.0.1:[port]
        ok       crm users        3 users can be read, so the key has the right user.read; only a write shows whether it has user.update
        ok       crm key owner    crm [id], Sara Khan, role agent
        ok       crm roles        every role that the files declare is one that users have
        ok       crm link fields  11 (agent), 12 (pf_user), 13 (pf_profile) and 14 (memory) are readable, and 3 people are linked; only a write shows whether they can be written
        ok       crm same person  no phone, licence or full name is under two logins
        failed   pf reach         Property Finder: asking for a token at 127.0.0.1:[port]: cannot be reached: no connection: Connection refused (os error 111); the address may be wrong: check ROSTER_PF_URL, which is http://127.0.0.1:[port]/; check the network of this machine, its proxy and its firewall
        skipped  pf token         Property Finder is not reached
        skipped  pf clock         no answer came
        skipped  pf users         Property Finder is not reached
        skipped  pf roles         Property Finder is not reached
        skipped  pf same person   Property Finder is not reached
        skipped  pf seats         Property Finder is not reached
        ok       pf key end       the API key ends on 2099-05-01

        12 ok, 0 warnings, 1 failed, 6 skipped
        ");
    });
}

#[test]
fn whatever_goes_wrong_the_checks_are_printed_and_nothing_is_written() {
    let faults = [
        "crm GET #1 500",
        "read #1 drop",
        "crm GET #1 cut",
        "crm #2 expire",
        "pf GET #1 429 retry-after=1",
        "token #1 500",
        "crm GET #1+ 200 html",
        "pf GET #1+ 403",
        "crm GET /users #1+ 429 retry-after=3600",
    ];
    let repo = healthy();
    for (at, fault) in faults.into_iter().enumerate() {
        repo.sandbox.clear_faults();
        repo.fault(fault);
        let ran = diagnosed(&repo, &[]);
        // The last three stay.
        assert_eq!(ran.code, if at < 6 { 0 } else { 7 }, "{fault}: {ran}");
        assert_eq!(ran.stdout.lines().count(), 21, "{fault}: {ran}");
    }
}

#[test]
fn a_right_that_the_key_lacks_is_named() {
    let repo = healthy();
    let lacks = |scopes: &[&str]| {
        let missing_scopes = scopes.iter().map(|scope| (*scope).to_owned()).collect();
        repo.sandbox.set_behaviour(Behaviour { missing_scopes, ..Behaviour::default() });
        diagnosed(&repo, &[])
    };
    let ran = lacks(&["user.read", "users:read"]);
    ran.exits(7).stdout_has("the key needs the right user.read").stdout_has("the key needs the scope users:read");
    assert!(
        lines(&ran, "crm link fields")[0].starts_with("skipped  crm link fields  the users cannot be read"),
        "{ran}"
    );
    let ran = lacks(&["roles:read"]);
    ran.exits(0);
    assert!(lines(&ran, "pf roles")[0].starts_with("warning"), "{ran}");
    repo.sandbox.set_behaviour(Behaviour { crm_me: false, ..Behaviour::default() });
    diagnosed(&repo, &[]).exits(0).stdout_has("name that person under protect in roster.yaml");
    let ran = diagnosed(&repo, &[("CRM_API_SECRET", "another secret")]);
    ran.exits(7).stdout_has("check CRM_API_KEY and CRM_API_SECRET");
    assert!(lines(&ran, "crm users")[0].ends_with("there is no token"), "{ran}");
}

#[test]
fn files_that_are_not_valid_skip_what_they_decide() {
    let repo = healthy();
    repo.write("agents/new-comer.yaml", "status: on holiday\n");
    let ran = diagnosed(&repo, &[]);
    ran.exits(7).stdout_has("`roster validate` shows each error");
    for name in ["crm roles", "crm link fields", "pf roles"] {
        assert!(lines(&ran, name)[0].ends_with("the files are not valid"), "{ran}");
    }
    assert!(lines(&ran, "crm users")[0].starts_with("ok"), "{ran}");
    repo.write("roster.yaml", "crm: 7\n");
    let ran = diagnosed(&repo, &[]);
    ran.exits(7);
    assert!(lines(&ran, "pf users")[0].ends_with("roster.yaml, which names the contract, is not valid"), "{ran}");
}

#[test]
fn a_missing_folder_of_agents_is_not_a_missing_configuration() {
    let repo = healthy();
    std::fs::remove_dir_all(repo.path("agents")).unwrap();
    let ran = diagnosed(&repo, &[]);
    ran.exits(0);
    assert!(lines(&ran, "files")[0].starts_with("warning"), "{ran}");
    for name in ["pf users", "pf key end", "pf roles", "crm users", "crm roles", "crm link fields"] {
        assert!(lines(&ran, name)[0].starts_with("ok"), "{name}: {ran}");
    }
}

#[test]
fn a_proxy_is_named_without_its_credentials() {
    let repo = healthy();
    let proxy = [("HTTPS_PROXY", "http://somebody:canary@127.0.0.1:1"), ("ROSTER_PF_URL", "https://pf.example")];
    let ran = diagnosed(&repo, &proxy);
    ran.exits(7).stdout_has("HTTPS_PROXY sets 127.0.0.1:1 for pf.example");
    assert!(!ran.to_string().contains("canary") && !ran.to_string().contains("somebody"), "{ran}");
}

#[test]
fn the_documented_contract_has_nothing_to_read() {
    let repo = healthy();
    repo.edit("roster.yaml", "licence: brn", "licence: brn\n  contract: documented");
    let ran = diagnosed(&repo, &[]);
    ran.exits(0);
    assert!(lines(&ran, "pf token")[0].ends_with("nothing can be read in the documented contract"), "{ran}");
    assert!(lines(&ran, "pf key end")[0].starts_with("ok"), "{ran}");
}

#[test]
fn the_checks_are_a_document_too() {
    let repo = healthy();
    let checks = repo.run(&["doctor", "--output", "json=-"]).json();
    assert_eq!((&checks["format_version"], &checks["exit_code"]), (&json!("1.0"), &json!(0)));
    let all = checks["checks"].as_array().unwrap();
    assert_eq!(
        all[0],
        json!({
            "system": null, "check": "files", "result": "ok", "fact": "roster.yaml and 3 agent files are valid", "remedy": null
        })
    );
    assert!(all.iter().any(|check| check["system"] == "pf" && check["check"] == "token"), "{checks}");
    let failed = repo.run_with(&["doctor", "--output", "json=doctor.json"], &[("PF_API_KEY", "")]);
    failed.exits(7).stdout_has("not set: PF_API_KEY");
    let failed: Value = serde_json::from_str(&repo.read("doctor.json")).unwrap();
    assert_eq!(failed["exit_code"], json!(7));
    let keys = failed["checks"].as_array().unwrap().iter().find(|check| check["check"] == "keys").unwrap();
    assert_eq!(keys["remedy"], json!("set the variables in the environment, in CI as secrets"));
    repo.run(&["doctor", "--output", "html=x.html"]).exits(64).stderr_has("it has json");
}

#[test]
fn the_sandbox_is_checked_without_keys() {
    let repo = applied();
    let none = ["CRM_API_KEY", "CRM_API_SECRET", "PF_API_KEY", "PF_API_SECRET"].map(|name| (name, ""));
    let ran = repo.run_with(&["doctor", "--sandbox"], &none);
    ran.exits(0).stdout_has("the sandbox has its own");
    assert_eq!(repo.sandbox.requests(), [], "only its own sandbox is asked");
    repo.write("agents/more.yaml", &agent("More", "People", 8, ""));
    repo.run_with(&["doctor", "--sandbox"], &none).exits(0);
}
