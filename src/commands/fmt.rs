//! `roster fmt`: the canonical order and quotes of agent files.

use super::agent_filter::Selection;
use super::edited_files::{EditedFile, count, write};
use super::{Context, validate};
use crate::declare::problem::{Problem, errors};
use crate::declare::{self, Loaded, format::format, stem};
use crate::model::exit_code::Exit;

/// Put agent files into one order of fields and one kind of quotes, with their comments
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  roster fmt                 all files
  roster fmt 'team-*'        some of them
  roster fmt --check         for CI: exits with 2 and names the files that would change")]
pub(super) struct Args {
    /// The agents: slugs, or patterns such as 'team-*' [default: all]
    #[arg(value_name = "GLOB")]
    agents: Vec<String>,
    /// Write nothing; exit with 2 if a file would change
    #[arg(long)]
    check: bool,
}

#[must_use]
pub(super) fn run(args: &Args, context: &Context) -> Exit {
    formatted(args, context).unwrap_or_else(|exit| exit)
}

fn formatted(args: &Args, context: &Context) -> Result<Exit, Exit> {
    let selection = Selection::new(&args.agents).map_err(|why| context.wrong_usage(&why))?;
    let config = validate::config(context)?;
    let (sources, problems) = declare::sources(&context.root, &config.agents);
    let slugs = sources.iter().map(|(_, source)| stem(&source.name).to_owned()).collect();
    selection.check(&slugs).map_err(|why| context.wrong_usage(&why))?;
    let chosen = |name: &str| selection.takes(stem(name));
    let problems: Vec<Problem> = problems.into_iter().filter(|problem| chosen(&problem.file)).collect();
    if errors(&problems).next().is_some() {
        let loaded = Loaded { problems, files: sources.len(), ..Loaded::default() };
        return Err(validate::refused(&config, &loaded, context));
    }
    let (mut edited, mut refused) = (Vec::new(), 0);
    for (path, source) in sources.into_iter().filter(|(_, source)| chosen(&source.name)) {
        match format(&source) {
            Ok(after) => edited.push(EditedFile {
                name: source.name.clone(),
                path,
                before: source.text.clone().into_bytes(),
                after,
            }),
            Err(why) => {
                context.error(&format!("{}: {why}", source.name));
                refused += 1;
            }
        }
    }
    if !args.check {
        write(&edited).map_err(|why| why.report(context))?;
    }
    let changed: Vec<&EditedFile> = edited.iter().filter(|file| file.is_changed()).collect();
    for file in &changed {
        context.print(&format!("{}\n", file.name));
    }
    let end = if args.check { "would change" } else { "changed" };
    context.print_message(&format!("{} {end}, of {}", count(changed.len()), edited.len() + refused));
    Ok(match refused {
        0 if args.check && !changed.is_empty() => Exit::Differences,
        0 => Exit::Done,
        _ => Exit::Failure,
    })
}
