"""The rolling summary, rewritten after a turn in a thread of its own that gives way to whoever waits for an answer."""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from ..llm.background_writer import BackgroundWriter, Foreground, StoppedError
from ..memory.memory import Memory
from ..profile.summary import write_summary
from ..profile.user_state import UserState
from .serving_pipeline import ServingPipeline

log = logging.getLogger(__name__)


class SummaryRefresher:
    """Keeps the stored summary of a user up to date with the newest event that it does not cover yet."""

    def __init__(
        self, memory: Memory, serving: ServingPipeline, user_state: Callable[[str], UserState], foreground: Foreground
    ) -> None:
        self._memory = memory
        self._serving = serving
        self._user_state = user_state
        self._foreground = foreground
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="summary")

    def submit(self, user: str) -> None:
        """Have the user's summary rewritten soon, if events came in since it was written."""
        self._worker.submit(self._refresh, user)

    def close(self) -> None:
        """Stop the summary being written; it is left for the next turn."""
        self._foreground.close()
        self._worker.shutdown(wait=True, cancel_futures=True)

    def _refresh(self, user: str) -> None:
        try:
            retracted = self._memory.events.retracted(user)
            user_state = self._user_state(user)
            newest = user_state.events[-1].id if user_state.events else None
            if newest is None or (user_state.profile.summary_version and user_state.profile.last_event == newest):
                return
            writer = BackgroundWriter(self._serving.current.pipeline.lm, self._foreground)
            text, written_by = write_summary(writer, self._serving.prompt("summarise"), user_state.profile)
            self._memory.summaries.save(user, text, written_by, newest, retracted)
        except StoppedError:
            log.debug("closing: the summary of user %r is left for the next turn", user)
        except Exception:  # a background task: nobody else would ever hear of it
            log.exception("could not refresh the summary of user %r", user)
