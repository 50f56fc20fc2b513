//! `roster set`: changes fields of one or many files in place.

use super::agent_filter::Selection;
use super::assignment::Assignment;
use super::edited_files::{EditedFile, count, restore, write};
use super::{Context, plan, validate};
use crate::declare::Loaded;
use crate::declare::edit;
use crate::declare::file;
use crate::declare::problem::{Problem, errors};
use crate::files;
use crate::model::config::Languages;
use crate::model::exit_code::Exit;

/// Change fields of agent files in place: every other byte of a file stays
#[derive(Debug, clap::Args)]
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

/// Runs it.
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
    let chosen = loaded.roster.people.values().filter(|person| selection.takes(person.slug.as_str()));
    let edited: Vec<EditedFile> = chosen
        .map(|person| edited(&person.file, &assignments, &config.property_finder.languages, context))
        .collect::<Result<_, _>>()?;
    let problems: Vec<Problem> =
        edited.iter().flat_map(|file| file.problems(&config.property_finder.languages)).collect();
    if errors(&problems).next().is_some() {
        return Err(validate::refused(
            &config,
            &Loaded { problems, files: edited.len(), ..Loaded::default() },
            context,
        ));
    }
    write(&edited, context)?;
    let (_, after) = validate::files(context);
    if after.is_invalid() {
        restore(&edited, context)?;
        return Err(validate::refused(&config, &after, context));
    }
    let (changed, same): (Vec<&EditedFile>, Vec<&EditedFile>) = edited.iter().partition(|file| file.is_changed());
    for file in &changed {
        context.print(&format!("{}\n", file.name));
    }
    let rest = if same.is_empty() { String::new() } else { format!(", {} had the value already", count(same.len())) };
    context.print_message(&format!("{} changed{rest}", count(changed.len())));
    Ok(())
}

/// One file with all assignments.
fn edited(
    name: &str,
    assignments: &[Assignment],
    languages: &Languages,
    context: &Context,
) -> Result<EditedFile, Exit> {
    let path = context.root.join(name);
    let before =
        files::read(&path, files::LARGEST_OWN).map_err(|error| context.failure(&format!("reading {name}: {error}")))?;
    let mut after = String::from_utf8_lossy(&before).into_owned();
    for assignment in assignments {
        let value = assignment.value().map_err(|why| context.wrong_usage(&why))?;
        let (source, _) = file::parse(name, after.as_bytes(), true);
        after = edit::set(&source, &languages.primary, &assignment.field, &value)
            .map_err(|why| context.failure(&format!("{name}: {why}. Nothing was written")))?;
    }
    Ok(EditedFile { name: name.to_owned(), path, before, after })
}
