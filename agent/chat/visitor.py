"""Who is asking: the identity behind one browser, derived on the server from a secret that the browser keeps.

A browser holds an unguessable token (made here, 256 bits) and two harmless choices: which demo viewer it looks
through and which conversation it is in. User and session ids are hashes of the token, so no event can name
somebody else's, and a reload or a restarted server comes back to the same person without storing anything.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")


@dataclass(frozen=True, slots=True)
class Visitor:
    """One browser. `viewer` is the demo viewer it looks through (None: as themselves)."""

    token: str
    viewer: str | None = None
    conversation: int = 0

    @classmethod
    def arrive(cls) -> Visitor:
        """Someone never seen before."""
        return cls(secrets.token_urlsafe(32))

    @classmethod
    def recall(cls, kept: object, viewers: Collection[str]) -> Visitor:
        """The visitor whom a browser's `kept` value names; anything that is not a whole token is a new visitor."""
        if not isinstance(kept, Mapping):
            return cls.arrive()
        token, viewer, conversation = kept.get("token"), kept.get("viewer"), kept.get("conversation")
        if not isinstance(token, str) or not _TOKEN.fullmatch(token):
            return cls.arrive()
        known = viewer if isinstance(viewer, str) and viewer in viewers else None
        return cls(token, known, conversation if isinstance(conversation, int) else 0)

    def keep(self) -> dict[str, str | int | None]:
        """What the browser stores, for `recall`."""
        return {"token": self.token, "viewer": self.viewer, "conversation": self.conversation}

    def looking_through(self, viewer: str | None) -> Visitor:
        """The same browser as another demo viewer, or as itself."""
        return replace(self, viewer=viewer)

    def afresh(self) -> Visitor:
        """The same browser in a new conversation."""
        return replace(self, conversation=self.conversation + 1)

    @property
    def user(self) -> str:
        """The user id that events are written under."""
        return self.viewer or f"guest-{self._digest('user')[:20]}"

    @property
    def session(self) -> str:
        """The session id that turns are logged under: one per browser, viewer and conversation."""
        return f"chat-{self._digest('session', self.viewer or '', str(self.conversation))[:32]}"

    def _digest(self, *parts: str) -> str:
        return hashlib.sha256("\n".join((self.token, *parts)).encode()).hexdigest()
