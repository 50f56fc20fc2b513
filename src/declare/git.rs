//! The repository's history, read through `git`: the files at an earlier revision, the renames since,
//! and what is tracked. Nothing else in the program runs `git`, and nothing here writes to a repository.
//!
//! All paths are relative to the folder that was opened, which need not be the top of the repository, with forward
//! slashes. A thousand files take two processes. A [`GitError`] quotes text from outside, so its printer escapes it.

mod blame;
mod listing;

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

pub(crate) use blame::LineCommit;
use listing::{TreeEntry, fields, next_blob};

/// A folder in a git repository.
#[derive(Clone, Debug)]
pub(crate) struct Repository {
    root: PathBuf,
    shallow: bool,
}

/// A commit that is there, by its whole name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Commit(pub(crate) String);

/// The place of a folder in its repository.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Checkout {
    /// The whole name of the commit that is checked out; none before the first one.
    pub commit: Option<String>,
    /// The folder from the top of the repository, with a slash at its end; empty at the top.
    pub folder: String,
}

/// A folder as it was at a commit, which goes when this goes.
#[derive(Debug)]
pub(crate) struct TreeCopy {
    /// Where it is.
    pub root: PathBuf,
    _temporary: TempDir,
}

/// One file as it was at a commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Blob {
    pub path: String,
    pub bytes: Vec<u8>,
}

/// Why history cannot be had, with the remedy.
#[derive(Debug, thiserror::Error)]
pub enum GitError {
    /// `git` cannot be run.
    #[error("git cannot be run: {0}; install it, or name no revision")]
    NoGit(#[source] io::Error),
    /// `git` refuses to work here, in its own words: most often because this is not a repository.
    #[error("git does not work in this folder: {0}")]
    NoRepository(String),
    #[error("there is no revision `{revision}` in this {}", if *shallow { SHALLOW } else { "repository; `git fetch` may bring it" })]
    NoRevision { revision: String, shallow: bool },
    #[error("the last commit and `{revision}` have no common history{}", if *shallow { format!(" in this {SHALLOW}") } else { String::new() })]
    NoMergeBase { revision: String, shallow: bool },
    /// `git` failed at something that should not fail.
    #[error("{doing}: git failed: {said}")]
    Failed { doing: &'static str, said: String },
}

const SHALLOW: &str = "clone, which is shallow: check out with `fetch-depth: 0`, or run `git fetch --unshallow`";

/// What would let the environment, as it is inside a hook, point `git` at another repository than the folder's own, or
/// change what it prints.
const SURPRISES: [&str; 8] = [
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_COMMON_DIR",
    "GIT_PREFIX",
    "GIT_NAMESPACE",
    "GIT_EXTERNAL_DIFF",
    "GIT_TRACE",
];

/// What no process that is started here may see: whatever hook or filter `git` runs would get it.
const KEYS: [&str; 5] = ["CRM_API_KEY", "CRM_API_SECRET", "PF_API_KEY", "PF_API_SECRET", "ROSTER_DIGEST_KEY"];

impl Repository {
    /// The repository that a folder is in.
    ///
    /// # Errors
    /// When it is in none, or `git` cannot be run.
    pub(crate) fn open(root: &Path) -> Result<Self, GitError> {
        let repository = Self { root: root.to_path_buf(), shallow: false };
        let output = repository.run(["rev-parse", "--is-shallow-repository"])?;
        if !output.status.success() {
            return Err(GitError::NoRepository(error_text(&output)));
        }
        Ok(Self { shallow: output.stdout.starts_with(b"true"), ..repository })
    }

    /// The place of the folder.
    ///
    /// # Errors
    /// When `git` fails; a repository without a commit is not an error.
    pub(crate) fn place(&self) -> Result<Checkout, GitError> {
        let folder = self.read("asking where this folder is", ["rev-parse", "--show-prefix"])?;
        let folder = String::from_utf8_lossy(&folder).trim_end_matches('\n').to_owned();
        Ok(Checkout { commit: self.commit("HEAD").ok().map(|Commit(name)| name), folder })
    }

    /// The commit that a revision names: a branch, a tag, `HEAD~3`, part of a hash.
    ///
    /// # Errors
    /// When there is no such commit.
    pub(crate) fn commit(&self, revision: &str) -> Result<Commit, GitError> {
        let unknown = || GitError::NoRevision { revision: revision.to_owned(), shallow: self.shallow };
        // A revision never reaches git as an option, nor does a text with line ends in it.
        if revision.is_empty() || revision.starts_with('-') || revision.chars().any(char::is_control) {
            return Err(unknown());
        }
        let output = self.run(["rev-parse", "--verify", "--quiet", &format!("{revision}^{{commit}}")])?;
        Commit::parse(&output).ok_or_else(unknown)
    }

    /// The last commit that the working tree's history has in common with a branch of `origin`.
    ///
    /// # Errors
    /// When the branch is not here, or nothing is common.
    pub(crate) fn merge_base(&self, branch: &str) -> Result<Commit, GitError> {
        let other = self.commit(&format!("refs/remotes/origin/{branch}")).map_err(|error| match error {
            GitError::NoRevision { shallow, .. } => {
                GitError::NoRevision { revision: format!("origin/{branch}"), shallow }
            }
            other => other,
        })?;
        let output = self.run(["merge-base", "HEAD", &other.0])?;
        let none = || GitError::NoMergeBase { revision: format!("origin/{branch}"), shallow: self.shallow };
        Commit::parse(&output).ok_or_else(none)
    }

    /// Whether the history of one commit contains another. A commit that is not in this clone is in no history.
    #[must_use]
    pub(crate) fn contains(&self, commit: &str, earlier: &str) -> bool {
        let (Ok(commit), Ok(earlier)) = (self.commit(commit), self.commit(earlier)) else { return false };
        let output = self.run(["merge-base", "--is-ancestor", &earlier.0, &commit.0]);
        output.is_ok_and(|output| output.status.success())
    }

    /// The files at a path (one file, or everything in a folder) at a commit. Links are left out, and so are files of
    /// more than `largest` bytes and files whose path is not UTF-8.
    ///
    /// # Errors
    /// When `git` fails; a path that did not exist is not an error.
    pub(crate) fn files(&self, at: &Commit, path: &str, largest: usize) -> Result<Vec<Blob>, GitError> {
        let doing = "listing the files at base";
        let listing = self.read(doing, ["ls-tree", "-r", "-z", "-l", &at.0, "--", path])?;
        let entries: Vec<TreeEntry<'_>> = fields(&listing).filter_map(TreeEntry::parse).collect();
        let wanted: Vec<&TreeEntry<'_>> = entries.iter().filter(|entry| entry.size <= largest).collect();
        self.blobs(&wanted)
    }

    /// What `git` takes for renamed between a commit and the working tree: each file's old and new path. Only tracked
    /// files are seen.
    ///
    /// # Errors
    /// When `git` fails.
    pub(crate) fn renames(&self, since: &Commit, paths: &[&str]) -> Result<Vec<(String, String)>, GitError> {
        let options = ["diff-index", "-z", "-M", "--name-status", "--diff-filter=R", "--relative", &since.0, "--"];
        let listing = self.read("looking for renames since base", options.into_iter().chain(paths.iter().copied()))?;
        let mut fields = fields(&listing);
        let mut renames = Vec::new();
        while let (Some(_), Some(old), Some(new)) = (fields.next(), fields.next(), fields.next()) {
            if let (Ok(old), Ok(new)) = (str::from_utf8(old), str::from_utf8(new)) {
                renames.push((old.to_owned(), new.to_owned()));
            }
        }
        Ok(renames)
    }

    /// The names of the files at a path at a commit.
    ///
    /// # Errors
    /// When `git` fails; a path that did not exist is not an error.
    pub(crate) fn names(&self, at: &Commit, path: &str) -> Result<Vec<String>, GitError> {
        let listing = self.names_at(at, &[path])?;
        Ok(fields(&listing).map(|name| String::from_utf8_lossy(name).into_owned()).collect())
    }

    fn names_at(&self, at: &Commit, paths: &[&str]) -> Result<Vec<u8>, GitError> {
        let options = ["ls-tree", "-r", "-z", "--name-only", &at.0, "--"];
        self.read("listing the files of that commit", options.into_iter().chain(paths.iter().copied()))
    }

    /// The files at these paths that are now as they were at a commit: tracked then and since, and changed neither in a
    /// commit nor in the working tree.
    ///
    /// # Errors
    /// When `git` fails; a path that did not exist is not an error.
    pub(crate) fn untouched(&self, since: &Commit, paths: &[&str]) -> Result<BTreeSet<String>, GitError> {
        let at_commit = self.names_at(since, paths)?;
        let plain = ["--name-only", "-z", "--relative", "--no-renames", "--no-ext-diff", "--no-textconv"];
        let options = ["diff"].into_iter().chain(plain).chain([since.0.as_str(), "--"]);
        let changed = self.read("looking for changes since that commit", options.chain(paths.iter().copied()))?;
        let changed: BTreeSet<&[u8]> = fields(&changed).collect();
        let same = fields(&at_commit).filter(|name| !changed.contains(name));
        Ok(same.map(|name| String::from_utf8_lossy(name).into_owned()).collect())
    }

    /// The files that commits added at these paths, by the newest commit that added each: the newest first, and those of one
    /// commit with the same number. A file that no commit added is not among them.
    ///
    /// # Errors
    /// When `git` fails.
    pub(crate) fn added(&self, paths: &[&str]) -> Result<BTreeMap<String, usize>, GitError> {
        let plain =
            ["--diff-filter=A", "--name-only", "-z", "--relative", "--no-renames", "--no-ext-diff", "--format=%x01"];
        let options = ["log"].into_iter().chain(plain).chain(["--"]);
        let listing = self.read("looking for the commits that added files", options.chain(paths.iter().copied()))?;
        let mut added = BTreeMap::new();
        for (age, commit) in listing.split(|byte| *byte == 1).enumerate() {
            for name in fields(commit) {
                let name = String::from_utf8_lossy(name).trim_start_matches('\n').to_owned();
                added.entry(name).or_insert(age);
            }
        }
        Ok(added)
    }

    /// The folder as it was at a commit, in a temporary place, with the attributes of then. Links are copied and never
    /// followed, and nothing is written to the repository.
    ///
    /// # Errors
    /// When `git` fails, or there is no room; a folder that was not there is empty.
    pub(crate) fn copy(&self, at: &Commit) -> Result<TreeCopy, GitError> {
        let doing = "taking a copy of the files of that commit";
        let failed = |error: io::Error| GitError::Failed { doing, said: error.to_string() };
        let temporary = TempDir::with_prefix("roster-").map_err(failed)?;
        let files = temporary.path().join("files");
        let root = files.join(self.place()?.folder);
        fs::create_dir_all(&root).map_err(failed)?;
        let repository = self.read(doing, ["rev-parse", "--absolute-git-dir"])?;
        let repository = String::from_utf8_lossy(&repository).trim_end_matches('\n').to_owned();
        for step in [["read-tree", at.0.as_str()], ["checkout-index", "--all"]] {
            let mut command = self.command([]);
            command.arg("-C").arg(&root).env("GIT_DIR", &repository).env("GIT_WORK_TREE", &files);
            command.env("GIT_INDEX_FILE", temporary.path().join("index"));
            // Whatever the settings are: no hook runs, the index is in one piece, and nothing is left out.
            for plain in ["hooksPath=/dev/null", "splitIndex=false", "fsmonitor=false", "sparseCheckout=false"] {
                command.args(["-c", &format!("core.{plain}")]);
            }
            let output = command.args(step).stdin(Stdio::null()).output().map_err(GitError::NoGit)?;
            if !output.status.success() {
                return Err(GitError::Failed { doing, said: error_text(&output) });
            }
        }
        Ok(TreeCopy { root, _temporary: temporary })
    }

    /// The tracked files at a path; unreadable bytes in a name are shown as such.
    ///
    /// # Errors
    /// When `git` fails.
    pub(crate) fn tracked(&self, path: &str) -> Result<Vec<String>, GitError> {
        let listing = self.read("listing tracked files", ["ls-files", "-z", "--", path])?;
        Ok(fields(&listing).map(|name| String::from_utf8_lossy(name).into_owned()).collect())
    }

    /// The repositories that this one is pushed to, each with its host: `origin (github.com)`. Nothing else of an address is
    /// returned, since it may hold a password.
    ///
    /// # Errors
    /// When `git` fails.
    pub(crate) fn remotes(&self) -> Result<Vec<String>, GitError> {
        let listing = self.read("listing the remotes", ["remote", "-v"])?;
        let listing = String::from_utf8_lossy(&listing);
        let pushed = listing.lines().filter_map(|line| line.strip_suffix(" (push)")?.split_once('\t'));
        let named = |(name, address): (&str, &str)| match host(address) {
            Some(host) => format!("{name} ({host})"),
            None => name.to_owned(),
        };
        Ok(pushed.map(named).collect())
    }

    fn blobs(&self, wanted: &[&TreeEntry<'_>]) -> Result<Vec<Blob>, GitError> {
        let doing = "reading the files at base";
        if wanted.is_empty() {
            return Ok(Vec::new());
        }
        let list: String = wanted.iter().flat_map(|entry| [entry.name, "\n"]).collect();
        let mut command = self.command(["cat-file", "--batch"]);
        let mut child = command.stdin(Stdio::piped()).spawn().map_err(GitError::NoGit)?;
        let stdin = child.stdin.take();
        // Both ends at once: git stops reading names while the bytes are not read.
        let output = std::thread::scope(|scope| {
            scope.spawn(move || stdin.map(|mut stdin| stdin.write_all(list.as_bytes())));
            child.wait_with_output()
        });
        let failed = |said: String| GitError::Failed { doing, said };
        let output = output.map_err(|error| failed(error.to_string()))?;
        if !output.status.success() {
            return Err(failed(error_text(&output)));
        }
        let mut rest = output.stdout.as_slice();
        let mut blobs = Vec::with_capacity(wanted.len());
        for entry in wanted {
            let (bytes, after) =
                next_blob(rest).ok_or_else(|| failed(format!("{} is missing in its answer", entry.path)))?;
            blobs.push(Blob { path: entry.path.to_owned(), bytes: bytes.to_vec() });
            rest = after;
        }
        Ok(blobs)
    }

    fn read<'a>(&self, doing: &'static str, args: impl IntoIterator<Item = &'a str>) -> Result<Vec<u8>, GitError> {
        let output = self.run(args)?;
        if output.status.success() {
            Ok(output.stdout)
        } else {
            Err(GitError::Failed { doing, said: error_text(&output) })
        }
    }

    fn run<'a>(&self, args: impl IntoIterator<Item = &'a str>) -> Result<Output, GitError> {
        self.command(args).stdin(Stdio::null()).output().map_err(GitError::NoGit)
    }

    fn command<'a>(&self, args: impl IntoIterator<Item = &'a str>) -> Command {
        let mut command = Command::new("git");
        command.arg("-C").arg(&self.root).args(args.into_iter().map(OsStr::new));
        for name in SURPRISES.iter().chain(&KEYS) {
            command.env_remove(name);
        }
        // A path is a path, an answer is in English, and git never asks for a password.
        command.env("GIT_LITERAL_PATHSPECS", "1").env("LC_ALL", "C").env("GIT_TERMINAL_PROMPT", "0");
        command.env("GIT_OPTIONAL_LOCKS", "0").stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }
}

impl Commit {
    /// One whole hash and nothing else: git verifies `^HEAD` too, which is not a commit.
    fn parse(output: &Output) -> Option<Self> {
        let name = str::from_utf8(&output.stdout).ok()?.trim_end();
        let whole = matches!(name.len(), 40 | 64) && name.bytes().all(|byte| byte.is_ascii_hexdigit());
        (output.status.success() && whole).then(|| Self(name.to_owned()))
    }
}

/// The host in the address of a remote, without what may be a credential; none for a folder.
fn host(address: &str) -> Option<&str> {
    let host = if let Some((_, rest)) = address.split_once("://") {
        let authority = rest.split('/').next()?;
        let place = authority.rsplit_once('@').map_or(authority, |(_, place)| place);
        place.rsplit_once(':').map_or(Some(place), |(host, port)| port.parse::<u16>().is_ok().then_some(host))?
    } else {
        let (place, _) = address.split_once(':').filter(|(_, path)| !path.contains('@'))?;
        place.rsplit_once('@').map_or(place, |(_, host)| host)
    };
    let is_plain = |c: char| c.is_alphanumeric() || ".-".contains(c);
    (!host.is_empty() && host.chars().all(is_plain)).then_some(host)
}

/// The first line of what `git` complained of.
fn error_text(output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stderr);
    let line = text.lines().find(|line| !line.trim().is_empty()).unwrap_or("it reports nothing");
    line.strip_prefix("fatal: ").unwrap_or(line).to_owned()
}

#[cfg(test)]
mod tests;
