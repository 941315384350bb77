"""What can be asked about one item: itself, what is related, why it suits a user, how strong their interest is."""

from __future__ import annotations

from dataclasses import replace

from ...retrieval.catalogue import Item
from ...retrieval.related_items import RelatedItems, related_items_of
from ..explanation.explanation import explain
from ..memory.memory import Memory
from ..profile.user_state import UserState
from ..ranking.pipeline import RankingPipeline
from ..ranking.strength import Calibrations, InterestStrength, interest_in
from ..turn import Explanation, Request
from .serving_pipeline import ServingPipeline
from .unknown_items import unknown_items


class AboutItems:
    """Answers from what serves at the moment of the question. Every method raises UnknownItemError for an item that is
    not in the catalogue."""

    def __init__(self, memory: Memory, serving: ServingPipeline) -> None:
        self._serving = serving
        self._calibrations = Calibrations(memory)

    def item(self, id: str) -> Item:
        """The item itself."""
        index = self._knowing(id).retriever.index
        return index.items[index.position[id]]

    def related(self, id: str, n: int) -> RelatedItems:
        """Up to `n` items that are like it and `n` that are chosen along with it."""
        return related_items_of(self._knowing(id).retriever, id, n)

    def explain(self, user_state: UserState, id: str) -> Explanation:
        """Why it suits (or would suit) this user, from evidence."""
        self._serving.follow_promotion()
        pipeline = self._knowing(id)
        candidates = pipeline.retriever.describe(pipeline.query(user_state, Request()), [id])
        return explain(pipeline.lm, self._serving.prompt("explain"), candidates)[0]

    def interest(self, user_state: UserState, id: str) -> InterestStrength:
        """The probability that this user likes it, and the expected rating."""
        self._serving.follow_promotion()
        pipeline = replace(self._knowing(id), prompt=self._serving.prompt("rank"))
        calibration = self._calibrations.of(pipeline.prompt, pipeline.lm.card, pipeline.retriever.index.encoder)
        return interest_in(pipeline, user_state, [id], calibration)[0]

    def _knowing(self, id: str) -> RankingPipeline:
        serving = self._serving.current
        if id not in serving.index.position:
            raise unknown_items([id], serving.index)
        return serving.pipeline
