"""Hard constraints on attributes: checked exactly on items, and translated for the vector store where it pays.

A filter is `{attribute: condition}`, all of which must hold. A condition is a value, a list of values (any of
them), or a mapping of `$eq $ne $gt $gte $lt $lte $in $nin`. On an attribute with several values, equality means
"has it". An item that lacks the attribute fails every condition but `$ne` and `$nin`. Text compares without case.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from .catalogue import CatalogueError, Item

Filters: TypeAlias = Mapping[str, object]
Where: TypeAlias = "dict[str, Any]"

_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "$gt": lambda value, bound: value > bound,
    "$gte": lambda value, bound: value >= bound,
    "$lt": lambda value, bound: value < bound,
    "$lte": lambda value, bound: value <= bound,
}
OPERATORS = ("$eq", "$ne", "$in", "$nin", *_COMPARE)


def conditions(filters: Filters) -> list[tuple[str, str, object]]:
    """Flatten filters to (attribute, operator, operand).

    Raises CatalogueError for an unknown operator or an operand of the wrong shape.
    """
    flat: list[tuple[str, str, object]] = []
    for attribute, condition in filters.items():
        if isinstance(condition, Mapping):
            flat += [_checked(attribute, operator, operand) for operator, operand in condition.items()]
        elif isinstance(condition, (list, tuple, set, frozenset)):
            flat.append((attribute, "$in", tuple(condition)))
        else:
            flat.append((attribute, "$in", (condition,)))
    return flat


def _checked(attribute: str, operator: str, operand: object) -> tuple[str, str, object]:
    if operator not in OPERATORS:
        raise CatalogueError(
            f"filter on {attribute!r}: unknown operator {operator!r}; use one of {', '.join(OPERATORS)}"
        )
    if operator in ("$eq", "$ne"):
        return attribute, "$in" if operator == "$eq" else "$nin", (operand,)
    if operator in ("$in", "$nin"):
        if not isinstance(operand, (list, tuple, set, frozenset)):
            raise CatalogueError(f"filter on {attribute!r}: {operator} takes a list, not {operand!r}")
        return attribute, operator, tuple(operand)
    if isinstance(operand, bool) or not isinstance(operand, (int, float, str)):
        raise CatalogueError(f"filter on {attribute!r}: {operator} takes a number or a date, not {operand!r}")
    return attribute, operator, operand


def matches(item: Item, filters: Filters) -> bool:
    """Whether the item meets every condition."""
    return all(_holds(item.attributes.get(name), operator, operand) for name, operator, operand in conditions(filters))


def _holds(value: object, operator: str, operand: Any) -> bool:  # noqa: ANN401 - checked by `conditions`
    if operator in ("$in", "$nin"):
        wanted = {_folded(each) for each in operand}
        values = value if isinstance(value, tuple) else (value,)
        return any(_folded(each) in wanted for each in values) == (operator == "$in")
    comparable = isinstance(value, str) == isinstance(operand, str) and isinstance(value, (int, float, str))
    return comparable and _COMPARE[operator](value, operand)


def _folded(value: object) -> object:
    return value.casefold() if isinstance(value, str) else value


def where(filters: Filters, vocabulary: Mapping[tuple[str, str], tuple[str, bool]]) -> Where | None:
    """The positive numeric and categorical part of the filters in the vector store's own language, or None.

    `vocabulary` maps (attribute, case-folded value) to (value as stored, whether the attribute is a list).
    Negations and anything not expressible are left out: the caller checks every hit with `matches` anyway.
    """
    clauses = [clause for condition in conditions(filters) if (clause := _clause(*condition, vocabulary))]
    if not clauses:
        return None
    return clauses[0] if len(clauses) == 1 else {"$and": clauses}


def _clause(
    name: str,
    operator: str,
    operand: Any,  # noqa: ANN401 - checked by `conditions`
    vocabulary: Mapping[tuple[str, str], tuple[str, bool]],
) -> Where | None:
    if operator in _COMPARE:
        return None if isinstance(operand, str) else {name: {operator: operand}}
    if operator != "$in" or not all(isinstance(each, str) for each in operand):
        return None
    known = [vocabulary[name, each.casefold()] for each in operand if (name, each.casefold()) in vocabulary]
    if not known:
        return None
    each = [{name: {"$contains": value}} if is_list else {name: value} for value, is_list in known]
    return each[0] if len(each) == 1 else {"$or": each}
