//! What each command prints where, and in which colours.

use std::path::Path;

use serde_json::{Value, json};

use super::{agent, applied, settings, three, with_files};
use crate::support::{Repo, Run};

/// A document as the committed schema wants it.
fn is_a_plan(document: &Value) {
    let schema = Path::new(env!("CARGO_MANIFEST_DIR")).join("schema/plan.schema.json");
    let schema: Value = serde_json::from_slice(&std::fs::read(schema).unwrap()).unwrap();
    let problems: Vec<String> =
        jsonschema::validator_for(&schema).unwrap().iter_errors(document).map(|error| error.to_string()).collect();
    assert_eq!(problems, [""; 0], "{document:#}");
}

#[test]
fn validate() {
    let repo = with_files(&three());
    repo.write("agents/twin.yaml", &agent("Sara", "Khan", 1, "thme: onyx\n"));
    settings().bind(|| {
        insta::assert_snapshot!(repo.run(&["validate"]), @"
        exit 4
        --- stderr
          × `thme` is not a key
            ╭─[agents/twin.yaml:12:1]
         11 │   mobile: •••
         12 │ thme: •••
            · ────
            ╰────
          help: known here: status, role, public, private, theme, subscriptions, fields, handover

        agents: 4 files, 1 error
        ");
        insta::assert_snapshot!(repo.run(&["validate", "-q", "--output", "json=-"]), @r#"
        exit 4
        --- stdout
        {
          "format_version": "1.0",
          "files": 4,
          "errors": 1,
          "warnings": 0,
          "problems": [
            {
              "file": "agents/twin.yaml",
              "line": 12,
              "column": 1,
              "end_line": 12,
              "end_column": 5,
              "path": "thme",
              "severity": "error",
              "rule": "schema",
              "message": "`thme` is not a key",
              "help": "known here: status, role, public, private, theme, subscriptions, fields, handover",
              "already_at": null
            }
          ]
        }
        --- stderr
          × `thme` is not a key
            ╭─[agents/twin.yaml:12:1]
         11 │   mobile: •••
         12 │ thme: •••
            · ────
            ╰────
          help: known here: status, role, public, private, theme, subscriptions, fields, handover

        agents: 4 files, 1 error
        "#);
        repo.remove("agents/twin.yaml");
        insta::assert_snapshot!(repo.run(&["validate"]), @"
        exit 0
        --- stderr
        agents: 3 files, 0 problems
        ");
    });
    assert_eq!(repo.sandbox.requests(), []);
}

#[test]
fn schema() {
    let repo = with_files(&[]);
    settings().bind(|| {
        insta::assert_snapshot!(repo.run(&["schema", "--check"]), @"
        exit 2
        --- stderr
        schema/agent.schema.json: stale; run `roster schema` and commit the result
        schema/roster.schema.json: stale; run `roster schema` and commit the result
        schema/plan.schema.json: stale; run `roster schema` and commit the result
        ");
        insta::assert_snapshot!(repo.run(&["schema"]), @"
        exit 0
        --- stderr
        schema/agent.schema.json: written
        schema/roster.schema.json: written
        schema/plan.schema.json: written
        ");
        insta::assert_snapshot!(repo.run(&["schema", "--check"]), @"
        exit 0
        --- stderr
        schema/agent.schema.json: up to date
        schema/roster.schema.json: up to date
        schema/plan.schema.json: up to date
        ");
        repo.write("schema/plan.schema.json", "{}");
        insta::assert_snapshot!(repo.run(&["schema", "--check"]), @"
        exit 2
        --- stderr
        schema/agent.schema.json: up to date
        schema/roster.schema.json: up to date
        schema/plan.schema.json: stale; run `roster schema` and commit the result
        ");
    });
}

/// People of whom one is new, one changed, one deactivated, and one untouched.
fn mixed() -> Repo {
    let repo = applied();
    repo.write("agents/new-comer.yaml", &agent("New", "Comer", 4, "fields: {\"3\": true}\n"));
    repo.edit("agents/sara-khan.yaml", "en: Sales Consultant", "en: Senior Sales Consultant");
    repo.edit("agents/sara-khan.yaml", "[en, ar]", "[en, ar, ur]");
    repo.edit("agents/sara-khan.yaml", "+971551234561", "+971559999999");
    repo.edit("agents/omar-haddad.yaml", "active", "inactive");
    repo.sandbox.put_crm_row(&json!({"public": {"first_name": "Their", "last_name": "Own"}, "role": "admin"}));
    repo
}

#[test]
fn plan_and_apply() {
    let repo = mixed();
    settings().bind(|| {
        insta::assert_snapshot!(repo.run(&["plan"]), @r#"
        exit 0
        --- stdout
        + agents/new-comer.yaml                                                      new in crm, pf
            status              "active"                                             pf       line 1
            role                "agent"                                              crm pf
            public.first_name   "New"                                                crm pf   line 3
            public.last_name    "Comer"                                              crm pf   line 4
            public.email        "new-comer@brokerage.example"                        crm pf   line 5
            public.phone        "+971501234564"                                      crm pf   line 6
            public.position.ar  ⟨"مستشارة مبيعات"⟩                                     pf       line 7
            public.position.en  "Sales Consultant"                                   crm pf   line 7
            public.languages    en, ar                                               crm pf°  line 8
            private             first_name, last_name, email, mobile (private, set)  crm pf   line 10-11
            fields.3            (private, set)                                       crm      line 12
        - agents/omar-haddad.yaml                                                    crm [id] · pf [id]
            status              "active" → "inactive"                                pf       line 1
            note: listings of this person go offline at Property Finder
        ~ agents/sara-khan.yaml                                                      crm [id] · pf [id]
            public.position.en  "Sales Consultant" → "Senior Sales Consultant"       crm pf   line 7
            public.languages    + ur                                                 crm pf°  line 8
            private.mobile      (private, changed)                                   crm pf   line 11

        warning: the CRM does not report the owner of this API key: name that person under protect in roster.yaml, so that no run deactivates the user that roster works as
        Plan: 1 to create, 1 to update, 1 to deactivate · 1 unchanged · 1 with no file, not touched
        ° The system does not return this value; roster compares with what it last sent.
        "#);
        insta::assert_snapshot!(repo.run(&["plan", "--agent", "sara*", "--system", "pf"]), @r#"
        exit 0
        --- stdout
        ~ agents/sara-khan.yaml                                                 crm [id] · pf [id]
            public.position.en  "Sales Consultant" → "Senior Sales Consultant"  pf       line 7
            public.languages    + ur                                            pf°      line 8
            private.mobile      (private, changed)                              pf       line 11

        Plan: 0 to create, 1 to update, 0 to deactivate · 0 unchanged · 1 with no file, not touched
        ° The system does not return this value; roster compares with what it last sent.
        "#);
        insta::assert_snapshot!(repo.run(&["apply", "--yes", "-q"]), @r#"
        exit 0
        --- stdout
        + agents/new-comer.yaml                                                      new in crm, pf
            status              "active"                                             pf       line 1
            role                "agent"                                              crm pf
            public.first_name   "New"                                                crm pf   line 3
            public.last_name    "Comer"                                              crm pf   line 4
            public.email        "new-comer@brokerage.example"                        crm pf   line 5
            public.phone        "+971501234564"                                      crm pf   line 6
            public.position.ar  ⟨"مستشارة مبيعات"⟩                                     pf       line 7
            public.position.en  "Sales Consultant"                                   crm pf   line 7
            public.languages    en, ar                                               crm pf°  line 8
            private             first_name, last_name, email, mobile (private, set)  crm pf   line 10-11
            fields.3            (private, set)                                       crm      line 12
        - agents/omar-haddad.yaml                                                    crm [id] · pf [id]
            status              "active" → "inactive"                                pf       line 1
            note: listings of this person go offline at Property Finder
        ~ agents/sara-khan.yaml                                                      crm [id] · pf [id]
            public.position.en  "Sales Consultant" → "Senior Sales Consultant"       crm pf   line 7
            public.languages    + ur                                                 crm pf°  line 8
            private.mobile      (private, changed)                                   crm pf   line 11

        warning: the CRM does not report the owner of this API key: name that person under protect in roster.yaml, so that no run deactivates the user that roster works as
        Plan: 1 to create, 1 to update, 1 to deactivate · 1 unchanged · 1 with no file, not touched
        ° The system does not return this value; roster compares with what it last sent.

          done  agents/new-comer.yaml    created crm [id], created pf [id], stored the ids in crm [id]
          done  agents/omar-haddad.yaml  deactivated pf [id]
          done  agents/sara-khan.yaml    updated pf [id], updated the public profile of pf [id], updated crm [id]
        Applied: 3 done, 0 failed · 1 unchanged · read back: both systems agree
        "#);
        insta::assert_snapshot!(repo.run(&["plan"]), @"
        exit 0
        --- stdout
        Plan: nothing to do · 4 unchanged · 1 with no file, not touched
        ");
    });
}

#[test]
fn every_json_plan_is_valid_against_its_schema() {
    let repo = mixed();
    let whole = repo.run(&["plan", "--output", "json=-"]).json();
    is_a_plan(&whole);
    let summary = &whole["summary"];
    let counted =
        ["create", "update", "deactivate", "unchanged", "unmanaged"].map(|key| summary[key].as_u64().unwrap());
    assert_eq!(counted, [1, 1, 1, 1, 1], "{summary}");
    let private = |field: &&Value| field["private"] == json!(true);
    let actions = whole["actions"].as_array().unwrap();
    let fields: Vec<&Value> = actions.iter().flat_map(|action| action["fields"].as_array().unwrap()).collect();
    assert!(fields.iter().any(&private));
    assert!(fields.iter().all(|field| !private(field) || (field.get("before"), field.get("after")) == (None, None)));

    let one = repo.run(&["plan", "--output", "json=-", "--agent", "sara*", "--system", "crm"]).json();
    is_a_plan(&one);
    let of = |action: &Value| (action["agent"].clone(), action["system"].clone());
    assert!(one["actions"].as_array().unwrap().iter().all(|action| of(action) == (json!("sara-khan"), json!("crm"))));

    // Into a file, beside the text.
    let file = repo.path("plan.json");
    let ran = repo.run(&["plan", "--output", &format!("json={}", file.display())]);
    ran.exits(0).stdout_has("Plan: 1 to create");
    assert_eq!(serde_json::from_slice::<Value>(&std::fs::read(file).unwrap()).unwrap(), whole);

    let applied = repo.run(&["apply", "--yes", "--output", "json=-"]);
    applied.exits(0);
    is_a_plan(&applied.json());
    assert_eq!(applied.json()["applied"].as_array().unwrap().len(), 3);
    let empty = repo.run(&["plan", "--output", "json=-"]).json();
    is_a_plan(&empty);
    assert_eq!((&empty["actions"], &empty["estimate"]["writes"]), (&json!([]), &json!(0)));
}

#[test]
fn colours_follow_the_flag_the_environment_and_the_terminal() {
    let repo = with_files(&three());
    repo.write("agents/twin.yaml", &agent("Zoe", "Lim", 1, ""));
    let coloured = |text: &str| text.contains('\u{1b}');
    let (no, force) = (("NO_COLOR", "1"), ("CLICOLOR_FORCE", "1"));
    let unset = ("NO_COLOR", "");
    let table: [(&[&str], &[(&str, &str)], bool); 8] = [
        (&[], &[unset], false),
        (&[], &[no], false),
        (&[], &[unset, force], true),
        (&[], &[no, force], false),
        (&["--color", "always"], &[unset], true),
        (&["--color", "always"], &[no], true),
        (&["--color", "never"], &[unset, force], false),
        (&["--color", "auto"], &[unset], false),
    ];
    let mut plain: Option<Run> = None;
    for (args, env, want) in table {
        let ran = repo.run_with(&[&["plan"], args].concat(), env);
        ran.exits(0);
        assert_eq!((coloured(&ran.stdout), coloured(&ran.stderr)), (want, want), "{args:?} {env:?}: {ran}");
        match (&plain, want) {
            (None, false) => plain = Some(ran),
            // Colour repeats what the signs already say.
            (Some(plain), true) => assert_eq!(anstream::adapter::strip_str(&ran.stdout).to_string(), plain.stdout),
            _ => {}
        }
    }
}

#[test]
fn sandbox() {
    let repo = with_files(&three());
    let ran = repo.run(&["apply", "--sandbox"]);
    ran.exits(0).stdout_has("Applied: ");
    repo.run(&["plan", "--sandbox", "--detailed-exitcode"]).exits(0);
    assert_eq!(repo.sandbox.requests(), [], "the real systems are not asked");
    assert!(repo.path(".roster/sandbox.json").exists());
}

#[test]
fn a_saved_plan_is_shown_as_it_was_printed() {
    let repo = mixed();
    repo.write("agents/kim-wizard.yaml", &agent("Kim", "Wizard", 7, "role: wizard\n"));
    let saved = ["plan", "--out", "saved.plan"];
    let printed = repo.run_with(&saved, &[("ROSTER_DIGEST_KEY", "a key of this test, long enough")]);
    printed.exits(3).stdout_has("new in crm, pf").stdout_has("blocked: ").stdout_has("with no file, not touched");
    let shown = repo.run(&["show", "saved.plan"]);
    let plan = shown.exits(0).stdout.split_once("Digest: ").unwrap().0.to_owned();
    assert_eq!(plan, printed.stdout);
}
