"""The second way to ask: the model reads all candidates at once and writes their order, label by label.

For larger models: small ones cannot write permutations, and their order is then hardly better than chance. What can
be written are labels not used yet, so no item is invented, repeated or left out, whatever a title says. A list has
an order, and models lean towards some places in it: candidates always stand in id order, so that shuffling the
pool changes nothing, but unlike isolated judgements these are not free of the place's influence.
"""

from __future__ import annotations

from collections.abc import Sequence
from string import ascii_uppercase

import numpy as np
from numpy.typing import NDArray

from ..llm.language_model import LanguageModel, Message


def labels(count: int) -> list[str]:
    """`count` labels of which none begins with another: letters while they last, then numbers of one length."""
    if count <= len(ascii_uppercase):
        return list(ascii_uppercase[:count])
    return [f"{number:0{len(str(count))}}" for number in range(1, count + 1)]


def listed(lines: Sequence[str]) -> list[str]:
    """Each line behind its label. Line breaks inside a line become blanks: it cannot pose as two."""
    return [f"{label}. {' '.join(line.split())}" for label, line in zip(labels(len(lines)), lines, strict=True)]


def ordered(lm: LanguageModel, messages: Sequence[Message], count: int) -> NDArray[np.float32]:
    """The preference for each of `count` listed candidates, shape (count,): how many it is placed above."""
    preferences = np.zeros(count, np.float32)
    if count > 1:
        preferences[lm.choose(messages, labels(count))] = np.arange(count - 1, -1, -1)
    return preferences
