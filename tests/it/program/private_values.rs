//! Private values never leave: every private field of the files, the rows and the systems' messages holds a canary, and
//! no output of any command holds one.

use std::path::Path;

use roster::sandbox::{Behaviour, CRM_SECRET, Fault, FaultEffect, FaultTarget, PF_KEY, PF_SECRET};
use serde_json::{Value, json};

use super::with_files;
use crate::support::{Repo, Run};

/// Every text canary holds this word; every number and phone one of these runs of digits.
const WORD: &str = "zyx";
const DIGITS: [&str; 8] = ["7770001", "7770002", "77093", "77004", "7770005", "7770006", "77007", "77008"];

/// A file whose private part is all canaries.
pub(super) const CANARIES: &str = "\
status: active
public:
  first_name: Sara
  last_name: Khan
  email: sara.khan@brokerage.example
  phone: \"+971501234561\"
private:
  first_name: Zyxfirst
  last_name: Zyxlast
  email: zyx.sara@login.example
  mobile: \"+971 55 7770001\"
  landline: \"+97147770002\"
  landline_extension: \"77093\"
  licence: ZYX-LICENCE
  use_email_signature: true
  email_signature: |
    Zyx signs here
    twice, zyx
  photo: https://cdn.brokerage.example/zyx.jpg
fields: {\"1\": zyx  pets, \"3\": 77004}
";

/// What somebody wrote by hand into the same person's private fields.
pub(super) fn by_hand(row: &mut Value) {
    row["private"] = json!({
        "first_name": "Zyxold", "last_name": "Zyxolder", "email": "zyx.old@login.example", "mobile": "+971557770005",
        "landline": "+97147770006", "landline_extension": "77007", "licence": "ZYX-OLD", "use_email_signature": false,
        "email_signature": "Zyx signed here", "photo": 25, "lang": "ar"
    });
    row["fields"]["1"] = json!("zyx cats");
    row["fields"]["3"] = json!(77008);
    row["fields"]["9"] = json!("zyx of nobody's");
}

/// A repo on which Sara is settled, and then changed by hand in both systems.
fn repo() -> Repo {
    let repo = with_files(&[("agents/sara-khan.yaml", CANARIES.to_owned())]);
    no_canary("first apply", &repo.run(&["apply", "--yes"]));
    let [mut crm, mut pf] = repo.rows();
    by_hand(&mut crm[0]);
    repo.sandbox.put_crm_row(&crm[0]);
    pf[0]["firstName"] = json!("Zyxold");
    pf[0]["email"] = json!("zyx.old@login.example");
    pf[0]["mobile"] = json!("+971557770005");
    repo.sandbox.put_pf_row(&pf[0]);
    // Strangers of whom only the login's own names and e-mails are known, two of them with the login of a file.
    for _ in 0..2 {
        let private = json!({"first_name": "Zyxstranger", "last_name": "Zyx", "email": "zyx.twice@login.example"});
        repo.sandbox.put_crm_row(&json!({"private": private, "fields": {"2": "zyx"}, "role": "agent"}));
    }
    repo.sandbox
        .put_pf_row(&json!({"firstName": "Zyx", "lastName": "Zyxstranger", "email": "zyx.alone@login.example"}));
    repo
}

/// More files: one who is new, one who fits two rows, and one who takes over a row.
fn more_files(repo: &Repo) {
    let like = |slug: &str, number: u32| {
        CANARIES
            .replace("sara.khan@", &format!("{slug}@"))
            .replace("zyx.sara@", &format!("zyx.{slug}@"))
            .replace("4561", &format!("456{number}"))
            .replace("Zyxlast", &format!("Zyxlast {slug}"))
            .replace("Khan", &format!("Khan {slug}"))
    };
    repo.write("agents/new.yaml", &like("new", 2));
    repo.write("agents/twice.yaml", &like("twice", 3));
    repo.write("agents/alone.yaml", &like("alone", 4));
}

/// What the files hold, as a system may repeat it.
const OF_FILES: &str = "ZYX.SARA@LOGIN.EXAMPLE and zyx.new@login.example: Zyxfirst Zyxlast (+971557770001, \
                        +971 55 7770001, 0557770001, 77093, 77004) has \"zyx  pets\" and ZYX-LICENCE: Zyx signs here\n twice, zyx";

/// What else the rows hold.
const OF_ROWS: &str = "zyx.old@login.example Zyxold (00971557770005, 77007, 77008): zyx cats, zyx of nobody's";

fn refusal(words: &str) -> Value {
    let errors = json!([{"pointer": "/email", "detail": words}]);
    let error = json!({"message": words, "fields": {"private.email": words}});
    json!({"error": error, "title": "Refused", "detail": words, "errors": errors})
}

fn quotes_files(body: &mut Value) {
    *body = refusal(OF_FILES);
}

fn quotes_all(body: &mut Value) {
    *body = refusal(&format!("{OF_FILES}; {OF_ROWS}"));
}

/// From now on every answer to such a request says this in place of its own words.
fn answers(repo: &Repo, on: FaultTarget, effect: fn(&mut Value)) {
    repo.sandbox.add_fault(Fault { system: None, on, at: 1, times: u32::MAX, effect: FaultEffect::Edit(effect) });
}

#[track_caller]
fn clean(case: &str, text: &str) {
    let lower = text.to_lowercase();
    let found = [WORD].into_iter().chain(DIGITS).find(|canary| lower.contains(canary));
    assert_eq!(found, None, "{case}: a canary is in\n{text}");
    let keys = [CRM_SECRET, PF_KEY, PF_SECRET, "Bearer "].into_iter().find(|key| text.contains(key));
    assert_eq!(keys, None, "{case}: a key is in\n{text}");
}

#[track_caller]
fn no_canary(case: &str, ran: &Run) {
    clean(case, &ran.to_string());
}

/// Every file that the program keeps for itself.
fn kept_files(folder: &Path) -> String {
    let files =
        walkdir::WalkDir::new(folder).into_iter().filter_map(Result::ok).filter(|file| file.file_type().is_file());
    files.map(|file| String::from_utf8_lossy(&std::fs::read(file.path()).unwrap()).into_owned()).collect()
}

/// As loud as it gets.
const LOUD: [(&str, &str); 3] = [("CI", "true"), ("RUST_LOG", "trace"), ("RUST_BACKTRACE", "full")];

#[test]
fn plans_and_applies_print_no_private_value() {
    let repo = repo();
    more_files(&repo);
    let out = repo.path("plan.json");
    let out = out.to_str().unwrap();
    let commands: [&[&str]; 17] = [
        &["doctor"],
        &["doctor", "--output", "json=-"],
        &["doctor", "--probe"],
        &["validate"],
        &["validate", "--output", "json=-"],
        &["validate", "--output", "sarif=-"],
        &["validate", "--output", "github=-"],
        &["plan"],
        &["plan", "--color", "always"],
        &["plan", "--output", "json=-", "--detailed-exitcode"],
        &["plan", "--output", "markdown=-"],
        &["plan", "--output", "github=-"],
        &["plan", "--output", "html=-"],
        &["plan", "--agent", "sara*", "--system", "crm"],
        &["plan", "--out", out],
        &["show", out],
        &["apply", "--yes"],
    ];
    for args in commands {
        // Without the key such a plan is not saved.
        let key = ("ROSTER_DIGEST_KEY", "the key of this test, which is long enough");
        let ran = repo.run_with(args, &[&LOUD[..], &[key]].concat());
        assert!([0, 2, 3, 5].contains(&ran.code), "{args:?}: {ran}");
        no_canary(&format!("{args:?}"), &ran);
    }
    clean("a saved plan", &std::fs::read_to_string(out).unwrap());
    // Let the one go who fits two rows and the one who would be adopted: the rest is written.
    repo.remove("agents/twice.yaml");
    repo.remove("agents/alone.yaml");
    let ran = repo.run_with(&["apply", "--yes", "--output", "json=-"], &LOUD);
    ran.exits(0);
    no_canary("applied", &ran);
    let journal = roster::apply::journal::newest(&repo.path(".roster/journal")).unwrap().unwrap();
    let shown = repo.run_with(&["show", journal.to_str().unwrap()], &LOUD);
    shown.exits(0).stdout_has("sara-khan: update in crm");
    no_canary("a journal", &shown);
    clean("what is kept", &kept_files(&repo.path(".roster")));
}

#[test]
fn the_type_of_a_compliance_is_not_printed() {
    let repo = with_files(&[("agents/sara-khan.yaml", CANARIES.to_owned())]);
    repo.run(&["apply", "--yes"]).exits(0);
    let [_, mut pf] = repo.rows();
    pf[0]["publicProfile"]["compliances"] =
        json!([{"type": "zyx.sara@login.example", "value": "1", "expiryDate": "31/03/2031"}]);
    repo.sandbox.put_pf_row(&pf[0]);
    repo.write("agents/sara-khan.yaml", &CANARIES.replace("private:", "  licence: \"2\"\nprivate:"));
    let out = repo.path("plan.json");
    for args in
        [&["plan", "--out", out.to_str().unwrap()][..], &["plan", "--output", "markdown=-"], &["apply", "--yes"]]
    {
        let ran = repo.run_with(args, &LOUD);
        assert!(ran.to_string().contains("compliance 1 of pf user"), "{args:?}: {ran}");
        no_canary(&format!("{args:?}"), &ran);
    }
    clean("a saved plan", &std::fs::read_to_string(out).unwrap());
}

/// The name of a profile is public, also of a user without a file and without a row in the CRM.
#[test]
fn a_profile_name_is_readable_and_another_private_name_is_not() {
    let repo = with_files(&[("agents/sara-khan.yaml", CANARIES.to_owned())]);
    repo.run(&["apply", "--yes"]).exits(0);
    for (number, first, last, shown) in [
        (1, "Omar", "Haddad", "Omar Haddad"),
        (2, "Maria del Mar", "Ruiz", "Maria del Mar Ruiz"),
        (3, "Lina", "Zyxsaad", "Lina Saad"),
        (4, "Zyxrania", "Zyxaziz", "Rania Aziz"),
        (5, "Nur", "Zyxnur", "Nur Zyxfirst"),
    ] {
        repo.sandbox
            .put_pf_row(&json!({"firstName": first, "lastName": last, "email": format!("zyx.{number}@login.example"),
            "publicProfile": {"id": 900 + number, "name": shown}}));
    }
    let ran = repo.run_with(&["plan", "--output", "json=-"], &LOUD);
    no_canary("names", &ran);
    let plan: Value = serde_json::from_str(&ran.stdout).unwrap();
    let names: Vec<&str> =
        plan["unmanaged"].as_array().unwrap().iter().map(|row| row["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["Omar Haddad", "Maria del Mar Ruiz", "Lina Saad", "Rania Aziz", "Nur •••"]);
}

#[test]
fn a_refusal_is_printed_without_private_values() {
    // The CRM takes no text as long as the memory, and refuses the whole user.
    let too_long = || {
        let repo = repo();
        repo.sandbox.set_behaviour(Behaviour { crm_field_limit: 10, ..Behaviour::default() });
        repo
    };
    let keyless = || {
        let repo = repo();
        more_files(&repo);
        repo.remove("agents/twice.yaml");
        repo.remove("agents/alone.yaml");
        let missing_scopes = ["user.update", "users:full_access"].map(str::to_owned).into();
        repo.sandbox.set_behaviour(Behaviour { missing_scopes, ..Behaviour::default() });
        repo
    };
    for (case, repo) in [("crm", too_long()), ("keys", keyless())] {
        answers(&repo, FaultTarget::Write, quotes_all);
        for format in ["", "json=-", "markdown=-", "github=-", "html=-"] {
            let output: &[&str] = if format.is_empty() { &[] } else { &["--output", format] };
            let args = [&["apply", "--yes"], output].concat();
            let ran = repo.run_with(&args, &LOUD);
            ran.exits(5).stdout_has("•••");
            no_canary(case, &ran);
        }
        clean("what is kept", &kept_files(&repo.path(".roster")));
    }
}

#[test]
fn an_unreadable_system_is_reported_without_private_values() {
    let unreadable: [(&str, FaultTarget, fn(&mut Value)); 3] = [
        ("token", FaultTarget::Token, quotes_files),
        ("reads", FaultTarget::Read, quotes_files),
        ("rows", FaultTarget::Read, |body| *body = json!({"users": OF_FILES, "data": OF_FILES})),
    ];
    for (case, on, effect) in unreadable {
        let repo = repo();
        more_files(&repo);
        if case != "rows" {
            let missing_scopes = ["user.read", "users:read"].map(str::to_owned).into();
            repo.sandbox.set_behaviour(Behaviour { missing_scopes, ..Behaviour::default() });
        }
        answers(&repo, on, effect);
        for args in [
            &["plan"][..],
            &["plan", "--output", "json=-"],
            &["plan", "--output", "markdown=-"],
            &["plan", "--output", "github=-"],
            &["apply", "--yes"],
        ] {
            let wrong = ("PF_API_SECRET", "zyx-secret-of-32-characters-long");
            let more = if case == "token" { &[LOUD[0], LOUD[1], LOUD[2], wrong][..] } else { &LOUD };
            let ran = repo.run_with(args, more);
            ran.exits(7);
            no_canary(case, &ran);
        }
    }
}

#[test]
fn invalid_files_are_shown_without_private_values() {
    let broken = [
        ("an open quote", CANARIES.replace("licence: ZYX-LICENCE", "licence: \"ZYX-LICENCE")),
        ("an open quote further up", CANARIES.replace("private:", "private: \"")),
        ("a tab", CANARIES.replace("  licence: ZYX", "\tlicence: ZYX")),
        ("a key twice", CANARIES.replace("  licence: ZYX", "  last_name: Zyxagain\n  licence: ZYX")),
        ("an unknown key", CANARIES.replace("  licence: ZYX", "  licens: ZYX")),
        ("a key of zyx", CANARIES.replace("fields: {", "fields: {zyx: zyx, ")),
        ("a wrong e-mail", CANARIES.replace("zyx.sara@login.example", "zyx.sara@@login")),
        ("a wrong phone", CANARIES.replace("\"+971 55 7770001\"", "\"557770001\"")),
        ("a phone without quotes", CANARIES.replace("\"+971 55 7770001\"", "+971557770001")),
        ("a list", CANARIES.replace("first_name: Zyxfirst", "first_name: [Zyxfirst]")),
        ("a flag", CANARIES.replace("use_email_signature: true", "use_email_signature: zyx")),
        ("an alias", CANARIES.replace("last_name: Zyxlast", "last_name: *zyx")),
        ("a tag", CANARIES.replace("last_name: Zyxlast", "last_name: !zyx Zyxlast")),
        ("a link field", CANARIES.replace("\"1\": zyx", "\"11\": zyx")),
        ("not indented", CANARIES.replace("  first_name: Zyxfirst", "first_name: Zyxfirst")),
        ("no private at all", CANARIES.replace("private:", "privat:")),
        ("a control character", CANARIES.replace("Zyxlast", "\"Zyx\\u202elast\"")),
        ("two documents", format!("{CANARIES}---\n{CANARIES}")),
    ];
    for (case, text) in broken {
        assert_ne!(text, CANARIES, "{case}");
        let repo = with_files(&[("agents/sara-khan.yaml", text)]);
        for args in [
            &["validate"][..],
            &["validate", "--output", "json=-"],
            &["plan"],
            &["plan", "--output", "markdown=-"],
            &["plan", "--output", "github=-"],
            &["apply", "--yes"],
        ] {
            let ran = repo.run_with(args, &LOUD);
            assert!(!ran.stderr.is_empty(), "{case}");
            no_canary(case, &ran);
        }
    }
}
