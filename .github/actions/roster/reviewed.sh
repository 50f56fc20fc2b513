#!/usr/bin/env bash
# Brings, into $RUNNER_TEMP/reviewed, the plans that were approved of the pull requests merged since $BASE.
set -euo pipefail
[ -n "$BASE" ] || exit 0
where=""
[ "$DIRECTORY" = . ] || where="$DIRECTORY/"
commits=$(git rev-list --first-parent "$BASE..HEAD" -- "${where}agents" "${where}.roster/accept")
mapfile -t commits <<< "$commits"
[ -n "${commits[0]}" ] || exit 0

plans=$("$(dirname "$0")/ask.sh" reviewed --name "$NAME" --folder "$DIRECTORY" --branch "$BRANCH" \
    --web "$GITHUB_SERVER_URL/$GITHUB_REPOSITORY" --by "$REVIEWED_BY" -- "${commits[@]}")
number=0
while IFS= read -r plan; do
    [ -n "$plan" ] || continue
    number=$((number + 1))
    mkdir -p "$RUNNER_TEMP/reviewed/$number"
    cp "${plan#plan=}" "$RUNNER_TEMP/reviewed/$number/plan.json"
done <<< "$plans"
