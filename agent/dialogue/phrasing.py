"""What is said back, in the language of the conversation: sentences that are data, filled with facts.

Knows neither acts nor the state.
"""

from __future__ import annotations

from collections.abc import Iterable
from zlib import crc32

from ..knowledge.language import language_pack, languages


def say(key: str, language: str, seed: str = "", **facts: object) -> str:
    """The sentence of `[say]` called `key`, in English where the language lacks it. Of several variants, `seed`
    decides: the same for the same seed. Raises KeyError for a key that English lacks."""
    own = language_pack(language).table("say") if language in languages() else {}
    said = own.get(key) or language_pack("en").table("say")[key]
    text = said if isinstance(said, str) else said[crc32(f"{key}{seed}".encode()) % len(said)]
    return text.format(**facts)


def joined(words: Iterable[str], language: str = "en", last: str = "and") -> str:
    """ "a", "a and b", "a, b and c"; with `last` "or" those are a choice."""
    found = list(words)
    if len(found) < 2:
        return "".join(found)
    return f"{', '.join(found[:-1])} {say(last, language)} {found[-1]}"


def capitalised(text: str) -> str:
    """The text as a sentence begins."""
    return text[:1].upper() + text[1:]
