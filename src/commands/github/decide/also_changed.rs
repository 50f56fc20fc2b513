//! Which other open pull requests change the same people as one does.

use std::collections::{BTreeMap, BTreeSet};

use super::open_pulls::{OpenPull, open_pulls};
use super::{Answers, Pending};

/// What the comment shows, so that it stays short: people, and numbers for each of them.
const PEOPLE: usize = 20;
const NUMBERS: usize = 5;
/// The longest path of a file that is named.
const PATH: usize = 100;

/// The pull request that is planned.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PlannedPull<'a> {
    /// The folder of the brokerage's `roster.yaml`, or `.`.
    pub directory: &'a str,
    /// The main branch.
    pub branch: &'a str,
    pub number: u64,
    /// What it changes.
    pub paths: &'a [String],
}

/// The answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct AlsoChanged {
    /// A part of the comment, in Markdown; empty where no other one changes the same people.
    pub lines: Vec<String>,
    /// Which pull requests could not be compared.
    pub notes: Vec<String>,
}

/// Compares the files of a pull request with those of the other open ones. One of a fork is not named: everyone can open such a
/// pull request, and a comment that names another one takes an approval back.
///
/// # Errors
/// When an answer is missing or cannot be read.
pub(crate) fn also_changed(planned: &PlannedPull<'_>, answers: &Answers) -> Result<AlsoChanged, Pending> {
    let people: BTreeMap<&str, &str> = agents(planned.directory, planned.paths).collect();
    if people.is_empty() {
        return Ok(AlsoChanged::default());
    }
    let open = open_pulls(planned.branch, answers)?;
    let others = open.pulls.iter().filter(|pull| pull.number != planned.number && !pull.is_of_a_fork);
    let mut found: BTreeMap<&str, BTreeSet<u64>> = BTreeMap::new();
    let mut notes = Vec::new();
    for pull in others {
        for (slug, _) in agents(planned.directory, &pull.paths) {
            if let Some(path) = people.get(slug) {
                found.entry(path).or_default().insert(pull.number);
            }
        }
        notes.extend(in_part(pull));
    }
    if !open.others.is_empty() {
        notes.push(format!("{} more open pull requests are not compared with this one.", open.others.len()));
    }
    Ok(AlsoChanged { lines: lines(&found), notes })
}

/// The agents' files among paths, each with the slug. The slug is the name of the file, in any folder.
fn agents<'a>(directory: &str, paths: &'a [String]) -> impl Iterator<Item = (&'a str, &'a str)> {
    let folder = if directory == "." { "agents/".to_owned() } else { format!("{directory}/agents/") };
    let is_safe = |char: char| char.is_ascii_alphanumeric() || matches!(char, '-' | '_' | '.' | '/');
    let own = paths.iter().filter(move |path| path.starts_with(&folder));
    own.filter(move |path| path.len() <= PATH && path.chars().all(is_safe)).filter_map(|path| {
        let slug = path.rsplit('/').next()?.strip_suffix(".yaml")?;
        (!slug.is_empty() && !path.contains("/.")).then_some((slug, path.as_str()))
    })
}

fn in_part(pull: &OpenPull) -> Option<String> {
    let number = pull.number;
    pull.has_more_paths.then(|| {
        let listed = pull.paths.len();
        format!(
            "GitHub lists {listed} files of #{number} and no more. The others are not compared with this pull request."
        )
    })
}

fn lines(found: &BTreeMap<&str, BTreeSet<u64>>) -> Vec<String> {
    if found.is_empty() {
        return Vec::new();
    }
    let mut lines = vec!["**Other open pull requests change the same people:**".to_owned(), String::new()];
    let line = |(path, numbers): (&&str, &BTreeSet<u64>)| format!("- `{path}`: Also changed in {}.", in_words(numbers));
    lines.extend(found.iter().take(PEOPLE).map(line));
    match found.len().saturating_sub(PEOPLE) {
        0 => {}
        1 => lines.push("- and 1 more person".to_owned()),
        more => lines.push(format!("- and {more} more people")),
    }
    lines
}

/// Numbers as people write them: `#12, #15 and #16`.
fn in_words(numbers: &BTreeSet<u64>) -> String {
    let mut words: Vec<String> = numbers.iter().take(NUMBERS).map(|number| format!("#{number}")).collect();
    if numbers.len() > NUMBERS {
        words.push(format!("{} more", numbers.len() - NUMBERS));
    }
    match words.as_slice() {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::commands::github::decide::{Question, open_pulls_key};

    fn pull(number: u64, paths: &[&str]) -> Value {
        let nodes: Vec<Value> = paths.iter().map(|path| json!({"path": path})).collect();
        json!({"number": number, "isDraft": false, "isCrossRepository": false, "headRefOid": "sha", "headRefName": "branch",
            "files": {"totalCount": nodes.len(), "nodes": nodes}})
    }

    /// Of pull request 7 with these paths.
    fn decided(directory: &str, paths: &[&str], pulls: &[Value]) -> AlsoChanged {
        let paths: Vec<String> = paths.iter().map(|path| (*path).to_owned()).collect();
        let planned = PlannedPull { directory, branch: "main", number: 7, paths: &paths };
        let mut answers = Answers::default();
        let page = |nodes: &[Value]| json!({"data": {"repository": {"pullRequests": {"nodes": nodes}}}});
        let pages: Vec<Value> = pulls.chunks(2).map(page).collect();
        answers.add(&open_pulls_key("main"), json!(pages)).unwrap();
        also_changed(&planned, &answers).unwrap()
    }

    fn list(found: &AlsoChanged) -> Vec<&str> {
        found.lines.iter().skip(2).map(String::as_str).collect()
    }

    #[test]
    fn other_open_pull_requests_are_named_beside_the_people_that_they_change_too() {
        let pulls = [
            pull(15, &["README.md", "agents/sara.yaml"]),
            pull(7, &["agents/sara.yaml", "agents/omar.yaml"]),
            pull(12, &["agents/dubai/sara.yaml", "agents/lina.yaml"]),
            pull(13, &["agents/photos/omar.jpg", "omar.yaml", "brokerages/x/agents/omar.yaml", "agents/my-omar.yaml"]),
        ];
        let found = decided(".", &["agents/sara.yaml", "agents/omar.yaml", "README.md"], &pulls);
        assert_eq!(found.lines[0], "**Other open pull requests change the same people:**");
        assert_eq!(list(&found), ["- `agents/sara.yaml`: Also changed in #12 and #15."]);
        assert!(found.notes.is_empty());
        assert_eq!(decided(".", &["agents/nur.yaml"], &pulls), AlsoChanged::default());
        let found = decided("brokerages/x", &["brokerages/x/agents/omar.yaml"], &pulls);
        assert_eq!(list(&found), ["- `brokerages/x/agents/omar.yaml`: Also changed in #13."]);
    }

    #[test]
    fn the_list_has_a_limit_and_counts_the_rest() {
        let pulls: Vec<Value> = (10..17).rev().map(|number| pull(number, &["agents/a.yaml"])).collect();
        let found = |count: usize| {
            let found = decided(".", &["agents/a.yaml"], &pulls[..count]);
            list(&found).concat()
        };
        assert_eq!(found(1), "- `agents/a.yaml`: Also changed in #16.");
        assert_eq!(found(5), "- `agents/a.yaml`: Also changed in #12, #13, #14, #15 and #16.");
        assert_eq!(found(7), "- `agents/a.yaml`: Also changed in #10, #11, #12, #13, #14 and 2 more.");
        for (count, last) in [(20, None), (21, Some("- and 1 more person")), (25, Some("- and 5 more people"))] {
            let paths: Vec<String> = (0..count).map(|number| format!("agents/a-{number:02}.yaml")).collect();
            let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
            let found = decided(".", &paths, &[pull(9, &paths)]);
            assert_eq!(list(&found).get(20).copied(), last);
            assert!(found.lines.len() <= 23);
        }
    }

    #[test]
    fn no_path_becomes_markup_and_no_fork_takes_an_approval_back() {
        let long = format!("agents/{}.yaml", "a".repeat(90));
        for path in [
            "agents/a`b.yaml",
            "agents/a\nb.yaml",
            "agents/a=b.yaml",
            "agents/.a.yaml",
            "agents/.b/a.yaml",
            "agents/.yaml",
            "agents/é.yaml",
            "agents/a b.yaml",
            "agents/@a.yaml",
            &long,
        ] {
            assert_eq!(decided(".", &[path], &[pull(1, &[path])]).lines, [""; 0], "{path}");
        }
        let mut fork = pull(1, &["agents/a.yaml"]);
        fork["isCrossRepository"] = json!(true);
        assert_eq!(decided(".", &["agents/a.yaml"], &[fork]), AlsoChanged::default());
    }

    #[test]
    fn what_cannot_be_compared_is_a_note() {
        let mut large = pull(1, &["agents/a.yaml"]);
        large["files"]["totalCount"] = json!(101);
        let mut unknown = pull(2, &[]);
        unknown["files"] = Value::Null;
        let mut pulls = vec![large, unknown];
        pulls.extend((100..200).map(|number| pull(number, &["agents/b.yaml"])));
        let found = decided(".", &["agents/a.yaml"], &pulls);
        assert_eq!(list(&found), ["- `agents/a.yaml`: Also changed in #1."]);
        assert_eq!(
            found.notes,
            [
                "GitHub lists 1 files of #1 and no more. The others are not compared with this pull request.",
                "GitHub lists 0 files of #2 and no more. The others are not compared with this pull request.",
                "2 more open pull requests are not compared with this one.",
            ]
        );
        // Nothing is asked for a pull request without agents, such as one with an acceptance.
        let planned = PlannedPull { directory: ".", branch: "main", number: 7, paths: &[] };
        assert_eq!(also_changed(&planned, &Answers::default()), Ok(AlsoChanged::default()));
        let asked = also_changed(&PlannedPull { paths: &["agents/a.yaml".to_owned()], ..planned }, &Answers::default());
        assert_eq!(asked, Err(Pending::Ask([Question::OpenPulls("main".to_owned())].into())));
    }
}
