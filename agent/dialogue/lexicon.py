"""The words of a catalogue in one language: which values a phrase stands for. Knows no grammar."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property

from rapidfuzz import process
from rapidfuzz.distance import OSA

from ...retrieval.text.vocabulary import STOPWORDS, stem
from ..knowledge.ages import ADULT, youngest_for
from ..knowledge.content import REFUSED
from ..knowledge.language import LanguagePack
from ..knowledge.phrases import DEMONYMS
from .catalogue_phrases import CataloguePhrases, Meaning, ValueChoice, looked_up, pieces
from .marked_text import unaccented
from .schema import CatalogueSchema

LONGEST = 8
"""Words of the longest phrase that is looked up."""
_TYPO = 5
"""Letters from which on a word may be misspelt in one place; with five more in two."""


class Lexicon:
    """Phrase -> meaning, for one catalogue and one language."""

    def __init__(self, schema: CatalogueSchema, phrases: CataloguePhrases, pack: LanguagePack) -> None:
        self._schema = schema
        self.phrases, self._own, self._partial = phrases, phrases.whole, phrases.partial
        self._pack = pack
        self._said: dict[str, Meaning] = {}
        self._prefixes: dict[str, Meaning] = {}
        self._suffixes: dict[str, Meaning] = {}
        for phrase, target in {**_demonyms(pack), **pack.table("values")}.items():
            meaning = self._resolved(str(target))
            if meaning:
                self._table(phrase).setdefault(looked_up(pieces(phrase.strip("*"))), meaning)

    def _table(self, phrase: str) -> dict[str, Meaning]:
        if phrase.endswith("*"):
            return self._prefixes
        return self._suffixes if phrase.startswith("*") else self._said

    def meaning(self, words: list[str]) -> Meaning | None:
        """What these (folded) words stand for; None where they are no phrase of the catalogue."""
        key = looked_up(words)
        found = self._said.get(key) or self._own.get(key) or self._written_apart(words)
        return found or self._inflected(key) or (self._partial.get(key) if len(words) == 1 else None)

    def _written_apart(self, words: list[str]) -> Meaning | None:
        """The same phrase as one word or as two, and without its "and": "deckbuilding", "note books"."""
        if len(words) == 1:
            return self.phrases.as_one.get(looked_up(words))
        joins = self._pack.words("and")
        rest = looked_up([word for word in words if word not in joins])
        two = len(words) == 2 and all(map(str.isalpha, words)) and not self.is_everyday(words[1])
        whole = self._own.get(looked_up(["".join(words)])) if two else None
        without = len(rest.split()) > 1 and joins & set(words[1:-1])
        return whole or (self._said.get(rest) or self._own.get(rest) if without else None)

    def spoken_language(self, words: list[str]) -> Meaning | None:
        """The language of that name: "French" in "in French" is not the country."""
        said = " ".join(words)
        known = self._own.get(looked_up(pieces(self._pack.table("spoken").get(said, said))), ())
        return known if known and known[0].kind == "language" else None

    def _inflected(self, key: str) -> Meaning | None:
        """What a word, or the last of several, means by how it begins, and by how it ends: "Horror" and "Komödie"."""
        ends = range(len(key), key.rfind(" ") + 3, -1) if self._prefixes else ()
        found = next((end for end in ends if key[:end] in self._prefixes), None)
        if found is None:
            return None
        first, rest = self._prefixes[key[:found]], key[found:]
        last = next((self._suffixes[rest[at:]] for at in range(len(rest)) if rest[at:] in self._suffixes), ())
        return first + tuple(each for each in last if each not in first)

    def misspelt(self, word: str) -> Meaning | None:
        """What a word stands for that is written wrongly in a place or two."""
        key = stem(unaccented(word))
        if len(key) < _TYPO or not key.isalpha():
            return None
        if key in self._pack.known_words or word in self._pack.known_words:
            return None
        most = 1 if len(key) < _TYPO + 5 else 2
        found = process.extractOne(key, self._singles, scorer=OSA.distance, score_cutoff=most)
        return self.meaning([found[0]]) if found and found[0][0] == key[0] else None

    @cached_property
    def _singles(self) -> list[str]:
        """Words that may be meant by a misspelt one; names of people are no such words."""
        own = [key for key, meaning in self._own.items() if meaning[0].kind not in ("person", "flag")]
        return [key for key in (*self._said, *own, *self._partial) if " " not in key and len(key) >= _TYPO]

    def is_everyday(self, word: str) -> bool:
        """Whether the word has a sense of its own in a message, apart from naming something."""
        return word in self._pack.fillers or word in STOPWORDS

    def _resolved(self, target: str) -> Meaning:
        """ "romance + comedy", "a | b", "! country: France", "recycled: true", "@violence" in this catalogue; empty
        where it has none of it."""
        target = REFUSED[target[1:]] if target.startswith("@") else target
        parts = [self._choice(part.strip()) for part in target.split(" + ")]
        found = tuple(part for part in parts if part)
        return found if len(found) == len(parts) else ()

    def _choice(self, part: str) -> ValueChoice | None:
        refused, part = part.startswith("!"), part.lstrip("! ")
        name, found = "", []
        for each in part.split("|"):
            own, _, value = each.rpartition(":")
            name = own.strip() or name  # "country: Sweden | Norway" names it once
            found += self._named(name, value.strip())
        if not found:
            return None
        kind = found[0].kind
        same = [each for each in found if each.kind == kind] if kind == "flag" else found
        attributes = dict.fromkeys(name for each in same for name in each.attributes)
        return ValueChoice(
            tuple(attributes), tuple(dict.fromkeys(v for each in same for v in each.values)), kind, refused
        )

    def _named(self, name: str, value: str) -> list[ValueChoice]:
        known = self._own.get(looked_up(pieces(value)), ())
        if name and value == "true":
            flags = [each for each in self._schema.of_kind("flag") if each.name == name]
            return [ValueChoice((each.name,), (True,), "flag") for each in flags]
        own = [each for each in known if name or each.kind not in ("person", "maker")]
        if not name:
            return own
        if (name, value) == ("age", "adult"):
            return [ValueChoice((each,), values, "age") for each, values in self._adult()]
        named = {
            each.name for each in self._schema.attributes.values() if name in (each.name, each.kind, f"{each.name}s")
        }
        named |= {each.name for each in self._schema.of_kind("place")} if name == "country" else set()
        found = ((each, choice, self._schema.attributes[each].values) for choice in own for each in choice.attributes
                 if each in named)  # fmt: skip
        return [ValueChoice((each,), tuple(v for v in choice.values if v in known), choice.kind)
                for each, choice, known in found]  # fmt: skip

    def _adult(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        """The age ratings that are for adults alone, and the values of each."""
        allowed = self._schema.ages_up_to(ADULT - 1)
        for each in self._schema.of_kind("age"):
            values = tuple(value for value in each.values if value not in allowed and youngest_for(value) is not None)
            if values:
                yield each.name, values


def _demonyms(pack: LanguagePack) -> Mapping[str, str]:
    if pack.code != "en":
        return {}
    return {demonym: f"country: {country}" for country, demonym in DEMONYMS.items()}
