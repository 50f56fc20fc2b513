//! Files that look like an agent's, and that roster does not read: a wrong ending, or the wrong folder.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use walkdir::WalkDir;

use super::problem::Problem;
use super::rule;
use super::source::{Source, path_from_root};
use super::violation::closest;

/// A problem with a file in the agents' folder that is not read, if it looks like an agent's.
pub(super) fn unread(path: &Path, name: &str) -> Option<Problem> {
    let file = name.rsplit('/').next().unwrap_or(name).to_ascii_lowercase();
    let yaml = [".yaml", ".yml"].iter().any(|ending| file.contains(ending));
    let is_an_agent = could_be_an_agent_file(path);
    (yaml || is_an_agent).then(|| {
        let problem = unread_file(
            name,
            "is not read: an agent's file ends in .yaml",
            "rename it, or put it elsewhere if it is not an agent's",
        );
        // Without this file the agent would seem to have left.
        if yaml && is_an_agent { problem } else { problem.warning() }
    })
}

/// A problem with the file that lies in the place of the settings, under a name with another ending.
pub(super) fn beside_config(path: &Path, name: &str) -> Option<Problem> {
    let written = path.file_name()?.to_str()?;
    let stem = written.strip_suffix(".yaml").or_else(|| written.strip_suffix(".yml"))?;
    let others = [format!("{stem}.yml"), format!("{stem}.yaml"), format!("{written}.txt")];
    let other = others.into_iter().find(|other| other != written && path.with_file_name(other).is_file())?;
    let folder = name.strip_suffix(written).unwrap_or_default();
    let what = format!("is not read: the settings are in {name}");
    // With the defaults in place of the settings, other rows would be written.
    Some(unread_file(&format!("{folder}{other}"), &what, &format!("rename it to {written}")))
}

/// A problem with each agent's file that lies beside the agents' folder, or in a folder with a similar name.
pub(super) fn beside(root: &Path, agents: &str) -> Vec<Problem> {
    let help = format!("move it to {agents}/, or remove it");
    let mut found: Vec<PathBuf> = Vec::new();
    for entry in WalkDir::new(root).min_depth(1).max_depth(1).sort_by_file_name().into_iter().flatten() {
        let file = entry.file_name().to_string_lossy().into_owned();
        if file.starts_with('.') || is_same(entry.path(), &root.join(agents)) {
            continue;
        }
        if entry.file_type().is_file() {
            found.push(entry.path().to_path_buf());
        } else if entry.file_type().is_dir() && closest(&file, std::iter::once(agents)).is_some() {
            let inside = WalkDir::new(entry.path()).max_depth(2).sort_by_file_name().into_iter().flatten();
            found.extend(inside.filter(|entry| entry.file_type().is_file()).map(|entry| entry.path().to_path_buf()));
        }
    }
    let is_yaml = |path: &PathBuf| path.extension().is_some_and(|ending| ending == "yaml" || ending == "yml");
    let strays = found.into_iter().filter(|path| is_yaml(path) && could_be_an_agent_file(path));
    strays
        .map(|path| {
            let name = path_from_root(root, &path);
            let problem = unread_file(&name, &format!("is not read: agents' files are in {agents}/"), &help);
            // In capitals it is the folder on some computers, and not on those that run the workflows.
            let folder = name.rsplit_once('/').map_or("", |(folder, _)| folder);
            if folder.eq_ignore_ascii_case(agents) { problem } else { problem.warning() }
        })
        .collect()
}

/// Whether two paths lead to one place, also where the file system ignores case.
fn is_same(one: &Path, other: &Path) -> bool {
    one.canonicalize().is_ok_and(|one| other.canonicalize().is_ok_and(|other| one == other))
}

fn unread_file(name: &str, what: &str, help: &str) -> Problem {
    let source = Arc::new(Source::new(name, String::new(), None, true));
    Problem::error(&source, 0..0, &[], format!("{name} {what}")).of(rule::FILE).help(help)
}

/// So much of a file is looked at, in bytes.
const HEAD: u64 = 4096;

/// Whether a file has the lines with which an agent's begins.
fn could_be_an_agent_file(path: &Path) -> bool {
    let mut head = Vec::new();
    let read = File::open(path).and_then(|file| file.take(HEAD).read_to_end(&mut head));
    let text = String::from_utf8_lossy(&head);
    let has = |key: &str| text.lines().any(|line| line.starts_with(key));
    read.is_ok() && has("public:") && (has("status:") || has("private:"))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn settings_under_another_ending_are_not_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("roster.yaml");
        assert!(beside_config(&path, "roster.yaml").is_none());
        for name in ["roster.yml", "roster.yaml.txt"] {
            std::fs::write(folder.path().join(name), "agents: agents\n").unwrap();
            let problem = beside_config(&path, "roster.yaml").unwrap();
            assert_eq!(problem.message, format!("{name} is not read: the settings are in roster.yaml"));
            assert_eq!(problem.help.as_deref(), Some("rename it to roster.yaml"));
            std::fs::remove_file(folder.path().join(name)).unwrap();
        }
    }
}
