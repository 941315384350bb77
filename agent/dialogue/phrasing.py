"""What is said back, in the language of the conversation: sentences that are data, filled with facts.

Knows neither acts nor the state.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from zlib import crc32

import regex

from ..knowledge.language import language_pack, languages
from .schema import AttributeSchema

_MARKS = frozenset(".!?\u2026")


def say(key: str, language: str, seed: str = "", turn: int = 0, **facts: object) -> str:
    """The sentence of `[say]` called `key`, in English where the language lacks it. Of several variants, `seed`
    decides, the same for the same seed, and `turn` moves on from there. Raises KeyError for a key that English lacks.
    """
    own = language_pack(language).table("say") if language in languages() else {}
    said = own.get(key) or language_pack("en").table("say")[key]
    text = said if isinstance(said, str) else said[(crc32(f"{key}{seed}".encode()) + turn) % len(said)]
    filled = text.format(**facts)
    # A title may bring its own mark: "Emma.", "Moulin Rouge!".
    return filled[:-1] if text.endswith("}.") and filled[-2:-1] in _MARKS else filled


def joined(words: Iterable[str], language: str = "en", last: str = "and") -> str:
    """ "a", "a and b", "a, b and c"; with `last` "or" those are a choice."""
    found = list(words)
    if len(found) < 2:
        return "".join(found)
    pack = language_pack(language if language in languages() else "en")
    changed = pack.table("say_before").get(last)
    link = changed["word"] if changed and _begins(found[-1], changed["before"]) else say(last, language)
    blank = "" if pack.joined else " "
    return f"{say('comma', language).join(found[:-1])}{blank}{link}{blank}{found[-1]}"


def titled(titles: Iterable[str], language: str = "en") -> str:
    """Titles in a list, each in quotes where one of them has a comma of its own."""
    found = list(titles)
    apart = any("," in each for each in found) and len(found) > 1
    return joined((say("quoted", language, value=each) for each in found) if apart else found, language)


def says(message: str, table: str, name: str, language: str) -> bool:
    """Whether a message has one of the phrases of `[table] name`."""
    pattern = language_pack(language if language in languages() else "en").patterns(table, name)
    return pattern is not None and pattern.search(message) is not None


def called(value: str, language: str) -> str:
    """What a value of a catalogue in English is called in the language; itself where that has no name for it."""
    return _named(value, "names", language)


def attribute_called(attribute: AttributeSchema, language: str) -> str:
    """What an attribute is called in the language; its own name where the language has none for it."""
    return _named(attribute.label, "labels", language)


def value_called(said: str, values: Iterable[str], language: str) -> str:
    """The one of the values that is called so; what was said where none is."""
    return next((each for each in values if called(each, language).casefold() == said.casefold()), said)


def _named(text: str, table: str, language: str) -> str:
    names = language_pack(language).table(table) if language in languages() else {}
    return str(names.get(text.casefold(), text))


def in_a_row(sentences: Iterable[str], language: str) -> str:
    """Sentences one after the other, with the blank between them that the language writes."""
    return ("" if language in languages() and language_pack(language).joined else " ").join(sentences)


def capitalised(text: str) -> str:
    """The text as a sentence begins."""
    return text[:1].upper() + text[1:]


def _begins(text: str, expression: str) -> bool:
    return regex.match(rf"\W*(?:{expression})", text, regex.IGNORECASE) is not None


def together(said: Sequence[str], title: str, language: str) -> str:
    """Sentences about one title as one text that names it once: "Moon was directed by Duncan Jones and runs 97
    minutes."; what does not go on from the title stands by itself."""
    lead = f"{title} "
    tails = [each[len(lead) :].rstrip(".") for each in said if each.startswith(lead)]
    if len(tails) == len(said) > 1 and not any(":" in each for each in tails) and not language_pack(language).joined:
        return f"{lead}{_predicates(tails, language)}."
    again = say("again", language)
    inner = f": {again[:1].lower()}{again[1:]} " if again else ": "
    rest = (f"{again} {each[len(lead) :]}".strip() if each.startswith(lead) else each.replace(f": {lead}", inner)
            for each in said[1:])  # fmt: skip
    return in_a_row((said[0], *map(capitalised, rest)), language)


def _predicates(said: Sequence[str], language: str) -> str:
    """What is said of one thing, one after the other; with a comma before the last where there are lists among them."""
    link = f" {say('and', language)} "
    if not any(link in each for each in said[:-1]):
        return joined(said, language)
    return f"{say('comma', language).join(said[:-1])},{link}{said[-1]}"
