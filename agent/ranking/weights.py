"""Fitted ranking weights in the database, under the key of what they were fitted for.

They hold for one rank prompt, model, adapter, quantization and text encoder, on one state of the catalogue and log.
When the log has moved on since, the last fit for the same sort of tower goes on serving; when any other of these
changes, the shipped weights serve until `sommelier fit` or `evaluate` fits anew.
"""

from __future__ import annotations

import hashlib
import json
from functools import cache

from ...prompts.prompt import Prompt
from ...retrieval.fusion import VERSION, FusionWeights
from ...retrieval.index import Index
from ...retrieval.text.sentence_encoder import BUNDLED_IDENTITY
from ..llm.language_model import ModelCard
from ..llm.model_loading import adapter_version
from ..memory.memory import Memory
from ..memory.settings import Setting
from ..serving_model import shipped_adapter
from .ranking import POINTWISE, SHIPPED_LM, RankingWeights

WEIGHTS = Setting("ranking", RankingWeights, RankingWeights())
"""A fit, by its key."""


def weights_key(prompt: Prompt, card: ModelCard, data: str) -> str:
    """`data` is the fingerprint of the index that the fit was made on.

    The prompt stands for the ranking mode too: one that ranks pointwise cannot serve listwise, or the reverse.
    """
    parts = [VERSION, prompt.hash, card.name, card.sha256, card.adapter, card.quantization, data]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]


def tower_data(tower: str, encoder: str) -> str:
    """Stands for the fingerprint where the last fit for a tower and a text encoder (its identity) is kept, whatever the
    state of the log."""
    return f"last with {tower}{reading(encoder)}"


def reading(encoder: str) -> str:
    """What a key says of the text encoder: nothing of the one in the box, with which all was fitted once."""
    return "" if encoder == BUNDLED_IDENTITY else f" over {encoder}"


def save_weights(memory: Memory, key: str, weights: RankingWeights) -> None:
    """Store a fit."""
    memory.settings.put(WEIGHTS.of(key), weights)


def load_weights(memory: Memory, key: str) -> RankingWeights:
    """The fit stored under the key, else the shipped defaults (`users` = 0)."""
    return memory.settings.get(WEIGHTS.of(key))


def serving_weights(memory: Memory, prompt: Prompt, card: ModelCard, index: Index) -> RankingWeights:
    """What to serve with over an index: the fit made on it, else the last for such a tower, else the shipped ones."""
    for data in (index.folder.name, tower_data(index.tower.name, index.encoder)):
        fitted = load_weights(memory, weights_key(prompt, card, data))
        if fitted.users:
            return fitted
    return shipped_weights(index.tower.name, card, prompt)


def shipped_weights(tower: str, card: ModelCard, prompt: Prompt) -> RankingWeights:
    """What serves before anything is fitted: a model is heard only with the adapter in the box, and only where it is
    asked about one item at a time, as it was trained and measured."""
    measured = prompt.name == POINTWISE and card.adapter == _shipped_version()
    lm = SHIPPED_LM if measured else (0.0, 0.0)
    return RankingWeights(FusionWeights.shipped(tower), lm, lm)


@cache
def _shipped_version() -> str | None:
    folder = shipped_adapter("bundled")
    return adapter_version(folder) if folder else None
