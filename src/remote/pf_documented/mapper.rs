//! Translates between a [`Record`] and the JSON of the documented contract
//! (docs/vendor-apis.md, "Documented contract: fields"). Pure. Nothing is read, so a row holds ids and the last status alone.

use serde_json::{Map, Value, json};

use crate::model::agent::{Field, FieldValue};
use crate::model::config::{Config, PfConfig};
use crate::model::record::{Record, Row};
use crate::reconcile::observed::{ObservedPfUser, PfFields};
use crate::remote::json::written;
use crate::remote::pf::PfUpdate;
use crate::remote::pf::mapper::{NO_ADDRESS, NOT_REMOVED, PfMapper, is_active, photo_address, without_fragment};

/// The translation, as `roster.yaml` lays it out.
#[derive(Clone, Debug, PartialEq)]
pub struct DocumentedMapper {
    config: PfConfig,
}

/// The required fields of a new user. The document requires more (docs/vendor-apis.md, "Documented contract: create a user"),
/// and the server decides about the rest.
const REQUIRED: [Field; 4] = [Field::FirstName, Field::LastName, Field::Email, Field::Phone];

/// The members that a create does not have. They follow it in an update of the public profile.
const NOT_IN_CREATE: [&str; 2] = ["photo", "bio"];

impl DocumentedMapper {
    /// The translation for this account.
    #[must_use]
    pub fn new(config: &Config) -> Self {
        Self { config: config.property_finder.clone() }
    }

    /// What Property Finder is to hold of a declaration: fields that the contract has no member for are left out, and values
    /// that it cannot hold ([`cannot_hold`](Self::cannot_hold)).
    #[must_use]
    pub fn desired(&self, declared: &Record) -> Record {
        declared.iter().filter_map(|(field, value)| Some((field.clone(), self.holds(field, value).0?))).collect()
    }

    /// The declared values that Property Finder cannot hold, each with the reason. A field without a member is not among them:
    /// the plan names those fields once.
    #[must_use]
    pub fn cannot_hold(&self, declared: &Record) -> Vec<(Field, String)> {
        declared.iter().filter_map(|(field, value)| Some((field.clone(), self.holds(field, value).1?))).collect()
    }

    /// What Property Finder holds of a value, and the reason for what it does not hold.
    fn holds(&self, field: &Field, value: &FieldValue) -> (Option<FieldValue>, Option<String>) {
        let nothing = |why: &str| (None, Some(why.to_owned()));
        let (cleared, primary) = (field.is_blank(value), &self.config.languages.primary);
        match field {
            _ if field.spec().documented.is_none() => (None, None),
            Field::Position(lang) | Field::Description(lang) if lang != primary && cleared => (None, None),
            Field::Position(lang) | Field::Description(lang) if lang != primary => nothing(&format!(
                "Property Finder's documented contract has one text, in `{primary}`; `{lang}` is not sent there"
            )),
            Field::Position(_) | Field::Description(_) | Field::Languages => (Some(written(field, value)), None),
            Field::Photo if cleared => nothing(NOT_REMOVED),
            _ if cleared => nothing("Property Finder cannot clear this field; its current value stays"),
            Field::Photo => match photo_address(&self.config, value) {
                Some(url) => (Some(FieldValue::from(url)), None),
                None => nothing(NO_ADDRESS),
            },
            _ => (Some(written(field, value)), None),
        }
    }

    /// Why Property Finder does not create this user, if so.
    pub(in crate::remote) fn refused_create(desired: &Record) -> Option<String> {
        let missing = REQUIRED.iter().filter(|field| desired.get(field).and_then(FieldValue::trimmed).is_none());
        let missing: Vec<String> = missing.map(|field| format!("`{field}`")).collect();
        (!missing.is_empty()).then(|| format!("Property Finder makes no user without {}", missing.join(", ")))
    }

    /// The body of `POST /v1/users`. It has no status: a new user is active.
    ///
    /// # Errors
    /// A sentence naming what is missing.
    pub fn create(desired: &Record) -> Result<Value, String> {
        if let Some(why) = Self::refused_create(desired) {
            return Err(why);
        }
        let said = desired.iter().filter(|(field, value)| {
            let member = field.spec().documented.unwrap_or_default();
            member != "status" && !NOT_IN_CREATE.contains(&member) && !field.is_blank(value)
        });
        let said: Record = said.map(|(field, value)| (field.clone(), value.clone())).collect();
        Ok(Value::Object(members(desired, &said)))
    }

    /// What a create does not hold of a new user.
    #[must_use]
    pub fn after_create(desired: &Record) -> Record {
        let late = desired.iter().filter(|(field, value)| {
            let member = field.spec().documented.unwrap_or_default();
            NOT_IN_CREATE.contains(&member) && !field.is_blank(value)
        });
        late.map(|(field, value)| (field.clone(), value.clone())).collect()
    }

    /// The bodies of both PATCH calls. They hold the changes only. Changes of the profile are left out for a user whose profile
    /// id is not known.
    #[must_use]
    pub fn update(row: &Row, desired: &Record, changes: &Record) -> PfUpdate {
        let filled = |body: Map<String, Value>| (!body.is_empty()).then_some(Value::Object(body));
        let (status, profile): (Map<_, _>, Map<_, _>) =
            members(desired, changes).into_iter().partition(|(member, _)| member == "status");
        PfUpdate { user: filled(status), profile: PfMapper::profile_id(row).zip(filled(profile)) }
    }

    /// A user whose ids are known.
    #[must_use]
    pub(crate) fn user(row: &Row) -> ObservedPfUser {
        let status = row.raw.get("status").and_then(Value::as_str).map(FieldValue::from);
        ObservedPfUser {
            id: row.id,
            profile: PfMapper::profile_id(row),
            inactive: status.as_ref().is_some_and(|status| !is_active(status)),
            fields: PfFields {
                record: status.map(|status| (Field::Status, status)).into_iter().collect(),
                ..PfFields::default()
            },
            ..ObservedPfUser::default()
        }
    }
}

/// The members that hold these changes. The one `name` holds both names.
fn members(desired: &Record, changes: &Record) -> Map<String, Value> {
    let wanted = |field: &Field| changes.get(field).or_else(|| desired.get(field)).and_then(FieldValue::trimmed);
    let mut body = Map::new();
    for (field, value) in changes {
        let Some(member) = field.spec().documented else { continue };
        let value = match field {
            Field::FirstName | Field::LastName => {
                let names: Vec<String> = [Field::FirstName, Field::LastName].iter().filter_map(wanted).collect();
                Value::String(names.join(" "))
            }
            Field::Position(_) | Field::Description(_) if value.is_nothing() => json!(""),
            Field::Languages if value.is_nothing() => json!([]),
            Field::ExperienceSince => field.canonical(value).to_json(),
            Field::Photo => without_fragment(value),
            _ => value.to_json(),
        };
        body.insert(member.to_owned(), value);
    }
    body
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::record::record_of;
    use crate::remote::samples;

    fn mapper() -> DocumentedMapper {
        let mut config = Config::default();
        config.property_finder.photo_base_url = Some("https://cdn.x.ae/p/".to_owned());
        DocumentedMapper::new(&config)
    }

    fn position(lang: &str) -> Field {
        Field::Position(lang.into())
    }

    fn bio(lang: &str) -> Field {
        Field::Description(lang.into())
    }

    fn sara() -> Record {
        record_of([
            (Field::Status, json!("active")),
            (Field::Role, json!("agent")),
            (Field::FirstName, json!("Sara")),
            (Field::LastName, json!("Khan")),
            (Field::Email, json!("sara@x.ae")),
            (Field::Phone, json!("+971 50 123 4567")),
            (Field::PhoneSecondary, json!("+97141234567")),
            (Field::WhatsappPhone, json!("+971501234567")),
            (Field::Photo, json!("photos/sara.jpg?v=1")),
            (Field::Licence, json!("48213")),
            (position("en"), json!("Senior Sales Consultant")),
            (position("ar"), json!("مستشارة")),
            (Field::ExperienceSince, json!(2014)),
            (Field::Languages, json!(["EN", "ar"])),
            (Field::Nationalities, json!(["AE"])),
            (Field::LinkedIn, json!("https://www.linkedin.com/in/sara")),
            (bio("en"), json!("Twelve years.")),
            (Field::Login, json!("login@x.ae")),
            (Field::Mobile, json!("+971559876543")),
        ])
    }

    #[test]
    fn a_create_is_flat_and_holds_the_members_of_the_document_alone() {
        let desired = mapper().desired(&sara());
        let want = json!({
            "name": "Sara Khan", "email": "sara@x.ae", "phone": "+971501234567", "whatsappPhone": "+971501234567",
            "position": "Senior Sales Consultant", "experienceSince": 2014, "spokenLanguages": ["en", "ar"]
        });
        assert_eq!(DocumentedMapper::create(&desired).unwrap(), want);
        let late =
            [(Field::Photo, json!("https://cdn.x.ae/p/photos/sara.jpg?v=1")), (bio("en"), json!("Twelve years."))];
        assert_eq!(DocumentedMapper::after_create(&desired), record_of(late));
    }

    #[test]
    fn a_create_needs_a_name_an_email_and_a_phone() {
        for field in REQUIRED {
            let mut desired = mapper().desired(&sara());
            desired.remove(&field);
            assert!(DocumentedMapper::create(&desired).unwrap_err().contains(&format!("`{field}`")), "{field}");
        }
    }

    #[test]
    fn each_change_is_sent_to_its_call() {
        let row = super::super::known_user(7, Some(9), None);
        let table = [
            (Field::Status, json!("archived"), Some(json!({"status": "archived"})), None),
            (Field::Status, json!("active"), Some(json!({"status": "active"})), None),
            (Field::LastName, json!("Haddad"), None, Some(json!({"name": "Sara Haddad"}))),
            (Field::Phone, json!("+97150"), None, Some(json!({"phone": "+97150"}))),
            (Field::Photo, json!("https://a.ae/1.jpg"), None, Some(json!({"photo": "https://a.ae/1.jpg"}))),
            (bio("en"), json!(null), None, Some(json!({"bio": ""}))),
            (position("en"), json!("Director"), None, Some(json!({"position": "Director"}))),
            (Field::Languages, json!([]), None, Some(json!({"spokenLanguages": []}))),
            (Field::ExperienceSince, json!("2014"), None, Some(json!({"experienceSince": 2014}))),
            (Field::Licence, json!("1"), None, None),
        ];
        for (field, value, user, profile) in table {
            let changes = record_of([(field.clone(), value)]);
            let update = DocumentedMapper::update(&row, &mapper().desired(&sara()), &changes);
            assert_eq!((update.user, update.profile), (user, profile.map(|body| (9, body))), "{field}");
        }
        let unknown = super::super::known_user(7, None, None);
        let changes = record_of([(Field::Phone, json!("+97150"))]);
        assert_eq!(DocumentedMapper::update(&unknown, &sara(), &changes), PfUpdate::default());
    }

    #[test]
    fn a_value_that_cannot_be_held_has_a_reason_and_a_field_without_a_member_has_none() {
        let declared = record_of([
            (position("ar"), json!("مستشارة")),
            (bio("fr"), json!("Douze ans.")),
            (Field::WhatsappPhone, json!(null)),
            (Field::Photo, json!("http://a.ae/1.jpg")),
            (Field::LinkedIn, json!("https://www.linkedin.com/in/sara")),
            (Field::Login, json!("login@x.ae")),
        ]);
        let fields: Vec<String> = mapper().cannot_hold(&declared).iter().map(|(field, _)| field.to_string()).collect();
        let want = ["public.whatsapp_phone", "public.photo", "public.position.ar", "public.descriptions.fr"];
        assert_eq!(fields, want);
        assert!(mapper().desired(&declared).is_empty());
    }

    proptest! {
        #[test]
        fn no_private_value_and_no_null_is_ever_sent(declared in samples::declaration()) {
            let desired = mapper().desired(&declared);
            prop_assert!(desired.keys().all(|field| !field.is_private()));
            let row = super::super::known_user(7, Some(9), None);
            let update = DocumentedMapper::update(&row, &desired, &desired);
            let bodies = [update.user, update.profile.map(|(_, body)| body), DocumentedMapper::create(&desired).ok()];
            for body in bodies.iter().flatten() {
                prop_assert!(body.as_object().is_some_and(|members| members.values().all(|value| !value.is_null())), "{body}");
            }
        }
    }
}
