#!/usr/bin/env bash
# How an apply goes on from its plan. Output `go`: nothing, left-out (nothing but who is blocked), apply, or ask; and a
# failure if it cannot go on.
set -euo pipefail
plan=$RUNNER_TEMP/plan.json

go() {
    echo "go=$1" >> "$GITHUB_OUTPUT"
    echo "$2" | tee -a "$GITHUB_STEP_SUMMARY"
}

# 3: a guard, or people who stand in nobody's way but their own. 6: more than was reviewed. All else ends here.
case "$CODE" in 0 | 3 | 6) ;; *) exit "$CODE" ;; esac
if jq --exit-status 'any(.blocked[]; .guard != "person")' "$plan" > /dev/null; then
    echo "::error::A guard stops this plan; its digest in .roster/accept/, by a pull request, lets it through."
    exit 3
fi
if jq --exit-status '.actions == []' "$plan" > /dev/null; then
    case "$CODE" in
        0) go nothing "Both systems hold what the main branch says." ;;
        3) go left-out "Both systems hold what the main branch says, but for who is blocked." ;;
    esac
    exit "$CODE"
fi

if [ "$CODE" != 6 ] && [ "$REVIEWED" != 0 ]; then
    go apply "Everything in it was shown on the merged pull requests."
    exit
fi

# Without people to ask, the environment would say yes by itself. Only an answer tells that there are none.
if ! people=$(gh api "repos/$GITHUB_REPOSITORY/environments/$NAME-ask" \
    --jq '[.protection_rules[]? | select(.type == "required_reviewers")] | length' 2> "$RUNNER_TEMP/said"); then
    grep -q 'HTTP 404' "$RUNNER_TEMP/said" || { cat "$RUNNER_TEMP/said" >&2; exit 1; }
    people=0
fi
if [ "$people" != 0 ]; then
    go ask "It is more than was shown on the merged pull requests, so somebody is asked."
    exit
fi
whole=$(jq --raw-output .digest "$plan")
if [ "$DIGEST" = "$whole" ]; then
    go apply "Let through by its digest."
    exit
fi
echo "::error::More would be written than was reviewed, and nobody can be asked: the environment $NAME-ask has no" \
    "required reviewers. Read the plan in the summary, then run this workflow by hand with the digest $whole."
exit 6
