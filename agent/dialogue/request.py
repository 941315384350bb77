"""From a message to a typed request. Rules only, for now: the words that say what is wanted steer retrieval. What is
refused ("no horror", "not by X") leaves the text, because an embedding cannot say "not"; a refused facet value also
becomes a filter, and a title that is refused, known or named as an example is not an answer.

Knows what facets and titles there are; the grammar of refusing is in `agent.dialogue.negation`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from ...retrieval.attribute_roles import AttributeRole
from ...retrieval.text.vocabulary import STOPWORDS, words_of
from ..turn import Request
from .negation import (
    ADVERBS,
    ALWAYS_END,
    ENDINGS,
    FILLERS,
    MEDIA,
    SOFTENERS,
    Cue,
    Word,
    find_cues,
    split_words,
    subject_of,
)  # fmt: skip
from .quantities import as_dates, read_years

MAX_CHARACTERS = 2000
LONGEST_NAME = 12
"""Words of a title or a facet value that are looked up."""

_QUOTES = "'\"\u201c\u2018\u00ab"
_FIRST_WORD = re.compile(r"[\W_]*([^\W_]+)")
_LOOSE_ENDS = re.compile(r"^(?:[\s,.;:!?/-]|(?:and|or|but|so|then)\b)+|(?:[\s,;:/-]|\b(?:and|or|but))+$", re.IGNORECASE)


def title_key(title: str) -> str:
    """A title as `read_request` looks it up: case-folded, without punctuation."""
    return " ".join(re.findall(r"\w+", title.casefold()))


def read_request(
    message: str,
    facets: Iterable[tuple[str, str]],
    titles: Mapping[str, Iterable[str]] | None = None,
    year: AttributeRole | None = None,
) -> Request:
    """Understand one message. `facets` are the (facet, value) pairs that the catalogue knows, `titles` the ids of
    the items by `title_key`, `year` the attribute that holds a year or a date, if any: "the 1950s" is then a filter.
    An item that is named as an example ("like Alien") is excluded: it is not an answer.

    A message without a content word ("recommend me something") asks for nothing in particular: its text is empty.
    Only the first 2000 characters are read.
    """
    text = "\n".join(" ".join(line.split()) for line in _straight(message[:MAX_CHARACTERS]).splitlines()).strip()
    words = split_words(text)
    cues = find_cues(text, words)
    values = _mentioned(words[max(0, cues[0].start - 2 * LONGEST_NAME) :], facets) if cues else {}
    reading = _Reading(text, words, cues, values, titles or {})
    reading.read()
    filters: dict[str, object] = {facet: {"$nin": named} for facet, named in reading.refused.items()}
    wanted = reading.wanted()
    if year:
        wanted, years = read_years(wanted)
        filters |= {year.name: as_dates(years) if year.as_date else years} if years else {}
    return Request(wanted if words_of(wanted) else "", filters, frozenset(reading.excluded), tuple(reading.examples))


class _Reading:
    """One message while it is read: positions are indices of `words`, ranges are half open."""

    def __init__(
        self,
        text: str,
        words: list[Word],
        cues: list[Cue],
        values: Mapping[str, list[tuple[str, str]]],
        titles: Mapping[str, Iterable[str]],
    ) -> None:
        self._text, self._words, self._values, self._titles = text, words, values, titles
        self._value_ends: dict[int, list[int]] = {}
        self._title_ends: dict[int, list[int]] = {}
        self._cues = [cue for cue in cues if not self._inside_title(cue)]
        self._cue_starts = {cue.start for cue in self._cues if cue.kind != "example"}
        self._dropped: list[tuple[int, int]] = []
        self.refused: dict[str, list[str]] = {}
        self.excluded: set[str] = set()
        self.examples: list[str] = []

    def read(self) -> None:
        """Follow every cue."""
        for cue in self._cues:
            if cue.kind == "refuse before" or self._answers_no(cue):
                self._refuse_before(cue)
            elif cue.kind in ("refuse", "soften"):
                self._drop(subject_of(self._words, cue.start), self._refuse_after(cue))
            elif cue.kind in ("known", "example"):
                self._name(cue)

    def wanted(self) -> str:
        """The text without what was dropped; "" when no content word is left."""
        kept, at = "", 0
        for start, end in sorted(self._dropped):
            kept += self._text[at : max(at, start)] + " "
            at = max(at, end)
        kept = " ".join((kept + self._text[at:]).split())
        if self._dropped:
            kept = re.sub(r"(?:\s*[,;])+(?=\s*[.,;!?])|\s+(?=[.,;!?](?:\s|$))", "", kept)
            kept = _LOOSE_ENDS.sub("", kept)
        content = [word for word in words_of(kept) if word not in ADVERBS]
        return kept.strip(' ,.;:-"\u201c\u201d') if content else ""

    # What a cue is about

    def _refuse_after(self, cue: Cue) -> int:
        """Refuse the list that follows a cue; returns where the cue's scope ends."""
        at: int | None = cue.end
        end = cue.end
        hard = cue.kind == "refuse"
        while at is not None:
            head, end = self._item(at, first=at == cue.end)
            hard = hard and not any(word.plain in SOFTENERS for word in self._words[at:head])
            self._refuse_item(head, end, hard)
            at = self._continued(end) if end > head else None
        joined = end < len(self._words) and self._words[end].plain in ("and", "but") and not self._words[end].before
        return end + joined

    def _refuse_item(self, head: int, end: int, hard: bool) -> None:
        title = self._title_at(head, end)
        value = self._value_at(head, end)
        if title > head and title >= value:
            self.excluded.update(self._titles[self._title(head, title)])
        if hard and value > head and self._stands_alone(value, end):
            self._refuse_value(head, value)

    def _refuse_value(self, start: int, end: int) -> None:
        for facet, value in self._values[self._stems(start, end)]:
            named = self.refused.setdefault(facet, [])
            if value not in named:
                named.append(value)

    def _stands_alone(self, at: int, end: int) -> bool:
        """Whether a value that ends at `at` is the whole thing named: "black comedy" refuses neither part of it."""
        while at < end and self._words[at].stem in MEDIA:
            at += 1
        return at >= end or self._words[at].plain in FILLERS

    def _refuse_before(self, cue: Cue) -> None:
        """Refuse the list of values that stands before a cue: "horror or war? no thanks"."""
        start, end = cue.start, self._back_over_fillers(cue.start)
        while (value := self._value_start(end)) < end:
            self._refuse_value(value, end)
            start, joined = value, self._words[value - 1].plain in ("or", "and", "nor") and value > 0
            if not joined and self._words[value].before not in (",", "/"):
                break
            end = value - joined
        if start == cue.start:
            start = self._clause_start(end)
        self._drop(subject_of(self._words, start), cue.end)

    def _back_over_fillers(self, end: int) -> int:
        at = end
        while at > 0 and self._is_filler(at - 1) and (at == end or not self._words[at].before):
            at -= 1
        return at

    def _value_start(self, end: int) -> int:
        """Where the longest facet value that ends at `end` begins; `end` when there is none."""
        starts = range(max(0, end - LONGEST_NAME), end)
        return next((at for at in starts if self._stems(at, end) in self._values), end)

    def _name(self, cue: Cue) -> None:
        """Exclude the titles that follow; those that are merely known leave the text too."""
        at, end = cue.end, cue.end
        while at < len(self._words) and self._words[at].before in ("", ",", ":"):
            stop = self._title_at(at, len(self._words))
            if stop > at:
                self._take(at, stop, cue)
                at = end = stop
            elif self._words[at].plain in ("and", "or", "both", "the", "all") or self._words[at].stem in MEDIA:
                at += 1
            else:
                break
        if cue.kind == "known" and end > cue.end:
            while end < len(self._words) and self._words[end].plain in ADVERBS and not self._words[end].before:
                end += 1
            self._drop(subject_of(self._words, cue.start), end)

    def _take(self, start: int, end: int, cue: Cue) -> None:
        named = self._titles[self._title(start, end)]
        self.excluded.update(named)
        if cue.kind == "example":  # the item itself says better than its title what is wanted
            self.examples += named
            self._drop(cue.start, end)

    # Where things begin and end

    def _item(self, at: int, first: bool) -> tuple[int, int]:
        """The thing named from `at` on: where it begins behind the fillers, and where it ends."""
        head = at
        while head < len(self._words) and not self._ends(head, at, first) and not self._named_at(head):
            if not self._is_filler(head):
                break
            head += 1
        end = max(self._named_at(head), head)
        while end < len(self._words) and not self._ends(end, head if end > head else at, first):
            if self._words[end].plain in ("or", "nor", "and") or (end > head and self._words[end].before):
                break
            if end > head and (self._words[end].plain in ENDINGS or self._words[end].plain == "for"):
                break
            end += 1
        return head, end

    def _ends(self, at: int, begin: int, first: bool) -> bool:
        """Whether the clause, and with it the scope of a cue, ends before the word at `at`."""
        word = self._words[at]
        if at == begin and first and word.before == ":":
            return False
        broken = word.before not in ("", ",", "/") or (word.before == "," and first and at == begin)
        return broken or word.plain in ALWAYS_END or at in self._cue_starts

    def _continued(self, at: int) -> int | None:
        """Where the next thing of a refused list begins; None when the list ends before `at`.

        "or" always continues it; a comma or "and" only when a known name follows that is not asked for.
        """
        if at >= len(self._words) or self._words[at].before not in ("", ",", "/"):
            return None
        word = self._words[at]
        if word.plain in ("or", "nor"):
            return at + 1
        if word.plain != "and" and word.before not in (",", "/"):
            return None
        head = at + 1 if word.plain == "and" else at
        head += head < len(self._words) and self._words[head].plain == "any"
        if head >= len(self._words) or head in self._cue_starts or not self._named_at(head):
            return None
        _, end = self._item(head, first=False)
        asked = end < len(self._words) and self._words[end].plain in ("please", "instead") and word.plain != "and"
        return None if asked else head

    def _clause_start(self, at: int) -> int:
        at -= at > 0
        while at > 0 and not self._words[at].before and self._words[at].plain not in ("and", "or", "but"):
            at -= 1
        return at

    def _answers_no(self, cue: Cue) -> bool:
        """The "no" of "horror? No." """
        if self._words[cue.start].plain not in ("no", "never") or cue.end != cue.start + 1:
            return False
        closed = cue.end >= len(self._words) or bool(self._words[cue.end].before)
        return closed and self._words[cue.start].before in ("?", ":", "-", "\u2013", "\u2014")

    def _is_filler(self, at: int) -> bool:
        return self._words[at].plain in FILLERS or self._words[at].stem in MEDIA

    # Names

    def _named_at(self, at: int) -> int:
        """Where the longest facet value or title that begins at `at` ends; 0 when there is none."""
        end = len(self._words)
        longest = max(self._value_at(at, end), self._title_at(at, end))
        return longest if longest > at else 0

    def _value_at(self, at: int, end: int) -> int:
        return max((stop for stop in self._ends_of_values(at) if stop <= end), default=at)

    def _title_at(self, at: int, end: int) -> int:
        return max((stop for stop in self._ends_of_titles(at) if stop <= end), default=at)

    def _ends_of_values(self, at: int) -> list[int]:
        if at not in self._value_ends:
            stops = range(at + 1, min(len(self._words), at + LONGEST_NAME) + 1)
            self._value_ends[at] = [stop for stop in stops if self._stems(at, stop) in self._values]
        return self._value_ends[at]

    def _ends_of_titles(self, at: int) -> list[int]:
        if at not in self._title_ends:
            stops = range(at + 1, min(len(self._words), at + LONGEST_NAME) + 1)
            known = [stop for stop in stops if self._title(at, stop) in self._titles]
            self._title_ends[at] = [stop for stop in known if self._is_name(at, stop)]
        return self._title_ends[at]

    def _is_name(self, at: int, end: int) -> bool:
        """Titles made of everyday words ("It", "Get Out") count when capitalised or quoted."""
        start = self._words[at].start
        first, quoted = self._text[start], start > 0 and self._text[start - 1] in _QUOTES
        if self._words[at].plain == "i" and end == at + 1:
            return quoted
        return quoted or first.isupper() or any(word.plain not in STOPWORDS for word in self._words[at:end])

    def _inside_title(self, cue: Cue) -> bool:
        """Whether a cue is part of a title of several words: the "no" of "No Country for Old Men"."""
        starts = range(max(0, cue.start - LONGEST_NAME), cue.start + 1)
        return any((stop := self._title_at(at, len(self._words))) >= cue.end and stop > at + 1 for at in starts)

    def _stems(self, start: int, end: int) -> str:
        return " ".join(word.stem for word in self._words[start:end])

    def _title(self, start: int, end: int) -> str:
        return " ".join(word.key for word in self._words[start:end] if word.key)

    def _drop(self, start: int, end: int) -> None:
        if end > start:
            self._dropped.append((self._words[start].start, self._words[end - 1].end))


def _mentioned(words: list[Word], facets: Iterable[tuple[str, str]]) -> dict[str, list[tuple[str, str]]]:
    """The (facet, value) pairs whose first word the message has, by the stems of the value. A value of stop words
    only ("new", "it") says nothing. A catalogue has many values, so most are put aside by their first letters."""
    firsts = {form for word in words for form in _forms(word)}
    heads = {form[:3] for form in firsts}
    found: dict[str, list[tuple[str, str]]] = {}
    for facet, value in facets:
        head = value[:3]
        if head.casefold() not in heads and head.isalnum():
            continue
        first = _FIRST_WORD.match(value)
        if not first or first[1].casefold() not in firsts:
            continue
        named = split_words(_straight(value))
        if any(word.plain not in STOPWORDS for word in named):
            found.setdefault(" ".join(word.stem for word in named), []).append((facet, value))
    return found


def _forms(word: Word) -> tuple[str, ...]:
    """The spellings that share the word's stem, without marks."""
    base = word.stem.rstrip("+#")
    return base, f"{base}s", f"{base[:-1]}ies"


def _straight(text: str) -> str:
    return text.replace("\u2019", "'")
