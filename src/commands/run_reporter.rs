//! The report of a run: as text on stdout, and in every requested document, however the run ends.

use std::io::Write;
use std::sync::Arc;

use super::agent_filter::Selection;
use super::inputs::{Inputs, accept_key, digest_key};
use super::origin::origin;
use super::{Context, Outputs, validate};
use crate::declare::problem::Problem;
use crate::model::exit_code::Exit;
use crate::model::roster::Roster;
use crate::reconcile::plan::{Plan, Scope};
use crate::redact::plan_texts::redact;
use crate::redact::{Redactor, Secrets};
use crate::remote::observe::ObserveError;
use crate::remote::{RemoteError, plan};
use crate::report::{self, Report, ReportFormat, ReportOrigin, ReportSubject, problems, terminal};

/// The subject of a run, and the outputs of its report.
pub(super) struct RunReporter<'a> {
    pub(super) context: &'a Context,
    pub(super) outputs: Outputs<ReportFormat>,
    subject: ReportSubject,
    origin: ReportOrigin,
}

impl<'a> RunReporter<'a> {
    pub(super) fn new(context: &'a Context, subject: ReportSubject) -> Result<Self, Exit> {
        let outputs: Outputs<ReportFormat> = context.outputs()?;
        // Only documents name the place of the files; a text does not need git.
        let origin = if outputs.is_empty() { ReportOrigin::default() } else { origin(context) };
        Ok(Self { context, outputs, subject, origin })
    }

    /// Reads roster.yaml and every agent file; with any error among them nothing is read or written. A glob of `--agent`
    /// that matches no agent is wrong usage.
    pub(super) fn declared_inputs(&self, agents: &Selection) -> Result<Inputs, Exit> {
        let context = self.context;
        let (config, loaded) = validate::files(context);
        if loaded.files > 0 || !loaded.is_invalid() {
            agents.check(&loaded.slugs).map_err(|why| context.wrong_usage(&why))?;
        }
        if !loaded.problems.is_empty() {
            context.complain(&problems::terminal(&config.agents, &loaded, context.problem_style()));
        }
        if loaded.is_invalid() {
            return Err(self.invalid(&loaded.problems));
        }
        let digest_key = digest_key().map_err(|why| context.wrong_usage(&why))?;
        let accept_key = accept_key(digest_key.as_ref());
        Ok(Inputs {
            config,
            roster: loaded.roster,
            base: None,
            problems: loaded.problems,
            warnings: Vec::new(),
            digest_key,
            accept_key,
        })
    }

    /// A report of a plan, before anything is known of its blocks and its end.
    pub(super) fn report<'r>(&'r self, plan: &'r Plan, inputs: &'r Inputs) -> Report<'r> {
        let (digest_key, accept_key) = (inputs.digest_key.as_ref(), inputs.accept_key.as_ref());
        let report = Report::new(self.subject, &self.origin, plan, &inputs.roster);
        let base_commit = inputs.base.as_ref().map(|base| base.commit.as_str());
        Report { problems: &inputs.problems, base_commit, digest_key, accept_key, ..report }
    }

    /// Gives a report away: as text on stdout, and as every document that was asked for.
    pub(super) fn deliver(&self, report: &Report<'_>, text: impl FnOnce() -> String) -> Result<(), Exit> {
        let document =
            |format, out: &mut dyn Write| report::write_document(format, report, self.context.max_bytes, out);
        self.outputs.deliver(self.context, text, document).map_err(|why| self.context.failure(&why))
    }

    /// The plan as text for stdout.
    pub(super) fn text(&self, report: &Report<'_>) -> String {
        terminal::plan(report, &self.context.page())
    }

    /// The files are invalid: their problems are on stderr already, and take the place of a plan in every document.
    pub(super) fn invalid(&self, problems: &[Problem]) -> Exit {
        let (plan, roster) = (Plan::default(), Roster::default());
        let report = Report {
            problems,
            complete: false,
            exit: Exit::Invalid,
            ..Report::new(self.subject, &self.origin, &plan, &roster)
        };
        self.deliver(&report, String::new).err().unwrap_or(Exit::Invalid)
    }

    /// A signal ended the reading: every document reports it, in place of an older one.
    pub(super) fn interrupted(&self, inputs: &Inputs, exit: Exit) -> Exit {
        let plan = Plan::default();
        let why = ["interrupted before both systems were read".to_owned()];
        let report = Report { complete: false, unread: &why, exit, ..self.report(&plan, inputs) };
        let failed = self.deliver(&report, String::new).err();
        self.context.error("interrupted before both systems were read: nothing was written");
        failed.unwrap_or(exit)
    }

    /// Shows what could be read, and why the rest could not. Nothing is written on a bad read.
    pub(super) fn half_read(
        &self,
        inputs: &Inputs,
        secrets: &Arc<Secrets>,
        scope: &Scope<'_>,
        unread: &ObserveError,
    ) -> Exit {
        let redactor = inputs.redactor(secrets, unread.partial.as_ref());
        let words = unread.quoted(&redactor);
        let partial = unread.partial.as_ref().map(|partial| plan(&inputs.roster, partial, &inputs.config, scope));
        let shown = partial.is_some();
        let mut plan = partial.unwrap_or_default();
        redact(&mut plan, &redactor);
        let report = Report { complete: false, unread: &words, exit: Exit::Unreadable, ..self.report(&plan, inputs) };
        let text = || if shown { self.text(&report) } else { String::new() };
        let failed = self.deliver(&report, text).err();
        let half = if shown { " The plan above is incomplete." } else { "" };
        self.context.error(&format!("{}\nNothing was written.{half}", words.join("\n")));
        failed.unwrap_or(Exit::Unreadable)
    }
}

/// Prints why a system cannot be read, with the text of the system.
pub(super) fn unreadable(context: &Context, redactor: &Redactor<'_>, error: &RemoteError) -> Exit {
    context.error(&format!("{}\nNothing was written.", error.quoted(redactor)));
    Exit::Unreadable
}
