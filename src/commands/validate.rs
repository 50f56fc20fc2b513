//! `roster validate`: every file, every problem, nothing sent anywhere.

use std::path::Path;

use jiff::civil::Date;
use strum::{EnumString, VariantNames};

use super::origin::origin;
use super::{Context, Outputs};
use crate::declare::config::LoadedConfig;
use crate::declare::git;
use crate::declare::problem::Problem;
use crate::declare::rules::{CannotHold, RuleContext};
use crate::declare::since::{ChangeBaseline, move_to_newer_files};
use crate::declare::{self, Keep, Loaded};
use crate::model::config::Config;
use crate::model::exit_code::Exit;
use crate::model::record::Record;
use crate::redact::quoted_words;
use crate::remote::{PortalMapper, crm};
use crate::report::github::{Annotation, annotations};
use crate::report::{problems, sarif};

/// Check every agent file and roster.yaml, without network
#[derive(Clone, Debug, Default, clap::Args)]
#[command(after_long_help = "\
Examples:
  roster validate                                 every problem of every file
  roster validate --changed-since origin/main     fails only for what a change broke
  roster validate --output github=-               marks the lines of a pull request")]
pub(crate) struct Args {
    /// Fail only for what changed since this git revision: older errors in untouched files are warnings
    #[arg(long, value_name = "REV")]
    changed_since: Option<String>,
}

/// A format of the problems, under its name in `--output`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumString, VariantNames)]
#[strum(serialize_all = "lowercase")]
pub(crate) enum ProblemFormat {
    /// A document of its own.
    Json,
    /// Annotations for the log of a workflow on GitHub.
    Github,
    /// SARIF, for code scanning.
    Sarif,
}

/// What is validated.
pub struct ValidationInput<'a> {
    /// The folder of `roster.yaml`, to which all paths are relative.
    pub root: &'a Path,
    /// `roster.yaml`, or another file in its place.
    pub config: &'a Path,
    /// The day that decides what has expired.
    pub today: Date,
    /// What each system cannot hold of a record.
    pub cannot_hold: &'a [&'a CannotHold<'a>],
}

#[must_use]
pub(crate) fn run(args: &Args, context: &Context) -> Exit {
    check(args, context).unwrap_or_else(|exit| exit)
}

fn check(args: &Args, context: &Context) -> Result<Exit, Exit> {
    let outputs: Outputs<ProblemFormat> = context.outputs()?;
    // With a revision, a problem between two files is reported in the file that the change touches.
    let (config, mut loaded) = files_at(&context.root, context, Keep::Nothing);
    if args.changed_since.is_none() {
        move_to_newer_files(&context.root, &mut loaded.problems);
    }
    // As long as roster.yaml keeps every agent's file from being read, it is unknown what the change broke in them.
    let excusable: &mut [Problem] = if loaded.files > 0 { &mut loaded.problems } else { &mut [] };
    let excused = args.changed_since.as_ref().map(|revision| excuse(revision, context, excusable));
    context.complain(&problems::terminal(&config.agents, &loaded, context.problem_style()));
    let origin = origin(context);
    let delivered = outputs.deliver(context, String::new, |format, out| {
        let document = match format {
            ProblemFormat::Json => problems::json(loaded.files, &loaded.problems),
            ProblemFormat::Github => {
                annotations(loaded.problems.iter().map(|one| Annotation::of(one, &origin)).collect())
            }
            ProblemFormat::Sarif => sarif::problems(&loaded.problems, &origin),
        };
        out.write_all(document.as_bytes())
    });
    delivered.map_err(|why| context.failure(&why))?;
    // A run that asked for a part gets everything, without the note that it is a part.
    if let Some(Err(error)) = excused {
        return Err(context.failure(&format!("reading --changed-since: {}", quoted_words(&error.to_string()))));
    }
    Ok(if loaded.is_invalid() { Exit::Invalid } else { Exit::Done })
}

fn excuse(revision: &str, context: &Context, problems: &mut [Problem]) -> Result<(), git::GitError> {
    ChangeBaseline::new(&context.root, revision)?
        .excuse(problems, |root| files_at(root, context, Keep::Nothing).1.problems)
}

/// Reads the configuration and every agent's file of the repository that the program works in.
#[must_use]
pub(crate) fn files(context: &Context) -> (Config, Loaded) {
    let (config, mut loaded) = files_at(&context.root, context, Keep::People);
    move_to_newer_files(&context.root, &mut loaded.problems);
    (config, loaded)
}

/// Reads the configuration alone. Its problems are reported.
pub(super) fn config(context: &Context) -> Result<Config, Exit> {
    let read = declare::config::load(&context.root, &context.root.join(&context.config));
    read.map(|settings| settings.config).map_err(|problems| {
        let (config, loaded) = alone(problems);
        refused(&config, &loaded, context)
    })
}

/// Reports problems because of which nothing is written.
pub(super) fn refused(config: &Config, loaded: &Loaded, context: &Context) -> Exit {
    context.complain(&problems::terminal(&config.agents, loaded, context.problem_style()));
    context.error("nothing was written");
    Exit::Invalid
}

/// The day in the Emirates, where licences and keys expire.
#[must_use]
pub(super) fn today() -> Date {
    let emirates = jiff::tz::TimeZone::fixed(jiff::tz::offset(4));
    jiff::Timestamp::now().to_zoned(emirates).date()
}

/// The same of a copy of the folder elsewhere.
fn files_at(root: &Path, context: &Context, keep: Keep) -> (Config, Loaded) {
    let config = root.join(&context.config);
    let settings = match declare::config::load(root, &config) {
        Ok(settings) => settings,
        Err(problems) => return alone(problems),
    };
    let crm = crm::mapper::CrmMapper::new(&settings.config);
    let pf = PortalMapper::new(&settings.config, &[]);
    let today = today();
    let in_crm = |record: &Record| crm.cannot_hold(record);
    let at_pf = |record: &Record| pf.cannot_hold(record);
    under(settings, root, today, &[&in_crm, &at_pf], keep)
}

/// Reads the configuration and every agent's file.
#[must_use]
pub fn load(at: &ValidationInput<'_>) -> (Config, Loaded) {
    match declare::config::load(at.root, at.config) {
        Ok(settings) => under(settings, at.root, at.today, at.cannot_hold, Keep::People),
        Err(problems) => alone(problems),
    }
}

/// Every agent's file, under a configuration that is valid.
fn under(
    settings: LoadedConfig,
    root: &Path,
    today: Date,
    cannot_hold: &[&CannotHold<'_>],
    keep: Keep,
) -> (Config, Loaded) {
    let mut loaded = declare::load(&RuleContext { root, config: &settings.config, today, cannot_hold }, keep);
    loaded.problems.extend(settings.unmatched_protect_patterns(&loaded.slugs));
    loaded.problems.extend(settings.key_expiry(today));
    (settings.config, loaded)
}

/// Errors of `roster.yaml` are reported alone, since they decide which files there are.
fn alone(problems: Vec<Problem>) -> (Config, Loaded) {
    (Config::default(), Loaded { problems, ..Loaded::default() })
}
