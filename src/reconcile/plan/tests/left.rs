//! People who leave, or have left: what is planned for them, and for rows without a file.

use super::*;

/// Rows of removed files, by what the file was at base and what Property Finder holds.
#[test]
fn a_removed_file_blocks_unless_the_base_archived_the_person_or_nothing_is_online() {
    use Status::{Active, Archived, Inactive};
    let linked = || linked(3, "gone", 7);
    let unlinked = || crm(3, "gone", &json!({"11": "gone"}));
    let user = |status| vec![pf(7, "gone", status)];
    let released = ["gone crm release 3: "].as_slice();
    // What becomes of the row: it is released, it blocks, or it is a warning.
    let table: Vec<(&str, Option<Status>, Row, Vec<Row>, &[&str], usize, usize)> = vec![
        ("archived, deactivated", Some(Archived), linked(), user("inactive"), released, 0, 0),
        ("archived, in capitals", Some(Archived), linked(), user("INACTIVE"), released, 0, 0),
        ("archived, deleted", Some(Archived), linked(), vec![], released, 0, 0),
        ("archived, never there", Some(Archived), unlinked(), vec![], released, 0, 0),
        ("archived, still shown", Some(Archived), linked(), user("active"), &[], 1, 0),
        ("archived, shown under no stored id", Some(Archived), unlinked(), user("active"), &[], 1, 0),
        ("only inactive", Some(Inactive), linked(), user("inactive"), &[], 1, 0),
        ("deactivated by hand", Some(Active), linked(), user("inactive"), &[], 1, 0),
        (
            "active, under another stored id",
            Some(Active),
            crm(3, "gone", &json!({"11": "gone", "13": "1007"})),
            user("active"),
            &[],
            1,
            0,
        ),
        ("active", Some(Active), linked(), user("active"), &[], 1, 0),
        ("no file at base, deactivated", None, linked(), user("inactive"), &[], 0, 1),
        ("no file at base, deleted", None, linked(), vec![], &[], 0, 1),
        ("no file at base, still shown", None, linked(), user("active"), &[], 1, 0),
    ];
    for (name, then, row, users, actions, orphans, warnings) in table {
        let base = base(then.map(|status| file("gone", status, &[])));
        let plan = plan_since(&base, vec![], vec![row.clone()], users.clone());
        assert_eq!(warning_texts(&plan), actions, "{name}");
        assert_eq!(plan.orphans.len(), orphans, "{name}");
        let told =
            warnings_of(&plan).iter().filter(|warning| warning.starts_with("crm 3: the file of gone is gone")).count();
        assert_eq!(told, warnings, "{name}");
        let kinds: Vec<&str> = crate::reconcile::guard::guard(&Plan { files: 1, ..plan }, &config().limits, &[], None)
            .iter()
            .map(|block| block.guard.key())
            .collect();
        assert_eq!(kinds, vec!["orphans"; orphans], "{name}");

        // Without a base nothing is released, and a row blocks only while Property Finder may show the person.
        let online = users.iter().any(|user| user.raw["status"] == "active");
        let without = plan_of([], vec![row], users);
        assert_eq!((warning_texts(&without), without.orphans.len()), (vec![], usize::from(online)), "{name}");
        assert_eq!(without.orphans.len() + without.kept.len(), 1, "{name}");
        let all_gone = crate::reconcile::guard::guard(&Plan { files: 0, ..without }, &config().limits, &[], None);
        assert!(all_gone.iter().any(|block| block.guard == crate::reconcile::guard::Guard::Empty), "{name}");
    }
}

#[test]
fn nothing_is_released_with_duplicate_slugs_or_an_unread_property_finder() {
    let base = base([file("gone", Status::Archived, &[])]);
    let rows = || vec![linked(3, "gone", 7), linked(4, "gone", 8)];
    let plan = plan_since(&base, vec![], rows(), vec![]);
    assert_eq!((warning_texts(&plan), plan.orphans.len(), plan.warnings.len()), (vec![], 0, 2));

    let unread = Observed { pf_unread: true, ..observed(rows(), vec![]) };
    let plan = crate::remote::plan(&roster([]), &unread, &config(), &Scope { base: Some(&base), ..Scope::ALL });
    assert_eq!((warning_texts(&plan), plan.orphans.len()), (vec![], 2));
}

/// Every status of a file whose Property Finder user was deleted.
#[test]
fn a_missing_user_is_an_error_only_for_an_active_person() {
    let phone = [(Field::Phone, json!("+971501111111"))];
    let gone = |status, users| plan_of([file("sara", status, &phone)], vec![linked(3, "sara", 7)], users);
    assert_eq!(warning_texts(&gone(Status::Inactive, vec![])), ["sara crm update 3: public.phone"]);
    assert_eq!(warning_texts(&gone(Status::Archived, vec![])), Vec::<String>::new());
    let blocked = warning_texts(&gone(Status::Active, vec![]));
    let remedy = "restore that user there, or remove the id with `roster link sara --crm 3 --no-pf`";
    assert!(blocked[0].starts_with("sara blocked: the CRM stores pf user 7, which"), "{blocked:?}");
    assert!(blocked[0].contains(remedy), "{blocked:?}");
    // The remedy leads to the person's own row, past no guard.
    let emptied = crm(3, "sara", &json!({"11": "sara", "14": "{\"v\":1}"}));
    let plan = plan_of([file("sara", Status::Active, &[])], vec![emptied], vec![]);
    assert_eq!(warning_texts(&plan), ["sara pf create new"]);

    for status in [Status::Active, Status::Inactive, Status::Archived] {
        let again = warning_texts(&gone(status, vec![pf(8, "sara", "active")]));
        assert!(again[0].contains("its login e-mail is that of pf user 8"), "{status:?}: {again:?}");
    }
}

/// Everything that can differ of a person who has left, in both systems.
#[test]
fn for_an_archived_person_only_status_and_links_are_written() {
    let declared = [
        (Field::Login, json!("other@example.com")),
        (Field::Phone, json!("+971501111111")),
        (Field::ExperienceSince, json!(2014)),
        (Field::Role, json!("boss")),
        (Field::Theme, json!("onyx")),
        (Field::Position("en".into()), json!("Broker")),
    ];
    let left = || file("sara", Status::Archived, &declared);
    let unlinked = || crm(3, "sara", &json!({"11": "sara"}));
    let no_profile = || crm(3, "sara", &json!({"11": "sara", "12": 7, "14": "garbage"}));
    let table: [(&str, Row, &str, &[&str]); 5] = [
        ("linked", linked(3, "sara", 7), "active", &["sara pf deactivate 7: status"]),
        ("deactivated already", linked(3, "sara", 7), "inactive", &[]),
        ("a cut run", unlinked(), "active", &["sara pf link 7: ", "sara pf deactivate 7: status"]),
        ("no profile id", no_profile(), "active", &["sara pf link 7: ", "sara pf deactivate 7: status"]),
        ("an earlier slug", linked(3, "sara-old", 7), "inactive", &["sara crm rename 3: "]),
    ];
    for (name, row, status, want) in table {
        for base in [None, Some(base([file("sara", Status::Active, &[])])), Some(base([left()]))] {
            let row = if name == "an earlier slug" { with_login(row.clone(), "other") } else { row.clone() };
            let users = vec![pf(7, "sara", status)];
            let scope = Scope { base: base.as_ref(), ..Scope::ALL };
            let mut plan = plan(&roster([left()]), &observed(vec![row], users), &config(), &scope);
            assert_eq!(warning_texts(&plan), want, "{name}");
            // The change that archives a person without an action has no other place for what it leaves behind.
            let archives =
                base.as_ref().is_some_and(|base| base.people.values().any(|then| then.status == Status::Active));
            let told: &[&str] = if archives && want.is_empty() {
                &[
                    "agents/sara.yaml: leaves, and nothing is written; pf 7 is inactive already; crm 3 is not deleted, and \
                     its login stays usable: change the password there, or name the receivers of the work under `handover`",
                ]
            } else {
                &[]
            };
            assert_eq!(warnings_of(&plan), told, "{name}");
            if let Some(base) = base.filter(|base| base.people.values().all(|then| then.status == Status::Archived)) {
                plan.keep_drift(&base);
                let switched_on: &[&str] = if status == "active" { &["sara pf deactivate 7: status"] } else { &[] };
                assert_eq!(warning_texts(&plan), switched_on, "drift: {name}");
            }
        }
    }
}

fn with_login(mut row: Row, login: &str) -> Row {
    row.raw["private"]["email"] = json!(format!("{login}@example.com"));
    row
}

/// The CRM user was deleted before the file said so, or its link fields were emptied.
#[test]
fn an_archived_person_without_a_link_is_deactivated_after_an_acceptance() {
    let left = || file("sara", Status::Archived, &[(Field::Phone, json!("+971501111111"))]);
    let want = ["sara pf adopt 7: ", "sara pf deactivate 7: status"];
    for rows in [vec![], vec![crm(3, "sara", &json!({}))]] {
        let plan = plan_of([left()], rows.clone(), vec![pf(7, "sara", "active")]);
        assert_eq!((warning_texts(&plan), plan.warnings.len()), (want.map(str::to_owned).to_vec(), 0));
        assert!(!plan.people[0].writes_links() && plan.people[0].crm.is_none(), "there is no row to write to");
        let guards: Vec<&str> = crate::reconcile::guard::guard(&plan, &config().limits, &[], None)
            .iter()
            .map(|block| block.guard.key())
            .collect();
        assert_eq!(guards, ["adopt"]);

        let off = plan_of([left()], rows, vec![pf(7, "sara", "inactive")]);
        assert_eq!(warning_texts(&off), Vec::<String>::new());
    }
    // A row that still stores the ids tells whose they are.
    let stored = crm(3, "sara", &json!({"12": "7", "13": "1007"}));
    let plan = plan_of([left()], vec![stored], vec![pf(7, "sara", "active")]);
    assert_eq!(warning_texts(&plan), ["sara crm link 3: ", "sara pf deactivate 7: status"]);
    let two = plan_of([left()], vec![], vec![pf(7, "sara", "active"), pf(8, "sara", "active")]);
    assert_eq!(two.blocked().count(), 1);
    // Activated by hand after that: drift sees it.
    let base = base([left()]);
    let mut drift = plan_since(&base, vec![left()], vec![], vec![pf(7, "sara", "active")]);
    drift.keep_drift(&base);
    assert_eq!(warning_texts(&drift), ["sara pf deactivate 7: status"]);
}

/// A link field of the office's own, named in roster.yaml by mistake, holds what nobody but the office knows.
#[test]
fn a_text_that_is_no_slug_is_never_printed_and_blocks_its_row() {
    let passport = "Passport N1234567";
    let rows = vec![crm(3, "sara", &json!({"11": passport, "12": "7"})), crm(4, "gone", &json!({"11": passport}))];
    let plan = plan_of([file("sara", Status::Active, &[])], rows, vec![pf(7, "sara", "active")]);
    let field = "link field 11 (agent) holds a text that is not a slug";
    assert_eq!(plan.blocked().filter(|(_, why)| why.starts_with(&format!("crm 3: {field}"))).count(), 1, "{plan:?}");
    assert_eq!((plan.orphans.len(), plan.to_do().count()), (0, 0));
    assert_eq!(
        warnings_of(&plan).iter().filter(|warning| warning.starts_with(&format!("crm 3, 4: {field}"))).count(),
        1
    );
    let printed =
        format!("{:?}", (warning_texts(&plan), &plan.warnings, &plan.unmanaged, &plan.orphans, &plan.remedies));
    assert!(!printed.to_lowercase().contains("n1234567"), "{printed}");
}
