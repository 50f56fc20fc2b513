//! The checks of `roster doctor`: one line each, or as JSON.

use std::fmt::Write as _;

use serde::Serialize;
use strum::{EnumString, VariantNames};

use super::style::paint;
use super::terminal::TerminalOptions;
use super::text::{form, isolated};
use crate::model::exit_code::Exit;
use crate::reconcile::checks::{Check, CheckFinding, CheckOutcome};

/// A format of the checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumString, VariantNames)]
#[strum(serialize_all = "lowercase")]
pub(crate) enum CheckFormat {
    Json,
}

/// The version of the checks as JSON.
const FORMAT_VERSION: &str = "1.0";

#[derive(Serialize)]
struct CheckDocument<'a> {
    format_version: &'static str,
    checks: Vec<CheckLine<'a>>,
    exit_code: u8,
}

#[derive(Serialize)]
struct CheckLine<'a> {
    system: Option<&'static str>,
    check: &'static str,
    result: &'static str,
    fact: &'a str,
    remedy: Option<&'a str>,
}

impl<'a> CheckLine<'a> {
    fn of(check: &'a Check) -> Self {
        let (fact, remedy) = match &check.outcome {
            CheckOutcome::Ok(fact) | CheckOutcome::Skipped(fact) => (fact, None),
            CheckOutcome::Warning(CheckFinding { fact, remedy })
            | CheckOutcome::Failed(CheckFinding { fact, remedy }) => (fact, Some(remedy.as_str())),
        };
        let (system, result) = (check.system.map(|system| system.into_str()), check.outcome.key());
        Self { system, check: check.topic, result, fact, remedy }
    }

    fn name(&self) -> String {
        self.system.map(|system| format!("{system} ")).unwrap_or_default() + self.check
    }
}

/// The checks as JSON.
#[must_use]
pub(crate) fn document(checks: &[Check], exit: Exit) -> String {
    let checks = checks.iter().map(CheckLine::of).collect();
    let document = CheckDocument { format_version: FORMAT_VERSION, checks, exit_code: exit as u8 };
    serde_json::to_string_pretty(&document).unwrap_or_default() + "\n"
}

/// One line for each check, broken between words on a screen, and how many there are of each kind.
#[must_use]
pub(crate) fn lines(checks: &[Check], page: &TerminalOptions) -> String {
    let styles = page.styles;
    let all: Vec<(CheckLine<'_>, &CheckOutcome)> =
        checks.iter().map(|check| (CheckLine::of(check), &check.outcome)).collect();
    let longest = all.iter().map(|(line, _)| line.name().len()).max().unwrap_or_default();
    let mut text = String::new();
    for (line, outcome) in &all {
        let style = match outcome {
            CheckOutcome::Ok(_) => styles.added,
            CheckOutcome::Warning(_) => styles.warning,
            CheckOutcome::Failed(_) => styles.removed,
            CheckOutcome::Skipped(_) => styles.faint,
        };
        let remedy = line.remedy.map(|remedy| format!("; {remedy}")).unwrap_or_default();
        let result = paint(style, &format!("{:<7}", line.result));
        let fact = format!("{}{remedy}", isolated(line.fact));
        let _ = writeln!(text, "{result}  {:<longest$}  {}", line.name(), page.under(&fact, 7 + 2 + longest + 2));
    }
    let number = |key: &str| checks.iter().filter(|check| check.outcome.key() == key).count();
    let (ok, warnings, failed, skipped) = (number("ok"), number("warning"), number("failed"), number("skipped"));
    let summary =
        format!("{ok} ok, {warnings} {}, {failed} failed, {skipped} skipped", form(warnings, "warning", "warnings"));
    format!("{text}\n{}\n", paint(styles.strong, &summary))
}
