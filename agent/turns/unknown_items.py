"""What to say of item ids that the catalogue does not have: that, and which ones may have been meant."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ...retrieval.index import Index
from ..errors import UnknownItemError
from ..spelling import closest
from ..text import cut

NAMED = 5
"""Unknown ids that a message names; of a longer list, the first say what went wrong."""
LONGEST_TITLE = 60


def unknown_items(ids: Sequence[str], index: Index) -> UnknownItemError:
    """The error about these ids. Only the first is searched for, so that a long list costs no more than one."""
    named = ", ".join(ids[:NAMED])
    advice = _meant(ids[0], index) or "ingest the item first"
    return UnknownItemError(f"not in the catalogue: {named}; {advice}")


def _meant(id: str, index: Index) -> str:
    found = closest(id, _names(index))
    if not found:
        return ""
    items = (index.items[index.position[each]] for each in found)
    return f"did you mean {', '.join(f'{item.id} ({cut(item.title, LONGEST_TITLE)})' for item in items)}?"


def _names(index: Index) -> Iterable[tuple[str, str]]:
    """Ids and titles, with the ids that they stand for."""
    for item in index.items:
        yield item.id, item.id
        yield item.title, item.id
