//! What GitHub answered, by the path of the request.

use std::collections::{BTreeMap, BTreeSet};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::de::DeserializeOwned;
use serde_json::Value;

/// What a decision needs to know of GitHub.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Question {
    /// Every page of a path below `repos/OWNER/NAME/`.
    Get(String),
    /// The open pull requests into a branch, with the files that each changes.
    OpenPulls(String),
    /// The files of an artifact, by the run that left it.
    Download {
        /// The run.
        run: u64,
        /// The artifact's name.
        name: String,
    },
}

/// The reason why a decision is not possible yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Pending {
    /// These answers are missing.
    Ask(BTreeSet<Question>),
    /// An answer is not what GitHub documents, so nothing may be concluded from it.
    Unreadable(String),
}

/// The answers so far.
#[derive(Clone, Debug, Default)]
pub(crate) struct Answers {
    /// The pages of each path; none where GitHub answered 404.
    pages: BTreeMap<String, Option<Vec<Value>>>,
    /// The comment that is kept in each artifact beside its plan.
    comments: BTreeMap<Question, String>,
}

/// What may be in a path as it is.
const PATH: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.');

/// A text of GitHub's as one part of a path.
pub(super) fn part(text: &str) -> String {
    utf8_percent_encode(text, PATH).to_string()
}

/// The name of the answer to `Question::OpenPulls`.
pub(crate) fn open_pulls(branch: &str) -> String {
    format!("open-pulls/{branch}")
}

impl Answers {
    /// Adds the answer to a path: its pages as one array, or null where there is nothing.
    ///
    /// # Errors
    /// When it is neither.
    pub(crate) fn add(&mut self, path: &str, pages: Value) -> Result<(), String> {
        let pages = match pages {
            Value::Null => None,
            Value::Array(pages) => Some(pages),
            _ => return Err(format!("the answer to {path} is not an array of pages")),
        };
        self.pages.insert(path.to_owned(), pages);
        Ok(())
    }

    /// Adds the comment that an artifact keeps.
    pub(crate) fn add_comment(&mut self, run: u64, name: &str, comment: String) {
        self.comments.insert(Question::Download { run, name: name.to_owned() }, comment);
    }

    /// The rows of a list, of all its pages. Nothing where GitHub answered 404.
    pub(super) fn list<T: DeserializeOwned>(&self, path: &str) -> Result<Vec<T>, Pending> {
        let pages = self.pages(path)?.unwrap_or_default();
        pages
            .iter()
            .map(|page| read::<Vec<T>>(path, page))
            .collect::<Result<Vec<_>, _>>()
            .map(|all| all.into_iter().flatten().collect())
    }

    /// The rows of the list under a key of each page. Nothing where GitHub answered 404.
    pub(super) fn list_of<T: DeserializeOwned>(&self, path: &str, key: &str) -> Result<Vec<T>, Pending> {
        let pages = self.pages(path)?.unwrap_or_default();
        let rows = |page: &Value| read::<Vec<T>>(path, page.get(key).unwrap_or(&Value::Null));
        pages.iter().map(rows).collect::<Result<Vec<_>, _>>().map(|all| all.into_iter().flatten().collect())
    }

    /// One object. None where GitHub answered 404.
    pub(super) fn one<T: DeserializeOwned>(&self, path: &str) -> Result<Option<T>, Pending> {
        match self.pages(path)? {
            None => Ok(None),
            Some([object]) => read(path, object).map(Some),
            Some(_) => Err(Pending::Unreadable(format!("GitHub's answer to {path} is not one object"))),
        }
    }

    /// The open pull requests into a branch, as pages.
    pub(super) fn open_pulls<T: DeserializeOwned>(&self, branch: &str) -> Result<Vec<T>, Pending> {
        let path = open_pulls(branch);
        let missing = || Pending::Ask([Question::OpenPulls(branch.to_owned())].into());
        let pages = self.pages.get(&path).ok_or_else(missing)?.as_deref().unwrap_or_default();
        pages.iter().map(|page| read(&path, page)).collect()
    }

    /// The comment that an artifact keeps.
    pub(super) fn comment(&self, run: u64, name: &str) -> Result<&str, Pending> {
        let request = Question::Download { run, name: name.to_owned() };
        self.comments.get(&request).map(String::as_str).ok_or_else(|| Pending::Ask([request].into()))
    }

    fn pages(&self, path: &str) -> Result<Option<&[Value]>, Pending> {
        let missing = || Pending::Ask([Question::Get(path.to_owned())].into());
        self.pages.get(path).map(Option::as_deref).ok_or_else(missing)
    }
}

/// All results, or everything that is missing for one of them, so that it is fetched in one go.
///
/// # Errors
/// When one of them is pending.
pub(crate) fn every<T>(results: impl IntoIterator<Item = Result<T, Pending>>) -> Result<Vec<T>, Pending> {
    let (mut found, mut missing) = (Vec::new(), BTreeSet::new());
    for result in results {
        match result {
            Ok(value) => found.push(value),
            Err(Pending::Ask(requests)) => missing.extend(requests),
            Err(unreadable) => return Err(unreadable),
        }
    }
    if missing.is_empty() { Ok(found) } else { Err(Pending::Ask(missing)) }
}

fn read<T: DeserializeOwned>(path: &str, value: &Value) -> Result<T, Pending> {
    T::deserialize(value)
        .map_err(|error| Pending::Unreadable(format!("GitHub's answer to {path} has an unknown form: {error}")))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_page_of_a_list_counts_and_404_is_an_empty_one() {
        let mut answers = Answers::default();
        answers.add("a", json!([[1, 2], [3]])).unwrap();
        answers.add("b", json!([{"rows": [1]}, {"rows": [2]}])).unwrap();
        answers.add("none", Value::Null).unwrap();
        assert_eq!(answers.list::<u8>("a"), Ok(vec![1, 2, 3]));
        assert_eq!(answers.list_of::<u8>("b", "rows"), Ok(vec![1, 2]));
        assert_eq!((answers.list::<u8>("none"), answers.one::<u8>("none")), (Ok(vec![]), Ok(None)));
        assert!(answers.add("c", json!({"message": "Server Error"})).is_err());
    }

    #[test]
    fn an_answer_of_another_form_is_never_read_as_empty() {
        let mut answers = Answers::default();
        for (path, pages) in
            [("list", json!([{"message": "Bad credentials"}])), ("one", json!([])), ("key", json!([{}]))]
        {
            answers.add(path, pages).unwrap();
        }
        assert!(matches!(answers.list::<u8>("list"), Err(Pending::Unreadable(_))));
        assert!(matches!(answers.one::<u8>("one"), Err(Pending::Unreadable(_))));
        assert!(matches!(answers.list_of::<u8>("key", "rows"), Err(Pending::Unreadable(_))));
    }

    #[test]
    fn everything_that_is_missing_is_asked_for_at_once() {
        let answers = Answers::default();
        let missing = every(["a", "b"].map(|path| answers.one::<u8>(path)));
        assert_eq!(missing, Err(Pending::Ask(["a", "b"].map(|path| Question::Get(path.to_owned())).into())));
    }
}
