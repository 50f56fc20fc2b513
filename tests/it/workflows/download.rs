//! program.sh: a release is the program only if everything about it is right.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use super::hosted_repo::HostedRepo;
use super::root;
use crate::support::Run;

const VERIFIED: &str = "--bundle provenance.json --repo tools/roster \
    --signer-workflow tools/roster/.github/workflows/release.yml --source-ref refs/tags/v1.2.0 \
    --source-digest 0123456789abcdef0123456789abcdef01234567 --deny-self-hosted-runners";

const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

/// Gets the program of release v1.2.0. Gives what the step said, and the path that it left.
fn get(hosted: &HostedRepo) -> (Run, String) {
    get_with(hosted, &[("VERSION", "v1.2.0"), ("COMMIT", COMMIT)], &root().join(".github/actions/roster"))
}

fn get_with(hosted: &HostedRepo, env: &[(&str, &str)], action: &Path) -> (Run, String) {
    let (temp, output) = (hosted.path("temp"), hosted.path("output"));
    let _ = fs::remove_dir_all(&temp);
    fs::create_dir(&temp).unwrap();
    fs::write(&output, "").unwrap();
    let mut bash = Command::new(action.join("program.sh"));
    bash.env_clear().envs(hosted.surroundings()).env("RUNNER_TEMP", &temp).env("GITHUB_OUTPUT", &output);
    bash.env("GITHUB_ACTION_PATH", action).env("REPOSITORY", "tools/roster").env("GH_TOKEN", "a token");
    bash.env("VERSION", "").env("COMMIT", "").envs(env.iter().copied());
    (Run::of(bash), fs::read_to_string(&output).unwrap().trim().to_owned())
}

fn sh(hosted: &HostedRepo, script: &str) -> String {
    let mut bash = Command::new("bash");
    bash.args(["-euc", script]).current_dir(hosted.path("release"));
    Run::of(bash).exits(0).stdout.trim().to_owned()
}

#[test]
fn a_release_is_used_only_with_its_checksum_and_its_provenance() {
    let hosted = HostedRepo::bare(".");
    fs::create_dir(hosted.path("release")).unwrap();
    hosted.github().release = Some(hosted.path("release"));
    let pack = "echo '#!/bin/sh' > roster; chmod +x roster; echo {} > provenance.json
        archive=roster-v1.2.0-$(uname -m)-unknown-linux-gnu.tar.gz
        tar -czf \"$archive\" ./roster; rm roster
        sha256sum \"$archive\" > SHA256SUMS; cut -d' ' -f1 SHA256SUMS";
    let sum = sh(&hosted, pack);

    let (ran, left) = get(&hosted);
    assert_eq!((ran.exits(1).stderr_has("no attestation fits").code, left.as_str()), (1, ""));

    hosted.github().attested = vec![format!("{sum} {VERIFIED}")];
    let (ran, left) = get(&hosted);
    ran.exits(0);
    let program = left.strip_prefix("program=").unwrap();
    assert!(fs::metadata(program).unwrap().is_file(), "{program}");

    sh(&hosted, "sed -i s/^./x/ SHA256SUMS");
    let (ran, left) = get(&hosted);
    assert!(ran.code != 0 && left.is_empty(), "{ran:?}");
}

#[test]
fn a_release_is_named_by_its_commit_since_a_tag_can_be_moved() {
    let hosted = HostedRepo::bare(".");
    for commit in ["", "v1.2.0", "0123456"] {
        let action = root().join(".github/actions/roster");
        let (ran, left) = get_with(&hosted, &[("VERSION", "v1.2.0"), ("COMMIT", commit)], &action);
        ran.exits(1).stdout_has("Name the whole commit of release v1.2.0");
        assert!(left.is_empty() && hosted.github().calls.is_empty());
    }
}

#[test]
fn without_a_release_the_source_must_be_there_and_is_compiled_without_the_token() {
    let hosted = HostedRepo::bare(".");
    let action = hosted.path("author/.github/actions/roster");
    fs::create_dir_all(&action).unwrap();
    fs::copy(root().join(".github/actions/roster/program.sh"), action.join("program.sh")).unwrap();
    get_with(&hosted, &[], &action).0.exits(1).stdout_has("Name a release in .github/actions/roster/action.yml");

    fs::write(hosted.path("author/Cargo.toml"), "").unwrap();
    let cargo = hosted.path("bin/cargo");
    fs::write(&cargo, "#!/bin/sh\nenv > \"$RUNNER_TEMP/environment\"\n").unwrap();
    fs::set_permissions(&cargo, fs::Permissions::from_mode(0o755)).unwrap();
    let (ran, left) = get_with(&hosted, &[], &action);
    ran.exits(0);
    assert!(left.ends_with("/target/release/roster"), "{left}");
    let environment = fs::read_to_string(hosted.path("temp/environment")).unwrap();
    assert!(environment.contains("CARGO_PROFILE_RELEASE_LTO=off") && !environment.contains("a token"));
}
