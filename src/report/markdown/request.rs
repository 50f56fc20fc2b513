//! The texts of a request that a form made: the comment on its issue, and the text of its pull request.

use super::applied::problem;
use super::escape::{Markdown, program_text};
use crate::declare::problem::{Problem, errors};
use crate::model::agent::Field;
use crate::report::ReportOrigin;

/// What a request changes: fields of one file, never a value.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RequestedChange<'a> {
    /// From the top of the repository.
    pub file: &'a str,
    /// Whether the file is new.
    pub is_new: bool,
    /// The paths that the request names.
    pub fields: &'a [String],
    /// The required fields that still have no value.
    pub missing: &'a [Field],
}

/// What became of a request.
#[derive(Clone, Copy, Debug)]
pub(crate) enum RequestEnd<'a> {
    /// A pull request has the change.
    Proposed(RequestedChange<'a>),
    /// The file has these values already.
    Unchanged { file: &'a str },
    /// Why nothing was changed, and what is wrong with the files. Warnings are not shown.
    Refused { why: &'a str, problems: &'a [Problem] },
}

/// More errors than this are counted.
const SHOWN: usize = 50;

/// The comment on the issue.
#[must_use]
pub(crate) fn request_answer(end: RequestEnd<'_>) -> String {
    let marker = Markdown::marker("request", "", &[]);
    let text = match end {
        RequestEnd::Proposed(change) => marker
            .program_text("### The change is in a pull request\n\n")
            .and(&changed(change))
            .program_text(
                "Compare it with your intention. Then another person reviews and merges it. To correct it, edit the text of \
                 this issue: the pull request follows.\n",
            ),
        RequestEnd::Unchanged { file } => marker
            .program_text("### Nothing was changed\n\n")
            .data(file)
            .program_text(" on the main branch has these values already.\n\n")
            .program_text(EARLIER),
        RequestEnd::Refused { why, problems } => {
            let list: Vec<Markdown> =
                errors(problems).take(SHOWN).map(|one| problem(one, &ReportOrigin::default())).collect();
            let rest = errors(problems).count() - list.len();
            let rest = match rest {
                0 if list.is_empty() => Markdown::default(),
                0 => program_text("\n"),
                rest => program_text("- ").number(rest as u64).program_text(" more\n\n"),
            };
            marker
                .program_text("### Nothing was changed\n\n")
                .prose(why)
                .program_text("\n\n")
                .list("", list)
                .and(&rest)
                .program_text("Correct the text of this issue (*Edit* in its menu): then it is read again. ")
                .program_text(EARLIER)
        }
    };
    text.into_text()
}

const EARLIER: &str = "A pull request that this issue opened before stays as it is.\n";

/// The text of the pull request. GitHub closes the issue when it is merged.
#[must_use]
pub(crate) fn request_body(issue: u64, login: &str, change: RequestedChange<'_>) -> String {
    let text = program_text("Closes #").number(issue).program_text(", asked by ").mention(login);
    text.program_text(".\n\n").and(&changed(change)).into_text()
}

/// The file, its fields, and the fields that a person has to fill in.
fn changed(change: RequestedChange<'_>) -> Markdown {
    let names = |names: &[String]| names.iter().map(|name| Markdown::default().data(name)).collect::<Vec<_>>();
    let verb = if change.is_new { "Adds " } else { "Changes " };
    let text = program_text(verb).data(change.file).program_text(": ").list(", ", names(change.fields));
    if change.missing.is_empty() {
        return text.program_text(".\n\n");
    }
    let missing: Vec<String> = change.missing.iter().map(ToString::to_string).collect();
    text.program_text(".\n\n> [!IMPORTANT]\n> **Before the merge**, fill in ")
        .list(" and ", names(&missing))
        .program_text(
            " in this file, on the branch of the pull request. The check fails until then. Everyone who can read the \
         repository can read the file.\n\n",
        )
}
