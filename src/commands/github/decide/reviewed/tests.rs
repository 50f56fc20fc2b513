#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use serde_json::{Value, json};

use super::*;
use crate::commands::github::decide::Question;

mod attempts;

const HEAD: &str = "abc";
const WEB: &str = "https://github.example/brokerage/roster";
const KEPT: &str = "<!-- roster plan · commit abc · digest 1 -->\n### 1 person\n\nDirector\n";

/// What GitHub knows of one pull request that was approved and merged. Each test changes a part of it.
struct MergedPullRequest {
    pulls: Value,
    reviews: Value,
    /// Author and committer of the last commit.
    last_commit: Value,
    permissions: Vec<(&'static str, &'static str)>,
    /// The attempts, oldest first: run, attempt, conclusion of its jobs, instant of its plan. An attempt lasts for the first nine
    /// minutes of that hour.
    plans: Vec<(u64, u32, &'static str, &'static str)>,
    /// An attempt in which only the jobs after the plan were run again.
    without_plan: Option<u32>,
    /// A run that is there no more.
    deleted: Option<u64>,
    event: &'static str,
    path: &'static str,
    expired: bool,
    without_page: bool,
    /// The plan that an attempt kept, where it is not `KEPT`.
    others: Vec<(u64, u32, String)>,
    kept: String,
    /// Whether an attempt has its plan twice.
    twice: bool,
    comments: Value,
}

fn at(time: &str) -> String {
    format!("2030-01-01T{time}:00Z")
}

fn bot_comment(body: &str, changed: &str) -> Value {
    let bot = json!({"login": "github-actions[bot]", "type": "Bot"});
    json!({"user": bot, "body": body, "created_at": at("10:02"), "updated_at": at(changed)})
}

fn shown(plan: &str) -> String {
    shown_by(1, plan)
}

/// The comment that the first attempt of a run writes.
fn shown_by(run: u64, plan: &str) -> String {
    shown_in((run, 1), plan)
}

/// The comment that an attempt writes.
fn shown_in((run, attempt): (u64, u32), plan: &str) -> String {
    let (first, rest) = plan.split_once('\n').unwrap();
    let address = format!("{WEB}/actions/runs/{run}");
    let page = page(run, attempt);
    format!(
        "{first}\n[The plan in the run's summary]({address}/attempts/{attempt}) · [The page for reviewers]({address}/artifacts/{page})\n\n{rest}"
    )
}

/// The id of an attempt's page.
fn page(run: u64, attempt: u32) -> u64 {
    run * 100 + u64::from(attempt) * 10
}

fn review(login: &str, state: &str, commit: &str, time: &str) -> Value {
    json!({"user": {"login": login, "type": "User"}, "state": state, "commit_id": commit, "submitted_at": at(time)})
}

impl MergedPullRequest {
    fn usual() -> Self {
        Self {
            pulls: json!([{"number": 7, "merged_at": at("12:00"), "base": {"ref": "main"}, "head": {"sha": HEAD},
                "user": {"login": "author", "type": "User"}}]),
            reviews: json!([review("owner", "APPROVED", HEAD, "11:00")]),
            last_commit: json!([{"author": {"login": "author", "type": "User"}, "committer": null}]),
            permissions: vec![("owner", "write")],
            plans: vec![(1, 1, "success", "10:01")],
            without_plan: None,
            deleted: None,
            event: "pull_request_target",
            path: ".github/workflows/plan.yml@refs/heads/main",
            expired: false,
            without_page: false,
            others: Vec::new(),
            kept: KEPT.to_owned(),
            twice: false,
            comments: json!([bot_comment(&shown(KEPT), "10:02")]),
        }
    }

    /// Answers each request, as the scripts do, until there is a decision.
    fn decide(&self, basis: Basis) -> Approval {
        let commits = ["merged".to_owned()];
        let since = MergedSince { name: "roster", directory: ".", branch: "main", commits: &commits, basis, web: WEB };
        let mut answers = Answers::default();
        loop {
            match reviewed(&since, &answers) {
                Ok(approval) => return approval,
                Err(Pending::Unreadable(why)) => panic!("{why}"),
                Err(Pending::Ask(requests)) => requests.iter().for_each(|request| match request {
                    Question::OpenPulls(_) => panic!("what is open does not matter"),
                    Question::Get(path) => answers.add(path, self.answer(path)).unwrap(),
                    Question::Download { run, name } => {
                        let is = |(other, attempt, _): &&(u64, u32, String)| {
                            other == run && name.ends_with(&format!("-{attempt}"))
                        };
                        let other = self.others.iter().find(is).map(|(_, _, plan)| plan);
                        answers.add_comment(*run, name, other.unwrap_or(&self.kept).clone());
                    }
                }),
            }
        }
    }

    fn answer(&self, path: &str) -> Value {
        let parts: Vec<&str> = path.split(['/', '?']).collect();
        match parts.as_slice() {
            ["commits", "merged", "pulls", _] => json!([self.pulls]),
            ["commits", HEAD] => self.last_commit.clone(),
            ["pulls", "7", "reviews", _] => json!([self.reviews]),
            ["collaborators", login, "permission"] => {
                let level = self.permissions.iter().find(|(name, _)| name == login);
                level.map_or(Value::Null, |(_, level)| json!([{"permission": level}]))
            }
            ["actions", "runs", run, "artifacts", "per_page=100"] => self.artifacts(run.parse().unwrap()),
            ["actions", "runs", run] if self.deleted == run.parse().ok() => Value::Null,
            ["actions", "runs", run] => {
                let run: u64 = run.parse().unwrap();
                let attempts = self.plans.iter().filter(|plan| plan.0 == run).map(|plan| plan.1).max();
                attempts.map_or(
                    Value::Null,
                    |attempts| json!([{"event": self.event, "path": self.path, "run_attempt": attempts}]),
                )
            }
            ["actions", "runs", run, "attempts", attempt, "jobs", "per_page=100"] => self.jobs(run, attempt),
            ["issues", "7", "comments", _] => json!([self.comments]),
            _ => panic!("{path} is not expected"),
        }
    }

    /// All artifacts of a run.
    fn artifacts(&self, run: u64) -> Value {
        let mut rows = Vec::new();
        let mut add = |id: u64, name: String, time: &str| {
            rows.push(json!({"id": id, "name": name, "expired": self.expired, "created_at": at(time)}));
        };
        for (_, attempt, _, time) in self.plans.iter().filter(|plan| plan.0 == run && self.without_plan != Some(plan.1))
        {
            let id = page(run, *attempt);
            if !self.without_page {
                add(id, format!("roster-plan-7-{attempt}.html"), time);
            }
            for id in [id + 1, id + 2].iter().take(if self.twice { 2 } else { 1 }) {
                add(*id, format!("roster-plan-7-abc-{attempt}"), time);
            }
            for (id, name) in [
                (3, "roster-plan-71-1.html"),
                (4, "roster-plan-7-x.html"),
                (5, "roster-plan-7-def-1"),
                (6, "roster-plan-7-abc"),
                (7, "roster-plan-7-abc-+1"),
                (8, "roster-plan-7-abc-01"),
            ] {
                add(page(run, *attempt) + id, name.to_owned(), time);
            }
        }
        json!([{ "artifacts": rows }])
    }

    /// The jobs of an attempt.
    fn jobs(&self, run: &str, attempt: &str) -> Value {
        let is = |plan: &&(u64, u32, &str, &str)| plan.0.to_string() == run && plan.1.to_string() == attempt;
        let (_, _, conclusion, time) = self.plans.iter().find(is).unwrap();
        let hour = &time[..2];
        let times = (at(&format!("{hour}:00")), at(&format!("{hour}:09")));
        let job = |name: &str, conclusion: &str| json!({"name": name, "conclusion": conclusion, "started_at": times.0, "completed_at": times.1});
        json!([{"jobs": [job("change", "success"), job("comment", "success"), job("plan", conclusion)]}])
    }

    #[track_caller]
    fn counts(&self, run: u64) {
        self.counts_in(run, 1);
    }

    #[track_caller]
    fn counts_in(&self, run: u64, attempt: u32) {
        let approval = self.decide(Basis::Approval);
        assert_eq!(approval.plans, [(7, run, format!("roster-plan-7-abc-{attempt}"))], "{:?}", approval.notes);
        assert!(approval.notes.is_empty());
    }

    #[track_caller]
    fn asks(&self, words: &str) {
        let approval = self.decide(Basis::Approval);
        assert_eq!(approval.plans, [], "a person is asked");
        let [note] = approval.notes.as_slice() else { panic!("{:?}", approval.notes) };
        assert!(note.starts_with("the plan of #7 does not count") && note.contains(words), "{note}");
    }
}

#[test]
fn whoever_made_the_last_commit_does_not_approve_it() {
    let owner = json!({"login": "owner", "type": "User"});
    for last_commit in [
        json!([{"author": owner, "committer": {"login": "web-flow", "type": "User"}}]),
        json!([{"author": {"login": "author", "type": "User"}, "committer": owner}]),
        Value::Null,
    ] {
        let words = "no person with write access other than its authors has approved its last commit";
        MergedPullRequest { last_commit, ..MergedPullRequest::usual() }.asks(words);
    }
    let unknown = json!([{"author": null, "committer": null}]);
    MergedPullRequest { last_commit: unknown, ..MergedPullRequest::usual() }.counts(1);
}

#[test]
fn the_plan_that_was_approved_counts() {
    MergedPullRequest::usual().counts(1);
    // GitHub's browser ends lines otherwise; and a comment may lose its last line end.
    let comment = shown(KEPT).replace('\n', "\r\n");
    MergedPullRequest { comments: json!([bot_comment(comment.trim_end(), "10:02")]), ..MergedPullRequest::usual() }
        .counts(1);
}

#[test]
fn a_plan_that_was_made_after_the_approval_does_not_count() {
    // A title edit after the approval plans again, and the newest plan shows more. It replaces the comment.
    let newer = KEPT.replace("Director", "Director, and somebody else");
    let plans = vec![(1, 1, "success", "10:01"), (2, 1, "success", "11:30")];
    let comments = json!([bot_comment(&shown_by(2, &newer), "11:32")]);
    let others = vec![(2, 1, newer.clone())];
    MergedPullRequest { plans, others, comments, ..MergedPullRequest::usual() }
        .asks("changed at 2030-01-01T11:32:00Z, after its approval at");
    // Where it shows the same, the comment is left as it was.
    let plans = vec![(1, 1, "success", "10:01"), (2, 1, "success", "11:30")];
    MergedPullRequest { plans, ..MergedPullRequest::usual() }.counts(1);
    // A plan that is newer than the comment was not shown by it.
    MergedPullRequest { plans: vec![(1, 1, "success", "10:03")], ..MergedPullRequest::usual() }
        .asks("kept no plan of its last commit");
}

#[test]
fn only_a_run_of_the_plan_workflow_with_a_successful_check_counts() {
    for conclusion in ["cancelled", "failure", "timed_out", "skipped"] {
        MergedPullRequest { plans: vec![(1, 1, conclusion, "10:01")], ..MergedPullRequest::usual() }
            .asks("has not succeeded");
    }
    for event in ["pull_request", "push", "workflow_dispatch"] {
        MergedPullRequest { event, ..MergedPullRequest::usual() }.asks("names no run of the plan workflow");
    }
    for path in [".github/workflows/forged.yml", ".github/workflows/plan.yml.yml", "x/.github/workflows/plan.yml"] {
        MergedPullRequest { path, ..MergedPullRequest::usual() }.asks("names no run of the plan workflow");
    }
    MergedPullRequest { path: ".github/workflows/group.yml", ..MergedPullRequest::usual() }.counts(1);
    MergedPullRequest { expired: true, ..MergedPullRequest::usual() }.asks("kept no plan of its last commit");
    MergedPullRequest { twice: true, ..MergedPullRequest::usual() }.asks("kept no plan of its last commit");
}

#[test]
fn an_edited_comment_does_not_count() {
    let edited = shown(&KEPT.replace("Director", "Partner"));
    let forged_link = shown(KEPT).replace("/actions/runs/1/attempts/1)", "/issues/1)");
    let other_host = shown(KEPT).replacen(WEB, "https://github.example.net/brokerage/roster", 1);
    let longer = shown(KEPT) + "\nAll of this was agreed.\n";
    for body in [&edited, &forged_link, &other_host, &longer, &KEPT.to_owned(), &String::new()] {
        let known = MergedPullRequest { comments: json!([bot_comment(body, "10:02")]), ..MergedPullRequest::usual() };
        assert_eq!(known.decide(Basis::Approval).plans, [], "{body}");
    }
    MergedPullRequest { comments: json!([bot_comment(&edited, "10:02")]), ..MergedPullRequest::usual() }
        .asks("its comment is not the plan that was kept");
    // Edited and set back before the approval; or edited, approved, and set back.
    MergedPullRequest { comments: json!([bot_comment(&shown(KEPT), "10:40")]), ..MergedPullRequest::usual() }
        .asks("when no run of the workflow could have done so");
    MergedPullRequest { comments: json!([bot_comment(&shown(KEPT), "11:05")]), ..MergedPullRequest::usual() }
        .asks("after its approval");
    let twice = json!([bot_comment(&shown(KEPT), "10:02"), bot_comment(&edited, "10:03")]);
    MergedPullRequest { comments: twice, ..MergedPullRequest::usual() }.asks("2 comments");
    MergedPullRequest { comments: json!([]), ..MergedPullRequest::usual() }.asks("0 comments");
    let mut other = bot_comment(&shown(KEPT), "10:02");
    other["user"] = json!({"login": "somebody", "type": "User"});
    MergedPullRequest { comments: json!([other]), ..MergedPullRequest::usual() }.asks("0 comments");
    // An artifact of an older version keeps no comment.
    MergedPullRequest { kept: String::new(), ..MergedPullRequest::usual() }
        .asks("its comment is not the plan that was kept");
}

#[test]
fn the_links_of_a_comment_are_those_of_the_run_that_wrote_it() {
    let usual = shown(KEPT);
    let links = usual.lines().nth(1).unwrap();
    let (summary, page) = links.split_once(" · ").unwrap();
    let label = "The plan in the run's summary";
    for other in [
        links.replacen("/runs/1/attempts", "/runs/2/attempts", 1),
        links.replace("/attempts/1)", ")"),
        links.replace("/attempts/1)", "/attempts/0)"),
        links.replace("/attempts/1)", "/attempts/2)"),
        links.replace("/attempts/1)", "/attempts/01)"),
        links.replace("/attempts/1)", "/attempts/1#artifacts)"),
        links.replace("/runs/1/artifacts/110", "/runs/1/artifacts/111"),
        links.replace("/runs/1/artifacts/110", "/runs/1/artifacts/0110"),
        links.replace("/runs/1/artifacts/110", "/runs/2/artifacts/110"),
        links.replace("/runs/1", "/runs/2"),
        links.replacen("/runs/1/attempts", "/runs/+1/attempts", 1),
        links.replace(label, "1 to update"),
        links.replace(label, "<details><summary>Plan: 1 to update</summary>"),
        format!("{links} · {summary}"),
        format!("{page} · {summary}"),
        summary.to_owned(),
        page.to_owned(),
        String::new(),
    ] {
        // Edited while a later run lasts, which makes the same plan and so leaves the comment.
        for (time, plans) in [
            ("10:02", vec![(1, 1, "success", "10:01")]),
            ("10:42", vec![(1, 1, "success", "10:01"), (2, 1, "success", "10:41")]),
        ] {
            let comments = json!([bot_comment(&usual.replace(links, &other), time)]);
            let edited = MergedPullRequest { plans, comments, ..MergedPullRequest::usual() };
            assert_eq!(edited.decide(Basis::Approval).plans, [], "{other}");
        }
    }
    let comments = json!([bot_comment(&usual.replace(links, summary), "10:02")]);
    MergedPullRequest { comments, without_page: true, ..MergedPullRequest::usual() }.counts(1);
    // A run that made another plan did not write this comment, though its links are there.
    let comments = json!([bot_comment(&shown_by(2, KEPT), "11:02")]);
    let plans = vec![(1, 1, "success", "10:01"), (2, 1, "success", "11:01")];
    let reviews = json!([review("owner", "APPROVED", HEAD, "11:50")]);
    let others = vec![(2, 1, KEPT.replace("Director", "nothing"))];
    MergedPullRequest { reviews, plans, others, comments, ..MergedPullRequest::usual() }
        .asks("its comment is not the plan that was kept");
}

#[test]
fn an_approval_counts_by_who_gave_it_and_for_which_commit() {
    let none = "no person with write access other than its authors has approved its last commit";
    for reviews in [
        json!([]),
        json!([review("owner", "COMMENTED", HEAD, "11:00")]),
        json!([review("owner", "DISMISSED", HEAD, "11:00")]),
        json!([review("owner", "APPROVED", "an older commit", "11:00")]),
        json!([review("owner", "APPROVED", HEAD, "11:00"), review("owner", "CHANGES_REQUESTED", HEAD, "11:10")]),
        json!([review("author", "APPROVED", HEAD, "11:00")]),
        json!([review("reader", "APPROVED", HEAD, "11:00")]),
        json!([review("stranger", "APPROVED", HEAD, "11:00")]),
        json!([{"user": {"login": "owner", "type": "Bot"}, "state": "APPROVED", "commit_id": HEAD, "submitted_at": at("11:00")}]),
        json!([{"user": null, "state": "APPROVED", "commit_id": HEAD, "submitted_at": at("11:00")}]),
    ] {
        let permissions = vec![("owner", "write"), ("author", "admin"), ("reader", "read")];
        MergedPullRequest { reviews, permissions, ..MergedPullRequest::usual() }.asks(none);
    }
    let again = json!([
        review("owner", "CHANGES_REQUESTED", HEAD, "10:30"),
        review("owner", "APPROVED", HEAD, "11:00"),
        review("owner", "COMMENTED", HEAD, "11:10"),
        review("stranger", "APPROVED", HEAD, "11:45"),
    ]);
    let plans = vec![(1, 1, "success", "10:01"), (2, 1, "success", "11:30")];
    MergedPullRequest { reviews: again, plans, ..MergedPullRequest::usual() }.counts(1);
}

#[test]
fn a_merge_counts_only_where_the_workflow_is_set_to_it() {
    let known = MergedPullRequest { reviews: json!([]), ..MergedPullRequest::usual() };
    known.asks("no person with write access");
    assert_eq!(known.decide(Basis::Merge).plans.len(), 1);
    let comments = json!([bot_comment(&shown(KEPT), "12:02")]);
    let late = MergedPullRequest { plans: vec![(1, 1, "success", "12:01")], comments, ..known };
    assert!(late.decide(Basis::Merge).notes[0].contains("after its merge at"));
}

#[test]
fn only_what_was_merged_into_the_main_branch_counts() {
    let row = |merged: Value, base: &str| json!([{"number": 7, "merged_at": merged, "base": {"ref": base}, "head": {"sha": HEAD}, "user": null}]);
    for pulls in [json!([]), row(Value::Null, "main"), row(json!(at("12:00")), "next")] {
        assert_eq!(
            MergedPullRequest { pulls, ..MergedPullRequest::usual() }.decide(Basis::Approval),
            Approval::default()
        );
    }
}
