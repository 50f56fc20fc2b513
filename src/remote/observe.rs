//! Reads both systems completely before the plan is made.

use std::collections::BTreeSet;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, timeout_at};

use crate::model::agent::SharedTexts;
use crate::model::config::{Config, LinkStorage};
use crate::model::record::{Row, System};
use crate::model::roster::Roster;
use crate::reconcile::observed::{Observed, ObservedCrmUser, ObservedPfUser, Role};
use crate::redact::Redactor;
use crate::remote::crm::mapper::CrmMapper;
use crate::remote::{ErrorKind, Mappers, Reader, RemoteError, pf_documented};

/// All reading of one run. It ends before the 30 minutes that the workflows give a job, so that the run can report why.
const READING: Duration = Duration::from_secs(20 * 60);

/// What could not be read, and what could.
#[derive(Clone, Debug)]
pub struct ObserveError {
    /// Why, a system each.
    pub errors: Vec<RemoteError>,
    /// What was read all the same, to be looked at and never acted upon.
    pub partial: Option<Observed>,
}

impl ObserveError {
    /// Why, for people, a system each.
    #[must_use]
    pub(crate) fn quoted(&self, redactor: &Redactor<'_>) -> Vec<String> {
        self.errors.iter().map(|error| error.quoted(redactor)).collect()
    }
}

impl From<RemoteError> for ObserveError {
    fn from(error: RemoteError) -> Self {
        Self { errors: vec![error], partial: None }
    }
}

/// Reads everything there is in both systems, at the same time. Where Property Finder has no listing, `pf` is none: its users
/// are then those whose ids the CRM stores.
///
/// `roles` is Property Finder's list of roles, which is not a list of people; where the key may not read it, the roles
/// that people have must do. The users of active people in `roster` must be at Property Finder: that too many
/// of these users are missing means that the listing is not whole. Other users may be deleted there at any time. The rows
/// are read with `config`, and, where it differs, with the `roster.yaml` of the base too.
///
/// # Errors
/// When a system cannot be read completely, or its answers contradict each other.
pub async fn observe(
    crm: &impl Reader,
    pf: Option<&impl Reader>,
    roles: impl Future<Output = Result<Vec<Role>, RemoteError>>,
    (config, base): (&Config, Option<&Config>),
    roster: &Roster,
) -> Result<Observed, ObserveError> {
    let end = Instant::now() + READING;
    let linkable = config.link_fields().is_some();
    let mappers = SettingsMappers {
        now: Mappers::new(config, &[]),
        base: base.map(|base| Mappers::new(base, &[])),
        texts: Mutex::new(SharedTexts::of(roster.people.values().map(|person| &person.record))),
    };
    let in_crm = Box::pin(async {
        let users = CrmListing::read(crm, &mappers).await?;
        let warning = match config.links {
            LinkStorage::File => users.unseen_fields(),
            LinkStorage::Crm if linkable => users.custom_fields(crm).await?,
            LinkStorage::Crm => None,
        };
        Ok((users.rows, warning))
    });
    let listing = Box::pin(async {
        match pf {
            Some(pf) => pf.list_as(|row| (mappers.pf_user(&row), row.raw.get("role").and_then(Role::parse))).await,
            None => Ok(Vec::new()),
        }
    });
    let (in_crm, at_pf, roles) = futures_util::future::join3(
        within(end, System::Crm, in_crm),
        within(end, System::Pf, listing),
        within(end, System::Pf, Box::pin(roles)),
    )
    .await;
    let ((crm, warning), at_pf) = match (in_crm, at_pf) {
        (Ok(listed), at_pf) => (listed, at_pf),
        (Err(one), Err(other)) => return Err(ObserveError { errors: vec![one, other], partial: None }),
        (Err(error), Ok(_)) => return Err(error.into()),
    };
    let contract = config.property_finder.contract;
    let mut observed = Observed { crm, warnings: warning.into_iter().collect(), contract, ..Observed::default() };
    let read = at_pf.and_then(|users| {
        let (users, in_use): (Vec<_>, Vec<_>) = users.into_iter().unzip();
        Ok((users, known_roles(roles, in_use, &mut observed.warnings)?))
    });
    match read {
        Ok((users, roles)) => (observed.pf, observed.roles) = (users, roles),
        Err(error) => {
            observed.pf_unread = true;
            return Err(ObserveError { errors: vec![error], partial: Some(observed) });
        }
    }
    if pf.is_none() {
        observed.pf = mappers.pf_users(pf_documented::stored_users(&observed.crm));
    }
    let missing = Box::pin(async {
        match pf.filter(|_| linkable) {
            Some(pf) => ask_for_missing(pf, &mut observed, &mappers, &roster.active()).await,
            None => Ok(()),
        }
    });
    let asked = within(end, System::Pf, missing).await;
    observed.name_roles();
    match asked {
        Ok(()) => Ok(observed),
        Err(error) => Err(ObserveError { errors: vec![error], partial: Some(observed) }),
    }
}

/// The mappers of both `roster.yaml`, without the account's roles: these are read at the same time as the users.
struct SettingsMappers {
    now: Mappers,
    base: Option<Mappers>,
    /// Most values of a row are those of its person's file.
    texts: Mutex<SharedTexts>,
}

impl SettingsMappers {
    fn crm_user(&self, row: &Row) -> Arc<ObservedCrmUser> {
        let mut user = self.now.crm_user(row, self.base.as_ref());
        let mut texts = self.texts.lock().unwrap_or_else(PoisonError::into_inner);
        texts.share(&mut user.record);
        user.record_at_base.iter_mut().for_each(|record| texts.share(record));
        Arc::new(user)
    }

    fn pf_user(&self, row: &Row) -> Arc<ObservedPfUser> {
        let mut user = self.now.pf_user(row, self.base.as_ref());
        let mut texts = self.texts.lock().unwrap_or_else(PoisonError::into_inner);
        for fields in [Some(&mut user.fields), user.fields_at_base.as_mut()].into_iter().flatten() {
            texts.share(&mut fields.record);
        }
        Arc::new(user)
    }

    fn pf_users(&self, rows: Vec<Row>) -> Vec<Arc<ObservedPfUser>> {
        rows.into_iter().map(|row| self.pf_user(&row)).collect()
    }
}

/// Stops a reading at `end`, with the error that the system could not be read in time.
async fn within<T>(
    end: Instant,
    system: System,
    reading: impl Future<Output = Result<T, RemoteError>>,
) -> Result<T, RemoteError> {
    timeout_at(end, reading).await.unwrap_or_else(|_| {
        let why =
            format!("it was not read within {} minutes, which is all the time for reading", READING.as_secs() / 60);
        Err(RemoteError::new(system, "reading", ErrorKind::Incomplete(why)))
    })
}

/// Property Finder's list of roles; where the key may not read it, the roles that the listed users have.
fn known_roles(
    roles: Result<Vec<Role>, RemoteError>,
    in_use: Vec<Option<Role>>,
    warnings: &mut Vec<String>,
) -> Result<Vec<Role>, RemoteError> {
    match roles {
        Err(error) if error.is_refusal() => {
            warnings.push(
                "Property Finder does not allow this key to read its roles (scope roles:read): only the roles of \
                 its users are known"
                    .to_owned(),
            );
            let mut roles: Vec<Role> = in_use.into_iter().flatten().collect();
            roles.sort_by_key(|role| role.id);
            roles.dedup_by_key(|role| role.id);
            Ok(roles)
        }
        roles => roles,
    }
}

/// The CRM's users, and whether the listing shows custom fields.
struct CrmListing {
    rows: Vec<Arc<ObservedCrmUser>>,
    shows_custom_fields: bool,
}

impl CrmListing {
    async fn read(crm: &impl Reader, mappers: &SettingsMappers) -> Result<Self, RemoteError> {
        let users = crm.list_as(|row| (mappers.crm_user(&row), CrmMapper::has_custom_fields(&row))).await?;
        let shows_custom_fields = users.iter().any(|(_, has_custom_fields)| *has_custom_fields);
        Ok(Self { rows: users.into_iter().map(|(user, _)| user).collect(), shows_custom_fields })
    }

    /// With links in `roster.lock`, the CRM's custom fields are those of the office alone.
    fn unseen_fields(&self) -> Option<String> {
        (!self.rows.is_empty() && !self.shows_custom_fields).then(|| {
            "the CRM returns no custom fields. A CRM that replaces the whole user at an update empties them: update one person \
             first, and look at the custom fields in the CRM. The `fields` of a file cannot be compared"
                .to_owned()
        })
    }

    /// A warning, where it is not known whether the CRM's listing shows custom fields.
    ///
    /// A listing that lacks them though a single user has them would make everybody look new. Where a single user has none
    /// either, the CRM may leave out fields that are empty, as in a new account. Then one person is written first, and the
    /// result shows it.
    async fn custom_fields(&self, crm: &impl Reader) -> Result<Option<String>, RemoteError> {
        let rows = &self.rows;
        if rows.is_empty() || self.shows_custom_fields {
            return Ok(None);
        }
        // Three rows, not one: a row made by hand may have no custom fields.
        let samples = [rows.first(), rows.get(rows.len() / 2), rows.last()];
        let samples: BTreeSet<u64> = samples.into_iter().flatten().map(|row| row.id).collect();
        let samples = crm.reread(&samples.into_iter().collect::<Vec<_>>()).await?;
        if !samples.iter().any(CrmMapper::has_custom_fields) {
            return Ok(Some(
                "the CRM returns no custom fields, so no row looks linked. That is correct if no person is linked yet, and \
                 the first person who is written proves it. If people were linked before, the API key has lost the right to \
                 read custom fields: restore it, and accept no adoption"
                    .to_owned(),
            ));
        }
        let why = "no user in the listing comes with its custom fields, in which the ids are kept, though a single user \
                   does: check that the API key may read custom fields in listings, and crm.link_fields in roster.yaml";
        Err(RemoteError::new(System::Crm, "listing users", ErrorKind::Incomplete(why.to_owned())))
    }
}

/// A user that the CRM remembers and the listing lacks is asked for by id. If too many users of active people are still
/// missing, the listing cannot be believed.
async fn ask_for_missing(
    pf: &impl Reader,
    observed: &mut Observed,
    mappers: &SettingsMappers,
    active: &BTreeSet<String>,
) -> Result<(), RemoteError> {
    let links: Vec<(&str, u64)> =
        observed.crm.iter().filter_map(|row| Some((row.links.agent.as_deref()?, row.links.pf_user?))).collect();
    let remembered: BTreeSet<u64> = links.iter().map(|(_, user)| *user).collect();
    let expected: BTreeSet<u64> =
        links.iter().filter(|(agent, _)| active.contains(*agent)).map(|(_, user)| *user).collect();
    let listed: BTreeSet<u64> = observed.pf.iter().map(|row| row.id).collect();
    let missing: Vec<u64> = remembered.difference(&listed).copied().collect();
    if missing.is_empty() {
        return Ok(());
    }
    observed.pf.extend(mappers.pf_users(pf.reread(&missing).await?));
    observed.pf.sort_by_key(|row| row.id);
    let present: BTreeSet<u64> = observed.pf.iter().map(|row| row.id).collect();
    let still = expected.difference(&present).count();
    if still > usize::max(2, expected.len() * 2 / 100) {
        let why = format!(
            "{still} of {} users that the CRM stores for active agents are not listed: check that PF_API_KEY belongs to \
             this account and may read all its users",
            expected.len()
        );
        return Err(RemoteError::new(System::Pf, "listing users", ErrorKind::Incomplete(why)));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::redact::{PrivateValues, Redactor};
    use crate::remote::WantedPerson;

    /// A system that answers after so long.
    struct Slow(Duration);

    impl Reader for Slow {
        fn closed(&self) -> Option<String> {
            None
        }

        async fn list_as<T: Send>(&self, _: impl Fn(Row) -> T + Send + Sync) -> Result<Vec<T>, RemoteError> {
            tokio::time::sleep(self.0).await;
            Ok(Vec::new())
        }

        async fn reread(&self, _: &[u64]) -> Result<Vec<Row>, RemoteError> {
            self.list().await
        }

        async fn by_login(&self, _: &str) -> Result<Vec<Row>, RemoteError> {
            self.list().await
        }

        async fn already_there(&self, _: &WantedPerson<'_>) -> Result<Vec<Row>, RemoteError> {
            self.list().await
        }
    }

    #[tokio::test(start_paused = true)]
    async fn reading_has_a_time_limit_and_names_the_slow_system() {
        let minutes = |minutes: u64| Duration::from_secs(60 * minutes);
        let table = [
            (19, 19, 19, vec![]),
            (21, 19, 0, vec!["the CRM: reading: incomplete: it was not read within 20 minutes"]),
            (0, 21, 0, vec!["Property Finder: reading: incomplete"]),
            (0, 0, 21, vec!["Property Finder: reading: incomplete"]),
            (600, 600, 600, vec!["the CRM: reading: incomplete", "Property Finder: reading: incomplete"]),
        ];
        for (crm, pf, roles, want) in table {
            let started = Instant::now();
            let roles = async {
                tokio::time::sleep(minutes(roles)).await;
                Ok(Vec::new())
            };
            let (crm, pf) = (Slow(minutes(crm)), Slow(minutes(pf)));
            let read = observe(&crm, Some(&pf), roles, (&Config::default(), None), &Roster::default()).await;
            let errors = read.err().map(|unread| unread.errors).unwrap_or_default();
            let said = |error: &RemoteError| error.quoted(&Redactor::new(Arc::default(), true, PrivateValues::default));
            assert_eq!(errors.len(), want.len(), "{errors:?}");
            assert!(errors.iter().zip(want).all(|(error, want)| said(error).starts_with(want)), "{errors:?}");
            assert!(started.elapsed() <= READING);
        }
    }
}
