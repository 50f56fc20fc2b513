//! People who leave and hand over their work: when a CRM user is deleted, to whom the work goes, and which deletions are
//! sent together.

use super::*;
use crate::model::roster::Handover;
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
        let told = plan.warnings.iter().filter(|warning| warning.starts_with("agents/sara.yaml: crm 3 is not deleted"));
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

#[test]
fn each_receiver_is_active_and_has_a_linked_user() {
    let both = || vec![linked(3, "sara", 7), linked(4, "huda", 8)];
    let users = |status| vec![pf(7, "sara", "active"), pf(8, "huda", status)];
    let unlinked = || vec![linked(3, "sara", 7), crm(4, "huda", &json!({}))];
    let table: Vec<(&str, Declaration, Vec<Row>, Vec<Row>, &str)> = vec![
        ("leaves too", leaver("huda", ["omar"; 3]), both(), users("active"), "huda, who is not an active agent"),
        (
            "on leave",
            file("huda", Status::Inactive, &[]),
            both(),
            users("inactive"),
            "huda, who is not an active agent",
        ),
        (
            "new",
            active("huda"),
            vec![linked(3, "sara", 7)],
            vec![pf(7, "sara", "active")],
            "huda, who has no CRM user yet",
        ),
        ("not linked yet", active("huda"), unlinked(), users("active"), "huda, whose CRM user is not certain"),
    ];
    for (name, receiver, rows, users, why) in table {
        let plan = with_staying(vec![leaver("sara", ["omar", "lina", "huda"]), receiver], rows, users);
        let sara = plan.people.iter().find(|person| person.slug.as_str() == "sara").unwrap();
        let blocked = sara.blocked.clone().unwrap_or_default();
        assert!(blocked.starts_with(&format!("`handover` names {why}")), "{name}: {blocked}");
        assert_eq!((sara.blocked_by.as_slice(), sara.actions.len()), (["huda".to_owned()].as_slice(), 0), "{name}");
    }
    let plan = with_staying(vec![leaver("sara", ["omar", "sara", "omar"])], vec![linked(3, "sara", 7)], vec![]);
    assert!(warning_texts(&plan)[0].starts_with("sara blocked: `handover` names sara, who is not an active agent"));
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
    assert_eq!(warning_texts(&planned(System::Pf)), ["sara pf deactivate 7: status"]);
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
    assert!(free().switches_off() && free().deletes());
    let mut own = free();
    own.protect_own("SARA@example.com");
    assert!(warning_texts(&own)[0].starts_with("sara blocked: is the user whose API key"));
    let mut unknown = free();
    unknown.block_deletions("the owner is not known");
    assert_eq!(warning_texts(&unknown), ["sara blocked: the owner is not known"]);

    let unlinked = Config { crm: crate::model::config::CrmConfig { link_fields: None, ..config().crm }, ..config() };
    let by_login = plan(&roster, &observed, &unlinked, &Scope::ALL);
    assert_eq!(
        warning_texts(&by_login),
        ["sara blocked: cannot be deleted before roster.yaml names crm.link_fields, or sets links: file"]
    );
}

/// What a reader learns of the CRM user.
#[test]
fn a_plan_says_what_becomes_of_the_crm_user() {
    let receiver = |slug: &str, crm| Receiver { agent: Slug::parse(slug).unwrap(), crm };
    let row = || vec![linked(3, "sara", 7)];
    let online = || vec![pf(7, "sara", "active")];
    let (omar, lina) = (receiver("omar", 5), receiver("lina", 6));
    let receivers = Receivers { properties: omar.clone(), leads: lina, landlords: omar };
    let table = [
        (leaver("sara", ["omar", "lina", "omar"]), row(), Some(Leaving::CrmUserDeleted(receivers))),
        (file("sara", Status::Archived, &[]), row(), Some(Leaving::CrmUserStays(3))),
        (file("sara", Status::Archived, &[]), vec![crm(3, "sara", &json!({}))], Some(Leaving::CrmUserStays(3))),
        (file("sara", Status::Archived, &[]), vec![], Some(Leaving::NoCrmUser)),
        (file("sara", Status::Inactive, &[]), row(), None),
    ];
    for (person, rows, want) in table {
        let plan = with_staying(vec![person], rows, online());
        let sara = plan.people.iter().find(|person| person.slug.as_str() == "sara").unwrap();
        assert_eq!(sara.leaving, want);
    }
}

/// A person without an action is not among the people of a plan.
#[test]
fn an_archived_person_who_was_off_is_a_warning_in_the_change_that_archives() {
    let archived = || vec![file("sara", Status::Archived, &[])];
    let rows = || vec![linked(3, "sara", 7)];
    let off = || vec![pf(7, "sara", "inactive")];
    let told = |then: Option<Status>, rows, users| {
        let base = base(then.map(|status| file("sara", status, &[])));
        let warnings = plan_since(&base, archived(), rows, users).warnings;
        warnings.iter().filter(|warning| warning.contains("crm 3 is not deleted, and its login stays usable")).count()
    };
    assert_eq!(told(Some(Status::Inactive), rows(), off()), 1);
    assert_eq!(told(Some(Status::Archived), rows(), off()), 0);
    assert_eq!(told(None, rows(), off()), 0);
    assert_eq!(told(Some(Status::Active), rows(), vec![pf(7, "sara", "active")]), 0, "the plan has the person");
    assert_eq!(told(Some(Status::Inactive), vec![], off()), 0);
}
