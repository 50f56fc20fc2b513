//! The people of one kind: changes that many of them share first, then everybody by name.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::change;
use super::escape::{Markdown, data, program_text};
use super::head::base;
use super::truncate::{EntryKind, MarkdownEntry, MarkdownSection, names};
use crate::model::record::System;
use crate::reconcile::plan::PersonPlan;
use crate::report::departure::departure;
use crate::report::displayed_change::{
    ChangeKey, DisplayedChange, RowStatus, RowWarning, displayed_changes, made_in, public_name, row_statuses,
    row_warnings,
};
use crate::report::phrases::DIRECTION;
use crate::report::review_category::ReviewCategory;
use crate::report::{Report, ReportSubject, address};

/// A change, or a reason, that at least so many people share is shown once.
pub(super) const MANY: usize = 3;
/// More names than these are folded where it is about changes.
const FEW: usize = 20;
/// More fields of a new person than these are folded.
const UNFOLDED_FIELDS: usize = 3;
/// A list of changes that is longer than this is folded behind so many people.
const UNFOLDED: usize = 10;

/// A person, and the lines about the person.
struct GroupMember<'a> {
    /// The place in the plan.
    at: usize,
    person: &'a PersonPlan,
    changes: Vec<DisplayedChange<'a>>,
}

/// Everybody who is not blocked, by kind.
pub(super) fn sections(report: &Report<'_>) -> Vec<MarkdownSection> {
    let mut kinds: BTreeMap<ReviewCategory, Vec<GroupMember<'_>>> = BTreeMap::new();
    for (at, person) in report.plan.people.iter().enumerate() {
        let kind = ReviewCategory::within(report.subject, person);
        if person.blocked.is_some() {
            continue;
        }
        let changes = displayed_changes(report, person);
        kinds.entry(kind).or_default().push(GroupMember { at, person, changes });
    }
    kinds.into_iter().flat_map(|(kind, people)| section(kind, &people, report)).collect()
}

/// A heading, and after it the people of the category; of many changes most are folded.
fn section(kind: ReviewCategory, people: &[GroupMember<'_>], report: &Report<'_>) -> Vec<MarkdownSection> {
    let open = program_text("#### ")
        .program_text(kind.title())
        .program_text(" (")
        .number(kind.count(&report.summary) as u64)
        .program_text(")\n\n");
    let open = open.and(&meaning(kind, report));
    let (mut entries, shared) = together(kind, people, report.subject);
    let groups = entries.len();
    entries.extend(people.iter().filter_map(|member| alone(member, &shared, report)));
    let folded = if kind == ReviewCategory::Change && entries.len() > groups + UNFOLDED + 1 {
        entries.split_off(groups + UNFOLDED)
    } else {
        Vec::new()
    };
    let mut sections = vec![MarkdownSection { open, entries, close: Markdown::default() }];
    if !folded.is_empty() {
        let open = program_text("<details><summary>").count(folded.len(), "more person", "more people");
        sections.push(MarkdownSection {
            open: open.program_text("</summary>\n\n"),
            entries: folded,
            close: program_text("</details>\n\n"),
        });
    }
    sections
}

/// What happens to people of a kind, in plain words.
fn meaning(kind: ReviewCategory, report: &Report<'_>) -> Markdown {
    if report.subject == ReportSubject::Apply {
        return was_planned(kind);
    }
    match kind {
        ReviewCategory::Blocked | ReviewCategory::Change => Markdown::default(),
        ReviewCategory::Departure => program_text(
            "They are deactivated at Property Finder, where **their listings go offline**, or deleted from the CRM.\n\n",
        ),
        ReviewCategory::Adoption => program_text(
            "A row with the same login e-mail exists, or the linked row describes another person. It is taken over.\n\n",
        ),
        ReviewCategory::Conflict => program_text("The file was changed since ")
            .and(&base(report))
            .program_text(", and so was what a system holds, to something else. **The file wins.**\n\n"),
        ReviewCategory::Drift if report.subject == ReportSubject::Drift => program_text(DIRECTION).program_text("\n\n"),
        ReviewCategory::Drift => program_text("The file has not changed since ")
            .and(&base(report))
            .program_text(", and a system holds another value. It is **set back** to the file's value.\n\n"),
    }
}

/// The same after an apply. *Not done* has the people for whom it did not happen.
fn was_planned(kind: ReviewCategory) -> Markdown {
    program_text(match kind {
        ReviewCategory::Blocked | ReviewCategory::Change => return Markdown::default(),
        ReviewCategory::Departure => {
            "They were to be deactivated at Property Finder, where their listings go offline, or deleted from the CRM.\n\n"
        }
        ReviewCategory::Adoption => "A row with the same login e-mail existed, and was to be linked to the file.\n\n",
        ReviewCategory::Conflict => {
            "File and system were both changed, to different values. The file's value was to be written.\n\n"
        }
        ReviewCategory::Drift => "A system held another value than the file, which was to be set back.\n\n",
    })
}

/// The lines that each of several people has, once for all of them; and which lines those are.
fn together<'a>(
    kind: ReviewCategory,
    people: &'a [GroupMember<'_>],
    subject: ReportSubject,
) -> (Vec<MarkdownEntry>, HashSet<ChangeKey<'a>>) {
    let mut having: HashMap<ChangeKey<'_>, Vec<usize>> = HashMap::new();
    let mut order: Vec<(ChangeKey<'_>, Vec<&DisplayedChange<'_>>)> = Vec::new();
    let mut place_of: HashMap<ChangeKey<'_>, usize> = HashMap::new();
    for (at, member) in people.iter().enumerate() {
        for change in &member.changes {
            let Some(key) = change.key() else { continue };
            having.entry(key).or_default().push(at);
            let place = *place_of.entry(key).or_insert_with(|| {
                order.push((key, Vec::new()));
                order.len() - 1
            });
            if let Some((_, changes)) = order.get_mut(place) {
                changes.push(change);
            }
        }
    }
    having.retain(|_, these| these.len() >= MANY);
    // The same people with several such lines are named once.
    let mut groups: Vec<(&Vec<usize>, Markdown)> = Vec::new();
    let mut places: BTreeMap<&Vec<usize>, usize> = BTreeMap::new();
    for (key, changes) in order {
        let Some(these) = having.get(&key) else { continue };
        let place = *places.entry(these).or_insert_with(|| {
            groups.push((these, Markdown::default()));
            groups.len() - 1
        });
        if let Some((_, text)) = groups.get_mut(place) {
            text.push(&change::shared(&changes, subject));
        }
    }
    groups.sort_by_key(|(these, _)| std::cmp::Reverse(these.len()));
    let public_names = names_of(people);
    let entry = |(these, lines): &(&Vec<usize>, Markdown)| group(kind, these, lines, (people, &public_names));
    let entries = groups.iter().map(entry).collect();
    (entries, having.into_keys().collect())
}

fn group(
    kind: ReviewCategory,
    these: &[usize],
    lines: &Markdown,
    (people, public_names): (&[GroupMember<'_>], &[String]),
) -> MarkdownEntry {
    let who: Vec<&String> = these.iter().filter_map(|at| public_names.get(*at)).collect();
    let these: Vec<&GroupMember<'_>> = these.iter().filter_map(|at| people.get(*at)).collect();
    let (before, behind) = if kind == ReviewCategory::Change && these.len() > FEW {
        ("\n<details><summary>Who</summary>\n\n", "\n\n</details>\n\n")
    } else {
        ("\nWho: ", "\n\n")
    };
    let who = names(who.into_iter().map(|name| data(name)));
    let text = program_text("**The same for ").count(these.len(), "person", "people").program_text(":**\n").and(lines);
    let of = EntryKind::People(these.iter().map(|member| member.at).collect());
    MarkdownEntry::new(text.program_text(before).and(&who).program_text(behind), of)
}

/// How each person of a category is named in a list: by the public name, or by the slug where there is none or two people have the
/// same.
fn names_of(people: &[GroupMember<'_>]) -> Vec<String> {
    let names: Vec<Option<String>> = people.iter().map(|member| public_name(member.person)).collect();
    let mut counts: HashMap<&String, usize> = HashMap::new();
    names.iter().flatten().for_each(|name| *counts.entry(name).or_default() += 1);
    let unique = names.iter().map(|name| name.as_ref().filter(|name| counts.get(name) == Some(&1)));
    let each = people.iter().zip(unique);
    each.map(|(member, name)| name.cloned().unwrap_or_else(|| member.person.slug.to_string())).collect()
}

/// One person, with the lines that are not shared; nothing, if no line is left.
fn alone(member: &GroupMember<'_>, shared: &HashSet<ChangeKey<'_>>, report: &Report<'_>) -> Option<MarkdownEntry> {
    let is_shared = |change: &&DisplayedChange<'_>| change.key().is_some_and(|key| shared.contains(&key));
    let above = member.changes.iter().filter(is_shared).count();
    let own: Vec<&DisplayedChange<'_>> = member.changes.iter().filter(|change| !is_shared(change)).collect();
    let standing = row_statuses(member.person);
    let rows = standing.iter().any(|at| at.row_operation.is_some() || at.id.is_none());
    let leaves = departure(report, member.person);
    if own.is_empty() && above > 0 && !rows && leaves.is_none() {
        return None;
    }
    let mut text = heading(member.person, report).and(&location_text(member.person, &standing, report.subject));
    if above > 0 {
        text = text.program_text(" · and ").count(above, "change", "changes").program_text(" of those above");
    }
    text = text.program_text("\n");
    if let Some(what) = &leaves {
        let label =
            if report.subject == ReportSubject::Apply { "- **leaves**, as planned: " } else { "- **leaves**: " };
        text = text.program_text(label).prose(what).program_text("\n");
    }
    let is_folded = own.len() > UNFOLDED_FIELDS && own.iter().all(|change| change.new);
    if is_folded {
        text =
            text.program_text("<details><summary>").count(own.len(), "field", "fields").program_text("</summary>\n\n");
    }
    for change in own {
        text.push(&change::item(change, member.person, report));
    }
    if is_folded {
        text = text.program_text("\n</details>\n");
    }
    Some(MarkdownEntry::new(text.program_text("\n"), EntryKind::People(vec![member.at])))
}

/// The public name where the file gives one, and the file, with its page where that is known.
pub(super) fn heading(person: &PersonPlan, report: &Report<'_>) -> Markdown {
    let file = program_text("").link(&data(&person.file), address::file_of(report.origin, person).as_deref());
    match public_name(person) {
        Some(name) => program_text("**").data(&name).program_text("** · ").and(&file),
        None => program_text("**").and(&file).program_text("**"),
    }
}

/// The person's rows: ` · crm 3 · new in pf`.
fn location_text(person: &PersonPlan, standing: &[RowStatus], subject: ReportSubject) -> Markdown {
    let new = made_in(person);
    let new = Markdown::default().list(" and ", new.iter().map(|system| program_text(system.key())));
    let astray = row_warnings(subject, person);
    if !astray.is_empty() {
        let keys =
            |systems: &[System]| Markdown::default().list(" and ", systems.iter().map(|at| program_text(at.key())));
        let sentence = |(what, at, why): &RowWarning| {
            program_text(" · ").program_text(what).program_text(" ").and(&keys(at)).program_text(": ").program_text(why)
        };
        return astray.iter().map(sentence).fold(Markdown::default(), |out, one| out.and(&one));
    }
    let mut out = Markdown::default();
    for at in standing {
        let Some(id) = at.id else { continue };
        let operation =
            at.row_operation.map_or_else(Markdown::default, |operation| program_text(operation).program_text(" "));
        out = out.program_text(" · ").and(&operation).program_text(at.system.key()).program_text(" ").number(id);
    }
    if new.is_empty() { out } else { out.program_text(" · **new** in ").and(&new) }
}
