//! `roster drift --accept` and `--interactive`: files accept values that were changed by hand.
//!
//! Both systems are read twice: for the findings, and again before a file is written. So a value is written only while a
//! system holds it, and the plan at the end is that of the rows as they are.

use std::collections::BTreeMap;

use serde_json::Value;

use super::Context;
use super::agent_filter::Selection;
use super::connected_systems::Readers;
use super::drift_selection::DriftSelection;
use super::edited_files::{self, EditedFile, count};
use super::session::{GuardedPlan, Session};
use crate::declare::file::AgentFile;
use crate::declare::problem::errors;
use crate::model::agent::{Field, FieldValue, Slug};
use crate::model::config::Config;
use crate::model::exit_code::Exit;
use crate::model::roster::{Declaration, Roster};
use crate::reconcile::drifted_field::{DriftedField, drifted_fields};
use crate::reconcile::observed::Observed;
use crate::reconcile::plan::Plan;
use crate::report::accepted_drift::accepted;

/// A finding, and the value that its file accepts.
type AcceptedField = (DriftedField, FieldValue);

/// Accepts the selected findings of `drift`, and proves that nothing is left to write for these agents.
pub(super) async fn accept(
    session: &mut Session<'_>,
    readers: &Readers,
    observed: &Observed,
    drift: &Plan,
    selection: &DriftSelection,
) -> Result<Exit, Exit> {
    let context = session.reporter.context;
    let findings = drifted_fields(drift, &session.inputs.roster);
    let fields = acceptable(selection.choose(findings, context), session)?;
    let is_interactive = matches!(selection, DriftSelection::Interactive);
    if is_interactive && fields.is_empty() {
        context.print_message("No file was changed.");
        return Ok(if drift.is_clean() { Exit::Done } else { Exit::Differences });
    }
    let edited = edited(&fields, session)?;
    let acceptance = Acceptance { fields, files: session.inputs.roster.clone() };
    context.print_sentences(&accepted(&acceptance.fields, &acceptance.files, Context::reveals_on_stdout()));
    session.cover(is_interactive.then(|| acceptance.agents()).transpose().map_err(|why| context.wrong_usage(&why))?);
    session.inputs.roster.people.extend(declarations(&edited, &session.inputs.config));
    let preview = session.guarded_plan(readers, observed, &[]).await;
    show(&preview, session, "The next apply then writes:");
    if is_interactive && !Context::confirmed(&format!("Write {}?", count(edited.len()))) {
        return Err(context.failure("nothing was written"));
    }
    let again = session.observe(readers).await?;
    if !acceptance.is_still_held(session, readers, &again) {
        context.error("a system was changed in the meantime: nothing was written. Run the command again.");
        return Err(Exit::Stale);
    }
    session.inputs.roster = edited_files::write_valid(&edited, context).map_err(|why| why.report(context))?.roster;
    let changed = edited.iter().filter(|file| file.is_changed()).count();
    if changed > 0 {
        context.print_message(&format!("{} changed", count(changed)));
    }
    let rest = session.guarded_plan(readers, &again, &[]).await;
    if rest.plan != preview.plan {
        show(&rest, session, "A system was changed in the meantime. The next apply writes:");
    }
    if rest.plan.is_clean() {
        context.print_message("The plan of these agents is empty.");
        return Ok(Exit::Done);
    }
    let is_blocked = !rest.blocks.is_empty() || rest.has_blocked_people();
    let next = match () {
        () if is_blocked => "it is blocked, as shown above",
        () if session.sandbox => "`roster apply --sandbox` writes the rest",
        () => "`roster apply` writes the rest",
    };
    context.print_message(&format!("The plan of these agents is not empty: {next}."));
    Ok(Exit::Differences)
}

/// The findings that files can accept, with the value. The others are reported with the reason.
fn acceptable(chosen: Vec<DriftedField>, session: &Session<'_>) -> Result<Vec<AcceptedField>, Exit> {
    let (context, languages) = (session.reporter.context, &session.inputs.config.property_finder.languages);
    let mut fields = Vec::new();
    for finding in chosen {
        let report = |why: &str| context.print_message(&format!("{}: {}: {why}", finding.file, finding.field));
        match finding.accepted().cloned() {
            Err(why) => report(&why.to_string()),
            Ok(value) => {
                let alone = EditedFile::new(
                    &finding.file,
                    &[(finding.field.clone(), value.to_json())],
                    languages,
                    &context.root,
                )
                .map_err(|why| why.report(context))?;
                if errors(&alone.read(languages).1).next().is_some() {
                    let systems: Vec<&str> = finding.held.iter().map(|(system, _)| system.name()).collect();
                    report(&format!("no file may declare the value in {}: correct it there", systems.join(" and ")));
                } else {
                    fields.push((finding, value));
                }
            }
        }
    }
    Ok(fields)
}

/// The files with the accepted values. Nothing is written.
fn edited(fields: &[AcceptedField], session: &Session<'_>) -> Result<Vec<EditedFile>, Exit> {
    let (context, config) = (session.reporter.context, &session.inputs.config);
    let mut values: BTreeMap<&str, Vec<(Field, Value)>> = BTreeMap::new();
    for (finding, value) in fields {
        values.entry(&finding.file).or_default().push((finding.field.clone(), value.to_json()));
    }
    let languages = &config.property_finder.languages;
    let edited: Vec<EditedFile> = values
        .into_iter()
        .map(|(file, values)| EditedFile::new(file, &values, languages, &context.root))
        .collect::<Result<_, _>>()
        .map_err(|why| why.report(context))?;
    edited_files::check(&edited, config).map_err(|why| why.report(context))?;
    Ok(edited)
}

/// The declarations of the files as they will be.
fn declarations(edited: &[EditedFile], config: &Config) -> Vec<(Slug, Declaration)> {
    let files = edited.iter().filter_map(|file| file.read(&config.property_finder.languages).0);
    let declarations = files.map(AgentFile::into_declaration_with_lines);
    declarations.map(|declaration| (declaration.slug.clone(), declaration)).collect()
}

/// The accepted values, and the files that they were found with.
struct Acceptance {
    fields: Vec<AcceptedField>,
    files: Roster,
}

impl Acceptance {
    fn agents(&self) -> Result<Selection, String> {
        Selection::new(&self.fields.iter().map(|(finding, _)| finding.slug.to_string()).collect::<Vec<_>>())
    }

    /// Whether the systems hold the accepted values as before. The files are compared as they are before the change.
    fn is_still_held(&self, session: &mut Session<'_>, readers: &Readers, again: &Observed) -> bool {
        let after = std::mem::replace(&mut session.inputs.roster, self.files.clone());
        let now = drifted_fields(&session.drift(readers, again), &session.inputs.roster);
        session.inputs.roster = after;
        self.fields.iter().all(|(finding, _)| {
            let holds_it = |other: &&DriftedField| other.slug == finding.slug && other.field == finding.field;
            now.iter().find(holds_it).is_some_and(|other| finding.held.iter().all(|held| other.held.contains(held)))
        })
    }
}

fn show(guarded: &GuardedPlan, session: &Session<'_>, title: &str) {
    if !guarded.plan.is_clean() {
        let context = session.reporter.context;
        context.print(&format!("\n{title}\n{}", session.reporter.text(&guarded.report(session))));
    }
}
