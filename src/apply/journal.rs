//! The journal: what was about to be written, and how it ended, a line each.
//!
//! An intent is on the disk before its request is sent, so that a power cut leaves no request without its line. The other
//! lines are not waited for: an answer that is lost with the machine reads as unknown, which is safe. The journal holds
//! who, where and which fields, and never a value. Nothing is replayed from it: another run reads both systems
//! and plans what is left. It answers "what did we do, and was anything sent without an answer?".

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::observer::{AnswerResult, ApplyEvent, ApplyObserver, PendingWrite, WriteResult};
use super::{Applied, OutcomeKind, WriteKind};
use crate::files::{self, LARGEST_OWN};
use crate::model::exit_code::Exit;
use crate::model::record::System;

/// One line of a journal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct JournalRecord {
    /// When, in UTC.
    pub at: String,
    /// What happened.
    #[serde(flatten)]
    pub note: JournalEvent,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum JournalEvent {
    /// A run began to write.
    Start {
        /// The version of this format.
        version: u32,
        /// The digest of the plan.
        plan: String,
        /// For how many people there is something to write.
        people: usize,
    },
    /// A write was about to be sent.
    Intent {
        /// Whose row.
        agent: String,
        system: System,
        what: WriteKind,
        /// The row's id; none for a create.
        remote_id: Option<u64>,
        fields: Vec<String>,
    },
    /// It was answered, or given up.
    Answer {
        /// Whose row.
        agent: String,
        system: System,
        what: WriteKind,
        /// The row's id, where it is known.
        remote_id: Option<u64>,
        /// How it ended.
        result: AnswerResult,
    },
    /// Everything was tried for one person.
    Ended {
        agent: String,
        /// How.
        outcome: OutcomeKind,
    },
    /// The run came to its end.
    End {
        /// Its exit code.
        exit: u8,
    },
}

/// An open journal.
#[derive(Debug)]
pub(crate) struct Journal<F = File> {
    file: Mutex<F>,
}

/// A file whose lines can be forced to the disk.
pub(crate) trait SyncToDisk: io::Write + Send {
    /// Returns once everything that was written is on the disk.
    ///
    /// # Errors
    /// When the disk refuses.
    fn sync(&mut self) -> io::Result<()>;
}

impl SyncToDisk for File {
    fn sync(&mut self) -> io::Result<()> {
        self.sync_data()
    }
}

impl Journal {
    /// Begins a journal in a file that does not exist yet, or in `folder` under the time's name.
    ///
    /// # Errors
    /// When the file cannot be made.
    pub(crate) fn begin(at: &JournalTarget<'_>, plan: &str, people: usize) -> io::Result<Self> {
        let (file, path) = match at {
            JournalTarget::File(path) => {
                (OpenOptions::new().create_new(true).append(true).open(path)?, path.to_path_buf())
            }
            JournalTarget::Folder(folder) => new_in(folder)?,
        };
        sync_folder_of(&path)?;
        let journal = Self { file: Mutex::new(file) };
        journal.note(JournalEvent::Start { version: 1, plan: plan.to_owned(), people }, SyncWhen::Later)?;
        Ok(journal)
    }
}

impl<F: SyncToDisk> Journal<F> {
    /// Ends it.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(crate) fn end(&self, exit: Exit) -> io::Result<()> {
        self.note(JournalEvent::End { exit: exit as u8 }, SyncWhen::Now)
    }

    /// Writes one line, whole, before anything else happens.
    fn note(&self, note: JournalEvent, sync: SyncWhen) -> io::Result<()> {
        let at = Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
        let mut line = serde_json::to_string(&JournalRecord { at, note })?;
        line.push('\n');
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.write_all(line.as_bytes())?;
        match sync {
            SyncWhen::Now => file.sync(),
            SyncWhen::Later => Ok(()),
        }
    }
}

/// Whether a line is on the disk before the run goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum SyncWhen {
    Now,
    Later,
}

/// Where a journal is written.
#[derive(Clone, Copy, Debug)]
pub(crate) enum JournalTarget<'a> {
    /// This file.
    File(&'a Path),
    /// A file of its own in this folder.
    Folder(&'a Path),
}

impl<F: SyncToDisk> ApplyObserver for Journal<F> {
    fn on_event(&self, event: &ApplyEvent<'_>) -> io::Result<()> {
        match event {
            ApplyEvent::Intent(write) => self.note(intent(write), SyncWhen::Now),
            ApplyEvent::Answered(write, result) => self.note(answer(write, *result), SyncWhen::Later),
            ApplyEvent::Ended(person) => self.note(ended(person), SyncWhen::Later),
        }
    }
}

fn intent(write: &PendingWrite<'_>) -> JournalEvent {
    JournalEvent::Intent {
        agent: write.agent.to_string(),
        system: write.system,
        what: write.kind,
        remote_id: write.remote_id,
        fields: write.paths.clone(),
    }
}

fn answer(write: &PendingWrite<'_>, answer: WriteResult) -> JournalEvent {
    let remote_id = if let WriteResult::Done(id) = answer { Some(id) } else { write.remote_id };
    let result = AnswerResult::from(answer);
    JournalEvent::Answer { agent: write.agent.to_string(), system: write.system, what: write.kind, remote_id, result }
}

fn ended(person: &Applied) -> JournalEvent {
    JournalEvent::Ended { agent: person.agent.to_string(), outcome: OutcomeKind::from(&person.outcome) }
}

/// Makes a file named after the time; a second run in the same second gets the next number.
fn new_in(folder: &Path) -> io::Result<(File, PathBuf)> {
    fs::create_dir_all(folder)?;
    let time = Timestamp::now().strftime("%Y%m%dT%H%M%SZ").to_string();
    let mut number = 1;
    loop {
        let name = if number == 1 { format!("{time}.jsonl") } else { format!("{time}-{number}.jsonl") };
        let path = folder.join(name);
        match OpenOptions::new().create_new(true).append(true).open(&path) {
            Ok(file) => return Ok((file, path)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && number < 100 => number += 1,
            Err(error) => return Err(error),
        }
    }
}

/// A synced file can still be lost when its name is not on the disk.
#[cfg(unix)]
fn sync_folder_of(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder)?.sync_all()
}

/// Elsewhere a folder cannot be opened and synced.
#[cfg(not(unix))]
fn sync_folder_of(_: &Path) -> io::Result<()> {
    Ok(())
}

/// Reads a journal. A last line that was cut off by the end of its process is left out.
///
/// # Errors
/// When the file cannot be read, or is not a journal.
pub fn read(path: &Path) -> io::Result<Vec<JournalRecord>> {
    let text = files::read_text(path, LARGEST_OWN)?;
    let lines: Vec<&str> = text.lines().collect();
    let last = lines.len().saturating_sub(1);
    let mut entries = Vec::with_capacity(lines.len());
    for (at, line) in lines.into_iter().enumerate() {
        match serde_json::from_str(line) {
            Ok(entry) => entries.push(entry),
            Err(_) if at == last && at > 0 => {}
            Err(error) => {
                let why = format!("line {} is not a journal entry: {error}", at + 1);
                return Err(io::Error::new(io::ErrorKind::InvalidData, why));
            }
        }
    }
    Ok(entries)
}

/// The newest journal of a folder, if there is one.
///
/// # Errors
/// When the folder is there and cannot be read.
pub fn newest(folder: &Path) -> io::Result<Option<PathBuf>> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        entries => entries?,
    };
    let paths: Vec<PathBuf> = entries.map(|entry| Ok(entry?.path())).collect::<io::Result<_>>()?;
    let journals = paths.into_iter().filter(|path| path.extension().is_some_and(|ending| ending == "jsonl"));
    Ok(journals.max_by_key(|path| {
        // `<time>.jsonl` is before `<time>-2.jsonl` of the same second, and that before `<time>-10.jsonl`.
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let (time, number) = name.split_once('-').unwrap_or((&name, "1"));
        (time.to_owned(), number.parse::<u32>().unwrap_or(0))
    }))
}

/// Writes that were sent, or were about to be, and whose end the journal does not record: `create of
/// sara-khan in pf`.
#[must_use]
pub fn left_unknown(entries: &[JournalRecord]) -> Vec<String> {
    let mut open: BTreeMap<(&str, System, WriteKind), bool> = BTreeMap::new();
    for entry in entries {
        match &entry.note {
            JournalEvent::Intent { agent, system, what, .. } => {
                open.insert((agent, *system, *what), true);
            }
            JournalEvent::Answer { agent, system, what, result, .. } => {
                open.insert((agent, *system, *what), *result == AnswerResult::Unknown);
            }
            JournalEvent::Start { .. } | JournalEvent::Ended { .. } | JournalEvent::End { .. } => {}
        }
    }
    let unknown = open.into_iter().filter(|(_, unknown)| *unknown);
    unknown.map(|((agent, system, what), _)| format!("{} of {agent} in {system}", what.key())).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::model::agent::Slug;

    #[test]
    fn a_journal_lists_requests_without_an_answer() {
        let folder = tempfile::tempdir().unwrap();
        let slug = Slug::parse("sara-khan").unwrap();
        let write = |system, kind, remote_id| PendingWrite {
            agent: &slug,
            system,
            kind,
            remote_id,
            paths: vec!["role".to_owned()],
        };
        let journal = Journal::begin(&JournalTarget::Folder(folder.path()), "abc", 1).unwrap();
        let (create, other, update) = (
            write(System::Crm, WriteKind::Create, None),
            write(System::Pf, WriteKind::Create, None),
            write(System::Crm, WriteKind::Update, Some(3)),
        );
        journal.on_event(&ApplyEvent::Intent(&create)).unwrap();
        journal.on_event(&ApplyEvent::Answered(&create, WriteResult::Done(3))).unwrap();
        journal.on_event(&ApplyEvent::Intent(&other)).unwrap();
        journal.on_event(&ApplyEvent::Answered(&other, WriteResult::Unknown)).unwrap();
        journal.on_event(&ApplyEvent::Intent(&update)).unwrap();

        // The process ended in the middle of a line.
        let newest = newest(folder.path()).unwrap().unwrap();
        let mut text = fs::read_to_string(&newest).unwrap();
        text.push_str("{\"at\":\"2026-");
        fs::write(&newest, text).unwrap();
        let entries = read(&newest).unwrap();
        assert_eq!(entries.len(), 6);
        assert_eq!(left_unknown(&entries), ["update of sara-khan in crm", "create of sara-khan in pf"]);
    }

    /// What a journal asks of its file: a line, or that all lines are on the disk.
    #[derive(Default)]
    struct Recorder(Vec<&'static str>);

    impl io::Write for Recorder {
        fn write(&mut self, line: &[u8]) -> io::Result<usize> {
            self.0.push("line");
            Ok(line.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl SyncToDisk for Recorder {
        fn sync(&mut self) -> io::Result<()> {
            self.0.push("sync");
            Ok(())
        }
    }

    #[test]
    fn an_intent_is_on_the_disk_before_its_request_is_sent() {
        let slug = Slug::parse("sara-khan").unwrap();
        let write = PendingWrite {
            agent: &slug,
            system: System::Pf,
            kind: WriteKind::Update,
            remote_id: Some(7),
            paths: Vec::new(),
        };
        let journal = Journal { file: Mutex::new(Recorder::default()) };
        journal.on_event(&ApplyEvent::Intent(&write)).unwrap();
        assert_eq!(journal.file.lock().unwrap().0, ["line", "sync"]);
        // An answer that is lost with the machine reads as unknown.
        journal.on_event(&ApplyEvent::Answered(&write, WriteResult::Done(7))).unwrap();
        journal.end(Exit::Done).unwrap();
        assert_eq!(journal.file.lock().unwrap().0, ["line", "sync", "line", "line", "sync"]);
    }

    #[test]
    fn of_several_journals_in_one_second_the_last_is_the_newest() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["20261122T005959Z-3", "20261122T010000Z-10", "20261122T010000Z", "20261122T010000Z-9"] {
            fs::write(folder.path().join(format!("{name}.jsonl")), "").unwrap();
        }
        assert_eq!(newest(folder.path()).unwrap(), Some(folder.path().join("20261122T010000Z-10.jsonl")));
        assert_eq!(newest(&folder.path().join("none")).unwrap(), None);
        assert!(newest(&folder.path().join("20261122T010000Z.jsonl")).is_err(), "a file where the folder should be");
    }
}
