//! What two people rarely have in common, and what is often left over from a file that was copied.

use std::collections::BTreeMap;

use super::RuleContext;
use super::uniqueness::{pairs, shared, stays};
use crate::declare::file::AgentFile;
use crate::declare::problem::Problem;
use crate::model::agent::Field;
use crate::model::agent::Setting;
use crate::model::agent::value::Phone;

/// In characters. A shorter text may be one that an office writes for everybody.
const LONG: usize = 80;

pub(super) fn contacts_are_ones_own(context: &RuleContext<'_>, problems: &mut Vec<Problem>) {
    let fields = [Field::Phone, Field::WhatsappPhone, Field::Mobile, Field::Photo, Field::LinkedIn];
    for field in fields {
        let key = |person: &AgentFile| contact(person, &field).filter(|_| stays(person));
        for (first, second) in pairs(context.people, key) {
            let message = format!("`{field}` is that of another agent too");
            let help = "if this file was copied, write this agent's own; a colleague would be called or shown instead";
            problems.push(shared(first, second, &field, &message).of(|one| one.warning().help(help)));
        }
    }
}

pub(super) fn long_texts_are_ones_own(context: &RuleContext<'_>, problems: &mut Vec<Problem>) {
    let mut owners: BTreeMap<String, (&AgentFile, Field)> = BTreeMap::new();
    for person in context.people.iter().filter(|person| stays(person)) {
        for (field, value) in &person.declaration.record {
            let Field::Description(_) = field else { continue };
            let Some(text) = value.as_text().map(words).filter(|text| text.chars().count() >= LONG) else { continue };
            let (first, its) = owners.entry(text).or_insert_with(|| (person, field.clone()));
            if !std::ptr::eq(*first, person) {
                let place = first.place(its);
                let message = format!("`{field}` is the text of another agent too: {place}");
                let help = "if this file was copied, write this agent's own text";
                let there =
                    first.error(its, format!("`{its}` is the text of another agent too: {}", person.place(field)));
                let there = there.at_odds_with(person.place(field)).warning().help(help);
                let here = person.error(field, message).at_odds_with(place).warning().help(help);
                problems.push(here.seen_from_there(there));
            }
        }
    }
}

/// A value by which clients reach or see one person. A landline may be the office's.
fn contact(person: &AgentFile, field: &Field) -> Option<String> {
    let value = person.declaration.record.get(field)?;
    let own = match field {
        Field::Phone => !person.agent.public.phone.is_landline(),
        Field::WhatsappPhone => {
            !matches!(&person.agent.public.whatsapp_phone, Setting::Set(phone) if Phone::is_landline(phone))
        }
        _ => true,
    };
    field.comparable(value).as_text().filter(|_| own).map(str::to_owned)
}

fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}
