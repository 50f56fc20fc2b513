//! The public profile drawn as the portal's visitor will see it: before and after side by side, differences marked.

use maud::{Markup, html};

use super::names;
use super::profile::{Fact, Presence, Profile, Sides, Texts, initials};
use crate::report::Subject;
use crate::report::text::{Piece, all_words};

/// Which side is drawn.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Before,
    After,
}

/// Both sides of a profile.
pub(super) fn profile(subject: Subject, profile: &Profile) -> Markup {
    let (before, after) = match subject {
        Subject::Drift => ("As the file says", "As the portal shows it now"),
        Subject::Plan | Subject::Apply => ("Before", "After"),
    };
    html! {
        section.portal {
            h4 { "Public profile at Property Finder" }
            div.sides {
                (side(Side::Before, before, profile))
                (side(Side::After, after, profile))
            }
        }
    }
}

fn side(side: Side, title: &str, profile: &Profile) -> Markup {
    let (presence, class) = match side {
        Side::Before => (profile.presence.0, "before"),
        Side::After => (profile.presence.1, "after"),
    };
    let changes = profile.presence.0 != profile.presence.1;
    html! {
        div.side.(class) {
            div.caption {
                h5 { (title) }
                @match presence {
                    Presence::Online if changes && side == Side::After => span.state.on { "goes online" },
                    Presence::Online => span.state.on { "online" },
                    Presence::Offline if changes && side == Side::After => span.state.off { "goes offline" },
                    Presence::Offline => span.state.off { "offline" },
                    Presence::Missing => span.state.off { "not on the portal" },
                }
            }
            @if presence == Presence::Missing {
                p.absent { "Visitors find no profile of this person." }
            } @else {
                @if presence == Presence::Offline {
                    p.offline { "Visitors do not see this profile, nor this person’s listings." }
                }
                (identity(side, profile))
                @for texts in &profile.texts { (in_language(side, texts)) }
                dl.facts {
                    @for (label, sides) in &profile.facts {
                        div.fact.(mark(sides)) { dt { (label) } dd dir="auto" { (part(side, sides)) } }
                    }
                }
            }
        }
    }
}

fn identity(side: Side, profile: &Profile) -> Markup {
    let name = match (side, &profile.name.before, &profile.name.after) {
        (Side::Before, Fact::Text(name), _) | (Side::After, _, Fact::Text(name)) => initials(name),
        _ => String::new(),
    };
    html! {
        div.identity {
            span.avatar.(mark(&profile.photo)) aria-hidden="true" { (name) }
            div {
                p.name dir="auto" { (part(side, &profile.name)) }
                p.photo.(mark(&profile.photo)) {
                    span.label { "Photo" } " " (part(side, &profile.photo))
                }
            }
        }
    }
}

fn in_language(side: Side, texts: &Texts) -> Markup {
    html! {
        div.language {
            p.tongue { (names::language(&texts.lang)) }
            div lang=(texts.lang) dir=(names::direction(&texts.lang)) {
                p.position.(mark(&texts.position)) { (part(side, &texts.position)) }
                p.bio.(mark(&texts.bio)) { (part(side, &texts.bio)) }
            }
        }
    }
}

/// Marks what changes, beside the marks on the words themselves.
const fn mark(sides: &Sides) -> &'static str {
    if sides.changed { "changed" } else { "same" }
}

/// One part on one side, with its differences as words that go or come.
fn part(side: Side, sides: &Sides) -> Markup {
    let fact = if side == Side::Before { &sides.before } else { &sides.after };
    match (fact, &sides.before, &sides.after) {
        (Fact::Nothing, ..) => html! { em.none lang="en" dir="ltr" { "nothing" } },
        (Fact::Unknown, ..) => {
            html! { em.none lang="en" dir="ltr" { "unknown: Property Finder does not return this" } }
        }
        (Fact::Other, ..) => {
            html! { em.none lang="en" dir="ltr" { "another one: Property Finder does not return this" } }
        }
        (Fact::Text(text), ..) if !sides.changed => html! { (text) },
        (_, Fact::Text(before), Fact::Text(after)) => words(side, before, after),
        (Fact::Text(text), ..) if side == Side::Before => html! { del { (text) } },
        (Fact::Text(text), ..) => html! { ins { (text) } },
    }
}

fn words(side: Side, before: &str, after: &str) -> Markup {
    html! {
        @for piece in all_words(before, after) {
            @match piece {
                Piece::Same(text) => (text),
                Piece::Removed(text) if side == Side::Before => del { (text) },
                Piece::Added(text) if side == Side::After => ins { (text) },
                Piece::Removed(_) | Piece::Added(_) => "",
            }
        }
    }
}
