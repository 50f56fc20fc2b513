//! The commands: one file each, with its arguments and its `run`. They read, decide through the pure core, and print;
//! nothing else in the program prints.

pub mod apply;
mod connect;
mod interrupt;
pub mod plan;
pub mod sandbox;
pub mod schema;
pub mod show;
pub mod validate;
mod workplace;

use std::fs;
use std::io::{self, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use crate::report::style::{Styles, paint};
use crate::report::terminal::Page;

/// What every command knows of its surroundings.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "four independent facts")]
pub struct Context {
    /// The folder to work in.
    pub root: PathBuf,
    /// `roster.yaml`, from the root.
    pub config: PathBuf,
    /// Whether stdout gets colours.
    pub colour_out: bool,
    /// Whether stderr gets colours.
    pub colour_err: bool,
    /// Say nothing but results and errors.
    pub quiet: bool,
    /// Name also what is left alone.
    pub verbose: bool,
    /// Further outputs.
    pub outputs: Vec<Output>,
    /// Whether somebody sits there: stdin and stderr are terminals.
    pub terminal: bool,
}

/// One `--output FORMAT=PATH`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    /// The format.
    pub format: Format,
    /// The file; none is stdout.
    pub path: Option<PathBuf>,
}

/// A format for machines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// The documents of `schema/`.
    Json,
}

impl FromStr for Output {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (format, path) = text.split_once('=').ok_or("write it as FORMAT=PATH, such as json=plan.json or json=-")?;
        let format = match format {
            "json" => Format::Json,
            other => return Err(format!("there is no format {other:?}; there is json")),
        };
        match path {
            "" => Err("the path is empty; - is stdout".to_owned()),
            "-" => Ok(Self { format, path: None }),
            path => Ok(Self { format, path: Some(PathBuf::from(path)) }),
        }
    }
}

impl Context {
    /// Whether the options go together.
    ///
    /// # Errors
    /// A sentence for people, when they do not.
    pub fn check(&self) -> Result<(), String> {
        if self.outputs.iter().filter(|output| output.path.is_none()).count() > 1 {
            return Err("two outputs cannot both go to stdout".to_owned());
        }
        // Only the usual name may be missing: then the defaults hold.
        if self.config != Path::new("roster.yaml") && !self.root.join(&self.config).exists() {
            return Err(format!("--config {}: there is no such file", self.config.display()));
        }
        if !self.root.is_dir() {
            return Err(format!("-C {}: there is no such folder", self.root.display()));
        }
        Ok(())
    }

    /// Whether a document for machines takes the place of the text on stdout.
    #[must_use]
    pub fn stdout_is_taken(&self) -> bool {
        self.outputs.iter().any(|output| output.path.is_none())
    }

    /// What a text on stdout is written for: its colours, and its width where it is somebody's screen.
    #[must_use]
    pub fn page(&self) -> Page {
        let styles = if self.colour_out { Styles::coloured() } else { Styles::default() };
        let size = terminal_size::terminal_size_of(io::stdout());
        Page { styles, width: size.map(|(width, _)| usize::from(width.0)), verbose: self.verbose }
    }

    /// Writes data to stdout. A pipe that was closed is no failure.
    pub fn print(&self, text: &str) {
        let _ = io::stdout().lock().write_all(text.as_bytes());
    }

    /// Says something on stderr, unless asked to be quiet.
    pub fn say(&self, text: &str) {
        if !self.quiet {
            let _ = writeln!(io::stderr(), "{text}");
        }
    }

    /// Writes to stderr what is wrong with the files, also when quiet.
    pub fn complain(&self, text: &str) {
        let _ = io::stderr().lock().write_all(text.as_bytes());
    }

    /// How problems of files are shown on stderr. Private values only on a person's own screen (design 2.8).
    #[must_use]
    pub fn problem_style(&self) -> validate::Style {
        let reveal = io::stderr().is_terminal() && std::env::var_os("CI").is_none();
        let width = terminal_size::terminal_size_of(io::stderr()).map_or(100, |(width, _)| usize::from(width.0));
        validate::Style { colour: self.colour_err, reveal, width }
    }

    /// Says what went wrong on stderr.
    pub fn error(&self, text: &str) {
        let style = if self.colour_err { Styles::coloured() } else { Styles::default() };
        let _ = writeln!(io::stderr(), "{} {text}", paint(style.removed, "error:"));
    }

    /// Writes the text, and each document, to where it was asked for.
    ///
    /// # Errors
    /// A sentence for people, when a file cannot be written.
    pub fn deliver(&self, text: impl FnOnce() -> String, document: impl Fn(Format) -> String) -> Result<(), String> {
        if !self.stdout_is_taken() {
            self.print(&text());
        }
        for output in &self.outputs {
            let document = document(output.format);
            match &output.path {
                None => self.print(&document),
                Some(path) => {
                    write_atomically(path, &document)
                        .map_err(|error| format!("writing {}: {error}", path.display()))?;
                }
            }
        }
        Ok(())
    }
}

/// Writes a whole file or nothing of it, for whoever may read the folder. What is no plain file (a pipe, a device, a
/// link) is written to as it is, and never replaced.
///
/// # Errors
/// When the file, or its folder, cannot be written to.
pub fn write_atomically(path: &Path, text: &str) -> io::Result<()> {
    if fs::symlink_metadata(path).is_ok_and(|found| !found.is_file()) {
        return fs::OpenOptions::new().write(true).truncate(true).open(path)?.write_all(text.as_bytes());
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(text.as_bytes())?;
    #[cfg(unix)]
    file.as_file().set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o644))?;
    file.persist(path)?;
    Ok(())
}
