//! request.yml: a form becomes a pull request in the asker's name, or one comment with the reason.

use std::fs;

use serde_json::{Value, json};

use super::hosted_repo::{HostedRepo, Job};

const BRANCH: &str = "roster/request-12";

/// A run for one text of the issue.
struct RequestRun<'a> {
    hosted: &'a HostedRepo,
    event: Value,
    token: &'static str,
    labels: &'static str,
    /// What the step that opens the pull request printed.
    said: String,
}

fn user(login: &str) -> Value {
    json!({"id": 7, "login": login})
}

impl<'a> RequestRun<'a> {
    fn of(hosted: &'a HostedRepo, body: &str) -> Self {
        hosted.know("collaborators/asker/permission", &json!({"permission": "write"}));
        hosted.know("issues/12", &json!({"number": 12, "state": "open", "body": body}));
        let issue = json!({"number": 12, "state": "open", "body": body, "user": user("asker")});
        let event = json!({"issue": issue, "sender": user("asker"), "repository": {"visibility": "private"}});
        Self { hosted, event, token: "a token of the request", labels: "roster: request", said: String::new() }
    }

    fn public(mut self) -> Self {
        self.event["repository"]["visibility"] = json!("public");
        self
    }

    fn job(&self, name: &str) -> Job<'a> {
        let mut job = self.hosted.job("request.yml", name);
        job.give("github.event.issue.number", "12");
        job.give("github.event.issue.user.login", "asker");
        job.give("github.event.issue.labels.*.name", self.labels);
        job.give("secrets.ROSTER_REQUEST_TOKEN", self.token);
        job.give_event(&self.event);
        job
    }

    /// All jobs. Gives the result of the job `request`.
    fn run(&mut self) -> &'static str {
        let mut asker = self.job("asker");
        if !asker.runs() {
            assert!(!self.answers("skipped", "", "skipped", None), "an issue without the label gets no answer");
            return "skipped";
        }
        let asked = asker.step("asker").code == 0;
        let may = asker.output("asker", "may");
        let mut program = self.job("program");
        program.give("needs.asker.result", if asked { "success" } else { "failure" });
        program.give("needs.asker.outputs.may", &may);
        let (mut result, mut request) = ("skipped", None);
        if program.runs() {
            let mut job = self.job("request");
            result = self.change(&mut job);
            request = Some(job);
        }
        self.answers(if asked { "success" } else { "failure" }, &may, result, request.as_ref());
        result
    }

    fn change(&mut self, job: &mut Job<'_>) -> &'static str {
        for step in ["settings", "change", "pull-request"] {
            if job.due(step) {
                let ran = job.step(step);
                self.said = format!("{}{}", ran.stdout, ran.stderr);
                if ran.code != 0 {
                    return "failure";
                }
            }
        }
        "success"
    }

    /// The job that comments. Gives whether it ran.
    fn answers(&self, asker: &str, may: &str, request: &str, job: Option<&Job<'_>>) -> bool {
        let mut answer = self.job("answer");
        answer.give("needs.asker.result", asker);
        answer.give("needs.asker.outputs.may", may);
        answer.give("needs.request.result", request);
        if let Some(job) = job {
            answer.give("needs.request.outputs.go", &job.output("change", "go"));
            answer.give("needs.request.outputs.pull_request", &job.output("pull-request", "number"));
            let _ = fs::copy(job.temp.join("request/answer.md"), answer.checkout.join("answer.md"));
        }
        if !answer.runs() {
            return false;
        }
        answer.step("answer").exits(0);
        true
    }
}

impl HostedRepo {
    /// The one comment on the issue.
    fn answer(&self) -> String {
        let [comment] = &*self.table("comments") else { panic!("{:?}", self.table("comments")) };
        assert_eq!(comment["on"], "12");
        let body = comment["body"].as_str().unwrap().to_owned();
        assert!(body.starts_with("<!-- roster request -->\n### "), "{body}");
        body
    }

    /// The head of the branch of the request, or nothing.
    fn requested(&self) -> Option<String> {
        self.git(&["fetch", "-q", "--prune", "origin"]);
        let heads = self.git(&["branch", "-r", "--list", &format!("origin/{BRANCH}")]);
        (!heads.is_empty()).then(|| self.git(&["rev-parse", &format!("origin/{BRANCH}")]))
    }

    /// The branch has no commit, and there is no pull request.
    fn nothing_is_requested(&self) {
        assert_eq!((self.requested(), self.table("pulls").len()), (None, 0));
    }

    /// What the branch of the request changes, as lines of a diff.
    fn requested_lines(&self) -> Vec<String> {
        self.git(&["fetch", "-q", "--prune", "origin"]);
        let diff = self.git(&["diff", "--unified=0", "origin/main", &format!("origin/{BRANCH}")]);
        let is_change = |line: &&str| line.starts_with(['+', '-']);
        diff.lines().filter(is_change).map(str::to_owned).collect()
    }
}

fn change(agent: &str, changes: &str) -> String {
    format!("### Agent to change\n\n{agent}\n\n### Changes\n\n```text\n{changes}\n```")
}

fn new_agent(login: &str, mobile: &str, others: &str) -> String {
    format!(
        "### File name of the new agent\n\nsara-khan\n\n### First name\n\nسارة\n\n### Last name\n\nKhan\n\n\
         ### Public e-mail\n\nsara.khan@brokerage.example\n\n### Public phone\n\n+971501112233\n\n### Role\n\n_No response_\n\n\
         ### Login e-mail\n\n{login}\n\n### Own mobile\n\n{mobile}\n\n### Copy from\n\nagent-1\n\n\
         ### Other fields\n\n```text\n{others}\n```"
    )
}

const NONE: &str = "_No response_";

#[test]
fn a_change_is_a_pull_request_of_the_asker_with_exactly_this_change() {
    let hosted = HostedRepo::new();
    let body = change("agent-1", "public.position.en = Senior `Broker` $(id)\n").replace('\n', "\r\n");
    let mut run = RequestRun::of(&hosted, &body);
    assert_eq!(run.run(), "success", "{}", run.said);
    let lines = hosted.requested_lines();
    assert_eq!(lines[..2], ["--- a/agents/agent-1.yaml", "+++ b/agents/agent-1.yaml"]);
    assert!(lines.len() == 4 && lines[3].contains("Senior `Broker` $(id)"), "{lines:?}");
    let head = hosted.requested().unwrap();
    let shown = hosted.git(&["log", "-1", "--format=%an <%ae> %ce%n%B", &head]);
    let committer = "41898282+github-actions[bot]@users.noreply.github.com";
    let author = "asker <7+asker@users.noreply.github.example>";
    assert_eq!(shown, format!("{author} {committer}\nChange agent-1\n\nAsked for in #12."));
    let [pull] = &*hosted.table("pulls") else { panic!() };
    assert_eq!((&pull["head"], &pull["base"]), (&json!(BRANCH), &json!("main")));
    assert_eq!((&pull["title"], &pull["token"]), (&json!("Change agent-1"), &json!("a token of the request")));
    let body = pull["body"].as_str().unwrap();
    assert!(
        body.starts_with("Closes #12, asked by @asker.\n\nChanges `agents/agent-1.yaml`: `public.position.en`."),
        "{body}"
    );
    assert!(hosted.answer().contains("The pull request is #1."));
}

#[test]
fn an_edit_of_the_issue_updates_the_same_branch_and_its_pull_request() {
    let hosted = HostedRepo::new();
    RequestRun::of(&hosted, &change("agent-1", "public.position.en = King")).run();
    let first = hosted.requested();
    // The title was edited, or a run was started again.
    RequestRun::of(&hosted, &change("agent-1", "public.position.en=King")).run();
    assert_eq!(hosted.requested(), first, "an equal commit dismisses approvals");
    assert!(hosted.answer().contains("The pull request is #1."));
    RequestRun::of(&hosted, &change("agent-2", "public.position.en = Queen")).run();
    assert!(hosted.requested_lines().iter().any(|line| line.contains("Queen")));
    assert!(!hosted.requested_lines().iter().any(|line| line.contains("King")));
    let [pull] = &*hosted.table("pulls") else { panic!() };
    assert_eq!(pull["title"], "Change agent-2");

    // Commits of people stay.
    hosted.go_to(BRANCH);
    hosted.edit("agents/agent-2.yaml", "Queen", "Duchess");
    let theirs = hosted.commit(BRANCH);
    let mut run = RequestRun::of(&hosted, &change("agent-2", "public.position.en = Prince"));
    assert_eq!(run.run(), "failure");
    assert_eq!(hosted.requested(), Some(theirs));
    assert!(hosted.answer().contains("has commits of people, which stay"), "{}", hosted.answer());
}

#[test]
fn a_new_agent_is_a_whole_file_or_one_to_fill_in() {
    let hosted = HostedRepo::new();
    let mut run =
        RequestRun::of(&hosted, &new_agent("sara@login.example", "+971504445566", "public.languages = en, ar"));
    assert_eq!(run.run(), "success", "{}", run.said);
    let file = hosted.requested_lines().join("\n");
    assert!(file.contains("+  first_name: سارة") && file.contains("+  email: sara@login.example"), "{file}");
    assert!(file.contains("Sales Consultant"), "copied from the colleague: {file}");
    let pull = hosted.table("pulls")[0].clone();
    let body = pull["body"].as_str().unwrap();
    assert!(body.contains("Adds `agents/sara-khan.yaml`") && !body.contains("login.example"), "{body}");
    assert!(!hosted.answer().contains("sara@login.example") && !body.contains("fill in"), "{body}");

    let hosted = HostedRepo::new();
    let mut run = RequestRun::of(&hosted, &new_agent(NONE, NONE, NONE)).public();
    assert_eq!(run.run(), "success", "{}", run.said);
    assert!(hosted.requested_lines().join("\n").contains("+  mobile: # required: Own mobile"));
    let body = hosted.table("pulls")[0]["body"].as_str().unwrap().to_owned();
    assert!(body.contains("**Before the merge**, fill in `private.email` and `private.mobile`"), "{body}");
}

#[test]
fn a_refused_request_is_one_comment_with_the_reason() {
    let hosted = HostedRepo::new();
    let long = format!("theme = {}", "x".repeat(70_000));
    for (body, is_public, why) in [
        (change("agent-1", "public.phone = 12"), false, "**error** `agents/agent-1.yaml` line"),
        (change("agent-1", "status = gone"), false, "**error** `agents/agent-1.yaml` line"),
        (change("agent-1", "public.phon = 12"), false, "there is no field `\"public.phon\"`"),
        (change("agent-1", "private.mobile = +971500000001"), true, "are private"),
        (change("agent-1", "fields.3 = secret-word"), true, "are private"),
        (change("agent-1", "private.nickname = secret-word"), true, "are private"),
        (new_agent("secret-word@login.example", NONE, NONE), true, "are private"),
        (change("agent-*", "status = inactive"), false, "The name of the file is not valid"),
        (change("../agents/agent-1", "status = inactive"), false, "The name of the file is not valid"),
        (change("agnt-1", "status = inactive"), false, "did you mean"),
        (change("agent-1", &long), false, "has more than 65536 characters"),
        (change("agent-1", "role = x\n### Agent to change\nagent-2"), false, "are not those of a form"),
        ("@everyone [a](https://evil.example)".to_owned(), false, "are not those of a form"),
        (new_agent("sara@login.example", "secret-word", NONE), false, "private.mobile"),
        (change("agent-1", "public.position.en = Sales Consultant"), false, "has these values already"),
    ] {
        let mut run = RequestRun::of(&hosted, &body);
        run = if is_public { run.public() } else { run };
        assert_eq!(run.run(), "success", "{}", run.said);
        let answer = hosted.answer();
        assert!(answer.contains(why) && answer.contains("### Nothing was changed"), "{why}: {answer}");
        assert!(!answer.contains("secret-word") && answer.len() < 5_000, "{answer}");
        hosted.nothing_is_requested();
    }
}

#[test]
fn only_people_who_may_write_are_answered_with_a_change() {
    let hosted = HostedRepo::new();
    for permission in ["read", "none"] {
        let mut run = RequestRun::of(&hosted, &change("agent-1", "status = inactive"));
        hosted.know("collaborators/asker/permission", &json!({"permission": permission}));
        assert_eq!(run.run(), "skipped");
        assert!(hosted.answer().contains("This form is for people who may write to this repository"));
    }
    // GitHub does not answer.
    let mut run = RequestRun::of(&hosted, &change("agent-1", "status = inactive"));
    hosted.github().broken = Some("GET collaborators/*/permission".to_owned());
    assert_eq!(run.run(), "skipped");
    hosted.github().broken = None;
    assert!(hosted.answer().contains("ended before there was a pull request"));
    // Another person edited the text.
    let mut run = RequestRun::of(&hosted, &change("agent-1", "status = inactive"));
    run.event["sender"]["id"] = json!(8);
    assert_eq!(run.run(), "success");
    assert!(hosted.answer().contains("Another person than its author edited this text"));
    hosted.nothing_is_requested();
    // An issue of another kind.
    let calls = hosted.github().calls.len();
    let mut run = RequestRun::of(&hosted, &change("agent-1", "status = inactive"));
    run.labels = "bug\nroster";
    assert_eq!((run.run(), hosted.github().calls.len()), ("skipped", calls));
}

#[test]
fn a_run_of_an_older_text_changes_and_answers_nothing() {
    let hosted = HostedRepo::new();
    let mut run = RequestRun::of(&hosted, &change("agent-1", "status = inactive"));
    hosted.know("issues/12", &json!({"state": "open", "body": change("agent-1", "role = x")}));
    assert_eq!(run.run(), "success");
    hosted.nothing_is_requested();
    assert!(hosted.table("comments").is_empty());
}

#[test]
fn a_token_that_is_missing_or_may_too_little_is_named() {
    let hosted = HostedRepo::new();
    let mut run = RequestRun::of(&hosted, &change("agent-1", "status = inactive"));
    run.token = "";
    assert_eq!(run.run(), "failure");
    assert!(hosted.answer().contains("has no secret ROSTER_REQUEST_TOKEN"), "{}", hosted.answer());
    // Nor is a pull request promised that GitHub does not open.
    let mut run = RequestRun::of(&hosted, &change("agent-1", "status = inactive"));
    hosted.github().broken = Some("POST pulls".to_owned());
    assert_eq!(run.run(), "failure");
    assert!(hosted.answer().contains("it needs the permission Pull requests: Read and write"), "{}", hosted.answer());
    hosted.github().broken = None;
    assert_eq!(RequestRun::of(&hosted, &change("agent-1", "status = inactive")).run(), "success");
    assert!(hosted.answer().contains("The pull request is #1."), "the branch was there already");
}

#[test]
fn an_environment_that_other_branches_can_use_stops_the_request() {
    let hosted = HostedRepo::new();
    hosted.know("environments/roster-request", &json!({"deployment_branch_policy": null}));
    let mut run = RequestRun::of(&hosted, &change("agent-1", "status = inactive"));
    assert_eq!(run.run(), "failure");
    assert!(run.said.contains("every branch can use the keys of the environment roster-request"), "{}", run.said);
    assert!(hosted.answer().contains("ended before there was a pull request"));
    hosted.nothing_is_requested();
}

#[test]
fn nothing_outside_of_the_agents_is_changed_through_a_link() {
    let hosted = HostedRepo::new();
    fs::rename(hosted.file("agents/agent-1.yaml"), hosted.file("elsewhere.yaml")).unwrap();
    std::os::unix::fs::symlink("../elsewhere.yaml", hosted.file("agents/agent-1.yaml")).unwrap();
    hosted.commit("main");
    RequestRun::of(&hosted, &change("agent-1", "public.position.en = King")).run();
    hosted.nothing_is_requested();
    assert!(hosted.answer().contains("### Nothing was changed"), "{}", hosted.answer());
}
