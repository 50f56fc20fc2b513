//! `roster drift`: what somebody changed by hand, and nothing else.

use serde_json::json;

use crate::office::Office;

/// Three people in both systems and in git.
fn office() -> Office {
    let office = Office::settled(3);
    office.commit();
    office
}

#[test]
fn what_nobody_touched_is_clean() {
    office().run(&["drift"]).is(0).prints("Drift: no person differs from HEAD · 3 unchanged\n");
}

#[test]
fn a_click_is_shown_from_what_the_file_says_to_what_the_system_holds() {
    let office = office();
    office.click_in_crm(2, "/public/position", "Intern");
    office.click_in_crm(2, "/private/mobile", "+971559999999");
    // What the file itself changed is the plan's to tell.
    office.edit(1, "position: {en: Sales Consultant", "position: {en: Director");
    let ran = office.run(&["drift"]).is(2);
    let (head, rest) = ran.out.split_once('\n').unwrap();
    assert!(head.starts_with("~ agents/agent-2.yaml "), "{head}");
    insta::assert_snapshot!(rest, @r#"
        public.position.en  "Intern" → "Sales Consultant"  crm      line 7    drift
        private.mobile      (private, changed)             crm      line 11   drift

    Drift: 1 person differs from HEAD · 2 unchanged
    Each line goes from what the system holds to what the file says, as apply would write it.
    "#);
    assert_eq!(office.writes(), [""; 0], "drift writes nothing");
}

#[test]
fn a_row_that_is_gone_is_drift_and_a_newcomer_is_not() {
    let office = office();
    // Nobody has heard of agent-4, whose file is not committed.
    office.write(
        "agents/agent-4.yaml",
        &office.read("agents/agent-3.yaml").replace("-3@", "-4@").replace("0003", "0004"),
    );
    office.run(&["drift"]).is(0);
    office.commit();
    let ran = office.run(&["drift", "--output", "json=drift.json"]).is(2);
    ran.prints("- agents/agent-4.yaml").prints("missing in crm, pf: deleted by hand, or never made");
}

#[test]
fn both_sides_of_a_conflict_are_left_to_the_plan_and_named() {
    let office = office();
    office.edit(1, "position: {en: Sales Consultant", "position: {en: Director");
    office.click_in_crm(1, "/public/position", "Intern");
    let ran = office.run(&["drift"]).is(0);
    ran.prints("warning: agents/agent-1.yaml: the file and a system both changed since HEAD, to different values");
}

#[test]
fn its_codes_are_those_of_the_table() {
    let office = office();
    office.run(&["drift", "--base", "nowhere"]).is(1).says("there is no revision `nowhere`");
    office.run(&["drift", "--agent", "nobody-*"]).is(64);
    office.run(&["drift", "--accept", "agent-1"]).is(64);
    office.fault("crm GET #1+ 200 html");
    office.run(&["drift"]).is(7);
    office.write("agents/broken.yaml", "status: none\n");
    office.run(&["drift"]).is(4);
    let outside = Office::new(1);
    outside.run(&["drift"]).is(1).says("git does not work in this folder");
}

#[test]
fn limits_and_orphans_do_not_stop_what_writes_nothing() {
    let office = office();
    office.write("roster.yaml", &office.read("roster.yaml").replace("update: {count: 1000}", "update: {count: 0}"));
    std::fs::remove_file(office.path("agents/agent-3.yaml")).unwrap();
    office.commit();
    office.run(&["plan"]).is(3);
    office.run(&["drift"]).is(0);
    office.click_in_crm(1, "/public/position", "Intern");
    let ran = office.run(&["drift", "--output", "json=-"]).is(2);
    let drift: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!((&drift["summary"]["drift"], &drift["summary"]["update"]), (&json!(1), &json!(1)));
    // What drift found is never applied.
    office.write("drift.json", &ran.out);
    office.run(&["apply", "drift.json", "--yes"]).is(64).says("it is what drift found, and no plan");
}

/// Deleting a user, or emptying the link fields, are clicks too; and of who cannot be compared nobody can say that there
/// is no drift.
#[test]
fn nobody_is_called_clean_who_cannot_be_compared() {
    let clicks: [(&str, fn(&Office), &str); 3] = [
        ("the ids of Property Finder are emptied", |office| office.click_in_crm(2, "/fields/12", ""), "agent-2"),
        ("the slug is emptied", |office| office.click_in_crm(2, "/fields/11", ""), "agent-2"),
        ("the id is another one", |office| office.click_in_crm(2, "/fields/12", "99999"), "agent-2"),
    ];
    for (case, click, who) in clicks {
        let office = office();
        click(&office);
        let ran = office.run(&["drift"]);
        assert_eq!(ran.code, Some(2), "{case}: {}", ran.out);
        ran.prints(who).prints("2 unchanged");
        assert_eq!(office.writes(), [""; 0], "{case}");
    }
}
