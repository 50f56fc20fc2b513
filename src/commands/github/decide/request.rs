//! What an issue asks for: whose request it is, and whether its text may be read.

use serde::Deserialize;

use super::form::{FormRequest, parse};
use super::{Answers, Pending};

/// The document of the event `issues`.
#[derive(Deserialize)]
pub(crate) struct IssueEvent {
    issue: RequestIssue,
    sender: RequestUser,
    repository: RequestRepository,
}

#[derive(Deserialize)]
struct RequestIssue {
    number: u64,
    state: String,
    body: Option<String>,
    user: RequestUser,
}

#[derive(Deserialize)]
struct RequestUser {
    id: u64,
    login: String,
}

#[derive(Deserialize)]
struct RequestRepository {
    visibility: String,
}

/// The issue as it is now.
#[derive(Deserialize)]
struct CurrentIssue {
    state: String,
    body: Option<String>,
}

/// Who asks, and for what.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Request {
    pub number: u64,
    /// The login of the person who opened the issue.
    pub login: String,
    /// The number of that account.
    id: u64,
    /// Whether private values may be in the form: only those who can read the files can read the issue.
    pub is_private: bool,
    /// What the form asks for, or why it cannot be read.
    pub form: Result<FormRequest, String>,
}

impl Request {
    /// The author of the commit, by the address that GitHub attributes to the account. `web` is the address of GitHub.
    pub(crate) fn author(&self, web: &str) -> String {
        let host = web.trim_start_matches("https://");
        format!("{0} <{1}+{0}@users.noreply.{host}>", self.login, self.id)
    }
}

/// The request of an event. None where the issue is closed, or has another text by now: the run of that text answers.
///
/// # Errors
/// When an answer is missing or cannot be read.
pub(crate) fn request(event: &IssueEvent, answers: &Answers) -> Result<Option<Request>, Pending> {
    let IssueEvent { issue, sender, repository } = event;
    let is_login = |text: &str| text.chars().all(|char| char.is_ascii_alphanumeric() || matches!(char, '-' | '_'));
    if !is_login(&issue.user.login) {
        return Err(Pending::Unreadable("the account that opened the issue is not that of a person".to_owned()));
    }
    let now: Option<CurrentIssue> = answers.one(&format!("issues/{}", issue.number))?;
    let is_current = |now: &CurrentIssue| now.state == "open" && issue.state == "open" && now.body == issue.body;
    if !now.is_some_and(|now| is_current(&now)) {
        return Ok(None);
    }
    let form = if sender.id == issue.user.id {
        parse(issue.body.as_deref().unwrap_or_default())
    } else {
        // Else the approval of the person who wrote the change would count as that of another one.
        Err("Another person than its author edited this text. Open an issue of your own with that change.".to_owned())
    };
    Ok(Some(Request {
        number: issue.number,
        login: issue.user.login.clone(),
        id: issue.user.id,
        is_private: repository.visibility == "private",
        form,
    }))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const TEXT: &str = "### Agent to change\n\nsara\n\n### Changes\n\ntheme = onyx";

    fn event(change: impl Fn(&mut Value)) -> IssueEvent {
        let user = json!({"id": 7, "login": "Asker-7"});
        let mut event = json!({
            "issue": {"number": 12, "state": "open", "body": TEXT, "user": user},
            "sender": user,
            "repository": {"visibility": "private"},
        });
        change(&mut event);
        IssueEvent::deserialize(event).unwrap()
    }

    fn decided(event: &IssueEvent, now: &Value) -> Result<Option<Request>, Pending> {
        let mut answers = Answers::default();
        answers.add("issues/12", json!([now])).unwrap();
        request(event, &answers)
    }

    #[test]
    fn a_request_is_of_the_person_who_opened_and_wrote_it() {
        let now = json!({"state": "open", "body": TEXT});
        let found = decided(&event(|_| ()), &now).unwrap().unwrap();
        assert_eq!(found.author("https://github.com"), "Asker-7 <7+Asker-7@users.noreply.github.com>");
        assert!(found.form.is_ok() && found.is_private);
        let other = decided(&event(|event| event["sender"]["id"] = json!(8)), &now).unwrap().unwrap();
        assert!(other.form.unwrap_err().starts_with("Another person than its author edited this text"));
        for login in ["a b", "x[bot]", "a\nb", "a>", "<a"] {
            assert!(decided(&event(|event| event["issue"]["user"]["login"] = json!(login)), &now).is_err(), "{login}");
        }
    }

    #[test]
    fn private_values_are_for_private_repositories() {
        let now = json!({"state": "open", "body": TEXT});
        for (visibility, is_private) in [("private", true), ("public", false), ("internal", false), ("", false)] {
            let event = event(|event| event["repository"]["visibility"] = json!(visibility));
            assert_eq!(decided(&event, &now).unwrap().unwrap().is_private, is_private, "{visibility}");
        }
    }

    #[test]
    fn a_closed_issue_and_an_older_text_are_left_alone() {
        for now in [json!({"state": "closed", "body": TEXT}), json!({"state": "open", "body": "other"}), Value::Null] {
            let now = if now.is_null() { json!({"state": "open", "body": null}) } else { now };
            assert_eq!(decided(&event(|_| ()), &now), Ok(None), "{now}");
        }
        let now = json!({"state": "open", "body": TEXT});
        assert_eq!(decided(&event(|event| event["issue"]["state"] = json!("closed")), &now), Ok(None));
        assert!(matches!(request(&event(|_| ()), &Answers::default()), Err(Pending::Ask(_))));
    }
}
