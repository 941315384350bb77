"""What somebody may have meant: names that are spelt like a given one. Knows nothing of items or users.

Every name is looked at once, for the letters and pairs of letters that it shares; only the few that share most are
compared in their order. So a catalogue of 100,000 items costs about a second, and only where something was wrong.
"""

from __future__ import annotations

import heapq
import re
import unicodedata
from collections.abc import Collection, Iterable
from difflib import SequenceMatcher
from itertools import pairwise

LONGEST = 80
"""Characters of a name that are compared."""
SHORTLIST = 50
LIKE = 0.6
"""From this similarity on (difflib's ratio) one name may be meant by the other."""


def closest(wanted: str, names: Iterable[tuple[str, str]], n: int = 3) -> list[str]:
    """Up to `n` ids, most like `wanted` first, of `names`: pairs of a name and the id that it stands for.

    Case, accents and punctuation make no difference. An id may have several names.
    """
    spelt = _letters(wanted)
    if not spelt:
        return []
    parts = {*spelt, *(first + second for first, second in pairwise(spelt))}
    spellings = ((_letters(name), id) for name, id in names)
    shortlist = heapq.nlargest(SHORTLIST, ((_shared(parts, name), name, id) for name, id in spellings))
    alike: dict[str, float] = {}
    for shared, name, id in shortlist:
        ratio = SequenceMatcher(None, spelt, name).ratio() if shared else 0.0
        if ratio >= LIKE:
            alike[id] = max(ratio, alike.get(id, 0.0))
    return sorted(alike, key=lambda id: (-alike[id], id))[:n]


def _letters(name: str) -> str:
    """ "Amélie (2001)" -> "amelie 2001"."""
    text = name[:LONGEST]
    if not text.isascii():
        text = "".join(each for each in unicodedata.normalize("NFKD", text) if not unicodedata.combining(each))
    return re.sub(r"[\W_]+", " ", text.casefold()).strip()


def _shared(parts: Collection[str], name: str) -> float:
    """How many of the parts the name has, in proportion to the length of both."""
    return sum(part in name for part in parts) / (len(parts) + len(name))
