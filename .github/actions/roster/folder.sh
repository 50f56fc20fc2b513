#!/usr/bin/env bash
# Holds that the agents are in agents/: the workflows know no other folder, and would call a change in it none.
set -euo pipefail
settings=$DIRECTORY/roster.yaml
[ -f "$settings" ] || exit 0

# Every value of a key `agents`, as a line or between braces; nothing else in roster.yaml is called so.
quote="[\"']?"
named=$(sed -nE "s/^([^#]*[{,[:space:]])?${quote}agents${quote}[[:space:]]*:[[:space:]]*${quote}([^\"'#,}]*).*/\2/p" "$settings")
named=$(sed -E 's/[[:space:]]+$//' <<< "$named")
if [ -n "$named" ] && [ "$named" != agents ]; then
    echo "::error::${settings#./} on the main branch says that the agents are in another folder than \`agents\`, which is" \
        "the only one that the workflows know. Move them to \`agents/\`, or change the workflows and their scripts too."
    exit 1
fi
