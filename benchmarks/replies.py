"""How replies read: slips by kind, over labelled conversations held with the whole engine.

    python benchmarks/replies.py [--turns 300] [--seed 1] [--model] [--show N]

Prints a Markdown table: per catalogue, how many of the turns have a slip of each kind that `replies_rules.py` sees. The
conversations are those in English that the tests have labelled, in an order drawn by the seed, each held by somebody
else; every other one about films by a simulated viewer with a history. Sentences are the plain ones; with `--model` 40
turns are held with the bundled language model. `--show` prints the turns with most slips.
"""

from __future__ import annotations

import argparse
import random
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path

from dialogue_world import CATALOGUES
from markdown_tables import table
from replies_held import HeldTurn, conversations, held, opened
from replies_rules import RULES, Slip, slips_of
from sommelier.agent.llm.bundled import default_cache
from sommelier.agent.llm.language_model import LanguageModel
from sommelier.agent.llm.model_loading import open_model
from sommelier.agent.serving_model import shipped_adapter

SHARES = {"films": 0.6, "games": 0.2, "office": 0.2}
"""Of the turns."""
WITH_MODEL = 40
"""Turns with the language model."""

Judged = Sequence[tuple[HeldTurn, Sequence[Slip]]]


def main() -> None:
    asked = _arguments()
    model = _bundled() if asked.model else None
    count = WITH_MODEL if asked.model else asked.turns
    judged = {name: judge(name, round(SHARES[name] * count), asked.seed, model) for name in CATALOGUES}
    print(slip_table(judged))
    print(worst(judged, asked.show))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Judge replies by rules.")
    parser.add_argument("--turns", type=int, default=300, help="turns to hold")
    parser.add_argument("--seed", type=int, default=1, help="decides which conversations are held, and who holds them")
    parser.add_argument("--model", action="store_true", help=f"{WITH_MODEL} turns with the bundled language model")
    parser.add_argument("--show", type=int, default=0, help="turns to print, the worst first")
    return parser.parse_args()


def _bundled() -> LanguageModel:
    return open_model("bundled", adapter=shipped_adapter("bundled"), cache=default_cache())


def judge(name: str, count: int, seed: int, model: LanguageModel | None = None) -> Judged:
    """Turns of one catalogue, each with its slips."""
    return [(turn, slips_of(turn)) for turn in islice(turns_of(name, seed, model), count)]


def turns_of(name: str, seed: int, model: LanguageModel | None = None) -> Iterator[HeldTurn]:
    """All turns of one catalogue, in the order that the seed draws."""
    rows = conversations(name)
    random.Random(seed).shuffle(rows)
    with tempfile.TemporaryDirectory() as folder, opened(name, Path(folder), model) as recommender:
        yield from held(recommender, name, rows, seed)


def slip_table(judged: Mapping[str, Judged]) -> str:
    """A row per kind of slip: how many turns of each catalogue, and of all, have one."""
    counts = {name: Counter(kind for _, slips in turns for kind in {slip.kind for slip in slips})
              for name, turns in judged.items()}  # fmt: skip
    rows = [[kind, *(str(each[kind]) for each in counts.values()), str(sum(each[kind] for each in counts.values()))]
            for kind in RULES]  # fmt: skip
    clean = [sum(not slips for _, slips in turns) for turns in judged.values()]
    sizes = [len(turns) for turns in judged.values()]
    rows.append(["turns without a slip", *(f"{n} of {size}" for n, size in zip(clean, sizes, strict=True)),
                 f"{sum(clean)} of {sum(sizes)}"])  # fmt: skip
    return table(["slip", *judged, "all"], rows)


def worst(judged: Mapping[str, Judged], count: int) -> str:
    """The turns with most slips, for people."""
    turns = sorted((each for own in judged.values() for each in own), key=lambda each: -len(each[1]))[:count]
    return "\n\n".join(f"{turn}\n   -- {'; '.join(f'{slip.kind}: {slip.words}' for slip in slips)}"
                       for turn, slips in turns if slips)  # fmt: skip


if __name__ == "__main__":
    main()
