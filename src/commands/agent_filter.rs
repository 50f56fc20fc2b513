//! `--agent GLOB` and `--system`: whom and what a run is about.

use std::collections::BTreeSet;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use globset::{Glob, GlobSet, GlobSetBuilder};

use crate::declare;
use crate::model::record::System;

/// Takes `--system crm` or `pf`.
pub(super) fn system() -> impl TypedValueParser<Value = System> {
    let named =
        |name: String| System::ALL.into_iter().find(|system| system.key() == name).ok_or("there is no such system");
    PossibleValuesParser::new(System::ALL.map(System::key)).try_map(named)
}

/// The slug that was most likely meant, as the end of a message; empty where none is near.
pub(super) fn guess(pattern: &str, slugs: &BTreeSet<String>) -> String {
    closest(pattern, slugs).map(|slug| format!("; did you mean {slug}?")).unwrap_or_default()
}

/// The globs of `--agent`; none: everybody.
#[derive(Clone, Debug)]
pub(super) struct Selection {
    patterns: Vec<String>,
    set: Option<GlobSet>,
}

impl Selection {
    /// Takes the globs as they were given.
    ///
    /// # Errors
    /// A sentence for people, when one is not a glob.
    pub(super) fn new(patterns: &[String]) -> Result<Self, String> {
        let mut set = GlobSetBuilder::new();
        for pattern in patterns {
            set.add(glob(pattern)?);
        }
        let set = set.build().map_err(|error| error.to_string())?;
        Ok(Self { patterns: patterns.to_vec(), set: (!patterns.is_empty()).then_some(set) })
    }

    /// Whether this agent was asked for.
    pub(super) fn takes(&self, slug: &str) -> bool {
        self.set.as_ref().is_none_or(|set| set.is_match(slug))
    }

    /// Whether every person is selected.
    pub(super) const fn selects_all(&self) -> bool {
        self.set.is_none()
    }

    /// A glob that matches no agent is a typing mistake.
    ///
    /// # Errors
    /// A sentence for people, naming it.
    pub(super) fn check(&self, slugs: &BTreeSet<String>) -> Result<(), String> {
        for pattern in &self.patterns {
            let one = glob(pattern)?.compile_matcher();
            if !slugs.iter().any(|slug| one.is_match(slug)) {
                return Err(format!("{pattern}: no agent's slug matches{}", guess(pattern, slugs)));
            }
        }
        Ok(())
    }
}

/// The slug that was most likely meant by a file's path, or by a name with blanks and capitals.
fn closest<'s>(pattern: &str, slugs: &'s BTreeSet<String>) -> Option<&'s str> {
    let name = pattern.rsplit(['/', '\\']).next().unwrap_or(pattern);
    let name = name.strip_suffix(".yaml").or_else(|| name.strip_suffix(".yml")).unwrap_or(name);
    let slug = name.split_whitespace().collect::<Vec<_>>().join("-").to_lowercase();
    declare::closest(&slug, slugs.iter().map(String::as_str))
}

fn glob(pattern: &str) -> Result<Glob, String> {
    Glob::new(pattern).map_err(|error| format!("{pattern}: {}", error.kind()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_or_a_name_in_place_of_a_slug_gets_a_guess() {
        let slugs = ["ahmed-khan", "sara-khan"].map(str::to_owned).into();
        for (pattern, guess) in [
            ("agents/team/sara-khan.yaml", "; did you mean sara-khan?"),
            ("Ahmed Khan", "; did you mean ahmed-khan?"),
            ("ahmd-khan", "; did you mean ahmed-khan?"),
            ("zzz", ""),
        ] {
            let refused = Selection::new(&[pattern.to_owned()]).and_then(|agents| agents.check(&slugs));
            assert_eq!(refused, Err(format!("{pattern}: no agent's slug matches{guess}")));
        }
    }
}
