//! How people ended once a plan was carried out, in the words and the order of every format.

use schemars::JsonSchema;
use serde::Serialize;

use super::Report;
use crate::apply::{Applied, Outcome};
use crate::model::exit_code::Exit;

/// How one person ended; [`Outcome::why`] has the reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum PersonOutcome {
    Done,
    Failed,
    Moved,
    Unknown,
    Interrupted,
    NotTried,
    /// Nothing was planned, so nothing was tried. Only people for whom something was planned are among the JSON's results.
    #[schemars(skip)]
    Blocked,
}

impl PersonOutcome {
    /// Every end, in the order in which they are counted.
    pub(super) const ALL: [Self; 7] =
        [Self::Done, Self::Failed, Self::Moved, Self::Unknown, Self::Interrupted, Self::NotTried, Self::Blocked];

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
        match self {
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Moved => "changed meanwhile",
            Self::Unknown => "unknown",
            Self::Interrupted => "interrupted",
            Self::NotTried => "not tried",
            Self::Blocked => "blocked",
        }
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
#[derive(Clone, Copy, Debug)]
pub(super) struct OutcomeCounts([(PersonOutcome, usize); 7]);

impl OutcomeCounts {
    /// The ends of a report's people; none, as long as the plan was not carried out.
    pub(super) fn of(report: &Report<'_>) -> Option<Self> {
        let applied = report.applied?;
        let ended = |end| applied.iter().filter(|person: &&Applied| PersonOutcome::of(&person.outcome) == end).count();
        Some(Self(PersonOutcome::ALL.map(|end| {
            let blocked = if end == PersonOutcome::Blocked { report.summary.blocked() } else { 0 };
            (end, ended(end) + blocked)
        })))
    }

    /// How many people ended so.
    pub(super) fn count(self, end: PersonOutcome) -> usize {
        self.0.iter().filter(|(one, _)| *one == end).map(|(_, count)| count).sum()
    }

    /// How many people there are.
    pub(super) fn people(self) -> usize {
        self.0.iter().map(|(_, count)| count).sum()
    }

    /// The ends that somebody had, and those that are always shown.
    pub(super) fn shown(self) -> impl Iterator<Item = (PersonOutcome, usize)> {
        self.0.into_iter().filter(|(end, count)| *end <= PersonOutcome::Failed || *count > 0)
    }

    /// What the read-back found. A person who did not read back as planned has failed already; a run that was
    /// interrupted reads nothing back.
    pub(super) fn proof(self, exit: Exit) -> &'static str {
        let done = self.count(PersonOutcome::Done);
        match exit {
            Exit::Interrupted | Exit::Terminated => " · interrupted, not read back; run apply again for the rest",
            _ if done == 0 => "",
            _ if done == self.people() => " · read back: both systems agree",
            _ => " · read back: both systems agree on those who are done",
        }
    }
}
