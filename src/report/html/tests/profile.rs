//! The public profile, before and after.

use std::collections::BTreeMap;

use serde_json::json;

use super::{action, change, person};
use crate::model::agent::Field;
use crate::model::config::{Languages, PfContract};
use crate::model::record::{System, record_of};
use crate::reconcile::plan::{Operation, PersonPlan};
use crate::report::html::profile::{PartValue, Presence, Profile, initials};

/// A person at Property Finder with this much remembered.
fn known() -> PersonPlan {
    let mut person = person(
        "sara-khan",
        vec![action(
            System::Pf,
            Operation::Update,
            vec![
                change(Field::Position("ar".into()), json!("مستشارة"), json!("مديرة")),
                change(Field::Photo, json!("#0123456789abcdef"), json!("https://cdn.example/new.jpg")),
            ],
        )],
    );
    person.pf_live = record_of([
        (Field::Status, json!("active")),
        (Field::FirstName, json!("Sara")),
        (Field::LastName, json!("Khan")),
        (Field::Position("ar".into()), json!("مستشارة")),
        (Field::Phone, json!("+971501234567")),
        (Field::Login, json!("login@example.ae")),
    ]);
    person.pf_desired = record_of([
        (Field::Languages, json!(["en", "yue"])),
        (Field::Nationalities, json!(["AE"])),
        (Field::Photo, json!("https://cdn.example/new.jpg")),
    ]);
    person.memory.remember(System::Pf, &Field::Languages, &json!(["yue", "en"]).into());
    person.memory.remember(System::Pf, &Field::Photo, &"https://cdn.example/old.jpg".into());
    person
}

#[test]
fn a_profile_combines_observed_remembered_and_written_values() {
    let text = |text: &str| PartValue::Text(text.to_owned());
    let profile = Profile::of(&known(), &Languages::default(), PfContract::Enterprise).unwrap();
    assert_eq!(profile.presence, (Presence::Online, Presence::Online));
    assert_eq!((&profile.name.before, profile.name.changed), (&text("Sara Khan"), false));
    assert_eq!(
        (&profile.photo.before, &profile.photo.after),
        (&PartValue::Other, &text("https://cdn.example/new.jpg"))
    );
    let [english, arabic] = &profile.texts;
    assert!(english.is_empty());
    assert_eq!((&arabic.position.before, &arabic.position.after), (&text("مستشارة"), &text("مديرة")));
    let facts: BTreeMap<&str, &PartValue> = profile.facts.iter().map(|(label, sides)| (*label, &sides.after)).collect();
    let want = [
        ("Experience", PartValue::Unknown),
        ("Nationality", PartValue::Unknown),
        ("Phone", text("+971501234567")),
        ("Speaks", text("English · Cantonese")),
    ];
    assert_eq!(facts, want.iter().map(|(label, fact)| (*label, fact)).collect());
}

#[test]
fn a_profile_is_drawn_where_a_visitor_can_see_a_difference() {
    let of = |system, operation, field: Field| {
        let mut person = known();
        person.actions = vec![action(system, operation, vec![change(field, json!("active"), json!("inactive"))])];
        Profile::of(&person, &Languages::default(), PfContract::Enterprise).map(|profile| profile.presence)
    };
    assert_eq!(of(System::Pf, Operation::Update, Field::Phone), Some((Presence::Online, Presence::Online)));
    assert_eq!(of(System::Pf, Operation::Deactivate, Field::Status), Some((Presence::Online, Presence::Offline)));
    assert_eq!(of(System::Pf, Operation::Create, Field::Status), Some((Presence::Missing, Presence::Online)));
    assert_eq!(of(System::Pf, Operation::Update, Field::Mobile), None);
    assert_eq!(of(System::Pf, Operation::Update, Field::Role), None);
    assert_eq!(of(System::Crm, Operation::Update, Field::Phone), None);
}

#[test]
fn initials_are_single_letters() {
    for (name, want) in [("Sara Khan", "SK"), ("Yousef Al Mansoori", "YM"), ("لينا سعد", "ل"), ("<b>", "b"), ("", "")]
    {
        assert_eq!(initials(name), want, "{name}");
    }
}
