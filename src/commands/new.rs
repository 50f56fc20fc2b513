//! `roster new`: the file of a new agent.

use std::collections::BTreeMap;

use super::agent_filter::guess;
use super::assignment::Assignment;
use super::{Context, validate};
use crate::declare::Loaded;
use crate::declare::blank_file::{blank_file, missing};
use crate::declare::new_file::new_file;
use crate::declare::problem::errors;
use crate::files;
use crate::model::agent::{Field, FieldValue, Slug};
use crate::model::exit_code::Exit;
use crate::model::roster::{Declaration, NewValue};

/// Write the file of a new agent: the required fields, and what you give
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  roster new sara-khan                        a file to fill in
  roster new sara-khan --from omar-haddad     with the role, position and settings of a colleague
  roster new sara-khan public.first_name=Sara public.last_name=Khan public.email=sara.khan@example.com \\
    public.phone=+971501234567 private.email=sara@example.com private.mobile=+971509876543")]
pub(super) struct Args {
    /// The name of the file without its ending: lower-case letters, digits and hyphens
    #[arg(value_name = "SLUG", value_parser = Slug::parse)]
    slug: Slug,
    /// Copy what colleagues share from this agent: role, position, theme, notifications, language of the CRM
    #[arg(long, value_name = "SLUG")]
    from: Option<String>,
    /// Fields and their values, such as public.phone=+971501234567
    #[arg(value_name = "PATH=VALUE")]
    assignments: Vec<Assignment>,
}

/// Runs it.
#[must_use]
pub(super) fn run(args: &Args, context: &Context) -> Exit {
    new(args, context).map_or_else(|exit| exit, |()| Exit::Done)
}

fn new(args: &Args, context: &Context) -> Result<(), Exit> {
    let config = validate::config(context)?;
    let (_, loaded) = validate::files(context);
    let name = format!("{}/{}.yaml", config.agents, args.slug);
    if loaded.slugs.contains(args.slug.as_str()) {
        let why = format!("{} has a file already: change it with `roster set {}`", args.slug, args.slug);
        return Err(context.wrong_usage(&why));
    }
    let values = values(args, &loaded, context)?;
    let schema = format!("{}schema/agent.schema.json", "../".repeat(name.matches('/').count()));
    let missing = missing(&values);
    let text = if missing.is_empty() {
        let new = values.into_iter().map(|(field, value)| (field, NewValue { value, at_pf: None })).collect();
        let file = new_file(&name, &schema, new, &[], &config.property_finder.languages);
        let file = file.map_err(|why| refused(&why.to_string(), context))?;
        if let Some(value) = file.left_out.first() {
            return Err(refused(&format!("{}: {}", value.field, value.why), context));
        }
        file.text
    } else {
        blank_file(&name, &schema, values)
    };
    let path = context.root.join(&name);
    files::write_new(&path, &text).map_err(|error| context.failure(&format!("writing {name}: {error}")))?;
    if missing.is_empty() {
        let (_, after) = validate::files(context);
        let of_file: Vec<_> = after.problems.into_iter().filter(|problem| problem.file == name).collect();
        if errors(&of_file).next().is_some() {
            std::fs::remove_file(&path).map_err(|error| context.failure(&format!("removing {name}: {error}")))?;
            let loaded = Loaded { problems: of_file, files: 1, ..Loaded::default() };
            return Err(validate::refused(&config, &loaded, context));
        }
    }
    context.print(&format!("{name}\n"));
    context.print_message(&next_step(&missing));
    Ok(())
}

fn next_step(missing: &[Field]) -> String {
    if missing.is_empty() {
        return "The file is valid. See what an apply writes: `roster plan`".to_owned();
    }
    let names: Vec<String> = missing.iter().map(ToString::to_string).collect();
    format!("Fill in {}. Then run `roster validate`", names.join(", "))
}

/// The values of the colleague, and over them those of the command line.
fn values(args: &Args, loaded: &Loaded, context: &Context) -> Result<BTreeMap<Field, FieldValue>, Exit> {
    let mut values = BTreeMap::from([(Field::Status, FieldValue::from("active"))]);
    if let Some(from) = &args.from {
        let colleague = colleague(from, loaded).map_err(|why| context.wrong_usage(&why))?;
        let shared = colleague.record.iter().filter(|(field, _)| is_shared(field));
        values.extend(shared.map(|(field, value)| (field.clone(), value.clone())));
    }
    for assignment in &args.assignments {
        let value = assignment.value().map_err(|why| context.wrong_usage(&why))?;
        values.insert(assignment.field.clone(), value.into());
    }
    Ok(values)
}

fn colleague<'l>(slug: &str, loaded: &'l Loaded) -> Result<&'l Declaration, String> {
    let found = loaded.roster.people.values().find(|person| person.slug.as_str() == slug);
    found.ok_or_else(|| {
        if loaded.slugs.contains(slug) {
            return format!("--from {slug}: the file is not valid: run `roster validate`");
        }
        format!("--from {slug}: there is no such agent{}", guess(slug, &loaded.slugs))
    })
}

/// What colleagues have in common. Everything else is of one person alone.
const fn is_shared(field: &Field) -> bool {
    matches!(
        field,
        Field::Role
            | Field::Position(_)
            | Field::InterfaceLanguage
            | Field::UseEmailSignature
            | Field::Theme
            | Field::Subscription(..)
    )
}

fn refused(why: &str, context: &Context) -> Exit {
    context.error(&format!("{why}. Nothing was written"));
    Exit::Invalid
}
