"""Recognises what a message mentions, one kind after the other: titles, who looks on, amounts, items of the last shelf,
values of the catalogue, attributes and directions. Knows no stance to any of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import regex

from ..dialogue_state import Constraint, DialogueState
from ..knowledge.language import LanguagePack
from .catalogue_phrases import Meaning, ValueChoice
from .lexicon import LONGEST, Lexicon
from .marked_text import MarkedText, MentionKind, Word
from .names import Names
from .numerals import number_of, with_digits
from .phrasing import joined, say
from .quantities import QuantityReader, direction_of
from .schema import AttributeSchema, CatalogueSchema
from .titles import Titles

_ADULT = 18
_REACH = 3
"""Words of a direction or an attribute's name at most; signs of a language without blanks may be twice as many."""


@dataclass(frozen=True, slots=True)
class AttributeMention:
    """An attribute that was spoken of, by name or by an adjective. `way` is "more" or "less" of its quantity."""

    role: str
    attributes: tuple[AttributeSchema, ...]
    way: str = ""


class Marker:
    """Marks the messages of one catalogue in one language."""

    def __init__(
        self, schema: CatalogueSchema, titles: Titles, lexicon: Lexicon, quantities: QuantityReader, pack: LanguagePack
    ) -> None:
        self._schema, self._titles, self._lexicon = schema, titles, lexicon
        self._quantities, self._pack = quantities, pack
        self._names = Names(lexicon, pack, titles.is_common)
        self._own_names: dict[str, list[AttributeSchema]] = {}
        for each in schema.attributes.values():
            for name in {each.name.casefold(), each.label.replace(" ", "-")}:
                self._own_names.setdefault(name, []).append(each)

    def mark(self, text: str, state: DialogueState) -> MarkedText:
        """The text with a symbol for everything that was recognised."""
        marked = MarkedText(text)
        self._titles.mark(marked, self._pack, self._lexicon, state.shelf)
        marked.text = with_digits(marked.text, self._pack)
        for pattern, said in self._pack.rewrites:
            marked.text = pattern.sub(said, marked.text)
        for name in ("ages", "groups"):
            if not any(isinstance(each.what, AgeSpan) for each in marked.mentions):  # "my girl of eight" says more
                marked.mark_all(self._pack.patterns("audience", name), self._audience)
        self._mark_references(marked, state)
        idioms = self._pack.patterns("idioms", "all")
        marked.text = idioms.sub(" ", marked.text) if idioms is not None else marked.text
        marked.mark_all(self._pack.patterns("amounts", "count_alone"), self._count(marked))
        self._quantities.mark(marked, self._waiting(state, marked.text))
        self._mark_phrases(marked)
        marked.mark_all(self._pack.patterns("amounts", "count"), self._count(marked))
        return marked

    def _waiting(self, state: DialogueState, text: str) -> tuple[str, str]:
        """The role and the side of the newest bound of the conversation, which a bare number may move: "so 45"."""
        if not state.constraints or len(text.split()) > 12:
            return "", ""
        bounded = [each for each in state.constraints if each.kind == "range"]
        role = self._schema.attributes[bounded[-1].attributes[0]].role if bounded else ""
        if role in ("", "year", "players", "age"):
            return "", ""
        sides = {side[:2] for side in bounded[-1].bounds}
        return role, {"$l": "most", "$g": "least"}[sides.pop()] if len(sides) == 1 else ""

    # Who looks on

    def _audience(self, match: regex.Match[str]) -> tuple[MentionKind, object] | None:
        said = {name: text for name, text in match.groupdict().items() if text}
        ages = [self._age(said[name]) for name in ("age", "other") if name in said]
        if "who" in said:
            ages.append(self._pack.table("families")[regex.sub(r"\s+", " ", said["who"].casefold())])
        youngest = min((age for age in ages if age is not None), default=_ADULT)
        constraint = audience_of(self._schema, youngest, self._pack.code) if youngest < _ADULT else None
        return ("range", AgeSpan(youngest, (constraint,))) if constraint else None

    def _age(self, text: str) -> int | None:
        word = text.casefold()
        return int(number_of(text)) if text[0].isdigit() else self._pack.table("numbers").get(word)

    # Items that were shown

    def _mark_references(self, marked: MarkedText, state: DialogueState) -> None:
        self._mark_persons(marked, state)
        if not state.shelf:
            return
        readers = {"span": self._first_few, "all": self._all, "rank": self._ranked, "one": self._one}
        points = any(
            (pattern := self._pack.patterns("acts", name)) and pattern.search(marked.text)
            for name in ("compare", "numbered")
        )
        for name, read in {**readers, **({"digit": self._ranked} if points else {})}.items():
            pattern = self._pack.patterns("references", name)
            marked.mark_all(pattern, lambda match, read=read: read(marked, match, state))  # type: ignore[misc]

    def _mark_persons(self, marked: MarkedText, state: DialogueState) -> None:
        """ "Anyone but her": who was asked for last."""
        known = [each for each in state.constraints if each.kind in ("in", "any") and self._is_of_person(each)]
        if known:
            meaning = (ValueChoice(known[-1].attributes, known[-1].values, "person"),)
            said = joined(map(str, known[-1].values), self._pack.code, "or")
            marked.mark_all(self._pack.patterns("references", "person"), lambda _: ("value", meaning), said)

    def _is_of_person(self, constraint: Constraint) -> bool:
        found = (self._schema.attributes.get(each) for each in constraint.attributes)
        return any(each is not None and each.kind == "person" for each in found)

    def _ranked(
        self, _: MarkedText, match: regex.Match[str], state: DialogueState
    ) -> tuple[MentionKind, object] | None:
        said = match.groupdict()
        word = (said.get("ordinal") or said.get("number") or "").casefold()
        rank = self._pack.table("ordinals").get(word) or self._pack.table("numbers").get(word)
        rank = int(word) if rank is None and word.isdigit() else rank
        if rank is None or not (rank == -1 or 1 <= rank <= len(state.shelf)):
            return None
        return "reference", (state.shelf[-1 if rank == -1 else rank - 1],)

    def _first_few(
        self, _: MarkedText, match: regex.Match[str], state: DialogueState
    ) -> tuple[MentionKind, object] | None:
        word = match["count"].casefold()
        count = int(word) if word.isdigit() else int(self._pack.table("numbers").get(word, 2))
        last = self._pack.table("ordinals").get(match["edge"].casefold()) == -1
        return "reference", state.shelf[-count:] if last else state.shelf[:count]

    def _all(self, marked: MarkedText, _: regex.Match[str], state: DialogueState) -> tuple[MentionKind, object]:
        """All that was shown, or where several were named, those."""
        named = [item for each in marked.mentions if each.kind == "title" for item in each.what]
        return ("title", tuple(named)) if len(named) > 1 else ("reference", state.shelf)

    def _one(
        self, marked: MarkedText, match: regex.Match[str], state: DialogueState
    ) -> tuple[MentionKind, object] | None:
        """What was last spoken of, in this message before all."""
        said = [each for sign in marked.text[: match.start()] if (each := marked.at(sign))]
        named = [each for each in said if each.kind in ("title", "reference")] or [
            each for each in marked.mentions if each.kind == "title"
        ]
        if named:
            return named[-1].kind, named[-1].what
        return "reference", state.focus or state.shelf[:1]

    # Words of the catalogue

    def _mark_phrases(self, marked: MarkedText) -> None:
        at = 0
        while at < len(words := marked.words()):
            found = None if marked.mention(words[at]) else self._phrase(marked, words, at)
            if found:
                end, kind, what = found
                marked.mark(words[at].start, words[end - 1].end, kind, what)
            at += 1

    def _phrase(self, marked: MarkedText, words: list[Word], at: int) -> tuple[int, MentionKind, object] | None:
        """The longest phrase that begins at a word."""
        for end in range(self._end_of_run(marked, words, at), at, -1):
            plain = [word.plain for word in words[at:end]]
            found = self._value(marked, words, at, end) or self._degree(words, at, end) or self._attribute(plain)
            if found:
                return end, *found
        if named := self._names.find(marked, words, at):
            return named[0], "value", named[1]
        misspelt = self._misspelt(words[at])
        return (at + 1, "value", misspelt) if misspelt else None

    def _end_of_run(self, marked: MarkedText, words: list[Word], at: int) -> int:
        end = at + 1
        while end < min(len(words), at + LONGEST) and not marked.mention(words[end]) and words[end].before in ("", "/"):
            end += 1
        return end

    def _value(self, marked: MarkedText, words: list[Word], at: int, end: int) -> tuple[MentionKind, Meaning] | None:
        plain = [word.plain for word in words[at:end]]
        if end == at + 1 and (plain[0] in self._pack.words("never") or not any(map(str.isalpha, plain[0]))):
            return None
        spoken = self._lexicon.spoken_language(plain) if self._is_spoken(words, at, end) else None
        meaning = spoken or self._lexicon.meaning(plain)
        if meaning is None or (
            meaning[0].kind in ("person", "maker") and not self._names.is_name(marked, words, at, end)
        ):
            return None
        return "value", meaning

    def _is_spoken(self, words: list[Word], at: int, end: int) -> bool:
        before = words[at - 1].plain if at else ""
        after = words[end].plain if end < len(words) else ""
        return before in self._pack.words("in_language") or after in self._pack.words("language_of")

    def _misspelt(self, word: Word) -> Meaning | None:
        plain = word.plain
        if not plain.isalpha() or self._lexicon.is_everyday(plain) or self._titles.is_common(plain):
            return None
        return self._lexicon.misspelt(plain)

    def _degree(self, words: list[Word], at: int, end: int) -> tuple[MentionKind, AttributeMention] | None:
        """An adjective, unless it only says that something ended: "no longer", "any longer"."""
        after = words[end].plain if end < len(words) and not words[end].before else ""
        if at and after not in self._pack.words("than") and words[at].plain in self._pack.words("ended"):
            return (
                None if words[at - 1].plain in self._pack.words("ended_before") else self._adjective([words[at].plain])
            )
        return self._adjective([word.plain for word in words[at:end]])

    def _adjective(self, plain: list[str]) -> tuple[MentionKind, AttributeMention] | None:
        if len(plain) > _REACH * (1 + self._pack.joined):
            return None
        kinds: tuple[tuple[str, MentionKind], ...] = (("directions", "direction"), ("vague", "vague"))
        for table, kind in kinds:
            role, way = direction_of(self._pack, table, ("" if self._pack.joined else " ").join(plain))
            attributes = self._schema.with_role(role) if role else ()
            if attributes:
                return kind, AttributeMention(role, attributes, way)
        return None

    def _attribute(self, plain: list[str]) -> tuple[MentionKind, AttributeMention] | None:
        said = ("" if self._pack.joined else "-").join(plain).removesuffix("'s")
        for role, names in self._pack.table("attributes").items():
            if said in names.split() and (found := attributes_called(self._schema, role)):
                return "attribute", AttributeMention(role, found)
        own = self._own_names.get(said, [])
        return (
            ("attribute", AttributeMention(own[0].role or own[0].name, tuple(own))) if own and len(said) > 2 else None
        )

    def _count(self, marked: MarkedText) -> Callable[[regex.Match[str]], tuple[MentionKind, object] | None]:
        def read(match: regex.Match[str]) -> tuple[MentionKind, object] | None:
            said = match["count"].casefold()
            number = int(said) if said.isdigit() else self._pack.table("numbers").get(said)
            head = marked.at(match.groupdict().get("head", ""))
            fits = head is None or (head.kind == "value" and head.what[0].kind in ("category", "theme"))
            return ("count", int(number)) if number and 1 <= number <= 20 and fits else None

        return read


@dataclass(frozen=True, slots=True)
class AgeSpan:
    """Who looks on: the youngest's age, and the constraint that it makes."""

    age: int
    constraints: tuple[Constraint, ...]
    side: str = "audience"
    is_sure: bool = True


def audience_of(schema: CatalogueSchema, age: int, language: str) -> Constraint | None:
    """What somebody of this age may see or use; None where the catalogue says nothing of ages."""
    words = say("for_age" if age else "for_all_ages", language, age=age)
    numeric = next((each for each in schema.with_role("age") if each.kind == "quantity"), None)
    if numeric:
        return Constraint("range", (numeric.name,), bounds={"$lte": age}, words=words, standing=True)
    rated = next((each for each in schema.with_role("age") if each.kind == "age"), None)
    return Constraint("any", (rated.name,), schema.ages_up_to(age), words=words, standing=True) if rated else None


def attributes_called(schema: CatalogueSchema, role: str) -> tuple[AttributeSchema, ...]:
    """The attributes that people mean by a word such as "genre", "budget" or "actor"."""
    kinds = {"genre": ("category",), "theme": ("theme",), "country": ("place",), "language": ("language",),
             "maker": ("maker", "person")}  # fmt: skip
    named = tuple(each for each in schema.attributes.values() if each.name.casefold().rstrip("s") == role.rstrip("s"))
    return schema.with_role(role) or named or schema.of_kind(*kinds.get(role, ()))  # type: ignore[arg-type]
