"""The components of the chat page: one template each, in `templates/`, which sees the page's words."""

from __future__ import annotations

import secrets
from pathlib import Path

from ..rendering import Templates
from . import words


def _once() -> str:
    """A mark that no other has: with it, the same content again is new content for the page's scripts."""
    return secrets.token_hex(4)


show = Templates(Path(__file__).with_name("templates"), words=words, once=_once).show
