#!/usr/bin/env bash
# Starts the newest plan of every open pull request that changes agents again, after an apply (report/apply.json) wrote something.
set -euo pipefail
repository=repos/$GITHUB_REPOSITORY
decided=$("$(dirname "$0")/ask.sh" plan-again --folder "$DIRECTORY" --branch "$BRANCH" --document report/apply.json)
failed=
while read -r number run head; do
    [ -n "$number" ] || continue
    # Of one pull request the later run stops the earlier one, so an old commit's must not start behind a newer one's.
    if ! newest=$(gh api "$repository/pulls/$number" --jq '.state + " " + .head.sha'); then
        # The others are planned again all the same.
        echo "::error::#$number is not planned again: GitHub did not answer. Start its run of the plan by hand."
        failed=true
    elif [ "$newest" != "open $head" ]; then
        echo "::notice::#$number is not planned again: it is not open, or has a newer commit, which has a run of its own."
    elif gh api --silent --method POST "$repository/actions/runs/$run/rerun"; then
        echo "#$number is planned again, in run $run."
    else
        echo "::warning::#$number cannot be planned again: GitHub starts a run again for 30 days, and 50 times at most. Push a" \
            "commit to it, or edit its title. Otherwise start its run by hand."
    fi
done <<< "${decided//again=/}"
[ -z "$failed" ]
