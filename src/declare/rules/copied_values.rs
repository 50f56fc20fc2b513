//! What two people rarely have in common, and what is often left over from a file that was copied.

use super::FolderContext;
use super::uniqueness::stays;
use crate::declare::file::AgentFile;
use crate::declare::problem::Problem;
use crate::model::agent::Field;
use crate::model::agent::Setting;
use crate::model::agent::value::Phone;

/// In characters. A shorter text may be one that an office writes for everybody.
const LONG: usize = 80;

/// Values by which clients reach or see one person.
const CONTACTS: [Field; 5] = [Field::Phone, Field::WhatsappPhone, Field::Mobile, Field::Photo, Field::LinkedIn];

/// The values that are compared by these rules: contacts, and long descriptions.
pub(super) fn values(file: &AgentFile) -> Vec<(Field, String)> {
    if !stays(file) {
        return Vec::new();
    }
    let contacts = CONTACTS.into_iter().filter_map(|field| Some((field.clone(), contact(file, &field)?)));
    let texts = file.declaration.record.iter().filter(|(field, _)| matches!(field, Field::Description(_)));
    let texts = texts.filter_map(|(field, value)| Some((field.clone(), words(value.as_text()?))));
    contacts.chain(texts.filter(|(_, text)| text.chars().count() >= LONG)).collect()
}

pub(super) fn contacts_are_ones_own(context: &FolderContext<'_>, problems: &mut Vec<Problem>) {
    let help = "if this file was copied, write this agent's own; a colleague would be called or shown instead";
    for contact in CONTACTS {
        let message = |field: &Field| format!("`{field}` is that of another agent too");
        problems.extend(context.shared(|field| *field == contact, message, |error| error.warning().help(help)));
    }
}

pub(super) fn long_texts_are_ones_own(context: &FolderContext<'_>, problems: &mut Vec<Problem>) {
    let is_text = |field: &Field| matches!(field, Field::Description(_));
    let message = |field: &Field| format!("`{field}` is the text of another agent too");
    let warning = |error: Problem| error.warning().help("if this file was copied, write this agent's own text");
    problems.extend(context.shared(is_text, message, warning));
}

/// The value of a contact in the form in which it is compared. A landline may be the office's.
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
