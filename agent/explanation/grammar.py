"""Reading a text as words and facts, and the small rules that sentence shapes are built from.

A rule is a function from a place in the text to all the places where it may end, so that a word with two readings
(the film "Heat", the theme "heat") keeps both. Knows nothing about which sentences are allowed.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from ...retrieval.event_kinds import Polarity
from ..knowledge.phrases import CASTS, DEMONYMS, KIND_ADJECTIVES, KINDS, MAKERS, PLACES

ITEM, HISTORY, REQUEST, NOUN, FLAG, YEAR = "item", "history", "request", "noun", "flag", "year"
SOURCE = "source"
MAX_FACT_CHARACTERS = 300

_NAMES = frozenset({ITEM, HISTORY, SOURCE}) | frozenset(MAKERS) | CASTS
_QUOTES = frozenset("'\"`\u2018\u2019\u201c\u201d")
_TOKEN = re.compile(r"[^\W_]+|[^\S\n]+|.", re.DOTALL)
_ENDINGS = frozenset({"s", "es", "n", "an", "ian", "al", "ic", "y", "ies", "ational", "ation"})
_ARTICLES = frozenset({"a", "an", "the"})
_INSIDE = frozenset(",-:;&()")


@dataclass(frozen=True, slots=True)
class Fact:
    """Something a text may say.

    `role` is ITEM, HISTORY, REQUEST, NOUN, FLAG, YEAR, SOURCE (a sentence of the item's own description) or the name of
    one of the item's own fields. `polarity` says how the person feels about it, None where that is not known; `verbs`
    are the verbs that are true of a HISTORY title; `often` is set where the person came back to it. `also` names the
    HISTORY titles that have the same value in that field; `crowd` is what people did with a HISTORY title who often
    choose the item as well.
    """

    text: str
    role: str
    polarity: Polarity | None = None
    verbs: tuple[str, ...] = ()
    often: bool = False
    also: tuple[str, ...] = ()
    crowd: str = ""


@dataclass(frozen=True, slots=True)
class Token:
    """A word or a mark of the text, and where it stands."""

    text: str
    start: int

    @property
    def folded(self) -> str:
        """The text without regard to case."""
        return self.text.casefold()

    @property
    def word(self) -> bool:
        """Whether it is a word or a number, not a mark."""
        return self.text[0].isalnum()


def tokens_of(text: str) -> list[Token]:
    """Words and marks in order; blanks and quotation marks say nothing and are left out."""
    found = (Token(match.group(), match.start()) for match in _TOKEN.finditer(unicodedata.normalize("NFC", text)))
    return [token for token in found if token.text not in _QUOTES and (token.text == "\n" or not token.text.isspace())]


class ParsedText:
    """One text being read against facts. `furthest` is the last place that any rule reached."""

    def __init__(self, text: str, known: Iterable[Fact]) -> None:
        self.text = unicodedata.normalize("NFC", text)
        self.tokens = tokens_of(self.text)
        self.furthest = 0
        self.known = tuple(dict.fromkeys(known))
        self._spans: dict[int, list[tuple[int, Fact]]] = {}
        self._known: dict[tuple[Rule, int], frozenset[int]] = {}
        places: dict[str, list[int]] = {}
        for place, token in enumerate(self.tokens):
            places.setdefault(token.folded[:3], []).append(place)
        for fact in self.known:
            for form in _forms(fact):
                for place in places.get(form[0].folded[:3], ()):
                    for end in self._ends(place, form, fact):
                        self._spans.setdefault(place, []).append((end, fact))

    def after(self, rule: Rule, place: int) -> frozenset[int]:
        """Where `rule` may end when it begins at `place`; worked out once."""
        if (rule, place) not in self._known:
            ends = rule(self, place)
            self.furthest = max(self.furthest, *ends, 0)
            self._known[rule, place] = ends
        return self._known[rule, place]

    def facts_at(self, place: int) -> Sequence[tuple[int, Fact]]:
        """(end, fact) of every fact that is named from `place` on."""
        return self._spans.get(place, ())

    def named(self, role: str) -> list[Fact]:
        """The facts of that role that stand in the text, in the order of the facts."""
        found = {fact for spans in self._spans.values() for _, fact in spans if fact.role == role}
        return [fact for fact in self.known if fact in found]

    def stuck(self) -> str:
        """The word or the fact that no rule could go past; empty at the end of the text."""
        if self.furthest >= len(self.tokens):
            return ""
        end = max((end for end, _ in self.facts_at(self.furthest)), default=self.furthest + 1)
        last = self.tokens[end - 1]
        return self.text[self.tokens[self.furthest].start : last.start + len(last.text)]

    def _ends(self, place: int, form: Sequence[Token], fact: Fact) -> set[int]:
        window = self.tokens[place : place + len(form)]
        as_written = len(window) == len(form) and all(map(_exactly, window, form))
        words = [token for token in form if token.word]
        position, matched = place, 0
        while matched < len(words) and position < len(self.tokens):
            if self.tokens[position].word:
                if not _same(self.tokens[position], words[matched], fact.role in _NAMES, len(words)):
                    break
                matched += 1
            elif position == place or self.tokens[position].text not in _INSIDE:
                break
            position += 1
        ends = {position} if words and matched == len(words) else set()
        return ends | ({place + len(form)} if as_written else set())


Rule: TypeAlias = Callable[[ParsedText, int], frozenset[int]]


def _forms(fact: Fact) -> list[list[Token]]:
    texts = [fact.text[:MAX_FACT_CHARACTERS]]
    if fact.role in PLACES and fact.text.casefold() in DEMONYMS:
        texts.append(DEMONYMS[fact.text.casefold()])
    if fact.role in KINDS and fact.text.casefold() in KIND_ADJECTIVES:
        texts.append(KIND_ADJECTIVES[fact.text.casefold()])
    return [form for form in map(tokens_of, texts) if form]


def _exactly(token: Token, other: Token) -> bool:
    """Equal; a capital of the fact may not be lost, but one may be added where a sentence begins."""
    return token.text == other.text or (token.folded == other.folded and not other.text[0].isupper())


def _same(token: Token, other: Token, name: bool, size: int) -> bool:
    """Equal but for case, or an inflection: "dreams"/"dream", "dystopian"/"dystopia". A name keeps its letters and
    its capitals: the film "It" is not the word "it"."""
    if token.folded == other.folded:
        lost = other.text[0].isupper() and not token.text[0].isupper()
        return not (name and lost) or (size > 1 and other.folded in _ARTICLES)
    short, long = sorted((token.folded, other.folded), key=len)
    if name or len(short) < 4 or not short.isalpha():
        return False
    stem = short[:-1] if short[-1] in "ey" else short
    return long.startswith(stem) and long[len(stem) :] in _ENDINGS


def say(phrases: str) -> Rule:
    """One of the phrases, which are given between bars: "we|i would"."""
    return _literal([tuple(phrase.split()) for phrase in phrases.split("|")])


def exactly(text: str) -> Rule:
    """These words and marks, whatever they are."""
    return _literal([tuple(token.folded for token in tokens_of(text))])


def _literal(options: list[tuple[str, ...]]) -> Rule:
    def rule(parsed: ParsedText, place: int) -> frozenset[int]:
        ends = set()
        for option in options:
            window = tuple(token.folded for token in parsed.tokens[place : place + len(option)])
            common = next((n for n, (a, b) in enumerate(zip(window, option, strict=False)) if a != b), len(window))
            parsed.furthest = max(parsed.furthest, place + common)
            if window == option:
                ends.add(place + len(option))
        return frozenset(ends)

    return rule


def fact(wanted: Callable[[Fact], bool]) -> Rule:
    """The name of any fact that is `wanted`."""
    return lambda parsed, place: frozenset(end for end, named in parsed.facts_at(place) if wanted(named))


def seq(*rules: Rule) -> Rule:
    """One after the other."""

    def rule(parsed: ParsedText, place: int) -> frozenset[int]:
        places = frozenset({place})
        for rule in rules:
            places = frozenset().union(*(parsed.after(rule, position) for position in places))
            if not places:
                break
        return places

    return rule


def alt(*rules: Rule) -> Rule:
    """Any one of them."""
    return lambda parsed, place: frozenset().union(*(parsed.after(rule, place) for rule in rules))


def both(one: Rule, other: Rule) -> Rule:
    """What either rule takes for itself."""
    return lambda parsed, place: parsed.after(one, place) & parsed.after(other, place)


def opt(optional: Rule) -> Rule:
    """It or nothing."""
    return lambda parsed, place: parsed.after(optional, place) | {place}


def many(repeated: Rule) -> Rule:
    """It any number of times, also never."""

    def rule(parsed: ParsedText, place: int) -> frozenset[int]:
        reached, new = {place}, {place}
        while new:
            new = set().union(*(parsed.after(repeated, position) for position in new)) - reached
            reached |= new
        return frozenset(reached)

    return rule


COMMA = opt(say(","))
LINK = alt(say(","), say("and"), seq(say(","), say("and")), seq(COMMA, say("as well as")))


def listing(entry: Rule) -> Rule:
    """ "a", "a and b", "a, b and c"."""
    return seq(entry, many(seq(LINK, entry)))
