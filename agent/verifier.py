"""Checks a sentence against the facts it may state. Deterministic and strict; knows nothing about models.

Every word must be covered by a fact or by the closed lexicon; then the relations are checked: who directed, who
stars, what the person did and felt, and which item a statement is about. A false alarm costs a plain sentence; a
miss would be a lie, so doubt is a violation.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from ..retrieval.evidence import Polarity
from . import lexicon
from .phrases import CASTS, DEMONYMS, KIND_ADJECTIVES, KINDS, MAKERS, PLACES

ITEM, HISTORY, REQUEST, NOUN = "item", "history", "request", "noun"
TITLES = frozenset({ITEM, HISTORY})
MAX_TEXT_CHARACTERS = 2_000
MAX_FACT_CHARACTERS = 300
POPULAR, MOST_POPULAR = 0.7, 0.9

_WORD = re.compile(r"[^\W_]+")
_PLAIN = re.compile(r"[\w\s.,;:!?'\u2019\"\u201c\u201d()\-\u2013\u2014\u2026&]*")
_QUOTES = " \"'(\u2018\u201c"
_MARKER = re.compile(r"https?:|www\.|\b(?:system|user|assistant)\s*:|\.(?:com|org|net)\b", re.IGNORECASE)
_ENDINGS = frozenset({"", "s", "es", "n", "an", "ian", "al", "ic", "y", "ed", "d", "ing", "er", "ers"})


@dataclass(frozen=True, slots=True)
class Fact:
    """Something a text may say. `role` is ITEM, HISTORY, REQUEST, NOUN or the name of one of the item's
    own fields. `polarity` is set for history and for `shared` facets (those that the person is drawn to or avoids)."""

    text: str
    role: str
    polarity: Polarity | None = None


@dataclass(frozen=True)
class Facts:
    """All that may be said. `popularity` is the share of items that are less popular, `strong` whether the links
    to the history are strong enough for words like "closely"."""

    known: tuple[Fact, ...]
    popularity: float = 0.0
    strong: bool = False
    starts: dict[str, list[tuple[tuple[str, ...], Fact]]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        starts: dict[str, list[tuple[tuple[str, ...], Fact]]] = {}
        for fact in self.known:
            for words in _forms(fact):
                starts.setdefault(words[0][:3], []).append((words, fact))
        for options in starts.values():
            options.sort(key=lambda option: -len(option[0]))
        object.__setattr__(self, "starts", starts)


@dataclass(frozen=True, slots=True)
class Violation:
    """One thing in the text that the facts do not support: the words, and why."""

    words: str
    reason: str


@dataclass(frozen=True, slots=True)
class _Token:
    """A word of the text, or a fact span (`facts` not empty) that covers several."""

    text: str
    start: int
    end: int
    facts: tuple[Fact, ...] = ()
    opens: bool = False

    @property
    def word(self) -> str:
        return self.text.casefold()

    @property
    def roles(self) -> frozenset[str]:
        return frozenset(fact.role for fact in self.facts)

    @property
    def title(self) -> bool:
        return bool(self.roles & TITLES)


_Tokens: TypeAlias = Sequence[_Token]


def verify(text: str, facts: Facts) -> tuple[Violation, ...]:
    """What in `text` is not supported; empty when all of it is."""
    if not text.strip():
        return (Violation("", "nothing was said"),)
    if len(text) > MAX_TEXT_CHARACTERS:
        return (Violation(text[:40], f"longer than {MAX_TEXT_CHARACTERS:,} characters"),)
    text = unicodedata.normalize("NFC", text)
    tokens = _tokens(text, facts)
    checks = (_words, _denials, _voice, _roles, _requests, _history, _offers, _subjects, _tastes)
    found = [violation for check in checks for violation in check(tokens)]
    return (*_markup(text, tokens, facts), *_strength(tokens, facts), *found)


def _fold(text: str) -> list[str]:
    return [word.casefold() for word in _WORD.findall(unicodedata.normalize("NFC", text))]


def _forms(fact: Fact) -> list[tuple[str, ...]]:
    texts = [fact.text[:MAX_FACT_CHARACTERS]]
    if fact.role in PLACES and fact.text.casefold() in DEMONYMS:
        texts.append(DEMONYMS[fact.text.casefold()])
    if fact.role in KINDS and fact.text.casefold() in KIND_ADJECTIVES:
        texts.append(KIND_ADJECTIVES[fact.text.casefold()])
    return [tuple(words) for words in map(_fold, texts) if words]


def _same(word: str, fact_word: str, exact: bool) -> bool:
    """Equal, or (for anything but a name) an inflection: "dreams"/"dream", "dystopian"/"dystopia"."""
    if word == fact_word:
        return True
    short, long = sorted((word, fact_word), key=len)
    if exact or len(short) < 4:
        return False
    stem = short[:-1] if short[-1] in "ey" else short
    return long.startswith(stem) and long[len(stem) :] in _ENDINGS | {"ies", "ied", "ational", "ation", "ated"}


def _tokens(text: str, facts: Facts) -> list[_Token]:
    words = list(_WORD.finditer(text))
    folded = [match.group().casefold() for match in words]
    tokens: list[_Token] = []
    place = 0
    while place < len(words):
        length, found = _longest(text, words, folded, place, facts)
        first, last = words[place], words[place + max(length, 1) - 1]
        before = text[: first.start()].rstrip(_QUOTES)
        opens = not before or before[-1] in ".!?"
        tokens.append(_Token(text[first.start() : last.end()], first.start(), last.end(), found, opens))
        place += max(length, 1)
    return tokens


def _longest(
    text: str, words: list[re.Match[str]], folded: list[str], place: int, facts: Facts
) -> tuple[int, tuple[Fact, ...]]:
    """Length in words and the facts of the longest span that begins at `place`; (0, ()) when there is none."""
    length, found = 0, []
    for option, fact in facts.starts.get(folded[place][:3], ()):
        size = len(option)
        if size < length:
            break
        window = folded[place : place + size]
        name = fact.role in TITLES or fact.role in MAKERS or fact.role in CASTS
        if len(window) < size or not all(_same(a, b, name) for a, b in zip(window, option, strict=True)):
            continue
        span = text[words[place].start() : words[place + size - 1].end()]
        if name and set(window) <= lexicon.LEXICON and span not in fact.text:
            continue  # the film "It" is not the word "it"
        length = size
        found.append(fact)
    return length, tuple(found)


def _markup(text: str, tokens: _Tokens, facts: Facts) -> Iterable[Violation]:
    rest = text
    for name in sorted({fact.text for fact in facts.known if not _PLAIN.fullmatch(fact.text)}, key=len, reverse=True):
        rest = rest.replace(name, "x" * len(name))  # the title "[REC]" may keep its brackets
    for token in tokens:
        if token.facts:
            rest = rest[: token.start] + "x" * (token.end - token.start) + rest[token.end :]
    marker = _MARKER.search(rest)
    if marker:
        yield Violation(marker.group(), "addresses and role markers are not allowed")
    if not _PLAIN.fullmatch(rest) or "\n" in rest.strip() or "_" in rest:
        odd = next((c for c in rest if not _PLAIN.fullmatch(c) or c in "_\n"), "")
        yield Violation(odd, "markup, symbols and hidden characters are not allowed")


def _words(tokens: _Tokens) -> Iterable[Violation]:
    allowed = lexicon.LEXICON | lexicon.DENYING | {"popular", "most", "strongly", "closely", "strong"}
    for token in tokens:
        if token.facts:
            continue
        if token.word not in allowed:
            yield Violation(token.text, "not a fact and not a neutral word")
        elif token.text[0].isupper() and not token.opens and token.text != "I":
            yield Violation(token.text, "looks like a name that is not among the facts")


def _denials(tokens: _Tokens) -> Iterable[Violation]:
    disliked = any(fact.polarity == "disliked" for token in tokens for fact in token.facts)
    for token in tokens:
        if not token.title and token.word in lexicon.DENYING and not disliked:
            yield Violation(token.text, "nothing among the facts is denied or disliked")


def _voice(tokens: _Tokens) -> Iterable[Violation]:
    """ "I" is the recommender, who has no tastes."""
    for place, token in enumerate(tokens):
        following = tokens[place + 1].word if place + 1 < len(tokens) else ""
        if not token.facts and token.word == "i" and following not in lexicon.SPEAKING:
            yield Violation(token.text, "the recommender speaks of itself")


def _strength(tokens: _Tokens, facts: Facts) -> Iterable[Violation]:
    plain = ["" if token.title else token.word for token in tokens]
    for place, word in enumerate(plain):
        following = plain[place + 1] if place + 1 < len(plain) else ""
        if word == "most" and (following != "popular" or facts.popularity < MOST_POPULAR):
            yield Violation(word, "a superlative that the facts do not support")
        if word == "popular" and facts.popularity < POPULAR:
            yield Violation(word, "not that popular")
        if word in {"strongly", "closely", "strong"} and not facts.strong:
            yield Violation(word, "the link is not that strong")


_CUES: dict[str, frozenset[str]] = {
    "directed": frozenset({"director", "directors"}), "director": frozenset({"director", "directors"}),
    "written": frozenset({"author", "authors", "writer", "writers"}), "composed": frozenset({"composer"}),
    "developed": frozenset({"developer", "developers"}), "published": frozenset({"publisher"}),
    "designed": frozenset({"designer"}), "created": frozenset({"creator"}),
    "produced": frozenset({"producer", "studio"}), "made": frozenset(MAKERS), "by": frozenset(MAKERS),
    "starring": CASTS, "stars": CASTS, "starred": CASTS, "cast": CASTS, "star": CASTS,
    "year": frozenset({"year"}), "genre": KINDS, "country": PLACES,
}  # fmt: skip
_AFTER: dict[str, frozenset[str]] = {
    "directed": _CUES["director"], "directs": _CUES["director"], "wrote": _CUES["written"], "stars": CASTS,
    "starred": CASTS, "starring": CASTS,
}  # fmt: skip
_PERSONAL = frozenset(MAKERS) | CASTS
_THEMATIC = frozenset({"about", "themes", "theme", "explores", "explore", "exploring"})
_ASKING = frozenset({"for", "asked", "request", "want", "wanted", "mentioned", "about"})
_SKIPPED = frozenset({"a", "an", "the", "and", "or", "of", "as", "is", "are", "was", "s"})


def _roles(tokens: _Tokens) -> Iterable[Violation]:
    """Names must stand in the role that the facts give them."""
    for place, token in enumerate(tokens):
        if token.title or token.roles <= {REQUEST, NOUN}:
            continue
        wanted = _wanted(tokens, place)
        if wanted is not None and not token.roles & wanted:
            yield Violation(token.text, f"is {_spoken(token.roles)}, which is not what the sentence says")
        following = tokens[place + 1] if place + 1 < len(tokens) else None
        after = None if following is None or following.facts else _AFTER.get(following.word)
        passive = place + 2 < len(tokens) and tokens[place + 2].word == "by"
        if after and token.roles & _PERSONAL and not passive and not token.roles & after:
            yield Violation(token.text, f"is {_spoken(token.roles)}, which is not what the sentence says")


def _requests(tokens: _Tokens) -> Iterable[Violation]:
    """A word that only the request contains is not a property of the item."""
    for place, token in enumerate(tokens):
        if token.roles != {REQUEST}:
            continue
        before = [each for each in tokens[:place] if each.word not in _SKIPPED and each.roles != {REQUEST}]
        if not before or before[-1].word not in _ASKING:
            yield Violation(token.text, "was asked for, and is said of the item")


def _wanted(tokens: _Tokens, place: int) -> frozenset[str] | None:
    """Roles that the words just before `place` ask for; None when they ask for none."""
    before = place - 1
    while before >= 0 and ((tokens[before].facts and not tokens[before].title) or tokens[before].word in _SKIPPED):
        before -= 1
    if before < 0 or tokens[before].facts:
        return None
    word = tokens[before].word
    if word == "by" and before and not tokens[before - 1].facts and tokens[before - 1].word in _CUES:
        word = tokens[before - 1].word
    if word in {"with", "featuring", "features", "feature"} and tokens[place].roles & _PERSONAL:
        return CASTS
    if word in _THEMATIC:
        return frozenset(tokens[place].roles - _PERSONAL)
    if word in {"stars", "starring", "starred", "star"} and not tokens[place].roles & _PERSONAL:
        return CASTS if tokens[before + 1] is tokens[place] else None
    if word in _CUES and not tokens[place].roles & _PERSONAL and before + 1 != place:
        return None  # "directed by X, with themes of Y": the cue belongs to X
    return _CUES.get(word)


def _spoken(roles: frozenset[str]) -> str:
    return " or ".join(sorted(roles))


def _governor(tokens: _Tokens, place: int, among: frozenset[str]) -> str:
    """The nearest word of `among` before the title at `place`, else after it, without crossing another title.
    "dislike" stands for a verb of liking that is denied."""
    for step in (-1, 1):
        at = place + step
        while 0 <= at < len(tokens) and not tokens[at].title:
            if tokens[at].word in among:  # also where a theme is called "love"
                denied = any(each.word in lexicon.DENYING for each in tokens[max(0, at - 2) : at])
                return "dislike" if denied and tokens[at].word in lexicon.LIKING else tokens[at].word
            at += step
    return ""


def _history(tokens: _Tokens) -> Iterable[Violation]:
    """What the person did with an item, and how they felt about it, must be so; history is never offered again."""
    known = lexicon.LIKING | lexicon.USING | lexicon.DISLIKING | lexicon.OFFERING
    for place, token in enumerate(tokens):
        if HISTORY not in token.roles or ITEM in token.roles:
            continue
        verb = _governor(tokens, place, known)
        polarities = {fact.polarity for fact in token.facts}
        if verb in lexicon.OFFERING:
            yield Violation(token.text, "belongs to the history and is offered as new")
        elif verb in lexicon.LIKING and "liked" not in polarities:
            yield Violation(token.text, f"was not liked, but the sentence says '{verb}'")
        elif verb in lexicon.DISLIKING and "disliked" not in polarities:
            yield Violation(token.text, f"was not disliked, but the sentence says '{verb}'")


def _offers(tokens: _Tokens) -> Iterable[Violation]:
    """A recommended item has not been consumed yet."""
    verbs = lexicon.PAST | lexicon.OFFERING | {"enjoy", "like", "watch", "is", "are", "goes", "suits"}
    for place, token in enumerate(tokens):
        if ITEM not in token.roles or HISTORY in token.roles:
            continue
        verb = _governor(tokens, place, verbs)
        if verb in lexicon.PAST:
            yield Violation(token.text, f"is recommended, but the sentence says '{verb}'")


def _subjects(tokens: _Tokens) -> Iterable[Violation]:
    """A field of the recommended item must not be said of another title."""
    other = False
    for place, token in enumerate(tokens):
        if token.opens and not token.title:
            other = False
        if token.title:
            other = ITEM not in token.roles
        elif not token.facts and token.word in lexicon.BACKWARD:
            other = False
        elif other and token.facts and not token.roles & {REQUEST} and not _resumed(tokens, place):
            yield Violation(token.text, "is said of an item whose fields are not among the facts")


def _resumed(tokens: _Tokens, place: int) -> bool:
    """ "... which you liked, this horror film": the words between go back to the recommended item."""
    return any(token.word == "you" for token in tokens[max(0, place - 6) : place]) and NOUN in tokens[place].roles


def _tastes(tokens: _Tokens) -> Iterable[Violation]:
    """ "You like horror" needs horror among the person's interests, with the same sign."""
    for place, token in enumerate(tokens):
        if not token.facts or token.title or token.roles <= {REQUEST, NOUN}:
            continue
        words = [each for each in tokens[max(0, place - 4) : place] if each.word not in _SKIPPED]
        while words and words[-1].facts and not words[-1].title:
            words.pop()
        verb = next((each.word for each in reversed(words[-2:]) if not each.facts and each.word != "to"), "")
        polarities = {fact.polarity for fact in token.facts}
        if verb in lexicon.LIKING and "liked" not in polarities:
            yield Violation(token.text, "is not among the person's interests")
        if verb in lexicon.DISLIKING and "disliked" not in polarities:
            yield Violation(token.text, "is not among what the person avoids")
