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
from ..explanation.explanation import RETRY_TEMPERATURE, Draft, checked, draft, history_reason, messages
from ..explanation.sentences import sentence_end
from ..knowledge.phrases import shorten
from ..llm.language_model import LanguageModel
from ..turn import Sentence
from .phrasing import say


def stream_reply(
    lm: LanguageModel, prompt: Prompt, understood: str, candidates: Sequence[Candidate], question: OpenQuestion | None,
    state: DialogueState,
) -> Iterator[Sentence]:  # fmt: skip
    """Two to four sentences over the shelf (`candidates`, best first), each as soon as it is verified.

    `understood` is what was understood, without an end; "" where there is nothing to say back.
    """
    if understood:
        yield Sentence(say("sentence", state.language, value=understood))
    if not candidates:
        yield Sentence(say("empty_shelf" if state.constraints or state.wishes else "nothing_left", state.language))
        return
    if state.language == "en":
        yield from _written(lm, prompt, plan(candidates[:1] if question else candidates))
    else:  # the model writes English
        title = shorten(candidates[0].item.title)
        start = say("start", state.language, candidates[0].item.id, title=title)
        yield Sentence(say("sentence", state.language, value=start))
    if question:
        yield Sentence(question.text)


def plan(candidates: Sequence[Candidate]) -> list[Draft]:
    """What the model is to write: a sentence on the first candidate and, where there is one, on the second."""
    return [_first(candidates[0]), *(_second(each) for each in candidates[1:2])]


def _written(lm: LanguageModel, prompt: Prompt, drafts: Sequence[Draft]) -> Iterator[Sentence]:
    for each in drafts:
        written = _write(lm, prompt, each, 0) or _write(lm, prompt, each, 1)
        yield Sentence(written, "model") if written else Sentence(each.plain, "evidence")


def _first(candidate: Candidate) -> Draft:
    title = shorten(candidate.item.title)
    reason = history_reason(candidate)
    lead = f"You {reason}" if reason else ""
    openings = (
        (f"{lead}, so I would start with {title}, which", f"{lead}, and I suggest {title}, which")
        if lead
        else (f"I would start with {title}, which", f"You could start with {title}, which")
    )
    candidate = replace(candidate, evidence=replace(candidate.evidence, words=()))
    plain = (
        f"{lead}, so I would start with {title}." if lead else f"{say('start', 'en', candidate.item.id, title=title)}."
    )
    return replace(draft(candidate, lead=f"{lead}." if lead else "", plain=plain), openings=openings)


def _second(candidate: Candidate) -> Draft:
    title = shorten(candidate.item.title)
    openings = (f"You may also enjoy {title}, which", f"I also suggest {title}, which")
    return replace(
        draft(candidate, lead="", plain=say("also", "en", candidate.item.id, title=title)), openings=openings
    )


def _write(lm: LanguageModel, prompt: Prompt, each: Draft, attempt: int) -> str | None:
    """The sentence, if it verifies. Stops the model as soon as the sentence ends."""
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
    return checked(text, each.facts)
