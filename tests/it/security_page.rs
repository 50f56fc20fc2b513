//! SECURITY.md names a test for every threat, and each of them exists.

use std::fs;
use std::path::Path;

#[test]
fn every_test_named_in_security_md_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = fs::read_to_string(root.join("SECURITY.md")).unwrap();
    let table = page.split("## What can go wrong").nth(1).unwrap().split("## On disk").next().unwrap();
    let sources = sources(&root.join("src")) + &sources(&root.join("tests"));
    let mut named = 0;
    for row in table.lines().filter(|line| line.starts_with("| ") && line.contains('`')) {
        let held_by = row.trim_end_matches('|').rsplit(" | ").next().unwrap();
        for name in held_by.split('`').skip(1).step_by(2) {
            named += 1;
            let exists =
                if name.contains('/') { root.join(name).exists() } else { sources.contains(&format!("fn {name}(")) };
            assert!(exists, "SECURITY.md names {name}, which is not there");
        }
    }
    assert!(named > 15, "only {named} tests are named");
}

/// Every Rust file below a folder, as one text.
fn sources(folder: &Path) -> String {
    let files = walkdir::WalkDir::new(folder).into_iter().filter_map(Result::ok);
    let rust = files.filter(|entry| entry.path().extension().is_some_and(|ending| ending == "rs"));
    rust.filter_map(|entry| fs::read_to_string(entry.path()).ok()).collect()
}
