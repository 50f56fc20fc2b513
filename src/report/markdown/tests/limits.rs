//! No document is longer than its limit, and what is left out is counted.

use super::*;

#[test]
fn the_end_of_a_long_document_is_left_out_and_counted() {
    let plan = realistic();
    let (origin, blocks, roster) = (origin(), blocks(), roster(&[]));
    let report = Report { blocks: &blocks, ..of(&plan, &origin, &roster) };
    let whole = markdown(&report, usize::MAX);
    let left_out = |size: usize| {
        let text = markdown(&report, size);
        assert!(text.len() <= size, "{size}: {}", text.len());
        let told = text
            .split_once("bytes:** ")
            .map(|(_, rest)| rest.split_once(". `roster plan` shows all").unwrap().0.to_owned());
        (text, told)
    };
    assert_eq!(left_out(whole.len()), (whole.clone(), None));
    assert_eq!(left_out(whole.len() - 1).1.unwrap(), "1 warning, 2 unmanaged rows");
    let (text, told) = left_out(3_700);
    assert_eq!(told.unwrap(), "7 people, 1 warning, 2 unmanaged rows");
    assert!(text.contains("#### Drift (1)") && !text.contains("#### Changes"), "{text}");
    let (text, told) = left_out(2_300);
    assert_eq!(told.unwrap(), "11 people, 1 warning, 2 unmanaged rows");
    for kept in [
        "| create | 1 |\n| update | 6 |\n",
        "0123456789abcdef0123456789abcdef",
        "`long-gone`",
        "tariq-aziz",
        "crm rows 4 and 5",
    ] {
        assert!(text.contains(kept), "{kept}: {text}");
    }
}

/// Everything that stands in the way, whatever else there is.
fn hundreds() -> Plan {
    let update = |at: usize| {
        let phone = change(Field::Phone, json!("+971501111111"), json!(format!("+9715022{at:05}")));
        let class = [Class::Change, Class::Drift, Class::Conflict][at % 3];
        vec![action(System::Crm, Operation::Update, vec![of_class(class, phone)])]
    };
    let mut people: Vec<PersonPlan> = (0..300).map(|at| person(&format!("agent-{at}"), update(at))).collect();
    for (at, person) in people.iter_mut().enumerate().take(40) {
        person.actions.clear();
        let why = format!("crm rows {at} and 5 all have its login e-mail, {}", "and so on ".repeat(at % 4 * 10));
        person.blocked = Some(Block::Saved(why));
    }
    Plan { people, warnings: vec![Warning::reported("a warning".to_owned()); 30], ..realistic() }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_document_exceeds_its_limit_and_blocks_are_complete(room in 0_usize..90_000) {
        let plan = hundreds();
        let (origin, blocks, roster) = (origin(), blocks(), roster(&[]));
        let report = Report { blocks: &blocks, ..of(&plan, &origin, &roster) };
        // The summary, and everybody who is blocked.
        let least = markdown(&report, 0).len();
        let text = markdown(&report, room);
        prop_assert!(text.len() <= room.max(least + 20), "{}: {} bytes", room, text.len());
        for at in 0..40 {
            let ways = [format!("`agent-{at}`: crm rows {at} and"), format!("[`agents/agent-{at}.yaml`]")];
            prop_assert!(ways.iter().any(|way| text.contains(way)), "{} is not in {}", at, text);
        }
        let told = text.matches("\n**[`agents/agent-").count();
        let left = text.split_once("bytes:** ").and_then(|(_, rest)| rest.split_once(" pe")?.0.parse::<usize>().ok());
        prop_assert_eq!(told + left.unwrap_or(0), 260, "everybody is told of or counted");
    }
}

/// GitHub takes 65,536 characters; a comment that it does not take would leave an old one standing.
#[test]
fn blocks_of_thousands_of_people_fit_into_a_comment() {
    let (origin, roster) = (origin(), roster(&[]));
    let blocked = |number: usize, why: String| {
        let mut person = person(&format!("somebody-with-a-long-name-{number}"), Vec::new());
        person.blocked = Some(Block::Saved(why));
        person
    };
    let people = (0..3000).map(|number| blocked(number, format!("crm rows {number} and {} have its slug", number + 1)));
    let alike = (3000..6000).map(|number| blocked(number, "there is no such role".to_owned()));
    let orphan = |number: u64| Orphan { agent: format!("gone-{number}"), crm: number, pf_user: Some(number) };
    let orphans: Vec<Orphan> = (0..2000).map(orphan).collect();
    let plan = Plan { people: people.chain(alike).collect(), orphans, ..Plan::default() };
    let blocks = [GuardBlock {
        guard: Guard::Orphans,
        limit: 0,
        conflicts_and_drift: 0,
        actual: 2000,
        digest: None,
        message: String::new(),
    }];
    let text = markdown(&Report { blocks: &blocks, ..of(&plan, &origin, &roster) }, 60_000);
    assert!(text.len() < 65_536, "{}", text.len());
    for said in ["**2000 agents whose file is gone**: `gone-0` (crm 0, pf 0), ", " and 1800 more. Restore the file"] {
        assert!(text.contains(said), "{said:?} is not in {text}");
    }
    assert!(text.contains("**Nothing is planned for 6000 people:**"), "{text}");
    let named = text.matches("\n- **[`agents/somebody-with-a-long-name-").count();
    assert!(named > 200 && text.contains(&format!("- **{} more people**\n", 6000 - named)), "{named}: {text}");
}
