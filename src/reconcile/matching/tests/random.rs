//! Any files and rows, out of few names, so that they meet.

use proptest::prelude::*;

use super::*;

const NAMES: [&str; 4] = ["ana", "ben", "eva", "tom"];

fn some_facts() -> impl Strategy<Value = IdentityFacts> {
    let one = || proptest::sample::select(NAMES.to_vec());
    let maybe = || proptest::option::weighted(0.8, one());
    (maybe(), one(), one(), maybe(), maybe(), maybe()).prop_map(|(login, first, last, email, phone, licence)| {
        IdentityFacts {
            login: login.map(|name| format!("{name}@example.com")),
            names: [(first.to_owned(), last.to_owned())].into(),
            email: email.map(ToOwned::to_owned),
            phones: phone.into_iter().map(ToOwned::to_owned).collect(),
            licences: licence.map(ToOwned::to_owned).into_iter().collect(),
        }
    })
}

fn some_row() -> impl Strategy<Value = CrmCandidate> {
    let slug = proptest::option::weighted(0.8, proptest::sample::select(NAMES.to_vec()));
    let id = || proptest::option::of(1..5_u64);
    (slug, id(), id(), some_facts()).prop_map(|(agent, pf_user, profile, facts)| CrmCandidate {
        agent: agent.map(ToOwned::to_owned),
        pf_user,
        pf_profile: profile.map(|id| id + 1000),
        facts,
        ..CrmCandidate::default()
    })
}

fn some_file() -> impl Strategy<Value = (IdentityFacts, Option<(&'static str, Option<IdentityFacts>)>)> {
    let then = (proptest::sample::select(NAMES.to_vec()), proptest::option::of(some_facts()));
    (some_facts(), proptest::option::of(then))
}

/// Files with unique logins, as validate demands, and rows of both systems.
fn world() -> impl Strategy<Value = (Vec<DeclaredPerson>, Vec<CrmCandidate>, Vec<PfCandidate>)> {
    let files = proptest::collection::btree_map(proptest::sample::select(NAMES.to_vec()), some_file(), 1..4);
    let rows = proptest::collection::vec(some_row(), 0..5);
    let users = proptest::collection::btree_map(1..5_u64, some_facts(), 0..4);
    (files, rows, users).prop_map(|(files, rows, users)| {
        let mut logins = BTreeSet::new();
        let declared =
            files.into_iter().filter(|(_, (facts, _))| facts.login.clone().is_some_and(|l| logins.insert(l)));
        let declared = declared.map(|(own, (facts, then))| DeclaredPerson {
            facts,
            renamed_from: then.map(|(name, facts)| Box::new(GitRename { slug: slug(name), facts })),
            ..file(own)
        });
        let rows = rows.into_iter().zip(1..).map(|(row, id)| CrmCandidate { id, ..row }).collect();
        let users = users.into_iter().map(|(id, facts)| PfCandidate {
            id,
            profile: Some(id + 1000),
            facts,
            made: None,
            online: true,
        });
        (declared.collect(), rows, users.collect())
    })
}

fn row_of(tie: &Match) -> Option<&CrmMatch> {
    match tie {
        Match::Known { crm, .. } => Some(crm),
        Match::Unclear(_) => None,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn no_evidence_gives_a_person_two_rows_or_a_row_two_files((files, rows, users) in world()) {
        let matches = identify(&files, &rows, &users, false);
        let mut taken = BTreeSet::new();
        for tie in matches.people.values() {
            let Match::Known { crm, pf } = tie else { continue };
            prop_assert!(crm.id().is_none_or(|id| taken.insert((System::Crm, id))), "{matches:?}");
            prop_assert!(pf.id().is_none_or(|id| taken.insert((System::Pf, id))), "{matches:?}");
        }
        for person in &files {
            let tie = matches.people.get(&person.slug).unwrap();
            let exact = |row: &&CrmCandidate| {
                row.agent.is_some() && row.facts.same_login(&person.facts) && row.facts.same_full_name(&person.facts)
            };
            if rows.iter().find(exact).is_some() {
                prop_assert!(row_of(tie) != Some(&CrmMatch::Absent), "{} is created: {matches:?}", person.slug);
            }
            // The slug is in one row at most, once everybody is done.
            let others = rows.iter().filter(|row| row.agent.as_deref() == Some(person.slug.as_str()));
            let left = others.filter(|row| !taken.contains(&(System::Crm, row.id))).count();
            prop_assert!(left == 0 || row_of(tie).is_none(), "{} twice: {matches:?}", person.slug);
        }
        // Every row is somebody's, nobody's, an orphan, or that of a person who is refused.
        for row in rows.iter().filter(|row| !taken.contains(&(System::Crm, row.id))) {
            let orphan = matches.orphans.iter().any(|orphan| orphan.crm == row.id);
            let refused = matches.people.values().any(|tie| row_of(tie).is_none());
            prop_assert!(orphan || refused || matches.unmanaged_crm.contains(&row.id), "{} is lost: {matches:?}", row.id);
        }
    }
}
