//! `roster set`: changes fields of one or many files in place.

use serde_json::Value;

use super::agent_filter::Selection;
use super::assignment::Assignment;
use super::edited_files::{self, EditedFile, count};
use super::{Context, plan, validate};
use crate::model::agent::Field;
use crate::model::exit_code::Exit;

/// Change fields of agent files in place: every other byte of a file stays
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  roster set sara-khan public.phone=+971501234567        one field of one agent
  roster set 'team-*' public.position.en='Team Lead'     for many agents
  roster set sara-khan public.licence=null --plan        clears a field, and shows the plan")]
pub(super) struct Args {
    /// The agents: a slug, or a pattern such as 'team-*'
    #[arg(value_name = "GLOB")]
    agents: String,
    /// The field and its new value, such as status=inactive or public.position.en='Senior Broker'; nothing behind = clears
    /// the field in both systems
    #[arg(value_name = "PATH=VALUE", required = true)]
    assignments: Vec<String>,
    /// Then show the plan of these agents
    #[arg(long)]
    plan: bool,
    /// Plan against the sandbox: both APIs inside this process, kept in .roster/sandbox.json
    #[arg(long, requires = "plan")]
    sandbox: bool,
}

#[must_use]
pub(super) fn run(args: &Args, context: &Context) -> Exit {
    set(args, context).map_or_else(
        |exit| exit,
        |()| {
            if args.plan { plan::run(&plan::Args::of_agents(&args.agents, args.sandbox), context) } else { Exit::Done }
        },
    )
}

fn set(args: &Args, context: &Context) -> Result<(), Exit> {
    let assignments = Assignment::of(&args.assignments, context)?;
    let (config, loaded) = validate::files(context);
    let selection = Selection::new(std::slice::from_ref(&args.agents)).map_err(|why| context.wrong_usage(&why))?;
    selection.check(&loaded.slugs).map_err(|why| context.wrong_usage(&why))?;
    if loaded.is_invalid() {
        return Err(validate::refused(&config, &loaded, context));
    }
    let values: Vec<(Field, Value)> = assignments
        .iter()
        .map(|assignment| Ok((assignment.field.clone(), assignment.value()?)))
        .collect::<Result<_, String>>()
        .map_err(|why| context.wrong_usage(&why))?;
    let chosen = loaded.roster.people.values().filter(|person| selection.takes(person.slug.as_str()));
    let edited: Vec<EditedFile> = chosen
        .map(|person| EditedFile::new(&person.file, &values, &config.property_finder.languages, context))
        .collect::<Result<_, _>>()?;
    edited_files::check(&edited, &config, context)?;
    edited_files::write_valid(&edited, context)?;
    let (changed, same): (Vec<&EditedFile>, Vec<&EditedFile>) = edited.iter().partition(|file| file.is_changed());
    for file in &changed {
        context.print(&format!("{}\n", file.name));
    }
    let rest = if same.is_empty() { String::new() } else { format!(", {} had the value already", count(same.len())) };
    context.print_message(&format!("{} changed{rest}", count(changed.len())));
    Ok(())
}
