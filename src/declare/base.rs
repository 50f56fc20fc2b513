//! The files at an earlier revision, read by the same rules as the files of today.
//!
//! A file that was invalid then counts as absent.

use std::collections::BTreeMap;
use std::path::Path;

use rayon::prelude::*;

use super::{config, file, photo_versions, stem, yaml_tree};
use crate::declare::git::{Blob, GitError, Repository};
use crate::model::agent::Slug;
use crate::model::config::Config;
use crate::model::roster::{Base, Declaration};

/// The folder of acceptances: a file in it is named by the digest that it lets through.
pub(crate) const ACCEPT: &str = ".roster/accept";

/// Which revision is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BaseRevision<'a> {
    /// A revision by any name that `git` knows.
    Revision(&'a str),
    /// Where a pull request's commits leave this branch of `origin`.
    PullRequest(&'a str),
}

/// Reads the base of the repository at `root`. `config_file` is the path of `roster.yaml` in it, and `config` the
/// present one, which is used where the base has none that can be read.
///
/// # Errors
/// When the revision cannot be had, with the remedy.
pub fn load(root: &Path, config_file: &Path, config: &Config, asked: BaseRevision<'_>) -> Result<Base, GitError> {
    let repository = Repository::open(root)?;
    let (name, commit) = match asked {
        BaseRevision::Revision(revision) => (revision, repository.commit(revision)?),
        BaseRevision::PullRequest(branch) => (branch, repository.merge_base(branch)?),
    };
    let files = |path: &str| repository.files(&commit, path, yaml_tree::LARGEST);
    // A configuration from elsewhere on the machine has no history here.
    let inside = config_file.to_str().filter(|_| config_file.is_relative());
    let at_base = inside.and_then(|path| config_at_base(&files(path).ok()?, path));
    let config = at_base.unwrap_or_else(|| config.clone());
    let mut people = people(&files(&config.agents)?, &config);
    photo_versions::add_versions_at(&commit, &repository, people.values_mut().collect(), root)?;
    let renames = repository.renames(&commit, &[&config.agents])?;
    let renames = renames.iter().filter_map(|(old, new)| Some((slug(new)?, slug(old)?)));
    let renames = renames.filter(|(new, old)| new != old).collect();
    let accepted = repository.names(&commit, ACCEPT)?;
    let accepted = accepted.iter().filter_map(|path| Some(path.rsplit_once('/')?.1.to_owned())).collect();
    Ok(Base { name: short(name).to_owned(), commit: commit.0, config, people, renames, accepted })
}

/// As people read it: a whole hash by its first digits, a branch without the folder that git has it in.
fn short(name: &str) -> &str {
    let name = name.strip_prefix("refs/heads/").unwrap_or(name);
    let whole = name.len() >= 40 && name.bytes().all(|byte| byte.is_ascii_hexdigit());
    if whole { name.get(..9).unwrap_or(name) } else { name }
}

/// The configuration at base; the defaults where there was none, and nothing where it was invalid.
fn config_at_base(found: &[Blob], path: &str) -> Option<Config> {
    match found {
        [] => Some(Config::default()),
        [blob, ..] => config::read(path, &blob.bytes).ok().map(|settings| settings.config),
    }
}

/// Everybody whose file was valid and whose slug was no other file's.
fn people(files: &[Blob], config: &Config) -> BTreeMap<Slug, Declaration> {
    let read = |blob: &Blob| file::read(&blob.path, &blob.bytes, &config.property_finder.languages).0;
    let found: Vec<Declaration> = files
        .par_iter()
        .filter(|blob| is_agents(&blob.path))
        .filter_map(read)
        .map(|person| person.declaration)
        .collect();
    let mut people: BTreeMap<Slug, Vec<Declaration>> = BTreeMap::new();
    for declaration in found {
        people.entry(declaration.slug.clone()).or_default().push(declaration);
    }
    people.into_iter().filter_map(|(slug, all)| Some((slug, only(all)?))).collect()
}

/// The only declaration; none where several files have one slug.
fn only(mut all: Vec<Declaration>) -> Option<Declaration> {
    all.pop().filter(|_| all.is_empty())
}

/// Whether the walk through the folder would read this file: it ends in `.yaml`, and nothing on its way is hidden.
fn is_agents(path: &str) -> bool {
    path.rsplit('.').next() == Some("yaml") && !path.split('/').any(|part| part.starts_with('.'))
}

fn slug(path: &str) -> Option<Slug> {
    is_agents(path).then(|| Slug::parse(stem(path)).ok()).flatten()
}
