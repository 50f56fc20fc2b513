#!/usr/bin/env bash
# Leaves the path of the program in the step's output `program`.
set -euo pipefail

if [ -z "$VERSION" ]; then
    source=$(cd "$GITHUB_ACTION_PATH/../../.." && pwd)
    # A run that waits for two servers gains nothing from the slow half of a release build.
    export CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16
    cargo build --release --locked --manifest-path "$source/Cargo.toml"
    echo "program=$source/target/release/roster" >> "$GITHUB_OUTPUT"
    exit
fi

folder=$RUNNER_TEMP/roster-program
archive=roster-$VERSION-$(uname -m)-unknown-linux-gnu.tar.gz
mkdir -p "$folder"
cd "$folder"
gh release download "$VERSION" --repo "$REPOSITORY" --clobber \
    --pattern "$archive" --pattern SHA256SUMS --pattern provenance.json
sha256sum --check --ignore-missing SHA256SUMS
gh attestation verify "$archive" --bundle provenance.json --repo "$REPOSITORY" \
    --signer-workflow "$REPOSITORY/.github/workflows/release.yml" --source-ref "refs/tags/$VERSION" \
    --deny-self-hosted-runners
tar -xzf "$archive"
echo "program=$folder/roster" >> "$GITHUB_OUTPUT"
