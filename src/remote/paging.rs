//! A listing is whole or it is an error: a row that is missed would be taken for a person who is not there.
//!
//! A server documents little about its pages. A total may count one page alone, a `page` parameter may be ignored, and the
//! last page may be repeated for ever. So a full last page is followed by one page more, and a repeated first page is compared
//! with a page of another size. A row that is deleted while pages are read moves another row to a page that was read before: no
//! check of the pages finds that, so a person is looked up again before a create.

use std::collections::HashSet;
use std::future::Future;
use std::pin::pin;

use futures_util::{StreamExt, stream};
use serde_json::Value;

use super::RemoteError;
use super::remote_error::ErrorKind;
use crate::model::record::{Row, System};

/// One page as it was read.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Page {
    /// Its rows, in the server's order.
    pub(super) rows: Vec<Row>,
    /// How many rows there are on all pages, if the server returns it.
    pub(super) total: Option<u64>,
}

/// The page that is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct PageRequest {
    /// From 1.
    pub(super) number: u32,
    /// Rows on a page.
    pub(super) size: u32,
}

/// The rows that are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ListingScope {
    /// Everybody: a row that is missed looks like a person who is not there, so the listing is checked.
    Everybody,
    /// What a filter lets through: a few rows, which the caller checks.
    Filter,
}

/// What a total counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum TotalMeaning {
    AllPages,
    OnePage,
}

/// Pages read at the same time, once it is known how many there are.
const AT_ONCE: usize = 6;

/// No brokerage has so many pages: a server that goes on and on is not to be followed.
const MOST_PAGES: u32 = 20_000;

/// The most bytes of rows that a listing may have: 10,000 people with the longest texts take less than half of it.
const MOST_BYTES: usize = 512 << 20;

/// A listing that contradicts itself is read so often. One reading may go to a row that was just added or deleted, one to a
/// total that counts one page.
const MOST_READINGS: u32 = 3;

/// A page past the end may be answered with 404: it is empty (docs/vendor-apis.md, "CRM: pagination" and "Property Finder: list
/// users").
pub(super) fn or_past_the_end(read: Result<Page, RemoteError>, ask: PageRequest) -> Result<Page, RemoteError> {
    match read {
        Err(RemoteError { what: ErrorKind::Missing(_), .. }) if ask.number > 1 => Ok(Page::default()),
        read => read,
    }
}

/// Reads all pages through `fetch`, and returns what `read` makes of their rows, in the server's order. `read` gets each row when
/// its page arrives, so that no listing is held as JSON. It gets the rows of a reading that is repeated too.
pub(super) async fn whole<F, R, T>(
    system: System,
    doing: &str,
    (of, size): (ListingScope, u32),
    fetch: F,
    read: impl Fn(Row) -> T + Sync,
) -> Result<Vec<T>, RemoteError>
where
    F: Fn(PageRequest) -> R + Sync,
    R: Future<Output = Result<Page, RemoteError>> + Send,
    T: Send,
{
    let (mut total, mut why) = (TotalMeaning::AllPages, String::new());
    for _ in 0..MOST_READINGS {
        match once(&fetch, &read, (of, size), total).await? {
            Ok(listing) => return Ok(listing.rows),
            Err(contradiction) => {
                why = contradiction.why;
                if contradiction.total_of_one_page {
                    total = TotalMeaning::OnePage;
                }
            }
        }
    }
    Err(RemoteError::new(system, doing, ErrorKind::Incomplete(why)))
}

/// In which way the pages contradict each other.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Contradiction {
    why: String,
    /// Each total so far was the number of rows on its page.
    total_of_one_page: bool,
}

async fn once<F, R, T>(
    fetch: &F,
    read: &(impl Fn(Row) -> T + Sync),
    (of, size): (ListingScope, u32),
    total: TotalMeaning,
) -> Result<Result<Listing<T>, Contradiction>, RemoteError>
where
    F: Fn(PageRequest) -> R + Sync,
    R: Future<Output = Result<Page, RemoteError>> + Send,
    T: Send,
{
    let page = |number| fetch(PageRequest { number, size });
    let first = page(1).await?;
    let mut listing = Listing::new(&first, of, total);
    // Pages that the total promises are read side by side, any further ones one at a time, since an empty one ends it.
    let promised = listing.promised();
    let side_by_side = stream::iter(2..=promised).map(page).buffered(AT_ONCE);
    let mut pages = pin!(side_by_side.chain(stream::iter(promised + 1..=MOST_PAGES).then(page)));
    let mut step = listing.take(first, read);
    while step == Ok(PagingStep::More) {
        let Some(page) = pages.next().await else {
            return Ok(Err(listing.contradiction(format!("it does not end after {MOST_PAGES} pages"))));
        };
        step = listing.take(page?, read);
    }
    if let Ok(PagingStep::Repeated(half)) = step {
        let shifted = fetch(PageRequest { number: 2, size: half }).await?;
        step = listing.numbers_matter(&shifted);
    }
    Ok(match step {
        Ok(_) => Ok(listing),
        Err(why) => Err(listing.contradiction(why)),
    })
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum PagingStep {
    More,
    Whole,
    /// The second page repeats the first: whether page numbers matter is shown by a second page of this size.
    Repeated(u32),
}

/// The pages so far.
#[derive(Debug)]
struct Listing<T> {
    of: ListingScope,
    /// What was made of each row.
    rows: Vec<T>,
    ids: HashSet<u64>,
    /// The id of the first row.
    first: Option<u64>,
    /// How many rows there are on all pages.
    total: Option<u64>,
    counts: TotalMeaning,
    total_of_one_page: bool,
    /// The first page's length: no page may be longer, and only the last one shorter.
    ceiling: usize,
    /// Pages with rows that were new.
    pages: usize,
    short: bool,
    /// About as many bytes as all rows took.
    bytes: usize,
}

impl<T> Listing<T> {
    fn new(first: &Page, of: ListingScope, counts: TotalMeaning) -> Self {
        Self {
            of,
            rows: Vec::new(),
            ids: HashSet::new(),
            first: first.rows.first().map(|row| row.id),
            total: first.total.filter(|_| counts == TotalMeaning::AllPages),
            counts,
            total_of_one_page: true,
            ceiling: first.rows.len(),
            pages: 0,
            short: false,
            bytes: 0,
        }
    }

    fn contradiction(&self, why: String) -> Contradiction {
        Contradiction { why, total_of_one_page: self.total_of_one_page }
    }

    /// How many pages are asked for at once: those that the total promises and the one that must be empty; 1 without a
    /// total.
    fn promised(&self) -> u32 {
        let ceiling = u64::try_from(self.ceiling.max(1)).unwrap_or(u64::MAX);
        let total = self.total.unwrap_or_default();
        let full = self.of == ListingScope::Everybody && total > ceiling && total.is_multiple_of(ceiling);
        let pages = total.div_ceil(ceiling).saturating_add(u64::from(full));
        u32::try_from(pages).unwrap_or(u32::MAX).clamp(1, MOST_PAGES)
    }

    fn take(&mut self, page: Page, read: impl Fn(Row) -> T) -> Result<PagingStep, String> {
        let (length, have) = (page.rows.len(), self.rows.len());
        self.total_of_one_page &= page.total.map_or(length == 0, |total| total == length as u64);
        // A page past the end may count nothing, or be an error without any count.
        let counted = length > 0 || page.total.is_some_and(|total| total > 0);
        if self.counts == TotalMeaning::AllPages && counted && page.total != self.total {
            let said = |total: Option<u64>| total.map_or("none".to_owned(), |total| total.to_string());
            return Err(format!("its total changed from {} to {}", said(self.total), said(page.total)));
        }
        let complete = self.total.is_none_or(|total| total == have as u64);
        // A page past the end may be empty or repeat another page (docs/vendor-apis.md, "CRM: pagination").
        if complete && have > 0 && length > 0 && page.rows.iter().all(|row| self.ids.contains(&row.id)) {
            let half = u32::try_from(have / 2).unwrap_or(u32::MAX);
            let unproven = self.of == ListingScope::Everybody && self.pages == 1 && half > 0;
            return Ok(if unproven { PagingStep::Repeated(half) } else { PagingStep::Whole });
        }
        self.keeps_its_length(length)?;
        for row in page.rows {
            if !self.ids.insert(row.id) {
                return Err(format!("id {} is listed twice", row.id));
            }
            self.bytes = self.bytes.saturating_add(bytes(&row.raw));
            self.rows.push(read(row));
        }
        if self.bytes > MOST_BYTES {
            return Err(format!("its rows take more than {} MB", MOST_BYTES >> 20));
        }
        self.pages += usize::from(length > 0);
        self.step(length, have)
    }

    /// A total is the better judge; without one, pages of uneven length are the only sign of lost rows.
    fn keeps_its_length(&mut self, length: usize) -> Result<(), String> {
        if self.total.is_some() || length == 0 {
            return Ok(());
        }
        if self.short {
            return Err("a page in the middle is shorter than the first".to_owned());
        }
        if length > self.ceiling {
            return Err("a page is longer than the first".to_owned());
        }
        self.short = length < self.ceiling;
        Ok(())
    }

    fn step(&self, length: usize, have: usize) -> Result<PagingStep, String> {
        let listed = self.rows.len() as u64;
        // A full page may be the last one, or the only one that the total counts.
        let full = self.of == ListingScope::Everybody && length > 0 && length >= self.ceiling;
        match self.total {
            Some(total) if listed == total && full => Ok(PagingStep::More),
            Some(total) if listed == total => Ok(PagingStep::Whole),
            Some(total) if listed > total => Err(format!("its total is {total}, and it lists {listed}")),
            Some(total) if length == 0 => Err(format!("its total is {total}, and it lists {have}")),
            None if length == 0 => Ok(PagingStep::Whole),
            _ => Ok(PagingStep::More),
        }
    }

    /// Whether a second page of half the size is the second half of what is listed.
    fn numbers_matter(&self, shifted: &Page) -> Result<PagingStep, String> {
        if shifted.rows.iter().any(|row| Some(row.id) == self.first) {
            return Err("it answers every page with the same rows".to_owned());
        }
        if shifted.rows.is_empty() || shifted.rows.iter().any(|row| !self.ids.contains(&row.id)) {
            return Err("pages of another size list other rows".to_owned());
        }
        Ok(PagingStep::Whole)
    }
}

/// About as many bytes as a value takes in memory.
fn bytes(value: &Value) -> usize {
    let inner = match value {
        Value::String(text) => text.len(),
        Value::Array(items) => items.iter().map(bytes).sum(),
        Value::Object(members) => members.iter().map(|(name, value)| name.len() + bytes(value)).sum(),
        Value::Null | Value::Bool(_) | Value::Number(_) => 0,
    };
    size_of::<Value>() + inner
}

/// A row from its JSON object, by its `id`.
pub(super) fn row(raw: Value) -> Result<Row, ErrorKind> {
    let id = match raw.get("id") {
        Some(Value::Number(id)) => id.as_u64(),
        Some(Value::String(id)) => id.trim().parse().ok(),
        _ => None,
    };
    match id {
        Some(id) => Ok(Row::new(id, raw)),
        None => Err(ErrorKind::NotUnderstood("a user without an id".into())),
    }
}

/// A number that a server may also have written as a text.
pub(super) fn number(value: Option<&Value>) -> Option<u64> {
    match value? {
        Value::Number(number) => number.as_u64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
