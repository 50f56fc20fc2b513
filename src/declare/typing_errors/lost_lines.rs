//! Lines that were deleted, or joined to another one.

use super::super::schema_keys::{is_key_of_a_section, is_key_of_an_agent, is_private_key, is_public_key, may_show_key};
use super::super::yaml_tree::YamlError;
use super::characters::structure;
use super::raw_lines::{LineContent, RawLine, RawLines};

/// What a line needs above it.
pub(super) fn missing_line(line: &RawLine<'_>, missing: &str, indent: usize) -> YamlError {
    let place = if indent == 0 { "at the left margin".to_owned() } else { format!("in column {}", indent + 1) };
    let message = format!("the line `{missing}` is missing above this one");
    let help = format!("write `{missing}` {place}, on a line of its own above this one");
    YamlError::new(line.first()..line.end(), message, help)
}

/// The first line of the section of a key.
pub(super) fn missing_section(lines: &RawLines<'_>, line: &RawLine<'_>, key: &str) -> YamlError {
    let has_public = lines.lines.iter().any(|line| begins(line, "public"));
    let section = if is_public_key(key) && !has_public { "public:" } else { "private:" };
    missing_line(line, section, 0)
}

/// A key of `private`, or one that comes once more, where no line begins `private`.
pub(super) fn lost_private(lines: &RawLines<'_>, index: usize) -> Option<YamlError> {
    let line = structure(lines, index).filter(|line| line.indent() > 0 && !line.is_item())?;
    let key = line.entry().map(|entry| entry.key).filter(|key| is_key_of_a_section(key))?;
    let above = lines.lines.get(..index)?;
    let has_same_key_and_indent = |above: &RawLine<'_>| {
        above.is_structure() && above.indent() == line.indent() && above.entry().is_some_and(|entry| entry.key == key)
    };
    let is_lost = above.iter().any(|line| begins(line, "public"))
        && !lines.lines.iter().any(|line| line.word() == "private:" || begins(line, "private"))
        && (!is_public_key(key) || above.iter().any(has_same_key_and_indent));
    let is_in_section = above.iter().rev().find(|line| line.is_structure() && line.indent() == 0)?;
    (is_lost && begins(is_in_section, "public")).then(|| missing_line(line, "private:", 0))
}

/// The first line of a section under the name of the other section, which has no line.
pub(super) fn section_by_the_other_name(lines: &RawLines<'_>, index: usize) -> Option<YamlError> {
    let line = structure(lines, index)?;
    let sections = [("public", "private"), ("private", "public")];
    let (section, other) = sections.into_iter().find(|(section, _)| begins(line, section))?;
    let some = |lines: &[RawLine<'_>], section: &str| {
        lines.iter().filter(|line| line.is_structure() && begins(line, section)).take(2).count()
    };
    // Of many such lines the first two are enough.
    let above = some(lines.lines.get(..index)?, section);
    if above > 1 || some(&lines.lines, section) < 2 || some(&lines.lines, other) > 0 {
        return None;
    }
    let is_second = above > 0;
    let indent = lines.below(index)?.indent();
    let inside = lines.lines.get(index + 1..)?.iter().filter(|line| line.is_structure());
    let inside = inside.take_while(|line| line.indent() > 0).filter(|line| line.indent() == indent && !line.is_item());
    let keys: Vec<&str> = inside.filter_map(RawLine::entry).map(|entry| entry.key).collect();
    let is_of = |section: &str, key: &str| if section == "public" { is_public_key(key) } else { is_private_key(key) };
    let belongs = !keys.is_empty() && keys.iter().all(|key| is_of(other, key) || !is_key_of_an_agent(key));
    (belongs && (is_second || !keys.iter().all(|key| is_of(section, key)))).then(|| {
        let which = if is_second { format!("a second `{section}:`") } else { format!("one of two `{section}:`") };
        let message = format!("this is {which}, and there is no `{other}:`");
        YamlError::new(line.start..line.start + section.len(), message, format!("write `{other}:` in its place"))
    })
}

/// A text below a value that is whole: the line that begins the signature was deleted.
pub(super) fn lost_signature(lines: &RawLines<'_>, index: usize) -> Option<YamlError> {
    let line = structure(lines, index).filter(|line| !line.is_item())?;
    let (_, above) = lines.structure_above(index)?;
    let entry = above.entry().filter(|entry| is_private_key(entry.key))?;
    let value = entry.value.without_comment();
    let is_quoted =
        ['"', '\''].into_iter().any(|quote| value.len() > 1 && value.starts_with(quote) && value.ends_with(quote));
    let above_it = lines.lines.get(..index)?.iter().rev();
    let section = above_it.into_iter().find(|line| line.is_structure() && line.indent() == 0)?;
    let has_signature = |line: &RawLine<'_>| line.entry().is_some_and(|entry| entry.key == "email_signature");
    // A misspelt key is not a text.
    let is_text = line.entry().is_none_or(|entry| !is_key_of_an_agent(entry.key) && !may_show_key(entry.key));
    let is_lost = (is_quoted || matches!(value, "true" | "false"))
        && is_text
        && begins(section, "private")
        && line.indent() > above.indent()
        && !lines.lines.iter().any(has_signature);
    is_lost.then(|| missing_line(line, "email_signature: |", above.indent()))
}

/// A description in the list of another key.
pub(super) fn lost_descriptions(lines: &RawLines<'_>, index: usize) -> Option<YamlError> {
    let line = structure(lines, index).filter(|line| line.is_item())?;
    line.entry().filter(|entry| entry.key == "lang")?;
    let above = lines.lines.get(..index)?.iter().rev().filter(|line| line.is_structure() && !line.is_item());
    let keys = above.filter(|above| above.entry().is_some_and(|entry| entry.value.is_empty()));
    let list = keys.into_iter().find(|above| above.indent() <= line.indent())?;
    let is_other = list.entry().is_some_and(|entry| matches!(entry.key, "languages" | "nationalities"));
    is_other.then(|| missing_line(line, "descriptions:", list.indent()))
}

/// The parts of a description of which one has no line.
pub(super) fn lost_in_description(lines: &RawLines<'_>, index: usize) -> Option<YamlError> {
    let line = structure(lines, index).filter(|line| !line.is_item())?;
    let (_, above) = lines.structure_above(index)?;
    let entry = above.entry()?;
    let key = line.entry().map(|entry| entry.key);
    if above.is_item()
        && entry.key == "lang"
        && !entry.value.is_empty()
        && key.is_none()
        && line.indent() > above.item_indent()
    {
        return Some(missing_line(line, "content: |", above.item_indent()));
    }
    let begins_a_list = entry.key == "descriptions" && entry.value.is_empty();
    let follows_another = entry.key == "content" && above.indent() == line.indent();
    let is_lost = key == Some("content") && (begins_a_list || follows_another) && line.indent() >= 2;
    // There is one description in a language.
    let has_english = lines.lines.iter().any(|line| line.word() == "- lang: en");
    let missing = if has_english { "- lang: ar" } else { "- lang: en" };
    is_lost.then(|| missing_line(line, missing, line.indent() - 2))
}

/// The first line of a section at the end of a text, since the break between them was deleted.
pub(super) fn section_in_text(lines: &RawLines<'_>, index: usize) -> Option<YamlError> {
    let line = lines.get(index).filter(|line| line.content != LineContent::Comment)?;
    let section = ["private", "public"].into_iter().find(|section| line.word().ends_with(&format!(" {section}:")))?;
    if lines.lines.iter().any(|line| begins(line, section)) {
        return None;
    }
    let message = format!("the line `{section}:` is at the end of another line");
    let help = format!("begin a new line in front of `{section}:`");
    Some(YamlError::new(line.end() - section.len() - 1..line.end(), message, help))
}

/// Whether a line at the left margin has the key of a section.
fn begins(line: &RawLine<'_>, section: &str) -> bool {
    line.written.strip_prefix(section).is_some_and(|rest| rest.starts_with(':'))
}
