//! A listing is whole or it is an error (design 2.5): a row that is missed would be taken for a person who is not there.

use std::collections::HashSet;
use std::future::Future;
use std::pin::pin;

use futures_util::{StreamExt, stream};
use serde_json::Value;

use super::RemoteError;
use super::error::What;
use crate::record::{Row, System};

/// One page as it was read.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Page {
    /// Its rows, in the server's order.
    pub(super) rows: Vec<Row>,
    /// How many rows there are on all pages, if the server says so.
    pub(super) total: Option<u64>,
}

/// Pages read at the same time, once it is known how many there are.
const AT_ONCE: usize = 6;

/// No brokerage has so many pages: a server that goes on and on is not to be followed.
const MOST_PAGES: u32 = 20_000;

/// So many bytes of rows are held: 10,000 people with the longest texts take less than half of it.
const MOST_BYTES: usize = 512 << 20;

/// Reads all pages through `fetch`, which is given numbers from 1, and returns their rows in the server's order. A
/// listing that contradicts itself is read once more, since somebody may just have been added or removed.
pub(super) async fn whole<F, R>(system: System, doing: &str, fetch: F) -> Result<Vec<Row>, RemoteError>
where
    F: Fn(u32) -> R + Sync,
    R: Future<Output = Result<Page, RemoteError>> + Send,
{
    let mut why = String::new();
    for _ in 0..2 {
        match once(&fetch).await? {
            Ok(rows) => return Ok(rows),
            Err(contradiction) => why = contradiction,
        }
    }
    Err(RemoteError::new(system, doing, What::Incomplete(why)))
}

/// The inner error says in which way the pages contradict each other.
async fn once<F, R>(fetch: &F) -> Result<Result<Vec<Row>, String>, RemoteError>
where
    F: Fn(u32) -> R + Sync,
    R: Future<Output = Result<Page, RemoteError>> + Send,
{
    let first = fetch(1).await?;
    let mut listing = Listing::new(&first);
    // Pages that the total promises are read side by side, any further ones one at a time, since an empty one ends it.
    let promised = listing.pages();
    let side_by_side = stream::iter(2..=promised).map(fetch).buffered(AT_ONCE);
    let mut pages = pin!(side_by_side.chain(stream::iter(promised + 1..=MOST_PAGES).then(fetch)));
    let mut step = listing.take(first);
    while step == Ok(Step::More) {
        let Some(page) = pages.next().await else {
            return Ok(Err(format!("there is no end to it after {MOST_PAGES} pages")));
        };
        step = listing.take(page?);
    }
    Ok(step.map(|_| listing.rows))
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    More,
    Whole,
}

/// The pages so far.
#[derive(Debug)]
struct Listing {
    rows: Vec<Row>,
    ids: HashSet<u64>,
    total: Option<u64>,
    /// The first page's length: no page may be longer, and only the last one shorter.
    ceiling: usize,
    short: bool,
    /// About as many bytes as the rows take.
    bytes: usize,
}

impl Listing {
    fn new(first: &Page) -> Self {
        Self {
            rows: Vec::new(),
            ids: HashSet::new(),
            total: first.total,
            ceiling: first.rows.len(),
            short: false,
            bytes: 0,
        }
    }

    /// How many pages there are by the total; 1 without one.
    fn pages(&self) -> u32 {
        let ceiling = u64::try_from(self.ceiling.max(1)).unwrap_or(u64::MAX);
        let pages = self.total.unwrap_or_default().div_ceil(ceiling);
        u32::try_from(pages).unwrap_or(u32::MAX).clamp(1, MOST_PAGES)
    }

    fn take(&mut self, page: Page) -> Result<Step, String> {
        if page.total != self.total {
            let said = |total: Option<u64>| total.map_or("none".to_owned(), |total| total.to_string());
            return Err(format!("its total changed from {} to {}", said(self.total), said(page.total)));
        }
        let (length, have) = (page.rows.len(), self.rows.len());
        // Whether a page past the end is empty or repeats another is not documented (api.md 2.4): without a total, one
        // that brings no new id is the end (design 2.5).
        if self.total.is_none() && have > 0 && page.rows.iter().all(|row| self.ids.contains(&row.id)) {
            return Ok(Step::Whole);
        }
        // A total is the better judge; without one, pages of uneven length are the only sign of lost rows.
        if self.total.is_none() && length > 0 {
            if self.short {
                return Err("a page in the middle is shorter than the first".to_owned());
            }
            if length > self.ceiling {
                return Err("a page is longer than the first".to_owned());
            }
            self.short = length < self.ceiling;
        }
        for row in page.rows {
            if !self.ids.insert(row.id) {
                return Err(format!("id {} is listed twice", row.id));
            }
            self.bytes = self.bytes.saturating_add(bytes(&row.raw));
            self.rows.push(row);
        }
        if self.bytes > MOST_BYTES {
            return Err(format!("its rows take more than {} MB", MOST_BYTES >> 20));
        }
        let listed = u64::try_from(self.rows.len()).unwrap_or(u64::MAX);
        match self.total {
            Some(total) if listed == total => Ok(Step::Whole),
            Some(total) if listed > total => Err(format!("it says that there are {total}, and lists {listed}")),
            Some(total) if length == 0 => Err(format!("it says that there are {total}, and lists {have}")),
            None if length == 0 => Ok(Step::Whole),
            _ => Ok(Step::More),
        }
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
pub(super) fn row(raw: Value) -> Result<Row, What> {
    let id = match raw.get("id") {
        Some(Value::Number(id)) => id.as_u64(),
        Some(Value::String(id)) => id.trim().parse().ok(),
        _ => None,
    };
    match id {
        Some(id) => Ok(Row { id, raw }),
        None => Err(What::NotUnderstood("a user without an id".into())),
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
#[allow(clippy::unwrap_used)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn page(ids: impl IntoIterator<Item = u64>, total: Option<u64>) -> Page {
        Page { rows: ids.into_iter().map(|id| Row { id, raw: json!({"id": id}) }).collect(), total }
    }

    /// Lists from pages that are given; past their end there are empty ones with the same total.
    fn list(pages: &[Page]) -> (Result<Vec<u64>, What>, u32) {
        let asked = AtomicU32::new(0);
        let total = pages.first().and_then(|page| page.total);
        let fetch = |number: u32| {
            asked.fetch_add(1, Ordering::Relaxed);
            let found = pages.get(number as usize - 1).cloned();
            async move { Ok(found.unwrap_or(Page { total, ..Page::default() })) }
        };
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let listed = runtime.block_on(whole(System::Crm, "listing users", fetch));
        let ids = listed.map(|rows| rows.iter().map(|row| row.id).collect()).map_err(|error| error.what);
        (ids, asked.into_inner())
    }

    fn incomplete(why: &str) -> Result<Vec<u64>, What> {
        Err(What::Incomplete(why.to_owned()))
    }

    #[test]
    fn a_listing_is_whole_or_says_how_it_contradicts_itself() {
        let table = [
            (vec![], Ok(vec![]), "nobody, no total"),
            (vec![page([], Some(0))], Ok(vec![]), "nobody"),
            (vec![page([3, 1], Some(2))], Ok(vec![3, 1]), "one page"),
            (vec![page([1, 2], None), page([3], None)], Ok(vec![1, 2, 3]), "no total"),
            (vec![page([1, 2], None), page([3, 4], None)], Ok(vec![1, 2, 3, 4]), "no total, last page full"),
            (vec![page([1, 2], Some(3)), page([3], Some(3))], Ok(vec![1, 2, 3]), "total"),
            (vec![page([1], Some(2))], incomplete("it says that there are 2, and lists 1"), "a row is missing"),
            (vec![page([1, 2], Some(1))], incomplete("it says that there are 1, and lists 2"), "a row too many"),
            (vec![page([], Some(9))], incomplete("it says that there are 9, and lists 0"), "an empty first page"),
            (vec![page([1, 2], Some(4)), page([2, 3], Some(4))], incomplete("id 2 is listed twice"), "repeated"),
            (vec![page([1, 2], None), page([1, 2], None)], Ok(vec![1, 2]), "past the end the last page is repeated"),
            (
                vec![page([1, 2], None), page([3], None), page([4, 5], None)],
                incomplete("a page in the middle is shorter than the first"),
                "short",
            ),
            (vec![page([1], None), page([2, 3], None)], incomplete("a page is longer than the first"), "long"),
            (
                vec![page([1, 2], Some(4)), page([3, 4], Some(5))],
                incomplete("its total changed from 4 to 5"),
                "totals disagree",
            ),
        ];
        for (pages, want, name) in table {
            assert_eq!(list(&pages).0, want, "{name}");
        }
    }

    #[test]
    fn with_a_total_no_page_is_asked_for_in_vain() {
        assert_eq!(list(&[page(0..100, Some(100))]).1, 1);
        assert_eq!(list(&[page(0..7, Some(14)), page(7..14, Some(14))]).1, 2);
        let pages: Vec<Page> = (0..20).map(|n| page(n * 5..n * 5 + 5, Some(100))).collect();
        assert_eq!(list(&pages).1, 20);
    }

    #[test]
    fn a_total_out_of_this_world_ends_with_the_rows() {
        let (listed, asked) = list(&[page([1], Some(u64::MAX))]);
        assert!(matches!(listed, Err(What::Incomplete(_))) && asked < 20, "{listed:?} {asked}");
    }

    #[test]
    fn a_listing_is_held_to_a_limit() {
        // 24 pages of one row each, of 24 MB.
        let text = "x".repeat(24 << 20);
        let big = |id| Page { rows: vec![Row { id, raw: json!({"id": id, "text": text}) }], total: None };
        let asked = AtomicU32::new(0);
        let fetch = |number: u32| {
            asked.fetch_add(1, Ordering::Relaxed);
            let page = big(u64::from(number));
            async move { Ok(page) }
        };
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let listed = runtime.block_on(once(&fetch)).unwrap();
        assert_eq!(listed.map(|rows| rows.len()), Err("its rows take more than 512 MB".to_owned()));
        assert_eq!(asked.into_inner(), 22);
    }

    #[test]
    fn a_row_needs_an_id() {
        assert_eq!(row(json!({"id": 3})).map(|row| row.id), Ok(3));
        assert_eq!(row(json!({"id": "3"})).map(|row| row.id), Ok(3));
        for raw in [json!({}), json!({"id": -3}), json!({"id": 1.5}), json!({"id": null}), json!([]), json!("id")] {
            assert!(row(raw).is_err());
        }
    }

    proptest! {
        #[test]
        fn any_number_of_rows_is_listed_whole_at_any_ceiling(rows in 0_u64..60, ceiling in 1_usize..15, total: bool) {
            let ids: Vec<u64> = (0..rows).collect();
            let said = total.then_some(rows);
            let pages: Vec<Page> = ids.chunks(ceiling).map(|ids| page(ids.to_vec(), said)).collect();
            prop_assert_eq!(list(&pages).0, Ok(ids));
        }

        /// A page that goes missing is never taken for a smaller world. (Without a total the last one cannot be missed.)
        #[test]
        fn a_lost_page_is_noticed(rows in 2_u64..60, ceiling in 1_usize..15, lost: prop::sample::Index) {
            let ids: Vec<u64> = (0..rows).collect();
            let mut pages: Vec<Page> = ids.chunks(ceiling).map(|ids| page(ids.to_vec(), Some(rows))).collect();
            let lost = lost.index(pages.len());
            pages.get_mut(lost).unwrap().rows.clear();
            prop_assert!(list(&pages).0.is_err());
        }
    }
}
