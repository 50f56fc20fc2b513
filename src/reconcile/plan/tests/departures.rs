//! People who leave and hand over their work: when a CRM user is deleted, to whom the work goes, and which deletions are
//! sent together.

mod receivers;

use super::*;
use crate::model::agent::Handover;
use crate::reconcile::guard::{guard, whole_digest};

fn leaver(slug: &str, to: [&str; 3]) -> Declaration {
    let [properties, leads, landlords] = to.map(|agent| Slug::parse(agent).unwrap());
    Declaration { handover: Some(Handover { properties, leads, landlords }), ..file(slug, Status::Archived, &[]) }
}

fn active(slug: &str) -> Declaration {
    file(slug, Status::Active, &[])
}

/// Omar (crm 5) and Lina (crm 6), who stay.
fn staying() -> ([Declaration; 2], [Row; 2], [Row; 2]) {
    let users = [pf(15, "omar", "active"), pf(16, "lina", "active")];
    ([active("omar"), active("lina")], [linked(5, "omar", 15), linked(6, "lina", 16)], users)
}

fn with_staying(people: Vec<Declaration>, crm: Vec<Row>, pf: Vec<Row>) -> Plan {
    let (files, rows, users) = staying();
    plan_of(files.into_iter().chain(people), [rows.to_vec(), crm].concat(), [users.to_vec(), pf].concat())
}

fn guards(plan: &Plan) -> Vec<&'static str> {
    guard(plan, &config().limits, &[], None).iter().map(|block| block.guard.key()).collect()
}

#[test]
fn a_linked_user_is_deleted_once_the_file_names_receivers() {
    let to = ["omar", "omar", "lina"];
    let row = || vec![linked(3, "sara", 7)];
    let user = |status| vec![pf(7, "sara", status)];
    let locked = || {
        let mut row = linked(3, "sara", 7);
        row.raw["private"]["email"] = json!("locked@example.com");
        row
    };
    let given_to_another = || {
        let mut row = locked();
        for half in ["public", "private"] {
            row.raw[half]["first_name"] = json!("Maria");
            row.raw[half]["last_name"] = json!("Santos");
        }
        row.raw["public"]["email"] = json!("maria@public.example");
        row.raw["public"]["phone"] = json!("+971500000001");
        row.raw["private"]["mobile"] = json!("+971500000002");
        row
    };
    let unlinked = || crm(3, "sara", &json!({}));
    let table: Vec<(&str, Vec<Row>, Vec<Row>, &[&str], usize)> = vec![
        ("online", row(), user("active"), &["sara pf deactivate 7: status", "sara crm delete 3: "], 0),
        ("off already", row(), user("inactive"), &["sara crm delete 3: "], 0),
        ("never at Property Finder", vec![crm(3, "sara", &json!({"11": "sara"}))], vec![], &["sara crm delete 3: "], 0),
        ("deleted there", row(), vec![], &["sara crm delete 3: "], 0),
        (
            "a user that no id is stored of",
            vec![crm(3, "sara", &json!({"11": "sara"}))],
            user("inactive"),
            &["sara crm delete 3: "],
            0,
        ),
        ("its login was changed to lock it", vec![locked()], user("inactive"), &["sara crm delete 3: "], 0),
        (
            "under an earlier slug",
            vec![crm(3, "sara", &json!({"11": "sara-k"}))],
            user("inactive"),
            &["sara crm delete 3: "],
            0,
        ),
        ("given to another person", vec![given_to_another()], user("inactive"), &[], 1),
        ("not linked", vec![unlinked()], user("inactive"), &[], 1),
        ("deleted, and still off", vec![], user("inactive"), &[], 0),
        ("deleted, and gone there too", vec![], vec![], &[], 0),
    ];
    for (name, rows, users, want, warnings) in table {
        let plan = with_staying(vec![leaver("sara", to)], rows, users);
        assert_eq!(warning_texts(&plan), want, "{name}");
        let told = warnings_of(&plan)
            .into_iter()
            .filter(|warning| warning.starts_with("agents/sara.yaml: crm 3 is not deleted"));
        assert_eq!(told.count(), warnings, "{name}: {:?}", plan.warnings);
        if let [deletion] = plan.deletions().as_slice() {
            let ids = deletion.receivers.by_kind().map(|(kind, receiver)| (kind, receiver.crm));
            assert_eq!(ids, [("properties", 5), ("leads", 5), ("landlords", 6)], "{name}");
        }
    }
}

/// Nothing but a login e-mail is left of a person who was deleted.
#[test]
fn a_deleted_person_who_is_switched_on_again_is_drift_behind_a_guard() {
    let to = ["omar", "omar", "omar"];
    let (files, rows, users) = staying();
    let base = base(files.iter().cloned().chain([leaver("sara", to)]));
    let again = [users.to_vec(), vec![pf(7, "sara", "active")]].concat();
    let mut plan = plan_since(&base, files.into_iter().chain([leaver("sara", to)]).collect(), rows.to_vec(), again);
    assert_eq!(warning_texts(&plan), ["sara pf adopt 7: ", "sara pf deactivate 7: status"]);
    assert_eq!(guards(&plan), ["adopt"]);
    plan.keep_drift(&base);
    assert_eq!(warning_texts(&plan), ["sara pf deactivate 7: status"]);
    assert!(plan.people[0].has_class(Class::Drift));
}

/// A person by slug; it is among those of the run.
fn of<'p>(plan: &'p Plan, slug: &str) -> &'p PersonPlan {
    plan.people
        .iter()
        .find(|person| person.slug.as_str() == slug)
        .unwrap_or_else(|| panic!("{:?}", warning_texts(plan)))
}

/// Why the deletion is left to a later run.
fn waits(person: &PersonPlan) -> &str {
    match &person.leaving {
        Some(Leaving { crm: LeavingCrmUser::Later { crm: 3, why: Some(why), .. }, .. }) => why,
        other => panic!("{other:?}"),
    }
}

/// A deletion whose run ended before `roster.lock` was written.
#[test]
fn links_of_deleted_users_are_removed_and_others_are_a_warning() {
    let (files, rows, users) = staying();
    let left_over = |sara: Option<Declaration>, then: Option<Declaration>, agents: &'static [&'static str]| {
        let links_without_row = vec![(Slug::parse("sara").unwrap(), 3)];
        let observed = Observed { links_without_row, ..observed(rows.to_vec(), users.to_vec()) };
        let base = base(files.iter().cloned().chain(then));
        let agent = |slug: &Slug| agents.is_empty() || agents.contains(&slug.as_str());
        let scope = Scope { agent: &agent, base: Some(&base), ..Scope::ALL };
        let plan = plan(&roster(files.iter().cloned().chain(sara)), &observed, &config(), &scope);
        let warnings = warnings_of(&plan);
        let told = warnings.iter().find_map(|warning| warning.strip_prefix("roster.lock links sara to crm 3, "));
        (plan.deleted_links.len(), told.map(str::to_owned))
    };
    let hands_over = || Some(leaver("sara", ["omar"; 3]));
    let deleted = Some("whose user is deleted: an apply removes the entry".to_owned());
    let unknown = Some("which the CRM does not have: remove the entry if the user was deleted".to_owned());
    assert_eq!(left_over(hands_over(), None, &[]), (1, deleted.clone()));
    assert_eq!(left_over(None, hands_over(), &[]), (1, deleted));
    assert_eq!(left_over(hands_over(), None, &["omar"]), (0, None));
    for sara in [None, Some(active("sara")), Some(file("sara", Status::Archived, &[]))] {
        assert_eq!(left_over(sara, None, &[]), (0, unknown.clone()));
    }
}

/// Property Finder may have answered for another account, or may have a second user of the person.
#[test]
fn nobody_is_deleted_while_the_user_at_property_finder_is_in_doubt() {
    let gone = |other: Vec<Row>| {
        let rows = vec![linked(3, "sara", 7), linked(4, "huda", 8)];
        with_staying(vec![leaver("sara", ["omar"; 3]), active("huda")], rows, other)
    };
    let doubtful = gone(vec![]);
    let why = of(&doubtful, "sara").why_blocked().unwrap();
    assert!(
        why.contains("Property Finder lists neither pf 7 nor the user of huda, who is active; check that PF_API_KEY"),
        "{why}"
    );
    let plan = gone(vec![pf(8, "huda", "active")]);
    assert_eq!(warning_texts(&plan), ["sara crm delete 3: "]);
    assert_eq!(of(&plan, "sara").leaving.as_ref().unwrap().pf, LeavingPfUser::Gone(7));

    let second = |status: &str| {
        let mut other = pf(9, "sara", status);
        other.raw["email"] = json!("sara.khan@example.com");
        other.raw["publicProfile"]["phone"] = json!("+971509999999");
        other.raw["mobile"] = json!("+971508888888");
        with_staying(
            vec![leaver("sara", ["omar"; 3])],
            vec![linked(3, "sara", 7)],
            vec![pf(7, "sara", "active"), other],
        )
    };
    let plan = second("active");
    assert_eq!(warning_texts(&plan), ["sara pf deactivate 7: status"]);
    assert!(
        waits(of(&plan, "sara")).starts_with("pf 9 is active and has the public e-mail of pf 7; if it is the same")
    );
    assert_eq!(warning_texts(&second("inactive")), ["sara pf deactivate 7: status", "sara crm delete 3: "]);
}

/// A later run finds the user of a deleted person by the login e-mail of the file alone.
#[test]
fn a_leaver_with_another_login_than_the_user_is_a_warning() {
    let told = |login: &str| {
        let mut user = pf(7, "sara", "active");
        user.raw["email"] = json!(format!("{login}@example.com"));
        let plan = with_staying(vec![leaver("sara", ["omar"; 3])], vec![linked(3, "sara", 7)], vec![user]);
        warnings_of(&plan)
            .iter()
            .filter(|warning| warning.starts_with("agents/sara.yaml: pf 7 has another login e-mail"))
            .count()
    };
    assert_eq!((told("sara"), told("SARA"), told("sara.khan")), (0, 0, 1));
}

/// The file went before the CRM user was deleted.
#[test]
fn a_release_of_a_user_that_was_to_be_deleted_is_a_warning() {
    let (files, rows, users) = staying();
    let released = |then: Declaration| {
        let base = base(files.iter().cloned().chain([then]));
        let rows = [rows.to_vec(), vec![linked(3, "sara", 7)]].concat();
        let plan = plan_since(&base, files.to_vec(), rows, [users.to_vec(), vec![pf(7, "sara", "inactive")]].concat());
        assert_eq!(warning_texts(&plan), ["sara crm release 3: "]);
        warnings_of(&plan).iter().filter(|warning| warning.contains("crm 3 was not deleted")).count()
    };
    assert_eq!(released(leaver("sara", ["omar"; 3])), 1);
    assert_eq!(released(file("sara", Status::Archived, &[])), 0);
}

#[test]
fn people_with_the_same_receivers_are_deleted_together() {
    let (a, b) = (["omar", "omar", "lina"], ["omar", "lina", "lina"]);
    let people = [("sara", a), ("huda", b), ("hadi", a), ("noor", a)].map(|(slug, to)| leaver(slug, to));
    let rows: Vec<Row> =
        [(1, "sara"), (2, "huda"), (3, "hadi"), (4, "noor")].map(|(id, slug)| linked(id, slug, id + 20)).to_vec();
    let plan = with_staying(people.to_vec(), rows, vec![]);
    let batches = |plan: &Plan| -> Vec<Vec<String>> {
        let slugs = |deletion: &Deletion<'_>| deletion.people.iter().map(|person| person.slug.to_string()).collect();
        plan.deletions().iter().map(slugs).collect()
    };
    assert_eq!(batches(&plan), [vec!["huda"], vec!["hadi", "noor", "sara"]]);

    let slugs: Vec<String> = (0..45).map(|number| format!("leaver-{number:02}")).collect();
    let rows = slugs.iter().zip(100..).map(|(slug, id)| linked(id, slug, id + 100)).collect();
    let many = with_staying(slugs.iter().map(|slug| leaver(slug, a)).collect(), rows, vec![]);
    assert_eq!(batches(&many).iter().map(Vec::len).collect::<Vec<_>>(), [20, 20, 5]);
    assert_eq!(batches(&many).concat(), slugs);
    // All rows are read within one window of the rate, those of two receivers too.
    for (rate, want) in [(23, 20), (22, 19), (10, 7), (4, 1), (1, 1)] {
        let sizes: Vec<usize> = batches(&Plan { crm_rate: rate, ..many.clone() }).iter().map(Vec::len).collect();
        assert_eq!((sizes[0], sizes.iter().sum::<usize>()), (want, 45), "{rate}");
    }
}

/// A deletion is a deactivation too, and an acceptance names the receivers.
#[test]
fn deletions_have_a_limit_and_count_as_deactivations() {
    let gone = |count: usize, to: [&str; 3]| {
        let slugs: Vec<String> = (0..count).map(|number| format!("leaver-{number}")).collect();
        let rows = slugs.iter().zip(100..).map(|(slug, id)| linked(id, slug, id + 100)).collect();
        with_staying(slugs.iter().map(|slug| leaver(slug, to)).collect(), rows, vec![])
    };
    assert_eq!(guards(&gone(1, ["omar"; 3])), ["delete"]);
    assert_eq!(guards(&gone(5, ["omar"; 3])), ["delete"]);
    assert_eq!(guards(&gone(6, ["omar"; 3])), ["delete", "deactivate"]);
    let mut limits = config().limits;
    limits.delete.count = 1;
    assert!(guard(&gone(1, ["omar"; 3]), &limits, &[], None).is_empty());

    let plan = gone(1, ["omar"; 3]);
    let digest = guard(&plan, &config().limits, &[], None)[0].digest.clone().unwrap();
    assert!(guard(&plan, &config().limits, std::slice::from_ref(&digest), None).is_empty());
    let other = gone(1, ["omar", "omar", "lina"]);
    assert_ne!(whole_digest(&plan, None), whole_digest(&other, None));
    assert_eq!(guard(&other, &config().limits, &[digest], None).len(), 1);
}

#[test]
fn nobody_is_deleted_before_property_finder_is_off() {
    let planned = |system| {
        let (files, rows, users) = staying();
        let people = files.into_iter().chain([leaver("sara", ["omar"; 3]), leaver("huda", ["omar"; 3])]);
        let rows = [rows.to_vec(), vec![linked(3, "sara", 7), linked(4, "huda", 8)]].concat();
        let users = [users.to_vec(), vec![pf(7, "sara", "active"), pf(8, "huda", "inactive")]].concat();
        let scope = Scope { system: Some(system), ..Scope::ALL };
        plan(&roster(people), &observed(rows, users), &config(), &scope)
    };
    let at_pf = planned(System::Pf);
    assert_eq!(warning_texts(&at_pf), ["sara pf deactivate 7: status"]);
    let later = LeavingCrmUser::Later { crm: 3, why: None, after: Vec::new() };
    assert_eq!(of(&at_pf, "sara").leaving.as_ref().unwrap().crm, later);
    let in_crm = planned(System::Crm);
    assert_eq!(warning_texts(&in_crm), ["huda crm delete 4: "]);
    assert_eq!(in_crm.deletions().len(), 1);
}

#[test]
fn protected_people_and_the_owner_of_the_key_are_not_deleted() {
    let (files, rows, users) = staying();
    let roster = roster(files.into_iter().chain([leaver("sara", ["omar"; 3])]));
    let rows = [rows.to_vec(), vec![linked(3, "sara", 7)]].concat();
    let observed = observed(rows, users.to_vec());
    let protect = Config { protect: vec!["sara".to_owned()], ..config() };
    let protected = plan(&roster, &observed, &protect, &Scope::ALL);
    assert!(warning_texts(&protected)[0].starts_with("sara blocked: is protected by roster.yaml"));

    let free = || plan(&roster, &observed, &config(), &Scope::ALL);
    assert!(free().deactivates_or_deletes());
    let mut own = free();
    own.protect_own("SARA@example.com");
    assert!(warning_texts(&own)[0].starts_with("sara blocked: is the user whose API key"));
    let not_yet = "sara blocked: crm 3 is not deleted yet, and its login stays usable:";
    let mut unknown = free();
    unknown.postpone_deletions("the owner is not known");
    assert_eq!(warning_texts(&unknown), [format!("{not_yet} the owner is not known")]);

    let unlinked = Config { crm: crate::model::config::CrmConfig { link_fields: None, ..config().crm }, ..config() };
    let by_login = plan(&roster, &observed, &unlinked, &Scope::ALL);
    assert!(warning_texts(&by_login)[0].starts_with(&format!("{not_yet} name crm.link_fields in roster.yaml")));

    // A person who is online is deactivated all the same.
    let observed = super::observed(
        observed_rows(),
        vec![pf(15, "omar", "active"), pf(16, "lina", "active"), pf(7, "sara", "active")],
    );
    let mut unknown = plan(&roster, &observed, &config(), &Scope::ALL);
    unknown.postpone_deletions("the owner is not known");
    let deactivated = ["sara pf deactivate 7: status"];
    assert_eq!(warning_texts(&unknown), deactivated);
    assert_eq!(waits(of(&unknown, "sara")), "the owner is not known");
    assert_eq!(warning_texts(&plan(&roster, &observed, &unlinked, &Scope::ALL)), deactivated);
}

fn observed_rows() -> Vec<Row> {
    vec![linked(5, "omar", 15), linked(6, "lina", 16), linked(3, "sara", 7)]
}

#[test]
fn a_plan_says_what_becomes_of_the_crm_user() {
    let receiver = |slug: &str, crm| Receiver { agent: Slug::parse(slug).unwrap(), crm };
    let row = || vec![linked(3, "sara", 7)];
    let online = || vec![pf(7, "sara", "active")];
    let (omar, lina) = (receiver("omar", 5), receiver("lina", 6));
    let receivers = Receivers { properties: omar.clone(), leads: lina, landlords: omar };
    let stays = LeavingCrmUser::Stays { crm: 3, why: None };
    let unlinked = "it has the login e-mail of this file and is not linked to it; if it is this person's, link it with \
                    `roster link sara --crm 3`";
    let unlinked = LeavingCrmUser::Stays { crm: 3, why: Some(unlinked.to_owned()) };
    let table = [
        (leaver("sara", ["omar", "lina", "omar"]), row(), Some(LeavingCrmUser::Deleted { crm: 3, receivers })),
        (file("sara", Status::Archived, &[]), row(), Some(stays)),
        (file("sara", Status::Archived, &[]), vec![crm(3, "sara", &json!({}))], Some(unlinked)),
        (file("sara", Status::Archived, &[]), vec![], Some(LeavingCrmUser::Absent)),
        (file("sara", Status::Inactive, &[]), row(), None),
    ];
    for (person, rows, want) in table {
        let plan = with_staying(vec![person], rows, online());
        let sara = of(&plan, "sara").leaving.as_ref();
        assert_eq!(sara.map(|leaving| &leaving.crm), want.as_ref());
        assert!(sara.is_none_or(|leaving| leaving.pf == LeavingPfUser::Deactivated(7)));
    }
}

/// The CRM alone is written, and the person stays online in this run.
#[test]
fn a_part_of_a_plan_does_not_say_that_a_user_is_inactive_who_is_online() {
    let part = |row: Row, base: Option<&Base>| {
        let (files, rows, users) = staying();
        let people = files.into_iter().chain([file("sara", Status::Archived, &[])]);
        let rows = [rows.to_vec(), vec![row]].concat();
        let users = [users.to_vec(), vec![pf(7, "sara", "active")]].concat();
        let scope = Scope { system: Some(System::Crm), base, ..Scope::ALL };
        plan(&roster(people), &observed(rows, users), &config(), &scope)
    };
    let renamed = part(crm(3, "sara", &json!({"11": "sara-k", "12": "7", "13": "1007", "14": "{\"v\":1}"})), None);
    assert_eq!(warning_texts(&renamed), ["sara crm rename 3: "]);
    assert_eq!(of(&renamed, "sara").leaving.as_ref().unwrap().pf, LeavingPfUser::StaysActive(7));
    // Without anything to write in the CRM, the change that archives has a warning.
    let base = base([file("sara", Status::Active, &[])]);
    let nothing = part(linked(3, "sara", 7), Some(&base));
    assert_eq!(warning_texts(&nothing), Vec::<String>::new());
    let told = "agents/sara.yaml: leaves, and nothing is written; pf 7 is active, and is not deactivated in this run; crm 3 is \
                not deleted, and its login stays usable";
    assert!(nothing.warnings.iter().any(|warning| warning.to_string().starts_with(told)), "{:?}", nothing.warnings);
}

/// A person without an action is not among the people of a plan.
#[test]
fn an_archived_person_who_was_off_is_a_warning_in_the_change_that_archives() {
    let archived = || vec![file("sara", Status::Archived, &[])];
    let rows = || vec![linked(3, "sara", 7)];
    let off = || vec![pf(7, "sara", "inactive")];
    let told = |then: Option<Status>, rows, users| {
        let base = base(then.map(|status| file("sara", status, &[])));
        let plan = plan_since(&base, archived(), rows, users);
        warnings_of(&plan)
            .iter()
            .filter(|warning| warning.contains("crm 3 is not deleted, and its login stays usable"))
            .count()
    };
    assert_eq!(told(Some(Status::Inactive), rows(), off()), 1);
    assert_eq!(told(Some(Status::Archived), rows(), off()), 0);
    assert_eq!(told(None, rows(), off()), 0);
    assert_eq!(told(Some(Status::Active), rows(), vec![pf(7, "sara", "active")]), 0, "the plan has the person");
    assert_eq!(told(Some(Status::Inactive), vec![], off()), 0);
}
