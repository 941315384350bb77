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

_MOST = 10_000
"""Conversations that one browser may count."""
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")


@dataclass(frozen=True, slots=True)
class Visitor:
    """One browser. `viewer` is the demo viewer it looks through (None: as themselves), `conversation` the one that it
    is in, of 0 to `newest`. `account` is who they are where the page knows its people; the token then says nothing."""

    token: str
    viewer: str | None = None
    conversation: int = 0
    newest: int = 0
    account: str | None = None

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
        present = _count(conversation)
        return cls(token, known, present, max(present, _count(kept.get("newest"))))

    @classmethod
    def signed_in(cls, kept: object, account: str) -> Visitor:
        """The person of that account; of what the browser kept, only which conversation it is in counts."""
        recalled = cls.recall(kept, ())
        return replace(recalled, account=account)

    def keep(self) -> dict[str, str | int | None]:
        """What the browser stores, for `recall`."""
        return {"token": self.token, "viewer": self.viewer, "conversation": self.conversation, "newest": self.newest}

    def looking_through(self, viewer: str | None) -> Visitor:
        """The same browser as another demo viewer, or as itself."""
        return replace(self, viewer=viewer)

    def afresh(self) -> Visitor:
        """The same browser in a new conversation."""
        return replace(self, conversation=self.newest + 1, newest=self.newest + 1)

    def back_to(self, conversation: int) -> Visitor:
        """The same browser in a conversation that it was in before; as it is when there was none of that number."""
        return replace(self, conversation=conversation) if 0 <= conversation <= self.newest else self

    @property
    def user(self) -> str:
        """The user id that events are written under."""
        return self.account or self.viewer or f"guest-{self._digest('user')[:20]}"

    @property
    def session(self) -> str:
        """The session id that turns are logged under: one per browser, viewer and conversation."""
        return f"chat-{self._digest('session', self.viewer or '', str(self.conversation))[:32]}"

    def _digest(self, *parts: str) -> str:
        secret = self.token if self.account is None else f"account {self.account}"
        return hashlib.sha256("\n".join((secret, *parts)).encode("utf-8", "surrogatepass")).hexdigest()


def _count(value: object) -> int:
    return value if type(value) is int and 0 <= value < _MOST else 0
