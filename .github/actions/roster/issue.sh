#!/usr/bin/env bash
# One issue for each thing that can be wrong, opened or updated while it is, and closed when it is over.
#
#   issue.sh open KIND TITLE FILE WORDS    what is wrong, the file that tells it (which may be missing), in a sentence
#   issue.sh close KIND
#
# It works without the program, since a program that cannot be built is a failure to report too.
set -euo pipefail
repository=repos/$GITHUB_REPOSITORY
run=$GITHUB_SERVER_URL/$GITHUB_REPOSITORY/actions/runs/$GITHUB_RUN_ID
export MARK="<!-- $NAME-$2 -->"

issue=$(gh api --paginate "$repository/issues?state=open&labels=roster&per_page=100" --jq '.[]
    | select(.user.login == "github-actions[bot]" and .pull_request == null and ((.body // "") | startswith(env.MARK)))
    | .number')
issue=${issue%%$'\n'*}

if [ "$1" = close ]; then
    [ -n "$issue" ] || exit 0
    gh api --silent --method POST "$repository/issues/$issue/comments" --raw-field body="Over since [this run]($run)."
    gh api --silent --method PATCH "$repository/issues/$issue" \
        --raw-field state=closed --raw-field state_reason=completed
    exit
fi

body=$(mktemp)
printf '%s\n%s [The run](%s)\n\n' "$MARK" "$5" "$run" > "$body"
[ ! -s "$4" ] || cat "$4" >> "$body"
if [ -n "$issue" ]; then
    gh api --silent --method PATCH "$repository/issues/$issue" \
        --raw-field title="$NAME: $3" --field body=@"$body"
else
    gh api --silent --method POST "$repository/issues" \
        --raw-field title="$NAME: $3" --raw-field 'labels[]=roster' --field body=@"$body"
fi
