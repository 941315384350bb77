"""How often what a model writes is true at the first try: explanations and summaries for the same people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ...agent.explanation.explanation import draft, write_drafts
from ...agent.memory.memory import Memory
from ...agent.profile.summary import statements_of, write_summary
from ...agent.ranking.pipeline import RankingPipeline
from ...agent.turn import Profile, Request
from ...prompts.library import PromptLibrary
from ...retrieval.evidence import Candidate
from ..evaluation.cases import Case
from ..evaluation.evaluation import Progress
from ..evaluation.metrics import Ranks

TOGETHER = 8
"""Sentences written in one batch."""


@dataclass(frozen=True, slots=True)
class ToWrite:
    """What the engine's model is to write for some people: a sentence on the first candidate, and a summary of the
    profile; the same for every model."""

    pipeline: RankingPipeline
    memory: Memory
    cases: Sequence[Case]
    prompts: PromptLibrary

    def passed(self, progress: Progress) -> dict[str, Ranks]:
        """By task, 1 for each text that the verifier passes at the first try and 0 for the others."""
        return {"explain": self._explained(progress), "summarise": self._summarised(progress)}

    def counts(self) -> tuple[int, int]:
        """How many sentences and summaries are to be written."""
        return len(self._candidates()), len(self._profiles())

    def _explained(self, progress: Progress) -> Ranks:
        candidates, prompt, found = self._candidates(), self.prompts.get("explain"), list[float]()
        for start in range(0, len(candidates), TOGETHER):
            written = write_drafts(
                self.pipeline.lm,
                prompt,
                [draft(candidate) for candidate in candidates[start : start + TOGETHER]],
                attempt=0,
            )
            found += [float(text is not None) for text in written]
            progress("writing explanations", len(found), len(candidates))
        return np.array(found)

    def _candidates(self) -> list[Candidate]:
        states = (self.pipeline.read(self.memory.catalogue.user(case.user), case.events) for case in self.cases)
        shelves = (self.pipeline.candidates(state, Request(), 1) for state in states)
        drafted = [shelf[0] for shelf in shelves if shelf]
        return [candidate for candidate in drafted if draft(candidate).said]  # of the others nothing is to be said

    def _summarised(self, progress: Progress) -> Ranks:
        prompt, found = self.prompts.get("summarise"), list[float]()
        profiles = self._profiles()
        for profile in profiles:
            found.append(float(write_summary(self.pipeline.lm, prompt, profile, tries=1)[1] == "model"))
            progress("writing summaries", len(found), len(profiles))
        return np.array(found)

    def _profiles(self) -> list[Profile]:
        profiles = [
            self.pipeline.read(self.memory.catalogue.user(case.user), case.events).profile for case in self.cases
        ]
        return [profile for profile in profiles if len(statements_of(profile)) > 1]  # one statement is left as it is
