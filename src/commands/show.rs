//! `roster show`: a saved plan, or a journal, for people.

use std::path::{Path, PathBuf};

use super::Context;
use crate::apply::journal::{self, JournalEvent, JournalRecord};
use crate::files::{self, LARGEST_OWN};
use crate::model::exit_code::Exit;
use crate::report::saved::SavedPlan;

/// Show a saved plan or a journal
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  roster show plan.json     a plan that `roster plan --out` saved")]
pub(super) struct Args {
    /// The file that plan --out or apply wrote
    file: PathBuf,
}

#[must_use]
pub(super) fn command(args: &Args, context: &Context) -> Exit {
    match shown(&args.file, context) {
        Ok(text) => {
            context.print(&text);
            Exit::Done
        }
        Err(why) => context.failure(&format!("{}: {why}", args.file.display())),
    }
}

fn shown(path: &Path, context: &Context) -> Result<String, String> {
    let text = files::read_text(path, LARGEST_OWN).map_err(|error| error.to_string())?;
    if let Ok(saved) = SavedPlan::parse(&text) {
        return saved.to_text(&context.page());
    }
    let entries = journal::read(path).map_err(|error| format!("neither a saved plan nor a journal: {error}"))?;
    if entries.is_empty() {
        return Err("it is empty".to_owned());
    }
    Ok(entries.iter().map(line).chain(unknown(&entries)).collect())
}

fn line(entry: &JournalRecord) -> String {
    let id = |id: &Option<u64>| id.map_or_else(String::new, |id| format!(" {id}"));
    let what = match &entry.note {
        JournalEvent::Start { plan, people, .. } => {
            format!("began to write for {people} {} (plan {plan})", if *people == 1 { "person" } else { "people" })
        }
        JournalEvent::Intent { agent, system, what, remote_id, fields } => {
            format!("{agent}: {} in {system}{}: {}", what.key(), id(remote_id), fields.join(", "))
        }
        JournalEvent::Answer { agent, system, what, remote_id, result } => {
            format!("{agent}: {} in {system}{}: {}", what.key(), id(remote_id), result.into_str())
        }
        JournalEvent::Ended { agent, outcome } => format!("{agent}: {}", outcome.into_str()),
        JournalEvent::End { exit } => format!("ended with exit code {exit}"),
    };
    format!("{}  {}\n", entry.at, crate::redact::quoted_words(&what))
}

fn unknown(entries: &[JournalRecord]) -> Option<String> {
    let unknown = journal::left_unknown(entries);
    let list = unknown.join(", ");
    (!unknown.is_empty()).then(|| format!("Not known whether it was done: {list}. The next run looks.\n"))
}
