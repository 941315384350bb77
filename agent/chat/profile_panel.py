"""What the recommender has understood about a person, as a panel."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from ..dialogue_state import Constraint
from ..profile.drift import MOST_ALIKE, Change, at_most
from ..serving.exchange import mark_of
from ..turn import Interest, Profile
from . import words
from .components import show
from .facts import label, pin_words, plain_value
from .why import signed_percent

_MOST_INTERESTS = 6
_HIDDEN = frozenset({"simulated", "name", "persona"})
_MOST_ATTRIBUTES = 4


@dataclass(frozen=True, slots=True)
class InterestRow:
    """An interest: its value and facet, and its strength of -1..1, also as text."""

    value: str
    facet: str
    strength: float
    percent: str


@dataclass(frozen=True, slots=True)
class ProfilePanel:
    """What the panel shows. `source` says who wrote the summary, and from what; `about` is what the person's own
    attributes say; `pins` is what they wanted remembered, by the places in the list that is called `mark`."""

    name: str
    summary: str
    interests: Sequence[InterestRow]
    changes: Sequence[str]
    source: str
    about: str
    pins: Sequence[str]
    mark: str


def profile_html(
    profile: Profile, name: str, changes: Sequence[Change] = (), pins: Sequence[Constraint] = ()
) -> Markup:
    """The rolling summary, the strongest interests, what moved them lately, and where all that comes from; what holds
    for good, each with a way to forget it."""
    panel = ProfilePanel(
        name, profile.summary, _interests(profile.interests), [_change(each) for each in changes], _source(profile),
        " · ".join(f"{label(key)}: {plain_value(value)}" for key, value in _attributes(profile.attributes)),
        [pin_words(each) for each in pins], pins_mark(pins),
    )  # fmt: skip
    return show("profile_panel.html", panel)


def pins_mark(pins: Sequence[Constraint]) -> str:
    """Names a list of pins, so that a press means one of these or none."""
    return mark_of(map(pin_words, pins))


def _source(profile: Profile) -> str:
    count = words.counted(words.EVENTS, profile.events)
    author = words.BY_MODEL if profile.summary_written_by == "model" else words.BY_FACTS
    return words.SOURCE.format(author=author, events=count) if profile.summary and profile.events else count


def _interests(interests: Iterable[Interest]) -> list[InterestRow]:
    """The first of them, those of many kinds before many of one kind, the strongest first."""
    first = list(at_most(interests, MOST_ALIKE))[:_MOST_INTERESTS]
    strongest = sorted(first, key=lambda each: -each.strength)
    return [
        InterestRow(each.value, label(each.facet), each.strength, signed_percent(each.strength)) for each in strongest
    ]


def _change(change: Change) -> str:
    now = signed_percent(change.now)
    if not change.before:
        return words.CHANGE_NEW.format(value=change.value, now=now)
    return words.CHANGE.format(value=change.value, before=signed_percent(change.before), now=now)


def _attributes(attributes: Mapping[str, object]) -> list[tuple[str, object]]:
    shown = [(key, value) for key, value in attributes.items() if key not in _HIDDEN and value]
    return shown[:_MOST_ATTRIBUTES]
