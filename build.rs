//! The commit and its date, for `roster --version`.

use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let version = env!("CARGO_PKG_VERSION");
    // A build for development is not made again after each commit, so it does not name one.
    let is_release = std::env::var("PROFILE").is_ok_and(|profile| profile == "release");
    let origin = if is_release { commit() } else { Some("built for development".to_owned()) };
    let long = origin.map_or_else(|| version.to_owned(), |origin| format!("{version} ({origin})"));
    println!("cargo::rustc-env=ROSTER_VERSION={long}");
}

/// The short hash and the day of the commit; none outside of its git repository.
fn commit() -> Option<String> {
    let log = git(&["rev-parse", "--git-path", "logs/HEAD"])?;
    println!("cargo::rerun-if-changed={log}");
    git(&["log", "-1", "--format=%h %cs"])
}

fn git(args: &[&str]) -> Option<String> {
    // A package inside of another repository has no commit of its own.
    let top = Command::new("git").args(["rev-parse", "--show-prefix"]).output().ok()?;
    if !top.status.success() || !top.stdout.trim_ascii().is_empty() {
        return None;
    }
    let output = Command::new("git").args(args).output().ok().filter(|output| output.status.success())?;
    Some(String::from_utf8(output.stdout).ok()?.trim().to_owned())
}
