#!/usr/bin/env bash
# Lays out, in $RUNNER_TEMP/change, what the main branch would hold if the pull request were merged, but only so far as a
# plan may believe a stranger: agents/ and .roster/accept/ of the merged tree, as plain files. All else, roster.yaml too,
# is the main branch's. HEAD there is the pull request's commit, so that the plan names it.
#
# Outputs: base, changed (true or false), and code where there is nothing to plan. What then is to be said is in plan.md,
# and what is to be added to a plan in notes.md.
set -euo pipefail

# Pictures in Git LFS stay the small text files that git holds: to fetch them would take credentials.
export GIT_LFS_SKIP_SMUDGE=1
where=""
[ "$DIRECTORY" = . ] || where="$DIRECTORY/"
mine=("${where}agents/" "${where}.roster/accept/")

# Ends without a plan: whether anything changes for the agents, the job's result, and what the comment says.
no_plan() {
    local mark="<!-- roster plan"
    [ "$DIRECTORY" = . ] || mark="$mark of $DIRECTORY"
    printf '%s · commit %s -->\n%s\n' "$mark" "$HEAD_SHA" "$3" > "$RUNNER_TEMP/plan.md"
    cat "$RUNNER_TEMP/plan.md" >> "$GITHUB_STEP_SUMMARY"
    printf 'changed=%s\ncode=%s\n' "$1" "$2" >> "$GITHUB_OUTPUT"
    exit
}
nothing() {
    no_plan false 0 "### Nothing to plan

This pull request changes no agent, so nothing would be written for it."
}

base=$(git rev-parse HEAD)
echo "base=$base" >> "$GITHUB_OUTPUT"
said=$("$(dirname "$0")/folder.sh") || no_plan unknown 1 "### There is no plan

${said#::error::}"
git -c credential.helper= -c credential.helper='!gh auth git-credential' \
    fetch --quiet --no-tags --no-recurse-submodules origin "$HEAD_SHA"

# Asked of the pull request alone, so that one that leaves the agents alone hears nothing of a conflict elsewhere.
fork=$(git merge-base "$base" "$HEAD_SHA")
if git diff --quiet "$fork" "$HEAD_SHA" -- "${mine[@]}"; then
    nothing
fi

merged=$(git merge-tree --write-tree --no-messages "$base" "$HEAD_SHA") || case $? in
    1) no_plan conflict 1 "### There is no plan

This pull request conflicts with the main branch. Resolve the conflict, and the plan follows." ;;
    *) exit 1 ;;
esac

# A runner that stays has the last plan's folder, or at least its name.
rm -rf "$RUNNER_TEMP/change"
git worktree prune
git worktree add --quiet --force --detach --no-checkout "$RUNNER_TEMP/change" "$HEAD_SHA"
cd "$RUNNER_TEMP/change"

# The main branch's tree with the agents and acceptances of a tree. Of these only plain files, so neither links nor
# submodules, and nothing hidden, such as attributes for git.
tree_with() {
    git read-tree "$base"
    git ls-files -z -- "${mine[@]}" | git update-index -z --force-remove --stdin
    git ls-tree -r -z "$1" -- "${mine[@]}" | while IFS= read -r -d '' entry; do
        path=${entry#*$'\t'}
        case "$entry" in 100644\ blob\ * | 100755\ blob\ *) ;; *) continue ;; esac
        case "${path#"$where"}" in agents/.* | agents/*/.* | .roster/accept/*/*) continue ;; esac
        printf '%s\0' "$entry"
    done | git update-index -z --index-info
    git write-tree
}
before=$(tree_with "$base")
after=$(tree_with "$merged") # what the index holds now
[ "$before" != "$after" ] || nothing
git checkout-index --all --force
echo "changed=true" >> "$GITHUB_OUTPUT"

count() { tr -dc '\0' | wc -c; }
left_out=$(($(git ls-tree -r -z "$merged" -- "${mine[@]}" | count) - $(git ls-files -z -- "${mine[@]}" | count)))
: > "$RUNNER_TEMP/notes.md"
if [ "$left_out" -gt 0 ]; then
    printf '\n> Left out of this plan: %s links, submodules or hidden files among the agents.\n' "$left_out" \
        >> "$RUNNER_TEMP/notes.md"
fi
if ! git diff --quiet "$base" "$merged" -- "${where}roster.yaml"; then
    printf '\n> This pull request changes roster.yaml too. The plan is made with the one of the main branch.\n' \
        >> "$RUNNER_TEMP/notes.md"
fi
