"""Models compared as rankers on the same validation choices: alone, and beside retrieval with a fitted weight."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import groupby
from typing import TypeAlias

import numpy as np

from ...agent.errors import ModelError
from ...agent.llm.language_model import LanguageModel
from ...agent.memory.memory import Memory
from ...agent.profile.user_state import UserState
from ...agent.ranking.pipeline import RankingPipeline
from ...agent.ranking.ranking import votes
from ...agent.turn import Request
from ...agent.workspace import Workspace
from ...prompts.library import PromptLibrary
from ...retrieval.candidates import Retriever
from ...retrieval.evidence import Candidate
from ...retrieval.fusion import FusionWeights
from ..evaluation.cases import Case, choices_judged, validation_cases
from ..evaluation.evaluation import Progress
from ..evaluation.holdout import IndexStore
from ..evaluation.metrics import NonInferiority, Ranks, ndcg, non_inferiority, paired_interval, rank_against_ties
from ..fitting.residual import Choice, fused_by_others
from .workload import USERS, Workload, seconds_of
from .writing import ToWrite

WRITERS = 300
"""Of these users, so many are written for, a sentence and a summary each."""
WRITING_MARGIN = 0.05
"""What an adapter may be worse by at writing, in texts that are true at the first try. A text that fails costs a second
try or a plain sentence and never an untruth, and 2% of a share near 1 would take tens of thousands of texts to show."""
SAMPLE = 3
"""So many people are judged and written for to tell how long all of it will take."""
Interval = tuple[float, float, float]
Announce: TypeAlias = Callable[[Workload], None]
"""Called with what will be done before it begins."""


@dataclass(frozen=True, slots=True)
class Compared:
    """One choice that is compared: whose it is, the id of its event, whether it is `found` among the candidates, and
    NDCG@10, 0 where it is not: by `retrieval`, and by each model `alone` and `fused`."""

    user: str
    event: str
    found: bool
    retrieval: float
    alone: Mapping[str, float]
    fused: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Comparison:
    """NDCG@10 of each person, shape (people,), by `retrieval` and by each model `alone` and `fused`: the mean over the
    choices of theirs that are compared, since choices of one person are no independent observations. Of `judged` people
    one choice at least is among the candidates.

    A model's weight is fitted for each half of the people on the other half. `wrote` is, by model and task, 1 for each
    text that is true at the first try, else 0; each is of another person.
    """

    judged: int
    retrieval: Ranks
    alone: Mapping[str, Ranks]
    fused: Mapping[str, Ranks]
    wrote: Mapping[str, Mapping[str, Ranks]] = field(default_factory=dict)
    choices: Sequence[Compared] = ()

    @classmethod
    def of(
        cls, models: Collection[str], choices: Sequence[Compared],
        wrote: Mapping[str, Mapping[str, Ranks]] | None = None,
    ) -> Comparison:  # fmt: skip
        """The means of people over these choices, in the order in which people first appear."""
        own: dict[str, list[Compared]] = {}
        for choice in choices:
            own.setdefault(choice.user, []).append(choice)

        def means(value: Callable[[Compared], float]) -> Ranks:
            return np.array([np.mean([value(choice) for choice in some]) for some in own.values()])

        alone = {name: means(lambda choice: choice.alone[name]) for name in models}  # noqa: B023 - called at once
        fused = {name: means(lambda choice: choice.fused[name]) for name in models}  # noqa: B023
        judged = sum(any(choice.found for choice in some) for some in own.values())
        return cls(judged, means(lambda choice: choice.retrieval), alone, fused, wrote or {}, choices)

    @property
    def users(self) -> int:
        """How many people are compared."""
        return len(self.retrieval)

    def gain(self, name: str) -> Interval:
        """The fused ranking against retrieval, 95%: (low, mean, high)."""
        return paired_interval(self.fused[name], self.retrieval)

    def among(self, events: Collection[str]) -> Comparison:
        """The part of it whose choices are among these events (ids), with the weights that all of it fitted; without
        what was written."""
        return Comparison.of(list(self.fused), [choice for choice in self.choices if choice.event in events])

    def change(self, name: str, than: str) -> Interval:
        """One model's fused ranking against another's, 95%: (low, mean, high)."""
        return paired_interval(self.fused[name], self.fused[than])

    def not_worse(self, name: str, than: str) -> NonInferiority:
        """One model's fused ranking against another's."""
        return non_inferiority(self.fused[name], self.fused[than])

    def writes_not_worse(self, name: str, than: str) -> dict[str, NonInferiority]:
        """Whether texts are as often true at the first try, within `WRITING_MARGIN`, by task; a task in which neither
        writes anything true is left out."""
        both = {task: (true, self.wrote[than][task]) for task, true in self.wrote.get(name, {}).items()}
        return {task: non_inferiority(one, other, WRITING_MARGIN / max(float(other.mean()), WRITING_MARGIN))
                for task, (one, other) in both.items() if one.any() or other.any()}  # fmt: skip


def compare_models(
    workspace: Workspace, models: Mapping[str, Callable[[], LanguageModel]], withheld: Mapping[str, str],
    progress: Progress, users: int = USERS, before: Collection[str] = (), learned: Collection[str] = (),
    writers: int = WRITERS, announce: Announce | None = None,
) -> Comparison:  # fmt: skip
    """Let each model judge the same pools, drawn over an index that does not know the choices.

    Choices are each person's last, or in a log of few people several of the last (see `choices_judged`), those `before`
    these events (ids); but for what was `learned`, and for what stood before that when it was learned. Of up to `users`
    people up to `writers` are written for. `announce` is called with what will be done, once a sample of it was timed.

    Retrieval serves with its shipped weights here: fitted ones may have seen these choices. Models are opened in turn,
    and may be large: none is kept when the next is opened. `withheld` (user -> test item) as for fitting. Raises as
    opening a workspace does, and ModelError when what a model says is no number.
    """
    memory, config = workspace.memory, workspace.config
    store = IndexStore.of(workspace)
    prompts = PromptLibrary(workspace.folder)
    prompt = prompts.get(config.ranking_prompt)
    # Held back is all that fits hold back: a network without these is kept.
    drawn, held_back = validation_cases(memory, withheld, before=before, judged=choices_judged(memory, withheld))
    people = _not_learned(memory, drawn, learned)[:users]
    cases = [case for own in people for case in own]
    found: dict[str, list[Choice]] = {}
    wrote: dict[str, Mapping[str, Ranks]] = {}
    with store.without(held_back) as index:
        retriever = Retriever(index, store.encoder, FusionWeights.shipped(index.tower.name))
        asked: list[_Question | None] = []
        for name, opened in models.items():
            pipeline = RankingPipeline(config, retriever, opened(), prompt)
            asked = asked or [_question(pipeline, memory, case) for case in cases]
            judged = [question for question in asked if question]
            writing = ToWrite(pipeline, memory, [own[-1] for own in people[:writers]], prompts)
            if announce and not found:
                announce(_workload(pipeline, len(people), judged, writing, len(models)))
            found[name] = _choices(pipeline, judged, partial(progress, f"judging: {name}"))
            wrote[name] = writing.passed(progress)
            del pipeline, writing  # and its model, before the next is opened
    return Comparison.of(models, _compared(cases, asked, found), wrote)


def _not_learned(memory: Memory, cases: Sequence[Case], learned: Collection[str]) -> list[list[Case]]:
    """By person, oldest first, the choices that no model can have learned: the last unless it was itself, and of the
    others those after all that was. What came before stood in the history of what was learned."""
    people: list[list[Case]] = []
    for user, some in groupby(cases, key=lambda case: case.user):
        *others, last = some
        log = memory.events.history(user) if others else ()
        newest = max((place for place, event in enumerate(log) if event.id in learned), default=-1)
        own = [case for case in others if len(case.events) > newest]
        own += [] if last.event and last.event.id in learned else [last]
        people += [own] if own else []
    return people


def _compared(
    cases: Sequence[Case], asked: Sequence[_Question | None], found: Mapping[str, Sequence[Choice]]
) -> list[Compared]:
    """What came of each case; `found` are the choices of those that were judged, by model."""
    half = _half([question.case.user for question in asked if question])
    fused = {name: fused_by_others(choices, np.ones(1), half) for name, choices in found.items()}
    alone = {name: _alone(choices) for name, choices in found.items()}
    retrieval = next((before for before, _ in fused.values()), np.zeros(0))
    places, compared = iter(range(len(retrieval))), []
    for case, judged in zip(cases, asked, strict=True):
        place = next(places) if judged else None
        compared.append(Compared(
            case.user, case.event.id if case.event else "", judged is not None, _value(retrieval, place),
            {name: _value(values, place) for name, values in alone.items()},
            {name: _value(after, place) for name, (_, after) in fused.items()},
        ))  # fmt: skip
    return compared


def _value(values: Ranks, place: int | None) -> float:
    return 0.0 if place is None else float(values[place])


def _half(users: Sequence[str]) -> int:
    """How many of the choices are those of the first half of these people, whose choices stand together."""
    people = list(dict.fromkeys(users))
    first = set(people[: len(people) // 2])
    return sum(user in first for user in users)


@dataclass(frozen=True, slots=True)
class _Question:
    case: Case
    user_state: UserState
    request: Request
    pool: Sequence[Candidate]
    target: int


def _question(pipeline: RankingPipeline, memory: Memory, case: Case) -> _Question | None:
    """None where retrieval misses the target: no model can find it then."""
    user_state, request = pipeline.read(memory.catalogue.user(case.user), case.events), Request(context=case.context)
    pool = pipeline.candidates(user_state, request, pipeline.config.pool)
    place = next((position for position, candidate in enumerate(pool) if candidate.item.id == case.target), None)
    return None if place is None else _Question(case, user_state, request, pool, place)


def _workload(
    pipeline: RankingPipeline, users: int, asked: Sequence[_Question], writing: ToWrite, models: int
) -> Workload:
    some, few = asked[:SAMPLE], replace(writing, cases=writing.cases[:SAMPLE])
    judging_seconds = seconds_of(lambda: _choices(pipeline, some, _no_progress)) / max(len(some), 1)
    writing_seconds = seconds_of(lambda: few.passed(_no_progress)) / max(len(few.cases), 1)
    explanations, summaries = writing.counts()
    seconds = judging_seconds * len(asked) + writing_seconds * len(writing.cases)
    people = len({one.case.user for one in asked})
    return Workload(models, users, people, len(asked), explanations, summaries, models * seconds)


def _no_progress(*_: object) -> None:
    """A Progress that shows nothing."""


def _choices(
    pipeline: RankingPipeline, asked: Sequence[_Question], progress: Callable[[int, int], None]
) -> list[Choice]:
    judged = pipeline.judge_many(
        [(question.user_state, question.request, question.pool) for question in asked], progress
    )
    if not all(np.isfinite(says).all() for says in judged):
        card = pipeline.lm.card
        raise ModelError(f"{card.name} with the adapter {card.adapter} answers with what is no number: its weights are "
                         "damaged; train it again.")  # fmt: skip
    return [Choice(np.array([[one.score] for one in question.pool]), question.target, votes(question.pool, says))
            for question, says in zip(asked, judged, strict=True)]  # fmt: skip


def _alone(choices: Sequence[Choice]) -> Ranks:
    ranks = [
        rank_against_ties(choice.votes[:, 0].tolist(), choice.target) for choice in choices if choice.votes is not None
    ]
    return ndcg(np.array(ranks))
