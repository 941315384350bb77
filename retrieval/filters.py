"""Hard constraints on attributes: checked exactly on items, and translated for the vector store where it pays.

A filter is `{attribute: condition}`, all of which must hold. A condition is a value, a list of values (any of
them), or a mapping of `$eq $ne $gt $gte $lt $lte $in $nin $all`. On an attribute with several values, equality means
"has it", and `$all` wants every one of them. An item that lacks the attribute fails every condition but `$ne` and
`$nin`. Text compares without case. In the place of an attribute, `$and` and `$or` take a list of filters, and `$id`
takes the ids of the items that meet it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from .catalogue import CatalogueError, Item

Filters: TypeAlias = Mapping[str, object]
Where: TypeAlias = "dict[str, Any]"
Spellings: TypeAlias = Mapping[tuple[str, str], Sequence[tuple[str, bool]]]
"""(attribute, case-folded value) -> every way it is stored: (value, whether as one of several)."""

_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "$gt": lambda value, bound: value > bound,
    "$gte": lambda value, bound: value >= bound,
    "$lt": lambda value, bound: value < bound,
    "$lte": lambda value, bound: value <= bound,
}
OPERATORS = ("$eq", "$ne", "$in", "$nin", "$all", *_COMPARE)
_JOINS: Mapping[str, Callable[[Iterable[bool]], bool]] = {"$and": all, "$or": any}
ID = "$id"
"""Stands for an item's id where an attribute's name stands otherwise."""


def conditions(filters: Filters) -> list[tuple[str, str, object]]:
    """Flatten what filters say of attributes, not their `$and`, `$or` and `$id`, to (attribute, operator, operand).

    Raises CatalogueError for an unknown operator or an operand of the wrong shape.
    """
    flat: list[tuple[str, str, object]] = []
    for attribute, condition in filters.items():
        if attribute in _JOINS or attribute == ID:
            continue
        if isinstance(condition, Mapping):
            flat += [_checked(attribute, operator, operand) for operator, operand in condition.items()]
        elif isinstance(condition, (list, tuple, set, frozenset)):
            flat.append((attribute, "$in", _values(attribute, "$in", condition)))
        else:
            flat.append((attribute, "$in", _values(attribute, "$eq", (condition,))))
    return flat


def joined(filters: Filters) -> list[tuple[str, Sequence[Filters]]]:
    """The `$and` and `$or` of filters with what they join. Raises CatalogueError where that is no list of filters."""
    found = [(name, filters[name]) for name in _JOINS if name in filters]
    for name, parts in found:
        if not isinstance(parts, (list, tuple)) or not parts or not all(isinstance(each, Mapping) for each in parts):
            raise CatalogueError(f"{name} takes a list of one or more filters, not {parts!r}")
    return found  # type: ignore[return-value]


def named(filters: Filters) -> frozenset[str] | None:
    """The ids in the `$id` of filters, None without one. Raises CatalogueError where that is no list of ids."""
    if ID not in filters:
        return None
    ids = filters[ID]
    if not isinstance(ids, (list, tuple, set, frozenset)) or not all(isinstance(each, str) for each in ids):
        raise CatalogueError(f"{ID} takes a list of item ids, not {ids!r}")
    return frozenset(ids)


def _checked(attribute: str, operator: str, operand: object) -> tuple[str, str, object]:
    if operator not in OPERATORS:
        raise CatalogueError(
            f"filter on {attribute!r}: unknown operator {operator!r}; use one of {', '.join(OPERATORS)}"
        )
    if operator in ("$eq", "$ne"):
        return attribute, "$in" if operator == "$eq" else "$nin", _values(attribute, operator, (operand,))
    if operator in ("$in", "$nin", "$all"):
        if not isinstance(operand, (list, tuple, set, frozenset)):
            raise CatalogueError(f"filter on {attribute!r}: {operator} takes a list, not {operand!r}")
        return attribute, operator, _values(attribute, operator, operand)
    if isinstance(operand, bool) or not isinstance(operand, (int, float, str)):
        raise CatalogueError(f"filter on {attribute!r}: {operator} takes a number or a date, not {operand!r}")
    return attribute, operator, operand


def _values(attribute: str, operator: str, operands: Collection[object]) -> tuple[object, ...]:
    for each in operands:
        if not isinstance(each, (str, int, float)):
            raise CatalogueError(f"filter on {attribute!r}: {operator} takes text, numbers or flags, not {each!r}")
    return tuple(operands)


def all_of(first: Filters, second: Filters) -> dict[str, object]:
    """Filters that hold where both do.

    Raises CatalogueError as `conditions` does, and where bounds of one attribute are a number and a text.
    """
    combined: dict[str, dict[str, object]] = {}
    apart: list[Filters] = [{join: parts} for each in (first, second) for join, parts in joined(each)]
    apart += [{ID: sorted(ids)} for each in (first, second) if (ids := named(each)) is not None]
    for name, operator, operand in (*conditions(first), *conditions(second)):
        known = combined.setdefault(name, {})
        if operator == "$in" and operator in known and not _same(known[operator], operand):
            apart.append({name: {operator: operand}})  # an item may have one of these and one of those
        else:
            known[operator] = _tighter(name, operator, known[operator], operand) if operator in known else operand
    return {**combined, **({"$and": apart} if apart else {})}


def _same(one: Any, other: Any) -> bool:  # noqa: ANN401 - checked by `conditions`
    return {_folded(each) for each in one} == {_folded(each) for each in other}


def _tighter(name: str, operator: str, one: Any, other: Any) -> object:  # noqa: ANN401 - checked by `conditions`
    if operator in ("$nin", "$all"):
        return (*one, *other)
    if operator == "$in":
        return one
    if isinstance(one, str) != isinstance(other, str):
        raise CatalogueError(f"two filters on {name!r} cannot be combined: {one!r} and {other!r}; give one of them")
    return max(one, other) if operator in ("$gt", "$gte") else min(one, other)


def matches(item: Item, filters: Filters) -> bool:
    """Whether the item meets every condition."""
    return matcher(filters)(item)


def matcher(filters: Filters) -> Callable[[Item], bool]:
    """`matches` for many items: the filters are read once. Raises CatalogueError as `conditions` does."""
    tests = [(name, _test(operator, operand)) for name, operator, operand in conditions(filters)]
    joins = [(_JOINS[join], [matcher(each) for each in parts]) for join, parts in joined(filters)]
    ids = named(filters)

    def meets(item: Item) -> bool:
        own = (ids is None or item.id in ids) and all(holds(item.attributes.get(name)) for name, holds in tests)
        return own and all(join(each(item) for each in parts) for join, parts in joins)

    return meets


def _test(operator: str, operand: Any) -> Callable[[object], bool]:  # noqa: ANN401 - checked by `conditions`
    if operator in _COMPARE:
        return lambda value: _comparable(value, operand) and _COMPARE[operator](value, operand)
    wanted = {_folded(each) for each in operand}
    if operator == "$all":
        return lambda value: wanted <= {_folded(each) for each in (value if isinstance(value, tuple) else (value,))}

    def is_wanted(value: object) -> bool:
        values = value if isinstance(value, tuple) else (value,)
        return any(_folded(each) in wanted for each in values) == (operator == "$in")

    return is_wanted


def _comparable(value: object, operand: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return False
    return isinstance(value, str) == isinstance(operand, str)


def _folded(value: object) -> object:
    return value.casefold() if isinstance(value, str) else value


def where(filters: Filters, spellings: Spellings) -> Where | None:
    """The positive numeric and categorical part of the filters in the vector store's own language, or None.

    Negations and anything not expressible are left out: the caller checks every hit with `matches` anyway, so a
    clause may let too much through, and must never hold back an item that matches.
    """
    wanted = [condition for condition in _singly(filters) if is_storable_name(condition[0])]
    clauses = [clause for condition in wanted if (clause := _clause(*condition, spellings))]
    clauses += [clause for join, parts in joined(filters) if (clause := _joined_clause(join, parts, spellings))]
    if not clauses:
        return None
    return clauses[0] if len(clauses) == 1 else {"$and": clauses}


def _singly(filters: Filters) -> Iterator[tuple[str, str, object]]:
    """The conditions, each value of an `$all` as one of its own."""
    for name, operator, operand in conditions(filters):
        if operator == "$all" and isinstance(operand, Collection):
            yield from ((name, "$in", (each,)) for each in operand)
        else:
            yield name, operator, operand


def _joined_clause(join: str, parts: Sequence[Filters], spellings: Spellings) -> Where | None:
    """An `$or` only holds for the store where all of its parts do; of an `$and` what can be said is said."""
    clauses = [where(each, spellings) for each in parts]
    said = [each for each in clauses if each]
    if not said or (join == "$or" and len(said) < len(clauses)):
        return None
    return said[0] if len(said) == 1 else {join: said}


def _clause(
    name: str,
    operator: str,
    operand: Any,  # noqa: ANN401 - checked by `conditions`
    spellings: Spellings,
) -> Where | None:
    if operator in _COMPARE:
        return None if isinstance(operand, str) or not _is_storable_number(operand) else {name: {operator: operand}}
    if operator != "$in" or not all(isinstance(each, str) for each in operand):
        return None
    known = [stored for each in operand for stored in spellings.get((name, each.casefold()), ())]
    if not known:
        return None
    each = [{name: {"$contains": value}} if is_list else {name: value} for value, is_list in known]
    return each[0] if len(each) == 1 else {"$or": each}


def spellings_of(items: Iterable[Item]) -> Spellings:
    """Every way that the facet values of these items are stored."""
    found: dict[tuple[str, str], list[tuple[str, bool]]] = {}
    for item in items:
        for name, value in item.facets():
            known = found.setdefault((name, value.casefold()), [])
            stored = (value, isinstance(item.attributes[name], tuple))
            if stored not in known:
                known.append(stored)
    return found


def is_storable_name(attribute: str) -> bool:
    """Whether the vector store takes an attribute of this name; others are kept from it and checked here alone."""
    return bool(attribute) and not attribute.startswith(("$", "#")) and attribute != "chroma:document"


def _is_storable_number(value: float) -> bool:
    return math.isfinite(value) and abs(value) < 2**63
