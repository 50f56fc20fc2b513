//! The settings of the repository without which the workflows protect nothing.

use serde::Deserialize;

use super::{Answers, Pending, every};

#[derive(Deserialize)]
struct KeyEnvironment {
    deployment_branch_policy: Option<BranchPolicy>,
}

#[derive(Deserialize)]
struct BranchPolicy {
    custom_branch_policies: bool,
}

#[derive(Deserialize)]
struct AllowedBranch {
    name: String,
    #[serde(rename = "type")]
    kind: Option<String>,
}

#[derive(Deserialize)]
struct OwnersReport {
    errors: Vec<OwnersError>,
}

#[derive(Deserialize)]
struct OwnersError {
    line: u64,
    kind: String,
    source: Option<String>,
}

/// What is wrong with the settings, each as a sentence with its remedy.
///
/// # Errors
/// When an answer is missing or cannot be read.
pub(crate) fn settings(
    name: &str,
    environments: &[String],
    branch: &str,
    answers: &Answers,
) -> Result<Vec<String>, Pending> {
    let environments = environments.iter().map(|kind| environment(&format!("{name}-{kind}"), branch, answers));
    let owners = owners(answers);
    let environments = every(environments.chain([owners]))?;
    Ok(environments.into_iter().flatten().collect())
}

/// An environment whose keys every branch can use gives them to every person who may push a branch.
fn environment(environment: &str, branch: &str, answers: &Answers) -> Result<Vec<String>, Pending> {
    let remedy =
        format!("choose Settings, Environments, {environment}, Deployment branches: Selected branches, {branch}");
    let Some(found) = answers.one::<KeyEnvironment>(&format!("environments/{environment}"))? else {
        return Ok(vec![format!("the environment {environment} does not exist; create it, and {remedy}")]);
    };
    let Some(policy) = found.deployment_branch_policy else {
        return Ok(vec![format!("every branch can use the keys of the environment {environment}; {remedy}")]);
    };
    if !policy.custom_branch_policies {
        // Rulesets do not count as protection here: without a classic rule every branch is admitted.
        let why = format!(
            "every branch that is protected can use the keys of the environment {environment}, and every branch where only rulesets protect"
        );
        return Ok(vec![format!("{why}; {remedy}")]);
    }
    let path = format!("environments/{environment}/deployment-branch-policies?per_page=100");
    let allowed: Vec<AllowedBranch> = answers.list_of(&path, "branch_policies")?;
    let is_main =
        |rule: &&AllowedBranch| rule.name == branch && rule.kind.as_deref().is_none_or(|kind| kind == "branch");
    let others = allowed.iter().filter(|rule| !is_main(rule));
    let mut wrong: Vec<String> = others
        .map(|rule| format!("`{}` can use the keys of the environment {environment}; {remedy}", rule.name))
        .collect();
    if !allowed.iter().any(|rule| is_main(&rule)) {
        wrong.push(format!("`{branch}` has no rule in the environment {environment}; {remedy}"));
    }
    Ok(wrong)
}

/// GitHub ignores a line of CODEOWNERS whose owner is unknown or may not write, and then requests no review, as without the file.
fn owners(answers: &Answers) -> Result<Vec<String>, Pending> {
    let Some(report) = answers.one::<OwnersReport>("codeowners/errors")? else {
        return Ok(vec!["the main branch has no CODEOWNERS, so no team is asked to approve a change; add .github/CODEOWNERS with your teams".to_owned()]);
    };
    let errors = report.errors;
    let sentence = |error: &OwnersError| {
        let source = error.source.as_deref().unwrap_or_default().trim();
        format!(
            "GitHub ignores line {} of CODEOWNERS ({}): `{source}`; name teams that exist and may write",
            error.line, error.kind
        )
    };
    Ok(errors.iter().map(sentence).collect())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    /// The policy *Selected branches and tags*.
    fn selected() -> Value {
        json!([{"deployment_branch_policy": {"protected_branches": false, "custom_branch_policies": true}}])
    }

    fn wrong(plan: &Value, branches: &[&str], owners: &Value) -> Vec<String> {
        let mut answers = Answers::default();
        answers.add("environments/roster-plan", plan.clone()).unwrap();
        answers.add("environments/roster-apply", selected()).unwrap();
        let path = "environments/roster-apply/deployment-branch-policies?per_page=100";
        answers.add(path, json!([{"branch_policies": [{"name": "main", "type": "branch"}]}])).unwrap();
        let rules: Vec<Value> = branches.iter().map(|name| json!({"name": name, "type": "branch"})).collect();
        let path = "environments/roster-plan/deployment-branch-policies?per_page=100";
        answers.add(path, json!([{ "branch_policies": rules }])).unwrap();
        answers.add("codeowners/errors", owners.clone()).unwrap();
        both(&answers)
    }

    fn both(answers: &Answers) -> Vec<String> {
        settings("roster", &["plan", "apply"].map(str::to_owned), "main", answers).unwrap()
    }

    #[test]
    fn keys_that_other_branches_can_use_and_owners_that_are_ignored_are_reported() {
        let protected =
            json!([{"deployment_branch_policy": {"protected_branches": true, "custom_branch_policies": false}}]);
        let (open, fine) = (json!([{"deployment_branch_policy": null}]), json!([{"errors": []}]));
        let error = json!({"line": 3, "kind": "Unknown owner", "source": "* @your-brokerage/engineers\n"});
        for (plan, branches, owners, want) in [
            (selected(), vec!["main"], &fine, vec![]),
            (
                protected,
                vec![],
                &fine,
                vec!["every branch that is protected can use the keys of the environment roster-plan"],
            ),
            (selected(), vec!["main"], &Value::Null, vec!["the main branch has no CODEOWNERS"]),
            (selected(), vec![], &fine, vec!["`main` has no rule in the environment roster-plan"]),
            (open, vec![], &fine, vec!["every branch can use the keys of the environment roster-plan"]),
            (Value::Null, vec![], &fine, vec!["the environment roster-plan does not exist"]),
            (selected(), vec!["main", "release/*"], &fine, vec!["`release/*` can use the keys"]),
            (
                selected(),
                vec!["main"],
                &json!([{"errors": [error]}]),
                vec!["GitHub ignores line 3 of CODEOWNERS (Unknown owner): `* @your-brokerage/engineers`"],
            ),
        ] {
            let found = wrong(&plan, &branches, owners);
            assert_eq!(found.len(), want.len(), "{found:?}");
            assert!(found.iter().zip(&want).all(|(found, want)| found.starts_with(want)), "{found:?}");
        }
    }

    #[test]
    fn a_tag_with_the_name_of_the_branch_is_not_the_branch() {
        let mut answers = Answers::default();
        for name in ["roster-plan", "roster-apply"] {
            answers.add(&format!("environments/{name}"), selected()).unwrap();
            let path = format!("environments/{name}/deployment-branch-policies?per_page=100");
            answers.add(&path, json!([{"branch_policies": [{"name": "main", "type": "tag"}]}])).unwrap();
        }
        answers.add("codeowners/errors", json!([{"errors": []}])).unwrap();
        let wrong = both(&answers);
        assert_eq!(wrong.iter().filter(|why| why.starts_with("`main` can use the keys")).count(), 2, "{wrong:?}");
    }
}
