//! program.sh: a release is the program only if everything about it is right.

use std::fs;
use std::process::Command;

use super::root;
use super::stage::Stage;
use crate::office::Ran;

const VERIFIED: &str = "--bundle provenance.json --repo tools/roster \
    --signer-workflow tools/roster/.github/workflows/release.yml --source-ref refs/tags/v1.2.0 \
    --deny-self-hosted-runners";

/// Gets the program of release v1.2.0. Gives what the step said, and the path that it left.
fn get(stage: &Stage) -> (Ran, String) {
    let (temp, output) = (stage.path("temp"), stage.path("output"));
    let _ = fs::remove_dir_all(&temp);
    fs::create_dir(&temp).unwrap();
    fs::write(&output, "").unwrap();
    let mut bash = Command::new(root().join(".github/actions/roster/program.sh"));
    bash.env_clear().envs(stage.surroundings()).env("RUNNER_TEMP", &temp).env("GITHUB_OUTPUT", &output);
    bash.env("VERSION", "v1.2.0").env("REPOSITORY", "tools/roster").env("GH_TOKEN", "a token");
    (Ran::of(bash), fs::read_to_string(&output).unwrap().trim().to_owned())
}

fn sh(stage: &Stage, script: &str) -> String {
    let mut bash = Command::new("bash");
    bash.args(["-euc", script]).current_dir(stage.path("github/releases/v1.2.0"));
    Ran::of(bash).is(0).out.trim().to_owned()
}

#[test]
fn a_release_is_used_only_with_its_checksum_and_its_provenance() {
    let stage = Stage::bare(".");
    fs::create_dir_all(stage.path("github/releases/v1.2.0")).unwrap();
    let pack = "echo '#!/bin/sh' > roster; chmod +x roster; echo {} > provenance.json
        archive=roster-v1.2.0-$(uname -m)-unknown-linux-gnu.tar.gz
        tar -czf \"$archive\" ./roster; rm roster
        sha256sum \"$archive\" > SHA256SUMS; cut -d' ' -f1 SHA256SUMS";
    let sum = sh(&stage, pack);

    let (ran, left) = get(&stage);
    assert_eq!((ran.is(1).says("no attestation fits").code, left.as_str()), (Some(1), ""));

    fs::write(stage.path("github/attested"), format!("{sum} {VERIFIED}\n")).unwrap();
    let (ran, left) = get(&stage);
    ran.is(0);
    let program = left.strip_prefix("program=").unwrap();
    assert!(fs::metadata(program).unwrap().is_file(), "{program}");

    sh(&stage, "sed -i s/^./x/ SHA256SUMS");
    let (ran, left) = get(&stage);
    assert!(ran.code != Some(0) && left.is_empty(), "{ran:?}");
}
