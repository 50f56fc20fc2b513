#!/usr/bin/env bash
# Prints what `roster github` decides, and ends as it does. Sends the requests first whose answers the decision needs.
set -euo pipefail
answers=$(mktemp -d "$RUNNER_TEMP/answers.XXXXXX")
errors=$answers.errors

# All pages, as one array. Only GitHub's own 404 means that there is nothing; every other failure ends the run.
get() {
    if ! gh api --paginate --slurp "repos/$GITHUB_REPOSITORY/$2" > "$answers/$1" 2> "$errors"; then
        grep -q 'HTTP 404' "$errors" || { cat "$errors" >&2; exit 1; }
        echo null > "$answers/$1"
    fi
}

# The open pull requests into a branch, with their files, as one array of pages.
pulls() {
    gh api graphql --paginate --slurp --field query=@"$(dirname "$0")/open-pulls.graphql" \
        --raw-field owner="${GITHUB_REPOSITORY%/*}" --raw-field name="${GITHUB_REPOSITORY#*/}" --raw-field base="$2" \
        > "$answers/$1"
}

while true; do
    code=0
    decision=$("$ROSTER" github --answers "$answers" --summary "$GITHUB_STEP_SUMMARY" "$@") || code=$?
    case "$decision" in "get "* | "pulls "* | "download "*) ;; *) break ;; esac
    while read -r verb file what name; do
        case "$verb" in
            get) get "$file" "$what" ;;
            pulls) pulls "$file" "$what" ;;
            download) gh run download "$what" --repo "$GITHUB_REPOSITORY" --name "$name" --dir "$answers/$file" ;;
        esac
    done <<< "$decision"
done
[ -z "$decision" ] || printf '%s\n' "$decision"
exit "$code"
