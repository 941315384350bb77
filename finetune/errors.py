"""What can go wrong in training. Apart from it, so that who only handles them need not import PEFT."""

from __future__ import annotations

from ..agent.errors import SommelierError


class TrainingError(SommelierError):
    """Training cannot start, or cannot go on. The message says what to do."""


class DivergedError(TrainingError):
    """The loss is no longer a number."""
