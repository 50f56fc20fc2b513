//! Rules that a schema cannot express: they need the day, the repository, `roster.yaml` or the other files. One function a
//! rule, all in one list; every rule runs, and none stops another. A rule about one file runs as soon as the file is read. A
//! rule that compares files runs at the end, on what is kept of each file (`compared_file`).

mod as_written;
mod compared_file;
mod copied_values;
mod handover;
mod lost_letters;
mod pasted;
mod photos;
mod plain;
mod texts;
mod uniqueness;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use jiff::civil::Date;

use super::file::{AgentFile, is_clear};
use super::problem::Problem;
use super::rule::{OF_ONE_FILE, Rule};
use super::source::{PathStep, keys};
use crate::model::agent::value::PrivateName;
use crate::model::agent::{Field, FieldValue, Setting, Status};
use crate::model::config::Config;
use crate::model::expiry::{self, Expiry};
use crate::model::record::Record;
use RuleCheck::{File, Folder};
pub use compared_file::{ComparedFile, ComparedValues, FolderContext};

/// The values of a record that a system cannot hold, each with a sentence that gives the reason.
pub(crate) type CannotHold<'a> = dyn Fn(&Record) -> Vec<(Field, String)> + Sync + 'a;

/// What a rule may look at beside a file.
pub struct RuleContext<'a> {
    /// The repository's root.
    pub root: &'a Path,
    /// `roster.yaml`.
    pub config: &'a Config,
    /// The day of the run.
    pub today: Date,
    /// The values that each system cannot hold.
    pub cannot_hold: &'a [&'a CannotHold<'a>],
}

/// Finds every breach of one rule, which the list names.
#[derive(Clone, Copy)]
enum RuleCheck {
    /// In one file.
    File(fn(&AgentFile, &RuleContext<'_>, &mut Vec<Problem>)),
    /// Between the files of the folder.
    Folder(fn(&FolderContext<'_>, &mut Vec<Problem>)),
}

const RULES: [(Rule, RuleCheck); 37] = [
    (rule("slug-is-unique", "A slug is one agent's, over all folders."), Folder(uniqueness::slug_is_unique)),
    (rule("login-is-unique", "No two agents have one login."), Folder(uniqueness::login_is_unique)),
    (
        rule("public-email-is-unique", "No two agents show one e-mail address."),
        Folder(uniqueness::public_email_is_unique),
    ),
    (rule("licence-is-unique", "No two agents have one licence."), Folder(uniqueness::licence_is_unique)),
    (
        rule("heirs-stay", "The receivers of `handover` must be active agents, and not the archived agent."),
        Folder(handover::handover_targets_stay),
    ),
    (
        rule("handover-is-of-a-leaver", "`handover` must be in the file of an archived agent."),
        File(handover::handover_is_of_a_leaver),
    ),
    (rule("photos-are-there", "A photo in the repository exists, and is a picture."), File(photos::photos_are_there)),
    (rule("texts-are-visible", "A text has no invisible characters."), File(texts::texts_are_visible)),
    (
        rule("texts-are-quoted", "A text that other YAML readers take for something else is quoted."),
        File(texts::texts_are_quoted),
    ),
    (rule("texts-are-whole", "No part of a text is a comment by mistake."), File(texts::texts_are_whole)),
    (
        rule("letters-are-whole", "No letter of a text was lost in another encoding."),
        File(lost_letters::letters_are_whole),
    ),
    (rule("backslashes-are-kept", "No backslash of a text is lost."), File(as_written::backslashes_are_kept)),
    (rule("lines-are-kept", "The lines of a signature are not joined."), File(as_written::lines_are_kept)),
    (
        rule("comments-are-outside-of-texts", "No line of a text is meant as a comment."),
        File(as_written::comments_are_outside_of_texts),
    ),
    (rule("texts-are-no-html", "A text for clients has no HTML in it."), File(plain::texts_are_no_html)),
    (rule("quotes-are-typed", "A value is not in typographic quotes."), File(plain::quotes_are_typed)),
    (rule("names-have-no-emoji", "A name has no emoji in it."), File(plain::names_have_no_emoji)),
    (rule("values-end-cleanly", "A short value ends without a comma or a blank."), File(pasted::values_end_cleanly)),
    (rule("quotes-are-in-pairs", "A short value has no quote at one end alone."), File(pasted::quotes_are_in_pairs)),
    (rule("values-have-no-tabs", "A value in one line has no tab."), File(pasted::values_have_no_tabs)),
    (rule("numbers-have-plain-digits", "A licence is in the digits 0 to 9."), File(pasted::numbers_have_plain_digits)),
    (
        rule("a-placeholder-is-no-value", "A word such as `none` is not a licence."),
        File(pasted::a_placeholder_is_no_value),
    ),
    (
        rule("texts-have-no-escapes", "A text has no backslashes of another format."),
        File(pasted::texts_have_no_escapes),
    ),
    (rule("texts-are-no-markdown", "A text for clients has no Markdown in it."), File(pasted::texts_are_no_markdown)),
    (rule("licence-date-is-near", "A licence ends within 30 years."), File(pasted::licence_date_is_near)),
    (rule("phones-exist", "A phone number is one that its country has."), File(plain::phones_exist)),
    (
        rule("photos-are-pictures", "The address of a photo shows a picture, not a page."),
        File(plain::photos_are_pictures),
    ),
    (
        rule("contacts-are-ones-own", "No two agents have one phone, photo or LinkedIn page."),
        Folder(copied_values::contacts_are_ones_own),
    ),
    (
        rule("long-texts-are-ones-own", "No two agents have one long description."),
        Folder(copied_values::long_texts_are_ones_own),
    ),
    (rule("a-blank-is-meant", "A value that is left blank clears the field."), File(a_blank_is_meant)),
    (rule("licence-is-valid", "An active agent's licence is valid for more than 60 days."), File(licence_is_valid)),
    (rule("experience-has-begun", "No agent's experience begins in the future."), File(experience_has_begun)),
    (rule("one-description-a-language", "There is one description a language."), File(one_description_a_language)),
    (
        rule("link-fields-are-ours", "The custom fields that link people are written by roster."),
        File(link_fields_are_ours),
    ),
    (
        rule("names-are-long-enough", "A new agent's name is long enough for Property Finder."),
        File(names_are_long_enough),
    ),
    (
        rule("nothing-is-cleared-in-vain", "`null` must be at a field that it can clear."),
        File(nothing_is_cleared_in_vain),
    ),
    (rule("systems-can-hold-it", "Each system can hold the value."), File(systems_can_hold_it)),
];

const fn rule(name: &'static str, asks: &'static str) -> Rule {
    Rule { name, asks }
}

/// Everything that is asked of the files.
pub fn all() -> impl Iterator<Item = Rule> {
    OF_ONE_FILE.into_iter().chain(RULES.into_iter().map(|(rule, _)| rule))
}

/// Runs every rule about one file on a file that its schema allows.
#[must_use]
pub fn check_file(file: &AgentFile, context: &RuleContext<'_>) -> Vec<Problem> {
    breaches(|check, found| {
        if let File(check) = check {
            check(file, context, found);
        }
    })
}

/// Runs every rule that compares files.
#[must_use]
pub fn check_folder(context: &FolderContext<'_>) -> Vec<Problem> {
    breaches(|check, found| {
        if let Folder(check) = check {
            check(context, found);
        }
    })
}

fn breaches(run: impl Fn(RuleCheck, &mut Vec<Problem>)) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (rule, check) in RULES {
        let mut found = Vec::new();
        run(check, &mut found);
        problems.extend(found.into_iter().map(|problem| problem.of(rule)));
    }
    problems
}

fn licence_is_valid(person: &AgentFile, context: &RuleContext<'_>, problems: &mut Vec<Problem>) {
    if person.agent.status != Status::Active {
        return;
    }
    let Some(date) = person.agent.public.licence_expired_at.set() else { return };
    let day = date.as_str();
    let (message, help) = match Expiry::of(date.day(), context.today, expiry::LICENCE) {
        None => return,
        Some(Expiry::Past) => {
            (format!("the licence expired on {day}"), "write the new date, or set status to inactive")
        }
        Some(Expiry::Within(days)) => {
            (format!("the licence expires on {day}, within {days} days"), "renew it, and write the new date")
        }
    };
    problems.push(person.error(&Field::LicenceExpiredAt, message).warning().help(help));
}

fn experience_has_begun(person: &AgentFile, context: &RuleContext<'_>, problems: &mut Vec<Problem>) {
    let Some(year) = person.agent.public.experience_since.set() else { return };
    if year.number() > context.today.year() {
        let message = format!("`public.experience_since` is after {}, the year we are in", context.today.year());
        problems.push(person.error(&Field::ExperienceSince, message).help("write the year in which the agent began"));
    }
}

fn one_description_a_language(person: &AgentFile, _: &RuleContext<'_>, problems: &mut Vec<Problem>) {
    let mut seen = BTreeMap::new();
    for (at, description) in person.agent.public.descriptions.set().into_iter().flatten().enumerate() {
        let mut path = keys(&["public", "descriptions"]);
        path.extend([PathStep::Index(at), PathStep::Key("lang".to_owned())]);
        let line = person.source.line(person.source.key_span(&path).start);
        if let Some(first) = seen.get(&description.lang) {
            let message = format!("there are two descriptions in `{}`", description.lang.as_str());
            problems.push(
                person
                    .error_at(&path, message)
                    .help(format!("keep one of them, or change `lang` of one: the other one is in line {first}")),
            );
        }
        seen.entry(&description.lang).or_insert(line);
    }
}

fn link_fields_are_ours(person: &AgentFile, context: &RuleContext<'_>, problems: &mut Vec<Problem>) {
    let Some(link_fields) = &context.config.crm.link_fields else { return };
    let ours: BTreeMap<&str, &str> = link_fields.ids().into_iter().map(|(key, id)| (id, key)).collect();
    for id in person.agent.fields.set().into_iter().flat_map(BTreeMap::keys) {
        if let Some(key) = ours.get(id.as_str()) {
            let path = keys(&["fields", id.as_str()]);
            let span = person.source.key_span(&path);
            let message =
                format!("`fields.{}` is where roster keeps its own link (`crm.link_fields.{key}`)", id.as_str());
            problems.push(
                Problem::error(&person.source, span, &path, message).help("remove it: roster writes this field itself"),
            );
        }
    }
}

/// A new person without a private name gets the public one, which Property Finder then refuses if it is too short.
fn names_are_long_enough(person: &AgentFile, _: &RuleContext<'_>, problems: &mut Vec<Problem>) {
    if person.agent.status != Status::Active {
        return;
    }
    let (public, private) = (&person.agent.public, &person.agent.private);
    let names = [
        (Field::FirstName, &public.first_name, &private.first_name),
        (Field::LastName, &public.last_name, &private.last_name),
    ];
    for (field, shown, own) in names {
        if own.set().is_none() && PrivateName::parse(shown.as_str()).is_err() {
            let message = format!("`{field}` has one character, and Property Finder wants two or more of a new person");
            let own = field.to_string().replace("public", "private");
            problems.push(
                person.error(&field, message).warning().help(format!("give `{own}`, which is what counts there")),
            );
        }
    }
}

fn nothing_is_cleared_in_vain(person: &AgentFile, _: &RuleContext<'_>, problems: &mut Vec<Problem>) {
    let maps = [("subscriptions", is_empty(&person.agent.subscriptions)), ("fields", is_empty(&person.agent.fields))];
    for (key, cleared) in maps {
        if cleared {
            let message = format!("`{key}` clears nothing: each of its keys is a field of its own");
            let help = "name the keys to clear, each with null, or remove the line";
            problems.push(person.error_at(&keys(&[key]), message).warning().help(help));
        }
    }
}

fn systems_can_hold_it(person: &AgentFile, context: &RuleContext<'_>, problems: &mut Vec<Problem>) {
    for cannot_hold in context.cannot_hold {
        for (field, message) in cannot_hold(&person.declaration.record) {
            // A licence without its value is a problem of its own, and its date is right.
            if field == Field::LicenceExpiredAt && person.is_blank(&Field::Licence) {
                continue;
            }
            if field.is_uploaded() {
                problems.extend(photos::not_held(person, &field, message));
                continue;
            }
            let cleared = person.declaration.record.get(&field).is_some_and(FieldValue::is_nothing);
            let help = if cleared { CLEARED } else { "" };
            problems.push(person.error(&field, message).warning().help(help));
        }
    }
}

const CLEARED: &str = "null deletes only the value in the CRM, if the CRM has this field; remove the line to leave both \
                       systems alone";

/// A key without a value clears what the systems hold, which a forgotten value does not mean.
fn a_blank_is_meant(person: &AgentFile, context: &RuleContext<'_>, problems: &mut Vec<Problem>) {
    let record = &person.declaration.record;
    let cleared = record.iter().filter(|(field, value)| value.is_nothing() && person.is_blank(field));
    let blank: Vec<&Field> = cleared.map(|(field, _)| field).collect();
    if blank.is_empty() {
        return;
    }
    let reported = context.cannot_hold.iter().flat_map(|cannot_hold| cannot_hold(record));
    let reported: BTreeSet<Field> = reported.map(|(field, _)| field).collect();
    for field in blank {
        if !reported.contains(field) {
            let problem = person.error(field, format!("`{field}` has no value, which clears it"));
            let line = problem.span.end;
            let behind = person.source.text.get(line..).unwrap_or_default().split('\n').next().unwrap_or_default();
            let is_cut = behind
                .trim_start_matches([':', ' '])
                .strip_prefix('#')
                .is_some_and(|rest| !rest.starts_with([' ', '#']));
            let help = if is_cut {
                "everything behind the # is a comment: put the value in quotes"
            } else if matches!(field, Field::Description(_)) {
                "write the text, or null to clear it, or remove the whole item to keep the systems' text"
            } else {
                "write null to clear the field, or remove the line to keep the systems' value"
            };
            problems.push(problem.warning().help(help));
        }
    }
}

/// Whether an optional map is cleared as a whole, or names no key.
fn is_empty<K, V>(field: &Setting<BTreeMap<K, V>>) -> bool {
    is_clear(field) || field.set().is_some_and(BTreeMap::is_empty)
}

/// The value of an optional field whose spelling does not matter to a comparison.
fn spelled<T>(field: &Setting<T>, spelling: fn(&T) -> String) -> Option<String> {
    field.set().map(spelling)
}
