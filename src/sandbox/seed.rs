//! The first content of a sandbox: the declared people, as two systems would hold them that were not looked
//! after for a while.

use arcstr::ArcStr;
use serde_json::{Map, Value, json};
use strum::IntoEnumIterator as _;

use super::pf::tables::LANGUAGES;
use super::store::SandboxState;
use crate::model::agent::{CrmSlot, Field, FieldValue, PfSlot, Slug, Status};
use crate::model::config::{Config, PfContract};
use crate::model::record::Record;
use crate::model::roster::{Declaration, Roster};

/// The people of `roster` in both systems, linked, with `memory` in the field for what cannot be read back, and with a
/// few differences: one is in neither system, one has another phone and position, one has a shorter description, one is
/// still active at Property Finder whose file is not. Two users have no file; the first of them owns the CRM's key.
/// Archived people are gone from both.
#[must_use]
pub(crate) fn seed(roster: &Roster, config: &Config, memory: impl Fn(&Record) -> String) -> SandboxState {
    let mut state = SandboxState::default();
    let me = add_row_without_file(&mut state, "Office", "Admin", "admin");
    state.crm.me = Some(me);
    let differences = SeedDifferences::among(roster, &config.property_finder.languages.primary);
    for declaration in roster.people.values().filter(|person| person.status != Status::Archived) {
        let Some(record) = differences.lived(declaration, &config.property_finder.languages.primary) else { continue };
        let pf_user = state.pf.put(&match config.property_finder.contract {
            PfContract::Enterprise => pf_row(&state, &record, config),
            PfContract::Documented => documented_row(&record, config),
        });
        let pf_profile =
            state.pf.users.rows().get(&pf_user).and_then(|user| user.pointer("/publicProfile/id")).cloned();

        let mut user = crm_row(&record, &config.property_finder.languages.primary);
        for field in Field::iter().filter(Field::is_uploaded) {
            if let Some(declared) = record.get(&field).and_then(FieldValue::as_text) {
                lay(&mut user, field.spec().path, Value::from(state.crm.put_file(declared)));
            }
        }
        if let (Some(link), Some(profile), Some(fields)) =
            (&config.crm.link_fields, pf_profile, user.get_mut("fields").and_then(Value::as_object_mut))
        {
            fields.insert(link.agent.clone(), Value::from(declaration.slug.as_str()));
            fields.insert(link.pf_user.clone(), Value::from(pf_user.to_string()));
            fields.insert(link.pf_profile.clone(), Value::from(profile.to_string()));
            fields.insert(link.memory.clone(), Value::from(memory(&record)));
        }
        state.crm.put(&user);
    }
    add_row_without_file(&mut state, "Front", "Desk", "agent");
    state
}

/// The people who differ from their file, and how.
#[derive(Default)]
struct SeedDifferences<'a> {
    absent: Option<&'a Slug>,
    moved: Option<&'a Slug>,
    stale: Option<&'a Slug>,
    still_active: Option<&'a Slug>,
}

impl<'a> SeedDifferences<'a> {
    fn among(roster: &'a Roster, primary: &str) -> Self {
        let of = |status| roster.people.values().filter(move |person| person.status == status);
        let mut active = of(Status::Active);
        let (moved, absent) = (active.next(), active.next());
        let described = Field::Description(primary.into());
        let stale = active.find(|person| person.record.get(&described).is_some_and(|text| text.as_text().is_some()));
        let slug = |person: &'a Declaration| &person.slug;
        Self {
            absent: absent.map(slug),
            moved: moved.map(slug),
            stale: stale.map(slug),
            still_active: of(Status::Inactive).next().map(slug),
        }
    }

    /// What the systems hold of a person; nothing, if they have never heard of them.
    fn lived(&self, person: &Declaration, primary: &str) -> Option<Record> {
        let is_this_person = |slug: Option<&Slug>| slug == Some(&person.slug);
        let mut record = person.record.clone();
        let mut change = |field: Field, to: fn(&str) -> String| {
            if let Some(FieldValue::Text(text)) = record.get_mut(&field) {
                *text = to(text).into();
            }
        };
        if is_this_person(self.absent) {
            return None;
        }
        let active = person.status == Status::Active || is_this_person(self.still_active);
        let status = if active { "active" } else { "inactive" };
        if is_this_person(self.moved) {
            change(Field::Phone, earlier_phone);
            change(Field::Position(primary.into()), earlier_position);
        }
        if is_this_person(self.stale) {
            change(Field::Description(primary.into()), first_part);
        }
        record.insert(Field::Status, FieldValue::from(status));
        Some(record)
    }
}

/// Another number in the same series.
fn earlier_phone(phone: &str) -> String {
    let last = phone.chars().next_back().and_then(|digit| digit.to_digit(10));
    let mut earlier = phone.to_owned();
    earlier.pop();
    earlier + &((last.unwrap_or_default() + 1) % 10).to_string()
}

/// The position before the promotion.
fn earlier_position(position: &str) -> String {
    position.strip_prefix("Senior ").map_or_else(|| format!("Junior {position}"), str::to_owned)
}

/// The first sentence, or the first half of the words.
fn first_part(text: &str) -> String {
    if let Some((first, _)) = text.split_once(". ") {
        return format!("{first}.");
    }
    let words: Vec<&str> = text.split_whitespace().collect();
    words.iter().take(words.len() / 2).copied().collect::<Vec<_>>().join(" ")
}

/// Adds a person without a file to both systems. Returns the CRM's id.
fn add_row_without_file(state: &mut SandboxState, first: &str, last: &str, role: &str) -> u64 {
    let login = format!("{}.{}@sandbox.example", first.to_lowercase(), last.to_lowercase());
    let role_id = role_id(state, role);
    // A user who never sells has no public profile there.
    let profile = (role == "agent")
        .then(|| json!({ "name": format!("{first} {last}"), "email": login, "phone": "+97140000000" }));
    state.pf.put(&json!({
        "firstName": first, "lastName": last, "email": login, "mobile": "+971500000000", "roleId": role_id,
        "publicProfile": profile
    }));
    let names = json!({ "first_name": first, "last_name": last, "email": login });
    state.crm.put(&json!({ "public": names, "private": names, "role": role, "theme": "onyx" }))
}

fn role_id(state: &SandboxState, key: &str) -> Option<Value> {
    let named = |role: &&Value| role.get("roleKey").is_some_and(|held| held == key);
    state.pf.roles.iter().find(named).and_then(|role| role.get("id")).cloned()
}

/// A record as a row of the CRM.
fn crm_row(record: &Record, primary: &str) -> Value {
    let mut row = json!({
        "public": { "descriptions": [] }, "private": {}, "role": "agent", "subscriptions": {}, "fields": {}
    });
    // A create takes a missing private name from the public name.
    for (field, private) in [(Field::FirstName, Field::PrivateFirstName), (Field::LastName, Field::PrivateLastName)] {
        if let Some(value) = record.get(&private).or_else(|| record.get(&field)) {
            lay(&mut row, &private.to_string(), value.to_json());
        }
    }
    for (field, value) in record.iter().filter(|(_, value)| !value.is_nothing()) {
        match field {
            // The CRM has two-letter codes of languages (docs/vendor-apis.md, "CRM: user object").
            Field::Languages => {
                let short = value.as_list().iter().filter(|code| code.len() == 2);
                lay(&mut row, "public.languages", short.map(ArcStr::as_str).collect());
            }
            Field::Position(lang) if lang != primary => {}
            Field::Description(lang) => {
                if let Some(all) = row.pointer_mut("/public/descriptions").and_then(Value::as_array_mut) {
                    all.push(json!({ "lang": lang, "content": value }));
                }
            }
            Field::Subscription(name, channel) => {
                if let Some(all) = row.get_mut("subscriptions").and_then(Value::as_object_mut) {
                    let one = all.entry(name.as_str()).or_insert_with(|| json!({}));
                    lay(one, channel.key(), value.to_json());
                }
            }
            Field::Custom(id) => {
                if let Some(fields) = row.get_mut("fields") {
                    lay(fields, id, value.to_json());
                }
            }
            _ if matches!(field.spec().crm, CrmSlot::None | CrmSlot::Upload) => {}
            _ => lay(&mut row, field.spec().path, value.to_json()),
        }
    }
    row
}

/// Sets `public.phone`, or a member without a dot.
fn lay(row: &mut Value, path: &str, value: Value) {
    let (half, name) = match path.split_once('.') {
        Some((half @ ("public" | "private"), name)) => (row.get_mut(half), name),
        _ => (Some(row), path),
    };
    if let Some(half) = half.and_then(Value::as_object_mut) {
        half.insert(name.to_owned(), value);
    }
}

/// A record as a row of Property Finder.
fn pf_row(state: &SandboxState, record: &Record, config: &Config) -> Value {
    let pf = &config.property_finder;
    let get = |field: &Field| record.get(field).filter(|value| !value.is_nothing());
    let text = |field: &Field| get(field).and_then(FieldValue::as_text).unwrap_or_default();
    let role = match text(&Field::Role) {
        "" => "agent",
        code => pf.roles.get(code).map_or(code, String::as_str),
    };
    let mut profile = Map::new();
    profile.insert("name".to_owned(), format!("{} {}", text(&Field::FirstName), text(&Field::LastName)).into());
    // These three are laid out below, in the portal's own form.
    let own_form = |field: &Field| matches!(field, Field::Photo | Field::Nationalities | Field::Languages);
    for field in Field::iter().filter(|field| !own_form(field)) {
        if let (PfSlot::Profile(name), Some(value)) = (field.spec().pf, get(&field)) {
            profile.insert(name.to_owned(), value.to_json());
        }
    }
    for (name, field) in [("bio", Field::Description as fn(ArcStr) -> Field), ("position", Field::Position)] {
        let languages = [("primary", &pf.languages.primary), ("secondary", &pf.languages.secondary)];
        let texts = languages
            .iter()
            .filter_map(|(member, lang)| Some(((*member).to_owned(), get(&field(lang.as_str().into()))?.to_json())));
        profile.insert(name.to_owned(), Value::Object(texts.collect()));
    }
    profile.extend(photo(text(&Field::Photo), pf.photo_base_url.as_deref()).map(|url| ("imageUrl".to_owned(), url)));
    let items = |field: &Field| get(field).map(FieldValue::as_list).unwrap_or_default().iter().map(ArcStr::as_str);
    profile.extend(items(&Field::Nationalities).next().map(|code| ("nationality".to_owned(), code.into())));
    let spoken = items(&Field::Languages).filter_map(language).collect();
    profile.insert("spokenLanguages".to_owned(), spoken);
    if let (Some(kind), Some(value)) = (&pf.licence, get(&Field::Licence)) {
        let mut compliance = json!({ "type": kind, "value": value });
        if let Some(date) = get(&Field::LicenceExpiredAt) {
            lay(&mut compliance, "expiryDate", date.to_json());
        }
        profile.insert("compliances".to_owned(), json!([compliance]));
    }
    let name = |private, public| get(&private).or_else(|| get(&public)).cloned();
    json!({
        "firstName": name(Field::PrivateFirstName, Field::FirstName),
        "lastName": name(Field::PrivateLastName, Field::LastName),
        "email": text(&Field::Login), "mobile": text(&Field::Mobile),
        "status": text(&Field::Status),
        "roleId": role_id(state, role), "publicProfile": profile
    })
}

/// A record as a row of the documented contract.
fn documented_row(record: &Record, config: &Config) -> Value {
    let pf = &config.property_finder;
    let text = |field: &Field| record.get(field).and_then(FieldValue::as_text).unwrap_or_default();
    let mut profile = json!({
        "name": format!("{} {}", text(&Field::FirstName), text(&Field::LastName)),
        "email": text(&Field::Email), "phone": text(&Field::Phone)
    });
    let members = [
        ("whatsappPhone", Field::WhatsappPhone),
        ("position", Field::Position(pf.languages.primary.as_str().into())),
        ("experienceSince", Field::ExperienceSince),
        ("spokenLanguages", Field::Languages),
        ("bio", Field::Description(pf.languages.primary.as_str().into())),
    ];
    for (member, field) in members {
        record
            .get(&field)
            .filter(|value| !value.is_nothing())
            .into_iter()
            .for_each(|value| lay(&mut profile, member, value.to_json()));
    }
    if let Some(url) = photo(text(&Field::Photo), pf.photo_base_url.as_deref()) {
        lay(&mut profile, "photo", url);
    }
    json!({ "email": text(&Field::Email), "status": text(&Field::Status), "publicProfile": profile })
}

/// The public address of a photo; nothing for a path that has none.
fn photo(declared: &str, base: Option<&str>) -> Option<Value> {
    if declared.starts_with("https://") {
        return Some(Value::from(declared));
    }
    let base = base.filter(|_| !declared.is_empty())?;
    Some(Value::from(format!("{}/{declared}", base.trim_end_matches('/'))))
}

fn language(code: &str) -> Option<Value> {
    LANGUAGES.iter().find(|(_, _, held)| *held == code).map(|(id, ..)| Value::from(*id))
}

#[cfg(test)]
mod tests;
