#!/usr/bin/env bash
# How a run of apply.yml ended, from its jobs (PROGRAM, PLAN, ASK, APPLY: each RESULT:ATTEMPT), what they left (GO, NEWER,
# COMMIT, LAST) and report/. Outputs: applied, whether the commit counts as applied; failed, whether the issue is to be open.
set -euo pipefail
if [ ! -x "$ROSTER" ]; then
    # It was built, so only its download failed here, and nothing that was to be written is missing: that is no issue.
    if [[ "$PROGRAM" == success:* && ("$APPLY" == success:* || "$GO" == nothing) ]]; then
        echo "::error::The program could not be downloaded to record this run. Run this job again."
        exit 1
    fi
    printf 'applied=false\nfailed=true\n' >> "$GITHUB_OUTPUT"
    exit
fi
flags=()
[ "$NEWER" != true ] || flags=(--newer)
verdict=$("$(dirname "$0")/ask.sh" verdict --name "$NAME" --job "$PROGRAM" --job "$PLAN" --job "$ASK" --apply "$APPLY" \
    --go "$GO" "${flags[@]}" --commit "$COMMIT" --last "$LAST" --document report/apply.json)
echo "$verdict" >> "$GITHUB_OUTPUT"
