"""The plain reason of an item: a line of what it is, then what ties it to the person; and the reasons of a whole shelf.

Nothing is made up: the line is the description's own or made of attributes, the tie is in the evidence. The phrasing
follows from the item alone, so that it never flickers; on a shelf, also from what the items before it say. Knows no
models.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from zlib import crc32

from ...retrieval.catalogue import Item
from ...retrieval.evidence import Candidate
from .extract import line_of
from .facts import facts_of
from .fluency import slips
from .grammar import HISTORY, ITEM, NOUN, REQUEST, SOURCE
from .lines import attribute_lines
from .links import Tie, ties_of
from .verifier import MOST_POPULAR, POPULAR

SOMETHING = "Something to try."
MOST_LIKED = (
    "One of the most popular in the catalogue.", "Few in the catalogue are more popular.",
    "It is among the most popular here.",
)  # fmt: skip
WELL_LIKED = ("A popular place to start.", "A popular choice.")
_OPENING, _TIES, _ENOUGH = 2, 6, 48
"""Words that make two reasons open alike; ties that are tried, and variants that are looked at on a shelf."""
_NO_NAMES = frozenset({NOUN, REQUEST, SOURCE})


@dataclass(frozen=True, slots=True)
class Variant:
    """One way to give the reason: the text, and the tie and its phrasing where there is one."""

    text: str
    tie: Tie | None = None
    phrasing: str = ""

    @property
    def opening(self) -> str:
        """What two reasons of a shelf should not share."""
        return " ".join(self.text.casefold().split()[:_OPENING])


def plain_explanation(candidate: Candidate, request_words: Sequence[str] = ()) -> str:
    """What the item is in one line, and the strongest reason that it suits this person."""
    return next(_variants(candidate, request_words)).text


def plain_explanations(candidates: Sequence[Candidate], request_words: Sequence[str] = ()) -> list[str]:
    """The reasons of one shelf, in its order: no two open alike, cite the same title or are phrased alike where the
    evidence leaves a choice."""
    chosen: list[Variant] = []
    for candidate in candidates:
        chosen.append(_least_alike(islice(_variants(candidate, request_words), _ENOUGH), chosen))
    return [variant.text for variant in chosen]


def _least_alike(options: Iterator[Variant], before: Sequence[Variant]) -> Variant:
    """The first that repeats nothing, else the first of those that repeat least."""
    best, least = next(options), math.inf
    for variant in chain([best], options):
        if (alike := _likeness(variant, before)) < least:
            best, least = variant, alike
        if not least:
            break
    return best


def _likeness(variant: Variant, before: Sequence[Variant]) -> float:
    """How much a variant repeats those before it. Opening alike is worst; naming a title again is next."""
    alike = 2.0 * sum(variant.opening == each.opening for each in before)
    alike += 0.5 * sum(bool(variant.phrasing) and variant.phrasing == each.phrasing for each in before)
    titles = [title for each in before if each.tie for title in each.tie.titles]
    if variant.tie is None:
        return alike + (0.0 if variant.phrasing else 0.4) + 1.5 * bool(titles)
    alike += 1.5 * sum(each.tie is not None and each.tie.options == variant.tie.options for each in before)
    return alike + 2.5 * sum(titles.count(title) for title in variant.tie.titles)


def _variants(candidate: Candidate, request_words: Sequence[str]) -> Iterator[Variant]:
    """Ways to give the reason that read well, the best first; at least one."""
    lines, names = _lines(candidate.item), _names(candidate)
    found = False
    for variant in _composed(candidate, lines, request_words):
        if not slips(variant.text, names):
            found = True
            yield variant
    if not found:
        yield Variant(lines[0] if lines else SOMETHING)


def _composed(candidate: Candidate, lines: Sequence[str], request_words: Sequence[str]) -> Iterator[Variant]:
    ties = ties_of(candidate, request_words)[:_TIES]
    for tie in ties if lines else ():
        yield from (Variant(f"{lines[0]} {said}", tie, phrasing) for phrasing, said in _turned(tie, candidate.item))
    for tie in ties:
        for phrasing, said in _turned(tie, candidate.item):
            yield from (Variant(f"{said} {line}", tie, phrasing) for line in lines[:1])
            yield from (Variant(f"{line} {said}", tie, phrasing) for line in lines[1:])
            yield from [Variant(said, tie, phrasing)] if not lines else []
    popular = _popular(candidate)
    yield from (Variant(f"{line} {sentence}", None, sentence) for line in lines[:1] for sentence in popular)
    yield from (Variant(line) for line in lines)
    yield from (Variant(sentence, None, sentence) for sentence in (*popular, SOMETHING) if not lines)


def _lines(item: Item) -> list[str]:
    """The description's own line first, then those of the attributes."""
    own = line_of(item)
    return [*([own] if own else []), *attribute_lines(item)]


def _turned(tie: Tie, item: Item) -> Iterator[tuple[str, str]]:
    """(phrasing, sentence) of a tie, beginning with the one that is the item's turn."""
    turn = crc32(item.id.encode()) % len(tie.options)
    for number in (*range(turn, len(tie.options)), *range(turn)):
        yield f"{number}{tie.options[number].split()[0]}", tie.options[number]


def _popular(candidate: Candidate) -> list[str]:
    """What is true of how popular it is, beginning with the one that is the item's turn."""
    popularity = candidate.evidence.popularity
    said = MOST_LIKED if popularity >= MOST_POPULAR else WELL_LIKED if popularity >= POPULAR else ()
    turn = crc32(candidate.item.id.encode()) % max(1, len(said))
    return [*said[turn:], *said[:turn]]


def _names(candidate: Candidate) -> Iterable[str]:
    """Titles, people and places: words of their own, which may stand beside the same words of the language."""
    known = facts_of(candidate).known
    titles = [fact.text for fact in known if fact.role in {HISTORY, ITEM}]
    return [*titles, *(fact.text for fact in known if fact.role not in _NO_NAMES and fact.text[:1].isupper())]
