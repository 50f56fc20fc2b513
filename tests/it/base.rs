//! The whole program in a git repository, against its own sandbox: what `--base` tells apart.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use roster::declare::base::{self, BaseRevision};
use roster::model::agent::Field;
use roster::model::config::Config;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::git::git;

/// A brokerage of one agent, in a repository that needs nothing of the machine's configuration.
struct Workspace(TempDir);

impl Workspace {
    fn new() -> Self {
        let workspace = Self(TempDir::new().unwrap());
        workspace.git(&["init", "-q", "-b", "main"]);
        workspace.write(
            "roster.yaml",
            "crm:\n  link_fields: {agent: '11', pf_user: '12', pf_profile: '13', memory: '14'}\n",
        );
        workspace
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn git(&self, args: &[&str]) -> String {
        git(self.path(), args)
    }

    fn commit(&self) -> String {
        self.git(&["add", "roster.yaml", "agents"]);
        self.git(&["commit", "-q", "-m", "as it is"]);
        self.git(&["rev-parse", "HEAD"])
    }

    fn roster(&self, args: &[&str], pull_request_to: Option<&str>) -> Output {
        let mut roster = Command::new(env!("CARGO_BIN_EXE_roster"));
        roster.arg("-C").arg(self.path()).args(args).env_remove("GITHUB_BASE_REF").env_remove("NO_COLOR");
        if let Some(branch) = pull_request_to {
            roster.env("GITHUB_BASE_REF", branch);
        }
        roster.output().unwrap()
    }

    /// The exit code and the JSON plan.
    fn plan(&self, args: &[&str], pull_request_to: Option<&str>) -> (i32, Value) {
        let output = self.roster(&[&["plan", "--sandbox", "--output", "json=-"], args].concat(), pull_request_to);
        let plan = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", text(&output.stderr)));
        (output.status.code().unwrap(), plan)
    }

    fn apply(&self) {
        let output = self.roster(&["apply", "--sandbox"], None);
        assert_eq!(output.status.code(), Some(0), "{}{}", text(&output.stdout), text(&output.stderr));
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// What one agent's file says, so far as a test changes it.
#[derive(Clone)]
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
    fn yaml(&self) -> String {
        let Self { status, login, last_name, mobile, phone, since } = self;
        format!(
            "status: {status}\nrole: agent\npublic:\n  first_name: Sara\n  last_name: {last_name}\n  \
             email: sara@brokerage.example\n  phone: \"{phone}\"\n  experience_since: {since}\nprivate:\n  \
             first_name: Sara\n  last_name: {last_name}\n  email: {login}\n  mobile: \"{mobile}\"\n"
        )
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
fn three_commits() -> (Workspace, String) {
    let workspace = Workspace::new();
    let applied = SARA;
    workspace.write("agents/sara.yaml", &applied.yaml());
    workspace.commit();
    workspace.apply();
    let then = Sara { phone: "+971502000002", mobile: "+971502000002", since: 2012, ..applied };
    workspace.write("agents/sara.yaml", &then.yaml());
    let base = workspace.commit();
    let now = Sara { last_name: "Saad", mobile: "+971503000003", ..then };
    workspace.write("agents/sara.yaml", &now.yaml());
    workspace.commit();
    (workspace, base)
}

#[test]
fn a_base_tells_change_drift_and_conflict_apart() {
    let (workspace, base) = three_commits();
    let (exit, plan) = workspace.plan(&["--base", &base], None);
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
    let (exit, without) = workspace.plan(&["--detailed-exitcode"], None);
    assert_eq!(exit, 2);
    assert!(classes(&without).iter().all(|line| line.ends_with(" change")), "{:?}", classes(&without));
    assert_eq!(without["digest"], plan["digest"]);
    assert_eq!((summary(&without, "conflict"), summary(&without, "drift")), (0, 0));

    workspace.git(&["tag", "main-then", &base]);
    let output = workspace.roster(&["plan", "--sandbox", "--base", "main-then"], None);
    let told = text(&output.stdout);
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
fn the_base_is_read_with_the_configuration_of_then_and_a_broken_file_counts_as_absent() {
    let workspace = Workspace::new();
    workspace.write("roster.yaml", "agents: people\nproperty_finder: {languages: {primary: ar, secondary: en}}\n");
    let file = SARA
        .yaml()
        .replace("  last_name: Khan\n  email: sara@b", "  position: Broker\n  last_name: Khan\n  email: sara@b");
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
        workspace.write(&format!("people/{name}.yaml"), text);
    }
    workspace.write("people/README.md", "not an agent");
    workspace.write("agents/elsewhere.yaml", &file);
    workspace.git(&["add", "-A"]);
    let then = workspace.commit();
    workspace.git(&["mv", "people/sara.yaml", "people/sarah.yaml"]);
    workspace.git(&["mv", "people/team/omar.yaml", "people/omar.yaml"]);

    let load = |config_file: &str| {
        let asked = BaseRevision::Revision(&then);
        base::load(workspace.path(), Path::new(config_file), &Config::default(), asked).unwrap()
    };
    let base = load("roster.yaml");
    let slugs = |base: &roster::model::roster::Base| base.people.keys().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(slugs(&base), ["omar", "sara"]);
    assert_eq!(base.config.property_finder.languages.primary, "ar");
    let omar = base.people.values().next().unwrap();
    assert_eq!(omar.file, "people/team/omar.yaml");
    assert_eq!(omar.record.get(&Field::Position("ar".to_owned())), Some(&json!("Broker")));
    let renames: Vec<String> = base.renames.iter().map(|(new, old)| format!("{old} to {new}")).collect();
    assert_eq!(renames, ["sara to sarah"]);
    assert_eq!(then.strip_prefix(base.name.as_str()).map(str::len), Some(31), "a whole hash is shown by its start");
    // A configuration that was not there, or is not of this repository.
    assert_eq!(slugs(&load("other.yaml")), ["elsewhere"]);
    assert_eq!(slugs(&load("/nowhere/roster.yaml")), ["elsewhere"]);
    assert_eq!(slugs(&load("../roster.yaml")), ["elsewhere"]);
}

#[test]
fn in_a_pull_request_the_base_is_where_it_started() {
    let (workspace, base) = three_commits();
    // There is no origin: less is told, and nothing fails.
    let (exit, plan) = workspace.plan(&[], Some("main"));
    assert_eq!(exit, 0);
    assert!(classes(&plan).iter().all(|line| line.ends_with(" change")));
    let warnings = plan["warnings"].to_string();
    assert!(
        warnings.contains("cannot distinguish changes from drift: there is no revision `origin/main`"),
        "{warnings}"
    );

    workspace.git(&["update-ref", "refs/remotes/origin/main", &base]);
    let (exit, plan) = workspace.plan(&[], Some("main"));
    assert_eq!((exit, plan["summary"]["conflict"].as_u64()), (0, Some(1)));
    assert_eq!(plan["warnings"], json!([]));
    // What was asked for goes before.
    let (_, plan) = workspace.plan(&["--base", "HEAD"], Some("main"));
    assert!(classes(&plan).iter().all(|line| line.ends_with(" drift")), "{:?}", classes(&plan));
}

#[test]
fn a_base_that_was_asked_for_must_be_there() {
    let (workspace, _) = three_commits();
    for command in ["plan", "apply"] {
        let output = workspace.roster(&[command, "--sandbox", "--base", "nowhere"], None);
        assert_eq!(output.status.code(), Some(1), "{command}");
        assert!(text(&output.stderr).contains("there is no revision `nowhere`"), "{}", text(&output.stderr));
        assert_eq!(text(&output.stdout), "");
    }
    let output = workspace.roster(&["plan", "--sandbox", "--base=--all"], None);
    assert_eq!(output.status.code(), Some(1));

    let shallow = Workspace(TempDir::new().unwrap());
    let url = format!("file://{}", workspace.path().display());
    shallow.git(&["clone", "-q", "--depth=1", &url, "."]);
    let output = shallow.roster(&["plan", "--sandbox", "--base", "HEAD~1"], None);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("check out with `fetch-depth: 0`"), "{}", text(&output.stderr));

    let nowhere = Workspace(TempDir::new().unwrap());
    nowhere.write("agents/sara.yaml", &SARA.yaml());
    let output = nowhere.roster(&["plan", "--sandbox", "--base", "HEAD"], None);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("not a git repository"), "{}", text(&output.stderr));
}

#[test]
fn who_was_switched_off_by_hand_is_switched_on_by_an_acceptance_alone() {
    let workspace = Workspace::new();
    workspace.write("agents/sara.yaml", &SARA.yaml());
    let base = workspace.commit();
    workspace.apply();
    workspace.write("agents/sara.yaml", &Sara { status: "inactive", ..SARA }.yaml());
    workspace.apply();
    workspace.write("agents/sara.yaml", &SARA.yaml());

    let (exit, plan) = workspace.plan(&["--base", &base], None);
    assert_eq!((exit, &plan["blocked"][0]["guard"]), (3, &Value::from("activate_drift")));
    let output = workspace.roster(&["apply", "--sandbox", "--base", &base], None);
    assert_eq!(output.status.code(), Some(3));
    // The plan of a change that carries the acceptance says what its apply will do.
    let digest = plan["blocked"][0]["digest"].as_str().unwrap();
    workspace.write(&format!(".roster/accept/{digest}"), "");
    assert_eq!(workspace.plan(&["--base", &base], None).0, 0);
    let output = workspace.roster(&["apply", "--sandbox", "--base", &base], None);
    assert_eq!(output.status.code(), Some(0), "{}{}", text(&output.stdout), text(&output.stderr));
}

#[test]
fn a_file_that_git_saw_renamed_keeps_its_rows_if_it_is_the_same_person_s() {
    let workspace = Workspace::new();
    workspace.write("agents/sara.yaml", &SARA.yaml());
    let base = workspace.commit();
    workspace.apply();
    workspace.git(&["mv", "agents/sara.yaml", "agents/sarah-khan.yaml"]);
    let now = Sara { login: "sarah.khan@login.example", ..SARA };
    workspace.write("agents/sarah-khan.yaml", &now.yaml());
    workspace.commit();

    let (exit, plan) = workspace.plan(&[], None);
    assert_eq!((exit, plan["summary"]["create"].as_u64()), (3, Some(0)), "nobody is created beside a row like theirs");
    let (exit, plan) = workspace.plan(&["--base", &base], None);
    let summary = &plan["summary"];
    assert_eq!(
        (exit, &summary["rename"], &summary["create"], &summary["orphan"]),
        (0, &1.into(), &0.into(), &0.into())
    );
    assert!(classes(&plan).iter().all(|line| line.ends_with(" change")), "{:?}", classes(&plan));

    // Another login and another name are no evidence, whatever git says.
    let other = Sara { last_name: "Saad", ..now };
    workspace.write("agents/sarah-khan.yaml", &other.yaml());
    let (exit, plan) = workspace.plan(&["--base", &base], None);
    assert_eq!((exit, plan["summary"]["rename"].as_u64(), plan["summary"]["orphan"].as_u64()), (3, Some(0), Some(1)));
}

#[test]
fn where_git_cannot_say_what_is_tracked_nothing_is_valid() {
    let workspace = Workspace::new();
    workspace.write("agents/sara.yaml", &SARA.yaml());
    workspace.write(".roster/accept/mine", "");
    workspace.git(&["add", "."]);
    workspace.write(".git/index", "this is no index");
    let output = workspace.roster(&["validate"], None);
    let told = text(&output.stderr);
    assert_eq!(output.status.code(), Some(4), "{told}");
    assert!(told.contains("which files of .roster/ are tracked cannot be checked"), "{told}");
}

#[test]
fn of_roster_s_own_folder_only_acceptances_may_be_tracked() {
    let workspace = Workspace::new();
    workspace.write("agents/sara.yaml", &SARA.yaml());
    workspace.write(".roster/journal/old.jsonl", "{}\n");
    workspace.write(&format!(".roster/accept/{}", "0a".repeat(16)), "");
    assert_eq!(workspace.roster(&["validate"], None).status.code(), Some(0), "nothing is tracked");
    workspace.git(&["add", ".roster/accept"]);
    assert_eq!(workspace.roster(&["validate"], None).status.code(), Some(0), "an acceptance is");
    workspace.git(&["add", ".roster/journal"]);
    for command in [&["validate"][..], &["plan", "--sandbox"]] {
        let output = workspace.roster(command, None);
        assert_eq!(output.status.code(), Some(4));
        let told = text(&output.stderr);
        assert!(told.contains(".roster/journal/old.jsonl is tracked by git"), "{told}");
        assert!(!told.contains("accept/0a"), "{told}");
    }
}
