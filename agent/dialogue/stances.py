"""How a message stands to what it mentions: wished, refused, allowed after all, known, an example.

Reads the scope of the language's cues over the words and symbols of a marked text. Knows no catalogue.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

from ..knowledge.language import LanguagePack
from .marked_text import MARKS, MarkedText, Word

Stance: TypeAlias = Literal["wish", "out", "soft", "fine", "indifferent", "relax", "known", "example", "only"]
"""out: not wanted. soft: less of it. fine: allowed after all. indifferent: does not matter. relax: no longer asked for.
known: seen or owned. example: of what is wanted. only: this and nothing else."""

_BEFORE: dict[str, Stance] = {
    "refuse_before": "out", "fine_before": "fine", "indifferent_before": "indifferent", "relax_before": "relax",
}  # fmt: skip
_AFTER: dict[str, Stance] = {
    "refuse": "out", "soften": "soft", "indifferent": "indifferent", "relax": "relax", "known": "known",
    "example": "example", "only": "only", "unseen": "fine", "fine": "fine",
}  # fmt: skip
_GAP = 3
"""Words that say something and may still stand between a cue and what it is about."""


@dataclass(frozen=True, slots=True)
class Cue:
    """A phrase of the text and the words from `start` up to `end` that it consists of."""

    kind: str
    start: int
    end: int


@dataclass(slots=True)
class Stances:
    """What was found: `of` is the stance to the mention at a place among the words; mentions of one group are refused
    together ("no French comedies"); `used` are the places of words that a cue consists of."""

    words: list[Word]
    of: dict[int, Stance]
    groups: list[tuple[int, ...]]
    used: set[int]
    cues: list[Cue]


def read_stances(marked: MarkedText, pack: LanguagePack) -> Stances:
    """The stance to every mention; what no cue is about is wished."""
    return _Reading(marked, pack).read()


class _Reading:
    def __init__(self, marked: MarkedText, pack: LanguagePack) -> None:
        self._marked, self._pack = marked, pack
        self._words = marked.words()
        self._cues = self._find_cues()
        self._starts = {cue.start: cue for cue in self._cues}
        self._fillers = pack.fillers
        self._found: dict[int, Stance] = {}
        self._groups: list[tuple[int, ...]] = []
        self._cancelled: set[int] = set()
        self._reaching = False

    def read(self) -> Stances:
        for cue in self._cues:
            if cue.start not in self._cancelled:
                self._follow(cue)
        used = {at for cue in self._cues for at in range(cue.start, cue.end)}
        mentions = (at for at, word in enumerate(self._words) if self._marked.mention(word))
        of = {at: self._found.get(at, "wish") for at in mentions}
        return Stances(self._words, of, self._groups, used, self._cues)

    def _follow(self, cue: Cue) -> None:
        before, after = _BEFORE.get(cue.kind), _AFTER.get(cue.kind)
        if after == "out" and self._follows_reference(cue):
            return
        if before:
            self._take_before(cue, before)
        elif after:
            found = list(self._list_after(cue))
            for group, softened in found:
                self._take(group, "soft" if softened and after == "out" else after)
            if not found and after == "out" and self._closes(cue):
                self._take_before(cue, after, answering=True)
            elif not found and after in ("indifferent", "relax"):
                self._take_before(cue, after)

    def _follows_reference(self, cue: Cue) -> bool:
        """Whether it says how something else is to differ from what was shown: "like the third, except in Paris"."""
        if self._words[cue.start].plain not in self._pack.words("differing") or not cue.start:
            return False
        mention = self._marked.mention(self._words[cue.start - 1])
        return mention is not None and mention.kind == "reference"

    def _closes(self, cue: Cue) -> bool:
        """Whether a short cue ends its clause: "aliens, no"."""
        ends = cue.end == len(self._words) or bool(self._words[cue.end].before)
        return ends and cue.end == cue.start + 1 and cue.start > 0

    def _take(self, group: tuple[int, ...], stance: Stance) -> None:
        for at in group:
            self._found.setdefault(at, stance)
        if stance == "out" and len(group) > 1:
            self._groups.append(group)

    # After a cue

    def _list_after(self, cue: Cue) -> Iterator[tuple[tuple[int, ...], bool]]:
        """The groups of adjacent mentions that the cue is about, and whether only their degree is."""
        at, first = cue.end, True
        while True:
            found = self._next_mention(at, cue if first else None)
            if found is None:
                return
            start, softened = found
            end = self._adjacent_end(start)
            made = self._made_by(start, end)
            if made is not None:
                yield (*range(start, end), made), softened
                return
            yield tuple(range(start, end)), softened
            follows = self._continues(end, article=first and self._has_article(cue.end, start))
            if follows is None or not self._is_alike(start, follows):
                return
            at, first = follows, False

    def _next_mention(self, at: int, cue: Cue | None) -> tuple[int, bool] | None:
        """The first mention from a place on that is still in the scope, and whether a softener stands before it."""
        gap, softened = 0, False
        for place in range(at, len(self._words)):
            word = self._words[place]
            if self._ends(place, at, first=cue is not None):
                return None
            if self._marked.mention(word) and not self._names_next(place):
                return place, softened
            if place in self._starts and place > at - 1 and not self._passes(place, cue, gap):
                return None
            softened |= word.plain in self._pack.words("softeners")
            gap += word.plain not in self._fillers and place not in self._inside_cues
            if gap > _GAP or (gap and word.plain in self._pack.words("endings")):
                return None
        return None

    def _names_next(self, at: int) -> bool:
        """Whether an attribute only says what the value after it is: "the brand Sable"."""
        mention = self._marked.mention(self._words[at])
        if mention is None or mention.kind != "attribute" or at + 1 == len(self._words) or self._words[at + 1].before:
            return False
        after = self._marked.mention(self._words[at + 1])
        if after is None or after.kind != "value":
            return False
        names = {each.name for each in mention.what.attributes}
        return any(names & set(choice.attributes) for choice in after.what)

    def _passes(self, place: int, cue: Cue | None, gap: int) -> bool:
        """Whether the scope goes on through another cue: "not like Alien"; "nothing that isn't animated" is two
        refusals, and none."""
        other = self._starts[place]
        if other.kind in ("example", "known", "spare"):
            return True
        if cue and cue.kind == other.kind == "refuse" and not gap and not self._reaching:
            self._cancelled.add(place)
            if self._words[place].start - self._words[cue.end - 1].end > 1:  # words between: one undoes the other
                self._found.update(dict.fromkeys(self._reach(other), "wish"))
                return False
            return True
        return False

    def _reach(self, cue: Cue) -> list[int]:
        """What a second refusal is about; a third after it undoes nothing more."""
        self._reaching = True
        found = [at for group, _ in self._list_after(cue) for at in group]
        self._reaching = False
        return found

    def _ends(self, place: int, begin: int, *, first: bool) -> bool:
        """Whether the clause, and with it the scope, ends before a word."""
        word = self._words[place]
        if place == begin and first and word.before == ":":
            return False
        if word.before not in MARKS or (word.before == "," and (place > begin or first)):
            return True
        return word.plain in self._pack.words("always_end")

    def _adjacent_end(self, start: int) -> int:
        """Where the mentions that stand side by side from `start` on end."""
        end = start + 1
        while end < len(self._words) and not self._words[end].before and self._is_value(end) and self._is_value(start):
            end += 1
        return end

    def _made_by(self, start: int, end: int) -> int | None:
        """Where somebody stands from whom a value is refused: "no markers from Peak" refuses the two together."""
        by = self._pack.words("by") | self._pack.words("articles") | self._pack.words("media")
        at = end
        while at < len(self._words) and not self._words[at].before and self._words[at].plain in by:
            at += 1
        if at == end or at >= len(self._words) or self._words[at].before or not self._is_value(start):
            return None
        mention = self._marked.mention(self._words[at])
        made = mention is not None and mention.kind == "value" and mention.what[0].kind in ("person", "maker")
        return at if made else None

    def _is_value(self, at: int) -> bool:
        mention = self._marked.mention(self._words[at])
        return mention is not None and mention.kind == "value"

    def _continues(self, at: int, *, article: bool) -> int | None:
        """Where the next thing of a list begins; None when the list ends before a place."""
        while (
            at < len(self._words) and self._words[at].plain in self._pack.words("media") and not self._words[at].before
        ):
            at += 1
        if at >= len(self._words) or self._words[at].before not in ("", ",", "/"):
            return None
        word = self._words[at]
        if word.plain in self._pack.words("or"):
            return at + 1
        if word.plain in self._pack.words("and"):
            at += 1
        elif word.before not in (",", "/"):
            return None
        return at if self._may_follow(at, article) else None

    def _is_alike(self, start: int, follows: int) -> bool:
        """Whether what a list goes on with is a thing as before: a kind after a number is the wish itself."""
        first = self._marked.mention(self._words[start])
        more = next((each for word in self._words[follows:] if (each := self._marked.mention(word))), None)
        return first is None or more is None or first.kind != "range" or more.kind == "range"

    def _may_follow(self, at: int, article: bool) -> bool:
        """Whether a bare mention stands at a place, and is not what is wanted instead."""
        while at < len(self._words) and self._words[at].plain in self._pack.words("list_fillers"):
            at += 1
        if at < len(self._words) and article and self._words[at].plain in self._pack.words("articles"):
            at += 1
        if at >= len(self._words) or at in self._starts or not self._marked.mention(self._words[at]):
            return False
        if self._is_bound(at):
            return False
        end = at + 1
        return not (end < len(self._words) and self._words[end].plain in self._pack.words("asked"))

    def _is_bound(self, at: int) -> bool:
        """Whether a number stands there with words of a bound of its own: "no horror, before 2000"."""
        mention = self._marked.mention(self._words[at])
        return mention is not None and mention.kind == "range" and mention.what.side not in ("", "exactly", "about")

    def _has_article(self, begin: int, end: int) -> bool:
        return any(word.plain in self._pack.words("articles") for word in self._words[begin:end])

    # Before a cue

    def _take_before(self, cue: Cue, stance: Stance, *, answering: bool = False) -> None:
        """What stands before the cue; with `answering` only right before it: "aliens no", "horror? No"."""
        end = self._back(cue.start, strict=answering)
        while end > 0 and self._marked.mention(self._words[end - 1]):
            before = self._found.get(end - 1, "wish")
            if stance == "fine" and before == "out":
                self._found[end - 1] = self._fine_after_all(end - 1)
                return
            self._found[end - 1] = stance if before in ("wish", "example") else before
            end = self._joined_before(end - 1)

    def _fine_after_all(self, at: int) -> Stance:
        """ "Without trains is fine" takes back that there be some; "no horror, thrillers are fine" refuses horror."""
        return "relax" if any(cue.kind == "refuse" and cue.end == at for cue in self._cues) else "fine"

    def _back(self, at: int, *, strict: bool) -> int:
        """Back over fillers to the mention that a phrase is about."""
        place, gap = at, 0
        while place > 0 and not self._marked.mention(self._words[place - 1]):
            broken = (
                self._words[place].before not in ("", "?", ",", ":", "-", "\u2013", "\u2014")
                if place < len(self._words)
                else False
            )
            filler = self._words[place - 1].plain in self._fillers
            gap += not filler
            if broken or gap > (0 if strict else 2) or (strict and place < at):
                return 0
            place -= 1
        if place and place < len(self._words) and self._words[place].before in (".", ";", "!"):
            return 0
        return place

    def _joined_before(self, at: int) -> int:
        """Where the mention ends that stands before one in a list; 0 when none does."""
        if at == 0:
            return 0
        joins = self._pack.words("or") | self._pack.words("and")
        if self._words[at - 1].plain in joins:
            return at - 1
        return at if self._words[at].before in (",", "/") else 0

    # The cues

    def _find_cues(self) -> list[Cue]:
        starts = {word.start: at for at, word in enumerate(self._words)}
        ends = {word.end: at + 1 for at, word in enumerate(self._words)}
        cues: list[Cue] = []
        for match in self._pack.cues.finditer(self._marked.text):
            begin = match.start() + len(match[0]) - len(match[0].lstrip())
            end = match.start() + len(match[0].rstrip(" '"))
            if begin in starts and end in ends:
                cues.append(Cue(str(match.lastgroup), starts[begin], ends[end]))
        self._inside_cues = {at for cue in cues for at in range(cue.start, cue.end)}
        return cues
