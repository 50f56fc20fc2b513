//! Files that a command changes in place: all of them are written, or each is as it was before.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::refusal::Refusal;
use super::{Context, validate};
use crate::declare::file::AgentFile;
use crate::declare::problem::{Problem, errors};
use crate::declare::{Loaded, edit, file};
use crate::files;
use crate::model::agent::Field;
use crate::model::config::{Config, Languages};

/// A file before and after.
pub(super) struct EditedFile {
    /// From the repository's root.
    pub(super) name: String,
    pub(super) path: PathBuf,
    pub(super) before: Vec<u8>,
    pub(super) after: String,
}

impl EditedFile {
    /// The file `name` below `root` with these values. Nothing is written.
    pub(super) fn new(
        name: &str,
        values: &[(Field, Value)],
        languages: &Languages,
        root: &Path,
    ) -> Result<Self, Refusal> {
        let path = root.join(name);
        let before = files::read(&path, files::LARGEST_OWN)
            .map_err(|error| Refusal::Failure(format!("reading {name}: {error}")))?;
        let mut after = String::from_utf8_lossy(&before).into_owned();
        for (field, value) in values {
            let (source, _) = file::parse(name, after.as_bytes(), true);
            after = edit::set(&source, &languages.primary, field, value)
                .map_err(|why| Refusal::Failure(format!("{name}: {why}. Nothing was written")))?;
        }
        Ok(Self { name: name.to_owned(), path, before, after })
    }

    pub(super) fn is_changed(&self) -> bool {
        self.before != self.after.as_bytes()
    }

    /// The file as it is read after the change.
    pub(super) fn read(&self, languages: &Languages) -> (Option<AgentFile>, Vec<Problem>) {
        file::read(&self.name, self.after.as_bytes(), languages)
    }
}

/// Refuses files that are not valid by themselves.
pub(super) fn check(edited: &[EditedFile], config: &Config) -> Result<(), Refusal> {
    let languages = &config.property_finder.languages;
    let problems: Vec<Problem> = edited.iter().flat_map(|file| file.read(languages).1).collect();
    if errors(&problems).next().is_none() {
        return Ok(());
    }
    let loaded = Loaded { problems, files: edited.len(), ..Loaded::default() };
    Err(Refusal::files(config.clone(), loaded))
}

/// Writes the files that are changed, and reads all files of the repository again. Where these are not valid together, each file
/// is as it was before.
pub(super) fn write_valid(edited: &[EditedFile], context: &Context) -> Result<Loaded, Refusal> {
    write(edited)?;
    let (config, after) = validate::files(context);
    if after.is_invalid() {
        restore(edited)?;
        return Err(Refusal::files(config, after));
    }
    Ok(after)
}

/// Writes the files that are changed.
pub(super) fn write(edited: &[EditedFile]) -> Result<(), Refusal> {
    let is_link = |file: &&EditedFile| file.is_changed() && file.path.is_symlink();
    if let Some(link) = edited.iter().find(is_link) {
        let why = format!("{} is a link: change the file that it leads to. Nothing was written", link.name);
        return Err(Refusal::Failure(why));
    }
    // A question may have been open for minutes.
    let is_as_read =
        |file: &&EditedFile| files::read(&file.path, files::LARGEST_OWN).is_ok_and(|now| now == file.before);
    if let Some(other) = edited.iter().find(|file| !is_as_read(file)) {
        let why = format!("{} was changed in the meantime: nothing was written. Run the command again.", other.name);
        return Err(Refusal::Stale(why));
    }
    for (at, file) in edited.iter().enumerate().filter(|(_, file)| file.is_changed()) {
        if let Err(error) = files::rewrite(&file.path, file.after.as_bytes()) {
            restore(edited.get(..at).unwrap_or_default())?;
            let why = format!("writing {}: {error}. The other files stay as they were", file.name);
            return Err(Refusal::Failure(why));
        }
    }
    Ok(())
}

/// Writes the earlier content again.
pub(super) fn restore(edited: &[EditedFile]) -> Result<(), Refusal> {
    for file in edited.iter().filter(|file| file.is_changed()) {
        files::rewrite(&file.path, &file.before)
            .map_err(|error| Refusal::Failure(format!("writing {} as it was before: {error}", file.name)))?;
    }
    Ok(())
}

/// So many files, in words.
pub(super) fn count(files: usize) -> String {
    if files == 1 { "1 file".to_owned() } else { format!("{files} files") }
}
