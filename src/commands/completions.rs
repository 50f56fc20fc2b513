//! `roster completions` and `roster man`: what a shell and a manual are given, made from the command line itself.

use std::path::{Path, PathBuf};
use std::{fs, io};

use clap::Command;
use clap_mangen::Man;

use super::Context;
use super::cli::{completed_line, manual};
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
    clap_complete::generate(args.shell, &mut completed_line(), "roster", &mut script);
    context.print(&String::from_utf8_lossy(&script));
    Exit::Done
}

#[must_use]
pub(super) fn man(args: &ManArgs, context: &Context) -> Exit {
    let made = match &args.to {
        Some(folder) => fs::create_dir_all(folder).and_then(|()| write_pages(manual(), folder)),
        None => page(&Man::new(manual())).map(|page| context.print(&page)),
    };
    match made {
        Ok(()) => Exit::Done,
        Err(error) => context.failure(&format!("writing the manual: {error}")),
    }
}

/// The page of a command and those of the commands below it.
fn write_pages(command: Command, folder: &Path) -> io::Result<()> {
    for below in command.get_subcommands().filter(|command| !command.is_hide_set()) {
        write_pages(below.clone(), folder)?;
    }
    let manual = Man::new(command);
    fs::write(folder.join(manual.get_filename()), page(&manual)?)
}

/// A page whose examples and tables keep their lines, which clap's crate does not do.
fn page(manual: &Man) -> io::Result<String> {
    let mut page = Vec::new();
    manual.render(&mut page)?;
    let page = String::from_utf8_lossy(&page).into_owned();
    let Some((before, extra)) = page.split_once(".SH EXTRA\n") else { return Ok(page) };
    let (extra, behind) = extra.split_at(extra.find(".SH ").unwrap_or(extra.len()));
    Ok(format!("{before}.SH NOTES\n.nf\n{extra}.fi\n{behind}"))
}
