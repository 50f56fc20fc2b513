//! The problems of files that belong into a report: every error, and the warnings about the people whom it is about.

use std::collections::BTreeSet;

use super::Report;
use crate::declare::problem::{Problem, errors};

/// What is wrong with the files, as far as it concerns this report.
pub(super) struct FileProblems<'a> {
    /// Errors first.
    pub(super) shown: Vec<&'a Problem>,
    /// How many warnings are about files of other people.
    pub(super) elsewhere: usize,
}

impl<'a> FileProblems<'a> {
    /// Of invalid files the errors, and the warnings beside them. Else the warnings about the people of the plan, and about
    /// everything that is not a person's file.
    pub(super) fn of(report: &Report<'a>) -> Self {
        let with_error: BTreeSet<&str> = errors(report.problems).map(|problem| problem.file.as_str()).collect();
        let of_people: BTreeSet<&str> = report.plan.people.iter().map(|person| person.file.as_str()).collect();
        let others: BTreeSet<&str> = report
            .roster
            .people
            .values()
            .map(|person| person.file.as_str())
            .filter(|file| !of_people.contains(file))
            .collect();
        let concerns = |problem: &&Problem| {
            let file = problem.file.as_str();
            if with_error.is_empty() { !others.contains(file) } else { with_error.contains(file) }
        };
        let mut shown: Vec<&Problem> = report.problems.iter().filter(concerns).collect();
        shown.sort_by_key(|problem| problem.severity);
        Self { elsewhere: report.problems.len() - shown.len(), shown }
    }
}
