//! The whole program with `--changed-since`: what a change broke fails it, what was broken before does not.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::support::{Repo, Run};

/// Runs the program in a folder, in a job of a pull request to `main`.
pub(super) fn run_in(repo: &Repo, folder: impl AsRef<Path>, args: &[&str]) -> Run {
    let mut command = repo.command(args);
    // In a pull request nothing is compared unless `--changed-since` is given.
    command.env("GITHUB_BASE_REF", "main").env("GITHUB_ACTIONS", "true").current_dir(repo.folder().join(folder));
    Run::of(command)
}

pub(super) fn validate(repo: &Repo, args: &[&str]) -> Run {
    run_in(repo, "", &[&["validate"], args].concat())
}

/// A git repository without a file.
pub(super) fn new_repo() -> Repo {
    let repo = Repo::empty();
    repo.git(&["init", "-q", "-b", "main"]);
    repo
}

/// Commits everything.
fn commit(repo: &Repo) {
    repo.git(&["add", "-A"]);
    repo.git(&["commit", "-q", "-m", "as it is"]);
}

pub(super) fn agent(name: &str) -> String {
    super::agent(name, "")
}

/// One line a problem: how bad, the rule, the file, and the revision that it is older than.
fn told(ran: &Run) -> Vec<String> {
    let document: Value = serde_json::from_str(&ran.stdout).unwrap_or_else(|_| panic!("{}", ran.stderr));
    let line = |row: &Value| {
        let words = ["severity", "rule", "file", "already_at"].iter().filter_map(|key| row[*key].as_str());
        words.collect::<Vec<_>>().join(" ")
    };
    document["problems"].as_array().unwrap().iter().map(line).collect()
}

/// A repository with one old sin, and what it says of its change since the last commit.
struct Story {
    repo: Repo,
    folder: &'static str,
}

impl Story {
    fn new(folder: &'static str) -> Self {
        let story = Self { repo: new_repo(), folder };
        for name in ["lina", "omar", "sara"] {
            story.write(&format!("agents/{name}.yaml"), &agent(name));
        }
        story.write("agents/sin.yaml", &agent("sin").replace("status: active", "status: gone"));
        story.write("agents/twin-a.yaml", &agent("twin"));
        story.write("agents/twin-b.yaml", &agent("tvin").replace("tvin@", "twin@"));
        story.repo.write("elsewhere/agents/sara.yaml", "status: [\n");
        commit(&story.repo);
        story
    }

    fn write(&self, path: &str, text: &str) {
        self.repo.write(&format!("{}{path}", self.folder), text);
    }

    fn git(&self, args: &[&str]) {
        self.repo.git(&[&["-C", if self.folder.is_empty() { "." } else { self.folder }], args].concat());
    }

    fn since(&self, revision: &str) -> Run {
        run_in(&self.repo, self.folder, &["validate", "--changed-since", revision, "--output", "json=-"])
    }

    /// Holds that these are the errors now, and gives what is excused.
    #[track_caller]
    fn fails_with(&self, errors: &[&str]) -> Vec<String> {
        let ran = self.since("HEAD");
        ran.exits(if errors.is_empty() { 0 } else { 4 });
        let (wrong, rest): (Vec<String>, Vec<String>) =
            told(&ran).into_iter().partition(|line| line.starts_with("error "));
        assert_eq!(wrong, errors.iter().map(|error| format!("error {error}")).collect::<Vec<_>>());
        rest.into_iter().filter(|line| line.ends_with(" HEAD")).collect()
    }
}

const SINS: [&str; 2] = ["warning schema agents/sin.yaml HEAD", "warning login-is-unique agents/twin-b.yaml HEAD"];

/// The copy of a file is newer than the file, whatever its name.
#[test]
fn a_problem_between_two_files_is_reported_in_the_newer_one() {
    let repo = new_repo();
    let places = |repo: &Repo, args: &[&str]| -> Vec<String> {
        let ran = validate(repo, &[args, &["--output", "json=-"]].concat());
        told(&ran).into_iter().filter(|line| line.contains("login-is-unique")).collect()
    };
    repo.write("agents/middle.yaml", &agent("middle"));
    commit(&repo);
    for newer in ["first", "second"] {
        repo.write(&format!("agents/{newer}.yaml"), &agent(newer).replace(&format!("{newer}@"), "middle@"));
        let want = [format!("error login-is-unique agents/{newer}.yaml")];
        assert_eq!(places(&repo, &[]), want, "in no commit");
        commit(&repo);
        assert_eq!(places(&repo, &[]), want, "in the newest commit");
        // The change touches the older file alone.
        repo.edit("agents/middle.yaml", "middle@", "other@");
        commit(&repo);
        repo.edit("agents/middle.yaml", "other@", "middle@");
        let touched = ["error login-is-unique agents/middle.yaml"];
        assert_eq!(places(&repo, &["--changed-since", "HEAD"]), touched);
        repo.git(&["rm", "-q", &format!("agents/{newer}.yaml")]);
        commit(&repo);
    }
}

#[test]
fn an_old_problem_in_an_unchanged_file_is_a_warning() {
    for folder in ["", "brokerages/dubai/"] {
        let story = Story::new(folder);
        assert_eq!(story.fails_with(&[]), SINS);
        // Without the flag nothing is old, in a pull request neither.
        run_in(&story.repo, folder, &["validate"]).exits(4);
        // A change that breaks nothing does not wake them.
        story.write("agents/sara.yaml", &agent("sara").replace("Khan", "Saad"));
        assert_eq!(story.fails_with(&[]), SINS);
        // Lines that move in the other of two files are no news.
        story.write("agents/twin-a.yaml", &format!("# moved\n{}", agent("twin")));
        assert_eq!(story.fails_with(&[]), SINS);
        // Nor is its new name.
        story.git(&["mv", "agents/twin-a.yaml", "agents/twin-0.yaml"]);
        assert_eq!(story.fails_with(&[]), SINS);
        story.git(&["commit", "-q", "-a", "-m", "committed or not"]);
        let ran = story.since("HEAD~1");
        assert_eq!(told(ran.exits(0)), SINS.map(|line| line.replace("HEAD", "HEAD~1")));
    }
}

#[test]
fn a_problem_of_two_files_is_reported_in_the_changed_one() {
    let story = Story::new("");
    // Read first, and so the other file would be reported.
    story.write("agents/hana.yaml", &agent("sara").replace("sara.khan@", "hana@"));
    let wrong = story.fails_with(&["login-is-unique agents/hana.yaml"]);
    assert_eq!(wrong, SINS);
    let ran = story.since("HEAD");
    let warnings: Vec<String> = told(&ran).into_iter().filter(|line| line.starts_with("warning contacts")).collect();
    assert!(warnings.contains(&"warning contacts-are-ones-own agents/hana.yaml".to_owned()), "{warnings:?}");
    // Without the flag it is the file that was added later, and that is in no commit yet.
    let ran = run_in(&story.repo, "", &["validate", "--output", "json=-"]);
    assert!(told(&ran).contains(&"error login-is-unique agents/hana.yaml".to_owned()), "{}", ran.stdout);
}

#[test]
fn an_old_problem_in_a_changed_file_is_an_error() {
    let broken = agent("sin").replace("status: active", "status: gone");
    let story = Story::new("");
    // The old sin itself, in any way: edited, staged, and renamed.
    story.write("agents/sin.yaml", &format!("{broken}theme: onyx\n"));
    assert_eq!(story.fails_with(&["schema agents/sin.yaml"]), SINS[1..]);
    story.git(&["add", "-A"]);
    assert_eq!(story.fails_with(&["schema agents/sin.yaml"]), SINS[1..]);
    story.git(&["reset", "-q", "--hard"]);
    story.git(&["mv", "agents/sin.yaml", "agents/team.yaml"]);
    assert_eq!(story.fails_with(&["schema agents/team.yaml"]), SINS[1..]);
    story.git(&["reset", "-q", "--hard"]);
    // A new file that git knows nothing of yet, and one that git is to ignore.
    story.write("agents/new.yaml", &broken.replace("sin", "new"));
    story.write(".gitignore", "ignored.yaml\n");
    story.write("agents/ignored.yaml", &broken.replace("sin", "ignored"));
    assert_eq!(story.fails_with(&["schema agents/ignored.yaml", "schema agents/new.yaml"]), SINS);
}

#[test]
fn a_problem_that_a_change_causes_in_other_files_is_an_error() {
    type Change = fn(&Story);
    let cases: [(&str, &str, Change); 6] = [
        ("a login", "login-is-unique agents/lina.yaml", |story| {
            story.write("agents/lina.yaml", &agent("lina").replace("lina@", "sara@"));
        }),
        ("a slug", "slug-is-unique agents/sara.yaml", |story| {
            story.write("agents/a/sara.yaml", &agent("another"));
        }),
        ("a photo", "photos-are-there agents/photo.yaml", |story| {
            story.repo.remove("photos/photo.jpg");
        }),
        ("an heir", "heirs-stay agents/gone.yaml", |story| {
            story.repo.remove("agents/omar.yaml");
        }),
        ("an heir who leaves too", "heirs-stay agents/gone.yaml", |story| {
            story.write("agents/omar.yaml", &agent("omar").replace("active", "archived"));
        }),
        ("a setting", "link-fields-are-ours agents/fields.yaml", |story| {
            story.write(
                "roster.yaml",
                "crm:\n  link_fields: {agent: '1', pf_user: '2', pf_profile: '3', memory: '4'}\n",
            );
        }),
    ];
    for (name, error, change) in cases {
        let story = Story::new("");
        let photo = [b"\xff\xd8\xff\xe0".as_slice(), &[0; 6000]].concat();
        story.write("agents/photo.yaml", &format!("{}  photo: photos/photo.jpg\n", agent("photo")));
        fs::create_dir(story.repo.path("photos")).unwrap();
        fs::write(story.repo.path("photos/photo.jpg"), photo).unwrap();
        story.write("agents/gone.yaml", &format!("{}handover: omar\n", agent("gone").replace("active", "archived")));
        story.write("agents/fields.yaml", &format!("{}fields: {{'1': x}}\n", agent("fields")));
        commit(&story.repo);
        assert_eq!(story.fails_with(&[]), SINS, "{name}");
        change(&story);
        assert_eq!(story.fails_with(&[error]), SINS, "{name}");
    }
}

#[test]
fn old_problems_of_roster_yaml_and_journals_are_distinguished_from_new_ones() {
    let story = Story::new("");
    story.write("roster.yaml", "orphans: maybe\n");
    story.write(".roster/journal/old.jsonl", "");
    commit(&story.repo);
    // An invalid roster.yaml stands alone, since it decides which files there are; of those nobody knows anything then.
    assert_eq!(story.fails_with(&["schema roster.yaml"]), [""; 0]);
    story.write("roster.yaml", "orphans: warn\n");
    commit(&story.repo);
    let old = ["warning own-folder .roster/journal/old.jsonl HEAD", SINS[0], SINS[1]];
    assert_eq!(story.fails_with(&[]), old);
    story.write(".roster/journal/new.jsonl", "");
    story.git(&["add", "-A"]);
    assert_eq!(story.fails_with(&["own-folder .roster/journal/new.jsonl"]), old);
    story.write("roster.yaml", "orphans: maybe\n");
    assert_eq!(story.fails_with(&["schema roster.yaml"]), [""; 0]);
}

#[test]
fn every_format_marks_old_problems() {
    let story = Story::new("");
    let ran =
        validate(&story.repo, &["--changed-since", "main", "--output", "github=-", "--output", "sarif=log.sarif"]);
    ran.exits(0);
    let note = "this problem was there at main already";
    assert_eq!(ran.stdout.matches(&format!("%0A{note}\n")).count(), 2, "{}", ran.stdout);
    assert!(ran.stdout.lines().all(|line| line.starts_with("::warning file=agents/")), "{}", ran.stdout);
    let log: Value = serde_json::from_str(&fs::read_to_string(story.repo.path("log.sarif")).unwrap()).unwrap();
    for result in log["runs"][0]["results"].as_array().unwrap() {
        assert_eq!(result["level"], "warning");
        assert!(result["message"]["text"].as_str().unwrap().ends_with(&format!("\n{note}")), "{result}");
    }
    insta::assert_snapshot!(ran.stderr, @r"
      ⚠ `status` is not one of active, inactive, archived
       ╭─[agents/sin.yaml:1:9]
     1 │ status: gone
       ·         ────
     2 │ public:
       ╰────
      help: an agent who has left is `archived`
            this problem was there at main already

      ⚠ `private.email` is the login of another agent too: agents/twin-a.yaml:8
       ╭─[agents/twin-b.yaml:8:10]
     7 │ private:
     8 │   email: •••
       ·          ───
     9 │   mobile: •••
       ╰────
      help: give each agent a login of their own
            this problem was there at main already

    agents: 6 files, 2 warnings
    ");
}

#[test]
fn an_unavailable_revision_is_an_error() {
    let story = Story::new("");
    for (revision, why) in [
        ("nowhere", "there is no revision `nowhere` in this repository; `git fetch` may bring it"),
        ("--output=x", "there is no revision `--output=x` in this repository"),
        ("HEAD:agents", "there is no revision `HEAD:agents`"),
        ("", "there is no revision ``"),
    ] {
        let ran = validate(&story.repo, &[&format!("--changed-since={revision}"), "--output", "json=-"]);
        ran.exits(1);
        let last = ran.stderr.lines().last().unwrap();
        assert!(last.starts_with(&format!("error: reading --changed-since: {why}")), "{}", ran.stderr);
        // What is wrong is told all the same, and nothing of it is excused.
        assert_eq!(told(&ran), ["error schema agents/sin.yaml", "error login-is-unique agents/twin-b.yaml"]);
    }
    let nothing = tempfile::tempdir().unwrap();
    let ran = run_in(&story.repo, nothing.path(), &["validate", "--changed-since", "main"]);
    assert!(ran.exits(1).stderr.contains("git does not work in this folder"), "{}", ran.stderr);

    let shallow = tempfile::tempdir().unwrap();
    let url = format!("file://{}", story.repo.folder().display());
    story.write("agents/sara.yaml", &agent("other"));
    commit(&story.repo);
    story.repo.git(&["clone", "-q", "--depth=1", &url, shallow.path().to_str().unwrap()]);
    let ran = run_in(&story.repo, shallow.path(), &["validate", "--changed-since", "HEAD~1"]);
    assert!(ran.exits(1).stderr.contains("`fetch-depth: 0`"), "{}", ran.stderr);
}

/// Another index, a hook that git set the environment for, and files of the copy: none of it is left or changed.
#[test]
fn a_comparison_writes_nothing_to_the_repository() {
    let story = Story::new("");
    story.write("agents/sara.yaml", &agent("sara").replace("Khan", "Saad"));
    let all = || -> Vec<(String, Vec<u8>)> {
        let entries = walkdir::WalkDir::new(story.repo.folder()).sort_by_file_name().into_iter().map(Result::unwrap);
        let files = entries.filter(|entry| entry.file_type().is_file());
        files.map(|entry| (entry.path().display().to_string(), fs::read(entry.path()).unwrap())).collect()
    };
    let before = all();
    assert_eq!(story.fails_with(&[]), SINS);
    assert_eq!(all(), before);
}

/// A broken roster.yaml keeps every agent's file from being read: its old sin must not hide what a change breaks.
#[test]
fn an_old_problem_of_roster_yaml_excuses_no_new_problem() {
    let repo = new_repo();
    repo.write("roster.yaml", "bogus: 1\n");
    repo.write("agents/sara.yaml", &agent("sara"));
    commit(&repo);
    repo.write("agents/evil.yaml", "][\n");
    validate(&repo, &["--changed-since", "HEAD"]).exits(4);
}
