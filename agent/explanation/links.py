"""What ties an item to a person, each tie with several ways to say it: what both have in common, what was asked for.

Only what is a reason: the same maker, a shared cast, kinds and themes that are rare enough, people who often choose
both. Knows evidence and words; which tie is said beside which line is decided in `plain`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from ...retrieval.catalogue import Item
from ...retrieval.event_kinds import Polarity
from ...retrieval.evidence import Candidate, HistoryLink, SharedAttribute
from ..knowledge.phrases import (
    CASTS,
    COMPANIES,
    DULL,
    KINDS,
    MAKER_NOUNS,
    MAKERS,
    PLACES,
    THEMES,
    article,
    consumed,
    is_plain_kind,
    kinds_named,
    listed,
    noun,
    plural_field,
    plural_kind,
    shorten,
)  # fmt: skip
from ..knowledge.proper_names import cased, demonym, is_event, is_region, lowered, place
from ..knowledge.tags import TagKind, before_noun, form_of, is_counted, kind_of, phrase_of, where_of
from .facts import actions, drawn_to, history_of, is_reason, often_together
from .lines import NO_NOUN, is_sayable

RARE_THEME, RARE_PAIR, RARE_KIND = math.log(20), 2 * math.log(14), math.log(8)
"""Rarity from which a shared theme or place, two themes together, a kind or any other field is a reason."""

TELLING = math.log(3)
"""Rarity from which a kind that the person is drawn to is worth naming as their taste."""

WISHED, SAME_MAKER, SAME_CAST, CROWD, THEMED, ALIKE, TASTE = 100.0, 50.0, 34.0, 30.0, 9.0, 6.0, 5.0
"""What a tie weighs by its kind. Themes and what is merely alike weigh so much for each unit of rarity."""
_FELT: dict[Polarity, float] = {"liked": 1.0, "neutral": 0.6, "disliked": 0.0}
_GLANCED = 0.4
_PAIR = 1.15
"""Two titles say more than one."""


@dataclass(frozen=True, slots=True)
class Tie:
    """A reason that is the person's: what it weighs, the history titles that it cites, and sentences that say it."""

    weight: float
    titles: tuple[str, ...]
    options: tuple[str, ...]


def ties_of(candidate: Candidate, request_words: Sequence[str] = ()) -> list[Tie]:
    """All ties, the one that weighs most first."""
    found = [*_wishes(candidate, request_words), *_shared(candidate), *_crowds(candidate), *_tastes(candidate)]
    return sorted((tie for tie in found if tie.options), key=lambda tie: -tie.weight)


@dataclass(frozen=True, slots=True)
class _Past:
    """History items of which the same is true, as sentences name them."""

    titles: tuple[str, ...]
    verb: str
    weight: float

    @property
    def which(self) -> str:
        """ "Heat and Ronin, which you liked"."""
        return f"{listed(self.titles)}, which you {self.verb}"

    @property
    def did(self) -> str:
        """ "You liked Heat and Ronin"."""
        return f"You {self.verb} {listed(self.titles)}"


def _pasts(links: Sequence[HistoryLink]) -> Iterator[_Past]:
    """The links by what was done with them: the first of each kind, and the first two together."""
    by_verb: dict[str, list[HistoryLink]] = {}
    for link in links:
        if is_reason(link) and shorten(link.title) == link.title:
            by_verb.setdefault(actions(link)[0], []).append(link)
    for verb, done in by_verb.items():
        felt = _FELT[done[0].polarity] if verb != "looked at" else _GLANCED
        felt *= 1 + done[0].strength
        titles = tuple(dict.fromkeys(link.title for link in done))[:2]
        yield from (_Past((title,), verb, felt) for title in titles)
        if len(titles) > 1:
            yield _Past(titles, verb, felt * _PAIR)


def _shared(candidate: Candidate) -> Iterator[Tie]:
    """By each value that history items have as well, and by the two rarest themes that one of them has."""
    having: dict[SharedAttribute, list[HistoryLink]] = {}
    for each in candidate.evidence.alike:
        for value in each.values:
            if is_sayable(value.value):
                having.setdefault(value, []).append(each.link)
    for value, links in having.items():
        for past in _pasts(links):
            yield from _by_value(candidate.item, value, past)
    yield from _by_pair(having, THEMES, _themed, THEMED)
    yield from _by_pair(having, CASTS, _cast, SAME_CAST / 6)


def _by_value(item: Item, value: SharedAttribute, past: _Past) -> Iterator[Tie]:
    facet, rarity = value.facet, value.rarity
    if facet in MAKERS:
        yield Tie(SAME_MAKER * past.weight, past.titles, _made(value, past))
    elif facet in CASTS:
        yield Tie(SAME_CAST * past.weight / 2, past.titles, _cast([value], past))
    elif facet in THEMES and rarity >= RARE_THEME:
        yield Tie(
            THEMED * rarity * past.weight / 1.5,
            past.titles,
            (*_another(item, value.value, past), *_themed([value], past)),
        )
    elif facet in KINDS and rarity >= RARE_KIND:
        yield Tie(ALIKE * rarity * past.weight, past.titles, _kindred(item, value.value, past))
    elif facet in PLACES and rarity >= RARE_THEME:
        yield Tie(ALIKE * rarity * past.weight, past.titles, _from(item, value.value, past))
    elif _is_telling(item, facet) and rarity >= RARE_KIND:
        said = facet.replace("_", " ")
        yield Tie(ALIKE * rarity * past.weight, past.titles, (f"It has the same {said} as {past.which}.",))


def _by_pair(
    having: dict[SharedAttribute, list[HistoryLink]], roles: frozenset[str],
    say: Callable[[Sequence[SharedAttribute], _Past], tuple[str, ...]], weight: float,
) -> Iterator[Tie]:  # fmt: skip
    """Two values of one kind that the same history items have."""
    values = sorted((each for each in having if each.facet in roles), key=lambda each: -each.rarity)[:6]
    for place_, one in enumerate(values):
        for other in values[place_ + 1 :]:
            if one.rarity + other.rarity >= RARE_PAIR or roles is CASTS:
                both = [link for link in having[one] if link in having[other]]
                for past in _pasts(both):
                    rarity = one.rarity + other.rarity
                    yield Tie(weight * rarity * past.weight / 1.3, past.titles, say([one, other], past))


def _made(value: SharedAttribute, past: _Past) -> tuple[str, ...]:
    word = MAKER_NOUNS[value.facet]
    by = "from" if word in COMPANIES else "by"
    return (
        f"{_capital(by)} the same {word} as {past.which}.",
        f"{past.did}; this is {by} the same {word}.",
        f"From the {word} of {past.which}." if word != "brand" else f"Also from {value.value}, like {past.which}.",
        f"More from {value.value}, whose {listed(past.titles)} you {past.verb}.",
    )


def _cast(values: Sequence[SharedAttribute], past: _Past) -> tuple[str, ...]:
    names, verb = listed(each.value for each in values), "are" if len(values) > 1 else "is"
    return (
        f"With {names}, as in {past.which}.",
        f"{past.did}; {names} {verb} in this one, too.",
    )


def _themed(values: Sequence[SharedAttribute], past: _Past) -> tuple[str, ...]:
    """By what kind of words the tags are, if all are of one; those of no known kind are only quoted as tags."""
    kinds = {kind_of(each.value) for each in values}
    if kinds == {"other"} and len({each.facet for each in values}) == 1 and len(values) > 1:
        said = listed(cased(each.value) for each in values)
        return (f"It shares the {plural_field(values[0].facet)} {said} with {past.which}.",)
    say = _BY_KIND.get(kinds.pop()) if len(kinds) == 1 else None
    return say([each.value for each in values], past) if say else ()


def _about(tags: Sequence[str], past: _Past) -> tuple[str, ...]:
    said = listed(map(phrase_of, tags))
    return (
        f"{past.did}; this is about {said}, too.",
        f"Like {past.which}, it is about {said}.",
        f"Also about {said}, like {past.which}.",
    )


def _having(tags: Sequence[str], past: _Past) -> tuple[str, ...]:
    said = listed(map(cased, tags))
    return (
        f"With {said}, like {past.which}.",
        f"{past.did}; this has {said}, too.",
        f"It shares its {said} with {past.which}.",
    )


def _being(tags: Sequence[str], past: _Past) -> tuple[str, ...]:
    said = listed(tags)
    return (
        f"Like {past.which}, it is {said}.",
        f"{_capital(said)}, like {past.which}.",
        f"{past.did}; this is {said}, too.",
    )


def _playing(tags: Sequence[str], past: _Past) -> tuple[str, ...]:
    where = listed(map(where_of, tags))
    return f"Set {where}, like {past.which}.", f"{past.did}; this is set {where}, too."


_BY_KIND: dict[TagKind, Callable[[Sequence[str], _Past], tuple[str, ...]]] = {
    "subject": _about, "feature": _having, "trait": _being, "setting": _playing,
}  # fmt: skip


def _another(item: Item, tag: str, past: _Past) -> tuple[str, ...]:
    """Of a tag that says what the item is one of ("true story"), or that stands before its noun ("New York film")."""
    if form := form_of(tag):
        return _other(form, past)
    if is_region(tag):
        return () if is_event(tag) else (f"Set in {place(tag)}, like {past.which}.",)
    before = cased(tag) if kind_of(tag) == "place" else before_noun(tag)
    return _other(f"{before} {noun(item)}", past) if before and noun(item) != NO_NOUN else ()


def _kindred(item: Item, kind: str, past: _Past) -> tuple[str, ...]:
    if is_plain_kind(kind) and noun(item) != NO_NOUN:
        return _other(kinds_named([kind], noun(item)), past)
    return (f"Also in {kind}, like {past.which}.",)


def _from(item: Item, country: str, past: _Past) -> tuple[str, ...]:
    adjective, word = demonym(country), noun(item)
    if adjective and word != NO_NOUN:
        return _other(f"{adjective} {word}", past)
    return (f"Also from {place(country)}, like {past.which}.",)


def _other(what: str, past: _Past) -> tuple[str, ...]:
    return f"Another {what}, like {past.which}.", f"{past.did}; here is another {what}."


def _is_telling(item: Item, facet: str) -> bool:
    """A field that has one value of the item, in plain words, is worth naming."""
    known = KINDS | THEMES | CASTS | PLACES | frozenset(MAKERS) | DULL
    return facet not in known and isinstance(item.attributes.get(facet), str) and facet.replace("_", "").isalpha()


def _crowds(candidate: Candidate) -> Iterator[Tie]:
    for link in history_of(candidate):
        if is_reason(link) and often_together(link) and shorten(link.title) == link.title:
            verb, did = consumed(link.fields), actions(link)[0]
            options = (
                f"People who {verb} {link.title} often choose this, too.",
                f"You {did} {link.title}; people who {verb} it often choose this, too.",
                f"Often chosen by people who {verb} {link.title}, which you {did}.",
            )
            yield Tie(CROWD * _FELT[link.polarity], (link.title,), options[: 2 if verb == did else 3])


def _tastes(candidate: Candidate) -> Iterator[Tie]:
    """What the person is drawn to, where no title is to be named."""
    for value in drawn_to(candidate):
        if is_sayable(value.value):
            yield Tie(TASTE * value.strength * value.rarity, (), _taste(candidate.item, value))


def _taste(item: Item, value: SharedAttribute) -> tuple[str, ...]:
    word = noun(item)
    if value.facet in MAKERS:
        return (f"By {value.value}, whose work you like.",)
    if value.facet in KINDS and value.rarity >= TELLING and is_plain_kind(value.value) and word != NO_NOUN:
        return (f"Picked for your taste for {plural_kind(value.value, word)}.",)
    if (
        value.facet in THEMES
        and value.rarity >= RARE_THEME
        and kind_of(value.value) == "subject"
        and not is_counted(value.value)
    ):
        return (f"Picked for your interest in {cased(value.value)}.",)
    return ()


def _wishes(candidate: Candidate, request_words: Sequence[str]) -> Iterator[Tie]:
    """What was asked for and the item has as a value, in the words of the request."""
    wanted = {word.casefold() for word in request_words}
    for facet, value in dict.fromkeys(candidate.item.facets()):
        if value.casefold() in wanted and is_sayable(value):
            yield Tie(WISHED, (), _granted(candidate.item, facet, value))


_THEMED: dict[TagKind, Callable[[str], str]] = {
    "subject": lambda tag: f"About {phrase_of(tag)}, as you asked.",
    "setting": lambda tag: f"Set {where_of(tag)}, as you asked.",
    "feature": lambda tag: f"With the {cased(tag)} you asked for.",
}


def _granted(item: Item, facet: str, value: str) -> tuple[str, ...]:
    said, word, kind = cased(value), noun(item), kind_of(value)
    if before := "By" if facet in MAKERS else "With" if facet in CASTS else "From" if facet in PLACES else "":
        return (f"{before} {place(value) if facet in PLACES else value}, as you asked.",)
    if facet in KINDS and is_plain_kind(value) and word != NO_NOUN:
        return (f"{_capital(article(kinds_named([value], word)))}, as you asked.",)
    if facet in THEMES and (wish := _THEMED.get(kind)):
        return (wish(value),)
    if facet in KINDS and not is_plain_kind(value) and value.endswith("s"):
        return (f"One of the {lowered(value)} you asked for.",)
    if form := form_of(value):
        return (f"{_capital(article(form))}, as you asked.",)
    return (f"{_capital(said)}, as you asked.",) if facet in THEMES | KINDS else ()


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
