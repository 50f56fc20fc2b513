//! The annotations of a plan: one a person, since GitHub shows ten of a kind.

use super::{Annotation, AnnotationLevel, AnnotationLocation, FileSpan, annotations};
use crate::apply::Applied;
use crate::declare::problem::errors;
use crate::model::agent::Field;
use crate::model::exit_code::Exit;
use crate::model::record::System;
use crate::reconcile::diff::Class;
use crate::reconcile::guard::GuardBlock;
use crate::reconcile::plan::{PersonPlan, Warning};
use crate::report::departure::{LEAVES, departure};
use crate::report::displayed_change::{DisplayedChange, DisplayedValue, RowWarning, displayed_changes, row_warnings};
use crate::report::outcome::PersonOutcome;
use crate::report::phrases::STALE;
use crate::report::text::cut;
use crate::report::{Report, ReportSubject};

/// No value takes more characters than this.
const LONGEST: usize = 100;

/// A report as annotations: what blocks as errors, conflicts and warnings about a file as warnings, drift as
/// notices. A plain change needs none: the diff of the pull request shows it.
#[must_use]
pub(crate) fn plan(report: &Report<'_>) -> String {
    // `validate` marks the warnings of files.
    let problems = errors(report.problems).map(|problem| Annotation::of(problem, report.origin));
    let unread =
        report.unread.iter().map(|why| whole(AnnotationLevel::Error, "a system could not be read", why.clone()));
    let stale = (report.exit == Exit::Stale).then(|| {
        let lines: Vec<&str> = [STALE].into_iter().chain(report.more.iter().map(String::as_str)).collect();
        whole(AnnotationLevel::Error, "not as reviewed", lines.join("\n"))
    });
    let ends = report.applied.into_iter().flatten().filter_map(|person| ended(person, report));
    let blocks = report.blocks.iter().map(|block| blocked(block, report));
    let people = report.plan.people.iter().filter_map(|person| of(person, report));
    let warnings = report.plan.warnings.iter().map(|warning| warned(warning, report));
    annotations(problems.chain(unread).chain(stale).chain(ends).chain(blocks).chain(people).chain(warnings).collect())
}

/// About the run as a whole.
fn whole(level: AnnotationLevel, title: &str, message: String) -> Annotation {
    Annotation { level, title: format!("roster: {title}"), message, place: None }
}

/// About a file, at a line if one is known.
fn at(file: &str, line: Option<u32>, report: &Report<'_>, annotation: Annotation) -> Annotation {
    let line = line.and_then(|line| usize::try_from(line).ok());
    let span = line.map(|line| FileSpan { start: (line, 1), end: (line, 1) });
    Annotation { place: Some(AnnotationLocation { file: report.origin.path(file), span }), ..annotation }
}

fn blocked(block: &GuardBlock, report: &Report<'_>) -> Annotation {
    let accept = block.digest.iter().map(|digest| report.origin.acceptance(digest));
    let accept = accept.map(|file| format!("\nIn a pull request: add the file {file}."));
    whole(AnnotationLevel::Error, "blocked", block.message.clone() + &accept.collect::<String>())
}

fn ended(person: &Applied, report: &Report<'_>) -> Option<Annotation> {
    let annotation =
        whole(AnnotationLevel::Error, PersonOutcome::of(&person.outcome).key(), person.outcome.why()?.to_owned());
    Some(at(&person.file, None, report, annotation))
}

/// A person who is blocked, who leaves, or who is in conflict or in drift.
fn of(person: &PersonPlan, report: &Report<'_>) -> Option<Annotation> {
    if let Some(why) = person.why_blocked() {
        return Some(at(&person.file, None, report, whole(AnnotationLevel::Error, "blocked", why)));
    }
    let astray = row_warnings(report.subject, person);
    if !astray.is_empty() {
        let systems = |at: &[System]| at.iter().map(|system| system.key()).collect::<Vec<_>>().join(", ");
        let sentence = |(what, at, why): &RowWarning| format!("{what} {}: {why}", systems(at));
        let message = astray.iter().map(sentence).collect::<Vec<_>>().join("; ");
        return Some(at(&person.file, None, report, whole(AnnotationLevel::Notice, "drift", message)));
    }
    if let Some(what) = departure(report, person) {
        let line = report.line(&person.slug, &Field::Status);
        return Some(at(&person.file, line, report, whole(AnnotationLevel::Warning, LEAVES, what)));
    }
    let (level, title) = if person.has_class(Class::Conflict) {
        (AnnotationLevel::Warning, "conflict")
    } else if person.has_class(Class::Drift) {
        (AnnotationLevel::Notice, "drift")
    } else {
        return None;
    };
    let changes = displayed_changes(report, person);
    let changes = || changes.iter().filter(|change| matches!(change.class, Class::Conflict | Class::Drift));
    let message: Vec<String> = changes().map(|change| change_text(change, report.subject)).collect();
    let first = changes().find_map(|change| change.lines).map(|(first, _)| first);
    Some(at(&person.file, first, report, whole(level, title, message.join("\n"))))
}

/// One line: `public.phone in crm pf: "1" → "2" (the file wins)`.
fn change_text(change: &DisplayedChange<'_>, subject: ReportSubject) -> String {
    let short = |text: String| cut(&text, LONGEST);
    let what = match &change.value {
        DisplayedValue::Private(_) => "(private, changed)".to_owned(),
        DisplayedValue::Together(_) | DisplayedValue::Words { .. } => "(a text, changed)".to_owned(),
        DisplayedValue::New(after) | DisplayedValue::SinceHash(after) => format!("to {}", short(after.quoted())),
        DisplayedValue::Members { added, removed } => {
            let added = added.iter().map(|code| format!("+ {code}"));
            let removed = removed.iter().map(|code| format!("- {code}"));
            short(added.chain(removed).collect::<Vec<_>>().join(" "))
        }
        DisplayedValue::Values { before, after } => format!("{} → {}", short(before.quoted()), short(after.quoted())),
    };
    let why = match change.class {
        Class::Conflict => " (both changed, the file wins)".to_owned(),
        Class::Drift if subject != ReportSubject::Drift => format!(" ({})", change.outcome.unwrap_or_default()),
        Class::Drift | Class::Change | Class::Adopt | Class::First => String::new(),
    };
    format!("{} in {}: {what}{why}", short(change.path.clone()), change.target_systems())
}

/// A warning, at the field or the file that it is about.
fn warned(warning: &Warning, report: &Report<'_>) -> Annotation {
    let annotation = whole(AnnotationLevel::Warning, "warning", warning.kind.to_string());
    let Some(file) = &warning.file else { return annotation };
    let declaration = report.roster.people.values().find(|declaration| declaration.file == *file);
    let line =
        declaration.zip(warning.field.as_ref()).and_then(|(declaration, field)| report.line(&declaration.slug, field));
    at(file, line, report, annotation)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use serde_json::json;

    use super::plan as github;
    use crate::apply::{Applied, Outcome};
    use crate::model::agent::{Field, Slug};
    use crate::model::exit_code::Exit;
    use crate::model::record::System;
    use crate::reconcile::diff::{Change, Class};
    use crate::reconcile::guard::{Guard, GuardBlock};
    use crate::reconcile::plan::{Block, Operation, PersonPlan, Plan, Warning, WarningKind};
    use crate::report::tests::{action, change, person, roster};
    use crate::report::{Report, ReportOrigin, ReportSubject};

    fn of_class(class: Class, change: Change) -> Change {
        Change { class, ..change }
    }

    #[test]
    fn blocks_changes_and_drift_are_annotated_at_their_line() {
        let update = |fields| vec![action(System::Crm, Operation::Update, fields)];
        let phone = |class| of_class(class, change(Field::Phone, json!("+971501111111"), json!("+971502222222")));
        let mobile = of_class(Class::Conflict, change(Field::Mobile, json!("canary"), json!("canary")));
        let languages = of_class(Class::Drift, change(Field::Languages, json!(["en"]), json!(["ar"])));
        let about = |file: &str, text: &str| Warning::of(file.to_owned(), WarningKind::Reported(text.to_owned()));
        let plan = Plan {
            people: vec![
                person("sara-khan", update(vec![phone(Class::Conflict), mobile, languages])),
                person("omar", update(vec![phone(Class::Drift)])),
                person("lina", update(vec![phone(Class::Change)])),
                PersonPlan {
                    blocked: Some(Block::Saved("two rows, one\nlogin".to_owned())),
                    ..person("tariq", Vec::new())
                },
            ],
            warnings: vec![
                Warning { field: Some(Field::Languages), ..about("agents/sara-khan.yaml", "no id") },
                about("agents/omar.yaml", "no profile"),
                WarningKind::Reported("nowhere: x".to_owned()).into(),
            ],
            ..Plan::default()
        };
        let origin = ReportOrigin { folder: "dubai/".to_owned(), ..ReportOrigin::default() };
        let roster = roster(&[(Field::Phone, 7), (Field::Languages, 9)]);
        let blocks = [GuardBlock {
            guard: Guard::Operation(Operation::Update),
            limit: 0,
            conflicts_and_drift: 0,
            actual: 3,
            digest: Some("0a".repeat(16)),
            message: "3 people to update".to_owned(),
        }];
        let report = Report { blocks: &blocks, ..Report::new(ReportSubject::Plan, &origin, &plan, &roster) };
        insta::assert_snapshot!(github(&report), @r#"
        ::error title=roster%3A blocked::3 people to update%0AIn a pull request: add the file dubai/.roster/accept/0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a.
        ::error file=dubai/agents/tariq.yaml,title=roster%3A blocked::two rows, one%0Alogin
        ::warning file=dubai/agents/sara-khan.yaml,line=7,col=1,endLine=7,endColumn=1,title=roster%3A conflict::public.phone in crm: "+971501111111" → "+971502222222" (both changed, the file wins)%0Aprivate.mobile in crm: (private, changed) (both changed, the file wins)%0Apublic.languages in crm: + ar - en (will be set back)
        ::warning file=dubai/agents/sara-khan.yaml,line=9,col=1,endLine=9,endColumn=1,title=roster%3A warning::no id
        ::warning file=dubai/agents/omar.yaml,title=roster%3A warning::no profile
        ::warning title=roster%3A warning::nowhere: x
        ::notice file=dubai/agents/omar.yaml,title=roster%3A drift::public.phone in crm: "+971501111111" → "+971502222222" (will be set back)
        "#);
        let more = ["omar: update in crm: public.phone".to_owned()];
        let report =
            Report { exit: Exit::Stale, more: &more, ..Report::new(ReportSubject::Drift, &origin, &plan, &roster) };
        let first = "::error title=roster%3A not as reviewed::The plan does more than was seen in the review, so look at \
                     it again%0Aomar: update in crm: public.phone\n";
        assert!(github(&report).starts_with(first), "{}", github(&report));
    }

    #[test]
    fn missing_and_failed_people_are_annotated() {
        let plan = Plan {
            people: vec![person("a", vec![action(System::Pf, Operation::Create, Vec::new())])],
            ..Plan::default()
        };
        let (origin, roster) = (ReportOrigin::default(), roster(&[]));
        let report = Report::new(ReportSubject::Drift, &origin, &plan, &roster);
        assert_eq!(
            github(&report),
            "::notice file=agents/a.yaml,title=roster%3A drift::missing in pf: deleted by hand, or never made\n"
        );
        let applied =
            [("a", Outcome::Done), ("b", Outcome::Failed("422: no".to_owned()))].map(|(slug, outcome)| Applied {
                agent: Slug::parse(slug).unwrap(),
                file: format!("agents/{slug}.yaml"),
                done: Vec::new(),
                outcome,
            });
        let plan = Plan::default();
        let unread = ["pf: 503".to_owned()];
        let report = Report {
            applied: Some(&applied),
            unread: &unread,
            ..Report::new(ReportSubject::Apply, &origin, &plan, &roster)
        };
        assert_eq!(
            github(&report),
            "::error title=roster%3A a system could not be read::pf: 503\n\
             ::error file=agents/b.yaml,title=roster%3A failed::422: no\n"
        );
    }
}
