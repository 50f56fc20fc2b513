//! What is left of a plan when only what somebody changed by hand is asked for.

use super::{Operation, Person, Plan};
use crate::agent::Status;
use crate::diff::Class;
use crate::record::System;
use crate::roster::{Base, Declaration};

impl Plan {
    /// Keeps drift alone: fields whose file says what it said at base, and rows that are missing although the file wanted
    /// them at base. Everything else is left to the plan; what could hide drift is told as a warning.
    pub fn keep_drift(&mut self, base: &Base) {
        let people = std::mem::take(&mut self.people);
        for mut person in people {
            if let Some(why) = &person.blocked {
                self.warnings.push(format!("{}: not compared, since it is blocked: {why}", person.file));
                continue;
            }
            if person.has_class(Class::Conflict) {
                self.warnings.push(format!(
                    "{}: the file and a system both changed since {}, to different values: `roster plan` shows it as a \
                     conflict",
                    person.file, base.name
                ));
            }
            keep(&mut person, base);
            if person.actions.is_empty() {
                self.unchanged += 1;
            } else {
                self.people.push(person);
            }
        }
    }
}

fn keep(person: &mut Person, base: &Base) {
    let people = &base.people;
    let then = people.get(&person.slug).or_else(|| people.get(base.renames.get(&person.slug)?));
    person.actions.retain_mut(|action| {
        if action.operation == Operation::Create {
            // Of a row that is gone no field is left to compare.
            action.fields.clear();
            return then.is_some_and(|then| wanted(then, action.system));
        }
        action.fields.retain(|change| change.class == Class::Drift);
        !action.fields.is_empty()
    });
}

/// Whether a file wanted its person in a system: nobody is made who has left, and nobody who is not active is made at
/// Property Finder (design 1.2).
fn wanted(then: &Declaration, system: System) -> bool {
    match system {
        System::Crm => then.status != Status::Archived,
        System::Pf => then.status == Status::Active,
    }
}
