"""Checks a text against the facts it may state. Deterministic and strict; knows nothing about models.

Sentences have a few allowed shapes: what the person did or asked for, what is offered, what the offered item is, what
ties the two (`link_shapes`); and one of the item's own description passes as it stands.
Each slot of a shape takes only facts that make it true: a title after the verbs that are true of it, a person after
the cue of their own role, an interest where it has that sign. Whatever fits no shape is a violation. A false alarm
costs a plain sentence; a miss would be a lie, so doubt is a violation.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from ..knowledge.phrases import CASTS, KINDS, MAKERS, PLACES, THEMES, VERBS
from .grammar import (
    COMMA,
    FLAG,
    HISTORY,
    ITEM,
    LINK,
    NOUN,
    REQUEST,
    SOURCE,
    YEAR,
    Fact,
    ParsedText,
    Rule,
    alt,
    exactly,
    fact,
    listing,
    many,
    opt,
    say,
    seq,
)
from .link_shapes import WISHES, ties

__all__ = [
    "FLAG", "HISTORY", "ITEM", "MOST_POPULAR", "NOUN", "POPULAR", "REQUEST", "SOURCE", "YEAR",
    "Fact", "Facts", "Violation", "verify",
]  # fmt: skip

MAX_TEXT_CHARACTERS = 2_000
POPULAR, MOST_POPULAR = 0.7, 0.9

Wanted = Callable[[Fact], bool]


@dataclass(frozen=True)
class Facts:
    """All that may be said. `popularity` is the share of items that are less popular, `strong` whether the links
    to the history are strong enough for words like "closely"."""

    known: tuple[Fact, ...]
    popularity: float = 0.0
    strong: bool = False


@dataclass(frozen=True, slots=True)
class Violation:
    """The first thing in the text that the facts do not support there: the words, and why."""

    words: str
    reason: str


def verify(text: str, facts: Facts) -> tuple[Violation, ...]:
    """What in `text` is not supported; empty when all of it is."""
    text = text.strip()
    if not text:
        return (Violation("", "nothing was said"),)
    if len(text) > MAX_TEXT_CHARACTERS:
        return (Violation(text[:40], f"longer than {MAX_TEXT_CHARACTERS:,} characters"),)
    parsed = ParsedText(text, facts.known)
    shapes = _SHAPES[_claims(facts)]
    if len(parsed.tokens) in parsed.after(shapes, 0):
        return ()
    return (Violation(parsed.stuck(), "no sentence that the facts support goes on like this"),)


def _item_is(keep: Wanted) -> tuple[Rule, Rule]:
    """What may be said of the item: its predicates ("is a horror film and stars ..."), and a noun phrase with what
    follows it. Only field values that are to be kept (`keep`) count."""

    def field(roles: Iterable[str]) -> Rule:
        return fact(lambda each: each.role in roles and keep(each))

    kinds, themes, cast, years = field(KINDS), field(THEMES), field(CASTS), field({YEAR})
    themed = listing(seq(opt(say("a|an|the")), alt(themes, kinds)))
    about = say(
        "with themes of|with a theme of|exploring|exploring themes of|exploring the themes of|about|on"
        "|that explores|that explores themes of|that explores the themes of|that has themes of"
    )
    made = [seq(say(cue), listing(field({role for role in MAKERS if cue in (MAKERS[role], "by")}))) for cue in _CUES]
    more = alt(
        *made, seq(about, themed), seq(say("starring|featuring|with"), listing(cast)),
        seq(say("from"), listing(alt(seq(opt(say("the")), field(PLACES)), kinds))),
        seq(say("from|released in|of"), years),
    )  # fmt: skip
    mores = many(seq(opt(LINK), more))
    adjective = alt(kinds, themes, field(PLACES), years)
    adjectives = seq(many(seq(adjective, opt(LINK))))
    phrase = seq(opt(say("a|an|another")), adjectives, alt(_NOUN, kinds), mores)
    predicate = alt(
        seq(_IS, phrase), seq(_IS, more, mores), seq(say("stars|features"), listing(cast)),
        seq(say("has|explores|includes|features"), say("themes of|a theme of|the themes of"), themed),
        seq(say("explores|is about"), themed), seq(alt(_IS, say("has")), fact(lambda each: each.role == FLAG)),
        _own_field(keep),
    )  # fmt: skip
    joined = seq(opt(LINK), opt(say("it|which|also|is also")))
    return seq(predicate, many(seq(joined, alt(predicate, more)))), phrase


def _own_field(keep: Wanted) -> Rule:
    """ "has blue as its colour": values of one field beside that field's name."""

    def rule(parsed: ParsedText, place: int) -> frozenset[int]:
        roles = {named.role for _, named in parsed.facts_at(place + 1)} - _NOT_FIELDS
        shapes = (
            seq(say("has"), listing(fact(lambda each, role=role: each.role == role and keep(each))), say("as its"),  # type: ignore[misc]
                exactly(role.replace("_", " ")))
            for role in sorted(roles)
        )  # fmt: skip
        return frozenset().union(*(parsed.after(shape, place) for shape in shapes))

    return rule


def _history(verb: str, *, reason: bool) -> Rule:
    """Titles of which `verb` is true; what was disliked is no `reason` for anything."""
    return listing(
        fact(
            lambda each: each.role == HISTORY and verb in each.verbs and not (reason and each.polarity == "disliked"),
        )
    )


def _done(*, reason: bool) -> Rule:
    """ "liked Heat and Ronin"; a denied liking ("did not like Cats") is a dislike."""
    plain = [seq(say(verb), _history(verb, reason=reason)) for verb in VERBS]
    denied = seq(say("did not like|didn t like|did not enjoy|didn t enjoy"), _history("disliked", reason=reason))
    return seq(opt(say("have|ve")), _LATELY, alt(*plain, denied), _LATELY)


def _past() -> Rule:
    """ "Heat, which you liked"."""
    return alt(*(seq(_history(verb, reason=True), COMMA, say("which|that"), say(f"you {verb}")) for verb in VERBS))


def _field_fact(wanted: Wanted) -> Rule:
    return listing(fact(lambda each: each.role not in _NOT_FIELDS and wanted(each)))


_CUES = tuple(dict.fromkeys([*MAKERS.values(), "by"]))
_NOT_FIELDS = frozenset({ITEM, HISTORY, REQUEST, NOUN, FLAG, SOURCE})
_IS = say("is|s")
_NOUN = fact(lambda each: each.role == NOUN)
_ITEM = fact(lambda each: each.role == ITEM)
_LATELY = opt(say("lately|recently"))

_LIKED = _field_fact(lambda each: each.polarity == "liked")
_OFTEN = _field_fact(lambda each: each.polarity == "liked" and each.often)
_AVOIDED = _field_fact(lambda each: each.polarity == "disliked")
_LIKED_MAKER = listing(fact(lambda each: each.role in MAKERS and each.polarity == "liked"))
_TASTE = alt(
    seq(say("like|enjoy|are drawn to|re drawn to|are interested in|re interested in|drawn to"), _LIKED),
    seq(say("often return to|often return to the work of"), _OFTEN),
)
_AVERSION = seq(say("dislike|avoid|tend to avoid"), _AVOIDED)
_REQUESTS = listing(fact(lambda each: each.role == REQUEST))
_ASKED = seq(say("asked for|mentioned|want|wanted"), _REQUESTS)


def _you(statement: Rule) -> Rule:
    return seq(say("you"), statement, many(seq(LINK, opt(say("you")), statement)))


_PERSON = _you(alt(_done(reason=False), _TASTE, _AVERSION, _ASKED))
_REASON = _you(alt(_done(reason=True), _TASTE, _ASKED))
_BECAUSE = say("because|since|as")
_WE = alt(say("we"), say("i"), say("i would"), say("i also"), say("we also"), say("i would also"), say("we would"))
_YOU_MAY = seq(say("you may|you might|you could|you can"), opt(say("also")), say("enjoy|like|try|start with"))
_FIRST = say("i would start with|try|start with|my first pick is|let me start with|right after it comes")
_OFFER = alt(
    seq(alt(seq(_WE, say("recommend|suggest")), _FIRST, _YOU_MAY), _ITEM),
    seq(_ITEM, say("comes first|is close behind|would be my second choice")),
)
_COLON = alt(say(":"), seq(COMMA, opt(say("and"))))
_END = alt(say("."), say("!"), say("?"), say("…"))


def _sentences(*, popular: bool, most_popular: bool, strong: bool) -> Rule:
    """The shapes that a whole text may consist of, given which of the words of degree are earned."""
    says, phrase = _item_is(lambda _: True)
    tasteful, _ = _item_is(lambda each: each.polarity == "liked")
    which = seq(COMMA, say("which|that|and it|it|as it|because it|since it|and"), says)
    tail = opt(alt(which, seq(say(","), phrase)))
    asked = seq(say("matches your request for"), _REQUESTS)
    it = opt(seq(_COLON, say("it"), alt(says, asked)))
    near = say("is close to|goes well with|goes with" + ("|goes closely with" if strong else ""))
    openers = [say("something to try")]
    openers += [say("a popular place to start|a popular choice")] if popular else []
    openers += [say("one of the most popular in the catalogue|few in the catalogue are more popular")] * most_popular
    openers += [say("it is among the most popular here")] * most_popular
    lead = alt(_REASON, seq(_BECAUSE, _REASON), seq(say("for"), _REQUESTS))
    shapes = alt(
        _PERSON,
        seq(lead, it),
        seq(lead, COMMA, opt(say("so|and")), _OFFER, tail),
        seq(_OFFER, tail, opt(seq(COMMA, _BECAUSE, _REASON))),
        seq(alt(_ITEM, say("this"), say("it")), near, _past(), alt(it, which)),
        seq(_ITEM, near, _past()),
        seq(say("a natural next step after"), _past(), it),
        seq(alt(_ITEM, say("it")), asked, opt(alt(which, seq(say("and"), says)))),
        seq(alt(_ITEM, say("it"), seq(_ITEM, COMMA, say("which"))), says),
        seq(say("it"), tasteful, say(","), say("close to your recent taste")),
        seq(say("picked for your taste"), say(":"), say("it"), tasteful),
        seq(_ITEM, _IS, say("another"), _NOUN, say("to try")),
        seq(alt(*openers), it),
        fact(lambda each: each.role == SOURCE),
        phrase,
        _shelved(),
        ties,
        WISHES,
        seq(say("picked for your taste for|picked for your interest in"), _LIKED, opt(_NOUN)),
        seq(say("by"), _LIKED_MAKER, COMMA, say("whose work you like")),
    )
    sentence = seq(shapes, alt(_END, _at_end))
    return seq(sentence, many(seq(many(_END), sentence)), many(_END))


def _shelved() -> Rule:
    """ "By Inkwell, in Pens & Markers": what a catalogue files it under, where no noun is known for it."""
    makers, kinds = (listing(fact(lambda each, roles=roles: each.role in roles)) for roles in (MAKERS, KINDS))  # type: ignore[misc]
    return alt(
        seq(say("one of"), makers, opt(say("s")), kinds),
        seq(kinds, say("by"), makers),
        seq(say("by"), makers, opt(seq(COMMA, say("in"), kinds))),
        seq(say("found in"), kinds),
    )


def _at_end(parsed: ParsedText, place: int) -> frozenset[int]:
    return frozenset({place} if place == len(parsed.tokens) else ())


def _claims(facts: Facts) -> tuple[bool, bool, bool]:
    return facts.popularity >= POPULAR, facts.popularity >= MOST_POPULAR, facts.strong


_SHAPES = {
    (popular, most, strong): _sentences(popular=popular, most_popular=most, strong=strong)
    for popular in (False, True)
    for most in (False, True)
    for strong in (False, True)
}
