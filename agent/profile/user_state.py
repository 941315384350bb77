"""One user at one moment, as every step of a turn reads them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ...retrieval.catalogue import Event
from ..turn import Profile
from .interests import Interests


@dataclass(frozen=True, slots=True)
class UserState:
    """One user at one moment: what their events amount to. `events` are the newest, see `history`."""

    events: Sequence[Event]
    interests: Interests
    profile: Profile
