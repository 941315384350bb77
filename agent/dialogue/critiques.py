"""What a critique of something shown means as a bound: newer than its year, cheaper than its price.

Knows items and the schema; a critique in words alone ("darker") is a direction in text space and none of this.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from statistics import median

from ...retrieval.catalogue import Item
from ..dialogue_state import Constraint, Critique, DialogueState, Direction
from .phrasing import attribute_called, say
from .schema import AttributeSchema, CatalogueSchema
from .units import own_value
from .with_unit import with_unit

_COMPARED = {
    ("year", "more"): "newer_than", ("year", "less"): "older_than", ("duration", "more"): "longer_than",
    ("duration", "less"): "shorter_than", ("price", "less"): "cheaper_than", ("price", "more"): "dearer_than",
}  # fmt: skip
"""What is said of a bound, by its role and direction."""


def bounds_of(
    critique: Critique, state: DialogueState, schema: CatalogueSchema, find: Callable[[str], Item | None]
) -> Sequence[Constraint]:
    """The bound that an attribute's critique sets: beyond the item it points at, or beyond the middle of the last
    shelf. Nothing where no value is known."""
    attribute = schema.attributes.get(critique.attribute or "")
    if attribute is None:
        return ()
    shown = [find(each) for each in critique.items or state.focus or state.shelf]
    known = [value for item in shown if item and (value := own_value(item, attribute.name)) is not None]
    if not known:
        return _without_reference(critique, attribute)
    bound = _middle(known, critique.direction)
    side = "$gt" if critique.direction == "more" else "$lt"
    key = _COMPARED.get((attribute.role, critique.direction), f"{critique.direction}_than")
    label = attribute_called(attribute, state.language)
    words = say(key, state.language, attribute=label, value=with_unit(bound, attribute, state.language))
    limit: float | str = str(int(bound) + (side == "$gt")) if attribute.as_date else bound
    if attribute.as_date:
        side = {"$gt": "$gte"}.get(side, side)
    return (Constraint("range", (attribute.name,), bounds={side: limit}, words=words, relative=True),)


def _middle(values: Sequence[float], direction: Direction) -> float:
    """The median, between two whole numbers the whole one that lets more through: half a year is nothing to say."""
    if not all(float(each).is_integer() for each in values):
        return round(median(values), 2)
    return math.floor(median(values)) if direction == "more" else math.ceil(median(values))


def _without_reference(critique: Critique, attribute: AttributeSchema) -> Sequence[Constraint]:
    """ "Newer" where nothing was shown: in the upper half of the catalogue."""
    if not attribute.spread:
        return ()
    side = "$gte" if critique.direction == "more" else "$lte"
    return (
        Constraint("range", (attribute.name,), bounds={side: attribute.spread[2]}, words=critique.words, relative=True),
    )
