//! Reading both systems whole, before anything is decided (design 2.5).

use std::collections::BTreeSet;
use std::future::Future;

use crate::config::Config;
use crate::plan::Observed;
use crate::record::{Row, System};
use crate::redact::Redactor;
use crate::remote::crm::wire::Wire as CrmWire;
use crate::remote::pf::wire::Role;
use crate::remote::{Reader, RemoteError, What};

/// What could not be read, and what could.
#[derive(Clone, Debug)]
pub struct Unread {
    /// Why, a system each.
    pub errors: Vec<RemoteError>,
    /// What was read all the same, to be looked at and never acted upon.
    pub partial: Option<Observed>,
}

impl Unread {
    /// Why, for people, a system each.
    #[must_use]
    pub fn quoted(&self, redactor: &Redactor<'_>) -> Vec<String> {
        self.errors.iter().map(|error| error.quoted(redactor)).collect()
    }
}

impl From<RemoteError> for Unread {
    fn from(error: RemoteError) -> Self {
        Self { errors: vec![error], partial: None }
    }
}

/// Reads everything there is in both systems, at the same time.
///
/// `roles` is Property Finder's list of roles, which is no list of people; where the key may not read it, the roles
/// that people have must do. `active` names the slugs of the people whose user must be at Property Finder: that too many
/// of these users are missing means that the listing is not whole. Other users may be deleted there at any time.
///
/// # Errors
/// When a system cannot be read completely, or what it says cannot be believed.
pub async fn observe(
    crm: &impl Reader,
    pf: &impl Reader,
    roles: impl Future<Output = Result<Vec<Role>, RemoteError>>,
    config: &Config,
    active: &BTreeSet<String>,
) -> Result<Observed, Unread> {
    let linkable = config.crm.link_fields.is_some();
    let in_crm = async {
        let rows = crm.list().await?;
        let warning = if linkable { custom_fields(crm, &rows).await? } else { None };
        Ok((rows, warning))
    };
    let (in_crm, at_pf, roles) = futures_util::future::join3(in_crm, pf.list(), roles).await;
    let ((rows, warning), at_pf) = match (in_crm, at_pf) {
        (Ok(listed), at_pf) => (listed, at_pf),
        (Err(one), Err(other)) => return Err(Unread { errors: vec![one, other], partial: None }),
        (Err(error), Ok(_)) => return Err(error.into()),
    };
    let mut observed = Observed { crm: rows, warnings: warning.into_iter().collect(), ..Observed::default() };
    let read = at_pf.and_then(|users| {
        observed.pf = users;
        take_roles(roles, &mut observed)
    });
    if let Err(error) = read {
        (observed.pf, observed.pf_unread) = (Vec::new(), true);
        return Err(Unread { errors: vec![error], partial: Some(observed) });
    }
    match if linkable { ask_for_missing(pf, &mut observed, config, active).await } else { Ok(()) } {
        Ok(()) => Ok(observed),
        Err(error) => Err(Unread { errors: vec![error], partial: Some(observed) }),
    }
}

fn take_roles(roles: Result<Vec<Role>, RemoteError>, observed: &mut Observed) -> Result<(), RemoteError> {
    match roles {
        Ok(roles) => observed.roles = roles,
        Err(RemoteError { what: What::Denied { .. } | What::Refused { .. } | What::Missing(_), .. }) => {
            observed.roles = roles_in_use(observed);
            observed.warnings.push(
                "Property Finder does not let this key read its roles (scope roles:read): only roles that somebody has \
                 are known"
                    .to_owned(),
            );
        }
        Err(error) => return Err(error),
    }
    Ok(())
}

/// Whether the CRM's listing shows custom fields; a warning, where nobody can know.
///
/// A listing that lacks them though a single user has them would make everybody look new. Where a single user has none
/// either, the CRM may leave out what is empty, as that of a new account is: the first person who is written shows it,
/// alone.
async fn custom_fields(crm: &impl Reader, rows: &[Row]) -> Result<Option<String>, RemoteError> {
    if rows.is_empty() || rows.iter().any(CrmWire::has_custom_fields) {
        return Ok(None);
    }
    // A few will do: of those that were made by hand none may have any.
    let samples = [rows.first(), rows.get(rows.len() / 2), rows.last()];
    let samples: BTreeSet<u64> = samples.into_iter().flatten().map(|row| row.id).collect();
    let samples = crm.reread(&samples.into_iter().collect::<Vec<_>>()).await?;
    if !samples.iter().any(CrmWire::has_custom_fields) {
        return Ok(Some(
            "the CRM returns no custom fields, so nobody looks linked. That is right where nobody is linked yet, and the \
             first person who is written proves it. If people were linked before, the API key has lost the right to \
             read custom fields: restore it, and accept no adoption"
                .to_owned(),
        ));
    }
    Err(RemoteError {
        system: System::Crm,
        doing: "listing users".to_owned(),
        what: What::Incomplete(
            "no user in the listing comes with its custom fields, in which the ids are kept, though a single user does: \
             check that the API key may read custom fields in listings"
                .to_owned(),
        ),
    })
}

/// A user that the CRM remembers and the listing lacks is asked for by id. If too many users of active people are still
/// missing, the listing cannot be believed.
async fn ask_for_missing(
    pf: &impl Reader,
    observed: &mut Observed,
    config: &Config,
    active: &BTreeSet<String>,
) -> Result<(), RemoteError> {
    let wire = CrmWire::new(config);
    let links: Vec<(String, u64)> = observed
        .crm
        .iter()
        .map(|row| wire.links(row))
        .filter_map(|links| Some((links.agent?, links.pf_user?)))
        .collect();
    let remembered: BTreeSet<u64> = links.iter().map(|(_, user)| *user).collect();
    let expected: BTreeSet<u64> =
        links.iter().filter(|(agent, _)| active.contains(agent)).map(|(_, user)| *user).collect();
    let listed: BTreeSet<u64> = observed.pf.iter().map(|row| row.id).collect();
    let missing: Vec<u64> = remembered.difference(&listed).copied().collect();
    if missing.is_empty() {
        return Ok(());
    }
    observed.pf.extend(pf.reread(&missing).await?);
    observed.pf.sort_by_key(|row| row.id);
    let present: BTreeSet<u64> = observed.pf.iter().map(|row| row.id).collect();
    let still = expected.difference(&present).count();
    if still > usize::max(2, expected.len() * 2 / 100) {
        return Err(RemoteError {
            system: System::Pf,
            doing: "listing users".to_owned(),
            what: What::Incomplete(format!(
                "{still} of {} users that the CRM stores for active agents are not listed: check that PF_API_KEY belongs \
                 to this account and may read all its users",
                expected.len()
            )),
        });
    }
    Ok(())
}

fn roles_in_use(observed: &Observed) -> Vec<Role> {
    let mut roles: Vec<Role> = observed.pf.iter().filter_map(|row| Role::parse(row.raw.get("role")?)).collect();
    roles.sort_by_key(|role| role.id);
    roles.dedup_by_key(|role| role.id);
    roles
}
