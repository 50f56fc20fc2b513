//! `roster import`: a file for every person who exists in the CRM or at Property Finder and has none.

use std::path::{Component, Path, PathBuf};

use super::inputs::Inputs;
use super::run_reporter::RunReporter;
use super::session::{self, Session, SessionOptions};
use super::{Context, agent_filter};
use crate::declare;
use crate::declare::git::Repository;
use crate::declare::new_file::{NewFile, new_file};
use crate::files;
use crate::model::config::Config;
use crate::model::exit_code::Exit;
use crate::model::record::System;
use crate::reconcile::import::{ImportOptions, NewPerson, new_people};
use crate::report::ReportSubject;
use crate::report::imported::{imported, rows, unclear};

/// Write a file for every person who exists in the CRM or at Property Finder and has none
#[derive(Debug, clap::Args)]
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

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum FieldSelection {
    Required,
    All,
}

/// Runs it.
#[must_use]
pub(super) fn run(args: &Args, context: &Context) -> Exit {
    session::on_runtime(context, async {
        let reporter = RunReporter::new(context, ReportSubject::Plan)?;
        make_agents_folder(context)?;
        let options = SessionOptions { sandbox: args.sandbox, base: None, agents: &[], system: None };
        let mut session = Session::open(&reporter, &options)?;
        let target = ImportFolder::new(args, &session.inputs.config, context)?;
        let connection = session.connect().await?;
        let readers = connection.readers(context, &session.inputs)?;
        let observed = session.observe(&readers).await?;
        let links = session.inputs.config.crm.link_fields.as_ref();
        let options = ImportOptions {
            system: args.system,
            role: args.role.as_deref(),
            all_fields: args.fields == FieldSelection::All,
            private: args.private,
        };
        let new = new_people(&session.inputs.roster, &observed, links, &options);
        announce_private_values(context, new.people.len());
        let (mut written, mut left) = (0, new.unclear.len());
        for person in new.people {
            let is_new = target.write(person, &session, context)?;
            written += usize::from(is_new);
            left += usize::from(!is_new);
        }
        for rows in &new.unclear {
            context.complain(&format!("not imported: {}\n", unclear(rows)));
        }
        context.print_message(&imported(written, left));
        if !args.verify {
            return Ok(Exit::Done);
        }
        session.inputs = Inputs::declared(&reporter, &session.agents)?;
        let guarded = session.guarded_plan(&readers, &observed, &[]).await;
        let mut report = guarded.report(&session);
        let remains = left > 0 || report.plan.people.iter().any(|person| !person.only_takes_over());
        report.exit = if remains { Exit::Differences } else { Exit::Done };
        reporter.deliver(&report, || reporter.text(&report))?;
        Ok(report.exit)
    })
}

/// The folder of the new files.
struct ImportFolder {
    /// As the program opens it.
    folder: PathBuf,
    /// From the repository's root.
    name: String,
    /// The address of the agent schema from there.
    schema: String,
}

impl ImportFolder {
    /// Makes the folder where it is not there.
    fn new(args: &Args, config: &Config, context: &Context) -> Result<Self, Exit> {
        let folder = args.to.clone().unwrap_or_else(|| context.root.join(&config.agents));
        let name = inside(&context.root, &folder).ok_or_else(|| {
            context.wrong_usage(&format!("--to {}: this folder is not inside the repository", folder.display()))
        })?;
        if args.verify && !name.starts_with(&config.agents) {
            let why = format!("--verify: roster reads no files from {}, only from {}", name.display(), config.agents);
            return Err(context.wrong_usage(&why));
        }
        make_folder(&folder, context)?;
        let steps: Vec<_> = name.components().map(|part| part.as_os_str().to_string_lossy()).collect();
        let (schema, name) = (format!("{}schema/agent.schema.json", "../".repeat(steps.len())), steps.join("/"));
        Ok(Self { folder, name, schema })
    }

    /// Writes one file, and reports it. Returns whether there is a new file.
    fn write(&self, person: NewPerson, session: &Session<'_>, context: &Context) -> Result<bool, Exit> {
        let NewPerson { slug, rows: ids, values, not_returned } = person;
        let name = format!("{}/{slug}.yaml", self.name);
        let languages = &session.inputs.config.property_finder.languages;
        let NewFile { text, left_out } = match new_file(&name, &self.schema, values, &not_returned, languages) {
            Ok(file) => file,
            Err(why) => {
                context.complain(&format!(
                    "not imported: {}: {why}. Add it there, or write the file by hand\n",
                    rows(ids)
                ));
                return Ok(false);
            }
        };
        let path = self.folder.join(format!("{slug}.yaml"));
        files::write_new(&path, &text)
            .map_err(|error| context.failure(&format!("writing {}: {error}", path.display())))?;
        context.print(&format!("{name}: {}\n", rows(ids)));
        for (field, why) in left_out {
            context.print_message(&format!("{name}: {field} is left out: the value in the systems {why}"));
        }
        Ok(true)
    }
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
    let (root, folder) = (std::path::absolute(root).ok()?, std::path::absolute(folder).ok()?);
    let name = folder.strip_prefix(root).ok()?;
    name.components().all(|part| matches!(part, Component::Normal(_))).then(|| name.to_path_buf())
}

/// Every file holds a login e-mail and a mobile number. Before they are written, the user reads where they may be pushed to.
fn announce_private_values(context: &Context, people: usize) {
    if people == 0 {
        return;
    }
    let remotes = Repository::open(&context.root).and_then(|repository| repository.remotes()).unwrap_or_default();
    let of_remote = match remotes.as_slice() {
        [] => String::new(),
        some => format!(" Check who can read the remote {}.", some.join(" and ")),
    };
    context.print_message(&format!(
        "Each file holds the login e-mail and the mobile number of a person: keep this repository private.{of_remote}"
    ));
}
