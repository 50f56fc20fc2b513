//! What no two people may have in common.

use std::collections::BTreeMap;

use super::{FolderContext, spelled};
use crate::declare::file::AgentFile;
use crate::declare::problem::Problem;
use crate::model::agent::{Field, Status};

/// The values that are compared by these rules.
pub(super) fn values(file: &AgentFile) -> Vec<(Field, String)> {
    let mut values = vec![(Field::Login, file.agent.private.email.key())];
    if stays(file) {
        let licence = spelled(&file.agent.public.licence, |text| text.as_str().trim().to_lowercase());
        values.push((Field::Email, file.agent.public.email.key()));
        values.extend(licence.map(|licence| (Field::Licence, licence)));
    }
    values
}

/// A person who has left may have passed the address to a successor.
pub(super) fn stays(person: &AgentFile) -> bool {
    person.agent.status != Status::Archived
}

pub(super) fn slug_is_unique(context: &FolderContext<'_>, problems: &mut Vec<Problem>) {
    let mut first_files = BTreeMap::new();
    for file in context.files {
        let first = *first_files.entry(file.slug()).or_insert(file);
        if !std::ptr::eq(first, file) {
            let message = format!("`{}` is the slug of {} too", file.slug(), first.name);
            let help = "rename one of the files; a slug is unique over all folders";
            let problem = Problem::error(context.source(file), 0..0, &[], message);
            problems.push(problem.at_odds_with(context.place(first, &Field::Status)).help(help));
        }
    }
}

pub(super) fn login_is_unique(context: &FolderContext<'_>, problems: &mut Vec<Problem>) {
    let message = "`private.email` is the login of another agent too";
    let help = "give each agent a login of their own";
    problems.extend(context.shared(|field| *field == Field::Login, |_| message.to_owned(), |error| error.help(help)));
}

pub(super) fn public_email_is_unique(context: &FolderContext<'_>, problems: &mut Vec<Problem>) {
    let message = "`public.email` is used by another agent too";
    let warning = |error: Problem| error.warning().help("clients will write to both");
    problems.extend(context.shared(|field| *field == Field::Email, |_| message.to_owned(), warning));
}

pub(super) fn licence_is_unique(context: &FolderContext<'_>, problems: &mut Vec<Problem>) {
    let message = "`public.licence` is used by another agent too";
    let warning = |error: Problem| error.warning().help("a licence belongs to one person; check the number");
    problems.extend(context.shared(|field| *field == Field::Licence, |_| message.to_owned(), warning));
}
