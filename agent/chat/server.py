"""Where the page is served: on loopback, with nothing shared, recorded, measured or fetched from elsewhere."""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console

from ..errors import SommelierError
from ..extras import needs

with needs("serving", "The chat page"):  # before the files of the page, which import the same
    import gradio as gr
    from fastapi import FastAPI
    from starlette.middleware import Middleware
    from starlette.middleware.trustedhost import TrustedHostMiddleware
    from starlette.responses import Response
    from starlette.routing import Route

from ..serving.chat_engine import ChatEngine
from ..serving.conversations import Conversations
from ..serving.identity import Identify
from . import words
from .images import Images
from .page import Page

if TYPE_CHECKING:
    from ..board.site import BoardSite

_ADDRESS = "127.0.0.1"
_PORTS = range(7860, 7960)
_STATIC = Path(__file__).with_name("static")
_STYLES = ("base.css", "shelf.css", "panels.css", "drawer.css")
_ALIVE = Route("/alive", lambda _: Response(status_code=204))
"""Answers while there is an engine; the page asks it now and then."""
_NO_UPLOADS = Route("/gradio_api/upload", lambda _: Response(status_code=404), methods=["POST"])
"""The page takes no files; Gradio would take them from anybody, and keep them."""

_LANGUAGE = f"() => Object.assign(document.documentElement, {{ lang: '{words.LANGUAGE}', dir: '{words.DIRECTION}' }})"


class ChatServerError(SommelierError):
    """The page cannot be served: the port is taken or not allowed."""


@contextmanager
def serving(
    engine: ChatEngine, *, port: int | None = None, open_browser: bool = False, board: BoardSite | None = None
) -> Iterator[str]:
    """Serve the page on loopback, and the board beside it; yields its URL and stops serving on the way out.

    Raises:
        ChatServerError: `port` is taken or not allowed, or, with None, all of 7860 to 7959 are.
    """
    conversations, images = Conversations(engine), Images(engine.images)
    blocks = Page(engine, conversations, images).blocks
    # Gradio and its HTTP clients log every request at INFO; a person at a terminal wants the URL.
    for name in ("httpx", "uvicorn.access"):
        logging.getLogger(name).setLevel(logging.WARNING)
    url = _launched(blocks, port, _launching(open_browser, images, board))
    try:
        yield url
    finally:
        conversations.close()
        blocks.close(verbose=False)


def serve(
    engine: ChatEngine, *, port: int | None = None, open_browser: bool = True, board: BoardSite | None = None
) -> None:
    """Serve the page, and the board beside it, until Ctrl-C.

    Raises:
        ChatServerError: the port is taken or not allowed.
    """
    console = Console()
    with serving(engine, port=port, open_browser=open_browser, board=board) as url:
        console.print(f"Sommelier is at [bold]{url}[/bold] (Ctrl-C stops it)")
        if board is not None:
            console.print(f"Its board is at {board.link(url)}", soft_wrap=True, highlight=False)
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            console.print("Stopped.")


def mount(app: FastAPI, engine: ChatEngine, identify: Identify, *, path: str = "/") -> None:
    """Put the page into a team's own app, at `path`, for the people whom `identify` knows.

    Everybody is the user of that id in the log, whichever browser they come with; there are no demo viewers and no
    guests. Requests without an identity get 401. Hosts, TLS and logging in are the app's own.
    """
    images = Images(engine.images)
    blocks = Page(engine, Conversations(engine), images, signed_in=True).blocks
    routes = [images.route(identify), _ALIVE, _NO_UPLOADS]
    gr.mount_gradio_app(app, blocks, path, auth_dependency=identify, app_kwargs={"routes": routes}, **_looks())


def _launched(blocks: gr.Blocks, port: int | None, how: Mapping[str, Any]) -> str:
    """Launch on `port`, or with None on the first that can be had; returns the URL."""
    problem: Exception | None = None
    for each in _PORTS if port is None else [port]:
        try:
            _probe(each)
            return str(blocks.launch(server_port=each, **_looks(), **how)[1])
        except (OSError, OverflowError) as error:  # also when somebody took it since it was looked at
            problem = error
    which = f"Every port from {_PORTS[0]} to {_PORTS[-1]}" if port is None else f"Port {port}"
    raise ChatServerError(f"{which} on {_ADDRESS} cannot be used ({problem}). Choose another one with --port.")


def _probe(port: int) -> None:
    """Gradio takes seconds to find out."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind((_ADDRESS, port))


def _looks() -> dict[str, Any]:
    """How the page looks, and what Gradio must not do with it."""
    return {
        "ssr_mode": False, "run_history": False, "enable_monitoring": False, "mcp_server": False, "pwa": False,
        "footer_links": [], "show_error": False, "css_paths": [_STATIC / name for name in _STYLES],
        "js": _LANGUAGE,
        "theme": gr.themes.Base(font=["system-ui", "sans-serif"], font_mono=["ui-monospace", "monospace"]),
    }  # fmt: skip


def _launching(open_browser: bool, images: Images, board: BoardSite | None) -> dict[str, Any]:
    beside = {"lifespan": board.running} if board else {}
    return {
        "server_name": _ADDRESS, "favicon_path": str(_STATIC / "icon.svg"),
        "inbrowser": open_browser, "prevent_thread_lock": True, "quiet": True, "share": False,
        # Another site could point its own name at this address; requests for foreign hosts are refused.
        "app_kwargs": {
            "middleware": [Middleware(TrustedHostMiddleware, allowed_hosts=[_ADDRESS, "localhost"])],
            "routes": [images.route(), _ALIVE, _NO_UPLOADS, *(board.routes if board else [])],
            **beside,
        },
    }  # fmt: skip
