//! The folder of agent files: which files count, and which only look as if they did.

use std::path::Path;
use std::sync::Arc;

use walkdir::{DirEntry, WalkDir};

use super::problem::Problem;
use super::rule;
use super::source::{Source, path_from_root};
use super::unread_files;

/// What lies in the folder.
#[derive(Debug, Default)]
pub(super) struct FolderListing {
    /// The path of each agent's file from the repository's root, with forward slashes.
    pub(super) files: Vec<String>,
    /// A problem for each file that looks like an agent's file and is not read.
    pub(super) problems: Vec<Problem>,
}

/// Looks through the folder `agents` of a repository, and the folders in it.
#[must_use]
pub(super) fn walk(root: &Path, agents: &str) -> FolderListing {
    let mut found = FolderListing::default();
    let folder = root.join(agents);
    if let Some(link) = first_link(root, agents) {
        let help = "put the folder itself there, or name another for the agent files in roster.yaml: `agents: …`";
        found.refuse(&link, "is a link, and the folder of agent files is not read through one", help);
        return found;
    }
    if !folder.is_dir() {
        let place = std::path::absolute(&folder).unwrap_or(folder);
        let what = if place.exists() { "is not a folder" } else { "is not there" };
        let help = "make this folder, or name another for the agent files in roster.yaml: `agents: …`. A new repository begins \
                    with `roster init`";
        let message = format!("the folder of agent files {what}: {}", place.display());
        let source = Arc::new(Source::new(agents, String::new(), None, true));
        found.problems.push(Problem::error(&source, 0..0, &[], message).of(rule::FILE).help(help));
        return found;
    }
    let visible = |entry: &DirEntry| entry.depth() == 0 || !entry.file_name().to_string_lossy().starts_with('.');
    for entry in WalkDir::new(&folder).sort_by_file_name().into_iter().filter_entry(visible) {
        match entry {
            Ok(entry) => found.add(root, &entry),
            Err(error) => {
                let place = error.path().map_or_else(|| agents.to_owned(), |path| path_from_root(root, path));
                found.refuse(&place, "cannot be read", "check the permissions of the file or folder");
            }
        }
    }
    found
}

/// The first part of a folder's path that is a link, from the root on. One could lead to files of the machine, which a
/// problem would show.
fn first_link(root: &Path, folder: &str) -> Option<String> {
    let parts = Path::new(folder).ancestors().filter(|part| !part.as_os_str().is_empty());
    let links = parts.filter(|part| root.join(part).symlink_metadata().is_ok_and(|found| found.is_symlink()));
    links.last().map(|link| path_from_root(Path::new(""), link))
}

impl FolderListing {
    fn add(&mut self, root: &Path, entry: &DirEntry) {
        let name = path_from_root(root, entry.path());
        let kind = entry.file_type();
        if kind.is_symlink() {
            self.add_link(root, entry.path(), name);
        } else if kind.is_file() && counts(&name) {
            self.add_file(root, entry.path(), name);
        } else if kind.is_file() {
            self.problems.extend(unread_files::unread(entry.path(), &name));
        }
    }

    fn add_file(&mut self, root: &Path, path: &Path, name: String) {
        if path.strip_prefix(root).unwrap_or(path).to_str().is_none() {
            self.refuse(&name, "has a name that is not UTF-8", "rename it: lower-case letters, digits and dashes");
        } else if name.rsplit('.').next() == Some("yaml") {
            self.files.push(name);
        } else {
            self.refuse(&name, "is not read as an agent's file", "an agent's file ends in .yaml: rename it");
        }
    }

    /// A link within the repository is as good as a file; any other would let a pull request read the machine.
    fn add_link(&mut self, root: &Path, path: &Path, name: String) {
        let target = path.canonicalize();
        let inside = target.as_ref().is_ok_and(|target| root.canonicalize().is_ok_and(|root| target.starts_with(root)));
        match target {
            Ok(target) if inside && target.is_file() => {
                if counts(&name) {
                    self.add_file(root, path, name);
                }
            }
            Ok(_) if inside => self.refuse(&name, "is a link to a folder", "put the folder itself there"),
            Ok(_) => self.refuse(&name, "is a link that leads out of the repository", "put the file itself there"),
            Err(_) => self.refuse(&name, "is a link that leads nowhere", "put the file itself there"),
        }
    }

    fn refuse(&mut self, name: &str, what: &str, help: &str) {
        let source = Arc::new(Source::new(name, String::new(), None, true));
        let problem = Problem::error(&source, 0..0, &[], format!("{name} {what}"));
        self.problems.push(problem.of(rule::FILE).help(help));
    }
}

/// Whether a file's ending is that of YAML in any spelling.
fn counts(name: &str) -> bool {
    let ending = name.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
    matches!(ending.as_str(), "yaml" | "yml")
}
