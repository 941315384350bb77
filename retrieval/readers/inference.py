"""What type a column is, judged from all its values, and how a value of that type is read.

Knows nothing about files or fields.
"""

from __future__ import annotations

import ast
import json
import math
import re
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from ..catalogue import AttributeValue
from .columns import Column, ColumnType
from .moments import parse_moment
from .sources import is_storable

LIST_SHARE = 0.1
"""A column is a list of categories when at least this share of its values holds the separator."""
TEXT_LENGTH = 50
"""Mean characters from which a column is free text rather than a category."""
MISSING = frozenset({"", "nan", "null", "n/a", "\\n"})
"""What files write for "no value", in lower case."""

_SEPARATOR = "|"
_EXAMPLES = 3
_FLAGS = {"true": True, "false": False, "yes": True, "no": False}
# A leading zero marks a code (a postcode, an account), and 16 digits no longer fit a float exactly.
_INTEGER = re.compile(r"[+-]?(0|[1-9][0-9]{0,14})", re.ASCII)
_NUMBER = re.compile(r"[+-]?(0|[1-9][0-9]*)?(\.[0-9]*)?([eE][+-]?[0-9]{1,3})?", re.ASCII)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9:.]+(Z|[+-][0-9:]+)?)?", re.ASCII)
_WIDER: dict[tuple[ColumnType, ColumnType], ColumnType] = {
    ("integer", "number"): "number",
    ("number", "integer"): "number",
    ("category", "categories"): "categories",
    ("category", "text"): "text",
}


class ColumnSample:
    """Watches the values of one column go by."""

    def __init__(self) -> None:
        self.filled = 0
        self._lists = 0
        self._characters = 0
        self._possible: list[ColumnType] = ["nested", "flag", "integer", "number", "date"]
        self._examples: dict[str, None] = {}

    def add(self, value: object) -> None:
        """Take one value into account."""
        if is_missing(value):
            return
        self.filled += 1
        self._possible = [each for each in self._possible if _CHECKS[each](value)]
        text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
        self._characters += len(text)
        self._lists += _listed(value) is not None
        if len(self._examples) < _EXAMPLES:
            self._examples[text[:40]] = None

    def column(self, name: str, source: str, stored: ColumnType | None = None) -> Column:
        """The verdict. `stored` is the type from an earlier ingest: it stands where the new values fit it."""
        found = self._type()
        return Column(name, source, _settle(stored, found), self.filled, tuple(self._examples))

    def _type(self) -> ColumnType:
        if not self.filled:
            return "empty"
        if self._possible:
            return self._possible[0]
        if self._lists >= max(1, LIST_SHARE * self.filled):
            return "categories"
        return "text" if self._characters / self.filled > TEXT_LENGTH else "category"


def is_missing(value: object) -> bool:
    """Whether a value says "nothing here"."""
    if isinstance(value, str):
        return value.strip().lower() in MISSING
    return value is None or value == [] or (isinstance(value, float) and not math.isfinite(value))


def read_attribute(value: object, kind: ColumnType) -> AttributeValue | None:
    """`value` as an attribute of type `kind`; None when it is missing or cannot be read as that."""
    if is_missing(value) or _is_nested(value) or kind in ("nested", "empty"):
        return None
    if kind in ("integer", "number", "flag", "date"):
        return _read_exact(value, kind)
    if kind == "categories":
        return _read_categories(value)
    return _plain_text(value) or None


def _settle(stored: ColumnType | None, found: ColumnType) -> ColumnType:
    if stored in (None, "empty", "nested") or found == stored:
        return found
    if found == "empty":
        return stored
    if (stored, found) in _WIDER:
        return _WIDER[stored, found]
    # What was a category, a list or text stays one: numbers and flags can be read as words, not the reverse.
    keeps = stored in ("category", "categories", "text") and found != "nested"
    return stored if keeps else found


def _read_exact(value: object, kind: ColumnType) -> AttributeValue | None:
    if not _CHECKS[kind](value):
        return None
    text = str(value).strip()
    if kind == "integer":
        return int(float(text)) if isinstance(value, (float, Decimal)) else int(text)
    if kind == "number":
        return float(text)
    if kind == "flag":
        return value if isinstance(value, bool) else _FLAGS[text.lower()]
    return _iso(value)


def _iso(value: object) -> str:
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, datetime):
        return parse_moment(value).isoformat()
    return value.isoformat() if isinstance(value, date) else str(value)


def _read_categories(value: object) -> tuple[str, ...] | None:
    parts = _listed(value)
    if parts is None:
        parts = [_plain_text(value)]
    return tuple(dict.fromkeys(part for part in parts if part)) or None


def _listed(value: object) -> list[str] | None:
    """The parts of a list: a real one, one written as JSON or Python, or text with separators."""
    if isinstance(value, list):
        return [_plain_text(each) for each in value if not is_missing(each)]
    if not isinstance(value, str):
        return None
    if value.startswith("[") and value.rstrip().endswith("]"):
        written = _written_list(value)
        if written is not None:
            return [_plain_text(each) for each in written if not is_missing(each)]
    return [part.strip() for part in value.split(_SEPARATOR)] if _SEPARATOR in value else None


def _written_list(text: str) -> Sequence[Any] | None:
    for parse in (json.loads, ast.literal_eval):
        try:
            found = parse(text)
        except (ValueError, SyntaxError, RecursionError, MemoryError):
            continue
        # Escapes inside the text can spell what the file itself may not hold.
        return found if isinstance(found, list) and is_storable("".join(map(str, found))) else None
    return None


def _plain_text(value: object) -> str:
    if isinstance(value, (date, datetime)):
        return _iso(value)
    return str(value).strip()


def _is_integer(value: object) -> bool:
    if isinstance(value, bool):
        return False
    if isinstance(value, (float, Decimal)):
        # pandas writes whole numbers as 1995.0 when some are missing
        return float(value).is_integer() and abs(float(value)) < 1e15
    return _INTEGER.fullmatch(str(value).strip()) is not None if isinstance(value, (str, int)) else False


def _is_number(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, (str, int, float, Decimal)):
        return False
    text = str(value).strip()
    if isinstance(value, str) and not (_NUMBER.fullmatch(text) and any(map(str.isdigit, text))):
        return False
    try:
        return math.isfinite(float(text))
    except (ValueError, OverflowError):
        return False


def _is_date(value: object) -> bool:
    if not isinstance(value, str):
        return isinstance(value, date)
    if not _DATE.fullmatch(value.strip()):
        return False
    try:
        parse_moment(value)
    except ValueError:
        return False
    return True


def _is_flag(value: object) -> bool:
    return isinstance(value, bool) or (isinstance(value, str) and value.strip().lower() in _FLAGS)


def _is_nested(value: object) -> bool:
    parts = value if isinstance(value, list) else [value]
    return any(isinstance(each, (dict, list, bytes)) for each in parts)


_CHECKS = {"nested": _is_nested, "flag": _is_flag, "integer": _is_integer, "number": _is_number, "date": _is_date}
