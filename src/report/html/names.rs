//! What things are called on the page: fields, systems, languages and countries, and values as text.

use crate::model::agent::{Channel, Field};
use crate::model::record::System;
use crate::remote::pf::tables;
use crate::report::displayed_change::DisplayedChange;
use crate::report::text::escaped;
use crate::report::value_text::ValueText;

/// A text that can neither reorder nor hide anything; its line ends stay.
pub(super) fn safe(text: &str) -> String {
    text.replace("\r\n", "\n").split('\n').map(escaped).collect::<Vec<_>>().join("\n")
}

/// A value as text, without quotes; empty for nothing.
pub(super) fn plain(value: &ValueText) -> String {
    match value {
        ValueText::Nothing => String::new(),
        ValueText::List(items) => items.iter().map(|item| safe(item)).collect::<Vec<_>>().join(", "),
        ValueText::Bare(text) if text == "true" => "yes".to_owned(),
        ValueText::Bare(text) if text == "false" => "no".to_owned(),
        ValueText::Text(text) | ValueText::Bare(text) => safe(text),
    }
}

/// A list of codes by their names.
pub(super) fn all(codes: &ValueText, name: impl Fn(&str) -> String) -> String {
    codes.codes().into_iter().map(name).collect::<Vec<_>>().join(" · ")
}

/// A language's name as the portal shows it, else as ISO 639 does; the code where neither has it.
pub(super) fn language(code: &str) -> String {
    let lower = code.to_lowercase();
    let iso = || isolang::Language::from_639_1(&lower).or_else(|| isolang::Language::from_639_3(&lower));
    let name = tables::language_name(code).or_else(|| iso().map(|language| language.to_name()));
    name.map_or_else(|| escaped(code), str::to_owned)
}

/// A country's short name; the code where it is none.
pub(super) fn country(code: &str) -> String {
    if code.eq_ignore_ascii_case("XK") {
        return "Kosovo".to_owned();
    }
    let found = rust_iso3166::from_alpha2(&code.to_uppercase());
    let name = found.and_then(|country| country.name.split(" (").next());
    name.map_or_else(|| escaped(code), str::to_owned)
}

/// Whether a language is written from right to left.
pub(super) fn direction(lang: &str) -> &'static str {
    const RIGHT_TO_LEFT: [&str; 12] = ["ar", "arc", "ckb", "dv", "fa", "he", "ks", "ps", "sd", "ug", "ur", "yi"];
    if RIGHT_TO_LEFT.contains(&lang) { "rtl" } else { "ltr" }
}

/// A system for people.
pub(super) const fn system(system: System) -> &'static str {
    match system {
        System::Crm => "CRM",
        System::Pf => "Property Finder",
    }
}

/// A field's name for people, with its language, channel or number.
pub(super) fn field(field: &Field) -> String {
    let label = field.spec().label;
    match field {
        Field::Position(lang) | Field::Description(lang) => format!("{label}, {}", language(lang)),
        Field::Subscription(name, channel) => format!("{label} {}, {}", escaped(name), by(*channel)),
        Field::Custom(id) => format!("{label} {}", escaped(id)),
        _ => label.to_owned(),
    }
}

const fn by(channel: Channel) -> &'static str {
    match channel {
        Channel::Notification => "in the CRM",
        Channel::Email => "by e-mail",
        Channel::Sms => "by text message",
    }
}

/// What is known of a value that was last sent, where only its hash is remembered.
pub(super) fn not_returned(change: &DisplayedChange<'_>) -> String {
    format!("a different one: {} does not return this", change.systems_as(System::name, " and "))
}
