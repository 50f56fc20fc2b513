//! plan.yml: what of a pull request reaches a plan, and the one comment that tells it.

use std::fs;
use std::os::unix::fs::symlink;

use super::hosted_repo::{HostedRepo, agent_yaml};

const CONSULTANT: &str = "en: Sales Consultant";

/// The settings of each brokerage here.
const ROSTER: &str = "crm: {link_fields: {agent: '11', pf_user: '12', pf_profile: '13', memory: '14'}}\n";

/// Holds that there is one comment, of this commit and directory, with these words.
#[track_caller]
fn one_comment(comments: &[String], mark: &str, words: &str) {
    let [comment] = comments else { panic!("{} comments: {comments:#?}", comments.len()) };
    assert!(comment.starts_with(mark), "{mark:?} does not begin {comment}");
    assert!(comment.contains(words), "{words:?} is not in {comment}");
}

#[test]
fn one_comment_is_created_and_replaced_in_every_run() {
    let hosted = HostedRepo::new();
    let other =
        serde_json::json!({"on": "7", "user": {"login": "somebody"}, "body": "<!-- roster plan · not the bot's -->"});
    for _ in 0..3 {
        hosted.github().insert("comments", other.as_object().unwrap().clone());
    }
    let of_the_bot = |mut comments: Vec<String>| comments.split_off(3);

    let first = hosted.pull_request(7, |hosted| hosted.edit("agents/agent-1.yaml", CONSULTANT, "en: Director"));
    assert_eq!(first.plan(), 0);
    let mark = format!("<!-- roster plan · commit {} · digest ", first.head);
    one_comment(&of_the_bot(first.comments()), &mark, "Director");

    let second = hosted.pull_request(7, |hosted| hosted.edit("agents/agent-1.yaml", "Director", "Partner"));
    assert_eq!(second.plan(), 0);
    let mark = format!("<!-- roster plan · commit {} · digest ", second.head);
    one_comment(&of_the_bot(second.comments()), &mark, "Partner");
    // The first commit's run, started again, has nothing more to say.
    assert_eq!(first.plan(), 0);
    one_comment(&of_the_bot(second.comments()), &mark, "Partner");

    let broken = hosted.pull_request(7, |hosted| hosted.edit("agents/agent-1.yaml", "status: active", "status: gone"));
    assert_eq!(broken.plan(), 4);
    one_comment(&of_the_bot(broken.comments()), &format!("<!-- roster plan · commit {}", broken.head), "agent-1.yaml");

    let crashed = hosted.pull_request(7, |_| ());
    assert_eq!(crashed.plan_with("/bin/false"), 1);
    one_comment(
        &of_the_bot(crashed.comments()),
        &format!("<!-- roster plan · commit {}", crashed.head),
        "There is no plan",
    );

    let back = hosted.pull_request(7, |hosted| hosted.write("agents/agent-1.yaml", &agent_yaml(1)));
    assert_eq!(back.plan(), 0);
    one_comment(&of_the_bot(back.comments()), &format!("<!-- roster plan · commit {}", back.head), "changes no agent");

    hosted.go_to("main");
    hosted.edit("agents/agent-1.yaml", CONSULTANT, "en: Founder");
    hosted.commit("main");
    let conflict = hosted.pull_request(7, |hosted| hosted.edit("agents/agent-1.yaml", CONSULTANT, "en: Director"));
    assert_eq!(conflict.plan(), 1);
    one_comment(&of_the_bot(conflict.comments()), &format!("<!-- roster plan · commit {}", conflict.head), "conflicts");
    assert!(conflict.comments()[0].contains("not the bot's"));
}

#[test]
fn a_pull_request_without_agents_gets_no_comment() {
    let hosted = HostedRepo::new();
    let other = hosted.pull_request(1, |hosted| hosted.write("README.md", "Hello\n"));
    assert_eq!(other.plan(), 0);
    assert_eq!(other.comments(), [""; 0]);
    assert!(hosted.repo.sandbox.requests().is_empty(), "nothing was read");
}

#[test]
fn conflicts_outside_the_agents_and_hidden_files_are_ignored() {
    let hosted = HostedRepo::new();
    hosted.write("agents/.gitkeep", "");
    hosted.write("README.md", "Hello\n");
    hosted.commit("main");
    let elsewhere = hosted.pull_request(1, |hosted| hosted.write("README.md", "Good day\n"));
    let change = hosted.pull_request(2, |hosted| hosted.write("agents/.notes", "a hidden file\n"));
    hosted.go_to("main");
    hosted.write("README.md", "Good night\n");
    hosted.commit("main");
    for quiet in [elsewhere, change] {
        assert_eq!((quiet.plan(), quiet.comments()), (0, Vec::new()));
    }
    assert!(hosted.repo.sandbox.requests().is_empty(), "nothing was read");
}

#[test]
fn a_reused_runner_makes_the_same_plan() {
    let hosted = HostedRepo::new();
    let change = hosted.pull_request(1, |hosted| hosted.edit("agents/agent-1.yaml", CONSULTANT, "en: Director"));
    let mut job = change.job("compare");
    for emptied in [false, true] {
        job.step("change").exits(0);
        assert!(job.temp.join("change/agents/agent-1.yaml").exists());
        if emptied {
            fs::remove_dir_all(job.temp.join("change")).unwrap();
        }
    }
    job.step("change").exits(0);
    job.step("plan").exits(0);
    job.step("pass").exits(0);
}

#[test]
fn a_folder_of_agents_that_the_workflows_do_not_know_stops_the_plan() {
    let hosted = HostedRepo::new();
    for line in ["agents: people", "\"agents\" : 'people'"] {
        hosted.go_to("main");
        hosted.write("roster.yaml", &format!("{line}\ncrm: {{}}\n"));
        hosted.commit("main");
        let change = hosted.pull_request(1, |hosted| hosted.write("people/agent-1.yaml", &agent_yaml(1)));
        assert_eq!(change.plan(), 1);
        one_comment(&change.comments(), "<!-- roster plan · commit ", "the only one that the workflows know");
        hosted.git(&["push", "-q", "origin", ":pull-1"]);
    }
}

#[test]
fn a_plan_takes_only_plain_agent_files_and_acceptances_from_a_pull_request() {
    let hosted = HostedRepo::new();
    let digest = "0123456789abcdef0123456789abcdef";
    let hostile = hosted.pull_request(3, |hosted| {
        hosted.edit("agents/agent-1.yaml", CONSULTANT, "en: Director");
        hosted.write("agents/dubai/agent-4.yaml", &agent_yaml(4));
        hosted.write("agents/agent-4.jpg", "a photo");
        hosted.write(&format!(".roster/accept/{digest}"), "");
        fs::remove_file(hosted.file("agents/agent-3.yaml")).unwrap();
        // None of the rest may arrive.
        symlink("/etc/passwd", hosted.file("agents/passwd.yaml")).unwrap();
        symlink("../.github", hosted.file("agents/folder")).unwrap();
        hosted.write("agents/.gitattributes", "*.yaml filter=lfs\n");
        hosted.write("agents/.hidden/agent-5.yaml", &agent_yaml(5));
        hosted.write(".roster/accept/folder/file", "");
        hosted.write(".roster/sandbox.json", "{}");
        hosted.write("roster.yaml", "limits: {create: {count: 1000}}\n");
        hosted.write("Cargo.toml", "[package]\nbuild = \"steal.rs\"\n");
        hosted.write(".cargo/config.toml", "[build]\nrustc-wrapper = \"./steal\"\n");
        hosted.write(".github/actions/roster/change.sh", "#!/bin/sh\ntouch \"$RUNNER_TEMP/stolen\"\n");
        hosted.write(".github/workflows/plan.yml", "on: push\n");
        let module = ["-c", "protocol.file.allow=always", "submodule", "add", "-q", "../origin.git", "agents/module"];
        hosted.git(&module);
    });
    let mut job = hostile.job("change");
    job.step("change").exits(0);
    assert_eq!(job.output("change", "changed"), "true");

    let change = job.temp.join("change");
    let files = walkdir::WalkDir::new(&change).into_iter().map(Result::unwrap);
    let files = files.filter(|entry| !entry.file_type().is_dir());
    let mut laid: Vec<String> = files
        .inspect(|entry| assert!(entry.file_type().is_file(), "{entry:?}"))
        .map(|entry| entry.path().strip_prefix(&change).unwrap().display().to_string())
        .filter(|path| !path.starts_with(".github/") && path != ".git")
        .collect();
    laid.sort();
    let accepted = format!(".roster/accept/{digest}");
    let want = [
        &accepted,
        "agents/agent-1.yaml",
        "agents/agent-2.yaml",
        "agents/agent-4.jpg",
        "agents/dubai/agent-4.yaml",
        "roster.yaml",
    ];
    assert_eq!(laid, want);
    for name in ["roster.yaml", ".github/workflows/plan.yml", ".github/actions/roster/change.sh"] {
        let main = hosted.git(&["show", &format!("origin/main:{name}")]);
        assert_eq!(fs::read_to_string(change.join(name)).unwrap().trim(), main, "{name}");
    }
    let notes = fs::read_to_string(job.temp.join("notes.md")).unwrap();
    assert!(notes.contains("Left out of this plan: 6 links, submodules or hidden files"), "{notes}");
    assert!(notes.contains("changes roster.yaml too"), "{notes}");
    assert!(!job.temp.join("stolen").exists() && !job.checkout.join("agents/agent-4.jpg").exists());
}

#[test]
fn a_plan_includes_later_commits_of_main_and_renames() {
    let hosted = HostedRepo::new();
    let renamed = hosted.pull_request(4, |hosted| {
        hosted.git(&["mv", "agents/agent-2.yaml", "agents/sara-saad.yaml"]);
    });
    hosted.go_to("main");
    hosted.edit("agents/agent-3.yaml", CONSULTANT, "en: Founder");
    hosted.commit("main");
    assert_eq!(renamed.plan(), 0);
    let [comment] = &*renamed.comments() else { panic!() };
    assert!(comment.contains("sara-saad"), "{comment}");
    // It is merged in memory, so what main says is there, and is not this pull request's to undo.
    assert!(comment.contains("Founder"), "{comment}");
}

#[test]
fn the_brokerages_of_a_group_have_a_comment_each() {
    let hosted = HostedRepo::at("brokerages/dubai");
    let change = hosted.pull_request(5, |hosted| {
        hosted.edit("agents/agent-1.yaml", CONSULTANT, "en: Director");
        symlink("/etc/passwd", hosted.file("agents/passwd.yaml")).unwrap();
    });
    assert_eq!(change.plan(), 0);
    let mark = format!("<!-- roster plan of brokerages/dubai · commit {}", change.head);
    one_comment(&change.comments(), &mark, "Left out of this plan: 1 links");
    let back = hosted.pull_request(5, |hosted| hosted.git(&["revert", "--no-edit", "-n", "HEAD"]).truncate(0));
    assert_eq!(back.plan(), 0);
    let mark = format!("<!-- roster plan of brokerages/dubai · commit {}", back.head);
    one_comment(&back.comments(), &mark, "changes no agent");
}

#[test]
fn the_brokerages_of_a_group_are_the_folders_that_main_has() {
    let hosted = HostedRepo::at("brokerages/dubai");
    let names = |only: &str| {
        let mut job = hosted.job("group.yml", "brokerages");
        job.give("inputs.brokerage", only);
        job.give("github.event_name", "workflow_dispatch");
        let ran = job.step("names");
        (ran.code, job.output("names", "names"))
    };
    hosted.write("../abu-dhabi/roster.yaml", "agents: agents\n");
    hosted.write("../notes/README.md", "no brokerage\n");
    hosted.commit("main");
    assert_eq!(names(""), (0, r#"["abu-dhabi","dubai"]"#.to_owned()));
    assert_eq!(names("dubai"), (0, r#"["dubai"]"#.to_owned()));
    assert_eq!(names("sharjah"), (0, "[]".to_owned()));
    let pushed = |before: &str, after: &str| {
        let mut job = hosted.job("group.yml", "brokerages");
        job.give("github.event.before", before);
        job.give("github.event.after", after);
        job.step("names").exits(0);
        job.output("names", "names")
    };
    let before = hosted.git(&["rev-parse", "HEAD"]);
    hosted.edit("agents/agent-1.yaml", CONSULTANT, "en: Director");
    let after = hosted.commit("main");
    let all = r#"["abu-dhabi","dubai"]"#;
    assert_eq!(pushed(&before, &after), r#"["dubai"]"#, "only what the push changed");
    assert_eq!(pushed(&after, &after), "[]");
    assert_eq!(pushed(&"0".repeat(40), &after), all);
    assert_eq!(pushed(&"1".repeat(40), &after), all, "it was rewritten");
    hosted.write("../$(reboot)/roster.yaml", "agents: agents\n");
    hosted.commit("main");
    assert_eq!(names(""), (1, String::new()));

    let alone = HostedRepo::new();
    let mut job = alone.job("group.yml", "brokerages");
    job.step("names").exits(0);
    assert_eq!(job.output("names", "names"), "[]", "a brokerage alone is no group");
}

#[test]
fn a_plan_of_a_pull_request_writes_nothing_and_prints_no_private_value() {
    let hosted = HostedRepo::new();
    let change = hosted.pull_request(6, |hosted| hosted.edit("agents/agent-1.yaml", CONSULTANT, "en: Director"));
    let mut job = change.job("compare");
    job.step("change").exits(0);
    assert!(hosted.repo.sandbox.requests().is_empty());
    job.step("plan").exits(0);
    job.step("notes").exits(0);
    let writes = hosted
        .repo
        .sandbox
        .requests()
        .into_iter()
        .filter(|call| call.method != "GET" && !call.target.contains("token"));
    assert_eq!(writes.count(), 0);
    let told = job.summary() + &fs::read_to_string(job.temp.join("plan.json")).unwrap();
    assert!(!told.contains("+971559"), "a private value");
}

#[test]
fn a_plan_stops_where_every_branch_can_use_the_keys() {
    let hosted = HostedRepo::new();
    hosted.know("environments/roster-plan", &serde_json::json!({"deployment_branch_policy": null}));
    let change = hosted.pull_request(9, |hosted| hosted.edit("agents/agent-1.yaml", CONSULTANT, "en: Director"));
    assert_eq!(change.plan(), 1);
    one_comment(&change.comments(), "<!-- roster plan · commit ", "There is no plan");
    assert!(hosted.repo.sandbox.requests().is_empty(), "nothing was read");
}

#[test]
fn the_labels_of_a_pull_request_are_those_of_its_newest_plan() {
    for directory in [".", "brokerages/dubai"] {
        let hosted = HostedRepo::at(directory);
        let name = hosted.name();
        let (blocked, leaves) = (format!("{name}: blocked"), format!("{name}: somebody leaves"));
        for label in ["urgent", &format!("{name}: blocked by the office")] {
            let row = serde_json::json!({"on": "7", "name": label});
            hosted.github().insert("labels", row.as_object().unwrap().clone());
        }
        let labels = |code: i32, edit: &dyn Fn(&HostedRepo)| {
            let change = hosted.pull_request(7, edit);
            assert_eq!(change.plan(), code, "{directory}");
            change.labels().split_off(2)
        };
        let none = [""; 0];
        let leave = |hosted: &HostedRepo| hosted.edit("agents/agent-1.yaml", "status: active", "status: archived");
        let limit = |count: u32| {
            hosted.go_to("main");
            hosted.write("roster.yaml", &format!("{ROSTER}limits: {{deactivate: {{count: {count}}}}}\n"));
            hosted.commit("main");
        };
        assert_eq!(labels(0, &|hosted| hosted.edit("agents/agent-1.yaml", CONSULTANT, "en: Director")), none);
        limit(1);
        assert_eq!(labels(0, &leave), std::slice::from_ref(&leaves));
        limit(0);
        assert_eq!(labels(3, &|_| ()), [leaves.clone(), blocked.clone()]);
        assert_eq!(labels(3, &|_| ()), [leaves, blocked], "no label is set twice");
        // Without a plan there is nothing that they could tell.
        assert_eq!(labels(4, &|hosted| hosted.edit("agents/agent-2.yaml", "status: active", "status: gone")), none);
        assert_eq!(labels(0, &|hosted| hosted.git(&["reset", "-q", "--hard", "origin/main"]).truncate(0)), none);
    }
}

#[test]
fn a_pull_request_that_changes_no_agent_any_more_loses_both_labels_and_an_old_run_sets_none() {
    let hosted = HostedRepo::new();
    let leave =
        hosted.pull_request(7, |hosted| hosted.edit("agents/agent-1.yaml", "status: active", "status: archived"));
    leave.plan();
    assert_eq!(leave.labels(), ["roster: somebody leaves"]);
    let back = hosted.pull_request(7, |hosted| hosted.write("agents/agent-1.yaml", &agent_yaml(1)));
    assert_eq!((back.plan(), back.labels()), (0, Vec::new()));
    leave.plan();
    assert_eq!(back.labels(), [""; 0]);
}

#[test]
fn a_comment_begins_with_the_summary_and_an_edited_one_is_replaced() {
    let hosted = HostedRepo::new();
    let change = hosted.pull_request(8, |hosted| hosted.edit("agents/agent-1.yaml", CONSULTANT, "en: Director"));
    assert_eq!(change.plan(), 0);
    let comment = change.comments().remove(0);
    let second = comment.lines().nth(1).unwrap();
    assert!(
        second.starts_with("[The plan in the run's summary](https://github.example/brokerage/roster/actions/runs/")
            && second.contains(" · [The page for reviewers](https://github.example/brokerage/roster/actions/runs/")
    );
    // The same plan again leaves it as it is; an edited one is replaced.
    let unchanged = hosted.table("comments");
    assert_eq!(change.plan(), 0);
    assert_eq!(hosted.table("comments"), unchanged);
    change.edit_comment(|body| body.replace("Director", "Partner"));
    assert_eq!(change.plan(), 0);
    assert!(change.comments()[0].contains("Director"));
}
