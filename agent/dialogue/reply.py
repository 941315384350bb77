"""The reply over the shelf: what to start with and why, what else, and what to say next; streamed by the sentence.

Each sentence is one short call to the model, checked before anyone sees it: tried twice, then said plainly.
Knows nothing about how the shelf was ranked.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from zlib import crc32

from ...prompts import Prompt
from ...retrieval.evidence import Candidate
from ..explanation.explanation import RETRY_TEMPERATURE, Draft, checked, draft, history_reason, messages
from ..explanation.sentences import sentence_end
from ..knowledge.phrases import listed, noun, shorten
from ..llm.language_model import LanguageModel
from ..turn import Sentence

EMPTY_SHELF = "Nothing in the catalogue fits all of that. Drop one of the conditions and I will look again."
NOTHING_LEFT = "Nothing is left in the catalogue that you have not met yet."
NEXT_STEPS = (
    "Like one or set one aside, and the next shelf will follow.",
    "Ask for something else, and I will look again.",
    "Name a kind, a person or a theme, and I will search for that.",
)
"""What to do next; each is something the engine does."""


def stream_reply(
    lm: LanguageModel, prompt: Prompt, message: str, candidates: Sequence[Candidate], *, filtered: bool = False
) -> Iterator[Sentence]:
    """Two or three sentences over the shelf (`candidates`, best first), each as soon as it is verified.

    `filtered` says that the shelf was also narrowed by filters; it matters only when nothing is left.
    """
    if not candidates:
        yield Sentence(_empty(message, filtered))
        return
    for each in plan(message, candidates):
        written = _write(lm, prompt, each, 0) or _write(lm, prompt, each, 1)
        yield Sentence(written, "model") if written else Sentence(each.plain, "evidence")
    yield Sentence(_next_step(message, candidates))


def plan(message: str, candidates: Sequence[Candidate]) -> list[Draft]:
    """What the model is to write: a sentence on the first candidate and, where there is one, on the second."""
    return [_first(message, candidates[0]), *(_second(each) for each in candidates[1:2])]


def _first(message: str, candidate: Candidate) -> Draft:
    title = shorten(candidate.item.title)
    asked = [shorten(word, 40) for word in candidate.evidence.words[:2]] if message.strip() else []
    reason = history_reason(candidate)
    lead = f"You asked for {listed(asked)}" if asked else f"You {reason}" if reason else ""
    openings = (
        (f"{lead}, so I would start with {title}, which", f"{lead}, and I suggest {title}, which")
        if lead
        else (f"I would start with {title}, which", f"You could start with {title}, which")
    )
    if not asked:
        candidate = replace(candidate, evidence=replace(candidate.evidence, words=()))
    plain = f"{lead}, so I would start with {title}." if lead else f"I would start with {title}."
    return replace(draft(candidate, lead=f"{lead}." if lead else "", plain=plain), openings=openings)


def _second(candidate: Candidate) -> Draft:
    title = shorten(candidate.item.title)
    openings = (f"You may also enjoy {title}, which", f"I also suggest {title}, which")
    plain = f"{title} is another {noun(candidate.item)} to try."
    return replace(draft(candidate, lead="", plain=plain), openings=openings)


def _empty(message: str, filtered: bool) -> str:
    return EMPTY_SHELF if message.strip() or filtered else NOTHING_LEFT


def _next_step(message: str, candidates: Sequence[Candidate]) -> str:
    return NEXT_STEPS[crc32(f"{message}{candidates[0].item.id}".encode()) % len(NEXT_STEPS)]


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
