#!/usr/bin/env bash
# Brings, into $RUNNER_TEMP/reviewed, the plans that were shown on the pull requests merged since $BASE. A plan is believed
# only if the main branch's own workflow made it: by its name anybody's workflow could have left one.
set -euo pipefail
repository=repos/$GITHUB_REPOSITORY
where=""
[ "$DIRECTORY" = . ] || where="$DIRECTORY/"

merged() { # number and last commit of each pull request
    git rev-list --first-parent "$BASE..HEAD" -- "${where}agents" "${where}.roster/accept" | while read -r commit; do
        gh api "$repository/commits/$commit/pulls" \
            --jq '.[] | select(.merged_at != null and .base.ref == env.BRANCH) | "\(.number) \(.head.sha)"'
    done | sort -u
}

runs() { # the runs that left an artifact of this name, the newest first
    gh api "$repository/actions/artifacts?name=$1&per_page=100" \
        --jq '.artifacts[] | select(.expired | not) | .workflow_run.id'
}

is_ours() {
    gh api "$repository/actions/runs/$1" --jq 'select(.event == "pull_request_target") | .path | split("@")[0]' |
        grep -qxE '\.github/workflows/(plan|group)\.yml'
}

[ -n "$BASE" ] || exit 0
merged | while read -r number head; do
    plan=$NAME-plan-$number-$head
    for run in $(runs "$plan"); do
        if is_ours "$run"; then
            gh run download "$run" --repo "$GITHUB_REPOSITORY" --name "$plan" --dir "$RUNNER_TEMP/reviewed/$number"
            break
        fi
    done
done
