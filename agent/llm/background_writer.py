"""Background use of the language model that gives way: it writes a token only while nobody is waiting for an answer."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from .language_model import LanguageModel, Message

LONGEST_WAIT = 30.0
"""Seconds that one text gives way altogether: a turn may be held open by a reader who never comes back."""


class StoppedError(Exception):
    """The workspace is closing; what was being written is dropped."""


class Foreground:
    """Counts the turns under way. Safe to use from several threads."""

    def __init__(self) -> None:
        self._turns = 0
        self._closing = False
        self._changed = threading.Condition()

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Hold this while somebody waits."""
        with self._changed:
            self._turns += 1
        try:
            yield
        finally:
            with self._changed:
                self._turns -= 1
                self._changed.notify_all()

    def close(self) -> None:
        """Stop whoever gives way, now and later."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()

    def wait(self, patience: float) -> None:
        """Return once no turn is under way, or after `patience` seconds. Raises StoppedError when closing."""
        with self._changed:
            self._changed.wait_for(lambda: self._turns == 0 or self._closing, max(patience, 0.0))
            if self._closing:
                raise StoppedError


class BackgroundWriter:
    """The part of a language model that writes, giving way between tokens."""

    def __init__(self, lm: LanguageModel, foreground: Foreground, patience: float = LONGEST_WAIT) -> None:
        self._lm = lm
        self._foreground = foreground
        self._deadline = time.monotonic() + patience

    def write(
        self,
        prompts: Sequence[Sequence[Message]],
        *,
        max_new_tokens: int,
        temperature: float = 0.0,
        seed: int = 0,
        openings: Sequence[str] | None = None,
    ) -> list[str]:
        """As `LanguageModel.write`, one prompt after another. Raises StoppedError when the workspace closes."""
        texts = []
        for prompt, opening in zip(prompts, openings or [""] * len(prompts), strict=True):
            pieces = []
            self._foreground.wait(self._deadline - time.monotonic())
            for piece in self._lm.stream(
                prompt, max_new_tokens=max_new_tokens, temperature=temperature, seed=seed, opening=opening
            ):
                pieces.append(piece)
                self._foreground.wait(self._deadline - time.monotonic())
            texts.append("".join(pieces))
        return texts
