//! Where things stand in the repository: links to it where its pages are known, else plain text.

use maud::{Markup, html};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::report::text::escaped;
use crate::report::{Origin, Report};

/// What may stand in a path as it is.
const PATH: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// The start of the commit's name.
pub(super) fn short(origin: &Origin) -> Option<String> {
    origin.commit.as_deref().map(|commit| escaped(&commit.chars().take(7).collect::<String>()))
}

/// The commit.
pub(super) fn commit(origin: &Origin) -> Option<Markup> {
    let (commit, name) = (origin.commit.as_deref()?, html! { code { (short(origin)?) } });
    Some(link(pages(origin).map(|web| format!("{web}/commit/{}", encoded(commit))), &name))
}

/// A file, from the repository's root.
pub(super) fn file(report: &Report<'_>, file: &str) -> Markup {
    link(address(report.origin, file), &html! { code { (escaped(file)) } })
}

/// Lines of a file.
pub(super) fn lines(report: &Report<'_>, file: &str, (first, last): (u32, u32)) -> Markup {
    let (words, anchor) = if first < last {
        (format!("lines {first}–{last}"), format!("#L{first}-L{last}"))
    } else {
        (format!("line {first}"), format!("#L{first}"))
    };
    link(address(report.origin, file).map(|address| address + &anchor), &html! { (words) })
}

fn address(origin: &Origin, file: &str) -> Option<String> {
    let (web, commit) = (pages(origin)?, origin.commit.as_deref()?);
    Some(format!("{web}/blob/{}/{}{}", encoded(commit), encoded(&origin.folder), encoded(file)))
}

/// The repository's pages, where their address is one that a page may send its reader to.
fn pages(origin: &Origin) -> Option<String> {
    let web = url::Url::parse(origin.web.as_deref()?).ok()?;
    (web.scheme() == "https" && web.has_host()).then(|| web.as_str().trim_end_matches('/').to_owned())
}

fn encoded(path: &str) -> String {
    utf8_percent_encode(path, PATH).to_string()
}

fn link(address: Option<String>, content: &Markup) -> Markup {
    html! {
        @if let Some(address) = address { a href=(address) { (content) } } @else { (content) }
    }
}
