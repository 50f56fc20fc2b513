//! The public profile as a visitor of the portal sees it, before and after. Pure: `portal` draws it.

use strum::IntoEnumIterator as _;

use super::names;
use crate::model::agent::{Field, FieldValue, ProfilePlace};
use crate::model::config::{Languages, PfContract};
use crate::model::record::System;
use crate::reconcile::diff::Change;
use crate::reconcile::memory::Remembered;
use crate::reconcile::plan::{Operation, PersonPlan};
use crate::report::MaskedValue;
use crate::report::text::{escaped, starts_right_to_left};
use crate::report::value_text::ValueText;

/// Whether visitors find the profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Presence {
    /// There is none.
    Missing,
    /// It is inactive.
    Offline,
    /// It is shown.
    Online,
}

/// What is known of one part, in words that may be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum PartValue {
    /// Nothing is shown.
    Nothing,
    /// Property Finder does not return it, and nothing is remembered.
    Unknown,
    /// Something else than on the other side; only its hash is remembered.
    Other,
    /// The text, escaped but for its line ends.
    Text(String),
}

/// One part, on both sides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct BeforeAfter {
    pub(super) before: PartValue,
    pub(super) after: PartValue,
    /// Whether it is one of the fields that are written (of drift: that differ) to a profile that is there.
    pub(super) changed: bool,
}

impl BeforeAfter {
    /// Whether neither side shows anything.
    pub(super) fn is_empty(&self) -> bool {
        self.before == PartValue::Nothing && self.after == PartValue::Nothing
    }
}

/// The texts in one of the portal's two languages.
#[derive(Clone, Debug)]
pub(super) struct LanguageTexts {
    /// Its code.
    pub(super) lang: String,
    pub(super) position: BeforeAfter,
    pub(super) bio: BeforeAfter,
}

impl LanguageTexts {
    /// Whether neither side shows anything.
    pub(super) fn is_empty(&self) -> bool {
        self.position.is_empty() && self.bio.is_empty()
    }
}

/// Both sides of a profile.
#[derive(Clone, Debug)]
pub(super) struct Profile {
    /// Whether visitors find it, before and after.
    pub(super) presence: (Presence, Presence),
    pub(super) name: BeforeAfter,
    pub(super) photo: BeforeAfter,
    /// The primary language, then the secondary one.
    pub(super) texts: [LanguageTexts; 2],
    /// Everything else, by its label.
    pub(super) facts: Vec<(&'static str, BeforeAfter)>,
}

impl Profile {
    /// The profile of a person, if anything that a visitor can see of it changes.
    pub(super) fn of(person: &PersonPlan, languages: &Languages, contract: PfContract) -> Option<Self> {
        let mut changes = person.actions_in(System::Pf).flat_map(|action| &action.fields);
        let is_shown_whole = person.actions_in(System::Pf).any(|action| match action.operation {
            Operation::Create | Operation::Activate | Operation::Deactivate => true,
            Operation::Update
            | Operation::Adopt
            | Operation::Link
            | Operation::Rename
            | Operation::Release
            | Operation::Delete => false,
        });
        if !is_shown_whole && !changes.any(|change| change.field.spec().profile != ProfilePlace::None) {
            return None;
        }
        let known = ValueSources::of(person, contract);
        let sides = |fields: &[Field]| known.sides(fields);
        let texts = |lang: &String| LanguageTexts {
            lang: lang.clone(),
            position: sides(&[Field::Position(lang.as_str().into())]),
            bio: sides(&[Field::Description(lang.as_str().into())]),
        };
        let facts = facts().into_iter().map(|(label, field)| (label, sides(&[field])));
        Some(Self {
            presence: known.presence(),
            name: sides(&[Field::FirstName, Field::LastName]),
            photo: sides(&[Field::Photo]),
            texts: [texts(&languages.primary), texts(&languages.secondary)],
            facts: facts.filter(|(_, sides)| !sides.is_empty()).collect(),
        })
    }
}

/// The fields of the profile beside names and texts, each with its label, in their order.
fn facts() -> Vec<(&'static str, Field)> {
    let ranked = |field: Field| match field.spec().profile {
        ProfilePlace::Fact(rank, label) => Some((rank, label, field)),
        ProfilePlace::OwnPart | ProfilePlace::None => None,
    };
    let mut facts: Vec<_> = Field::iter().filter_map(ranked).collect();
    facts.sort();
    facts.into_iter().map(|(_, label, field)| (label, field)).collect()
}

/// Where a person's values are found.
struct ValueSources<'a> {
    person: &'a PersonPlan,
    /// Whether the row is yet to be made.
    new: bool,
    contract: PfContract,
}

impl<'a> ValueSources<'a> {
    fn of(person: &'a PersonPlan, contract: PfContract) -> Self {
        Self { person, new: person.has(System::Pf, Operation::Create), contract }
    }

    /// What the plan does to a field of a row that is there.
    fn change(&self, field: &Field) -> Option<&'a Change> {
        let existing = self.person.actions_in(System::Pf).filter(|action| action.operation != Operation::Create);
        existing.flat_map(|action| &action.fields).find(|change| change.field == *field)
    }

    fn presence(&self) -> (Presence, Presence) {
        let shown = |status: Option<&FieldValue>| match status.and_then(FieldValue::as_text) {
            Some(status) if !status.eq_ignore_ascii_case("active") => Presence::Offline,
            _ => Presence::Online,
        };
        if self.new {
            return (Presence::Missing, Presence::Online);
        }
        if self.person.pf.as_ref().is_none_or(|user| user.profile.is_none()) {
            return (Presence::Missing, Presence::Missing);
        }
        let before = shown(self.person.pf_live.get(&Field::Status));
        (before, self.change(&Field::Status).map_or(before, |change| shown(Some(&change.after))))
    }

    /// Fields that are shown as one, such as both names.
    fn sides(&self, fields: &[Field]) -> BeforeAfter {
        let mut both: Vec<(PartValue, PartValue)> = fields.iter().map(|field| self.side(field)).collect();
        let changed = fields.iter().any(|field| self.change(field).is_some());
        let (before, after) = match both.len() {
            1 => both.remove(0),
            _ => (joined(both.iter().map(|(before, _)| before)), joined(both.iter().map(|(_, after)| after))),
        };
        BeforeAfter { before, after, changed }
    }

    fn side(&self, field: &Field) -> (PartValue, PartValue) {
        if field.spec().profile == ProfilePlace::None {
            return (PartValue::Nothing, PartValue::Nothing);
        }
        let desired = self.person.pf_desired.get(field);
        if self.new {
            return (PartValue::Nothing, desired.map_or(PartValue::Nothing, |value| fact(field, value)));
        }
        if let Some(change) = self.change(field) {
            return match MaskedValue::of(change) {
                MaskedValue::Private => (PartValue::Nothing, PartValue::Nothing),
                MaskedValue::SinceHash { after } => (PartValue::Other, fact(field, after)),
                MaskedValue::Values { before: FieldValue::Nothing, after } if !change.readable => {
                    (PartValue::Unknown, fact(field, after))
                }
                MaskedValue::Values { before, after } => (fact(field, before), fact(field, after)),
            };
        }
        // A field that does not change is not in the plan: its value is in the row that was read, or in the memory.
        let same = if !self.contract.lists_users() && desired.is_none() {
            PartValue::Nothing
        } else if self.contract.returns(field) {
            self.person.pf_live.get(field).map_or(PartValue::Nothing, |value| fact(field, value))
        } else {
            self.remembered(field, desired)
        };
        (same.clone(), same)
    }

    /// A field that cannot be read: what was last sent, as far as that is known.
    fn remembered(&self, field: &Field, desired: Option<&FieldValue>) -> PartValue {
        if let Some(desired) = desired.filter(|desired| self.person.memory.holds(System::Pf, field, desired)) {
            return fact(field, desired);
        }
        match self.person.memory.recall(System::Pf, field).map(Remembered::parse) {
            Some(Remembered::Hash) => PartValue::Other,
            Some(Remembered::Value(value)) => fact(field, value),
            Some(Remembered::Unknown) | None => PartValue::Unknown,
        }
    }
}

fn joined<'f>(facts: impl Iterator<Item = &'f PartValue>) -> PartValue {
    let texts = facts.filter_map(|fact| if let PartValue::Text(text) = fact { Some(text.as_str()) } else { None });
    let texts: Vec<&str> = texts.collect();
    if texts.is_empty() { PartValue::Nothing } else { PartValue::Text(texts.join(" ")) }
}

/// A value as the portal shows it.
fn fact(field: &Field, value: &FieldValue) -> PartValue {
    let canonical = field.canonical(value);
    if canonical.is_nothing() {
        return PartValue::Nothing;
    }
    let canonical = ValueText::of(&canonical);
    let text = match field {
        // In one order, so that what was remembered compares word by word with what is to come.
        Field::Languages => names::all(&canonical, names::language),
        Field::Nationalities => names::all(&canonical, names::country),
        Field::ExperienceSince => format!("Since {}", names::plain(&canonical)),
        Field::LicenceExpiredAt => names::plain(&canonical),
        _ => names::plain(&ValueText::of(value)),
    };
    if text.is_empty() { PartValue::Nothing } else { PartValue::Text(text) }
}

/// The first letters of a name, for where a photo would be; of a script that joins its letters the first alone.
pub(super) fn initials(name: &str) -> String {
    let first = |word: &str| word.chars().find(|char| char.is_alphanumeric());
    let letters: Vec<char> = name.split_whitespace().filter_map(first).collect();
    let ends =
        letters.first().into_iter().chain(letters.last().filter(|_| letters.len() > 1 && !starts_right_to_left(name)));
    escaped(&ends.collect::<String>())
}
