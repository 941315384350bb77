"""The catalogue board as a page, at `/board` of the chat's server or on its own: figures for whoever runs it.

Stands behind a gate of its own (see `gate`) and shows nothing without the token. The figures are made in
`agent.analytics`; nothing here computes any.
"""

from __future__ import annotations

import logging
import os
import secrets
import socket
import threading
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from ..analytics.board import Board, Figures
from ..errors import SommelierError
from ..extras import needs

with needs("serving", "The board"):  # before the gate, which imports the same
    import gradio as gr
    import uvicorn
    from fastapi import FastAPI
    from starlette.applications import Starlette
    from starlette.middleware import Middleware
    from starlette.middleware.trustedhost import TrustedHostMiddleware
    from starlette.requests import Request
    from starlette.responses import RedirectResponse, Response
    from starlette.routing import Mount, Route

from ..serving.gate import Gate
from .board_html import board_html, counting_html, trouble_html

TOKEN = "SOMMELIER_BOARD_TOKEN"
"""Environment variable with the token; without it one is made at every start."""
PATH = "/board"
PORT = 7850
_ADDRESS = "127.0.0.1"
_PERIODS = {"7 days": 7, "28 days": 28, "90 days": 90}
_SPANS = {"the last day": 1, "the last 7 days": 7}
_FRESH = 30.0
"""Seconds for which figures that were made once are shown again."""
_REDRAWN = 60.0
_LISTENER: Mapping[str, Any] = {"api_visibility": "private", "concurrency_id": "board", "show_progress": "hidden"}
_log = logging.getLogger(__name__)


class BoardServerError(SommelierError):
    """The board cannot be served: the port is taken or not allowed."""


class _Page:
    """The page over a board. Figures are made by one visitor at a time, and shown to all."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self._making = threading.Lock()
        self._made: dict[tuple[int, int], tuple[float, Figures]] = {}
        self.blocks = gr.Blocks(title="Catalogue board", analytics_enabled=False, fill_width=True)
        with self.blocks:
            with gr.Row(elem_id="brd-choose"):
                period = gr.Radio(list(_PERIODS), value="28 days", label="Show", elem_id="brd-period")
                span = gr.Radio(list(_SPANS), value="the last 7 days", label="Rising in", elem_id="brd-span")
            shown = gr.HTML(counting_html(), elem_id="brd-all")
            chosen = [period, span]
            self.blocks.load(self.show, chosen, shown, **_LISTENER)
            gr.on([period.input, span.input], self.show, chosen, shown, **_LISTENER)
            gr.Timer(_REDRAWN).tick(self.show, chosen, shown, **_LISTENER)

    def show(self, period: object, span: object) -> str:
        """The board as HTML."""
        try:
            return board_html(self._figures(_PERIODS.get(str(period), 28), _SPANS.get(str(span), 7)), self._board.name)
        except SommelierError as error:
            return trouble_html(str(error))
        except Exception:
            _log.exception("the board's figures could not be made")
            return trouble_html("The figures could not be made; the server's log says why.")

    def _figures(self, days: int, rising: int) -> Figures:
        with self._making:
            made, figures = self._made.get((days, rising), (0.0, None))
            if figures is None or time.monotonic() - made > _FRESH:
                figures = self._board.figures(days, rising)
                self._made[days, rising] = time.monotonic(), figures
            return figures


class BoardSite:
    """The page and its gate, to be served by another application: its routes, and what starts and stops with it.

    The token is that of the environment, else one is made. Raises ConfigError when it is too short.
    """

    def __init__(self, board: Board) -> None:
        given = os.environ.get(TOKEN)
        token = given or secrets.token_urlsafe(32)
        self._link = f"{PATH[1:]}/" if given else f"{PATH[1:]}/?token={token}"
        self._inside = gr.mount_gradio_app(
            FastAPI(docs_url=None, redoc_url=None, openapi_url=None), _Page(board).blocks, path="/",
            server_name=_ADDRESS, footer_links=[], run_history=False, show_error=False, ssr_mode=False,
            enable_monitoring=False, pwa=False, mcp_server=False,
            theme=gr.themes.Base(font=["system-ui", "sans-serif"], font_mono=["ui-monospace", "monospace"]),
            css_paths=Path(__file__).parent / "static" / "board.css",
        )  # fmt: skip
        self.routes = [
            Route(PATH, _to_the_page),
            Mount(PATH, Gate(self._inside, token, "Catalogue board")),
        ]

    def link(self, url: str) -> str:
        """Where the page is on the server at `url`; with the token, if it was made here."""
        return f"{url.rstrip('/')}/{self._link}"

    @asynccontextmanager
    async def running(self, _server: object) -> AsyncIterator[None]:
        """The application's lifespan, for that of the server."""
        async with self._inside.router.lifespan_context(self._inside):
            yield


def serve_board(board: Board, announce: Callable[[str], None], port: int = PORT) -> None:
    """Serve the board by itself on loopback until Ctrl-C. `announce` is given the link.

    Raises:
        BoardServerError: the port is taken or not allowed.
    """
    site = BoardSite(board)
    hosts = Middleware(TrustedHostMiddleware, allowed_hosts=[_ADDRESS, "localhost"])
    # Browsers ask for an icon unprompted, and would report an error where there is none.
    icon = Route("/favicon.ico", lambda _request: Response(status_code=204))
    app = Starlette(routes=[icon, *site.routes], middleware=[hosts], lifespan=site.running)
    with _listening(port) as listener:
        announce(site.link(f"http://{_ADDRESS}:{listener.getsockname()[1]}"))
        uvicorn.Server(uvicorn.Config(app, log_level="warning", access_log=False)).run(sockets=[listener])


def _listening(port: int) -> socket.socket:
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((_ADDRESS, port))
    except (OSError, OverflowError) as error:
        listener.close()
        raise BoardServerError(
            f"Port {port} on {_ADDRESS} cannot be used ({error}). Choose another one with --port."
        ) from error
    return listener


def _to_the_page(_request: Request) -> RedirectResponse:
    return RedirectResponse(f"{PATH}/")
