//! Where a reader finds things on the repository's own pages, as far as their address is known.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::ReportOrigin;
use crate::model::record::System;
use crate::reconcile::plan::{Operation, PersonPlan};

/// The characters that a path keeps. Everything that has a meaning in Markdown or HTML is encoded.
const PATH: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'_').remove(b'.').remove(b'~');
/// The same of a whole address.
const WHOLE: &AsciiSet = &PATH.remove(b':');

/// The page of the commit.
pub(super) fn commit(origin: &ReportOrigin) -> Option<String> {
    Some(format!("{}/commit/{}", web(origin)?, encoded(origin.commit.as_deref()?)))
}

/// A file at the commit, by its path from `roster.yaml`'s folder.
pub(super) fn file(origin: &ReportOrigin, path: &str) -> Option<String> {
    file_at(origin, origin.commit.as_deref()?, path)
}

/// The same at another commit.
pub(super) fn file_at(origin: &ReportOrigin, commit: &str, path: &str) -> Option<String> {
    Some(format!("{}/blob/{}/{}", web(origin)?, encoded(commit), encoded(&origin.path(path))))
}

/// A person's file; none where it was removed, and so has no page at the commit.
pub(super) fn file_of(origin: &ReportOrigin, person: &PersonPlan) -> Option<String> {
    if person.has(System::Crm, Operation::Release) { None } else { file(origin, &person.file) }
}

fn web(origin: &ReportOrigin) -> Option<String> {
    let web = origin.web.as_deref().filter(|web| web.starts_with("https://"))?;
    Some(utf8_percent_encode(web.trim_end_matches('/'), WHOLE).to_string())
}

/// A path as part of an address.
pub(super) fn encoded(path: &str) -> String {
    utf8_percent_encode(path, PATH).to_string()
}
