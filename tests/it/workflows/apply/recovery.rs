//! Dropped, outdated and failed runs, and the issue that reports a failure.

use super::*;

#[test]
fn the_next_run_includes_a_dropped_run() {
    let hosted = HostedRepo::new();
    hosted.apply();
    for number in [1, 2] {
        let file = format!("agents/agent-{number}.yaml");
        let change = hosted.pull_request(number, |hosted| hosted.edit(&file, CONSULTANT, "en: Director"));
        assert_eq!(change.plan(), 0);
        hosted.merge(&change);
    }
    let run = hosted.apply();
    assert_eq!((run.go().as_str(), run.results[2]), ("apply", "success"), "{}", run.said);
    assert_eq!((&*hosted.position(1)[0], &*hosted.position(2)[0]), ("Director", "Director"));
    assert_eq!(hosted.applied(), json!(hosted.git(&["rev-parse", "origin/main"])));
}

#[test]
fn an_outdated_run_writes_nothing_and_starts_a_new_one() {
    for (directory, workflow) in [(".", "apply.yml"), ("brokerages/dubai", "group.yml")] {
        let hosted = HostedRepo::at(directory);
        hosted.apply();
        let applied = hosted.applied();
        let first = hosted.pull_request(1, |hosted| hosted.edit("agents/agent-1.yaml", CONSULTANT, "en: Director"));
        assert_eq!(first.plan(), 0);
        hosted.merge(&first);
        let overtaken = Run::begin(&hosted);
        assert_eq!(overtaken.go(), "apply");

        let second = hosted.pull_request(2, |hosted| hosted.edit("agents/agent-1.yaml", "Director", "Partner"));
        assert_eq!(second.plan(), 0);
        hosted.merge(&second);
        let overtaken = overtaken.end();
        assert_eq!((overtaken.newer.as_str(), hosted.writes()), ("true", 0));
        assert_eq!(hosted.applied(), applied, "it is not remembered");
        assert!(hosted.issues().is_empty(), "it is no failure");
        let started = hosted.github().started.concat();
        let brokerage = if directory == "." { "" } else { " --raw-field brokerage=dubai" };
        assert_eq!(started, format!("{workflow} --repo brokerage/roster --ref main{brokerage}"));

        let run = hosted.apply();
        assert_eq!((run.go().as_str(), hosted.position(1)[0].as_str()), ("apply", "Partner"), "{}", run.said);
    }
}

#[test]
fn a_commit_without_agents_does_not_outdate_a_run() {
    let hosted = HostedRepo::new();
    hosted.apply();
    let change = hosted.pull_request(1, |hosted| hosted.edit("agents/agent-1.yaml", CONSULTANT, "en: Director"));
    assert_eq!(change.plan(), 0);
    hosted.merge(&change);
    let run = Run::begin(&hosted);
    hosted.go_to("main");
    hosted.write("README.md", "Hello\n");
    hosted.commit("main");
    assert_eq!(run.end().results[2], "success");
    assert_eq!(hosted.position(1)[0], "Director");
}

#[test]
fn one_issue_is_opened_updated_and_closed() {
    let hosted = HostedRepo::new();
    let other = json!({"state": "open", "user": {"login": "somebody"}, "labels": ["roster"],
        "body": "<!-- roster-apply --> not the bot's"});
    hosted.github().insert("issues", other.as_object().unwrap().clone());
    hosted.apply();
    let change = hosted.pull_request(1, |hosted| hosted.edit("agents/agent-1.yaml", CONSULTANT, "en: Director"));
    assert_eq!(change.plan(), 0);
    hosted.merge(&change);
    let moved = Run::begin(&hosted);
    hosted.by_hand(1, "King");
    let moved = moved.end();
    assert_eq!((moved.results[2], hosted.writes()), ("failure", 0), "exactly the plan, or nothing");
    let [_, (state, body)] = &*hosted.issues() else { panic!("{:?}", hosted.issues()) };
    assert!(state == "open" && body.contains("King"), "{body}");

    let run = hosted.apply();
    assert_eq!(run.results[0], "failure");
    let [_, (state, second)] = &*hosted.issues() else { panic!("{:?}", hosted.issues()) };
    assert!(state == "open" && second != body, "the same issue says what is wrong now");

    hosted.has_reviewers();
    let run = Run::begin(&hosted).approve().end();
    assert_eq!(run.results[2], "success", "{}", run.said);
    let [(theirs, _), (state, _)] = &*hosted.issues() else { panic!("{:?}", hosted.issues()) };
    assert_eq!((theirs.as_str(), state.as_str()), ("open", "closed"));

    hosted.by_hand(1, "King");
    hosted.know("environments/roster-ask", &json!({"protection_rules": []}));
    assert_eq!(hosted.apply().results[0], "failure");
    assert_eq!(hosted.issues().len(), 3, "what comes back is a new issue");
}

#[test]
fn a_blocked_person_does_not_block_the_others() {
    let hosted = HostedRepo::new();
    hosted.has_reviewers();
    hosted.apply();
    let change = hosted.pull_request(1, |hosted| {
        hosted.edit("agents/agent-1.yaml", CONSULTANT, "en: Director");
        hosted.edit("agents/agent-2.yaml", "status: active", "status: active\nrole: astronaut");
    });
    assert_eq!(change.plan(), 3);
    hosted.merge(&change);
    // Its check failed, so its plan was not approved as it should be: a person is asked.
    let run = Run::begin(&hosted).approve().end();
    assert_eq!((run.go().as_str(), run.results[2]), ("ask", "failure"), "{}", run.said);
    assert_eq!(hosted.position(1)[0], "Director");
    let main = json!(hosted.git(&["rev-parse", "origin/main"]));
    assert_eq!((hosted.issues().len(), hosted.applied()), (1, main.clone()), "all that can be written is");
    assert!(hosted.issues()[0].1.contains("except for blocked people"), "{:?}", hosted.issues());

    let again = hosted.apply();
    assert_eq!((again.go().as_str(), again.results), ("left-out", ["failure", "skipped", "skipped"]), "{}", again.said);
    assert_eq!((hosted.issues().len(), hosted.issues()[0].0.as_str(), hosted.applied()), (1, "open", main));

    // Nor does it turn the pull requests red that are not about that person.
    let other = hosted.pull_request(2, |hosted| hosted.edit("agents/agent-3.yaml", CONSULTANT, "en: Director"));
    assert_eq!(other.plan(), 0);
    assert!(other.comments()[0].contains("astronaut"), "the comment tells it");
    let same = hosted.pull_request(3, |hosted| hosted.edit("agents/agent-2.yaml", CONSULTANT, "en: Director"));
    assert_eq!(same.plan(), 3);
    let moved = hosted.pull_request(4, |hosted| {
        fs::create_dir_all(hosted.file("agents/dubai")).unwrap();
        hosted.git(&["mv", "agents/agent-2.yaml", "agents/dubai/agent-2.yaml"]);
    });
    assert_eq!(moved.plan(), 3);
    hosted.merge(&other);
    let run = hosted.apply();
    assert_eq!((run.go().as_str(), run.results[2]), ("apply", "failure"), "{}", run.said);
    assert_eq!(hosted.applied(), json!(hosted.git(&["rev-parse", "origin/main"])));

    let healed = hosted.pull_request(5, |hosted| hosted.write("agents/agent-2.yaml", &agent_yaml(2)));
    assert_eq!(healed.plan(), 0);
    hosted.merge(&healed);
    assert_eq!((hosted.apply().go().as_str(), hosted.issues()[0].0.as_str()), ("nothing", "closed"));
}

#[test]
fn a_timed_out_job_is_a_failure_and_a_dropped_one_is_not() {
    let hosted = HostedRepo::new();
    hosted.apply();
    let change = hosted.pull_request(1, |hosted| hosted.edit("agents/agent-1.yaml", CONSULTANT, "en: Director"));
    assert_eq!(change.plan(), 0);
    hosted.merge(&change);
    let mut dropped = Run::begin(&hosted);
    dropped.results[2] = "cancelled";
    dropped.report();
    (dropped.results, dropped.began) = (["cancelled", "skipped", "skipped"], [false; 3]);
    assert!(!dropped.job("report").runs() && hosted.issues().is_empty(), "GitHub dropped it from the queue");

    let mut slow = Run::begin(&hosted);
    slow.results = ["cancelled", "skipped", "skipped"];
    assert!(!slow.job("apply").runs(), "there is no apply without a plan that ended well");
    slow.report();
    assert_eq!((hosted.issues().len(), hosted.issues()[0].0.as_str()), (1, "open"), "the plan ran out of time");

    let mut cut = Run::begin(&hosted);
    cut.write();
    cut.results[2] = "cancelled";
    cut.report();
    assert_eq!(hosted.issues().len(), 1, "the apply ran out of time");
    assert_ne!(hosted.applied(), json!(hosted.git(&["rev-parse", "origin/main"])));
}

#[test]
fn a_program_that_cannot_be_downloaded_after_a_good_apply_fails_the_job_and_opens_no_issue() {
    let hosted = HostedRepo::new();
    let verdict = |apply: &str, go: &str| {
        let mut run = Run::begin(&hosted);
        (run.results, run.began) = (["success", "skipped", "success"], [true, false, true]);
        let mut report = run.job("report");
        report.give("needs.apply.result", apply);
        report.give("needs.plan.outputs.go", go);
        report.give("steps.roster.outputs.program", "/nowhere/roster");
        let ran = report.step("verdict");
        (ran.code, ran.stdout.contains("could not be downloaded"), report.due("fail"))
    };
    assert_eq!(verdict("success", "go"), (1, true, false));
    assert_eq!(verdict("skipped", "nothing"), (1, true, false));
    assert_eq!(verdict("failure", "go"), (0, false, true), "how much was written is not known");
    assert_eq!(verdict("skipped", "ask"), (0, false, true));
}

#[test]
fn a_program_that_cannot_be_built_opens_the_issue() {
    let hosted = HostedRepo::new();
    for (result, attempt) in [("failure", ""), ("failure", "1"), ("cancelled", "1")] {
        let mut run = Run::begin(&hosted);
        (run.results, run.began) = (["skipped"; 3], [false; 3]);
        let mut report = run.job("report");
        report.give("needs.program.result", result);
        report.give("needs.program.outputs.attempt", attempt);
        report.give("steps.roster.outputs.program", "/nowhere/roster");
        assert!(report.runs(), "{result}");
        report.step("verdict").exits(0);
        assert!(report.due("fail") && !report.due("remember"));
        report.step("fail").exits(0);
    }
    assert_eq!(hosted.issues().len(), 1);
}

#[test]
fn a_failure_followed_by_a_successful_apply_opens_no_issue() {
    let hosted = HostedRepo::new();
    hosted.apply();
    for later in [false, true] {
        let number = if later { 2 } else { 1 };
        let change = hosted.pull_request(number, |hosted| {
            hosted.write("agents/agent-1.yaml", &agent_yaml(1).replace(CONSULTANT, &format!("en: Director {number}")));
        });
        assert_eq!(change.plan(), 0);
        let before = hosted.merge(&change);
        let mut refused = Run::begin(&hosted);
        if later {
            hosted.write("agents/agent-3.yaml", &agent_yaml(3).replace(CONSULTANT, "en: Partner"));
            hosted.commit("main");
            hosted.has_reviewers();
        }
        let run = Run::begin(&hosted);
        let run = if later { run.approve() } else { run };
        assert_eq!(run.end().results[2], "success");
        refused.results[1] = "failure";
        refused.report();
        assert!(hosted.issues().is_empty(), "{:?}", hosted.issues());
        assert_eq!(hosted.applied() == json!(before), !later);
    }
}

#[test]
fn a_request_that_fails_fails_the_run() {
    let hosted = HostedRepo::new();
    hosted.has_reviewers();
    hosted.apply();
    let change = hosted.pull_request(1, |hosted| hosted.edit("agents/agent-1.yaml", CONSULTANT, "en: Director"));
    assert_eq!(change.plan(), 0);
    hosted.merge(&change);
    for (broken, at) in [
        ("GET environments/*", "settings"),
        ("GET codeowners/errors", "settings"),
        ("GET deployments", "base"),
        ("GET deployments/*/statuses", "base"),
        ("GET commits/*/pulls", "reviewed"),
        ("GET pulls/*/reviews", "reviewed"),
        ("GET commits/*", "reviewed"),
        ("GET collaborators/*/permission", "reviewed"),
        ("GET actions/runs/*", "reviewed"),
        ("GET actions/runs/*/artifacts", "reviewed"),
        ("GET actions/runs/*/attempts/*/jobs", "reviewed"),
        ("GET issues/*/comments", "reviewed"),
    ] {
        hosted.github().broken = Some(broken.to_owned());
        let run = Run::begin(&hosted);
        assert!(run.said.contains("502"), "{broken}, {at}: {}", run.said);
        assert_eq!(run.results[0], "failure", "{broken}");
        assert_eq!(run.plan.output("base", "commit").is_empty(), at != "reviewed", "{broken}");
    }
    hosted.github().broken = None;
    hosted.by_hand(2, "King");
    assert_eq!(Run::begin(&hosted).go(), "ask");
    hosted.github().broken = Some("GET environments/roster-ask".to_owned());
    let run = Run::begin(&hosted);
    assert_eq!((run.results[0], run.go().as_str()), ("failure", ""), "whether a person can be asked is not known");
}

#[test]
fn an_apply_stops_where_the_agents_are_in_a_folder_that_the_workflows_do_not_know() {
    let hosted = HostedRepo::new();
    hosted.edit("roster.yaml", "crm:", "agents: people # ours\ncrm:");
    hosted.commit("main");
    let run = hosted.apply();
    assert!(run.said.contains("only one that the workflows know"), "{}", run.said);
    assert_eq!((run.results[0], hosted.issues().len()), ("failure", 1));
    hosted.edit("roster.yaml", "agents: people", "'agents': \"agents\"");
    hosted.commit("main");
    assert_eq!(hosted.apply().go(), "nothing");
}
