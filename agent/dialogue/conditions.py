"""Filters in words: what nothing in the catalogue is, and what there would be instead. Knows no users and no model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ...retrieval.attribute_roles import role_of
from ...retrieval.filters import conditions
from ...retrieval.relaxation import Relaxation
from ..knowledge.phrases import KINDS, LONGEST_VALUE, MAKERS, PLACES, listed, shorten

_BOUNDS = {"$gt": "over", "$gte": "of at least", "$lt": "under", "$lte": "of at most"}
_YEARS = {"$gt": "after {}", "$gte": "{} or later", "$lt": "before {}", "$lte": "{} or earlier"}


def offer(filters: Mapping[str, object], found: Relaxation) -> str:
    """That nothing meets the filters, and the nearest that does: "I found nothing that is western and is from before
    1900. Without the year there are 12, for example Red River, Stagecoach and High Noon."."""
    lead = "You know everything that" if found.met else "I found nothing that"
    year = next((role_of(item, "year") for item in found.examples), None)
    return f"{lead} {spoken(filters, year)}. {_instead(found)} {_there_is(found)}."


def spoken(filters: Mapping[str, object], year: str | None = None) -> str:
    """The filters as predicates: "is western, is directed by John Ford and is from before 1950". `year` is the
    attribute that holds one."""
    decades = {name: span for name in filters if name == year and (span := _decade(filters[name]))}
    others = {name: condition for name, condition in filters.items() if name not in decades}
    said = [*(_predicate(*each, year) for each in conditions(others)), *decades.values()]
    return listed(said or ["is in the catalogue"])


def _decade(condition: object) -> str | None:
    """The years from a first one to before a last one, as people say them."""
    if not isinstance(condition, Mapping) or set(condition) != {"$gte", "$lt"}:
        return None
    first, end = condition["$gte"], condition["$lt"]
    return f"is from {first} to {end - 1}" if isinstance(first, int) and isinstance(end, int) else None


def _predicate(name: str, operator: str, operand: object, year: str | None) -> str:
    if operator in _BOUNDS:
        bound = f"is from {_YEARS[operator]}" if name == year else f"has a {_label(name)} {_BOUNDS[operator]} {{}}"
        return bound.format(operand)
    if operand in ((True,), (False,)):
        return f"is {'' if (operand == (True,)) == (operator == '$in') else 'not '}{_label(name)}"
    values = [shorten(str(each), LONGEST_VALUE) for each in operand] if isinstance(operand, Sequence) else []
    either = f"{', '.join(values[:-1])} or {values[-1]}" if len(values) > 1 else "".join(values) or "nothing"
    return _said(name, either, "" if operator == "$in" else "not ", year)


def _said(name: str, value: str, negation: str, year: str | None) -> str:
    if name in MAKERS:
        return f"is {negation}{MAKERS[name]} {value}"
    if name in PLACES or name == year:
        return f"is {negation}from {value}"
    return f"is {negation}{value}" if name in KINDS else f"has {negation}{value} as its {_label(name)}"


def _instead(found: Relaxation) -> str:
    if found.moved:
        name, value = found.moved
        return f"The nearest {_label(name)} is {value}:"
    if found.filters:
        return f"Without the {listed([_label(name) for name in found.dropped])}"
    return "Without these conditions" if len(found.dropped) > 1 else "Without this condition"


def _there_is(found: Relaxation) -> str:
    titles = listed([shorten(item.title) for item in found.examples])
    if found.count == 1:
        return f"there is {titles}"
    return f"there are {found.count}{', for example' if found.count > len(found.examples) else ':'} {titles}"


def _label(name: str) -> str:
    return name.replace("_", " ")
