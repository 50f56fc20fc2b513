//! How people ended once a plan was carried out, in the words and the order of every format.

use crate::apply::{Applied, Outcome};
use crate::exit::Exit;

/// How one person ended; why, [`Outcome::why`] says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum End {
    Done,
    Failed,
    Moved,
    Unknown,
    NotTried,
}

impl End {
    /// Every end, in the order in which they are counted.
    pub(super) const ALL: [Self; 5] = [Self::Done, Self::Failed, Self::Moved, Self::Unknown, Self::NotTried];

    pub(super) const fn of(outcome: &Outcome) -> Self {
        match outcome {
            Outcome::Done => Self::Done,
            Outcome::Failed(_) => Self::Failed,
            Outcome::Moved(_) => Self::Moved,
            Outcome::Unknown(_) => Self::Unknown,
            Outcome::NotTried(_) => Self::NotTried,
        }
    }

    /// Its word in output.
    pub(super) const fn key(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Moved => "moved",
            Self::Unknown => "unknown",
            Self::NotTried => "not tried",
        }
    }

    /// How many people ended so.
    pub(super) fn count(self, people: &[Applied]) -> usize {
        people.iter().filter(|person| Self::of(&person.outcome) == self).count()
    }

    /// How many people ended in each way.
    pub(super) fn counts(people: &[Applied]) -> [(Self, usize); 5] {
        Self::ALL.map(|end| (end, end.count(people)))
    }
}

/// What the read-back says. Who did not read back as planned has failed already; a run that was interrupted reads
/// nothing back.
pub(super) fn proof(exit: Exit, people: &[Applied]) -> &'static str {
    let done = End::Done.count(people);
    match exit {
        _ if done == 0 => "",
        Exit::Interrupted | Exit::Terminated => " · interrupted, not read back",
        _ if done == people.len() => " · read back: both systems agree",
        _ => " · read back: both systems agree on who is done",
    }
}
