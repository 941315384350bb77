"""Learning goes on over three slices of time: what each adapter gains on its own slice, and forgets of those before.

    python benchmarks/continual.py PATH_TO_MOVIELENS_SMALL [WORK] [--learn 100] [--judge 150] [--gate 40] [--json]

MovieLens small is cut by time over the whole log. The first slice is ingested and tuned on as `sommelier tune` does,
the others as `sommelier tune --since last`. Each adapter goes through the gate of `sommelier adapters promote`, and
serves by force where that refuses it, so that the next goes on from it. Then the adapter after each slice judges
people's last choices in every slice, which none of them has learned: printed are NDCG@10, and what each step changed
on the new slice and on those before, by the rule of the gate.

All adapters judge the same pools, drawn over the whole log without these choices. A target outside of the pool counts
0. People with choices in several slices are judged in their last one. Films are known from the beginning, with tags.
What is cut off goes on where it was when the same command is given again.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from continual_slices import PRESET, cut
from rich.console import Console
from rich.table import Table
from sommelier.agent.ingest.loading import load_preset
from sommelier.agent.llm.language_model import LanguageModel
from sommelier.agent.serving_model import ADAPTERS, model_with, shipped_adapter
from sommelier.agent.workspace import Workspace
from sommelier.finetune.adapters.comparison import Comparison, compare_models
from sommelier.finetune.adapters.gate import CANDIDATE, SERVING, Gate
from sommelier.finetune.adapters.parentage import MARK, learned_by
from sommelier.finetune.adapters.registry import Registry
from sommelier.finetune.adapters.run_state import BEGUN
from sommelier.finetune.adapters.tune import UNFINISHED, Plan, tune
from sommelier.finetune.adapters.workload import USERS
from sommelier.finetune.training.training import TrainingRecipe

SLICES = 3
NUMBERS = range(1, SLICES + 1)
RECIPE = TrainingRecipe(batch=8, checks=3)
"""For so little to learn from: more steps, and fewer checks, which would take longer than training itself."""
PAGE = 160
"""Columns of a table that goes into a file."""
SAYS = Console(stderr=True)


@dataclass(frozen=True, slots=True)
class Change:
    """What one model changes against another on the choices of some `users`, `judged` of which have their target in the
    pool: NDCG@10 of the fused ranking, with its 95% interval, and the non-inferiority test at 2%."""

    what: str
    users: int
    judged: int
    before: float
    after: float
    interval: tuple[float, float, float]
    low: float
    margin: float
    verdict: str

    @classmethod
    def of(cls, what: str, found: Comparison, name: str, than: str) -> Change:
        """By the same rule as the gate."""
        pair = {SERVING: found.fused[than], CANDIDATE: found.fused[name]}
        gate = Gate.of(replace(found, fused=pair, wrote={}))
        needs = gate.test.needed if gate.verdict == "undecided" else None
        return cls(
            what, found.users, found.judged, float(found.fused[than].mean()), float(found.fused[name].mean()),
            found.change(name, than), gate.test.low, gate.test.margin,
            gate.verdict + (f", needs n = {needs:,}" if needs else ""),
        )  # fmt: skip


def measure(data: Path, work: Path, learn: int | None, judge: int, gate: int) -> dict[str, Any]:
    """Go through all slices, and compare at the end. Raises as ingesting, tuning and comparing do."""
    gates = []
    for number, folder in enumerate(cut(data, work, SLICES), 1):
        load_preset(work / "workspace", PRESET, folder)
        with Workspace(work / "workspace", use="both") as workspace:
            _tuned(workspace, number, learn)
            gates.append(_once(work / f"gate-{number}.json", partial(_gated, workspace, number, gate)))
    with Workspace(work / "workspace", use="both") as workspace:
        compared = _once(work / "matrix.json", partial(_compared, workspace, judge))
    return {"gates": gates, **compared}


def _tuned(workspace: Workspace, number: int, learn: int | None) -> None:
    """An adapter of this number, where there is none."""
    if _name(number) in Registry(workspace).names():
        return
    plan = Plan(learn, training=RECIPE, since_last=number > 1)
    begun = (workspace.folder / ADAPTERS / UNFINISHED / BEGUN).exists()
    tune(workspace, {}, plan, _advance, resume=begun)


def _gated(workspace: Workspace, number: int, users: int) -> dict[str, Any]:
    """The gate's figures; the adapter serves afterwards, but for the last one, from which nothing goes on."""
    registry, name = Registry(workspace), _name(number)
    if number < SLICES:
        gate = registry.promote(name, {}, _advance, users=users, force=True)
    else:
        gate = registry.judge(name, {}, _advance, users)
    parts = {"all last choices": gate.comparison, "those in the new slice": gate.newer,
             "last choices before it": gate.earlier and gate.earlier.comparison}  # fmt: skip
    changes = [Change.of(what, found, CANDIDATE, SERVING) for what, found in parts.items() if found and found.users]
    true = {each: {task: float(texts.mean()) for task, texts in wrote.items() if texts.size}
            for each, wrote in gate.comparison.wrote.items()}  # fmt: skip
    return {"adapter": name, "verdict": gate.verdict, "true": true, "changes": [asdict(each) for each in changes]}


def _compared(workspace: Workspace, judge: int) -> dict[str, Any]:
    """The matrix, and what each step changed on its own slice and on those before."""
    root, registry = workspace.folder / ADAPTERS, Registry(workspace)
    shipped = shipped_adapter(workspace.config.model)
    models: dict[str, Callable[[], LanguageModel]] = {_after(0): partial(model_with, workspace, shipped)}
    models |= {_after(each): partial(model_with, workspace, root / _name(each)) for each in NUMBERS}
    learned = learned_by(root / _name(SLICES))
    found = compare_models(workspace, models, {}, _advance, judge * SLICES, learned=learned, writers=0)
    marks = [0, *(int(registry.metadata(_name(each))[MARK]) for each in NUMBERS)]
    later = [workspace.memory.events.arrived_after(mark) for mark in marks]
    slices = [found.among(later[number - 1] - later[number]) for number in NUMBERS]
    return {
        "people": [each.users for each in slices], "judged": [each.judged for each in slices],
        "retrieval": [float(each.retrieval.mean()) for each in slices],
        "matrix": {name: [_cell(each, name) for each in slices] for name in models},
        "steps": [asdict(each) for each in _steps(found, later)],
    }  # fmt: skip


def _steps(found: Comparison, later: Sequence[Set[str]]) -> Iterator[Change]:
    for number in NUMBERS:
        after, before = _after(number), _after(number - 1)
        yield Change.of(f"{after}: that slice", found.among(later[number - 1] - later[number]), after, before)
        if number > 1:
            yield Change.of(f"{after}: those before", found.among(later[0] - later[number - 1]), after, before)


def _cell(part: Comparison, name: str) -> dict[str, float]:
    return {"fused": float(part.fused[name].mean()), "alone": float(part.alone[name].mean())}


def _name(number: int) -> str:
    return f"{number:03}"


def _after(number: int) -> str:
    return f"after slice {number}" if number else "before any"


def _once(path: Path, make: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """What was made before, or is made now and kept."""
    if not path.exists():
        path.write_text(json.dumps(make(), indent=1), encoding="utf-8")
    kept: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return kept


def _advance(stage: str, done: int, total: int) -> None:
    SAYS.print(f"{stage}: {done:,} of {total:,}", end="\r", highlight=False)


def show(found: Mapping[str, Any], console: Console) -> None:
    """All of it as tables."""
    heads = [f"slice {each}: {people} people, {judged} judged"
             for each, people, judged in zip(NUMBERS, found["people"], found["judged"], strict=True)]  # fmt: skip
    matrix = Table("NDCG@10, fused (the model alone)", *heads)
    matrix.add_row("retrieval", *(f"{value:.4f}" for value in found["retrieval"]))
    for name, row in found["matrix"].items():
        matrix.add_row(name, *(f"{cell['fused']:.4f} ({cell['alone']:.4f})" for cell in row))
    console.print(matrix)
    console.print(_changes("Against the adapter before", found["steps"]))
    for gate in found["gates"]:
        console.print(_changes(f"The gate for adapter {gate['adapter']}: {gate['verdict']}", gate["changes"]))


def _changes(title: str, rows: Sequence[Mapping[str, Any]]) -> Table:
    table = Table(
        "of", "people", "judged", "before", "after", "change, 95%", "at least", "margin", "verdict", title=title
    )
    for row in rows:
        low, mean, high = row["interval"]
        figures = (f"{row['before']:.4f}", f"{row['after']:.4f}", f"{mean:+.4f} [{low:+.4f}, {high:+.4f}]",
                   f"{row['low']:+.4f}", f"{-row['margin']:+.4f}")  # fmt: skip
        table.add_row(row["what"], str(row["users"]), str(row["judged"]), *figures, row["verdict"])
    return table


def main() -> None:
    """Measure what was not measured before, and print all of it."""
    parser = argparse.ArgumentParser(description="Learning goes on over three slices of time.")
    parser.add_argument("data", type=Path, help="the folder of MovieLens small")
    parser.add_argument("work", type=Path, nargs="?", default=Path("continual"), help="kept, to go on with")
    parser.add_argument("--learn", type=int, metavar="PEOPLE", help="learn from so many in a slice; default: all")
    parser.add_argument("--judge", type=int, metavar="PEOPLE", default=USERS, help="so many, on average, in a slice")
    parser.add_argument("--gate", type=int, metavar="PEOPLE", default=USERS, help="so many at a gate, which lets write")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    found = measure(options.data, options.work, options.learn, options.judge, options.gate)
    if options.json:
        print(json.dumps(found))
    else:
        show(found, Console(width=None if sys.stdout.isatty() else PAGE))


if __name__ == "__main__":
    main()
