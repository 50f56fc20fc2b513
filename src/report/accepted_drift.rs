//! What `roster drift --accept` and `--interactive` show: a finding, and the values that the files accept.

use std::fmt::Write as _;

use super::text::{cut, isolated};
use super::value_text::{LONGEST_VALUE, ValueText};
use crate::model::agent::{Field, FieldValue};
use crate::model::roster::Roster;
use crate::reconcile::drifted_field::{DriftedField, HeldValue};

/// A finding: the file's value and that of each system that differs. `reveal` shows private values.
#[must_use]
pub(crate) fn finding(finding: &DriftedField, reveal: bool) -> String {
    let mut text = format!("{}  {}\n", finding.file, finding.field);
    let _ = writeln!(text, "  {:<16} {}", "file", shown(&finding.field, &finding.declared, reveal));
    for (system, held) in &finding.held {
        let value = match held {
            HeldValue::Known(value) => shown(&finding.field, value, reveal),
            HeldValue::NotReturned => "(not returned)".to_owned(),
            HeldValue::Picture => "(another picture)".to_owned(),
            HeldValue::Secret => "(hidden)".to_owned(),
            HeldValue::PfRole => "(another role)".to_owned(),
            HeldValue::NoDeclaredForm => "(another value)".to_owned(),
        };
        let _ = writeln!(text, "  {:<16} {value}", system.name());
    }
    text
}

/// The values that the files accept, by file: before and after.
#[must_use]
pub(crate) fn accepted(findings: &[(DriftedField, FieldValue)], roster: &Roster, reveal: bool) -> String {
    let mut text = String::new();
    let mut file = "";
    for (finding, value) in findings {
        if file != finding.file {
            file = &finding.file;
            let _ = writeln!(text, "{file}");
        }
        let field = &finding.field;
        let line = roster.people.get(&finding.slug).and_then(|person| person.line(field));
        let line = line.map(|line| format!("  line {line}")).unwrap_or_default();
        let values = if field.is_private() && !reveal {
            "(private, changed)".to_owned()
        } else {
            format!("{} → {}", text_of(&finding.declared), text_of(value))
        };
        let systems: Vec<&str> = finding.held.iter().map(|(system, _)| system.key()).collect();
        let _ = writeln!(text, "  {field}  {values}  from {}{line}", systems.join(" and "));
    }
    text
}

fn shown(field: &Field, value: &FieldValue, reveal: bool) -> String {
    if field.is_private() && !reveal { "(private)".to_owned() } else { text_of(value) }
}

/// A value on one line, apart from the text around it where it runs from right to left.
fn text_of(value: &FieldValue) -> String {
    isolated(&cut(&ValueText::of(value).quoted(), LONGEST_VALUE))
}
