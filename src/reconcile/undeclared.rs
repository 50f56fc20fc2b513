//! Values that a system holds and no file declares, and what changed of them since the last look.
//!
//! A look keeps a keyed hash of each value, so it holds no private value.

use std::collections::{BTreeMap, BTreeSet};

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
    /// A hash under the key of all hashes: hashes under another key cannot be compared.
    key: String,
    agents: BTreeMap<Slug, BTreeMap<System, SystemLook>>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SystemLook {
    /// The row's id: another row is not compared.
    id: u64,
    /// The first day, as `YYYY-MM-DD`, on which the row was seen as it is here.
    day: String,
    /// The paths of the fields that the file declared.
    declared: BTreeSet<String>,
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
    /// Whether a path may be printed and stored: a system may put anything into the name of a field.
    pub is_printable: &'a dyn Fn(&str) -> bool,
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
            let in_crm = Some((System::Crm, crm.id, crm.record.clone()));
            let at_pf = pf.map(|user| (System::Pf, user.id, user.record_for(&(scope.pf_desired)(&person.record))));
            let systems = in_crm.into_iter().chain(at_pf);
            let systems = systems.filter(|(system, ..)| scope.system.is_none_or(|only| only == *system));
            let looks = systems.map(|(system, id, record)| (system, scope.look(person, system, id, &record)));
            agents.insert(person.slug.clone(), looks.collect());
        }
        Self { key: keyed_fingerprint(scope.key, "undeclared values"), agents }
    }

    /// The number of values.
    #[must_use]
    pub(crate) fn count(&self) -> usize {
        self.agents.values().flat_map(BTreeMap::values).map(|look| look.values.len()).sum()
    }

    /// Whether the hashes of another look are under the same key.
    #[must_use]
    pub(crate) fn has_key_of(&self, other: &Self) -> bool {
        self.key == other.key
    }

    /// A warning for each value that is another than at the last look at its row. A row that was not looked at has none.
    #[must_use]
    pub(crate) fn changes_since(&self, last: &Self, roster: &Roster) -> Vec<Warning> {
        let last = last.by_row();
        let mut warnings = Vec::new();
        for (slug, systems) in &self.agents {
            let Some(person) = roster.people.get(slug) else { continue };
            for (system, look) in systems {
                let Some(before) = last.get(&(*system, look.id)) else { continue };
                for (field, change) in look.changes_since(before) {
                    let since = before.day.clone();
                    let kind = WarningKind::Undeclared { field: field.clone(), system: *system, change, since };
                    warnings.push(Warning { field: field.parse().ok(), ..Warning::of(person.file.clone(), kind) });
                }
            }
        }
        warnings
    }

    /// These looks, and the last ones at everybody else who has a file and has not left.
    #[must_use]
    pub(crate) fn over(mut self, last: &Self, roster: &Roster) -> Self {
        let before = last.by_row();
        for (system, look) in self.agents.values_mut().flatten() {
            if let Some(same) = before.get(&(*system, look.id)).filter(|before| before.is_like(look)) {
                look.day.clone_from(&same.day);
            }
        }
        let stays = |slug: &Slug| roster.people.get(slug).is_some_and(|person| person.status != Status::Archived);
        for (slug, systems) in last.agents.iter().filter(|(slug, _)| stays(slug)) {
            let looks = self.agents.entry(slug.clone()).or_default();
            for (system, look) in systems {
                looks.entry(*system).or_insert_with(|| look.clone());
            }
        }
        self
    }

    fn by_row(&self) -> BTreeMap<(System, u64), &SystemLook> {
        self.agents.values().flatten().map(|(system, look)| ((*system, look.id), look)).collect()
    }
}

impl LookScope<'_> {
    fn look(&self, person: &Declaration, system: System, id: u64, record: &Record) -> SystemLook {
        let undeclared = record.iter().filter(|(field, _)| !declares(person, field) && !field.is_uploaded());
        let values = undeclared.map(|(field, value)| (field.to_string(), self.hash(system, id, field, value)));
        SystemLook {
            id,
            day: self.day.clone(),
            declared: record.keys().filter(|field| declares(person, field)).map(ToString::to_string).collect(),
            values: values.filter(|(path, _)| (self.is_printable)(path)).collect(),
        }
    }

    fn hash(&self, system: System, id: u64, field: &Field, value: &FieldValue) -> String {
        let value = field.comparable(value).to_json();
        keyed_fingerprint(self.key, &format!("{system} {id} {field} {value}"))
    }
}

fn declares(person: &Declaration, field: &Field) -> bool {
    person.record.contains_key(field) || (person.clears_descriptions && matches!(field, Field::Description(_)))
}

impl SystemLook {
    /// What changed of the fields that the file declares neither now nor then.
    fn changes_since<'l>(&'l self, before: &'l Self) -> Vec<(&'l String, UndeclaredChange)> {
        let now = self.values.iter().filter_map(|(field, hash)| match before.values.get(field) {
            None if before.declared.contains(field) => None,
            None => Some((field, UndeclaredChange::Added)),
            Some(old) if old != hash => Some((field, UndeclaredChange::Changed)),
            Some(_) => None,
        });
        let is_gone = |field: &&String| !self.values.contains_key(*field) && !self.declared.contains(*field);
        now.chain(before.values.keys().filter(is_gone).map(|field| (field, UndeclaredChange::Removed))).collect()
    }

    fn is_like(&self, other: &Self) -> bool {
        self.declared == other.declared && self.values == other.values
    }
}

impl Observed {
    /// The CRM row that carries each slug, and the Property Finder user that it stores. A slug that several rows carry has
    /// none.
    #[must_use]
    pub(crate) fn linked_rows(&self) -> BTreeMap<&str, (&ObservedCrmUser, Option<&ObservedPfUser>)> {
        let users: BTreeMap<u64, &ObservedPfUser> = self.pf.iter().map(|user| (user.id, &**user)).collect();
        let mut rows: BTreeMap<&str, Vec<&ObservedCrmUser>> = BTreeMap::new();
        for row in &self.crm {
            if let Some(slug) = row.links.agent.as_deref() {
                rows.entry(slug).or_default().push(row);
            }
        }
        rows.into_iter()
            .filter_map(|(slug, rows)| match rows.as_slice() {
                [row] => Some((slug, (*row, row.links.pf_user.and_then(|id| users.get(&id).copied())))),
                _ => None,
            })
            .collect()
    }
}

#[cfg(test)]
mod tests;
