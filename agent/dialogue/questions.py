"""Which question would help most: the attribute whose answer leaves least of what could still be recommended.

The gain is the expected information of the answer, -sum p(v) log2(share of items left by v), where p(v) is how often
the items in question have the value v. Knows items and the schema; asks nothing twice.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence

from ...retrieval.catalogue import Item
from ..dialogue_state import DialogueState, OpenQuestion, Option
from .phrasing import joined, say
from .schema import AttributeSchema, CatalogueSchema, Kind

ASKED: tuple[Kind, ...] = ("category", "facet", "language", "place")
FEW = 12
"""Items that need no question."""
SPECIFIC = 2
"""Constraints from which on somebody knows what they want."""
MOST = 3
"""Questions of one conversation."""
OPTIONS = 4


def next_question(schema: CatalogueSchema, left: Sequence[Item], state: DialogueState) -> OpenQuestion | None:
    """The question to ask beside a shelf that was drawn from the items `left`; None where none would help: few are
    left, the person was specific, or enough was asked."""
    said = [each for each in state.constraints if not each.lasting]
    specific = len(said) >= SPECIFIC or bool(state.examples) or len(" ".join(state.wishes).split()) > SPECIFIC
    if len(left) <= FEW or specific or len(state.asked) >= MOST:
        return None
    bound = {name for each in state.constraints for name in each.attributes}
    open_ones = [each for each in schema.of_kind(*ASKED) if each.name not in bound | set(state.asked)]
    found = [
        (gain, each, counts)
        for each in open_ones
        if (counts := _counts(left, each)) and (gain := _gain(counts, len(left))) > 0
    ]
    if not found:
        return None
    _, attribute, counts = max(found, key=lambda each: each[0])
    options = tuple(Option(value, count) for value, count in counts.most_common(OPTIONS))
    key = "ask_kind" if attribute.kind == "category" else "ask"
    said_options = joined((each.words for each in options), state.language, "or")
    return OpenQuestion(
        attribute.name, say(key, state.language, attribute=attribute.label, options=said_options), options
    )


def _counts(items: Iterable[Item], attribute: AttributeSchema) -> Counter[str]:
    """How many of the items have each value; empty where there is no choice, or too much of one to read out."""
    counts: Counter[str] = Counter()
    for item in items:
        value = item.attributes.get(attribute.name)
        counts.update(value if isinstance(value, tuple) else (value,) if isinstance(value, str) else ())
    return counts if 1 < len(counts) <= 60 else Counter()


def _gain(counts: Counter[str], items: int) -> float:
    """Bits that the answer is worth. What most items have tells little; neither does what one in a hundred has, when
    nobody is likely to say it."""
    total = sum(counts.values())
    return sum(count / total * -math.log2(min(count, items) / items) for count in counts.values() if count < items)
