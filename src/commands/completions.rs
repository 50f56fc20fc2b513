//! `roster completions` and `roster man`: what a shell and a manual are given, made from the command line itself.

use std::path::PathBuf;

use super::Context;
use super::cli::{command_line, manual};
use crate::model::exit_code::Exit;

/// Print the completions for a shell
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  source <(roster completions bash)
  roster completions zsh > ~/.zfunc/_roster
  roster completions fish > ~/.config/fish/completions/roster.fish")]
pub(super) struct CompletionsArgs {
    /// The shell
    shell: clap_complete::Shell,
}

/// Print the manual page, or write the pages of all commands
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  roster man | man -l -
  roster man --to ~/.local/share/man/man1")]
pub(super) struct ManArgs {
    /// Write a page for each command into this folder
    #[arg(long, value_name = "DIR")]
    to: Option<PathBuf>,
}

#[must_use]
pub(super) fn completions(args: &CompletionsArgs, context: &Context) -> Exit {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut command_line(), "roster", &mut script);
    context.print(&String::from_utf8_lossy(&script));
    Exit::Done
}

#[must_use]
pub(super) fn man(args: &ManArgs, context: &Context) -> Exit {
    let mut page = Vec::new();
    let made = match &args.to {
        Some(folder) => std::fs::create_dir_all(folder).and_then(|()| clap_mangen::generate_to(manual(), folder)),
        None => clap_mangen::Man::new(manual()).render(&mut page),
    };
    match made {
        Ok(()) => {
            context.print(&String::from_utf8_lossy(&page));
            Exit::Done
        }
        Err(error) => context.failure(&format!("writing the manual: {error}")),
    }
}
