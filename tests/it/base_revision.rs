//! The whole program in a git repository, against its own sandbox: what `--base` tells apart.

use std::path::Path;

use roster::declare::base::{self, BaseRevision};
use roster::model::agent::Field;
use roster::model::config::Config;
use serde_json::{Value, json};

use crate::support::{Person, Repo};

/// A plan in a pull request to this branch: the exit code and the JSON.
fn planned_to(repo: &Repo, args: &[&str], branch: &str) -> (i32, Value) {
    let ran = repo.run_with(&[&["plan", "--output", "json=-"], args].concat(), &[("GITHUB_BASE_REF", branch)]);
    (ran.code, ran.json())
}

fn planned(repo: &Repo, args: &[&str]) -> (i32, Value) {
    planned_to(repo, args, "")
}

/// The file of the agent of these tests.
#[derive(Clone, Copy)]
struct Sara {
    status: &'static str,
    login: &'static str,
    last_name: &'static str,
    mobile: &'static str,
    phone: &'static str,
    since: u32,
}

const SARA: Sara = Sara {
    status: "active",
    login: "sara@login.example",
    last_name: "Khan",
    mobile: "+971501000001",
    phone: "+971501000001",
    since: 2014,
};

impl Sara {
    fn yaml(self) -> String {
        let Self { status, login, last_name, mobile, phone, since } = self;
        Person {
            status,
            email: "sara@brokerage.example".to_owned(),
            login: login.to_owned(),
            mobile: mobile.to_owned(),
            phone: phone.to_owned(),
            public: format!("  experience_since: {since}\n"),
            private: format!("  first_name: Sara\n  last_name: {last_name}\n"),
            more: "role: agent\n".to_owned(),
            ..Person::named("Sara", last_name, 0)
        }
        .yaml()
    }
}

/// One line a field: `crm public.phone change`.
fn classes(plan: &Value) -> Vec<String> {
    let mut lines = Vec::new();
    for action in plan["actions"].as_array().unwrap() {
        for field in action["fields"].as_array().unwrap() {
            let word = |value: &Value| value.as_str().unwrap().to_owned();
            lines.push([word(&action["system"]), word(&field["path"]), word(&field["class"])].join(" "));
        }
    }
    lines
}

/// A repository whose last commit changed two fields, of which `applied` reached the systems and the commit between the
/// two did not: that one stands for whatever else changed a system.
fn three_commits() -> (Repo, String) {
    let repo = Repo::of(0);
    let applied = SARA;
    repo.write("agents/sara.yaml", &applied.yaml());
    repo.commit();
    repo.run(&["apply", "--yes"]).exits(0);
    let then = Sara { phone: "+971502000002", mobile: "+971502000002", since: 2012, ..applied };
    repo.write("agents/sara.yaml", &then.yaml());
    let base = repo.commit();
    let now = Sara { last_name: "Saad", mobile: "+971503000003", ..then };
    repo.write("agents/sara.yaml", &now.yaml());
    repo.commit();
    (repo, base)
}

#[test]
fn a_base_distinguishes_change_drift_and_conflict() {
    let (repo, base) = three_commits();
    let (exit, plan) = planned(&repo, &["--base", &base]);
    assert_eq!(exit, 0, "a conflict does not block");
    let want = [
        "crm public.last_name change",
        "crm public.phone drift",
        "crm private.last_name change",
        "crm private.mobile conflict",
        "pf public.last_name change",
        "pf public.phone drift",
        "pf private.last_name change",
        "pf private.mobile conflict",
        "pf public.experience_since drift",
    ];
    let mut got = classes(&plan);
    got.sort_unstable();
    let mut want = want.map(str::to_owned).to_vec();
    want.sort_unstable();
    assert_eq!(got, want);
    let summary = |plan: &Value, key: &str| plan["summary"][key].as_u64().unwrap();
    assert_eq!((summary(&plan, "conflict"), summary(&plan, "drift"), summary(&plan, "update")), (1, 0, 1));

    // Without a base every difference is a change, and the same is done.
    let (exit, without) = planned(&repo, &["--detailed-exitcode"]);
    assert_eq!(exit, 2);
    assert!(classes(&without).iter().all(|line| line.ends_with(" change")), "{:?}", classes(&without));
    assert_eq!(without["digest"], plan["digest"]);
    assert_eq!((summary(&without, "conflict"), summary(&without, "drift")), (0, 0));

    repo.git(&["tag", "main-then", &base]);
    let told = repo.run(&["plan", "--base", "main-then"]).stdout;
    let lines: Vec<&str> = told.lines().collect();
    assert!(lines[1].contains("private.mobile") && lines[1].ends_with("conflict"), "a conflict stands first:\n{told}");
    let drift = |values: &str, words: &str| {
        lines.windows(2).any(|pair| pair[0].contains(values) && pair[0].ends_with("drift") && pair[1].trim() == words)
    };
    assert!(
        drift("\"+971501000001\" → \"+971502000002\"", "differs from main-then in crm and pf, will be set back"),
        "{told}"
    );
    assert!(drift("2014 → 2012", "differs from main-then in pf, will be set back"), "{told}");
    assert!(told.contains(" · 1 conflict · 0 unchanged"), "{told}");
}

#[test]
fn the_base_uses_its_own_configuration_and_skips_invalid_files() {
    let repo = Repo::of(0);
    repo.git(&["init", "-q", "-b", "main"]);
    repo.write("roster.yaml", "agents: people\nproperty_finder: {languages: {primary: ar, secondary: en}}\n");
    let file = SARA.yaml().replace("  experience_since", "  position: Broker\n  experience_since");
    let files = [
        ("sara", file.as_str()),
        ("team/omar", &file),
        ("broken", "status: [\n"),
        ("wrong", "status: gone\n"),
        ("Not-A-Slug", &file),
        ("one/twin", &file),
        ("other/twin", &file),
        (".hidden/lina", &file),
    ];
    for (name, text) in files {
        repo.write(&format!("people/{name}.yaml"), text);
    }
    repo.write("people/README.md", "not an agent");
    repo.write("agents/elsewhere.yaml", &file);
    repo.git(&["add", "-A"]);
    let then = repo.commit();
    repo.git(&["mv", "people/sara.yaml", "people/sarah.yaml"]);
    repo.git(&["mv", "people/team/omar.yaml", "people/omar.yaml"]);

    let load = |config_file: &str| {
        let asked = BaseRevision::Revision(&then);
        base::load(repo.folder(), Path::new(config_file), &Config::default(), asked).unwrap()
    };
    let base = load("roster.yaml");
    let slugs = |base: &roster::model::roster::Base| base.people.keys().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(slugs(&base), ["omar", "sara"]);
    assert_eq!(base.config.property_finder.languages.primary, "ar");
    let omar = base.people.values().next().unwrap();
    assert_eq!(omar.file, "people/team/omar.yaml");
    assert_eq!(omar.record.get(&Field::Position("ar".into())), Some(&"Broker".into()));
    let renames: Vec<String> = base.renames.iter().map(|(new, old)| format!("{old} to {new}")).collect();
    assert_eq!(renames, ["sara to sarah"]);
    assert_eq!(then.strip_prefix(base.name.as_str()).map(str::len), Some(31), "a whole hash is shown by its start");
    repo.git(&["branch", "earlier", &then]);
    let asked = BaseRevision::Revision("refs/heads/earlier");
    let branch = base::load(repo.folder(), Path::new("roster.yaml"), &Config::default(), asked).unwrap();
    assert_eq!((branch.name.as_str(), branch.commit == then), ("earlier", true), "a branch is shown by its name");
    // A configuration that was not there, or is not of this repository.
    assert_eq!(slugs(&load("other.yaml")), ["elsewhere"]);
    assert_eq!(slugs(&load("/nowhere/roster.yaml")), ["elsewhere"]);
    assert_eq!(slugs(&load("../roster.yaml")), ["elsewhere"]);
}

#[test]
fn in_a_pull_request_the_base_is_the_merge_base() {
    let (repo, base) = three_commits();
    // There is no origin: less is told, and nothing fails.
    let (exit, plan) = planned_to(&repo, &[], "main");
    assert_eq!(exit, 0);
    assert!(classes(&plan).iter().all(|line| line.ends_with(" change")));
    let warnings = plan["warnings"].to_string();
    assert!(
        warnings.contains("cannot distinguish changes from drift: there is no revision `origin/main`"),
        "{warnings}"
    );

    repo.git(&["update-ref", "refs/remotes/origin/main", &base]);
    let (exit, plan) = planned_to(&repo, &[], "main");
    assert_eq!((exit, plan["summary"]["conflict"].as_u64()), (0, Some(1)));
    assert_eq!(plan["warnings"], json!([]));
    // What was asked for goes before.
    let (_, plan) = planned_to(&repo, &["--base", "HEAD"], "main");
    assert!(classes(&plan).iter().all(|line| line.ends_with(" drift")), "{:?}", classes(&plan));
}

#[test]
fn a_missing_base_revision_is_an_error() {
    let (repo, _) = three_commits();
    for command in [&["plan"][..], &["apply", "--yes"]] {
        let ran = repo.run(&[command, &["--base", "nowhere"]].concat());
        ran.exits(1).stderr_has("there is no revision `nowhere`");
        assert_eq!(ran.stdout, "");
    }
    repo.run(&["plan", "--base=--all"]).exits(1);

    let shallow = Repo::empty();
    let url = format!("file://{}", repo.folder().display());
    shallow.git(&["clone", "-q", "--depth=1", &url, "."]);
    shallow.run(&["plan", "--base", "HEAD~1"]).exits(1).stderr_has("check out with `fetch-depth: 0`");

    let without_git = Repo::of(0);
    without_git.write("agents/sara.yaml", &SARA.yaml());
    without_git.run(&["plan", "--base", "HEAD"]).exits(1).stderr_has("not a git repository");
}

#[test]
fn a_user_deactivated_by_hand_is_activated_only_after_an_acceptance() {
    let repo = Repo::of(0);
    repo.write("agents/sara.yaml", &SARA.yaml());
    let base = repo.commit();
    repo.run(&["apply", "--yes"]).exits(0);
    repo.write("agents/sara.yaml", &Sara { status: "inactive", ..SARA }.yaml());
    repo.run(&["apply", "--yes"]).exits(0);
    repo.write("agents/sara.yaml", &SARA.yaml());

    let (exit, plan) = planned(&repo, &["--base", &base]);
    assert_eq!((exit, &plan["blocked"][0]["guard"]), (3, &Value::from("activate_drift")));
    repo.run(&["apply", "--yes", "--base", &base]).exits(3);
    // The plan of a change that carries the acceptance says what its apply will do.
    let digest = plan["blocked"][0]["digest"].as_str().unwrap();
    repo.write(&format!(".roster/accept/{digest}"), "");
    assert_eq!(planned(&repo, &["--base", &base]).0, 0);
    repo.run(&["apply", "--yes", "--base", &base]).exits(0);
}

#[test]
fn a_renamed_file_keeps_its_rows_if_login_or_name_agree() {
    let repo = Repo::of(0);
    repo.write("agents/sara.yaml", &SARA.yaml());
    let base = repo.commit();
    repo.run(&["apply", "--yes"]).exits(0);
    repo.git(&["mv", "agents/sara.yaml", "agents/sarah-khan.yaml"]);
    let now = Sara { login: "sarah.khan@login.example", ..SARA };
    repo.write("agents/sarah-khan.yaml", &now.yaml());
    repo.commit();

    let (exit, plan) = planned(&repo, &[]);
    assert_eq!((exit, plan["summary"]["create"].as_u64()), (3, Some(0)), "nobody is created beside a row like theirs");
    let (exit, plan) = planned(&repo, &["--base", &base]);
    let summary = &plan["summary"];
    assert_eq!(
        (exit, &summary["rename"], &summary["create"], &summary["orphan"]),
        (0, &1.into(), &0.into(), &0.into())
    );
    assert!(classes(&plan).iter().all(|line| line.ends_with(" change")), "{:?}", classes(&plan));

    // Another login and another name are no evidence, whatever git says.
    let other = Sara { last_name: "Saad", ..now };
    repo.write("agents/sarah-khan.yaml", &other.yaml());
    let (exit, plan) = planned(&repo, &["--base", &base]);
    assert_eq!((exit, plan["summary"]["rename"].as_u64(), plan["summary"]["orphan"].as_u64()), (3, Some(0), Some(1)));
}

#[test]
fn validation_fails_when_git_cannot_list_tracked_files() {
    let repo = Repo::of(0);
    repo.git(&["init", "-q", "-b", "main"]);
    repo.write("agents/sara.yaml", &SARA.yaml());
    repo.write(".roster/accept/mine", "");
    repo.git(&["add", "."]);
    repo.write(".git/index", "this is no index");
    repo.run(&["validate"]).exits(4).stderr_has("which files of .roster/ are tracked cannot be checked");
}

#[test]
fn only_acceptances_may_be_tracked_in_the_roster_folder() {
    let repo = Repo::of(0);
    repo.git(&["init", "-q", "-b", "main"]);
    repo.write("agents/sara.yaml", &SARA.yaml());
    repo.write(".roster/journal/old.jsonl", "{}\n");
    repo.write(&format!(".roster/accept/{}", "0a".repeat(16)), "");
    repo.run(&["validate"]).exits(0);
    repo.git(&["add", ".roster/accept"]);
    repo.run(&["validate"]).exits(0);
    repo.git(&["add", ".roster/journal"]);
    for command in [&["validate"][..], &["plan"]] {
        let ran = repo.run(command);
        ran.exits(4).stderr_has(".roster/journal/old.jsonl is tracked by git");
        assert!(!ran.stderr.contains("accept/0a"), "{ran}");
    }
}
