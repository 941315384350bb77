"""A message as it is understood: what it mentions, the stance to each, and what its clauses say. Makes no acts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property

from ...retrieval.catalogue import Item
from ...retrieval.text.vocabulary import STOPWORDS
from ..dialogue_state import DialogueState
from ..knowledge.language import LanguagePack
from .catalogue_phrases import ValueChoice
from .marked_text import MarkedText, Mention
from .schema import CatalogueSchema
from .stances import Stance, Stances

_PROSE = 4
"""Words that are nothing of the catalogue's, for one that is: with more a message without a wish tells a story."""

_REACH = 6
"""Words between a refusal and what is refused."""

_CLAUSE = 300
"""Characters of a clause that are looked at."""


class Message:
    """One marked message in its conversation. Not shared between messages."""

    def __init__(
        self, marked: MarkedText, stances: Stances, pack: LanguagePack, schema: CatalogueSchema, state: DialogueState,
        text: str, item: Callable[[str], Item | None],
    ) -> None:  # fmt: skip
        """`text` is the message as it was written; `item` finds one by its id."""
        self.marked, self.stances, self.pack, self.schema, self.state = marked, stances, pack, schema, state
        self.text = " ".join(text.split())
        self.item = item
        self.words = stances.words
        self._clauses: dict[tuple[int, bool], tuple[int, int]] = {}
        self._said: dict[tuple[str, str, str], bool] = {}
        self.gone: set[int] = set()
        """Places of mentions that are accounted for."""

    # Mentions

    def mention(self, at: int) -> Mention:
        """What stands at a place of `stances.of`."""
        found = self.marked.mention(self.words[at])
        assert found is not None  # places of mentions only
        return found

    def places(self, *kinds: str) -> Iterator[tuple[int, Mention, Stance]]:
        """The mentions of these kinds in order: place, mention, stance."""
        for at, stance in self.stances.of.items():
            mention = self.mention(at)
            if mention.kind in kinds:
                yield at, mention, stance

    def items(self, *kinds: str) -> tuple[str, ...]:
        """Ids of the items that are pointed at in these ways, once each."""
        found = (item for _, mention, _ in self.places(*kinds) for item in mention.what)
        return tuple(dict.fromkeys(found))

    def points(self) -> bool:
        """Whether an item is named or pointed at."""
        return any(True for _ in self.places("reference", "title"))

    def language_named(self, mention: Mention) -> ValueChoice | None:
        """The language of the name that was said: "French" is a country, too. None where no item is in it."""
        said = mention.text.casefold()
        name = str(self.pack.table("spoken").get(said, said)).casefold()
        found = ((each.name, value) for each in self.schema.of_kind("language") for value in each.values)
        own = next(((name_of, value) for name_of, value in found if value.casefold() == name), None)
        return ValueChoice((own[0],), (own[1],), "language") if own else None

    def is_harsh(self, mention: Mention) -> bool:
        """Whether it is of what is for adults alone: what there is to be less of is then not to be there."""
        names = {each.name for each in self.schema.of_kind("age")}
        return mention.kind == "value" and any(names & set(choice.attributes) for choice in mention.what)

    def before(self, at: int) -> str:
        """The word before a place; "" at the beginning."""
        return self.words[at - 1].plain if at else ""

    # Phrases

    def says(self, table: str, name: str) -> bool:
        """Whether the message, as it was written or with its symbols, has one of the language's phrases."""
        pattern = self.pack.patterns(table, name)
        return pattern is not None and bool(pattern.search(self.marked.text) or pattern.search(self.text))

    def part_says(self, part: str, table: str, name: str) -> bool:
        """The same of a part of it, with symbols or without."""
        known = self._said.get((part, table, name))
        if known is None:
            pattern = self.pack.patterns(table, name)
            spoken = self.spoken(part)[:_CLAUSE]
            known = pattern is not None and bool(pattern.search(part[:_CLAUSE]) or pattern.search(spoken))
            self._said[part, table, name] = known
        return known

    def spoken(self, part: str) -> str:
        """A part of the text as it was written, but for titles: no word of "The Good, the Bad and the Ugly" says
        anything."""
        mentions = ((each, self.marked.at(each)) for each in part)
        return "".join(each if found is None or found.kind == "title" else found.text for each, found in mentions)

    def clause(self, at: int, *, commas: bool = False) -> tuple[int, int]:
        """Where the clause of a word begins and ends in the text; with `commas` the part of it between two."""
        if (at, commas) in self._clauses:
            return self._clauses[at, commas]
        breaks = frozenset(".;!?\n\u2013\u2014-,:" if commas else ".;!?\n")
        first, last = at, at + 1
        while first > 0 and not self._breaks(first, breaks):
            first -= 1
        while last < len(self.words) and not self._breaks(last, breaks):
            last += 1
        span = self.words[first].start, self.words[last - 1].end
        self._clauses |= {(place, commas): span for place in range(first, last)}
        return span

    def clause_text(self, at: int, *, commas: bool = False) -> str:
        """The clause of a word, with its symbols."""
        start, end = self.clause(at, commas=commas)
        return self.marked.text[start:end]

    def _breaks(self, at: int, breaks: frozenset[str]) -> bool:
        word = self.words[at]
        return bool(set(word.before) & breaks) or word.plain in self.pack.words("always_end")

    def is_capital(self, at: int) -> bool:
        """Whether a word that is no mention, and does not begin the message, is written as a name."""
        if not 0 < at < len(self.words) or self.marked.mention(self.words[at]) or self.words[at].before:
            return False
        word = self.words[at]
        return self.marked.text[word.start].isupper() and word.plain not in self.pack.fillers

    # What tells of something else

    def is_told(self, at: int) -> bool:
        """Whether the clause of a word tells of something else: numbers and kinds in it are no wish."""
        part = self.clause_text(at, commas=True)
        if self.part_says(part, "narrative", "wishes") or self._is_refused_in_words(at):
            return False
        if self.part_says(part, "narrative", "told") or self.part_says(part, "narrative", "story"):
            return True
        return self._tells and (self._has_weight(at) or (at > 0 and self._is_aside(at)))

    def _is_refused_in_words(self, at: int) -> bool:
        """Whether somebody says more than "no" to what stands here: "I'm allergic to horror" tells what is wanted."""
        cues = (cue for cue in self.stances.cues if cue.kind.startswith("refuse") and cue.end - cue.start > 1)
        return self.stances.of.get(at) == "out" and any(abs(cue.start - at) <= _REACH for cue in cues)

    @cached_property
    def _tells(self) -> bool:
        """Whether the message is a story as a whole: somebody did something, and nothing in it is a wish."""
        if self.part_says(self.marked.text, "narrative", "wishes") or not self.pack.patterns("narrative", "story"):
            return False
        mentions = sum(1 for _ in self.places("value", "range", "title", "vague", "count", "direction", "attribute"))
        told = any(self.part_says(self.marked.text, "narrative", each) for each in ("told", "story"))
        return told or 0 < _PROSE * mentions < len(self.residual())

    def _is_aside(self, at: int) -> bool:
        """Whether a word is of what items are about: "we had snow, madness" asks for no film about that."""
        mention = self.marked.mention(self.words[at])
        return mention is not None and mention.kind == "value" and mention.what[0].kind == "theme"

    def _has_weight(self, at: int) -> bool:
        """Whether the part of the message around a word has more than mentions in it: "Mystery solved"."""
        start, end = self.clause(at, commas=True)
        return any(not self.marked.mention(word) and not self.is_filler(place)
                   for place, word in enumerate(self.words) if start <= word.start < end)  # fmt: skip

    def is_filler(self, at: int) -> bool:
        """Whether a word says nothing of what an item is."""
        plain = self.words[at].plain
        return (
            at in self.stances.used
            or plain in self.pack.fillers
            or plain in STOPWORDS
            or plain in self.pack.words("or")
        )

    def leave_out(self, table: str, name: str) -> None:
        """Account for the mentions within what was said with these phrases: the "clear" of "clear everything"."""
        pattern = self.pack.patterns(table, name)
        spans = [match.span() for match in pattern.finditer(self.marked.text)] if pattern is not None else []
        self.gone |= {at for at in self.stances.of for start, end in spans if start <= self.words[at].start < end}

    def residual(self) -> list[str]:
        """The words of the message that are neither mentions nor fillers nor cues."""
        return [word.plain for at, word in enumerate(self.words)
                if not self.marked.mention(word) and not self.is_filler(at)]  # fmt: skip
