"""What stands around an answer and can be pressed: the constraints over the shelf, and answers to an open question.

A button names a list and a place in it, which the visitor's own conversation looks up.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from markupsafe import Markup

from ..dialogue_state import Option
from ..serving.exchange import mark_of
from .components import show


def conditions_html(chips: Sequence[str], *, busy: bool = False) -> Markup:
    """The constraints in force, each with a way to take it back; with `busy` another answer is on its way."""
    return show("conditions.html", chips, mark_of(chips), busy) if chips else Markup()


def options_html(options: Sequence[Option]) -> Markup:
    """The answers that an open question offers."""
    return show("options.html", options, mark_of(each.words for each in options)) if options else Markup()


def place_pressed(data: object) -> tuple[int, str]:
    """The place in a list, and the mark of that list, that a browser says was pressed; (-1, "") for anything else."""
    fields = data if isinstance(data, Mapping) else {}
    place, mark = fields.get("place"), fields.get("mark")
    return (place, mark) if type(place) is int and isinstance(mark, str) else (-1, "")
