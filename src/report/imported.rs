//! What `roster import` reports of rows: systems and ids, never values.

use super::text::count;
use crate::reconcile::matching::{RowPair, UnclearReason, UnclearRows};

/// So many rows of one message are named.
const MOST_NAMED: usize = 10;

/// How many files were written, and how many people have none after all.
pub(crate) fn imported(written: usize, left: usize) -> String {
    format!("{}, {left} not imported", count(written, "file written", "files written"))
}

/// How many people an earlier import wrote to a folder.
pub(crate) fn already_there(files: usize, folder: &str) -> String {
    format!("{folder} has {} already; these people are skipped", count(files, "file", "files"))
}

/// The rows of one person: `crm 3, pf 7701`.
pub(crate) fn rows(pair: RowPair) -> String {
    let crm = pair.crm.map(|id| format!("crm {id}"));
    crm.into_iter().chain(pair.pf.map(|id| format!("pf {id}"))).collect::<Vec<_>>().join(", ")
}

/// What to do about an account beside the one that a person uses.
const fn other_account(in_crm: bool, active_at_pf: bool) -> &'static str {
    match (in_crm, active_at_pf) {
        (false, false) => "It is not active, so nothing is to do. If it is another person, write a file by hand",
        (false, true) => {
            "If it is the same person, deactivate it at Property Finder, where it is active; if not, write a file by hand"
        }
        (true, _) => "If it is the same person, deactivate it, since its login is usable; if not, write a file by hand",
    }
}

/// Rows that are not imported, and why.
pub(crate) fn unclear(unclear: &UnclearRows) -> String {
    let crm = unclear.crm.iter().map(|id| format!("crm {id}"));
    let mut rows: Vec<String> = crm.chain(unclear.pf.iter().map(|id| format!("pf {id}"))).collect();
    if let more @ 1.. = rows.len().saturating_sub(MOST_NAMED) {
        rows.truncate(MOST_NAMED);
        rows.push(format!("{more} more"));
    }
    let rows = rows.join(" and ");
    match &unclear.reason {
        UnclearReason::SameStoredId => {
            format!(
                "{rows}: more than one CRM row stores this Property Finder user. Release the wrong row: \
                 `roster link AGENT --release --crm ID`"
            )
        }
        UnclearReason::SameLogin => {
            format!(
                "{rows}: more than one row of a system, or more than one person, has this login e-mail. Change it, or the \
                 stored ids, in the rows of the wrong person"
            )
        }
        UnclearReason::Alike(agreed) => format!(
            "{rows} may be one person: they agree in {} alone, or more rows agree. If it is one person, give both rows the \
             same login e-mail; if not, write a file for each by hand",
            agreed.join(" and ")
        ),
        UnclearReason::SeveralLogins(agreed) => format!(
            "{rows} may be one person with several login e-mails: they agree in {}. If it is one person, write one file by hand, \
             for the account that stays; if not, a file for each",
            agreed.join(" and ")
        ),
        UnclearReason::OtherAccounts { of, agreed, active } => format!(
            "{rows}: may be another account of the person of {}: they agree in {}. {}",
            self::rows(*of),
            agreed.join(" and "),
            other_account(!unclear.crm.is_empty(), !active.is_empty())
        ),
        UnclearReason::OtherAccountOfFile { slug, is_active } => format!(
            "{rows}: may be another account of {slug}, who has a file. {}",
            other_account(!unclear.crm.is_empty(), *is_active && !unclear.pf.is_empty())
        ),
        UnclearReason::OfFile { slug, crm } => {
            let own = crm.map(|id| format!(" and is crm {id}")).unwrap_or_default();
            format!("{rows}: may be {slug}, who has a file{own}. roster plan shows how they differ")
        }
        UnclearReason::StoredIdsDisagree => {
            format!(
                "{rows}: the CRM row stores the id of one Property Finder user and the profile of another one. Release it: \
                 `roster link AGENT --release --crm ID`"
            )
        }
        UnclearReason::SameSlug => format!(
            "{rows}: more than one CRM row stores this slug. Release the wrong row: `roster link AGENT --release --crm ID`"
        ),
    }
}
