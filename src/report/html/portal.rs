//! The public profile drawn as the portal's visitor will see it: before and after side by side, differences marked.

use maud::{Markup, html};

use super::profile::{BeforeAfter, LanguageTexts, PartValue, Presence, Profile, initials};
use super::{names, photo};
use crate::report::ReportSubject;
use crate::report::text::{DiffPiece, all_words};

/// Which side is drawn.
#[derive(Clone, Copy, PartialEq, Eq)]
enum PortalSide {
    Before,
    After,
}

/// Both sides of a profile.
pub(super) fn profile(subject: ReportSubject, profile: &Profile) -> Markup {
    let (before, after) = match subject {
        ReportSubject::Drift => ("As the portal shows it now", "As the file declares it"),
        ReportSubject::Plan | ReportSubject::Apply => ("Before", "After"),
    };
    html! {
        section.portal {
            h4 { "Public profile at Property Finder" }
            @if profile.presence == (Presence::Offline, Presence::Offline) {
                p.about { "It is inactive, before and after: visitors do not see it." }
            }
            div.sides {
                (side(PortalSide::Before, subject, before, profile))
                (side(PortalSide::After, subject, after, profile))
            }
        }
    }
}

fn side(side: PortalSide, subject: ReportSubject, title: &str, profile: &Profile) -> Markup {
    let drift = subject == ReportSubject::Drift;
    let (before, after) = profile.presence;
    let (presence, class) = if side == PortalSide::Before { (before, "before") } else { (after, "after") };
    let turns = before != after && side == PortalSide::After;
    html! {
        div.side.(class).away[presence == Presence::Missing || (presence == Presence::Offline && before != after)] {
            div.caption {
                h5 { (title) }
                @match (presence, turns) {
                    (Presence::Online, true) if !drift => span.state.on { "goes online" },
                    (Presence::Online, _) => span.state.on { "online" },
                    (Presence::Offline, true) if !drift => span.state { "goes offline" },
                    (Presence::Offline, _) => span.state { "offline" },
                    (Presence::Missing, _) => span.state { "not on the portal" },
                }
            }
            @match presence {
                Presence::Missing => p.absent { "Visitors find no profile of this person." },
                Presence::Offline if before != after => {
                    p.absent { "The profile is inactive. Visitors see neither it nor this person’s listings." }
                },
                Presence::Offline | Presence::Online => (shown(side, profile)),
            }
        }
    }
}

fn shown(side: PortalSide, profile: &Profile) -> Markup {
    html! {
        (identity(side, profile))
        @for texts in profile.texts.iter().filter(|texts| !texts.is_empty()) { (in_language(side, texts)) }
        dl.facts {
            @for (label, sides) in &profile.facts {
                div.fact.(mark(sides)) { dt { (label) } dd { bdi { (part(side, sides)) } } }
            }
        }
    }
}

fn identity(side: PortalSide, profile: &Profile) -> Markup {
    let name = match (side, &profile.name.before, &profile.name.after) {
        (PortalSide::Before, PartValue::Text(name), _) | (PortalSide::After, _, PartValue::Text(name)) => {
            initials(name)
        }
        _ => String::new(),
    };
    html! {
        div.identity {
            span.avatar.(mark(&profile.photo)) aria-hidden="true" { (name) }
            div {
                p.name.(mark(&profile.name)) { bdi { (part(side, &profile.name)) } }
                p.photo {
                    @match (side, &profile.photo.before, &profile.photo.after) {
                        (PortalSide::Before, PartValue::Nothing, _) | (PortalSide::After, _, PartValue::Nothing) => "No photo",
                        (PortalSide::Before, PartValue::Text(address), _) => (photo_at(side, profile, address)),
                        (PortalSide::After, _, PartValue::Text(address)) => (photo_at(side, profile, address)),
                        _ => { "Photo " (part(side, &profile.photo)) }
                    }
                }
            }
        }
    }
}

/// A photo with an address.
fn photo_at(side: PortalSide, profile: &Profile, address: &str) -> Markup {
    let Some(linked) = photo::at_address(address) else { return html! { "Photo " (part(side, &profile.photo)) } };
    html! {
        "Photo "
        @match side {
            _ if !profile.photo.changed => (linked),
            PortalSide::Before => del { (linked) },
            PortalSide::After => ins { (linked) },
        }
    }
}

fn in_language(side: PortalSide, texts: &LanguageTexts) -> Markup {
    html! {
        div.language {
            p.tongue.(names::direction(&texts.lang)) { (names::language(&texts.lang)) }
            div lang=(texts.lang) dir=(names::direction(&texts.lang)) {
                @if !texts.position.is_empty() { p.position.(mark(&texts.position)) { (part(side, &texts.position)) } }
                @if !texts.bio.is_empty() { p.bio.(mark(&texts.bio)) { (part(side, &texts.bio)) } }
            }
        }
    }
}

/// Marks what changes, beside the marks on the words themselves.
const fn mark(sides: &BeforeAfter) -> &'static str {
    if sides.changed { "changed" } else { "same" }
}

/// One part on one side, with its differences as words that go or come.
fn part(side: PortalSide, sides: &BeforeAfter) -> Markup {
    let fact = if side == PortalSide::Before { &sides.before } else { &sides.after };
    match (fact, &sides.before, &sides.after) {
        (PartValue::Nothing, ..) => html! { em.none lang="en" dir="ltr" { "nothing" } },
        (PartValue::Unknown, ..) => {
            html! { em.none lang="en" dir="ltr" { "unknown: Property Finder does not return this" } }
        }
        (PartValue::Other, ..) => {
            html! { em.none lang="en" dir="ltr" { "a different one: Property Finder does not return this" } }
        }
        (PartValue::Text(text), ..) if !sides.changed => html! { (text) },
        (_, PartValue::Text(before), PartValue::Text(after)) => words(side, before, after),
        (PartValue::Text(text), ..) if side == PortalSide::Before => html! { del { (text) } },
        (PartValue::Text(text), ..) => html! { ins { (text) } },
    }
}

fn words(side: PortalSide, before: &str, after: &str) -> Markup {
    html! {
        @for piece in all_words(before, after) {
            @match piece {
                DiffPiece::Same(text) => (text),
                DiffPiece::Removed(text) if side == PortalSide::Before => del { (text) },
                DiffPiece::Added(text) if side == PortalSide::After => ins { (text) },
                DiffPiece::Removed(_) | DiffPiece::Added(_) => "",
            }
        }
    }
}
