"""The rolling summary: a person's taste in a few sentences addressed to them, from the profile and nothing else.

The model writes it; if it names anything that is not in the profile, the plain summary stands. Stores nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Literal

from ..prompts import Prompt
from ..retrieval.evidence import Polarity
from .explanation import RETRY_TEMPERATURE, messages, title_facts
from .language_model import Writer
from .phrases import CASTS, MAKERS, PLACES, listed, shorten
from .sentences import sentence_end
from .turn import ItemInterest, Profile
from .verifier import HISTORY, Fact, Facts, verify

NOTHING_KNOWN = "Nothing is known about your taste yet."
_ENJOYED = frozenset({"like", "rating", "save", "share"})
_LOOKED = frozenset({"view", "click"})
_DRAWN = 0.05
_TITLES, _FACETS, _PEOPLE, _AVOIDED = 3, 4, 2, 2
_DULL = frozenset({"age_rating", "language", "runtime", "year"})


def plain_summary(profile: Profile) -> str:
    """The summary made of facts alone, one to four sentences in the second person."""
    return " ".join(_statements(profile)) or NOTHING_KNOWN


def write_summary(lm: Writer, prompt: Prompt, profile: Profile) -> tuple[str, Literal["model", "facts"]]:
    """The model's summary where all of it verifies (two tries), else the plain one; and who wrote it."""
    statements = _statements(profile)
    if not statements:
        return NOTHING_KNOWN, "facts"
    facts, brief = facts_of_profile(profile), messages(prompt, " ".join(statements))
    for attempt, opening in enumerate(_openings(statements)):
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
    """Everything a summary may say: the items touched, the interests with their sign, the person's attributes."""
    known = []
    for item in profile.items:
        known += [Fact(fact.text, HISTORY, _polarity(item)) for fact in title_facts(item.title, HISTORY)]
    for interest in profile.interests:
        polarity: Polarity = "liked" if interest.strength > 0 else "disliked"
        known += [Fact(text, interest.facet, polarity) for text in {interest.value, shorten(interest.value, 40)}]
    for name, value in profile.attributes.items():
        known += [Fact(name.replace("_", " "), "about", None), Fact(str(value), "about", None)]
    return Facts(tuple(known))


def _statements(profile: Profile) -> list[str]:
    items = sorted(profile.items, key=lambda each: (-abs(each.strength), each.item))
    liked = _titles(each for each in items if _polarity(each) == "liked")
    neutral = [each for each in items if _polarity(each) == "neutral"]
    chosen = _titles(each for each in neutral if each.kind not in _LOOKED)
    looked = _titles(each for each in neutral if each.kind in _LOOKED)
    disliked = _titles(each for each in items if _polarity(each) == "disliked")[:_AVOIDED]
    drawn, avoided = _facets(profile, 1, _is_taste)[:_FACETS], _facets(profile, -1, _is_taste)[:_AVOIDED]
    people = _facets(profile, 1, _is_person)[:_PEOPLE]
    said = [f"You have lately liked {listed(liked)}."] if liked else []
    said += [f"You recently chose {listed(chosen)}."] if chosen and not liked else []
    said += [f"You recently looked at {listed(looked)}."] if looked and not liked and not chosen else []
    said += [f"You are drawn to {listed(drawn)}."] if drawn else []
    said += [f"You often return to the work of {listed(people)}."] if people else []
    said += [f"You disliked {listed(disliked)}."] if disliked else []
    said += [f"You tend to avoid {listed(avoided)}."] if avoided else []
    return said


def _titles(items: Iterable[ItemInterest]) -> list[str]:
    return list(dict.fromkeys(shorten(each.title) for each in items))[:_TITLES]


def _facets(profile: Profile, sign: int, wanted: Callable[[str], bool]) -> list[str]:
    strong = [each for each in profile.interests if each.strength * sign >= _DRAWN and wanted(each.facet)]
    strong.sort(key=lambda each: (-abs(each.strength), each.facet, each.value))
    return list(dict.fromkeys(shorten(each.value, 40) for each in strong))


def _is_person(facet: str) -> bool:
    return facet in MAKERS or facet in CASTS


def _is_taste(facet: str) -> bool:
    return not _is_person(facet) and facet not in PLACES and facet not in _DULL


def _polarity(each: ItemInterest) -> Polarity:
    if each.strength < 0:
        return "disliked"
    return "liked" if each.kind in _ENJOYED and each.strength > 0 else "neutral"


def _openings(statements: list[str]) -> tuple[str, str]:
    """The first statement begins the text, so that the newest likes are always named."""
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
