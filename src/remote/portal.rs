//! The dialect of the portal: Property Finder in one of its two contracts, as `roster.yaml` names it
//! (`property_finder.contract`).

use serde_json::Value;

use super::pf::mapper::PfMapper;
use super::pf::{PfPatch, PfReader, PfUpdate, PfWriter};
use super::pf_documented::DocumentedWriter;
use super::pf_documented::mapper::DocumentedMapper;
use super::{Endpoints, Permits, Reader as _, RemoteError};
use crate::model::agent::Field;
use crate::model::config::{Config, PfContract};
use crate::model::record::{Record, Row};
use crate::reconcile::observed::{ObservedPfUser, Role};

/// Writes to Property Finder, and reads it where its contract has a listing.
#[derive(Clone, Debug)]
pub enum Portal {
    /// The Enterprise API.
    Enterprise(PfWriter),
    /// The documented contract.
    Documented(DocumentedWriter),
}

impl Portal {
    /// Prepares to read and write; nothing is sent yet.
    ///
    /// # Errors
    /// When the HTTP client cannot be set up.
    pub fn new(endpoints: &Endpoints, config: &Config) -> Result<Self, RemoteError> {
        match config.property_finder.contract {
            PfContract::Enterprise => PfWriter::new(endpoints, config).map(Self::Enterprise),
            PfContract::Documented => DocumentedWriter::new(endpoints, config).map(Self::Documented),
        }
    }

    /// What can be read; none where nothing can.
    #[must_use]
    pub const fn reader(&self) -> Option<&PfReader> {
        match self {
            Self::Enterprise(pf) => Some(&pf.reader),
            Self::Documented(_) => None,
        }
    }

    /// Why nothing more is sent in this run, if anything has ended it.
    #[must_use]
    pub fn closed(&self) -> Option<String> {
        match self {
            Self::Enterprise(pf) => pf.reader.closed(),
            Self::Documented(pf) => pf.closed(),
        }
    }

    /// Takes permits of the rate limit for so many requests together.
    pub async fn reserve(&self, requests: usize) -> Permits<'_> {
        match self {
            Self::Enterprise(pf) => pf.reserve(requests).await,
            Self::Documented(pf) => pf.reserve(requests).await,
        }
    }

    /// Whether the rate limit lets a request through at once.
    pub(crate) fn has_free_permit(&self) -> bool {
        match self {
            Self::Enterprise(pf) => pf.has_free_permit(),
            Self::Documented(pf) => pf.has_free_permit(),
        }
    }

    /// Makes a user from the body that the mapper built. Never sent twice: where the answer is lost the error is
    /// [`ErrorKind::Unknown`](super::ErrorKind::Unknown).
    ///
    /// # Errors
    /// When Property Finder refuses, cannot be reached, or its answer is lost.
    pub async fn create(&self, body: &Value) -> Result<Row, RemoteError> {
        match self {
            Self::Enterprise(pf) => pf.create(body).await,
            Self::Documented(pf) => pf.create(body).await,
        }
    }

    /// Writes to a user or to a public profile with permits that are held already.
    ///
    /// # Errors
    /// When Property Finder refuses, cannot be reached, or its answers are lost.
    pub async fn update(&self, permits: &mut Permits<'_>, id: u64, patch: &PfPatch) -> Result<(), RemoteError> {
        match self {
            Self::Enterprise(pf) => pf.update(permits, id, patch).await,
            Self::Documented(pf) => pf.update(permits, id, patch).await,
        }
    }
}

/// The translation of one of both contracts.
#[derive(Clone, Debug, PartialEq)]
pub enum PortalMapper {
    /// The Enterprise API.
    Enterprise(PfMapper),
    /// The documented contract.
    Documented(DocumentedMapper),
}

impl PortalMapper {
    /// The translation for an account. Only the Enterprise API has roles.
    #[must_use]
    pub fn new(config: &Config, roles: &[Role]) -> Self {
        match config.property_finder.contract {
            PfContract::Enterprise => Self::Enterprise(PfMapper::new(config, roles.to_vec())),
            PfContract::Documented => Self::Documented(DocumentedMapper::new(config)),
        }
    }

    /// What Property Finder is to hold of a declaration.
    #[must_use]
    pub fn desired(&self, declared: &Record) -> Record {
        match self {
            Self::Enterprise(pf) => pf.desired(declared),
            Self::Documented(pf) => pf.desired(declared),
        }
    }

    /// The declared values that Property Finder cannot hold, each with the reason.
    #[must_use]
    pub fn cannot_hold(&self, declared: &Record) -> Vec<(Field, String)> {
        match self {
            Self::Enterprise(pf) => pf.cannot_hold(declared),
            Self::Documented(pf) => pf.cannot_hold(declared),
        }
    }

    /// Why the account does not take the role of a desired record, if it names one.
    pub(super) fn refused_role(&self, desired: &Record) -> Option<String> {
        match self {
            Self::Enterprise(pf) => pf.refused_role(desired),
            Self::Documented(_) => None,
        }
    }

    /// Why Property Finder does not create this user, if so.
    pub(super) fn refused_create(&self, desired: &Record) -> Option<String> {
        match self {
            Self::Enterprise(pf) => pf.refused_create(desired),
            Self::Documented(_) => DocumentedMapper::refused_create(desired),
        }
    }

    /// The body of `POST /v1/users`.
    ///
    /// # Errors
    /// A sentence naming what is missing.
    pub fn create(&self, desired: &Record) -> Result<Value, String> {
        match self {
            Self::Enterprise(pf) => pf.create(desired),
            Self::Documented(_) => DocumentedMapper::create(desired),
        }
    }

    /// What a create does not hold of a new user, and an update adds.
    #[must_use]
    pub fn after_create(&self, desired: &Record) -> Record {
        match self {
            Self::Enterprise(_) => Record::new(),
            Self::Documented(_) => DocumentedMapper::after_create(desired),
        }
    }

    /// The bodies of both PATCH calls, which hold the changes only.
    #[must_use]
    pub fn update(&self, row: &Row, desired: &Record, changes: &Record) -> PfUpdate {
        match self {
            Self::Enterprise(pf) => pf.update(row, desired, changes),
            Self::Documented(_) => DocumentedMapper::update(row, desired, changes),
        }
    }

    /// Whether Property Finder returns a field that it takes.
    #[must_use]
    pub const fn returns(&self, field: &Field) -> bool {
        match self {
            Self::Enterprise(_) => PfContract::Enterprise.returns(field),
            Self::Documented(_) => PfContract::Documented.returns(field),
        }
    }

    /// A row as the core sees it.
    #[must_use]
    pub(crate) fn user(&self, row: &Row) -> ObservedPfUser {
        match self {
            Self::Enterprise(pf) => pf.user(row),
            Self::Documented(_) => DocumentedMapper::user(row),
        }
    }

    /// The readable part of a row, for a file that declares `desired`.
    #[must_use]
    pub fn observed(&self, row: &Row, desired: &Record) -> Record {
        self.user(row).record_for(desired)
    }
}
