"""Draws the figures that come in as JSON: CPU seconds against the number of agents, one SVG for each colour scheme."""

import json
import statistics
import sys
from pathlib import Path

import matplotlib

matplotlib.use("svg")
from matplotlib import pyplot

SCHEMES = {
    "light": {
        "text": "#1f2328", "grid": "#d1d9e0", "roster": "#0969da", "floor": "#59636e",
        "peers": ["#bc4c00", "#1a7f37", "#8250df", "#bf3989", "#9a6700"],
    },
    "dark": {
        "text": "#f0f6fc", "grid": "#3d444d", "roster": "#4493f8", "floor": "#9198a1",
        "peers": ["#f0883e", "#3fb950", "#bc8cff", "#f778ba", "#d29922"],
    },
}
# Its cost is that of 20 calls, whatever the number of agents.
LEFT_OUT = "Ansible"
WORKS = {"validate": "roster validate", "plan": "roster plan, nothing differs"}


def lines(results, work):
    """The median CPU of each program that was run with several numbers of agents."""
    found = {}
    for result in results:
        if result["work"] == work:
            for name, samples in result["samples"].items():
                if name.startswith(LEFT_OUT):
                    continue
                cpu = statistics.median(sample["cpu"] for sample in samples)
                found.setdefault(name.replace("**", ""), []).append((result["count"], cpu))
    return {name: sorted(points) for name, points in found.items()}


def draw(results, scheme, file):
    """One picture with both kinds of work, on logarithmic axes."""
    colours = SCHEMES[scheme]
    pyplot.rcParams.update({
        "svg.fonttype": "none", "svg.hashsalt": "roster", "font.family": "sans-serif", "font.size": 9,
        "text.color": colours["text"], "axes.labelcolor": colours["text"], "axes.edgecolor": colours["grid"],
        "xtick.color": colours["text"], "ytick.color": colours["text"],
    })
    figure, both = pyplot.subplots(1, 2, figsize=(9.6, 5.6), sharey=True)
    for axes, (work, title) in zip(both, WORKS.items()):
        others = iter(colours["peers"])
        for name, points in lines(results, work).items():
            ours, floor = name == "roster", name.startswith("floor")
            colour = colours["roster"] if ours else colours["floor"] if floor else next(others)
            style = (0, (1, 2)) if "read" in name or "fetched" in name else "--" if floor else "-"
            numbers, cpu = zip(*points)
            axes.plot(numbers, cpu, marker="o", markersize=3, color=colour, linestyle=style, linewidth=2.4 if ours else 1.3, label=name)
        axes.set(xscale="log", yscale="log", xlabel="agents", title=title)
        axes.grid(color=colours["grid"], linewidth=0.5)
        axes.set_axisbelow(True)
        axes.patch.set_alpha(0)
        counts = sorted({result["count"] for result in results})
        axes.set_xticks(counts, [f"{count:,}" for count in counts])
        axes.minorticks_off()
        axes.legend(
            loc="upper center", bbox_to_anchor=(0.5, -0.13), frameon=False, fontsize=7.5, labelcolor=colours["text"],
        )
    both[0].set_ylabel("CPU seconds")
    figure.tight_layout()
    figure.savefig(file, format="svg", transparent=True, metadata={"Date": None})
    pyplot.close(figure)


def main():
    """Writes `cost-light.svg` and `cost-dark.svg` into a folder."""
    results = json.load(sys.stdin)["results"]
    for scheme in SCHEMES:
        draw(results, scheme, Path(sys.argv[1], f"cost-{scheme}.svg"))


main()
