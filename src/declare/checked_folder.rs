//! All files of a folder, each checked by itself. A file is reduced at once to what the rules that compare files need of it, so
//! that the memory does not grow with the texts of the files.

use rayon::prelude::*;

use super::photo_files::PhotoFiles;
use super::problem::Problem;
use super::rules::{ComparedFile, ComparedValues, RuleContext, check_file};
use super::{Keep, file, photo_versions, unreadable, yaml_tree};
use crate::files;
use crate::model::roster::Declaration;

/// With fewer files the threads would cost more than they save.
const WORTH_THREADS: usize = 50;

#[derive(Default)]
pub(super) struct CheckedFolder<'f> {
    /// Everybody whose file is valid by itself, where they are [kept](Keep).
    pub(super) people: Vec<Declaration>,
    /// Every file that is valid by itself, in order.
    pub(super) files: Vec<ComparedFile<'f>>,
    /// The values in `files` that two people should not share.
    pub(super) values: ComparedValues,
    pub(super) problems: Vec<Problem>,
}

impl<'f> CheckedFolder<'f> {
    /// Reads and checks these files, by their paths from the repository's root.
    pub(super) fn read(files: &'f [String], context: &RuleContext<'_>, keep: Keep) -> Self {
        let photos = PhotoFiles::new(context.root);
        let add = |folder: Self, name: &'f String| folder.with(name, context, &photos, keep);
        if files.len() < WORTH_THREADS {
            return files.iter().fold(Self::default(), add);
        }
        files.par_iter().fold(Self::default, add).reduce(Self::default, Self::followed_by)
    }

    fn with(mut self, name: &'f str, context: &RuleContext<'_>, photos: &PhotoFiles, keep: Keep) -> Self {
        // A file that is too large is not read to its end.
        let (file, problems) = match files::head(&context.root.join(name), yaml_tree::LARGEST as u64 + 1) {
            Ok(bytes) => file::read(name, &bytes, &context.config.property_finder.languages),
            Err(error) => (None, unreadable(name, &error).1),
        };
        self.problems.extend(problems);
        if let Some(mut file) = file {
            if keep == Keep::People {
                photo_versions::add_versions(&mut file.declaration, photos);
            }
            self.problems.extend(check_file(&file, context));
            self.values.add(self.next_index(), &file);
            self.files.push(ComparedFile::new(name, &file.agent));
            self.people.extend((keep == Keep::People).then(|| file.into_declaration_with_lines()));
        }
        self
    }

    fn followed_by(mut self, next: Self) -> Self {
        self.values.append(self.next_index(), next.values);
        self.files.extend(next.files);
        self.people.extend(next.people);
        self.problems.extend(next.problems);
        self
    }

    fn next_index(&self) -> u32 {
        u32::try_from(self.files.len()).unwrap_or(u32::MAX)
    }
}
