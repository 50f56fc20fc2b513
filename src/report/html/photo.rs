//! Photos on the page: the picture's name, as a link where it has an address, and the address in full, so that a reader sees
//! where the link leads. The page itself loads no picture.

use maud::{Markup, html};
use url::Url;

use super::{names, place};
use crate::model::agent::value::{Photo, RepositoryPath};
use crate::report::Report;
use crate::report::displayed_change::{DisplayedChange, DisplayedValue};
use crate::report::text::{DiffPiece, escaped};
use crate::report::value_text::ValueText;

/// The cells of a photo that changes: always both values whole.
pub(super) fn values(report: &Report<'_>, change: &DisplayedChange<'_>) -> Markup {
    let text = |value: &ValueText| names::plain(value);
    let (before, after) = match &change.value {
        DisplayedValue::New(value) => return html! { td.after { (photo(report, Side::After, &text(value))) } },
        DisplayedValue::SinceHash(value) => (html! { em.none { (names::not_returned(change)) } }, text(value)),
        DisplayedValue::Values { before, after } => (gone(report, &text(before)), text(after)),
        DisplayedValue::Words { pieces, .. } => {
            let word = |piece: &DiffPiece| match piece {
                DiffPiece::Same(word) | DiffPiece::Removed(word) | DiffPiece::Added(word) => names::safe(word),
            };
            let side = |left_out: fn(&DiffPiece) -> bool| -> String {
                pieces.iter().filter(|piece| !left_out(piece)).map(word).collect()
            };
            let before = side(|piece| matches!(piece, DiffPiece::Added(_)));
            (gone(report, &before), side(|piece| matches!(piece, DiffPiece::Removed(_))))
        }
        // A photo is one public text.
        DisplayedValue::Private(_) | DisplayedValue::Together(_) | DisplayedValue::Members { .. } => return html! {},
    };
    html! {
        td.before { (before) }
        td.after { @if after.is_empty() { em.none { "nothing" } } @else { ins { (photo(report, Side::After, &after)) } } }
    }
}

fn gone(report: &Report<'_>, text: &str) -> Markup {
    html! { @if text.is_empty() { em.none { "nothing" } } @else { del { (photo(report, Side::Before, text)) } } }
}

/// Which of both values of a photo is shown.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Before,
    After,
}

/// The name and the address of a photo. A picture of the repository is there at the commit, without its version; the one
/// before may have had the same path, and is there at the commit of the base.
fn photo(report: &Report<'_>, side: Side, text: &str) -> Markup {
    if let Some(linked) = at_address(text) {
        return linked;
    }
    let is_version = |hash: &str| hash.len() == 16 && hash.bytes().all(|digit| digit.is_ascii_hexdigit());
    let versioned = text.rsplit_once("?v=").filter(|(_, hash)| is_version(hash));
    if let Some(Ok(path)) = versioned.map(|(path, _)| RepositoryPath::parse(path)) {
        let path = path.as_str();
        let commit = if side == Side::Before { report.base_commit } else { report.origin.commit.as_deref() };
        return html! { (place::photo(report.origin, commit, path, name(path))) " " bdi.address { (text) } };
    }
    html! { bdi { (text) } }
}

/// The same of a text that is an https:// address, if it is one.
pub(super) fn at_address(text: &str) -> Option<Markup> {
    let Ok(Photo::Web(address)) = Photo::parse(text) else { return None };
    let url = Url::parse(address.as_str()).ok()?;
    let name = name(url.path());
    Some(html! {
        a href=(url.as_str()) rel="noopener noreferrer" { (escaped(name)) } " " bdi.address { (text) }
    })
}

/// The last part of a path; all of it where that is empty.
fn name(path: &str) -> &str {
    path.rsplit('/').next().filter(|name| !name.is_empty()).unwrap_or(path)
}
