"""Examples as one compressed file of token ids: made where the data is, trained on where the processor is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import accumulate, pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...agent.config import TASKS, Task
from ...agent.llm.prompt_encoding import EncodedQuestion
from .examples import Example, RankExample, RateExample, TextExample


def save_examples(path: Path, examples: Sequence[Example]) -> None:
    """Write an `.npz`: all tokens end to end, the length of every head, lead and branch, and of each example its task,
    weight, the branch that was chosen (0 where none was) and a value for each branch: its offset, or 1 where liked."""
    pieces = [
        piece
        for example in examples
        for piece in (example.question.head, example.question.lead, *example.question.branches)
    ]
    np.savez_compressed(
        path,
        tokens=np.array([token for piece in pieces for token in piece], np.int32),
        lengths=np.array([len(piece) for piece in pieces], np.int32),
        branches=np.array([len(example.question.branches) for example in examples], np.int32),
        tasks=np.array([TASKS.index(example.task) for example in examples], np.int32),
        targets=np.array([example.target if isinstance(example, RankExample) else 0 for example in examples], np.int32),
        weights=np.array(
            [example.weight if isinstance(example, RankExample) else 1.0 for example in examples], np.float64
        ),
        values=np.array([value for example in examples for value in _values(example)], np.float64),
    )


def load_examples(path: Path) -> list[Example]:
    """Read what `save_examples` wrote. Raises OSError or ValueError for a file that is missing or damaged."""
    with path.open("rb") as file, np.load(file) as stored:
        arrays = {name: stored[name] for name in stored.files}
    pieces = _pieces(arrays["tokens"], arrays["lengths"])
    values = iter(arrays["values"].tolist())
    found = []
    for task, branches, target, weight in zip(
        *(arrays[name].tolist() for name in ("tasks", "branches", "targets", "weights")), strict=True
    ):
        question = EncodedQuestion(next(pieces), next(pieces), tuple(next(pieces) for _ in range(branches)))
        found.append(_example(TASKS[task], question, target, weight, tuple(next(values) for _ in range(branches))))
    return found


def _values(example: Example) -> Sequence[float]:
    if isinstance(example, RankExample):
        return example.offsets
    return example.liked if isinstance(example, RateExample) else (0.0,)


def _example(task: Task, question: EncodedQuestion, target: int, weight: float, values: tuple[float, ...]) -> Example:
    if task == "rank":
        return RankExample(question, target, values, weight)
    return RateExample(question, tuple(map(bool, values))) if task == "rate" else TextExample(question, task)


def _pieces(tokens: NDArray[np.int32], lengths: NDArray[np.int32]) -> Iterator[tuple[int, ...]]:
    for start, end in pairwise([0, *accumulate(lengths.tolist())]):
        yield tuple(tokens[start:end].tolist())
