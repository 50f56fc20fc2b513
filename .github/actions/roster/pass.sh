#!/usr/bin/env bash
# The result of a plan as the pull request's check. Blocked people fail it where it changes their files; else they are
# told, and hold nobody else's pull request up.
set -euo pipefail
[ "$CODE" = 3 ] || exit "$CODE"
plan=$RUNNER_TEMP/plan.json
where=""
[ "$DIRECTORY" = . ] || where="$DIRECTORY/"

jq --exit-status '.blocked != [] and all(.blocked[]; .guard == "person" and .agent != null)' "$plan" > /dev/null || exit 3
agents=$(jq --raw-output '.blocked[].agent' "$plan")
cd "$RUNNER_TEMP/change" # its index is what was laid out
while read -r agent; do
    if ! git diff --quiet --cached "$BASE" -- ":(top,glob)${where}agents/**/$agent.yaml"; then
        echo "::error::$agent is blocked, and this pull request changes that file."
        exit 3
    fi
    echo "::warning::$agent is blocked, but not by this pull request. Everybody else's part can be written."
done <<< "$agents"
