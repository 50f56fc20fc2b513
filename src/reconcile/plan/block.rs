//! Why nothing can be planned for a person, as data and in words.

use super::unlisted_users::link_or_create;
use super::{LeavingCrmUser, PersonPlan, Plan, look_alikes};
use crate::model::agent::Slug;
use crate::model::record::System;
use crate::reconcile::matching::{Ambiguity, LookAlike};

/// Why nothing can be planned for a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Block {
    /// The person's rows are ambiguous.
    Ambiguous(Ambiguity),
    /// Rows without a file may be the person's, and so the person may exist already, or may still be online.
    MayExist { creates: bool, rows: Vec<LookAlike>, linkable: bool },
    /// The CRM stores a Property Finder user that is not there.
    NoPfUser { user: u64 },
    /// A Property Finder user whose id is not known may exist.
    PossiblePfUser(PossibleUser),
    /// Property Finder does not take what it is to hold, for the reason that its mapper gives.
    Refused(String),
    /// A write of the licence would lose the date of this compliance.
    UnreadableDate { user: u64, compliance: usize },
    /// Without link fields nobody is created or given another login e-mail.
    NoLinkFields { creates: bool },
    /// `roster.yaml` protects the person.
    Protected,
    /// The person is the user whose API key is at work.
    OwnKey,
    /// A row that stays has the login e-mail. The slug of its person, if one is known.
    LoginTaken { system: System, id: u64, owner: Option<String> },
    /// A row that stays carries the slug; it is that of another person.
    SlugTaken { crm: u64, owner: String },
    /// Each of these people takes the login e-mail or the slug of the next.
    Cycle { others: Vec<Slug>, remedy: CycleRemedy },
    /// Only the deletion of the CRM user is left, and it has to wait.
    DeletionWaits,
    /// The reason in a saved plan.
    Saved(String),
}

/// Why a Property Finder user may exist that no stored id leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PossibleUser {
    /// A create was sent.
    CreateSent,
    /// Values were sent.
    ValuesSent,
    /// The memory cannot be read.
    UnreadableMemory,
    /// Nothing is known, and the CRM user would be deleted.
    BeforeDeletion,
}

/// How a cycle can be broken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CycleRemedy {
    /// One of the files gets an unused slug.
    UnusedSlug,
    /// One of the people gets an unused login e-mail, in the file. The systems in which logins change.
    UnusedLogin(Vec<System>),
    /// The same in these systems, since nobody changed the files.
    UnusedLoginByHand(Vec<System>),
}

impl Block {
    /// The slugs of other people, where it depends on their files too.
    #[must_use]
    pub(crate) fn by(&self, person: &PersonPlan) -> Vec<String> {
        match self {
            Self::MayExist { rows, .. } => rows.iter().filter_map(|row| row.slug.clone()).collect(),
            Self::LoginTaken { owner, .. } => owner.iter().cloned().collect(),
            Self::SlugTaken { owner, .. } => vec![owner.clone()],
            Self::Cycle { others, .. } => others.iter().map(Slug::to_string).collect(),
            Self::DeletionWaits => match person.leaving.as_ref().map(|leaving| &leaving.crm) {
                Some(LeavingCrmUser::Later { after, .. }) => after.iter().map(Slug::to_string).collect(),
                _ => Vec::new(),
            },
            _ => Vec::new(),
        }
    }

    /// The texts in it that a system sent.
    pub(crate) fn texts(&mut self) -> Vec<&mut String> {
        match self {
            Self::Refused(text) | Self::Saved(text) | Self::SlugTaken { owner: text, .. } => vec![text],
            Self::LoginTaken { owner, .. } => owner.iter_mut().collect(),
            Self::MayExist { rows, .. } => rows.iter_mut().filter_map(|row| row.slug.as_mut()).collect(),
            Self::Ambiguous(ambiguity) => ambiguity.texts(),
            // Without `_`, so that each new variant needs a decision here.
            Self::NoPfUser { .. }
            | Self::PossiblePfUser(_)
            | Self::UnreadableDate { .. }
            | Self::NoLinkFields { .. }
            | Self::Protected
            | Self::OwnKey
            | Self::Cycle { .. }
            | Self::DeletionWaits => Vec::new(),
        }
    }

    fn in_words(&self, person: &PersonPlan) -> String {
        let slug = &person.slug;
        let crm = person.crm.as_ref().map(|row| row.id);
        match self {
            Self::Ambiguous(ambiguity) => ambiguity.in_words(slug),
            Self::MayExist { creates, rows, linkable } => {
                let what = if *creates {
                    "may exist already, so nothing is created"
                } else {
                    "may still be online at Property Finder, so nothing is written"
                };
                format!("{what}: {}", look_alikes::in_words(slug, crm, rows, *linkable))
            }
            Self::NoPfUser { user } => format!(
                "the CRM stores pf user {user}, which Property Finder does not have: restore that user there, or remove the \
                 id with `roster link {slug} --crm {} --no-pf`",
                crm.unwrap_or_default()
            ),
            Self::PossiblePfUser(why) => {
                format!("{}. {}", why.in_words(), link_or_create(person, crm.unwrap_or_default()))
            }
            Self::Refused(text) | Self::Saved(text) => text.clone(),
            Self::UnreadableDate { user, compliance } => format!(
                "Property Finder returns the expiry date of compliance {compliance} of pf user {user} in a form that roster \
                 cannot read, and would lose it by writing the licence: write the licence at Property Finder by hand, or \
                 remove `public.licence` and `public.licence_expired_at` from the file"
            ),
            Self::NoLinkFields { creates } => format!(
                "cannot be {} before roster.yaml names crm.link_fields, the CRM's custom fields that hold the ids, or sets \
                 links: file",
                if *creates { "created" } else { "given another login e-mail" }
            ),
            Self::Protected => {
                "is protected by roster.yaml and never deactivated or deleted: change its status back, or \
                                take it out of protect"
                    .to_owned()
            }
            Self::OwnKey => "is the user whose API key is at work here, and never deactivated or deleted".to_owned(),
            Self::LoginTaken { system, id, .. } => format!(
                "its login e-mail is still that of {system} {id}, which does not give it up in this plan: change that one \
                 first, or together with this one; of an archived person, in that system itself"
            ),
            Self::SlugTaken { crm, owner } => format!(
                "its slug is still in crm {crm}, which is that of `{owner}` and is not renamed in this plan: apply `{owner}` \
                 first"
            ),
            Self::Cycle { others, remedy } => {
                let others = others.iter().map(Slug::as_str).collect::<Vec<_>>().join(", ");
                format!("login e-mails or slugs are exchanged in a cycle with {others}: {}", remedy.in_words())
            }
            Self::DeletionWaits => {
                person.leaving.as_ref().and_then(|leaving| leaving.crm.in_words()).unwrap_or_default()
            }
        }
    }
}

impl PossibleUser {
    const fn in_words(self) -> &'static str {
        match self {
            Self::CreateSent => {
                "a create was sent to Property Finder before, and its ids are not stored, so the user may exist"
            }
            Self::ValuesSent => {
                "the CRM remembers values that were sent to Property Finder, and its ids are not stored, so the user may \
                 exist"
            }
            Self::UnreadableMemory => {
                "the CRM stores no id of the user, and its memory cannot be read, so a create may have been sent before"
            }
            Self::BeforeDeletion => {
                "the CRM stores no id of a user at Property Finder, which may be online, so the CRM user is not deleted"
            }
        }
    }
}

impl CycleRemedy {
    fn in_words(&self) -> String {
        let names = |systems: &[System]| systems.iter().map(|system| system.name()).collect::<Vec<_>>().join(" and ");
        match self {
            Self::UnusedSlug => {
                "first rename one of these files to a slug that is unused, in a change of its own, and apply it"
                    .to_owned()
            }
            Self::UnusedLoginByHand(systems) => format!(
                "the files did not change, the logins were exchanged by hand in {}; give one of these people an unused login \
                 e-mail there, then run roster again, which sets all of them back",
                names(systems)
            ),
            Self::UnusedLogin(systems) => format!(
                "first give one of these people an unused login e-mail, in a change of its own, and apply it; if the logins \
                 were exchanged by hand in {}, change one of them there",
                names(systems)
            ),
        }
    }
}

impl PersonPlan {
    /// Why nothing can be planned for this person, and what to do.
    #[must_use]
    pub fn why_blocked(&self) -> Option<String> {
        self.blocked.as_ref().map(|block| block.in_words(self))
    }

    /// The slugs of other people, where it depends on their files too whether this person is blocked.
    #[must_use]
    pub(crate) fn blocked_by(&self) -> Vec<String> {
        self.blocked.as_ref().map(|block| block.by(self)).unwrap_or_default()
    }

    /// Removes every planned action, and stores the reason.
    pub(super) fn block(&mut self, why: Block) {
        self.blocked = Some(why);
        self.actions.clear();
        self.after.clear();
    }
}

impl Plan {
    /// Everybody for whom nothing can be planned, with the reason.
    pub(crate) fn blocked(&self) -> impl Iterator<Item = (&PersonPlan, String)> {
        self.people.iter().filter_map(|person| Some((person, person.why_blocked()?)))
    }
}
