#!/usr/bin/env bash
# Leaves the path of the program in the step's output `program`.
set -euo pipefail

if [ -z "$VERSION" ]; then
    source=$(cd "$GITHUB_ACTION_PATH/../../.." && pwd)
    if [ ! -f "$source/Cargo.toml" ]; then
        echo "::error::This repository does not contain the source of roster. Name a release in" \
            ".github/actions/roster/action.yml: its version, its repository and its commit."
        exit 1
    fi
    # A run that waits for two servers gains nothing from the slow half of a release build.
    export CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16
    env -u GH_TOKEN cargo build --release --locked --manifest-path "$source/Cargo.toml"
    echo "program=$source/target/release/roster" >> "$GITHUB_OUTPUT"
    exit
fi

# A tag can be moved to another commit, whose program would be attested as well.
if ! [[ $COMMIT =~ ^[0-9a-f]{40}$ ]]; then
    echo "::error::Name the whole commit of release $VERSION in .github/actions/roster/action.yml, not only its version."
    exit 1
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
    --source-digest "$COMMIT" --deny-self-hosted-runners
tar -xzf "$archive"
echo "program=$folder/roster" >> "$GITHUB_OUTPUT"
