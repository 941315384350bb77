"""Slips of replies that rules can see: of grammar, of repetition, of form, and words that nothing supports.

A rule takes a turn of `replies_held` and yields the words that are amiss. They are those of the judge of fluency and of
the verifier where these have one. What a rule cannot see (an odd reason, a question out of place) somebody has to read.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import combinations, pairwise

from dialogue_world import items_of, labels
from replies_held import HeldTurn
from sommelier.agent.dialogue.language_detection import detect_language
from sommelier.agent.dialogue.state import request_of
from sommelier.agent.dialogue_state import DialogueState
from sommelier.agent.explanation.facts import facts_of
from sommelier.agent.explanation.fluency import slips as judged
from sommelier.agent.explanation.verifier import verify
from sommelier.agent.knowledge.proper_names import cased
from sommelier.agent.turns.shelf import wishes_of
from sommelier.retrieval.catalogue import Item
from sommelier.retrieval.evidence import Candidate

LONGEST = 40
"""Words of a sentence."""
_NAMED = ("director", "cast", "designer", "publisher", "brand", "country", "language")
_SENTENCE = re.compile(r"(?<=[.!?…])\s+")
_WORD = re.compile(r"[^\W_]+(?:[-'\u2019][^\W_]+)*")
_MARKS = re.compile(r"[.!?]\.(?!\.)(?<!\.\.\.\.)|[,;:]\s*[,;:.!?]|\s[,.;!?]|[!?]{2,}")
_UNFILLED = re.compile(r"[{}]|“”|\"\"|\(\)|\bNone\b|\bnan\b|: *[.;]|\s{2,}")
_HANGING = re.compile(r"(?:\b(?:a|an|the|and|or|but|by|with|of|to|from|as|is|which|who)|[,;:-])[.!…]$", re.IGNORECASE)
_COUNTED = re.compile(
    r"\b(?:there (?:is|are)|leaves(?: only| just)?) (one|two|three|\d+)\b(?![ -]?[A-Za-z])", re.IGNORECASE
)
_NUMBERS = {"one": 1, "two": 2, "three": 3}
_ODD_COUNT = re.compile(r"\b1 (?:players|pages|minutes|more|items|hours)\b|\b(?:are|all) (?:1|one)\b")
_SHEET = re.compile(r"\bis (?:year|genres?|runtime|brand) |\bhas English\b|, with \d{4}\.|\bnot say,")
"""What reads like a form that was filled in."""


@dataclass(frozen=True, slots=True)
class Slip:
    """Something amiss in a turn: its kind, a key of `RULES`, and the words."""

    kind: str
    words: str


def slips_of(held: HeldTurn) -> list[Slip]:
    """All that the rules see in one turn."""
    return [Slip(kind, words) for kind, rule in RULES.items() for words in rule(held)]


# What is looked at


def sentences(held: HeldTurn) -> list[str]:
    """The sentences of the reply as they were given, then those of the lines of the shelf."""
    return [each.text for each in held.sentences] + held.lines


@cache
def catalogue(name: str) -> dict[str, Item]:
    """The items of a catalogue by id."""
    return {item.id: item for item in items_of(name)}


@cache
def _names(name: str) -> frozenset[str]:
    """Titles and proper nouns of a catalogue."""
    items = catalogue(name).values()
    named = {value for item in items for facet, value in item.facets() if facet in _NAMED}
    return frozenset({*named, *(item.title for item in items)})


@cache
def _capitals(name: str) -> re.Pattern[str]:
    """Names of people, makers and places, of several words, without their capitals."""
    named = {value for item in catalogue(name).values() for facet, value in item.facets() if facet in _NAMED}
    lost = sorted({each.lower() for each in named if " " in each and each != each.lower()})
    return re.compile(rf"\b(?:{'|'.join(map(re.escape, lost)) or '(?!)'})\b")


def _bare(text: str, held: HeldTurn) -> str:
    """Without the titles of what is shown or was named, which keep their own spelling."""
    found = sorted((each for each in _names(held.catalogue) if each in text), key=len, reverse=True)
    for name in found:
        text = text.replace(name, "Xx")
    return text


# The rules


def _grammar(held: HeldTurn) -> Iterator[str]:
    """Articles, doubled prepositions, two "and is a": by the judge of fluency."""
    for text in sentences(held):
        yield from (slip.words for slip in judged(text, _names_in(text, held)) if slip.kind == "grammar")


def _repetition(held: HeldTurn) -> Iterator[str]:
    """A content word or a clause twice in one sentence."""
    for text in sentences(held):
        for part in _SENTENCE.split(text):
            if "”" not in part:  # what is quoted may say again what was said
                yield from (slip.words for slip in judged(part, _names_in(part, held))
                            if slip.kind in ("repetition", "doubled clause"))  # fmt: skip


def _names_in(text: str, held: HeldTurn) -> list[str]:
    return [each for each in _names(held.catalogue) if each in text]


def _doubled_link(held: HeldTurn) -> Iterator[str]:
    """The same item of the history as the reason of two items, or of the reply and of an item."""
    titles = {link.title for each in held.turn.recommendations
              for link in (*each.evidence.history, *(alike.link for alike in each.evidence.alike))}  # fmt: skip
    shown = {each.item.title for each in held.turn.recommendations}
    said = [each.text for each in held.sentences if ", so I" in each.text or "which you" in each.text]
    cited = [_cited(text, titles - shown) for text in said + held.lines]
    for one, other in combinations(cited, 2):
        yield from one & other


def _cited(text: str, titles: set[str]) -> set[str]:
    """Titles that a text names as something the person knows."""
    said = re.findall(
        r"(?:you|You) (?:liked|watched|saved|looked at|played|chose|know) ([^.;]+)|([^.;]+), which you ", text
    )
    return {
        title
        for parts in said
        for part in parts
        for title in titles
        if re.search(rf"(?<!\w){re.escape(title)}(?!\w)", part)
    }


def _same_opening(held: HeldTurn) -> Iterator[str]:
    """Two lines in a row that open with the same two words, or two replies in a row that begin their finding alike."""
    for one, other in pairwise(map(_opening, held.lines)):
        yield from [one] if one == other else []
    if held.before and held.turn.recommendations and held.before.turn.recommendations:
        yield from {_found(held)} & {_found(held.before)} - {""}


def _opening(text: str) -> str:
    return " ".join(text.split()[:2])


def _found(held: HeldTurn) -> str:
    """How the sentence on the first item begins, without its title."""
    first = held.turn.recommendations[0].item.title
    text = next((each.text for each in held.sentences if first in each.text), "")
    return text.split(first)[0].strip() or " ".join(text.replace(first, "").split()[:2])


def _lower_case(held: HeldTurn) -> Iterator[str]:
    for text in sentences(held):
        bare = _bare(text, held)
        yield from _capitals(held.catalogue).findall(bare)
        yield from (word for word in re.findall(r"(?<![\w'-])[a-z]{4,}(?![\w'-])", bare) if cased(word) != word)


def _punctuation(held: HeldTurn) -> Iterator[str]:
    for text in sentences(held):
        yield from (match.group() for match in _MARKS.finditer(_bare(text, held)))
        yield from [text[-20:]] if not text.rstrip('”"').endswith((".", "!", "?", "…")) else []
        yield from (part[:20] for part in _SENTENCE.split(_bare(text, held)) if part[:1].islower())
        yield from (match.group() for match in re.finditer(r"[:;] (?:Dropped|From|Under|Between)\b", text))


def _quotes(held: HeldTurn) -> Iterator[str]:
    for text in sentences(held):
        odd = text.count("“") != text.count("”") or text.count("(") != text.count(")") or text.count('"') % 2
        yield from [text] if odd else []


def _cut_off(held: HeldTurn) -> Iterator[str]:
    for text in sentences(held):
        yield from (
            match.group() for part in _SENTENCE.split(_bare(text, held)) for match in [_HANGING.search(part)] if match
        )
        yield from [text[-20:]] if text.endswith("…") else []


def _unfilled(held: HeldTurn) -> Iterator[str]:
    for text in sentences(held):
        yield from (match.group() for match in _UNFILLED.finditer(text))


def _too_long(held: HeldTurn) -> Iterator[str]:
    for text in sentences(held):
        lengths = (len(_WORD.findall(part)) for part in _SENTENCE.split(text))
        yield from (f"{length} words" for length in lengths if length > LONGEST)


def _wrong_count(held: HeldTurn) -> Iterator[str]:
    """A number of items that are then named or shown, and are not so many; and one of something in the plural."""
    shown, titles = len(held.turn.recommendations), _names(held.catalogue)
    for text in (each.text for each in held.sentences):
        for match in _COUNTED.finditer(text):
            said = _NUMBERS.get(match.group(1).lower()) or int(match.group(1))
            rest = text[match.end() :]
            named = shown or sum(bool(re.search(rf"(?<!\w){re.escape(title)}(?=[,.]| and )", rest)) for title in titles)
            yield from [match.group()] if said != named and ", for example" not in rest[:14] else []
        yield from (match.group() for match in _ODD_COUNT.finditer(text))


def _unsupported(held: HeldTurn) -> Iterator[str]:
    """What the verifier cannot find in the item's record, in the evidence or in the request."""
    wishes = wishes_of(request_of(held.turn.state))
    for each in held.turn.recommendations:
        facts = facts_of(Candidate(each.item, 0.0, {}, (), each.evidence), wishes)
        yield from (violation.words or violation.reason for violation in verify(each.explanation.text, facts))


def _other_language(held: HeldTurn) -> Iterator[str]:
    text = _bare(held.turn.reply, held)
    found = detect_language(text, "en")
    yield from [found] if found != "en" else []


def _claimed(held: HeldTurn) -> Iterator[str]:
    """A word of what is said back that was neither said nor is a value, nor one of the few words that say it back."""
    if not held.turn.recommendations or not held.sentences:
        return
    first = held.turn.recommendations[0].item.title
    spoken = next((each.text for each in held.sentences if first not in each.text), "")
    if spoken.startswith("You ") or "“" in spoken or spoken.endswith("?") or spoken != held.sentences[0].text:
        return
    known = _words(_everything_said(held)) | _words(" ".join(_values(held.turn.state))) | _SAYING
    yield from (word for word in _words(spoken)
                if not word[0].isdigit() and not any(word[:4] == each[:4] for each in known))  # fmt: skip


def _everything_said(held: HeldTurn | None) -> str:
    return f"{held.message} {_everything_said(held.before)}" if held else ""


def _values(state: DialogueState) -> Iterator[str]:
    for each in (*state.constraints, *(one for before in state.earlier for one in before.constraints)):
        yield from (str(value) for value in (*each.values, *each.attributes, *each.bounds.values()))


def _words(text: str) -> set[str]:
    return {word.casefold() for word in re.findall(r"[^\W_]+", text)}


_SAYING = _words("""
    still less more no not back to where we were one step a fresh start starting over here are others then
    something else without dropped anything goes again is longer must allowed in from the for age ages fit
    under over at least most around about between and or minutes hours players pages all left out only newer
    older shorter longer cheaper than with by set any other I did understand never mind
""")


def _misread(held: HeldTurn) -> Iterator[str]:
    """A condition that is said back though its label does not have it. The reader's slip, and false all the same."""
    if not held.turn.recommendations:
        return
    reading, known = labels(), catalogue(held.catalogue)
    own = [each for each in held.turn.state.constraints if not each.relative]
    found = [slot for each in own for slot in reading.constraint_slots(each)]
    wanted = [slot for slot in held.labels if slot[1] != "title"]
    yield from ["condition"] * reading.compare(wanted, found, known)["wrong"]


def _repeated_line(held: HeldTurn) -> Iterator[str]:
    yield from (one for one, other in pairwise(held.lines) if one == other)
    repeated = Counter(_SENTENCE.split(held.turn.reply))
    yield from (text for text, count in repeated.items() if count > 1)


def _asked_twice(held: HeldTurn) -> Iterator[str]:
    """A question that begins as the last one did, in the same conversation."""
    question, before = held.turn.question, held.before
    while question and before:
        if before.turn.question and before.turn.question.text[:24] == question.text[:24]:
            yield question.text
            return
        before = before.before


def _all_have_it(held: HeldTurn) -> Iterator[str]:
    """A condition that every item meets, as the reason of one."""
    shelf = held.turn.recommendations
    common = set.intersection(*({value for _, value in each.item.facets()} for each in shelf)) if shelf else set()
    for line in held.lines:
        asked = re.search(r"([^.]+?)(?:, as you asked| you asked for)\.", line)
        yield from (
            [asked.group()]
            if asked and any(value.casefold()[:5] in asked.group().casefold() for value in common)
            else []
        )


def _form(held: HeldTurn) -> Iterator[str]:
    for text in sentences(held):
        yield from (match.group() for match in _SHEET.finditer(_bare(text, held)))


Rule = Callable[[HeldTurn], Iterator[str]]
RULES: dict[str, Rule] = {
    "grammar, articles": _grammar,
    "repetition within a sentence": _repetition,
    "a sentence or a line twice": _repeated_line,
    "one reason for two items": _doubled_link,
    "the same opening in a row": _same_opening,
    "proper noun in lower case": _lower_case,
    "punctuation": _punctuation,
    "quotes and brackets": _quotes,
    "cut off": _cut_off,
    "unfilled place": _unfilled,
    f"over {LONGEST} words": _too_long,
    "wrong count": _wrong_count,
    "words without support": _unsupported,
    "another language": _other_language,
    "said back, never said": _claimed,
    "said back, misread": _misread,
    "what all have as a reason": _all_have_it,
    "the same question again": _asked_twice,
    "like a form": _form,
}
"""What is looked for, by the name that the table has for it."""
