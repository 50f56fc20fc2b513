//! Pictures that are kept in the repository: which bytes they have, so that a new picture at an old path is noticed.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use rayon::prelude::*;
use serde_json::Value;

use crate::declare::git::{Commit, GitError, Repository};
use crate::declare::rules::LARGEST_PHOTO;
use crate::model::agent::Field;
use crate::model::agent::value::{Photo, RepositoryPath};
use crate::model::config::Config;
use crate::model::roster::Declaration;
use crate::reconcile::fingerprint::version;

/// Adds the version to the photo of each declaration that names a picture in the repository at `root`.
pub(super) fn add_versions(declarations: Vec<&mut Declaration>, root: &Path, config: &Config) {
    if config.property_finder.photo_base_url.is_some() {
        declarations.into_par_iter().for_each(|declaration| add(declaration, |path| on_disk(root, path)));
    }
}

/// The same for what was declared at a commit. A picture that has not changed since is read from the disk.
pub(super) fn add_versions_at(
    commit: &Commit,
    repository: &Repository,
    declarations: Vec<&mut Declaration>,
    root: &Path,
    config: &Config,
) -> Result<(), GitError> {
    if config.property_finder.photo_base_url.is_none() {
        return Ok(());
    }
    let declarations: Vec<&mut Declaration> =
        declarations.into_iter().filter(|declaration| path_of(declaration).is_some()).collect();
    let tops: Vec<String> = declarations.iter().filter_map(|one| Some(top(path_of(one)?.as_str()))).collect();
    let tops: std::collections::BTreeSet<&str> = tops.iter().map(String::as_str).collect();
    if tops.is_empty() {
        return Ok(());
    }
    let untouched = repository.untouched(commit, &tops.into_iter().collect::<Vec<_>>())?;
    let largest = usize::try_from(LARGEST_PHOTO).unwrap_or(usize::MAX);
    let then = |path: &RepositoryPath| {
        if untouched.contains(path.as_str()) {
            return on_disk(root, path);
        }
        let blobs = repository.files(commit, path.as_str(), largest).ok()?;
        blobs.first().map(|blob| version(&blob.bytes))
    };
    declarations.into_par_iter().for_each(|declaration| add(declaration, then));
    Ok(())
}

fn add(declaration: &mut Declaration, version: impl Fn(&RepositoryPath) -> Option<String>) {
    let Some(path) = path_of(declaration) else { return };
    if let Some(version) = version(&path) {
        let photo = Value::String(format!("{}?v={version}", path.as_str()));
        declaration.record.insert(Field::Photo, photo);
    }
}

fn path_of(declaration: &Declaration) -> Option<RepositoryPath> {
    match Photo::parse(declaration.record.get(&Field::Photo)?.as_str()?) {
        Ok(Photo::File(path)) => Some(path),
        Ok(Photo::Web(_)) | Err(_) => None,
    }
}

fn top(path: &str) -> String {
    path.split('/').next().unwrap_or_default().to_owned()
}

/// The version of a file inside the repository. What is wrong with a picture is for a rule to report.
fn on_disk(root: &Path, path: &RepositoryPath) -> Option<String> {
    let place = root.join(path.as_str()).canonicalize().ok()?;
    if !place.starts_with(root.canonicalize().ok()?) {
        return None;
    }
    let mut content = Vec::new();
    let read = File::open(place).ok()?.take(LARGEST_PHOTO + 1).read_to_end(&mut content).ok()?;
    (read as u64 <= LARGEST_PHOTO).then(|| version(&content))
}
