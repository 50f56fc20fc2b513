//! An agent as a record: the nested file becomes the flat table of fields that everything else works with.
//!
//! Every struct is taken apart without `..`, so a new key in a file is a compile error here until it has its field.

use super::Record;
use super::agent_file::{Agent, Channels, Description, Private, Public};
use super::position::Position;
use super::value::{Country, Language};
use super::{Channel, Field, FieldValue, Setting, compact};

impl Agent {
    /// Every declared field. `primary` is the language of a position that is a plain text; with `secondary` it is also
    /// what null clears, since a position or a description is owned language by language.
    #[must_use]
    pub(crate) fn record(&self, primary: &str, secondary: &str) -> Record {
        let Self { status, role, public, private, theme, subscriptions, fields, handover: _ } = self;
        let mut record = Record::from_iter([(Field::Status, FieldValue::from(status))]);
        role.put(Field::Role, &mut record);
        put_public(public, [primary, secondary], &mut record);
        put_private(private, &mut record);
        theme.put(Field::Theme, &mut record);
        for (name, channels) in subscriptions.set().into_iter().flatten() {
            put_channels(name.as_str(), channels, &mut record);
        }
        for (id, value) in fields.set().into_iter().flatten() {
            record.insert(Field::Custom(id.as_str().into()), value.0.clone());
        }
        compact(record)
    }

    /// Whether the descriptions are cleared as a whole: also in languages that only a system knows, which a record cannot
    /// name.
    #[must_use]
    pub(crate) fn clears_descriptions(&self) -> bool {
        match &self.public.descriptions {
            Setting::Absent => false,
            Setting::Clear => true,
            Setting::Set(texts) => texts.is_empty(),
        }
    }
}

fn put_public(public: &Public, languages: [&str; 2], record: &mut Record) {
    let Public {
        first_name,
        last_name,
        email,
        phone,
        phone_secondary,
        whatsapp_phone,
        photo,
        licence,
        licence_expired_at,
        position,
        experience_since,
        languages: spoken,
        nationalities,
        linked_in,
        descriptions,
    } = public;
    record.insert(Field::FirstName, first_name.into());
    record.insert(Field::LastName, last_name.into());
    record.insert(Field::Email, email.into());
    record.insert(Field::Phone, phone.into());
    phone_secondary.put(Field::PhoneSecondary, record);
    whatsapp_phone.put(Field::WhatsappPhone, record);
    photo.put(Field::Photo, record);
    licence.put(Field::Licence, record);
    licence_expired_at.put(Field::LicenceExpiredAt, record);
    put_position(position, languages, record);
    experience_since.put(Field::ExperienceSince, record);
    put_list(spoken, Language::as_str, Field::Languages, record);
    put_list(nationalities, Country::as_str, Field::Nationalities, record);
    linked_in.put(Field::LinkedIn, record);
    put_descriptions(descriptions, languages, record);
}

fn put_list<T>(list: &Setting<Vec<T>>, code: fn(&T) -> &str, field: Field, record: &mut Record) {
    match list {
        Setting::Absent => None,
        Setting::Clear => record.insert(field, FieldValue::Nothing),
        Setting::Set(items) => record.insert(field, FieldValue::from_texts(items.iter().map(code))),
    };
}

fn put_position(position: &Setting<Position>, [primary, secondary]: [&str; 2], record: &mut Record) {
    match position {
        Setting::Absent => {}
        Setting::Set(Position::Primary(text)) => {
            record.insert(Field::Position(primary.into()), text.into());
        }
        Setting::Set(Position::ByLanguage(texts)) if !texts.is_empty() => {
            for (language, text) in texts {
                text.put(Field::Position(language.as_str().into()), record);
            }
        }
        Setting::Clear | Setting::Set(Position::ByLanguage(_)) => {
            for language in [primary, secondary] {
                record.insert(Field::Position(language.into()), FieldValue::Nothing);
            }
        }
    }
}

fn put_descriptions(descriptions: &Setting<Vec<Description>>, languages: [&str; 2], record: &mut Record) {
    match descriptions {
        Setting::Absent => {}
        Setting::Set(texts) if !texts.is_empty() => {
            for Description { lang, content } in texts {
                content.put(Field::Description(lang.as_str().into()), record);
            }
        }
        Setting::Clear | Setting::Set(_) => {
            for language in languages {
                record.insert(Field::Description(language.into()), FieldValue::Nothing);
            }
        }
    }
}

fn put_private(private: &Private, record: &mut Record) {
    let Private {
        first_name,
        last_name,
        email,
        mobile,
        landline,
        landline_extension,
        lang,
        licence,
        use_email_signature,
        email_signature,
        photo,
    } = private;
    first_name.put(Field::PrivateFirstName, record);
    last_name.put(Field::PrivateLastName, record);
    record.insert(Field::Login, email.into());
    record.insert(Field::Mobile, mobile.into());
    landline.put(Field::Landline, record);
    landline_extension.put(Field::LandlineExtension, record);
    lang.put(Field::InterfaceLanguage, record);
    licence.put(Field::PrivateLicence, record);
    use_email_signature.put(Field::UseEmailSignature, record);
    email_signature.put(Field::EmailSignature, record);
    photo.put(Field::PrivatePhoto, record);
}

fn put_channels(name: &str, channels: &Setting<Channels>, record: &mut Record) {
    let cleared = || Setting::Clear;
    let [notification, email, sms] = match channels {
        Setting::Absent => return,
        Setting::Clear => [cleared(), cleared(), cleared()],
        Setting::Set(Channels { receive_notification, receive_email, receive_sms }) => {
            [receive_notification.clone(), receive_email.clone(), receive_sms.clone()]
        }
    };
    for (channel, flag) in [(Channel::Notification, notification), (Channel::Email, email), (Channel::Sms, sms)] {
        flag.put(Field::Subscription(name.into(), channel), record);
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn agent(more: &Value) -> Agent {
        let mut file = json!({
            "status": "active",
            "public": {"first_name": "Sara", "last_name": "Khan", "email": "sara.khan@example.com", "phone": "+971501234567"},
            "private": {"email": "sara@example.com", "mobile": "+971509876543"},
        });
        merge(&mut file, more);
        serde_json::from_value(file).unwrap()
    }

    fn merge(into: &mut Value, more: &Value) {
        let (Value::Object(into), Value::Object(more)) = (&mut *into, more) else { return };
        for (key, value) in more {
            match into.get_mut(key) {
                Some(there) if there.is_object() => merge(there, value),
                _ => drop(into.insert(key.clone(), value.clone())),
            }
        }
    }

    fn fields(more: &Value) -> Vec<(String, Value)> {
        let base = agent(&json!({})).record("en", "ar");
        let record = agent(more).record("en", "ar");
        record
            .into_iter()
            .filter(|(field, _)| !base.contains_key(field))
            .map(|(field, value)| (field.to_string(), value.to_json()))
            .collect()
    }

    #[test]
    fn an_absent_key_is_not_managed_and_null_clears() {
        assert_eq!(fields(&json!({})), []);
        assert_eq!(fields(&json!({"role": null})), [("role".to_owned(), json!(null))]);
        assert_eq!(fields(&json!({"public": {"languages": []}})), [("public.languages".to_owned(), json!([]))]);
        assert_eq!(
            fields(&json!({"private": {"use_email_signature": false}})),
            [("private.use_email_signature".to_owned(), json!(false))]
        );
    }

    #[test]
    fn maps_are_managed_key_by_key() {
        let both = [("public.position.ar".to_owned(), json!(null)), ("public.position.en".to_owned(), json!("Broker"))];
        assert_eq!(fields(&json!({"public": {"position": "Broker"}})), both[1..]);
        assert_eq!(fields(&json!({"public": {"position": {"en": "Broker", "ar": null}}})), both);
        let none = [("public.position.ar".to_owned(), json!(null)), ("public.position.en".to_owned(), json!(null))];
        assert_eq!(fields(&json!({"public": {"position": {}}})), none);
        assert_eq!(fields(&json!({"public": {"position": null}})), none);
        let cleared =
            [("public.descriptions.ar".to_owned(), json!(null)), ("public.descriptions.en".to_owned(), json!(null))];
        assert_eq!(fields(&json!({"public": {"descriptions": []}})), cleared);
        assert_eq!(fields(&json!({"public": {"descriptions": null}})), cleared);
        assert_eq!(fields(&json!({"public": {"descriptions": [{"lang": "en", "content": null}]}})), cleared[1..]);
        for (descriptions, whole) in [
            (json!([]), true),
            (json!(null), true),
            (json!([{"lang": "en", "content": null}, {"lang": "ar", "content": null}]), false),
        ] {
            let declared = agent(&json!({"public": {"descriptions": descriptions}}));
            assert_eq!(declared.clears_descriptions(), whole, "{descriptions}");
        }
        assert!(!agent(&json!({})).clears_descriptions());
        assert_eq!(fields(&json!({"fields": {"3": true}})), [("fields.3".to_owned(), json!(true))]);
        assert_eq!(
            fields(&json!({"subscriptions": {"type.x": {"receive_sms": false}}})),
            [("subscriptions.type.x.receive_sms".to_owned(), json!(false))]
        );
        assert_eq!(fields(&json!({"subscriptions": {"type.x": null}})).len(), 3);
    }
}
