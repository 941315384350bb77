"""Examples as one compressed file of token ids: made where the data is, trained on where the processor is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import accumulate, pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..agent.prompt_encoding import EncodedQuestion
from .rank_examples import RankExample


def save_examples(path: Path, examples: Sequence[RankExample]) -> None:
    """Write an `.npz`: all tokens end to end, and the length of every head, lead and branch."""
    pieces = [piece for each in examples for piece in (each.question.head, each.question.lead, *each.question.branches)]
    np.savez_compressed(
        path,
        tokens=np.array([token for piece in pieces for token in piece], np.int32),
        lengths=np.array([len(piece) for piece in pieces], np.int32),
        branches=np.array([len(each.question.branches) for each in examples], np.int32),
        targets=np.array([each.target for each in examples], np.int32),
        offsets=np.array([value for each in examples for value in each.offsets], np.float64),
    )


def load_examples(path: Path) -> list[RankExample]:
    """Read what `save_examples` wrote. Raises OSError or ValueError for a file that is missing or damaged."""
    with path.open("rb") as file, np.load(file) as stored:
        arrays = {name: stored[name] for name in stored.files}
    pieces = _pieces(arrays["tokens"], arrays["lengths"])
    offsets = iter(arrays["offsets"].tolist())
    return [
        RankExample(
            EncodedQuestion(next(pieces), next(pieces), tuple(next(pieces) for _ in range(branches))), target,
            tuple(next(offsets) for _ in range(branches)),
        )
        for branches, target in zip(arrays["branches"].tolist(), arrays["targets"].tolist(), strict=True)
    ]  # fmt: skip


def _pieces(tokens: NDArray[np.int32], lengths: NDArray[np.int32]) -> Iterator[tuple[int, ...]]:
    for start, end in pairwise([0, *accumulate(lengths.tolist())]):
        yield tuple(tokens[start:end].tolist())
