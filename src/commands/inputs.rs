//! The inputs of a run about both systems: the valid files, the files at base, and the keys of its digests.

use std::env;
use std::sync::Arc;

use secrecy::SecretString;

use super::Context;
use crate::declare::Loaded;
use crate::declare::base::{self, BaseRevision};
use crate::declare::problem::Problem;
use crate::model::config::{Config, LinkStorage};
use crate::model::exit_code::Exit;
use crate::model::lock_file::LOCK_FILE;
use crate::model::roster::{Base, Roster};
use crate::reconcile::observed::Observed;
use crate::redact::privacy::PrivacySources;
use crate::redact::{Redactor, Secrets, quoted_words};
use crate::remote::crm::link_file::LinkFile;
use crate::report::problems;

/// The valid files and their configuration.
pub(super) struct Inputs {
    pub(super) config: Config,
    pub(super) roster: Roster,
    /// The files at base, if there is a base.
    pub(super) base: Option<Base>,
    /// What is wrong with the files, and stops nothing.
    pub(super) problems: Vec<Problem>,
    /// What people should know of this run, whatever is read.
    pub(super) warnings: Vec<String>,
    /// What private values in a saved plan are digested with.
    pub(super) digest_key: Option<SecretString>,
    /// What private values in the digest of a plan go in under.
    pub(super) accept_key: Option<SecretString>,
}

impl Inputs {
    /// The files as they are, valid or not, for a run that writes nothing and shows no plan.
    pub(super) fn unchecked(config: Config, loaded: Loaded) -> Self {
        let (roster, problems) = (loaded.roster, loaded.problems);
        Self { config, roster, base: None, problems, warnings: Vec::new(), digest_key: None, accept_key: None }
    }

    /// Where the links are kept, if it is not the CRM. The file is read now: another run may have changed it while this one
    /// waited for its turn.
    pub(super) fn link_file(&self, context: &Context) -> Result<Option<Arc<LinkFile>>, Exit> {
        if self.config.links == LinkStorage::Crm {
            return Ok(None);
        }
        LinkFile::open(&context.root).map(|file| Some(Arc::new(file))).map_err(|problems| {
            let loaded = Loaded { problems, ..Loaded::default() };
            context.complain(&problems::terminal(LOCK_FILE, &loaded, context.problem_style()));
            Exit::Invalid
        })
    }

    /// Quotes systems without these secrets and without the private values of the run, so far as they are known.
    pub(super) fn redactor<'a>(&'a self, secrets: &Arc<Secrets>, observed: Option<&'a Observed>) -> Redactor<'a> {
        let known = PrivacySources { roster: &self.roster, base: self.base.as_ref(), observed };
        known.redactor(Arc::clone(secrets))
    }

    /// Reads the files at a revision: the given one, or else the one that a pull request starts
    /// from. A given revision must exist; without the other a plan only shows less.
    pub(super) fn read_base(&mut self, asked: Option<&str>, context: &Context) -> Result<(), Exit> {
        let branch = env::var("GITHUB_BASE_REF").ok().filter(|branch| !branch.is_empty());
        let revision = match (asked, &branch) {
            (Some(revision), _) => BaseRevision::Revision(revision),
            (None, Some(branch)) => BaseRevision::PullRequest(branch),
            (None, None) => return Ok(()),
        };
        match base::load(&context.root, &context.config, &self.config, revision) {
            Ok(base) => self.base = Some(base),
            Err(error) if asked.is_some() => {
                return Err(context.failure(&format!("reading the base: {}", quoted_words(&error.to_string()))));
            }
            Err(error) => self.warnings.push(format!("cannot distinguish changes from drift: {error}")),
        }
        Ok(())
    }
}

/// The key of the digests of private values. A reader of a digest can try values and keys against it, so a short key is refused.
pub(super) fn digest_key() -> Result<Option<SecretString>, String> {
    const SHORTEST: usize = 20;
    let Some(key) = env::var("ROSTER_DIGEST_KEY").ok().filter(|key| !key.is_empty()) else { return Ok(None) };
    match key.chars().count() {
        SHORTEST.. => Ok(Some(SecretString::from(key))),
        short => Err(format!(
            "ROSTER_DIGEST_KEY has {short} characters, and one of fewer than {SHORTEST} can be guessed: use a random one, such \
             as `openssl rand -hex 32` gives"
        )),
    }
}

/// The key of the digest of a plan. Without a key of its own a digest depends on the systems' secrets: nobody else can try values
/// against it, and the same keys give the same digest.
pub(super) fn accept_key(digest_key: Option<&SecretString>) -> Option<SecretString> {
    digest_key.cloned().or_else(derived_key)
}

fn derived_key() -> Option<SecretString> {
    let secrets = ["CRM_API_SECRET", "PF_API_SECRET"].map(|name| env::var(name).unwrap_or_default());
    (!secrets.concat().is_empty()).then(|| SecretString::from(secrets.join(":")))
}
