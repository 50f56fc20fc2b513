//! Any end is a safe end: whatever happens at whichever request, applying again ends as an undisturbed run does.

use futures_util::{StreamExt as _, stream};
use roster::apply::Outcome;
use roster::model::agent::Handover;
use roster::model::agent::{Field, Slug, Status};
use roster::model::config::PfContract;
use roster::sandbox::{Behaviour, Fault, FaultEffect, FaultTarget};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::support::{Pipeline, agent};

/// Five people who are settled, one of them inactive.
async fn settled(pf_contract: PfContract) -> Pipeline {
    let people = (1..=5).map(|number| agent(&format!("agent-{number}"), number));
    let mut pipeline = Pipeline::new(Behaviour { pf_contract, ..Behaviour::default() }, people).await;
    // Property Finder gets no inactive newcomer, so whoever comes back has been there before.
    pipeline.settle("before").await;
    pipeline.set_status("agent-3", Status::Inactive);
    pipeline.photograph("agent-1", Field::Photo, 1);
    pipeline.photograph("agent-4", Field::PrivatePhoto, 2);
    pipeline.photograph("agent-5", Field::PrivatePhoto, 3);
    pipeline.settle("before").await;
    pipeline
}

/// What a round changes in the files.
type FileChange = fn(&mut Pipeline);

/// The same, elsewhere, with other files.
async fn changed(settled: &Pipeline, change: FileChange) -> Pipeline {
    let mut pipeline = settled.copy().await;
    change(&mut pipeline);
    pipeline
}

/// A plan that holds a create, an update, a deactivation and a reactivation.
fn all_kinds(pipeline: &mut Pipeline) {
    pipeline.declare(agent("newcomer", 9));
    pipeline.edit("agent-1", Field::Position("en".into()), json!("Director"));
    pipeline.edit("agent-1", Field::Languages, json!(["en"]));
    pipeline.edit("agent-1", Field::Mobile, json!("+971552009999"));
    pipeline.set_status("agent-2", Status::Inactive);
    pipeline.set_status("agent-3", Status::Active);
}

/// A photo is replaced in both systems, one in the CRM alone, one is removed, and a newcomer brings two more, of which one is
/// downloaded.
fn photos(pipeline: &mut Pipeline) {
    pipeline.photograph("agent-1", Field::Photo, 11);
    pipeline.photograph("agent-1", Field::PrivatePhoto, 12);
    pipeline.edit("agent-5", Field::PrivatePhoto, Value::Null);
    pipeline.declare(agent("newcomer", 9));
    pipeline.photograph("newcomer", Field::PrivatePhoto, 15);
}

/// Two people leave with the same receivers, one of them deactivated before, and a third with another one.
fn departures(pipeline: &mut Pipeline) {
    pipeline.hands_over("agent-1", ["agent-4", "agent-4", "agent-5"]);
    pipeline.hands_over("agent-3", ["agent-4", "agent-4", "agent-5"]);
    pipeline.hands_over("agent-2", ["agent-5", "agent-5", "agent-5"]);
}

impl Pipeline {
    /// Archives a person whose properties, leads and landlords go to these people.
    pub(crate) fn hands_over(&mut self, slug: &str, to: [&str; 3]) {
        self.set_status(slug, Status::Archived);
        let [properties, leads, landlords] = to.map(|slug| Slug::parse(slug).unwrap());
        let person = self.roster.people.get_mut(&Slug::parse(slug).unwrap()).unwrap();
        person.handover = Some(Handover { properties, leads, landlords });
    }

    /// Holds that whoever is deleted was off at Property Finder, and that no id was deleted twice.
    pub(crate) fn deletions_are_safe(&self, case: &str) {
        let mut deleted: Vec<u64> = Vec::new();
        for deletion in self.sandbox.crm_deletions() {
            deleted.extend(deletion["users"].as_array().unwrap().iter().filter_map(Value::as_u64));
        }
        let distinct: std::collections::BTreeSet<&u64> = deleted.iter().collect();
        assert_eq!(distinct.len(), deleted.len(), "{case}: deleted twice in {deleted:?}");
        let sent = self.sandbox.requests();
        let missed = sent.iter().filter(|logged| logged.method == "DELETE" && logged.status == Some(404));
        assert_eq!(missed.count(), 0, "{case}: a deletion of an id that was gone");
        let online = self.sandbox.pf_rows().into_iter().filter(|user| user["status"] == "active");
        let rows = self.sandbox.crm_rows();
        // The documented contract gets the public e-mail alone.
        let half = match self.config.property_finder.contract {
            PfContract::Enterprise => "private",
            PfContract::Documented => "public",
        };
        for user in online {
            let stored = |row: &&Value| row[half]["email"] == user["email"];
            // A newcomer's user is made after the row, so it has one too.
            assert_eq!(rows.iter().filter(stored).count(), 1, "{case}: {} is online without a CRM user", user["email"]);
        }
    }
}

/// What both systems hold, but for times.
fn state(pipeline: &Pipeline) -> String {
    // An upload that nobody names may have taken an id, so photos are compared by their bytes.
    let files = pipeline.sandbox.crm_files();
    let bytes = |photo: &Value| {
        let file = files.iter().find(|file| file["id"] == *photo).unwrap_or_else(|| panic!("there is no file {photo}"));
        Value::from(format!("{:x?}", Sha256::digest(file["content"].as_str().unwrap())))
    };
    let timeless = |mut row: Value| {
        for half in ["public", "private"] {
            if let Some(photo) = row[half].get_mut("photo").filter(|photo| !photo.is_null()) {
                *photo = bytes(photo);
            }
        }
        for key in ["created_at", "updated_at", "createdAt", "updatedAt"] {
            row.as_object_mut().unwrap().remove(key);
        }
        format!("{row}\n")
    };
    pipeline.sandbox.crm_rows().into_iter().chain(pipeline.sandbox.pf_rows()).map(timeless).collect()
}

fn answer(status: u16, retry_after: Option<&str>, acted: bool) -> FaultEffect {
    FaultEffect::Answer { status, retry_after: retry_after.map(str::to_owned), html: false, acted }
}

/// Everything that can happen at a request, but for the end of the process.
pub(crate) fn accidents() -> Vec<(&'static str, FaultEffect)> {
    vec![
        ("dropped before", FaultEffect::Drop { acted: false }),
        ("dropped after", FaultEffect::Drop { acted: true }),
        ("500", answer(500, None, false)),
        ("500 after acting", answer(500, None, true)),
        ("502", answer(502, None, false)),
        ("503", answer(503, None, false)),
        ("504 after acting", answer(504, None, true)),
        ("429", answer(429, None, false)),
        ("429 with Retry-After", answer(429, Some("0"), false)),
        ("expired token", FaultEffect::Expire),
        ("a page of HTML", FaultEffect::Answer { status: 200, retry_after: None, html: true, acted: false }),
    ]
}

/// How many requests the undisturbed run makes, and what it ends in.
async fn undisturbed(settled: &Pipeline, change: FileChange) -> (u32, String) {
    let pipeline = changed(settled, change).await;
    let (_, applied, _) = pipeline.apply().await.unwrap();
    assert!(applied.iter().all(|person| person.outcome == Outcome::Done), "{applied:?}");
    (u32::try_from(pipeline.sandbox.requests().len()).unwrap(), state(&pipeline))
}

/// Applies again, and holds that this ends as the undisturbed run did.
async fn recovers(pipeline: &Pipeline, case: &str, want: &str) {
    pipeline.sandbox.clear_faults();
    pipeline.deletions_are_safe(case);
    if pipeline.config.property_finder.contract == PfContract::Documented {
        decide(pipeline, case).await;
    }
    pipeline.settle(case).await;
    pipeline.deletions_are_safe(case);
    let state = state(pipeline);
    assert!(state == want, "{case}: it ended in\n{state}instead of\n{want}");
}

/// Where no user can be looked up, a create that may have been carried out blocks its person, also in further runs, and
/// nobody else. Then somebody looks in the portal's own screens, and `roster link` stores what is there.
async fn decide(pipeline: &Pipeline, case: &str) {
    let plan = pipeline.plan(&pipeline.observe().await.unwrap());
    let people: Vec<_> = plan.people.into_iter().filter(|person| person.blocked.is_some()).collect();
    for person in &people {
        assert_eq!(person.slug.as_str(), "newcomer", "{case}: {:?}", person.blocked);
        let users = pipeline.sandbox.pf_rows();
        let (_, applied) = pipeline.write().await.unwrap();
        assert!(applied.iter().all(|done| done.agent != person.slug), "{case}");
        assert_eq!(pipeline.sandbox.pf_rows().len(), users.len(), "{case}: nothing is created");
        let mut row = pipeline.sandbox.crm_rows().into_iter().find(|row| row["fields"]["11"] == "newcomer").unwrap();
        row["fields"]["14"] = json!("");
        if let Some(user) = users.iter().find(|user| user["email"] == "newcomer@brokerage.example") {
            row["fields"]["12"] = json!(user["id"].to_string());
            row["fields"]["13"] = json!(user["publicProfile"]["id"].to_string());
        }
        pipeline.sandbox.put_crm_row(&row);
    }
}

#[tokio::test]
async fn after_a_fault_at_any_request_the_next_apply_converges() {
    faults_at_any_request(PfContract::Enterprise, all_kinds).await;
}

/// The matrices compare what both runs end in, so the undisturbed one must do what they are about.
#[tokio::test]
async fn the_undisturbed_run_of_photos_uploads_each_of_them() {
    let pipeline = changed(&settled(PfContract::Enterprise).await, photos).await;
    pipeline.sandbox.forget_requests();
    pipeline.apply().await.unwrap();
    let uploads = pipeline.writes().iter().filter(|write| write.starts_with("crm POST /upload")).count();
    assert_eq!(uploads, 4);
}

#[tokio::test]
async fn after_a_fault_at_any_request_of_photos_the_next_apply_converges() {
    faults_at_any_request(PfContract::Enterprise, photos).await;
}

#[tokio::test]
async fn after_a_fault_at_any_request_of_photos_the_documented_contract_converges() {
    faults_at_any_request(PfContract::Documented, photos).await;
}

#[tokio::test]
async fn after_a_fault_at_any_request_of_a_departure_the_next_apply_converges() {
    faults_at_any_request(PfContract::Enterprise, departures).await;
}

#[tokio::test]
async fn after_a_fault_at_any_request_the_documented_contract_converges() {
    faults_at_any_request(PfContract::Documented, all_kinds).await;
}

#[tokio::test]
async fn after_a_fault_at_any_request_of_a_departure_the_documented_contract_converges() {
    faults_at_any_request(PfContract::Documented, departures).await;
}

async fn faults_at_any_request(contract: PfContract, change: FileChange) {
    let settled = settled(contract).await;
    let (requests, want) = undisturbed(&settled, change).await;
    // Property Finder is not read in the documented contract.
    let fewest = if contract == PfContract::Enterprise { 20 } else { 18 };
    assert!(requests >= fewest, "{requests}");
    let cases =
        accidents().into_iter().flat_map(|(name, effect)| (1..=requests).map(move |at| (name, effect.clone(), at)));
    let (settled, want) = (&settled, &want);
    // Most of the time is spent in pauses that a 429 asks for.
    stream::iter(cases)
        .for_each_concurrent(16, |(name, effect, at)| async move {
            let pipeline = changed(settled, change).await;
            pipeline.sandbox.add_fault(Fault { system: None, on: FaultTarget::Any, at, times: 1, effect });
            // However this one ends.
            let _ = pipeline.apply().await;
            recovers(&pipeline, &format!("{name} at request {at}"), want).await;
        })
        .await;
}

#[tokio::test]
async fn after_a_kill_at_any_request_the_next_apply_converges() {
    kills_at_any_request(PfContract::Enterprise, all_kinds).await;
}

#[tokio::test]
async fn after_a_kill_at_any_request_of_photos_the_next_apply_converges() {
    kills_at_any_request(PfContract::Enterprise, photos).await;
}

#[tokio::test]
async fn after_a_kill_at_any_request_of_photos_the_documented_contract_converges() {
    kills_at_any_request(PfContract::Documented, photos).await;
}

#[tokio::test]
async fn after_a_kill_at_any_request_of_a_departure_the_next_apply_converges() {
    kills_at_any_request(PfContract::Enterprise, departures).await;
}

#[tokio::test]
async fn after_a_kill_at_any_request_the_documented_contract_converges() {
    kills_at_any_request(PfContract::Documented, all_kinds).await;
}

#[tokio::test]
async fn after_a_kill_at_any_request_of_a_departure_the_documented_contract_converges() {
    kills_at_any_request(PfContract::Documented, departures).await;
}

/// The process is gone at a request, before or after the server acted: nothing of it runs any further.
async fn kills_at_any_request(contract: PfContract, change: FileChange) {
    let settled = settled(contract).await;
    let (requests, want) = undisturbed(&settled, change).await;
    for acted in [false, true] {
        for at in 1..=requests {
            let case = format!("killed at request {at}, the server has acted: {acted}");
            let pipeline = changed(&settled, change).await;
            pipeline.sandbox.add_fault(Fault {
                system: None,
                on: FaultTarget::Any,
                at,
                times: 1,
                effect: FaultEffect::Hang { acted },
            });
            tokio::select! {
                _ = pipeline.apply() => {}
                () = reached(&pipeline, at) => {}
            }
            recovers(&pipeline, &case, &want).await;
        }
    }
}

/// Ends when so many requests have arrived.
async fn reached(pipeline: &Pipeline, requests: u32) {
    while pipeline.sandbox.requests().len() < requests as usize {
        tokio::task::yield_now().await;
    }
}
