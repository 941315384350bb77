"""What tasks are worth to each other: rankings alone against all tasks, with and without the contrastive term.

    python benchmarks/task_ablation.py WORK EXAMPLES.npz [EXAMPLES.npz ...] [--unseen EXAMPLES.npz] [--rankings 640]

Files are made by `adapter_examples.py`. Every arm starts from the bare model and learns the same rankings with one
seed; "all tasks" has the files' other examples between them, a ranking for each. All arms are judged on the same
rankings that none has learned (examples name nobody: a person with several may be on both sides), and on those of
`--unseen`, a catalogue that none has seen: mean loss, NDCG@10 among an example's own candidates with retrieval's
offsets, and the paired 95% interval of the difference from rankings alone. An arm whose figures lie in WORK is not
trained again.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from rich.console import Console
from sommelier.agent.llm.bundled import default_cache
from sommelier.agent.llm.model_loading import open_model
from sommelier.finetune.evaluation.metrics import ndcg, paired_interval, rank_against_ties
from sommelier.finetune.examples.example_file import load_examples
from sommelier.finetune.examples.examples import Example, RankExample
from sommelier.finetune.training.branch_training import length
from sommelier.finetune.training.losses import Readout, read
from sommelier.finetune.training.training import TrainingRecipe, train_adapter, with_adapter
from torch import nn

SAYS = Console(stderr=True)
LONGEST = 700
"""Tokens of an example; the few that are longer would make every row of their batch as long."""
ARMS = {"rankings alone": (False, False), "all tasks": (True, False), "rankings, contrastive": (False, True),
        "all tasks, contrastive": (True, True)}  # fmt: skip
"""Arm -> whether it learns all tasks, and whether with the contrastive term."""
BARE = "the bare model"


def compare(work: Path, learned: Sequence[Example], judged: dict[str, list[RankExample]], recipe: TrainingRecipe,
            contrast: float) -> None:  # fmt: skip
    """Train each arm that has no figures under `work` yet, judge it, and print all of them."""
    found = {BARE: _arm(work / BARE, [], judged, recipe)}
    for name, (everything, contrastive) in ARMS.items():
        told = [each for each in learned if everything or isinstance(each, RankExample)]
        found[name] = _arm(work / name, told, judged, replace(recipe, contrast=contrast if contrastive else 0.0))
    for catalogue in judged:
        print(f"{catalogue}: {len(judged[catalogue])} rankings")
        _print({name: np.array(values[catalogue]) for name, values in found.items()})


def _arm(
    work: Path, told: Sequence[Example], judged: dict[str, list[RankExample]], recipe: TrainingRecipe
) -> dict[str, list[list[float]]]:
    """By catalogue, loss and NDCG@10 of every ranking."""
    kept = work / "judged.json"
    if not kept.exists():
        SAYS.print(f"{work.name}: {len(told)} examples", highlight=False)
        model = open_model("bundled", cache=default_cache())
        network, readout = with_adapter(model.network, recipe), Readout.of(model)
        if told:
            check = next(iter(judged.values()))[:10]  # looked at once, at the end: it chooses nothing
            trained = train_adapter(network, readout, told, check, recipe, work / "checkpoints", _advance)
            network = trained.network
        work.mkdir(parents=True, exist_ok=True)
        figures = {name: _judged(network, readout, some) for name, some in judged.items()}
        kept.write_text(json.dumps(figures), encoding="utf-8")
    values: dict[str, list[list[float]]] = json.loads(kept.read_text(encoding="utf-8"))
    return values


def _judged(network: nn.Module, readout: Readout, some: Sequence[RankExample]) -> list[list[float]]:
    network.eval()
    with torch.inference_mode():
        read_in = [read(network, readout, [each])[0] for each in some]
    ranks = np.array([rank_against_ties(says.tolist(), each.target)
                      for (_, says), each in zip(read_in, some, strict=True)])  # fmt: skip
    return [[float(loss) / each.weight, float(gain)]
            for (loss, _), gain, each in zip(read_in, ndcg(ranks), some, strict=True)]  # fmt: skip


def _print(found: dict[str, NDArray[np.float64]]) -> None:
    base = found[next(iter(ARMS))]
    print(f"  {'':<24} loss   NDCG@10  from rankings alone: loss           NDCG@10")
    for name, values in found.items():
        loss, gain = (_change(values[:, at], base[:, at]) for at in (0, 1))
        print(f"  {name:<24} {values[:, 0].mean():.3f}  {values[:, 1].mean():.3f}    {loss}  {gain}")


def _change(values: NDArray[np.float64], base: NDArray[np.float64]) -> str:
    low, mean, high = paired_interval(values, base)
    return f"{mean:+.3f} [{low:+.3f}, {high:+.3f}]"


def _read(sources: Sequence[Path], rankings: int, checked: int) -> tuple[list[Example], list[RankExample]]:
    """(learned, judged): of each file its share of the rankings, and beside these as many examples of other tasks."""
    learned, judged = list[Example](), list[RankExample]()
    files = [[each for each in load_examples(path) if length(each.question) < LONGEST] for path in sources]
    ranks = [[each for each in some if isinstance(each, RankExample)] for some in files]
    total = sum(map(len, ranks))
    for some in ranks:
        random.Random(1).shuffle(some)
        share = len(some) / total
        judged += some[: round(checked * share)]
        learned += some[round(checked * share) :][: round(rankings * share)]
    others = [each for some in files for each in some if not isinstance(each, RankExample)]
    random.Random(1).shuffle(others)
    learned += others[: len(learned)]
    random.Random(2).shuffle(learned)
    return learned, judged


def _advance(stage: str, done: int, total: int) -> None:
    SAYS.print(f"{done:,} of {total:,}: {stage}", highlight=False)


def main() -> None:
    """Read the options, train and compare."""
    parser = argparse.ArgumentParser(description="Tasks and terms of training against each other.")
    parser.add_argument("work", type=Path)
    parser.add_argument("examples", nargs="+", type=Path)
    parser.add_argument("--unseen", type=Path, help="rankings of a catalogue that is only judged")
    parser.add_argument("--rankings", type=int, default=640, help="learned by every arm")
    parser.add_argument("--checked", type=int, default=300, help="rankings judged, of each catalogue")
    parser.add_argument("--contrast", type=float, default=0.2, help="what the contrastive term counts")
    parser.add_argument("--frozen", type=int, default=10, help="layers at the bottom without adapter")
    options = parser.parse_args()
    learned, judged = _read(options.examples, options.rankings, options.checked)
    catalogues = {"catalogues that were learned from": judged}
    if options.unseen:
        catalogues["a catalogue never seen"] = _read([options.unseen], 0, options.checked)[1]
    compare(options.work, learned, catalogues, TrainingRecipe(frozen=options.frozen, checks=1), options.contrast)


if __name__ == "__main__":
    main()
