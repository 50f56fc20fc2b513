//! The end of a run: every exit code, its message, and the requests before it.

use std::time::Duration;

use roster::sandbox::Behaviour;
use serde_json::{Value, json};

use super::{agent, applied, settings, three, with_files};
use crate::support::Person;
use crate::support::Repo;

/// A file that is not valid.
const INVALID: &str = "status: on holiday\n";

/// Eleven people: one more than may be created in one run.
fn eleven() -> Vec<(&'static str, String)> {
    const NAMES: [&str; 11] = ["Ada", "Ben", "Cora", "Dina", "Eli", "Farah", "Gus", "Hana", "Ida", "Jon", "Kim"];
    const FILES: [&str; 11] = [
        "agents/ada.yaml",
        "agents/ben.yaml",
        "agents/cora.yaml",
        "agents/dina.yaml",
        "agents/eli.yaml",
        "agents/farah.yaml",
        "agents/gus.yaml",
        "agents/hana.yaml",
        "agents/ida.yaml",
        "agents/jon.yaml",
        "agents/kim.yaml",
    ];
    FILES.into_iter().zip(NAMES).map(|(file, name)| (file, agent(name, "Khan", 0, ""))).collect()
}

#[test]
fn a_digest_key_that_can_be_guessed_is_refused() {
    let repo = with_files(&three());
    for command in [&["plan"][..], &["plan", "--out", "plan.json"], &["apply", "--yes"]] {
        let ran = repo.run_with(command, &[("ROSTER_DIGEST_KEY", "nineteen characters")]);
        ran.exits(64).stderr_has("ROSTER_DIGEST_KEY has 19 characters, and one of fewer than 20 can be guessed");
        assert!(!ran.to_string().contains("nineteen"), "{ran}");
    }
    assert_eq!(repo.sandbox.requests().len(), 0);
    repo.run_with(&["plan"], &[("ROSTER_DIGEST_KEY", "of twenty characters")]).exits(0);
}

#[test]
fn wrong_usage_exits_64_and_sends_nothing() {
    let repo = with_files(&three());
    settings().bind(|| {
        insta::assert_snapshot!(repo.run(&["plan", "--colour"]), @"
        exit 64
        --- stderr
        error: unexpected argument '--colour' found

          tip: a similar argument exists: '--color'

        Usage: roster plan --color <WHEN>

        For more information, try '--help'.
        ");
        insta::assert_snapshot!(repo.run(&["aply"]), @"
        exit 64
        --- stderr
        error: unrecognized subcommand 'aply'

          tip: a similar subcommand exists: 'apply'

        Usage: roster [OPTIONS] <COMMAND>

        For more information, try '--help'.
        ");
        insta::assert_snapshot!(repo.run(&["plan", "--output", "json=-", "--output", "json=-"]), @"
        exit 64
        --- stderr
        error: --output: two outputs cannot both go to stdout
        ");
        insta::assert_snapshot!(repo.run(&["validate", "--output", "yaml=-"]), @r#"
        exit 64
        --- stderr
        error: --output: this command has no format "yaml"; it has json, github, sarif
        "#);
        insta::assert_snapshot!(repo.run(&["plan", "--system", "portal"]), @"
        exit 64
        --- stderr
        error: invalid value 'portal' for '--system <SYSTEM>'
          [possible values: crm, pf]

        For more information, try '--help'.
        ");
        insta::assert_snapshot!(repo.run(&["plan", "--agent", "nobody*"]), @"
        exit 64
        --- stderr
        error: nobody*: no agent's slug matches
        ");
        insta::assert_snapshot!(repo.run(&["apply", "--agent", "sara-[khan"]), @"
        exit 64
        --- stderr
        error: there is no terminal for the confirmation: use --yes to write without it
        ");
        insta::assert_snapshot!(repo.run(&["apply"]), @"
        exit 64
        --- stderr
        error: there is no terminal for the confirmation: use --yes to write without it
        ");
        insta::assert_snapshot!(repo.run(&["sandbox", "--behave", "crm_put=melt"]), @"
        exit 64
        --- stderr
        error: `crm_put` cannot be `melt`: unknown variant `melt`, expected `merge` or `replace`
        ");
    });
    repo.run(&[]).exits(64);
    assert_eq!(repo.sandbox.requests(), []);
}

#[test]
fn all_missing_keys_are_named_in_one_error() {
    let repo = with_files(&three());
    let none = ["CRM_API_KEY", "CRM_API_SECRET", "PF_API_KEY", "PF_API_SECRET"].map(|name| (name, ""));
    settings().bind(|| insta::assert_snapshot!(repo.run_with(&["plan"], &none), @"
    exit 64
    --- stderr
    error: not set: CRM_API_KEY, CRM_API_SECRET, PF_API_KEY, PF_API_SECRET; set them in the environment (in CI as secrets), or try `--sandbox`, which needs no keys
    "));
    repo.run_with(&["apply", "--yes"], &none[..1]).exits(64).stderr_has("CRM_API_KEY");
    repo.run_with(&["plan"], &[("PF_API_SECRET", " ")]).exits(64).stderr_has("PF_API_SECRET");
    repo.run_with(&["plan"], &[("ROSTER_PF_URL", "http://portal.example")]).exits(64).stderr_has("ROSTER_PF_URL");
    assert_eq!(repo.sandbox.requests(), []);
}

#[test]
fn a_plan_exits_0_and_with_detailed_exitcode_2_if_it_has_changes() {
    let repo = with_files(&three());
    repo.run(&["plan"]).exits(0).stdout_has("Plan: 3 to create");
    repo.run(&["plan", "--detailed-exitcode"]).exits(2);
    repo.run(&["apply", "--yes"]).exits(0).stdout_has("Applied: 3 done, 0 failed");
    repo.run(&["plan", "--detailed-exitcode"]).exits(0).stdout_has("3 unchanged");
    let writes = repo.writes().len();
    repo.run(&["apply", "--yes"]).exits(0);
    assert_eq!(repo.writes().len(), writes, "a second apply has nothing to do");
}

#[test]
fn apply_without_a_terminal_requires_yes() {
    let repo = with_files(&three());
    repo.run(&["apply"]).exits(64).stderr_has("--yes");
    assert_eq!(repo.sandbox.requests(), []);
}

#[test]
fn a_guard_stops_the_run_until_its_digest_is_accepted() {
    let repo = with_files(&eleven());
    let plan = repo.run(&["plan", "--output", "json=-"]);
    plan.exits(3);
    let blocked = &plan.json()["blocked"][0];
    assert_eq!((&blocked["guard"], &blocked["limit"], &blocked["actual"]), (&json!("create"), &json!(10), &json!(11)));
    let digest = blocked["digest"].as_str().unwrap().to_owned();

    let ran = repo.run(&["apply", "--yes"]);
    ran.exits(3).stdout_has("11 people would be created").stdout_has(&digest);
    ran.stdout_has("+ agents/kim.yaml");
    repo.run(&["apply", "--yes", "--accept", &digest.replace(&digest[..1], "x")]).exits(3);
    assert_eq!(repo.writes().len(), 0);

    // Exactly these actions are accepted.
    repo.edit("agents/kim.yaml", "first_name: Kim", "first_name: Kimberley");
    repo.run(&["apply", "--yes", "--accept", &digest]).exits(3);
    assert_eq!(repo.writes().len(), 0);
    repo.edit("agents/kim.yaml", "first_name: Kimberley", "# by her passport\n  first_name: Kim");
    repo.run(&["apply", "--yes", "--accept", &digest]).exits(0).stdout_has("Applied: 11 done");
    repo.run(&["plan", "--detailed-exitcode"]).exits(0);
}

#[test]
fn json_on_stdout_is_the_only_document_even_when_blocked() {
    let repo = with_files(&eleven());
    let ran = repo.run(&["apply", "--yes", "--output", "json=-"]);
    ran.exits(3);
    assert_eq!((&ran.json()["exit_code"], &ran.json()["summary"]["create"]), (&json!(3), &json!(11)));
    assert_eq!(repo.writes().len(), 0);
}

#[test]
fn an_orphan_blocks_the_plan_or_warns_as_configured() {
    let repo = applied();
    repo.remove("agents/omar-haddad.yaml");
    repo.edit("agents/sara-khan.yaml", "Sales Consultant", "Director");
    for args in [&["plan"][..], &["plan", "--detailed-exitcode"], &["apply", "--yes"]] {
        repo.run(args).exits(3).stdout_has("omar-haddad").stdout_has("roster link");
    }
    assert_eq!(repo.writes().len(), 0);
    repo.edit("roster.yaml", "property_finder:", "orphans: warn\nproperty_finder:");
    repo.run(&["apply", "--yes"]).exits(0).stdout_has("1 with a deleted file");
    assert_eq!(repo.writes().len(), 2);
}

#[test]
fn an_empty_folder_blocks_the_plan_and_removes_no_person() {
    let repo = applied();
    for file in ["agents/sara-khan.yaml", "agents/omar-haddad.yaml", "agents/lina-saad.yaml"] {
        repo.remove(file);
    }
    repo.edit("roster.yaml", "property_finder:", "orphans: warn\nproperty_finder:");
    repo.run(&["plan"]).exits(3).stdout_has("no agent file");
    repo.run(&["apply", "--yes"]).exits(3);
    assert_eq!(repo.writes().len(), 0);
}

#[test]
fn a_failed_person_exits_5_and_the_others_are_applied() {
    let mut files = three().to_vec();
    // More than the CRM's custom field takes.
    files[1].1 = agent("Omar", "Haddad", 2, &format!("fields: {{\"1\": {}}}\n", "long ".repeat(60)));
    let repo = with_files(&files);
    settings().bind(|| {
        insta::assert_snapshot!(repo.run(&["apply", "--yes"]), @r#"
        exit 5
        --- stdout
        + agents/lina-saad.yaml                                                      new in crm, pf
            status              "active"                                             pf       line 1
            role                "agent"                                              crm pf
            public.first_name   "Lina"                                               crm pf   line 3
            public.last_name    "Saad"                                               crm pf   line 4
            public.email        "lina-saad@brokerage.example"                        crm pf   line 5
            public.phone        "+971501234563"                                      crm pf   line 6
            public.position.ar  ⟨"مستشارة مبيعات"⟩                                     pf       line 7
            public.position.en  "Sales Consultant"                                   crm pf   line 7
            public.languages    en, ar                                               crm pf°  line 8
            private             first_name, last_name, email, mobile (private, set)  crm pf   line 10-11
        + agents/omar-haddad.yaml                                                    new in crm, pf
            status              "active"                                             pf       line 1
            role                "agent"                                              crm pf
            public.first_name   "Omar"                                               crm pf   line 3
            public.last_name    "Haddad"                                             crm pf   line 4
            public.email        "omar-haddad@brokerage.example"                      crm pf   line 5
            public.phone        "+971501234562"                                      crm pf   line 6
            public.position.ar  ⟨"مستشارة مبيعات"⟩                                     pf       line 7
            public.position.en  "Sales Consultant"                                   crm pf   line 7
            public.languages    en, ar                                               crm pf°  line 8
            private             first_name, last_name, email, mobile (private, set)  crm pf   line 10-11
            fields.1            (private, set)                                       crm      line 12
        + agents/sara-khan.yaml                                                      new in crm, pf
            status              "active"                                             pf       line 1
            role                "agent"                                              crm pf
            public.first_name   "Sara"                                               crm pf   line 3
            public.last_name    "Khan"                                               crm pf   line 4
            public.email        "sara-khan@brokerage.example"                        crm pf   line 5
            public.phone        "+971501234561"                                      crm pf   line 6
            public.position.ar  ⟨"مستشارة مبيعات"⟩                                     pf       line 7
            public.position.en  "Sales Consultant"                                   crm pf   line 7
            public.languages    en, ar                                               crm pf°  line 8
            private             first_name, last_name, email, mobile (private, set)  crm pf   line 10-11

        Plan: 3 to create, 0 to update, 0 to deactivate · 0 unchanged
        ° The system does not return this value; roster compares with what it last sent.

          done  agents/lina-saad.yaml    created crm [id], created pf [id], stored the ids in crm [id]
        failed  agents/omar-haddad.yaml  nothing written
                why: the CRM: creating the user at 127.0.0.1:[port]: refused with 422: the user is not valid; fields.1 is longer than 255 bytes
          done  agents/sara-khan.yaml    created crm [id], created pf [id], stored the ids in crm [id]
        Applied: 2 done, 1 failed · 0 unchanged · read back: both systems agree on those who are done
        "#);
    });
    let [crm, pf] = repo.rows();
    assert_eq!((crm.len(), pf.len()), (2, 2));
    let ran = repo.run(&["apply", "--yes", "--output", "json=-"]);
    assert_eq!(ran.exits(5).json()["exit_code"], 5);
    repo.edit("agents/omar-haddad.yaml", &"long ".repeat(60), "short");
    repo.run(&["apply", "--yes"]).exits(0);
    repo.run(&["plan", "--detailed-exitcode"]).exits(0);
}

#[test]
fn an_apply_with_only_failed_writes_exits_5() {
    let repo = with_files(&three());
    repo.fault("crm POST /users #1+ 403");
    let ran = repo.run(&["apply", "--yes"]);
    ran.exits(5).stdout_has("the key needs the right user.update").stdout_has("Applied: 0 done");
    assert_eq!(repo.writes().len(), 3, "a request that is forbidden fails for one person: {ran}");
    let repo = with_files(&three());
    repo.fault("crm POST /users #1+ 401");
    let ran = repo.run(&["apply", "--yes"]);
    ran.exits(5).stdout_has("check CRM_API_KEY").stdout_has("Applied: 0 done, 3 failed");
    assert_eq!(repo.writes().len(), 6, "the key still reads, so each person is tried, with a fresh token too: {ran}");
}

#[test]
fn an_unreadable_system_exits_7_and_nothing_is_written() {
    let table = [
        ("crm GET #1+ 200 html", "the CRM: listing users at 127.0.0.1:"),
        ("pf GET #1+ 200 html", "an HTML page with the title 200"),
        ("pf GET /v1/roles #1+ 200 html", "Property Finder: listing roles at 127.0.0.1:"),
        ("crm GET #1+ 403 html", "refused with 403"),
        ("pf token #1+ 401", "check PF_API_KEY"),
        ("crm GET #1+ 404", "not found"),
    ];
    for (fault, says) in table {
        let repo = with_files(&three());
        repo.fault(fault);
        for args in [&["plan"][..], &["plan", "--output", "json=-", "--detailed-exitcode"], &["apply", "--yes"]] {
            let ran = repo.run(args);
            ran.exits(7).stderr_has(says).stderr_has("Nothing was written.");
            if args.contains(&"json=-") {
                let document = ran.json();
                assert_eq!((&document["complete"], &document["exit_code"]), (&json!(false), &json!(7)), "{ran}");
            }
        }
        assert_eq!(repo.writes().len(), 0, "{fault}");
    }
}

#[test]
fn an_unreachable_system_exits_7() {
    let repo = with_files(&three());
    let started = std::time::Instant::now();
    let ran = repo.run_with(&["apply", "--yes"], &[("ROSTER_PF_URL", "http://127.0.0.1:1")]);
    ran.exits(7).stderr_has("Property Finder: asking for a token at 127.0.0.1:1: cannot be reached");
    ran.stderr_has("check ROSTER_PF_URL").stderr_has("Nothing was written.");
    assert!(
        started.elapsed() < Duration::from_secs(15),
        "a refused connection is final where nothing was reached before"
    );
    assert_eq!(repo.writes().len(), 0);
}

#[test]
fn invalid_files_exit_4_and_nothing_is_sent() {
    let mut files = three().to_vec();
    files.push(("agents/nobody.yaml", INVALID.to_owned()));
    let repo = with_files(&files);
    for args in [&["validate"][..], &["plan"], &["apply", "--yes"], &["apply", "--sandbox"]] {
        let ran = repo.run(args);
        ran.exits(4).stderr_has("agents/nobody.yaml");
        assert_eq!(ran.stdout, "", "{ran}");
    }
    // A document is always there, so that it can take the place of an older one.
    let document = repo.run(&["plan", "--output", "json=-"]);
    let said = document.json();
    document.exits(4);
    assert_eq!((&said["exit_code"], &said["complete"], &said["actions"]), (&json!(4), &json!(false), &json!([])));
    assert_eq!(said["problems"][0]["file"], json!("agents/nobody.yaml"));
    repo.remove("agents/nobody.yaml");
    repo.write("roster.yaml", "crm: {rate: fast}\n");
    repo.run(&["plan"]).exits(4).stderr_has("roster.yaml");
    assert_eq!(repo.sandbox.requests(), []);
}

#[test]
fn of_several_exit_codes_the_first_in_the_table_is_used() {
    let html = "GET #1+ 200 html";
    let keyless = [("CRM_API_KEY", "")];
    // 64 before 4.
    let repo = with_files(&[("agents/nobody.yaml", INVALID.to_owned())]);
    repo.run_with(&["plan"], &keyless).exits(64);
    repo.run(&["apply"]).exits(64);
    repo.run(&["plan", "--agent", "somebody-else"]).exits(64);
    // 4 before 7.
    repo.fault(html);
    repo.run(&["plan", "--agent", "nob*"]).exits(4);
    assert_eq!(repo.sandbox.requests(), []);
    // 7 before 3.
    let repo = with_files(&eleven());
    repo.fault(html);
    repo.run(&["plan", "--detailed-exitcode"]).exits(7);
    repo.sandbox.clear_faults();
    // 3 before 2.
    repo.run(&["plan", "--detailed-exitcode"]).exits(3);
    // A blocked person is 3 for the plan, and 5 once others were written.
    let mut files = three().to_vec();
    files[1].1 = agent("Omar", "Haddad", 2, "role: wizard\n");
    let repo = with_files(&files);
    repo.run(&["plan", "--detailed-exitcode"]).exits(3).stdout_has("no role with the key `wizard`");
    repo.run(&["apply", "--yes"]).exits(5).stdout_has("Applied: 2 done");
    let settled = repo.writes().len();
    repo.run(&["apply", "--yes"]).exits(3);
    assert_eq!(repo.writes().len(), settled);
}

#[test]
fn a_crm_that_lost_its_custom_fields_is_not_treated_as_empty() {
    let repo = applied();
    repo.sandbox.set_behaviour(Behaviour { crm_fields_in_list: false, ..Behaviour::default() });
    repo.run(&["apply", "--yes"]).exits(7).stderr_has("may read custom fields in listings");
    assert_eq!(repo.writes().len(), 0);
}

#[test]
fn a_plan_beyond_the_seats_of_the_account_is_blocked_before_a_create_fails() {
    let repo = Repo::applied(2);
    repo.edit("roster.yaml", "limits: {", "limits: {seats: 2, ");
    repo.run(&["plan", "--detailed-exitcode"]).exits(0);
    repo.write("agents/agent-3.yaml", &Person::numbered(3).yaml());
    repo.sandbox.forget_requests();
    let blocked = &repo.run(&["plan", "--output", "json=-"]).json()["blocked"];
    assert_eq!((&blocked[0]["guard"], &blocked[0]["actual"]), (&json!("seats"), &json!(3)), "{blocked}");
    assert_eq!(blocked[0]["digest"], Value::Null, "no acceptance gives a seat");
    repo.run(&["apply", "--yes"]).exits(3).stdout_has("raise limits.seats");
    repo.run(&["plan", "--output", "markdown=-"])
        .stdout_has("**3 active users would be at Property Finder** (limit: 2)");
    assert_eq!(repo.writes(), [] as [String; 0]);
    // Another person leaves.
    repo.edit_agent(1, "status: active", "status: archived");
    repo.run(&["apply", "--yes"]).exits(0);
    repo.run(&["plan", "--detailed-exitcode"]).exits(0);
}
