//! Where a command's result goes: text on stdout, and documents wherever `--output FORMAT=PATH` asks for them.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use strum::VariantNames;

use super::Context;
use crate::files;

/// One `--output FORMAT=PATH`, before it is known which formats the command has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct OutputArgument {
    format: String,
    /// The file; none is stdout.
    path: Option<PathBuf>,
}

impl FromStr for OutputArgument {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (format, path) = text.split_once('=').ok_or("write it as FORMAT=PATH, such as json=plan.json or json=-")?;
        match path {
            "" => Err("the path is empty; - is stdout".to_owned()),
            "-" => Ok(Self { format: format.to_owned(), path: None }),
            path => Ok(Self { format: format.to_owned(), path: Some(PathBuf::from(path)) }),
        }
    }
}

/// The outputs that were asked of a command, each in a format that it has.
#[derive(Clone, Debug)]
pub(crate) struct Outputs<F> {
    all: Vec<(F, Option<PathBuf>)>,
}

impl<F: Copy + FromStr + VariantNames> Outputs<F> {
    /// Takes what was asked for.
    ///
    /// # Errors
    /// A sentence for people, when the command has no such format, or two outputs go to stdout.
    pub(super) fn new(wanted: &[OutputArgument]) -> Result<Self, String> {
        if wanted.iter().filter(|output| output.path.is_none()).count() > 1 {
            return Err("two outputs cannot both go to stdout".to_owned());
        }
        let mut paths: Vec<&PathBuf> = wanted.iter().filter_map(|output| output.path.as_ref()).collect();
        paths.sort_unstable();
        if let Some([twice, _]) = paths.windows(2).find(|pair| matches!(pair, [one, other] if one == other)) {
            return Err(format!("two outputs cannot both go to {}", twice.display()));
        }
        let named = |output: &OutputArgument| -> Result<_, String> {
            let format = output.format.parse().map_err(|_| {
                format!("this command has no format {:?}; it has {}", output.format, F::VARIANTS.join(", "))
            })?;
            Ok((format, output.path.clone()))
        };
        Ok(Self { all: wanted.iter().map(named).collect::<Result<_, _>>()? })
    }

    /// Whether no document was asked for.
    pub(super) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// The files that were asked for.
    pub(super) fn paths(&self) -> impl Iterator<Item = &Path> {
        self.all.iter().filter_map(|(_, path)| path.as_deref())
    }

    /// Whether a document takes the place of the text on stdout.
    pub(super) fn take_stdout(&self) -> bool {
        self.all.iter().any(|(_, path)| path.is_none())
    }

    /// Writes the text, and lets each document be written, to where it was asked for. One that cannot be written keeps no other back.
    ///
    /// # Errors
    /// A sentence for people, of the first file that cannot be written.
    pub(super) fn deliver(
        &self,
        context: &Context,
        text: impl FnOnce() -> String,
        document: impl Fn(F, &mut dyn Write) -> io::Result<()>,
    ) -> Result<(), String> {
        if !self.take_stdout() {
            context.print(&text());
        }
        let mut failed = None;
        for (format, path) in &self.all {
            let Some(path) = path else {
                context.emit(|out| document(*format, out));
                continue;
            };
            if let Err(error) = write_document(path, |out| document(*format, out)) {
                failed.get_or_insert_with(|| format!("writing {}: {error}", path.display()));
            }
        }
        failed.map_or(Ok(()), Err)
    }
}

/// Writes a whole file or nothing of it, for everyone who may read the folder.
///
/// # Errors
/// When the file, or its folder, cannot be written to.
pub(crate) fn write_document(path: &Path, fill: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    files::write_atomically(path, 0o644, fill)
}
