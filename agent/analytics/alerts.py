"""Tells whoever runs a workspace when a threshold of `sommelier.yaml` is crossed: to the log, and to a webhook.

An alert is told once, and once more when it is over; what is told already lies in the workspace, so that a chat and a
scheduled `sommelier board --check` do not both tell it. A webhook that fails is tried again at the next look, and stops
nothing.
"""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.client import HTTPException
from typing import Any, Literal
from urllib.request import Request, urlopen

import numpy as np

from ..config import Alerts
from ..memory.memory import Memory
from ..memory.settings import Setting
from ..memory.statistics import Statistics
from .turns import Latency, total

PATIENCE = 10.0
"""Seconds that a webhook has to answer."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Finding:
    """What a threshold was compared with. `text` says it in a sentence."""

    name: str
    value: float
    threshold: float
    text: str

    @property
    def crossed(self) -> bool:
        """Whether there is reason to tell anybody."""
        return self.value > self.threshold


def look(statistics: Statistics, alerts: Alerts, now: datetime) -> list[Finding]:
    """Every threshold that is set and that there is enough to compare with: too few turns say nothing either way."""
    return [each for each in (*_of_turns(statistics, alerts, now), _of_events(statistics, alerts, now)) if each]


@dataclass(frozen=True, slots=True)
class Told:
    """An alert that was raised: `since` when (ISO), in what words, and whether the webhook took it, if there is one."""

    since: str
    text: str
    delivered: bool


TOLD: Setting[Mapping[str, Told]] = Setting("alerts", Mapping[str, Told], {})
"""Alerts that are not over, by the name of their threshold."""


class Alarm:
    """Looks and tells. `place` names the workspace in what is told."""

    def __init__(
        self, memory: Memory, alerts: Alerts, place: str,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:  # fmt: skip
        self._memory = memory
        self._alerts = alerts
        self._place = place
        self._now = now

    def firing(self) -> list[str]:
        """What is wrong, as it was told, in the order of names."""
        return [each.text for _, each in sorted(self._told().items())]

    def check(self) -> list[Finding]:
        """Look, tell what is new and what is over, and return all findings. Raises WorkspaceError."""
        findings, before = look(self._memory.statistics, self._alerts, self._now()), self._told()
        after = {name: each for name, each in before.items() if getattr(self._alerts, name, None) is not None}
        for each in findings:
            if each.crossed:
                after[each.name] = self._raised(each, before.get(each.name))
            elif each.name in after and self._over(each, after[each.name]):
                del after[each.name]
        if after != before:
            self._memory.settings.put(TOLD, after)
        return findings

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Check now and every so many minutes in a thread of its own, until the block ends."""
        done = threading.Event()
        thread = threading.Thread(target=self._watch, args=(done,), name="alerts", daemon=True)
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join(PATIENCE + 1)

    def _watch(self, done: threading.Event) -> None:
        while not done.is_set():
            try:
                self.check()
            except Exception:  # a background task: nobody else would ever hear of it
                log.exception("could not check the alert thresholds; they are checked again")
            done.wait(self._alerts.minutes * 60)

    def _told(self) -> Mapping[str, Told]:
        return self._memory.settings.get(TOLD)

    def _raised(self, finding: Finding, before: Told | None) -> Told:
        if before is None:
            log.warning("%s: %s", self._place, finding.text)
        elif before.delivered:
            return before
        since = before.since if before else self._now().isoformat(timespec="seconds")
        return Told(since, finding.text, self._send(finding, "raised"))

    def _over(self, finding: Finding, before: Told) -> bool:
        """Whether it is settled that it is over: at once, unless a webhook that heard of it could not be told so."""
        heard = before.delivered and self._alerts.webhook is not None
        if heard and not self._send(finding, "over"):
            return False
        log.warning("%s: over: %s", self._place, finding.text)
        return True

    def _send(self, finding: Finding, state: Literal["raised", "over"]) -> bool:
        """Whether nobody else needs to hear of it. `text` is the key that chat services show."""
        if self._alerts.webhook is None:
            return True
        said = f"Sommelier, {self._place}: {'over: ' if state == 'over' else ''}{finding.text}"
        return _post(str(self._alerts.webhook), {
            "text": said, "alert": finding.name, "state": state, "value": finding.value,
            "threshold": finding.threshold, "workspace": self._place, "at": self._now().isoformat(timespec="seconds"),
        })  # fmt: skip


def _of_turns(statistics: Statistics, alerts: Alerts, now: datetime) -> Iterator[Finding]:
    since, until = now - timedelta(hours=alerts.hours), now + timedelta(microseconds=1)
    totals = total(statistics.answers_by_day(since, until).values())
    when = f"in the last {alerts.hours:g} h"
    if alerts.p95_seconds is not None and totals.finished >= alerts.turns:
        seconds = [whole for _, _, whole in statistics.answer_seconds(since, until)]
        latency = Latency.of(np.array(seconds))
        slow = latency.p95 if latency else 0.0
        text = f"95 % of {totals.finished} turns {when} took up to {slow:.1f} s; the limit is {alerts.p95_seconds:g} s."
        yield Finding("p95_seconds", slow, alerts.p95_seconds, text)
    if alerts.fallback_rate is not None and totals.finished >= alerts.turns and totals.written:
        text = f"A plain sentence stood in for {totals.fallback:.0%} of what the model wrote {when}"
        text += f"; the limit is {alerts.fallback_rate:.0%}."
        yield Finding("fallback_rate", totals.fallback, alerts.fallback_rate, text)
    if alerts.empty_rate is not None and totals.turns >= alerts.turns:
        rate = totals.empty / totals.turns
        text = f"{rate:.0%} of {totals.turns} turns {when} had nothing to show; the limit is {alerts.empty_rate:.0%}."
        yield Finding("empty_rate", rate, alerts.empty_rate, text)


def _of_events(statistics: Statistics, alerts: Alerts, now: datetime) -> Finding | None:
    last = statistics.dates(now).last if alerts.quiet_hours is not None else None
    if last is None or alerts.quiet_hours is None:
        return None
    hours = (now - last) / timedelta(hours=1)
    text = f"The newest event is {hours:.1f} h old; the limit is {alerts.quiet_hours:g} h."
    return Finding("quiet_hours", hours, alerts.quiet_hours, text)


def _post(url: str, body: dict[str, Any]) -> bool:
    headers = {"Content-Type": "application/json", "User-Agent": "sommelier"}
    request = Request(url, json.dumps(body).encode(), headers, method="POST")
    try:
        with urlopen(request, timeout=PATIENCE):
            return True
    except (OSError, HTTPException) as error:
        # The address is not logged: for most services whoever has it may post.
        log.warning("the webhook for alerts did not take the message (%s); it is tried again", error)
        return False
