"""How pages become HTML: the templates of one folder, with everything that is put into them escaped.

Text from outside is cut where it is shown, by the filter `cut`: `{{ title|cut(200) }}` is one line without control
characters, at most 200 characters, and escaped. Must not know what any page shows.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from pathlib import Path, PurePath

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from jinja2.ext import Extension
from jinja2.lexer import Token, TokenStream
from markupsafe import Markup

from .text import cut

_LINE_END = re.compile(r"\s*\n\s*")


class Templates:
    """The components in a folder: `card.html` holds a macro `card`, which other components of the folder may import.

    Compiled once, when first shown. `known` are names that every component sees.
    """

    def __init__(self, *folders: Path, **known: object) -> None:
        self._environment = Environment(
            loader=FileSystemLoader(folders), autoescape=True, undefined=StrictUndefined, auto_reload=False,
            extensions=[_JoinedLines],
        )  # fmt: skip
        self._environment.filters["cut"] = _inert
        self._environment.globals.update(known)

    def show(self, name: str, *values: object) -> Markup:
        """The HTML of a component, given what its macro takes.

        Raises:
            TemplateNotFound: no file of that name, e.g. "card.html".
            UndefinedError: the component asks for something that it was not given.
        """
        component = getattr(self._environment.get_template(name).module, PurePath(name).stem)
        return Markup(component(*values))


def _inert(text: str, longest: int) -> Markup:
    return Markup(html.escape(cut(text, longest), quote=True))


class _JoinedLines(Extension):
    """Templates are laid out in lines, pages are not: white space between elements would be shown. A line break with
    the indentation after it is nothing beside an element or a block, one space inside of a tag or a sentence."""

    def filter_stream(self, stream: TokenStream) -> Iterable[Token]:
        """The template's tokens, its own text on one line."""
        for token in stream:
            yield Token(token.lineno, "data", _joined(token.value)) if token.type == "data" else token


def _joined(text: str) -> str:
    def joint(match: re.Match[str]) -> str:
        before, after = text[: match.start()][-1:], text[match.end() :][:1]
        return " " if before not in {"", ">"} and after not in {"", "<"} else ""

    return _LINE_END.sub(joint, text)
