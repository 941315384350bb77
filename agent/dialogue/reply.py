"""The reply over the shelf: what was understood, what to start with and why, and one offer; streamed by the sentence.

A sentence about an item is one short call to the model, checked before anyone sees it: tried twice, then said plainly.
Knows nothing about how the shelf was ranked.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from ...prompts import Prompt
from ...retrieval.evidence import Candidate
from ..dialogue_state import DialogueState, OpenQuestion
from ..explanation.explanation import RETRY_TEMPERATURE, Draft, checked, draft, is_no_worse, messages
from ..explanation.facts import actions, history_of
from ..explanation.links import ties_of
from ..explanation.sentences import sentence_end
from ..knowledge.phrases import shorten
from ..llm.language_model import LanguageModel
from ..turn import Sentence
from .phrasing import say, titled

_STARTS = ("I would start with", "My first pick is", "Let me start with", "You could start with")
"""How the model's sentence on the first item opens, by turns."""
_FEW = 4
"""Items of which fewer are named all, where there are no more."""
_PLAIN = 20.0
"""What a tie must weigh to be understood without being said: the same maker or cast, or chosen by the same people."""
_NEW = DialogueState()


def stream_reply(
    lm: LanguageModel, prompt: Prompt, understood: str, candidates: Sequence[Candidate], question: OpenQuestion | None,
    state: DialogueState, lines: Sequence[str] = (), wanted: int = 0,
) -> Iterator[Sentence]:  # fmt: skip
    """Two to four sentences over the shelf (`candidates`, best first), each as soon as it is verified.

    `understood` is what was understood, without an end; "" where there is nothing to say back. `lines` are what the
    shelf says of its items: no title is a reason here that is one there. Of fewer candidates than were `wanted`, it is
    said that they are all there is.
    """
    language = state.language
    if understood:
        yield Sentence(say("sentence", language, value=understood))
    if not candidates:
        yield Sentence(say("empty_shelf" if state.constraints or state.wishes else "nothing_left", language))
        return
    titles = [shorten(each.item.title) for each in candidates]
    if len(candidates) < min(wanted, _FEW) and state.constraints:
        named = titled(titles, language)
        yield Sentence(say("all_there_is", language, _seed(candidates, state), state.turns, titles=named))
    elif language == "en":
        yield from _written(lm, prompt, plan(candidates[:1] if question else candidates, state, lines))
    else:  # the model writes English
        start = say("start", language, _seed(candidates, state), state.turns, title=titles[0])
        yield Sentence(say("sentence", language, value=start))
    if question:
        yield Sentence(question.text)


def plan(candidates: Sequence[Candidate], state: DialogueState = _NEW, lines: Sequence[str] = ()) -> list[Draft]:
    """What the model is to write: a sentence on the first candidate and, where there is one, on the second."""
    seed = _seed(candidates, state)
    # Who comes back to the shelf was told before what speaks for the first of it.
    reason = "" if state.shown else _reason(candidates[0], lines)
    first = _first(candidates[0], reason, seed, state.turns)
    return [first, *(_second(each, seed, state.turns) for each in candidates[1:2])]


def _seed(candidates: Sequence[Candidate], state: DialogueState) -> str:
    """What a conversation's wording begins with; from there each turn takes the next one."""
    return state.shown[0][0] if state.shown else candidates[0].item.id


def _reason(candidate: Candidate, lines: Sequence[str]) -> str:
    """What was done that speaks for it, "liked Alien": of titles that it has something telling in common with, and that
    no line names."""
    links = {link.title: link for link in history_of(candidate)}
    titles = (title for tie in ties_of(candidate) if tie.weight >= _PLAIN for title in tie.titles)
    free = next((title for title in titles if not any(title in line for line in lines)), None)
    return f"{actions(links[free])[0]} {shorten(free)}" if free else ""


def _written(lm: LanguageModel, prompt: Prompt, drafts: Sequence[Draft]) -> Iterator[Sentence]:
    for each in drafts:
        written = _write(lm, prompt, each, 0) or _write(lm, prompt, each, 1)
        yield Sentence(written, "model") if written else Sentence(each.plain, "evidence")


def _first(candidate: Candidate, reason: str, seed: str, turn: int) -> Draft:
    title = shorten(candidate.item.title)
    candidate = replace(candidate, evidence=replace(candidate.evidence, words=()))
    if reason:
        lead = f"You {reason}"
        openings = f"{lead}, so I would start with {title}, which", f"{lead}, and I suggest {title}, which"
        return replace(draft(candidate, lead=f"{lead}.", plain=f"{lead}, so I would start with {title}."),
                       openings=openings)  # fmt: skip
    one, other = (f"{_STARTS[(turn + step) % len(_STARTS)]} {title}, which" for step in (0, 1))
    plain = say("sentence", "en", value=say("start", "en", seed, turn, title=title))
    return replace(draft(candidate, lead="", plain=plain), openings=(one, other))


def _second(candidate: Candidate, seed: str, turn: int) -> Draft:
    title = shorten(candidate.item.title)
    openings = (f"You may also enjoy {title}, which", f"I also suggest {title}, which")
    plain = say("also", "en", seed, turn, title=title)
    return replace(draft(candidate, lead="", plain=plain), openings=openings[::-1] if turn % 2 else openings)


def _write(lm: LanguageModel, prompt: Prompt, each: Draft, attempt: int) -> str | None:
    """The sentence, if it verifies and reads no worse than the plain one. Stops the model where the sentence ends."""
    text = each.openings[attempt]
    names = [fact.text for fact in each.facts.known]
    pieces = lm.stream(
        messages(prompt, each.brief),
        max_new_tokens=prompt.max_new_tokens,
        temperature=prompt.temperature if attempt == 0 else RETRY_TEMPERATURE,
        seed=attempt,
        opening=text,
    )
    try:
        for piece in pieces:
            text += piece
            if sentence_end(text, names, finished=False) is not None:
                break
    finally:
        close = getattr(pieces, "close", None)  # a plain iterator has nothing to stop
        if close is not None:
            close()
    said = checked(text, each.facts)
    return said if said and is_no_worse(said, each) else None
