#!/usr/bin/env bash
# Brings, into $RUNNER_TEMP/reviewed, the plans that were shown on the pull requests merged since $BASE. A plan is believed
# only if the main branch's own workflow made it: by its name anybody's workflow could have left one.
#
# What GitHub answers is first kept and then gone through: a loop over what a failed request printed would find less.
set -euo pipefail
repository=repos/$GITHUB_REPOSITORY
where=""
[ "$DIRECTORY" = . ] || where="$DIRECTORY/"

is_ours() { # takes what made a run: its event and its file
    grep -qxE 'pull_request_target \.github/workflows/(plan|group)\.yml(@.*)?' <<< "$1"
}

[ -n "$BASE" ] || exit 0
commits=$(git rev-list --first-parent "$BASE..HEAD" -- "${where}agents" "${where}.roster/accept")
merged="" # number and last commit of each pull request
for commit in $commits; do
    rows=$(gh api "$repository/commits/$commit/pulls" \
        --jq '.[] | select(.merged_at != null and .base.ref == env.BRANCH) | "\(.number) \(.head.sha)"')
    [ -z "$rows" ] || merged+=$rows$'\n'
done

sorted=$(sort -u <<< "$merged")
while read -r number head; do
    [ -n "$number" ] || continue
    plan=$NAME-plan-$number-$head
    # The runs that left an artifact of this name, the newest first.
    runs=$(gh api "$repository/actions/artifacts?name=$plan&per_page=100" \
        --jq '.artifacts[] | select(.expired | not) | .workflow_run.id')
    for run in $runs; do
        made=$(gh api "$repository/actions/runs/$run" --jq '"\(.event) \(.path)"')
        if is_ours "$made"; then
            gh run download "$run" --repo "$GITHUB_REPOSITORY" --name "$plan" --dir "$RUNNER_TEMP/reviewed/$number"
            break
        fi
    done
done <<< "$sorted"
