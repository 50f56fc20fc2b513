"""What the figures must not pass. Each is a ratio, or a count, within one run."""

import math
import re
from dataclasses import dataclass

import measure
import peers
import report

CHECK, CLI = peers.CheckJsonschema.name, peers.JsonschemaCli.name


@dataclass(frozen=True)
class Bar:
    """One demand, what was measured, and whether it is met; none where it was not measured."""

    demand: str
    measured: str
    met: bool | None


def extra(roster, options, repository):
    """Figures that no contest has: bad files, short runs."""
    count = max(options.sizes)
    found = {"bad count": count, "bad files": count // 10}
    good = options.folder.resolve() / "data" / f"agents-{count}"
    bad = repository(options.folder, "agents-bad", count, bad=count // 10).resolve()
    pairs = [(measure.run([roster, "validate"], good), measure.run([roster, "validate"], bad, codes=(4,))) for _ in range(5)]
    found["bad wall"] = measure.paired([pair[1] for pair in pairs], [pair[0] for pair in pairs], "wall")
    # Line and column are in the heading above the source, and the path of the value in the message.
    found["bad reported"] = len(re.findall(r"╭─\[agents/\S+\.yaml:\d+:\d+\]", pairs[0][1].output))
    found["bad peak"] = measure.median([pair[1] for pair in pairs], "peak_mb")
    one = repository(options.folder, "agents-1", 1).resolve()
    for name, command in (("version", [roster, "--version"]), ("one file", [roster, "validate"])):
        runs = [measure.run(command, one) for _ in range(21)]
        found[name] = {what: measure.median(runs, what) * 1000 for what in ("wall", "cpu")}
    return found


def judge(results, found):
    """Every bar."""
    validate = {result.count: result for result in results if result.work == "validate"}
    plan = {result.count: result for result in results if result.work == "plan"}
    bars = []

    def bar(demand, value, limit, form="{:.2f}", least=False):
        met = None if value is None else (value >= limit if least else value <= limit)
        bars.append(Bar(demand, "not measured" if value is None else form.format(value), met))

    def ratio(result, name, what):
        pair = result.ratio(name, what) if result else None
        return pair[0] if pair else None

    ten = validate.get(10_000)
    bar("`validate`, 10,000: wall at most 0.8 of jsonschema-cli's", ratio(ten, CLI, "wall"), 0.8)
    bar("`validate`, 10,000: CPU at most 1.5 of jsonschema-cli's", ratio(ten, CLI, "cpu"), 1.5)
    check = ratio(validate.get(1_000), CHECK, "cpu")
    bar("`validate`, 1,000: CPU at least 30 times less than check-jsonschema's", check and 1 / check, 30, "{:.1f}", True)
    for count in (10_000, 20_000):
        peak = validate[count].median(report.ROSTER, "peak_mb") if count in validate else None
        bar(f"`validate`, {count:,}: at most 40 MB", peak, 40, "{:.1f} MB")
    count, bad = found["bad count"], found["bad files"]
    bar(f"`validate`, {bad:,} bad of {count:,}: at most 1.5 of the wall of all good", found["bad wall"][0], 1.5)
    bar(f"`validate`, {bad:,} bad of {count:,}: every one with line and column", found["bad reported"], bad, "{:,}", True)
    for count, result in plan.items():
        # Two people of each system have no file.
        pages = 2 * math.ceil((count + 2) / 100)
        lists = [one for one in result.requests if re.match(r"GET \S*/users\?", one) and "status=" not in one]
        rest = [one for one in result.requests if one not in lists and "token" not in one and "/roles" not in one]
        wrong = [one for one in rest if "status=" not in one]
        bars.append(Bar(f"`plan`, {count:,}: exactly {pages} pages of both systems", f"{len(lists):,}", len(lists) == pages))
        bar(f"`plan`, {count:,}: no request a person, no write", len(wrong), 0, "{:,}")
        # With fewer the start of the programs is a large part.
        if count >= 10_000:
            bar(f"`plan`, {count:,}: CPU at most 1.4 of the bare program's", ratio(result, report.FLOOR, "cpu"), 1.4)
            limit = 24 + count * 12 / 1024
            bar(f"`plan`, {count:,}: at most {limit:.0f} MB", result.median(report.ROSTER, "peak_mb"), limit, "{:.1f} MB")
    for work, by_count in (("validate", validate), ("plan", plan)):
        few, many = (by_count[n].median(report.ROSTER, "cpu") if n in by_count else None for n in (2_000, 20_000))
        growth = many / few if few and many else None
        bar(f"`{work}`: CPU with 20,000 at most 10.5 of that with 2,000", growth, 10.5)
    for demand, name, limit in (("`--version`", "version", 5), ("`validate` of one file", "one file", 20)):
        form = f"{{:.1f}} ms (CPU {found[name]['cpu']:.1f} ms)"
        bar(f"{demand}: at most {limit} ms", found[name]["wall"], limit, form)
    return bars


def table(bars):
    """A Markdown table."""
    words = {True: "met", False: "**not met**", None: "not measured"}
    rows = [f"| {bar.demand} | {bar.measured} | {words[bar.met]} |" for bar in bars]
    return "\n".join(["| bar | measured | |", "|---|--:|---|", *rows])
