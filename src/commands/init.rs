//! `roster init`: a working repository in a folder that has none. No file that is there is changed, but `.gitignore`.

mod templates;

use std::fs;
use std::io;
use std::path::Path;

use super::{Context, import, schema};
use crate::files;
use crate::model::exit_code::Exit;
use templates::{
    EDITOR_SETTINGS, EXAMPLE_AGENT, IGNORED, Owners, Template, WORKFLOWS, code_owners, config, dependabot,
};

/// Make a working repository here: roster.yaml, schemas, an agent, workflows for GitHub
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  roster init                       asks for what it needs on a terminal
  roster init --no-workflows        without GitHub
  roster init --link-fields 11,12,13,14 --engineers @acme/it --operations @acme/office --managers @acme/leads

With the keys of both systems in the environment it imports the people who exist there, in place of an example.")]
pub(super) struct Args {
    /// The numbers of the CRM's four custom fields: slug, Property Finder user, public profile, memory
    #[arg(long, value_name = "A,B,C,D", value_parser = link_fields)]
    link_fields: Option<[u64; 4]>,
    /// Who approves changes of the program's settings and of the workflows: a team or a user of GitHub
    #[arg(long, value_name = "OWNER", value_parser = owner)]
    engineers: Option<String>,
    /// Who approves changes of agents
    #[arg(long, value_name = "OWNER", value_parser = owner)]
    operations: Option<String>,
    /// Who approves what a guard stopped
    #[arg(long, value_name = "OWNER", value_parser = owner)]
    managers: Option<String>,
    /// Leave out `.github`
    #[arg(long)]
    no_workflows: bool,
}

/// Runs it.
#[must_use]
pub(super) fn run(args: &Args, context: &Context) -> Exit {
    init(args, context).unwrap_or_else(|exit| exit)
}

fn init(args: &Args, context: &Context) -> Result<Exit, Exit> {
    // In this folder, also where a repository is above it.
    let folder = Path::new(".");
    if folder.join(&context.config).is_file() {
        return Err(context.wrong_usage("there is a roster.yaml in this folder already: it is left as it is"));
    }
    let answers = GivenNames::new(args, context)?;
    let mut made = NewRepository { folder, context, kept: Vec::new() };
    made.write("roster.yaml", &config(answers.link_fields))?;
    made.write(".vscode/settings.json", EDITOR_SETTINGS)?;
    made.ignore()?;
    if !args.no_workflows {
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
    if !imports && !has_agents(folder) {
        made.write("agents/example-agent.yaml", EXAMPLE_AGENT)?;
    }
    if !made.kept.is_empty() {
        context.print_message(&format!("Left as they are: {}", made.kept.join(", ")));
    }
    if imports {
        context.print_message("The keys of both systems are in the environment: importing their people");
        return Ok(import::run(&import::Args::default(), &Context { root: folder.to_path_buf(), ..context.clone() }));
    }
    context.print_message(&next_steps(args));
    Ok(Exit::Done)
}

fn next_steps(args: &Args) -> String {
    let github = if args.no_workflows {
        ""
    } else {
        "\n  Name a release of roster in .github/actions/roster/action.yml, and add the keys to the environments of the \
         repository: docs/wiring.md in roster's own repository."
    };
    format!(
        "Next:\n  roster validate            checks the files\n  roster plan --sandbox      shows a plan without the real \
         systems{github}"
    )
}

/// What a person gave by options, or answered.
struct GivenNames {
    link_fields: Option<[u64; 4]>,
    owners: Owners,
}

impl GivenNames {
    fn new(args: &Args, context: &Context) -> Result<Self, Exit> {
        let asks = context.terminal && !context.quiet;
        let answer = |given: &Option<String>, question: &str| -> Result<Option<String>, Exit> {
            if given.is_some() || !asks || args.no_workflows {
                return Ok(given.clone());
            }
            let text = Context::answer(&format!("{question} (a team such as @acme/office; empty: later): "));
            if text.is_empty() { Ok(None) } else { owner(&text).map(Some).map_err(|why| context.wrong_usage(&why)) }
        };
        let engineers = answer(&args.engineers, "Who approves changes of settings and workflows?")?;
        let operations = answer(&args.operations, "Who approves changes of agents?")?;
        let managers = answer(&args.managers, "Who approves what a guard stopped?")?;
        let fields = match args.link_fields {
            None if asks => {
                let text = Context::answer(
                    "The numbers of the CRM's four custom fields for slug, Property Finder user, public profile and memory, \
                     such as 11,12,13,14 (empty: later): ",
                );
                if text.is_empty() { None } else { Some(link_fields(&text).map_err(|why| context.wrong_usage(&why))?) }
            }
            given => given,
        };
        Ok(Self { link_fields: fields, owners: Owners { engineers, operations, managers } })
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
        let written = fs::create_dir_all(files::folder(&path)).and_then(|()| files::write_new(&path, text));
        match written.and_then(|()| make_executable(&path)) {
            Ok(()) => self.context.print(&format!("{name}\n")),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => self.kept.push(name),
            Err(error) => return Err(self.context.failure(&format!("writing {name}: {error}"))),
        }
        Ok(())
    }

    /// Keeps the files of runs out of the repository, but for acceptances.
    fn ignore(&mut self) -> Result<(), Exit> {
        let path = self.folder.join(".gitignore");
        let failed = |error: io::Error| self.context.failure(&format!("writing .gitignore: {error}"));
        let before = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return self.write(".gitignore", IGNORED),
            Err(error) => return Err(failed(error)),
        };
        let missing: Vec<&str> = IGNORED.lines().filter(|line| !before.lines().any(|there| there == *line)).collect();
        if missing.is_empty() {
            return Ok(());
        }
        let line_end = if before.is_empty() || before.ends_with('\n') { "" } else { "\n" };
        let text = format!("{before}{line_end}{}\n", missing.join("\n"));
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

fn has_agents(folder: &Path) -> bool {
    let entries = fs::read_dir(folder.join("agents")).into_iter().flatten().flatten();
    entries.into_iter().any(|entry| entry.path().extension().is_some_and(|ending| ending == "yaml"))
}

/// Whether both systems can be read.
fn has_keys() -> bool {
    let is_set = |name: &&str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    ["CRM_API_KEY", "CRM_API_SECRET", "PF_API_KEY", "PF_API_SECRET"].iter().all(is_set)
}

fn link_fields(text: &str) -> Result<[u64; 4], String> {
    let wrong = || "give four different numbers with commas between them, such as 11,12,13,14".to_owned();
    let numbers: Vec<u64> =
        text.split(',').map(|number| number.trim().parse()).collect::<Result<_, _>>().map_err(|_| wrong())?;
    let mut distinct = numbers.clone();
    distinct.sort_unstable();
    distinct.dedup();
    <[u64; 4]>::try_from(numbers).ok().filter(|_| distinct.len() == 4).ok_or_else(wrong)
}

fn owner(text: &str) -> Result<String, String> {
    let name = text.strip_prefix('@').unwrap_or_default();
    let is_part = |part: &str| {
        !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
    };
    let parts: Vec<&str> = name.split('/').collect();
    if parts.len() <= 2 && parts.into_iter().all(is_part) {
        Ok(text.to_owned())
    } else {
        Err(format!("{text:?} is not an owner of GitHub: write @team-of/organisation as @organisation/team, or @user"))
    }
}
