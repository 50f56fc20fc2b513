//! `roster doctor`: checks the files, the keys and both systems, and names what to do where a check fails. It cannot write.

mod access;
mod answers;
mod probe;

use std::sync::Arc;

use super::inputs::Inputs;
use super::interrupt::Interrupt;
use super::{Context, Outputs, session, validate};
use crate::declare::config;
use crate::declare::problem::errors;
use crate::model::config::LinkStorage;
use crate::model::exit_code::Exit;
use crate::reconcile::checks::{self, FilesRead, SetupReading};
use crate::remote::Mappers;
use crate::report::checked::{CheckFormat, document, lines};
use access::Access;
use answers::SystemAnswers;

/// Check the files, the keys and both systems, with what to do where a check fails
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
A failed check ends with exit code 7, a warning does not.

Examples:
  roster doctor
  roster doctor --output json=doctor.json     also as JSON
  roster doctor --probe                       how the account behaves, for the sandbox
  roster doctor --sandbox                     needs no keys")]
pub(super) struct Args {
    /// Check the sandbox: both APIs inside this process, kept in .roster/sandbox.json
    #[arg(long)]
    sandbox: bool,
    /// Show instead which assumptions of docs/vendor-apis.md hold for the account, and write .roster/behaviour.json, from
    /// which the sandbox behaves so
    #[arg(long)]
    probe: bool,
}

#[must_use]
pub(super) fn run(args: &Args, context: &Context) -> Exit {
    session::on_runtime(context, async {
        if args.probe {
            return probe::run(args.sandbox, context).await;
        }
        let outputs: Outputs<CheckFormat> = context.outputs()?;
        let interrupt = Interrupt::listen();
        let (settings, loaded) = validate::files(context);
        let errors = errors(&loaded.problems).count();
        let lacks_config = config::load(&context.root, &context.root.join(&context.config)).is_err();
        let files = FilesRead {
            agents: loaded.files,
            errors,
            warnings: loaded.problems.len() - errors,
            lacks_config,
            lacks_folder: !lacks_config && !context.root.join(&settings.agents).exists(),
        };
        let mut inputs = Inputs::unchecked(settings, loaded);
        if files.are_unknown() {
            // roster.lock may be what is not valid, and the checks that need it are skipped.
            inputs.config.links = LinkStorage::Crm;
        }
        let access = Access::open(args.sandbox, &files, context, &mut inputs).await?;
        let connection = access.connection.as_ref();
        let readers = connection.map(|connection| connection.readers(context, &inputs)).transpose()?;
        let reading = Box::pin(SystemAnswers::read(readers.as_ref(), &access, &inputs.config));
        let answers = interrupt.while_reading(reading).await.inspect_err(|_| {
            context.error("interrupted before the checks were made");
        })?;
        let observed = answers.observed(&inputs.config);
        let secrets = readers.as_ref().map(|readers| Arc::clone(readers.secrets())).unwrap_or_default();
        let redactor = inputs.redactor(&secrets, Some(&observed));
        let (crm, pf) = answers.readings(&observed, &redactor);
        let mappers = Mappers::new(&inputs.config, &[]);
        let read = SetupReading {
            files,
            keys: access.keys,
            config: &inputs.config,
            roster: &inputs.roster,
            today: validate::today(),
            crm,
            pf,
            desired_at_pf: &|record| mappers.pf.desired(record),
        };
        let checks = checks::checks(&read);
        let exit = checks::exit(&checks);
        let text = || lines(&checks, &context.page());
        outputs
            .deliver(context, text, |CheckFormat::Json, out| out.write_all(document(&checks, exit).as_bytes()))
            .map_err(|why| context.failure(&why))?;
        Ok(exit)
    })
}
