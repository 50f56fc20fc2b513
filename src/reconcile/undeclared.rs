//! Values that a system holds and no file declares, and what changed of them since the last look.
//!
//! A look keeps a keyed hash of each value, so it holds no private value.

use std::collections::BTreeMap;

use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use super::fingerprint::keyed_fingerprint;
use super::observed::{Observed, ObservedCrmUser, ObservedPfUser};
use super::plan::{UndeclaredChange, Warning, WarningKind};
use crate::model::agent::{Field, FieldValue, Slug, Status};
use crate::model::record::{Record, System};
use crate::model::roster::{Declaration, Roster};

/// The last look at each agent in each system.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct UndeclaredValues {
    agents: BTreeMap<Slug, BTreeMap<System, SystemLook>>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SystemLook {
    /// The day, as `YYYY-MM-DD`.
    day: String,
    /// The keyed hash of each value, by the path of its field.
    values: BTreeMap<String, String>,
}

/// The people, systems and day of a look, and the key of its hashes.
pub(crate) struct LookScope<'a> {
    pub agent: &'a dyn Fn(&Slug) -> bool,
    pub system: Option<System>,
    pub day: String,
    pub key: &'a SecretString,
    /// What Property Finder is to hold of a file's values: the one name of a profile is split by it.
    pub pf_desired: &'a dyn Fn(&Record) -> Record,
}

impl UndeclaredValues {
    /// Looks at everybody who is linked and has not left.
    #[must_use]
    pub(crate) fn of(roster: &Roster, observed: &Observed, scope: &LookScope<'_>) -> Self {
        let rows = observed.linked_rows();
        let mut agents = BTreeMap::new();
        for person in roster.people.values().filter(|person| (scope.agent)(&person.slug)) {
            let Some((crm, pf)) = rows.get(person.slug.as_str()).filter(|_| person.status != Status::Archived) else {
                continue;
            };
            let in_crm = Some((System::Crm, crm.record.clone()));
            let at_pf = pf.map(|user| (System::Pf, user.record_for(&(scope.pf_desired)(&person.record))));
            let systems = in_crm.into_iter().chain(at_pf);
            let systems = systems.filter(|(system, _)| scope.system.is_none_or(|only| only == *system));
            let looks = systems.map(|(system, record)| (system, scope.look(person, system, &record)));
            agents.insert(person.slug.clone(), looks.collect());
        }
        Self { agents }
    }

    /// The number of values.
    #[must_use]
    pub(crate) fn count(&self) -> usize {
        self.agents.values().flat_map(BTreeMap::values).map(|look| look.values.len()).sum()
    }

    /// A warning for each value that is another than at the last look. An agent who was not looked at then has none.
    #[must_use]
    pub(crate) fn changes_since(&self, last: &Self, roster: &Roster) -> Vec<Warning> {
        let mut warnings = Vec::new();
        for (slug, systems) in &self.agents {
            let Some(person) = roster.people.get(slug) else { continue };
            for (system, look) in systems {
                let Some(before) = last.agents.get(slug).and_then(|systems| systems.get(system)) else { continue };
                for (field, change) in look.changes_since(before, person) {
                    let since = before.day.clone();
                    let kind = WarningKind::Undeclared { field: field.clone(), system: *system, change, since };
                    warnings.push(Warning { field: field.parse().ok(), ..Warning::of(person.file.clone(), kind) });
                }
            }
        }
        warnings
    }

    /// These looks, and the last ones at everybody else.
    #[must_use]
    pub(crate) fn over(self, mut last: Self) -> Self {
        for (slug, systems) in self.agents {
            last.agents.entry(slug).or_default().extend(systems);
        }
        last
    }
}

impl LookScope<'_> {
    fn look(&self, person: &Declaration, system: System, record: &Record) -> SystemLook {
        let undeclared = record.iter().filter(|(field, _)| !declares(person, field) && !field.is_uploaded());
        let values = undeclared.map(|(field, value)| (field.to_string(), self.hash(person, system, field, value)));
        SystemLook { day: self.day.clone(), values: values.collect() }
    }

    fn hash(&self, person: &Declaration, system: System, field: &Field, value: &FieldValue) -> String {
        let value = field.comparable(value).to_json();
        keyed_fingerprint(self.key, &format!("{} {system} {field} {value}", person.slug))
    }
}

fn declares(person: &Declaration, field: &Field) -> bool {
    person.record.contains_key(field) || (person.clears_descriptions && matches!(field, Field::Description(_)))
}

impl SystemLook {
    fn changes_since<'l>(&'l self, before: &'l Self, person: &Declaration) -> Vec<(&'l String, UndeclaredChange)> {
        let now = self.values.iter().filter_map(|(field, hash)| match before.values.get(field) {
            None => Some((field, UndeclaredChange::Added)),
            Some(old) if old != hash => Some((field, UndeclaredChange::Changed)),
            Some(_) => None,
        });
        // A field that the file declares by now is compared with the file.
        let is_declared = |field: &String| field.parse().is_ok_and(|field| declares(person, &field));
        let gone = before.values.keys().filter(|field| !self.values.contains_key(*field) && !is_declared(field));
        now.chain(gone.map(|field| (field, UndeclaredChange::Removed))).collect()
    }
}

impl Observed {
    /// The CRM row that carries each slug, and the Property Finder user that it stores.
    #[must_use]
    pub(crate) fn linked_rows(&self) -> BTreeMap<&str, (&ObservedCrmUser, Option<&ObservedPfUser>)> {
        let users: BTreeMap<u64, &ObservedPfUser> = self.pf.iter().map(|user| (user.id, &**user)).collect();
        let with_slug = self.crm.iter().filter_map(|row| Some((row.links.agent.as_deref()?, &**row)));
        with_slug.map(|(slug, row)| (slug, (row, row.links.pf_user.and_then(|id| users.get(&id).copied())))).collect()
    }
}

#[cfg(test)]
mod tests;
