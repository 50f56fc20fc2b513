//! What a problem is a breach of, by a name that stays the same whatever its words and its line become.

/// One thing that is asked of the files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rule {
    /// Its name for machines; other programs keep it, so it never changes.
    pub name: &'static str,
    /// What it asks, as a sentence.
    pub asks: &'static str,
}

/// That a file can be read at all, and lies where roster reads it.
pub(crate) const FILE: Rule = Rule {
    name: "file",
    asks: "Agent files must be readable UTF-8 .yaml files of at most 256 KB, and no link may lead out of the repository.",
};
/// That a file has the name of an agent.
pub(crate) const FILE_NAME: Rule =
    Rule { name: "file-name", asks: "An agent's file is named by a slug: lower-case letters, digits and dashes." };
/// That a file is YAML.
pub(crate) const SYNTAX: Rule = Rule { name: "syntax", asks: "A file is YAML that every reader takes for the same." };
/// That a file is what its schema allows; most problems are of this kind.
pub(crate) const SCHEMA: Rule =
    Rule { name: "schema", asks: "A file has the keys and values of its schema, and no others." };
/// That the settings of `roster.yaml` are consistent.
pub(crate) const SETTINGS: Rule =
    Rule { name: "settings", asks: "Settings in roster.yaml must be consistent, and refer to existing agents." };
/// That no local `.roster/` folder is committed.
pub(crate) const OWN_FOLDER: Rule =
    Rule { name: "own-folder", asks: "Git must track no file of .roster/ except acceptances." };

/// What is asked of each file alone; `rules` has what is asked of them together.
pub(super) const OF_ONE_FILE: [Rule; 6] = [FILE, FILE_NAME, SYNTAX, SCHEMA, SETTINGS, OWN_FOLDER];
