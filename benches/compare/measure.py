"""What one run of a program costs: CPU, wall and the peak of its largest process."""

import os
import shutil
import statistics
import subprocess
import tempfile
import time
from dataclasses import dataclass


@dataclass(frozen=True)
class Sample:
    """One run of a program."""

    cpu: float
    wall: float
    peak_mb: float
    code: int
    output: str


class Failed(Exception):
    """A program ended with another code than the one that was expected."""


def run(command, cwd=None, env=None, codes=(0,)):
    """Runs a command to its end. GNU time reports the memory: what this process itself holds is not counted."""
    gnu_time = shutil.which("time")
    if gnu_time is None:
        raise Failed("GNU time is not installed, which measures the memory (package `time`)")
    with tempfile.NamedTemporaryFile("r") as report, tempfile.TemporaryFile() as output:
        timed = [gnu_time, "--quiet", "--format", "%M", "--output", report.name, *map(str, command)]
        started = time.perf_counter()
        process = subprocess.Popen(timed, cwd=cwd, env=env, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        peak = float(report.read().split()[-1]) / 1024
        output.seek(0)
        text = output.read().decode(errors="replace")
    if process.returncode not in codes:
        raise Failed(f"{command[0]} ended with {process.returncode}: {text[-500:]}")
    return Sample(usage.ru_utime + usage.ru_stime, wall, peak, process.returncode, text)


def median(samples, what):
    """The median of one figure of several runs."""
    return statistics.median(getattr(sample, what) for sample in samples)


def paired(ours, theirs, what):
    """The median, least and greatest of the ratios of runs in the same round."""
    ratios = sorted(getattr(one, what) / max(getattr(other, what), 1e-4) for one, other in zip(ours, theirs))
    return statistics.median(ratios), ratios[0], ratios[-1]
