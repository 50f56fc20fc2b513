#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::too_many_lines)]

use serde_json::{Map, Value, json};

use super::*;
use crate::model::record::record_of;
use crate::remote::pf::tables::LANGUAGES;
use crate::remote::samples;

mod properties;

fn mapper() -> PfMapper {
    let mut config = Config::default();
    config.property_finder.licence = Some("brn".into());
    config.property_finder.photo_base_url = Some("https://cdn.x.ae/p/".into());
    config.property_finder.roles = [("manager".into(), "decision_maker".into())].into();
    let rows = json!([
        {"id": 3, "name": "Admin", "roleKey": "admin", "baseRoleKey": "admin", "isCustom": false},
        {"id": "6", "name": "Decision Maker", "roleKey": "decision_maker", "baseRoleKey": "decision_maker"},
        {"id": 9, "roleKey": "agent"},
        {"id": 10}, {"roleKey": "x"}, null, "agent",
    ]);
    PfMapper::new(&config, rows.as_array().unwrap().iter().filter_map(Role::parse).collect())
}

fn row(raw: Value) -> Row {
    Row::new(7712, raw)
}

fn record(field: Field, value: impl Into<FieldValue>) -> Record {
    Record::from_iter([(field, value.into())])
}

fn position(lang: &str) -> Field {
    Field::Position(lang.into())
}

fn bio(lang: &str) -> Field {
    Field::Description(lang.into())
}

/// A user without anything to compare, but with a profile.
fn bare() -> Row {
    row(
        json!({"id": 7712, "publicProfile": {"id": 77, "bio": {"primary": null, "secondary": null}, "compliances": []}}),
    )
}

/// Every field that Property Finder has a place for: what is declared, whether the user or the profile says it, what
/// is sent, and what the whole row then reads as; null for what it never returns.
fn table() -> Vec<(Field, Value, &'static str, Value, Value)> {
    let name = json!({"publicProfile": {"name": "Sara"}});
    vec![
        (Field::Status, json!("active"), "user", json!({"isActive": true}), json!({"status": "active"})),
        (Field::Status, json!("archived"), "user", json!({"isActive": false}), json!({"status": "inactive"})),
        (Field::Role, json!("Agent"), "user", json!({"roleId": "9"}), json!({"role": {"id": 9, "roleKey": "agent"}})),
        (Field::Role, json!("manager"), "user", json!({"roleId": "6"}), json!({"roleId": 6})),
        (Field::PrivateFirstName, json!("Sara"), "user", json!({"firstName": "Sara"}), json!({"firstName": "Sara"})),
        (Field::PrivateLastName, json!("Khan"), "user", json!({"lastName": "Khan"}), json!({"lastName": "Khan"})),
        (Field::Login, json!("s@x.ae"), "user", json!({"email": "s@x.ae"}), json!({"email": "S@x.ae"})),
        (
            Field::Mobile,
            json!("+971 50-1234567"),
            "user",
            json!({"mobile": "+971501234567"}),
            json!({"mobile": "971501234567"}),
        ),
        (Field::FirstName, json!("Sara"), "profile", json!({"name": "Sara"}), name),
        (
            Field::Email,
            json!("s@x.ae"),
            "profile",
            json!({"email": "s@x.ae"}),
            json!({"publicProfile": {"email": "s@x.ae"}}),
        ),
        (
            Field::Phone,
            json!("+97150 1"),
            "profile",
            json!({"phone": "+971501"}),
            json!({"publicProfile": {"phone": "+971501"}}),
        ),
        (
            Field::PhoneSecondary,
            json!("+9714"),
            "profile",
            json!({"phoneSecondary": "+9714"}),
            json!({"publicProfile": {"phoneSecondary": "+9714"}}),
        ),
        (
            Field::WhatsappPhone,
            json!("+9715"),
            "profile",
            json!({"whatsappPhone": "+9715"}),
            json!({"publicProfile": {"whatsappPhone": "+9715"}}),
        ),
        (
            Field::LinkedIn,
            json!("https://l.ae/s"),
            "profile",
            json!({"linkedinAddress": "https://l.ae/s"}),
            json!({"publicProfile": {"linkedinAddress": "https://l.ae/s"}}),
        ),
        (
            position("en"),
            json!("Senior"),
            "profile",
            json!({"position": {"primary": "Senior"}}),
            json!({"publicProfile": {"position": {"primary": "Senior", "secondary": null}}}),
        ),
        (
            position("ar"),
            json!("كبير"),
            "profile",
            json!({"position": {"secondary": "كبير"}}),
            json!({"publicProfile": {"position": {"primary": null, "secondary": "كبير"}}}),
        ),
        (
            bio("en"),
            json!("A"),
            "profile",
            json!({"bio": {"primary": "A"}}),
            json!({"publicProfile": {"bio": {"primary": "A"}}}),
        ),
        (
            bio("ar"),
            json!("ب"),
            "profile",
            json!({"bio": {"secondary": "ب"}}),
            json!({"publicProfile": {"bio": {"secondary": "ب"}}}),
        ),
        (
            Field::Licence,
            json!("48213"),
            "profile",
            json!({"compliances": [{"type": "brn", "value": "48213"}]}),
            json!({"publicProfile": {"compliances": [{"type": "BRN", "value": 48213}]}}),
        ),
        (Field::Photo, json!("https://x.ae/s.jpg"), "profile", json!({"imageUrl": "https://x.ae/s.jpg"}), json!(null)),
        (
            Field::Photo,
            json!("./photos/a b.jpg"),
            "profile",
            json!({"imageUrl": "https://cdn.x.ae/p/photos/a%20b.jpg"}),
            json!(null),
        ),
        (
            Field::Photo,
            json!("photos/50% #1.jpg?v=0123456789abcdef"),
            "profile",
            json!({"imageUrl": "https://cdn.x.ae/p/photos/50%25%20%231.jpg?v=0123456789abcdef"}),
            json!(null),
        ),
        (
            Field::Photo,
            json!("https://x.ae/صورة.jpg"),
            "profile",
            json!({"imageUrl": "https://x.ae/%D8%B5%D9%88%D8%B1%D8%A9.jpg"}),
            json!(null),
        ),
        (Field::ExperienceSince, json!(2014), "profile", json!({"experienceSince": 2014}), json!(null)),
        (
            Field::Languages,
            json!(["en", "ARA", "fil", "tl", "yue"]),
            "profile",
            json!({"spokenLanguages": [1, 2, 13, 40]}),
            json!(null),
        ),
        (Field::Nationalities, json!(["pk", "AE"]), "profile", json!({"nationality": "PK"}), json!(null)),
    ]
}

#[test]
fn every_field_is_read_and_written_at_its_property_finder_location() {
    let mapper = mapper();
    for (field, declared, part, sent, read) in table() {
        let desired = mapper.desired(&record(field.clone(), declared));
        let update = mapper.update(&bare(), &desired, &desired);
        let want = match part {
            "user" => PfUpdate { user: Some(sent), profile: None },
            _ => PfUpdate { user: None, profile: Some((77, sent)) },
        };
        assert_eq!(update, want, "{field}: update");
        assert_eq!(field.is_returned_by_pf(), !read.is_null(), "{field}: readable");
        if !read.is_null() {
            let observed = samples::canonical(&mapper.observed(&row(read), &desired));
            assert_eq!(observed, samples::canonical(&desired), "{field}: read");
        }
    }
}

#[test]
fn an_unreadable_date_is_kept() {
    let desired = record_of([(Field::Licence, json!("1")), (Field::LicenceExpiredAt, json!("2031-03-31"))]);
    for (ours, other, lost) in [
        (json!("03/04/2031"), json!("2030-01-01T20:00:00Z"), false),
        (json!(null), json!("31/12/2030"), false),
        (json!(null), json!(null), false),
        (json!("2031-03-31"), json!("03/04/2031"), true),
        (json!("2031-03-31"), json!(1_900_000_000), true),
    ] {
        let compliances = json!([
            {"type": "brn", "value": "1", "expiryDate": ours}, {"type": "dari", "value": "2", "expiryDate": other},
        ]);
        let row = row(json!({"publicProfile": {"id": 77, "compliances": compliances}}));
        assert_eq!(mapper().fields(&row).with_unreadable_date(&desired).is_some(), lost, "{ours} {other}");
    }
}

#[test]
fn names_that_the_server_normalized_are_split_as_they_were_sent() {
    let desired = record_of([
        (Field::FirstName, json!("Jose\u{301} Mari\u{301}a")),
        (Field::LastName, json!("da\u{200b} Silva")),
    ]);
    let row = row(json!({"publicProfile": {"name": "Jos\u{e9} Mar\u{ed}a da Silva"}}));
    let observed = mapper().observed(&row, &desired);
    assert!(desired.iter().all(|(field, value)| field.same(&observed[field], value)), "{observed:?}");
}

#[test]
fn fields_without_a_property_finder_location_are_not_desired() {
    let in_table: Vec<Field> = table().into_iter().map(|(field, ..)| field).collect();
    let elsewhere = [Field::LastName, Field::LicenceExpiredAt];
    for field in samples::fields() {
        let kind = std::mem::discriminant(&field);
        let placed = in_table.iter().chain(&elsewhere).any(|known| std::mem::discriminant(known) == kind);
        if !placed {
            let declared = record(field.clone(), json!("x"));
            assert_eq!(mapper().desired(&declared), Record::new(), "{field}");
            assert_eq!(mapper().cannot_hold(&declared), [], "{field}: it is nobody's mistake");
        }
    }
}

#[test]
fn values_that_cannot_be_stored_are_named_and_left_out() {
    let table = [
        (Field::Languages, json!(["en", "he"]), Some(json!(["en"])), true),
        (Field::Languages, json!(["he", "su"]), None, true),
        (Field::Languages, json!([]), Some(json!([])), false),
        (Field::Languages, json!(null), Some(json!(null)), false),
        (Field::Nationalities, json!(["HT", "AE"]), None, true),
        (Field::Nationalities, json!([]), None, true),
        (Field::Nationalities, json!(["AE", "HT"]), Some(json!(["AE"])), false),
        (Field::PhoneSecondary, json!(null), None, true),
        (Field::WhatsappPhone, json!(null), None, true),
        (Field::LinkedIn, json!(null), None, true),
        (Field::ExperienceSince, json!(null), None, true),
        (Field::Photo, json!(null), None, true),
        (Field::Photo, json!("http://x.ae/s.jpg"), None, true),
        (Field::Photo, json!("data:image/png;base64,"), None, true),
        (Field::PrivateFirstName, json!("S"), Some(json!("S")), true),
        (Field::PrivateFirstName, json!("سا"), Some(json!("سا")), false),
        (Field::LicenceExpiredAt, json!("2027-03-31"), None, true),
        (Field::LicenceExpiredAt, json!(null), None, false),
        (Field::Licence, json!(null), Some(json!(null)), false),
        (position("fr"), json!("x"), None, true),
        (bio("fr"), json!("x"), None, true),
        (bio("fr"), json!(null), None, false),
        (bio("ar"), json!(null), Some(json!(null)), false),
        (Field::Role, json!("nobody's"), Some(json!("nobody's")), false),
    ];
    for (field, value, want, warned) in table {
        let declared = record(field.clone(), value.clone());
        assert_eq!(mapper().desired(&declared).remove(&field), want.map(FieldValue::from), "{field} {value}");
        assert_eq!(!mapper().cannot_hold(&declared).is_empty(), warned, "{field} {value}");
    }
    let unset = PfMapper::new(&Config::default(), vec![]);
    assert_eq!(unset.desired(&record(Field::Licence, json!("1"))), Record::new(), "without a type it is not sent");
    assert_eq!(unset.cannot_hold(&record(Field::Photo, json!("photos/s.jpg"))).len(), 1);
}

#[test]
fn a_new_user_matches_the_closed_schema() {
    let declared = record_of([
        (Field::Status, json!("active")),
        (Field::Role, json!("agent")),
        (Field::FirstName, json!("Sara")),
        (Field::LastName, json!("Khan")),
        (Field::Email, json!("sara.khan@x.ae")),
        (Field::Phone, json!("+971501234567")),
        (Field::Licence, json!("48213")),
        (Field::LicenceExpiredAt, json!("2027-03-31")),
        (position("en"), json!("Senior")),
        (bio("ar"), json!(null)),
        (Field::LinkedIn, json!(null)),
        (Field::PrivateFirstName, json!("Sara")),
        (Field::PrivateLastName, json!("Khan")),
        (Field::Login, json!("sara@x.ae")),
        (Field::Mobile, json!("+971509876543")),
        (Field::Theme, json!("onyx")),
    ]);
    let desired = mapper().desired(&declared);
    let want = json!({
        "firstName": "Sara", "lastName": "Khan", "email": "sara@x.ae", "mobile": "+971509876543", "roleId": 9,
        "publicProfile": {
            "name": "Sara Khan", "email": "sara.khan@x.ae", "phone": "+971501234567",
            "compliances": [{"type": "brn", "value": "48213", "expiryDate": "2027-03-31"}],
            "position": {"primary": "Senior"},
        },
    });
    assert_eq!(mapper().create(&desired).unwrap(), want);
    for (field, value) in
        [(Field::Mobile, json!(null)), (Field::PrivateLastName, json!("K")), (Field::Role, json!("x"))]
    {
        let mut lacking = desired.clone();
        lacking.insert(field.clone(), value.into());
        let why = mapper().create(&lacking).unwrap_err();
        assert!(why.contains(&field.to_string()) || why.contains("there are: admin, decision_maker, agent"), "{why}");
    }
}

#[test]
fn members_sent_as_a_whole_keep_their_other_parts() {
    let there = row(json!({"id": 7712, "publicProfile": {
        "id": 77, "name": "Sara Khan",
        "bio": {"primary": "A", "secondary": "ب"},
        "position": {"primary": null, "secondary": 5},
        "compliances": [
            {"type": "dari", "value": "1", "status": "active", "expiryDate": "2030-01-01T00:00:00+04:00", "reason": null},
            {"type": "brn", "value": "2", "status": "active", "expiryDate": "2027-03-31T00:00:00+04:00"},
            {"type": "brn", "value": "3", "expiryDate": null}, {"type": "x"}, null,
        ],
    }}));
    let dari = json!({"type": "dari", "value": "1", "expiryDate": "2030-01-01"});
    let (two, three) =
        (json!({"type": "brn", "value": "2", "expiryDate": "2027-03-31"}), json!({"type": "brn", "value": "3"}));
    let (day, licence) = (Field::LicenceExpiredAt, Field::Licence);
    let table = [
        (vec![(bio("en"), json!("B"))], json!({"bio": {"primary": "B", "secondary": "ب"}})),
        (vec![(bio("ar"), json!(null))], json!({"bio": {"primary": "A", "secondary": ""}})),
        (vec![(position("en"), json!("B"))], json!({"position": {"primary": "B"}})),
        (vec![(Field::LastName, json!("Haddad"))], json!({"name": "Sara Haddad"})),
        (
            vec![(licence.clone(), json!("4"))],
            json!({"compliances": [dari, {"type": "brn", "value": "4", "expiryDate": "2027-03-31"}, three]}),
        ),
        (
            vec![(licence.clone(), json!("3")), (day.clone(), json!("2031-01-02"))],
            json!({"compliances": [dari, two, {"type": "brn", "value": "3", "expiryDate": "2031-01-02"}]}),
        ),
        (
            vec![(licence.clone(), json!("2")), (day.clone(), json!(null))],
            json!({"compliances": [dari, {"type": "brn", "value": "2"}, three]}),
        ),
        (vec![(licence.clone(), json!(null))], json!({"compliances": [dari]})),
    ];
    for (changes, want) in table {
        let changes: Record = changes.into_iter().map(|(field, value)| (field, value.into())).collect();
        let update = mapper().update(&there, &changes, &changes);
        assert_eq!(update, PfUpdate { user: None, profile: Some((77, want)) }, "{changes:?}");
    }
    let alone = row(json!({"id": 7712, "publicProfile": null}));
    assert_eq!(mapper().update(&alone, &Record::new(), &record(Field::Email, json!("s@x.ae"))), PfUpdate::default());
}

#[test]
fn a_role_whose_key_is_not_known_keeps_its_id() {
    let row = |role: Value| Row::new(1, role);
    let table = [
        (json!({"roleId": 6}), Some(6)),
        (json!({"role": {"id": "6"}}), Some(6)),
        (json!({"role": {"id": 6, "roleKey": "manager"}}), None),
        (json!({}), None),
    ];
    for (role, id) in table {
        let without_roles = PfMapper::new(&Config::default(), Vec::new());
        assert_eq!(without_roles.fields(&row(role.clone())).role_without_key, id, "{role}");
        assert_eq!(mapper().fields(&row(role.clone())).role_without_key, None, "{role}");
    }
}

#[test]
fn a_role_that_is_not_there_lists_those_that_are_and_prints_no_key_as_it_was_sent() {
    assert_eq!(mapper().role_id("Agent"), Ok(9));
    let why = mapper().role_id("boss").unwrap_err();
    assert!(why.contains("`boss`; there are: id 3, id 6, id 9."), "{why}");
}
