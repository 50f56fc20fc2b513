//! Several people who are deleted by one request.

use super::*;

#[test]
fn people_with_the_same_receivers_leave_in_one_request() {
    let repo = Repo::applied(6);
    let [one, two, three, four, five, six] = [1, 2, 3, 4, 5, 6].map(|agent| repo.crm_id(agent));
    repo.sandbox.set_me(Some(six));
    repo.hands_over(1, "{properties: agent-4, leads: agent-4, landlords: agent-5}");
    repo.hands_over(2, "{properties: agent-4, leads: agent-4, landlords: agent-5}");
    repo.hands_over(3, "agent-5");
    repo.accept();
    let deletions: Vec<String> = repo.writes().into_iter().filter(|write| write.contains("DELETE")).collect();
    assert_eq!(deletions, ["crm DELETE /users".to_owned(), format!("crm DELETE /users/{three}")]);
    assert_eq!(
        repo.sandbox.crm_deletions(),
        [
            json!({"users": [one, two], "resources": resources(four, four, five)}),
            json!({"users": [three], "resources": resources(five, five, five)}),
        ]
    );
    repo.run(&["plan", "--detailed-exitcode"]).exits(0).stdout_has("nothing to do · 6 unchanged");
    (1..=3).for_each(|agent| repo.remove(&format!("agents/agent-{agent}.yaml")));
    repo.run(&["plan", "--detailed-exitcode"]).exits(0).stdout_has("nothing to do · 3 unchanged");
    assert!((1..=3).all(|agent| repo.is_off(agent)) && (4..=6).all(|agent| !repo.is_off(agent)));
}

/// Two agents who leave with the same receiver, and the third, who has the key; the digest of the whole plan.
fn two_leaving() -> (Repo, [u64; 2], String) {
    let repo = Repo::applied(3);
    repo.sandbox.set_me(Some(repo.crm_id(3)));
    repo.hands_over(1, "agent-3");
    repo.hands_over(2, "agent-3");
    let (leavers, digest) = ([repo.crm_id(1), repo.crm_id(2)], repo.whole_digest());
    repo.sandbox.forget_requests();
    (repo, leavers, digest)
}

/// A request that fails for one person of a bulk stops that person alone.
#[test]
fn one_bad_row_does_not_keep_the_others_of_its_request() {
    let table = [
        ("crm GET /users/ONE #1 400", "reading user ONE"),
        // The user is not deactivated, and the second look at both of them is refused.
        ("pf PATCH /v1/users/PORTAL #1 204; pf GET /v1/users #6 400", "refused with 400"),
    ];
    for (faults, why) in table {
        let (repo, [one, two], digest) = two_leaving();
        let portal = repo.pf_row(1)["id"].to_string();
        let ids = |text: &str| text.replace("ONE", &one.to_string()).replace("PORTAL", &portal);
        ids(faults).split("; ").for_each(|fault| repo.fault(fault));
        let ran = repo.run(&["apply", "--yes", "--accept", &digest]);
        ran.exits(5).stdout_has(&ids(why)).stdout_has(&format!("deleted crm {two}"));
        assert_eq!(repo.writes().last().unwrap(), &format!("crm DELETE /users/{two}"), "{faults}");
        repo.sandbox.clear_faults();
        repo.accept();
        repo.run(&["plan", "--detailed-exitcode"]).exits(0);
    }
}

/// The CRM names none of the users of a bulk that it refuses.
#[test]
fn a_refused_bulk_names_its_people_and_what_to_do() {
    let (repo, leavers, digest) = two_leaving();
    repo.fault("crm DELETE #1 422");
    let ran = repo.run(&["apply", "--yes", "--accept", &digest]);
    ran.exits(5).stdout_has("It was one request for agent-1 and agent-2: apply with --agent for each of them");
    assert_eq!(repo.writes().last().unwrap(), "crm DELETE /users");
    assert!(repo.sandbox.crm_rows().iter().filter(|row| leavers.contains(&row["id"].as_u64().unwrap())).count() == 2);
}

/// A request that has to wait is sent for those who are still as planned after the wait.
#[test]
fn who_was_edited_while_a_deletion_waited_is_left_out_of_it() {
    fn edited(body: &mut Value) {
        body["user"]["public"]["first_name"] = json!("Maria");
    }
    let (repo, [one, two], digest) = two_leaving();
    repo.fault("crm DELETE #1 429 retry-after=3");
    let on = FaultTarget::Route("GET".parse().unwrap(), format!("/users/{one}"));
    let effect = FaultEffect::Edit(edited);
    repo.sandbox.add_fault(Fault { system: Some(System::Crm), on, at: 2, times: 1, effect });
    let ran = repo.run(&["apply", "--yes", "--accept", &digest, "--journal", "journal.jsonl"]);
    ran.exits(5).stdout_has(&format!("crm {one} was changed since the plan was made"));
    ran.stdout_has(&format!("deleted crm {two}"));
    let deletions: Vec<String> = repo.writes().into_iter().filter(|write| write.contains("DELETE")).collect();
    assert_eq!(deletions, ["crm DELETE /users".to_owned(), format!("crm DELETE /users/{two}")]);
    assert_eq!(repo.sandbox.crm_deletions().len(), 1);
    // Property Finder was asked again too.
    let looks = repo.calls().into_iter().filter(|call| call.starts_with("pf GET") && call.contains("id="));
    assert_eq!(looks.count(), 3, "one before the status, and one before each request");
    repo.run(&["show", "journal.jsonl"]).exits(0).stdout_has("failed").stdout_has("agent-2: delete in crm");
}

/// The row of one person was read long before that of another.
#[test]
fn no_row_of_a_bulk_is_older_than_a_moment_when_it_is_deleted() {
    let (repo, [one, two], digest) = two_leaving();
    repo.fault(&format!("crm GET /users/{two} #1 503 retry-after=3"));
    repo.run(&["apply", "--yes", "--accept", &digest]).exits(0);
    let reads = |id: u64| repo.calls().iter().filter(|call| **call == format!("crm GET /users/{id}")).count();
    assert_eq!((reads(one), reads(two)), (2, 3));
    assert_eq!(repo.sandbox.crm_deletions().len(), 1);
}

/// One answer to several people is one failure of the system.
#[test]
fn a_refused_bulk_does_not_stop_the_deletions_after_it() {
    let repo = Repo::applied(6);
    repo.sandbox.set_me(Some(repo.crm_id(6)));
    (1..=3).for_each(|agent| repo.hands_over(agent, "agent-5"));
    repo.hands_over(4, "agent-6");
    let (digest, four) = (repo.whole_digest(), repo.crm_id(4));
    repo.fault("crm DELETE #1 403");
    let ran = repo.run(&["apply", "--yes", "--accept", &digest]);
    ran.exits(5).stdout_has(&format!("deleted crm {four}"));
    assert!(!ran.stdout.contains("people in a row"), "{ran}");
}
