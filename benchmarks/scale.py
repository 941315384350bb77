"""Cost as it grows: index and query against the catalogue, a turn against history and pool.

    python benchmarks/scale.py [--items 10000 100000 1000000] [--dimensions 64] [--into docs]

Prints the tables and draws `scale-index.svg` and `scale-turn.svg` into the folder, which needs matplotlib
(`pip install sommelier[benchmarks]`). The catalogue is made up, see `synthetic`; a million items take about an hour.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from scale_index import FILTERS, OVERFETCH, measure_index
from scale_turn import measure_turns

Row = Mapping[str, Any]

INK, FAINT, WARM = "#1f4e79", "#8aa9c4", "#b5482a"


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--items", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    asked.add_argument("--dimensions", type=int, default=64)
    asked.add_argument("--into", type=Path, default=Path("docs"))
    options = asked.parse_args()
    sizes = []
    for count in options.items:
        sizes.append(measure_index(count, options.dimensions))
        print(sizes[-1], flush=True)  # the next one may take an hour
    turns = measure_turns()
    for table in (index_table(sizes), history_table(turns["history"]), pool_table(turns["pool"])):
        print(table, end="\n\n")
    draw_index(sizes, options.into / "scale-index.svg")
    draw_turns(turns["history"], turns["pool"], options.into / "scale-turn.svg")


def index_table(rows: Sequence[Row]) -> str:
    """Figures down, sizes across."""
    shown = {
        "build, s": ("build s", "{:.1f}"),
        "on disk, MB": ("disk MB", "{:.0f}"),
        "memory, building, MB": ("build extra MB", "{:.0f}"),
        "memory, open, MB": ("open MB", "{:.0f}"),
        "opening and first query, s": ("open s", "{:.2f}"),
        "recall@200 against exact search": ("recall", "{:.3f}"),
        **{f"{name}, p50 / p95, ms": (name, "") for name in _queries()},
        **{f"{name}: kept of {OVERFETCH} x 200": (f"{name}, kept", "{:.0f}") for name in FILTERS},
    }
    lines = ["| | " + " | ".join(f"{row['items']:,} items" for row in rows) + " |", "|---" * (len(rows) + 1) + "|"]
    for label, (name, form) in shown.items():
        cells = (form.format(row[name]) if form else _p50_p95(row, name) for row in rows)
        lines.append(f"| {label} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def history_table(rows: Sequence[Row]) -> str:
    """One line per length of history."""
    lines = [
        "| events | profile: cold | warm | just moved | turn to the shelf: cold | warm | just moved |",
        "|---" * 7 + "|",
    ]
    for row in rows:
        cells = (f"{row[f'{state}, {step}']:.1f} ms" for step in ("profile", "turn") for state in _STATES)
        lines.append(f"| {row['events']:,} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def pool_table(rows: Sequence[Row]) -> str:
    """One line per size of pool."""
    lines = ["| pool | turn to the shelf |", "|---|---|"]
    return "\n".join(lines + [f"| {row['pool']} | {row['turn'] / 1e3:.2f} s |" for row in rows])


def draw_index(rows: Sequence[Row], path: Path) -> None:
    """Build, query and memory against the number of items."""
    import matplotlib.pyplot as plt

    figure, (built, asked, held) = plt.subplots(1, 3, figsize=(11, 3.4), layout="constrained")
    items = [row["items"] for row in rows]
    built.loglog(items, [row["build s"] for row in rows], "o-", color=INK)
    built.set(title="index build", ylabel="s")
    styles = [(INK, "-"), (FAINT, "-"), (WARM, "-"), (WARM, "--"), ("#7a6a3a", "-"), ("#7a6a3a", "--")]
    for name, (colour, line) in zip(_queries(), styles, strict=True):
        asked.loglog(items, [row[f"{name} p50 ms"] for row in rows], "o" + line, color=colour, label=name, markersize=4)
    asked.set(title="query for 200, p50", ylabel="ms")
    asked.legend(fontsize=7, frameon=False)
    for name, colour in (("disk MB", FAINT), ("build extra MB", WARM), ("open MB", INK)):
        held.loglog(items, [row[name] for row in rows], "o-", color=colour, label=name.removesuffix(" MB"))
    held.set(title="held", ylabel="MB")
    held.legend(fontsize=7, frameon=False)
    _finish(figure, (built, asked, held), "items", path)


def draw_turns(histories: Sequence[Row], pools: Sequence[Row], path: Path) -> None:
    """Milliseconds to the shelf against events, without the model; seconds against the pool, with it."""
    import matplotlib.pyplot as plt

    figure, (lived, judged) = plt.subplots(1, 2, figsize=(8, 3.4), layout="constrained")
    events = [row["events"] for row in histories]
    for state, colour in zip(_STATES, (FAINT, INK, WARM), strict=True):
        lived.loglog(events, [row[f"{state}, profile"] for row in histories], "o-", color=colour, label=state)
    lived.set(title="reading the profile", ylabel="ms", xlabel="events of the user")
    lived.legend(fontsize=7, frameon=False)
    judged.plot([row["pool"] for row in pools], [row["turn"] / 1e3 for row in pools], "o-", color=INK)
    judged.set(title="message to shelf, default model", ylabel="s", xlabel="pool", ylim=(0, None))
    _finish(figure, (lived, judged), None, path)


_STATES = ("cold", "warm", "just moved")


def _queries() -> list[str]:
    filtered = [name for each in FILTERS for name in (each, f"{each}, over-fetch")]
    return ["no filter", "100 consumed", *filtered]


def _p50_p95(row: Row, name: str) -> str:
    return f"{row[f'{name} p50 ms']:.1f} / {row[f'{name} p95 ms']:.1f}"


def _finish(figure: Any, axes: Sequence[Any], label: str | None, path: Path) -> None:  # noqa: ANN401 - matplotlib's own
    for each in axes:
        each.spines[["top", "right"]].set_visible(False)
        each.grid(alpha=0.25, linewidth=0.5)
        if label:
            each.set_xlabel(label)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, metadata={"Date": None})


if __name__ == "__main__":
    main()
