"""What the values of a catalogue are called, whatever language is spoken: by their names, and by parts of those.

Found once per catalogue; knows no message.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from ...retrieval.text.vocabulary import STOPWORDS, stem
from .marked_text import unaccented
from .schema import CatalogueSchema, Kind

_PIECE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]|(?:(?![\u3040-\u30ff\u3400-\u9fff])[^\W_])+"
                    r"(?:'(?:(?![\u3040-\u30ff\u3400-\u9fff])[^\W_])+)*[+#]*")  # fmt: skip
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


@dataclass(frozen=True, slots=True)
class CataloguePhrases:
    """Phrase, as `looked_up` has it, -> meaning: of values by their whole names, of those of several words as one
    word, and of categories by their last word. Names of people and makers are unaccented and not stemmed."""

    whole: Mapping[str, Meaning]
    as_one: Mapping[str, Meaning]
    partial: Mapping[str, Meaning]
    last_names: Mapping[str, Meaning]
    first_names: Mapping[str, Meaning]
    short_makers: Mapping[str, Meaning]

    @classmethod
    def of(cls, schema: CatalogueSchema) -> CataloguePhrases:
        """Those of all values of a catalogue."""
        whole = dict(_whole(schema))
        several = ((key, meaning) for key, meaning in whole.items() if " " in key and meaning[0].kind != "person")
        as_one = {key.replace(" ", ""): meaning for key, meaning in several}
        names = _last_names(schema), _first_names(schema), _short_makers(schema)
        return cls(whole, as_one, _partial(schema), *names)


def pieces(text: str) -> list[str]:
    """The words of a phrase, folded; signs of a language without blanks one by one."""
    if text.isascii() and text.replace(" ", "").isalnum():  # most are, and there are hundreds of thousands
        return text.casefold().split()
    return [each.casefold() for each in _PIECE.findall(text.replace("\u2019", "'"))]


def looked_up(words: Iterable[str]) -> str:
    """Words as the tables have them: without accents before their endings are cut, so that "París" stays whole."""
    return " ".join(stem(unaccented(each)) for each in words)


def _whole(schema: CatalogueSchema) -> Iterator[tuple[str, Meaning]]:
    """Each value under its own name. Where several attributes have it, any may; a category wins over a theme."""
    found: dict[str, list[ValueChoice]] = {}
    for attribute in schema.attributes.values():
        if attribute.kind == "flag":
            words = [each for each in pieces(attribute.label) if each not in {"is", "has"}]
            found.setdefault(looked_up(words), []).append(
                ValueChoice((attribute.name,), (True,), "flag"))  # fmt: skip
        for value in attribute.values if attribute.kind not in ("flag", "age", "quantity") else ():
            key = looked_up(pieces(value))
            if any(word not in STOPWORDS for word in key.split()):
                found.setdefault(key, []).append(ValueChoice((attribute.name,), (value,), attribute.kind))
    for key, choices in found.items():
        if len(choices) == 1:
            yield key, (choices[0],)
            continue
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
    return {last: _anybody(people) for last, people in found.items()}


def _lasts(words: list[str]) -> Iterator[str]:
    """The last name, and with what belongs to it: "Niro", "De Niro" and "DeNiro"."""
    if len(words) > 1 and len(words[-1]) > 2:
        yield words[-1]
    if len(words) > 2 and words[-2] in _PARTICLES:
        yield from (f"{words[-2]} {words[-1]}", f"{words[-2]}{words[-1]}")


def _first_names(schema: CatalogueSchema) -> Mapping[str, Meaning]:
    """First name -> everybody who has it."""
    found: dict[str, dict[str, list[str]]] = {}
    for attribute in schema.of_kind("person"):
        for value in attribute.values:
            words = pieces(value)
            if len(words) > 1 and len(words[0]) > 1:
                found.setdefault(unaccented(words[0]), {}).setdefault(value, []).append(attribute.name)
    return {first: _anybody(people) for first, people in found.items()}


def _anybody(people: Mapping[str, Iterable[str]]) -> Meaning:
    """People, each with the attributes that have them, as one choice."""
    return (ValueChoice(tuple(dict.fromkeys(a for names in people.values() for a in names)), tuple(people), "person"),)


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
