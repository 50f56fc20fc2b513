//! `roster github request`: carries out what a form asks for, in the working folder, and writes the texts about it.

use std::fs;
use std::path::{Path, PathBuf};

use super::DecisionOutput;
use super::decide::{self, Answers, FormRequest, IssueEvent, Pending, Request};
use crate::commands::refusal::Refusal;
use crate::commands::{Context, new, set};
use crate::files;
use crate::model::agent::{Field, Slug};
use crate::model::exit_code::Exit;
use crate::report::github::AnnotationLevel;
use crate::report::{RequestEnd, RequestedChange, request_answer, request_body};

#[derive(Debug, clap::Args)]
pub(super) struct RequestArgs {
    /// The document of the event
    #[arg(long, value_name = "FILE")]
    event: PathBuf,
    /// The address of GitHub
    #[arg(long)]
    web: String,
    /// The folder for the texts: the comment, the commit's message and the text of the pull request
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

/// A file that is as it was asked for.
struct RequestedFile {
    name: String,
    is_new: bool,
    is_changed: bool,
    fields: Vec<String>,
    missing: Vec<Field>,
}

/// Output `go`: `outdated` without an answer, `refused`, or `pull-request`.
pub(super) fn request(
    args: &RequestArgs,
    answers: &Answers,
    context: &Context,
) -> Result<Result<DecisionOutput, Pending>, Exit> {
    let event = files::read_text(&args.event, files::LARGEST_OWN).map_err(|error| error.to_string());
    let event: IssueEvent = event
        .and_then(|text| serde_json::from_str(&text).map_err(|error| error.to_string()))
        .map_err(|why| context.failure(&format!("reading {}: {why}", args.event.display())))?;
    let asked = match decide::request(&event, answers) {
        Ok(Some(asked)) => asked,
        Ok(None) => return Ok(Ok(outdated())),
        Err(pending) => return Ok(Err(pending)),
    };
    let write = |name: &str, text: &str| {
        let path = args.out.join(name);
        fs::write(&path, text).map_err(|error| context.failure(&format!("writing {}: {error}", path.display())))
    };
    let refused = || DecisionOutput { outputs: vec![("go", "refused".to_owned())], ..DecisionOutput::default() };
    let file = match carried_out(&asked, context) {
        Ok(file) => file,
        Err(refusal) => {
            let (why, problems) = refusal.parts();
            write("answer.md", &request_answer(RequestEnd::Refused { why, problems }))?;
            return Ok(Ok(refused()));
        }
    };
    if !file.is_changed {
        write("answer.md", &request_answer(RequestEnd::Unchanged { file: &file.name }))?;
        return Ok(Ok(refused()));
    }
    let RequestedFile { name, is_new, fields, missing, .. } = &file;
    let change = RequestedChange { file: name, is_new: *is_new, fields, missing };
    let slug = Path::new(name).file_stem().unwrap_or_default().to_string_lossy();
    let title = format!("{} {slug}", if *is_new { "Add" } else { "Change" });
    // The answer only once there is a pull request.
    write("proposed.md", &request_answer(RequestEnd::Proposed(change)))?;
    write("body.md", &request_body(asked.number, &asked.login, change))?;
    write("message", &format!("{title}\n\nAsked for in #{}.\n", asked.number))?;
    let outputs = vec![
        ("go", "pull-request".to_owned()),
        ("file", name.clone()),
        ("branch", format!("roster/request-{}", asked.number)),
        ("title", title),
        ("author", asked.author(&args.web)),
    ];
    Ok(Ok(DecisionOutput { outputs, ..DecisionOutput::default() }))
}

fn outdated() -> DecisionOutput {
    let words = "The issue is closed, or has a newer text, whose own run answers.";
    DecisionOutput {
        outputs: vec![("go", "outdated".to_owned())],
        notes: vec![(AnnotationLevel::Notice, words.to_owned())],
        code: 0,
    }
}

/// Changes or writes the one file, by the code of `roster set` and `roster new`.
fn carried_out(asked: &Request, context: &Context) -> Result<RequestedFile, Refusal> {
    let form = asked.form.as_ref().map_err(|why| Refusal::Usage(why.clone()))?;
    let (FormRequest::Change { agent, assignments } | FormRequest::New { agent, assignments, .. }) = form;
    let fields: Vec<String> = assignments.iter().map(|one| path(one).to_owned()).collect();
    if !asked.is_private && fields.iter().any(|path| is_private(path)) {
        return Err(Refusal::Usage(NOT_PRIVATE.to_owned()));
    }
    // A pattern is not a slug, so a request is about one file.
    let slug =
        Slug::parse(agent).map_err(|why| Refusal::Usage(format!("The name of the file is not valid: {why}.")))?;
    match form {
        FormRequest::Change { .. } => {
            let edited = set::change(slug.as_str(), assignments, context)?;
            let file = edited.into_iter().next();
            let file = file.ok_or_else(|| Refusal::Usage(format!("{slug} has no file that can be changed")))?;
            let is_changed = file.is_changed();
            Ok(RequestedFile { name: file.name, is_new: false, is_changed, fields, missing: Vec::new() })
        }
        FormRequest::New { from, .. } => {
            let file = new::create(&slug, from.as_deref(), assignments, context)?;
            Ok(RequestedFile { name: file.name, is_new: true, is_changed: true, fields, missing: file.missing })
        }
    }
}

const NOT_PRIVATE: &str = "Fields that begin with private. or fields. are private, and this issue may be read by more people than a \
    private repository allows. Remove these fields from the text, and delete the earlier text: choose the word edited above it, \
    then the older revision, then its menu. A person with access adds private values to the pull request.";

fn path(assignment: &str) -> &str {
    assignment.split('=').next().unwrap_or_default().trim()
}

/// Also a path that leads to no field.
fn is_private(path: &str) -> bool {
    matches!(path.split('.').next(), Some("private" | "fields"))
}
