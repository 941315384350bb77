"""The shelf: the cards of one answer, the places that wait for them, and what stands there before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..turn import Recommendation
from . import words
from .card import Place, card_html, icon_svg
from .images import Images
from .item_state import ItemState


def shelf_html(
    shelf: Sequence[Recommendation], mark: str, standings: Mapping[str, ItemState], session: str, images: Images, *,
    busy: bool = False,
) -> str:  # fmt: skip
    """The cards of one answer, best first. `standings` are by item id; with `busy` another answer is on its way."""
    best = max(each.score for each in shelf)
    cards = []
    for each in shelf:
        standing = standings.get(each.item.id, ItemState())
        cards.append(card_html(each, Place(mark, best, images.of(each.item), standing.undoable(session)), standing))
    state = ' aria-busy="true"' if busy else ""
    return (
        f'<section class="som-shelf" aria-label="{words.SHELF}"{state}><header><h2>{words.SHELF_TITLE}</h2>'
        f'<button type="button" data-kind="share" data-shelf="{mark}" data-rank="1">{words.SHARE}</button></header>'
        f"<ol>{''.join(cards)}</ol></section>"
    )


def waiting_html(places: int) -> str:
    """Cards without anything on them, of the size that they will have."""
    blank = (
        '<li class="som-card"><div class="som-cover"></div><div class="som-body"><i></i><i></i><i></i></div>'
        '<div class="som-acts"></div><div class="som-foot"></div></li>'
    )
    return (
        f'<section class="som-shelf som-waiting" aria-label="{words.SHELF}" aria-busy="true">'
        f'<header><h2>{words.SHELF_TITLE}</h2></header><p class="som-sr">{words.CHOOSING}</p>'
        f"<ol>{blank * places}</ol></section>"
    )


def welcome_html() -> str:
    """What stands there before anything was asked."""
    rows = "".join(
        f"<li>{icon_svg(icon)}<div><h3>{heading}</h3><p>{line}</p></div></li>"
        for icon, heading, line in words.ABILITIES
    )
    return (
        f'<section class="som-welcome" aria-label="{words.WHAT_THIS_DOES}"><h2>{words.WHAT_THIS_DOES}</h2>'
        f"<ul>{rows}</ul></section>"
    )
