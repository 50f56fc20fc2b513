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
        command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_SYSTEM", "/dev/null").env("GIT_TEMPLATE_DIR", "");
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
fn files_are_read_at_their_revision() {
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
fn paths_start_at_the_opened_folder() {
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
fn a_rename_is_found_after_an_edit_and_across_commits() {
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
        assert!(matches!(error, GitError::NoRevision { shallow: false, .. }), "{bad}: {error}");
    }
}

#[test]
fn a_pull_request_starts_at_the_merge_base() {
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
fn a_folder_without_a_repository_is_an_error() {
    let folder = TempDir::new().unwrap();
    let error = Repository::open(folder.path()).unwrap_err();
    assert!(error.to_string().starts_with("git does not work in this folder: not a git repository"), "{error}");
}

#[test]
fn an_unusable_answer_of_git_is_refused() {
    assert_eq!(next_blob(b"abc blob 3\na\nb\nrest"), Some((b"a\nb".as_slice(), b"rest".as_slice())));
    for broken in ["", "abc missing\n", "abc blob 3\nab", "abc blob 3\nabcd", "abc blob x\n", "abc blob 3"] {
        assert_eq!(next_blob(broken.as_bytes()), None, "{broken}");
    }
}

#[test]
fn unchanged_files_are_found_before_and_after_a_commit() {
    let sketch = Sketch::new();
    let names = ["same", "edited", "staged", "committed", "gone", "forgotten", "moved", "touched", "there and back"];
    for name in names {
        sketch.write(&format!("dubai/agents/{name}.yaml"), &format!("of {name}\n"));
    }
    sketch.write("dubai/photos/a.jpg", "");
    sketch.write("agents/same.yaml", "");
    sketch.commit();
    sketch.write("dubai/agents/committed.yaml", "other\n");
    sketch.git(&["mv", "dubai/agents/moved.yaml", "dubai/agents/team.yaml"]);
    sketch.commit();
    sketch.write("dubai/agents/staged.yaml", "other\n");
    sketch.git(&["add", "-A"]);
    sketch.write("dubai/agents/there and back.yaml", "other\n");
    sketch.write("dubai/agents/there and back.yaml", "of there and back\n");
    sketch.write("dubai/agents/edited.yaml", "other\n");
    sketch.write("dubai/agents/untracked.yaml", "");
    fs::remove_file(sketch.0.path().join("dubai/agents/gone.yaml")).unwrap();
    sketch.git(&["rm", "-q", "--cached", "dubai/agents/forgotten.yaml"]);
    // Another time stamp alone is no change.
    sketch.write("dubai/agents/touched.yaml", "of touched\n");

    let repository = Repository::open(&sketch.0.path().join("dubai")).unwrap();
    let then = repository.commit("HEAD~1").unwrap();
    let untouched = |paths: &[&str]| repository.untouched(&then, paths).unwrap().into_iter().collect::<Vec<_>>();
    let want = ["agents/same.yaml", "agents/there and back.yaml", "agents/touched.yaml"];
    assert_eq!(untouched(&["agents", "nowhere"]), want);
    assert_eq!(untouched(&["photos"]), ["photos/a.jpg"]);
    assert_eq!(untouched(&["--output=x", "*"]), [""; 0]);
}

/// Everything below a folder that is not in it for git's own sake: paths, and bytes or where a link leads.
#[cfg(unix)]
fn tree(folder: &Path) -> std::collections::BTreeMap<String, String> {
    let entries =
        walkdir::WalkDir::new(folder).into_iter().map(Result::unwrap).filter(|entry| !entry.file_type().is_dir());
    let told = |entry: walkdir::DirEntry| {
        let name = entry.path().strip_prefix(folder).unwrap().to_str().unwrap().to_owned();
        let text = match fs::read_link(entry.path()) {
            Ok(target) => format!("to {}", target.display()),
            Err(_) => String::from_utf8_lossy(&fs::read(entry.path()).unwrap()).into_owned(),
        };
        (name, text)
    };
    entries.map(told).collect()
}

#[cfg(unix)]
#[test]
fn a_copy_contains_the_folder_at_the_revision_and_is_removed() {
    let sketch = Sketch::new();
    sketch.write("dubai/agents/sara.yaml", "of then\n");
    sketch.write("dubai/agents/deep/omar \"ä\".yaml", "سارة\r\n");
    sketch.write("abu-dhabi/agents/lina.yaml", "elsewhere\n");
    std::os::unix::fs::symlink("/etc/hostname", sketch.0.path().join("dubai/agents/out.yaml")).unwrap();
    std::os::unix::fs::symlink("../abu-dhabi", sketch.0.path().join("dubai/other")).unwrap();
    sketch.commit();
    // Today's attributes would have another text read, and today's settings would write beside the index or run a hook.
    sketch.write(".gitattributes", "*.yaml working-tree-encoding=UTF-16\n");
    sketch.write("dubai/agents/sara.yaml", "of now\n");
    fs::remove_dir_all(sketch.0.path().join("dubai/agents/deep")).unwrap();
    for (key, value) in [("core.splitIndex", "true"), ("core.sparseCheckout", "true"), ("core.hooksPath", "hooks")] {
        sketch.git(&["config", key, value]);
    }
    sketch.write(".git/info/sparse-checkout", "abu-dhabi\n");
    let hook = sketch.0.path().join("hooks/post-index-change");
    sketch.write("hooks/post-index-change", "#!/bin/sh\ntouch ran\n");
    fs::set_permissions(hook, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let before = tree(sketch.0.path());

    let repository = Repository::open(&sketch.0.path().join("dubai")).unwrap();
    let copy = repository.copy(&repository.commit("HEAD").unwrap()).unwrap();
    let want = [
        ("agents/deep/omar \"ä\".yaml", "سارة\r\n"),
        ("agents/out.yaml", "to /etc/hostname"),
        ("agents/sara.yaml", "of then\n"),
        ("other", "to ../abu-dhabi"),
    ];
    assert_eq!(tree(&copy.root), want.map(|(name, text)| (name.to_owned(), text.to_owned())).into());
    let place = copy.root.clone();
    drop(copy);
    assert!(!place.exists());
    assert_eq!(tree(sketch.0.path()), before);

    fs::create_dir(sketch.0.path().join("sharjah")).unwrap();
    let newer = Repository::open(&sketch.0.path().join("sharjah")).unwrap();
    assert_eq!(tree(&newer.copy(&newer.commit("HEAD").unwrap()).unwrap().root).len(), 0);
}

#[test]
fn remotes_are_named_with_their_hosts_and_without_credentials() {
    let table = [
        ("https://github.com/brokerage/people.git", "r (github.com)"),
        ("https://user:p%40ss@git.example.ae:8443/people.git", "r (git.example.ae)"),
        ("https://user:p@ss@git.example.ae/people.git", "r (git.example.ae)"),
        ("https://user:pass/word@git.example.ae/people.git", "r"),
        ("ssh://git@git.example.ae:22/people.git", "r (git.example.ae)"),
        ("git@github.com:brokerage/people.git", "r (github.com)"),
        ("user:pass@git.example.ae:people.git", "r"),
        ("/srv/people.git", "r"),
        ("file:///srv/people.git", "r"),
    ];
    let sketch = Sketch::new();
    assert_eq!(sketch.open().remotes().unwrap(), Vec::<String>::new());
    sketch.git(&["remote", "add", "r", "x"]);
    for (address, named) in table {
        sketch.git(&["remote", "set-url", "r", address]);
        assert_eq!(sketch.open().remotes().unwrap(), [named], "{address}");
    }
}
