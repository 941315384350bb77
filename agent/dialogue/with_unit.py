"""An amount as it is read out. Knows the schema; knows no message and no state."""

from __future__ import annotations

from ...retrieval.catalogue import AttributeValue
from ..knowledge.phrases import shorten
from .phrasing import attribute_called, called, say
from .schema import AttributeSchema
from .units import currency_sign

_LONG = 4
"""Hours from which on a duration is read out in hours."""


def with_unit(value: AttributeValue, attribute: AttributeSchema, language: str) -> str:
    """A value with its unit, as the language of the conversation says it: "103 minutes", "$14.99"."""
    if isinstance(value, bool):
        return say("yes_flag" if value else "no_flag", language, attribute=attribute_called(attribute, language))
    if isinstance(value, str):
        return value[:4] if attribute.as_date else shorten(called(value, language))
    assert isinstance(value, (int, float))  # a tuple was read before
    if attribute.role == "price":
        return f"{currency_sign(attribute)}{value:.2f}"
    if attribute.role == "duration" and attribute.unit == "minutes":
        hours, rest = divmod(value, 60)
        if hours >= _LONG and not rest:
            return say("hours", language, value=f"{hours:g}")
        return say("minutes", language, value=f"{value:g}")
    return f"{value:g}{' ' if attribute.unit else ''}{attribute.unit}" if attribute.role == "weight" else f"{value:g}"
