//! Pictures that are kept in the repository: which bytes they have, so that a new picture at an old path is noticed.

use std::collections::BTreeSet;
use std::path::Path;

use rayon::prelude::*;
use strum::IntoEnumIterator as _;

use crate::declare::git::{Commit, GitError, Repository};
use crate::declare::photo_files::PhotoFiles;
use crate::model::agent::value::{Photo, RepositoryPath};
use crate::model::agent::{Field, FieldValue};
use crate::model::picture::LARGEST;
use crate::model::roster::Declaration;
use crate::reconcile::fingerprint::version;

/// Adds the version to the photos of a declaration that names a picture in the repository.
pub(super) fn add_versions(declaration: &mut Declaration, files: &PhotoFiles) {
    add(declaration, |path| on_disk(files, path));
}

/// The same for what was declared at a commit. A picture that has not changed since is read from the disk.
pub(super) fn add_versions_at(
    commit: &Commit,
    repository: &Repository,
    declarations: Vec<&mut Declaration>,
    root: &Path,
) -> Result<(), GitError> {
    let declarations: Vec<&mut Declaration> =
        declarations.into_iter().filter(|declaration| !paths(declaration).is_empty()).collect();
    let tops: BTreeSet<String> = declarations.iter().flat_map(|one| paths(one)).map(|(_, path)| top(&path)).collect();
    if tops.is_empty() {
        return Ok(());
    }
    let untouched = repository.untouched(commit, &tops.iter().map(String::as_str).collect::<Vec<_>>())?;
    let largest = usize::try_from(LARGEST).unwrap_or(usize::MAX);
    let files = PhotoFiles::new(root);
    let version_at_commit = |path: &RepositoryPath| {
        if untouched.contains(path.as_str()) {
            return on_disk(&files, path);
        }
        let blobs = repository.files(commit, path.as_str(), largest).ok()?;
        blobs.first().map(|blob| version(&blob.bytes))
    };
    declarations.into_par_iter().for_each(|declaration| add(declaration, version_at_commit));
    Ok(())
}

fn add(declaration: &mut Declaration, version: impl Fn(&RepositoryPath) -> Option<String>) {
    for (field, path) in paths(declaration) {
        if let Some(version) = version(&path) {
            let photo = FieldValue::from(format!("{}?v={version}", path.as_str()));
            declaration.record.insert(field, photo);
        }
    }
}

/// The pictures in the repository that a declaration names.
fn paths(declaration: &Declaration) -> Vec<(Field, RepositoryPath)> {
    let path = |field: Field| match Photo::parse(declaration.record.get(&field)?.as_text()?) {
        Ok(Photo::File(path)) => Some((field, path)),
        Ok(Photo::Web(_)) | Err(_) => None,
    };
    Field::iter().filter(Field::is_uploaded).filter_map(path).collect()
}

fn top(path: &RepositoryPath) -> String {
    path.as_str().split('/').next().unwrap_or_default().to_owned()
}

/// The version of a file inside the repository. A rule reports a picture that cannot be read.
fn on_disk(files: &PhotoFiles, path: &RepositoryPath) -> Option<String> {
    files.read(path).ok().map(|content| version(&content))
}
