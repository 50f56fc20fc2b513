//! The report as Markdown for GitHub: a comment on a pull request, the summary of a job, the text of an issue.
//!
//! `escape` is the only way for data into the document. `head` and `blocked` are always in it. `people` is a list of entries;
//! `truncate` leaves entries out from the end where the size does not suffice for all.

mod applied;
mod blocked;
mod change;
mod escape;
mod head;
mod people;
mod request;
mod truncate;

use blocked::blocked;
use escape::{Markdown, program_text};

pub(crate) use request::{RequestEnd, RequestedChange, request_answer, request_body};

use super::{Report, ReportSubject, phrases};
use crate::declare::problem::errors;

/// The report as Markdown of at most `max_bytes` bytes. Whole entries are left out from the end, and counted.
///
/// The summary and everything that is blocked are kept, also where they alone need more than `max_bytes`: a person must
/// see what an acceptance allows. Only what GitHub would refuse is left out of them, and counted: without a new comment
/// the outdated one would stay.
#[must_use]
pub(super) fn plan(report: &Report<'_>, max_bytes: usize) -> String {
    // Invalid files are the whole result; what is only a warning about them comes after the people.
    let (mut sections, warnings) = match errors(report.problems).next() {
        Some(_) => (applied::problems(report), Vec::new()),
        None => (Vec::new(), applied::problems(report)),
    };
    sections.push(applied::not_done(report));
    sections.extend(people::sections(report));
    sections.extend(warnings);
    sections.extend([applied::warnings(report), applied::done(report), applied::unmanaged(report)]);
    let (head, legend) = (head::head(report), legend(report));
    let room = max_bytes.max(POSTABLE).saturating_sub(head.len() + legend.len() + ROOM);
    let first = head.and(&legend).and(&blocked(report, room));
    let room = max_bytes.saturating_sub(first.len());
    let note = |what: &Markdown| left_out(what, report.subject, max_bytes);
    first.and(&truncate::fit(&sections, room, note)).into_text()
}

/// GitHub takes a comment of 65,536 characters, of which a workflow may add some.
const POSTABLE: usize = 64_000;
/// The bytes that are kept free for the note about omitted entries.
const ROOM: usize = 400;

/// What is left out, and where the whole is.
fn left_out(what: &Markdown, subject: ReportSubject, max_bytes: usize) -> Markdown {
    let whole = match subject {
        ReportSubject::Plan => "`roster plan` shows all of it, and so does its page (`--output html=FILE`).\n\n",
        ReportSubject::Drift => "`roster drift` shows all of it, and so does its page (`--output html=FILE`).\n\n",
        ReportSubject::Apply => "The run’s journal holds all of it.\n\n",
    };
    let out = program_text("> [!NOTE]\n> **Left out, to stay under ")
        .number(max_bytes as u64)
        .program_text(" bytes:** ")
        .and(what);
    out.program_text(". ").program_text(whole)
}

/// What the signs mean that are in it.
fn legend(report: &Report<'_>) -> Markdown {
    phrases::legend(report)
        .into_iter()
        .fold(Markdown::default(), |out, meaning| out.program_text(meaning).program_text("\n\n"))
}

#[cfg(test)]
mod tests;
