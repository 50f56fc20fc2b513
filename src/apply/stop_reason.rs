//! Why the steps of a person end early.

use crate::remote::RemoteError;

/// Why a person's steps end early.
#[derive(Clone, Debug)]
pub(super) enum StopReason {
    Remote(RemoteError),
    Moved(String),
    /// A write may have been carried out, and the row was changed by something else too.
    Unknown(String),
    NotTried(String),
    Interrupted(String),
    Failed(String),
}

impl StopReason {
    /// Whether the request may have been carried out.
    pub(super) const fn may_be_done(&self) -> bool {
        match self {
            Self::Unknown(_) => true,
            Self::Remote(error) => error.leaves_unknown(),
            Self::Moved(_) | Self::NotTried(_) | Self::Interrupted(_) | Self::Failed(_) => false,
        }
    }

    /// All of several reasons of one kind: the texts after each other. Of other kinds the first is the reason.
    pub(super) fn joined(reasons: Vec<Self>) -> Option<Self> {
        reasons.into_iter().reduce(|all, next| match (all, next) {
            (Self::Failed(all), Self::Failed(next)) => Self::Failed(format!("{all}; {next}")),
            (all, _) => all,
        })
    }
}

impl From<RemoteError> for StopReason {
    fn from(error: RemoteError) -> Self {
        Self::Remote(error)
    }
}
