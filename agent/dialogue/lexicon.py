"""The words of a catalogue in one language: which values a phrase stands for. Knows no grammar."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from rapidfuzz import process
from rapidfuzz.distance import OSA

from ...retrieval.text.vocabulary import STOPWORDS, stem
from ..knowledge.language import LanguagePack
from ..knowledge.phrases import DEMONYMS
from .marked_text import unaccented
from .schema import CatalogueSchema, Kind

LONGEST = 8
"""Words of the longest phrase that is looked up."""
_PIECE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]|(?:(?![\u3040-\u30ff\u3400-\u9fff])[^\W_])+"
                    r"(?:'(?:(?![\u3040-\u30ff\u3400-\u9fff])[^\W_])+)*[+#]*")  # fmt: skip
_TYPO = 5
"""Letters from which on a word may be misspelt in one place; with five more in two."""
_PARTICLES = frozenset(
    "al ap bin da dal de degli dei del della den der des di dos du el la le mac mc of st ten van von".split()  # noqa: SIM905
)
_COMPANY = frozenset(
    """games game press studio studios books works pictures films film entertainment publishing publishers group inc ltd
    co company brothers bros house media interactive software design designs productions records""".split()  # noqa: SIM905
)


@dataclass(frozen=True, slots=True)
class ValueChoice:
    """One of `values` in one of `attributes`; with `refused`, none of them. `kind` is that of the attribute."""

    attributes: tuple[str, ...]
    values: tuple[str | bool, ...]
    kind: Kind
    refused: bool = False


Meaning = tuple[ValueChoice, ...]
"""What a phrase stands for: all of these."""


class Lexicon:
    """Phrase -> meaning, for one catalogue and one language."""

    def __init__(self, schema: CatalogueSchema, pack: LanguagePack) -> None:
        self._schema = schema
        self._pack = pack
        self._own = dict(_catalogue_phrases(schema))
        self.last_names = _last_names(schema)
        self.first_names = _first_names(schema)
        self.short_makers = _short_makers(schema)
        self._partial = _partial(schema)
        self._said: dict[str, Meaning] = {}
        self._prefixes: dict[str, Meaning] = {}
        self._suffixes: dict[str, Meaning] = {}
        for phrase, target in {**_demonyms(pack), **pack.table("values")}.items():
            meaning = self._resolved(str(target))
            if meaning:
                self._table(phrase).setdefault(_looked_up(pieces(phrase.strip("*"))), meaning)

    def _table(self, phrase: str) -> dict[str, Meaning]:
        if phrase.endswith("*"):
            return self._prefixes
        return self._suffixes if phrase.startswith("*") else self._said

    def meaning(self, words: list[str]) -> Meaning | None:
        """What these (folded) words stand for; None where they are no phrase of the catalogue."""
        key = _looked_up(words)
        found = self._said.get(key) or self._own.get(key) or self._written_apart(words)
        return found or self._inflected(key) or (self._partial.get(key) if len(words) == 1 else None)

    def _written_apart(self, words: list[str]) -> Meaning | None:
        """The same phrase as one word or as two, and without its "and": "deckbuilding", "note books"."""
        if len(words) == 1:
            return self._as_one.get(_looked_up(words))
        joins = self._pack.words("and")
        rest = _looked_up([word for word in words if word not in joins])
        two = len(words) == 2 and all(map(str.isalpha, words)) and not self.is_everyday(words[1])
        whole = self._own.get(_looked_up(["".join(words)])) if two else None
        without = len(rest.split()) > 1 and joins & set(words[1:-1])
        return whole or (self._said.get(rest) or self._own.get(rest) if without else None)

    @cached_property
    def _as_one(self) -> Mapping[str, Meaning]:
        several = ((key, meaning) for key, meaning in self._own.items() if " " in key)
        return {key.replace(" ", ""): meaning for key, meaning in several if meaning[0].kind != "person"}

    def spoken_language(self, words: list[str]) -> Meaning | None:
        """The language of that name: "French" in "in French" is not the country."""
        said = " ".join(words)
        known = self._own.get(_looked_up(pieces(self._pack.table("spoken").get(said, said))), ())
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
        """ "romance + comedy", "a | b", "! country: France", "recycled: true" in this catalogue; empty where it has
        none of it."""
        parts = [self._choice(part.strip()) for part in target.split(" + ")]
        found = tuple(part for part in parts if part)
        return found if len(found) == len(parts) else ()

    def _choice(self, part: str) -> ValueChoice | None:
        refused, part = part.startswith("!"), part.lstrip("! ")
        name, _, values = part.rpartition(":")
        found = [each for value in values.split("|") for each in self._named(name.strip(), value.strip())]
        if not found:
            return None
        kind = found[0].kind
        same = [each for each in found if each.kind == kind] if kind == "flag" else found
        attributes = dict.fromkeys(name for each in same for name in each.attributes)
        return ValueChoice(
            tuple(attributes), tuple(dict.fromkeys(v for each in same for v in each.values)), kind, refused
        )

    def _named(self, name: str, value: str) -> list[ValueChoice]:
        known = self._own.get(_looked_up(pieces(value)), ())
        if name and value == "true":
            flags = [each for each in self._schema.of_kind("flag") if each.name == name]
            return [ValueChoice((each.name,), (True,), "flag") for each in flags]
        own = [each for each in known if name or each.kind not in ("person", "maker")]
        if not name:
            return own
        named = {
            each.name for each in self._schema.attributes.values() if name in (each.name, each.kind, f"{each.name}s")
        }
        named |= {each.name for each in self._schema.of_kind("place")} if name == "country" else set()
        found = ((each, choice, self._schema.attributes[each].values) for choice in own for each in choice.attributes
                 if each in named)  # fmt: skip
        return [ValueChoice((each,), tuple(v for v in choice.values if v in known), choice.kind)
                for each, choice, known in found]  # fmt: skip


def pieces(text: str) -> list[str]:
    """The words of a phrase, folded; signs of a language without blanks one by one."""
    return [each.casefold() for each in _PIECE.findall(text.replace("\u2019", "'"))]


def _looked_up(words: Iterable[str]) -> str:
    """Words as the tables have them: without accents before their endings are cut, so that "París" stays whole."""
    return " ".join(stem(unaccented(each)) for each in words)


def _catalogue_phrases(schema: CatalogueSchema) -> Iterator[tuple[str, Meaning]]:
    """Each value under its own name. Where several attributes have it, any may; a category wins over a theme."""
    found: dict[str, list[ValueChoice]] = {}
    for attribute in schema.attributes.values():
        if attribute.kind == "flag":
            words = [each for each in pieces(attribute.label) if each not in {"is", "has"}]
            found.setdefault(_looked_up(words), []).append(
                ValueChoice((attribute.name,), (True,), "flag"))  # fmt: skip
        for value in attribute.values if attribute.kind not in ("flag", "age", "quantity") else ():
            key = _looked_up(pieces(value))
            if any(word not in STOPWORDS for word in key.split()):
                found.setdefault(key, []).append(ValueChoice((attribute.name,), (value,), attribute.kind))
    for key, choices in found.items():
        names = dict.fromkeys(name for each in choices for name in each.attributes)
        values = dict.fromkeys(value for each in choices for value in each.values)
        kinds: tuple[Kind, ...] = ("category", "person", "theme")
        kind = next((each for each in kinds if any(choice.kind == each for choice in choices)), choices[0].kind)
        yield key, (ValueChoice(tuple(names), tuple(values), kind),)


def _last_names(schema: CatalogueSchema) -> Mapping[str, Meaning]:
    """Last name -> everybody of that name."""
    found: dict[str, dict[str, list[str]]] = {}
    for attribute in schema.of_kind("person"):
        for value in attribute.values:
            words = pieces(value)
            for last in _lasts(words):
                found.setdefault(unaccented(last), {}).setdefault(value, []).append(attribute.name)
    return {
        last: (
            ValueChoice(tuple(dict.fromkeys(a for names in people.values() for a in names)), tuple(people), "person"),
        )
        for last, people in found.items()
    }


def _lasts(words: list[str]) -> Iterator[str]:
    """The last name, and with what belongs to it: "Niro" and "De Niro"."""
    if len(words) > 1 and len(words[-1]) > 2:
        yield words[-1]
    if len(words) > 2 and words[-2] in _PARTICLES:
        yield f"{words[-2]} {words[-1]}"


def _first_names(schema: CatalogueSchema) -> Mapping[str, Meaning]:
    """First name -> the one person who has it."""
    found: dict[str, dict[str, list[str]]] = {}
    for attribute in schema.of_kind("person"):
        for value in attribute.values:
            words = pieces(value)
            if len(words) > 1 and len(words[0]) > 3:
                found.setdefault(unaccented(words[0]), {}).setdefault(value, []).append(attribute.name)
    only = {first: next(iter(people.items())) for first, people in found.items() if len(people) == 1}
    return {first: (ValueChoice(tuple(names), (value,), "person"),) for first, (value, names) in only.items()}


def _short_makers(schema: CatalogueSchema) -> Mapping[str, Meaning]:
    """A company without the word that says it is one: "Nordhavn" of "Nordhavn Games"."""
    found: dict[str, Meaning] = {}
    for attribute in schema.of_kind("maker"):
        for value in attribute.values:
            words = [word for word in pieces(value) if word not in _COMPANY]
            if len(words) == 1 and words != pieces(value):
                found[unaccented(words[0])] = (ValueChoice((attribute.name,), (value,), "maker"),)
    return found


def _partial(schema: CatalogueSchema) -> Mapping[str, Meaning]:
    """A word of a category of several -> the categories that have it: "pen" -> "Gel pens", "Ballpoint pens"."""
    found: dict[str, list[ValueChoice]] = {}
    for attribute in schema.of_kind("category"):
        for value in attribute.values:
            words = pieces(value)
            for word in words[-1:] if len(words) > 1 else ():
                if word not in STOPWORDS:
                    found.setdefault(stem(unaccented(word)), []).append(
                        ValueChoice((attribute.name,), (value,), "category")
                    )
    values = {word: tuple(dict.fromkeys(v for c in choices for v in c.values)) for word, choices in found.items()}
    return {word: (ValueChoice(found[word][0].attributes, known, "category"),) for word, known in values.items()}


def _demonyms(pack: LanguagePack) -> Mapping[str, str]:
    if pack.code != "en":
        return {}
    return {demonym: f"country: {country}" for country, demonym in DEMONYMS.items()}
