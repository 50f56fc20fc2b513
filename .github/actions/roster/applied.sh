#!/usr/bin/env bash
# The newest deployment that tells an applied commit which is in the history of HEAD: its number and the commit, or nothing.
set -euo pipefail
deployments=repos/$GITHUB_REPOSITORY/deployments
rows=$(gh api "$deployments?environment=$NAME-applied&per_page=20" --jq '.[] | "\(.id) \(.sha)"')
while read -r id sha; do
    [ -n "$id" ] || exit 0
    state=$(gh api "$deployments/$id/statuses?per_page=1" --jq '.[0].state // ""')
    if [ "$state" = success ] && git merge-base --is-ancestor "$sha" HEAD; then
        echo "$id $sha"
        exit
    fi
done <<< "$rows"
