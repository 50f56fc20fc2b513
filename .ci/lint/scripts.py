"""Writes the script of every `run:` below a .github folder to a file of its own, and prints the files' names."""

import pathlib
import sys

import yaml


def steps(document):
    yield from (document.get("runs") or {}).get("steps") or []
    for job in (document.get("jobs") or {}).values():
        yield from job.get("steps") or []


github, into = map(pathlib.Path, sys.argv[1:])
for path in sorted(github.rglob("*.y*ml")):
    for number, step in enumerate(steps(yaml.safe_load(path.read_text()) or {})):
        if "run" in step:
            script = into / f"{path.parent.name}-{path.stem}-{number}-{step.get('id', 'run')}.sh"
            # As GitHub starts it for `shell: bash`; every step says so.
            script.write_text("#!/usr/bin/env bash\nset -eo pipefail\n" + step["run"] + "\n")
            print(script)
