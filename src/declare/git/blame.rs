//! The commit that wrote each line of a file.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;

use super::{GitError, Repository};

/// The commit that wrote a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LineCommit {
    /// Its first digits.
    pub commit: String,
    /// Its day, in UTC.
    pub day: Date,
}

impl Repository {
    /// The commit of each line of a file, by the line's number from 1. A line that is not committed has none.
    ///
    /// # Errors
    /// When `git` fails, as it does for a file that is not tracked.
    pub(crate) fn blame(&self, file: &str) -> Result<BTreeMap<u32, LineCommit>, GitError> {
        if self.shallow {
            let said = "this is a shallow clone, in which old lines have the oldest commit that is here".to_owned();
            return Err(GitError::Failed { doing: "asking which commit wrote each line", said });
        }
        let lines = self.read("asking which commit wrote each line", ["blame", "--line-porcelain", "--", file])?;
        Ok(parse(&String::from_utf8_lossy(&lines)))
    }
}

fn parse(porcelain: &str) -> BTreeMap<u32, LineCommit> {
    let mut found = BTreeMap::new();
    let mut header: Option<(&str, u32)> = None;
    for line in porcelain.lines() {
        // The line of the file comes last, behind a tab.
        if line.starts_with('\t') {
            header = None;
            continue;
        }
        let mut words = line.split(' ');
        match (header, words.next(), words.next(), words.next()) {
            (None, Some(commit), Some(_), Some(number)) => {
                header = number.parse().ok().map(|number| (commit, number));
            }
            (Some((commit, number)), Some("committer-time"), Some(seconds), None) => {
                let day = seconds.parse().ok().and_then(|seconds| Timestamp::from_second(seconds).ok());
                let is_committed = commit.bytes().any(|digit| digit != b'0');
                if let Some(day) = day.filter(|_| is_committed) {
                    let day = day.to_zoned(jiff::tz::TimeZone::UTC).date();
                    found.insert(number, LineCommit { commit: commit.chars().take(9).collect(), day });
                }
            }
            _ => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn each_line_has_its_commit_and_an_uncommitted_one_has_none() {
        let commit = "1a2b3c4d5e6f7a8b9c0d1e2f3a4b5c6d7e8f9a0b";
        let none = "0".repeat(40);
        let porcelain = format!(
            "{commit} 1 1 2\nauthor A\ncommitter-time 1764374400\nsummary 9 committer-time\nfilename a.yaml\n\tstatus: x\n\
             {commit} 2 2\ncommitter-time 1764374400\n\t\tcommitter-time 5\n\
             {none} 3 3 1\ncommitter-time 1764374400\n\tnew: y\n"
        );
        let line = LineCommit { commit: "1a2b3c4d5".to_owned(), day: date(2025, 11, 29) };
        assert_eq!(parse(&porcelain), BTreeMap::from([(1, line.clone()), (2, line)]));
    }
}
