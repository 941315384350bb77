"""Examples for the task `rate`: what a person liked and what they did not, asked as `Recommender.interest` asks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ...agent.llm.prompt_encoding import PromptEncoder
from ...agent.memory.memory import Memory
from ...agent.ranking.pipeline import RankingPipeline
from ...agent.turn import Request
from ..evaluation.evaluation import Progress
from .examples import RateExample
from .opinion_pairs import Held


def rate_examples(
    pipeline: RankingPipeline, encoder: PromptEncoder, memory: Memory, held: Sequence[Held], progress: Progress
) -> Iterator[RateExample]:
    """An example of each user, with the items that are still in the catalogue.

    The engine must stand over an index without the opinions and what came after them.
    """
    for done, person in enumerate(held, 1):
        liked = dict(zip(person.items, person.liked, strict=True))
        user_state = pipeline.read(memory.catalogue.user(person.user), person.events)
        present = [item for item in liked if item in pipeline.retriever.index.position]
        found = pipeline.retriever.describe(pipeline.query(user_state, Request()), present)
        if found:
            question, lines = pipeline.question(user_state, Request(), found)
            in_order = sorted(candidate.item.id for candidate in found)  # the order of the lines
            yield RateExample(encoder.question(question, lines), tuple(liked[item] for item in in_order))
        progress("making ratings", done, len(held))
