//! apply.yml: what goes straight through, what asks, what is made good later, and the one issue.

use std::fs;

use serde_json::{Value, json};

use super::stage::{Job, Stage, agent};

const CONSULTANT: &str = "en: Sales Consultant";

/// A run of apply.yml.
struct Run<'a> {
    stage: &'a Stage,
    plan: Job<'a>,
    /// What became of the jobs `plan`, `ask` and `apply`, in GitHub's words.
    results: [&'static str; 3],
    /// Which of them began. One that was dropped is cancelled without having begun.
    began: [bool; 3],
    newer: String,
    /// What the last step that failed said.
    said: String,
}

impl<'a> Run<'a> {
    /// Its job `plan`, after the program is there.
    fn begin(stage: &'a Stage) -> Self {
        Self {
            stage,
            plan: stage.job("apply.yml", "plan"),
            results: ["success", "skipped", "skipped"],
            began: [true, false, false],
            newer: String::new(),
            said: String::new(),
        }
        .planned()
    }

    fn planned(self) -> Self {
        let mut run = self;
        for step in ["settings", "base", "reviewed", "plan", "decide"] {
            let ran = run.plan.step(step);
            if ran.code != Some(0) {
                run.results[0] = "failure";
                run.said = ran.out + &ran.err;
                break;
            }
        }
        run
    }

    fn go(&self) -> String {
        self.plan.output("decide", "go")
    }

    /// A job after the first, knowing what the others came to.
    fn job(&self, name: &str) -> Job<'a> {
        let mut job = self.stage.job("apply.yml", name);
        for ((need, result), began) in ["plan", "ask", "apply"].into_iter().zip(self.results).zip(self.began) {
            job.give(&format!("needs.{need}.result"), result);
            job.give(&format!("needs.{need}.outputs.attempt"), if began { "1" } else { "" });
        }
        for (step, output) in [("base", "commit"), ("base", "base"), ("base", "last"), ("decide", "go")] {
            job.give(&format!("needs.plan.outputs.{output}"), &self.plan.output(step, output));
        }
        job.give("needs.apply.outputs.newer", &self.newer);
        job
    }

    /// Somebody is asked and says yes.
    fn approve(mut self) -> Self {
        assert!(self.job("ask").runs(), "{} {}", self.go(), self.said);
        (self.results[1], self.began[1]) = ("success", true);
        self
    }

    /// Its other jobs, as far as there is something to do.
    fn end(mut self) -> Self {
        assert!(self.results[1] != "skipped" || self.go() == "ask" || !self.job("ask").runs());
        if self.job("apply").runs() {
            self.write();
        }
        self.report();
        self
    }

    fn write(&mut self) {
        let mut apply = self.job("apply");
        (self.results[2], self.began[2]) = ("success", true);
        fs::copy(self.plan.temp.join("plan.json"), apply.temp.join("plan.json")).unwrap();
        apply.step("current").is(0);
        self.newer = apply.output("current", "newer");
        if apply.due("apply") {
            let ran = apply.step("apply");
            if ran.code != Some(0) {
                self.results[2] = "failure";
                self.said = ran.out + &ran.err;
            }
            self.plan.temp = apply.temp;
        }
    }

    fn report(&mut self) {
        let mut report = self.job("report");
        if !report.runs() {
            return;
        }
        fs::create_dir(report.checkout.join("report")).unwrap();
        for file in fs::read_dir(self.plan.temp.join("report")).into_iter().flatten().map(Result::unwrap) {
            fs::copy(file.path(), report.checkout.join("report").join(file.file_name())).unwrap();
        }
        for step in ["verdict", "remember", "close", "fail", "anew"] {
            if report.due(step) {
                report.step(step).is(0);
            }
        }
    }
}

impl Stage {
    /// One run that needs nobody.
    fn apply(&self) -> Run<'_> {
        Run::begin(self).end()
    }

    /// The commit that was applied last.
    fn applied(&self) -> Value {
        let applied = format!("{}-applied", self.name());
        let mut rows = self.table("deployments").into_iter().filter(|row| row["environment"] == applied.as_str());
        rows.next_back().map_or(Value::Null, |row| row["sha"].clone())
    }

    /// What both systems hold of an agent's position.
    fn position(&self, number: usize) -> Vec<String> {
        let mail = format!("sara-{number}@brokerage.example");
        let crm = self.sandbox.crm_rows().into_iter().find(|row| row["public"]["email"] == mail.as_str()).unwrap();
        let pf = self.sandbox.pf_rows().into_iter().find(|row| row["publicProfile"]["email"] == mail.as_str()).unwrap();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        vec![text(&crm["public"]["position"]), text(&pf["publicProfile"]["position"]["primary"])]
    }

    /// Somebody edits an agent's position in both systems.
    fn by_hand(&self, number: usize, to: &str) {
        let file = format!("agents/agent-{number}.yaml");
        let before = fs::read_to_string(self.file(&file)).unwrap();
        self.write(&file, &agent(number).replace(CONSULTANT, &format!("en: {to}")));
        self.roster(&["apply", "--yes"]).is(0);
        fs::remove_dir_all(self.file(".roster")).unwrap();
        self.write(&file, &before);
        self.sandbox.forget_requests();
    }

    fn writes(&self) -> usize {
        let calls = self.sandbox.requests();
        calls.iter().filter(|call| call.method != "GET" && !call.target.contains("token")).count()
    }

    /// There are people who can be asked.
    fn has_reviewers(&self) {
        let rules = json!({"protection_rules": [{"type": "branch_policy"}, {"type": "required_reviewers"}]});
        self.know(&format!("environments/{}-ask", self.name()), &rules);
    }

    fn issues(&self) -> Vec<(String, String)> {
        let text = |issue: &Value, key: &str| issue[key].as_str().unwrap_or("open").to_owned();
        self.table("issues").iter().map(|issue| (text(issue, "state"), text(issue, "body"))).collect()
    }
}

#[test]
fn what_was_reviewed_goes_straight_through_and_is_remembered() {
    for directory in [".", "brokerages/dubai"] {
        let stage = Stage::at(directory);
        let run = stage.apply();
        assert_eq!((run.go().as_str(), run.results), ("nothing", ["success", "skipped", "skipped"]), "{}", run.said);
        assert_eq!(stage.applied(), json!(stage.git(&["rev-parse", "origin/main"])));

        let change = stage.pull_request(1, |stage| {
            stage.edit("agents/agent-1.yaml", CONSULTANT, "en: Director");
            stage.edit("agents/agent-2.yaml", "+9715590000", "+9715591111");
        });
        assert_eq!(change.plan(), 0);
        let merged = stage.merge(&change);
        let run = stage.apply();
        assert_eq!((run.go().as_str(), run.results), ("apply", ["success", "skipped", "success"]), "{}", run.said);
        assert_eq!(stage.position(1), ["Director", "Director"]);
        assert_eq!(stage.applied(), json!(merged));
        assert!(run.plan.temp.join("report/journal.jsonl").exists());
        assert!(stage.issues().is_empty() && stage.github().started.is_empty());

        let again = stage.apply();
        assert_eq!(again.go(), "nothing");
    }
}

#[test]
fn more_than_was_reviewed_asks_a_person() {
    let stage = Stage::new();
    stage.has_reviewers();
    stage.apply();
    let change = stage.pull_request(1, |stage| stage.edit("agents/agent-1.yaml", CONSULTANT, "en: Director"));
    assert_eq!(change.plan(), 0);
    stage.merge(&change);
    stage.by_hand(2, "King");
    let run = Run::begin(&stage);
    assert_eq!((run.go().as_str(), stage.writes()), ("ask", 0), "{}", run.said);
    assert!(run.plan.summary().contains("King"), "who is asked sees it");
    let run = run.approve().end();
    assert_eq!(run.results, ["success", "success", "success"], "{}", run.said);
    assert_eq!((stage.position(1)[0].as_str(), stage.position(2)[0].as_str()), ("Director", "Sales Consultant"));
}

#[test]
fn where_nobody_can_be_asked_a_merged_file_with_the_digest_of_the_plan_lets_it_through() {
    let stage = Stage::new();
    let old = stage.pull_request(1, |stage| stage.write(".roster/accept/0123456789abcdef0123456789abcdef", ""));
    stage.merge(&old);
    stage.apply();
    stage.by_hand(2, "King");
    let run = stage.apply();
    assert_eq!((run.results, stage.writes()), (["failure", "skipped", "skipped"], 0));
    assert!(run.said.contains("nobody can be asked"), "{}", run.said);
    let digest = run.said.split(".roster/accept/").nth(1).unwrap()[..32].to_owned();

    let accept = stage.pull_request(2, |stage| stage.write(&format!(".roster/accept/{digest}"), ""));
    stage.merge_unreviewed(&accept);
    let run = stage.apply();
    assert_eq!(run.results, ["success", "skipped", "success"], "{}", run.said);
    assert_eq!(stage.position(2)[0], "Sales Consultant");

    // Without a last applied commit only the newest commit can bring it.
    stage.github().tables.clear();
    stage.by_hand(2, "King");
    assert_eq!(Run::begin(&stage).go(), "apply");
    stage.write("README.md", "Hello\n");
    stage.commit("main");
    assert_eq!(Run::begin(&stage).results[0], "failure");
    stage.git(&["reset", "-q", "--hard", "HEAD^"]);
    stage.git(&["push", "-q", "--force", "origin", "HEAD:main"]);
    assert_eq!(stage.apply().results[2], "success");

    // The same state again is a new question: the file is older than what was applied.
    stage.by_hand(2, "King");
    assert_eq!(stage.apply().results, ["failure", "skipped", "skipped"]);
}

#[test]
fn a_new_plan_of_the_same_commit_after_the_approval_asks_a_person() {
    let stage = Stage::new();
    stage.has_reviewers();
    stage.apply();
    let change = stage.pull_request(1, |stage| stage.edit("agents/agent-1.yaml", CONSULTANT, "en: Director"));
    assert_eq!(change.plan(), 0);
    change.approve();
    stage.by_hand(2, "King");
    // The title is edited. The plan of the same commit now shows that agent-2 is set back too.
    assert_eq!(change.plan(), 0);
    assert!(change.comments()[0].contains("King"));
    stage.merge_unreviewed(&change);
    let run = Run::begin(&stage);
    assert_eq!((run.go().as_str(), stage.writes()), ("ask", 0), "{}", run.said);
    assert!(run.plan.summary().contains("the plan of #1 does not count as reviewed: its comment was changed at"));
}

#[test]
fn a_title_edit_that_changes_nothing_asks_nobody() {
    let stage = Stage::new();
    stage.has_reviewers();
    stage.apply();
    let change = stage.pull_request(1, |stage| stage.edit("agents/agent-1.yaml", CONSULTANT, "en: Director"));
    assert_eq!(change.plan(), 0);
    change.approve();
    assert_eq!(change.plan(), 0);
    stage.merge_unreviewed(&change);
    assert_eq!(Run::begin(&stage).go(), "apply");
}

#[test]
fn an_edited_comment_asks_a_person() {
    let stage = Stage::new();
    stage.has_reviewers();
    stage.apply();
    let change = stage.pull_request(1, |stage| stage.edit("agents/agent-1.yaml", CONSULTANT, "en: Director"));
    assert_eq!(change.plan(), 0);
    change.edit_comment(|body| body.replace("Director", "Partner"));
    stage.merge(&change);
    let run = Run::begin(&stage);
    assert_eq!((run.go().as_str(), stage.writes()), ("ask", 0), "{}", run.said);
    change.edit_comment(|body| body.replace("Partner", "Director"));
    assert_eq!(Run::begin(&stage).go(), "ask", "set back, but after the approval");
}

#[test]
fn without_an_approval_a_person_is_asked() {
    let stage = Stage::new();
    stage.has_reviewers();
    stage.apply();
    let change = stage.pull_request(1, |stage| stage.edit("agents/agent-1.yaml", CONSULTANT, "en: Director"));
    assert_eq!(change.plan(), 0);
    stage.merge_unreviewed(&change);
    let run = Run::begin(&stage);
    assert_eq!(run.go(), "ask", "{}", run.said);
}

#[test]
fn an_apply_stops_where_every_branch_can_use_the_keys() {
    let stage = Stage::new();
    stage.know("environments/roster-apply", &json!({"deployment_branch_policy": null}));
    let run = stage.apply();
    assert!(run.said.contains("every branch can use the keys of the environment roster-apply"), "{}", run.said);
    assert_eq!((run.results[0], stage.issues().len(), stage.sandbox.requests().len()), ("failure", 1, 0));
}

#[test]
fn a_run_that_was_dropped_is_made_good_by_the_next() {
    let stage = Stage::new();
    stage.apply();
    for number in [1, 2] {
        let file = format!("agents/agent-{number}.yaml");
        let change = stage.pull_request(number, |stage| stage.edit(&file, CONSULTANT, "en: Director"));
        assert_eq!(change.plan(), 0);
        stage.merge(&change);
    }
    let run = stage.apply();
    assert_eq!((run.go().as_str(), run.results[2]), ("apply", "success"), "{}", run.said);
    assert_eq!((&*stage.position(1)[0], &*stage.position(2)[0]), ("Director", "Director"));
    assert_eq!(stage.applied(), json!(stage.git(&["rev-parse", "origin/main"])));
}

#[test]
fn a_run_that_main_has_overtaken_writes_nothing_and_starts_a_new_one() {
    for (directory, workflow) in [(".", "apply.yml"), ("brokerages/dubai", "group.yml")] {
        let stage = Stage::at(directory);
        stage.apply();
        let applied = stage.applied();
        let first = stage.pull_request(1, |stage| stage.edit("agents/agent-1.yaml", CONSULTANT, "en: Director"));
        assert_eq!(first.plan(), 0);
        stage.merge(&first);
        let overtaken = Run::begin(&stage);
        assert_eq!(overtaken.go(), "apply");

        let second = stage.pull_request(2, |stage| stage.edit("agents/agent-1.yaml", "Director", "Partner"));
        assert_eq!(second.plan(), 0);
        stage.merge(&second);
        let overtaken = overtaken.end();
        assert_eq!((overtaken.newer.as_str(), stage.writes()), ("true", 0));
        assert_eq!(stage.applied(), applied, "it is not remembered");
        assert!(stage.issues().is_empty(), "it is no failure");
        let started = stage.github().started.concat();
        let brokerage = if directory == "." { "" } else { " --raw-field brokerage=dubai" };
        assert_eq!(started, format!("{workflow} --repo brokerage/roster --ref main{brokerage}"));

        let run = stage.apply();
        assert_eq!((run.go().as_str(), stage.position(1)[0].as_str()), ("apply", "Partner"), "{}", run.said);
    }
}

#[test]
fn a_commit_that_touches_no_agent_overtakes_nobody() {
    let stage = Stage::new();
    stage.apply();
    let change = stage.pull_request(1, |stage| stage.edit("agents/agent-1.yaml", CONSULTANT, "en: Director"));
    assert_eq!(change.plan(), 0);
    stage.merge(&change);
    let run = Run::begin(&stage);
    stage.go_to("main");
    stage.write("README.md", "Hello\n");
    stage.commit("main");
    assert_eq!(run.end().results[2], "success");
    assert_eq!(stage.position(1)[0], "Director");
}

#[test]
fn one_issue_is_opened_updated_and_closed() {
    let stage = Stage::new();
    let other = json!({"state": "open", "user": {"login": "somebody"}, "labels": ["roster"],
        "body": "<!-- roster-apply --> not the bot's"});
    stage.github().insert("issues", other.as_object().unwrap().clone());
    stage.apply();
    let change = stage.pull_request(1, |stage| stage.edit("agents/agent-1.yaml", CONSULTANT, "en: Director"));
    assert_eq!(change.plan(), 0);
    stage.merge(&change);
    let moved = Run::begin(&stage);
    stage.by_hand(1, "King");
    let moved = moved.end();
    assert_eq!((moved.results[2], stage.writes()), ("failure", 0), "exactly the plan, or nothing");
    let [_, (state, body)] = &*stage.issues() else { panic!("{:?}", stage.issues()) };
    assert!(state == "open" && body.contains("King"), "{body}");

    let run = stage.apply();
    assert_eq!(run.results[0], "failure");
    let [_, (state, second)] = &*stage.issues() else { panic!("{:?}", stage.issues()) };
    assert!(state == "open" && second != body, "the same issue says what is wrong now");

    stage.has_reviewers();
    let run = Run::begin(&stage).approve().end();
    assert_eq!(run.results[2], "success", "{}", run.said);
    let [(theirs, _), (state, _)] = &*stage.issues() else { panic!("{:?}", stage.issues()) };
    assert_eq!((theirs.as_str(), state.as_str()), ("open", "closed"));

    stage.by_hand(1, "King");
    stage.know("environments/roster-ask", &json!({"protection_rules": []}));
    assert_eq!(stage.apply().results[0], "failure");
    assert_eq!(stage.issues().len(), 3, "what comes back is a new issue");
}

#[test]
fn a_guard_stops_the_apply_until_its_digest_was_reviewed() {
    let stage = Stage::new();
    stage.edit("roster.yaml", "crm:", "limits: {update: {count: 1, percent: 0}}\ncrm:");
    stage.commit("main");
    stage.apply();
    let change = stage.pull_request(1, |stage| {
        stage.edit("agents/agent-1.yaml", CONSULTANT, "en: Director");
        stage.edit("agents/agent-2.yaml", CONSULTANT, "en: Director");
    });
    assert_eq!(change.plan(), 3);
    stage.merge(&change);
    let run = stage.apply();
    assert_eq!((run.results, stage.writes()), (["failure", "skipped", "skipped"], 0));
    let plan: Value = serde_json::from_str(&fs::read_to_string(run.plan.temp.join("plan.json")).unwrap()).unwrap();
    let digest = plan["blocked"][0]["digest"].as_str().unwrap();
    assert!(stage.issues()[0].1.contains(digest), "the issue tells the remedy");

    let accept = stage.pull_request(2, |stage| stage.write(&format!(".roster/accept/{digest}"), ""));
    assert_eq!(accept.plan(), 0);
    stage.merge(&accept);
    let run = stage.apply();
    assert_eq!((run.go().as_str(), run.results[2]), ("apply", "success"), "{}", run.said);
    assert_eq!(stage.issues()[0].0, "closed");
}

#[test]
fn one_person_who_is_blocked_holds_nobody_else_up() {
    let stage = Stage::new();
    stage.has_reviewers();
    stage.apply();
    let change = stage.pull_request(1, |stage| {
        stage.edit("agents/agent-1.yaml", CONSULTANT, "en: Director");
        stage.edit("agents/agent-2.yaml", "status: active", "status: active\nrole: astronaut");
    });
    assert_eq!(change.plan(), 3);
    stage.merge(&change);
    // Its check failed, so its plan was not approved as it should be: a person is asked.
    let run = Run::begin(&stage).approve().end();
    assert_eq!((run.go().as_str(), run.results[2]), ("ask", "failure"), "{}", run.said);
    assert_eq!(stage.position(1)[0], "Director");
    let main = json!(stage.git(&["rev-parse", "origin/main"]));
    assert_eq!((stage.issues().len(), stage.applied()), (1, main.clone()), "all that can be written is");
    assert!(stage.issues()[0].1.contains("except for blocked people"), "{:?}", stage.issues());

    let again = stage.apply();
    assert_eq!((again.go().as_str(), again.results), ("left-out", ["failure", "skipped", "skipped"]), "{}", again.said);
    assert_eq!((stage.issues().len(), stage.issues()[0].0.as_str(), stage.applied()), (1, "open", main));

    // Nor does it turn the pull requests red that are not about that person.
    let other = stage.pull_request(2, |stage| stage.edit("agents/agent-3.yaml", CONSULTANT, "en: Director"));
    assert_eq!(other.plan(), 0);
    assert!(other.comments()[0].contains("astronaut"), "the comment tells it");
    let same = stage.pull_request(3, |stage| stage.edit("agents/agent-2.yaml", CONSULTANT, "en: Director"));
    assert_eq!(same.plan(), 3);
    let moved = stage.pull_request(4, |stage| {
        fs::create_dir_all(stage.file("agents/dubai")).unwrap();
        stage.git(&["mv", "agents/agent-2.yaml", "agents/dubai/agent-2.yaml"]);
    });
    assert_eq!(moved.plan(), 3);
    stage.merge(&other);
    let run = stage.apply();
    assert_eq!((run.go().as_str(), run.results[2]), ("apply", "failure"), "{}", run.said);
    assert_eq!(stage.applied(), json!(stage.git(&["rev-parse", "origin/main"])));

    let healed = stage.pull_request(5, |stage| stage.write("agents/agent-2.yaml", &agent(2)));
    assert_eq!(healed.plan(), 0);
    stage.merge(&healed);
    assert_eq!((stage.apply().go().as_str(), stage.issues()[0].0.as_str()), ("nothing", "closed"));
}

#[test]
fn a_job_that_ran_out_of_time_is_a_failure_and_a_dropped_one_is_not() {
    let stage = Stage::new();
    stage.apply();
    let change = stage.pull_request(1, |stage| stage.edit("agents/agent-1.yaml", CONSULTANT, "en: Director"));
    assert_eq!(change.plan(), 0);
    stage.merge(&change);
    let mut dropped = Run::begin(&stage);
    dropped.results[2] = "cancelled";
    dropped.report();
    (dropped.results, dropped.began) = (["cancelled", "skipped", "skipped"], [false; 3]);
    assert!(!dropped.job("report").runs() && stage.issues().is_empty(), "GitHub dropped it from the queue");

    let mut slow = Run::begin(&stage);
    slow.results = ["cancelled", "skipped", "skipped"];
    assert!(!slow.job("apply").runs(), "there is no apply without a plan that ended well");
    slow.report();
    assert_eq!((stage.issues().len(), stage.issues()[0].0.as_str()), (1, "open"), "the plan ran out of time");

    let mut cut = Run::begin(&stage);
    cut.write();
    cut.results[2] = "cancelled";
    cut.report();
    assert_eq!(stage.issues().len(), 1, "the apply ran out of time");
    assert_ne!(stage.applied(), json!(stage.git(&["rev-parse", "origin/main"])));
}

#[test]
fn a_program_that_cannot_be_built_opens_the_issue() {
    let stage = Stage::new();
    for (result, attempt) in [("failure", ""), ("failure", "1"), ("cancelled", "1")] {
        let mut run = Run::begin(&stage);
        (run.results, run.began) = (["skipped"; 3], [false; 3]);
        let mut report = run.job("report");
        report.give("needs.program.result", result);
        report.give("needs.program.outputs.attempt", attempt);
        report.give("steps.roster.outputs.program", "/nowhere/roster");
        assert!(report.runs(), "{result}");
        report.step("verdict").is(0);
        assert!(report.due("fail") && !report.due("remember"));
        report.step("fail").is(0);
    }
    assert_eq!(stage.issues().len(), 1);
}

#[test]
fn a_failure_that_a_newer_apply_has_made_good_opens_no_issue() {
    let stage = Stage::new();
    stage.apply();
    for later in [false, true] {
        let number = if later { 2 } else { 1 };
        let change = stage.pull_request(number, |stage| {
            stage.write("agents/agent-1.yaml", &agent(1).replace(CONSULTANT, &format!("en: Director {number}")));
        });
        assert_eq!(change.plan(), 0);
        let before = stage.merge(&change);
        let mut refused = Run::begin(&stage);
        if later {
            stage.write("agents/agent-3.yaml", &agent(3).replace(CONSULTANT, "en: Partner"));
            stage.commit("main");
            stage.has_reviewers();
        }
        let run = Run::begin(&stage);
        let run = if later { run.approve() } else { run };
        assert_eq!(run.end().results[2], "success");
        refused.results[1] = "failure";
        refused.report();
        assert!(stage.issues().is_empty(), "{:?}", stage.issues());
        assert_eq!(stage.applied() == json!(before), !later);
    }
}

#[test]
fn a_request_that_fails_fails_the_run() {
    let stage = Stage::new();
    stage.has_reviewers();
    stage.apply();
    let change = stage.pull_request(1, |stage| stage.edit("agents/agent-1.yaml", CONSULTANT, "en: Director"));
    assert_eq!(change.plan(), 0);
    stage.merge(&change);
    for (broken, at) in [
        ("GET environments/*", "settings"),
        ("GET codeowners/errors", "settings"),
        ("GET deployments", "base"),
        ("GET deployments/*/statuses", "base"),
        ("GET commits/*/pulls", "reviewed"),
        ("GET pulls/*/reviews", "reviewed"),
        ("GET collaborators/*/permission", "reviewed"),
        ("GET actions/artifacts", "reviewed"),
        ("GET actions/runs/*", "reviewed"),
        ("GET actions/runs/*/artifacts", "reviewed"),
        ("GET issues/*/comments", "reviewed"),
    ] {
        stage.github().broken = Some(broken.to_owned());
        let run = Run::begin(&stage);
        assert!(run.said.contains("502"), "{broken}, {at}: {}", run.said);
        assert_eq!(run.results[0], "failure", "{broken}");
        assert_eq!(run.plan.output("base", "commit").is_empty(), at != "reviewed", "{broken}");
    }
    stage.github().broken = None;
    stage.by_hand(2, "King");
    assert_eq!(Run::begin(&stage).go(), "ask");
    stage.github().broken = Some("GET environments/roster-ask".to_owned());
    let run = Run::begin(&stage);
    assert_eq!((run.results[0], run.go().as_str()), ("failure", ""), "whether a person can be asked is not known");
}

#[test]
fn an_apply_stops_where_the_agents_are_in_a_folder_that_the_workflows_do_not_know() {
    let stage = Stage::new();
    stage.edit("roster.yaml", "crm:", "agents: people # ours\ncrm:");
    stage.commit("main");
    let run = stage.apply();
    assert!(run.said.contains("only one that the workflows know"), "{}", run.said);
    assert_eq!((run.results[0], stage.issues().len()), ("failure", 1));
    stage.edit("roster.yaml", "agents: people", "'agents': \"agents\"");
    stage.commit("main");
    assert_eq!(stage.apply().go(), "nothing");
}

#[test]
fn what_was_pushed_past_every_review_asks_and_a_history_rewritten_has_no_base() {
    let stage = Stage::new();
    stage.has_reviewers();
    stage.apply();
    let base = stage.applied();
    stage.go_to("main");
    stage.edit("agents/agent-1.yaml", CONSULTANT, "en: Director");
    stage.commit("main");
    let run = Run::begin(&stage);
    assert_eq!((run.go().as_str(), json!(run.plan.output("base", "base"))), ("ask", base));

    stage.git(&["checkout", "-q", "--orphan", "other"]);
    stage.commit("main");
    let run = Run::begin(&stage);
    assert_eq!((run.go().as_str(), run.plan.output("base", "base").as_str()), ("ask", ""));
}
