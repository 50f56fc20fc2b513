//! The outputs: one file or folder for each format, each from a [`Report`] to a text. Nothing here prints.
//!
//! A value of a plan reaches an output only through [`MaskedValue`], which masks (redacts) private values.

pub(crate) mod accepted_drift;
mod address;
pub(crate) mod checked;
mod departure;
mod displayed_change;
mod file_problems;
pub mod github;
mod html;
pub(crate) mod imported;
pub mod json;
mod json_format;
pub(crate) mod linked;
pub(crate) mod listed;
mod markdown;
mod masked_value;
mod outcome;
mod people_parts;
mod phrases;
pub(crate) mod probed;
pub mod problems;
mod review_category;
pub mod sarif;
pub(crate) mod saved;
pub mod style;
mod summary;
pub mod terminal;
mod text;
mod value_text;

use std::io::{self, Write};

use schemars::JsonSchema;
use secrecy::SecretString;
use serde::Serialize;
use strum::{EnumString, IntoStaticStr, VariantNames};

use crate::apply::Applied;
use crate::declare::problem::Problem;
use crate::model::agent::Field;
use crate::model::exit_code::Exit;
use crate::model::roster::Roster;
use crate::reconcile::guard::GuardBlock;
use crate::reconcile::plan::{Plan, estimate::Estimate};

pub(crate) use markdown::{RequestEnd, RequestedChange, request_answer, request_body};
pub(crate) use masked_value::MaskedValue;
pub(crate) use summary::Summary;

/// What a report is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema, IntoStaticStr)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase", const_into_str)]
pub enum ReportSubject {
    /// What must be written.
    Plan,
    /// What differs although the files did not change.
    Drift,
    /// What was written.
    Apply,
}

impl ReportSubject {
    /// Its word in output.
    #[must_use]
    pub(crate) const fn key(self) -> &'static str {
        self.into_str()
    }
}

/// Where the files of a report are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReportOrigin {
    /// The commit that is checked out, by its whole name; none outside of a git repository.
    pub commit: Option<String>,
    /// The folder of `roster.yaml`, from the top of the git repository, with a slash at its end; empty at the top.
    pub folder: String,
    /// The address of the repository's pages, such as `https://github.com/palmgate/agents`, where it is known.
    pub web: Option<String>,
}

impl ReportOrigin {
    /// The path of a file from the top of the git repository.
    #[must_use]
    pub(crate) fn path(&self, file: &str) -> String {
        format!("{}{file}", self.folder)
    }

    /// The file, from the top of the git repository, that lets the actions of a digest through.
    #[must_use]
    pub(crate) fn acceptance(&self, digest: &str) -> String {
        self.path(&format!(".roster/accept/{digest}"))
    }
}

/// A format of a report for others than the person at the terminal, under its name in `--output`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumString, VariantNames)]
#[strum(serialize_all = "lowercase")]
pub(crate) enum ReportFormat {
    /// The document of `schema/plan.schema.json`.
    Json,
    /// A comment on a pull request, the summary of a job, the text of an issue.
    Markdown,
    /// A page for a reviewer.
    Html,
    /// Annotations of GitHub: workflow commands for a runner's log.
    Github,
}

/// Writes a report in a format.
///
/// # Errors
/// When it cannot be written.
pub(crate) fn write_document(
    format: ReportFormat,
    report: &Report<'_>,
    max_bytes: usize,
    out: &mut dyn Write,
) -> io::Result<()> {
    match format {
        ReportFormat::Json => json::write(report, out),
        ReportFormat::Markdown => out.write_all(markdown::plan(report, max_bytes).as_bytes()),
        ReportFormat::Html => html::write(report, out),
        ReportFormat::Github => out.write_all(github::plan(report).as_bytes()),
    }
}

/// The same as a text.
#[cfg(test)]
pub(crate) fn document(format: ReportFormat, report: &Report<'_>, max_bytes: usize) -> String {
    let mut document = Vec::new();
    let written = write_document(format, report, max_bytes, &mut document);
    assert!(written.is_ok(), "{written:?}");
    String::from_utf8_lossy(&document).into_owned()
}

/// Everything that a report may show.
pub struct Report<'a> {
    /// What it is about.
    pub subject: ReportSubject,
    /// Where the files are.
    pub origin: &'a ReportOrigin,
    /// The commit of the base, by its whole name.
    pub base_commit: Option<&'a str>,
    /// The plan; of a [`ReportSubject::Drift`] what is left of it.
    pub plan: &'a Plan,
    /// How many people the plan is about, and what happens to them.
    pub summary: Summary,
    /// The files, with the line of each declared field.
    pub roster: &'a Roster,
    /// What is wrong with the files. With an error among them nothing was read.
    pub problems: &'a [Problem],
    /// What could not be read, in words that may be shown.
    pub unread: &'a [String],
    /// What the plan does beyond what was reviewed: agents, operations and fields, never a value.
    pub more: &'a [String],
    /// Why the plan may not be carried out.
    pub blocks: &'a [GuardBlock],
    /// What carrying it out costs.
    pub estimate: Estimate,
    /// What became of each person, once it was carried out.
    pub applied: Option<&'a [Applied]>,
    /// Whether both systems were read completely.
    pub complete: bool,
    /// The key of the digests of private values, which distinguish one saved plan from another.
    pub digest_key: Option<&'a SecretString>,
    /// What private values in the digest of the whole plan go in under.
    pub accept_key: Option<&'a SecretString>,
    /// How the run ends.
    pub exit: Exit,
}

impl<'a> Report<'a> {
    /// A report of a plan that nothing blocks.
    #[must_use]
    pub fn new(subject: ReportSubject, origin: &'a ReportOrigin, plan: &'a Plan, roster: &'a Roster) -> Self {
        Self {
            subject,
            origin,
            base_commit: None,
            plan,
            summary: Summary::new(subject, plan),
            roster,
            problems: &[],
            unread: &[],
            more: &[],
            blocks: &[],
            estimate: Estimate::default(),
            applied: None,
            complete: true,
            digest_key: None,
            accept_key: None,
            exit: Exit::Done,
        }
    }
}

impl Report<'_> {
    /// The line, from 1, on which an agent declares a field.
    #[must_use]
    pub(crate) fn line(&self, agent: &crate::model::agent::Slug, field: &Field) -> Option<u32> {
        self.roster.people.get(agent)?.line(field)
    }
}

#[cfg(test)]
mod tests;
