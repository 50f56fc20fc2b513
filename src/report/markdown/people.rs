//! The people of one kind: changes that many of them share first, then everybody by name.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::budget::{Entry, Names, Of, Section};
use super::change::{Item, Key};
use super::head::base;
use super::safe::{Markdown, data, ours};
use crate::plan::Person;
use crate::record::System;
use crate::report::kinds::Kind;
use crate::report::lines::{Astray, Standing, astray, lines, made_in, public_name, standing};
use crate::report::words::DIRECTION;
use crate::report::{Report, Subject, address};

/// So many people with the same change are told of it once.
const MANY: usize = 3;
/// More names than these are folded where it is about changes.
const FEW: usize = 20;
/// A list of changes that is longer than this is folded behind so many people.
const UNFOLDED: usize = 10;

/// Somebody, and what is told of them.
struct Member<'a> {
    /// The place in the plan.
    at: usize,
    person: &'a Person,
    lines: Vec<Item<'a>>,
}

/// Everybody who is not blocked, by kind.
pub(super) fn sections(report: &Report<'_>) -> Vec<Section> {
    let mut kinds: BTreeMap<Kind, Vec<Member<'_>>> = BTreeMap::new();
    for (at, person) in report.plan.people.iter().enumerate() {
        let kind = Kind::within(report.subject, person);
        if person.blocked.is_some() {
            continue;
        }
        let lines: Vec<_> = lines(person).iter().map(|line| Item::of(line, report, person)).collect();
        kinds.entry(kind).or_default().push(Member { at, person, lines });
    }
    kinds.into_iter().flat_map(|(kind, people)| section(kind, &people, report)).collect()
}

/// A heading, and behind it whoever is of the kind; of many changes most in a fold.
fn section(kind: Kind, people: &[Member<'_>], report: &Report<'_>) -> Vec<Section> {
    let open = ours("#### ").ours(kind.title()).ours(" (").number(report.summary.kind(kind) as u64).ours(")\n\n");
    let open = open.and(&meaning(kind, report));
    let (mut entries, shared) = together(kind, people);
    let groups = entries.len();
    entries.extend(people.iter().filter_map(|member| alone(member, &shared, report)));
    let folded = if kind == Kind::Change && entries.len() > groups + UNFOLDED + 1 {
        entries.split_off(groups + UNFOLDED)
    } else {
        Vec::new()
    };
    let mut sections = vec![Section { open, entries, close: Markdown::default() }];
    if !folded.is_empty() {
        let open = ours("<details><summary>").count(folded.len(), "more person", "more people");
        sections.push(Section { open: open.ours("</summary>\n\n"), entries: folded, close: ours("</details>\n\n") });
    }
    sections
}

/// What happens to people of a kind, in plain words.
fn meaning(kind: Kind, report: &Report<'_>) -> Markdown {
    match kind {
        Kind::Blocked | Kind::Change => Markdown::default(),
        Kind::Departure => ours("They are switched off at Property Finder: **their listings go offline**.\n\n"),
        Kind::Adoption => ours(
            "Somebody with the same login e-mail is in the system already, tied to no file. Their row is taken over.\n\n",
        ),
        Kind::Conflict => ours("The file was changed since ")
            .and(&base(report))
            .ours(", and so was what a system holds, to something else. **The file wins.**\n\n"),
        Kind::Drift if report.subject == Subject::Drift => ours(DIRECTION).ours("\n\n"),
        Kind::Drift => ours("The file says what it said at ")
            .and(&base(report))
            .ours(", and a system holds something else. It is **set back** to what the file says.\n\n"),
    }
}

/// The lines that each of several people has, once for all of them; and which lines those are.
fn together<'a>(kind: Kind, people: &'a [Member<'_>]) -> (Vec<Entry>, HashSet<&'a Key<'a>>) {
    let mut having: HashMap<&Key<'_>, Vec<usize>> = HashMap::new();
    let mut order: Vec<(&Key<'_>, &Item<'_>)> = Vec::new();
    for (at, member) in people.iter().enumerate() {
        for line in &member.lines {
            let Some(key) = &line.key else { continue };
            let these = having.entry(key).or_insert_with(|| {
                order.push((key, line));
                Vec::new()
            });
            these.push(at);
        }
    }
    having.retain(|_, these| these.len() >= MANY);
    // The same people with several such lines are named once.
    let mut groups: Vec<(&Vec<usize>, Markdown)> = Vec::new();
    let mut places: BTreeMap<&Vec<usize>, usize> = BTreeMap::new();
    for (key, line) in order {
        let Some(these) = having.get(key) else { continue };
        let place = *places.entry(these).or_insert_with(|| {
            groups.push((these, Markdown::default()));
            groups.len() - 1
        });
        if let Some((_, text)) = groups.get_mut(place) {
            text.push(&line.anywhere());
        }
    }
    groups.sort_by_key(|(these, _)| std::cmp::Reverse(these.len()));
    let entry = |(these, lines): &(&Vec<usize>, Markdown)| group(kind, these, lines, people);
    let entries = groups.iter().map(entry).collect();
    (entries, having.into_keys().collect())
}

fn group(kind: Kind, these: &[usize], lines: &Markdown, people: &[Member<'_>]) -> Entry {
    let these: Vec<&Member<'_>> = these.iter().filter_map(|at| people.get(*at)).collect();
    let around = if kind == Kind::Change && these.len() > FEW {
        ("\n<details><summary>Who</summary>\n\n", "\n\n</details>\n\n")
    } else {
        ("\nWho: ", "\n\n")
    };
    Entry {
        text: ours("**The same for ").count(these.len(), "person", "people").ours(":**\n").and(lines),
        names: Some(Names { all: these.iter().map(|member| data(member.person.slug.as_str())).collect(), around }),
        of: Of::People(these.iter().map(|member| member.at).collect()),
    }
}

/// One person, with the lines that are not told of many; nothing, if nothing is left to tell.
fn alone(member: &Member<'_>, shared: &HashSet<&Key<'_>>, report: &Report<'_>) -> Option<Entry> {
    let is_shared = |line: &&Item<'_>| line.key.as_ref().is_some_and(|key| shared.contains(key));
    let above = member.lines.iter().filter(is_shared).count();
    let own: Vec<&Item<'_>> = member.lines.iter().filter(|line| !is_shared(line)).collect();
    let standing = standing(member.person);
    let rows = standing.iter().any(|at| at.tie.is_some() || at.id.is_none());
    if own.is_empty() && above > 0 && !rows {
        return None;
    }
    let mut text = heading(member.person, report).and(&whereabouts(member.person, &standing, report.subject));
    if above > 0 {
        text = text.ours(" · and ").count(above, "change", "changes").ours(" of those above");
    }
    text = text.ours("\n");
    for line in own {
        text.push(&line.at_its_place());
    }
    Some(Entry::new(text.ours("\n"), Of::People(vec![member.at])))
}

/// The public name where the file gives one, and the file, with its page where that is known.
pub(super) fn heading(person: &Person, report: &Report<'_>) -> Markdown {
    let file = ours("").link(&data(&person.file), address::file_of(report.origin, person).as_deref());
    match public_name(person) {
        Some(name) => ours("**").data(&name).ours("** · ").and(&file),
        None => ours("**").and(&file).ours("**"),
    }
}

/// Where the person stands: ` · crm 3 · new in pf`.
fn whereabouts(person: &Person, standing: &[Standing], subject: Subject) -> Markdown {
    let new = made_in(person);
    let new = Markdown::default().list(" and ", new.iter().map(|system| ours(system.key())));
    let astray = astray(subject, person);
    if !astray.is_empty() {
        let keys = |systems: &[System]| Markdown::default().list(" and ", systems.iter().map(|at| ours(at.key())));
        let one = |(what, at, why): &Astray| ours(" · ").ours(what).ours(" ").and(&keys(at)).ours(": ").ours(why);
        return astray.iter().map(one).fold(Markdown::default(), |out, one| out.and(&one));
    }
    let mut out = Markdown::default();
    for at in standing {
        let Some(id) = at.id else { continue };
        let tie = at.tie.map_or_else(Markdown::default, |tie| ours(tie).ours(" "));
        out = out.ours(" · ").and(&tie).ours(at.system.key()).ours(" ").number(id);
    }
    if new.is_empty() { out } else { out.ours(" · **new** in ").and(&new) }
}
