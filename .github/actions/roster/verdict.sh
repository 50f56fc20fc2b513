#!/usr/bin/env bash
# What became of an apply: from its jobs' results (PLAN, ASK, APPLY), what they left (GO, NEWER, COMMIT, LAST) and report/.
# Outputs: applied, whether the commit counts as applied; failed, whether the issue is to be open.
set -euo pipefail
applied=false failed=false

if [ "$GO" = nothing ] || { [ "$APPLY" = success ] && [ "$NEWER" != true ]; }; then
    applied=true
fi
# Who is blocked stands in nobody's way: all the others are written.
others='.exit_code == 5 and all(.blocked[]; .guard == "person") and all(.applied[]; .outcome == "done")'
if [ "$GO" = left-out ] ||
    { [ "$APPLY" = failure ] && [ -s report/apply.json ] && jq --exit-status "$others" report/apply.json > /dev/null; }; then
    applied=true
fi

case " $PLAN $ASK $APPLY " in *" failure "*) failed=true ;; esac
# Cancelled, or out of time. A job that GitHub only dropped from the queue has begun no journal.
if [ "$APPLY" != success ] && [ -e report/journal.jsonl ]; then
    failed=true
fi

# Somebody else's run may have ended meanwhile, which planned after this one.
newest=$(.github/actions/roster/applied.sh)
read -r id sha <<< "$newest" || true
if [ -n "$COMMIT" ] && [ -n "$sha" ] && [ "$id" != "$LAST" ] && git merge-base --is-ancestor "$COMMIT" "$sha" &&
    { [ "$failed" = true ] || [ "$sha" != "$COMMIT" ]; }; then
    echo "::notice::$sha was applied meanwhile, which holds $COMMIT. So this run's end is nobody's concern."
    applied=false failed=false
fi
printf 'applied=%s\nfailed=%s\n' "$applied" "$failed" >> "$GITHUB_OUTPUT"
