//! People who exist in the systems and have no file, as new files declare them.
//!
//! Pure. `matching::pair` decides which rows are one person. The CRM's value is declared; a different one at Property
//! Finder is kept beside it, for a comment in the file.

use std::collections::{BTreeMap, BTreeSet};

use strum::IntoEnumIterator as _;

use crate::model::agent::{Field, FieldValue, Slug};
use crate::model::config::LinkFields;
use crate::model::record::{Record, System};
use crate::model::roster::{NewValue, Roster};
use crate::reconcile::matching::{RowPair, UnclearRows};
use crate::reconcile::observed::{Observed, ObservedCrmUser, ObservedPfUser};
use crate::reconcile::plan::rows_without_file;

/// Which rows are imported, and which of their fields.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct ImportOptions<'a> {
    /// Only people with a row in this system.
    pub system: Option<System>,
    /// Only people whose CRM row has this role.
    pub role: Option<&'a str>,
    /// Every public field, not only the required ones.
    pub all_fields: bool,
    /// The private fields too.
    pub private: bool,
}

impl ImportOptions<'_> {
    /// Whether a new file declares this field, if a system holds it.
    fn declares(&self, field: &Field) -> bool {
        field.is_required() || (if field.is_private() { self.private } else { self.all_fields })
    }

    /// Whether people with these rows are imported.
    fn takes(&self, crm: &[&ObservedCrmUser], is_at_pf: bool) -> bool {
        let in_system = match self.system {
            Some(System::Crm) => !crm.is_empty(),
            Some(System::Pf) => is_at_pf,
            None => true,
        };
        let held = || crm.iter().filter_map(|row| row.record.get(&Field::Role));
        let is_role = |role: &str| held().any(|held| Field::Role.same(held, &FieldValue::from(role)));
        in_system && self.role.is_none_or(is_role)
    }
}

/// A person without a file.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct NewPerson {
    /// The slug of the new file.
    pub slug: Slug,
    /// The person's rows.
    pub rows: RowPair,
    /// The values, in the form in which a file declares them.
    pub values: BTreeMap<Field, NewValue>,
    /// The fields that the file would declare if Property Finder returned them.
    pub not_returned: Vec<Field>,
}

/// All people without a file.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct NewPeople {
    /// Those whose rows are certain.
    pub people: Vec<NewPerson>,
    /// The others, as far as they are selected. No file is written for them.
    pub unclear: Vec<UnclearRows>,
}

/// Finds the people without a file. All files must be valid: a slug that none of them has is free.
#[must_use]
pub(crate) fn new_people(
    roster: &Roster,
    observed: &Observed,
    links: Option<&LinkFields>,
    options: &ImportOptions<'_>,
) -> NewPeople {
    let crm: BTreeMap<u64, &ObservedCrmUser> = observed.crm.iter().map(|row| (row.id, &**row)).collect();
    let pf: BTreeMap<u64, &ObservedPfUser> = observed.pf.iter().map(|user| (user.id, &**user)).collect();
    let found = rows_without_file(roster, observed, links);
    // A slug that a row stores is that row's, whichever person comes first.
    let stored = observed.crm.iter().filter_map(|row| row.links.agent.clone());
    let mut taken: BTreeSet<String> = roster.people.keys().map(Slug::to_string).chain(stored).collect();
    let mut people = Vec::new();
    for rows in found.people {
        let in_crm = rows.crm.and_then(|id| crm.get(&id).copied());
        let at_pf = rows.pf.and_then(|id| pf.get(&id).copied());
        if !options.takes(in_crm.as_slice(), at_pf.is_some()) {
            continue;
        }
        let values = values(in_crm, at_pf, options);
        let stored = in_crm.and_then(|row| row.links.agent.as_deref()).and_then(|slug| Slug::parse(slug).ok());
        let slug = stored.unwrap_or_else(|| free_slug(&name(&values, rows), &mut taken));
        let is_unknown = |field: &Field| options.all_fields && at_pf.is_some() && !values.contains_key(field);
        let not_returned = Field::iter().filter(|field| !field.is_returned_by_pf() && is_unknown(field)).collect();
        people.push(NewPerson { slug, rows, values, not_returned });
    }
    let is_selected = |rows: &UnclearRows| {
        let in_crm: Vec<&ObservedCrmUser> = rows.crm.iter().filter_map(|id| crm.get(id).copied()).collect();
        options.takes(&in_crm, !rows.pf.is_empty())
    };
    NewPeople { people, unclear: found.unclear.into_iter().filter(is_selected).collect() }
}

fn values(
    crm: Option<&ObservedCrmUser>,
    pf: Option<&ObservedPfUser>,
    options: &ImportOptions<'_>,
) -> BTreeMap<Field, NewValue> {
    let nothing = Record::new();
    let in_crm = crm.map_or(&nothing, |row| &row.record);
    let at_pf = pf.map(|user| user.record_for(in_crm)).unwrap_or_default();
    let mut values = BTreeMap::from([(Field::Status, status(crm, pf))]);
    // Property Finder's roles are not the CRM's: a new file leaves the role to the CRM, or to its default.
    let is_common = |field: &Field| !matches!(field, Field::Status | Field::Role);
    let mut fields: BTreeSet<&Field> = at_pf.keys().filter(|field| is_common(field)).collect();
    fields.extend(in_crm.keys().filter(|field| **field != Field::Status));
    for field in fields.into_iter().filter(|field| options.declares(field)) {
        let held = |record: &Record| {
            record.get(field).map(|value| field.declared_form(value)).filter(|value| !value.is_nothing())
        };
        let at_pf = if is_common(field) { held(&at_pf) } else { None };
        let new = match (held(in_crm), at_pf) {
            (Some(value), Some(other)) => {
                let differs = !field.agrees(&other, &value);
                NewValue { value, at_pf: differs.then_some(other) }
            }
            (Some(value), None) | (None, Some(value)) => NewValue { value, at_pf: None },
            (None, None) => continue,
        };
        values.insert(field.clone(), new);
    }
    values
}

/// The status of a new file. A person who is inactive at Property Finder and has no CRM user has left, as far as is known: the
/// CRM user may have been deleted, and any other status would create it again.
fn status(crm: Option<&ObservedCrmUser>, pf: Option<&ObservedPfUser>) -> NewValue {
    let new = |status: &str| NewValue { value: FieldValue::from(status), at_pf: None };
    match (crm, pf.is_some_and(|user| user.inactive)) {
        (_, false) => new("active"),
        (Some(_), true) => new("inactive"),
        (None, true) => NewValue { at_pf: Some(FieldValue::from("inactive")), ..new("archived") },
    }
}

/// The text that the slug is made from: the public name, or the row.
fn name(values: &BTreeMap<Field, NewValue>, rows: RowPair) -> String {
    let part = |field| values.get(&field).and_then(|new| new.value.as_text()).unwrap_or_default();
    let name = slug::slugify(format!("{} {}", part(Field::FirstName), part(Field::LastName)));
    match (name.is_empty(), rows.crm, rows.pf) {
        (false, _, _) => name,
        (true, Some(id), _) => format!("crm-{id}"),
        (true, None, id) => format!("pf-{}", id.unwrap_or_default()),
    }
}

/// The slug of a name, with a number behind it if the slug is taken.
fn free_slug(name: &str, taken: &mut BTreeSet<String>) -> Slug {
    const LONGEST: usize = 58;
    let name = name.get(..LONGEST).unwrap_or(name).trim_matches('-');
    let numbered = (2_u64..).map(|number| format!("{name}-{number}"));
    let mut slugs = std::iter::once(name.to_owned()).chain(numbered).filter(|slug| !taken.contains(slug));
    let slug = slugs.find_map(|slug| Slug::parse(&slug).ok());
    #[expect(clippy::expect_used, reason = "a slugified name with any number is a slug, and numbers do not end")]
    let slug = slug.expect("a slug that is not taken");
    taken.insert(slug.to_string());
    slug
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_slug_that_is_taken_gets_a_number() {
        let mut taken = BTreeSet::from(["sara-khan".to_owned(), "sara-khan-2".to_owned()]);
        let slugs = ["sara-khan", "sara-khan", "omar"].map(|name| free_slug(name, &mut taken).to_string());
        assert_eq!(slugs, ["sara-khan-3", "sara-khan-4", "omar"]);
    }

    proptest! {
        #[test]
        fn every_name_has_a_slug(first in "\\PC{0,80}", last in any::<String>()) {
            let new = |text: String| NewValue { value: FieldValue::from(text), at_pf: None };
            let values = BTreeMap::from([(Field::FirstName, new(first)), (Field::LastName, new(last))]);
            let name = name(&values, RowPair { crm: None, pf: Some(7) });
            let mut taken = BTreeSet::new();
            prop_assert_ne!(free_slug(&name, &mut taken), free_slug(&name, &mut taken));
        }
    }
}
