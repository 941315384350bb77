"""Recommendations, profile and model as HTML and as short lines of text. Everything from outside is made inert here.

Titles, texts, attributes and messages are hostile until escaped: `inert` is the only way into the page.
Knows nothing about Gradio, sessions or users.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence

from ...retrieval.catalogue import AttributeValue, Item
from ...retrieval.evidence import Evidence, HistoryLink
from ..language_model import ModelCard
from ..phrases import deeds
from ..turn import Interest, Profile, Recommendation

LONGEST_TITLE = 120
_LONGEST_FACT = 60
_LONGEST_REASON = 400
_LONGEST_SUMMARY = 900
_MOST_FACTS = 4
_MOST_LINES = 4

# Controls that reorder the text around them; joiners stay, since scripts and emoji need them.
_REORDERING = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")
_MINUS = "\N{MINUS SIGN}"
_PARTS = {"lm": "Language model"}


def cut(text: str, longest: int) -> str:
    """`text` on one line without control characters, at most `longest` characters, ending in an ellipsis if cut."""
    # Cleaning costs time per character: ten times the limit is plenty to fill it.
    kept = (" " if unicodedata.category(each) in {"Cc", "Cs"} else each for each in text[: longest * 10])
    line = " ".join("".join(each for each in kept if each not in _REORDERING).split())
    if len(line) <= longest:
        return line
    head = line[: longest - 1]
    return f"{head.rsplit(' ', 1)[0] if ' ' in head[longest // 2 :] else head}…"


def inert(text: str, longest: int) -> str:
    """`text` cut and escaped: safe as the content of an element and as a quoted attribute."""
    return html.escape(cut(text, longest), quote=True)


def inert_message(text: str, longest: int = 4000) -> str:
    """A chat message for a component that renders HTML: lines kept, everything else as in `inert`."""
    lines = text[: longest + 1].splitlines()
    # Quotes stay: the component reads the same text out to screen readers without unescaping it.
    escaped = "\n".join(html.escape(cut(line, longest), quote=False) for line in lines)
    return f"{escaped}…" if len(text) > longest else escaped


def facts(item: Item, most: int = _MOST_FACTS) -> list[tuple[str, str]]:
    """The item's first (label, value) pairs worth showing; its year stands beside the title instead."""
    when = _year_name(item)
    pairs = [
        (_label(name), _value(value))
        for name, value in item.attributes.items()
        if name != when and not isinstance(value, bool)
    ]
    return [(label, value) for label, value in pairs if value][:most]


def year(item: Item) -> str:
    """The item's year, or nothing when it has none or the title says it already."""
    name = _year_name(item)
    if name is None:
        return ""
    text = str(item.attributes[name])[:4]
    return "" if text in item.title else text


def evidence_lines(evidence: Evidence) -> list[str]:
    """Why a candidate is here, as short lines, strongest first."""
    lines = [_history_line(link) for link in evidence.history[:_MOST_LINES]]
    lines += [
        f"{_label(each.facet)}: {cut(each.value, _LONGEST_FACT)} (your interest: {percent(each.strength)})"
        for each in evidence.shared[:_MOST_LINES]
    ]
    if evidence.words:
        words = ", ".join(f"“{cut(word, 24)}”" for word in evidence.words[:_MOST_LINES])
        lines.append(f"Your words: {words}")
    lines.append(f"More popular than {percent(evidence.popularity)} of the catalogue")
    return lines


def percent(share: float) -> str:
    """0.456 -> "46%"; a share that is small but not nothing is "under 1%"."""
    return "under 1%" if 0 < share < 0.01 else f"{share * 100:.0f}%"


def model_line(card: ModelCard) -> str:
    """The model in a few words: name, quantization, adapter, device."""
    quantization = card.dtype if card.quantization == "none" else card.quantization
    name = card.name.rsplit("/", 1)[-1]
    parts = [cut(name, 40), quantization, *([f"adapter {cut(card.adapter, 24)}"] if card.adapter else []), card.device]
    return " · ".join(parts)


def shelf_html(shelf: Sequence[Recommendation], mark: str, verdicts: Mapping[str, str], *, busy: bool) -> str:
    """The shelf. `verdicts` maps item ids to "like" or "dislike"; buttons carry only `mark` and a rank."""
    if not shelf:
        return _waiting() if busy else _empty_shelf()
    cards = "".join(_card(each, mark, verdicts.get(each.item.id, "")) for each in shelf)
    state = ' aria-busy="true"' if busy else ""
    return f'<section class="som-shelf" aria-label="Recommendations"{state}><ol>{cards}</ol></section>'


def profile_html(profile: Profile, name: str) -> str:
    """What the recommender has understood about a user."""
    count = f"{profile.events:,} {'event' if profile.events == 1 else 'events'}"
    summary = inert(profile.summary, _LONGEST_SUMMARY) or "Nothing yet. Like or dislike something and I will learn."
    about = " · ".join(f"{_label(key)} {_text(value)}" for key, value in _told(profile.attributes))
    author = "Written by the model" if profile.summary_written_by == "model" else "Built from the facts"
    source = f"{author}, from {count}" if profile.summary else count
    return (
        '<section class="som-profile" aria-label="Profile">'
        f'<h2>What I know about <bdi>{inert(name, 40)}</bdi></h2><p class="som-summary">{summary}</p>'
        f"{_interests(profile.interests)}"
        f'<p class="som-small">{inert(source, 80)}{f" · {inert(about, 160)}" if about else ""}</p></section>'
    )


def masthead_html(card: ModelCard, catalogue_size: int) -> str:
    """The page's name and what answers in it."""
    return (
        '<header class="som-masthead"><h1>Sommelier</h1>'
        f'<p class="som-badge"><span>{inert(model_line(card), 120)}</span>'
        f"<span>{catalogue_size:,} items</span></p></header>"
    )


def notice_html(text: str) -> str:
    """A plain sentence about something that did not work."""
    return f'<p class="som-notice" role="alert">{inert(text, 400)}</p>' if text else ""


def _card(shown: Recommendation, mark: str, verdict: str) -> str:
    item, when = shown.item, year(shown.item)
    title = inert(item.title, LONGEST_TITLE) or inert(item.id, LONGEST_TITLE)
    rows = "".join(
        f"<div><dt>{inert(label, 30)}</dt><dd><bdi>{inert(value, _LONGEST_FACT)}</bdi></dd></div>"
        for label, value in facts(item)
    )
    return (
        f'<li class="som-card" data-verdict="{verdict}"><span class="som-rank" aria-hidden="true">{shown.rank}</span>'
        f'<div class="som-body"><h3><bdi>{title}</bdi>{f" <span>{inert(when, 4)}</span>" if when else ""}</h3>'
        f'<p class="som-reason">{inert(shown.explanation.text, _LONGEST_REASON)}</p><dl class="som-facts">{rows}</dl>'
        f'<div class="som-acts">{_button(shown.rank, mark, title, "like", verdict)}'
        f"{_button(shown.rank, mark, title, 'dislike', verdict)}</div>"
        f'<details data-why="{mark}-{shown.rank}"><summary>Why this?</summary>{_why(shown)}</details></div></li>'
    )


def _button(rank: int, mark: str, title: str, kind: str, verdict: str) -> str:
    pressed = kind == verdict
    word = {"like": "Liked" if pressed else "Like", "dislike": "Disliked" if pressed else "Dislike"}[kind]
    return (
        f'<button type="button" data-kind="{kind}" data-shelf="{mark}" data-rank="{rank}" '
        f'aria-pressed="{str(pressed).lower()}" aria-label="{word} {title}">{_THUMBS[kind]}{word}</button>'
    )


_THUMB = (
    '<svg viewBox="0 0 24 24" width="18" height="18" aria-hidden="true"{}><path d="M7 10v11H3V10h4Zm2 11V10.2L13.4 2'
    "c1.6.1 2.6 1.3 2.3 2.9L14.9 9H20a2 2 0 0 1 2 2.4l-1.6 8A2 2 0 0 1 18.4 21H9Z"
    '" fill="none" stroke="currentColor" stroke-width="1.7" stroke-linejoin="round"/></svg>'
)
_THUMBS = {"like": _THUMB.format(""), "dislike": _THUMB.format(' class="som-down"')}


def _why(shown: Recommendation) -> str:
    lines = "".join(f"<li><bdi>{inert(line, 200)}</bdi></li>" for line in evidence_lines(shown.evidence))
    return f'<ul>{lines}</ul>{_parts(shown.parts)}<p class="som-small">Score {_number(shown.score)}</p>'


def _parts(parts: Mapping[str, float]) -> str:
    largest = max((abs(value) for value in parts.values()), default=0.0) or 1.0
    rows = "".join(
        f"<div><dt>{inert(_PARTS.get(name) or _label(name), 30)}</dt>"
        f"<dd>{_bar(value / largest)}<span>{_number(value)}</span></dd></div>"
        for name, value in parts.items()
    )
    return f'<dl class="som-parts">{rows}</dl>' if rows else ""


def _interests(interests: Iterable[Interest]) -> str:
    strongest = list(interests)[:6]
    rows = "".join(
        f"<div><dt><bdi>{inert(each.value, 40)}</bdi> <span>{inert(_label(each.facet), 30)}</span></dt>"
        f"<dd>{_bar(each.strength)}<span>{_signed(each.strength)}</span></dd></div>"
        for each in strongest
    )
    return f'<dl class="som-parts som-interests">{rows}</dl>' if rows else ""


def _bar(share: float) -> str:
    side = "som-against" if share < 0 else "som-for"
    return f'<i class="som-bar {side}" style="--share:{min(abs(share), 1.0):.3f}" aria-hidden="true"></i>'


def _signed(strength: float) -> str:
    return f"{_MINUS if strength < 0 else ''}{percent(abs(strength))}"


def _number(value: float) -> str:
    return f"{value:+.2f}".replace("-", _MINUS)


def _waiting() -> str:
    return (
        '<section class="som-shelf som-waiting" aria-label="Recommendations" aria-busy="true">'
        f'<p class="som-sr">Choosing</p><ol>{"<li class=som-card></li>" * 3}</ol></section>'
    )


def _empty_shelf() -> str:
    return (
        '<section class="som-shelf som-empty" aria-label="Recommendations"><p>Your shelf is empty.</p>'
        "<p>Ask for something and the picks appear here, each with its reasons.</p></section>"
    )


def _history_line(link: HistoryLink) -> str:
    done = deeds(link.kind, link.polarity, link.fields)
    lead = f"You {done[0]}" if done else "In your history:"
    return f"{lead} {cut(link.title, _LONGEST_FACT)} ({percent(link.strength)} of the match)"


def _told(attributes: Mapping[str, object]) -> list[tuple[str, object]]:
    hidden = {"simulated", "name", "persona"}
    return [(key, value) for key, value in attributes.items() if key not in hidden and value][:4]


def _year_name(item: Item) -> str | None:
    for name, value in item.attributes.items():
        if re.search(r"(^|_)year($|_)", name.lower()) and re.fullmatch(r"[12]\d{3}(\.0)?", str(value)):
            return name
    return None


def _label(name: str) -> str:
    words = cut(name, 40).replace("_", " ").replace("-", " ").strip()
    return words[:1].upper() + words[1:]


def _value(value: AttributeValue) -> str:
    if isinstance(value, tuple):
        shown = ", ".join(cut(each, 40) for each in value[:3])
        return f"{shown} +{len(value) - 3}" if len(value) > 3 else shown
    return cut(_text(value), _LONGEST_FACT)


def _text(value: object) -> str:
    if isinstance(value, (tuple, list)):
        return ", ".join(str(each) for each in value[:3])
    if isinstance(value, float):
        return f"{value:,.2f}".rstrip("0").rstrip(".")
    return str(value)
