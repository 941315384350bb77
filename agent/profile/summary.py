"""The rolling summary: a person's taste in a few sentences addressed to them, from the profile and nothing else.

The model writes it; if it names anything that is not in the profile, the plain summary stands. Stores nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Literal, cast

from ...prompts import Prompt
from ...retrieval.catalogue import EventKind
from ...retrieval.event_kinds import Polarity
from ..explanation.explanation import RETRY_TEMPERATURE, messages, title_facts
from ..explanation.sentences import sentence_end
from ..explanation.verifier import HISTORY, Fact, Facts, verify
from ..knowledge.phrases import CASTS, DULL, MAKERS, PLACES, listed, shorten, verbs_for
from ..llm.language_model import Writer
from ..turn import Interest, ItemInterest, Profile

NOTHING_KNOWN = "Nothing is known about your taste yet."
_DRAWN = 0.05
_TITLES, _FACETS, _PEOPLE, _AVOIDED = 3, 4, 2, 2
_AGAINST = frozenset({"disliked", "dismissed"})
_REPEATED = 2
"""Events from which something is a habit: "often return to", "tend to avoid"."""


def plain_summary(profile: Profile) -> str:
    """The summary made of facts alone, one to four sentences in the second person."""
    return " ".join(statements_of(profile)) or NOTHING_KNOWN


def write_summary(
    lm: Writer, prompt: Prompt, profile: Profile, tries: int = 2
) -> tuple[str, Literal["model", "facts"]]:
    """The model's summary where all of it verifies (up to two tries), else the plain one; and who wrote it."""
    statements = statements_of(profile)
    if not statements:
        return NOTHING_KNOWN, "facts"
    facts, brief = facts_of_profile(profile), messages(prompt, " ".join(statements))
    for attempt, opening in enumerate(openings(statements)[:tries]):
        text = (
            opening
            + lm.write(
                [brief],
                max_new_tokens=prompt.max_new_tokens,
                temperature=prompt.temperature if attempt == 0 else RETRY_TEMPERATURE,
                seed=attempt,
                openings=[opening],
            )[0]
        )
        text = _whole_sentences(text, facts)
        if text not in {"", opening} and not verify(text, facts):
            return text, "model"
    return " ".join(statements), "facts"


def facts_of_profile(profile: Profile) -> Facts:
    """Everything a summary may say: the items touched and what was done with them, the interests with their sign."""
    known: list[Fact] = []
    for item in profile.items:
        known += title_facts(item.title, HISTORY, item.polarity, _actions(item))
    for each in profile.interests:
        often = each.count >= _REPEATED
        known += [Fact(text, each.facet, _mood(each), (), often) for text in {each.value, shorten(each.value, 40)}]
    return Facts(tuple(known))


def statements_of(profile: Profile) -> list[str]:
    """What a summary says, sentence by sentence; empty where nothing is known."""
    items = sorted(profile.items, key=lambda each: (-abs(each.strength), each.item))
    items = [each for each in items if _actions(each) and shorten(each.title)]
    liked = _titles(each for each in items if _actions(each)[0] == "liked")
    others = [each for each in items if _actions(each)[0] not in {"liked", *_AGAINST}]
    turned_down = [each for each in items if _actions(each)[0] in _AGAINST]
    drawn, people = _facets(profile, "liked", _is_taste)[:_FACETS], _facets(profile, "liked", _is_habit)[:_PEOPLE]
    avoided = _facets(profile, "disliked", _is_taste)[:_AVOIDED]
    said = [f"You have lately liked {listed(liked)}."] if liked else []
    said += [f"You recently {_alike(others)}."] if others and not liked else []
    said += [f"You are drawn to {listed(drawn)}."] if drawn else []
    said += [f"You often return to the work of {listed(people)}."] if people else []
    said += [f"You {_alike(turned_down, _AVOIDED)}."] if turned_down else []
    said += [f"You tend to avoid {listed(avoided)}."] if avoided else []
    return said


def _alike(items: list[ItemInterest], limit: int = 3) -> str:
    """What was done with the first of `items`, and with those of the others of which the same is true."""
    verb = _actions(items[0])[0]
    return f"{verb} {listed(_titles(each for each in items if _actions(each)[0] == verb)[:limit])}"


def _titles(items: Iterable[ItemInterest]) -> list[str]:
    return list(dict.fromkeys(shorten(each.title) for each in items))[:_TITLES]


def _actions(item: ItemInterest) -> tuple[str, ...]:
    return verbs_for(cast(EventKind, item.kind), item.polarity)


def _mood(each: Interest) -> Polarity:
    """A single event that speaks against something, such as a skip, is no aversion yet."""
    if each.strength >= _DRAWN:
        return "liked"
    return "disliked" if each.strength <= -_DRAWN and each.count >= _REPEATED else "neutral"


def _facets(profile: Profile, mood: Polarity, wanted: Callable[[Interest], bool]) -> list[str]:
    strong = [each for each in profile.interests if _mood(each) == mood and wanted(each) and shorten(each.value)]
    strong.sort(key=lambda each: (-abs(each.strength), each.facet, each.value))
    return list(dict.fromkeys(shorten(each.value, 40) for each in strong))


def _is_person(each: Interest) -> bool:
    return each.facet in MAKERS or each.facet in CASTS


def _is_habit(each: Interest) -> bool:
    return _is_person(each) and each.count >= _REPEATED


def _is_taste(each: Interest) -> bool:
    return not _is_person(each) and each.facet not in PLACES and each.facet not in DULL


def openings(statements: list[str]) -> tuple[str, str]:
    """How the model's text begins, at the first try and at the second.

    The first statement begins the text, so that the newest likes are always named.
    """
    first = statements[0].rstrip(".")
    return f"{first.replace('lately liked', 'lately enjoyed')}, and you", f"{first}."


def _whole_sentences(text: str, facts: Facts) -> str:
    """`text` without a last sentence that was cut off."""
    text = " ".join(text.split())
    names = [fact.text for fact in facts.known]
    whole, rest = "", text
    while (end := sentence_end(rest, names, finished=True)) is not None:
        whole, rest = whole + rest[:end], rest[end:]
    return whole.strip()
