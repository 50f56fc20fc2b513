//! Property Finder's documented contract, from end to end: nothing can be read there, so the CRM remembers everything.

use std::collections::BTreeSet;
use std::time::Duration;

use futures_util::{StreamExt as _, stream};
use roster::apply::Outcome;
use roster::model::agent::{Field, Status};
use roster::model::config::PfContract;
use roster::model::record::System;
use roster::reconcile::plan::Operation;
use roster::sandbox::Behaviour;
use serde_json::json;

use crate::support::{Person, Pipeline, Repo, agent, until};

fn documented() -> Behaviour {
    Behaviour { pf_contract: PfContract::Documented, ..Behaviour::default() }
}

async fn settled(people: u32) -> Pipeline {
    let pipeline = Pipeline::new(documented(), (1..=people).map(|n| agent(&format!("agent-{n}"), n))).await;
    pipeline.settle("before").await;
    pipeline.sandbox.forget_requests();
    pipeline
}

#[tokio::test]
async fn a_new_person_is_created_with_all_members_and_both_ids_are_stored() {
    let pipeline = Pipeline::new(documented(), [agent("agent-1", 1)]).await;
    let plan = pipeline.settle("a create").await;
    let planned = plan.people[0].actions_in(System::Pf).flat_map(|action| &action.fields);
    assert!(planned.into_iter().all(|change| change.field != Field::Status), "a create sends no status");
    let user = &pipeline.sandbox.pf_rows()[0];
    let want = json!({
        "id": 9001, "name": "Sara Khan 1", "email": "agent-1@brokerage.example", "phone": "+971501000001",
        "whatsappPhone": "+971501000001", "position": "Senior Sales Consultant", "experienceSince": 2014,
        "spokenLanguages": ["en", "ar", "ur"], "photo": "https://cdn.brokerage.example/agent-1.jpg",
        "bio": "Twelve years in Dubai Marina.\nBoats, too."
    });
    assert_eq!(user["publicProfile"], want);
    let stored = &pipeline.sandbox.crm_rows()[0]["fields"];
    assert_eq!((&stored["12"], &stored["13"]), (&json!("7701"), &json!("9001")));
    let reads = pipeline.sandbox.requests().into_iter().filter(|logged| logged.method == "GET");
    assert!(reads.into_iter().all(|logged| logged.system == System::Crm), "Property Finder is never read");
}

#[tokio::test]
async fn a_change_is_found_in_the_memory_alone_and_every_field_is_marked() {
    let mut pipeline = settled(2).await;
    pipeline.edit("agent-1", Field::Phone, json!("+971501112233"));
    pipeline.edit("agent-1", Field::Description("en".into()), json!("Another text."));
    pipeline.set_status("agent-2", Status::Inactive);
    let plan = pipeline.settle("changes").await;
    let at_pf = || plan.people.iter().flat_map(|person| person.actions_in(System::Pf));
    let fields: Vec<(String, bool)> =
        at_pf().flat_map(|action| &action.fields).map(|change| (change.field.to_string(), change.readable)).collect();
    let want = ["public.phone", "public.descriptions.en", "status"].map(|path| (path.to_owned(), false));
    assert_eq!(fields, want);
    let operations: Vec<Operation> = at_pf().map(|action| action.operation).collect();
    assert_eq!(operations, [Operation::Update, Operation::Deactivate]);
    let writes: Vec<String> = pipeline.writes().into_iter().filter(|write| write.starts_with("pf")).collect();
    assert_eq!(writes, ["pf PATCH /v1/public-profiles/9001", "pf PATCH /v1/users/7702"]);
    let users = pipeline.sandbox.pf_rows();
    assert_eq!(
        (&users[0]["publicProfile"]["phone"], &users[1]["status"]),
        (&json!("+971501112233"), &json!("inactive"))
    );
}

#[tokio::test]
async fn a_person_who_leaves_and_comes_back_is_switched_by_status() {
    let mut pipeline = settled(1).await;
    let table = [
        (Status::Inactive, Operation::Deactivate, "inactive"),
        (Status::Archived, Operation::Update, "archived"),
        (Status::Inactive, Operation::Update, "inactive"),
        (Status::Active, Operation::Activate, "active"),
        (Status::Archived, Operation::Deactivate, "archived"),
        (Status::Active, Operation::Activate, "active"),
    ];
    for (status, operation, word) in table {
        pipeline.set_status("agent-1", status);
        let plan = pipeline.settle(word).await;
        let operations: Vec<Operation> = plan.people[0].actions_in(System::Pf).map(|action| action.operation).collect();
        assert_eq!(operations, [operation], "{word}");
        assert!(!plan.people[0].unexplained_activation, "{word}");
        assert_eq!(pipeline.sandbox.pf_rows()[0]["status"], word);
    }
}

#[tokio::test]
async fn a_create_without_an_answer_is_not_repeated_until_a_person_decides() {
    for acted in [false, true] {
        let pipeline = Pipeline::new(documented(), [agent("agent-1", 1)]).await;
        let effect = if acted { "drop-after" } else { "drop" };
        pipeline.sandbox.add_fault(format!("pf POST /v1/users #1 {effect}").parse().unwrap());
        let (_, applied) = pipeline.write().await.unwrap();
        let Outcome::Unknown(why) = &applied[0].outcome else { panic!("{applied:?}") };
        assert!(why.contains("`roster link agent-1 --crm 1 --no-pf`"), "{why}");
        for _ in 0..2 {
            let (plan, applied) = pipeline.write().await.unwrap();
            let why = plan.people[0].why_blocked().unwrap();
            assert!(why.contains("`roster link agent-1 --crm 1 --pf-user ID --pf-profile ID`"), "{why}");
            assert_eq!(applied, []);
        }
        assert_eq!(pipeline.sandbox.pf_rows().len(), usize::from(acted));
    }
}

#[tokio::test]
async fn a_refused_create_leaves_no_mark() {
    let pipeline = Pipeline::new(documented(), [agent("agent-1", 1)]).await;
    pipeline.sandbox.add_fault("pf POST /v1/users #1 422".parse().unwrap());
    let (_, applied) = pipeline.write().await.unwrap();
    assert!(matches!(&applied[0].outcome, Outcome::Failed(why) if !why.contains("roster link")), "{applied:?}");
    assert_eq!(pipeline.sandbox.crm_rows()[0]["fields"]["14"], json!(""));
    pipeline.settle("the next run creates").await;
}

#[tokio::test]
async fn ids_are_stored_also_where_the_profile_is_not_completed() {
    let pipeline = Pipeline::new(documented(), [agent("agent-1", 1)]).await;
    pipeline.sandbox.add_fault("pf PATCH /v1/public-profiles #1 422".parse().unwrap());
    let (_, applied) = pipeline.write().await.unwrap();
    assert!(matches!(&applied[0].outcome, Outcome::Failed(why) if why.contains("public profile 9001")), "{applied:?}");
    assert_eq!(pipeline.sandbox.crm_rows()[0]["fields"]["12"], json!("7701"));
    let plan = pipeline.settle("the rest").await;
    let actions = plan.people[0].actions.iter();
    let paths: Vec<Vec<String>> =
        actions.map(|action| action.fields.iter().map(|change| change.field.to_string()).collect()).collect();
    assert_eq!(paths, [vec!["public.photo"], vec!["public.photo", "public.descriptions.en"]]);
}

#[tokio::test]
async fn ids_that_cannot_be_stored_are_in_the_message() {
    let mut pipeline = Pipeline::new(documented(), [agent("agent-1", 1)]).await;
    pipeline.set_status("agent-1", Status::Inactive);
    pipeline.settle("in the CRM alone").await;
    pipeline.set_status("agent-1", Status::Active);
    // The first PUT is the mark.
    pipeline.sandbox.add_fault("crm PUT /users #2+ 422".parse().unwrap());
    let (_, applied) = pipeline.write().await.unwrap();
    let why = applied[0].outcome.why().unwrap();
    assert!(why.contains("`roster link agent-1 --crm 1 --pf-user 7701 --pf-profile 9001`"), "{why}");
    pipeline.sandbox.clear_faults();
    let next = pipeline.plan(&pipeline.observe().await.unwrap());
    assert!(next.people[0].blocked.is_some(), "{next:?}");
}

#[tokio::test]
async fn a_person_of_the_crm_is_created_although_its_reads_lag() {
    for crm_lag in 0..4 {
        let mut pipeline = Pipeline::new(Behaviour { crm_lag, ..documented() }, [agent("agent-1", 1)]).await;
        pipeline.set_status("agent-1", Status::Inactive);
        pipeline.settle("in the CRM alone").await;
        pipeline.set_status("agent-1", Status::Active);
        pipeline.settle(&format!("lag {crm_lag}")).await;
    }
}

/// While no create is answered, few people are marked before nothing more is sent.
#[tokio::test]
async fn lost_creates_stop_the_system_before_they_block_everybody() {
    let people = || (1..=12).map(|n| agent(&format!("agent-{n:02}"), n));
    for effect in ["500", "drop-after"] {
        let pipeline = Pipeline::new(documented(), people()).await;
        pipeline.sandbox.add_fault(format!("pf POST /v1/users #1+ {effect}").parse().unwrap());
        let (_, applied) = pipeline.write().await.unwrap();
        let unknown = applied.iter().filter(|person| matches!(person.outcome, Outcome::Unknown(_))).count();
        assert!((3..=4).contains(&unknown), "{effect}: {applied:?}");
        pipeline.sandbox.clear_faults();
        let (plan, applied) = pipeline.write().await.unwrap();
        assert_eq!(plan.people.iter().filter(|person| person.blocked.is_some()).count(), unknown, "{effect}");
        assert!(applied.iter().all(|person| person.outcome == Outcome::Done), "{effect}: {applied:?}");
    }
}

/// A repository whose `roster.yaml` names this contract.
fn repository(people: usize) -> Repo {
    let repo = Repo::behaving(documented());
    repo.write(
        "roster.yaml",
        "crm: {link_fields: {agent: '11', pf_user: '12', pf_profile: '13', memory: '14'}}\n\
         property_finder: {contract: documented}\n",
    );
    for number in 1..=people {
        repo.write(&format!("agents/agent-{number}.yaml"), &Person::numbered(number).yaml());
    }
    repo
}

#[test]
fn the_remedies_of_a_lost_create_are_commands_that_work() {
    for acted in [false, true] {
        let repo = repository(2);
        repo.run(&["apply", "--yes", "--agent", "agent-1"]).exits(0);
        repo.fault(if acted { "pf POST /v1/users #1 drop-after" } else { "pf POST /v1/users #1 drop" });
        repo.run(&["apply", "--yes"]).exits(5).stdout_has("may or may not have been done").stdout_has("PF Expert");
        let plan = repo.run(&["plan"]);
        plan.exits(3).stdout_has("a create was sent to Property Finder before");
        if acted {
            repo.run(&["link", "agent-2", "--pf-user", "7702", "--yes"]).exits(64).stderr_has("give both --pf-user ID");
            let link = repo.run(&["link", "agent-2", "--pf-user", "7702", "--pf-profile", "9002", "--yes"]);
            link.exits(0).stdout_has("pf 7702: not looked up");
            repo.run(&["plan"]).exits(0).stdout_has("pf°").stdout_has("first");
        } else {
            repo.run_remedy(&plan.stdout);
            repo.run(&["plan"]).exits(0).stdout_has("1 user would be created at Property Finder");
        }
        repo.run(&["apply", "--yes"]).exits(0);
        repo.run(&["plan", "--detailed-exitcode"]).exits(0);
        assert_eq!(repo.sandbox.pf_rows().len(), 2, "{acted}");
    }
}

#[test]
fn an_interrupt_after_a_create_does_not_lose_the_ids() {
    let repo = repository(1);
    repo.sandbox.set_behaviour(Behaviour { latency_ms: 60, ..documented() });
    let apply = repo.start(&["apply", "--yes"]);
    let is_created =
        || repo.sandbox.requests().iter().any(|logged| logged.method == "POST" && logged.target == "/v1/users");
    until("a create", is_created);
    apply.signal("INT");
    apply.ends_within(Duration::from_secs(30)).exits(130);
    let fields = &repo.sandbox.crm_rows()[0]["fields"];
    assert_eq!((&fields["12"], &fields["13"]), (&json!("7701"), &json!("9001")));
    repo.sandbox.set_behaviour(documented());
    repo.run(&["apply", "--yes"]).exits(0);
    repo.run(&["plan", "--detailed-exitcode"]).exits(0);
}

#[test]
fn commands_that_need_a_listing_say_that_there_is_none() {
    let repo = repository(2);
    repo.edit_agent(
        1,
        "  languages: [en, ar]\n",
        "  languages: [en, ar]\n  linked_in: https://www.linkedin.com/in/sara\n",
    );
    let plan = repo.run(&["plan"]);
    plan.exits(0).stdout_has("has no member for these fields").stdout_has("public.linked_in (1)");
    plan.stdout_has("2 users would be created at Property Finder");
    repo.run(&["apply", "--yes"]).exits(0);
    repo.commit();
    let drift = repo.run(&["drift"]);
    drift.exits(0).stdout_has("a change made by hand there is not seen");
    assert!(!drift.stdout.contains("would be created"), "{drift}");
    let listed = repo.run(&["list"]);
    listed.exits(0).stderr_has("lists no users").stdout_has("7701").stdout_has("active");
    repo.remove("agents/agent-2.yaml");
    repo.run(&["import", "--verify"]).stderr_has("only people of the CRM are imported");
    repo.run(&["link", "agent-1", "--release", "--yes"]).exits(0);
    let reads =
        repo.sandbox.requests().into_iter().filter(|logged| logged.system == System::Pf && logged.method == "GET");
    assert_eq!(reads.count(), 0);
}

#[test]
fn the_sandbox_inside_the_program_follows_the_contract() {
    let repo = repository(4);
    repo.run(&["apply", "--sandbox"]).exits(0);
    repo.run(&["plan", "--sandbox", "--detailed-exitcode"]).exits(0);
}

#[test]
fn links_in_a_file_are_refused() {
    let repo = repository(1);
    repo.write("roster.yaml", "links: file\nproperty_finder: {contract: documented}\n");
    repo.run(&["validate"]).exits(4).stderr_has("`links: file` cannot be used with `contract: documented`");
}

#[tokio::test]
async fn a_person_whose_create_was_lost_cannot_leave_before_somebody_looks() {
    for status in [Status::Inactive, Status::Archived] {
        let mut pipeline = Pipeline::new(documented(), [agent("agent-1", 1), agent("agent-2", 2)]).await;
        pipeline.sandbox.add_fault("pf body=agent-1@brokerage.example #1 drop-after".parse().unwrap());
        pipeline.write().await.unwrap();
        pipeline.set_status("agent-1", status);
        if status == Status::Archived {
            pipeline.hands_over("agent-1", ["agent-2"; 3]);
        }
        let plan = pipeline.plan(&pipeline.observe().await.unwrap());
        let person = &plan.people[0];
        assert!(person.why_blocked().is_some_and(|why| why.contains("may exist")), "{status:?}: {person:?}");
        assert!(person.actions.is_empty());
    }
}

#[tokio::test]
async fn a_crm_user_is_deleted_after_the_status_is_answered() {
    let mut pipeline = settled(2).await;
    pipeline.hands_over("agent-1", ["agent-2"; 3]);
    pipeline.settle("a departure").await;
    assert_eq!(pipeline.writes(), ["crm PUT /users/1", "pf PATCH /v1/users/7701", "crm DELETE /users/1"]);
    assert_eq!(pipeline.sandbox.pf_rows()[0]["status"], "archived");
}

/// The rows of Property Finder without what it notes by itself.
fn users(pipeline: &Pipeline) -> Vec<serde_json::Value> {
    let mut users = pipeline.sandbox.pf_rows();
    for user in &mut users {
        user.as_object_mut().unwrap().retain(|key, _| !["createdAt", "updatedAt"].contains(&key.as_str()));
    }
    users
}

/// Whatever ends an update, the files may be changed back before the next one. Nobody may stay as the update left them.
#[tokio::test]
async fn an_update_that_did_not_end_is_undone_where_the_files_are_changed_back() {
    let mut settled = settled(3).await;
    settled.set_status("agent-2", Status::Inactive);
    settled.settle("one is off").await;
    let before = users(&settled);
    let requests = [
        "pf PATCH /v1/users #1",
        "pf PATCH /v1/users #2",
        "pf PATCH /v1/public-profiles #1",
        "crm PUT /users #1",
        "crm PUT /users #2",
        "crm PUT /users #3",
        "crm PUT /users #4",
    ];
    let cases = requests.into_iter().flat_map(|request| ["422", "drop-after"].map(|effect| (request, effect)));
    // Most of the time is spent in tries that end without an answer.
    let each = stream::iter(cases).for_each_concurrent(5, async |(request, effect)| {
        let case = format!("{request} {effect}");
        let mut pipeline = settled.copy().await;
        pipeline.one_request = Duration::from_secs(4);
        pipeline.set_status("agent-1", Status::Inactive);
        pipeline.edit("agent-1", Field::Position("en".into()), json!("Director"));
        pipeline.set_status("agent-2", Status::Active);
        // Every try of the request.
        pipeline.sandbox.add_fault(format!("{request}+ {effect}").parse().unwrap());
        pipeline.write().await.unwrap();
        pipeline.sandbox.clear_faults();
        pipeline.roster = settled.roster.clone();
        pipeline.one_request = settled.one_request;
        pipeline.settle(&case).await;
        assert_eq!(users(&pipeline), before, "{case}");
    });
    each.await;
}

/// Somebody who was activated by a request without an answer leaves: the status is sent again before the deletion.
#[tokio::test]
async fn nobody_is_deleted_after_a_switch_without_an_answer() {
    let mut pipeline = settled(2).await;
    pipeline.set_status("agent-1", Status::Archived);
    pipeline.settle("off").await;
    pipeline.set_status("agent-1", Status::Active);
    pipeline.one_request = Duration::from_secs(4);
    pipeline.sandbox.add_fault("pf PATCH /v1/users #1+ drop-after".parse().unwrap());
    pipeline.write().await.unwrap();
    assert_eq!(pipeline.sandbox.pf_rows()[0]["status"], "active");
    pipeline.sandbox.clear_faults();
    pipeline.sandbox.forget_requests();
    pipeline.hands_over("agent-1", ["agent-2"; 3]);
    pipeline.settle("a departure").await;
    assert_eq!(pipeline.sandbox.pf_rows()[0]["status"], "archived");
    pipeline.deletions_are_safe("a departure");
}

/// The office empties the fields of the ids, or roster.yaml names wrong ones.
#[tokio::test]
async fn remembered_values_without_ids_block_a_second_create() {
    let pipeline = settled(1).await;
    let mut row = pipeline.sandbox.crm_rows().remove(0);
    for field in ["12", "13"] {
        row["fields"][field] = json!("");
    }
    pipeline.sandbox.put_crm_row(&row);
    let (plan, applied) = pipeline.write().await.unwrap();
    let why = plan.people[0].why_blocked().unwrap();
    assert!(why.contains("remembers values") && why.contains("--no-pf"), "{why}");
    assert_eq!((applied, pipeline.sandbox.pf_rows().len()), (vec![], 1));
}

#[tokio::test]
async fn a_crm_that_keeps_the_memory_and_not_the_ids_gets_one_user_a_run() {
    let people = (1..=5).map(|n| agent(&format!("agent-{n}"), n));
    let known = Some(["11", "14"].map(str::to_owned).into());
    let pipeline = Pipeline::new(Behaviour { crm_custom_fields: known, ..documented() }, people).await;
    for run in 1..=3 {
        let (_, applied) = pipeline.write().await.unwrap();
        assert!(applied.iter().all(|person| person.outcome != Outcome::Done), "{applied:?}");
        let users = pipeline.sandbox.pf_rows();
        let people: BTreeSet<&str> = users.iter().filter_map(|user| user["email"].as_str()).collect();
        assert_eq!((users.len(), people.len()), (run, run), "one person a run finds out, and nobody twice");
    }
}

#[test]
fn a_leaver_without_ids_stays_until_somebody_declares_that_there_is_no_user() {
    let repo = repository(3);
    repo.run(&["apply", "--yes"]).exits(0);
    // People are created at the same time, so the ids have no order.
    let row_of = |agent: &str| repo.sandbox.crm_rows().into_iter().find(|row| row["fields"]["11"] == agent).unwrap();
    for agent in ["agent-1", "agent-2"] {
        repo.run(&["link", agent, "--no-pf", "--yes"]).exits(0);
        // As a row is that was never linked.
        let mut row = row_of(agent);
        row["fields"]["14"] = json!("");
        repo.sandbox.put_crm_row(&row);
    }
    repo.edit_agent(1, "status: active\n", "status: archived\nhandover: agent-3\n");
    repo.edit_agent(2, "status: active\n", "status: inactive\n");
    let plan = repo.run(&["plan"]);
    plan.exits(3).stdout_has("agent-1").stdout_has("the CRM user is not deleted");
    plan.stdout_has("agent-2: not active, and the CRM stores no id of a user");
    for agent in ["agent-1", "agent-2"] {
        repo.run(&["link", agent, "--no-pf", "--yes"]).exits(0);
    }
    repo.sandbox.set_me(row_of("agent-3")["id"].as_u64());
    let plan = repo.run(&["plan"]);
    plan.stdout_has(&format!("crm {} is deleted", row_of("agent-1")["id"]));
    assert!(!plan.stdout.contains("stores no id"), "{plan}");
}

#[tokio::test]
async fn a_removed_file_keeps_the_mark_of_a_lost_create() {
    let mut pipeline = settled(2).await;
    pipeline.declare(agent("agent-3", 3));
    pipeline.sandbox.add_fault("pf POST /v1/users #1 drop-after".parse().unwrap());
    pipeline.write().await.unwrap();
    pipeline.roster.people.retain(|slug, _| slug.as_str() != "agent-3");
    let plan = pipeline.plan(&pipeline.observe().await.unwrap());
    assert_eq!((plan.orphans.len(), plan.kept.len()), (1, 0), "{:?}", plan.kept);
}

#[tokio::test]
async fn a_profile_of_which_nothing_is_remembered_counts_as_an_update() {
    let pipeline = settled(2).await;
    for mut row in pipeline.sandbox.crm_rows() {
        row["fields"]["14"] = json!("");
        pipeline.sandbox.put_crm_row(&row);
    }
    let plan = pipeline.plan(&pipeline.observe().await.unwrap());
    assert_eq!((plan.count(Operation::Update), plan.count(Operation::Link)), (2, 0));
}
