//! Why a command wrote nothing, as data: for the terminal, and for the comment on a request.

use super::{Context, validate};
use crate::declare::Loaded;
use crate::declare::problem::Problem;
use crate::model::config::Config;
use crate::model::exit_code::Exit;

/// The reason why nothing was written.
#[derive(Debug)]
pub(super) enum Refusal {
    /// What was asked for is not possible (wrong usage).
    Usage(String),
    /// A value that no file may declare, where no file holds it yet.
    Value(String),
    /// A file was changed in the meantime.
    Stale(String),
    /// A file cannot be read, changed or written.
    Failure(String),
    /// The files have errors, or would have them.
    Files(Box<(Config, Loaded)>),
}

impl Refusal {
    pub(super) fn files(config: Config, loaded: Loaded) -> Self {
        Self::Files(Box::new((config, loaded)))
    }

    /// Reports it at the terminal.
    pub(super) fn report(&self, context: &Context) -> Exit {
        match self {
            Self::Files(files) => return validate::refused(&files.0, &files.1, context),
            Self::Usage(why) | Self::Value(why) | Self::Stale(why) | Self::Failure(why) => context.error(why),
        }
        match self {
            Self::Usage(_) => Exit::Usage,
            Self::Value(_) | Self::Files(_) => Exit::Invalid,
            Self::Stale(_) => Exit::Stale,
            Self::Failure(_) => Exit::Failure,
        }
    }

    /// The reason as a sentence, and the problems of the files. Neither holds a private value.
    pub(super) fn parts(&self) -> (&str, &[Problem]) {
        match self {
            Self::Files(files) => ("The files would not be valid.", &files.1.problems),
            Self::Usage(why) | Self::Value(why) | Self::Stale(why) | Self::Failure(why) => (why, &[]),
        }
    }
}
