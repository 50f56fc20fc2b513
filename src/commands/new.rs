//! `roster new`: the file of a new agent.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use super::agent_filter::guess;
use super::assignment::Assignment;
use super::refusal::Refusal;
use super::{Context, validate};
use crate::declare::Loaded;
use crate::declare::blank_file::{blank_file, example_of, missing};
use crate::declare::new_file::{NewFileError, new_file};
use crate::declare::problem::{Problem, errors};
use crate::files;
use crate::model::agent::{Field, FieldValue, Slug};
use crate::model::config::Config;
use crate::model::exit_code::Exit;
use crate::model::roster::{Declaration, NewValue};

/// Write the file of a new agent: the required fields, and what you give
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
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
    assignments: Vec<String>,
}

#[must_use]
pub(super) fn run(args: &Args, context: &Context) -> Exit {
    new(args, context).map_or_else(|exit| exit, |()| Exit::Done)
}

fn new(args: &Args, context: &Context) -> Result<(), Exit> {
    let file =
        create(&args.slug, args.from.as_deref(), &args.assignments, context).map_err(|why| why.report(context))?;
    context.print(&format!("{}\n", file.name));
    context.print_message(&next_step(&file.missing));
    Ok(())
}

/// A file that was written.
pub(super) struct CreatedFile {
    /// From the repository's root.
    pub(super) name: String,
    /// The required fields that have no value.
    pub(super) missing: Vec<Field>,
}

/// Writes the file of a new agent.
///
/// # Errors
/// Why no file was written.
pub(super) fn create(
    slug: &Slug,
    from: Option<&str>,
    assignments: &[String],
    context: &Context,
) -> Result<CreatedFile, Refusal> {
    let assignments = Assignment::of(assignments)?;
    let (config, before) = validate::files(context);
    let name = format!("{}/{slug}.yaml", config.agents);
    if before.slugs.contains(slug.as_str()) {
        let why = format!("{slug} has a file already: change it with `roster set {slug} PATH=VALUE`");
        return Err(Refusal::Usage(why));
    }
    // Without roster.yaml or the folder it is not known where the file belongs.
    let has_no_place = |problem: &Problem| problem.file == config.agents || Path::new(&problem.file) == context.config;
    if errors(&before.problems).any(has_no_place) {
        return Err(Refusal::files(config, before));
    }
    let values = values(from, &assignments, &before)?;
    let missing = missing(&values);
    let text =
        text(&name, values, &missing, &config).map_err(|why| Refusal::Value(format!("{why}. Nothing was written")))?;
    let path = context.root.join(&name);
    files::write_new(&path, &text).map_err(|error| Refusal::Failure(format!("writing {name}: {error}")))?;
    if missing.is_empty() {
        let (_, mut after) = validate::files(context);
        let is_old = |problem: &Problem| before.problems.iter().any(|old| old.order(problem).is_eq());
        after.problems.retain(|problem| !is_old(problem));
        if after.is_invalid() {
            fs::remove_file(&path).map_err(|error| Refusal::Failure(format!("removing {name}: {error}")))?;
            return Err(Refusal::files(config, after));
        }
    }
    Ok(CreatedFile { name, missing })
}

/// The text of the file. A value that no file may declare is refused, also where others are missing.
fn text(name: &str, values: BTreeMap<Field, FieldValue>, missing: &[Field], config: &Config) -> Result<String, String> {
    let schema = format!("{}schema/agent.schema.json", "../".repeat(name.matches('/').count()));
    let mut whole: BTreeMap<Field, NewValue> =
        values.iter().map(|(field, value)| (field.clone(), NewValue { value: value.clone(), at_pf: None })).collect();
    for field in missing {
        whole.insert(field.clone(), NewValue { value: example_of(field).into(), at_pf: None });
    }
    let file = new_file(name, &schema, whole, &[], &config.property_finder.languages).map_err(|why| match why {
        NewFileError::Refused(_, why) => why,
        other => other.to_string(),
    })?;
    match file.left_out.into_iter().next() {
        Some(value) => Err(value.why),
        None if missing.is_empty() => Ok(file.text),
        None => Ok(blank_file(name, &schema, values)),
    }
}

fn next_step(missing: &[Field]) -> String {
    if missing.is_empty() {
        return "The file is valid. See what an apply writes: `roster plan`".to_owned();
    }
    let names: Vec<String> = missing.iter().map(ToString::to_string).collect();
    format!("Fill in {}. Then run `roster validate`", names.join(", "))
}

/// The values of the colleague, and over them those of the command line.
fn values(
    from: Option<&str>,
    assignments: &[Assignment],
    loaded: &Loaded,
) -> Result<BTreeMap<Field, FieldValue>, Refusal> {
    let mut values = BTreeMap::from([(Field::Status, FieldValue::from("active"))]);
    if let Some(from) = from {
        let colleague = colleague(from, loaded).map_err(Refusal::Usage)?;
        let shared = colleague.record.iter().filter(|(field, _)| is_shared(field));
        values.extend(shared.map(|(field, value)| (field.clone(), value.clone())));
    }
    for assignment in assignments {
        values.insert(assignment.field.clone(), assignment.value()?.into());
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
