"""A constraint in a few words of English, as it was understood and not as it was typed: "around 90 minutes" of "closer
to 90 min", "not from India" of "not from india", "for 5 players" of "five of us".

Knows constraints and the schema; other languages keep the words of the chip.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import regex

from ..dialogue_state import Constraint
from ..knowledge.proper_names import cased, place
from ..text import cut
from .phrasing import attribute_called, joined, say
from .schema import AttributeSchema, CatalogueSchema
from .units import NEAR, currency_sign

LONGEST = 60
"""Characters of what somebody said that are said back."""
_FEW = 4
"""Words of a wish from which on its values are said instead."""
_SPOKEN = regex.compile(
    r"(?:under|over|below|above|up to|at least|at most|(?:less|more|fewer) than|from|since|before|after|between|around"
    r"|(?:no|not) (?:more|less|longer|later|earlier|older|newer|shorter) than|about|roughly|nothing|pre-|not before"
    r"|not after|(?:newer|older|longer|shorter|cheaper) than (?=\p{Lu})|the |early |late |for )"
    r"|.* (?:tops|at (?:the )?most|or (?:less|more|later|better|earlier|newer|older|below|above|under|over|fewer)"
    r"|and (?:below|under|above|up|over))\b", regex.IGNORECASE,
)  # fmt: skip
"""Bounds that are a phrase already."""
_REFUSING = regex.compile(
    r"(?:no|not|non|none|nothing|never|without|less|fewer|anything but|except)\b", regex.IGNORECASE
)
_COMPARED = regex.compile(r"(?:newer|older|shorter|longer|cheaper|lighter|heavier) than ", regex.IGNORECASE)
"""What is one, too, where it was not measured by something shown, whose value alone is known."""
_DECADE, _HOUR = 10, 60
_SIGNS = {"$gte": "≥", "$gt": ">", "$lte": "≤", "$lt": "<"}


def restated(constraint: Constraint, schema: CatalogueSchema, language: str = "en") -> str:
    """The constraint in words; what a chip says of it in a language other than English."""
    words = cut(constraint.words, LONGEST) or joined(map(str, constraint.values), language)
    if language != "en" and words:
        return words
    if language != "en":
        return _bare_range(constraint, language)
    known = [schema.attributes[name] for name in constraint.attributes if name in schema.attributes]
    if not known:
        return words
    return _range(constraint, known[0], words) if "range" in constraint.kind else _values(constraint, known, words)


def all_restated(constraints: Iterable[Constraint], schema: CatalogueSchema, language: str = "en") -> list[str]:
    """Each in words; what reads the same is said once."""
    return list(dict.fromkeys(restated(each, schema, language) for each in constraints))


def _bare_range(constraint: Constraint, language: str) -> str:
    """A bound as a sign and a number, which every language reads."""
    return joined((f"{_SIGNS[side]} {bound}" for side, bound in constraint.bounds.items()), language)


# Values


def _values(constraint: Constraint, known: list[AttributeSchema], words: str) -> str:
    own = [str(value) for value in constraint.values if isinstance(value, str)]
    if words.startswith("for ") or not own:  # an age, or a flag by its name
        return words[:1].lower() + words[1:] if words.istitle() and not own else words
    kinds = {each.kind for each in known}
    named = words.casefold().endswith(tuple(value.casefold() for value in own))
    if kinds == {"place"} and named:
        return f"{'not ' if constraint.refuses else ''}from {joined(map(place, own), last='or')}"
    if kinds == {"language"} and named and not constraint.refuses:
        return f"in {joined(own, last='or')}"
    if constraint.kind == "out" and not _REFUSING.match(words):
        return f"no {joined(map(cased, own), last='or')}"
    if len(words.split()) > _FEW + len(own) or ":" in words or words.startswith("my "):
        return f"{'no ' if constraint.refuses else ''}{joined(map(cased, own), last='or')}"
    return cased(words if kinds == {"category"} else _in_own_case(words, own))


def _in_own_case(words: str, values: Iterable[str]) -> str:
    """The words with the capitals that the catalogue gives its values."""
    for value in values:
        if value != value.lower():
            words = regex.sub(rf"(?i)(?<!\w){regex.escape(value)}(?!\w)", lambda _, own=value: own, words)
    return words


# Bounds


def _range(constraint: Constraint, attribute: AttributeSchema, words: str) -> str:
    words = regex.sub(r"(\d+) and a half", r"\1½", words.removeprefix("of "))
    low, high = (_end(constraint.bounds, sides) for sides in (("$gte", "$gt"), ("$lte", "$lt")))
    if constraint.kind == "not range" or (low is None and high is None):
        return words
    if attribute.role == "players":
        return f"for {_counted(low if low is not None else high or 0, 'player')}"
    own = attribute.role == "year" or not constraint.relative
    if _SPOKEN.match(words) or (own and _COMPARED.match(words)):
        return words[:1].lower() + words[1:]
    if attribute.role == "year":
        return _years(constraint.bounds, low, high)
    return _amount(constraint, attribute, low, high)


def _end(bounds: Mapping[str, int | float | str], sides: Iterable[str]) -> float | None:
    """A bound as a number, of a date its year."""
    found = next((bounds[side] for side in sides if side in bounds), None)
    return None if found is None else float(found[:4]) if isinstance(found, str) else float(found)


def _years(bounds: Mapping[str, int | float | str], low: float | None, high: float | None) -> str:
    if low is None or high is None:
        if high is not None:
            return f"{'before' if '$lt' in bounds else 'up to'} {high:.0f}"
        return f"after {low:.0f}" if "$gt" in bounds else f"from {low:.0f} on"
    last = high - ("$lt" in bounds)
    if low == last:
        return f"from {low:.0f}"
    decade = low % _DECADE == 0 and last == low + _DECADE - 1
    return f"from the {low:.0f}s" if decade else f"from {low:.0f} to {last:.0f}"


def _amount(constraint: Constraint, attribute: AttributeSchema, low: float | None, high: float | None) -> str:
    bounds = constraint.bounds
    if low is not None and high is not None:
        middle = (low + high) / 2
        near = abs(high - low - 2 * NEAR * middle) < 0.01 * middle
        return measured(middle, attribute, "around ") if near else f"{low:g} to {measured(high, attribute)}"
    if high is not None:
        less = _LESS.get(attribute.role, "under") if constraint.relative else "under" if "$lt" in bounds else "at most"
        return measured(high, attribute, f"{less} ")
    more = _MORE.get(attribute.role, "over") if constraint.relative else "over" if "$gt" in bounds else "at least"
    return measured(low or 0, attribute, f"{more} ")


_LESS = {"price": "cheaper than", "duration": "shorter than", "weight": "lighter than"}
_MORE = {"price": "dearer than", "duration": "longer than", "weight": "heavier than"}


def measured(value: float, attribute: AttributeSchema, before: str = "") -> str:
    """A number of an attribute with its unit: "$49.99", "134 minutes", "80 pages"; of any other with its name."""
    number = f"{value:g}"
    if attribute.role == "year":
        return f"{before}{value:.0f}"
    if attribute.role == "price":
        return f"{before}{currency_sign(attribute)}{number if value == int(value) else f'{value:.2f}'}"
    if attribute.role == "duration" and attribute.unit in ("minutes", ""):
        hours = value >= _HOUR and value % _HOUR == 0
        return f"{before}{_counted(value / _HOUR, 'hour') if hours else _counted(value, 'minute')}"
    if attribute.role == "weight":
        return f"{before}{number} {attribute.unit}"
    if attribute.role == "pages":
        return f"{before}{_counted(value, 'page')}"
    if attribute.role == "pack":
        return f"{before}{number} in a pack"
    return f"{attribute.label} {before}{number}"


def placed(value: float, attribute: AttributeSchema, language: str = "en") -> str:
    """Where something stands in an attribute: "from 1976", "at $19.50"."""
    if language != "en":
        return say("fact", language, attribute=attribute_called(attribute, language), value=f"{value:g}")
    return say("dated" if attribute.role == "year" else "at", language, value=measured(value, attribute))


def _counted(value: float, thing: str) -> str:
    return f"{value:g} {thing}{'' if value == 1 else 's'}"
