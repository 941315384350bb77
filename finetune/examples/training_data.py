"""What a run learns from: examples of all its tasks, some of them of people that it only checks itself on."""

from __future__ import annotations

import hashlib
import random
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeAlias

from ...agent.config import TASKS, Task
from ...agent.llm.prompt_encoding import PromptEncoder
from ...agent.ranking.pipeline import RankingPipeline
from ...prompts.library import PromptLibrary
from ...retrieval.candidates import Retriever
from ...retrieval.fusion import FusionWeights
from ...retrieval.index import Index
from ..evaluation.cases import Case, choices_judged, training_cases
from ..evaluation.evaluation import Progress
from ..evaluation.setup import Setup
from .examples import Example
from .opinion_pairs import Held, earlier_opinions
from .rank_examples import ExampleRecipe, calibrated, rank_examples
from .rate_examples import rate_examples
from .text_examples import TextMaker

CHECKED = 300
"""People that training is checked on and does not learn from; at most a fifth of all."""


@dataclass(frozen=True, slots=True)
class DataCard:
    """What an adapter learned from: choices of users, the examples made of them, by task, and how many of these only
    checked it, `ranked` of them rankings. `first` and `last` are when people did what they did last before, None in a
    log without times; `sha256` is of the examples, token by token."""

    users: int
    choices: int
    examples: int
    tasks: Mapping[Task, int]
    checked: int
    first: datetime | None
    last: datetime | None
    withheld: int
    sha256: str
    ranked: int | None = None
    """None in the metadata of earlier versions."""


def make_examples(
    setup: Setup, encoder: PromptEncoder, withheld: Mapping[str, str], progress: Progress, *,
    users: int | None = None, tasks: Collection[Task] = TASKS, recipe: ExampleRecipe | None = None,
    fresh: Collection[str] | None = None,
) -> tuple[DataCard, list[Example], list[str]]:  # fmt: skip
    """Examples of up to `users` users: first those that only check, then those to learn from, each in random order; and
    the ids of the events that they are of.

    Nothing that asks knows what is asked for, nor what validates, nor `withheld`. With `fresh` (ids of events) they are
    of these and of as many earlier ones (see `training_cases`), each sort as old as it is among its like, and opinions
    are left out.
    """
    recipe, memory, config = recipe or ExampleRecipe(), setup.workspace.memory, setup.workspace.config
    judged = choices_judged(memory, withheld)
    cases, held_back = training_cases(memory, withheld, users=users, seed=recipe.seed, fresh=fresh, judged=judged)
    rates = "rate" in tasks and fresh is None
    rated, unseen = earlier_opinions(memory, withheld, config, users, recipe.seed, judged) if rates else ([], {})
    if not cases:
        return _card([], [], 0, len(withheld)), [], []
    held_back |= {user: max(count, held_back.get(user, 0)) for user, count in unseen.items()}
    everybody = list(dict.fromkeys(case.user for case in cases))
    people = set(everybody[: checked_people(len(everybody))])
    rated = [held for held in rated if held.user in set(everybody)]
    with setup.store.without(held_back) as index:
        maker = _Maker(setup, encoder, _pipeline(setup, index), tasks, recipe, fresh)
        checked, learned = maker.examples(
            [([case for case in cases if (case.user in people) is checks],
              [held for held in rated if (held.user in people) is checks]) for checks in (True, False)], progress,
        )  # fmt: skip
    made = calibrated(checked + learned)
    return _card(cases, made, len(checked), len(withheld)), made, [case.event.id for case in cases if case.event]


def checked_people(people: int) -> int:
    """Of so many people, how many training is only checked on."""
    return min(CHECKED, people // 5)


def _sorts(cases: Sequence[Case], fresh: Collection[str] | None) -> list[list[Case]]:
    """What is new apart from what is replayed, which would count for next to nothing if its age counted from there."""
    sorts: dict[bool, list[Case]] = {True: [], False: []}
    for case in cases:
        sorts[fresh is None or bool(case.event and case.event.id in fresh)].append(case)
    return list(sorts.values())


def _newest(cases: Sequence[Case]) -> datetime | None:
    """When the last of the choices was made; a date in the future is a mistake and counts as now."""
    newest = max((case.event.at for case in cases if case.event and case.event.at), default=None)
    return min(newest, datetime.now(UTC)) if newest else None


def _pipeline(setup: Setup, index: Index) -> RankingPipeline:
    # Not the fitted weights: a fit may have seen what is withheld, and has seen what validates.
    retriever = Retriever(index, setup.store.encoder, FusionWeights.shipped(index.tower.name))
    return RankingPipeline(setup.workspace.config, retriever, setup.lm, setup.prompt)


_Group: TypeAlias = tuple[Sequence[Case], Sequence[Held]]
"""Choices and opinions of the same people."""


@dataclass(frozen=True, slots=True)
class _Maker:
    setup: Setup
    encoder: PromptEncoder
    pipeline: RankingPipeline
    tasks: Collection[Task]
    recipe: ExampleRecipe
    fresh: Collection[str] | None

    def examples(self, groups: Sequence[_Group], progress: Progress) -> list[list[Example]]:
        """Of each group those of all tasks, in random order; a task is done for all of them before the next."""
        made: list[list[Example]] = [[] for _ in groups]
        for make, place in ((self._rated, 1), (self._ranked, 0), (self._explained, 0), (self._summarised, 0)):
            counted = _Rounds(progress, sum(len(group[place]) for group in groups))
            for group, into in zip(groups, made, strict=True):
                into += make(group, counted)
        for some in made:
            random.Random(self.recipe.seed).shuffle(some)
        return made

    def _rated(self, group: _Group, progress: Progress) -> Iterator[Example]:
        return rate_examples(self.pipeline, self.encoder, self.setup.workspace.memory, group[1], progress)

    def _ranked(self, group: _Group, progress: Progress) -> Iterator[Example]:
        memory = self.setup.workspace.memory
        for some in _sorts(group[0], self.fresh) if "rank" in self.tasks else ():
            yield from rank_examples(
                self.pipeline, self.encoder, memory, some, self.recipe, progress, newest=_newest(some)
            )

    def _explained(self, group: _Group, progress: Progress) -> Iterator[Example]:
        return self._texts.explanations(group[0], progress) if "explain" in self.tasks else iter(())

    def _summarised(self, group: _Group, progress: Progress) -> Iterator[Example]:
        return self._texts.summaries(group[0], progress) if "summarise" in self.tasks else iter(())

    @property
    def _texts(self) -> TextMaker:
        workspace = self.setup.workspace
        prompts = PromptLibrary(workspace.folder)
        return TextMaker(self.pipeline, self.encoder, prompts, workspace.memory, seed=self.recipe.seed)


class _Rounds:
    """A Progress that counts several rounds of a stage as one, of `total` together."""

    def __init__(self, progress: Progress, total: int) -> None:
        self._progress = progress
        self._total = total
        self._before = 0

    def __call__(self, stage: str, done: int, total: int) -> None:
        self._progress(stage, self._before + done, self._total)
        self._before += total if done == total else 0


def _card(cases: Sequence[Case], made: Sequence[Example], checked: int, withheld: int) -> DataCard:
    times = sorted(event.at for case in cases for event in case.events[-1:] if event.at)
    return DataCard(
        users=len({case.user for case in cases}), choices=len(cases), examples=len(made),
        tasks=dict(Counter(example.task for example in made)), checked=checked, first=times[0] if times else None,
        last=times[-1] if times else None, withheld=withheld, sha256=hashlib.sha256(repr(made).encode()).hexdigest(),
        ranked=sum(example.task == "rank" for example in made[:checked]),
    )  # fmt: skip
