//! The page for a reviewer who is not an engineer: one file, without any outside resource.
//!
//! Whatever comes from a file or a system is text: `maud` escapes it where it is put in, and [`escaped`] has taken
//! controls and bidirectional marks out before. What the browser may run and draw is limited by a policy of hashes.
//!
//! [`escaped`]: super::text::escaped

mod card;
mod names;
mod overview;
mod photo;
mod place;
mod portal;
mod profile;
mod table;

use std::io::{self, Write};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest as _, Sha256};
use strum::VariantArray as _;

use super::review_category::ReviewCategory;
use super::{Report, ReportSubject, Summary};
use crate::model::config::PfContract;
use crate::reconcile::plan::PersonPlan;

/// Stands where people are written. In a text of a file or a system its signs are escaped.
const PEOPLE: PreEscaped<&str> = PreEscaped("<!-- people -->");

/// Writes the page, one person after the other.
///
/// # Errors
/// When it cannot be written.
pub(super) fn write(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    let (groups, results) = (groups(report), card::results(report));
    write_around(&page(report, &groups), out, |out| {
        for (kind, people) in &groups {
            write_around(&group(report, *kind), out, |out| {
                people.iter().try_for_each(|person| {
                    let card = card::card(report, person, *kind, results.get(&person.slug).copied());
                    out.write_all(card.into_string().as_bytes())
                })
            })?;
        }
        Ok(())
    })?;
    out.write_all(b"\n")
}

/// Writes what is before and behind the place of people, and between them these.
fn write_around(
    frame: &Markup,
    out: &mut dyn Write,
    people: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> io::Result<()> {
    let (before, behind) = frame.0.split_once(PEOPLE.0).unwrap_or((&frame.0, ""));
    out.write_all(before.as_bytes())?;
    people(out)?;
    out.write_all(behind.as_bytes())
}

fn page(report: &Report<'_>, groups: &[(ReviewCategory, Vec<&PersonPlan>)]) -> Markup {
    let (style, script) = (unix(include_str!("page.css")), unix(include_str!("page.js")));
    html! {
        (DOCTYPE)
        html lang="en" dir="ltr" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(policy(&style, &script));
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="referrer" content="no-referrer";
                meta name="robots" content="noindex";
                meta name="color-scheme" content="light dark";
                title { (overview::heading(report.subject)) @if let Some(commit) = place::short(report.origin) { " (" (commit) ")" } }
                link rel="icon" href="data:,";
                style { (PreEscaped(&style)) }
            }
            body {
                a.skip href="#people" { "Skip to the people" }
                (overview::overview(report))
                main #people tabindex="-1" {
                    (overview::notices(report))
                    @if !groups.is_empty() { (filter(groups, &report.summary)) }
                    (PEOPLE)
                    (overview::unmanaged(report.plan))
                }
                footer {
                    p { "Private values are never shown: of private fields a reader sees only that they change." }
                    p { (compared(report.plan.contract)) }
                }
                script { (PreEscaped(&script)) }
            }
        }
    }
}

/// What is known of the values at Property Finder.
const fn compared(contract: PfContract) -> &'static str {
    match contract {
        PfContract::Enterprise => {
            "Property Finder does not return photos, years of experience, languages and nationalities, and the CRM does not return photos. They are compared with what was last sent."
        }
        PfContract::Documented => {
            "Property Finder's documented contract returns no values, and the CRM does not return photos. They are compared with what was last sent."
        }
    }
}

/// What the browser may do with the page: use this style and this script, and nothing else.
fn policy(style: &str, script: &str) -> String {
    let hash = |text: &str| format!("'sha256-{}'", STANDARD.encode(Sha256::digest(text)));
    format!(
        "default-src 'none'; style-src {}; script-src {}; img-src data:; base-uri 'none'; form-action 'none'; \
         require-trusted-types-for 'script'",
        hash(style),
        hash(script)
    )
}

/// A browser reads every line end as this one before it takes the hash.
fn unix(text: &str) -> String {
    text.replace("\r\n", "\n")
}

/// People by kind, in the order in which they should be read.
fn groups<'p>(report: &Report<'p>) -> Vec<(ReviewCategory, Vec<&'p PersonPlan>)> {
    let kind = |person: &PersonPlan| ReviewCategory::within(report.subject, person);
    let people_in_category =
        |wanted| report.plan.people.iter().filter(|person| kind(person) == wanted).collect::<Vec<&PersonPlan>>();
    ReviewCategory::VARIANTS
        .iter()
        .map(|kind| (*kind, people_in_category(*kind)))
        .filter(|(_, people)| !people.is_empty())
        .collect()
}

/// Buttons and a search field. They stay hidden until the script has made them work.
fn filter(groups: &[(ReviewCategory, Vec<&PersonPlan>)], summary: &Summary) -> Markup {
    let all = summary.to_do() + summary.blocked();
    html! {
        div.filter #filter role="search" aria-label="People" hidden {
            div.kinds role="group" aria-label="Kinds of change" {
                button type="button" aria-pressed="true" data-kind="" { "All" span.count { (all) } }
                @for (kind, _) in groups {
                    button.(kind.key()) type="button" aria-pressed="false" data-kind=(kind.key()) {
                        (kind.title()) span.count { (kind.count(summary)) }
                    }
                }
            }
            label {
                span.hide { "Find by name" }
                input #search type="search" placeholder="Find by name" autocomplete="off" spellcheck="false" aria-keyshortcuts="/";
            }
            p.found #found role="status" {}
        }
    }
}

fn group(report: &Report<'_>, kind: ReviewCategory) -> Markup {
    html! {
        section.kind.(kind.key()) data-kind=(kind.key()) aria-labelledby={ "kind-" (kind.key()) } {
            h2 id={ "kind-" (kind.key()) } { (kind.title()) span.count { (kind.count(&report.summary)) } }
            p.about { (about(report.subject, kind)) }
            (PEOPLE)
        }
    }
}

/// What a kind means, for who does not know the word.
const fn about(subject: ReportSubject, kind: ReviewCategory) -> &'static str {
    match (subject, kind) {
        (ReportSubject::Drift, ReviewCategory::Blocked) => "These people cannot be compared until this is resolved.",
        (ReportSubject::Drift, _) => "A system holds something else than the file, and the file did not change.",
        (_, ReviewCategory::Blocked) => "Nothing is written for these people until the block is resolved.",
        (ReportSubject::Apply, ReviewCategory::Departure) => {
            "They were to be deactivated at Property Finder, where profile and listings go offline, or deleted from the CRM. Where a CRM user was to be deleted, its card names the people who receive its work."
        }
        (_, ReviewCategory::Departure) => {
            "They are deactivated at Property Finder, where profile and listings go offline, or deleted from the CRM. Where a CRM user is deleted, its card names the people who receive its work."
        }
        (_, ReviewCategory::Adoption) => "They exist in a system already, and are managed by their files from now on.",
        (_, ReviewCategory::Conflict) => "File and system both changed, to different values. Please look at each.",
        (ReportSubject::Apply, ReviewCategory::Drift) => {
            "A system held something else than the file, and the file did not change. It was to be set back."
        }
        (_, ReviewCategory::Drift) => {
            "A system holds something else than the file, and the file did not change. It is set back."
        }
        (_, ReviewCategory::Change) => "The files changed.",
    }
}

#[cfg(test)]
mod tests;
