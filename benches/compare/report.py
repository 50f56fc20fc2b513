"""The table, the figures as JSON, and the plot."""

import json
import os
import platform
import subprocess
import sys
from dataclasses import asdict, dataclass, field
from pathlib import Path

import measure

ROSTER = "**roster**"
FLOOR = "floor: the same crates in a bare loop"
MARKS = ("<!-- compare -->", "<!-- /compare -->")


@dataclass
class Result:
    """One kind of work with so many agents: the samples of each program, and why others were not run."""

    work: str
    count: int
    samples: dict
    skipped: dict
    requests: list = field(default_factory=list)

    @classmethod
    def of(cls, contest):
        """What a contest brought."""
        return cls(contest.work, contest.count, contest.run(), contest.skipped)

    def ratio(self, name, what):
        """The median of roster's figure to that of another program, round by round; none if that was not run."""
        theirs = self.samples.get(name)
        return measure.paired(self.samples[ROSTER], theirs, what) if theirs else None

    def median(self, name, what):
        """The median of one figure of a program; none if it was not run."""
        samples = self.samples.get(name)
        return measure.median(samples, what) if samples else None


def machine():
    """The machine without its name."""
    model = next((line.split(":", 1)[1].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")), "")
    memory = next((int(line.split()[1]) for line in _lines("/proc/meminfo") if line.startswith("MemTotal")), 0)
    names = dict(line.split("=", 1) for line in _lines("/etc/os-release") if "=" in line)
    system = names.get("PRETTY_NAME", platform.system()).strip('"')
    return f"{os.cpu_count()} cores ({model or platform.machine()}), {memory / 2**20:.0f} GB, {system}"


def _lines(file):
    try:
        return Path(file).read_text(encoding="utf-8").splitlines()
    except OSError:
        return []


def table(results, notes):
    """One Markdown table of medians, and of roster's CPU to that of each other program in the same round."""
    rounds = max(len(result.samples[ROSTER]) for result in results)
    lines = [
        f"{machine()}. Medians of {rounds} rounds; CPU is user and system together; the memory is that of the largest process.",
        "The last column is the median, with the least and greatest, of roster's CPU divided by that program's in one round.",
        "",
        "| work | agents | program | CPU s | wall s | peak MB | roster's CPU to it |",
        "|---|--:|---|--:|--:|--:|--:|",
    ]
    for result in sorted(results, key=lambda one: (one.work != "validate", one.count)):
        start = f"| `{result.work}` | {result.count:,} |"
        for name in sorted(result.samples, key=lambda name: (name != ROSTER, result.median(name, "cpu"))):
            cpu, wall, peak = (result.median(name, what) for what in ("cpu", "wall", "peak_mb"))
            ratio = "" if name == ROSTER else "{:.2f} ({:.2f} to {:.2f})".format(*result.ratio(name, "cpu"))
            lines.append(f"{start} {name} | {cpu:.3f} | {wall:.3f} | {peak:.0f} | {ratio} |")
        lines += [f"{start} {name} | skipped: {why} | | | |" for name, why in result.skipped.items()]
    lines += ["", *(f"{name}: {note}." for name, note in notes.items() if note), ""]
    return "\n".join(lines)


def readme(results, notes, file):
    """Writes the table into a page, between two marks."""
    page = Path(file).read_text(encoding="utf-8")
    start, end = (page.index(mark) for mark in MARKS)
    page = page[: start + len(MARKS[0])] + "\n" + table(results, notes).strip() + "\n" + page[end:]
    Path(file).write_text(page, encoding="utf-8")


def as_json(results):
    """Every sample, without what the programs printed."""
    document = [asdict(result) for result in results]
    for result in document:
        for samples in result["samples"].values():
            for sample in samples:
                del sample["output"]
    return json.dumps({"machine": machine(), "results": document}, indent=1)


def plot(results, place, folder):
    """Draws CPU against the number of agents, once for each colour scheme, with matplotlib in a folder of its own."""
    python = Path(folder, "plot", "bin", "python")
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", python.parents[1]], check=True)
        pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "matplotlib==3.10.7"]
        subprocess.run(pip, check=True)
    script = Path(__file__).with_name("plot.py")
    subprocess.run([python, script, place], input=as_json(results), text=True, check=True)


