//! What a review reads: the comment on a pull request, and the annotations beside its files.

use serde_json::Value;

use crate::support::Repo;
use crate::three_way::twelve_and_seven;

/// The part of a comment under one of its headings.
fn under<'a>(comment: &'a str, heading: &str) -> &'a str {
    let (_, rest) =
        comment.split_once(&format!("\n#### {heading}\n")).unwrap_or_else(|| panic!("{heading}: {comment}"));
    rest.split("\n#### ").next().unwrap()
}

#[test]
fn each_review_category_has_its_own_heading_in_every_format() {
    let repo = twelve_and_seven();
    let head = repo.git(&["rev-parse", "HEAD"]);
    let all = ["--output", "markdown=plan.md", "--output", "json=plan.json", "--output", "github=-"];
    let ran = repo.run(&[&["plan", "--base", "main"][..], &all].concat());
    ran.exits(0);
    let json: Value = serde_json::from_str(&repo.read("plan.json")).unwrap();
    let comment = repo.read("plan.md");

    let marker = format!("<!-- roster plan · commit {head} · digest {} -->\n", json["digest"].as_str().unwrap());
    assert!(comment.starts_with(&marker), "{comment:.200}");
    assert!(comment.contains("\n### roster: 19 people change\n"), "{comment:.300}");
    assert!(comment.contains("\n| update | 11 |\n| conflict | 1 |\n| drift | 7 |\n| unchanged | 281 |\n"));
    let conflicts = under(&comment, "Conflicts (1)");
    assert!(conflicts.contains("`agents/agent-12.yaml`") && !conflicts.contains("agent-13"), "{conflicts}");
    assert!(conflicts.contains("`Director` → `Senior Sales Consultant`"), "{conflicts}");
    let drift = under(&comment, "Drift (7)");
    assert!((21..=27).all(|agent| drift.contains(&format!("`Sara Khan {agent}`"))), "{drift}");
    assert!(drift.contains("`Intern` → `Sales Consultant`"), "{drift}");
    let changes = under(&comment, "Changes (11)");
    assert!(changes.contains("**The same for 11 people:**"), "{changes}");
    assert_eq!(changes.matches("`Sales Consultant` → `Senior Sales Consultant`").count(), 1, "{changes}");
    assert!((1..=11).all(|agent| changes.contains(&format!("`Sara Khan {agent}`"))), "{changes}");

    let of = |level: &str| ran.stdout.lines().filter(|line| line.starts_with(&format!("::{level} "))).count();
    assert_eq!((of("error"), of("warning"), of("notice")), (0, 1, 7), "{}", ran.stdout);
    assert!(ran.stdout.starts_with("::warning file=agents/agent-12.yaml,line=7,"), "{}", ran.stdout);
}

#[test]
fn every_run_replaces_the_comment_even_after_an_error() {
    let repo = Repo::applied(2);
    let plan = |args: &[&str], code| {
        repo.run(&[&["plan", "--output", "markdown=plan.md", "--output", "github=github.txt"], args].concat())
            .exits(code);
        (repo.read("plan.md"), repo.read("github.txt"))
    };
    let (comment, annotations) = plan(&[], 0);
    assert!(
        comment.starts_with("<!-- roster plan · digest ") && comment.contains("\n### roster: no changes\n"),
        "{comment}"
    );
    assert_eq!(annotations, "");

    let head = repo.commit();
    repo.run(&["plan", "--out", "reviewed.json"]).exits(0);
    repo.edit_agent(1, "en: Sales Consultant", "en: Broker");
    let (comment, _) = plan(&["--reviewed", "reviewed.json"], 6);
    assert!(comment.starts_with(&format!("<!-- roster plan · commit {head} · digest ")), "{comment}");
    assert!(
        comment.contains("\n### roster: more than was reviewed\n")
            && comment.contains("\n> - `agent-1`: update in crm\n")
            && comment.contains("`Broker`"),
        "{comment}"
    );

    repo.fault("pf GET #1+ 200 html");
    let (comment, annotations) = plan(&[], 7);
    assert!(comment.contains("\n### roster: a system could not be read\n\nCommit `"), "{comment}");
    assert!(comment.contains("\n> [!WARNING]\n> **Nothing was written, and the list below is not complete:**\n> - "));
    assert!(
        comment.contains("`Broker`") && annotations.starts_with("::error title=roster%3A a system could not be read::")
    );

    repo.write("agents/agent-2.yaml", "status: [gone]\n");
    let (comment, annotations) = plan(&[], 4);
    assert!(
        comment.contains("\n### roster: the files are invalid\n") && comment.contains("`agents/agent-2.yaml` line 1")
    );
    assert!(annotations.starts_with("::error file=agents/agent-2.yaml,line=1,"), "{annotations}");
}

#[test]
fn the_comment_contains_an_acceptance_that_unblocks_the_plan() {
    let repo = Repo::applied(2);
    repo.write("roster.yaml", &repo.read("roster.yaml").replace("update: {count: 1000}", "update: {count: 0}"));
    let base = repo.commit();
    repo.edit_agent(1, "en: Sales Consultant", "en: Broker");
    repo.run(&["plan", "--base", &base, "--output", "markdown=plan.md"]).exits(3);
    let comment = repo.read("plan.md");
    let file = comment.lines().find_map(|line| line.strip_prefix("  .roster/accept/")).expect("a file to copy");
    repo.write(&format!(".roster/accept/{file}"), "");
    repo.run(&["plan", "--base", &base, "--output", "markdown=plan.md"]).exits(0);
    assert!(!repo.read("plan.md").contains("#### Blocked"));
    repo.run(&["apply", "--yes", "--base", &base, "--output", "markdown=applied.md"]).exits(0);
    let applied = repo.read("applied.md");
    assert!(
        applied.contains("\n### roster apply: 1 done\n") && applied.contains("read back: both systems agree"),
        "{applied}"
    );
}

#[test]
fn a_comment_keeps_its_size_limit() {
    let repo = Repo::of(40);
    for size in [1_500, 3_000] {
        repo.run(&["plan", "--output", "markdown=plan.md", "--max-bytes", &size.to_string()]).exits(0);
        let comment = repo.read("plan.md");
        assert!(comment.len() <= size && comment.contains("\n| create | 40 |\n| unchanged | 0 |\n"), "{comment}");
        assert!(comment.contains(&format!("**Left out, to stay under {size} bytes:** ")), "{comment}");
    }
}
