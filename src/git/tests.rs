#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::fs;

use tempfile::TempDir;

use super::*;

/// A repository that needs nothing of the machine's configuration.
struct Sketch(TempDir);

impl Sketch {
    fn new() -> Self {
        let sketch = Self(TempDir::new().unwrap());
        sketch.git(&["init", "-q", "-b", "main"]);
        sketch
    }

    fn git(&self, args: &[&str]) -> String {
        let who = ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false"];
        let mut command = Command::new("git");
        command.arg("-C").arg(self.0.path()).args(who).args(args);
        command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_SYSTEM", "/dev/null");
        for name in SURPRISES {
            command.env_remove(name);
        }
        let output = command.output().expect("git runs");
        assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.0.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn commit(&self) {
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "-m", "as it is"]);
    }

    fn open(&self) -> Repository {
        Repository::open(self.0.path()).unwrap()
    }
}

fn names(blobs: &[Blob]) -> Vec<(&str, &str)> {
    blobs.iter().map(|blob| (blob.path.as_str(), str::from_utf8(&blob.bytes).unwrap())).collect()
}

#[test]
fn files_are_read_as_they_were() {
    let sketch = Sketch::new();
    sketch.write("agents/sara khan\n\"ä\".yaml", "سارة\n");
    sketch.write("agents/deep/er/omar.yaml", "");
    sketch.write("agents/large.yaml", "123456");
    sketch.write("agents/larger.yaml", "1234567");
    sketch.write("agents-not/lina.yaml", "no");
    sketch.write("roster.yaml", "agents: agents\n");
    #[cfg(unix)]
    std::os::unix::fs::symlink("large.yaml", sketch.0.path().join("agents/link.yaml")).unwrap();
    sketch.commit();
    sketch.write("agents/large.yaml", "of today");
    fs::remove_file(sketch.0.path().join("agents/deep/er/omar.yaml")).unwrap();
    sketch.commit();

    let repository = sketch.open();
    let then = repository.commit("HEAD~1").unwrap();
    let read = |path: &str, largest| repository.files(&then, path, largest).unwrap();
    let want = [("agents/deep/er/omar.yaml", ""), ("agents/large.yaml", "123456")];
    assert_eq!(names(&read("agents", 6)), want);
    assert_eq!(names(&read("agents", 9)).len(), 4);
    assert_eq!(names(&read("agents", 9)).last(), Some(&("agents/sara khan\n\"ä\".yaml", "سارة\n")));
    assert_eq!(names(&read("roster.yaml", 99)), [("roster.yaml", "agents: agents\n")]);
    assert_eq!(names(&read("nowhere", 99)), []);
    // A folder is named as it is, never as a pattern.
    assert_eq!(names(&read("agent*", 99)), []);
}

#[test]
fn paths_are_those_of_the_folder_that_was_opened() {
    let sketch = Sketch::new();
    sketch.write("brokerage/agents/sara.yaml", "a: 1\nb: 2\nc: 3\n");
    sketch.write("agents/other.yaml", "");
    sketch.commit();
    sketch.git(&["mv", "brokerage/agents/sara.yaml", "brokerage/agents/sarah.yaml"]);
    let repository = Repository::open(&sketch.0.path().join("brokerage")).unwrap();
    let head = repository.commit("HEAD").unwrap();
    assert_eq!(names(&repository.files(&head, "agents", 99).unwrap()), [("agents/sara.yaml", "a: 1\nb: 2\nc: 3\n")]);
    let renamed = ("agents/sara.yaml".to_owned(), "agents/sarah.yaml".to_owned());
    assert_eq!(repository.renames(&head, &["agents"]).unwrap(), [renamed]);
    assert_eq!(repository.tracked("agents").unwrap(), ["agents/sarah.yaml"]);
}

#[test]
fn a_rename_is_seen_through_an_edit_and_through_commits() {
    let sketch = Sketch::new();
    let text = (b'a'..=b't').map(|letter| format!("{}\n", char::from(letter))).collect::<Vec<_>>().concat();
    sketch.write("agents/sara.yaml", &text);
    sketch.write("agents/omar.yaml", "another\n");
    sketch.write("agents/moved.yaml", "only the folder\n");
    sketch.commit();
    sketch.git(&["mv", "agents/sara.yaml", "agents/sarah.yaml"]);
    sketch.commit();
    sketch.write("agents/sarah.yaml", &text.replace("g\n", "seven\n"));
    fs::remove_file(sketch.0.path().join("agents/omar.yaml")).unwrap();
    sketch.write("agents/lina.yaml", "nothing like it\n");
    sketch.commit();
    // What is not committed yet counts too.
    sketch.write("agents/sarah.yaml", &text.replace("h\n", "eight\n"));
    fs::create_dir(sketch.0.path().join("agents/team")).unwrap();
    sketch.git(&["mv", "agents/moved.yaml", "agents/team/moved.yaml"]);

    let repository = sketch.open();
    let then = repository.commit("HEAD~2").unwrap();
    let pair = |old: &str, new: &str| (format!("agents/{old}.yaml"), format!("agents/{new}.yaml"));
    let want = [pair("sara", "sarah"), pair("moved", "team/moved")];
    assert_eq!(repository.renames(&then, &["agents"]).unwrap(), want);
}

#[test]
fn a_revision_is_one_commit_and_never_an_option() {
    let sketch = Sketch::new();
    sketch.write("a", "");
    sketch.commit();
    sketch.git(&["tag", "-a", "v1", "-m", "v1"]);
    let head = Commit(sketch.git(&["rev-parse", "HEAD"]).trim().to_owned());
    let repository = sketch.open();
    for good in ["HEAD", "main", "v1", "HEAD^{}", "@", &head.0, head.0.get(..9).unwrap()] {
        assert_eq!(repository.commit(good).unwrap(), head, "{good}");
    }
    let bad =
        ["", "nowhere", "HEAD~1", "HEAD:a", "^HEAD", "HEAD..HEAD", "--all", "-h", "HEAD\nHEAD", "HEAD\0", "HEAD main"];
    for bad in bad {
        let error = repository.commit(bad).unwrap_err();
        assert!(matches!(error, Error::NoRevision { shallow: false, .. }), "{bad}: {error}");
    }
}

#[test]
fn a_pull_request_starts_where_its_branch_left_the_other() {
    let origin = Sketch::new();
    origin.write("a", "");
    origin.commit();
    let clone = Sketch::new();
    let url = format!("file://{}", origin.0.path().display());
    clone.git(&["remote", "add", "origin", &url]);
    clone.git(&["fetch", "-q"]);
    clone.git(&["checkout", "-q", "-b", "change", "origin/main"]);
    clone.write("b", "");
    clone.commit();
    // Meanwhile main goes on.
    origin.write("c", "");
    origin.commit();
    clone.git(&["fetch", "-q"]);
    let repository = clone.open();
    assert_eq!(repository.merge_base("main").unwrap(), repository.commit("HEAD~1").unwrap());
    let error = repository.merge_base("release").unwrap_err();
    assert_eq!(error.to_string(), "there is no revision `origin/release` in this repository; `git fetch` may bring it");

    clone.git(&["checkout", "-q", "--orphan", "apart"]);
    clone.commit();
    let error = repository.merge_base("main").unwrap_err();
    assert_eq!(error.to_string(), "the last commit and `origin/main` have no common history");

    // What a checkout without `fetch-depth: 0` makes.
    let shallow = Sketch::new();
    shallow.git(&["remote", "add", "origin", &url]);
    shallow.git(&["fetch", "-q", "--depth=1", "origin", "main"]);
    shallow.git(&["checkout", "-q", "FETCH_HEAD"]);
    let repository = shallow.open();
    for error in [repository.merge_base("nowhere").unwrap_err(), repository.commit("HEAD~1").unwrap_err()] {
        assert!(error.to_string().contains("`fetch-depth: 0`"), "{error}");
    }
}

#[test]
fn where_there_is_no_repository_git_says_so() {
    let folder = TempDir::new().unwrap();
    let error = Repository::open(folder.path()).unwrap_err();
    assert!(error.to_string().starts_with("git does not work in this folder: not a git repository"), "{error}");
}

#[test]
fn an_answer_of_git_that_is_none_is_refused() {
    assert_eq!(next_blob(b"abc blob 3\na\nb\nrest"), Some((b"a\nb".as_slice(), b"rest".as_slice())));
    for broken in ["", "abc missing\n", "abc blob 3\nab", "abc blob 3\nabcd", "abc blob x\n", "abc blob 3"] {
        assert_eq!(next_blob(broken.as_bytes()), None, "{broken}");
    }
}
