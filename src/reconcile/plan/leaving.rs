//! What becomes of the accounts of a person who leaves, as data and in words.

use std::collections::BTreeMap;

use crate::model::agent::Slug;

/// What becomes of the accounts of a person who leaves, in this run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leaving {
    pub pf: LeavingPfUser,
    pub crm: LeavingCrmUser,
    /// Whether the CRM user is reported also where nothing is written for the person.
    pub is_always_reported: bool,
}

/// What becomes of the Property Finder user of a person who leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LeavingPfUser {
    /// There is none.
    Absent,
    /// The CRM stores this id, and Property Finder does not list the user.
    Gone(u64),
    /// It is inactive already.
    Inactive(u64),
    /// This run deactivates it.
    Deactivated(u64),
    /// It is active, and this run does not deactivate it.
    StaysActive(u64),
}

/// What becomes of the CRM user of a person who leaves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LeavingCrmUser {
    /// There is none.
    Absent,
    /// It stays.
    Stays {
        /// The CRM's id.
        crm: u64,
        /// Why it is not deleted although the file names receivers, or why nothing at all is written to it.
        why: Option<String>,
    },
    /// It is deleted in this run.
    Deleted {
        /// The CRM's id.
        crm: u64,
        /// The receivers of the work.
        receivers: Receivers,
    },
    /// A later run deletes it.
    Later {
        /// The CRM's id.
        crm: u64,
        /// Why it is not deleted yet, and what to do; nothing where only the scope leaves it out.
        why: Option<String>,
        /// The receivers for whom something has to be written first.
        after: Vec<Slug>,
    },
}

/// The people who receive the work of a deleted CRM user: always all three kinds.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Receivers {
    /// Receives the properties.
    pub properties: Receiver,
    /// Receives the leads.
    pub leads: Receiver,
    /// Receives the landlords.
    pub landlords: Receiver,
}

/// A person who receives work.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Receiver {
    pub agent: Slug,
    /// The id of the CRM user.
    pub crm: u64,
}

impl Receivers {
    /// The three kinds of work by their names in a file, each with its receiver.
    pub(crate) const fn by_kind(&self) -> [(&'static str, &Receiver); 3] {
        let Self { properties, leads, landlords } = self;
        [("properties", properties), ("leads", leads), ("landlords", landlords)]
    }

    /// Each receiver once.
    pub(crate) fn each(&self) -> BTreeMap<u64, &Slug> {
        self.by_kind().into_iter().map(|(_, receiver)| (receiver.crm, &receiver.agent)).collect()
    }

    /// `omar-haddad, crm 12, receives its properties and leads; lina-saad, crm 14, receives its landlords`: the work of one
    /// user.
    fn in_words(&self) -> String {
        let mut kinds: Vec<(&Receiver, Vec<&str>)> = Vec::new();
        for (kind, receiver) in self.by_kind() {
            match kinds.iter_mut().find(|(other, _)| *other == receiver) {
                Some((_, kinds)) => kinds.push(kind),
                None => kinds.push((receiver, vec![kind])),
            }
        }
        let list = |kinds: &[&str]| match kinds {
            [some @ .., last] if !some.is_empty() => format!("{} and {last}", some.join(", ")),
            kinds => kinds.concat(),
        };
        let sentence = |(receiver, kinds): &(&Receiver, Vec<&str>)| {
            format!("{}, crm {}, receives its {}", receiver.agent, receiver.crm, list(kinds))
        };
        kinds.iter().map(sentence).collect::<Vec<_>>().join("; ")
    }
}

impl Leaving {
    /// One sentence about both accounts; nothing where there is neither.
    #[must_use]
    pub(crate) fn in_words(&self) -> Option<String> {
        let at_pf = match self.pf {
            LeavingPfUser::Absent => None,
            LeavingPfUser::Gone(id) => Some(format!("pf {id}, whose id the CRM stores, is not at Property Finder")),
            LeavingPfUser::Inactive(id) => Some(format!("pf {id} is inactive already")),
            LeavingPfUser::Deactivated(id) => Some(format!("pf {id} is deactivated, and its listings go offline")),
            LeavingPfUser::StaysActive(id) => Some(format!("pf {id} is active, and is not deactivated in this run")),
        };
        let follows = matches!(self.crm, LeavingCrmUser::Deleted { .. })
            && matches!(self.pf, LeavingPfUser::Inactive(_) | LeavingPfUser::Deactivated(_));
        let in_crm = self.crm.in_words().map(|what| if follows { format!("then {what}") } else { what });
        let parts: Vec<String> = at_pf.into_iter().chain(in_crm).collect();
        (!parts.is_empty()).then(|| parts.join("; "))
    }

    /// Why the CRM user is not deleted, as a text that may name a row.
    pub(crate) const fn reason(&mut self) -> Option<&mut String> {
        match &mut self.crm {
            LeavingCrmUser::Stays { why, .. } | LeavingCrmUser::Later { why, .. } => why.as_mut(),
            LeavingCrmUser::Absent | LeavingCrmUser::Deleted { .. } => None,
        }
    }

    /// What people learn where nothing is written for the person: the warning without the file's name.
    pub(super) fn notice(&self) -> Option<String> {
        if !self.is_always_reported {
            return None;
        }
        match &self.crm {
            LeavingCrmUser::Stays { why: None, .. } => {
                Some(format!("leaves, and nothing is written; {}", self.in_words()?))
            }
            LeavingCrmUser::Stays { .. } | LeavingCrmUser::Later { why: Some(_), .. } => self.crm.in_words(),
            LeavingCrmUser::Absent | LeavingCrmUser::Deleted { .. } | LeavingCrmUser::Later { .. } => None,
        }
    }
}

impl LeavingPfUser {
    /// The user's id, also where the user is not there any more.
    #[must_use]
    pub(crate) const fn id(self) -> Option<u64> {
        match self {
            Self::Absent => None,
            Self::Gone(id) | Self::Inactive(id) | Self::Deactivated(id) | Self::StaysActive(id) => Some(id),
        }
    }
}

impl LeavingCrmUser {
    /// The CRM's id, if there is a user.
    #[must_use]
    pub(crate) const fn id(&self) -> Option<u64> {
        match self {
            Self::Absent => None,
            Self::Stays { crm, .. } | Self::Deleted { crm, .. } | Self::Later { crm, .. } => Some(*crm),
        }
    }

    pub(super) fn in_words(&self) -> Option<String> {
        Some(match self {
            Self::Absent => return None,
            Self::Stays { crm, why: None } => format!(
                "crm {crm} is not deleted, and its login stays usable: change the password there, or name the receivers of \
                 the work under `handover`"
            ),
            Self::Stays { crm, why: Some(why) } => format!("crm {crm} is not deleted: {why}"),
            Self::Deleted { crm, receivers } => format!("crm {crm} is deleted: {}", receivers.in_words()),
            Self::Later { crm, why: None, .. } => format!("crm {crm} is not deleted in this run"),
            Self::Later { crm, why: Some(why), .. } => {
                format!("crm {crm} is not deleted yet, and its login stays usable: {why}")
            }
        })
    }
}
