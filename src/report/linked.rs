//! What `roster link` shows: the rows of a link, in what they agree with the file, and the link fields before and after.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::text::{cut, escaped, isolated};
use crate::model::config::{LinkFields, PfContract};
use crate::model::record::Record;
use crate::reconcile::manual_link::ManualLink;
use crate::reconcile::memory::Memory;
use crate::reconcile::observed::LinkValues;
use crate::redact::{Redactor, Untrusted};

/// How a link is shown.
pub(crate) struct LinkView<'a> {
    /// Whether the login e-mails are shown.
    pub reveal: bool,
    /// The numbers of the link fields.
    pub fields: &'a LinkFields,
    /// Whether a user of Property Finder can be looked up.
    pub contract: PfContract,
    /// The file's name and values, if the agent has a file.
    pub file: Option<(&'a str, &'a Record)>,
}

/// The rows, one on each line, and then each link field that changes.
#[must_use]
pub(crate) fn manual_link(link: &ManualLink, view: &LinkView<'_>, redactor: &Redactor<'_>) -> String {
    const LONGEST: usize = 60;
    let agreements = view.file.map(|(_, record)| link.agreements(record)).unwrap_or_default();
    let agrees = |facts: &BTreeSet<&str>| match view.file {
        None => String::new(),
        Some((file, _)) if facts.is_empty() => format!("; agrees with {file} in nothing"),
        Some((file, _)) => {
            let facts: Vec<&str> = facts.iter().copied().collect();
            format!("; agrees with {file} in {}", facts.join(", "))
        }
    };
    let row = |name: Option<&str>, login: Option<&str>| {
        let name = match name.unwrap_or_default().trim() {
            "" => "(no public name)".to_owned(),
            name => isolated(&cut(&redactor.quote(&Untrusted::from(name)), LONGEST)),
        };
        let login = match login {
            None => "none".to_owned(),
            Some(login) if view.reveal => cut(&escaped(login), LONGEST),
            Some(_) => "(private)".to_owned(),
        };
        format!("{name}; login e-mail {login}")
    };
    let crm = &link.crm;
    let mut out =
        format!("crm {}: {}{}\n", crm.id, row(Some(&crm.name()), crm.login.as_deref()), agrees(&agreements.crm));
    if let Some(user) = &link.pf {
        let state = if user.inactive { " (inactive)" } else { "" };
        let shown = if view.contract.lists_users() {
            row(user.name.as_deref(), user.login.as_deref()) + &agrees(&agreements.pf)
        } else {
            "not looked up, since Property Finder's documented contract lists no users".to_owned()
        };
        let _ = writeln!(out, "pf {}{state}: {shown}", user.id);
    }
    out + &changes(link, view.fields, redactor)
}

/// One line for each link field that changes: `pf_user (12): 7701 → 7712`.
fn changes(link: &ManualLink, numbers: &LinkFields, redactor: &Redactor<'_>) -> String {
    let (before, after) = (texts(&link.crm.links), texts(&link.links));
    let mut out = String::new();
    for ((name, number), (before, after)) in numbers.ids().into_iter().zip(before.into_iter().zip(after)) {
        let label = format!("{number} ({name})");
        let other_text =
            link.crm.unreadable_links.contains(&label) || link.crm.unreadable_slug.as_ref() == Some(&label);
        let nothing = || "(none)".to_owned();
        let before = match before {
            None if other_text => "(another text)".to_owned(),
            None => nothing(),
            Some(text) => redactor.quote(&Untrusted::from(text.as_str())),
        };
        let after = after.unwrap_or_else(nothing);
        if before != after {
            let _ = writeln!(out, "  link field {label}: {before} → {after}");
        }
    }
    out
}

/// The link fields as texts; of the memory only that there is one.
fn texts(links: &LinkValues) -> [Option<String>; 4] {
    let memory = links.memory.as_deref().map(|text| if Memory::parse(text).is_ok() { "kept" } else { "unreadable" });
    [
        links.agent.clone(),
        links.pf_user.map(|id| id.to_string()),
        links.pf_profile.map(|id| id.to_string()),
        memory.map(str::to_owned),
    ]
}
