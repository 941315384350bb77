"""What a chat language model can and cannot do as a recommender, measured.

    python benchmarks/limits.py [NAME=WORKSPACE ...] [--users 60] [--page docs/limits.md]

Each user's last choice is predicted from what came before, with an index that was built without it. The built-in
catalogue is measured always, in a workspace of its own; others as they are given. Writes the page.
"""

from __future__ import annotations

import argparse
import random
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

import numpy as np
from alterations import SYNONYMS, misspelt, retitled, wish_of, with_strays, with_titles, without_some
from limits_page import Limits, Moved, Part, Renamed, page
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import track
from scipy import stats
from sommelier.agent.ingest.builtin import load_builtin
from sommelier.agent.memory.memory import Memory
from sommelier.agent.profile.user_state import UserState
from sommelier.agent.ranking.pipeline import RankingPipeline
from sommelier.agent.ranking.ranking import Ranked, item_line, rank
from sommelier.agent.turn import Request
from sommelier.agent.workspace import Workspace
from sommelier.finetune.evaluation.cases import Case, validation_cases
from sommelier.finetune.evaluation.evaluation import Judged, gathered, groups_of, judge_all, lists_of
from sommelier.finetune.evaluation.metrics import ndcg, overlap, paired_interval, rank_biased_overlap
from sommelier.finetune.evaluation.report import Report, mean_popularity, report_on
from sommelier.finetune.evaluation.setup import Setup
from sommelier.finetune.examples.renaming import made_up
from sommelier.retrieval.candidates import QueryEncoder, Retriever
from sommelier.retrieval.catalogue import Event
from sommelier.retrieval.evidence import Candidate, Evidence

SHOWN = 10
REQUEST = "something with {}"
STAGES = Console(stderr=True)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked on a user's behalf: their events, the request, and the titles in which the model reads of them."""

    events: Sequence[Event]
    request: str = ""
    title: Callable[[str], str] = str


@dataclass(frozen=True, slots=True)
class Answer:
    """The first ten of each system, and the pool as it is fused."""

    lists: Mapping[str, Sequence[str]]
    fused: Sequence[Ranked]


@dataclass(frozen=True, slots=True)
class World:
    """The engine over an index without the events to be predicted. `readers` read of people under other titles."""

    pipeline: RankingPipeline
    memory: Memory
    readers: Mapping[Callable[[str], str], RankingPipeline]

    @classmethod
    def of(cls, pipeline: RankingPipeline, memory: Memory, encoder: QueryEncoder) -> World:
        """The readers share the engine's model; only titles differ."""
        readers: dict[Callable[[str], str], RankingPipeline] = {str: pipeline}
        for title in (misspelt, made_up):
            other = Retriever(retitled(pipeline.retriever.index, title), encoder, pipeline.weights.retrieval)
            readers[title] = replace(pipeline, retriever=other)
        return cls(pipeline, memory, readers)

    def answer(self, case: Case, asked: Asked, ranked: Sequence[str] | None = None) -> Answer:
        """Retrieval, fused and the model alone; the last over the items `ranked`, else over retrieval's pool."""
        pipeline, request = self.pipeline, Request(asked.request, context=case.context)
        user_state = self.read(case.user, asked)
        pool = pipeline.candidates(user_state, request, pipeline.config.pool)
        drawn = [each.item.id for each in pool]
        missing = [item for item in ranked or () if item not in drawn]
        rest = pipeline.retriever.describe(pipeline.query(user_state, request), missing) if missing else []
        told = [with_titles(each, link=asked.title) for each in [*pool, *rest]]
        judged = self.readers[asked.title].judge(user_state, request, told)
        preference = {each.item.id: float(value) for each, value in zip(told, judged, strict=True)}
        fused = rank(pool, judged[: len(pool)], pipeline.weights, request.asks)
        alone = sorted(ranked or drawn, key=lambda item: (-preference[item], item))
        lists = {"retrieval": drawn, "lm": alone, "fused": [each.candidate.item.id for each in fused]}
        return Answer({name: each[:SHOWN] for name, each in lists.items()}, fused)

    def read(self, user: str, asked: Asked) -> UserState:
        """The person as the model is told of them."""
        return self.readers[asked.title].read(self.memory.catalogue.user(user), asked.events)


def main() -> None:
    """Measure and write the page."""
    options = _options()
    given = [(name, Path(folder)) for name, _, folder in (each.partition("=") for each in options.workspaces)]
    found = [_builtin(options.users)]
    for name, folder in given:
        with Workspace(folder) as workspace:
            found.append(measure(name, workspace, options.users))
    named = [f"{name}={name.upper().replace('-', '_')}" for name, _ in given]
    command = " ".join(["python benchmarks/limits.py", *named, f"--users {options.users}"])
    options.page.write_text(page(found, command), encoding="utf-8")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="What a chat LM can and cannot do as a recommender, measured.")
    parser.add_argument(
        "workspaces", nargs="*", metavar="NAME=WORKSPACE", help="measured beside the built-in catalogue"
    )
    parser.add_argument("--users", type=int, default=60)
    parser.add_argument("--page", type=Path, default=Path("docs/limits.md"))
    return parser.parse_args()


def _builtin(users: int) -> Limits:
    with tempfile.TemporaryDirectory() as folder, Workspace(Path(folder), create=True) as workspace:
        load_builtin(workspace)
        return measure("built-in films", workspace, users)


def measure(name: str, workspace: Workspace, users: int) -> Limits:
    """All figures of one workspace, over up to `users` of its users."""
    setup, memory = Setup.of(workspace), workspace.memory
    key = setup.key()
    cases, held_back = validation_cases(memory, {}, users)
    with setup.store.without(held_back) as index:
        world = World.of(setup.pipeline(index, key), memory, setup.store.encoder)
        known = [case for case in cases if case.target in index.position]
        judged = [_light(each) for each in judge_all(world.pipeline, memory, known, lambda *_: None)]
        return limits_of(name, world, judged)


def _light(each: Judged) -> Judged:
    """Without the reasons for what the model does not judge: for a thousand users these would be a gigabyte."""
    rest = (replace(candidate, features={}, evidence=Evidence()) for candidate in each.candidates[len(each.pool) :])
    return replace(each, candidates=[*each.pool, *rest])


def limits_of(name: str, world: World, judged: Sequence[Judged]) -> Limits:
    """All figures of what was judged in this world."""
    index, pipeline = world.pipeline.retriever.index, world.pipeline
    usual = [_usual(world, each) for each in judged]
    wishes = {at: wish for at, each in enumerate(judged) if (wish := wish_of(each.user_state.profile))}
    asked = {at: world.answer(judged[at].case, Asked(judged[at].case.events, REQUEST.format(wish)))
             for at, wish in _stage(name, "asking", list(wishes.items()))}  # fmt: skip
    pools = [each.item.id for one in judged for each in one.pool]
    return Limits(
        name=name, users=len(judged), items=len(index.items), model=pipeline.lm.card.name, pool=pipeline.config.pool,
        weight=sum(pipeline.weights.lm(False)), fitted=pipeline.weights.users,
        report=_report(world, judged),
        reordered=sum(_reordered(world, each) for each in _stage(name, "shuffling", judged)),
        pool_popularity=mean_popularity(pools, index),
        length=_interval([_length_preference(pipeline, each) for each in judged]),
        renamed=_renamed(name, world, judged),
        moved=[*_moved_events(name, world, judged, usual), *_moved_requests(name, world, judged, wishes, asked)],
        parts={"nothing asked": _parts([_fused(pipeline, each) for each in judged]),
               "with a request": _parts([each.fused for each in asked.values()])},
    )  # fmt: skip


def _report(world: World, judged: Sequence[Judged]) -> Report:
    index, cases = world.pipeline.retriever.index, [each.case for each in judged]
    lists = [lists_of(world.pipeline, each) for each in judged]
    listings = {name: gathered([each[name] for each in lists]) for name in lists[0]}
    groups = groups_of(cases, world.memory, index)
    return report_on(listings, [case.target for case in cases], groups, index, pool=world.pipeline.config.pool)


def _fused(pipeline: RankingPipeline, each: Judged) -> Sequence[Ranked]:
    return rank(each.pool, each.preferences, pipeline.weights, has_request=False)


def _reordered(world: World, each: Judged) -> bool:
    """Whether anything changes, be it one bit of a score, when the same candidates come in another order."""
    pool = list(each.pool)
    shuffled = random.Random(each.case.user).sample(pool, len(pool))
    first, second = (_scores(world.pipeline, each.user_state, candidates) for candidates in (pool, shuffled))
    return first != second


def _scores(
    pipeline: RankingPipeline, user_state: UserState, candidates: Sequence[Candidate]
) -> list[tuple[str, float, float]]:
    """Per place of the fused ranking: item, its score, and the bare preference of the model."""
    judged = pipeline.judge(user_state, Request(), candidates)
    bare = {each.item.id: float(value) for each, value in zip(candidates, judged, strict=True)}
    ranked = rank(candidates, judged, pipeline.weights, has_request=False)
    return [(each.candidate.item.id, each.score, bare[each.candidate.item.id]) for each in ranked]


def _length_preference(pipeline: RankingPipeline, each: Judged) -> float:
    """Spearman's correlation, within one pool, of the model's preference with the tokens of the item's line."""
    tokens = [pipeline.lm.count(item_line(candidate)) for candidate in each.pool]
    if not np.ptp(tokens) or not np.ptp(each.preferences):
        return 0.0
    return float(stats.spearmanr(tokens, each.preferences).statistic)


def _renamed(name: str, world: World, judged: Sequence[Judged]) -> Renamed:
    """The same pools judged with every title made up, for the candidates and in what is told of the person."""
    pipeline, reader, after = world.pipeline, world.readers[made_up], []
    for each in _stage(name, "renaming", judged):
        user_state = world.read(each.case.user, Asked(each.case.events, title=made_up))
        pool = [with_titles(candidate, made_up, made_up) for candidate in each.pool]
        after.append(replace(each, preferences=reader.judge(user_state, Request(), pool)))
    gains = [{system: ndcg(gathered([lists_of(pipeline, each)[system] for each in some]).ranks)
              for system in ("lm", "fused")} for some in (judged, after)]  # fmt: skip
    means = {system: (float(gains[0][system].mean()), float(gains[1][system].mean())) for system in gains[0]}
    differences = {system: paired_interval(gains[1][system], gains[0][system]) for system in gains[0]}
    titles = list(dict.fromkeys(candidate.item.title for each in judged for candidate in each.pool))
    tokens = [float(np.mean([pipeline.lm.count(title(each)) for each in titles])) for title in (str, made_up)]
    return Renamed(means, differences, (tokens[0], tokens[1]), titles[0], made_up(titles[0]))


def _usual(world: World, each: Judged) -> Mapping[str, Sequence[str]]:
    """The pool in retrieval's order, in the model's and in that of both fused."""
    ids = [candidate.item.id for candidate in each.pool]
    preference = dict(zip(ids, each.preferences.tolist(), strict=True))
    fused = [candidate.candidate.item.id for candidate in _fused(world.pipeline, each)]
    return {"retrieval": ids, "lm": sorted(ids, key=lambda item: (-preference[item], item)), "fused": fused}


def _moved_events(
    name: str, world: World, judged: Sequence[Judged], usual: Sequence[Mapping[str, Sequence[str]]]
) -> list[Moved]:
    items = [item.id for item in world.pipeline.retriever.index.items]
    ways: dict[str, Callable[[Sequence[Event], int], Asked]] = {
        "nothing (asked again)": lambda events, _: Asked(events),
        "a typo in every title of the history": lambda events, _: Asked(events, title=misspelt),
        "10% of the events lost": lambda events, seed: Asked(without_some(events, 0.1, seed)),
        "30% of the events lost": lambda events, seed: Asked(without_some(events, 0.3, seed)),
        "10% stray events added": lambda events, seed: Asked(with_strays(events, 0.1, items, seed)),
    }
    moved = []
    for what, alter in ways.items():
        pairs = []
        for at, each in _stage(name, what, list(enumerate(judged))):
            answer = world.answer(each.case, alter(each.case.events, at), usual[at]["retrieval"])
            pairs.append((usual[at], answer.lists))
        moved.append(_moved(what, pairs))
    return moved


def _moved_requests(
    name: str, world: World, judged: Sequence[Judged], wishes: Mapping[int, str], asked: Mapping[int, Answer]
) -> list[Moved]:
    synonyms = {at: SYNONYMS[wish.casefold()] for at, wish in wishes.items() if wish.casefold() in SYNONYMS}
    typos = {at: misspelt(wish) for at, wish in wishes.items()}
    moved = []
    for what, words in {"a typo in the request": typos, "a synonym in the request": synonyms}.items():
        pairs = []
        for at, word in _stage(name, what, list(words.items())):
            case, pool = judged[at].case, [each.candidate.item.id for each in asked[at].fused]
            answer = world.answer(case, Asked(case.events, REQUEST.format(word)), pool)
            pairs.append((asked[at].lists, answer.lists))
        moved.append(_moved(what, pairs))
    return [each for each in moved if each.users]


def _moved(what: str, pairs: Sequence[tuple[Mapping[str, Sequence[str]], Mapping[str, Sequence[str]]]]) -> Moved:
    alike = {system: ([overlap(before[system], after[system], SHOWN) for before, after in pairs],
                      [rank_biased_overlap(before[system], after[system], SHOWN) for before, after in pairs])
             for system in ("retrieval", "lm", "fused")}  # fmt: skip
    return Moved(what, len(pairs), {system: (float(np.mean(common)), float(np.mean(biased)))
                                    for system, (common, biased) in alike.items() if common})  # fmt: skip


def _parts(rankings: Sequence[Sequence[Ranked]]) -> Mapping[str, Part]:
    """Per part of the score: its mean share of the absolute parts, and of the spread within a pool."""
    names = sorted({name for ranked in rankings for each in ranked for name in each.parts})
    shares, spreads = np.zeros(len(names)), np.zeros(len(names))
    for ranked in rankings:
        table: NDArray[np.float64] = np.array([[each.parts.get(name, 0.0) for name in names] for each in ranked])
        absolute, spread = np.abs(table), table.std(axis=0)
        shares += (absolute / np.maximum(absolute.sum(axis=1, keepdims=True), 1e-12)).mean(axis=0) / len(rankings)
        spreads += spread / max(float(spread.sum()), 1e-12) / len(rankings)
    return {name: Part(float(shares[at]), float(spreads[at])) for at, name in enumerate(names)}


def _interval(values: Sequence[float]) -> tuple[float, float, float]:
    return paired_interval(np.array(values), np.zeros(len(values)))


def _stage(name: str, what: str, each: Sequence[T]) -> Iterable[T]:
    return track(each, f"{name}: {what}", console=STAGES, transient=True)


if __name__ == "__main__":
    main()
