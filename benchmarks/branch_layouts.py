"""Four ways to score isolated branches, and how long each takes: what serves, a block mask, and two naive ones.

    python benchmarks/branch_layouts.py [REPETITIONS] [BRANCHES,BRANCHES,...]

For 5, 20, 50 and 100 branches on the bundled model in bfloat16 and NF4 prints, beside each other:

    time        of the branches behind a prefix that is kept, as a ratio to what serves (medians; the ways take turns)
    naive       largest difference from the naive score: every branch a whole sequence of its own
    influence   largest change of the other scores when one branch says something else: of its length, or far longer

and then what keeping the prefix saves, and what scoring several users in one pass (`score_many`) saves.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from statistics import median
from typing import TypeAlias

import torch
from sommelier.agent.llm.branch_packing import PASS_TOKENS, SLOT_MULTIPLE, padded
from sommelier.agent.llm.bundled import default_cache
from sommelier.agent.llm.key_values import KeyValues
from sommelier.agent.llm.language_model import Message, Question
from sommelier.agent.llm.model_loading import Quantization, open_model
from sommelier.agent.llm.prompt_encoding import EncodedQuestion
from sommelier.agent.llm.transformers_model import TransformersModel
from transformers import DynamicCache

FORMATS: dict[str, Quantization] = {"bfloat16": "none", "NF4": "nf4"}
PROFILE = (
    "You have lately enjoyed slow science fiction and dry comedies, in particular {}. You return to films about the "
    "sea and to everything by John Carpenter, and you gave up on two superhero films. At weekends you watch with a "
    "child who likes animation; alone you prefer something under two hours, old or foreign, and late at night."
)
ASKED = "About this person: {}\nWould this person choose the item below next? Answer Yes or No.\nItem: {{item}}"
SYSTEM = Message("system", "You judge whether a person would choose an item next. Answer with one word, Yes or No.")
WORDS = ("The Silent", "Harbour", "of Seven Lanterns", "Winter", "and the Long Way Home", "Red", "Machine", "Returns")
GENRES = ("drama", "science-fiction", "comedy, romance", "thriller, crime, mystery", "animation, family, adventure")
OTHER = "The Cabinet of Doctor Caligari (1920). horror, silent, expressionism, black and white. After Nosferatu"
USERS = 12

Layout: TypeAlias = "Callable[[TransformersModel, Question, Sequence[str]], torch.Tensor]"


@dataclass(frozen=True)
class Measured:
    """Seconds and differences of one layout; None where there can be none."""

    seconds: float
    naive: float | None
    influences: tuple[float, float] | None


def main() -> None:
    repetitions = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    sizes = [int(each) for each in sys.argv[2].split(",")] if len(sys.argv) > 2 else [5, 20, 50, 100]
    print(f"{torch.get_num_threads()} threads, {torch.backends.cpu.get_cpu_capability()}, medians of {repetitions}")
    for name, quantize in FORMATS.items():
        model = open_model("bundled", quantize=quantize, device="cpu", cache=default_cache())
        for size in sizes:
            _print_layouts(f"{name}, {size} branches", _measured(model, lines(size), repetitions))
        _print_savings(name, model, repetitions)


def lines(count: int) -> list[str]:
    """Candidates of about the lengths of a film catalogue's: titles of one to four pieces, a few facets, a link."""
    titles = [" ".join(WORDS[(at * step) % 8] for step in range(1, 2 + at % 4)) for at in range(count)]
    return [f"{title} ({1930 + 7 * at % 95}). {GENRES[at % 5]}. After {titles[at // 2]}"
            for at, title in enumerate(titles)]  # fmt: skip


def question(liked: str = "Solaris and Silent Running") -> Question:
    return Question((SYSTEM, Message("user", ASKED.format(PROFILE.format(liked)))), "{item}")


# The layouts


def serving(model: TransformersModel, asked: Question, branches: Sequence[str]) -> torch.Tensor:
    return torch.from_numpy(model.score(asked, branches))


def block_mask(model: TransformersModel, asked: Question, branches: Sequence[str]) -> torch.Tensor:
    """One sequence of equal slots behind the prefix; the mask hides each slot from the others."""
    encoded, scores = model.encoder.question(asked, branches), []
    prefix, known = _prefix(model, encoded)
    slot = -(-max(map(len, encoded.branches)) // SLOT_MULTIPLE) * SLOT_MULTIPLE
    step = max(1, PASS_TOKENS // slot)
    for start in range(0, len(branches), step):
        rows = encoded.branches[start : start + step]
        own = torch.kron(torch.eye(len(rows)), torch.ones(slot, slot).tril()).bool()
        mask = torch.cat([torch.ones(len(own), known, dtype=torch.bool), own], dim=1)[None, None]
        positions = (known + torch.arange(slot)).repeat(len(rows))[None]
        ends = torch.arange(len(rows)) * slot + torch.tensor([len(row) - 1 for row in rows])
        hidden = _hidden(model, padded(rows, slot).view(1, -1), DynamicCache(prefix), mask, positions)
        scores.append(_preferences(model, asked, hidden[0, ends]))
    return torch.cat(scores)


def one_by_one(model: TransformersModel, asked: Question, branches: Sequence[str]) -> torch.Tensor:
    """A pass for each branch, behind the kept prefix."""
    encoded = model.encoder.question(asked, branches)
    prefix, _ = _prefix(model, encoded)
    ends = [_hidden(model, torch.tensor([row]), DynamicCache(prefix))[0, -1] for row in encoded.branches]
    return _preferences(model, asked, torch.stack(ends))


def naive(model: TransformersModel, asked: Question, branches: Sequence[str]) -> torch.Tensor:
    """A whole sequence for each branch, prefix and all."""
    encoded = model.encoder.question(asked, branches)
    whole = [torch.tensor([encoded.head + encoded.lead + row]) for row in encoded.branches]
    return _preferences(model, asked, torch.stack([_hidden(model, ids, DynamicCache())[0, -1] for ids in whole]))


PACKED: Mapping[str, Layout] = {"batch (serves)": serving, "block mask": block_mask}
APART: Mapping[str, Layout] = {"one by one": one_by_one, "naive": naive}

_PREFIXES: dict[tuple[int, tuple[int, ...]], KeyValues] = {}


def _prefix(model: TransformersModel, encoded: EncodedQuestion) -> tuple[KeyValues, int]:
    tokens = encoded.head + encoded.lead
    if (id(model), tokens) not in _PREFIXES:
        cache = DynamicCache()
        _hidden(model, torch.tensor([encoded.head]), cache)
        _hidden(model, torch.tensor([encoded.lead]), cache)
        _PREFIXES[id(model), tokens] = tuple((keys, values) for keys, values, _ in cache)
    return _PREFIXES[id(model), tokens], len(tokens)


def _hidden(
    model: TransformersModel, ids: torch.Tensor, cache: DynamicCache, mask: torch.Tensor | None = None,
    positions: torch.Tensor | None = None,
) -> torch.Tensor:  # fmt: skip
    with torch.inference_mode():
        output = model.network.get_decoder()(
            input_ids=ids, past_key_values=cache, use_cache=True, attention_mask=mask, position_ids=positions
        )
    hidden: torch.Tensor = output.last_hidden_state
    return hidden


def _preferences(model: TransformersModel, asked: Question, hidden: torch.Tensor) -> torch.Tensor:
    weight = model.network.get_output_embeddings().weight.detach()
    yes, no = (model.encoder.answer_token(word) for word in (asked.yes, asked.no))
    direction: torch.Tensor = weight[yes].float() - weight[no].float()
    return torch.mv(hidden.float(), direction)


# Measuring


def _measured(model: TransformersModel, branches: list[str], repetitions: int) -> dict[str, Measured]:
    """The naive ways are run once after the warm-up: they are slow, and nothing can move their other scores."""
    asked = question()
    alike, longer = _other(branches, " ".join(reversed(branches[-1].split()))), _other(branches, OTHER)
    reference = naive(model, asked, branches)
    seconds = timed({name: partial(each, model, asked, branches) for name, each in PACKED.items()}, repetitions)
    found = {}
    for name, layout in PACKED.items():
        difference = float((layout(model, asked, branches) - reference).abs().max())
        moved = (_moved(layout, model, asked, branches, alike), _moved(layout, model, asked, branches, longer))
        found[name] = Measured(seconds[name], difference, moved)
    for name, layout in APART.items():
        start = time.process_time()
        difference = float((layout(model, asked, branches) - reference).abs().max())
        found[name] = Measured(time.process_time() - start, difference if layout is not naive else None, None)
    return found


def _other(branches: Sequence[str], text: str) -> list[str]:
    return [*branches[:-1], text]


def _moved(layout: Layout, model: TransformersModel, asked: Question, before: list[str], after: list[str]) -> float:
    moved = layout(model, asked, before) - layout(model, asked, after)
    return float(moved[:-1].abs().max())


def timed(tasks: Mapping[str, Callable[[], object]], repetitions: int) -> dict[str, float]:
    """Median processor seconds of each; the tasks take turns, so that a busy machine slows all alike."""
    seconds: dict[str, list[float]] = {name: [] for name in tasks}
    for _ in range(repetitions + 1):
        for name, task in tasks.items():
            start = time.process_time()
            task()
            seconds[name].append(time.process_time() - start)
    return {name: median(each[1:]) for name, each in seconds.items()}  # the first run warms up


def _print_layouts(title: str, measured: Mapping[str, Measured]) -> None:
    base = measured["batch (serves)"].seconds
    print(f"\n{title:<24}{'time':>8}{'naive':>8}   influence: alike, longer")
    for name, each in measured.items():
        differences = (each.naive, *(each.influences or (None, None)))
        shown = "".join("       -" if value is None else f"{value:8.3f}" for value in differences)
        print(f"  {name:<22}{each.seconds / base:>7.2f}x{shown}", flush=True)


def _jobs() -> list[tuple[Question, list[str]]]:
    """Users nobody has asked about yet, so that no prefix is kept."""
    return [(question(f"number {time.perf_counter_ns()}" + ", Solaris" * (user % 5)), lines(19 + user % 3))
            for user in range(USERS)]  # fmt: skip


def _print_savings(name: str, model: TransformersModel, repetitions: int) -> None:
    again = question()
    seconds = timed({
        "kept": lambda: model.score(again, lines(20)),
        "new": lambda: model.score(question(f"number {time.perf_counter_ns()}"), lines(20)),
        "apart": lambda: [model.score(*job) for job in _jobs()],
        "together": lambda: model.score_many(_jobs()),
    }, repetitions)  # fmt: skip
    jobs = _jobs()
    apart = [score for job in jobs for score in model.score(*job)]
    together = [score for scores in model.score_many(jobs) for score in scores]
    difference = max(abs(one - other) for one, other in zip(apart, together, strict=True))
    print(f"\n{name}: a kept prefix leaves {seconds['kept'] / seconds['new']:.2f} of the time of a new one; {USERS} "
          f"users in one call take {seconds['together'] / seconds['apart']:.2f} of the time of {USERS} calls, "
          f"scores differ by {difference:.3f} at most", flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
