"""Examples for the task `rank`: one choice among the candidates that the person was, or could have been, shown.

An example is asked exactly as the engine asks when it serves, from its own prompt, about candidates that the first
stage draws over an index which knows neither the choice nor anything after it. Most are hard: the negatives are what
retrieval thinks best, and the model learns what to add to retrieval's own scores. The others have negatives from the
whole catalogue, and no such scores: there the model learns to judge by itself.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import logsumexp

from ...agent.llm.language_model import Question
from ...agent.llm.prompt_encoding import PromptEncoder
from ...agent.memory.memory import Memory
from ...agent.profile.interests import event_weight
from ...agent.profile.user_state import UserState
from ...agent.ranking.pipeline import RankingPipeline
from ...agent.turn import Request
from ...retrieval.catalogue import Event, Item
from ...retrieval.event_kinds import CONSUMING_KINDS
from ...retrieval.evidence import Candidate, Evidence
from ...retrieval.fusion import SHARPNESS
from ..evaluation.cases import Case
from ..evaluation.evaluation import DEPTH, Progress
from .examples import Example, RankExample
from .renaming import renaming
from .synonyms import Wording
from .synthetic_requests import synthetic_requests

OLDEST = 0.05
"""The least that a choice counts for its age."""
NEAR = 3
"""Hard negatives come from the first NEAR x `negatives` of the list, so that they are as those of a served pool."""


@dataclass(frozen=True, slots=True)
class ExampleRecipe:
    """How examples are made. Shares and rates are probabilities."""

    negatives: int = 11
    by_itself: float = 0.25
    """Share of examples with negatives from the whole catalogue."""
    with_request: float = 0.25
    """Share of hard examples in which something is asked for that the chosen item answers."""
    truncated: float = 0.25
    """Share of examples whose person is known by one to five events only, as new people are."""
    dropout: float = 0.15
    """Rate at which one attribute of all the candidates of an example goes unsaid."""
    renamed: float = 0.2
    """Share of examples in which half of the titles and attribute values are words that mean nothing."""
    synonyms: float = 0.15
    """Share of examples in which attribute values are told in other words, wherever they stand; 0: none."""
    half_life_days: float | None = 365.0
    """Days after which a choice counts half; None: all count alike."""
    seed: int = 0


def rank_examples(
    pipeline: RankingPipeline, encoder: PromptEncoder, memory: Memory, cases: Sequence[Case], recipe: ExampleRecipe,
    progress: Progress, requests: Mapping[tuple[str, str], Request] | None = None, newest: datetime | None = None,
) -> Iterator[RankExample]:  # fmt: skip
    """An example of each case, in their order; cases whose target retrieval misses give none when they are hard.

    The engine must stand over an index without the cases' targets. The same case gives the same example, whatever the
    others are. `requests` by (user, target) are what was asked for; without them they are made up. How long ago a
    choice was made is counted from `newest`; without it all count alike.
    """
    if requests is None:
        requests = {
            (case.user, case.target): request for case, request in synthetic_requests(cases, pipeline.retriever.index)
        }
    for done, case in enumerate(cases, 1):
        draw = random.Random(f"{recipe.seed} {case.user} {case.target}")
        made = _Maker(pipeline, encoder, memory, recipe, draw, newest).example(
            case, requests.get((case.user, case.target))
        )
        if made:
            yield made
        progress("making examples", done, len(cases))


def calibrated(examples: Sequence[Example]) -> list[Example]:
    """The examples with retrieval's offsets scaled so that these alone explain the choices best, and with weights whose
    mean is 1.

    Retrieval's weights are made for whole lists, where the target competes with what is far worse too. Against hard
    negatives alone it is too sure of itself, and the model would learn to contradict it and not to complete it.
    """
    ranked = [example for example in examples if isinstance(example, RankExample)]
    scale, mean = (
        _scale([example for example in ranked if any(example.offsets)]),
        np.mean([example.weight for example in ranked] or 1),
    )
    return [
        replace(example, offsets=tuple(scale * value for value in example.offsets), weight=float(example.weight / mean))
        if isinstance(example, RankExample) else example for example in examples
    ]  # fmt: skip


def _scale(hard: Sequence[RankExample]) -> float:
    def loss(scale: float) -> float:
        logits = [scale * np.array(example.offsets) for example in hard]
        return float(sum(logsumexp(row) - row[example.target] for row, example in zip(logits, hard, strict=True)))

    return float(minimize_scalar(loss, bounds=(0.0, 2.0), method="bounded").x) if hard else 1.0


@dataclass(frozen=True, slots=True)
class _Maker:
    pipeline: RankingPipeline
    encoder: PromptEncoder
    memory: Memory
    recipe: ExampleRecipe
    draw: random.Random
    newest: datetime | None = None

    def example(self, case: Case, request: Request | None) -> RankExample | None:
        """None where there is nothing to choose from, where retrieval misses what was chosen, and where the choice
        counts nothing (a low rating is none)."""
        if not self._weight(case):
            return None
        alone = self._happens(self.recipe.by_itself)
        request = request if request and not alone and self._happens(self.recipe.with_request) else Request()
        user_state = self.pipeline.read(self.memory.catalogue.user(case.user), self._known(case))
        request = replace(request, context=case.context)
        candidates = self._random(case, user_state, request) if alone else self._hard(case, user_state, request)
        if len(candidates) < 2 or all(candidate.item.id != case.target for candidate in candidates):
            return None
        return self._encoded(case, user_state, request, candidates, alone)

    def _known(self, case: Case) -> Sequence[Event]:
        if self._happens(self.recipe.truncated):
            return case.events[-self.draw.randint(1, 5) :]
        return case.events

    def _hard(self, case: Case, user_state: UserState, request: Request) -> list[Candidate]:
        found = self.pipeline.candidates(user_state, request, DEPTH, explained=0)
        target = [candidate for candidate in found if candidate.item.id == case.target]
        known = _consumed(case)  # more than was told, where that was cut
        others = [candidate for candidate in found if candidate.item.id not in known][: NEAR * self.recipe.negatives]
        drawn = target + self.draw.sample(others, min(len(others), self.recipe.negatives))
        described = self._described(user_state, request, [candidate.item.id for candidate in drawn])
        return [replace(candidate, evidence=described[candidate.item.id].evidence) for candidate in drawn]

    def _random(self, case: Case, user_state: UserState, request: Request) -> list[Candidate]:
        index = self.pipeline.retriever.index
        if case.target not in index.position:
            return []
        known = _consumed(case)
        drawn = self.draw.sample(index.items, min(len(index.items), self.recipe.negatives + len(known)))
        others = [candidate.id for candidate in drawn if candidate.id not in known][: self.recipe.negatives]
        described = self._described(user_state, request, [case.target, *others]).values()
        return [replace(candidate, evidence=Evidence()) for candidate in described]

    def _described(self, user_state: UserState, request: Request, ids: Sequence[str]) -> dict[str, Candidate]:
        """These items with their evidence, which for the whole list would take as long as drawing it."""
        described = self.pipeline.retriever.describe(self.pipeline.query(user_state, request), ids)
        return {candidate.item.id: candidate for candidate in described}

    def _encoded(
        self, case: Case, user_state: UserState, request: Request, candidates: Sequence[Candidate], alone: bool
    ) -> RankExample:
        unsaid = self._unsaid(candidates)
        worded = [replace(candidate, item=_without(candidate.item, unsaid)) for candidate in candidates]
        renamed = self._happens(self.recipe.renamed)
        if self.recipe.synonyms and self._happens(self.recipe.synonyms):  # drawn last: without it all else is the same
            user_state, request, worded = self._in_other_words(user_state, request, worded)
        question, lines = self.pipeline.question(user_state, request, worded)
        if renamed:
            names = [*self._titles(user_state), *(name for candidate in worded for name in names_of(candidate.item))]
            rename = renaming(names, f"{case.user} {case.target}")
            question, lines = _with_names(question, rename), [rename(line) for line in lines]
        in_order = sorted(candidates, key=lambda each: each.item.id)  # the order of the lines
        offsets = tuple(0.0 if alone else SHARPNESS * candidate.score for candidate in in_order)
        target = [candidate.item.id for candidate in in_order].index(case.target)
        return RankExample(self.encoder.question(question, lines), target, offsets, self._weight(case))

    def _in_other_words(
        self, user_state: UserState, request: Request, candidates: Sequence[Candidate]
    ) -> tuple[UserState, Request, list[Candidate]]:
        """The same with other words for attribute values: one wording for all that the example says."""
        facets = [pair for candidate in candidates for pair in candidate.item.facets()]
        wording = Wording.of(
            [*facets, *((interest.facet, interest.value) for interest in user_state.profile.interests)], self.draw
        )
        titles = [*self._titles(user_state), *(candidate.item.title for candidate in candidates)]
        return (
            replace(user_state, profile=wording.profile(user_state.profile)),
            replace(request, text=wording.request(request.text, titles)),
            [replace(candidate, item=wording.item(candidate.item)) for candidate in candidates],
        )

    def _weight(self, case: Case) -> float:
        """By what was done, and how long before the newest choice that is learned."""
        if case.event is None:
            return 1.0
        kind = max(event_weight(case.event, self.pipeline.config), 0.0)
        if self.newest is None or case.event.at is None or self.recipe.half_life_days is None:
            return kind
        days = max((self.newest - case.event.at).total_seconds() / 86400, 0.0)
        return kind * max(float(0.5 ** (days / self.recipe.half_life_days)), OLDEST)

    def _titles(self, user_state: UserState) -> Iterator[str]:
        items = (self.pipeline.find(entry.item) for entry in user_state.interests.history)
        return (item.title for item in items if item)

    def _unsaid(self, candidates: Sequence[Candidate]) -> set[str]:
        """Attributes that this example keeps to itself: its reader must not lean on a single one."""
        names = dict.fromkeys(name for candidate in candidates for name in candidate.item.attributes)
        return {name for name in names if self._happens(self.recipe.dropout)}

    def _happens(self, rate: float) -> bool:
        return self.draw.random() < rate


def _without(item: Item, unsaid: set[str]) -> Item:
    kept = {name: value for name, value in item.attributes.items() if name not in unsaid}
    return replace(item, attributes=kept)


def names_of(item: Item) -> Iterator[str]:
    """Its title and the values of its attributes."""
    yield item.title
    yield from (value for _, value in item.facets())


def _with_names(question: Question, rename: Callable[[str], str]) -> Question:
    """The question with names as `rename` has them, but for the system message, which speaks of nobody's items."""
    messages = [
        message if message.role == "system" else replace(message, content=rename(message.content))
        for message in question.messages
    ]
    return replace(question, messages=tuple(messages))


def _consumed(case: Case) -> set[str | None]:
    """What is not recommended again, and the target, which is no negative."""
    return {event.item for event in case.events if event.kind in CONSUMING_KINDS} | {case.target}
