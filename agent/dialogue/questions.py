"""Which question would help most: the attribute whose answer leaves least of what could still be recommended.

The gain is the expected information of the answer: over the items in question, the mean of -log2(share of items that an
own value leaves), times how likely it is that somebody has an answer. Knows items and the schema; asks nothing twice.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from ...retrieval.catalogue import Item
from ..dialogue_state import DialogueState, OpenQuestion, Option
from ..knowledge.phrases import CASTS
from .phrasing import attribute_called, called, joined, say
from .schema import AttributeSchema, CatalogueSchema
from .units import own_value

_ANSWERED: Mapping[str, float] = {
    "category": 0.9, "place": 0.8, "language": 0.8, "facet": 0.8, "year": 0.8, "theme": 0.7, "person": 0.6,
}  # fmt: skip
"""How likely somebody has an answer, by the kind or role of an attribute; a judgement. What is not here is not asked:
who it is for and what it may cost, people say by themselves."""
FEW = 12
"""Items that need no question."""
SPECIFIC = 2
"""Constraints from which on somebody knows what they want."""
MOST = 3
"""Questions of one conversation."""
OPTIONS = 4
_TEXTS = {"category": "ask_kind", "theme": "ask_theme", "year": "ask_year"}


def next_question(schema: CatalogueSchema, left: Sequence[Item], state: DialogueState) -> OpenQuestion | None:
    """The question to ask beside a shelf that was drawn from the items `left`; None where none would help: few are
    left, or `may_ask` says so."""
    if len(left) <= FEW or not may_ask(state):
        return None
    bound = {name for each in state.constraints for name in each.attributes} | set(state.asked)
    open_ones = [each for each in schema.attributes.values() if each.name not in bound and _likely(each)]
    gains = [(_gain(left, each), each) for each in open_ones]
    best, attribute = max(gains, key=lambda each: each[0], default=(0.0, None))
    return _question(attribute, left, state.language) if attribute and best > 0 else None


def may_ask(state: DialogueState) -> bool:
    """Whether a question may be asked at all: not when the person was specific, or enough was asked."""
    said = [each for each in state.constraints if not each.lasting]
    specific = len(said) >= SPECIFIC or bool(state.examples) or len(" ".join(state.wishes).split()) > SPECIFIC
    return not specific and len(state.asked) < MOST


def _question(attribute: AttributeSchema, left: Sequence[Item], language: str) -> OpenQuestion:
    counts = Counter(value for item in left for value in _values(item, attribute))
    options = tuple(Option(_called(value, attribute, language), count) for value, count in counts.most_common(OPTIONS))
    said = joined((each.words for each in options), language, "or")
    person = "ask_cast" if attribute.name.casefold() in CASTS else "ask_maker"
    key = person if attribute.kind == "person" else _TEXTS.get(attribute.role or attribute.kind, "ask")
    text = say(key, language, attribute=attribute_called(attribute, language), options=said)
    return OpenQuestion(attribute.name, text, options)


def _called(value: str, attribute: AttributeSchema, language: str) -> str:
    return say("decade", language, year=value) if attribute.role == "year" else called(value, language)


def _likely(attribute: AttributeSchema) -> float:
    return _ANSWERED.get(attribute.role or attribute.kind, 0.0)


def _values(item: Item, attribute: AttributeSchema) -> tuple[str, ...]:
    """The answers that an item stands for: its values, of a year the decade."""
    if attribute.role == "year":
        own = own_value(item, attribute.name)
        return () if own is None else (f"{int(own) // 10 * 10}",)
    value = item.attributes.get(attribute.name)
    return value if isinstance(value, tuple) else (value,) if isinstance(value, str) else ()


def _gain(left: Iterable[Item], attribute: AttributeSchema) -> float:
    """Bits that the answer is worth. An item without a value is found by none; what all items have says nothing."""
    values = [own for item in left if (own := _values(item, attribute))]
    counts = Counter(value for own in values for value in set(own))
    bits = sum(sum(math.log2(len(values) / counts[value]) for value in own) / len(own) for own in values)
    return _likely(attribute) * bits / max(len(values), 1)
