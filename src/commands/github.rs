//! `roster github`: a decision of the workflows, from what GitHub answered.
//!
//! It prints either the decision as outputs of a step (`NAME=VALUE`), or the requests whose answers it needs first:
//! `get FILE PATH`, `pulls FILE BRANCH` and `download FOLDER RUN NAME`. The script sends them, keeps the answers under these names in the folder
//! of `--answers`, and runs it again. Only the scripts of `.github/actions/roster/` call it.

mod args;
pub(super) mod decide;
mod request;

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use self::args::{
    AlsoChangedArgs, AppliedArgs, CheckArgs, LabelsArgs, PlanAgainArgs, ProceedArgs, ReviewedArgs, SettingsArgs,
    VerdictArgs,
};
use super::Context;
use crate::commands::github::decide::{
    Answers, CheckResult, JobEnd, Meanwhile, MergedSince, Pending, PlanRun, PlannedAgain, PlannedPull, Question,
    RunEnd, SavedDocument,
};
use crate::declare::git::Repository;
use crate::model::exit_code::Exit;
use crate::report::github::{Annotation, AnnotationLevel};

/// Decide for the workflows of .github/, from what GitHub answered
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The folder of the answers so far
    #[arg(long, value_name = "DIR")]
    answers: PathBuf,
    /// Add what people should know to this file
    #[arg(long, value_name = "FILE")]
    summary: Option<PathBuf>,
    #[command(subcommand)]
    decision: Decision,
}

#[derive(Debug, clap::Subcommand)]
enum Decision {
    /// Stop unless the settings are there that protect the keys and the reviews
    Settings(SettingsArgs),
    /// Name the commit that was applied last
    Applied(AppliedArgs),
    /// Name the plans that were approved, of the pull requests merged with these commits
    Reviewed(ReviewedArgs),
    /// Decide how an apply goes on from its plan
    Proceed(ProceedArgs),
    /// Decide whether the check of a pull request passes
    Check(CheckArgs),
    /// Name the other open pull requests that change the same people
    AlsoChanged(AlsoChangedArgs),
    /// Decide which labels the pull request of a plan has
    Labels(LabelsArgs),
    /// Decide which pull requests are planned again after an apply
    PlanAgain(PlanAgainArgs),
    /// Decide how a run of the apply workflow ended
    Verdict(VerdictArgs),
    /// Change the file that a form asks to change
    Request(request::RequestArgs),
}

/// A decision: the outputs of the step, what people should know, and how the step ends.
#[derive(Default)]
struct DecisionOutput {
    outputs: Vec<(&'static str, String)>,
    notes: Vec<(AnnotationLevel, String)>,
    code: u8,
}

/// The exit code is that of the decision.
#[must_use]
pub(super) fn command(args: &Args, context: &Context) -> Exit {
    run(args, context).unwrap_or_else(|exit| exit)
}

fn run(args: &Args, context: &Context) -> Result<Exit, Exit> {
    let answers = answers(&args.answers).map_err(|why| context.failure(&format!("reading GitHub's answers: {why}")))?;
    let decided = match decide(&args.decision, &answers, context, &args.answers)? {
        Ok(decided) => decided,
        Err(Pending::Ask(questions)) => {
            let lines: String = questions.iter().map(line).collect();
            context.emit(|out| out.write_all(lines.as_bytes()));
            return Ok(Exit::Done);
        }
        Err(Pending::Unreadable(why)) => return Err(context.failure(&why)),
    };
    let outputs = decided.outputs.iter().fold(String::new(), |mut text, (name, value)| {
        let _ = writeln!(text, "{name}={value}");
        text
    });
    context.emit(|out| out.write_all(outputs.as_bytes()));
    write_notes(&decided.notes, args.summary.as_deref())
        .map_err(|error| context.failure(&format!("writing the summary: {error}")))?;
    Ok(Exit::of(decided.code))
}

fn decide(
    decision: &Decision,
    answers: &Answers,
    context: &Context,
    folder: &Path,
) -> Result<Result<DecisionOutput, Pending>, Exit> {
    let document = |path: &Path| read_document(path).map_err(|why| context.failure(&why));
    Ok(match decision {
        Decision::Settings(args) => {
            decide::settings(&args.name, &args.environments, &args.branch, answers).map(|wrong| DecisionOutput {
                code: if wrong.is_empty() { 0 } else { Exit::Failure as u8 },
                notes: wrong.into_iter().map(|sentence| (AnnotationLevel::Error, sentence)).collect(),
                ..DecisionOutput::default()
            })
        }
        Decision::Applied(args) => {
            let repository = Repository::open(&context.root).map_err(|error| context.failure(&error.to_string()))?;
            decide::applied(&args.name, answers, &|commit| repository.contains("HEAD", commit)).map(|found| {
                DecisionOutput {
                    outputs: found.map_or_else(Vec::new, |found| {
                        vec![("last", found.deployment.to_string()), ("base", found.commit)]
                    }),
                    ..DecisionOutput::default()
                }
            })
        }
        Decision::Reviewed(args) => reviewed(args, answers, folder),
        Decision::Proceed(args) => proceed(args, answers, document(&args.plan)?.as_ref()),
        Decision::Check(args) => Ok(check(&decide::check(args.code, document(&args.plan)?.as_ref(), &args.changed))),
        Decision::AlsoChanged(args) => also_changed(args, answers),
        Decision::Labels(args) => {
            let labels = decide::labels(document(&args.plan)?.as_ref());
            Ok(DecisionOutput {
                outputs: vec![("blocked", labels.blocked.to_string()), ("leaves", labels.leaves.to_string())],
                ..DecisionOutput::default()
            })
        }
        Decision::PlanAgain(args) => {
            let applied = document(&args.document)?;
            decide::plan_again(&args.folder, &args.branch, applied.as_ref(), answers).map(|again| plan_again(&again))
        }
        Decision::Verdict(args) => {
            let repository = Repository::open(&context.root).map_err(|error| context.failure(&error.to_string()))?;
            verdict(args, answers, document(&args.document)?.as_ref(), &repository)
        }
        Decision::Request(args) => request::request(args, answers, context)?,
    })
}

fn reviewed(args: &ReviewedArgs, answers: &Answers, folder: &Path) -> Result<DecisionOutput, Pending> {
    let since = MergedSince {
        name: &args.name,
        directory: &args.folder,
        branch: &args.branch,
        commits: &args.commits,
        basis: args.by,
        web: &args.web,
    };
    let approval = decide::reviewed(&since, answers)?;
    let kept = |(_, run, name): &(u64, u64, String)| {
        let plan = folder.join(key(&Question::Download { run: *run, name: name.clone() })).join("plan.json");
        ("plan", plan.display().to_string())
    };
    Ok(DecisionOutput {
        outputs: approval.plans.iter().map(kept).collect(),
        notes: approval.notes.into_iter().map(|note| (AnnotationLevel::Notice, note)).collect(),
        code: 0,
    })
}

fn proceed(args: &ProceedArgs, answers: &Answers, plan: Option<&SavedDocument>) -> Result<DecisionOutput, Pending> {
    let Some(plan) = plan else { return Ok(DecisionOutput { code: args.code.max(1), ..DecisionOutput::default() }) };
    let name = |path: &String| path.rsplit('/').next().unwrap_or_default().to_owned();
    let accepted: Vec<String> = args.accepted.iter().map(name).collect();
    let run = PlanRun { code: args.code, plan, reviewed: args.reviewed, name: &args.name, accepted: &accepted };
    Ok(match decide::proceed(&run, answers)? {
        // Blocked people alone fail the run; everything else is written.
        Ok(go) => DecisionOutput {
            outputs: vec![("go", go.key().to_owned())],
            notes: vec![(AnnotationLevel::Notice, go.words().to_owned())],
            code: if go == decide::NextStep::LeftOut { args.code } else { 0 },
        },
        Err(stopped) => DecisionOutput {
            notes: vec![(AnnotationLevel::Error, stopped.words)]
                .into_iter()
                .filter(|(_, words)| !words.is_empty())
                .collect(),
            code: stopped.code,
            ..DecisionOutput::default()
        },
    })
}

fn check(result: &CheckResult) -> DecisionOutput {
    let note = |level: AnnotationLevel, agents: &[String], words: &str| -> Vec<(AnnotationLevel, String)> {
        agents.iter().map(|agent| (level, format!("{agent} is blocked, {words}"))).collect()
    };
    match result {
        CheckResult::Passes { blocked } => DecisionOutput {
            notes: note(
                AnnotationLevel::Warning,
                blocked,
                "but not by this pull request; all other people can be written.",
            ),
            ..DecisionOutput::default()
        },
        CheckResult::Fails { code, blocked } => DecisionOutput {
            notes: note(
                AnnotationLevel::Error,
                blocked,
                "and this pull request changes its file, or the file of a person on whom that depends.",
            ),
            code: *code,
            ..DecisionOutput::default()
        },
    }
}

fn also_changed(args: &AlsoChangedArgs, answers: &Answers) -> Result<DecisionOutput, Pending> {
    let AlsoChangedArgs { folder, branch, number, changed } = args;
    let planned = PlannedPull { directory: folder, branch, number: *number, paths: changed };
    let also = decide::also_changed(&planned, answers)?;
    Ok(DecisionOutput {
        outputs: also.lines.into_iter().map(|line| ("also", line)).collect(),
        notes: also.notes.into_iter().map(|note| (AnnotationLevel::Notice, note)).collect(),
        code: 0,
    })
}

fn plan_again(again: &PlannedAgain) -> DecisionOutput {
    let numbers: Vec<String> = again.beyond.iter().map(|number| format!("#{number}")).collect();
    let notes = [
        (again.left.join("; "), "Not planned again: "),
        (
            numbers.join(", "),
            "More pull requests than are planned again at once. Start their runs of plan.yml by hand: ",
        ),
    ];
    let notes = notes.into_iter().filter(|(which, _)| !which.is_empty());
    DecisionOutput {
        outputs: again.runs.iter().map(|run| ("again", format!("{} {} {}", run.pull, run.run, run.head))).collect(),
        notes: notes.map(|(which, words)| (AnnotationLevel::Notice, format!("{words}{which}."))).collect(),
        code: 0,
    }
}

fn verdict(
    args: &VerdictArgs,
    answers: &Answers,
    document: Option<&SavedDocument>,
    repository: &Repository,
) -> Result<DecisionOutput, Pending> {
    let newest = decide::applied(&args.name, answers, &|commit| repository.contains("HEAD", commit))?;
    let meanwhile = match &newest {
        Some(newest) if !args.commit.is_empty() && newest.deployment.to_string() != args.last => {
            match newest.commit == args.commit {
                true => Meanwhile::ThisCommit,
                false if repository.contains(&newest.commit, &args.commit) => Meanwhile::LaterCommit,
                false => Meanwhile::Nothing,
            }
        }
        _ => Meanwhile::Nothing,
    };
    let jobs: Vec<JobEnd<'_>> = args.jobs.iter().map(|job| ended(job)).collect();
    let verdict = decide::verdict(&RunEnd {
        jobs: &jobs,
        apply: ended(&args.apply),
        go: &args.go,
        newer: args.newer,
        document,
        meanwhile,
    });
    let words = "Another run has applied this commit or a later one, so the result of this run does not count.";
    Ok(DecisionOutput {
        outputs: vec![("applied", verdict.applied.to_string()), ("failed", verdict.failed.to_string())],
        notes: if verdict.superseded { vec![(AnnotationLevel::Notice, words.to_owned())] } else { Vec::new() },
        code: 0,
    })
}

fn ended(job: &str) -> JobEnd<'_> {
    let (result, attempt) = job.split_once(':').unwrap_or((job, ""));
    JobEnd { result, began: !attempt.is_empty() }
}

/// A document of roster's; none where the job ended before it wrote one.
fn read_document(path: &Path) -> Result<Option<SavedDocument>, String> {
    let doing = |why: &dyn std::fmt::Display| format!("reading {}: {why}", path.display());
    match fs::read(path) {
        Ok(text) if text.is_empty() => Ok(None),
        Ok(text) => serde_json::from_slice(&text).map(Some).map_err(|error| doing(&error)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(doing(&error)),
    }
}

/// What may be in the name of a file as it is.
const NAME: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.');

/// The name under which the answer to a question is kept.
fn key(question: &Question) -> String {
    let text = match question {
        Question::Get(path) => path.clone(),
        Question::OpenPulls(branch) => decide::open_pulls_key(branch),
        Question::Download { run, name } => format!("download/{run}/{name}"),
    };
    utf8_percent_encode(&text, NAME).to_string()
}

fn line(question: &Question) -> String {
    match question {
        Question::Get(path) => format!("get {} {path}\n", key(question)),
        Question::OpenPulls(branch) => format!("pulls {} {branch}\n", key(question)),
        Question::Download { run, name } => format!("download {} {run} {name}\n", key(question)),
    }
}

/// Reads the folder of answers.
fn answers(folder: &Path) -> Result<Answers, String> {
    let mut answers = Answers::default();
    for entry in fs::read_dir(folder).map_err(|error| error.to_string())? {
        let path = entry.map_err(|error| error.to_string())?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let name = percent_decode_str(name).decode_utf8().map_err(|error| error.to_string())?;
        let download = name.strip_prefix("download/").and_then(|rest| rest.split_once('/'));
        if let Some((run, artifact)) = download {
            let run = run.parse().map_err(|_| format!("{run:?} is not the number of a run"))?;
            // A plan that an older version kept has no comment beside it.
            let comment = fs::read_to_string(path.join("plan.md")).unwrap_or_default();
            answers.add_comment(run, artifact, comment);
        } else {
            let text = fs::read_to_string(&path).map_err(|error| format!("{name}: {error}"))?;
            let pages = serde_json::from_str(&text).map_err(|error| format!("{name}: {error}"))?;
            answers.add(&name, pages)?;
        }
    }
    Ok(answers)
}

/// Reports notes as annotations of the run, and in its summary.
fn write_notes(notes: &[(AnnotationLevel, String)], summary: Option<&Path>) -> std::io::Result<()> {
    for (level, message) in notes {
        let annotation =
            Annotation { level: *level, title: "roster".to_owned(), message: message.clone(), place: None };
        writeln!(std::io::stderr(), "{}", annotation.command().trim_end())?;
    }
    let Some(summary) = summary.filter(|_| !notes.is_empty()) else { return Ok(()) };
    let mut file = fs::OpenOptions::new().create(true).append(true).open(summary)?;
    notes.iter().try_for_each(|(_, message)| writeln!(file, "\n{message}"))
}
