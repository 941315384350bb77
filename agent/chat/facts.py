"""What is worth saying of an item, as short plain lines: its facts, its year, the evidence for it, the model."""

from __future__ import annotations

from ...retrieval.attribute_roles import role_of, year_of
from ...retrieval.catalogue import AttributeValue, Item
from ...retrieval.evidence import Evidence, HistoryLink
from ..dialogue_state import Constraint
from ..knowledge.phrases import verbs_for
from ..llm.bundled import SHIPPED_ADAPTER
from ..llm.language_model import ModelCard
from ..text import cut
from ..text import percent as share_in_percent
from . import words

LONGEST_TITLE = 120
LONGEST_FACT = 60
PICTURE_FIELDS = ("image", "poster", "cover", "picture", "thumbnail")
"""Attributes that may name a picture of the item; they are looked at, not read."""
_MOST_LINES = 4
_MIDDLE = 0.5


def title_of(item: Item, longest: int = LONGEST_TITLE) -> str:
    """The item's title, cut; its id where it has none."""
    return cut(item.title, longest) or cut(item.id, longest)


def facts(item: Item, most: int = 4, values: int = 3) -> list[tuple[str, str]]:
    """The item's first (label, value) pairs worth showing, with up to `values` of a list; its year stands beside the
    title instead."""
    hidden = {role_of(item, "year"), *PICTURE_FIELDS}
    pairs = [
        (label(name), _value(value, values))
        for name, value in item.attributes.items()
        if name not in hidden and not isinstance(value, bool)
    ]
    return [(name, value) for name, value in pairs if value][:most]


def year(item: Item) -> str:
    """The item's year, or nothing when it has none or the title says it already."""
    text = str(year_of(item) or "")
    return "" if text in item.title else text


def evidence_lines(evidence: Evidence) -> list[str]:
    """Why a candidate is here, as short lines, strongest first."""
    lines = [_history_line(link) for link in evidence.history[:_MOST_LINES]]
    lines += [
        words.SHARED.format(
            facet=label(each.facet), value=cut(each.value, LONGEST_FACT), strength=percent(each.strength)
        )
        for each in evidence.shared[:_MOST_LINES]
    ]
    if evidence.words:
        named = ", ".join(f"“{cut(word, 24)}”" for word in evidence.words[:_MOST_LINES])
        lines.append(words.YOUR_WORDS.format(words=named))
    return lines + popularity_lines(evidence.popularity)


def popularity_lines(popularity: float) -> list[str]:
    """How popular it is, of an item that is more popular than most; of the others it is no reason."""
    return [words.POPULARITY.format(share=percent(popularity))] if popularity > _MIDDLE else []


def percent(share: float) -> str:
    """0.456 -> "46%"; a share that is small but not nothing is "under 1%"."""
    return share_in_percent(share, words.UNDER_ONE_PERCENT)


def label(name: str) -> str:
    """A field's name for people: "age_rating" -> "Age rating"."""
    shown = cut(name, 40).replace("_", " ").replace("-", " ").strip()
    return shown[:1].upper() + shown[1:]


def plain_value(value: object) -> str:
    """Any attribute's value as text; the first three of several."""
    if isinstance(value, (tuple, list)):
        return ", ".join(str(each) for each in value[:3])
    if isinstance(value, float):
        return f"{value:,.2f}".rstrip("0").rstrip(".")
    return str(value)


def model_line(card: ModelCard) -> str:
    """The model in a few words: name, quantization, adapter, device."""
    quantization = card.dtype if card.quantization == "none" else card.quantization
    name = card.name.rsplit("/", 1)[-1]
    return " · ".join([cut(name, 40), quantization, *_adapter(card), card.device])


def _adapter(card: ModelCard) -> list[str]:
    name = (card.adapter or "").partition("@")[0]
    if name == SHIPPED_ADAPTER:
        return [words.SHIPPED_ADAPTER]
    return [words.ADAPTER.format(name=cut(name, 24))] if name else []


def _history_line(link: HistoryLink) -> str:
    done = verbs_for(link.kind, link.polarity, link.fields)
    lead = words.YOU_DID.format(deed=done[0]) if done else words.IN_YOUR_HISTORY
    return words.OF_THE_MATCH.format(lead=lead, title=cut(link.title, LONGEST_FACT), share=percent(link.strength))


def _value(value: AttributeValue, most: int) -> str:
    if isinstance(value, tuple):
        shown = ", ".join(cut(each, 40) for each in value[:most])
        return f"{shown} +{len(value) - most}" if len(value) > most else shown
    return cut(plain_value(value), LONGEST_FACT)


def pin_words(pin: Constraint) -> str:
    """What somebody wanted to be remembered, in their own words."""
    return cut(pin.chip, 80)
