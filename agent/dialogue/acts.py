"""From the mentions of a message and the stance to each to typed acts.

Closed kinds of acts are known by their phrases, which are data of the language; the rest is a wish. Knows no catalogue
but its schema, and decides nothing about the answer.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import regex

from ...retrieval.text.vocabulary import STOPWORDS
from ..dialogue_state import (
    Act, Ask, Compare, Constrain, Constraint, Critique, DialogueState, Direction, Exclude, Feedback, More, Recommend,
    Relax, Reset, SmallTalk, Talk, Undo, Why,
)  # fmt: skip
from ..knowledge.language import LanguagePack
from .lexicon import Meaning, ValueChoice
from .marked_text import MarkedText, Mention
from .marking import AttributeMention
from .schema import AttributeSchema, CatalogueSchema
from .stances import Stance, Stances

_ABOUT = (
    "shown", "extreme_less", "extreme_more", "director", "writer", "cast", "maker", "duration", "price", "weight", "pages",
    "players", "pack", "age", "material", "colour", "platform", "year", "country", "language", "genre", "rating", "theme",
    "description", "yes_no",
)  # fmt: skip
"""Kinds of questions in the order in which they are looked for."""
_LIMIT = 0.5
"""Share of a vague quantity's items that "short" or "old" leaves."""


class ActReader:
    """One message."""

    def __init__(
        self, marked: MarkedText, stances: Stances, pack: LanguagePack, schema: CatalogueSchema, state: DialogueState,
        text: str,
    ) -> None:  # fmt: skip
        self._marked, self._stances, self._pack, self._schema, self._state = marked, stances, pack, schema, state
        self._text = " ".join(text.split())
        self._words = stances.words
        self._gone: set[int] = set()
        """Places of mentions that are accounted for."""

    def read(self) -> tuple[tuple[Act, ...], list[str]]:
        """The acts, the main one first, and the words of the wish that are neither mentions nor fillers."""
        talk = self._talk()
        if talk:
            return (Talk(talk),), []
        if self._says("acts", "reset") and not self._is_narrow_reset():
            return self._after_reset()
        if self._says("acts", "undo") and not self._wishes():
            return (Undo(),), []
        return self._main(), self._residual()

    # Closed kinds

    def _talk(self) -> SmallTalk | None:
        """Attempts to instruct and insults wherever they stand; greetings and thanks only where nothing else is said."""
        kinds: tuple[SmallTalk, ...] = ("instruct", "abuse")
        found = next((kind for kind in kinds if self._says("acts", kind)), None)
        plain = " ".join(regex.sub(r"[.!?\u00a1\u00bf,;:()\u2026~]+", " ", self._text).split())
        polite: tuple[SmallTalk, ...] = ("bye", "thank", "greet")
        for kind in polite:
            pattern = self._pack.patterns("acts", kind)
            if found is None and pattern is not None and pattern.fullmatch(plain):
                return kind
        off_topic = self._pack.patterns("acts", "off_topic")
        if found is None and off_topic is not None and off_topic.match(plain) and not self._points():
            return "off topic"
        return found

    def _is_narrow_reset(self) -> bool:
        """Taking back one named thing is no new beginning."""
        return any(stance == "relax" and self._mention(at).kind in ("attribute", "value")
                   for at, stance in self._stances.of.items())  # fmt: skip

    def _after_reset(self) -> tuple[tuple[Act, ...], list[str]]:
        rest = self._main() if self._wishes() else ()
        wish = tuple(act for act in rest if isinstance(act, (Recommend, Constrain, Exclude)))
        return (Reset(), *wish), self._residual()

    def _main(self) -> tuple[Act, ...]:
        asked = self._question()
        if asked and not isinstance(asked[0], Ask):
            return asked
        feedback = list(self._feedback())
        if asked:
            return (*feedback, *asked)
        relaxed, critique = list(self._relaxed()), list(self._critiques())
        constrained = list(self._constrained())
        excluded = list(self._excluded())
        found: list[Act] = [*relaxed, *critique, *constrained, *excluded]
        wish = self._wish(bool(found))
        if wish and (wish.alike or constrained or not (feedback or relaxed or critique)):
            found = self._ordered(wish, relaxed, critique, constrained, excluded, feedback)
        else:
            found = [*feedback, *found]
        if self._says("acts", "more") and not critique and not constrained and not relaxed:
            found = [*(each for each in found if not isinstance(each, Recommend)), More()]
            found = found if feedback else [More(), *(each for each in found if not isinstance(each, More))]
        return tuple(found) or (Talk("off topic"),)

    def _ordered(
        self, wish: Recommend, relaxed: list[Act], critique: list[Act], constrained: list[Act], excluded: list[Act],
        feedback: list[Act],
    ) -> list[Act]:  # fmt: skip
        if critique:
            return [*critique, *relaxed, *constrained, *excluded, wish, *feedback]
        if relaxed:
            return [*relaxed, *constrained, *excluded, *([wish] if constrained or wish.alike else []), *feedback]
        if feedback and not constrained and not self._says("narrative", "more_like"):
            return [*feedback, wish, *excluded]
        return [wish, *constrained, *excluded, *feedback]

    # Questions

    def _question(self) -> tuple[Act, ...]:
        items = self._items(("reference", "title"))
        if self._says("acts", "compare") and (len(items) > 1 or self._points()):
            return (Compare(items),)
        if self._says("acts", "why") and not self._says("questions", "director"):
            return (Why(items),)
        about = next((each for each in _ABOUT if self._says("questions", each)), "")
        if not about or not self._says("questions", "starts") or not (items or self._is_bare_question(about)):
            return ()
        return (self._asked(about, items),)

    def _is_bare_question(self, about: str) -> bool:
        """A question without an item is one of the last shelf, unless it asks for items."""
        if about in ("shown", "extreme_less", "extreme_more"):
            return True
        wished = [at for at, stance in self._stances.of.items() if stance != "known" and self._mention(at).kind in ("value", "range")]
        return bool(self._state.shelf) and not wished and not self._says("narrative", "wishes_strict")

    def _asked(self, about: str, items: tuple[str, ...]) -> Ask:
        pattern = self._pack.patterns("questions", about)
        match = pattern.search(self._marked.text) if pattern is not None else None
        match = match or (pattern.search(self._text) if pattern is not None else None)
        said = {name: text for name, text in match.groupdict().items() if text} if match else {}
        if about.startswith("extreme"):
            way: Direction = "less" if about == "extreme_less" else "more"
            role = self._pack.table("extremes").get(said.get("word", "").casefold(), "")
            return Ask(role, items or self._state.shelf, extreme=way)
        value = self._marked.spoken(said.get("value", ""))
        if about == "yes_no":
            value = value or self._named_value()
        return Ask(about, items or self._state.focus or self._state.shelf[:1], value)

    def _named_value(self) -> str:
        found = [self._mention(at) for at in self._stances.of if self._mention(at).kind in ("value", "range")]
        return found[0].text if found else ""

    # Feedback

    def _feedback(self) -> Iterator[Act]:
        """What was seen, liked or not: of references, of titles, or of the whole shelf by a bare "seen it"."""
        seen: dict[str, list[str]] = {}
        for at, stance in self._stances.of.items():
            mention = self._mention(at)
            if mention.kind in ("reference", "title") and (event := self._event(at, stance)):
                seen.setdefault(event, []).extend(mention.what)
                self._gone.add(at)
        if not seen and self._is_bare_feedback():
            event = self._felt(self._text)
            items = self._state.focus if len(self._state.focus) == 1 else self._state.shelf
            seen = {event: list(items)} if event else {}
        for event, ids in seen.items():
            yield Feedback(event, tuple(dict.fromkeys(ids)))  # type: ignore[arg-type]

    def _event(self, at: int, stance: Stance) -> str | None:
        """What the clause around a mention says of it."""
        start, end = self._clause(at)
        if end - start <= 2 and end < len(self._marked.text):  # "Joker? Walked out."
            end = self._clause(min(at + 1, len(self._words) - 1))[1]
        clause = self._marked.text[start:end]
        felt = self._felt(clause)
        if self._mention(at).kind == "reference" and (self._critical(self._marked.spoken(clause)) or felt is None):
            return None
        if stance == "known":
            return felt or "seen"
        if stance == "out" and felt is None:
            return None
        return felt

    def _felt(self, clause: str) -> str | None:
        for kind, event in (("feedback_dislike", "dislike"), ("feedback_like", "like"), ("feedback_seen", "seen")):
            pattern = self._pack.patterns("acts", kind)
            if pattern is not None and pattern.search(clause):
                return event
        return None

    def _is_bare_feedback(self) -> bool:
        few = len(self._words) <= 8
        bare = not any(self._mention(at).kind in ("value", "range", "title", "direction", "vague") for at in self._stances.of)
        return bool(self._state.shelf) and few and bare and not self._says("narrative", "wishes_strict") and not self._says("acts", "more")

    def _critical(self, clause: str) -> bool:
        pattern = self._pack.patterns("acts", "critique")
        return pattern is not None and pattern.search(clause) is not None

    # Relaxing

    def _relaxed(self) -> Iterator[Act]:
        for at, stance in self._stances.of.items():
            mention = self._mention(at)
            lifted = stance in ("relax", "fine", "indifferent") or self._is_any(at, mention, stance)
            if not lifted or at in self._gone:
                continue
            if relax := self._relaxation(mention, stance):
                self._gone.add(at)
                yield relax
        if self._says("acts", "just_part"):
            keep = tuple(name for at in self._stances.of if self._mention(at).kind == "value"
                         for choice in self._mention(at).what for name in choice.attributes)  # fmt: skip
            if keep:
                yield Relax(keep=keep)

    def _is_any(self, at: int, mention: Mention, stance: Stance) -> bool:
        """ "Any year", "no age limit": an attribute that is not to count."""
        before = self._words[at - 1].plain if at else ""
        return mention.kind == "attribute" and (before in self._pack.words("any") or stance == "out")

    def _relaxation(self, mention: Mention, stance: Stance) -> Relax | None:
        if isinstance(mention.what, AttributeMention):
            named = Relax(tuple(each.name for each in mention.what.attributes))
            return named if stance != "fine" or mention.kind == "attribute" else None
        if mention.kind == "range":
            names = tuple(name for each in mention.what.constraints for name in each.attributes)
            return Relax(names) if stance == "relax" or self._holds(names, ()) else None
        if mention.kind != "value":
            return None
        names, values = _named_by(mention.what)
        # "Thriller is fine" with nothing said against thrillers before is a wish.
        return Relax(names, values) if stance == "relax" or self._holds(names, values) or self._says("acts", "again") else None

    def _holds(self, names: tuple[str, ...], values: tuple[str, ...]) -> bool:
        return any(set(each.attributes) & set(names) and (not values or set(each.values) & set(values))
                   for each in self._state.constraints)  # fmt: skip

    # Critiques

    def _critiques(self) -> Iterator[Act]:
        refs = self._items(("reference",))
        for at in self._stances.of:
            mention = self._mention(at)
            if mention.kind in ("direction", "vague") and at not in self._gone and (way := self._way(at, mention)):
                self._gone.add(at)
                yield Critique(way, mention.what.attributes[0].name, items=refs, words=mention.text)
        yield from self._vague_critique(refs)

    def _way(self, at: int, mention: Mention) -> Direction | None:
        """Which way a comparative goes; "too old" is away from old. A plain "old" is a wish, not a critique."""
        way: Direction = mention.what.way
        too = at > 0 and self._words[at - 1].plain in self._pack.words("too")
        if mention.kind == "direction":
            return _opposite(way) if self._stances.of[at] in ("out", "soft") else way
        return _opposite(way) if too and self._stances.of[at] != "out" else None

    def _vague_critique(self, refs: tuple[str, ...]) -> Iterator[Act]:
        pattern = self._pack.patterns("acts", "degree")
        match = pattern.search(self._marked.text) if pattern is not None else None
        if match and not self._is_accounted(match):
            said = {name: text for name, text in match.groupdict().items() if text}
            way: Direction = "less" if "less" in said else "more"
            self._use(match)
            text = self._marked.spoken(said.get("less") or said.get("more") or "")
            yield Critique(way, text=text, items=refs, words=self._marked.spoken(match[0]))
        elif refs and self._says("acts", "critique"):
            yield Critique("more", items=refs)

    def _is_accounted(self, match: regex.Match[str]) -> bool:
        return any(match.start() <= self._words[at].start < match.end() for at in self._gone)

    def _use(self, match: regex.Match[str]) -> None:
        self._gone |= {at for at in self._stances.of if match.start() <= self._words[at].start < match.end()}

    # Constraints

    def _constrained(self) -> Iterator[Act]:
        instead = self._says("acts", "replace")
        joint = {at for group in self._stances.groups for at in group}
        for group in self._stances.groups:
            yield from self._joint(group)
        wished: list[tuple[int, Constraint]] = []
        for at, stance in self._stances.of.items():
            if at in self._gone or at in joint or not self._counts(at, stance):
                continue
            wished += [(at, each) for each in self._constraints(at, stance)]
        said = {name for at, each in wished if self._mention(at).kind == "range" for name in each.attributes}
        wished = [(at, each) for at, each in wished if self._mention(at).kind != "vague" or each.attributes[0] not in said]
        for each in self._alternatives(wished):
            yield Constrain(each, instead)

    def _counts(self, at: int, stance: Stance) -> bool:
        if stance in ("soft", "indifferent", "known", "relax"):
            return False
        mention = self._mention(at)
        return mention.kind == "range" and mention.what.is_sure or not self._is_told(at)

    def _is_told(self, at: int) -> bool:
        """Whether the clause tells of something else: numbers and kinds in it are no wish."""
        start, end = self._clause(at, commas=True)
        clause = self._marked.text[start:end]
        told = self._pack.patterns("narrative", "told")
        wish = self._pack.patterns("narrative", "wishes")
        return told is not None and told.search(clause) is not None and not (wish is not None and wish.search(clause))

    def _constraints(self, at: int, stance: Stance) -> Iterator[Constraint]:
        mention = self._mention(at)
        if mention.kind == "value":
            for choice in mention.what:
                yield _of_choice(choice, refused=(stance == "out") != choice.refused, words=mention.text)
        elif mention.kind == "range":
            plain = stance == "out" and mention.what.side in ("", "exactly", "about")
            for each in mention.what.constraints:
                words = each.words or mention.text
                yield replace(each, kind="not range", words=f"not {words}") if plain else replace(each, words=words)
        elif mention.kind == "vague":
            yield from _vague(mention, refused=stance == "out")

    def _joint(self, group: tuple[int, ...]) -> Iterator[Act]:
        """Values refused side by side: only together, or, where one of them is wished anyway, the other."""
        choices = [choice for at in group for choice in self._mention(at).what]
        wished = {value for act in self._wished_values(group) for value in act}
        rest = [each for each in choices if not set(each.values) & wished]
        if len(rest) == 1 or len({each.attributes for each in choices}) < len(choices):
            for each in rest:
                yield Constrain(_of_choice(each, refused=True, words=", ".join(map(str, each.values))))
        elif rest:
            names = tuple(each.attributes[0] for each in choices)
            values = tuple(str(each.values[0]) for each in choices)
            said = " ".join(self._mention(at).text for at in group)
            yield Constrain(Constraint("not both", names, values, words=f"no {said}"))

    def _wished_values(self, group: tuple[int, ...]) -> Iterator[tuple[str | bool, ...]]:
        for at, stance in self._stances.of.items():
            if at not in group and stance == "wish" and self._mention(at).kind == "value":
                yield from (choice.values for choice in self._mention(at).what)
        yield from (each.values for each in self._state.constraints if each.kind in ("in", "any"))

    def _alternatives(self, wished: list[tuple[int, Constraint]]) -> Iterator[Constraint]:
        """Wishes of one attribute that an "or" joins, or of which an item can only have one, are alternatives."""
        done: set[int] = set()
        for place, (at, each) in enumerate(wished):
            if place in done:
                continue
            others = [other for other in range(place + 1, len(wished)) if self._is_alternative(wished, at, each, other)]
            done |= set(others)
            for other in others:
                each = _either(each, wished[other][1])
            yield each

    def _is_alternative(self, wished: list[tuple[int, Constraint]], at: int, each: Constraint, other: int) -> bool:
        place, more = wished[other]
        if place == at or each.kind not in ("in", "any", "range") or not _same_kind(each, more) or each.attributes != more.attributes:
            return False
        between = [word.plain for word in self._words[at + 1 : place]]
        either = set(between) & self._pack.words("or") or any(word.before == "/" for word in self._words[at + 1 : place + 1])
        if either and all(word in self._fillers_or for word in between):
            return True
        if each.kind == "range":
            return False
        attribute = self._schema.attributes[each.attributes[0]]
        return not attribute.several or self._is_taste(at, place)

    @property
    def _fillers_or(self) -> frozenset[str]:
        return self._pack.fillers | self._pack.words("or") | self._pack.words("and") | frozenset(
            word.plain for word in self._words if self._marked.mention(word))  # fmt: skip

    def _is_taste(self, at: int, other: int) -> bool:
        """ "I like comedies. I like biopics." tells of two tastes, not of one film that is both."""
        taste = self._pack.patterns("narrative", "taste")
        if taste is None:
            return False
        start, end = self._clause(at)
        begin, finish = self._clause(other)
        listed = (start, end) == (begin, finish)
        return all(taste.search(self._marked.text[first:last]) for first, last in ((start, end), (begin, finish))) and (
            not listed or ":" in self._marked.text[start:end])  # fmt: skip

    # Items that are named

    def _excluded(self) -> Iterator[Act]:
        taken: set[str] = set()
        for at, stance in self._stances.of.items():
            mention = self._mention(at)
            if mention.kind not in ("title", "reference"):
                continue
            if stance == "fine" and mention.kind == "title":
                self._gone.add(at)
                yield Exclude(mention.what, spare=True)
            elif stance == "out" or (stance == "known" and mention.kind == "title"):
                self._gone.add(at)
                taken |= set(mention.what)
                yield Exclude(mention.what)
        disliked = [item for act in self._feedback() if isinstance(act, Feedback) and act.event in ("dislike", "seen") for item in act.items]
        named = [item for at in self._stances.of if self._mention(at).kind == "title" for item in self._mention(at).what]
        if gone := tuple(item for item in disliked if item in named and item not in taken):
            yield Exclude(gone)

    # The wish

    def _wish(self, found: bool) -> Recommend | None:
        alike = self._alike()
        count = next((self._mention(at).what for at in self._stances.of if self._mention(at).kind == "count"), None)
        residual = self._residual()
        told = all(self._is_told(at) for at, word in enumerate(self._words) if not self._is_filler(at)) if self._words else True
        told = told and not self._says("narrative", "wishes_strict")
        if not (found or alike or count) and (told or not self._asks_for_items(residual)):
            return None
        text = ("" if self._pack.joined else " ").join(self._wish_words())
        return Recommend(text, self._is_fresh(), alike, count)

    def _asks_for_items(self, residual: list[str]) -> bool:
        pattern = self._pack.patterns("narrative", "wishes")
        return bool(residual) or (pattern is not None and pattern.search(self._text) is not None)

    def _alike(self) -> tuple[str, ...]:
        """Titles that are no refusal and not merely known are examples of what is wanted."""
        found: list[str] = []
        liked = {item for act in self._feedback() if isinstance(act, Feedback) and act.event == "like" for item in act.items}
        for at, stance in self._stances.of.items():
            mention = self._mention(at)
            if mention.kind == "title" and stance in ("wish", "example") and (at not in self._gone or set(mention.what) & liked):
                found += mention.what
            elif mention.kind == "reference" and stance == "example" and at not in self._gone:
                found += mention.what
        return tuple(dict.fromkeys(found))

    def _is_fresh(self) -> bool:
        """A new topic: it says so, or names its own kind of thing and nothing ties it to what was said before."""
        if not self._state.constraints and not self._state.wishes:
            return True
        if self._says("acts", "different"):
            return True
        return self._says("acts", "fresh") and not self._says("acts", "same")

    def _wish_words(self) -> list[str]:
        """The words that say softly what is wanted, categories and themes among them."""
        kept = []
        for at, word in enumerate(self._words):
            mention = self._marked.mention(word)
            if mention is None:
                kept += [] if self._is_filler(at) or self._is_told(at) else [word.plain]
            elif mention.kind == "value" and self._stances.of.get(at) in ("wish", "only", "example") and not self._is_told(at):
                kept += [mention.text] if mention.what[0].kind in ("category", "theme", "facet") and not mention.what[0].refused else []
        return kept

    def _residual(self) -> list[str]:
        """The words of the message that are neither mentions nor fillers nor cues."""
        return [word.plain for at, word in enumerate(self._words)
                if not self._marked.mention(word) and not self._is_filler(at)]  # fmt: skip

    def _is_filler(self, at: int) -> bool:
        plain = self._words[at].plain
        return at in self._stances.used or plain in self._pack.fillers or plain in STOPWORDS or plain in self._pack.words("or")

    # What is where

    def _mention(self, at: int) -> Mention:
        found = self._marked.mention(self._words[at])
        assert found is not None  # places of mentions only
        return found

    def _says(self, table: str, name: str) -> bool:
        """Whether the message, as it was written or with its symbols, has one of the language's phrases."""
        pattern = self._pack.patterns(table, name)
        return pattern is not None and bool(pattern.search(self._marked.text) or pattern.search(self._text))

    def _points(self) -> bool:
        return any(self._mention(at).kind in ("reference", "title") for at in self._stances.of)

    def _wishes(self) -> bool:
        return any(self._mention(at).kind in ("value", "range", "title") and stance in ("wish", "out", "example", "only")
                   for at, stance in self._stances.of.items())  # fmt: skip

    def _items(self, kinds: tuple[str, ...]) -> tuple[str, ...]:
        found = (item for at in self._stances.of if self._mention(at).kind in kinds for item in self._mention(at).what)
        return tuple(dict.fromkeys(found))

    def _clause(self, at: int, *, commas: bool = False) -> tuple[int, int]:
        """Where the clause of a word begins and ends in the text; with `commas` the part of it between two."""
        breaks = frozenset(".;!?\n,:" if commas else ".;!?\n")
        begin, end = at, at + 1
        while begin > 0 and not set(self._words[begin].before) & breaks and self._words[begin].plain not in self._pack.words("always_end"):
            begin -= 1
        while end < len(self._words) and not set(self._words[end].before) & breaks and self._words[end].plain not in self._pack.words("always_end"):
            end += 1
        return self._words[begin].start, self._words[end - 1].end


def _opposite(way: Direction) -> Direction:
    return "less" if way == "more" else "more"


def _named_by(meaning: Meaning) -> tuple[tuple[str, ...], tuple[str, ...]]:
    names = tuple(dict.fromkeys(name for choice in meaning for name in choice.attributes))
    return names, tuple(str(value) for choice in meaning for value in choice.values)


def _of_choice(choice: ValueChoice, *, refused: bool, words: str) -> Constraint:
    if refused:
        return Constraint("out", choice.attributes, choice.values, words=f"no {words}")
    kind = "in" if len(choice.values) == 1 else "any"
    return Constraint(kind, choice.attributes, choice.values, words=words)


def _either(one: Constraint, other: Constraint) -> Constraint:
    words = f"{one.words} or {other.words}"
    if one.kind == "range":
        sides = {side: (min if side.startswith("$g") else max)(one.bounds[side], other.bounds[side])  # type: ignore[type-var]
                 for side in one.bounds if side in other.bounds}  # fmt: skip
        return replace(one, bounds=sides, words=words)
    return replace(one, kind="any", values=tuple(dict.fromkeys((*one.values, *other.values))), words=words)


def _same_kind(one: Constraint, other: Constraint) -> bool:
    return (one.kind == "range") == (other.kind == "range") and other.kind in ("in", "any", "range")


def _vague(mention: Mention, *, refused: bool) -> Iterator[Constraint]:
    """ "Short" for this catalogue: its shorter half; "not too long" is the same, said politely."""
    attribute: AttributeSchema = mention.what.attributes[0]
    way = _opposite(mention.what.way) if refused else mention.what.way
    low, quarter, half, three_quarters, high = attribute.spread
    bound = (half if refused else three_quarters) if way == "more" else (half if refused else quarter)
    if way == "less" and refused:
        bound = three_quarters
    side = "$gte" if way == "more" else "$lte"
    yield Constraint("range", (attribute.name,), bounds={side: bound}, words=f"not {mention.text}" if refused else mention.text)
