//! What must be so in every workflow, by its text alone.

use serde_yaml::Value;

use super::{ACTION, read, root, steps, text, workflows};

#[test]
fn no_workflow_has_a_permission_that_its_job_does_not_name() {
    for (path, workflow) in workflows() {
        let none = workflow["permissions"].as_mapping().unwrap_or_else(|| panic!("{path} has no permissions"));
        assert!(none.is_empty(), "{path}");
        for (name, job) in workflow["jobs"].as_mapping().unwrap() {
            assert!(job["permissions"].is_mapping(), "{path}, {name:?}: says nothing of its permissions");
        }
    }
}

#[test]
fn every_action_is_named_by_its_commit_and_its_version() {
    let mut named = 0;
    for path in workflows().into_iter().map(|(path, _)| path).chain([ACTION.to_owned()]) {
        for line in text(&path).lines() {
            let line = line.trim_start().trim_start_matches("- ");
            let Some(uses) = line.strip_prefix("uses: ").filter(|uses| !uses.starts_with("./")) else { continue };
            let (commit, version) =
                uses.split_once('@').unwrap().1.split_once(" # v").unwrap_or_else(|| panic!("{line}"));
            assert!(commit.len() == 40 && commit.bytes().all(|byte| byte.is_ascii_hexdigit()), "{path}: {line}");
            assert!(version.split('.').count() == 3, "{path}: {line}");
            named += 1;
        }
    }
    assert!(named > 10, "only {named} actions");
}

#[test]
fn no_expression_is_expanded_inside_a_script() {
    for (path, workflow) in workflows().into_iter().chain([(ACTION.to_owned(), read(ACTION))]) {
        for (name, step) in steps(&workflow) {
            let Some(script) = step["run"].as_str() else { continue };
            assert!(!script.contains("${{"), "{path}, {name}");
            assert_eq!(step["shell"].as_str(), Some("bash"), "{path}, {name}");
            assert!(script.lines().count() < 40, "{path}, {name}: longer than a screen");
            assert!(!script.contains('\n') || script.starts_with("set -euo pipefail\n"), "{path}, {name}");
        }
    }
}

/// Every text below a value, with its path.
fn texts(value: &Value, path: &str) -> Vec<(String, String)> {
    match value {
        Value::String(text) => vec![(path.to_owned(), text.clone())],
        Value::Sequence(rows) => {
            rows.iter().enumerate().flat_map(|(at, row)| texts(row, &format!("{path}.{at}"))).collect()
        }
        Value::Mapping(map) => map
            .iter()
            .flat_map(|(key, value)| texts(value, &format!("{path}.{}", key.as_str().unwrap_or("?"))))
            .collect(),
        _ => Vec::new(),
    }
}

/// Where a workflow gives keys to anything but the one step that runs the program with them.
fn misplaced_keys(workflow: &Value) -> Vec<String> {
    let mentions = |text: &str| text.to_lowercase().contains("secrets");
    let mut found: Vec<String> = Vec::new();
    let top = workflow.as_mapping().into_iter().flatten().filter(|(key, _)| key.as_str() != Some("jobs"));
    found.extend(
        top.flat_map(|(_, value)| texts(value, "top")).filter(|(_, text)| mentions(text)).map(|(path, _)| path),
    );
    for (name, job) in workflow["jobs"].as_mapping().into_iter().flatten() {
        let name = name.as_str().unwrap();
        let writes = texts(&job["permissions"], "").iter().any(|(_, right)| right == "write");
        let called = job["uses"].is_string();
        if !called && writes && !job["environment"].is_null() {
            found.push(format!("{name}: an environment beside a right to write"));
        }
        for (path, text) in texts(job, name).into_iter().filter(|(_, text)| mentions(text)) {
            let step = path.strip_prefix(&format!("{name}.steps.")).and_then(|rest| rest.split_once(".env."));
            let allowed = step.is_some_and(|(at, key)| {
                let script = job["steps"][at.parse::<usize>().unwrap()]["run"].as_str().unwrap_or_default();
                let program = script.matches("\"$ROSTER\" -C").count();
                // The tokens that push roster.lock, and open the pull request of a form, each beside no other key.
                let pushes = (key == "ROSTER_LOCK_TOKEN" && script.starts_with(".github/actions/roster/links.sh"))
                    || (key == "ROSTER_REQUEST_TOKEN" && script == ".github/actions/roster/request.sh");
                let named = text == format!("${{{{ secrets.{key} }}}}");
                named && (program == 1 || pushes) && !script.contains("gh ") && !writes
            });
            if !allowed {
                found.push(path);
            }
        }
    }
    found
}

/// The keys are in the environment of the steps that run the program with them, and nowhere else; and a job that may write
/// on GitHub has no environment, so no keys.
#[test]
fn keys_exist_only_in_steps_that_need_them_and_never_with_write_permission() {
    let mut keyed = 0;
    for (path, workflow) in workflows() {
        assert!(!text(&path).contains("secrets: inherit\n"), "{path}: unexplained inheritance");
        assert_eq!(misplaced_keys(&workflow), [""; 0], "{path}");
        keyed += text(&path).matches("${{ secrets.").count();
    }
    assert!(keyed > 12, "only {keyed} uses of keys");

    let good = "jobs: {a: {permissions: {contents: read}, environment: e, steps: [{run: '\"$ROSTER\" -C . plan', env: {K: \"${{ secrets.K }}\"}}]}}";
    let parsed = |yaml: &str| serde_yaml::from_str::<Value>(yaml).unwrap();
    assert_eq!(misplaced_keys(&parsed(good)), [""; 0]);
    for bad in [
        good.replace("steps:", "env: {K: \"${{ secrets.K }}\"}, steps:"),
        good.replace("jobs:", "env: {K: \"${{ secrets.K }}\"}\njobs:"),
        good.replace("secrets.K", "secrets['K']"),
        good.replace("secrets.K", "toJSON(secrets)"),
        good.replace("secrets.K", "Secrets.K"),
        good.replace("env:", "with:"),
        good.replace("environment: e", "environment: e, if: secrets.K != ''"),
        good.replace("contents: read", "contents: write"),
        good.replace("-C . plan", "-C . plan; gh api user"),
        good.replace("\"$ROSTER\" -C . plan", "cargo build"),
    ] {
        assert_ne!(misplaced_keys(&parsed(&bad)), [""; 0], "{bad}");
    }
}

/// Where a workflow that a stranger's pull request starts could run that pull request's files beside keys.
fn strangers_code(workflow: &Value) -> Vec<String> {
    let mut found = Vec::new();
    for (name, step) in steps(workflow) {
        let uses = step["uses"].as_str().unwrap_or_default();
        let main = "${{ github.event.repository.default_branch }}";
        if uses.starts_with("actions/checkout@")
            && (step["with"]["ref"].as_str() != Some(main)
                || step["with"]["persist-credentials"].as_bool() != Some(false)
                || !step["with"]["repository"].is_null())
        {
            found.push(format!("{name}: another checkout than the main branch's"));
        }
        if uses.starts_with("actions/cache") || !step["with"]["cache"].is_null() {
            found.push(format!("{name}: a cache beside keys"));
        }
        let script = step["run"].as_str().unwrap_or_default();
        let words = ["checkout", "git switch", "git restore", "git reset", "git merge ", "git pull", "git clone"];
        found.extend(words.iter().filter(|word| script.contains(**word)).map(|word| format!("{name}: {word}")));
    }
    found
}

/// What runs a stranger's code has no keys, and what has keys takes no stranger's commit but through change.sh.
#[test]
fn code_of_a_pull_request_runs_only_without_keys() {
    for (path, workflow) in workflows() {
        let on = workflow["on"].as_mapping().unwrap();
        if on.contains_key("pull_request") {
            let environments = steps(&workflow).len();
            assert!(
                environments > 0 && !text(&path).contains("secrets") && !text(&path).contains("environment:"),
                "{path}"
            );
        }
        if on.contains_key("pull_request_target") {
            assert_eq!(strangers_code(&workflow), [""; 0], "{path}");
        }
    }
    let good = "jobs: {a: {steps: [{uses: actions/checkout@1, with: {ref: '${{ github.event.repository.default_branch }}', persist-credentials: false}}, {run: .github/actions/roster/change.sh}]}}";
    let parsed = |yaml: &str| serde_yaml::from_str::<Value>(yaml).unwrap();
    assert_eq!(strangers_code(&parsed(good)), [""; 0]);
    for bad in [
        good.replace("repository.default_branch", "pull_request.head.sha"),
        good.replace("persist-credentials: false", "persist-credentials: true"),
        good.replace("with: {", "with: {repository: other/fork, "),
        good.replace(".github/actions/roster/change.sh", "'git fetch origin x && git checkout FETCH_HEAD'"),
        good.replace(".github/actions/roster/change.sh", "'gh pr checkout 1'"),
        good.replace("{run:", "{uses: actions/cache@1}, {run:"),
    ] {
        assert_ne!(strangers_code(&parsed(&bad)), [""; 0], "{bad}");
    }
    let scripts = std::fs::read_dir(root().join(".github/actions/roster")).unwrap().map(|entry| entry.unwrap().path());
    let takes = |path: &std::path::PathBuf| std::fs::read_to_string(path).unwrap().contains("HEAD_SHA");
    let takes: Vec<_> = scripts.filter(takes).map(|path| path.file_name().unwrap().to_owned()).collect();
    assert_eq!(takes, ["change.sh"]);
}

/// The job that compiles the program has no environment, and the jobs with keys compile nothing.
#[test]
fn no_job_with_keys_compiles_code() {
    let mut built = 0;
    for (path, workflow) in workflows() {
        for (name, job) in workflow["jobs"].as_mapping().unwrap() {
            let builds = job["steps"].as_sequence().into_iter().flatten().any(|step| {
                step["uses"].as_str() == Some("./.github/actions/roster")
                    || step["run"].as_str().is_some_and(|script| script.contains("cargo "))
            });
            assert!(!builds || job["environment"].is_null(), "{path}, {name:?}");
            built += usize::from(builds);
        }
    }
    assert!(built >= 4);
}

/// A group calls the same workflows, with every right that they need and none besides.
#[test]
fn a_group_gives_the_workflows_it_calls_the_rights_that_they_need() {
    let group = read(".github/workflows/group.yml");
    let mut called = 0;
    for (name, job) in group["jobs"].as_mapping().unwrap() {
        let Some(file) = job["uses"].as_str() else { continue };
        let workflow = read(file.trim_start_matches("./"));
        let mut needed: Vec<(String, String)> = Vec::new();
        for job in workflow["jobs"].as_mapping().unwrap().values() {
            for (right, how) in job["permissions"].as_mapping().unwrap() {
                needed.push((right.as_str().unwrap().to_owned(), how.as_str().unwrap().to_owned()));
            }
        }
        // The greater of two rights to the same.
        needed.retain({
            let all = needed.clone();
            move |(right, how)| how == "write" || !all.contains(&(right.clone(), "write".to_owned()))
        });
        needed.sort();
        needed.dedup();
        let given = job["permissions"].as_mapping().unwrap().iter();
        let mut given: Vec<(String, String)> =
            given.map(|(right, how)| (right.as_str().unwrap().to_owned(), how.as_str().unwrap().to_owned())).collect();
        given.sort();
        assert_eq!(given, needed, "{name:?}");
        called += 1;
    }
    assert_eq!(called, 3);
}

/// What holds a job up holds nobody else up: whoever waits for a person is in a group of its own.
#[test]
fn only_jobs_without_an_approval_are_serialized() {
    let apply = read(".github/workflows/apply.yml");
    assert!(apply["concurrency"].is_null(), "a whole run may wait for a person");
    let group = |job: &str| apply["jobs"][job]["concurrency"]["group"].as_str().unwrap().to_owned();
    assert_eq!(group("plan"), group("apply"));
    assert!(group("ask").ends_with("-${{ github.run_id }}"));
    for (name, job) in apply["jobs"].as_mapping().unwrap() {
        let concurrency = &job["concurrency"];
        assert_eq!(concurrency["cancel-in-progress"].as_bool(), Some(false), "{name:?}");
        // By default GitHub keeps one waiting job of a group and cancels the others, also one that was approved.
        let shared = concurrency["group"].as_str().unwrap().ends_with("-one-at-a-time");
        assert_eq!(concurrency["queue"].as_str(), shared.then_some("max"), "{name:?}");
    }
    let group = read(".github/workflows/group.yml");
    assert!(group["jobs"]["apply"]["strategy"]["max-parallel"].is_null(), "one that waits would hold up the others");
}

/// A pull request that is pointed at main only later is planned too. Its comment is handed over before the page, which may
/// fail to be kept.
#[test]
fn every_plan_run_comments_on_its_pull_request() {
    for (file, event) in [("plan", "pull_request_target"), ("group", "pull_request_target"), ("check", "pull_request")]
    {
        let types = &read(&format!(".github/workflows/{file}.yml"))["on"][event]["types"];
        let types: Vec<&str> = types.as_sequence().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
        assert_eq!(types, ["opened", "synchronize", "reopened", "edited"], "{file}");
    }
    let plan = read(".github/workflows/plan.yml");
    let steps = steps(&plan);
    let at = |what: &str| steps.iter().position(|(name, _)| name == what).unwrap();
    assert!(at("compare, Hand the comment over") < at("compare, page"));
    assert_eq!(steps[at("compare, page")].1["continue-on-error"].as_bool(), Some(true));
}

/// What one job hands to another is of an attempt, which goes along with it; so a job that is run again alone takes what
/// belongs to it. So is the plan that a reviewer approves: a run that is started again keeps another one beside it.
#[test]
fn outputs_between_jobs_name_their_attempt() {
    let mut handed = 0;
    for file in ["plan", "apply", "drift", "request"] {
        let workflow = read(&format!(".github/workflows/{file}.yml"));
        for (name, step) in steps(&workflow) {
            let uses = step["uses"].as_str().unwrap_or_default();
            let named = step["with"]["name"].as_str().or(step["with"]["path"].as_str()).unwrap_or_default();
            if uses.starts_with("actions/upload-artifact@") {
                assert!(named.contains("-${{ github.run_attempt }}"), "{file}, {name}: {named}");
            } else if uses.starts_with("actions/download-artifact@") {
                assert!(named.contains(".outputs.attempt }}"), "{file}, {name}: {named}");
                handed += 1;
            }
        }
    }
    assert_eq!(handed, 13);
}

/// By these names an apply finds the jobs that wrote a comment and passed its check: in a group behind the brokerage's folder.
#[test]
fn the_jobs_of_a_plan_have_the_names_by_which_an_apply_finds_them() {
    let plan = read(".github/workflows/plan.yml");
    assert_eq!(["comment", "plan"].map(|job| plan["jobs"][job]["name"].as_str().unwrap()), ["comment", "plan"]);
    let called = &read(".github/workflows/group.yml")["jobs"]["plan"];
    assert_eq!(called["name"].as_str(), Some("${{ matrix.brokerage }}"));
    assert_eq!(called["with"]["directory"].as_str(), Some("brokerages/${{ matrix.brokerage }}"));
}

/// GitHub gives a pull request from a fork none of the repository's variables.
#[test]
fn no_workflow_reads_a_variable_of_the_repository() {
    for (path, _) in workflows() {
        assert!(!text(&path).contains("vars."), "{path}");
    }
    let inputs = &read(ACTION)["inputs"];
    assert!(inputs["version"]["default"].is_string() && inputs["repository"]["default"].is_string());
}

/// What a request of GitHub's answers is kept before it is gone through: a loop over it would not see that it failed.
#[test]
fn no_loop_ignores_a_failed_request() {
    let action = root().join(".github/actions/roster");
    let scripts = std::fs::read_dir(action).unwrap().map(|entry| entry.unwrap().path());
    let scripts = scripts.filter(|path| path.extension().is_some_and(|ending| ending == "sh"));
    let mut all: Vec<String> = scripts.map(|path| std::fs::read_to_string(path).unwrap()).collect();
    all.extend(workflows().iter().map(|(path, _)| text(path)));
    assert!(all.len() > 15);
    for script in all {
        assert!(!script.contains("< <(") && !script.contains("<<< \"$(") && !script.contains("<<< $("), "{script}");
        for line in script.lines().filter(|line| line.trim_start().starts_with("for ")) {
            assert!(!line.contains("$("), "{line}");
        }
    }
}

/// What docs/ promise by name is there: links, environments, secrets, and the words that people will look for.
#[test]
fn the_docs_describe_the_actual_workflows() {
    let pages = ["docs/editing.md", "docs/reviewing.md", "docs/wiring.md"].map(|path| (path, text(path)));
    for (path, page) in &pages {
        for link in page.split("](").skip(1).map(|rest| rest.split(')').next().unwrap()) {
            let (file, heading) = link.split_once('#').unwrap_or((link, ""));
            let target = text(&if file.is_empty() { (*path).to_owned() } else { format!("docs/{file}") });
            let slug = |line: &str| {
                line.trim_start_matches('#').trim().to_lowercase().replace(' ', "-").replace(['\'', '.', ',', ':'], "")
            };
            let there = heading.is_empty() || target.lines().any(|line| line.starts_with('#') && slug(line) == heading);
            assert!(there, "{path}: {link}");
        }
    }
    let [(_, editing), (_, reviewing), (_, wiring)] = &pages;
    let scripts = ["change", "decide", "issue"].map(|name| text(&format!(".github/actions/roster/{name}.sh"))).concat();
    let done: String = workflows().iter().map(|(path, _)| text(path)).chain([scripts]).collect();
    for (page, words) in [
        (editing, "This pull request conflicts with the main branch"),
        (editing, "There is no plan"),
        (reviewing, "The page for reviewers"),
        (reviewing, "the main branch is not applied"),
        (reviewing, "the systems differ from the files"),
        (reviewing, "both systems could not be compared"),
    ] {
        assert!(page.contains(words) && done.contains(words), "{words}");
    }
    for environment in ["-plan", "-ask", "-apply"] {
        assert!(
            done.contains(&format!("environment: ${{{{ inputs.name || 'roster' }}}}{environment}")),
            "{environment}"
        );
        assert!(wiring.contains(&format!("| `roster{environment}` |")), "{environment}");
    }
    assert!(done.contains("environment: roster-request ") && wiring.contains("| `roster-request` |"));
    assert!(done.contains("$NAME-applied") && wiring.contains("| `roster-applied` |"));
    for secret in done.split("secrets.").skip(1).map(|rest| rest.split(' ').next().unwrap()) {
        assert!(wiring.contains(&format!("`{secret}`")), "{secret} is not in docs/wiring.md");
    }
}

/// GitHub sends the signal of a cancellation to the process that it started, and to no other.
#[test]
fn a_cancellation_reaches_the_running_program() {
    let apply = read(".github/workflows/apply.yml");
    let steps = steps(&apply);
    let (_, step) = steps.iter().find(|(name, _)| name == "apply, apply").unwrap();
    let script = step["run"].as_str().unwrap();
    let last = script.rsplit("\n\n").next().unwrap().trim_end().replace("\\\n", "");
    assert!(last.lines().last().unwrap().starts_with("exec \"$ROSTER\""), "{last}");
}

/// Everything that is pinned is renewed by pull requests, and known weaknesses are looked up daily.
#[test]
fn pinned_versions_are_updated_and_advisories_checked() {
    let dependabot = read(".github/dependabot.yml");
    let updates = dependabot["updates"].as_sequence().unwrap();
    let kinds: Vec<&str> = updates.iter().map(|update| update["package-ecosystem"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["github-actions", "cargo", "npm", "pip"]);
    let advisories = read(".github/workflows/advisories.yml");
    assert!(advisories["on"]["schedule"].is_sequence());
    assert!(text(".github/workflows/advisories.yml").contains("cargo deny check advisories"));
}
