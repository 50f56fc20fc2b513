//! Places in the repository: links where its pages are known, else plain text.

use maud::{Markup, html};

use crate::reconcile::plan::PersonPlan;
use crate::report::text::escaped;
use crate::report::{Report, ReportOrigin, address};

/// The start of the commit's name.
pub(super) fn short(origin: &ReportOrigin) -> Option<String> {
    origin.commit.as_deref().map(|commit| escaped(&commit.chars().take(7).collect::<String>()))
}

/// The commit.
pub(super) fn commit(origin: &ReportOrigin) -> Option<Markup> {
    Some(link(address::commit(origin), &html! { code { (short(origin)?) } }))
}

/// A file, from the repository's root.
pub(super) fn file(report: &Report<'_>, file: &str) -> Markup {
    link(address::file(report.origin, file), &html! { code { (escaped(file)) } })
}

/// A picture of the repository by its name, as it is at a commit.
pub(super) fn photo(origin: &ReportOrigin, commit: Option<&str>, path: &str, name: &str) -> Markup {
    link(commit.and_then(|commit| address::file_at(origin, commit, path)), &html! { (escaped(name)) })
}

/// A person's file.
pub(super) fn file_of(report: &Report<'_>, person: &PersonPlan) -> Markup {
    link(address::file_of(report.origin, person), &html! { code { (escaped(&person.file)) } })
}

/// Lines of a file.
pub(super) fn lines(report: &Report<'_>, file: &str, (first, last): (u32, u32)) -> Markup {
    let (words, anchor) = if first < last {
        (format!("lines {first}–{last}"), format!("#L{first}-L{last}"))
    } else {
        (format!("line {first}"), format!("#L{first}"))
    };
    link(address::file(report.origin, file).map(|address| address + &anchor), &html! { (words) })
}

fn link(address: Option<String>, content: &Markup) -> Markup {
    html! {
        @if let Some(address) = address { a href=(address) { (content) } } @else { (content) }
    }
}
