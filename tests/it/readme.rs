//! What the README says is so: its example is valid, and it names the commands and exit codes that there are.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

fn readme() -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap()
}

fn help() -> String {
    let run = Command::new(env!("CARGO_BIN_EXE_roster")).arg("--help").output().unwrap();
    String::from_utf8(run.stdout).unwrap()
}

#[test]
fn the_example_file_is_valid_without_a_warning() {
    let readme = readme();
    let example = readme.split("```yaml\n").find(|block| block.contains("first_name:")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("agents")).unwrap();
    fs::write(folder.path().join("agents/sara-khan.yaml"), example.split("```").next().unwrap()).unwrap();
    let links = readme.split("```yaml\n").find(|block| block.contains("link_fields:")).unwrap();
    fs::write(folder.path().join("roster.yaml"), links.split("```").next().unwrap()).unwrap();
    let run = Command::new(env!("CARGO_BIN_EXE_roster")).arg("-C").arg(folder.path()).arg("validate").output().unwrap();
    assert_eq!(String::from_utf8_lossy(&run.stderr), "agents: 1 file, 0 problems\n");
    assert!(run.status.success());
}

#[test]
fn the_readme_names_every_command_and_no_other() {
    let readme = readme();
    let table = readme.lines().filter_map(|line| line.strip_prefix("| `roster ")?.split('`').next());
    let named: BTreeSet<&str> = table.collect();
    let help = help();
    let listed = help.split("Commands:\n").nth(1).unwrap().split("\n\n").next().unwrap();
    let there: BTreeSet<&str> = listed
        .lines()
        .filter(|line| !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    assert_eq!(named, there.into_iter().filter(|name| *name != "help").collect());
}

#[test]
fn the_readme_names_every_exit_code_and_no_other() {
    let number = |text: &str| text.trim().parse::<u8>().ok();
    let readme = readme();
    let table = readme.split("## Exit codes").nth(1).unwrap().split("##").next().unwrap();
    let cells = table.lines().filter_map(|line| line.strip_prefix("| ")?.split('|').next());
    let named: BTreeSet<u8> = cells.flat_map(|cell| cell.split(',')).filter_map(number).collect();
    let help = help();
    let codes = help.split("Exit codes:\n").nth(1).unwrap();
    let there: BTreeSet<u8> = codes.split([' ', ',', '\n']).filter_map(number).collect();
    assert_eq!(named, there);
}
