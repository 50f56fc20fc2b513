//! Which findings of drift the files accept: those that the command line names, or those that a person chooses.

use super::Context;
use super::agent_filter::Selection;
use crate::model::agent::Field;
use crate::model::record::System;
use crate::reconcile::drifted_field::{DriftedField, NotAcceptable};
use crate::report::accepted_drift;

/// `AGENT` or `AGENT.FIELD`: the findings that are accepted.
#[derive(Clone, Debug)]
pub(super) struct DriftSelector {
    /// A slug or a pattern.
    agent: String,
    agents: Selection,
    /// A field, or the first steps of its path; none: every field.
    path: Option<String>,
}

impl DriftSelector {
    /// # Errors
    /// A sentence for people, when it names no field, or its first part is not a pattern.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let (agent, path) = match text.split_once('.') {
            Some((agent, path)) => (agent, Some(path.to_owned())),
            None => (text, None),
        };
        if let Some(path) = &path
            && Field::rank(path).is_none()
        {
            path.parse::<Field>().map_err(|why| format!("{text}: {why}"))?;
        }
        let agent = agent.to_owned();
        Ok(Self { agents: Selection::new(std::slice::from_ref(&agent))?, agent, path })
    }

    fn takes(&self, finding: &DriftedField) -> bool {
        let is_inside = |path: &String| {
            let rest = finding.field.to_string();
            rest.strip_prefix(path.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        self.agents.takes(finding.slug.as_str()) && self.path.as_ref().is_none_or(is_inside)
    }
}

/// How the findings are chosen.
pub(super) enum DriftSelection {
    Named(Vec<DriftSelector>),
    /// A person decides about each.
    Interactive,
}

impl DriftSelection {
    /// The agents that the findings can be of; none: all.
    pub(super) fn agents(&self) -> Vec<String> {
        match self {
            Self::Named(selectors) => selectors.iter().map(|selector| selector.agent.clone()).collect(),
            Self::Interactive => Vec::new(),
        }
    }

    /// The chosen findings. A selector without a finding is reported.
    pub(super) fn choose(&self, findings: Vec<DriftedField>, context: &Context) -> Vec<DriftedField> {
        match self {
            Self::Interactive => ask_for_each(findings, context),
            Self::Named(selectors) => {
                for selector in selectors.iter().filter(|selector| !findings.iter().any(|one| selector.takes(one))) {
                    let path = selector.path.as_ref().map(|path| format!(".{path}")).unwrap_or_default();
                    context.print_message(&format!("{}{path}: no drift to accept", selector.agent));
                }
                let is_named = |finding: &DriftedField| selectors.iter().any(|selector| selector.takes(finding));
                findings.into_iter().filter(is_named).collect()
            }
        }
    }
}

/// Shows each finding and asks for a decision. The end of the input leaves the rest undecided.
fn ask_for_each(findings: Vec<DriftedField>, context: &Context) -> Vec<DriftedField> {
    let mut chosen = Vec::new();
    let count = findings.len();
    for (at, mut finding) in findings.into_iter().enumerate() {
        let shown = accepted_drift::finding(&finding, Context::reveals_on_stdout());
        context.print_sentences(&format!("\n{} of {count}  {shown}", at + 1));
        let answers = match finding.accepted() {
            Ok(_) => &[FILE][..],
            Err(NotAcceptable::DifferentValues) => &FILE_FROM,
            Err(why) => {
                context.print_sentences(&format!("  {why}\n"));
                continue;
            }
        };
        match FindingDecision::ask(answers) {
            FindingDecision::Accept(from) => {
                finding.held.retain(|(system, _)| from.is_none_or(|from| from == *system));
                chosen.push(finding);
            }
            FindingDecision::SetBack => {
                context.print_sentences("  The file stays; the next apply sets the system back.\n");
            }
            FindingDecision::Skip => {}
            FindingDecision::Quit => break,
        }
    }
    chosen
}

/// A letter, the words around it, and the decision.
type Answer = (&'static str, &'static str, FindingDecision);

const FILE: Answer = ("f", "accept into the (f)ile", FindingDecision::Accept(None));
/// Where the systems hold different values.
const FILE_FROM: [Answer; 2] = [
    ("c", "accept the value of the (C)RM", FindingDecision::Accept(Some(System::Crm))),
    ("p", "or of (P)roperty Finder", FindingDecision::Accept(Some(System::Pf))),
];
const OTHERWISE: [Answer; 3] = [
    ("b", "let the next apply set it (b)ack", FindingDecision::SetBack),
    ("s", "(s)kip", FindingDecision::Skip),
    ("q", "(q)uit", FindingDecision::Quit),
];

/// What a person decides about one finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum FindingDecision {
    /// Of this system alone, or of all that differ.
    Accept(Option<System>),
    SetBack,
    Skip,
    Quit,
}

impl FindingDecision {
    /// Asks until a letter is understood. An empty answer and the end of the input quit.
    fn ask(accepting: &[Answer]) -> Self {
        let answers: Vec<Answer> = accepting.iter().chain(&OTHERWISE).copied().collect();
        let words: Vec<&str> = answers.iter().map(|(_, words, _)| *words).collect();
        let letters: Vec<&str> = answers.iter().map(|(letter, ..)| *letter).collect();
        loop {
            let Some(answer) = Context::answer(&format!("  {}? ", words.join(", "))) else { return Self::Quit };
            let answer = answer.to_lowercase();
            let is_given = |(letter, ..): &&Answer| *letter == answer;
            match answers.iter().find(is_given) {
                Some((.., decision)) => return *decision,
                None if answer.is_empty() => return Self::Quit,
                None => Context::hint(&format!("type one of {}", letters.join(", "))),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_selector_names_an_agent_a_field_or_the_start_of_a_path() {
        for (text, agent, path) in [
            ("sara-khan", "sara-khan", None),
            ("*", "*", None),
            ("sara-khan.status", "sara-khan", Some("status")),
            ("team-*.public", "team-*", Some("public")),
            ("sara-khan.public.position.ar", "sara-khan", Some("public.position.ar")),
        ] {
            let selector = DriftSelector::parse(text).unwrap_or_else(|why| panic!("{text}: {why}"));
            assert_eq!((selector.agent.as_str(), selector.path.as_deref()), (agent, path), "{text}");
        }
        for text in ["sara-khan.public.phon", "sara-khan.", "sara-khan.public.", "[.status"] {
            assert!(DriftSelector::parse(text).is_err(), "{text}");
        }
    }
}
