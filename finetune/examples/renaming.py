"""Names that mean nothing: words of titles and attributes made up, so that a reader must go by what it is told.

A made-up word has the letters' number and case of the word that it stands for. It is drawn from the word and a key,
so that within an example the same name is the same everywhere, and in the next example another one.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterable

from ...retrieval.text.vocabulary import STOPWORDS

CONSONANTS, VOWELS = "bcdfghjklmnprstvwz", "aeiou"
SHARE = 0.5
"""Of an example's names, so many are renamed: what is left must be read beside them."""
SHORTEST = 3
"""Letters of a word that is a name; "of" and "II" stay."""
_KEPT = STOPWORDS | {"yes", "no", "item", "after"}
"""Words that sentences and prompts are made of."""
_WORD = re.compile(r"[^\W\d_]+")


def made_up(text: str, key: str = "") -> str:
    """A text of the same shape that means nothing: each word by one of as many letters; figures and signs stay."""
    draw = random.Random(f"{key} {text}")
    return _WORD.sub(lambda word: _word_like(word[0], draw) if word[0].isalpha() else word[0], text)


def renaming(names: Iterable[str], key: str) -> Callable[[str], str]:
    """What puts made-up words for those of half of the `names`, which are titles and attribute values, into a text.

    The words of a name are renamed together, and each of them wherever it stands.
    """
    draw = random.Random(key)
    chosen = [name for name in dict.fromkeys(names) if draw.random() < SHARE]
    said = dict.fromkeys(word for name in chosen for word in _WORD.findall(name))
    words = {word: made_up(word, key) for word in said if len(word) >= SHORTEST and word.casefold() not in _KEPT}
    return lambda text: _WORD.sub(lambda word: words.get(word[0], word[0]), text)


def _word_like(word: str, draw: random.Random) -> str:
    letters = "".join(draw.choice(VOWELS if place % 2 else CONSONANTS) for place in range(len(word)))
    return letters.upper() if word.isupper() and len(word) > 1 else letters.title() if word[0].isupper() else letters
