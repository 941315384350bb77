"""Handlers that follow an answer, for tests that do not run in a loop."""

import asyncio
from concurrent.futures import ThreadPoolExecutor


def in_a_loop(coroutine):
    """What a coroutine returns. In a thread of its own: in this one, an open browser keeps a loop running."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, coroutine).result()


def all_of(stream):
    """Everything that an asynchronous generator yields."""

    async def gathered():
        return [each async for each in stream]

    return in_a_loop(gathered())
