"""A workspace as it serves, for measuring and fitting: its model, prompt, indexes and the key of its weights."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass

from ...agent.llm.language_model import LanguageModel
from ...agent.ranking.pipeline import RankingPipeline
from ...agent.ranking.ranking import RankingWeights
from ...agent.ranking.weights import load_weights, save_weights, shipped_weights, tower_data, weights_key
from ...agent.serving_model import configured_model
from ...agent.workspace import Workspace
from ...prompts.library import PromptLibrary
from ...prompts.prompt import Prompt
from ...retrieval.behaviour.tower_folder import TowerFolder
from ...retrieval.candidates import Retriever
from ...retrieval.index import Index
from .cases import case_of
from .holdout import IndexStore


@dataclass(frozen=True, slots=True)
class Setup:
    """What serves in an open workspace. Opening it loads the model, which takes seconds."""

    workspace: Workspace
    lm: LanguageModel
    prompt: Prompt
    store: IndexStore

    @classmethod
    def of(cls, workspace: Workspace, lm: LanguageModel | None = None) -> Setup:
        """As it serves, or as it would with another model. Raises as opening a workspace does."""
        store = IndexStore.of(workspace)
        prompt = PromptLibrary(workspace.folder).get(workspace.config.ranking_prompt)
        return cls(workspace, lm or configured_model(workspace), prompt, store)

    def pipeline(self, index: Index, key: str) -> RankingPipeline:
        """The engine over an index, with the weights stored under the key or the shipped ones."""
        stored = load_weights(self.workspace.memory, key)
        weights = stored if stored.users else shipped_weights(index.tower.name, self.lm.card, self.prompt)
        retriever = Retriever(index, self.store.encoder, weights.retrieval)
        return RankingPipeline(self.workspace.config, retriever, self.lm, self.prompt, weights)

    def key(self, withheld: Mapping[str, str] | None = None) -> str:
        """Of the weights for the present prompt, model and data, fitted without the test pairs `withheld`.

        Test pairs that do not stand in the log change nothing: no fit can have seen them.
        """
        return weights_key(self.prompt, self.lm.card, self.store.serving() + self._withheld_digest(withheld or {}))

    def keep(self, weights: RankingWeights, withheld: Mapping[str, str]) -> None:
        """Serve with these weights, fitted without the test pairs `withheld`, and evaluate with them on those pairs."""
        for key in {self.key(), self.key(withheld), self.latest_key()}:
            save_weights(self.workspace.memory, key, weights)

    def latest_key(self) -> str:
        """Of the last fit for the present sort of tower, whatever became of the log since."""
        encoder = self.store.encoder.identity
        tower = TowerFolder.beside(self.store.root).choice(encoder=encoder).name
        return weights_key(self.prompt, self.lm.card, tower_data(tower, encoder))

    def _withheld_digest(self, pairs: Mapping[str, str]) -> str:
        memory = self.workspace.memory
        in_log = [(user, item) for user, item in sorted(pairs.items()) if case_of(memory, user, item).held_back]
        return f" without {hashlib.sha256(json.dumps(in_log).encode()).hexdigest()}" if in_log else ""
