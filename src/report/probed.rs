//! The assumptions that `roster doctor --probe` judged: one line each, or as JSON.

use std::fmt::Write as _;

use serde::Serialize;
use serde_json::Value;

use super::style::paint;
use super::terminal::TerminalOptions;
use crate::model::exit_code::Exit;
use crate::remote::assumptions::{Assumption, AssumptionVerdict};

/// The version of the assumptions as JSON.
const FORMAT_VERSION: &str = "1.0";

#[derive(Serialize)]
struct ProbeDocument<'a> {
    format_version: &'static str,
    assumptions: Vec<AssumptionLine<'a>>,
    behaviour: &'a Value,
    exit_code: u8,
}

#[derive(Serialize)]
struct AssumptionLine<'a> {
    heading: &'static str,
    result: &'static str,
    detail: &'a str,
    switch: Option<&'a str>,
}

/// The assumptions as JSON, with the switches of the sandbox that were seen.
#[must_use]
pub(crate) fn document(assumptions: &[Assumption], behaviour: &Value, exit: Exit) -> String {
    let lines = assumptions.iter().map(|one| AssumptionLine {
        heading: one.heading,
        result: one.verdict.words(),
        detail: &one.detail,
        switch: one.switch.as_deref(),
    });
    let assumptions = lines.collect();
    let document = ProbeDocument { format_version: FORMAT_VERSION, assumptions, behaviour, exit_code: exit as u8 };
    serde_json::to_string_pretty(&document).unwrap_or_default() + "\n"
}

/// One line for each assumption with its heading in docs/vendor-apis.md, and how many there are of each kind.
#[must_use]
pub(crate) fn lines(assumptions: &[Assumption], page: &TerminalOptions) -> String {
    let styles = page.styles;
    let longest = assumptions.iter().map(|one| one.heading.len()).max().unwrap_or_default();
    let mut text = String::new();
    for one in assumptions {
        let style = match one.verdict {
            AssumptionVerdict::Holds => styles.added,
            AssumptionVerdict::Fails => styles.warning,
            AssumptionVerdict::Unseen => styles.faint,
        };
        let verdict = paint(style, &format!("{:<14}", one.verdict.words()));
        let _ =
            writeln!(text, "{verdict}  {:<longest$}  {}", one.heading, page.under(&one.detail, 14 + 2 + longest + 2));
    }
    let number = |verdict: AssumptionVerdict| assumptions.iter().filter(|one| one.verdict == verdict).count();
    let [hold, fail, unseen] =
        [AssumptionVerdict::Holds, AssumptionVerdict::Fails, AssumptionVerdict::Unseen].map(number);
    let summary = format!("{hold} hold, {fail} do not hold, {unseen} cannot be seen");
    format!("{text}\n{}\nThe headings are those of docs/vendor-apis.md.\n", paint(styles.strong, &summary))
}
