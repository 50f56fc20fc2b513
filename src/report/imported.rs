//! What `roster import` reports of rows: systems and ids, never values.

use super::text::count;
use crate::reconcile::matching::{RowPair, UnclearReason, UnclearRows};

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

/// Rows that are not imported, and why.
pub(crate) fn unclear(unclear: &UnclearRows) -> String {
    let crm = unclear.crm.iter().map(|id| format!("crm {id}"));
    let rows: Vec<String> = crm.chain(unclear.pf.iter().map(|id| format!("pf {id}"))).collect();
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
        UnclearReason::SeveralLogins { agreed, imported: None } => format!(
            "{rows} may be one person with several login e-mails: the {} agree. If it is one person, give the account that stays \
             the same login e-mail in both systems; if not, correct the values that agree, or write a file for each by hand",
            agreed.join(" and the ")
        ),
        UnclearReason::SeveralLogins { agreed, imported: Some(pair) } => format!(
            "{rows}: may be another account of the person who is imported from {}, the {} agree. If it is one person, nothing \
             is to do; if not, correct the values that agree, or write a file by hand",
            self::rows(*pair),
            agreed.join(" and the ")
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
