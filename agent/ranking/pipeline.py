"""The turn's middle, without storage: events in, ranked candidates out. The recommender serves with it, evaluation
measures with it and tuning trains for it, so that all three mean the same."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from ...prompts.prompt import Prompt
from ...retrieval.candidates import Retriever
from ...retrieval.catalogue import Event, Item, User
from ...retrieval.event_kinds import chosen
from ...retrieval.evidence import Candidate, HistoryEntry, Query
from ..config import Config
from ..knowledge.phrases import verbs_for
from ..llm.language_model import LanguageModel, Question
from ..memory.summaries import Summary
from ..profile.history import UserHistory
from ..profile.interests import Interests, interests_of
from ..profile.summary import plain_summary
from ..profile.user_state import UserState
from ..turn import Interest, Profile, Request
from .ranking import Ranked, RankingWeights, judge, judge_many, question_about, rank
from .variety import varied

RECENT = 8
"""History items that the model is told by name."""
TOGETHER = 64
"""Cases that are handed to the model at once: enough of them are alike in length."""


class Clock:
    """Seconds per step, in the order of the steps; a step that comes again adds up. And how much each had before it."""

    def __init__(self, now: Callable[[], float] = time.perf_counter) -> None:
        self.seconds: dict[str, float] = {}
        self.counts: dict[str, int] = {}
        self._now = now
        self._last = now()

    def lap(self, step: str) -> None:
        """Book the time since the last lap under `step`."""
        current = self._now()
        self.seconds[step] = self.seconds.get(step, 0.0) + current - self._last
        self._last = current

    def resume(self) -> None:
        """Book what passed since the last lap under nothing: somebody else had the floor."""
        self._last = self._now()


@dataclass(frozen=True, slots=True)
class RankingPipeline:
    """Reads users and ranks items for them. `prompt`, `rank` or `order`, decides how the model is asked."""

    config: Config
    retriever: Retriever
    lm: LanguageModel
    prompt: Prompt
    weights: RankingWeights = field(default_factory=RankingWeights)

    def read(self, user: User, events: Sequence[Event], stored: Summary | None = None) -> UserState:
        """Profile a user from all their events (oldest first) and the stored rolling summary, if there is one.

        Without a stored summary the profile carries one made plainly from the facts.
        """
        return self.recall(user, UserHistory.of(events), stored)

    def recall(self, user: User, recalled: UserHistory, stored: Summary | None = None) -> UserState:
        """What `read` makes of the events that are recalled so."""
        events, interests = recalled.recent, interests_of(recalled, self.find, self.config)
        profile = Profile(
            user=user.id, attributes=user.attributes, interests=self._by_rarity(interests), items=interests.items,
            events=recalled.count, summary="", summary_version=0, summary_written_by="facts", last_event=None,
        )  # fmt: skip
        if stored is None:
            return UserState(events, interests, replace(profile, summary=plain_summary(profile)))
        covered = replace(profile, summary=stored.text, summary_version=stored.version, last_event=stored.last_event)
        return UserState(events, interests, replace(covered, summary_written_by=stored.written_by))

    def find(self, id: str) -> Item | None:
        """An item of the catalogue, or None."""
        place = self.retriever.index.position.get(id)
        return None if place is None else self.retriever.index.items[place]

    def query(self, user_state: UserState, request: Request) -> Query:
        """What to ask retrieval for this user and request."""
        consumed = user_state.interests.consumed
        if self.config.repeats == "allowed":  # of what may come again, not what was turned down
            consumed = frozenset(entry.item for entry in user_state.interests.history if entry.kind == "dismiss")
        named = self._named(user_state, request)
        return Query(
            history=(*(entry for entry in user_state.interests.history if entry.item not in named), *named.values()),
            chosen=(*chosen(user_state.events), *named),
            interests=self._interests(user_state, named),
            summary=user_state.profile.summary if user_state.events else "",
            request=request.text,
            examples=request.examples,
            filters=request.filters or {},
            avoid=request.avoid,
            told=request.told,
            exclude=consumed | request.exclude if request.exclude else consumed,  # a union copies
            attributes=user_state.profile.attributes,
            context=request.context,
        )

    def _named(self, user_state: UserState, request: Request) -> dict[str, HistoryEntry]:
        """What the conversation names as liked or as an example, newest last: it counts as the newest of the history
        does. Of what no event says that it was liked nothing is said either, hence "search"."""
        known = {entry.item: entry for entry in user_state.interests.history}
        ids = dict.fromkeys((*request.loved, *request.examples))
        return {id: known.get(id, HistoryEntry(id, polarity="liked", kind="search")) for id in ids if self.find(id)}

    def _interests(self, user_state: UserState, named: Iterable[str]) -> dict[tuple[str, str], float]:
        """Those of the profile, and what the named items have: as strong as anything where all of them have it."""
        items = [item for id in named if (item := self.find(id))]
        shares = {
            facet: count / len(items) for facet, count in Counter(chain(*(each.facets() for each in items))).items()
        }
        known = {(facet.facet, facet.value): facet.strength for facet in user_state.interests.facets}
        return known | {facet: max(share, known.get(facet, 0.0)) for facet, share in shares.items()}

    def candidates(
        self, user_state: UserState, request: Request, k: int, explained: int | None = None
    ) -> list[Candidate]:
        """The first stage's k best, the first `explained` of them (default: all) with evidence."""
        return self.retriever.candidates(self.query(user_state, request), k, explained)

    def judge(self, user_state: UserState, request: Request, candidates: Sequence[Candidate]) -> NDArray[np.float32]:
        """The model's preference for each candidate, shape (len(candidates),); one candidate will do.

        Asked in the way of the engine's prompt, see `agent.ranking.ranking.judge`: for a probability that is `rank`.
        """
        return judge(self.lm, self.prompt, candidates, *self._prompt_fields(user_state), request.text)

    def question(
        self, user_state: UserState, request: Request, candidates: Sequence[Candidate]
    ) -> tuple[Question, list[str]]:
        """What `judge` asks with the prompt `rank`, and the lines that it asks about, in the candidates' id order."""
        return question_about(self.prompt, candidates, *self._prompt_fields(user_state), request.text)

    def judge_many(
        self, cases: Sequence[tuple[UserState, Request, Sequence[Candidate]]],
        progress: Callable[[int, int], None] | None = None,
    ) -> list[NDArray[np.float32]]:  # fmt: skip
        """What `judge` says of each case, up to rounding, several users to a pass of the model.

        For evaluation and fitting. `progress` is told (done, total) after every chunk of cases.
        """
        judged: list[NDArray[np.float32]] = []
        for start in range(0, len(cases), TOGETHER):
            some = cases[start : start + TOGETHER]
            questions = [
                (candidates, *self._prompt_fields(user_state), request.text) for user_state, request, candidates in some
            ]
            judged += judge_many(self.lm, self.prompt, questions)
            if progress:
                progress(len(judged), len(cases))
        return judged

    def rank(self, user_state: UserState, request: Request, n: int, clock: Clock | None = None) -> list[Ranked]:
        """The n best items, best first: candidates, judged by the model, fused."""
        clock = clock or Clock()
        candidates = self.candidates(user_state, request, max(self.config.pool, n))
        clock.counts |= {
            "events": user_state.profile.events, "catalogue": len(self.retriever.index.items),
            "candidates": len(candidates),
        }  # fmt: skip
        clock.lap("candidates")
        judged = self.judge(user_state, request, candidates)
        clock.lap("ranking")
        return varied(
            rank(candidates, judged, self.weights, request.asks, request.told), self.retriever.index, self.config, n
        )

    def _by_rarity(self, interests: Interests) -> tuple[Interest, ...]:
        """Strong and rare first: that someone watches films in English says little where most are."""
        rarity = self.retriever.index.facets.rarity_of
        return tuple(sorted(interests.facets, key=lambda each: -abs(each.strength) * rarity((each.facet, each.value))))

    def _prompt_fields(self, user_state: UserState) -> tuple[str, list[str]]:
        """The summary and the history that the model reads."""
        return user_state.profile.summary if user_state.events else "", self._recent(user_state)

    def _recent(self, user_state: UserState) -> list[str]:
        found = ((entry, self.find(entry.item)) for entry in user_state.interests.history[-RECENT:])
        actions = (
            (verbs_for(entry.kind, entry.polarity, item.attributes), item.title) for entry, item in found if item
        )
        return [f"{verbs[0]} {title}" for verbs, title in actions if verbs]
