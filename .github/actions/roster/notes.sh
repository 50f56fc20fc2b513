#!/usr/bin/env bash
# Completes the plan of a pull request, $RUNNER_TEMP/plan.md: below its table the other open pull requests that change the same
# people, and notes.md at its end. Shows it in the summary. The plan is whole without the others, so a failure is a notice.
set -euo pipefail
plan=$RUNNER_TEMP/plan.md
[ -s "$plan" ] || exit 0

also=""
if [ "$CODE" = 0 ] || [ "$CODE" = 3 ]; then
    changed=$(git -C "$RUNNER_TEMP/change" diff --cached --name-only --no-renames "$BASE") # its index is what was laid out
    mapfile -t changed <<< "$changed"
    if also=$("$(dirname "$0")/ask.sh" also-changed --folder "$DIRECTORY" --branch "$BRANCH" --number "$PULL_REQUEST" \
        -- "${changed[@]}"); then
        also=${also//also=/}
    else
        also=""
        echo "::notice::GitHub did not list the other open pull requests, so the comment does not name those that change the same people."
    fi
fi
# GitHub refuses a comment of more than 65,536 characters.
if [ -n "$also" ] && [ $(($(wc -c < "$plan") + ${#also})) -gt 64500 ]; then
    also=""
    echo "::notice::The comment is too long to name the other open pull requests that change the same people."
fi
if [ -n "$also" ]; then
    end=$(awk '/^\|/ { table = NR } table && !/^\|/ { exit } END { print table ? table : NR }' "$plan")
    { head -n "$end" "$plan"; printf '\n%s\n' "$also"; tail -n "+$((end + 1))" "$plan"; } > "$plan.complete"
    mv "$plan.complete" "$plan"
fi
cat "$RUNNER_TEMP/notes.md" >> "$plan"
cat "$plan" >> "$GITHUB_STEP_SUMMARY"
