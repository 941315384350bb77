"""Who is asking, where the page knows its people: a function of the request that the team writes."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from typing import TypeAlias

from fastapi import Request as FastAPIRequest
from starlette.requests import Request

from ..errors import SommelierError
from . import words

Identify: TypeAlias = "Callable[[FastAPIRequest], str | Awaitable[str | None] | None]"
"""The user id of whoever sent a request, as the log knows them; None when they may not see the page."""


class IdentityError(SommelierError):
    """A request that nobody is known to have sent."""

    def __init__(self) -> None:
        super().__init__(words.SIGN_IN)


async def known(identify: Identify, request: Request) -> bool:
    """Whether `identify` lets this request in."""
    who = identify(FastAPIRequest(request.scope))
    return bool(await who if inspect.isawaitable(who) else who)
