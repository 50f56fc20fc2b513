//! Exchanges of login e-mails and slugs: what is released first, and what is blocked.

use super::*;

/// The others on whose files it depends that a person is blocked.
fn blocked_by(plan: &Plan, slug: &str) -> Vec<String> {
    plan.people.iter().find(|person| person.slug.as_str() == slug).unwrap().blocked_by()
}

#[test]
fn a_login_is_freed_before_it_is_taken_and_a_cycle_is_blocked() {
    let login = |slug: &str| (Field::Login, json!(format!("{slug}@example.com")));
    let rows = || vec![linked(3, "sara", 7), linked(4, "omar", 8)];
    let users = || vec![pf(7, "sara", "active"), pf(8, "omar", "active")];

    let taker = file("sara", Status::Active, &[login("omar")]);
    let giver = file("omar", Status::Active, &[login("new")]);
    let plan = plan_of([taker.clone(), giver], rows(), users());
    let after: Vec<(&str, Vec<&str>)> = plan
        .people
        .iter()
        .map(|person| (person.slug.as_str(), person.after.iter().map(Slug::as_str).collect()))
        .collect();
    assert_eq!(after, [("omar", vec![]), ("sara", vec!["omar"])]);

    let plan = plan_of([taker, file("omar", Status::Active, &[login("sara")])], rows(), users());
    let why = "first give one of these people an unused login e-mail, in a change of its own, and apply it; if the logins \
               were exchanged by hand in the CRM and Property Finder, change one of them there";
    let want = [("omar", "sara"), ("sara", "omar")].map(|(one, other)| {
        format!("{one} blocked: login e-mails or slugs are exchanged in a cycle with {other}: {why}")
    });
    assert_eq!(warning_texts(&plan), want);
}

#[test]
fn separate_cycles_are_reported_separately() {
    let next = [("a", "b"), ("b", "a"), ("c", "d"), ("d", "e"), ("e", "c"), ("f", "a")];
    let numbers = || next.iter().zip(0_u64..);
    let files =
        next.map(|(slug, takes)| file(slug, Status::Active, &[(Field::Login, json!(format!("{takes}@example.com")))]));
    let rows = numbers().map(|((slug, _), at)| linked(10 + at, slug, 100 + at)).collect();
    let users = numbers().map(|((slug, _), at)| pf(100 + at, slug, "active")).collect();
    let plan = plan_of(files, rows, users);
    let ring = |slug: &str| {
        let (_, why) = plan.blocked().find(|(person, _)| person.slug.as_str() == slug).unwrap();
        why.split(": ").next().unwrap().to_owned()
    };
    for (slug, others) in [("a", "b"), ("b", "a"), ("c", "d, e"), ("d", "c, e"), ("e", "c, d")] {
        assert_eq!(ring(slug), format!("login e-mails or slugs are exchanged in a cycle with {others}"));
        assert_eq!(blocked_by(&plan, slug).join(", "), others);
    }
    assert!(ring("f").starts_with("its login e-mail is still that of"), "{}", ring("f"));
}

#[test]
fn logins_exchanged_by_hand_are_restored_after_one_is_freed() {
    let people = || vec![file("omar", Status::Active, &[]), file("sara", Status::Active, &[])];
    let rows = || vec![linked(3, "sara", 7), linked(4, "omar", 8)];
    let user = |id, slug, login: &str| {
        let mut row = pf(id, slug, "active");
        row.raw["email"] = json!(format!("{login}@example.com"));
        row
    };
    let swapped = vec![user(7, "sara", "omar"), user(8, "omar", "sara")];
    let plan = plan_since(&base(people()), people(), rows(), swapped);
    let why = "the files did not change, the logins were exchanged by hand in Property Finder; give one of these people an \
               unused login e-mail there, then run roster again, which sets all of them back";
    let want = [("omar", "sara"), ("sara", "omar")].map(|(one, other)| {
        format!("{one} blocked: login e-mails or slugs are exchanged in a cycle with {other}: {why}")
    });
    assert_eq!(warning_texts(&plan), want);

    let freed = vec![user(7, "sara", "unused"), user(8, "omar", "sara")];
    let plan = plan_since(&base(people()), people(), rows(), freed);
    assert_eq!(warning_texts(&plan), ["omar pf update 8: private.email", "sara pf update 7: private.email"]);
    assert_eq!(plan.people[1].after, [Slug::parse("omar").unwrap()]);
}

/// Files whose names, or whose people, moved: the rows follow the people, one after the other.
#[test]
fn a_slug_is_freed_before_another_row_takes_it() {
    let person = |own: &str, first: &str, last: &str, slug: &str| {
        let names = [(Field::FirstName, json!(first)), (Field::LastName, json!(last))];
        let person = file(own, Status::Active, &names);
        let file = format!("agents/{slug}.yaml");
        Declaration { slug: Slug::parse(slug).unwrap(), file, ..person }
    };
    let sara = |slug: &str| person("sara", "Sara", "Khan", slug);
    let omar = |slug: &str| person("omar", "Omar", "Saad", slug);
    let row = |mut row: Row| {
        (row.raw["public"]["first_name"], row.raw["public"]["last_name"]) = (json!("Omar"), json!("Saad"));
        (row.raw["private"]["first_name"], row.raw["private"]["last_name"]) = (json!("Omar"), json!("Saad"));
        row
    };
    let user = |mut user: Row| {
        (user.raw["firstName"], user.raw["lastName"]) = (json!("Omar"), json!("Saad"));
        user.raw["publicProfile"]["name"] = json!("Omar Saad");
        user
    };
    let users = || vec![pf(7, "sara", "active"), user(pf(8, "omar", "active"))];

    // Sara's file has a new name, and a newcomer's file has her old one.
    let plan = plan_of([sara("sara-khan"), omar("sara")], vec![linked(3, "sara", 7)], vec![pf(7, "sara", "active")]);
    assert_eq!(warning_texts(&plan), ["sara crm create new", "sara pf create new", "sara-khan crm rename 3: "]);
    assert_eq!(plan.people[0].after, [Slug::parse("sara-khan").unwrap()]);
    let only_newcomer = Scope { agent: &|slug| slug.as_str() == "sara", system: None, base: None };
    let seen = observed(vec![linked(3, "sara", 7)], vec![pf(7, "sara", "active")]);
    let part = crate::remote::plan(&roster([sara("sara-khan"), omar("sara")]), &seen, &config(), &only_newcomer);
    assert_eq!(
        warning_texts(&part),
        [
            "sara blocked: its slug is still in crm 3, which is that of `sara-khan` and is not renamed in this plan: apply \
          `sara-khan` first"
        ]
    );
    assert_eq!(blocked_by(&part, "sara"), ["sara-khan"]);

    // Two files were exchanged.
    let rows = vec![linked(3, "sara", 7), row(linked(4, "omar", 8))];
    let plan = plan_of([sara("omar"), omar("sara")], rows, users());
    let why = "first rename one of these files to a slug that is unused, in a change of its own, and apply it";
    let want = [("omar", "sara"), ("sara", "omar")].map(|(one, other)| {
        format!("{one} blocked: login e-mails or slugs are exchanged in a cycle with {other}: {why}")
    });
    assert_eq!(warning_texts(&plan), want);
}

/// Sara takes Omar's login e-mail, in every way in which Omar does not give it up.
#[test]
fn a_login_that_a_row_keeps_is_not_taken() {
    let login = |slug: &str| (Field::Login, json!(format!("{slug}@example.com")));
    let taker = || file("sara", Status::Active, &[login("omar")]);
    let rows = || vec![linked(3, "sara", 7), linked(4, "omar", 8)];
    let users = || vec![pf(7, "sara", "active"), pf(8, "omar", "active")];
    let held = "sara blocked: its login e-mail is still that of crm 4, which does not give it up in this plan: change that \
                one first, or together with this one; of an archived person, in that system itself";
    let boss = file("omar", Status::Active, &[login("new"), (Field::Role, json!("boss"))]);
    let giver = || file("omar", Status::Active, &[login("new")]);

    let orphan = plan_of([taker()], rows(), users());
    assert_eq!(warning_texts(&orphan), [held]);
    assert_eq!(blocked_by(&orphan, "sara"), ["omar"], "whose file is gone");
    let blocked = plan_of([taker(), boss], rows(), users());
    assert_eq!(warning_texts(&blocked).last().map(String::as_str), Some(held));
    assert_eq!((blocked_by(&blocked, "sara"), blocked_by(&blocked, "omar")), (vec!["omar".to_owned()], vec![]));
    let only_sara = Scope { agent: &|slug| slug.as_str() == "sara", system: None, base: None };
    let scoped = plan(&roster([taker(), giver()]), &observed(rows(), users()), &config(), &only_sara);
    assert_eq!(warning_texts(&scoped), [held]);
    let newcomer = file("new", Status::Active, &[login("omar"), (Field::LastName, json!("Saad"))]);
    let newcomer = plan_of([newcomer, file("omar", Status::Active, &[])], rows(), users());
    assert!(
        warning_texts(&newcomer)[0].starts_with("new blocked: its login e-mail is still that of"),
        "{:?}",
        warning_texts(&newcomer)
    );
    assert_eq!(blocked_by(&newcomer, "new"), ["omar"], "whose file is as it was");

    // Who is protected after all gives nothing up.
    let leaving = file("omar", Status::Inactive, &[login("new")]);
    let mut protected = plan_of([taker(), leaving], rows(), users());
    assert_eq!(protected.blocked().count(), 0);
    protected.protect_own("omar@example.com");
    assert_eq!(protected.blocked().count(), 2);
}
