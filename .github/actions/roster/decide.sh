#!/usr/bin/env bash
# How an apply goes on from its plan. Output `go`: nothing, left-out (nothing but blocked people), apply, or ask; and a
# failure if it cannot go on.
set -euo pipefail
where=""
[ "$DIRECTORY" = . ] || where="$DIRECTORY/"
# An acceptance counts where it was merged since the last applied commit; before the first one, where the newest commit of the
# main branch brings it. So none counts twice.
since=$BASE
[ -n "$since" ] || since=$(git rev-parse --verify --quiet 'HEAD^1') || since=HEAD
accepted=$(git diff --name-only --no-renames --diff-filter=A "$since" HEAD -- "${where}.roster/accept")
mapfile -t accepted <<< "$accepted"
ended=0
decision=$("$(dirname "$0")/ask.sh" proceed --name "$NAME" --code "$CODE" --plan "$RUNNER_TEMP/plan.json" \
    --reviewed "$REVIEWED" -- "${accepted[@]}") || ended=$?
[ -z "$decision" ] || echo "$decision" >> "$GITHUB_OUTPUT"
exit "$ended"
