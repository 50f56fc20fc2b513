//! The list of the CRM's users: as a table, JSON or CSV. No private field is in it.

use comfy_table::{Cell, ColumnConstraint, ContentArrangement, Table, presets};
use serde::Serialize;
use strum::{EnumString, VariantNames};

use super::style::Styles;
use super::text::{count, cut, escaped, isolated};
use crate::reconcile::listing::ListedUser;
use crate::redact::{Redactor, Untrusted};

/// A format of the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumString, VariantNames)]
#[strum(serialize_all = "lowercase")]
pub(crate) enum ListFormat {
    Json,
    Csv,
}

/// The version of the list as JSON.
const FORMAT_VERSION: &str = "1.0";

/// One user, with every text of a system made safe to print.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct UserLine {
    /// The slug of the agent who is linked to the row.
    agent: Option<String>,
    crm: u64,
    pf_user: Option<u64>,
    pf_profile: Option<u64>,
    /// The public name in the CRM.
    name: String,
    /// At Property Finder: `active`, `inactive`, or `missing` if the CRM stores an id that Property Finder does not have.
    status: Option<&'static str>,
    verification: Option<&'static str>,
    /// The status of the licence of `property_finder.licence`, else of all compliances.
    licence: Option<String>,
}

#[derive(Serialize)]
struct ListDocument<'a> {
    format_version: &'static str,
    users: &'a [UserLine],
}

/// The lines of the list, in its order.
#[must_use]
pub(crate) fn lines<'u>(users: impl Iterator<Item = &'u ListedUser>, redactor: &Redactor<'_>) -> Vec<UserLine> {
    let quote = |text: &str| redactor.quote(&Untrusted::from(text));
    // A slug and a public name are shown as in a plan: without keys, tokens and private numbers.
    let public = |text: &str| {
        let mut text = text.to_owned();
        redactor.redact_numbers(&mut text);
        escaped(&text)
    };
    let line = |user: &ListedUser| {
        let pf = user.pf.as_deref();
        let compliances = || pf.into_iter().flat_map(|pf| &pf.fields.compliances);
        let ours = compliances().any(|entry| entry.is_licence);
        let statuses: Vec<String> = compliances()
            .filter(|entry| entry.is_licence || !ours)
            .filter_map(|entry| entry.status.as_deref().map(quote))
            .collect();
        UserLine {
            agent: user.crm.links.agent.as_deref().map(public),
            crm: user.crm.id,
            pf_user: pf.map(|pf| pf.id).or(user.crm.links.pf_user),
            pf_profile: pf.map_or(user.crm.links.pf_profile, |pf| pf.profile),
            name: if user.is_unmanaged() { quote(&user.crm.name()) } else { public(&user.crm.name()) },
            status: match pf {
                Some(pf) if pf.inactive => Some("inactive"),
                Some(_) => Some("active"),
                None => user.has_missing_user().then_some("missing"),
            },
            verification: pf.and_then(|pf| pf.verification).map(|verification| verification.into_str()),
            licence: (!statuses.is_empty()).then(|| statuses.join(", ")),
        }
    };
    users.map(line).collect()
}

/// A document of the list.
#[must_use]
pub(crate) fn document(format: ListFormat, lines: &[UserLine]) -> String {
    match format {
        ListFormat::Json => json(lines),
        ListFormat::Csv => csv(lines),
    }
}

fn json(lines: &[UserLine]) -> String {
    let document = ListDocument { format_version: FORMAT_VERSION, users: lines };
    serde_json::to_string_pretty(&document).unwrap_or_default() + "\n"
}

fn csv(lines: &[UserLine]) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    // Writing to memory does not fail.
    if lines.is_empty() {
        let _ = writer.write_record(COLUMNS.map(|(key, _)| key));
    }
    for line in lines {
        let _ = writer.serialize(UserLine { name: without_formula(&line.name), ..line.clone() });
    }
    String::from_utf8(writer.into_inner().unwrap_or_default()).unwrap_or_default()
}

/// A text that no spreadsheet takes for a formula.
fn without_formula(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t']) { format!("'{text}") } else { text.to_owned() }
}

/// The columns: the key in a document, the heading of the table.
const COLUMNS: [(&str, &str); 8] = [
    ("agent", "AGENT"),
    ("crm", "CRM"),
    ("pf_user", "PF USER"),
    ("pf_profile", "PROFILE"),
    ("name", "NAME"),
    ("status", "STATUS"),
    ("verification", "VERIFIED"),
    ("licence", "LICENCE"),
];

/// The list, at most `width` cells wide, and its length: a table, or a block for each user where the table has no room.
#[must_use]
pub(crate) fn table(lines: &[UserLine], width: Option<usize>, styles: Styles) -> String {
    let mut table = Table::new();
    table.load_preset(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic);
    if let Some(width) = width {
        table.set_width(u16::try_from(width).unwrap_or(u16::MAX));
    }
    let heading = |(_, heading): (&str, &str)| Cell::new(heading);
    table.set_header(COLUMNS.map(heading));
    for line in lines {
        table.add_row(line.cells(LONGEST_NAME));
    }
    let text = if has_room(&table, width) {
        wrap_names_alone(&mut table);
        let lines = table.lines().map(|line| line.trim_end().to_owned() + "\n");
        lines.collect()
    } else {
        let width = width.unwrap_or(usize::MAX);
        lines.iter().map(|line| block(line, width)).collect::<Vec<_>>().join("\n")
    };
    let summary = super::style::paint(styles.strong, &count(lines.len(), "user", "users"));
    if lines.is_empty() { format!("{summary}\n") } else { format!("{text}\n{summary}\n") }
}

impl UserLine {
    /// What the columns show.
    fn cells(&self, longest_name: usize) -> [String; COLUMNS.len()] {
        let id = |id: Option<u64>| id.map_or_else(nothing, |id| id.to_string());
        let word = |word: Option<&str>| word.map_or_else(nothing, str::to_owned);
        [
            word(self.agent.as_deref()),
            self.crm.to_string(),
            id(self.pf_user),
            id(self.pf_profile),
            isolated(&cut(&self.name, longest_name)),
            word(self.status),
            word(self.verification),
            word(self.licence.as_deref()),
        ]
    }
}

/// One line for each value of a user: a slug and an id are copied, so they are never broken.
fn block(line: &UserLine, width: usize) -> String {
    const HEADING: usize = 10;
    const CUT: usize = "… (9999 characters more)".len();
    let cells = line.cells(LONGEST_NAME.min(width.saturating_sub(HEADING + CUT)));
    let values = COLUMNS.iter().zip(cells).filter(|(_, value)| *value != nothing());
    let lines: Vec<String> = values.map(|((_, heading), value)| format!("{heading:<9} {value}\n")).collect();
    lines.concat()
}

/// The characters of a name.
const LONGEST_NAME: usize = 60;
/// The column of the names.
const NAME: usize = 4;

/// Whether the columns have room without breaking more than names.
fn has_room(table: &Table, width: Option<usize>) -> bool {
    const SHORTEST_NAME: usize = 8;
    const PADDING: usize = 2;
    let widths = table.column_max_content_widths();
    let others = widths.iter().enumerate().filter(|(at, _)| *at != NAME);
    let others: usize = others.map(|(_, width)| usize::from(*width)).sum();
    width.is_none_or(|width| others + SHORTEST_NAME + PADDING * widths.len() <= width)
}

fn wrap_names_alone(table: &mut Table) {
    for (_, column) in table.column_iter_mut().enumerate().filter(|(at, _)| *at != NAME) {
        column.set_constraint(ColumnConstraint::ContentWidth);
    }
}

fn nothing() -> String {
    "-".to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::text::width;

    #[test]
    fn a_table_fits_the_terminal() {
        let line = |name: &str| UserLine {
            agent: Some("yousef-al-mansoori".to_owned()),
            crm: 1_000_008,
            pf_user: Some(7_708),
            pf_profile: Some(9_007),
            name: name.to_owned(),
            status: Some("active"),
            verification: Some("unverified"),
            licence: Some("active".to_owned()),
        };
        let lines = [line("Yousef Al Mansoori"), line("يوسف المنصوري"), line(&"long ".repeat(30))];
        for screen in [60, 80, 100, 200] {
            let text = table(&lines, Some(screen), Styles::default());
            assert_eq!(text.matches("yousef-al-mansoori").count(), 3, "no slug is broken\n{text}");
            assert!(text.lines().all(|line| width(line) <= screen), "{screen}\n{text}");
            assert!(text.ends_with("\n3 users\n"), "{text}");
        }
        assert_eq!(table(&[], None, Styles::default()), "0 users\n");
    }
}
