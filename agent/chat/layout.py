"""What stands where on the chat page. Knows nothing of what happens to it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import gradio as gr

from ..llm.language_model import ModelCard
from . import words
from .masthead import masthead_html, model_html, offline_html, placeholder_html
from .openers import MOST
from .shelf import welcome_html

_STATIC = Path(__file__).with_name("static")


class Layout:
    """The page's components. Made inside of `gr.Blocks`."""

    def __init__(self, card: ModelCard, viewers: Sequence[tuple[str, str]]) -> None:
        """`viewers` are the choices of the picker, as (label, id); with none but oneself there is no picker. What the
        catalogue says is painted when somebody arrives: another may have taken its place by then."""
        # A fixed key and secret: with Gradio's random ones no browser would be recognised after a restart.
        # The secret only obscures what lies in the visitor's own browser; the token in it is the credential.
        self.kept = gr.BrowserState(None, storage_key="sommelier-visitor", secret="sommelier-visitor")
        self.editing = gr.State("")
        with gr.Row(elem_id="som-top"):
            self._lay_out_top([(words.YOURSELF, ""), *viewers])
        with gr.Row(elem_id="som-main"):
            with gr.Column(elem_id="som-talk"):
                self._lay_out_talk(card)
            with gr.Column(elem_id="som-side"):
                self.conditions = gr.HTML(elem_id="som-conditions", js_on_load=_script("places.js"))
                self.shelf = gr.HTML(welcome_html(), js_on_load=_script("shelf.js"))
                self.profile = gr.HTML(js_on_load=_script("places.js"))
        self.drawer = gr.HTML(elem_id="som-drawer", js_on_load=_script("drawer.js") + _script("share.js"))
        self.live = gr.HTML(elem_id="som-live", js_on_load=_script("live.js"))
        self.connection = gr.HTML(offline_html(), elem_id="som-connection", js_on_load=_script("connection_monitor.js"))

    @property
    def answer(self) -> list[gr.components.Component | gr.blocks.BlockContext]:
        """What an answer may change."""
        return [self.chat, self.shelf, self.profile, self.notice, self.openers, self.live, self.drawer, self.send,
                self.stop, self.again, self.conditions, self.options, self.edit, self.undo]  # fmt: skip

    @property
    def asking(self) -> list[gr.components.Component | gr.blocks.BlockContext]:
        """What a message may change: the composer, too."""
        return [self.message, self.editing, self.keep, *self.answer]

    @property
    def arrival(self) -> list[gr.components.Component | gr.blocks.BlockContext]:
        """What may change when somebody arrives."""
        return [self.kept, self.viewer, self.masthead, *self.opener_buttons, *self.asking]

    def _lay_out_top(self, choices: list[tuple[str, str]]) -> None:
        self.masthead = gr.HTML(masthead_html())
        self.viewer = gr.Dropdown(
            choices, value="", label=words.VIEWING_AS, elem_id="som-viewer", visible=len(choices) > 1
        )
        self.saved = gr.Button(words.SAVED_LIST, elem_id="som-saved", size="sm")
        self.history = gr.Button(words.HISTORY, elem_id="som-history", size="sm")
        self.fresh = gr.Button(words.NEW_CONVERSATION, elem_id="som-fresh", size="sm")

    def _lay_out_talk(self, card: ModelCard) -> None:
        self.chat = gr.Chatbot(
            label=words.CONVERSATION, show_label=False, container=False, elem_id="som-chat", height="100%",
            render_markdown=False, sanitize_html=True, allow_tags=False, latex_delimiters=[], buttons=[],
            feedback_options=None, group_consecutive_messages=False,
            placeholder=placeholder_html(),
        )  # fmt: skip
        with gr.Row(elem_id="som-openers") as self.openers:
            self.opener_buttons = [_small("", elem_classes="som-chip") for _ in range(MOST)]
        self.options = gr.HTML(elem_id="som-options", js_on_load=_script("places.js"))
        with gr.Row(elem_id="som-after"):
            self.edit = _small(words.EDIT, elem_id="som-edit")
            self.keep = _small(words.KEEP_AS_IT_IS, elem_id="som-keep")
            self.undo = _small(words.UNDO_STEP, elem_id="som-undo")
            self.again = _small(words.TRY_AGAIN, elem_id="som-again")
        self.notice = gr.HTML(elem_id="som-notice", js_on_load=_script("notice.js"))
        with gr.Row(elem_id="som-composer"):
            self.message = gr.Textbox(
                label=words.YOUR_MESSAGE, show_label=False, container=False, lines=1, max_lines=5, scale=1,
                placeholder=words.IN_YOUR_OWN_WORDS, elem_id="som-message",
            )  # fmt: skip
            self.send = gr.Button(words.ASK, variant="primary", elem_id="som-send", scale=0, min_width=88)
            self.stop = gr.Button(words.STOP, elem_id="som-stop", scale=0, min_width=88, visible=False)
        gr.HTML(model_html(card))


def _small(text: str, **how: Any) -> gr.Button:  # noqa: ANN401 - what a button takes
    """A button that is not there before it means something."""
    return gr.Button(text, size="sm", visible=False, **how)


def _script(name: str) -> str:
    return (_STATIC / name).read_text(encoding="utf-8")
