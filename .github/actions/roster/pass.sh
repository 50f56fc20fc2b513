#!/usr/bin/env bash
# The result of a plan as the pull request's check.
set -euo pipefail
changed=""
if [ -d "$RUNNER_TEMP/change" ]; then # its index is what was laid out
    changed=$(git -C "$RUNNER_TEMP/change" diff --cached --name-only --no-renames "$BASE")
fi
mapfile -t changed <<< "$changed"
"$(dirname "$0")/ask.sh" check --code "$CODE" --plan "$RUNNER_TEMP/plan.json" -- "${changed[@]}"
