#![allow(clippy::unwrap_used)]

use std::sync::atomic::{AtomicU32, Ordering};

use proptest::prelude::*;
use serde_json::json;

use super::*;

fn page(ids: impl IntoIterator<Item = u64>, total: Option<u64>) -> Page {
    Page { rows: ids.into_iter().map(|id| Row::new(id, json!({"id": id}))).collect(), total }
}

/// Lists everybody from pages that are given; past their end there are empty ones with the same total.
fn list(pages: &[Page]) -> (Result<Vec<u64>, ErrorKind>, u32) {
    let asked = AtomicU32::new(0);
    let total = pages.first().and_then(|page| page.total);
    let fetch = |ask: PageRequest| {
        asked.fetch_add(1, Ordering::Relaxed);
        let found = pages.get(ask.number as usize - 1).cloned();
        async move { Ok(found.unwrap_or(Page { total, ..Page::default() })) }
    };
    let listed = read(ListingScope::Everybody, 100, fetch);
    (listed, asked.into_inner())
}

fn read<R>(of: ListingScope, size: u32, fetch: impl Fn(PageRequest) -> R + Sync) -> Result<Vec<u64>, ErrorKind>
where
    R: Future<Output = Result<Page, RemoteError>> + Send,
{
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let listed = runtime.block_on(whole(System::Crm, "listing users", (of, size), fetch, |row| row.id));
    listed.map_err(|error| error.what)
}

fn incomplete(why: &str) -> Result<Vec<u64>, ErrorKind> {
    Err(ErrorKind::Incomplete(why.to_owned()))
}

#[test]
fn a_listing_is_complete_or_its_contradiction_is_named() {
    let table = [
        (vec![], Ok(vec![]), "nobody, no total"),
        (vec![page([], Some(0))], Ok(vec![]), "nobody"),
        (vec![page([3, 1], Some(2))], Ok(vec![3, 1]), "one page"),
        (vec![page([1, 2], None), page([3], None)], Ok(vec![1, 2, 3]), "no total"),
        (vec![page([1, 2], None), page([3, 4], None)], Ok(vec![1, 2, 3, 4]), "no total, last page full"),
        (vec![page([1, 2], Some(3)), page([3], Some(3))], Ok(vec![1, 2, 3]), "total"),
        (vec![page([1], Some(2))], incomplete("its total is 2, and it lists 1"), "a row is missing"),
        (vec![page([1, 2], Some(1))], incomplete("its total is 1, and it lists 2"), "a row too many"),
        (vec![page([], Some(9))], incomplete("its total is 9, and it lists 0"), "an empty first page"),
        (vec![page([1, 2], Some(4)), page([2, 3], Some(4))], incomplete("id 2 is listed twice"), "repeated"),
        (vec![page([1], None), page([1], None)], Ok(vec![1]), "past the end the last page is repeated"),
        (
            vec![page([1, 2], None), page([3, 4], None), page([3, 4], None)],
            Ok(vec![1, 2, 3, 4]),
            "past the end the last of two pages is repeated",
        ),
        (
            vec![page([1, 2], None), page([1, 2], None)],
            incomplete("it answers every page with the same rows"),
            "page numbers are ignored",
        ),
        (
            vec![page([1, 2], Some(2)), page([1, 2], Some(2))],
            incomplete("it answers every page with the same rows"),
            "page numbers are ignored, and the total counts one page",
        ),
        (
            vec![page([1, 2], Some(2)), page([3, 4], Some(2)), page([5], Some(1)), page([], Some(0))],
            Ok(vec![1, 2, 3, 4, 5]),
            "the total counts one page",
        ),
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
fn a_full_last_page_is_followed_by_one_more_request() {
    assert_eq!(list(&[page([], Some(0))]).1, 1);
    assert_eq!(list(&[page(0..100, Some(100))]).1, 2);
    assert_eq!(list(&[page(0..7, Some(12)), page(7..12, Some(12))]).1, 2);
    assert_eq!(list(&[page(0..7, Some(14)), page(7..14, Some(14))]).1, 3);
    let pages: Vec<Page> = (0..20).map(|n| page(n * 5..n * 5 + 5, Some(100))).collect();
    assert_eq!(list(&pages).1, 21);
}

#[test]
fn a_filtered_listing_needs_no_further_page() {
    for (pages, requests) in [(vec![page([4], Some(1))], 1), (vec![page([], None)], 1), (vec![page([4], None)], 2)] {
        let asked = AtomicU32::new(0);
        let fetch = |ask: PageRequest| {
            asked.fetch_add(1, Ordering::Relaxed);
            let found = pages.get(ask.number as usize - 1).cloned().unwrap_or_default();
            async move { Ok(found) }
        };
        let want: Vec<u64> = pages.iter().flat_map(|page| page.rows.iter().map(|row| row.id)).collect();
        assert_eq!(read(ListingScope::Filter, 100, fetch), Ok(want));
        assert_eq!(asked.into_inner(), requests);
    }
}

#[test]
fn an_absurd_total_does_not_prolong_a_listing() {
    let (listed, asked) = list(&[page([1], Some(u64::MAX))]);
    assert!(matches!(listed, Err(ErrorKind::Incomplete(_))) && asked < 30, "{listed:?} {asked}");
}

#[test]
fn a_listing_has_a_size_limit() {
    // 24 pages of one row each, of 24 MB.
    let text = "x".repeat(24 << 20);
    let big = |id| Page { rows: vec![Row::new(id, json!({"id": id, "text": text}))], total: None };
    let asked = AtomicU32::new(0);
    let fetch = |ask: PageRequest| {
        asked.fetch_add(1, Ordering::Relaxed);
        let page = big(u64::from(ask.number));
        async move { Ok(page) }
    };
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let listed = runtime
        .block_on(once(&fetch, &|row: Row| row, (ListingScope::Everybody, 100), TotalMeaning::AllPages))
        .unwrap();
    assert_eq!(listed.map_err(|error| error.why).unwrap_err(), "its rows take more than 512 MB");
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
    fn any_number_of_rows_is_listed_completely_at_any_page_size(rows in 0_u64..60, ceiling in 1_usize..15, total: bool) {
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

/// What a total counts on a server.
#[derive(Clone, Copy, Debug)]
enum Counts {
    Nothing,
    All,
    Page,
}

/// A server with habits of its own.
#[derive(Debug)]
struct Habits {
    rows: Vec<u64>,
    ceiling: usize,
    counts: Counts,
    ignores_page_numbers: bool,
    repeats_its_last_page: bool,
}

impl Habits {
    fn answer(&self, ask: PageRequest) -> Page {
        let size = self.ceiling.min(ask.size as usize).max(1);
        let mut number = ask.number as usize;
        if self.repeats_its_last_page {
            number = number.min(self.rows.len().div_ceil(size).max(1));
        }
        if self.ignores_page_numbers {
            number = 1;
        }
        let rows: Vec<u64> = self.rows.iter().copied().skip((number - 1) * size).take(size).collect();
        let total = match self.counts {
            Counts::Nothing => None,
            Counts::All => Some(self.rows.len() as u64),
            Counts::Page => Some(rows.len() as u64),
        };
        page(rows, total)
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn no_page_size_or_total_loses_a_row_silently(
        rows in 0_u64..40,
        ceiling in 1_usize..15,
        counts in prop_oneof![Just(Counts::Nothing), Just(Counts::All), Just(Counts::Page)],
        ignores_page_numbers: bool,
        repeats_its_last_page: bool,
    ) {
        // Pages of one row that ignore their number cannot be distinguished from a listing of one row.
        prop_assume!(ceiling > 1 || !ignores_page_numbers);
        let server = Habits { rows: (0..rows).collect(), ceiling, counts, ignores_page_numbers, repeats_its_last_page };
        let listed = read(ListingScope::Everybody, 100, |ask| {
            let page = server.answer(ask);
            async move { Ok(page) }
        });
        match listed {
            Ok(listed) => prop_assert_eq!(listed, server.rows),
            Err(_) => prop_assert!(ignores_page_numbers, "{:?}", listed),
        }
    }
}
