"""Quantities as the catalogue counts them: what was said in minutes or grams in the unit of an attribute, and the
number that an item has there. Knows no message and no language."""

from __future__ import annotations

from collections.abc import Mapping

from ...retrieval.catalogue import Item
from .schema import AttributeSchema

NEAR = 0.15
"""Share by which "around two hours" may be missed."""
_PER_MINUTE = {"milliseconds": 60_000.0, "seconds": 60.0, "minutes": 1.0, "hours": 1 / 60, "days": 1 / 1440, "": 1.0}
_PER_GRAM = {"g": 1.0, "kg": 0.001, "lb": 0.0022046, "oz": 0.035274}


def currency_sign(attribute: AttributeSchema) -> str:
    """The sign of a price's currency; "" of one that has none here."""
    return {"USD": "$", "EUR": "\u20ac", "GBP": "\u00a3"}.get(attribute.unit, "")


def in_unit(attribute: AttributeSchema, bounds: Mapping[str, float]) -> dict[str, float | str]:
    """Bounds in the unit of an attribute: minutes, grams and years as said become what the catalogue counts in."""
    if attribute.as_date:
        moved = {"$gt": ("$gte", 1), "$lte": ("$lt", 1)}
        steps = {side: moved.get(side, (side, 0)) for side in bounds}
        return {side: str(int(bounds[said]) + later) for said, (side, later) in steps.items()}
    factor = {"duration": _PER_MINUTE, "weight": _PER_GRAM}.get(attribute.role, {}).get(attribute.unit, 1.0)
    return {side: plain_number(bound * factor) for side, bound in bounds.items()}


def plain_number(value: float) -> float:
    """A number as somebody would write it: whole where it is whole, else with four places at most."""
    return int(value) if float(value).is_integer() else round(value, 4)


def own_value(item: Item, name: str) -> float | None:
    """The number that an item has in an attribute, of a date its year; None where it has none."""
    value = item.attributes.get(name)
    if isinstance(value, str) and value[:4].isdigit():
        return float(value[:4])
    return plain_number(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None
