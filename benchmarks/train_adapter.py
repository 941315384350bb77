"""Train the adapter that ships on files of examples (`adapter_examples.py`), wherever the processor is.

    python benchmarks/train_adapter.py OUT EXAMPLES.npz[:COUNT] [EXAMPLES.npz[:COUNT] ...] [--frozen 10] [--epochs 1]

Of each file at most COUNT examples are learned, and one in thirty, `CHECKED` at most, only checked. What is cut off
goes on where its last checkpoint is when the same command is given again. OUT gets the adapter, its metadata, curves
and TensorBoard logs.
"""

from __future__ import annotations

import argparse
import random
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from sommelier.agent.llm.bundled import BUNDLED, default_cache
from sommelier.agent.llm.model_loading import open_model
from sommelier.finetune.adapters.run_state import finish
from sommelier.finetune.examples.example_file import load_examples
from sommelier.finetune.examples.examples import Example
from sommelier.finetune.training.branch_training import length
from sommelier.finetune.training.cost import cost_of
from sommelier.finetune.training.losses import Readout
from sommelier.finetune.training.processes import MAIN
from sommelier.finetune.training.training import TrainingRecipe, train_adapter, validate, with_adapter
from sommelier.prompts.library import packaged

SAYS = Console(stderr=True)
CHECKED, ONE_IN = 110, 30
LONGEST = 700
"""Tokens of an example; the few that are longer would make every row of their batch as long."""


def drawn(source: str) -> tuple[list[Example], list[Example]]:
    """(checked, learned) of one file, in a random order that is always the same."""
    path, _, count = source.partition(":")
    examples = load_examples(Path(path))
    random.Random(1).shuffle(examples)
    checked = min(CHECKED, len(examples) // ONE_IN)
    learned = [each for each in examples[checked:] if length(each.question) < LONGEST]
    return examples[:checked], learned[: int(count) if count else None]


def train(out: Path, sources: Sequence[str], recipe: TrainingRecipe) -> None:
    """Train, validate before and after, and keep the adapter in `out`."""
    checked, learned = [], list[Example]()
    for source in sources:
        some, others = drawn(source)
        checked += some
        learned += others
    random.Random(2).shuffle(learned)
    work = out.with_name(out.name + ".unfinished")
    model = open_model("bundled", cache=default_cache())
    readout, adapted = Readout.of(model), with_adapter(model.network, recipe)
    counts = dict(Counter(each.task for each in learned))
    SAYS.print(f"{counts}; reads {cost_of(adapted, readout, learned, checked, recipe)}")
    before = validate(adapted, readout, checked)
    trained = train_adapter(adapted, readout, learned, checked, recipe, work / "checkpoints", _advance)
    after = validate(trained.network, readout, checked)
    SAYS.print({"before": before, "after": after})
    prompts = {name: packaged(name).hash for name in ("rank", "explain", "reply", "summarise")}
    metadata = {
        "base": {"name": model.card.name, "sha256": BUNDLED.sha256}, "prompts": prompts, "examples": counts,
        "before": before, "after": after, "curve": trained.curve,
    }  # fmt: skip
    if MAIN:
        finish(work, trained, metadata, [], out)


def _advance(stage: str, done: int, total: int) -> None:
    SAYS.print(f"{done:,} of {total:,}: {stage}", highlight=False)


def main() -> None:
    """Read the options and train."""
    parser = argparse.ArgumentParser(description="Train the adapter that ships.")
    parser.add_argument("out", type=Path)
    parser.add_argument("examples", nargs="+")
    parser.add_argument("--frozen", type=int, default=10, help="layers at the bottom without adapter")
    parser.add_argument("--epochs", type=float, default=1.0)
    parser.add_argument("--checks", type=int, default=5)
    options = parser.parse_args()
    recipe = TrainingRecipe(frozen=options.frozen, epochs=options.epochs, checks=options.checks, patience=99)
    train(options.out, options.examples, recipe)
    SAYS.print(f"kept in {options.out}")


if __name__ == "__main__":
    main()
