//! The keys that the schema of an agent's file knows, by their place.

use std::sync::LazyLock;

use super::schema;

/// The keys that the schema knows: at a file's top those that are open, under `public`, and under `private`.
pub(super) struct SchemaKeys {
    pub(super) top: Vec<String>,
    pub(super) public: Vec<String>,
    pub(super) private: Vec<String>,
    /// Those of an item of `public.descriptions`.
    pub(super) description: Vec<String>,
}

pub(super) static KNOWN: LazyLock<SchemaKeys> = LazyLock::new(|| {
    let schema = schema::agent_schema();
    let keys = |place: &str| -> Vec<String> {
        let keys = schema.pointer(place).and_then(|at| at.as_object()).into_iter().flatten();
        keys.map(|(key, _)| key.clone()).collect()
    };
    let top = keys("/properties").into_iter().filter(|key| !PRIVATE.contains(&key.as_str())).collect();
    SchemaKeys {
        top,
        public: keys("/properties/public/properties"),
        private: keys("/properties/private/properties"),
        description: keys("/properties/public/properties/descriptions/items/properties"),
    }
});

/// The keys of a file under which every value is private.
pub(super) const PRIVATE: [&str; 2] = ["private", "fields"];

/// Whether a key of a private part may be shown: one that the schema knows, one with a typing error, or a custom field's number.
/// Any other may be a value that slipped into a key's place.
pub(super) fn may_show_key(name: &str) -> bool {
    let is_similar = |key: &String| {
        let most = key.len() / 3;
        name.len().abs_diff(key.len()) <= most && strsim::damerau_levenshtein(name, key) <= most
    };
    let word = name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    PRIVATE.contains(&name)
        || (word && KNOWN.private.iter().chain(&KNOWN.top).chain(&KNOWN.description).any(is_similar))
        || (name.len() <= 3 && name.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Whether it is a top-level key, and belongs nowhere else.
pub(super) fn is_top_level_key(name: &str) -> bool {
    PRIVATE.contains(&name) || KNOWN.top.iter().any(|key| key == name)
}

/// Whether the key belongs under `public`.
pub(super) fn is_public_key(name: &str) -> bool {
    KNOWN.public.iter().any(|key| key == name)
}

/// Whether the key belongs under `private`.
pub(super) fn is_private_key(name: &str) -> bool {
    KNOWN.private.iter().any(|key| key == name)
}

/// Whether a key may be null: one of a section, or of a file's top where there is no section.
pub(super) fn may_be_null(section: Option<&str>, key: &str) -> bool {
    let place = section.map(|section| format!("/properties/{section}")).unwrap_or_default();
    let types = schema::agent_schema().pointer(&format!("{place}/properties/{key}/type"));
    types.and_then(|types| types.as_array()).is_some_and(|types| types.iter().any(|one| one == "null"))
}

/// Whether an agent's file may have this key: at its top, under `public` or under `private`.
pub(super) fn is_key_of_an_agent(name: &str) -> bool {
    is_key_of_a_section(name) || PRIVATE.contains(&name) || KNOWN.top.iter().any(|key| key == name)
}

/// Whether the key belongs under `public` or `private`, and never at the top.
pub(super) fn is_key_of_a_section(name: &str) -> bool {
    let has_name = |key: &String| key == name;
    KNOWN.public.iter().chain(&KNOWN.private).any(has_name) && !KNOWN.top.iter().any(has_name)
}
