"""What the recommender has understood about a person, as a panel."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from ..profile.drift import MOST_ALIKE, Change, at_most
from ..text import inert
from ..turn import Interest, Profile
from . import words
from .card import bar_html, signed_percent
from .facts import label, plain_value

_LONGEST_SUMMARY = 900
_MOST_INTERESTS = 6


def profile_html(profile: Profile, name: str, changes: Sequence[Change] = ()) -> str:
    """The rolling summary, the strongest interests, what moved them lately, and where all that comes from."""
    count = words.counted(words.EVENTS, profile.events)
    summary = inert(profile.summary, _LONGEST_SUMMARY) or words.NOTHING_KNOWN
    about = " · ".join(f"{label(key)}: {plain_value(value)}" for key, value in _told(profile.attributes))
    author = words.BY_MODEL if profile.summary_written_by == "model" else words.BY_FACTS
    source = words.SOURCE.format(author=author, events=count) if profile.summary and profile.events else count
    return (
        f'<section class="som-profile" aria-label="{words.PROFILE}">'
        f"<h2>{words.WHAT_I_KNOW.format(name=f'<bdi>{inert(name, 40)}</bdi>')}</h2>"
        f'<p class="som-summary" dir="auto">{summary}</p>{_interests(profile.interests)}{_changes(changes)}'
        f'<p class="som-small">{inert(source, 80)}{f" · {inert(about, 160)}" if about else ""}</p></section>'
    )


def _interests(interests: Iterable[Interest]) -> str:
    """The first of them, those of many kinds before many of one kind, the strongest first."""
    first = list(at_most(interests, MOST_ALIKE))[:_MOST_INTERESTS]
    strongest = sorted(first, key=lambda each: -each.strength)
    rows = "".join(
        f"<div><dt><bdi>{inert(each.value, 40)}</bdi> <span>{inert(label(each.facet), 30)}</span></dt>"
        f"<dd>{bar_html(each.strength)}<span>{signed_percent(each.strength)}</span></dd></div>"
        for each in strongest
    )
    return f'<dl class="som-parts som-interests">{rows}</dl>' if rows else ""


def _changes(changes: Sequence[Change]) -> str:
    rows = "".join(f'<li dir="auto">{inert(_change(each), 120)}</li>' for each in changes)
    return f'<h3>{words.CHANGED}</h3><ul class="som-lines">{rows}</ul>' if rows else ""


def _change(change: Change) -> str:
    now = signed_percent(change.now)
    if not change.before:
        return words.CHANGE_NEW.format(value=change.value, now=now)
    return words.CHANGE.format(value=change.value, before=signed_percent(change.before), now=now)


def _told(attributes: Mapping[str, object]) -> list[tuple[str, object]]:
    hidden = {"simulated", "name", "persona"}
    return [(key, value) for key, value in attributes.items() if key not in hidden and value][:4]
