"""One recommendation as a card: cover, title, facts, reason, buttons and, on demand, why.

Buttons carry the mark of their shelf and a rank, never an item's id: the server looks up what was shown there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ...retrieval.catalogue import EventKind, Item
from ..text import inert
from ..turn import Recommendation
from . import words
from .cover import cover_svg
from .facts import LONGEST_FACT, evidence_lines, facts, label, percent, title_of, year
from .item_state import ItemState

LONGEST_REASON = 400
_ALWAYS = ("behaviour", "text", "request", "lm")
"""Parts of a score that are shown even where they are nothing."""
_LEAST = 0.005
"""What another part must amount to: less would be shown as nothing."""
_MINUS = "\N{MINUS SIGN}"
_KINDS: tuple[EventKind, ...] = ("like", "save", "seen", "dismiss")
_ICONS = {
    "like": '<path d="M12 20.3 4.6 13a4.9 4.9 0 0 1 6.9-6.9l.5.5.5-.5a4.9 4.9 0 0 1 6.9 6.9Z"/>',
    "save": '<path d="M6.5 3.5h11v17L12 16.4l-5.5 4.1Z"/>',
    "seen": '<path d="m4.5 12.8 4.8 4.7L19.5 6.8"/>',
    "dismiss": '<path d="m6 6 12 12M18 6 6 18"/>',
    "more": '<path d="M12 5v14M5 12h14"/>',
}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a card stands: the shelf's mark, the highest score on that shelf, and the item's picture, if it has one.

    `undo` is the number of seconds left to take the newest deed back.
    """

    mark: str
    best: float
    picture: str | None = None
    undo: float = 0.0


def card_html(shown: Recommendation, place: Place, standing: ItemState) -> str:
    """The card, an element of a list."""
    return (
        f'<li class="som-card" data-opinion="{standing.opinion or ""}">{picture_html(shown.item, place.picture)}'
        f'<div class="som-body">{_heading(shown, place)}{facts_html(shown.item, 3)}'
        f'<p class="som-reason" dir="auto">{inert(shown.explanation.text, LONGEST_REASON)}</p></div>'
        f'<div class="som-acts">{buttons_html(shown.item, shown.rank, place.mark, standing)}</div>'
        f'<div class="som-foot"><details data-why="{place.mark}-{shown.rank}"><summary><b>{words.WHY}</b>'
        f"{_strength(shown, place)}</summary>{why_html(shown)}</details>{_done(shown, place, standing)}</div></li>"
    )


def picture_html(item: Item, picture: str | None) -> str:
    """The generated cover and, over it, the item's own picture; the page takes that away when it cannot be shown."""
    own = f'<img class="som-photo" src="{inert(picture, 600)}" alt="" loading="lazy">' if picture else ""
    return f'<div class="som-cover">{cover_svg(item)}{own}</div>'


def facts_html(item: Item, most: int, values: int = 3, longest: int = LONGEST_FACT) -> str:
    """The first `most` facts with their labels, with up to `values` of a list and `longest` characters of each."""
    rows = "".join(
        f"<div><dt>{inert(name, 30)}</dt><dd><bdi>{inert(value, longest)}</bdi></dd></div>"
        for name, value in facts(item, most, values)
    )
    return f'<dl class="som-facts">{rows}</dl>'


def button_html(
    kind: str, mark: str, rank: int, title: str, text: str, *, pressed: bool | None = None, named: str = "",
    deed: str = "",
) -> str:  # fmt: skip
    """A button that says which shelf, rank and kind it means, `text` being ready HTML. `pressed` is None where it does
    not stay pressed; `named` is what it is called where `text` and `title` do not say it; `deed` is what it undoes."""
    state = "" if pressed is None else f' aria-pressed="{str(pressed).lower()}"'
    state += f' data-deed="{deed}"' if deed else ""
    named = inert(named or words.OF_ITEM.format(action=text, title=title), 200)
    icon = icon_svg(kind) if kind in _ICONS else ""
    return (
        f'<button type="button" data-kind="{kind}" data-shelf="{mark}" data-rank="{rank}"{state} '
        f'aria-label="{named}">{icon}<span>{text}</span></button>'
    )


def icon_svg(name: str) -> str:
    """One of the page's icons."""
    return f'<svg viewBox="0 0 24 24" aria-hidden="true">{_ICONS[name]}</svg>'


def bar_html(share: float) -> str:
    """A bar; `share` is -1..1, and what is below nothing has the other colour."""
    side = "som-against" if share < 0 else "som-for"
    return f'<i class="som-bar {side}" style="--share:{min(abs(share), 1.0):.3f}" aria-hidden="true"></i>'


def number(value: float) -> str:
    """Signed, with two decimals and a real minus."""
    return f"{value:+.2f}".replace("-", _MINUS)


def signed_percent(share: float) -> str:
    """-0.4 -> a real minus and "40%"."""
    return f"{_MINUS if share < 0 else ''}{percent(abs(share))}"


def _heading(shown: Recommendation, place: Place) -> str:
    """Title and year, which open the item's page."""
    title, when = title_of(shown.item), year(shown.item)
    aside = f" <span>{inert(when, 4)}</span>" if when else ""
    return (
        f'<h3><button type="button" data-kind="open" data-shelf="{place.mark}" data-rank="{shown.rank}">'
        f"<bdi>{inert(title, 200)}</bdi>{aside}</button></h3>"
    )


def buttons_html(item: Item, rank: int, mark: str, standing: ItemState) -> str:
    """What can be done with an item."""
    marks = (mark, rank, title_of(item))
    toggles = [
        button_html(kind, *marks, (words.PRESSED if standing.has(kind) else words.BUTTONS)[kind],
                    pressed=standing.has(kind))
        for kind in _KINDS
    ]  # fmt: skip
    return "".join([*toggles, button_html("more", *marks, words.MORE_LIKE_THIS)])


def _done(shown: Recommendation, place: Place, standing: ItemState) -> str:
    """What was just done with the item, and the way back while there is one."""
    if not standing.last or not place.undo:
        return '<p class="som-done"></p>'
    undo = button_html("undo", place.mark, shown.rank, title_of(shown.item), words.UNDO, deed=standing.deed)
    said = words.DONE[standing.last.kind]
    return f'<p class="som-done" style="--left:{place.undo:.1f}s"><span>{said}</span>{undo}</p>'


def _strength(shown: Recommendation, place: Place) -> str:
    share = max(0.0, shown.score / place.best) if place.best > 0 else 0.0
    told = words.STRENGTH_FIRST if shown.score >= place.best else words.STRENGTH.format(share=percent(share))
    hint = f"{told}. {words.STRENGTH_HINT}"
    return f'<span class="som-strength" title="{inert(hint, 300)}">{bar_html(share)}<span>{told}</span></span>'


def why_html(shown: Recommendation) -> str:
    """The evidence for a recommendation, and what its score is made of."""
    lines = "".join(f'<li dir="auto">{inert(line, 200)}</li>' for line in evidence_lines(shown.evidence))
    return f'<div class="som-why">{f"<ul>{lines}</ul>" if lines else ""}{_parts(shown.parts, shown.score)}</div>'


def _parts(parts: Mapping[str, float], score: float) -> str:
    counted = {name: value for name, value in parts.items() if name in _ALWAYS or abs(value) >= _LEAST}
    told = dict.fromkeys(_ALWAYS, 0.0) | counted
    largest = max((abs(value) for value in told.values()), default=0.0) or 1.0
    rows = "".join(
        f'<div title="{inert(words.PARTS_HINT.get(name, ""), 200)}">'
        f"<dt>{inert(words.PARTS.get(name) or label(name), 30)}</dt>"
        f"<dd>{bar_html(value / largest)}<span>{number(value)}</span></dd></div>"
        for name, value in told.items()
    )
    total = words.SCORE.format(score=number(score))
    return f'<h4>{words.PARTS_TITLE}</h4><dl class="som-parts">{rows}</dl><p class="som-small">{total}</p>'
