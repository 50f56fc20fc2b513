#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use serde_json::{Value, json};

use super::read::LEFT_OUT;
use super::*;
use crate::remote::samples;

mod properties;

fn mapper() -> CrmMapper {
    let mut config = Config::default();
    let name = str::to_owned;
    config.crm.link_fields =
        Some(LinkFields { agent: name("11"), pf_user: name("12"), pf_profile: name("13"), memory: name("14") });
    CrmMapper::new(&config)
}

fn row(raw: Value) -> Row {
    Row::new(3, raw)
}

fn record(field: Field, value: impl Into<FieldValue>) -> Record {
    Record::from_iter([(field, value.into())])
}

fn subscription(channel: Channel) -> Field {
    Field::Subscription("type.lead".into(), channel)
}

#[test]
fn a_memory_that_the_server_escaped_or_parsed_is_read_and_written_as_text() {
    let memory = r#"{"v":1,"since":2014}"#;
    for stored in [
        json!(memory),
        json!({"v": 1, "since": 2014}),
        json!("{&quot;v&quot;:1,&quot;since&quot;:2014}"),
        json!("{&#34;v&#34;:1,&#x22;since&#x22;:2014}"),
    ] {
        let row = row(json!({"fields": {"14": stored}}));
        assert_eq!(mapper().links(&row).memory.as_deref(), Some(memory), "{stored}");
        let sent = mapper().update(&row, &record(Field::FirstName, json!("Sara")), &LinkValues::default());
        assert_eq!(sent["user"]["fields"], json!({"14": memory}), "{stored}");
    }
}

#[test]
fn a_role_in_an_object_is_read_by_its_code() {
    let table = [
        (json!("agent"), Some("agent"), true),
        (json!({"id": 3, "code": "agent", "name": "Agent"}), Some("agent"), true),
        (json!(null), None, true),
        (json!({"id": 3, "title": "Agent"}), None, false),
        (json!([3]), None, false),
    ];
    for (role, code, readable) in table {
        let row = row(json!({"role": role}));
        let observed = mapper().observed(&row).remove(&Field::Role);
        assert_eq!(CrmMapper::role_is_readable(&row), readable, "{role}");
        if readable {
            assert_eq!(observed, code.map(FieldValue::from), "{role}");
        }
    }
}

#[test]
fn a_date_is_sent_as_a_date() {
    for (read, sent) in [
        ("2031-03-30T20:00:00Z", "2031-03-31"),
        ("2031-03-31T00:00:00+04:00", "2031-03-31"),
        ("2031-03-31", "2031-03-31"),
        ("03/04/2031", "03/04/2031"),
    ] {
        let row = row(json!({"public": {"licence_expired_at": read}}));
        let body = mapper().update(&row, &record(Field::FirstName, json!("Sara")), &LinkValues::default());
        assert_eq!(body["user"]["public"]["licence_expired_at"], sent, "{read}");
    }
}

/// Every field that the CRM has a place for: what is declared, and the user that says it.
fn table() -> Vec<(Field, Value, Value)> {
    let en = || "en".into();
    vec![
        (Field::Role, json!("agent"), json!({"role": "agent"})),
        (Field::FirstName, json!("سارة"), json!({"public": {"first_name": "سارة"}})),
        (Field::LastName, json!("Khan"), json!({"public": {"last_name": "Khan"}})),
        (Field::Email, json!("Sara@example.ae"), json!({"public": {"email": "Sara@example.ae"}})),
        (Field::Phone, json!("+971 50 123-4567"), json!({"public": {"phone": "+971501234567"}})),
        (Field::Licence, json!("48213"), json!({"public": {"licence": "48213"}})),
        (Field::LicenceExpiredAt, json!("2027-03-31"), json!({"public": {"licence_expired_at": "2027-03-31"}})),
        (Field::Position(en()), json!("Senior"), json!({"public": {"position": "Senior"}})),
        (Field::Languages, json!(["en", "ARA"]), json!({"public": {"languages": ["en", "ar"]}})),
        (Field::Nationalities, json!(["ae", "PK"]), json!({"public": {"nationalities": ["AE", "PK"]}})),
        (Field::LinkedIn, json!("https://x.ae/in/s"), json!({"public": {"linked_in": "https://x.ae/in/s"}})),
        (Field::Description(en()), json!("A"), json!({"public": {"descriptions": [{"lang": "en", "content": "A"}]}})),
        (Field::PrivateFirstName, json!("Sara"), json!({"private": {"first_name": "Sara"}})),
        (Field::PrivateLastName, json!("Khan"), json!({"private": {"last_name": "Khan"}})),
        (Field::Login, json!("sara@example.ae"), json!({"private": {"email": "sara@example.ae"}})),
        (Field::Mobile, json!("+971509876543"), json!({"private": {"mobile": "+971509876543"}})),
        (Field::Landline, json!("+97144001122"), json!({"private": {"landline": "+97144001122"}})),
        (Field::LandlineExtension, json!("214"), json!({"private": {"landline_extension": "214"}})),
        (Field::InterfaceLanguage, json!("en"), json!({"private": {"lang": "en"}})),
        (Field::PrivateLicence, json!("48213"), json!({"private": {"licence": "48213"}})),
        (Field::UseEmailSignature, json!(true), json!({"private": {"use_email_signature": true}})),
        (Field::EmailSignature, json!("S | E"), json!({"private": {"email_signature": "S | E"}})),
        (Field::Theme, json!("onyx"), json!({"theme": "onyx"})),
        (subscription(Channel::Sms), json!(false), json!({"subscriptions": {"type.lead": {"receive_sms": false}}})),
        (Field::Custom("1".into()), json!("2 pets"), json!({"fields": {"1": "2 pets"}})),
        (Field::Custom("3".into()), json!(true), json!({"fields": {"3": true}})),
    ]
}

#[test]
fn every_field_is_read_and_written_at_its_crm_location() {
    let mapper = mapper();
    for (field, declared, user) in table() {
        let desired = mapper.desired(&record(field.clone(), declared));
        assert_eq!(
            mapper.update(&row(json!({})), &desired, &LinkValues::default()),
            json!({"user": user}),
            "{field}: update"
        );
        let created = if field == Field::LicenceExpiredAt { json!({}) } else { user.clone() };
        assert_eq!(mapper.create(&desired, &LinkValues::default()), json!({"user": created}), "{field}: create");
        assert_eq!(mapper.observed(&row(user)), desired, "{field}: read");
    }
}

#[test]
fn fields_without_a_crm_location_are_not_desired() {
    let mapper = mapper();
    let in_table: Vec<Field> = table().into_iter().map(|(field, ..)| field).collect();
    let nowhere = [
        Field::Status,
        Field::PhoneSecondary,
        Field::WhatsappPhone,
        Field::ExperienceSince,
        Field::Position("ar".into()),
        Field::Position("fr".into()),
    ];
    for field in samples::fields() {
        if field.is_uploaded() {
            assert_eq!(
                mapper.desired(&record(field.clone(), json!("x"))),
                record(field.clone(), json!("x")),
                "{field}"
            );
        } else if nowhere.contains(&field) {
            assert_eq!(mapper.desired(&record(field.clone(), json!("x"))), Record::new(), "{field}");
        } else {
            let kind = std::mem::discriminant(&field);
            assert!(in_table.iter().any(|known| std::mem::discriminant(known) == kind), "{field} is in no table");
        }
    }
    assert_eq!(mapper.desired(&record(Field::Custom("11".into()), json!("x"))), Record::new(), "a link field is ours");
}

#[test]
fn a_photo_is_written_as_the_reference_to_its_upload_and_only_its_presence_is_read() {
    let mapper = mapper();
    let reference = json!({"token": "t"});
    for (field, half) in [(Field::Photo, "public"), (Field::PrivatePhoto, "private")] {
        let changes = record(field.clone(), reference.clone());
        let raw = json!({"public": {"photo": 25}, "private": {"photo": 26}});
        let body = mapper.update(&row(raw.clone()), &changes, &LinkValues::default());
        let mut want = json!({ "user": raw });
        want["user"][half]["photo"] = reference.clone();
        assert_eq!(body, want, "{field}");
        let cleared = mapper.update(&row(raw), &record(field.clone(), Value::Null), &LinkValues::default());
        assert_eq!(cleared["user"][half]["photo"], Value::Null, "{field}");
        let declared = record(field.clone(), json!("photos/s.jpg?v=1"));
        assert_eq!(mapper.create(&declared, &LinkValues::default()), json!({"user": {}}), "{field}");
        assert_eq!(mapper.after_create(&declared), declared, "{field}");
        assert_eq!(mapper.after_create(&record(field, Value::Null)), Record::new());
    }
    for (shown, want) in [
        (json!(25), ShownPicture::File(25)),
        (json!("25"), ShownPicture::File(25)),
        (json!({"id": 25, "url": "https://x.ae/1.jpg"}), ShownPicture::File(25)),
        (json!({"url": "https://x.ae/1.jpg"}), ShownPicture::Other),
        (json!("https://x.ae/1.jpg"), ShownPicture::Other),
        (Value::Null, ShownPicture::None),
        (json!(""), ShownPicture::None),
        (json!([]), ShownPicture::None),
        (json!(0), ShownPicture::None),
    ] {
        let user = mapper.user(&row(json!({"public": {"photo": shown}})));
        assert_eq!(user.pictures, LiteMap::from_iter([(Field::Photo, want)]), "{shown}");
        assert_eq!(user.record, Record::new(), "{shown}");
    }
}

#[test]
fn clearing_sends_the_empty_form_of_its_kind() {
    let raw = json!({
        "role": "agent", "theme": "onyx",
        "public": {"position": "Senior", "languages": ["en"], "licence_expired_at": "2027-03-31", "phone": "1",
            "descriptions": [{"lang": "ar", "content": "ب", "id": 8}, {"lang": "EN", "content": "A"}]},
        "private": {"use_email_signature": true},
        "subscriptions": {"type.lead": {"receive_sms": true, "receive_email": true}},
        "fields": {"1": "2 pets", "3": true},
    });
    let table = [
        (Field::Position("en".into()), "/public/position", json!("")),
        (Field::Languages, "/public/languages", json!([])),
        (Field::Nationalities, "/public/nationalities", json!([])),
        (Field::LicenceExpiredAt, "/public/licence_expired_at", json!(null)),
        (Field::LinkedIn, "/public/linked_in", json!("")),
        (Field::Description("en".into()), "/public/descriptions", json!([{"lang": "ar", "content": "ب", "id": 8}])),
        (Field::Landline, "/private/landline", json!("")),
        (Field::UseEmailSignature, "/private/use_email_signature", json!(false)),
        (subscription(Channel::Sms), "/subscriptions/type.lead", json!({"receive_sms": false, "receive_email": true})),
        (Field::Custom("1".into()), "/fields", json!({"1": "", "3": true})),
        (Field::Custom("3".into()), "/fields", json!({"1": "2 pets", "3": null})),
    ];
    let mapper = mapper();
    for (field, path, want) in table {
        let desired = mapper.desired(&record(field.clone(), Value::Null));
        let body = mapper.update(&row(raw.clone()), &desired, &LinkValues::default());
        assert_eq!(body["user"].pointer(path), Some(&want), "{field}");
        assert_eq!(samples::changes(&desired, &mapper.observed(&row(body["user"].clone()))), Record::new(), "{field}");
    }
    for field in [Field::Role, Field::Theme] {
        let cleared = record(field.clone(), Value::Null);
        assert_eq!(mapper.desired(&cleared), Record::new(), "{field}");
        assert_eq!(mapper.cannot_hold(&cleared).len(), 1, "{field}");
    }
}

#[test]
fn crm_languages_have_two_letters() {
    let table = [
        (json!(["en", "yue", "cmn"]), Some(json!(["en", "zh"])), 0),
        (json!(["EN", "bal"]), Some(json!(["en"])), 1),
        (json!(["bal"]), None, 1),
        (json!([]), Some(json!([])), 0),
        (json!(null), Some(json!(null)), 0),
    ];
    for (declared, want, warnings) in table {
        let declared = record(Field::Languages, declared);
        assert_eq!(mapper().desired(&declared).remove(&Field::Languages), want.map(FieldValue::from), "{declared:?}");
        assert_eq!(mapper().cannot_hold(&declared).len(), warnings, "{declared:?}");
    }
}

#[test]
fn a_description_changes_its_own_language_alone() {
    let read =
        json!([{"lang": "fr", "content": "F", "id": 1}, {"lang": "EN", "content": "A", "id": 2}, "?", {"lang": "en"}]);
    let change = record(Field::Description("en".into()), json!("B"));
    let body = mapper().update(&row(json!({"public": {"descriptions": read}})), &change, &LinkValues::default());
    let want = json!([{"lang": "fr", "content": "F", "id": 1}, {"lang": "EN", "content": "B", "id": 2}, "?"]);
    assert_eq!(body["user"]["public"]["descriptions"], want);
}

#[test]
fn a_put_is_the_row_as_read_with_changes_and_links() {
    let raw = json!({
        "id": 3, "created_at": "2020-01-01T00:00:00Z", "updated_at": "2020-01-01T00:00:00Z", "future": {"id": 1},
        "public": {"first_name": "Sara", "photo": 25, "licence_expired_at": "2027-03-31"},
        "private": {"photo": {"id": 7}, "licence_expired_at": "2027-03-31", "email": "s@x.ae"},
        "fields": {"1": "2 pets", "11": "sara", "12": "7"},
    });
    let changes = record(Field::FirstName, json!("Sarah"));
    let links = LinkValues { pf_user: Some(7712), memory: Some("{}".into()), ..LinkValues::default() };
    let want = json!({"user": {
        "future": {"id": 1},
        "public": {"first_name": "Sarah", "photo": 25, "licence_expired_at": "2027-03-31"},
        "private": {"photo": {"id": 7}, "email": "s@x.ae"},
        "fields": {"1": "2 pets", "11": "sara", "12": "7712", "14": "{}"},
    }});
    assert_eq!(mapper().update(&row(raw.clone()), &changes, &links), want);
    let released = json!({"1": "2 pets", "11": "", "12": "", "13": "", "14": ""});
    assert_eq!(mapper().relink(&row(raw.clone()), &LinkValues::default())["user"]["fields"], released);
    assert_eq!(
        mapper().links(&row(mapper().relink(&row(raw), &LinkValues::default())["user"].clone())),
        LinkValues::default()
    );
}

#[test]
fn links_are_read_leniently() {
    let table = [
        (
            json!({"11": "sara", "12": 7712, "13": " 7713 ", "14": "{}"}),
            (Some("sara"), Some(7712), Some(7713), Some("{}")),
        ),
        (json!({"11": " Sara ", "12": "", "13": null, "14": ""}), (Some("sara"), None, None, None)),
        (json!({"11": 5, "12": "x", "13": 0, "14": []}), (Some("5"), None, None, None)),
        (json!([]), (None, None, None, None)),
        (json!(null), (None, None, None, None)),
    ];
    for (fields, (agent, pf_user, pf_profile, memory)) in table {
        let want = LinkValues { agent: agent.map(Into::into), pf_user, pf_profile, memory: memory.map(Into::into) };
        assert_eq!(mapper().links(&row(json!({"fields": fields.clone()}))), want, "{fields}");
    }
}

#[test]
fn a_link_field_that_holds_no_id_is_named_unless_it_is_blank() {
    let table = [
        (json!({"12": "7701", "13": 88}), vec![]),
        (json!({"12": "", "13": null}), vec![]),
        (json!({"12": 0, "13": "0"}), vec![]),
        (json!({"12": false, "13": []}), vec![]),
        (json!({"12": " \t"}), vec![]),
        (json!({"12": "PF-102"}), vec!["12 (pf_user)"]),
        (json!({"12": -7, "13": {"id": 88}}), vec!["12 (pf_user)", "13 (pf_profile)"]),
        (json!({"12": true}), vec!["12 (pf_user)"]),
        (json!([]), vec![]),
    ];
    for (fields, want) in table {
        assert_eq!(mapper().unreadable_ids(&row(json!({"fields": fields.clone()}))), want, "{fields}");
    }
}

#[test]
fn a_text_that_is_no_slug_is_none_and_its_field_is_named() {
    for (text, slug) in [
        (json!("sara-khan"), Some("sara-khan")),
        (json!(" Sara-Khan "), Some("sara-khan")),
        (json!("Passport N1234567 Sara"), None),
        (json!("sara@login.example"), None),
        (json!("sara_khan"), None),
        (json!(["sara"]), None),
        (json!(true), None),
    ] {
        let row = row(json!({"fields": {"11": text}}));
        assert_eq!(mapper().links(&row).agent.as_deref(), slug, "{text}");
        let named = slug.is_none().then(|| "11 (agent)".to_owned());
        assert_eq!(mapper().unreadable_slug(&row), named, "{text}");
    }
    for blank in
        [json!({}), json!([]), json!({"11": null}), json!({"11": " "}), json!({"11": false}), json!({"11": []})]
    {
        assert_eq!(mapper().unreadable_slug(&row(json!({"fields": blank}))), None, "{blank}");
    }
}

#[test]
fn the_creation_time_of_a_row_is_read() {
    let made = |value: &str| mapper().user(&row(json!({"created_at": value}))).made.map(jiff::Timestamp::as_second);
    assert_eq!(made("2026-01-01T08:00:00Z"), Some(1_767_254_400));
    assert_eq!(made("2026-01-01T12:00:00+04:00"), Some(1_767_254_400));
    assert_eq!((made(""), made("yesterday"), mapper().user(&row(json!({}))).made), (None, None, None));
}

#[test]
fn login_and_presence_of_custom_fields_are_read() {
    let sara = row(json!({"fields": [], "private": {"email": " Sara@X.ae ", "first_name": "Sara"},
        "public": {"first_name": " Sara ", "last_name": "Khan"}}));
    assert_eq!(CrmMapper::login(&sara).as_deref(), Some("sara@x.ae"));
    assert!(CrmMapper::has_custom_fields(&sara));
    let nobody = row(json!({"fields": null, "private": {"email": ""}}));
    assert_eq!(CrmMapper::login(&nobody), None);
    assert!(!CrmMapper::has_custom_fields(&nobody) && !CrmMapper::has_custom_fields(&row(json!({}))));
}
