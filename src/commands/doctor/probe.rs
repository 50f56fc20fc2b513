//! `roster doctor --probe`: which assumptions of docs/vendor-apis.md hold for the account, and a file from which the sandbox
//! behaves so.

use futures_util::future::join;

use super::super::connected_systems::ConnectedSystems;
use super::super::inputs::Inputs;
use super::super::interrupt::Interrupt;
use super::super::run_reporter::unreadable;
use super::super::state_dir::StateDir;
use super::super::{Context, Outputs, validate, write_document};
use crate::declare::config;
use crate::model::exit_code::Exit;
use crate::remote::RemoteError;
use crate::remote::assumptions::{self, Assumption};
use crate::report::checked::CheckFormat;
use crate::report::probed::{document, lines};
use crate::sandbox::Behaviour;

/// Reads what the account shows, prints it, and writes the file.
pub(super) async fn run(sandbox: bool, context: &Context) -> Result<Exit, Exit> {
    let outputs: Outputs<CheckFormat> = context.outputs()?;
    let interrupt = Interrupt::listen();
    let (config, loaded) = validate::files(context);
    if config::load(&context.root, &context.root.join(&context.config)).is_err() {
        // Without a valid roster.yaml it is not known which contract Property Finder follows.
        return Err(validate::refused(&config, &loaded, context));
    }
    let mut inputs = Inputs::unchecked(config, loaded);
    let connection = if sandbox {
        ConnectedSystems::sandbox(context, &mut inputs).await?
    } else {
        ConnectedSystems::from_environment(context)?
    };
    let readers = connection.readers(context, &inputs)?;
    let at_pf = async {
        match readers.pf() {
            Some(pf) => pf.looks().await.map(|looks| assumptions::pf::assumptions(&looks)),
            None => Ok(Vec::new()),
        }
    };
    let in_crm = async { readers.crm().looks().await.map(|looks| assumptions::crm::assumptions(&looks)) };
    let reading = Box::pin(interrupt.while_reading(join(Box::pin(in_crm), Box::pin(at_pf))));
    let (in_crm, at_pf) = reading
        .await
        .inspect_err(|_| context.error("interrupted before both systems were read: no file was written"))?;
    let redactor = inputs.redactor(readers.secrets(), None);
    let unread = |error: RemoteError| unreadable(context, &redactor, &error);
    let (in_crm, at_pf) = match (in_crm, at_pf) {
        (Ok(in_crm), Ok(at_pf)) => (in_crm, at_pf),
        (Err(one), Err(other)) => {
            unread(one);
            return Err(unread(other));
        }
        (Err(error), _) | (_, Err(error)) => return Err(unread(error)),
    };
    let contract = format!("pf_contract={}", if readers.pf().is_some() { "enterprise" } else { "documented" });
    let all: Vec<Assumption> = in_crm.into_iter().chain(at_pf).collect();
    let switches: Vec<&str> =
        std::iter::once(contract.as_str()).chain(all.iter().filter_map(|one| one.switch.as_deref())).collect();
    let behaviour =
        Behaviour::seen(&switches).map_err(|why| context.failure(&format!("describing the behaviour: {why}")))?;
    let file = write(context, &behaviour.to_string())?;
    let text = || lines(&all, &context.page());
    let delivered = outputs.deliver(context, text, |CheckFormat::Json, out| {
        out.write_all(document(&all, &behaviour, Exit::Done).as_bytes())
    });
    delivered.map_err(|why| context.failure(&why))?;
    context.print_message(&format!(
        "{file} has what was seen. The sandbox behaves so: --sandbox reads this file, and `roster sandbox --behaviour {file}` too."
    ));
    Ok(Exit::Done)
}

/// Writes the file, and returns its path.
fn write(context: &Context, text: &str) -> Result<String, Exit> {
    let folder = StateDir::new(context);
    let path = folder.behaviour();
    let written = folder.make().and_then(|()| write_document(&path, |out| writeln!(out, "{text}")));
    let shown = path.display().to_string();
    let shown = shown.strip_prefix("./").unwrap_or(&shown).to_owned();
    written.map(|()| shown.clone()).map_err(|error| context.failure(&format!("writing {shown}: {error}")))
}
