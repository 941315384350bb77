"""Fitted ranking weights in the database, under the key of what they were fitted for.

They hold for one rank prompt, model, adapter and quantization, on one state of the catalogue and log. When any of
these changes the key changes, and the shipped defaults serve until `sommelier evaluate` fits anew.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from typing import Any

from ..prompts.prompt import Prompt
from ..retrieval.fusion import FusionWeights
from .language_model import ModelCard
from .memory import Memory
from .ranking import RankingWeights


def weights_key(prompt: Prompt, card: ModelCard, data: str) -> str:
    """`data` is the fingerprint of the index that the fit was made on.

    The prompt stands for the ranking mode too: one that ranks pointwise cannot serve listwise, or the reverse.
    """
    parts = [prompt.hash, card.name, card.sha256, card.adapter, card.quantization, data]
    return "ranking:" + hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]


def save_weights(memory: Memory, key: str, weights: RankingWeights) -> None:
    """Store a fit."""
    memory.put_setting(key, asdict(weights))


def load_weights(memory: Memory, key: str) -> RankingWeights:
    """The fit stored under the key, else the shipped defaults (`users` = 0)."""
    stored: dict[str, Any] | None = memory.get_setting(key)
    if stored is None:
        return RankingWeights()
    return RankingWeights(**{**stored, "retrieval": FusionWeights(**stored["retrieval"])})
