//! Plans with a base: change, drift and conflict, and renames in git.

use super::*;

/// A linked row that describes another person is drift if the row was edited, and none if the file was.
#[test]
fn drift_shows_a_linked_row_that_was_given_to_another_person() {
    let omar = [
        (Field::Login, json!("omar@example.com")),
        (Field::FirstName, json!("Omar")),
        (Field::LastName, json!("Saad")),
    ];
    let sara = || file("sara", Status::Active, &[]);
    let mut edited = linked(3, "sara", 7);
    edited.raw["public"] = json!({"first_name": "Omar", "last_name": "Saad"});
    edited.raw["private"] = json!({"first_name": "Omar", "last_name": "Saad", "email": "omar@example.com"});
    let base = base([sara()]);
    let drift = |now: Declaration, crm: Row| {
        let mut plan = plan_since(&base, vec![now], vec![crm], vec![pf(7, "sara", "active")]);
        let planned = warning_texts(&plan);
        plan.keep_drift(&base);
        (planned, warning_texts(&plan))
    };
    let fields = "public.first_name, public.last_name, public.email, public.phone, private.email, private.mobile";
    let adopt = format!("sara crm adopt 3: {fields}");
    assert_eq!(drift(sara(), edited), (vec![adopt.clone()], vec![adopt]));
    let (planned, drifted) = drift(file("sara", Status::Active, &omar), linked(3, "sara", 7));
    assert!(planned[0].starts_with("sara crm adopt 3: ") && planned[1].starts_with("sara pf adopt 7: "), "{planned:?}");
    assert_eq!(drifted, Vec::<String>::new());
    // An emptied slug is written again.
    let emptied = crm(3, "sara", &json!({"12": "7", "13": "1007", "14": "{\"v\":1}"}));
    let link = vec!["sara crm link 3: ".to_owned()];
    assert_eq!(drift(sara(), emptied), (link.clone(), link));
}

#[test]
fn the_base_distinguishes_change_and_drift_in_every_field_and_system() {
    let memory = "{\"v\":1,\"since\":2014}";
    let row = || crm(3, "sara", &json!({"11": "sara", "12": "7", "13": "1007", "14": memory}));
    let file = |more: &[(Field, Value)]| file("sara", Status::Active, more);
    let since = |year: u32| (Field::ExperienceSince, json!(year));
    let named = |first: &str, last: &str| [(Field::FirstName, json!(first)), (Field::LastName, json!(last))];
    let mobile = |number: &str| [(Field::Mobile, json!(number))];
    let table: Vec<(&str, Declaration, Declaration, &[&str])> = vec![
        ("in sync", file(&[since(2014)]), file(&[since(2014)]), &[]),
        (
            "a private field, set back in both",
            file(&mobile("+971501111111")),
            file(&mobile("+971 50 111 1111")),
            &["crm private.mobile drift", "pf private.mobile drift"],
        ),
        (
            "a private field, changed in both",
            file(&mobile(&number("sara", 2))),
            file(&mobile("+971501111111")),
            &["crm private.mobile change", "pf private.mobile change"],
        ),
        (
            "a private field, changed by everybody",
            file(&mobile("+971502222222")),
            file(&mobile("+971501111111")),
            &["crm private.mobile conflict", "pf private.mobile conflict"],
        ),
        ("new in the file", file(&[]), file(&[(Field::Theme, json!("onyx"))]), &["crm theme change"]),
        ("unreadable, changed", file(&[since(2014)]), file(&[since(2015)]), &["pf public.experience_since change"]),
        ("unreadable, drifted", file(&[since(2015)]), file(&[since(2015)]), &["pf public.experience_since drift"]),
        ("unreadable, both", file(&[since(2013)]), file(&[since(2015)]), &["pf public.experience_since conflict"]),
        (
            "the one name is read as the file of then would read it",
            file(&named("Sara", "Khan")),
            file(&named("Sara Khan", "Al Saad")),
            &["crm public.first_name change", "crm public.last_name change", "pf public.last_name change"],
        ),
    ];
    for (name, then, now, want) in table {
        let plan = plan_since(&base([then]), vec![now], vec![row()], vec![pf(7, "sara", "active")]);
        assert_eq!(classes(&plan), want, "{name}");
        let people = |class: &str| usize::from(want.iter().any(|line| line.ends_with(class)));
        assert_eq!((plan.conflicts(), plan.drifts()), (people("conflict"), people("drift")), "{name}");
    }
}

#[test]
fn a_difference_caused_by_the_old_configuration_is_not_drift() {
    let licence = || file("sara", Status::Active, &[(Field::Licence, json!("48213"))]);
    let row = || {
        let mut row = linked(3, "sara", 7);
        row.raw["public"]["licence"] = json!("48213");
        row
    };
    let mut config = config();
    config.property_finder.licence = Some("brn".to_owned());
    let mut base = base([licence()]);
    let of = |base: &Base| {
        let observed = read(&config, Some(&base.config), &[row()], &[pf(7, "sara", "active")]);
        classes(&plan(&roster([licence()]), &observed, &config, &Scope { base: Some(base), ..Scope::ALL }))
    };
    assert_eq!(of(&base), ["pf public.licence change"]);
    base.config = config.clone();
    assert_eq!(of(&base), ["pf public.licence drift"]);
}

#[test]
fn a_conflicting_person_is_first_and_counted_once() {
    let phone = |slug: &str, phone: &str| file(slug, Status::Active, &[(Field::Phone, json!(phone))]);
    let (one, other) = ("+971501111111", "+971502222222");
    let then = [phone("ali", one), phone("omar", other), phone("sara", other), file("zoe", Status::Active, &[])];
    let mut now = vec![phone("ali", one), phone("omar", one), phone("sara", one), phone("zoe", one)];
    now[2].record.insert(Field::LastName, "Saad".into());
    let mut then = base(then);
    // Of sara one field drifts and another conflicts: she counts under conflict alone.
    then.people.get_mut(&Slug::parse("sara").unwrap()).unwrap().record.insert(Field::LastName, "Saad".into());
    let slugs = ["ali", "omar", "sara", "zoe"];
    let crm = slugs.iter().zip(3..).map(|(slug, id)| linked(id, slug, id + 10)).collect();
    let pf = slugs.iter().zip(13..).map(|(slug, id)| pf(id, slug, "active")).collect();
    let plan = plan_since(&then, now, crm, pf);
    let order: Vec<&str> = plan.people.iter().map(|person| person.slug.as_str()).collect();
    assert_eq!(order, ["omar", "sara", "ali", "zoe"]);
    assert_eq!((plan.conflicts(), plan.drifts(), plan.count(Operation::Update)), (2, 1, 4));
    assert!(crate::reconcile::guard::guard(&plan, &config().limits, &[], None).is_empty(), "none of it blocks");
}

#[test]
fn a_deactivation_by_hand_is_distinguished_from_a_return() {
    let limits = config().limits;
    let table = [
        (Status::Active, "pf status drift", vec!["activate_drift"]),
        (Status::Inactive, "pf status change", vec![]),
        (Status::Archived, "pf status change", vec![]),
    ];
    for (then, class, blocks) in table {
        let base = base([file("sara", then, &[])]);
        let now = vec![file("sara", Status::Active, &[])];
        let plan = plan_since(&base, now, vec![linked(3, "sara", 7)], vec![pf(7, "sara", "inactive")]);
        assert_eq!(warning_texts(&plan), ["sara pf activate 7: status"]);
        assert_eq!(classes(&plan), [class]);
        let guards: Vec<&str> =
            crate::reconcile::guard::guard(&plan, &limits, &[], None).iter().map(|block| block.guard.key()).collect();
        assert_eq!(guards, blocks);
    }
}

#[test]
fn a_rename_in_git_that_the_file_confirms_keeps_the_row() {
    let slug = |slug: &str| Slug::parse(slug).unwrap();
    let phone = |phone: &str| (Field::Phone, json!(phone));
    let login = |name: &str| (Field::Login, json!(format!("{name}@example.com")));
    let rows = || (vec![linked(3, "old", 7)], vec![pf(7, "old", "active")]);
    // A file of `old` under a new name, with another login and a phone that somebody changed in both systems.
    let then = file("old", Status::Active, &[phone("+971501111111")]);
    let now = |more: &[(Field, Value)]| {
        let mut file = file("sara", Status::Active, &[]);
        file.record.extend(then.record.clone());
        let values = [login("sara")].into_iter().chain(more.iter().cloned());
        file.record.extend(values.map(|(field, value)| (field, value.into())));
        file
    };
    let mut base = base([then.clone()]);
    base.renames.insert(slug("sara"), slug("old"));

    let (crm, pf) = rows();
    let plan = plan_since(&base, vec![now(&[])], crm, pf);
    assert_eq!(
        warning_texts(&plan),
        [
            "sara crm rename 3: ",
            "sara crm update 3: public.phone, private.email",
            "sara pf update 7: public.phone, private.email"
        ]
    );
    assert_eq!(
        classes(&plan),
        ["crm public.phone drift", "crm private.email change", "pf public.phone drift", "pf private.email change"]
    );
    assert_eq!(plan.orphans, []);

    // Without a base the row looks like the person, and nobody is created beside it.
    let (crm, pf) = rows();
    let plan = plan_of([now(&[])], crm, pf);
    let blocked = warning_texts(&plan).join("\n");
    assert!(blocked.starts_with("sara blocked: may exist already"), "{blocked}");
    assert!(blocked.contains("link it with `roster link sara --crm 3`"), "{blocked}");
    assert_eq!(plan.people[0].blocked_by(), ["old"]);
    let guard = &crate::reconcile::guard::guard(&plan, &config().limits, &[], None)[0];
    assert!(guard.message.contains("crm 3 may be `sara`: if that file was renamed"), "{}", guard.message);

    // Another person's file that git takes for it: two names and every contact differ.
    let other = file("sara", Status::Active, &[(Field::FirstName, json!("Omar")), (Field::LastName, json!("Saad"))]);
    let (crm, pf) = rows();
    let plan = plan_since(&base, vec![other], crm, pf);
    assert_eq!(warning_texts(&plan), ["sara crm create new", "sara pf create new"]);
    assert_eq!(plan.orphans.len(), 1);
}
