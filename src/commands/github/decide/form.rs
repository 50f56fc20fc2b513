//! The text of an issue that one of the forms in `.github/ISSUE_TEMPLATE/` made.
//!
//! GitHub writes each field as a heading `### LABEL` and the value below it. A text whose headings are not exactly those of
//! a form is refused: so a heading inside a value cannot move a value to another field.

/// What a form asks for. Nothing of it is checked against the files yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum FormRequest {
    /// Fields of an agent's file, each as `PATH=VALUE`.
    Change { agent: String, assignments: Vec<String> },
    /// The file of a new agent, with what it shares with a colleague.
    New { agent: String, from: Option<String>, assignments: Vec<String> },
}

/// The most characters of an issue that GitHub takes.
const LONGEST_TEXT: usize = 65_536;
/// The most lines of one field.
const MOST_LINES: usize = 50;
/// What GitHub writes for a field without a value.
const NO_VALUE: &str = "_No response_";

/// The fields of the form for a change: the agent, and a line for each `PATH=VALUE`.
const CHANGE: [&str; 2] = ["Agent to change", "Changes"];
/// The fields of the form for a new agent beside those of the file: its name, the colleague, and lines of `PATH=VALUE`.
const NEW: [&str; 3] = ["File name of the new agent", "Copy from", "Other fields"];
/// The fields of the form for a new agent that are a field of the file, and whether the form requires them.
const VALUES: [(&str, &str, bool); 7] = [
    ("First name", "public.first_name", true),
    ("Last name", "public.last_name", true),
    ("Public e-mail", "public.email", true),
    ("Public phone", "public.phone", true),
    ("Role", "role", false),
    ("Login e-mail", "private.email", false),
    ("Own mobile", "private.mobile", false),
];

/// The labels of the form for a new agent, in its order.
fn new_labels() -> Vec<&'static str> {
    let [name, colleague, others] = NEW;
    let values = VALUES.iter().map(|(label, _, _)| *label);
    std::iter::once(name).chain(values).chain([colleague, others]).collect()
}

/// Reads the text of an issue.
///
/// # Errors
/// A sentence for the asker, when it is not that of a form.
pub(crate) fn parse(text: &str) -> Result<FormRequest, String> {
    if text.chars().count() > LONGEST_TEXT {
        return Err(format!("The text has more than {LONGEST_TEXT} characters."));
    }
    let sections = sections(text);
    let labels: Vec<&str> = sections.iter().map(|(label, _)| *label).collect();
    let value = |label: &str| {
        let found = sections.iter().find(|(own, _)| *own == label);
        found.map(|(_, value)| value.as_str()).unwrap_or_default()
    };
    if labels == CHANGE {
        let [agent, changes] = CHANGE;
        let assignments = assignments(changes, value(changes))?;
        if assignments.is_empty() {
            return Err(format!("The field {changes:?} is empty."));
        }
        return Ok(FormRequest::Change { agent: one_line(agent, value(agent))?, assignments });
    }
    if labels != new_labels() {
        return Err("The headings of this text are not those of a form. Open a new issue from the form.".to_owned());
    }
    let [agent, colleague, others] = NEW;
    let mut all = Vec::new();
    for (label, path, is_required) in VALUES {
        if is_required || !value(label).is_empty() {
            all.push(format!("{path}={}", one_line(label, value(label))?));
        }
    }
    all.extend(assignments(others, value(others))?);
    let from = Some(value(colleague)).filter(|value| !value.is_empty());
    let from = from.map(|value| one_line(colleague, value)).transpose()?;
    Ok(FormRequest::New { agent: one_line(agent, value(agent))?, from, assignments: all })
}

/// The headings with their values. A text before the first heading is one without a label.
fn sections(text: &str) -> Vec<(&str, String)> {
    let mut found: Vec<(&str, Vec<&str>)> = vec![("", Vec::new())];
    for line in text.lines() {
        match line.strip_prefix("### ") {
            Some(label) => found.push((label.trim(), Vec::new())),
            None => found.iter_mut().last().into_iter().for_each(|(_, lines)| lines.push(line)),
        }
    }
    let sections = found.into_iter().map(|(label, lines)| (label, section_value(&lines)));
    sections.filter(|(label, value)| !label.is_empty() || !value.is_empty()).collect()
}

/// The value of a field, without the fence that GitHub puts around the text of a large field.
fn section_value(lines: &[&str]) -> String {
    let text = lines.join("\n");
    let text = text.trim();
    let inner = text.strip_prefix("```text\n").and_then(|text| text.strip_suffix("```"));
    let text = inner.unwrap_or(text).trim();
    if text == NO_VALUE { String::new() } else { text.to_owned() }
}

fn one_line(label: &str, value: &str) -> Result<String, String> {
    match value {
        "" => Err(format!("The field {label:?} is empty.")),
        value if value.contains('\n') => Err(format!("The field {label:?} has more than one line.")),
        value => Ok(value.to_owned()),
    }
}

/// A line for each `PATH=VALUE`, with or without blanks around the sign.
fn assignments(label: &str, value: &str) -> Result<Vec<String>, String> {
    let lines: Vec<(usize, &str)> =
        value.lines().map(str::trim).enumerate().filter(|(_, line)| !line.is_empty()).collect();
    if lines.len() > MOST_LINES {
        return Err(format!("The field {label:?} has more than {MOST_LINES} lines."));
    }
    if let Some((at, _)) = lines.iter().find(|(_, line)| !line.contains('=')) {
        return Err(format!("Line {} of {label:?} has no =. Write each change as PATH = VALUE on one line.", at + 1));
    }
    Ok(lines.into_iter().map(|(_, line)| without_quotes(line)).collect())
}

/// The same without straight quotes around the whole value, as it is written in a file.
fn without_quotes(assignment: &str) -> String {
    let (path, value) = assignment.split_once('=').unwrap_or((assignment, ""));
    let inner = value.trim().strip_prefix('"').and_then(|value| value.strip_suffix('"'));
    inner.filter(|inner| !inner.contains('"')).map_or_else(|| assignment.to_owned(), |inner| format!("{path}={inner}"))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use super::*;

    /// A text as GitHub makes it of the values of a form.
    fn filled(fields: &[(&str, &str)]) -> String {
        let fields: Vec<String> = fields.iter().map(|(label, value)| format!("### {label}\n\n{value}")).collect();
        fields.join("\n\n")
    }

    fn change(agent: &str, changes: &str) -> String {
        filled(&[("Agent to change", agent), ("Changes", &format!("```text\n{changes}\n```"))])
    }

    fn new(values: &[(&str, &str)]) -> String {
        let value = |label: &&'static str| {
            let given = values.iter().find(|(own, _)| own == label).map(|(_, value)| *value);
            (*label, given.unwrap_or(NO_VALUE))
        };
        filled(&new_labels().iter().map(value).collect::<Vec<_>>())
    }

    #[test]
    fn the_form_for_a_change_is_an_agent_and_assignments() {
        let wanted = |agent: &str, assignments: &[&str]| {
            let assignments = assignments.iter().map(|&one| one.to_owned()).collect();
            Ok(FormRequest::Change { agent: agent.to_owned(), assignments })
        };
        for (text, want) in [
            (change("sara-khan", "status = inactive"), wanted("sara-khan", &["status = inactive"])),
            (
                change("sara-khan", "\n status=inactive \n\npublic.position.ar = مستشارة = سارة\n"),
                wanted("sara-khan", &["status=inactive", "public.position.ar = مستشارة = سارة"]),
            ),
            (
                change(
                    "sara-khan",
                    "public.phone = \"+971501112233\"\ntheme=\"\"\npublic.position.en = \"A\" or \"B\"\nrole=\"",
                ),
                wanted(
                    "sara-khan",
                    &["public.phone =+971501112233", "theme=", "public.position.en = \"A\" or \"B\"", "role=\""],
                ),
            ),
            // Without the fence, as after an edit, and with the line ends of a browser.
            (
                filled(&[("Agent to change", "sara-khan"), ("Changes", "status = inactive\ntheme =")])
                    .replace('\n', "\r\n"),
                wanted("sara-khan", &["status = inactive", "theme ="]),
            ),
            // Only the headings of a form end a value; nothing of it is interpreted.
            (
                change("../../x", "role = `$(id)` @everyone #### x"),
                wanted("../../x", &["role = `$(id)` @everyone #### x"]),
            ),
        ] {
            assert_eq!(parse(&text), want, "{text}");
        }
    }

    #[test]
    fn the_form_for_a_new_agent_gives_the_required_fields() {
        let names = [("First name", "Sara"), ("Last name", "O'Neil"), ("Public e-mail", "s@x.example")];
        let given = [&names[..], &[("File name of the new agent", "sara"), ("Public phone", "+971501112233")]].concat();
        let public = ["public.first_name=Sara", "public.last_name=O'Neil", "public.email=s@x.example"];
        let mut wanted: Vec<String> =
            [&public[..], &["public.phone=+971501112233"]].concat().iter().map(|&one| one.to_owned()).collect();
        let agent = || "sara".to_owned();
        assert_eq!(
            parse(&new(&given)),
            Ok(FormRequest::New { agent: agent(), from: None, assignments: wanted.clone() })
        );
        let more = [
            ("Role", "agent"),
            ("Copy from", "omar"),
            ("Other fields", "theme = onyx"),
            ("Own mobile", "+971504445566"),
        ];
        wanted.extend(["role=agent", "private.mobile=+971504445566", "theme = onyx"].map(str::to_owned));
        assert_eq!(
            parse(&new(&[&given[..], &more].concat())),
            Ok(FormRequest::New { agent: agent(), from: Some("omar".to_owned()), assignments: wanted })
        );
        for left_out in 0..given.len() {
            let mut some = given.clone();
            let (label, _) = some.remove(left_out);
            assert_eq!(parse(&new(&some)), Err(format!("The field {label:?} is empty.")));
        }
    }

    #[test]
    fn a_text_that_is_not_that_of_a_form_is_refused() {
        let headings = "The headings of this text are not those of a form";
        for (text, why) in [
            (String::new(), headings),
            ("Please change Sara's phone".to_owned(), headings),
            (format!("Hello\n{}", change("sara", "status = inactive")), headings),
            (filled(&[("Changes", "status = inactive"), ("Agent to change", "sara")]), headings),
            (change("sara", "status = inactive\n```\n### Agent to change\nomar"), headings),
            (change("sara", "status = inactive\n### Reason"), headings),
            (change("sara\nomar", "status = inactive"), "The field \"Agent to change\" has more than one line"),
            (change(NO_VALUE, "status = inactive"), "The field \"Agent to change\" is empty"),
            (change("sara", ""), "The field \"Changes\" is empty"),
            (filled(&[("Agent to change", "sara"), ("Changes", NO_VALUE)]), "The field \"Changes\" is empty"),
            (change("sara", "status = inactive\nleave"), "Line 2 of \"Changes\" has no ="),
            (change("sara", &"theme = onyx\n".repeat(51)), "The field \"Changes\" has more than 50 lines"),
            (change("sara", &format!("theme = {}", "x".repeat(70_000))), "The text has more than 65536 characters"),
        ] {
            let refused = parse(&text).unwrap_err();
            assert!(refused.starts_with(why), "{refused}");
        }
    }

    /// The forms of this repository, which `roster init` copies.
    #[test]
    fn the_labels_are_those_of_the_forms() {
        for (form, labels, required) in [
            (include_str!("../../../../.github/ISSUE_TEMPLATE/change-agent.yml"), CHANGE.to_vec(), CHANGE.to_vec()),
            (
                include_str!("../../../../.github/ISSUE_TEMPLATE/new-agent.yml"),
                new_labels(),
                vec![NEW[0], "First name", "Last name", "Public e-mail", "Public phone"],
            ),
        ] {
            let form: serde_yaml::Value = serde_yaml::from_str(form).unwrap();
            assert_eq!(form["labels"][0].as_str(), Some("roster: request"));
            let fields = form["body"].as_sequence().unwrap().iter().filter(|field| field["type"] != "markdown");
            let fields: Vec<(&str, bool)> = fields
                .map(|field| {
                    assert!(field["type"] == "input" || field["attributes"]["render"] == "text", "{field:?}");
                    let is_required = field["validations"]["required"].as_bool().unwrap_or_default();
                    (field["attributes"]["label"].as_str().unwrap(), is_required)
                })
                .collect();
            assert_eq!(fields.iter().map(|(label, _)| *label).collect::<Vec<_>>(), labels);
            let needed: Vec<&str> =
                fields.iter().filter(|(_, is_required)| *is_required).map(|(label, _)| *label).collect();
            assert_eq!(needed, required);
        }
    }
}
