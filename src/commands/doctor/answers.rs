//! What both systems answer to the reads of the checks.

use std::collections::BTreeSet;

use futures_util::future::join;

use super::super::connected_systems::Readers;
use super::access::Access;
use crate::model::agent::{Field, FieldValue};
use crate::model::config::{Config, LinkStorage};
use crate::model::record::Row;
use crate::model::server_facts::ServerFacts;
use crate::reconcile::checks::{CrmContent, CustomFieldsSeen, KeyOwner, PfContent, ReadFailure, SystemReading};
use crate::reconcile::observed::{Observed, ObservedCrmUser, Role};
use crate::redact::Redactor;
use crate::remote::crm::CrmReader;
use crate::remote::crm::mapper::CrmMapper;
use crate::remote::pf::PfReader;
use crate::remote::{ErrorKind, Mappers, Reader as _, RemoteError};

/// The answers of both systems, as they came.
pub(super) struct SystemAnswers {
    crm: SystemAnswer<CrmAnswers>,
    pf: SystemAnswer<PfAnswers>,
}

/// The answers of one system.
enum SystemAnswer<T> {
    NotAsked(String),
    Asked(Vec<ServerFacts>, Result<T, RemoteError>),
}

struct CrmAnswers {
    owner: Result<Row, RemoteError>,
    users: Result<Vec<Row>, RemoteError>,
    single_user_has_fields: bool,
}

struct PfAnswers {
    users: Result<Vec<Row>, RemoteError>,
    roles: Result<Vec<Role>, RemoteError>,
}

impl SystemAnswers {
    /// Reads both systems at the same time.
    pub(super) async fn read(readers: Option<&Readers>, access: &Access, config: &Config) -> Self {
        let crm = async {
            match (&access.why_not_crm, readers) {
                (Some(why), _) => SystemAnswer::NotAsked(why.clone()),
                (None, None) => SystemAnswer::NotAsked("there is no address".to_owned()),
                (None, Some(readers)) => {
                    let answers = read_crm(readers.crm(), config).await;
                    SystemAnswer::Asked(readers.crm().servers(), answers)
                }
            }
        };
        let pf = async {
            match (&access.why_not_pf, readers.and_then(Readers::pf)) {
                (Some(why), _) => SystemAnswer::NotAsked(why.clone()),
                (None, None) => SystemAnswer::NotAsked("there is no address".to_owned()),
                (None, Some(reader)) => {
                    let answers = read_pf(reader).await;
                    SystemAnswer::Asked(reader.servers(), answers)
                }
            }
        };
        let (crm, pf) = join(Box::pin(crm), Box::pin(pf)).await;
        Self { crm, pf }
    }

    /// The rows of both systems as the core sees them. A system that was not read has none, and both count as not known
    /// completely then, so that what looks like an address is not quoted.
    pub(super) fn observed(&self, config: &Config) -> Observed {
        let roles = self.pf_answers().and_then(|answers| answers.roles.as_ref().ok()).cloned().unwrap_or_default();
        let mappers = Mappers::new(config, &roles);
        let crm = self.crm_rows().unwrap_or_default().iter().map(|row| mappers.crm_user(row, None).into()).collect();
        let pf = self.pf_rows().unwrap_or_default().iter().map(|row| mappers.pf_user(row, None).into()).collect();
        let contract = config.property_finder.contract;
        Observed { crm, pf, roles, contract, pf_unread: !self.name_everybody(), ..Observed::default() }
    }

    /// Whether every person of both systems is known.
    fn name_everybody(&self) -> bool {
        self.crm_rows().is_some() && self.pf_rows().is_some()
    }

    /// The answers for the checks, with every text of a system made safe to print.
    pub(super) fn readings(
        self,
        observed: &Observed,
        redactor: &Redactor<'_>,
    ) -> (SystemReading<CrmContent>, SystemReading<PfContent>) {
        let crm = self.crm.reading(redactor, |answers| crm_content(answers, observed, redactor));
        let pf = self.pf.reading(redactor, |answers| PfContent {
            users: answers.users.map(|_| observed.pf.clone()).map_err(|error| failure(&error, redactor)),
            roles: answers.roles.map(|roles| printed(roles, redactor)).map_err(|error| failure(&error, redactor)),
        });
        (crm, pf)
    }

    fn crm_rows(&self) -> Option<&[Row]> {
        match &self.crm {
            SystemAnswer::Asked(_, Ok(answers)) => answers.users.as_deref().ok(),
            _ => None,
        }
    }

    fn pf_rows(&self) -> Option<&[Row]> {
        self.pf_answers()?.users.as_deref().ok()
    }

    const fn pf_answers(&self) -> Option<&PfAnswers> {
        match &self.pf {
            SystemAnswer::Asked(_, Ok(answers)) => Some(answers),
            _ => None,
        }
    }
}

impl<T> SystemAnswer<T> {
    fn reading<C>(self, redactor: &Redactor<'_>, content: impl FnOnce(T) -> C) -> SystemReading<C> {
        match self {
            Self::NotAsked(why) => SystemReading::NotAsked(why),
            Self::Asked(servers, answers) => {
                let content = answers.map(content).map_err(|error| failure(&error, redactor));
                SystemReading::Asked { servers, content }
            }
        }
    }
}

async fn read_crm(crm: &CrmReader, config: &Config) -> Result<CrmAnswers, RemoteError> {
    crm.authenticate().await?;
    let (owner, users) = join(crm.me(), crm.list()).await;
    let rows = users.as_deref().unwrap_or_default();
    let asks_again = config.links == LinkStorage::Crm && !rows.iter().any(CrmMapper::has_custom_fields);
    let sample = rows.first().filter(|_| asks_again);
    let single_user_has_fields = match sample {
        Some(row) => crm.get(row.id).await.is_ok_and(|row| CrmMapper::has_custom_fields(&row)),
        None => false,
    };
    Ok(CrmAnswers { owner, users, single_user_has_fields })
}

async fn read_pf(pf: &PfReader) -> Result<PfAnswers, RemoteError> {
    pf.authenticate().await?;
    let (users, roles) = join(pf.list(), pf.roles()).await;
    Ok(PfAnswers { users, roles })
}

fn crm_content(answers: CrmAnswers, observed: &Observed, redactor: &Redactor<'_>) -> CrmContent {
    let rows = answers.users.as_deref().unwrap_or_default();
    let custom_fields = CustomFieldsSeen {
        ids: rows.iter().flat_map(CrmMapper::custom_field_ids).collect(),
        rows: rows.iter().filter(|row| CrmMapper::has_custom_fields(row)).count(),
        single_user_has_them: answers.single_user_has_fields,
    };
    let roles: BTreeSet<&str> = observed.crm.iter().filter_map(|user| role(user)).collect();
    CrmContent {
        owner: answers.owner.map(|row| owner(&row, redactor)).map_err(|error| failure(&error, redactor)),
        users: answers.users.map(|_| observed.crm.clone()).map_err(|error| failure(&error, redactor)),
        custom_fields,
        printed_roles: roles.into_iter().map(|role| redactor.quote(&role.into())).collect(),
    }
}

fn role(user: &ObservedCrmUser) -> Option<&str> {
    user.record.get(&Field::Role).and_then(FieldValue::as_text)
}

fn owner(row: &Row, redactor: &Redactor<'_>) -> KeyOwner {
    let user = CrmMapper::new(&Config::default()).user(row);
    let quote = |text: &str| redactor.quote(&text.into());
    let name = Some(user.name()).filter(|name| !name.is_empty());
    let name = name.map_or_else(|| "without a public name".to_owned(), |name| quote(&name));
    KeyOwner { id: row.id, name, role: role(&user).map(quote) }
}

/// The roles, with their keys safe to print.
fn printed(roles: Vec<Role>, redactor: &Redactor<'_>) -> Vec<Role> {
    let one = |role: Role| Role { printed_key: redactor.quote(&role.role_key.as_str().into()), ..role };
    roles.into_iter().map(one).collect()
}

fn failure(error: &RemoteError, redactor: &Redactor<'_>) -> ReadFailure {
    ReadFailure {
        fact: error.fact(redactor),
        remedy: error.remedy().to_owned(),
        is_unreachable: matches!(error.what, ErrorKind::Unreachable(_)),
        is_refusal: error.is_refusal(),
    }
}
