//! Files that a command changes in place: all of them are written, or each is as it was before.

use std::path::PathBuf;

use super::Context;
use crate::declare::file;
use crate::declare::problem::Problem;
use crate::files;
use crate::model::config::Languages;
use crate::model::exit_code::Exit;

/// A file before and after.
pub(super) struct EditedFile {
    /// From the repository's root.
    pub(super) name: String,
    pub(super) path: PathBuf,
    pub(super) before: Vec<u8>,
    pub(super) after: String,
}

impl EditedFile {
    pub(super) fn is_changed(&self) -> bool {
        self.before != self.after.as_bytes()
    }

    pub(super) fn problems(&self, languages: &Languages) -> Vec<Problem> {
        file::read(&self.name, self.after.as_bytes(), languages).1
    }
}

/// Writes the files that are changed.
pub(super) fn write(edited: &[EditedFile], context: &Context) -> Result<(), Exit> {
    let is_link = |file: &&EditedFile| file.is_changed() && file.path.is_symlink();
    if let Some(link) = edited.iter().find(is_link) {
        let why = format!("{} is a link: change the file that it leads to. Nothing was written", link.name);
        return Err(context.failure(&why));
    }
    for (at, file) in edited.iter().enumerate().filter(|(_, file)| file.is_changed()) {
        if let Err(error) = files::rewrite(&file.path, file.after.as_bytes()) {
            let why = context.failure(&format!("writing {}: {error}. The other files stay as they were", file.name));
            restore(edited.get(..at).unwrap_or_default(), context)?;
            return Err(why);
        }
    }
    Ok(())
}

/// Writes the earlier content again.
pub(super) fn restore(edited: &[EditedFile], context: &Context) -> Result<(), Exit> {
    for file in edited.iter().filter(|file| file.is_changed()) {
        files::rewrite(&file.path, &file.before)
            .map_err(|error| context.failure(&format!("writing {} as it was before: {error}", file.name)))?;
    }
    Ok(())
}

/// So many files, in words.
pub(super) fn count(files: usize) -> String {
    if files == 1 { "1 file".to_owned() } else { format!("{files} files") }
}
