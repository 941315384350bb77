"""Where a sentence ends, when names such as "Dr. Strangelove" or "E.T." stand in it."""

from __future__ import annotations

import re
from collections.abc import Iterable

_END = re.compile(r"[.!?…]+[\"”')]?(?=\s|$)")


def sentence_end(text: str, names: Iterable[str], *, finished: bool) -> int | None:
    """Index just past the first sentence of `text`, or None while it may still go on.

    An end inside one of `names` does not count. While text still arrives (`finished=False`) the end counts only
    when something follows it, since a name may be half written.
    """
    hidden = text
    for name in sorted({name for name in names if _END.search(name) or "." in name}, key=len, reverse=True):
        hidden = re.sub(re.escape(name), "x" * len(name), hidden, flags=re.IGNORECASE)
    for match in _END.finditer(hidden):
        if finished or match.end() < len(hidden):
            return match.end()
    return None


def first_sentence(text: str, names: Iterable[str]) -> str | None:
    """The first whole sentence, or None when the text was cut before one ended."""
    text = " ".join(text.split())
    end = sentence_end(text, names, finished=True)
    return None if end is None else text[:end].strip()
