//! What guards count in a plan of files and rows.

use super::*;

/// Activating, by what is known of the file at base and of the row.
#[test]
fn without_a_base_an_activation_may_undo_a_deactivation_by_hand() {
    let now = || vec![file("sara", Status::Active, &[])];
    let stored = || linked(3, "sara", 7);
    let unlinked = || crm(3, "sara", &json!({"11": "sara"}));
    let known = |status| Some(base([file("sara", status, &[])]));
    let table = [
        ("no base", None, stored(), vec!["activate_drift"]),
        ("no file at base, or an invalid one", Some(base([])), stored(), vec!["activate_drift"]),
        ("active at base", known(Status::Active), stored(), vec!["activate_drift"]),
        ("inactive at base", known(Status::Inactive), stored(), vec![]),
        ("never linked before", None, unlinked(), vec![]),
    ];
    for (name, base, row, want) in table {
        let observed = observed(vec![row], vec![pf(7, "sara", "inactive")]);
        let plan = plan(&roster(now()), &observed, &config(), &Scope { base: base.as_ref(), ..Scope::ALL });
        assert!(plan.people[0].has(System::Pf, Operation::Activate), "{name}");
        let blocks = crate::reconcile::guard::guard(&plan, &config().limits, &[], None);
        assert_eq!(blocks.iter().map(|block| block.guard.key()).collect::<Vec<_>>(), want, "{name}");
    }
}

/// Twelve people are deactivated in slices, where five are let through.
#[test]
fn a_guard_counts_all_people_whatever_a_run_selects() {
    let slugs: Vec<String> = (10..22).map(|number| format!("agent-{number}")).collect();
    let people = || slugs.iter().map(|slug| file(slug, Status::Inactive, &[]));
    let rows = || slugs.iter().zip(10..).map(|(slug, id)| linked(id, slug, id + 100)).collect::<Vec<_>>();
    let users = |off: usize| {
        let status = |at: usize| if at < off { "inactive" } else { "active" };
        slugs.iter().zip(110..).enumerate().map(|(at, (slug, id))| pf(id, slug, status(at))).collect::<Vec<_>>()
    };
    let planned = |config: &Config, off: usize, selected: &[&str], system| {
        let agent = |slug: &Slug| selected.contains(&slug.as_str());
        let scope = Scope { agent: &agent, system, base: None };
        plan(&roster(people()), &observed(rows(), users(off)), config, &scope)
    };
    let slice = |off: usize, selected: &[&str], system| planned(&config(), off, selected, system);
    let guard =
        |plan: &Plan, accepted: &[String]| crate::reconcile::guard::guard(plan, &config().limits, accepted, None);
    let pair = slice(0, &["agent-10", "agent-11"], None);
    let blocks = guard(&pair, &[]);
    assert_eq!((pair.people.len(), pair.out_of_scope.len(), pair.count(Operation::Deactivate)), (2, 10, 2));
    assert_eq!((blocks.len(), blocks[0].limit, blocks[0].actual), (1, 5, 12));
    let message =
        "12 people would be deactivated in the whole plan, 2 of them in this run (limit: 5). To allow exactly";
    assert!(blocks[0].message.starts_with(message), "{}", blocks[0].message);

    // Its digest is that of what this run writes: it lets neither another slice through nor the whole.
    let digest = blocks[0].digest.clone().unwrap();
    assert_eq!(digest, crate::reconcile::guard::whole_digest(&pair, None));
    assert!(guard(&pair, std::slice::from_ref(&digest)).is_empty());
    let all: Vec<&str> = slugs.iter().map(String::as_str).collect();
    for other in [slice(0, &["agent-12"], None), slice(0, &all, None)] {
        assert_eq!(guard(&other, std::slice::from_ref(&digest)).len(), 1);
    }
    // Once no more than five are left, a slice goes through; and one without such an action always does.
    assert_eq!(guard(&slice(6, &["agent-21"], None), &[]).len(), 1);
    assert!(guard(&slice(7, &["agent-21"], None), &[]).is_empty());
    assert!(guard(&slice(0, &[], None), &[]).is_empty());
    assert!(guard(&slice(0, &all, Some(System::Crm)), &[]).is_empty());
    // Who is protected is deactivated by no run, and so counts in none.
    let protect = Config { protect: slugs[1..8].to_vec(), ..config() };
    assert!(guard(&planned(&protect, 0, &["agent-10"], None), &[]).is_empty());
}
