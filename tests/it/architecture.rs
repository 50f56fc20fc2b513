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
    let lines =
        text[..end_of_production(text)].lines().map(|line| if line.trim_start().starts_with("//") { "" } else { line });
    lines.collect::<Vec<_>>().join("\n")
}

/// Where the unit tests of a file begin: `mod tests` with its attributes.
fn end_of_production(text: &str) -> usize {
    let is_tests = |at: &usize| {
        let lines = text[*at..].lines();
        lines.into_iter().find(|line| !line.starts_with("#[")) == Some("mod tests {")
    };
    text.match_indices("#[cfg(test)]\n").map(|(at, _)| at).find(is_tests).unwrap_or(text.len())
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
    // The memory is a text in JSON, and digests are made of one.
    const TEXTS_IN_JSON: [&str; 2] = ["reconcile/memory.rs", "reconcile/plan/digest.rs"];
    let sources = sources();
    let core = sources.iter().filter(|(file, _)| file.starts_with("reconcile/"));
    let found: Vec<&String> = core.filter(|(_, text)| text.contains("serde_json")).map(|(file, _)| file).collect();
    assert_eq!(found, TEXTS_IN_JSON);
    let record = &sources["model/agent/record.rs"];
    assert!(record.contains("pub type Record = LiteMap<Field, FieldValue>;"), "the values of records");
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

/// A module by its names, from the crate's root.
type ModulePath = Vec<String>;

/// The modules of all files. `mod.rs`, `lib.rs` and `main.rs` are their folder.
fn modules(sources: &BTreeMap<String, String>) -> BTreeMap<ModulePath, &String> {
    let module = |file: &String| {
        let mut names: ModulePath = file.trim_end_matches(".rs").split('/').map(str::to_owned).collect();
        names.pop_if(|name| ["mod", "lib", "main"].contains(&name.as_str()));
        names
    };
    sources.iter().map(|(file, text)| (module(file), text)).collect()
}

/// The paths that a file names with `crate`, `super` or `self`, those in braces apart.
fn named_paths(text: &str) -> Vec<Vec<String>> {
    let is_name = |char: char| char.is_alphanumeric() || char == '_' || char == ':';
    let starts = ["crate::", "super::", "self::"].into_iter().flat_map(|start| text.match_indices(start));
    let whole = starts.filter(|(at, _)| !text[..*at].ends_with(is_name));
    let mut paths = Vec::new();
    for (at, _) in whole {
        let end = text[at..].find(|char: char| !is_name(char)).map_or(text.len(), |length| at + length);
        let path = &text[at..end];
        match text[end..].strip_prefix('{').filter(|_| path.ends_with("::")) {
            Some(braces) => {
                expand(path, braces, &mut paths);
            }
            None => paths.push(path.to_owned()),
        }
    }
    paths.iter().map(|path| path.split("::").filter(|name| !name.is_empty()).map(str::to_owned).collect()).collect()
}

/// The paths of `prefix::{…}`, from behind the opening brace. Returns the text behind the closing one.
fn expand<'t>(prefix: &str, mut rest: &'t str, paths: &mut Vec<String>) -> &'t str {
    loop {
        rest = rest.trim_start_matches(|char: char| char.is_whitespace() || char == ',');
        let end = rest.find(['{', '}', ',']).unwrap();
        let path = format!("{prefix}{}", rest[..end].trim());
        rest = &rest[end..];
        if let Some(inner) = rest.strip_prefix('{') {
            rest = expand(&path, inner, paths);
            continue;
        }
        paths.push(path);
        if let Some(behind) = rest.strip_prefix('}') {
            return behind;
        }
    }
}

/// The module that a path leads to, seen from the module that names it.
fn module_of(from: &[String], path: &[String], modules: &BTreeMap<ModulePath, &String>) -> ModulePath {
    let mut at = if path.first().is_some_and(|name| name == "crate") { Vec::new() } else { from.to_vec() };
    for name in path {
        match name.as_str() {
            "crate" | "self" => {}
            "super" => drop(at.pop()),
            name => {
                at.push(name.to_owned());
                if !modules.contains_key(&at) {
                    at.pop();
                    break;
                }
            }
        }
    }
    at
}

/// Of each folder: which of its files and folders names which other one. A file and the folder that holds it count as one.
fn dependencies() -> BTreeMap<ModulePath, BTreeMap<String, BTreeSet<String>>> {
    let sources = sources();
    let modules = modules(&sources);
    let mut found: BTreeMap<ModulePath, BTreeMap<String, BTreeSet<String>>> = BTreeMap::new();
    for (module, text) in &modules {
        for path in named_paths(text) {
            let used = module_of(module, &path, &modules);
            let shared = module.iter().zip(&used).take_while(|(one, other)| one == other).count();
            if let (Some(from), Some(to)) = (module.get(shared), used.get(shared)) {
                let folder = found.entry(module[..shared].to_vec()).or_default();
                folder.entry(from.clone()).or_default().insert(to.clone());
            }
        }
    }
    found
}

#[test]
fn no_file_or_folder_depends_on_one_that_depends_on_it() {
    let mut folders = dependencies();
    assert!(folders[&Vec::new()]["apply"].contains("remote"), "dependencies between folders are not found");
    assert!(
        folders[&vec!["apply".to_owned()]]["person"].contains("outage"),
        "dependencies between files are not found"
    );
    for uses in folders.values_mut() {
        // What depends on nothing that is left is taken away, again and again. A circle is left.
        let mut count = usize::MAX;
        while uses.len() < count {
            count = uses.len();
            let names: BTreeSet<String> = uses.keys().cloned().collect();
            uses.retain(|_, used| !used.is_disjoint(&names));
        }
    }
    folders.retain(|_, uses| !uses.is_empty());
    assert_eq!(folders, BTreeMap::new());
}
