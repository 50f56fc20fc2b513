#!/usr/bin/env bash
# Commits roster.lock to the main branch where an apply changed it (`links: file` in roster.yaml), with ROSTER_LOCK_TOKEN. A change
# of the file on the main branch since then is merged; a contradiction fails the job. The report keeps the file in every case.
set -euo pipefail
lock=$([ "$DIRECTORY" = . ] || echo "$DIRECTORY/")roster.lock
no_token="The environment $NAME-apply has no secret ROSTER_LOCK_TOKEN, see docs/wiring.md."

# Before the apply, since a link that cannot be committed is lost for the next run.
if [ "${1-}" = check ]; then
    settings=$(dirname "$lock")/roster.yaml
    if [ -z "$ROSTER_LOCK_TOKEN" ] && grep -qsE "^[\"']?links[\"']?[[:space:]]*:[[:space:]]*[\"']?file" "$settings"; then
        echo "::error::$no_token Nothing was written."
        exit 1
    fi
    exit
fi

# An ignored file counts too.
[ -f "$lock" ] || exit 0
! git show "HEAD:$lock" 2> /dev/null | cmp -s - "$lock" || exit 0
cp "$lock" "$RUNNER_TEMP/report/"

fail() {
    echo "::error::$1 The ids of new people are in roster.lock in this run's artifact: add them to roster.lock of the main branch" \
        "before the next apply."
    exit 1
}
[ -n "$ROSTER_LOCK_TOKEN" ] || fail "$no_token"

# In the environment, since other processes can read the arguments of git.
authorization=$(printf 'x-access-token:%s' "$ROSTER_LOCK_TOKEN" | base64 -w 0)
echo "::add-mask::$authorization"
export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0="http.$GITHUB_SERVER_URL/.extraheader" \
    GIT_CONFIG_VALUE_0="AUTHORIZATION: basic $authorization"
remote=$GITHUB_SERVER_URL/$GITHUB_REPOSITORY

git config user.name "github-actions[bot]"
git config user.email "41898282+github-actions[bot]@users.noreply.github.com"
git add --force -- "$lock"
git commit --quiet --message "Store the links of the last apply"
for _ in 1 2 3 4 5; do
    git fetch --quiet "$remote" "refs/heads/$BRANCH" || fail "The main branch cannot be fetched with ROSTER_LOCK_TOKEN."
    git rebase --quiet FETCH_HEAD || fail "roster.lock was changed on the main branch, and contradicts this apply."
    if git push --quiet "$remote" "HEAD:refs/heads/$BRANCH"; then
        exit
    fi
done
fail "roster.lock cannot be pushed: see the messages of git above. ROSTER_LOCK_TOKEN must be allowed to push to the main branch."
