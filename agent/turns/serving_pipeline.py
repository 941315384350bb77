"""What answers now: index, model, prompt and weights as one pipeline, replaced as a whole between two turns.

A turn takes the pipeline once and ends with it, whatever is promoted or rebuilt meanwhile. Another adapter is opened in
the background, in a thread of its own, while turns go on with the present one.
"""

from __future__ import annotations

import logging
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from ...prompts.library import PromptLibrary
from ...prompts.prompt import Prompt
from ...retrieval.candidates import Retriever
from ...retrieval.index import Index
from ...retrieval.text.encoder import Progress, TextEncoder
from ..dialogue.manager import DialogueManager
from ..ingest.indexing import open_or_mend, rebuild_index, vector_stores
from ..llm.language_model import LanguageModel
from ..ranking.pipeline import RankingPipeline
from ..ranking.weights import serving_weights
from ..serving_model import model_with, serving_adapter
from ..workspace import Workspace
from .open_indexes import OpenIndexes

log = logging.getLogger(__name__)

RETRY = 60.0
"""Seconds after which an adapter that could not be opened is tried again."""


@dataclass(frozen=True, slots=True)
class Prompts:
    """What one turn uses and logs, whatever is published or edited meanwhile."""

    rank: Prompt
    reply: Prompt
    explain: Prompt

    @property
    def hashes(self) -> dict[str, str]:
        """Call -> content hash."""
        return {call: getattr(self, call).hash for call in ("rank", "reply", "explain")}


@dataclass(frozen=True, slots=True)
class Serving:
    """What one turn is answered with, from its beginning to its end."""

    pipeline: RankingPipeline
    dialogue: DialogueManager

    @property
    def index(self) -> Index:
        """The index that the pipeline draws from."""
        return self.pipeline.retriever.index


class ServingPipeline:
    """Safe to use from several threads. With `follow`, `lm` is what the workspace is configured for, and gives way to
    another when another adapter is promoted."""

    def __init__(
        self, workspace: Workspace, index: Index, encoder: TextEncoder, lm: LanguageModel, *, dev: bool, follow: bool
    ) -> None:
        self._workspace = workspace
        self._prompts = PromptLibrary(workspace.folder, dev)
        self._encoder = encoder
        self._swapping = threading.Lock()
        self._failed: float | None = None
        self._follow, self._adapter = follow, serving_adapter(workspace) if follow else None
        prompt = self._prompts.get(workspace.config.ranking_prompt)
        self._current = Serving(self._pipeline(index, lm, prompt), _dialogue_of(index))
        self._stores = vector_stores(workspace.config)
        self._indexes = OpenIndexes(workspace.index, self._stores)
        self._indexes.adopt(index)
        self._loader = ThreadPoolExecutor(1, thread_name_prefix="adapter")

    @property
    def current(self) -> Serving:
        """What answers at this moment, whichever prompt it ranks with."""
        return self._current

    def prompts(self) -> Prompts:
        """The prompts of a turn that begins now. Raises PromptError."""
        get = self._prompts.get
        return Prompts(get(self._workspace.config.ranking_prompt), get("reply"), get("explain"))

    def prompt(self, name: str) -> Prompt:
        """One prompt by its name. Raises PromptError."""
        return self._prompts.get(name)

    def ranking_with(self, prompt: Prompt) -> Serving:
        """What answers with this ranking prompt; the weights fitted for another prompt do not hold for it."""
        self.follow_promotion()
        with self._swapping:
            if prompt.hash != self._current.pipeline.prompt.hash:
                self._replace(lm=self._current.pipeline.lm, prompt=prompt)
            return self._current

    def follow_promotion(self) -> None:
        """Have another adapter opened when another one is to serve; turns go on with the present one until it is."""
        wanted = serving_adapter(self._workspace) if self._follow else None
        with self._swapping:
            again = self._failed is not None and time.monotonic() - self._failed > RETRY
            if wanted != self._adapter or again:
                self._adapter, self._failed = wanted, None
                self._loader.submit(self._swap_model, wanted)

    def rebuild_index(self, progress: Progress) -> None:
        """Build the index of what the database holds now beside the serving one, and serve with it from the next turn.

        Turns in flight end with the index that they began with. Raises as `open_index` does.
        """
        memory, root = self._workspace.memory, self._workspace.index
        folder = rebuild_index(memory, root, self._encoder, progress, self._stores, self._indexes.in_use())
        if folder == self._current.index.folder:
            return
        index = open_or_mend(memory, root, self._encoder, progress, self._stores, self._indexes.in_use())
        self._indexes.adopt(index)
        dialogue = _dialogue_of(index)
        with self._swapping:
            pipeline = self._current.pipeline
            self._current = Serving(self._pipeline(index, pipeline.lm, pipeline.prompt), dialogue)
        log.info("an index of %d items serves from now on", len(index.items))

    def close(self) -> None:
        """Wait for a model that is being opened, and close the index."""
        self._loader.shutdown(wait=True, cancel_futures=True)
        self._indexes.close()
        self._current.index.close()

    def _swap_model(self, adapter: Path | None) -> None:
        try:
            lm = model_with(self._workspace, adapter)
            with self._swapping:
                if adapter != self._adapter:  # another one was promoted meanwhile, and is next
                    return
                self._failed = None
                self._replace(lm=lm, prompt=self._current.pipeline.prompt)
            log.info("the adapter %s serves from now on", lm.card.adapter)
        except Exception:  # a background task: nobody else would ever hear of it
            with self._swapping:
                self._failed = time.monotonic() if adapter == self._adapter else self._failed
            log.exception("the adapter %s cannot serve; what served goes on, and it is tried again", adapter)

    def _replace(self, lm: LanguageModel, prompt: Prompt) -> None:
        """Serve with another model or prompt over the same index; the lock is held."""
        self._current = replace(self._current, pipeline=self._pipeline(self._current.index, lm, prompt))

    def _pipeline(self, index: Index, lm: LanguageModel, prompt: Prompt) -> RankingPipeline:
        weights = serving_weights(self._workspace.memory, prompt, lm.card, index)
        retriever = Retriever(index, self._encoder, weights.retrieval)
        return RankingPipeline(self._workspace.config, retriever, lm, prompt, weights)


def _dialogue_of(index: Index) -> DialogueManager:
    # Whoever holds the words does not hold the index, which is closed when the last turn with it ends.
    return DialogueManager(index.items, dict(index.roles), index.words.column.__contains__)
