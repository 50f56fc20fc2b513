//! What ARCHITECTURE.md promises of the source: one definition for each type name, a pure core, few folders, no circles.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Production code by path below `src/`, without comments and unit tests.
fn sources() -> BTreeMap<String, String> {
    fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                if path.file_name().unwrap() != "tests" {
                    collect(&path, files);
                }
            } else if path.extension().is_some_and(|extension| extension == "rs")
                && path.file_name().unwrap() != "tests.rs"
            {
                files.push(path);
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    collect(&root, &mut files);
    let name = |path: &PathBuf| path.strip_prefix(&root).unwrap().to_string_lossy().replace('\\', "/");
    files.iter().map(|path| (name(path), production(&fs::read_to_string(path).unwrap()))).collect()
}

fn production(text: &str) -> String {
    let end = text.find("#[cfg(test)]\nmod tests {").unwrap_or(text.len());
    let lines = text[..end].lines().map(|line| if line.trim_start().starts_with("//") { "" } else { line });
    lines.collect::<Vec<_>>().join("\n")
}

/// The name that a line defines as a type, at the top level of a file.
fn type_name(line: &str) -> Option<&str> {
    let visible = line.strip_prefix("pub(").and_then(|rest| rest.split_once(") ")).map(|(_, rest)| rest);
    let line = visible.or_else(|| line.strip_prefix("pub ")).unwrap_or(line);
    let kinds = ["struct ", "enum ", "trait ", "type ", "union "];
    let rest = kinds.iter().find_map(|kind| line.strip_prefix(kind))?;
    rest.split(|char: char| !char.is_alphanumeric()).next()
}

#[test]
fn a_type_name_has_one_definition() {
    // Each command has its arguments.
    const SHARED: [&str; 1] = ["Args"];
    let mut definitions: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (file, text) in sources() {
        for name in text.lines().filter_map(type_name).filter(|name| !SHARED.contains(name)) {
            definitions.entry(name.to_owned()).or_default().push(file.clone());
        }
    }
    assert!(definitions.len() > 300, "the types are not found: {}", definitions.len());
    definitions.retain(|_, files| files.len() > 1);
    assert_eq!(definitions, BTreeMap::new());
}

#[test]
fn the_core_has_no_file_no_network_and_no_clock() {
    let impure =
        ["std::fs", "std::net", "std::env", "process::Command", "tokio", "reqwest", "hyper", "SystemTime", "::now()"];
    let mut found = Vec::new();
    for (file, text) in
        sources().iter().filter(|(file, _)| file.starts_with("reconcile/") || file.starts_with("model/"))
    {
        found.extend(impure.iter().filter(|word| text.contains(**word)).map(|word| format!("{file}: {word}")));
    }
    assert_eq!(found, Vec::<String>::new());
}

/// Values become [`FieldValue`](roster::model::agent::FieldValue)s where files and rows are read, and JSON again where requests
/// and documents are written.
#[test]
fn the_core_has_no_json_values() {
    // The memory is a text in JSON.
    const TEXT_OF_THE_MEMORY: &str = "serde_json::Value::Object(";
    let mut found = Vec::new();
    for (file, text) in sources().iter().filter(|(file, _)| file.starts_with("reconcile/")) {
        let text = text.replace(TEXT_OF_THE_MEMORY, "");
        let imports = text.split("serde_json::").skip(1).filter_map(|rest| rest.split(['\n', ';']).next());
        found.extend(imports.filter(|names| names.contains("Value")).map(|names| format!("{file}: {names}")));
    }
    assert_eq!(found, Vec::<String>::new());
    let record = &sources()["model/record.rs"];
    assert!(record.contains("pub type Record = BTreeMap<Field, FieldValue>;"), "the values of records");
}

/// The folder or file below `src/` that a path belongs to.
fn top(path: &str) -> &str {
    path.split('/').next().unwrap_or(path).trim_end_matches(".rs")
}

#[test]
fn the_source_has_at_most_twelve_entries() {
    let entries: BTreeSet<String> = sources().keys().map(|file| top(file).to_owned()).collect();
    assert!(entries.len() <= 12, "{entries:?}");
}

#[test]
fn no_folder_depends_on_one_that_depends_on_it() {
    let mut uses: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (file, text) in sources() {
        let named = text.split("crate::").skip(1).map(|rest| {
            rest.split(|char: char| !char.is_alphanumeric() && char != '_').next().unwrap_or_default().to_owned()
        });
        uses.entry(top(&file).to_owned()).or_default().extend(named);
    }
    // Whoever depends on nothing is taken away, again and again; what is left goes in circles.
    while let Some(free) =
        uses.iter().find(|(name, uses)| uses.iter().all(|used| used == *name)).map(|(name, _)| name.clone())
    {
        uses.remove(&free);
        for used in uses.values_mut() {
            used.remove(&free);
        }
    }
    uses.retain(|name, _| !["lib", "main"].contains(&name.as_str()));
    assert_eq!(uses, BTreeMap::new());
}
