//! `roster set`: changes fields of one or many files in place.

use serde_json::Value;

use super::agent_filter::Selection;
use super::assignment::Assignment;
use super::edited_files::{self, EditedFile, count};
use super::refusal::Refusal;
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
    let edited = change(&args.agents, &args.assignments, context).map_err(|why| why.report(context))?;
    let (changed, same): (Vec<&EditedFile>, Vec<&EditedFile>) = edited.iter().partition(|file| file.is_changed());
    for file in &changed {
        context.print(&format!("{}\n", file.name));
    }
    let rest = if same.is_empty() { String::new() } else { format!(", {} had the value already", count(same.len())) };
    context.print_message(&format!("{} changed{rest}", count(changed.len())));
    Ok(())
}

/// Changes the files of the agents, and returns them.
///
/// # Errors
/// Why no file was changed.
pub(super) fn change(agents: &str, assignments: &[String], context: &Context) -> Result<Vec<EditedFile>, Refusal> {
    let assignments = Assignment::of(assignments)?;
    let (config, loaded) = validate::files(context);
    let selection = Selection::new(&[agents.to_owned()]).map_err(Refusal::Usage)?;
    selection.check(&loaded.slugs).map_err(Refusal::Usage)?;
    if loaded.is_invalid() {
        return Err(Refusal::files(config, loaded));
    }
    let values: Vec<(Field, Value)> = assignments
        .iter()
        .map(|assignment| Ok((assignment.field.clone(), assignment.value()?)))
        .collect::<Result<_, Refusal>>()?;
    let chosen = loaded.roster.people.values().filter(|person| selection.takes(person.slug.as_str()));
    let edited: Vec<EditedFile> = chosen
        .map(|person| EditedFile::new(&person.file, &values, &config.property_finder.languages, &context.root))
        .collect::<Result<_, _>>()?;
    edited_files::check(&edited, &config)?;
    edited_files::write_valid(&edited, context)?;
    Ok(edited)
}
