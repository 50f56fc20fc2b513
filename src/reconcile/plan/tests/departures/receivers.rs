//! Who receives the work of a person who leaves.

use super::*;

/// What stops only the deletion keeps nobody online: such a person is deactivated, and blocked once that is done.
#[test]
fn each_receiver_is_active_and_has_a_linked_user() {
    let both = || vec![linked(3, "sara", 7), linked(4, "huda", 8)];
    let unlinked = || vec![linked(3, "sara", 7), crm(4, "huda", &json!({}))];
    // Whether the plan has for the receiver what the deletion waits for.
    let table: Vec<(&str, Declaration, Vec<Row>, &str, &str, bool)> = vec![
        ("leaves too", leaver("huda", ["omar"; 3]), both(), "active", "huda, who is not an active agent", false),
        (
            "on leave",
            file("huda", Status::Inactive, &[]),
            both(),
            "inactive",
            "huda, who is not an active agent",
            false,
        ),
        ("new", active("huda"), vec![linked(3, "sara", 7)], "", "huda, who has no CRM user yet", true),
        ("not linked yet", active("huda"), unlinked(), "active", "huda, whose CRM user is not certain", true),
    ];
    for (name, receiver, rows, status, why, is_solved) in table {
        let plan_with = |sara: &str| {
            let of_huda = (!status.is_empty()).then(|| pf(8, "huda", status));
            let users = [pf(7, "sara", sara)].into_iter().chain(of_huda).collect();
            with_staying(vec![leaver("sara", ["omar", "lina", "huda"]), receiver.clone()], rows.clone(), users)
        };
        let why = format!("`handover` names {why}");
        let plan = plan_with("active");
        let sara = of(&plan, "sara");
        assert!(waits(sara).starts_with(&why), "{name}: {}", waits(sara));
        assert_eq!((sara.blocked.as_ref(), sara.actions.len()), (None, 1), "{name}");
        assert!(sara.has(System::Pf, Operation::Deactivate), "{name}");

        let plan = plan_with("inactive");
        let sentence = format!("crm 3 is not deleted yet, and its login stays usable: {why}");
        if is_solved {
            assert!(plan.people.iter().all(|person| person.slug.as_str() != "sara"), "{name}");
            let told = |warning: &&String| warning.starts_with(&format!("agents/sara.yaml: {sentence}"));
            assert_eq!(warnings_of(&plan).iter().filter(told).count(), 1, "{name}: {:?}", plan.warnings);
        } else {
            let sara = of(&plan, "sara");
            assert!(sara.why_blocked().unwrap().starts_with(&sentence), "{name}: {:?}", sara.blocked);
            assert_eq!((sara.blocked_by(), sara.actions.len()), (vec!["huda".to_owned()], 0), "{name}");
        }
    }
    let user = vec![pf(7, "sara", "inactive")];
    let plan = with_staying(vec![leaver("sara", ["omar", "sara", "omar"])], vec![linked(3, "sara", 7)], user);
    assert!(warning_texts(&plan)[0].contains("`handover` names sara, who is not an active agent"));
}

/// A receiver whose row gets the slug in this run can receive the work in it.
#[test]
fn a_receiver_who_is_linked_by_another_run_or_blocked_receives_nothing_yet() {
    let renamed = || crm(5, "omar", &json!({"11": "omar-h", "12": "15", "13": "1015", "14": "{\"v\":1}"}));
    let plan_of = |sara: &str, agents: &'static [&'static str], more: Vec<(Declaration, Row, Row)>| {
        let mut files = vec![leaver("sara", ["omar"; 3]), active("omar")];
        let (mut rows, mut users) =
            (vec![linked(3, "sara", 7), renamed()], vec![pf(7, "sara", sara), pf(15, "omar", "active")]);
        for (file, row, user) in more {
            files.push(file);
            rows.push(row);
            users.push(user);
        }
        let agent = |slug: &Slug| agents.is_empty() || agents.contains(&slug.as_str());
        plan(&roster(files), &observed(rows, users), &config(), &Scope { agent: &agent, ..Scope::ALL })
    };
    let all = plan_of("active", &[], vec![]);
    assert_eq!(warning_texts(&all), ["omar crm rename 5: ", "sara pf deactivate 7: status", "sara crm delete 3: "]);
    let sentence = "`handover` names omar, whose CRM user is not linked yet";
    let alone = plan_of("active", &["sara"], vec![]);
    assert_eq!(warning_texts(&alone), ["sara pf deactivate 7: status"]);
    assert!(waits(of(&alone, "sara")).starts_with(sentence));
    let off = plan_of("inactive", &["sara"], vec![]);
    assert_eq!((warning_texts(&off).len(), off.warnings.len()), (0, 1), "{:?}", off.warnings);
    assert!(off.warnings[0].to_string().contains(sentence), "{:?}", off.warnings);
    // Omar's slug is in another row too, which keeps it: nothing of his is written.
    let ring = || {
        let other = crm(9, "huda", &json!({"11": "omar", "12": "19", "13": "1019", "14": "{\"v\":1}"}));
        vec![(active("huda"), with_names(other, "Huda", "Noor"), pf(19, "huda", "active"))]
    };
    for (status, blocked) in [("active", false), ("inactive", true)] {
        let plan = plan_of(status, &["sara"], ring());
        let sara = of(&plan, "sara");
        assert_eq!(sara.blocked.is_some(), blocked, "{status}: {:?}", warning_texts(&plan));
        assert_eq!(sara.has(System::Pf, Operation::Deactivate), !blocked, "{status}");
        assert!(plan.deletions().is_empty(), "{status}");
    }
}

fn with_names(mut row: Row, first: &str, last: &str) -> Row {
    for half in ["public", "private"] {
        row.raw[half]["first_name"] = json!(first);
        row.raw[half]["last_name"] = json!(last);
    }
    row
}
