"""Rank candidates: the language model's judgement as a residual on the retrieval score.

score = b . retrieval features + (a + c / (1 + n)) . z(LM), z being the model's yes-minus-no preference standardised
over the pool, and n how often the candidate was chosen: the fewer people chose it, the less behaviour says of it, and
the more its text. b, a and c differ for turns without and with a request; they are fitted on validation events (see
`finetune.fitting.residual`) or, below that, shipped. The model judges every candidate in isolation and in id order, so
the order of the candidates changes nothing, bit for bit. (What the pool is does matter to z, as it must to anything
standardised.)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, TypeAlias

import numpy as np
from numpy.typing import NDArray
from pydantic import BeforeValidator

from ...prompts.prompt import Prompt
from ...retrieval.attribute_roles import year_of
from ...retrieval.evidence import Candidate
from ...retrieval.fusion import FusionWeights
from ..llm.language_model import LanguageModel, Message, Question
from .listwise import listed, ordered

SLOT = "\u27e6item\u27e7"
POINTWISE, LISTWISE = "rank", "order"
"""Names of the prompts that ask about one item at a time, and for the order of all of them."""
LINE_CHARACTERS, LINK_CHARACTERS = 120, 60
"""Enough for nearly every title; the longest branch sets the length of all, and so the time of the pass."""
SHIPPED_LM = (0.2, 0.0)
"""The weights (a, c) of the bundled model with the adapter in the box, asked pointwise, beside shipped weights, on
catalogues that it has never seen (docs/benchmarks.md). Any other model says nothing until a fit gives it a weight, and
so does this one when it is asked for an order."""

GROUPS: Mapping[str, str] = {
    "covisitation": "behaviour", "behaviour": "behaviour", "popularity": "popularity", "facets": "text",
    "recency": "popularity", "attributes": "person", "context": "situation",
    "text": "text", "nearest": "text", "summary": "text", "request": "request", "words": "request", "values": "request",
    "conversations": "behaviour", "lm": "lm",
}  # fmt: skip
"""Feature -> the part of the score that people are shown."""


def _pair(stored: object) -> object:
    """Fits of before the model was heard by how well an item is known have one number."""
    return (stored, 0.0) if isinstance(stored, float | int) else stored


LMWeights: TypeAlias = Annotated[tuple[float, float], BeforeValidator(_pair)]
"""(a, c), neither below 0: the model's vote weighs a for an item that everybody knows, a + c for one not chosen yet."""


@dataclass(frozen=True, slots=True)
class RankingWeights:
    """Weights b (retrieval) and (a, c) (LM). `users` validated the fit; 0 means shipped defaults."""

    retrieval: FusionWeights = field(default_factory=FusionWeights)
    lm_without_request: LMWeights = (0.0, 0.0)
    lm_with_request: LMWeights = (0.0, 0.0)
    users: int = 0

    def lm(self, has_request: bool) -> LMWeights:
        """The weights (a, c) for such a turn."""
        return self.lm_with_request if has_request else self.lm_without_request


@dataclass(frozen=True, slots=True)
class Ranked:
    """A candidate with its final score; `parts` (see GROUPS) sum to it."""

    candidate: Candidate
    score: float
    parts: Mapping[str, float]


def rank(
    candidates: Sequence[Candidate], judged: NDArray[np.float32], weights: RankingWeights, has_request: bool,
    told: float = 0.0,
) -> list[Ranked]:  # fmt: skip
    """Fuse and sort, best first, ties in id order. `judged` is what `judge` returned for these candidates, `told` how
    much of a conversation the request is."""
    heard = votes(candidates, judged) * weights.lm(has_request)  # summed below: a matrix product rounds by position
    ranked = []
    for candidate, (known, new) in zip(candidates, heard.tolist(), strict=True):
        parts = weights.retrieval.parts(candidate.features, has_request, told) | {"lm": known + new}
        ranked.append(Ranked(candidate, sum(parts.values()), _grouped(parts)))
    return sorted(ranked, key=lambda each: (-each.score, each.candidate.item.id))


def judge(
    lm: LanguageModel,
    prompt: Prompt,
    candidates: Sequence[Candidate],
    summary: str,
    history: Sequence[str],
    request: str,
) -> NDArray[np.float32]:
    """The model's preference for each candidate, shape (len(candidates),), higher is better.

    With the prompt `rank` that is the logit of yes minus the logit of no, whose sigmoid is the model's raw
    probability of yes; with `order` the number of candidates that one is placed above (see `listwise`).
    """
    if prompt.name == LISTWISE:
        return _listwise(lm, prompt, candidates, summary, history, request)
    return _in_place(candidates, lm.score(*question_about(prompt, candidates, summary, history, request)))


def judge_many(
    lm: LanguageModel, prompt: Prompt, cases: Sequence[tuple[Sequence[Candidate], str, Sequence[str], str]]
) -> list[NDArray[np.float32]]:
    """What `judge` says of each (candidates, summary, history, request), several cases to a pass."""
    if prompt.name == LISTWISE:
        return [_listwise(lm, prompt, *case) for case in cases]
    scores = lm.score_many([question_about(prompt, *case) for case in cases])
    return [_in_place(case[0], values) for case, values in zip(cases, scores, strict=True)]


def question_about(
    prompt: Prompt, candidates: Sequence[Candidate], summary: str, history: Sequence[str], request: str
) -> tuple[Question, list[str]]:
    """What the model is asked, and of which lines, in id order."""
    fields = {"summary": _without_slot(summary), "request": _without_slot(request)}
    rendered = prompt.render(**fields, history=[_without_slot(entry) for entry in history], item=SLOT)
    question = Question(tuple(Message(role, content) for role, content in rendered), SLOT)
    return question, [item_line(candidates[place]) for place in _id_order(candidates)]


def _listwise(
    lm: LanguageModel, prompt: Prompt, candidates: Sequence[Candidate], summary: str, history: Sequence[str],
    request: str,
) -> NDArray[np.float32]:  # fmt: skip
    lines = listed([item_line(candidates[place]) for place in _id_order(candidates)])
    rendered = prompt.render(summary=summary, history=history, request=request, candidates=lines)
    messages = [Message(role, content) for role, content in rendered]
    return _in_place(candidates, ordered(lm, messages, len(lines)))


def _id_order(candidates: Sequence[Candidate]) -> list[int]:
    return sorted(range(len(candidates)), key=lambda place: candidates[place].item.id)


def _in_place(candidates: Sequence[Candidate], values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Values given in id order, put where their candidates stand."""
    placed = np.zeros(len(candidates), np.float32)
    placed[_id_order(candidates)] = values
    return placed


def item_line(candidate: Candidate) -> str:
    """The item as the model reads it: title, a few facet values, and the history item that points to it most."""
    item = candidate.item
    values = [value for _, value in item.facets()][:4]
    year = year_of(item)
    title = f"{item.title} ({year})" if year else item.title
    line = f"{title}. {', '.join(values)}" if values else title
    link = f". After {candidate.evidence.history[0].title}" if candidate.evidence.history else ""
    return _without_slot(line[:LINE_CHARACTERS]) + _without_slot(link[:LINK_CHARACTERS])


def _without_slot(text: str) -> str:
    return text.replace(SLOT[0], "")  # its first character alone: taking out whole slots could leave a new one


def votes(candidates: Sequence[Candidate], judged: NDArray[np.float32]) -> NDArray[np.float64]:
    """What the weights (a, c) multiply, shape (candidates, 2): z and z / (1 + n)."""
    standard = standardised(judged).astype(np.float64)
    return np.column_stack([standard, standard / (1 + np.array([candidate.choices for candidate in candidates]))])


def standardised(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Mean 0, standard deviation 1; zeros where all are alike."""
    if not len(values) or values.min() == values.max():
        return np.zeros_like(values)
    ordered = np.sort(values.astype(np.float64))  # sums round differently in another order
    return np.asarray((values - ordered.mean()) / ordered.std(), np.float32)


def _grouped(parts: Mapping[str, float]) -> dict[str, float]:
    grouped: dict[str, float] = {}
    for name, value in parts.items():
        group = GROUPS.get(name, name)
        grouped[group] = grouped.get(group, 0.0) + value
    return grouped
