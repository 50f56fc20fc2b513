//! How people ended once a plan was carried out, in the words and the order of every format.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;
use strum::IntoStaticStr;

use super::Report;
use crate::apply::Outcome;
use crate::model::exit_code::Exit;

/// How one person ended; [`Outcome::why`] has the reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema, IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "lowercase", const_into_str)]
pub(super) enum PersonOutcome {
    Done,
    Failed,
    #[strum(serialize = "changed meanwhile")]
    Moved,
    Unknown,
    Interrupted,
    #[strum(serialize = "not tried")]
    NotTried,
    /// Nothing was planned, so nothing was tried. Only people for whom something was planned are among the JSON's results.
    #[schemars(skip)]
    Blocked,
}

impl PersonOutcome {
    pub(super) const fn of(outcome: &Outcome) -> Self {
        match outcome {
            Outcome::Done => Self::Done,
            Outcome::Failed(_) => Self::Failed,
            Outcome::Moved(_) => Self::Moved,
            Outcome::Unknown(_) => Self::Unknown,
            Outcome::Interrupted(_) => Self::Interrupted,
            Outcome::NotTried(_) => Self::NotTried,
        }
    }

    /// Its words in output.
    pub(super) const fn key(self) -> &'static str {
        self.into_str()
    }

    /// Its word in front of a line of its own, which goes on with the reason.
    pub(super) const fn label(self) -> &'static str {
        match self {
            Self::Moved => "changed",
            _ => self.key(),
        }
    }
}

/// How many people ended in which way, with those who were blocked from the start: everybody for whom there was
/// something to do.
#[derive(Clone, Debug)]
pub(super) struct OutcomeCounts(BTreeMap<PersonOutcome, usize>);

impl OutcomeCounts {
    /// The ends of a report's people; none, as long as the plan was not carried out.
    pub(super) fn of(report: &Report<'_>) -> Option<Self> {
        let blocked = (PersonOutcome::Blocked, report.summary.blocked());
        let mut ends = BTreeMap::from([(PersonOutcome::Done, 0), (PersonOutcome::Failed, 0), blocked]);
        for person in report.applied? {
            *ends.entry(PersonOutcome::of(&person.outcome)).or_default() += 1;
        }
        Some(Self(ends))
    }

    /// How many people ended so.
    pub(super) fn count(&self, end: PersonOutcome) -> usize {
        self.0.get(&end).copied().unwrap_or_default()
    }

    /// How many people there are.
    pub(super) fn people(&self) -> usize {
        self.0.values().sum()
    }

    /// The outcomes of at least one person, and those that are always shown.
    pub(super) fn shown(&self) -> impl Iterator<Item = (PersonOutcome, usize)> {
        let ends = self.0.iter().map(|(end, count)| (*end, *count));
        ends.filter(|(end, count)| *end <= PersonOutcome::Failed || *count > 0)
    }

    /// What the read-back found. A person who did not read back as planned has failed already; a run that was
    /// interrupted reads nothing back.
    pub(super) fn proof(&self, exit: Exit) -> &'static str {
        let done = self.count(PersonOutcome::Done);
        match exit {
            Exit::Interrupted | Exit::Terminated => " · interrupted, not read back; run apply again for the rest",
            _ if done == 0 => "",
            _ if done == self.people() => " · read back: both systems agree",
            _ => " · read back: both systems agree on those who are done",
        }
    }
}
