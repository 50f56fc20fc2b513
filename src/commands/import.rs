//! `roster import`: a file for every person who exists in the CRM or at Property Finder and has none.

use std::path::{Component, Path, PathBuf};

use super::connected_systems::Readers;
use super::inputs::Inputs;
use super::run_reporter::RunReporter;
use super::session::{self, Session, SessionOptions};
use super::{Context, agent_filter, validate};
use crate::declare::git::Repository;
use crate::declare::new_file::{NewFile, new_file};
use crate::declare::rules::RuleContext;
use crate::declare::{self, Keep};
use crate::files;
use crate::model::agent::{Field, FieldValue};
use crate::model::config::{Config, Languages};
use crate::model::exit_code::Exit;
use crate::model::record::System;
use crate::model::roster::Roster;
use crate::reconcile::guard::Guard;
use crate::reconcile::import::{ImportOptions, NewPeople, NewPerson, new_people};
use crate::reconcile::observed::Observed;
use crate::reconcile::plan::Operation;
use crate::report::ReportSubject;
use crate::report::imported::{already_there, imported, rows, unclear};
use crate::report::problems;

/// Write a file for everybody who exists in the CRM or at Property Finder and has none
#[derive(Debug, Default, clap::Args)]
#[command(after_long_help = "\
Examples:
  roster import --verify                           writes the files, then plans with them
  roster import --to agents/dubai --system crm     from one system, into a folder")]
pub(super) struct Args {
    /// Read the sandbox: both APIs inside this process, kept in .roster/sandbox.json
    #[arg(long)]
    sandbox: bool,
    /// Plan afterwards; exit with 2 if somebody was not imported, or if more is to do than to store ids and to adopt accounts
    /// as they are
    #[arg(long)]
    verify: bool,
    /// Declare the required fields alone, or all that the systems return; an absent field stays under control of the
    /// systems
    #[arg(long, value_name = "WHICH", default_value = "required")]
    fields: FieldSelection,
    /// Declare the optional private fields too
    #[arg(long)]
    private: bool,
    /// Write the files to this folder instead of the folder of agent files
    #[arg(long, value_name = "DIR")]
    to: Option<PathBuf>,
    /// Import only people who have a row in this system
    #[arg(long, value_name = "SYSTEM", value_parser = agent_filter::system())]
    system: Option<System>,
    /// Import only people who have this role in the CRM
    #[arg(long, value_name = "ROLE")]
    role: Option<String>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
enum FieldSelection {
    #[default]
    Required,
    All,
}

#[must_use]
pub(super) fn run(args: &Args, context: &Context) -> Exit {
    session::on_runtime(context, async {
        let reporter = RunReporter::new(context, ReportSubject::Plan)?;
        if !args.verify && !reporter.outputs.is_empty() {
            let why = "--output: import writes a document only with --verify, which plans: add --verify, or leave out --output";
            return Err(context.wrong_usage(why));
        }
        make_agents_folder(context)?;
        let options = SessionOptions { sandbox: args.sandbox, base: None, agents: &[], system: None };
        let mut session = Session::open(&reporter, &options)?;
        let target = ImportFolder::new(args, &session.inputs.config, context)?;
        let roster = target.with_its_people(&session.inputs, context)?;
        let connection = session.connect().await?;
        let readers = connection.readers(context, &session.inputs)?;
        let observed = session.observe(&readers).await?;
        if !observed.contract.lists_users() {
            context.print_message(
                "Property Finder's documented contract lists no users: only people of the CRM are imported. Store the ids of \
                 their users with `roster link AGENT --pf-user ID --pf-profile ID`, or the next plan creates them there.",
            );
        }
        let links = session.inputs.config.link_fields();
        let options = ImportOptions {
            system: args.system,
            role: args.role.as_deref(),
            all_fields: args.fields == FieldSelection::All,
            private: args.private,
        };
        if let Some(role) = options.role.filter(|role| !has_role(&observed, role)) {
            return Err(context.wrong_usage(&format!("--role {role}: no user of the CRM has this role")));
        }
        let new = new_people(&roster, &observed, links, &options);
        let left = target.write_all(new, &session)?;
        if args.verify { verify(&mut session, &readers, &observed, left).await } else { Ok(Exit::Done) }
    })
}

fn has_role(observed: &Observed, role: &str) -> bool {
    let mut held = observed.crm.iter().filter_map(|row| row.record.get(&Field::Role));
    held.any(|held| Field::Role.same(held, &FieldValue::from(role)))
}

/// Plans with the new files. `left` people have none.
async fn verify(session: &mut Session<'_>, readers: &Readers, observed: &Observed, left: usize) -> Result<Exit, Exit> {
    let reporter = session.reporter;
    // The configuration and the base stay: connecting to the sandbox completes the configuration.
    let Inputs { roster, problems, .. } = reporter.declared_inputs(&session.agents)?;
    (session.inputs.roster, session.inputs.problems) = (roster, problems);
    let guarded = session.guarded_plan(readers, observed, &[]).await;
    let mut report = guarded.report(session);
    let is_blocked = guarded.blocks.iter().any(|block| block.guard != Guard::Operation(Operation::Adopt));
    let remains = left > 0 || is_blocked || report.plan.people.iter().any(|person| !person.only_takes_over());
    report.exit = if remains { Exit::Differences } else { Exit::Done };
    reporter.deliver(&report, || reporter.text(&report))?;
    Ok(report.exit)
}

/// The folder of the new files.
struct ImportFolder {
    /// As the program opens it.
    folder: PathBuf,
    /// From the repository's root.
    name: String,
    /// The address of the agent schema from there.
    schema: String,
    /// Whether roster reads the files in it as agent files.
    is_read: bool,
}

impl ImportFolder {
    /// Makes the folder where it is not there.
    fn new(args: &Args, config: &Config, context: &Context) -> Result<Self, Exit> {
        let folder = args.to.clone().unwrap_or_else(|| context.root.join(&config.agents));
        let name = inside(&context.root, &folder).ok_or_else(|| {
            context.wrong_usage(&format!("--to {}: this is not a folder inside the repository", folder.display()))
        })?;
        let is_read = name.starts_with(&config.agents);
        if args.verify && !is_read {
            let why = format!("--verify: roster reads no files from {}, only from {}", name.display(), config.agents);
            return Err(context.wrong_usage(&why));
        }
        make_folder(&folder, context)?;
        let steps: Vec<_> = name.components().map(|part| part.as_os_str().to_string_lossy()).collect();
        let (schema, name) = (format!("{}schema/agent.schema.json", "../".repeat(steps.len())), steps.join("/"));
        Ok(Self { folder, name, schema, is_read })
    }

    /// Everybody who has a file, in this folder too. An earlier import may have written some of the files there.
    fn with_its_people(&self, inputs: &Inputs, context: &Context) -> Result<Roster, Exit> {
        let mut roster = inputs.roster.clone();
        if self.is_read {
            return Ok(roster);
        }
        let config = Config { agents: self.name.clone(), ..inputs.config.clone() };
        let rules = RuleContext { root: &context.root, config: &config, today: validate::today(), cannot_hold: &[] };
        let there = declare::load(&rules, Keep::People);
        if there.is_invalid() {
            context.complain(&problems::terminal(&config.agents, &there, context.problem_style()));
            return Err(Exit::Invalid);
        }
        if there.files > 0 {
            context.print_message(&already_there(there.files, &self.name));
        }
        for (slug, declaration) in there.roster.people {
            roster.people.entry(slug).or_insert(declaration);
        }
        Ok(roster)
    }

    /// Writes the files, and reports them and everything that is not imported. Returns how many people have no file.
    fn write_all(&self, new: NewPeople, session: &Session<'_>) -> Result<usize, Exit> {
        let (reporter, languages) = (session.reporter, &session.inputs.config.property_finder.languages);
        let context = reporter.context;
        let remaining = new.unclear.iter().filter(|rows| !rows.are_old_accounts());
        let (mut written, mut left, mut undeclared) = (0, remaining.count(), String::new());
        let mut files = Vec::new();
        for person in new.people {
            match self.file(person, languages) {
                Ok(file) => files.push(file),
                Err(why) => {
                    left += 1;
                    context.complain(&why);
                }
            }
        }
        self.refuse_existing(&files, context)?;
        announce_private_values(context, files.len());
        for ImportedFile { name, rows, new } in files {
            let path = self.path(&name);
            files::write_new(&path, &new.text)
                .map_err(|error| context.failure(&format!("writing {}: {error}", path.display())))?;
            written += 1;
            if !reporter.outputs.take_stdout() {
                context.print(&format!("{name}: {rows}\n"));
            }
            undeclared.extend(new.left_out.iter().map(|value| format!("{name}: {value}\n")));
        }
        for rows in &new.unclear {
            context.complain(&format!("not imported: {}\n", unclear(rows)));
        }
        context.complain(&undeclared);
        context.print_message(&imported(written, left));
        Ok(left)
    }

    /// The file of one person, or the message why there can be none.
    fn file(&self, person: NewPerson, languages: &Languages) -> Result<ImportedFile, String> {
        let NewPerson { slug, rows: ids, values, not_returned } = person;
        let (name, rows) = (format!("{}/{slug}.yaml", self.name), rows(ids));
        match new_file(&name, &self.schema, values, &not_returned, languages) {
            Ok(new) => Ok(ImportedFile { name, rows, new }),
            Err(why) => {
                Err(format!("not imported: {rows}: {why}. Add or correct it there, or write the file by hand\n"))
            }
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.join(Path::new(name).file_name().unwrap_or_default())
    }

    /// Before the first file is written, so that nothing is imported by half.
    fn refuse_existing(&self, files: &[ImportedFile], context: &Context) -> Result<(), Exit> {
        let is_there = |file: &&ImportedFile| self.path(&file.name).symlink_metadata().is_ok();
        let there: Vec<&str> = files.iter().filter(is_there).map(|file| file.name.as_str()).collect();
        if there.is_empty() {
            return Ok(());
        }
        Err(context.failure(&format!(
            "nothing is imported, since these are there already and are no agent files: {}. Move them away, and run the command \
             again",
            there.join(", ")
        )))
    }
}

/// A file before it is written.
struct ImportedFile {
    /// Its path from the repository's root.
    name: String,
    /// The rows of its person, in words.
    rows: String,
    new: NewFile,
}

/// A first import begins without the folder of agent files. With an invalid roster.yaml it is not known which that is; the
/// session reports it.
fn make_agents_folder(context: &Context) -> Result<(), Exit> {
    match declare::config::load(&context.root, &context.root.join(&context.config)) {
        Ok(settings) => make_folder(&context.root.join(&settings.config.agents), context),
        Err(_) => Ok(()),
    }
}

fn make_folder(folder: &Path, context: &Context) -> Result<(), Exit> {
    let made = std::fs::create_dir_all(folder);
    made.map_err(|error| context.failure(&format!("making the folder {}: {error}", folder.display())))
}

/// The path of a folder from the root, if it is below it; the folder need not be there.
fn inside(root: &Path, folder: &Path) -> Option<PathBuf> {
    // A symbolic link on the way may lead out of the repository, or into it.
    let folder = std::path::absolute(folder).ok()?;
    let there = folder.ancestors().find(|folder| folder.exists())?;
    let folder = there.canonicalize().ok()?.join(folder.strip_prefix(there).ok()?);
    let name = folder.strip_prefix(root.canonicalize().ok()?).ok()?;
    let is_below = name.components().all(|part| matches!(part, Component::Normal(_)));
    (is_below && name != Path::new("")).then(|| name.to_path_buf())
}

/// Every file holds a login e-mail and a mobile number. Before they are written, the user reads where they may be pushed to,
/// also when quiet. Whether a remote is public is not known on this machine.
fn announce_private_values(context: &Context, people: usize) {
    if people == 0 {
        return;
    }
    let remotes = Repository::open(&context.root).and_then(|repository| repository.remotes()).unwrap_or_default();
    let of_remote = match remotes.as_slice() {
        [] => String::new(),
        some => format!(" Check who can read the remote {}.", some.join(" and ")),
    };
    context.complain(&format!(
        "Each file holds the login e-mail and the mobile number of a person: keep this repository private.{of_remote}\n"
    ));
}
