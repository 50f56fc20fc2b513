"""Runs roster beside other programs that do the same work, all in one run and in alternating order, and prints one table.

    python3 benches/compare                      1,000 agents
    python3 benches/compare --sizes 100 1000 2000 10000 20000 --plot docs --readme 1000 10000 --bars

It installs the other programs into a folder of its own. One that cannot be installed is printed as skipped.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import bars
import measure
import peers
import people
import report
import sandbox

ROOT = Path(__file__).resolve().parents[2]
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))


def arguments():
    """What is asked for."""
    parser = argparse.ArgumentParser(prog="benches/compare", description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=[1_000], metavar="N", help="numbers of agents, 100 to 20,000")
    parser.add_argument("--rounds", type=int, default=5, help="how often each program is run")
    parser.add_argument("--folder", type=Path, default=TARGET / "compare", help="where peers and data are put")
    parser.add_argument("--roster", type=Path, help="the program to measure; built for release if not given")
    parser.add_argument("--floor", type=Path, help="the bare loops; built for release if not given")
    parser.add_argument("--without", nargs="+", default=[], metavar="PEER", help="leave out peers, such as JsonschemaCli")
    parser.add_argument("--plot", type=Path, metavar="DIR", help="also draw cost against the number of agents")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write every figure")
    parser.add_argument("--readme", type=int, nargs="+", metavar="N", help="write the table of these sizes into README.md")
    parser.add_argument("--bars", action="store_true", help="end with 1 if a bar that was measured is not met")
    return parser.parse_args()


def built(*target):
    """The program of a target, built for release."""
    command = ["cargo", "build", "--release", "--locked", "--message-format=json", *target]
    lines = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()
    return [Path(one) for one in (json.loads(line).get("executable") for line in lines) if one][-1]


class Contest:
    """Every program that does one kind of work with so many agents, run in turns."""

    def __init__(self, work, count, rounds):
        self.work, self.count, self.rounds = work, count, rounds
        self.entries, self.skipped = {}, {}

    def add(self, name, command, cwd, env=None):
        """A program, which must succeed."""
        self.entries[name] = (command, cwd, env)

    def run(self):
        """The samples of each program, by its name."""
        samples = {name: [] for name in self.entries}
        for turn in range(self.rounds):
            names = list(self.entries)
            for name in names if turn % 2 == 0 else reversed(names):
                if name in self.skipped:
                    continue
                command, cwd, env = self.entries[name]
                try:
                    samples[name].append(measure.run(command, cwd, env))
                except measure.Failed as failed:
                    if name in (report.ROSTER, report.FLOOR):
                        raise
                    self.skipped[name] = str(failed).splitlines()[0][:120]
                print(".", end="", file=sys.stderr, flush=True)
        print(file=sys.stderr)
        return {name: runs for name, runs in samples.items() if name not in self.skipped}


def enter_peers(contest, installed, repository, broken, env=None):
    """Adds the peers of this work. One that takes a wrong file for a good one does not do the work."""
    for peer, why in installed:
        if peer.work != contest.work:
            continue
        if why is None and contest.count > peer.largest:
            why = f"takes minutes with more than {peer.largest:,} agents"
        environment = {**(env or os.environ), **peer.environment()}
        try:
            if why is not None:
                raise peers.Skip(why)
            peer.prepare(repository, contest.count)
            if broken is not None:
                peer.prepare(broken, 1)
                command = [str(word) for word in peer.command(broken, 1)]
                done = subprocess.run(command, cwd=broken, env=environment, capture_output=True, check=False)
                if done.returncode == 0:
                    raise peers.Skip("finds nothing in a file with an error")
        except peers.Skip as skip:
            contest.skipped[peer.name] = str(skip)
            continue
        contest.add(peer.name, peer.command(repository, contest.count), repository, environment)


def repository(folder, name, count, bad=0):
    """A fresh repository, with the schema of this program beside it."""
    place = Path(folder, "data", name)
    shutil.rmtree(place, ignore_errors=True)
    people.repository(place, count, bad)
    shutil.copy(ROOT / "schema" / "agent.schema.json", place / "schema.json")
    return place


def main():
    """Measures, prints, and draws."""
    options = arguments()
    roster = (options.roster or built("--bin", "roster")).resolve()
    floor = (options.floor or built("--bench", "floor")).resolve()
    installed = []
    for kind in peers.ALL:
        peer = kind((options.folder / "peers").resolve())
        print(f"installing {peer.name}", file=sys.stderr)
        try:
            if kind.__name__ in options.without:
                raise peers.Skip("left out of this run")
            peer.install()
            installed.append((peer, None))
        except peers.Skip as skip:
            installed.append((peer, str(skip)))

    broken = repository(options.folder, "broken", 1, bad=1).resolve()
    results = []
    for count in options.sizes:
        place = repository(options.folder, f"agents-{count}", count).resolve()
        print(f"{count:,} agents: validate ", end="", file=sys.stderr)
        validate = Contest("validate", count, options.rounds)
        validate.add(report.ROSTER, [roster, "validate"], place)
        validate.add(report.FLOOR, [floor, "validate", "schema.json", "agents"], place)
        validate.add("floor: the files are read", [floor, "read", "agents"], place)
        enter_peers(validate, installed, place, broken)
        results.append(report.Result.of(validate))

        sandbox.fill(roster, place)
        with sandbox.serve(roster, place) as (env, requests):
            # All pages are in the cache before anything is measured.
            first = measure.run([roster, "plan"], place, env)
            if "nothing to do" not in first.output:
                raise measure.Failed(f"the plan is not empty: {first.output[-300:]}")
            # The sandbox is slow with many people: a request that took too long was sent again.
            requests.clear()
            measure.run([roster, "plan"], place, env)
            seen = list(requests)
            print(f"{count:,} agents: plan ", end="", file=sys.stderr)
            plan = Contest("plan", count, options.rounds)
            plan.add(report.ROSTER, [roster, "plan"], place, env)
            plan.add(report.FLOOR, [floor, "plan", "schema.json", "agents"], place, env)
            plan.add("floor: the same pages are fetched", [floor, "fetch", str(count)], place, env)
            enter_peers(plan, installed, place, None, env)
            results.append(report.Result.of(plan))
            results[-1].requests = seen

    more = bars.extra(roster, options, repository)
    if options.json:
        options.json.write_text(report.as_json(results), encoding="utf-8")
    notes = {peer.name: peer.note for peer, _ in installed}
    print(report.table(results, notes))
    if options.readme:
        report.readme([result for result in results if result.count in options.readme], notes, ROOT / "README.md")
    judged = bars.judge(results, more)
    print(bars.table(judged))
    if options.plot:
        report.plot(results, options.plot, options.folder)
    if options.bars and any(bar.met is False for bar in judged):
        sys.exit(1)


if __name__ == "__main__":
    main()
