//! `roster init`: a working repository in a folder that has none. No file that is there is changed, but `.gitignore`.

mod templates;

use std::fs;
use std::io;
use std::ops::Not as _;
use std::path::Path;

use super::{CONFIG, Context, import, schema};
use crate::declare;
use crate::declare::git::Repository;
use crate::files;
use crate::model::exit_code::Exit;
use templates::{
    EDITOR_SETTINGS, EXAMPLE_AGENT, IGNORED, Owners, Template, WORKFLOWS, code_owners, config, dependabot,
};

/// The folder of agent files that roster.yaml does not name otherwise.
const AGENTS: &str = "agents";

/// Make a working repository here: roster.yaml, schemas, an agent, workflows for GitHub
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  roster init                       asks for what it needs on a terminal
  roster init --no-workflows        without GitHub
  roster init --link-fields 11,12,13,14 --engineers @acme/it --operations @acme/office --managers @acme/leads

With the keys of both systems in the environment it imports the people who exist there, in place of an example.")]
pub(super) struct Args {
    /// The numbers of the CRM's four custom fields: slug, Property Finder user, public profile, memory
    #[arg(long, value_name = "A,B,C,D", value_parser = link_fields)]
    link_fields: Option<[u64; 4]>,
    /// GitHub team or user that approves changes of settings and workflows
    #[arg(long, value_name = "OWNER", value_parser = owner)]
    engineers: Option<String>,
    /// Team or user that approves changes of agents
    #[arg(long, value_name = "OWNER", value_parser = owner)]
    operations: Option<String>,
    /// Team or user that approves a plan that a guard stopped
    #[arg(long, value_name = "OWNER", value_parser = owner)]
    managers: Option<String>,
    /// Leave out `.github`
    #[arg(long)]
    no_workflows: bool,
}

#[must_use]
pub(super) fn run(args: &Args, context: &Context) -> Exit {
    init(args, context).unwrap_or_else(|exit| exit)
}

fn init(args: &Args, context: &Context) -> Result<Exit, Exit> {
    // In this folder, also where a repository is above it.
    let folder = Path::new(".");
    if folder.join(CONFIG).symlink_metadata().is_ok() {
        return Err(context.wrong_usage("there is a roster.yaml in this folder already: it is left as it is"));
    }
    let has_github = !args.no_workflows && is_top_of_its_repository(folder);
    let answers = InitAnswers::new(args, has_github, context).map_err(|InputEnded| {
        context.failure("the input ended before the questions were answered: nothing was written")
    })?;
    let mut made = NewRepository { folder, context, kept: Vec::new() };
    made.write(".vscode/settings.json", EDITOR_SETTINGS)?;
    made.ignore()?;
    if has_github {
        made.write(".github/CODEOWNERS", &code_owners(&answers.owners))?;
        made.write(".github/dependabot.yml", &dependabot())?;
        for Template { path, text } in WORKFLOWS {
            made.write(path, text)?;
        }
    }
    for committed in schema::COMMITTED {
        made.write(committed.path, &schema::printed(&(committed.generate)()))?;
    }
    let imports = has_keys();
    if !imports && declare::sources(folder, AGENTS).0.is_empty() {
        made.write("agents/example-agent.yaml", EXAMPLE_AGENT)?;
    }
    // Last, so that a run that could not write everything can be repeated.
    made.write(CONFIG, &config(answers.link_fields))?;
    if !made.kept.is_empty() {
        context.print_message(&format!("Left as they are: {}", made.kept.join(", ")));
    }
    if imports {
        context.print_message("The keys of both systems are in the environment: importing their people");
        let here = Context { root: folder.to_path_buf(), ..context.clone() };
        let exit = import::run(&import::Args::default(), &here);
        if exit != Exit::Done {
            context.error("the files above are written, and no agents: run `roster import` when that is mended");
        }
        return Ok(exit);
    }
    context.print_message(&next_steps(args, has_github, &answers.owners));
    Ok(Exit::Done)
}

/// GitHub reads `.github` at the top of a repository alone. A folder outside of git may become one.
fn is_top_of_its_repository(folder: &Path) -> bool {
    let place = Repository::open(folder).and_then(|repository| repository.place());
    place.is_ok_and(|place| !place.folder.is_empty()).not()
}

fn next_steps(args: &Args, has_github: bool, owners: &Owners) -> String {
    let mut text = "Next:\n  roster validate            checks the files\n  roster plan --sandbox      shows a plan without the real \
                    systems\n  roster doctor              checks the keys and both systems"
        .to_owned();
    if has_github {
        text.push_str(
            "\n  Name a release of roster in .github/actions/roster/action.yml, and add the keys to the environments of the \
             repository (docs/wiring.md of roster).",
        );
        if !owners.are_known() {
            text.push_str(
                "\n  Name the missing owners in .github/CODEOWNERS. Until then the check of a pull request fails.",
            );
        }
    } else if !args.no_workflows {
        text.push_str("\n  .github is left out: GitHub reads it only at the top of a repository.");
    }
    text
}

/// What a person gave by options, or answered.
struct InitAnswers {
    link_fields: Option<[u64; 4]>,
    owners: Owners,
}

impl InitAnswers {
    fn new(args: &Args, has_github: bool, context: &Context) -> Result<Self, InputEnded> {
        let asks = context.terminal && !context.quiet;
        let owner_of = |given: &Option<String>, question: &str| match given {
            None if asks && has_github => {
                answer(&format!("{question} (a team such as @acme/office; empty: later): "), owner)
            }
            given => Ok(given.clone()),
        };
        let engineers = owner_of(&args.engineers, "Who approves changes of settings and workflows?")?;
        let operations = owner_of(&args.operations, "Who approves changes of agents?")?;
        let managers = owner_of(&args.managers, "Who approves what a guard stopped?")?;
        let link_fields = match args.link_fields {
            None if asks => answer(
                "The numbers of the CRM's four custom fields for slug, Property Finder user, public profile and memory, \
                 such as 11,12,13,14 (empty: later): ",
                link_fields,
            )?,
            given => given,
        };
        Ok(Self { link_fields, owners: Owners { engineers, operations, managers } })
    }
}

/// The input ended before the last answer.
struct InputEnded;

/// Asks until the answer can be understood, or is empty.
fn answer<T>(question: &str, read: impl Fn(&str) -> Result<T, String>) -> Result<Option<T>, InputEnded> {
    let mut text = Context::answer(question).ok_or(InputEnded)?;
    loop {
        if text.is_empty() {
            return Ok(None);
        }
        match read(&text) {
            Ok(value) => return Ok(Some(value)),
            Err(why) => text = Context::answer(&format!("{why}: ")).ok_or(InputEnded)?,
        }
    }
}

/// The folder that gets the files.
struct NewRepository<'a> {
    folder: &'a Path,
    context: &'a Context,
    /// The files that were there.
    kept: Vec<&'static str>,
}

impl NewRepository<'_> {
    fn write(&mut self, name: &'static str, text: &str) -> Result<(), Exit> {
        let path = self.folder.join(name);
        let failed = |error: io::Error| self.context.failure(&format!("writing {name}: {error}"));
        if let Some(link) = link_above(Path::new(name)) {
            return Err(self
                .context
                .failure(&format!("writing {name}: {link} is a link, which may lead out of the repository")));
        }
        fs::create_dir_all(files::folder(&path)).map_err(failed)?;
        match files::write_new(&path, text).and_then(|()| make_executable(&path)) {
            Ok(()) => self.context.print(&format!("{name}\n")),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => self.kept.push(name),
            Err(error) => return Err(failed(error)),
        }
        Ok(())
    }

    /// Keeps the files of runs out of the repository, but for acceptances.
    fn ignore(&mut self) -> Result<(), Exit> {
        let path = self.folder.join(".gitignore");
        let failed = |error: io::Error| self.context.failure(&format!("writing .gitignore: {error}"));
        let before = match fs::read(&path) {
            Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return self.write(".gitignore", IGNORED),
            Err(error) => return Err(failed(error)),
        };
        let of_roster: Vec<&str> = before.lines().map(str::trim_end).filter(|line| line.contains(".roster")).collect();
        if of_roster == IGNORED.lines().collect::<Vec<_>>() {
            return Ok(());
        }
        // The last line that fits counts. An ignored folder hides what is in it, whatever follows.
        if of_roster.iter().any(|line| matches!(line.trim_matches('/'), ".roster")) {
            self.context
                .error(".gitignore ignores the folder .roster: remove that line, or no acceptance can be committed");
        }
        let line_break = if before.contains("\r\n") { "\r\n" } else { "\n" };
        let end = if before.is_empty() || before.ends_with('\n') { "" } else { line_break };
        let text = format!("{before}{end}{}", IGNORED.replace('\n', line_break));
        files::rewrite(&path, text.as_bytes()).map_err(failed)?;
        self.context.print(".gitignore\n");
        Ok(())
    }
}

/// Workflows start the scripts by their names.
fn make_executable(path: &Path) -> io::Result<()> {
    #[cfg(unix)]
    if path.extension().is_some_and(|ending| ending == "sh") {
        fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o755))?;
    }
    #[cfg(not(unix))]
    let _ = path;
    Ok(())
}

/// The first part of a path that is a link.
fn link_above(name: &Path) -> Option<String> {
    let parts: Vec<&Path> = name.ancestors().filter(|part| !part.as_os_str().is_empty()).collect();
    let link = parts.into_iter().rev().find(|part| part.symlink_metadata().is_ok_and(|found| found.is_symlink()));
    link.map(|link| link.display().to_string())
}

/// Whether both systems can be read.
fn has_keys() -> bool {
    let is_set = |name: &&str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    ["CRM_API_KEY", "CRM_API_SECRET", "PF_API_KEY", "PF_API_SECRET"].iter().all(is_set)
}

fn link_fields(text: &str) -> Result<[u64; 4], String> {
    let wrong = || "give four different numbers, such as 11,12,13,14".to_owned();
    let parts = text.split([',', ' ']).filter(|part| !part.is_empty());
    let numbers: Vec<u64> = parts.map(str::parse).collect::<Result<_, _>>().map_err(|_| wrong())?;
    let mut distinct = numbers.clone();
    distinct.sort_unstable();
    distinct.dedup();
    let is_number = |number: &u64| (1..1_000_000_000).contains(number);
    let fields = <[u64; 4]>::try_from(numbers).ok();
    fields.filter(|fields| distinct.len() == 4 && fields.iter().all(is_number)).ok_or_else(wrong)
}

/// An owner with its `@`.
fn owner(text: &str) -> Result<String, String> {
    let name = text.strip_prefix('@').unwrap_or(text);
    let is_part = |part: &str| {
        !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
    };
    let parts: Vec<&str> = name.split('/').collect();
    if parts.len() <= 2 && parts.into_iter().all(is_part) {
        Ok(format!("@{name}"))
    } else {
        Err("write a user as @user, or a team as @organisation/team".to_owned())
    }
}
