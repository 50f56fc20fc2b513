//! Who is who: which row of each system belongs to which file (design 1.4).
//!
//! Pure. It looks at slugs, ids, login e-mails and names alone, and decides nothing about what to change. What is
//! ambiguous is refused by name, for the people concerned; the rest goes on.

use std::collections::{BTreeMap, BTreeSet};

use crate::agent::Slug;

/// The link fields of a CRM row that lead to Property Finder, by their names in roster.yaml.
pub(crate) const LINKS_TO_PF: &str = "pf_user and pf_profile (crm.link_fields)";

/// What identity needs to know of a CRM row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CrmPerson {
    /// The CRM's id.
    pub id: u64,
    /// The slug in its link field, as it stands there.
    pub agent: Option<String>,
    /// The Property Finder user id in its link field.
    pub pf_user: Option<u64>,
    /// The Property Finder profile id in its link field.
    pub pf_profile: Option<u64>,
    /// The login e-mail, in lower case.
    pub login: Option<String>,
    /// First and last names, private and public.
    pub names: Vec<(String, String)>,
}

/// What identity needs to know of a Property Finder row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PfPerson {
    /// The user's id.
    pub id: u64,
    /// The public profile's id, if there is a profile.
    pub profile: Option<u64>,
    /// The login e-mail, in lower case.
    pub login: Option<String>,
}

/// What identity needs to know of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Declared {
    /// The slug.
    pub slug: Slug,
    /// The login e-mail, in lower case.
    pub login: String,
    /// First and last names, private and public.
    pub names: Vec<(String, String)>,
    /// The slug that the file had at base, if git says that it was renamed since.
    pub renamed_from: Option<Slug>,
}

/// Where a person stands in the CRM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CrmTie {
    /// The row with this id carries the slug.
    Linked(u64),
    /// The row with this id carries a slug that no file has any more; it is this person's.
    Rename {
        /// The CRM's id.
        id: u64,
        /// The slug it carries.
        from: String,
    },
    /// The row with this id carries no slug of a file, and has the login e-mail.
    Adopt(u64),
    /// There is none.
    Absent,
}

impl CrmTie {
    /// The id of the row, if there is one.
    #[must_use]
    pub const fn id(&self) -> Option<u64> {
        match self {
            Self::Linked(id) | Self::Rename { id, .. } | Self::Adopt(id) => Some(*id),
            Self::Absent => None,
        }
    }
}

/// Where a person stands at Property Finder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PfTie {
    /// The CRM stores this user's id.
    Linked(u64),
    /// The CRM knows the person but no Property Finder id, and this user is linked to nobody and has the login e-mail.
    Link(u64),
    /// Nothing ties the person to this user but the login e-mail.
    Adopt(u64),
    /// The CRM stores this user's id, and Property Finder has no such user.
    Gone(u64),
    /// There is none.
    Absent,
}

impl PfTie {
    /// The id of the user, if there is one.
    #[must_use]
    pub const fn id(&self) -> Option<u64> {
        match self {
            Self::Linked(id) | Self::Link(id) | Self::Adopt(id) => Some(*id),
            Self::Gone(_) | Self::Absent => None,
        }
    }
}

/// One file's rows, or why they cannot be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tie {
    /// Known in both systems, or known to be absent.
    Known {
        /// In the CRM.
        crm: CrmTie,
        /// At Property Finder.
        pf: PfTie,
    },
    /// Not to be told: the reason names systems and ids, never values.
    Unclear(String),
}

/// A CRM row whose slug has no file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Orphan {
    /// The CRM's id.
    pub crm: u64,
    /// The slug it carries, as it stands there.
    pub agent: String,
    /// The Property Finder user it is linked to.
    pub pf_user: Option<u64>,
}

/// Everybody, told apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Identity {
    /// One for each file.
    pub ties: BTreeMap<Slug, Tie>,
    /// Rows whose file is gone.
    pub orphans: Vec<Orphan>,
    /// CRM rows that are nobody's.
    pub unmanaged_crm: Vec<u64>,
    /// Property Finder users that are nobody's.
    pub unmanaged_pf: Vec<u64>,
}

/// Tells who is who.
///
/// With `by_email` (no link fields in `roster.yaml`) a login e-mail alone ties a person to a row.
#[must_use]
pub fn identify(declared: &[Declared], crm: &[CrmPerson], pf: &[PfPerson], by_email: bool) -> Identity {
    let rows = Rows::new(declared, crm, pf);
    let mut identity = Identity::default();
    for person in declared {
        let tie = rows.tie(person, by_email);
        identity.ties.insert(person.slug.clone(), tie);
    }
    refuse_shared_rows(&mut identity.ties);
    let used = |tie: &Tie| match tie {
        Tie::Known { crm, pf } => (crm.id(), pf.id()),
        Tie::Unclear(_) => (None, None),
    };
    let used_crm: BTreeSet<u64> = identity.ties.values().filter_map(|tie| used(tie).0).collect();
    let used_pf: BTreeSet<u64> = identity.ties.values().filter_map(|tie| used(tie).1).collect();
    for row in crm.iter().filter(|row| !used_crm.contains(&row.id)) {
        match &row.agent {
            None => identity.unmanaged_crm.push(row.id),
            Some(agent) if rows.files.contains(agent.as_str()) || rows.renamed.contains_key(agent.as_str()) => {}
            Some(agent) => {
                identity.orphans.push(Orphan { crm: row.id, agent: agent.clone(), pf_user: row.pf_user });
            }
        }
    }
    let nobodys = |row: &&PfPerson| !used_pf.contains(&row.id) && !rows.stored_pf.contains_key(&row.id);
    identity.unmanaged_pf = pf.iter().filter(nobodys).map(|row| row.id).collect();
    identity
}

/// Both systems' rows, indexed by what people are looked up by.
struct Rows<'a> {
    files: BTreeSet<&'a str>,
    /// The slugs that files had before git saw them renamed, and the ones that they have now.
    renamed: BTreeMap<&'a str, &'a str>,
    /// Rows by the slug that they carry, or that its file has now.
    by_slug: BTreeMap<&'a str, Vec<&'a CrmPerson>>,
    /// Rows that no file's slug ties to anybody, by login e-mail.
    free_crm: BTreeMap<&'a str, Vec<&'a CrmPerson>>,
    pf: BTreeMap<u64, &'a PfPerson>,
    /// Property Finder users that no CRM row stores, by login e-mail.
    free_pf: BTreeMap<&'a str, Vec<&'a PfPerson>>,
    /// Which CRM rows store a Property Finder user's id.
    stored_pf: BTreeMap<u64, Vec<u64>>,
}

impl<'a> Rows<'a> {
    fn new(declared: &'a [Declared], crm: &'a [CrmPerson], pf: &'a [PfPerson]) -> Self {
        let files: BTreeSet<&str> = declared.iter().map(|person| person.slug.as_str()).collect();
        let carried: BTreeSet<&str> = crm.iter().filter_map(|row| row.agent.as_deref()).collect();
        // A file that was renamed has the rows of its old slug, unless the new one has rows already.
        let renamed: BTreeMap<&str, &str> = declared
            .iter()
            .filter_map(|person| Some((person.renamed_from.as_ref()?.as_str(), person.slug.as_str())))
            .filter(|(old, new)| !files.contains(old) && !carried.contains(new))
            .collect();
        let mut rows = Self {
            files,
            renamed,
            by_slug: BTreeMap::new(),
            free_crm: BTreeMap::new(),
            pf: pf.iter().map(|row| (row.id, row)).collect(),
            free_pf: BTreeMap::new(),
            stored_pf: BTreeMap::new(),
        };
        for row in crm {
            if let Some(id) = row.pf_user {
                rows.stored_pf.entry(id).or_default().push(row.id);
            }
            let carried = row.agent.as_deref();
            let slug = carried.and_then(|agent| rows.renamed.get(agent).copied().or(rows.files.get(agent).copied()));
            match (slug, &row.login) {
                (Some(slug), _) => rows.by_slug.entry(slug).or_default().push(row),
                (None, Some(login)) => rows.free_crm.entry(login).or_default().push(row),
                (None, None) => {}
            }
        }
        for row in pf.iter().filter(|row| !rows.stored_pf.contains_key(&row.id)) {
            if let Some(login) = &row.login {
                rows.free_pf.entry(login).or_default().push(row);
            }
        }
        rows
    }

    fn tie(&self, person: &Declared, by_email: bool) -> Tie {
        let crm = match self.in_crm(person, by_email) {
            Ok(found) => found,
            Err(why) => return Tie::Unclear(why),
        };
        self.at_pf(person, crm, by_email)
    }

    fn in_crm(&self, person: &Declared, by_email: bool) -> Result<(CrmTie, Option<&'a CrmPerson>), String> {
        match self.by_slug.get(person.slug.as_str()).map(Vec::as_slice) {
            Some([row]) => return Ok((by_slug(person, row), Some(row))),
            Some(rows @ [first, ..]) => {
                let slug = first.agent.as_deref().unwrap_or_default();
                return Err(format!("crm rows {} all carry the slug {slug}", ids(rows.iter().map(|row| row.id))));
            }
            _ => {}
        }
        let free = self.free_crm.get(person.login.as_str()).map(Vec::as_slice).unwrap_or_default();
        match free {
            [] => Ok((CrmTie::Absent, None)),
            [row] if by_email => Ok((CrmTie::Linked(row.id), Some(row))),
            [row] => Ok((one_free(person, row), Some(row))),
            rows => Err(format!("crm rows {} all have its login e-mail", ids(rows.iter().map(|row| row.id)))),
        }
    }

    fn at_pf(&self, person: &Declared, (crm, row): (CrmTie, Option<&'a CrmPerson>), by_email: bool) -> Tie {
        let stored = row.and_then(|row| Some((row, row.pf_user?)));
        let mut logins = BTreeSet::from([person.login.as_str()]);
        logins.extend(row.and_then(|row| row.login.as_deref()));
        let candidates: Vec<&PfPerson> =
            logins.iter().filter_map(|login| self.free_pf.get(login)).flatten().copied().collect();
        if let Some((row, id)) = stored {
            return match (self.stored(row, id), candidates.as_slice()) {
                // Made again under the same login e-mail, as it seems: it must not be taken for gone.
                (Ok(PfTie::Gone(_)), [_, ..]) => Tie::Unclear(format!(
                    "crm row {} stores pf user {id}, which Property Finder does not have, and its login e-mail is that of \
                     pf user {}: empty {LINKS_TO_PF} of the row",
                    row.id,
                    ids(candidates.iter().map(|user| user.id))
                )),
                (Ok(pf), _) => Tie::Known { crm, pf },
                (Err(tie), _) => tie,
            };
        }
        let pf = match candidates.as_slice() {
            [] => PfTie::Absent,
            [user] if by_email => PfTie::Linked(user.id),
            [user] if matches!(crm, CrmTie::Linked(_) | CrmTie::Rename { .. }) => PfTie::Link(user.id),
            [user] => PfTie::Adopt(user.id),
            users => {
                let ids = ids(users.iter().map(|user| user.id));
                return Tie::Unclear(format!("pf users {ids} all have its login e-mail"));
            }
        };
        Tie::Known { crm, pf }
    }

    /// The Property Finder user whose id a CRM row stores.
    fn stored(&self, row: &CrmPerson, id: u64) -> Result<PfTie, Tie> {
        let sharing = self.stored_pf.get(&id).map(Vec::as_slice).unwrap_or_default();
        if sharing.len() > 1 {
            let rows = ids(sharing.iter().copied());
            return Err(Tie::Unclear(format!("crm rows {rows} all store pf user {id}")));
        }
        let Some(user) = self.pf.get(&id) else { return Ok(PfTie::Gone(id)) };
        match (row.pf_profile, user.profile) {
            (Some(stored), Some(profile)) if profile != stored => Err(Tie::Unclear(format!(
                "crm row {} stores pf profile {stored}, which is not the profile of pf user {id}",
                row.id
            ))),
            _ => Ok(PfTie::Linked(id)),
        }
    }
}

/// The row that carries the person's slug, or the one that the file had before git saw it renamed.
fn by_slug(person: &Declared, row: &CrmPerson) -> CrmTie {
    match &row.agent {
        Some(from) if from != person.slug.as_str() => CrmTie::Rename { id: row.id, from: from.clone() },
        _ => CrmTie::Linked(row.id),
    }
}

/// A row that no file's slug ties to anybody, with this person's login e-mail: renamed if the names agree, else taken over.
fn one_free(person: &Declared, row: &CrmPerson) -> CrmTie {
    let same_name = |(first, last): &(String, String)| {
        person.names.iter().any(|(f, l)| (!f.is_empty() && f == first) || (!l.is_empty() && l == last))
    };
    match &row.agent {
        Some(from) if row.names.iter().any(same_name) => CrmTie::Rename { id: row.id, from: from.clone() },
        _ => CrmTie::Adopt(row.id),
    }
}

/// Two files may not end at one row, however each of them got there.
fn refuse_shared_rows(ties: &mut BTreeMap<Slug, Tie>) {
    let mut crm: BTreeMap<u64, Vec<Slug>> = BTreeMap::new();
    let mut pf: BTreeMap<u64, Vec<Slug>> = BTreeMap::new();
    for (slug, tie) in ties.iter() {
        if let Tie::Known { crm: in_crm, pf: at_pf } = tie {
            in_crm.id().into_iter().for_each(|id| crm.entry(id).or_default().push(slug.clone()));
            at_pf.id().into_iter().for_each(|id| pf.entry(id).or_default().push(slug.clone()));
        }
    }
    for (name, shared) in [("crm row", crm), ("pf user", pf)] {
        for (id, slugs) in shared.into_iter().filter(|(_, slugs)| slugs.len() > 1) {
            let all = slugs.iter().map(Slug::as_str).collect::<Vec<_>>().join(", ");
            for slug in slugs {
                ties.insert(slug, Tie::Unclear(format!("{name} {id} fits several files: {all}")));
            }
        }
    }
}

fn ids(ids: impl Iterator<Item = u64>) -> String {
    ids.map(|id| id.to_string()).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests;
