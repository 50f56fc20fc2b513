#!/usr/bin/env bash
# Commits $FILE, which `roster github request` changed, in the name of the asker ($AUTHOR), pushes it to $REQUEST_BRANCH, and opens
# or updates the pull request, with ROSTER_REQUEST_TOKEN. Output `number`: the pull request.
set -euo pipefail
export GIT_LITERAL_PATHSPECS=1
request=$RUNNER_TEMP/request
repository=repos/$GITHUB_REPOSITORY
remote=$GITHUB_SERVER_URL/$GITHUB_REPOSITORY
bot="41898282+github-actions[bot]@users.noreply.github.com"

# Fails with a reason that the comment on the issue shows.
stop() {
    printf '<!-- roster request -->\n### There is no new pull request\n\n%s\n' "$1" > "$request/answer.md"
    echo "::error::$1"
    exit 1
}
with_token() { git -c credential.helper= -c credential.helper='!gh auth git-credential' "$@"; }

[ -n "$ROSTER_REQUEST_TOKEN" ] || stop "The environment roster-request has no secret ROSTER_REQUEST_TOKEN. An engineer adds it \
(docs/wiring.md). Then edit the text of this issue."
export GH_TOKEN=$ROSTER_REQUEST_TOKEN
case "$FILE" in agents/*) ;; *) stop "The file is outside of agents/, the only folder that a form can change." ;; esac

base=$(git rev-parse HEAD)
git config user.name "github-actions[bot]"
git config user.email "$bot"
git add -- "$FILE"
git commit --quiet --author "$AUTHOR" --file "$request/message"

found=$(with_token ls-remote "$remote" "refs/heads/$REQUEST_BRANCH") || stop "The repository cannot be read with \
ROSTER_REQUEST_TOKEN. An engineer renews it (docs/wiring.md)."
old=${found%%$'\t'*}
pushes=true
if [ -n "$old" ]; then
    with_token fetch --quiet --no-tags "$remote" "$old"
    committers=$(git log --format=%ce "$base..$old")
    [ -z "$committers" ] || [ "$committers" = "$bot" ] || stop "The branch of the pull request has commits of people, which stay. \
Change the file there. Or close the pull request, delete its branch, and edit the text of this issue."
    # An equal commit would only dismiss an approval.
    if [ -n "$committers" ] && git diff --quiet "$old" HEAD -- "$FILE"; then
        pushes=false
    fi
fi
if [ "$pushes" = true ]; then
    with_token push --quiet --force-with-lease="refs/heads/$REQUEST_BRANCH:$old" "$remote" "HEAD:refs/heads/$REQUEST_BRANCH" ||
        stop "The branch cannot be pushed with ROSTER_REQUEST_TOKEN: it needs the permission Contents: Read and write \
(docs/wiring.md)."
fi

denied="The pull request cannot be opened with ROSTER_REQUEST_TOKEN: it needs the permission Pull requests: Read and write \
(docs/wiring.md)."
open=$(gh api "$repository/pulls?state=open&head=$GITHUB_REPOSITORY_OWNER:$REQUEST_BRANCH" --jq '.[].number') || stop "$denied"
number=${open%%$'\n'*}
if [ -z "$number" ]; then
    number=$(gh api --method POST "$repository/pulls" --raw-field title="$TITLE" --raw-field head="$REQUEST_BRANCH" \
        --raw-field base="$BRANCH" --field body=@"$request/body.md" --jq .number) || stop "$denied"
elif [ "$pushes" = true ]; then
    gh api --silent --method PATCH "$repository/pulls/$number" --raw-field title="$TITLE" \
        --field body=@"$request/body.md" || stop "$denied"
fi
echo "number=$number" >> "$GITHUB_OUTPUT"
mv "$request/proposed.md" "$request/answer.md"
