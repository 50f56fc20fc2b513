//! What people should know of a plan beside what it does: each warning as data, and in words.

use std::collections::BTreeSet;
use std::fmt;

use crate::model::agent::{Field, Slug};
use crate::model::record::System;
use crate::reconcile::matching::{Agreement, MOST_FOUND, Orphan, OtherAccount, SamePerson, SharedRows};

/// How many rows or people a warning names.
const NAMED: usize = 3;

/// What people should know, and what it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// The file that it is about, from the repository's root.
    pub file: Option<String>,
    /// The field of that file.
    pub field: Option<Field>,
    /// What it is.
    pub kind: WarningKind,
}

/// What happened to a value that no file declares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UndeclaredChange {
    /// The system held nothing.
    Added,
    /// The system held another value.
    Changed,
    /// The system holds nothing now.
    Removed,
}

impl UndeclaredChange {
    const fn in_words(self) -> &'static str {
        match self {
            Self::Added => "was added",
            Self::Changed => "was changed",
            Self::Removed => "was removed",
        }
    }
}

/// What people should know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WarningKind {
    /// A sentence of the reading, of a system, or of a saved plan.
    Reported(String),
    /// There are no link fields.
    NoLinkFields,
    /// The CRM returns the role in a form that cannot be compared.
    UnreadableRole,
    /// The memory of the person cannot be read.
    UnreadableMemory,
    /// The link field of the slug holds something else in these CRM rows.
    UnreadableSlugs { rows: Vec<u64>, field: String },
    /// The Property Finder user has no public profile.
    NoProfile { user: u64 },
    /// The CRM stores no id of the user's public profile, which nothing else leads to.
    NoProfileId { agent: Slug, user: u64 },
    /// Rows of one system have in common what one person has alone.
    SharedRows(SharedRows),
    /// `roster.lock` links the agent to a row that the CRM does not have. Whether an apply removes the link.
    LinkWithoutRow { agent: Slug, crm: u64, removed: bool },
    /// The file of a row is gone, and the row keeps its links.
    FileGone(Orphan),
    /// The row is released, and its file had named receivers.
    ReleasedUndeleted { crm: u64 },
    /// After the deletion of the CRM user nothing would lead to this Property Finder user.
    OtherLogin { user: u64, crm: u64 },
    /// What becomes of the accounts of a person who leaves, where nothing is written.
    Leaves(String),
    /// People who are not active and whose Property Finder users are not known.
    NotDeactivated(Vec<Slug>),
    /// Fields that the documented contract has no member for, each with the number of files that declare it.
    WithoutMember(Vec<(&'static str, usize)>),
    /// So many users would be created although it cannot be looked up whether they exist.
    UnlistedCreates(usize),
    /// Drift cannot be seen at Property Finder.
    UnlistedDrift,
    /// The file and a system both changed since base.
    ConflictSince { base: String },
    /// The file is newer than base, and its person is blocked.
    NewAndBlocked { base: String, why: String },
    /// A value that the file does not declare is another than at the last look.
    Undeclared { field: String, system: System, change: UndeclaredChange, since: String },
    /// The owner of the CRM's key is not known, so that person is not protected.
    UnknownKeyOwner,
    /// The person would be created, and may be described by other files too.
    SecondAccount { agent: Slug, others: Vec<SamePerson> },
    /// The accounts of one system may be the person's too, and are in use.
    OtherAccounts { agent: Slug, system: System, accounts: Vec<OtherAccount> },
    /// A digest of `--accept` is none of this plan.
    AcceptedNothing { digest: String },
}

impl Warning {
    /// A sentence about no file.
    pub(crate) const fn reported(text: String) -> Self {
        Self { file: None, field: None, kind: WarningKind::Reported(text) }
    }

    /// About a file.
    pub(crate) const fn of(file: String, kind: WarningKind) -> Self {
        Self { file: Some(file), field: None, kind }
    }

    /// About a field of its file.
    pub(super) fn at(self, field: Field) -> Self {
        Self { field: Some(field), ..self }
    }

    /// The texts in it that a system sent.
    pub(crate) fn texts(&mut self) -> Option<&mut String> {
        match &mut self.kind {
            WarningKind::Reported(text)
            | WarningKind::Leaves(text)
            | WarningKind::NewAndBlocked { why: text, .. }
            | WarningKind::FileGone(Orphan { agent: text, .. }) => Some(text),
            // Without `_`, so that each new variant needs a decision here. The names of fields come from roster.yaml, and a
            // base from the command line.
            WarningKind::NoLinkFields
            | WarningKind::UnreadableRole
            | WarningKind::UnreadableMemory
            | WarningKind::UnreadableSlugs { .. }
            | WarningKind::NoProfile { .. }
            | WarningKind::NoProfileId { .. }
            | WarningKind::SharedRows(_)
            | WarningKind::LinkWithoutRow { .. }
            | WarningKind::ReleasedUndeleted { .. }
            | WarningKind::OtherLogin { .. }
            | WarningKind::NotDeactivated(_)
            | WarningKind::WithoutMember(_)
            | WarningKind::UnlistedCreates(_)
            | WarningKind::UnlistedDrift
            | WarningKind::ConflictSince { .. }
            | WarningKind::Undeclared { .. }
            | WarningKind::SecondAccount { .. }
            | WarningKind::OtherAccounts { .. }
            | WarningKind::AcceptedNothing { .. }
            | WarningKind::UnknownKeyOwner => None,
        }
    }
}

impl From<WarningKind> for Warning {
    fn from(kind: WarningKind) -> Self {
        Self { file: None, field: None, kind }
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(file) = &self.file {
            write!(out, "{file}: ")?;
        }
        self.kind.fmt(out)
    }
}

impl fmt::Display for WarningKind {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Reported(text) | Self::Leaves(text) => out.write_str(text),
            Self::NoLinkFields => out.write_str(
                "roster.yaml has no crm.link_fields (or links: file): people are matched by login e-mail alone, apply refuses \
                 creates and login changes, and photos and fields that Property Finder does not return are not compared",
            ),
            Self::UnreadableRole => out.write_str(
                "the CRM returns the role in a form that roster cannot read, so it is not compared",
            ),
            Self::UnreadableMemory => out.write_str(
                "the memory in the CRM cannot be read; fields that Property Finder does not return are sent once more",
            ),
            Self::UnreadableSlugs { rows, field } => write!(
                out,
                "crm {}: link field {field} holds a text that is not a slug, so nothing is written there: check \
                 crm.link_fields in roster.yaml, or overwrite the text with `roster link AGENT --crm ID`",
                first(rows)
            ),
            Self::NoProfile { user } => write!(
                out,
                "pf user {user} has no public profile, and cannot get one; its public fields are not compared"
            ),
            Self::NoProfileId { agent, user } => write!(
                out,
                "pf user {user} has no profile id in the CRM: store it with `roster link {agent} --pf-user {user} \
                 --pf-profile ID`; its public fields are not compared"
            ),
            Self::SharedRows(shared) => shared_rows(shared, out),
            Self::LinkWithoutRow { agent, crm, removed } => {
                let what = if *removed {
                    "whose user is deleted: an apply removes the entry"
                } else {
                    "which the CRM does not have: remove the entry if the user was deleted"
                };
                write!(out, "roster.lock links {agent} to crm {crm}, {what}")
            }
            Self::FileGone(Orphan { crm, agent, pf_user: _ }) => write!(
                out,
                "crm {crm}: the file of {agent} is gone, and Property Finder does not show this person, so nothing is \
                 written; restore the file, or release the row with `roster link {agent} --release`"
            ),
            Self::ReleasedUndeleted { crm } => write!(
                out,
                "the file is gone, and crm {crm} was not deleted: its login stays usable, and it keeps its work; to have it \
                 deleted, restore the file until a plan has nothing for it"
            ),
            Self::OtherLogin { user, crm } => write!(
                out,
                "pf {user} has another login e-mail than this file, and only the login e-mail can find it after crm {crm} \
                 is deleted: write the login e-mail of pf {user} into the file"
            ),
            Self::NotDeactivated(people) => write!(
                out,
                "{}: not active, and the CRM stores no id of a user at Property Finder, so nobody is deactivated there. \
                 Store the ids with `roster link AGENT --pf-user ID --pf-profile ID`, or declare that there is none with \
                 `roster link AGENT --no-pf`",
                first(people)
            ),
            Self::WithoutMember(files) => {
                let fields: Vec<String> = files.iter().map(|(path, count)| format!("{path} ({count})")).collect();
                write!(
                    out,
                    "Property Finder's documented contract has no member for these fields, which are not sent there (the \
                     number of files that declare them): {}",
                    fields.join(", ")
                )
            }
            Self::UnlistedCreates(count) => write!(
                out,
                "{count} {} would be created at Property Finder, whose documented contract lists no users: a person who has \
                 a user there gets a second one. First store the ids of such users with `roster link AGENT --pf-user ID \
                 --pf-profile ID`",
                if *count == 1 { "user" } else { "users" }
            ),
            Self::UnlistedDrift => out.write_str(
                "Property Finder's documented contract returns no values: a change made by hand there is not seen",
            ),
            Self::ConflictSince { base } => write!(
                out,
                "the file and a system both changed since {base}, to different values: `roster plan` shows it as a conflict"
            ),
            Self::NewAndBlocked { base, why } => write!(out, "is newer than {base}, and blocked: {why}"),
            Self::Undeclared { field, system, change, since } => write!(
                out,
                "`{field}` {} in {} since {since}, and the file does not declare it: correct it there, or declare it in the file",
                change.in_words(),
                system.name()
            ),
            Self::SecondAccount { agent, others } => out.write_str(&second_account(agent, others)),
            Self::OtherAccounts { agent, system, accounts } => out.write_str(&other_accounts(agent, *system, accounts)),
            Self::AcceptedNothing { digest } => write!(
                out,
                "--accept {digest} lets nothing through: no limit that this plan exceeds has this digest. The plan may have \
                 changed since the digest was printed",
            ),
            Self::UnknownKeyOwner => out.write_str(
                "the CRM does not report the owner of this API key: name that person under protect in roster.yaml, so that no \
                 run deactivates the user that roster works as",
            ),
        }
    }
}

fn second_account(agent: &Slug, others: &[SamePerson]) -> String {
    let one = |other: &SamePerson| {
        let rows: Vec<String> = other.rows.iter().map(|(system, id)| format!("{system} {id}")).collect();
        let rows = if rows.is_empty() { String::new() } else { format!(" ({})", rows.join(", ")) };
        format!("`{}`{rows} has the same {}", other.slug, agreed(&other.agreed))
    };
    let named: Vec<String> = others.iter().take(NAMED).map(one).collect();
    let more = if others.len() < MOST_FOUND { "" } else { "; and more" };
    format!(
        "may be the same person as another file, and would get a second account: {}{more}. If it is the same person, keep one of \
         the files: of a person who comes back the old one, with the new login e-mail. If the other row is this person's, link it \
         with `roster link {agent} --crm ID --pf-user ID`. If they are two people, accept the digest that the plan prints",
        named.join("; ")
    )
}

fn other_accounts(agent: &Slug, system: System, accounts: &[OtherAccount]) -> String {
    let ids: Vec<u64> = accounts.iter().map(|account| account.id).collect();
    let facts = accounts.iter().flat_map(|account| account.agreed.iter().copied()).collect();
    let (in_use, flag) = match system {
        System::Crm => ("its login is usable", "--crm ID"),
        System::Pf => ("is active", "--pf-user ID"),
    };
    format!(
        "{system} {}, which no file has, may be another account of this person, and {in_use}: the same {}. If so, deactivate it in {}, \
         or declare its login e-mail and link it with `roster link {agent} {flag}`",
        first(&ids),
        agreed(&facts),
        system.name()
    )
}

fn agreed(facts: &BTreeSet<&'static str>) -> String {
    facts.iter().copied().collect::<Vec<_>>().join(", ")
}

fn shared_rows(shared: &SharedRows, out: &mut fmt::Formatter<'_>) -> fmt::Result {
    let SharedRows { system, agreement, rows } = shared;
    let rows = rows.iter().map(|(id, slug)| match slug {
        Some(slug) => format!("{system} {id} ({slug})"),
        None => format!("{system} {id}"),
    });
    let advice = match agreement {
        Agreement::Login => "keep one of them",
        Agreement::Email | Agreement::Licence | Agreement::NameAndPhone => "compare them",
    };
    write!(
        out,
        "{} have the same {}: one person may have two accounts there: {advice}",
        first(&rows.collect::<Vec<_>>()),
        agreement.words()
    )
}

/// The first names of a list, and how many more there are.
fn first(all: &[impl ToString]) -> String {
    let named = all.iter().take(NAMED).map(ToString::to_string).collect::<Vec<_>>().join(", ");
    match all.len().saturating_sub(NAMED) {
        0 => named,
        more => format!("{named} and {more} more"),
    }
}
