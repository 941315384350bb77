"""The shapes of sentences that tie an item to a person: what it has in common with what they met, what others chose,
what was asked for. Read by the verifier.

Each is tried for every set of titles that a text names: a value counts only where each of them has it as well. Knows
nothing about which of these sentences are worth saying.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from ..knowledge.phrases import CASTS, KINDS, MAKER_NOUNS, MAKERS, PLACES, THEMES, VERBS, plural_field
from ..knowledge.tags import kind_of
from .grammar import (
    COMMA,
    FLAG,
    HISTORY,
    ITEM,
    NOUN,
    REQUEST,
    SOURCE,
    YEAR,
    Fact,
    ParsedText,
    Rule,
    alt,
    both,
    exactly,
    fact,
    listing,
    opt,
    say,
    seq,
)  # fmt: skip

_MOST_TITLES, _TOGETHER = 6, 3
_NOT_FIELDS = frozenset({ITEM, HISTORY, REQUEST, NOUN, FLAG, SOURCE, YEAR})
_PLAYED = frozenset({"setting", "place"})
_NOUN = fact(lambda each: each.role == NOUN)


def ties(parsed: ParsedText, place: int) -> frozenset[int]:
    """A rule: what the item shares with titles of the history, or that people who chose them choose it."""
    titles = [each for each in parsed.named(HISTORY) if each.polarity != "disliked"][:_MOST_TITLES]
    groups = (group for size in range(1, _TOGETHER + 1) for group in combinations(titles, size))
    shapes = (shape for group in groups for shape in _shapes(parsed, group))
    return frozenset().union(*(parsed.after(shape, place) for shape in shapes))


def _shapes(parsed: ParsedText, titles: tuple[Fact, ...]) -> Iterator[Rule]:
    """What may be said of all these titles at once, by each verb that is true of all of them."""
    named = listing(fact(lambda each: each in titles))
    for verb in VERBS:
        if all(verb in each.verbs for each in titles):
            past = seq(named, COMMA, say(f"which you {verb}"))
            did = seq(say(f"you {verb}"), named, alt(say(";"), say(":")))
            yield from _by_value(parsed, titles, past, did)
            yield seq(say("more from"), _shared(titles, frozenset(MAKERS)), COMMA, say("whose"), named,
                      say(f"you {verb}"))  # fmt: skip
            yield from (
                seq(
                    did,
                    say(f"people who {each} it often choose this , too|people who {each} them often choose this , too"),
                )
                for each in _crowd(titles)
            )
            yield from (seq(say(f"often chosen by people who {each}"), past) for each in _crowd(titles))
    yield from (seq(say(f"people who {each}"), named, say("often choose this , too")) for each in _crowd(titles))


def _crowd(titles: tuple[Fact, ...]) -> set[str]:
    """What people did with each of them who often choose the item as well."""
    verbs = {each.crowd for each in titles}
    return verbs - {""} if len(verbs) == 1 else set()


def _by_value(parsed: ParsedText, titles: tuple[Fact, ...], past: Rule, did: Rule) -> Iterator[Rule]:
    kinds, cast, places, makers = (_shared(titles, roles) for roles in (KINDS, CASTS, PLACES, frozenset(MAKERS)))
    common, phrases = _shared(titles, THEMES | KINDS), _shared(titles, THEMES, say("a|an|the"))
    one = alt(seq(alt(common, places), opt(_NOUN)), seq(common, common))
    about = seq(opt(say("about")), phrases)
    for word in _same(parsed, titles):
        yield seq(say(f"by the same {word} as|from the same {word} as|from the {word} of"), past)
        yield seq(did, say(f"this is by the same {word}|this is from the same {word}"))
    yield seq(say("with"), cast, COMMA, say("as in"), past)
    yield seq(did, cast, say("is in this one , too|are in this one , too"))
    yield seq(say("it shares"), opt(say("its")), alt(cast, common), say("with"), past)
    yield seq(did, say("this shares its|this shares their"), common)
    yield seq(opt(say("also")), about, COMMA, say("as in|like"), past)
    yield seq(say("with"), common, COMMA, say("like"), past)
    yield seq(did, say("this has"), common, say(", too"))
    where = listing(seq(say("in|on|at"), opt(say("a|an|the")), _setting(titles)))
    yield seq(say("set"), where, COMMA, say("like"), past)
    yield seq(did, say("this is set"), where, say(", too"))
    yield seq(say("like"), past, COMMA, say("it is"), about)
    yield seq(did, say("this is"), about, say(", too"))
    yield seq(say("another"), one, COMMA, say("like"), past)
    yield seq(did, say("here is another"), one)
    yield seq(say("also from|also in"), alt(seq(opt(say("the")), places), kinds, makers), COMMA, say("like"), past)
    yield from _neutral(parsed, titles, past)


def _neutral(parsed: ParsedText, titles: tuple[Fact, ...], past: Rule) -> Iterator[Rule]:
    """By the name of the field: "It shares the tags roguelike and co-op with", "It has the same series as"."""
    for role in sorted(
        {each.role for each in parsed.known if _is_shared(each, titles) and each.role not in _NOT_FIELDS}
    ):
        yield seq(
            say("it shares the"), exactly(plural_field(role)), _shared(titles, frozenset({role})), say("with"), past
        )
        yield seq(say("it has the same"), exactly(role.replace("_", " ")), say("as"), past)


def _same(parsed: ParsedText, titles: tuple[Fact, ...]) -> set[str]:
    return {MAKER_NOUNS[each.role] for each in parsed.known if each.role in MAKER_NOUNS and _is_shared(each, titles)}


def _shared(titles: tuple[Fact, ...], roles: frozenset[str], before: Rule | None = None) -> Rule:
    value = fact(lambda each: each.role in roles and _is_shared(each, titles))
    return listing(seq(opt(before), value) if before else value)


def _setting(titles: tuple[Fact, ...]) -> Rule:
    """A theme that says where it plays."""
    return fact(lambda each: each.role in THEMES and kind_of(each.text) in _PLAYED and _is_shared(each, titles))


def _is_shared(value: Fact, titles: tuple[Fact, ...]) -> bool:
    return all(title.text in value.also for title in titles)


def _asked(roles: frozenset[str]) -> Rule:
    """A value of the item that was asked for in the same words."""
    asked = fact(lambda each: each.role == REQUEST)
    return listing(both(asked, fact(lambda each: each.role in roles)))


_AS_ASKED = seq(COMMA, say("as you asked"))
WISHES = alt(
    seq(say("by"), _asked(frozenset(MAKERS)), _AS_ASKED),
    seq(say("with"), _asked(CASTS), _AS_ASKED),
    seq(say("from"), opt(say("the")), _asked(PLACES), _AS_ASKED),
    seq(opt(say("a|an|the")), _asked(THEMES | KINDS), opt(_NOUN), _AS_ASKED),
    seq(say("with the"), _asked(THEMES), say("you asked for")),
    seq(say("about"), opt(say("a|an|the")), _asked(THEMES), _AS_ASKED),
    seq(say("set in|set on|set at"), opt(say("a|an|the")), _asked(THEMES), _AS_ASKED),
    seq(say("one of the"), _asked(KINDS), say("you asked for")),
)
"""What was asked for, where the item has it as a value."""
