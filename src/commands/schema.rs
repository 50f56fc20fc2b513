//! `roster schema`: writes the schemas that editors use, or reports whether the committed ones are stale.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use serde_json::Value;

use super::{Context, write_document};
use crate::declare::schema;
use crate::model::exit_code::Exit;
use crate::report;

/// Write the JSON Schemas of agent files, roster.yaml and plans
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Args {
    /// Write nothing; exit 2 if a committed schema is stale
    #[arg(long)]
    pub check: bool,
}

/// A schema that is committed: its path from the repository's root, and what makes it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CommittedSchema {
    /// The path from the repository's root.
    pub path: &'static str,
    /// Generates it.
    pub generate: fn() -> Value,
}

/// Every committed schema.
pub(crate) const COMMITTED: [CommittedSchema; 3] = [
    CommittedSchema { path: "schema/agent.schema.json", generate: || schema::agent().schema.clone() },
    CommittedSchema { path: "schema/roster.schema.json", generate: || schema::config().schema.clone() },
    CommittedSchema { path: "schema/plan.schema.json", generate: report::json::schema },
];

#[must_use]
pub(crate) fn command(args: &Args, context: &Context) -> Exit {
    if !context.root.join(&context.config).is_file() {
        return context.wrong_usage(
            "there is no roster.yaml in this folder or above it in the git repository, and the schemas belong beside it: \
             go to the repository's folder, or begin one here with an empty roster.yaml",
        );
    }
    run(args, &context.root, &mut io::stderr()).unwrap_or_else(|error| {
        context.error(&format!("writing the schemas: {error}"));
        Exit::Failure
    })
}

/// Writes or checks each schema of the repository at `root`, and reports it on `stderr`.
///
/// # Errors
/// When a file or `stderr` cannot be written.
pub fn run(args: &Args, root: &Path, stderr: &mut dyn Write) -> io::Result<Exit> {
    let mut exit = Exit::Done;
    for CommittedSchema { path, generate } in COMMITTED {
        let text = printed(&generate());
        let fresh = fs::read_to_string(root.join(path)).is_ok_and(|committed| committed == text);
        if fresh {
            writeln!(stderr, "{path}: up to date")?;
        } else if args.check {
            writeln!(stderr, "{path}: stale; run `roster schema` and commit the result")?;
            exit = Exit::Differences;
        } else {
            fs::create_dir_all(root.join("schema"))?;
            write_document(&root.join(path), |out| out.write_all(text.as_bytes()))?;
            writeln!(stderr, "{path}: written")?;
        }
    }
    Ok(exit)
}

/// The bytes of a schema's file: indented, with a line end behind it, the same on every machine.
#[must_use]
pub(crate) fn printed(schema: &Value) -> String {
    format!("{schema:#}\n")
}
