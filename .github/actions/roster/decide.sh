#!/usr/bin/env bash
# How an apply goes on from its plan. Output `go`: nothing, apply, or ask; and a failure if it cannot go on.
set -euo pipefail
plan=$RUNNER_TEMP/plan.json

go() {
    echo "go=$1" >> "$GITHUB_OUTPUT"
    echo "$2" | tee -a "$GITHUB_STEP_SUMMARY"
    exit
}

# 3: a guard, or people who stand in nobody's way but their own. 6: more than was reviewed. All else ends here.
case "$CODE" in 0 | 3 | 6) ;; *) exit "$CODE" ;; esac
if jq --exit-status 'any(.blocked[]; .guard != "person")' "$plan" > /dev/null; then
    echo "::error::A guard stops this plan; its digest in .roster/accept/, by a pull request, lets it through."
    exit 3
fi
if jq --exit-status '.actions == []' "$plan" > /dev/null; then
    [ "$CODE" = 0 ] || exit "$CODE"
    go nothing "Both systems hold what the main branch says."
fi

whole=$(jq --raw-output .digest "$plan")
[ "$DIGEST" != "$whole" ] || go apply "Let through by its digest."
[ "$CODE" = 6 ] || [ "$REVIEWED" = 0 ] || go apply "Everything in it was shown on the merged pull requests."

# Without people to ask, the environment would say yes by itself.
people=$(gh api "repos/$GITHUB_REPOSITORY/environments/$NAME-ask" \
    --jq '[.protection_rules[]? | select(.type == "required_reviewers")] | length') || people=0
[ "$people" = 0 ] || go ask "It is more than was shown on the merged pull requests, so somebody is asked."
echo "::error::More would be written than was reviewed, and nobody can be asked: the environment $NAME-ask has no" \
    "required reviewers. Read the plan in the summary, then run this workflow by hand with the digest $whole."
exit 6
