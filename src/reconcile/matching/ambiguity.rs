//! Why the rows of a person are ambiguous, as data and in words.

use crate::model::agent::Slug;
use crate::model::record::System;

/// Why the rows of a person are ambiguous: systems and ids, never values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ambiguity {
    /// Several CRM rows have this in common.
    CrmRows { rows: Vec<u64>, common: CommonEvidence },
    /// Several Property Finder users have the login e-mail. `crm` is the person's row in the CRM.
    PfUsers { users: Vec<u64>, crm: Option<u64> },
    /// The link field of the slug holds a text that is not a slug.
    UnreadableSlug { crm: u64, field: String },
    /// Link fields hold something that is not an id.
    UnreadableIds { crm: u64, fields: Vec<String> },
    /// The CRM stores a public profile that no user has.
    ProfileWithoutUser { crm: u64, profile: u64 },
    /// Several CRM rows store one Property Finder user.
    UserInSeveralRows { user: u64, rows: Vec<u64> },
    /// The stored user is not there, and others have the login e-mail.
    UserMadeAgain { crm: u64, stored: u64, users: Vec<u64> },
    /// The stored public profile is not that of the stored user.
    OtherProfile { crm: u64, profile: u64, user: u64 },
    /// Rows of another person carry the slug.
    SlugLeftBehind { rows: Vec<u64> },
    /// The row fits several files.
    SeveralFiles { system: System, id: u64, files: Vec<Slug> },
}

/// The evidence that several CRM rows have in common.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CommonEvidence {
    /// The login e-mail and the full name.
    LoginAndName,
    /// The login e-mail.
    Login,
    /// This slug.
    Slug(String),
    /// The id of a Property Finder user who is this person, and no slug.
    StoredIds,
}

impl Ambiguity {
    /// The texts in it that a system sent.
    pub(crate) fn texts(&mut self) -> Vec<&mut String> {
        match self {
            Self::CrmRows { common: CommonEvidence::Slug(slug), .. } => vec![slug],
            // Without `_`, so that each new variant needs a decision here. The names of fields come from roster.yaml.
            Self::CrmRows {
                common: CommonEvidence::LoginAndName | CommonEvidence::Login | CommonEvidence::StoredIds,
                ..
            }
            | Self::PfUsers { .. }
            | Self::UnreadableSlug { .. }
            | Self::UnreadableIds { .. }
            | Self::ProfileWithoutUser { .. }
            | Self::UserInSeveralRows { .. }
            | Self::UserMadeAgain { .. }
            | Self::OtherProfile { .. }
            | Self::SlugLeftBehind { .. }
            | Self::SeveralFiles { .. } => Vec::new(),
        }
    }

    /// What is ambiguous, and what to do.
    #[must_use]
    pub(crate) fn in_words(&self, agent: &Slug) -> String {
        match self {
            Self::CrmRows { rows, common } => format!("crm rows {} all {}", ids(rows), common.in_words(agent)),
            Self::PfUsers { users, crm } => {
                let row = crm.map(|crm| format!("--crm {crm} ")).unwrap_or_default();
                format!(
                    "pf users {} all have its login e-mail: name the right one with `roster link {agent} {row}--pf-user ID`",
                    ids(users)
                )
            }
            Self::UnreadableSlug { crm, field } => format!(
                "crm {crm}: link field {field} holds a text that is not a slug: check crm.link_fields in roster.yaml, or \
                 overwrite the text with `roster link {agent} --crm {crm}`"
            ),
            Self::UnreadableIds { crm, fields } => format!(
                "crm {crm}: link field {} holds no id: store the right one with `roster link {agent} --crm {crm} --pf-user \
                 ID`, or none with --no-pf",
                fields.join(" and ")
            ),
            Self::ProfileWithoutUser { crm, profile } => format!(
                "crm {crm} stores pf profile {profile} and no pf user, and no user that Property Finder lists has that \
                 profile: store the user with `roster link {agent} --crm {crm} --pf-user ID`, or none with --no-pf"
            ),
            Self::UserInSeveralRows { user, rows } => format!(
                "crm rows {} all store pf user {user}: release the wrong one with `roster link AGENT --release --crm ID`",
                ids(rows)
            ),
            Self::UserMadeAgain { crm, stored, users } => format!(
                "crm row {crm} stores pf user {stored}, which Property Finder does not have, and its login e-mail is that of \
                 pf user {}: if that is this person, store it with `roster link {agent} --crm {crm} --pf-user ID`",
                ids(users)
            ),
            Self::OtherProfile { crm, profile, user } => format!(
                "crm row {crm} stores pf profile {profile}, which is not the profile of pf user {user}: store the right ids \
                 with `roster link {agent} --crm {crm} --pf-user ID`"
            ),
            Self::SlugLeftBehind { rows } => format!(
                "crm row {} carries its slug, and describes another person: release that row with `roster link {agent} \
                 --release --crm ID`",
                ids(rows)
            ),
            Self::SeveralFiles { system, id, files } => {
                let (name, flag) = match system {
                    System::Crm => ("crm row", "--crm"),
                    System::Pf => ("pf user", "--pf-user"),
                };
                let files = files.iter().map(Slug::as_str).collect::<Vec<_>>().join(", ");
                format!("{name} {id} fits several files: {files}; choose one with `roster link AGENT {flag} {id}`")
            }
        }
    }
}

impl CommonEvidence {
    fn in_words(&self, agent: &Slug) -> String {
        let common = match self {
            Self::Slug(slug) => {
                return format!(
                    "carry the slug {slug}: release the wrong one with `roster link {slug} --release --crm ID`"
                );
            }
            Self::LoginAndName => "have its login e-mail and name",
            Self::Login => "have its login e-mail",
            Self::StoredIds => "store ids of this person and carry no slug",
        };
        format!("{common}: name the right one with `roster link {agent} --crm ID`")
    }
}

fn ids(ids: &[u64]) -> String {
    ids.iter().map(u64::to_string).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn every_ambiguity_names_its_rows_and_what_to_do() {
        let slug = |slug: &str| Slug::parse(slug).unwrap();
        let rows = |common| Ambiguity::CrmRows { rows: vec![3, 4], common };
        let field = |number: &str| format!("{number} (pf_user)");
        let table = [
            (
                rows(CommonEvidence::LoginAndName),
                "crm rows 3, 4 all have its login e-mail and name: name the right one with `roster link sara --crm ID`",
            ),
            (
                rows(CommonEvidence::Login),
                "crm rows 3, 4 all have its login e-mail: name the right one with `roster link sara --crm ID`",
            ),
            (
                rows(CommonEvidence::Slug("sara-old".to_owned())),
                "crm rows 3, 4 all carry the slug sara-old: release the wrong one with `roster link sara-old --release --crm ID`",
            ),
            (
                rows(CommonEvidence::StoredIds),
                "crm rows 3, 4 all store ids of this person and carry no slug: name the right one with `roster link sara --crm \
                 ID`",
            ),
            (
                Ambiguity::PfUsers { users: vec![7, 8], crm: Some(3) },
                "pf users 7, 8 all have its login e-mail: name the right one with `roster link sara --crm 3 --pf-user ID`",
            ),
            (
                Ambiguity::PfUsers { users: vec![7, 8], crm: None },
                "pf users 7, 8 all have its login e-mail: name the right one with `roster link sara --pf-user ID`",
            ),
            (
                Ambiguity::UnreadableSlug { crm: 3, field: "11 (agent)".to_owned() },
                "crm 3: link field 11 (agent) holds a text that is not a slug: check crm.link_fields in roster.yaml, or \
                 overwrite the text with `roster link sara --crm 3`",
            ),
            (
                Ambiguity::UnreadableIds { crm: 3, fields: vec![field("12"), field("13")] },
                "crm 3: link field 12 (pf_user) and 13 (pf_user) holds no id: store the right one with `roster link sara --crm \
                 3 --pf-user ID`, or none with --no-pf",
            ),
            (
                Ambiguity::ProfileWithoutUser { crm: 3, profile: 1007 },
                "crm 3 stores pf profile 1007 and no pf user, and no user that Property Finder lists has that profile: store \
                 the user with `roster link sara --crm 3 --pf-user ID`, or none with --no-pf",
            ),
            (
                Ambiguity::UserInSeveralRows { user: 7, rows: vec![3, 4] },
                "crm rows 3, 4 all store pf user 7: release the wrong one with `roster link AGENT --release --crm ID`",
            ),
            (
                Ambiguity::UserMadeAgain { crm: 3, stored: 7, users: vec![8] },
                "crm row 3 stores pf user 7, which Property Finder does not have, and its login e-mail is that of pf user \
                 8: if that is this person, store it with `roster link sara --crm 3 --pf-user ID`",
            ),
            (
                Ambiguity::OtherProfile { crm: 3, profile: 5, user: 7 },
                "crm row 3 stores pf profile 5, which is not the profile of pf user 7: store the right ids with \
                 `roster link sara --crm 3 --pf-user ID`",
            ),
            (
                Ambiguity::SlugLeftBehind { rows: vec![3] },
                "crm row 3 carries its slug, and describes another person: release that row with `roster link sara --release \
                 --crm ID`",
            ),
            (
                Ambiguity::SeveralFiles { system: System::Pf, id: 7, files: vec![slug("omar"), slug("sara")] },
                "pf user 7 fits several files: omar, sara; choose one with `roster link AGENT --pf-user 7`",
            ),
        ];
        for (ambiguity, words) in table {
            assert_eq!(ambiguity.in_words(&slug("sara")), words);
        }
    }
}
