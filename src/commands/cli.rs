//! The command line: the commands, the global options, and how a run of the program begins and ends.

use std::io::{self, IsTerminal as _};
use std::path::{Path, PathBuf};

use clap::error::ErrorKind;
use clap::parser::ValueSource;
use clap::{Args, CommandFactory as _, FromArgMatches as _, Parser, Subcommand, ValueEnum};

use strum::VariantNames as _;

use crate::commands::validate::ProblemFormat;
use crate::commands::{self, CONFIG, ConfigLocation, Context, OutputArgument, Stdout};
use crate::model::exit_code::Exit;
use crate::report::ReportFormat;
use crate::report::checked::CheckFormat;
use crate::report::listed::ListFormat;

/// Keep a brokerage's estate agents as YAML files in git, and make the CRM and Property Finder agree with them
#[derive(Debug, Parser)]
#[command(name = "roster", version, long_version = env!("ROSTER_VERSION"), max_term_width = 100, after_long_help = EXIT_CODES)]
pub(crate) struct Cli {
    #[command(flatten)]
    global: GlobalOptions,
    #[command(subcommand)]
    command: Command,
}

const EXIT_CODES: &str = "\
Exit codes:
  0  nothing to do, or all done and read back      5    applied in part
  1  a local error, or confirmation declined       6    stale: the plan is out of date
  2  there are differences (when asked for)        7    a system could not be read completely
  3  blocked by a guard, nothing written           64   wrong usage
  4  the files are invalid                         130, 143  interrupted";

/// The most bytes of a comment: GitHub takes 65,536 characters, of which a workflow adds some.
const COMMENT_BYTES: usize = 60_000;

/// Options of every command.
#[derive(Debug, Args)]
#[command(next_help_heading = "Options of every command")]
struct GlobalOptions {
    /// Work in this folder instead of the current one
    #[arg(
        short = 'C',
        value_name = "DIR",
        global = true,
        hide_short_help = true,
        default_value = ".",
        hide_default_value = true
    )]
    directory: PathBuf,
    /// Read the configuration from this file, whose folder is then the repository [default: roster.yaml, in this folder
    /// or the nearest one above it in the git repository]
    #[arg(long, value_name = "FILE", global = true, hide_short_help = true)]
    config: Option<PathBuf>,
    /// Use colours
    #[arg(long, value_name = "WHEN", global = true, hide_short_help = true, default_value = "auto")]
    color: ColourChoice,
    /// Print only results and errors
    #[arg(short, long, global = true, hide_short_help = true)]
    quiet: bool,
    /// Also list people in the CRM and Property Finder who have no file
    #[arg(short, long, global = true, hide_short_help = true, conflicts_with = "quiet")]
    verbose: bool,
    /// Write the result to a file, or with - to stdout; repeatable
    #[arg(long, value_name = "FORMAT=PATH", global = true, hide_short_help = true)]
    output: Vec<OutputArgument>,
    /// Truncate a Markdown document to this size by leaving out whole agents
    #[arg(long, value_name = "N", global = true, hide_short_help = true, default_value_t = COMMENT_BYTES)]
    max_bytes: usize,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum ColourChoice {
    Auto,
    Always,
    Never,
}

#[derive(Debug, Subcommand)]
enum Command {
    Init(commands::init::Args),
    Validate(commands::validate::Args),
    Plan(commands::plan::Args),
    Drift(commands::drift::Args),
    Apply(commands::apply::Args),
    Import(commands::import::Args),
    New(commands::new::Args),
    Set(commands::set::Args),
    Fmt(commands::fmt::Args),
    Link(commands::link::Args),
    List(commands::list::Args),
    Explain(commands::explain::Args),
    Doctor(commands::doctor::Args),
    Show(commands::show::Args),
    Schema(commands::schema::Args),
    Sandbox(commands::sandbox::Args),
    Completions(commands::completions::CompletionsArgs),
    Man(commands::completions::ManArgs),
    // Part of the workflows of .github/, not of the command line for people.
    #[command(hide = true)]
    Github(commands::github::Args),
}

/// The formats of the documents that a command writes. Only such a command takes `--output` and `--max-bytes`.
fn formats(command: &str) -> &'static [&'static str] {
    match command {
        "validate" => ProblemFormat::VARIANTS,
        "plan" | "drift" | "apply" | "import" => ReportFormat::VARIANTS,
        "list" => ListFormat::VARIANTS,
        "doctor" => CheckFormat::VARIANTS,
        _ => &[],
    }
}

/// The commands that list people without a file under `--verbose`.
const WITH_VERBOSE: [&str; 6] = ["plan", "drift", "apply", "show", "set", "import"];

/// Whether an option of every command, by its id, has an effect on a command.
fn applies(option: &str, command: &str) -> bool {
    match option {
        "output" => !formats(command).is_empty(),
        "max_bytes" => formats(command).contains(&"markdown"),
        "verbose" => WITH_VERBOSE.contains(&command),
        _ => true,
    }
}

/// The description of the command line. The help of a command shows the options that apply to it.
pub(crate) fn command_line() -> clap::Command {
    described(Cli::command())
}

/// The same for manual pages, which need none for `help`.
pub(crate) fn manual() -> clap::Command {
    let line = described(Cli::command().disable_help_subcommand(true)).mut_args(shown_in_manual);
    line.mut_subcommands(|command| command.mut_args(shown_in_manual))
}

/// What the short help leaves out is in a manual page.
fn shown_in_manual(option: clap::Arg) -> clap::Arg {
    option.hide_short_help(false)
}

/// The same for completions, without what help hides: a shell would offer options that have no effect.
pub(crate) fn completed_line() -> clap::Command {
    shown_parts(&command_line())
}

fn shown_parts(command: &clap::Command) -> clap::Command {
    let options = command.get_arguments().filter(|option| !option.is_hide_set());
    let commands = command.get_subcommands().filter(|command| !command.is_hide_set());
    clap::Command::new(command.get_name().to_owned())
        .version(command.get_version().unwrap_or_default().to_owned())
        .about(command.get_about().cloned().unwrap_or_default())
        .disable_help_flag(true)
        .disable_help_subcommand(true)
        .disable_version_flag(true)
        .args(options.map(|option| option.clone().global(false)))
        .subcommands(commands.map(shown_parts))
}

fn described(mut line: clap::Command) -> clap::Command {
    line.build();
    line.mut_subcommands(|command| {
        let name = command.get_name().to_owned();
        command.mut_args(|option| {
            let hidden = option.is_hide_set() || !applies(option.get_id().as_str(), &name);
            let option = option.hide(hidden);
            if option.get_id() != "output" {
                return option;
            }
            let formats = formats(&name).join(", ");
            option.help(format!("Write the result to a file, or with - to stdout, in a format: {formats}; repeatable"))
        })
    })
}

/// An option that was given to a command on which it has no effect.
fn without_effect(matches: &clap::ArgMatches) -> Option<String> {
    let (command, given) = matches.subcommand()?;
    let named = |option: &&str| given.value_source(option) == Some(ValueSource::CommandLine);
    let option = ["output", "max_bytes"].into_iter().filter(named).find(|option| !applies(option, command))?;
    let document = if option == "max_bytes" { "no Markdown document" } else { "no document" };
    Some(format!("--{}: `roster {command}` writes {document}", option.replace('_', "-")))
}

/// Runs the program on the process's own arguments, streams and environment.
#[must_use]
pub fn main() -> Exit {
    let parsed = command_line().try_get_matches().and_then(|matches| match without_effect(&matches) {
        Some(why) => Err(command_line().error(ErrorKind::ArgumentConflict, why)),
        None => Cli::from_arg_matches(&matches),
    });
    match parsed {
        Ok(cli) => run(&cli),
        Err(error) => {
            // clap's own code for wrong usage is 2, which means "there are differences" here.
            let exit = match error.kind() {
                ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => Exit::Done,
                _ => Exit::Usage,
            };
            match error.print() {
                Err(why) if why.kind() != io::ErrorKind::BrokenPipe => Exit::Failure,
                Ok(()) | Err(_) => exit,
            }
        }
    }
}

fn run(cli: &Cli) -> Exit {
    let global = &cli.global;
    let mut context = Context {
        root: PathBuf::from("."),
        config: PathBuf::from(CONFIG),
        colour_out: coloured(global.color, &io::stdout()),
        colour_err: coloured(global.color, &io::stderr()),
        quiet: global.quiet,
        verbose: global.verbose,
        outputs: global.output.clone(),
        max_bytes: global.max_bytes,
        terminal: io::stdin().is_terminal() && io::stderr().is_terminal(),
        runner: std::env::var_os("GITHUB_ACTIONS").is_some(),
        stdout: Stdout::default(),
    };
    match enter(global) {
        Ok(found) => (context.root, context.config) = (found.root, found.config),
        Err(why) => {
            context.error(&why);
            return Exit::Usage;
        }
    }
    let exit = command(cli, &context);
    context.ended(exit)
}

/// Goes to the folder of `-C`, as if the program had been started there, and finds the repository.
fn enter(global: &GlobalOptions) -> Result<ConfigLocation, String> {
    let gone = |error: io::Error| match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => "there is no such folder".to_owned(),
        _ => error.to_string(),
    };
    let directory = &global.directory;
    std::env::set_current_dir(directory).map_err(|error| format!("-C {}: {}", directory.display(), gone(error)))?;
    match &global.config {
        Some(file) => ConfigLocation::of(file),
        None => Ok(std::env::current_dir()
            .map_or_else(|_| ConfigLocation::around(Path::new(".")), |at| ConfigLocation::around(&at))),
    }
}

fn command(cli: &Cli, context: &Context) -> Exit {
    match &cli.command {
        Command::Init(_) if cli.global.config.is_some() => context.wrong_usage("--config: init writes roster.yaml"),
        Command::Init(args) => commands::init::run(args, context),
        Command::Validate(args) => commands::validate::run(args, context),
        Command::Plan(args) => commands::plan::run(args, context),
        Command::Drift(args) => commands::drift::run(args, context),
        Command::Apply(args) => commands::apply::run(args, context),
        Command::Import(args) => commands::import::run(args, context),
        Command::New(args) => commands::new::run(args, context),
        Command::Fmt(args) => commands::fmt::run(args, context),
        Command::Set(args) => commands::set::run(args, context),
        Command::Link(args) => commands::link::run(args, context),
        Command::List(args) => commands::list::run(args, context),
        Command::Explain(args) => commands::explain::run(args, context),
        Command::Doctor(args) => commands::doctor::run(args, context),
        Command::Show(args) => commands::show::command(args, context),
        Command::Schema(args) => commands::schema::command(args, context),
        Command::Sandbox(args) => commands::sandbox::command(args, context),
        Command::Completions(args) => commands::completions::completions(args, context),
        Command::Man(args) => commands::completions::man(args, context),
        Command::Github(args) => commands::github::command(args, context),
    }
}

fn coloured(wanted: ColourChoice, stream: &impl anstream::stream::RawStream) -> bool {
    match wanted {
        ColourChoice::Always => true,
        ColourChoice::Never => false,
        ColourChoice::Auto => anstream::AutoStream::choice(stream) != anstream::ColorChoice::Never,
    }
}
