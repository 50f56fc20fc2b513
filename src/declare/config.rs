//! `roster.yaml` to a [`Config`], with the same care as an agent's file.

use std::collections::BTreeSet;
use std::io::{self, ErrorKind};
use std::path::Path;
use std::sync::Arc;

use jiff::civil::Date;
use serde::Deserialize;

use super::problem::Problem;
use super::source::{PathStep, Source, keys, path_from_root};
use super::{file, rule, schema, unread_files, violation, yaml_tree};
use crate::files;
use crate::model::config::{Config, LinkFields, LinkStorage};
use crate::model::expiry::{self, Expiry};

/// `roster.yaml` as it was read.
#[derive(Debug, Default)]
pub struct LoadedConfig {
    /// Its content.
    pub config: Config,
    source: Arc<Source>,
}

impl LoadedConfig {
    /// A warning where the API key of Property Finder ends soon, or has ended.
    #[must_use]
    pub(crate) fn key_expiry(&self, today: Date) -> Option<Problem> {
        let last = self.config.property_finder.key_expires.as_ref()?;
        let day = last.as_str();
        let message = match Expiry::of(last.day(), today, expiry::API_KEY)? {
            Expiry::Past => format!("the API key of Property Finder ended on {day}"),
            Expiry::Within(1) => format!("the API key of Property Finder ends on {day}, within 1 day"),
            Expiry::Within(days) => format!("the API key of Property Finder ends on {day}, within {days} days"),
        };
        let path = keys(&["property_finder", "key_expires"]);
        let help = "make a new key in PF Expert, replace PF_API_KEY and PF_API_SECRET, and write the new date here";
        let problem = Problem::error(&self.source, self.source.value_span(&path), &path, message);
        Some(problem.of(rule::SETTINGS).warning().help(help))
    }

    /// A warning for each protected slug that no file has. It is not an error, since the file may have been renamed: only a plan
    /// sees the rows that carry the slug, and stops if there is none.
    #[must_use]
    pub(crate) fn unmatched_protect_patterns(&self, slugs: &BTreeSet<String>) -> Vec<Problem> {
        let unknown_slugs = self.config.protect.iter().enumerate().filter(|(_, slug)| !slugs.contains(*slug));
        unknown_slugs.map(|(at, slug)| self.unmatched_protect_pattern(at, slug, slugs)).collect()
    }

    fn unmatched_protect_pattern(&self, at: usize, slug: &str, slugs: &BTreeSet<String>) -> Problem {
        let path = [PathStep::Key("protect".to_owned()), PathStep::Index(at)];
        let message = format!("`protect` names `{slug}`, and there is no file of that name");
        let help = match violation::closest(slug, slugs.iter().map(String::as_str)) {
            Some(similar) => format!("did you mean `{similar}`?"),
            None => "name an agent by slug, which is the file's name without .yaml".to_owned(),
        };
        let problem = Problem::error(&self.source, self.source.value_span(&path), &path, message);
        problem.of(rule::SETTINGS).warning().help(help)
    }
}

/// Reads the `roster.yaml` of the repository at `root`; without the file, the defaults.
///
/// # Errors
/// Every problem of the file.
pub fn load(root: &Path, path: &Path) -> Result<LoadedConfig, Vec<Problem>> {
    // Of a file outside the repository only the name is shown.
    let name = path_from_root(if path.starts_with(root) { root } else { path.parent().unwrap_or(root) }, path);
    match plain_file(path, yaml_tree::LARGEST) {
        Ok(bytes) => read(&name, &bytes),
        Err(error) if error.kind() == ErrorKind::NotFound => match unread_files::beside_config(path, &name) {
            Some(problem) => Err(vec![problem]),
            None => Ok(LoadedConfig::default()),
        },
        Err(error) => {
            let source = Arc::new(Source::new(name.as_str(), String::new(), None, false));
            let problem = Problem::error(&source, 0..0, &[], format!("{name} cannot be read: {error}"));
            Err(vec![problem.of(rule::FILE)])
        }
    }
}

/// The bytes of a plain file, as far as they can count: a link may lead to any file of the machine, whose lines a problem
/// would show, and a device has no end.
pub(super) fn plain_file(path: &Path, largest: usize) -> io::Result<Vec<u8>> {
    let found = path.symlink_metadata()?;
    if found.is_symlink() {
        return Err(io::Error::other("it is a link; put the file itself there"));
    }
    if !found.is_file() {
        return Err(io::Error::other("it is not a plain file"));
    }
    files::head(path, largest as u64 + 1)
}

/// Reads the bytes of a `roster.yaml`.
///
/// # Errors
/// Every problem of the file.
pub fn read(name: &str, bytes: &[u8]) -> Result<LoadedConfig, Vec<Problem>> {
    let (source, mut problems) = file::parse(name, bytes, false);
    let Some(document) = &source.document else { return Err(problems) };
    if document.value.is_null() && problems.is_empty() {
        return Ok(LoadedConfig::default());
    }
    problems.extend(violation::check(&source, schema::config()));
    if !problems.is_empty() {
        file::report_typing_error_alone(&source, &mut problems);
        problems.sort_by(Problem::order);
        return Err(problems);
    }
    match Config::deserialize(&document.value) {
        Ok(config) => {
            let mut problems = rules(&source, &config);
            problems.sort_by(Problem::order);
            if problems.is_empty() { Ok(LoadedConfig { config, source }) } else { Err(problems) }
        }
        Err(error) => Err(vec![Problem::error(&source, 0..0, &[], format!("{name} cannot be read: {error}"))]),
    }
}

fn rules(source: &Arc<Source>, config: &Config) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut refuse = |path: &[&str], message: String, help: &str| {
        let path = keys(path);
        let problem = Problem::error(source, source.value_span(&path), &path, message);
        problems.push(problem.of(rule::SETTINGS).help(help));
    };
    let languages = &config.property_finder.languages;
    if languages.primary == languages.secondary {
        let message = "the primary and the secondary language are the same".to_owned();
        refuse(&["property_finder", "languages"], message, "name two languages");
    }
    if config.links == LinkStorage::File && !config.property_finder.contract.lists_users() {
        let message = "`links: file` cannot be used with `contract: documented`".to_owned();
        let help = "keep the links in the CRM: a run that ends before roster.lock is committed would lose the ids of new \
                    users, which Property Finder does not list";
        refuse(&["links"], message, help);
    }
    let ids = config.crm.link_fields.iter().flat_map(LinkFields::ids).collect::<Vec<_>>();
    for (at, (key, id)) in ids.iter().enumerate() {
        if let Some((other, _)) = ids.iter().take(at).find(|(_, earlier)| earlier == id) {
            let message = format!("`{key}` and `{other}` name the same custom field");
            refuse(&["crm", "link_fields", key], message, "give each of the four a custom field of its own");
        }
    }
    problems
}
