"""Examples for the tasks `explain` and `summarise`: a text, and what the prompt gives the model to write it from.

The prompts are filled as when they serve, from evidence that retrieval gives for real people. What is to be written
comes from a small grammar of joined facts; only what the verifier lets pass, and what is short enough to be written to
its end, becomes an example.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ...agent.config import Task
from ...agent.dialogue.reply import plan
from ...agent.explanation.explanation import Draft, checked, draft, messages
from ...agent.explanation.verifier import verify
from ...agent.knowledge.phrases import listed
from ...agent.llm.prompt_encoding import EncodedQuestion, PromptEncoder
from ...agent.memory.memory import Memory
from ...agent.profile.summary import facts_of_profile, openings, statements_of
from ...agent.profile.user_state import UserState
from ...agent.ranking.pipeline import RankingPipeline
from ...agent.turn import Profile, Request
from ...prompts import Prompt
from ...prompts.library import PromptLibrary
from ...retrieval.evidence import Candidate
from ...retrieval.text.vocabulary import words_of
from ..evaluation.cases import Case
from ..evaluation.evaluation import Progress
from .examples import TextExample
from .rank_examples import names_of
from .renaming import renaming
from .synthetic_requests import synthetic_requests

SHELF = 4
"""Candidates of which one is spoken of."""
ASKING = 0.4
"""Share of cases in which something is asked for."""
RENAMED = 0.3
"""Share of examples whose names are made-up words in part: the text must be read, not remembered."""
SYNONYMS = {
    "has themes of": ("explores", "explores themes of", "has themes of"), "stars": ("stars", "features"),
    "You are drawn to": ("You are drawn to", "You like", "You enjoy"),
    "are drawn to": ("are drawn to", "like", "enjoy"),
}  # fmt: skip
"""Beginnings of what is said, and other words for them that the verifier knows."""


@dataclass(frozen=True, slots=True)
class TextMaker:
    """Makes texts for people as the engine sees them. `share` is the probability that a case gives a text of a task."""

    pipeline: RankingPipeline
    encoder: PromptEncoder
    prompts: PromptLibrary
    memory: Memory
    share: float = 0.5
    seed: int = 0

    def explanations(self, cases: Sequence[Case], progress: Progress) -> Iterator[TextExample]:
        """A sentence about one of the first candidates, as it is asked for beside an item or over a shelf."""
        requests = {
            (case.user, case.target): request
            for case, request in synthetic_requests(cases, self.pipeline.retriever.index)
        }
        for done, case in enumerate(cases, 1):
            draw = random.Random(f"explain {self.seed} {case.user} {case.target}")
            if draw.random() < self.share:
                request = requests.get((case.user, case.target)) if draw.random() < ASKING else None
                yield from self._explanation(case, request or Request(), draw)
            progress("making explanations", done, len(cases))

    def summaries(self, cases: Sequence[Case], progress: Progress) -> Iterator[TextExample]:
        """The summary of a person, beginning as at the first or at the second try."""
        for done, case in enumerate(cases, 1):
            draw = random.Random(f"summarise {self.seed} {case.user} {case.target}")
            if draw.random() < self.share:
                profile = self.pipeline.read(self.memory.catalogue.user(case.user), case.events).profile
                yield from self._summary(profile, draw)
            progress("making summaries", done, len(cases))

    def _explanation(self, case: Case, request: Request, draw: random.Random) -> Iterator[TextExample]:
        user_state = self.pipeline.read(self.memory.catalogue.user(case.user), case.events)
        found = self.pipeline.candidates(user_state, request, SHELF)
        if found:
            prompt, sentence = self._drafted(found, request, draw)
            opening = draw.choice(sentence.openings)
            names = [name for candidate in found for name in names_of(candidate.item)] + self._titles(user_state)
            for rest in _sentences(sentence.said, draw):
                if self._fits(prompt, rest) and checked(opening + rest, sentence.facts) == opening + rest:
                    yield self._example("explain", prompt, sentence.brief, (opening, rest), names, draw)
                    return

    def _drafted(self, found: Sequence[Candidate], request: Request, draw: random.Random) -> tuple[Prompt, Draft]:
        if draw.random() < 0.5:
            return self.prompts.get("reply"), draw.choice(plan(found))
        return self.prompts.get("explain"), draft(draw.choice(found), words_of(request.text))

    def _summary(self, profile: Profile, draw: random.Random) -> Iterator[TextExample]:
        said, prompt = statements_of(profile), self.prompts.get("summarise")
        if len(said) < 2:
            return
        first, second = openings(said)
        phrased = [_varied(statement, draw) for statement in said[1:]]
        opening, rest = draw.choice(((first, f" {phrased[0].removeprefix('You ')}"), (second, f" {phrased[0]}")))
        rest = " ".join([rest, *phrased[1:]])
        if self._fits(prompt, rest) and not verify(opening + rest, facts_of_profile(profile)):
            names = [*(item.title for item in profile.items), *(interest.value for interest in profile.interests)]
            yield self._example("summarise", prompt, " ".join(said), (opening, rest), names, draw)

    def _example(
        self, task: Task, prompt: Prompt, brief: str, written: tuple[str, str], names: Sequence[str],
        draw: random.Random,
    ) -> TextExample:  # fmt: skip
        rename = renaming(names, str(draw.random())) if draw.random() < RENAMED else str
        opening, rest = written
        asking = self.encoder.prompt(messages(prompt, rename(brief)), rename(opening))
        return TextExample(EncodedQuestion(asking.head, asking.tail, (self._tokens(rename(rest)),)), task)

    def _fits(self, prompt: Prompt, rest: str) -> bool:
        """Whether it can be written to its end."""
        return len(self._tokens(rest)) <= prompt.max_new_tokens

    def _tokens(self, rest: str) -> tuple[int, ...]:
        return (*self.encoder.text(rest), self.encoder.end)

    def _titles(self, user_state: UserState) -> list[str]:
        found = (self.pipeline.find(entry.item) for entry in user_state.interests.history)
        return [item.title for item in found if item]


def _sentences(said: Sequence[str], draw: random.Random) -> Iterator[str]:
    """Ways to go on after "which" or "and it", the fullest first: all that is said of the item, then less of it."""
    phrased = [_varied(statement, draw) for statement in said]
    for count in range(min(len(phrased), 3), 0, -1):
        yield f" {listed(phrased[:count])}."


def _varied(text: str, draw: random.Random) -> str:
    start = next((opening for opening in SYNONYMS if text.startswith(f"{opening} ")), None)
    return text if start is None else draw.choice(SYNONYMS[start]) + text[len(start) :]
