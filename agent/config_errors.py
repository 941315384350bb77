"""What is wrong with a line of `sommelier.yaml`, in words: the key, its value, and what it takes. Knows no setting."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from difflib import get_close_matches
from typing import Any, get_args

import yaml
from pydantic import BaseModel
from pydantic_core import ErrorDetails

TAKES: Mapping[str, str] = {
    "string_type": "text", "path_type": "a path",
    "int_type": "a whole number", "int_parsing": "a whole number", "int_from_float": "a whole number",
    "float_type": "a number", "float_parsing": "a number", "finite_number": "a finite number",
    "model_type": "lines of its own, as {key: value}", "dict_type": "lines of its own, as {key: value}",
    "tuple_type": "two numbers, as [1, 5]", "missing": "two numbers, as [1, 5]", "too_long": "two numbers, as [1, 5]",
    "url_type": "an address that begins with http:// or https://",
    "url_parsing": "an address that begins with http:// or https://",
    "url_scheme": "an address that begins with http:// or https://",
}  # fmt: skip
"""What a key takes, by the kind of pydantic's error about it."""
BOUNDS: Mapping[str, tuple[str, str]] = {
    "greater_than": ("gt", "more than"), "greater_than_equal": ("ge", "at least"),
    "less_than": ("lt", "less than"), "less_than_equal": ("le", "at most"),
}  # fmt: skip
"""Where pydantic keeps a bound, and what it is called."""
LONGEST = 60


def wrong_line(error: ErrorDetails, settings: type[BaseModel]) -> str:
    """One problem that these settings have with what was read."""
    kind, place = error["type"], [str(each) for each in error["loc"]]
    if not place:
        return "it takes lines such as `pool: 20`"
    if kind == "extra_forbidden":
        return unknown(".".join(place), place[-1], _keys(settings, place[:-1]))
    if place[-1] == "[key]":
        return unknown(".".join(place[:-1]), place[-2], _listed(error))
    key = ".".join(place[:-1] if kind == "missing" else place)
    return f"{key} is {_shown(error['input'])}{_wanted(error)}"


def unknown(key: str, name: str, names: Collection[str]) -> str:
    """A name that does not exist, with the one that was probably meant, else with all that do."""
    near = get_close_matches(name, names, n=1)
    return f"{key} is not known ({f'did you mean {near[0]}?' if near else 'there are ' + ', '.join(names)})"


def unreadable(error: yaml.YAMLError | UnicodeDecodeError) -> str:
    """Where a file stops being YAML, and why."""
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark:
        mark = error.problem_mark
        return f"line {mark.line + 1}, column {mark.column + 1}: {error.problem}. Correct that line"
    if isinstance(error, UnicodeDecodeError):
        return "it is not text in UTF-8. Save it as UTF-8"
    return f"{str(error).partition(chr(10))[0]}. Remove that character"


def _wanted(error: ErrorDetails) -> str:
    kind, told = error["type"], error.get("ctx", {})
    if kind == "literal_error":
        return f", and takes {' or '.join(_listed(error))}"
    if kind in BOUNDS:
        bound, words = BOUNDS[kind]
        return f", and takes {words} {told[bound]:g}"
    if kind in TAKES:
        return f", and takes {TAKES[kind]}"
    return f": {told.get('error', error['msg'])}"


def _listed(error: ErrorDetails) -> list[str]:
    return re.findall(r"'([^']*)'", error.get("ctx", {}).get("expected", ""))


def _keys(settings: type[BaseModel], place: list[str]) -> list[str]:
    """The keys that there are at this place."""
    for name in place:
        annotation = settings.model_fields[name].annotation
        for inner in (annotation, *get_args(annotation)):  # itself, or it or None
            if isinstance(inner, type) and issubclass(inner, BaseModel):
                settings = inner
    return list(settings.model_fields)


def _shown(value: Any) -> str:  # noqa: ANN401 - whatever a YAML file may hold
    if value is None:
        return "empty"
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= LONGEST else text[:LONGEST] + "..."
