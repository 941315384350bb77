"""From ranked candidates to the recommendations on a shelf, explained plainly at once and by the model afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ...prompts.prompt import Prompt
from ...retrieval.evidence import Candidate
from ...retrieval.text.vocabulary import words_of
from ..dialogue.phrasing import say
from ..dialogue_state import DialogueState
from ..explanation.explanation import explain, plain_explanations
from ..knowledge.phrases import shorten
from ..llm.language_model import LanguageModel
from ..ranking.ranking import Ranked
from ..turn import Explanation, Recommendation, Request

MOST_REASONS = 5


def shelf_of(ranked: Sequence[Ranked], request: Request) -> tuple[Recommendation, ...]:
    """The recommendations in this order, each with the plain sentence made from its evidence."""
    candidates = [each.candidate for each in ranked]
    plain = plain_explanations(candidates, _telling(wishes_of(request), candidates))
    return tuple(
        Recommendation(
            item=each.candidate.item,
            rank=rank,
            score=each.score,
            explanation=Explanation(text, "evidence"),
            evidence=each.candidate.evidence,
            parts=each.parts,
        )
        for rank, (each, text) in enumerate(zip(ranked, plain, strict=True), start=1)
    )


def reasons_of(candidates: Sequence[Candidate], request: Request, state: DialogueState, seed: str) -> str:
    """Why each of these suits, in one sentence each; that nothing was shown where there are none."""
    if not candidates:
        return say("nothing_shown", state.language, seed)
    words = wishes_of(request)
    shown = candidates[:MOST_REASONS]
    reasons = zip(shown, plain_explanations(shown, words), strict=True)
    return " ".join(say("why", state.language, title=shorten(each.item.title), value=text) for each, text in reasons)


def explained(
    lm: LanguageModel, prompt: Prompt, shelf: Sequence[Recommendation], ranked: Sequence[Ranked], request: Request
) -> tuple[Recommendation, ...]:
    """The same shelf with the model's verified sentences, in one batch; the plain one stays where none verifies."""
    candidates = [each.candidate for each in ranked]
    plain = [each.explanation.text for each in shelf]
    wishes = _telling(wishes_of(request), candidates)
    written = explain(lm, prompt, candidates, wishes, plain) if candidates else []
    return tuple(replace(each, explanation=text) for each, text in zip(shelf, written, strict=True))


def wishes_of(request: Request) -> list[str]:
    """What was asked for, as a reason may name it: values of the catalogue as wholes, then words."""
    return [*request.values, *words_of(request.text)]


def _telling(wishes: Sequence[str], candidates: Sequence[Candidate]) -> list[str]:
    """The wishes that not every item of a shelf meets: what all of them have is a reason for none."""
    own = ({value.casefold() for _, value in each.item.facets()} for each in candidates)
    shared = set.intersection(*own) if candidates else set()
    return [wish for wish in wishes if wish.casefold() not in shared]
