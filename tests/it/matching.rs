//! The whole program: no row goes to another person, and nobody gets a second one.

use serde_json::{Value, json};

use crate::support::{Repo, Run};

/// A file as an office writes it from its own template: long texts are the same in all of them.
struct File {
    first: &'static str,
    last: &'static str,
    login: &'static str,
    contact: u32,
}

const SARA: File = File { first: "Sara", last: "Khan", login: "sara@login.example", contact: 1 };
const OMAR: File = File { first: "Omar", last: "Haddad", login: "omar@login.example", contact: 2 };

impl File {
    fn yaml(&self) -> String {
        let Self { first, last, login, contact } = self;
        let text =
            "Buys, sells and lets homes and offices in every part of the city, and answers on the same day.\n        ";
        format!(
            "status: active\nrole: agent\npublic:\n  first_name: {first}\n  last_name: {last}\n  \
             email: contact-{contact}@brokerage.example\n  phone: \"+97150100000{contact}\"\n  licence: \"4000{contact}\"\n  \
             languages: [en, ar]\n  nationalities: [AE]\n  position: {{en: Sales Consultant, ar: مستشارة مبيعات}}\n  \
             descriptions:\n    - lang: en\n      content: >\n        {}\nprivate:\n  first_name: {first}\n  last_name: {last}\n  \
             email: {login}\n  mobile: \"+97155900000{contact}\"\ntheme: onyx\n",
            text.repeat(6).trim_end()
        )
    }
}

/// A repository of the people in these files, whom both systems have, and the name of its commit.
fn repo(files: &[(&str, &File)]) -> (Repo, String) {
    let repo = Repo::of(0);
    for (slug, file) in files {
        repo.write(&format!("agents/{slug}.yaml"), &file.yaml());
    }
    let commit = repo.commit();
    repo.run(&["apply", "--yes"]).exits(0);
    repo.sandbox.forget_requests();
    (repo, commit)
}

/// The one row that has this value at a place.
fn row(rows: Vec<Value>, pointer: &str, value: &str) -> Value {
    let found: Vec<Value> = rows.into_iter().filter(|row| row.pointer(pointer) == Some(&json!(value))).collect();
    assert_eq!(found.len(), 1, "rows with {pointer} {value}: {found:?}");
    found.into_iter().next().unwrap()
}

fn in_crm(repo: &Repo, login: &str) -> Value {
    row(repo.sandbox.crm_rows(), "/private/email", login)
}

fn at_pf(repo: &Repo, login: &str) -> Value {
    row(repo.sandbox.pf_rows(), "/email", login)
}

/// Writes link fields of a row by hand.
fn set_links(repo: &Repo, crm: &Value, links: &[(&str, &str)]) {
    let mut row = row(repo.sandbox.crm_rows(), "/private/email", crm["private"]["email"].as_str().unwrap());
    for (field, value) in links {
        row["fields"][*field] = json!(value);
    }
    repo.sandbox.put_crm_row(&row);
}

fn plan(repo: &Repo, more: &[&str]) -> (i32, Value) {
    let ran = repo.run(&[&["plan", "--output", "json=-"], more].concat());
    (ran.code, serde_json::from_str(&ran.stdout).unwrap_or_else(|_| panic!("{ran:?}")))
}

fn apply(repo: &Repo, more: &[&str]) -> Run {
    repo.run(&[&["apply", "--yes"], more].concat())
}

/// The digest of the one guard that stops a plan, by its word.
fn digest(plan: &Value, guard: &str) -> String {
    let blocked: Vec<&Value> = plan["blocked"].as_array().unwrap().iter().collect();
    assert_eq!(blocked.len(), 1, "{blocked:?}");
    assert_eq!(blocked[0]["guard"], guard, "{blocked:?}");
    blocked[0]["digest"].as_str().unwrap().to_owned()
}

/// A Property Finder user who was made by hand, with a profile.
fn made_by_hand(login: &str, file: &File, created: &str) -> Value {
    json!({
        "firstName": file.first, "lastName": file.last, "email": login, "mobile": format!("+97155900000{}", file.contact),
        "roleId": 5, "status": "active", "createdAt": created,
        "publicProfile": {
            "name": format!("{} {}", file.first, file.last), "email": format!("contact-{}@brokerage.example", file.contact),
            "phone": format!("+97150100000{}", file.contact),
        },
    })
}

#[test]
fn a_leaver_and_a_joiner_with_similar_files_are_two_people() {
    let (repo, base) = repo(&[("sara", &SARA)]);
    repo.git(&["mv", "agents/sara.yaml", "agents/omar.yaml"]);
    repo.write("agents/omar.yaml", &OMAR.yaml());
    repo.commit();
    let renamed = repo.git(&["diff", "-M", "--name-status", &base, "HEAD", "--", "agents"]);
    assert!(renamed.starts_with('R'), "git takes one file for the other: {renamed}");

    let before = repo.state();
    for base in [&["--base", &*base][..], &[]] {
        let (code, plan) = plan(&repo, base);
        let summary = &plan["summary"];
        let counts = ["rename", "update", "create", "orphan"].map(|key| summary[key].as_u64().unwrap());
        assert_eq!((code, counts), (3, [0, 0, 1, 1]), "{plan}");
        apply(&repo, base).exits(3).stdout_has("sara (crm 1)");
    }
    assert_eq!(repo.state(), before);
    // The leaver gets a file that says so: the joiner is somebody new, and Sara's rows stay hers.
    repo.write("agents/sara.yaml", &SARA.yaml().replace("status: active", "status: archived"));
    apply(&repo, &["--base", &base]).exits(0);
    assert_eq!(in_crm(&repo, SARA.login)["public"]["first_name"], "Sara");
    assert_eq!(at_pf(&repo, SARA.login)["status"], "inactive");
    assert_eq!(in_crm(&repo, OMAR.login)["fields"]["11"], "omar");
}

#[test]
fn a_file_renamed_and_rewritten_keeps_its_rows_beside_a_copy_of_it() {
    // The joiner's file is a copy of Sara's: under a name of its own, and under the name that hers had.
    for joiner in ["omar", "sara"] {
        let (repo, base) = repo(&[("sara", &SARA)]);
        let (crm, pf) = (in_crm(&repo, SARA.login)["id"].clone(), at_pf(&repo, SARA.login)["id"].clone());
        repo.git(&["mv", "agents/sara.yaml", "agents/sara-khan.yaml"]);
        let rewritten = "status: active\npublic: {first_name: Sara, last_name: Khan, email: sara@new.example, phone: \
                         \"+971501000009\"}\nprivate: {first_name: Sara, last_name: Khan, email: sara@login.example, \
                         mobile: \"+971559000009\"}\n";
        repo.write("agents/sara-khan.yaml", rewritten);
        repo.write(&format!("agents/{joiner}.yaml"), &OMAR.yaml());
        repo.commit();

        apply(&repo, &["--base", &base]).exits(0);
        assert_eq!((repo.sandbox.crm_rows().len(), repo.sandbox.pf_rows().len()), (2, 2), "{joiner}");
        assert_eq!((&in_crm(&repo, SARA.login)["id"], &at_pf(&repo, SARA.login)["id"]), (&crm, &pf), "{joiner}");
        assert_eq!(in_crm(&repo, SARA.login)["fields"]["11"], "sara-khan");
        assert_eq!(in_crm(&repo, OMAR.login)["fields"]["11"], joiner);
        repo.is_settled(2, joiner);
    }
}

#[test]
fn a_file_overwritten_with_another_person_takes_rows_over_only_if_that_is_accepted() {
    // With a base, without one, and where somebody of the same family follows.
    let relative = File { last: "Khan", ..OMAR };
    for (with_base, other) in [(true, &OMAR), (false, &OMAR), (false, &relative)] {
        let (repo, base) = repo(&[("sara", &SARA)]);
        repo.write("agents/sara.yaml", &other.yaml());
        repo.commit();
        let options: &[&str] = if with_base { &["--base", &base] } else { &[] };
        let before = repo.state();
        let (code, plan) = plan(&repo, options);
        assert_eq!((code, &plan["summary"]["adopt"], &plan["summary"]["update"]), (3, &json!(1), &json!(0)));
        let digest = digest(&plan, "adopt");
        apply(&repo, options).exits(3);
        assert_eq!(repo.state(), before);
        apply(&repo, &[options, &["--accept", &digest]].concat()).exits(0);
        assert_eq!(in_crm(&repo, OMAR.login)["fields"]["11"], "sara");
        repo.is_settled(1, "accepted");
    }
}

#[test]
fn a_linked_row_given_to_another_person_by_hand_needs_an_acceptance() {
    let (repo, _) = repo(&[("sara", &SARA)]);
    let mut user = at_pf(&repo, SARA.login);
    let id = user["id"].clone();
    for (member, value) in [("email", "lina@login.example"), ("firstName", "Lina"), ("lastName", "Saad")] {
        user[member] = json!(value);
    }
    user["publicProfile"]["name"] = json!("Lina Saad");
    repo.sandbox.put_pf_row(&user);
    let (code, plan) = plan(&repo, &[]);
    digest(&plan, "adopt");
    assert_eq!((code, &plan["actions"][0]["remote_id"]), (3, &id));
    apply(&repo, &[]).exits(3);
    // What was changed is told field by field all the same.
    let drift = repo.run(&["drift", "--base", "HEAD"]);
    drift.exits(2);
    assert!(drift.stdout.contains("public.first_name") && drift.stdout.contains("private.email"), "{}", drift.stdout);
}

#[test]
fn a_person_with_another_login_at_property_finder_gets_no_second_user() {
    let repo = Repo::of(0);
    let file = OMAR.yaml();
    let user = repo.sandbox.put_pf_row(&made_by_hand("omar@gmail.example", &OMAR, "2019-01-01T00:00:00Z"));
    let names = json!({"first_name": "Omar", "last_name": "Haddad", "email": OMAR.login});
    let crm = repo.sandbox.put_crm_row(&json!({"public": names, "private": names, "role": "agent", "theme": "onyx"}));
    repo.write("agents/omar.yaml", &file);

    let before = repo.state();
    let ran = apply(&repo, &[]);
    ran.exits(3);
    assert_eq!(repo.state(), before);
    let words = format!("pf {user}, which no CRM row stores, has its public e-mail");
    let ran = ran.stdout_has(&words).stdout_has(&format!("`roster link omar --crm {crm} --pf-user {user}`"));
    assert!(!ran.stdout.contains("omar@gmail.example"), "{}", ran.stdout);

    repo.run_remedy(&ran.stdout);
    apply(&repo, &[]).exits(0);
    assert_eq!(at_pf(&repo, OMAR.login)["id"], json!(user));
    repo.is_settled(1, "linked by hand");
}

#[test]
fn a_person_with_an_unknown_login_is_searched_by_public_values() {
    let repo = Repo::of(0);
    let user = repo.sandbox.put_pf_row(&made_by_hand("omar@gmail.example", &OMAR, "2019-01-01T00:00:00Z"));
    repo.write("agents/omar.yaml", &OMAR.yaml());
    let before = repo.state();
    apply(&repo, &[]).exits(3).stdout_has(&format!("pf {user}, which no CRM row stores, has its public e-mail"));
    assert_eq!(repo.state(), before);
    // The one way without a row in the CRM: a user with the file's login is adopted.
    let mut by_hand = at_pf(&repo, "omar@gmail.example");
    by_hand["email"] = json!(OMAR.login);
    repo.sandbox.put_pf_row(&by_hand);
    let (_, plan) = plan(&repo, &[]);
    apply(&repo, &["--accept", &digest(&plan, "adopt")]).exits(0);
    repo.is_settled(1, "adopted");
}

#[test]
fn a_stored_profile_id_finds_the_user_and_an_unreadable_id_blocks_the_person() {
    let (repo, _) = repo(&[("sara", &SARA), ("omar", &OMAR)]);
    let row = in_crm(&repo, SARA.login);
    let id = row["fields"]["12"].as_str().unwrap().to_owned();
    let mut user = at_pf(&repo, SARA.login);
    user["email"] = json!("by-hand@login.example");
    repo.sandbox.put_pf_row(&user);

    set_links(&repo, &row, &[("12", "PF-102")]);
    repo.write("agents/omar.yaml", &OMAR.yaml().replace("onyx", "carbon"));
    let (crm, ran) = (row["id"].clone(), apply(&repo, &[]));
    ran.exits(5).stdout_has(&format!("crm {crm}: link field 12 (pf_user) holds no id"));
    assert!(!format!("{ran:?}").contains("PF-102"), "{ran:?}");
    assert_eq!(in_crm(&repo, OMAR.login)["theme"], "carbon", "the others go on");
    assert_eq!(repo.sandbox.pf_rows().len(), 2);

    set_links(&repo, &row, &[("12", "")]);
    apply(&repo, &[]).exits(0);
    assert_eq!(in_crm(&repo, SARA.login)["fields"]["12"], json!(id));
    repo.is_settled(2, "by the profile");
}

#[test]
fn an_empty_slug_is_restored_if_the_ids_are_stored() {
    let (repo, _) = repo(&[("sara", &SARA)]);
    let row = in_crm(&repo, SARA.login);
    repo.write("agents/sara.yaml", &SARA.yaml().replace(SARA.login, "new@login.example"));
    let before = repo.state();
    // Without the ids nothing but the looks of the rows tells who they are.
    set_links(&repo, &row, &[("11", ""), ("12", ""), ("13", "")]);
    let (crm, emptied) = (row["id"].clone(), repo.state());
    assert_ne!(before, emptied);
    apply(&repo, &[]).exits(3).stdout_has(&format!("`roster link sara --crm {crm}`"));
    assert_eq!(repo.state(), emptied);
    // With them the row is found.
    let links = ["12", "13"].map(|field| (field, row["fields"][field].as_str().unwrap()));
    set_links(&repo, &row, &links);
    apply(&repo, &[]).exits(0);
    assert_eq!(in_crm(&repo, "new@login.example")["fields"]["11"], "sara");
    repo.is_settled(1, "by the ids");
}

#[test]
fn a_rename_that_was_not_applied_is_planned_again() {
    for orphans in ["block", "warn"] {
        let (repo, base) = repo(&[("sara", &SARA)]);
        let text = repo.read("roster.yaml");
        repo.write("roster.yaml", &format!("{text}orphans: {orphans}\n"));
        repo.git(&["mv", "agents/sara.yaml", "agents/sara-khan.yaml"]);
        repo.write("agents/sara-khan.yaml", &SARA.yaml().replace(SARA.login, "new@login.example"));
        repo.commit();
        // The base has moved on: git saw the rename in an earlier commit.
        let before = repo.state();
        let ran = apply(&repo, &["--base", "HEAD"]);
        ran.exits(3);
        assert_eq!(repo.state(), before, "{orphans}");
        let crm = in_crm(&repo, SARA.login)["id"].clone();
        let said = format!("{}{}", ran.stdout, ran.stderr);
        let ways = [
            format!("crm {crm}, whose slug `sara` has no file, has its public e-mail"),
            format!(
                "link it with `roster link sara-khan --crm {crm}`, or, if the file was renamed, give an older --base"
            ),
        ];
        assert!(ways.iter().all(|way| said.contains(way)), "{said}");
        if orphans == "block" {
            assert!(said.contains(&format!("crm {crm} may be `sara-khan`: if that file was renamed")), "{said}");
        }
        // Either remedy does it.
        if orphans == "block" {
            apply(&repo, &["--base", &base]).exits(0);
        } else {
            set_links(&repo, &in_crm(&repo, SARA.login), &[("11", "sara-khan")]);
            apply(&repo, &["--base", "HEAD"]).exits(0);
        }
        repo.is_settled(1, orphans);
    }
}

#[test]
fn an_older_user_with_the_login_is_taken_over_only_if_that_is_accepted() {
    let (repo, _) = repo(&[("sara", &SARA)]);
    let shared = "office@login.example";
    let hessa = File { first: "Hessa", last: "Al Falasi", login: shared, contact: 7 };
    // She is in the CRM alone, and her login becomes that of a user whom nobody declares.
    repo.write("agents/omar.yaml", &OMAR.yaml().replace("status: active", "status: inactive"));
    apply(&repo, &[]).exits(0);
    for created in ["2019-01-01T00:00:00Z", "2099-01-01T00:00:00Z"] {
        let mut user = made_by_hand(shared, &hessa, created);
        if let Some(there) = repo.sandbox.pf_rows().iter().find(|row| row["email"] == shared) {
            user["id"] = there["id"].clone();
            user["publicProfile"]["id"] = there["publicProfile"]["id"].clone();
        }
        repo.sandbox.put_pf_row(&user);
        repo.write(
            "agents/omar.yaml",
            &OMAR.yaml().replace("status: active", "status: inactive").replace(OMAR.login, shared),
        );
        let before = repo.state();
        let (code, plan) = plan(&repo, &[]);
        assert_eq!((code, &plan["summary"]["link"]), (3, &json!(0)), "{plan}");
        digest(&plan, "adopt");
        apply(&repo, &[]).exits(3);
        assert_eq!(repo.state(), before);
    }
}

#[test]
fn rows_with_the_same_personal_value_are_a_warning_in_every_plan() {
    let (repo, _) = repo(&[("sara", &SARA)]);
    let names = json!({"first_name": "S.", "last_name": "K.", "email": SARA.login});
    let crm = repo.sandbox.put_crm_row(&json!({"private": names, "role": "agent", "theme": "onyx"}));
    let same_contact = File { first: "Front", last: "Desk", login: "", contact: SARA.contact };
    let user = repo.sandbox.put_pf_row(&made_by_hand("desk@login.example", &same_contact, "2019-01-01T00:00:00Z"));
    let (crm_sara, pf_sara) = (&repo.sandbox.crm_rows()[0]["id"].clone(), &at_pf(&repo, SARA.login)["id"]);
    let (code, plan) = plan(&repo, &["--detailed-exitcode"]);
    let warnings = plan["warnings"].to_string();
    let want = [
        format!("crm {crm_sara} (sara), crm {crm} have the same login e-mail"),
        format!("pf {pf_sara} (sara), pf {user} have the same public e-mail"),
    ];
    assert!(want.iter().all(|warning| warnings.contains(warning)), "{warnings}");
    assert!(!warnings.contains("example"), "no value is told: {warnings}");
    assert_eq!(code, 0, "there is nothing to do");
}

/// What the sandbox is filled with for a newcomer: one of the examples is in neither system, beside rows without files.
#[test]
fn no_example_file_is_matched_with_another_person() {
    let repo = Repo::of(0);
    let examples = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    repo.write("roster.yaml", &std::fs::read_to_string(examples.join("roster.yaml")).unwrap());
    for entry in std::fs::read_dir(examples.join("agents")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|ending| ending == "yaml") {
            let name = format!("agents/{}", path.file_name().unwrap().to_str().unwrap());
            repo.write(&name, &std::fs::read_to_string(&path).unwrap());
        }
    }
    let (code, plan) = plan(&repo, &["--sandbox"]);
    assert_eq!((code, &plan["summary"]["create"], &plan["summary"]["blocked"]), (0, &json!(1), &json!(0)));
    assert_eq!(plan["warnings"], json!([]), "{plan}");
}

#[test]
fn a_protected_person_stays_protected_after_a_rename() {
    for with_base in [true, false] {
        let (repo, base) = repo(&[("sara", &SARA)]);
        repo.git(&["mv", "agents/sara.yaml", "agents/sara-two.yaml"]);
        repo.write("agents/sara-two.yaml", &SARA.yaml().replace("status: active", "status: inactive"));
        let text = repo.read("roster.yaml");
        repo.write("roster.yaml", &format!("{text}protect: [sara]\n"));
        repo.commit();
        let options: &[&str] = if with_base { &["--base", &base] } else { &[] };
        apply(&repo, options).exits(3).stdout_has("is protected by roster.yaml and never deactivated");
        assert_eq!(at_pf(&repo, SARA.login)["status"], "active");
        // A slug that matches no person stops the plan.
        repo.write("roster.yaml", &format!("{text}protect: [sarah]\n"));
        apply(&repo, options)
            .exits(3)
            .stdout_has("roster.yaml protects sarah, and neither a file nor a row has that slug");
        assert_eq!(at_pf(&repo, SARA.login)["status"], "active");
    }
}

/// Whose file it is, what is changed in it, and whether the plan needs an acceptance.
#[test]
fn a_second_account_of_one_person_needs_an_acceptance() {
    let without_licence = |file: &File| file.yaml().replace(&format!("  licence: \"4000{}\"\n", file.contact), "");
    let again = File { login: "sara.k@login.example", ..SARA };
    let other_number = File { contact: 3, ..again };
    for (text, is_second) in [
        (without_licence(&again), true),
        // The name is spelled in two ways.
        (without_licence(&again).replace("first_name: Sara", "first_name: Sarah"), true),
        (without_licence(&again).replace("first_name: Sara", "first_name: Sara Ahmed"), true),
        (without_licence(&again).replace("Sara", "Tmp").replace("Khan", "Sara").replace("Tmp", "Khan"), true),
        (without_licence(&again).replace("Sara", "Sahra").replace("Khan", "Kan"), true),
        // Two licences are two people.
        (again.yaml().replace("40001", "40009"), false),
        (without_licence(&other_number), false),
    ] {
        let (repo, _) = repo(&[("sara-khan", &SARA)]);
        repo.write("agents/sara-k.yaml", &text);
        let plan = repo.run(&["plan", "--output", "json=-"]);
        if !is_second {
            plan.exits(0);
            continue;
        }
        let plan = plan.exits(3).json();
        let block = &plan["blocked"][0];
        assert_eq!((&block["guard"], &block["actual"]), (&json!("second_account"), &json!(1)), "{plan:#}");
        let warnings = plan["warnings"].to_string();
        assert!(
            warnings.contains("may be the same person as another file, and would get a second account"),
            "{warnings}"
        );
        assert_eq!(repo.sandbox.pf_rows().len(), 1);
        let digest = block["digest"].as_str().unwrap();
        repo.run(&["apply", "--yes", "--accept", digest]).exits(0);
        assert_eq!(repo.sandbox.pf_rows().len(), 2);
    }
}

/// Makes a second user of Sara at Property Finder, as somebody would by hand.
fn second_user(repo: &Repo, login: &str, status: &str) -> Value {
    let mut second = at_pf(repo, SARA.login);
    second.as_object_mut().unwrap().remove("id");
    second["publicProfile"].as_object_mut().unwrap().remove("id");
    (second["email"], second["status"]) = (json!(login), json!(status));
    repo.sandbox.put_pf_row(&second);
    at_pf(repo, login)
}

/// Sara's old accounts and files are hers, and not those of an office.
#[test]
fn a_third_description_of_one_person_hides_no_second_account() {
    let (repo, _) = repo(&[("sara-khan", &SARA)]);
    second_user(&repo, "sara.old@login.example", "inactive");
    let again = File { login: "sara.k@login.example", ..SARA };
    repo.write("agents/sarah-khan.yaml", &again.yaml().replace("first_name: Sara", "first_name: Sarah"));
    repo.run(&["plan"]).exits(3).stdout_has("1 person may get a second account");
}

#[test]
fn an_accepted_create_does_not_accept_a_second_account() {
    let (repo, _) = repo(&[("sara-khan", &SARA)]);
    let settings = repo.read("roster.yaml");
    repo.write("roster.yaml", &settings.replace("create: {count: 1000}", "create: {count: 0}"));
    let again = File { login: "sara.k@login.example", contact: 3, ..SARA };
    let text = again.yaml().replace("  licence: \"40003\"\n", "");
    repo.write("agents/sara-k.yaml", &text);
    let blocked = |repo: &Repo| repo.run(&["plan", "--output", "json=-"]).exits(3).json()["blocked"].clone();
    let before = blocked(&repo);
    let digest = before[0]["digest"].as_str().unwrap();
    // Now the file has Sara's number.
    repo.write("agents/sara-k.yaml", &text.replace("+971501000003", "+971501000001"));
    repo.run(&["apply", "--yes", "--accept", digest]).exits(3);
    let after = blocked(&repo);
    let digests: Vec<&str> = after.as_array().unwrap().iter().filter_map(|block| block["digest"].as_str()).collect();
    assert!(digests.len() == 2 && digests[0] != digests[1] && !digests.contains(&digest), "{after:#}");
    repo.run(&["apply", "--yes", "--accept", digests[0]]).exits(3);
    repo.run(&["apply", "--yes", "--accept", digests[0], "--accept", digests[1]]).exits(0);
}

#[test]
fn a_second_account_that_is_active_is_a_warning_until_it_is_off() {
    let (repo, _) = repo(&[("sara-khan", &SARA)]);
    let other = second_user(&repo, "sara.k@login.example", "active");
    let words = format!("pf {}, which no file has, may be another account of this person, and is active", other["id"]);
    repo.run(&["plan", "--detailed-exitcode"]).exits(0).stdout_has(&words);
    // Also when the person leaves: the plan switches off the account that the file is linked to, and names the other one.
    repo.write("agents/sara-khan.yaml", &SARA.yaml().replace("status: active", "status: archived"));
    repo.run(&["apply", "--yes"]).exits(0).stdout_has(&words);
    let mut off = other;
    off["status"] = json!("inactive");
    repo.sandbox.put_pf_row(&off);
    let plan = repo.run(&["plan", "--detailed-exitcode"]);
    assert!(!plan.exits(0).stdout.contains("another account"), "{plan}");
}
