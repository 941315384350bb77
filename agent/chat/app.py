"""The chat page: a conversation beside a shelf, in a browser, on this machine only.

Handlers take what the browser keeps (see `visitor`) and give back what to paint; nothing about a user lives in the
page object or in the module. Every endpoint is private, and buttons name a shelf and a rank, which are looked up
in this visitor's own conversation. Knows nothing about ranking, models or storage: the engine does all of it.
"""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import gradio as gr
from rich.console import Console
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware

from ...retrieval.catalogue import EventKind, User
from ..errors import SommelierError
from ..turn import Profile
from . import cards
from .conversation import TELLABLE, Conversation, Conversations, Exchange, MessageError
from .openers import openers
from .visitor import Visitor

if TYPE_CHECKING:
    from ..recommender import Recommender

Painting: TypeAlias = "dict[Any, Any]"
"""Component -> its new value: Gradio leaves what is not in it as it is."""

_ADDRESS = "127.0.0.1"
_PORTS = range(7860, 7960)
_YOURSELF = "Yourself"
_VERDICTS: Mapping[str, EventKind] = {"like": "like", "dislike": "dislike"}
_LISTENER: Mapping[str, Any] = {
    "api_visibility": "private",
    "concurrency_id": "page",
    "concurrency_limit": 32,
    "show_progress": "hidden",
}
# The page redraws a card when its reason arrives; an opened "Why this?" has to stay open through that.
_SHELF_SCRIPT = """
const open = new Set();
element.addEventListener('click', event => {
  const button = event.target.closest('button[data-kind]');
  if (!button) return;
  const {shelf, rank, kind} = button.dataset;
  trigger('click', {shelf, rank: Number(rank), kind});
});
element.addEventListener('toggle', event => {
  const key = event.target.dataset.why;
  if (event.target.open) open.add(key); else open.delete(key);
}, true);
watch('value', () => {
  const keep = new Set(open);
  element.querySelectorAll('details[data-why]').forEach(each => { each.open = keep.has(each.dataset.why); });
});
"""
_log = logging.getLogger(__name__)


class ChatServerError(SommelierError):
    """The page cannot be served: the port is taken or not allowed."""


class _Page:
    """The page's components and what happens to them. Holds no visitor's state: those go in and out."""

    def __init__(self, engine: Recommender, conversations: Conversations) -> None:
        self._engine = engine
        self._conversations = conversations
        self._viewers = {user.id: user for user in engine.users() if user.attributes.get("simulated") is True}
        self._openers = openers(engine.facets())
        self._judging = threading.Lock()
        self.blocks = gr.Blocks(title="Sommelier", analytics_enabled=False, fill_width=True)
        with self.blocks:
            self._lay_out()
            self._listen()

    def _lay_out(self) -> None:
        # A fixed key and secret: with Gradio's random ones no browser would be recognised after a restart.
        # The secret only obscures what lies in the visitor's own browser; the token in it is the credential.
        self._kept = gr.BrowserState(None, storage_key="sommelier-visitor", secret="sommelier-visitor")
        with gr.Row(elem_id="som-top"):
            gr.HTML(cards.masthead_html(self._engine.model_card, self._engine.catalogue_size))
            self._viewer = gr.Dropdown(
                self._choices(), value="", label="Viewing as", elem_id="som-viewer", visible=bool(self._viewers)
            )
            self._fresh = gr.Button("New conversation", elem_id="som-fresh", size="sm")
        with gr.Row(elem_id="som-main"):
            with gr.Column(elem_id="som-talk"):
                self._lay_out_talk()
            with gr.Column(elem_id="som-side"):
                self._shelf = gr.HTML(cards.shelf_html((), "", {}, busy=False), js_on_load=_SHELF_SCRIPT)
                self._profile = gr.HTML()

    def _lay_out_talk(self) -> None:
        self._chat = gr.Chatbot(
            label="Conversation", show_label=False, container=False, elem_id="som-chat", height="100%",
            render_markdown=False, sanitize_html=True, allow_tags=False, latex_delimiters=[], buttons=[],
            feedback_options=None, group_consecutive_messages=False,
            placeholder="<h2>What are you in the mood for?</h2><p>Ask below, or start with one of these.</p>",
        )  # fmt: skip
        with gr.Row(elem_id="som-openers") as self._chips:
            self._chip_buttons = [gr.Button(line, size="sm", elem_classes="som-chip") for line in self._openers]
        self._notice = gr.HTML(elem_id="som-notice")
        with gr.Row(elem_id="som-composer"):
            self._message = gr.Textbox(
                label="Your message", show_label=False, container=False, lines=1, max_lines=5, scale=1,
                placeholder="In your own words",
                elem_id="som-message", autofocus=True,
            )  # fmt: skip
            self._send = gr.Button("Ask", variant="primary", elem_id="som-send", scale=0, min_width=88)

    def _listen(self) -> None:
        face = [self._chat, self._shelf, self._profile, self._notice, self._chips]
        arrival = [self._kept, self._viewer, *face]
        self.blocks.load(self.arrived, self._kept, arrival, **_LISTENER)
        gr.on(
            [self._message.submit, self._send.click], self.asked, [self._kept, self._message],
            [self._message, *face], **_LISTENER,
        )  # fmt: skip
        for line, chip in zip(self._openers, self._chip_buttons, strict=True):
            chip.click(self._opening(line), self._kept, [self._message, *face], **_LISTENER)
        # Two cards may be judged in quick succession, so a press never waits for the one before it.
        self._shelf.click(self.judged, self._kept, face, trigger_mode="multiple", **_LISTENER)
        self._viewer.input(self.switched, [self._kept, self._viewer], arrival, **_LISTENER)
        self._fresh.click(self.renewed, self._kept, arrival, **_LISTENER)

    def _choices(self) -> list[tuple[str, str]]:
        return [(_YOURSELF, ""), *((_label(user), user.id) for user in self._viewers.values())]

    # What happens

    def arrived(self, kept: object) -> Iterator[Painting]:
        """The page opened or reloaded: show the conversation as it stands and follow a turn that still runs."""
        yield from self._enter(Visitor.recall(kept, self._viewers))

    def switched(self, kept: object, viewer: str) -> Iterator[Painting]:
        """Another demo viewer was picked, or "yourself" (an empty id)."""
        visitor = Visitor.recall(kept, self._viewers)
        if viewer == (visitor.viewer or ""):  # the picker also reports that it was left as it was
            yield {self._viewer: viewer}
            return
        yield from self._enter(visitor.looking_through(viewer or None))

    def renewed(self, kept: object) -> Iterator[Painting]:
        """A new conversation was asked for; the old one stays in the engine's log."""
        yield from self._enter(Visitor.recall(kept, self._viewers).afresh())

    def asked(self, kept: object, message: str) -> Iterator[Painting]:
        """A message was sent."""
        visitor = Visitor.recall(kept, self._viewers)
        try:
            conversation = self._conversation(visitor)
            conversation.ask(message)
        except MessageError as error:
            yield self._saying(str(error))
            return
        except Exception as error:
            yield self._saying(_plain(error))
            return
        yield {self._message: "", self._notice: ""}
        yield from self._follow(visitor, conversation)

    def judged(self, kept: object, press: gr.EventData) -> Painting:
        """A like or dislike button was pressed: `press` says which shelf, rank and kind, and nothing else."""
        visitor = Visitor.recall(kept, self._viewers)
        try:
            shown, kind = self._pressed(visitor, press._data)
            if shown is None or kind is None:
                return self._saying("That shelf is no longer here. Reload the page and try again.")
            with self._judging:  # two quick presses arrive together, and are one judgement
                if _verdicts(self._engine.profile(visitor.user)).get(shown.item.id) != kind:
                    self._engine.observe(visitor.user, shown.item.id, kind, context={"session": visitor.session})
            return self._paint(self._engine.profile(visitor.user), self._conversation(visitor).exchanges)
        except Exception as error:
            return self._saying(_plain(error))

    def _opening(self, line: str) -> Any:  # noqa: ANN401 - a handler; Gradio reads its signature
        def opened(kept: object) -> Iterator[Painting]:
            yield from self.asked(kept, line)

        return opened

    def _pressed(self, visitor: Visitor, data: object) -> tuple[Any, EventKind | None]:
        if not isinstance(data, Mapping):
            return None, None
        mark, rank, kind = data.get("shelf"), data.get("rank"), data.get("kind")
        if not isinstance(mark, str) or not isinstance(rank, int) or not isinstance(kind, str):
            return None, None
        return self._conversation(visitor).shown(mark, rank), _VERDICTS.get(kind)

    # What is painted

    def _enter(self, visitor: Visitor) -> Iterator[Painting]:
        yield {self._kept: visitor.keep(), self._viewer: visitor.viewer or ""}
        try:
            yield from self._follow(visitor, self._conversation(visitor))
        except Exception as error:
            yield self._saying(_plain(error))

    def _follow(self, visitor: Visitor, conversation: Conversation) -> Iterator[Painting]:
        profile = self._engine.profile(visitor.user)
        for exchanges in conversation.follow():
            if not (exchanges and exchanges[-1].state == "running"):
                profile = self._engine.profile(visitor.user)
            yield self._paint(profile, exchanges)

    def _paint(self, profile: Profile, exchanges: Sequence[Exchange]) -> Painting:
        viewer = self._viewers.get(profile.user)
        panel = cards.profile_html(profile, _name(viewer) if viewer else "you")
        shown = self._talk(exchanges) | self._picks(exchanges, _verdicts(profile))
        return shown | {self._profile: panel, self._notice: ""}

    def _talk(self, exchanges: Sequence[Exchange]) -> Painting:
        messages = [message for exchange in exchanges for message in _messages(exchange)]
        return {self._chat: messages, self._chips: gr.Row(visible=not exchanges)}

    def _picks(self, exchanges: Sequence[Exchange], verdicts: Mapping[str, str]) -> Painting:
        busy = bool(exchanges) and exchanges[-1].state == "running"
        latest = next((each for each in reversed(exchanges) if each.recommendations), None)
        if latest is None:
            return {self._shelf: cards.shelf_html((), "", {}, busy=busy)}
        choosing = busy and latest is not exchanges[-1]
        return {self._shelf: cards.shelf_html(latest.recommendations, latest.mark, verdicts, busy=choosing)}

    def _saying(self, notice: str) -> Painting:
        return {self._notice: cards.notice_html(notice)}

    def _conversation(self, visitor: Visitor) -> Conversation:
        return self._conversations.of(visitor.user, visitor.session)


def build(engine: Recommender) -> gr.Blocks:
    """The page over `engine`, ready to launch."""
    return _Page(engine, Conversations(engine)).blocks


@contextmanager
def serving(engine: Recommender, *, port: int | None = None, open_browser: bool = False) -> Iterator[str]:
    """Serve the page on loopback; yields its URL and stops serving on the way out.

    Raises:
        ChatServerError: `port` is taken or not allowed, or, with None, all of 7860 to 7959 are.
    """
    free = _free_port(port)
    conversations = Conversations(engine)
    blocks = _Page(engine, conversations).blocks
    # Gradio and its HTTP clients log every request at INFO; a person at a terminal wants the URL.
    for name in ("httpx", "uvicorn.access"):
        logging.getLogger(name).setLevel(logging.WARNING)
    _, url, _ = blocks.launch(**_launching(free, open_browser))
    try:
        yield url
    finally:
        conversations.close()
        blocks.close(verbose=False)


def serve(engine: Recommender, *, port: int | None = None, open_browser: bool = True) -> None:
    """Serve the page until Ctrl-C.

    Raises:
        ChatServerError: the port is taken or not allowed.
    """
    console = Console()
    with serving(engine, port=port, open_browser=open_browser) as url:
        console.print(f"Sommelier is at [bold]{url}[/bold] (Ctrl-C stops it)")
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            console.print("Stopped.")


def _free_port(wanted: int | None) -> int:
    """`wanted` if it can be had, else the first of `_PORTS` that can."""
    problem = ""
    for port in [wanted] if wanted is not None else _PORTS:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((_ADDRESS, port))
            except (OSError, OverflowError) as error:
                problem = str(error)
            else:
                return port
    which = f"Port {wanted}" if wanted is not None else f"Every port from {_PORTS[0]} to {_PORTS[-1]}"
    raise ChatServerError(f"{which} on {_ADDRESS} cannot be used ({problem}). Choose another one with --port.")


def _launching(port: int, open_browser: bool) -> dict[str, Any]:
    """Loopback only; nothing shared, recorded, measured or fetched from elsewhere."""
    return {
        "server_name": _ADDRESS, "server_port": port, "inbrowser": open_browser, "prevent_thread_lock": True,
        "quiet": True, "share": False, "ssr_mode": False, "run_history": False, "enable_monitoring": False,
        "mcp_server": False, "pwa": False, "footer_links": [], "show_error": False,
        "theme": gr.themes.Base(font=["system-ui", "sans-serif"], font_mono=["ui-monospace", "monospace"]),
        "css_paths": Path(__file__).with_name("style.css"),
        # Another site could point its own name at this address; requests for foreign hosts are refused.
        "app_kwargs": {"middleware": [Middleware(TrustedHostMiddleware, allowed_hosts=[_ADDRESS, "localhost"])]},
    }  # fmt: skip


def _messages(exchange: Exchange) -> list[dict[str, str]]:
    messages = [{"role": "user", "content": cards.inert_message(exchange.message)}]
    reply = exchange.reply or ("Choosing…" if exchange.state == "running" else "")
    if reply:
        messages.append({"role": "assistant", "content": cards.inert_message(reply)})
    if exchange.problem:
        messages.append({"role": "assistant", "content": cards.inert_message(exchange.problem)})
    return messages


def _verdicts(profile: Profile) -> dict[str, str]:
    """Item id -> "like" or "dislike", for what this user has judged."""
    return {each.item: each.kind for each in profile.items if each.kind in _VERDICTS}


def _name(viewer: User) -> str:
    return cards.cut(str(viewer.attributes.get("name") or viewer.id), 40)


def _label(viewer: User) -> str:
    """A demo viewer's name and persona."""
    persona = viewer.attributes.get("persona")
    return f"{_name(viewer)}: {cards.cut(str(persona), 50)}" if persona else _name(viewer)


def _plain(error: Exception) -> str:
    """An error as a sentence. Ours are written to be read; anything else goes to the log, not to the page."""
    if isinstance(error, TELLABLE):
        return str(error)
    _log.error("The chat page could not answer an event", exc_info=error)
    return "Something went wrong on this side, and nothing you did was lost. Please try again."
