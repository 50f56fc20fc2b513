//! `roster sandbox`: both APIs on this machine, until it is interrupted.

use std::io::{self, Write};
use std::path::PathBuf;

use super::interrupt::Signals;
use super::{Context, session};
use crate::model::exit_code::Exit;
use crate::sandbox::{Behaviour, Fault, Sandbox, SandboxOptions, SandboxState};

/// Serve both APIs on this machine, and print the environment that points roster at them
#[derive(Clone, Debug, Default, clap::Args)]
#[command(after_long_help = switches())]
pub(super) struct Args {
    /// Listen on this port of 127.0.0.1; 0 is any that is free
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub port: u16,
    /// Keep what both systems hold in this file; without it they start empty, and it is lost at the end
    #[arg(long, value_name = "FILE")]
    pub state: Option<PathBuf>,
    /// Read switches from this file, such as the one that roster doctor --probe writes; --behave goes before it
    #[arg(long, value_name = "FILE")]
    pub behaviour: Option<PathBuf>,
    /// Change how the systems behave by one switch, such as `crm_put=replace`; repeatable
    #[arg(long = "behave", value_name = "NAME=VALUE")]
    pub behave: Vec<String>,
    /// Let one request go wrong, such as 'pf POST /v1/users #2 drop-after'; repeatable
    #[arg(long = "fault", value_name = "SPEC", value_parser = str::parse::<Fault>)]
    pub faults: Vec<Fault>,
}

/// Every switch of `--behave`, with its default.
fn switches() -> String {
    format!("The switches of --behave, and their defaults:\n  {}", Behaviour::default().assignments().join("\n  "))
}

impl Args {
    /// How both systems are to behave.
    ///
    /// # Errors
    /// A sentence for people, when a switch or its position does not exist: a matter of usage.
    pub(super) fn behaviour(&self) -> Result<Behaviour, String> {
        let read =
            |file: &PathBuf| Behaviour::read(file).map_err(|why| format!("--behaviour {}: {why}", file.display()));
        let mut behaviour = self.behaviour.as_ref().map(read).transpose()?.unwrap_or_default();
        self.behave.iter().try_for_each(|assignment| behaviour.set(assignment))?;
        Ok(behaviour)
    }
}

#[must_use]
pub(super) fn command(args: &Args, context: &Context) -> Exit {
    let behaviour = match args.behaviour() {
        Ok(behaviour) => behaviour,
        Err(why) => return context.wrong_usage(&why),
    };
    session::on_runtime(context, async {
        let (mut out, mut stderr) = (io::stdout(), io::stderr());
        let mut signals = Signals::listen();
        let stopped = async { _ = signals.next().await };
        let served = run(args, behaviour, SandboxState::default(), stopped, &mut out, &mut stderr).await;
        served.map(|()| Exit::Done).map_err(|error| context.failure(&error.to_string()))
    })
}

/// Serves until `stopped` ends. `state` is the content of both systems where there is no state file. The environment variables go to
/// `out`, as lines for a shell, and all messages go to `stderr`.
///
/// # Errors
/// When it cannot listen, or the state file cannot be read or is not a state file.
pub(super) async fn run(
    args: &Args,
    behaviour: Behaviour,
    state: SandboxState,
    stopped: impl Future<Output = ()>,
    out: &mut (dyn Write + Send),
    stderr: &mut (dyn Write + Send),
) -> io::Result<()> {
    let faults = args.faults.clone();
    let sandbox =
        Sandbox::start(SandboxOptions { port: args.port, file: args.state.clone(), state, behaviour, faults }).await?;
    for (name, value) in sandbox.environment() {
        writeln!(out, "export {name}='{value}'")?;
    }
    out.flush()?;
    let (crm, pf) = (sandbox.crm_rows().len(), sandbox.pf_rows().len());
    writeln!(stderr, "The CRM has {crm} users: {}", sandbox.crm_url())?;
    writeln!(stderr, "Property Finder has {pf} users: {}", sandbox.pf_url())?;
    match &args.state {
        Some(file) => writeln!(stderr, "Kept in {}. Ctrl-C ends it.", file.display())?,
        None => writeln!(stderr, "Kept in memory alone: --state FILE keeps it. Ctrl-C ends it.")?,
    }
    stopped.await;
    sandbox.stop().await;
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(clap::Parser)]
    struct SandboxCli {
        #[command(flatten)]
        args: Args,
    }

    #[tokio::test]
    async fn the_sandbox_prints_shell_lines_and_serves_until_stopped() {
        let args =
            SandboxCli::parse_from(["sandbox", "--behave", "crm_put=replace", "--fault", "pf write #2 503"]).args;
        let (mut out, mut stderr) = (Vec::new(), Vec::new());
        let behaviour = args.behaviour().unwrap();
        run(&args, behaviour, SandboxState::default(), std::future::ready(()), &mut out, &mut stderr).await.unwrap();
        let out = String::from_utf8(out).unwrap();
        let names: Vec<&str> = out.lines().filter_map(|line| line.strip_prefix("export ")?.split('=').next()).collect();
        assert_eq!(
            names,
            [
                "ROSTER_CRM_URL",
                "ROSTER_CRM_TOKEN_URL",
                "ROSTER_PF_URL",
                "ROSTER_PHOTO_URL",
                "CRM_API_KEY",
                "CRM_API_SECRET",
                "PF_API_KEY",
                "PF_API_SECRET"
            ]
        );
        assert!(out.starts_with("export ROSTER_CRM_URL='http://127.0.0.1:"), "{out}");
        assert!(String::from_utf8(stderr).unwrap().contains("The CRM has 0 users"));
    }

    #[test]
    fn every_switch_in_the_help_is_taken_as_it_is_written_there() {
        let behave = Behaviour::default().assignments();
        assert!(behave.contains(&"crm_put=merge".to_owned()), "{behave:?}");
        let behaviour = Args { behave, ..Args::default() }.behaviour();
        assert_eq!(behaviour, Ok(Behaviour::default()));
    }

    #[test]
    fn a_wrong_switch_or_fault_is_refused() {
        assert!(SandboxCli::parse_from(["sandbox", "--behave", "crm_put=melt"]).args.behaviour().is_err());
        assert!(SandboxCli::try_parse_from(["sandbox", "--fault", "crm loudly"]).is_err());
    }
}
