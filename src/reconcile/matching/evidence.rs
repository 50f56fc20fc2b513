//! Which rows belong to a file. The order of evidence: the slug, the exact login and name, a rename that git saw and the
//! facts confirm, stored ids, and the login.

use std::collections::{BTreeMap, BTreeSet};

use jiff::SignedDuration;

use super::{
    Ambiguity, CommonEvidence, CrmCandidate, CrmMatch, DeclaredPerson, IdentityFacts, Match, PfCandidate, PfMatch,
};
use crate::model::agent::{Slug, Status};
use crate::model::record::System;

/// How far the clocks of both systems may be apart.
const CLOCKS: SignedDuration = SignedDuration::from_mins(5);

/// Both systems' rows, indexed by what people are looked up by.
pub(super) struct RowIndex<'a> {
    files: BTreeMap<&'a str, &'a DeclaredPerson>,
    /// Files by login e-mail, which no two files share.
    logins: BTreeMap<&'a str, &'a DeclaredPerson>,
    /// The slugs that rows carry and files had before they were renamed, by the evidence in files and rows.
    renamed: BTreeMap<&'a str, &'a DeclaredPerson>,
    by_slug: BTreeMap<&'a str, Vec<&'a CrmCandidate>>,
    by_login: BTreeMap<&'a str, Vec<&'a CrmCandidate>>,
    /// Rows without a slug that alone store the id of a Property Finder user, by that user's login and names.
    without_slug: BTreeMap<String, BTreeMap<u64, (&'a CrmCandidate, &'a PfCandidate)>>,
    pub(super) pf: BTreeMap<u64, &'a PfCandidate>,
    profiles: BTreeMap<u64, &'a PfCandidate>,
    /// Property Finder users that no CRM row stores, by login e-mail.
    free_pf: BTreeMap<&'a str, Vec<&'a PfCandidate>>,
    /// Which CRM rows store a Property Finder user's id, or that of its profile.
    pub(super) stored_pf: BTreeMap<u64, Vec<u64>>,
}

impl<'a> RowIndex<'a> {
    pub(super) fn new(declared: &'a [DeclaredPerson], crm: &'a [CrmCandidate], pf: &'a [PfCandidate]) -> Self {
        let mut rows = Self {
            files: declared.iter().map(|person| (person.slug.as_str(), person)).collect(),
            logins: declared.iter().filter_map(|person| Some((person.facts.login.as_deref()?, person))).collect(),
            renamed: BTreeMap::new(),
            by_slug: BTreeMap::new(),
            by_login: BTreeMap::new(),
            without_slug: BTreeMap::new(),
            pf: pf.iter().map(|user| (user.id, user)).collect(),
            profiles: pf.iter().filter_map(|user| Some((user.profile?, user))).collect(),
            free_pf: BTreeMap::new(),
            stored_pf: BTreeMap::new(),
        };
        for row in crm {
            if let Some(id) = rows.stored_id(row) {
                rows.stored_pf.entry(id).or_default().push(row.id);
            }
            if let Some(agent) = &row.agent {
                rows.by_slug.entry(agent).or_default().push(row);
            }
            if let Some(login) = &row.facts.login {
                rows.by_login.entry(login).or_default().push(row);
            }
        }
        for user in pf.iter().filter(|user| !rows.stored_pf.contains_key(&user.id)) {
            if let Some(login) = &user.facts.login {
                rows.free_pf.entry(login).or_default().push(user);
            }
        }
        rows.index_rows_without_slug(crm);
        rows.renamed = declared.iter().filter_map(|person| Some((rows.slug_at_base(person)?, person))).collect();
        rows
    }

    fn index_rows_without_slug(&mut self, crm: &'a [CrmCandidate]) {
        for row in crm.iter().filter(|row| row.agent.is_none()) {
            let Some(user) = self.stored_id(row).and_then(|id| self.pf.get(&id).copied()) else { continue };
            if self.stored_pf.get(&user.id).is_some_and(|rows| rows.len() > 1) {
                continue;
            }
            for key in user.facts.full_names().into_iter().chain(user.facts.login.clone()) {
                self.without_slug.entry(key).or_default().insert(row.id, (row, user));
            }
        }
    }

    /// The Property Finder user that a row names, by its id or by that of its profile: the first that resolves, else the id
    /// that does not.
    pub(super) fn stored_id(&self, row: &CrmCandidate) -> Option<u64> {
        let by_profile = || self.profiles.get(&row.pf_profile?).map(|user| user.id);
        row.pf_user.filter(|id| self.pf.contains_key(id)).or_else(by_profile).or(row.pf_user)
    }

    /// Whether the user that a row stores is active, or, where it stores none that resolves, one with its login e-mail.
    pub(super) fn has_online_user(&self, row: &CrmCandidate) -> bool {
        let stored = self.stored_id(row).and_then(|id| self.pf.get(&id));
        let login = row.facts.login.as_deref();
        let with_login = login.and_then(|login| self.free_pf.get(login)).into_iter().flatten();
        let users = stored.map_or_else(|| with_login.copied().collect(), |user| vec![*user]);
        users.into_iter().any(|user| user.online)
    }

    /// The slug that a file had at base, if a row carries it, no file has it, and it was the same person's.
    fn slug_at_base(&self, person: &'a DeclaredPerson) -> Option<&'a str> {
        let at_base = person.renamed_from.as_ref()?;
        let slug = at_base.slug.as_str();
        let carrying = self.by_slug.get(slug).filter(|_| !self.files.contains_key(slug))?;
        let in_files = at_base.facts.as_ref().is_some_and(|facts| person.facts.is_same_person(facts));
        (in_files || carrying.iter().any(|row| person.facts.is_same_person(&row.facts))).then_some(slug)
    }

    /// One match for each file; no row is in two of them.
    pub(super) fn matches(&self, by_email: bool) -> BTreeMap<Slug, Match> {
        let people = self.files.values();
        let mut matches = people.map(|person| (person.slug.clone(), self.match_of(person, by_email))).collect();
        refuse_rows_of_several_files(&mut matches);
        self.refuse_rows_left_behind(&mut matches);
        matches
    }

    /// Whether a row without a match carries the slug of an ambiguous file.
    pub(super) fn is_of_a_blocked_file(&self, agent: &str, matches: &BTreeMap<Slug, Match>) -> bool {
        let blocked = |person: &&&DeclaredPerson| !matches!(matches.get(&person.slug), Some(Match::Known { .. }));
        self.files.contains_key(agent) || self.renamed.get(agent).as_ref().is_some_and(blocked)
    }

    fn match_of(&self, person: &'a DeclaredPerson, by_email: bool) -> Match {
        let found = self.in_crm(person, by_email).and_then(|(crm, row)| {
            let pf = self.at_pf(person, &crm, row, by_email)?;
            Ok(Match::Known { crm, pf })
        });
        found.unwrap_or_else(Match::Unclear)
    }

    fn in_crm(&self, person: &'a DeclaredPerson, by_email: bool) -> Result<FoundRow<'a>, Ambiguity> {
        if let Some(row) = self.carrying(&person.slug)? {
            if !is_another(person, &row.facts) {
                return Ok(found_row(CrmMatch::Linked, row));
            }
            // A file may have taken over the name of one that was renamed, which then has the row.
            if !self.is_exactly_another_file(row, person) {
                return Ok(found_row(CrmMatch::Replace, row));
            }
        }
        let with_login = self.with_login(person);
        let has_slug_and_same_name =
            |row: &&CrmCandidate| row.agent.is_some() && row.facts.same_full_name(&person.facts);
        if let Some(row) =
            only(with_login.iter().copied().filter(has_slug_and_same_name), CommonEvidence::LoginAndName)?
        {
            return Ok((rename(person, row), Some(row)));
        }
        let slug_at_base = self.slug_at_base(person);
        let carrying = slug_at_base.and_then(|slug| self.by_slug.get(slug)).into_iter().flatten().copied();
        if let Some(row) = only(carrying, CommonEvidence::Slug(slug_at_base.unwrap_or_default().to_owned()))? {
            return Ok((
                if is_another(person, &row.facts) { CrmMatch::Replace(row.id) } else { rename(person, row) },
                Some(row),
            ));
        }
        if let Some(row) = only(self.by_stored_id(person).into_values(), CommonEvidence::StoredIds)? {
            return Ok(found_row(CrmMatch::Link, row));
        }
        let free =
            |row: &&CrmCandidate| row.agent.as_ref().is_none_or(|agent| !self.files.contains_key(agent.as_str()));
        match only(with_login.into_iter().filter(free), CommonEvidence::Login)? {
            None => Ok((CrmMatch::Absent, None)),
            Some(row) if by_email => Ok(found_row(CrmMatch::Linked, row)),
            Some(row) if row.agent.is_some() && person.facts.shares_first_or_last_name(&row.facts) => {
                Ok((rename(person, row), Some(row)))
            }
            Some(row) => Ok(found_row(CrmMatch::Adopt, row)),
        }
    }

    fn carrying(&self, slug: &Slug) -> Result<Option<&'a CrmCandidate>, Ambiguity> {
        let rows = self.by_slug.get(slug.as_str()).into_iter().flatten().copied();
        only(rows, CommonEvidence::Slug(slug.to_string()))
    }

    fn with_login(&self, person: &DeclaredPerson) -> Vec<&'a CrmCandidate> {
        let rows = person.facts.login.as_deref().and_then(|login| self.by_login.get(login));
        rows.into_iter().flatten().copied().collect()
    }

    /// Whether a row has the login e-mail and the full name of another file.
    fn is_exactly_another_file(&self, row: &CrmCandidate, person: &DeclaredPerson) -> bool {
        let file = row.facts.login.as_deref().and_then(|login| self.logins.get(login));
        file.is_some_and(|file| file.slug != person.slug && file.facts.same_full_name(&row.facts))
    }

    /// Rows without a slug whose stored id is that of a Property Finder user who is this person.
    fn by_stored_id(&self, person: &DeclaredPerson) -> BTreeMap<u64, &'a CrmCandidate> {
        let keys = person.facts.full_names().into_iter().chain(person.facts.login.clone());
        let found = keys.filter_map(|key| self.without_slug.get(&key)).flat_map(BTreeMap::values);
        let theirs = found.filter(|(row, user)| {
            person.facts.is_same_person(&user.facts) && !person.facts.is_another_person(&row.facts)
        });
        theirs.map(|(row, _)| (row.id, *row)).collect()
    }

    fn at_pf(
        &self,
        person: &DeclaredPerson,
        crm: &CrmMatch,
        row: Option<&'a CrmCandidate>,
        by_email: bool,
    ) -> Result<PfMatch, Ambiguity> {
        let mut logins: BTreeSet<&str> = person.facts.login.as_deref().into_iter().collect();
        logins.extend(row.and_then(|row| row.facts.login.as_deref()));
        logins.extend(person.login_at_base.as_deref());
        let candidates: Vec<&PfCandidate> =
            logins.iter().filter_map(|login| self.free_pf.get(login)).flatten().copied().collect();
        if let Some(pf) = row.map(|row| self.stored(person, row, &candidates)).transpose()?.flatten() {
            return Ok(pf);
        }
        let is_linked = matches!(crm, CrmMatch::Linked(_) | CrmMatch::Link(_) | CrmMatch::Rename { .. });
        Ok(match candidates.as_slice() {
            [] => PfMatch::Absent,
            [user] if by_email => PfMatch::Linked(user.id),
            [user] if is_linked && row.is_some_and(|row| left_by_an_interrupted_run(person, row, user)) => {
                PfMatch::Link(user.id)
            }
            [user] => PfMatch::Adopt(user.id),
            users => {
                let (users, crm) = (users.iter().map(|user| user.id).collect(), row.map(|row| row.id));
                return Err(Ambiguity::PfUsers { users, crm });
            }
        })
    }

    /// The Property Finder user that a CRM row stores, if it stores one.
    fn stored(
        &self,
        person: &DeclaredPerson,
        row: &CrmCandidate,
        same_login: &[&PfCandidate],
    ) -> Result<Option<PfMatch>, Ambiguity> {
        let crm = row.id;
        if let Some(field) = row.unreadable_slug.clone() {
            return Err(Ambiguity::UnreadableSlug { crm, field });
        }
        if !row.unreadable.is_empty() {
            return Err(Ambiguity::UnreadableIds { crm, fields: row.unreadable.clone() });
        }
        let Some(id) = self.stored_id(row) else {
            return match row.pf_profile {
                Some(profile) if person.status == Status::Active => Err(Ambiguity::ProfileWithoutUser { crm, profile }),
                _ => Ok(None),
            };
        };
        let sharing = self.stored_pf.get(&id).map(Vec::as_slice).unwrap_or_default();
        if sharing.len() > 1 {
            return Err(Ambiguity::UserInSeveralRows { user: id, rows: sharing.to_vec() });
        }
        let Some(user) = self.pf.get(&id) else {
            // A user with the same login e-mail exists: the stored one was probably created again, so it is not reported as missing.
            let users: Vec<u64> = same_login.iter().map(|user| user.id).collect();
            return if users.is_empty() {
                Ok(Some(PfMatch::Gone(id)))
            } else {
                Err(Ambiguity::UserMadeAgain { crm, stored: id, users })
            };
        };
        match (row.pf_profile, user.profile) {
            (Some(profile), Some(own)) if profile != own => Err(Ambiguity::OtherProfile { crm, profile, user: id }),
            _ if is_another(person, &user.facts) => Ok(Some(PfMatch::Replace(id))),
            // The office may have given an archived person's user to another person, who is then online.
            _ if user.online && person.facts.is_another_person(&user.facts) => Ok(Some(PfMatch::Replace(id))),
            _ => Ok(Some(PfMatch::Linked(id))),
        }
    }

    /// Two rows would carry one slug where a file gets the row of another slug, and a row that stays carries its own slug. Such a
    /// file is refused. A refused file leaves rows with its slug too, so this repeats until no file is refused.
    fn refuse_rows_left_behind(&self, matches: &mut BTreeMap<Slug, Match>) {
        while let Some((slug, rows)) = self.slug_left_behind(matches) {
            matches.insert(slug, Match::Unclear(Ambiguity::SlugLeftBehind { rows }));
        }
    }

    /// A matched file whose slug stays in a row that no file has, with all rows that carry the slug.
    fn slug_left_behind(&self, matches: &BTreeMap<Slug, Match>) -> Option<(Slug, Vec<u64>)> {
        let used: BTreeSet<u64> = matches.values().filter_map(Match::crm_id).collect();
        self.files.values().find_map(|person| {
            let Some(Match::Known { .. }) = matches.get(&person.slug) else { return None };
            let rows = self.by_slug.get(person.slug.as_str())?;
            let stays = rows.iter().any(|row| !used.contains(&row.id));
            stays.then(|| (person.slug.clone(), rows.iter().map(|row| row.id).collect()))
        })
    }
}

/// A match in the CRM with its row.
type FoundRow<'a> = (CrmMatch, Option<&'a CrmCandidate>);

fn found_row(kind: fn(u64) -> CrmMatch, row: &CrmCandidate) -> FoundRow<'_> {
    (kind(row.id), Some(row))
}

/// Whether a linked row is another person's than the file describes. Of somebody who has left nothing but the status is
/// written, and the office may have changed login and names in order to lock the account.
fn is_another(person: &DeclaredPerson, row: &IdentityFacts) -> bool {
    person.status != Status::Archived && person.facts.is_another_person(row)
}

/// A row that carries another slug than that of its file.
fn rename(person: &DeclaredPerson, row: &CrmCandidate) -> CrmMatch {
    match &row.agent {
        Some(from) if from != person.slug.as_str() => CrmMatch::Rename { id: row.id, from: from.clone() },
        _ => CrmMatch::Linked(row.id),
    }
}

/// Whether a user with the login e-mail was made by a run that ended before it stored the ids: after the CRM's row, and
/// with the name, the phone or the public e-mail that roster sends. Where a system does not say when a row was made, all
/// three must agree: a create sends them together, and an older user that has all of them is the same person.
fn left_by_an_interrupted_run(person: &DeclaredPerson, row: &CrmCandidate, user: &PfCandidate) -> bool {
    let agreeing = |facts: &IdentityFacts| {
        let each = [facts.same_full_name(&user.facts), facts.same_phone(&user.facts), facts.same_email(&user.facts)];
        each.into_iter().filter(|agrees| *agrees).count()
    };
    let agreeing = agreeing(&person.facts).max(agreeing(&row.facts));
    match (row.made, user.made) {
        (Some(in_crm), Some(at_pf)) => agreeing > 0 && at_pf.duration_since(in_crm) >= -CLOCKS,
        _ => agreeing == 3,
    }
}

/// The only row, or none; several are refused.
fn only<'a>(
    rows: impl Iterator<Item = &'a CrmCandidate>,
    common: CommonEvidence,
) -> Result<Option<&'a CrmCandidate>, Ambiguity> {
    match rows.collect::<Vec<_>>().as_slice() {
        [] => Ok(None),
        [row] => Ok(Some(row)),
        rows => Err(Ambiguity::CrmRows { rows: rows.iter().map(|row| row.id).collect(), common }),
    }
}

/// Two files may not end at one row, however each of them got there.
fn refuse_rows_of_several_files(matches: &mut BTreeMap<Slug, Match>) {
    let mut crm: BTreeMap<u64, Vec<Slug>> = BTreeMap::new();
    let mut pf: BTreeMap<u64, Vec<Slug>> = BTreeMap::new();
    for (slug, found) in matches.iter() {
        if let Match::Known { crm: in_crm, pf: at_pf } = found {
            in_crm.id().into_iter().for_each(|id| crm.entry(id).or_default().push(slug.clone()));
            at_pf.id().into_iter().for_each(|id| pf.entry(id).or_default().push(slug.clone()));
        }
    }
    for (system, rows) in [(System::Crm, crm), (System::Pf, pf)] {
        for (id, files) in rows.into_iter().filter(|(_, files)| files.len() > 1) {
            for slug in files.clone() {
                matches.insert(slug, Match::Unclear(Ambiguity::SeveralFiles { system, id, files: files.clone() }));
            }
        }
    }
}
