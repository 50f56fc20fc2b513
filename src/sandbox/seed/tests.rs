#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use super::*;
use crate::model::agent::Channel;
use crate::model::config::LinkFields;
use crate::model::record::record_of;

fn person(slug: &str, status: Status) -> Declaration {
    let slug = Slug::parse(slug).unwrap();
    let record = record_of([
        (Field::FirstName, json!("Sara")),
        (Field::LastName, json!("Khan")),
        (Field::Email, json!(format!("{slug}@example.ae"))),
        (Field::Phone, json!("+971501234567")),
        (Field::WhatsappPhone, Value::Null),
        (Field::Photo, json!("https://cdn.example.ae/sara.jpg")),
        (Field::Licence, json!("48213")),
        (Field::LicenceExpiredAt, json!("2027-03-31")),
        (Field::Position("en".into()), json!("Senior Sales Consultant")),
        (Field::Position("ar".into()), json!("مستشارة")),
        (Field::ExperienceSince, json!(2014)),
        (Field::Languages, json!(["en", "ar", "xx"])),
        (Field::Nationalities, json!(["AE", "PK"])),
        (Field::Description("en".into()), json!("Twelve years here. Speaks three languages.")),
        (Field::Login, json!(format!("{slug}@login.example"))),
        (Field::Mobile, json!("+971509876543")),
        (Field::UseEmailSignature, json!(true)),
        (Field::Subscription("type.property.created.and.assigned".into(), Channel::Sms), json!(true)),
        (Field::Custom("3".into()), json!(true)),
    ]);
    Declaration {
        file: format!("agents/{slug}.yaml"),
        slug,
        status,
        record,
        clears_descriptions: false,
        lines: Vec::new(),
        handover: None,
    }
}

fn seeded(people: &[(&str, Status)]) -> SandboxState {
    let people = people.iter().map(|(slug, status)| person(slug, *status));
    let roster = Roster { people: people.map(|person| (person.slug.clone(), person)).collect() };
    let mut config = Config::default();
    let [agent, pf_user, pf_profile, memory] = ["11", "12", "13", "14"].map(str::to_owned);
    config.crm.link_fields = Some(LinkFields { agent, pf_user, pf_profile, memory });
    config.property_finder.licence = Some("brn".to_owned());
    seed(&roster, &config, |record| format!("memory of {}", record[&Field::Email].as_text().unwrap()))
}

/// The row of a slug in both systems.
fn rows<'a>(state: &'a SandboxState, slug: &str) -> Option<(&'a Value, &'a Value)> {
    let crm = state.crm.users.rows().values().find(|row| row["fields"]["11"] == slug)?;
    let id = crm["fields"]["12"].as_str()?.parse().ok()?;
    let pf = state.pf.users.rows().get(&id)?;
    assert_eq!(crm["fields"]["13"], pf["publicProfile"]["id"].to_string());
    assert_eq!(crm["fields"]["14"], format!("memory of {slug}@example.ae"));
    Some((crm, pf))
}

#[test]
fn the_seed_equals_the_declarations_except_for_a_few_differences() {
    use Status::{Active, Archived, Inactive};
    let state = seeded(&[
        ("a", Active),
        ("b", Active),
        ("c", Active),
        ("d", Active),
        ("e", Inactive),
        ("f", Inactive),
        ("g", Archived),
    ]);
    assert_eq!(state.crm.users.rows().len(), 5 + 2);
    assert_eq!(state.pf.users.rows().len(), 5 + 2);
    assert!(rows(&state, "b").is_none() && rows(&state, "g").is_none());

    let (crm, pf) = rows(&state, "d").unwrap();
    assert_eq!(crm["public"]["position"], "Senior Sales Consultant");
    assert_eq!(crm["public"]["languages"], json!(["en", "ar", "xx"]));
    assert_eq!(crm["public"]["licence_expired_at"], "2027-03-31");
    assert_eq!(crm["public"]["descriptions"][0]["lang"], "en");
    assert_eq!((&crm["private"]["first_name"], &crm["private"]["email"]), (&json!("Sara"), &json!("d@login.example")));
    assert_eq!(crm["subscriptions"]["type.property.created.and.assigned"], json!({ "receive_sms": true }));
    assert_eq!((&crm["role"], &crm["fields"]["3"]), (&json!("agent"), &json!(true)));
    let photo = crm["public"]["photo"].as_u64().unwrap();
    assert_eq!(state.crm.files.rows()[&photo]["name"], "https://cdn.example.ae/sara.jpg");
    let want = json!({
        "name": "Sara Khan", "email": "d@example.ae", "phone": "+971501234567", "experienceSince": 2014,
        "bio": { "primary": "Twelve years here. Speaks three languages." },
        "position": { "primary": "Senior Sales Consultant", "secondary": "مستشارة" },
        "imageUrl": "https://cdn.example.ae/sara.jpg", "nationality": "AE", "spokenLanguages": [1, 2],
        "compliances": [{ "type": "brn", "value": "48213", "expiryDate": "2027-03-31" }],
        "id": pf["publicProfile"]["id"]
    });
    assert_eq!(pf["publicProfile"], want);
    assert_eq!((&pf["status"], &pf["roleId"], &pf["firstName"]), (&json!("active"), &json!(5), &json!("Sara")));

    let (crm, pf) = rows(&state, "a").unwrap();
    assert_eq!(
        (&crm["public"]["position"], &crm["public"]["phone"]),
        (&json!("Sales Consultant"), &json!("+971501234568"))
    );
    assert_eq!(pf["publicProfile"]["phone"], "+971501234568");
    let (crm, pf) = rows(&state, "c").unwrap();
    assert_eq!(crm["public"]["descriptions"][0]["content"], "Twelve years here.");
    assert_eq!(pf["publicProfile"]["bio"]["primary"], "Twelve years here.");
    assert_eq!(rows(&state, "e").unwrap().1["status"], "active");
    assert_eq!(rows(&state, "f").unwrap().1["status"], "inactive");

    let me = &state.crm.users.rows()[&state.crm.me.unwrap()];
    assert_eq!((&me["role"], &me["fields"]), (&json!("admin"), &json!({})));
}

#[test]
fn the_seed_is_valid_at_both_systems() {
    use crate::sandbox::schema::{Schemas, problems};
    let schemas = Schemas::compiled().unwrap();
    let state = seeded(&[("a", Status::Active), ("c", Status::Inactive)]);
    for user in state.crm.users.rows().values() {
        let wrong = problems(&schemas.crm_user, user);
        assert!(wrong.is_empty(), "{wrong:?} {user}");
    }
    for user in state.pf.users.rows().values() {
        let mut profile = user["publicProfile"].clone();
        let Some(members) = profile.as_object_mut() else { continue };
        members.shift_remove("id");
        let wrong = problems(&schemas.pf_profile, &profile);
        assert!(wrong.is_empty(), "{wrong:?} {profile}");
    }
}

#[test]
fn a_small_or_empty_repository_can_be_seeded_too() {
    for people in [&[][..], &[("a", Status::Active)][..], &[("a", Status::Inactive)][..]] {
        let state = seeded(people);
        assert_eq!(state.crm.users.rows().len(), people.len() + 2);
        assert_eq!(state.pf.users.rows().len(), people.len() + 2);
    }
}

#[test]
fn an_earlier_value_always_differs() {
    assert_eq!(earlier_phone("+97150123456"), "+97150123457");
    assert_eq!(earlier_phone("+97150123459"), "+97150123450");
    assert_eq!(earlier_position("Broker"), "Junior Broker");
    assert_eq!(first_part("one two three four"), "one two");
    assert_eq!(first_part("one"), "");
}
