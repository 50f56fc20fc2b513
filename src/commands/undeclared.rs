//! `roster drift --undeclared`: the values that no file declares, compared with the last look at them.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use secrecy::SecretString;

use super::connected_systems::Readers;
use super::session::Session;
use super::state_dir::StateDir;
use super::{Context, validate};
use crate::files;
use crate::model::agent::value::RepositoryPath;
use crate::model::exit_code::Exit;
use crate::reconcile::observed::Observed;
use crate::reconcile::plan::Warning;
use crate::reconcile::undeclared::{LookScope, UndeclaredValues};
use crate::redact::Redactor;
use crate::remote::Mappers;

/// About 100,000 agents.
const LARGEST: u64 = 256 << 20;

/// The last look, where there was one, and the file of the record.
pub(super) struct LastLook {
    path: PathBuf,
    /// The file as people write it.
    name: String,
    values: Option<UndeclaredValues>,
    is_sandbox: bool,
}

impl LastLook {
    /// Reads the record in `.roster/`, or in `file`, a path from the repository's root. Nothing is asked of the systems for it.
    pub(super) fn read(file: &str, context: &Context, is_sandbox: bool) -> Result<Self, Exit> {
        let (name, path) = place(file, context, is_sandbox)?;
        let values = match files::read_text(&path, LARGEST) {
            Ok(text) => Some(serde_json::from_str(&text).map_err(|error| {
                let place = format!("line {}, column {}", error.line(), error.column());
                context.failure(&format!(
                    "{name} is not a record of `drift --undeclared` ({place}): name another file, or remove it if it was one"
                ))
            })?),
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            Err(error) => return Err(context.failure(&format!("reading {name}: {error}"))),
        };
        Ok(Self { path, name, values, is_sandbox })
    }

    /// Compares what was read of both systems with this look.
    pub(super) fn compare(self, session: &Session<'_>, readers: &Readers, observed: &Observed) -> NewLook {
        let Self { path, name, values: last, is_sandbox } = self;
        let inputs = &session.inputs;
        let mappers = Mappers::new(&inputs.config, &observed.roles);
        // The values of the sandbox are made up. Real systems are never read without their keys.
        let key = inputs.accept_key.clone().filter(|_| !is_sandbox).unwrap_or_else(|| SecretString::from("sandbox"));
        let redactor = inputs.redactor(readers.secrets(), Some(observed));
        let scope = LookScope {
            agent: &|slug| session.agents.takes(slug.as_str()),
            system: session.system(),
            day: validate::today().to_string(),
            key: &key,
            pf_desired: &|record| mappers.pf.desired(record),
            is_printable: &|path| is_printable(path, &redactor),
        };
        let look = UndeclaredValues::of(&inputs.roster, observed, &scope);
        if last.as_ref().is_some_and(|last| !last.has_key_of(&look)) {
            session.reporter.context.print_message(&format!(
                "warning: the last look in {name} was made with another key, so nothing is compared with it. The key is \
                 ROSTER_DIGEST_KEY, or else the secrets of both systems."
            ));
        }
        let last = last.filter(|last| last.has_key_of(&look));
        let (is_first, last) = (last.is_none(), last.unwrap_or_default());
        let changes = look.changes_since(&last, &inputs.roster);
        let count = look.count();
        NewLook { path, name, is_first, count, changes, recorded: look.over(&last, &inputs.roster) }
    }
}

/// A look at the values that no file declares, which is not recorded yet.
pub(super) struct NewLook {
    path: PathBuf,
    name: String,
    is_first: bool,
    count: usize,
    changes: Vec<Warning>,
    recorded: UndeclaredValues,
}

impl NewLook {
    /// A warning for each change since the last look.
    pub(super) fn changes(&self) -> &[Warning] {
        &self.changes
    }

    /// Records the look, so that the next one is compared with it.
    pub(super) fn record(&self, context: &Context) -> Result<(), Exit> {
        let failed = |error: std::io::Error| context.failure(&format!("writing {}: {error}", self.name));
        if self.path.starts_with(context.root.join(".roster")) {
            StateDir::new(context).make().map_err(failed)?;
        }
        let mut text = serde_json::to_string_pretty(&self.recorded).unwrap_or_default();
        text.push('\n');
        files::write_atomically(&self.path, 0o644, |out| out.write_all(text.as_bytes())).map_err(failed)?;
        let values = if self.count == 1 { "value" } else { "values" };
        let (count, name) = (self.count, &self.name);
        context.print_message(&if self.is_first {
            format!("{count} {values} without a declaration recorded in {name}. The next look reports what changed.")
        } else {
            format!("{count} {values} without a declaration recorded in {name}, {} changed.", self.changes.len())
        });
        Ok(())
    }
}

/// The name and the path of the record: one for the systems and one for the sandbox, or a file of the repository.
fn place(file: &str, context: &Context, is_sandbox: bool) -> Result<(String, PathBuf), Exit> {
    if file.is_empty() {
        let name = if is_sandbox { "undeclared.sandbox.json" } else { "undeclared.json" };
        return Ok((format!(".roster/{name}"), context.root.join(".roster").join(name)));
    }
    let is_json = Path::new(file).extension().is_some_and(|ending| ending == "json");
    if !is_json || RepositoryPath::parse(file).is_err() {
        return Err(context.wrong_usage(&format!(
            "--undeclared={file}: the record is a .json file of the repository, by its path from the folder of roster.yaml"
        )));
    }
    let path = context.root.join(file);
    context.can_write(&path)?;
    Ok((file.to_owned(), path))
}

/// A system may put anything into the name of a field: an address, a number of a person.
fn is_printable(path: &str, redactor: &Redactor<'_>) -> bool {
    let mut redacted = path.to_owned();
    redactor.redact_numbers(&mut redacted);
    redacted == path && path.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
}
