"""Turns chat messages into token ids, so that nothing inside a message can pose as the chat's own markup.

Knows the tokenizer and its chat template; knows nothing about the network. The model that answers and the
one being tuned read prompts through this same encoder.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from jinja2 import TemplateError
from transformers import PreTrainedTokenizerBase

from ..errors import ModelError
from .language_model import Message, Question

PLAIN_TEMPLATE = (
    "{% for message in messages %}{{ message.role | capitalize }}: {{ message.content }}\n\n{% endfor %}"
    "{% if add_generation_prompt %}Assistant:{% endif %}"
)
"""Stands in for the chat template of a model that has none."""

MAX_BRANCH = 512
"""Tokens of a branch's own text, at most a quarter of the context; what is longer is cut."""

_CHARACTERS_PER_TOKEN = 16
"""Hardly a token is longer: text is cut to this multiple of its token budget before it is tokenized at all."""


@dataclass(frozen=True, slots=True)
class EncodedPrompt:
    """Token ids of a prompt. `head` ends where the last message's content begins: the part that stays the same
    from turn to turn, apart from `tail` so that its keys and values can be kept."""

    head: tuple[int, ...]
    tail: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class EncodedQuestion:
    """Token ids of a question: the shared prefix (`head` + `lead`), and the branches, each ending in the same
    `suffix` tokens that lead to the answer."""

    head: tuple[int, ...]
    lead: tuple[int, ...]
    branches: tuple[tuple[int, ...], ...]


class PromptEncoder:
    """Renders with the tokenizer's own chat template, contents tokenized apart from the markup around them."""

    def __init__(self, tokenizer: PreTrainedTokenizerBase, context: int) -> None:
        """`context` is the model's limit in tokens."""
        self.tokenizer = tokenizer
        self._context = context
        added = sorted(tokenizer.get_added_vocab(), key=len, reverse=True)
        self._markup = re.compile("(?=" + "|".join(map(re.escape, added)) + ")") if added else None

    def prompt(self, messages: Sequence[Message], opening: str = "", reserve: int = 0) -> EncodedPrompt:
        """Encode `messages` and the start of the assistant's answer.

        When prompt and `reserve` (tokens kept free for the answer) exceed the context, the middle of the longest
        contents is left out. Raises ModelError when the chat template refuses the messages.
        """
        markup, contents = self._pieces(messages, self._context)
        end = markup.pop() + self.text(opening)
        _fit(contents, self._context - reserve - len(end) - sum(map(len, markup)))
        return EncodedPrompt(_head(markup, contents), tuple(contents[-1] + end))

    def question(self, question: Question, branches: Sequence[str]) -> EncodedQuestion:
        """Encode a question and its branches (see `Question` for the slot).

        Spaces before the slot move into the branch, where tokenizers expect them. Raises ValueError when the
        slot does not stand exactly once in the last message, ModelError as `prompt` does.
        """
        before, after = _split_at_slot(question)
        stem = before.rstrip(" ")
        gap = before[len(stem) :]
        asking = (*question.messages[:-1], Message(question.messages[-1].role, stem))
        markup, contents = self._pieces(asking, self._context)
        suffix = self.text(after) + markup.pop()
        own = [self.text(gap + text, min(MAX_BRANCH, self._context // 4)) for text in branches]
        longest = max(map(len, own), default=0) + len(suffix)
        _fit(contents, self._context - longest - sum(map(len, markup)))
        return EncodedQuestion(_head(markup, contents), tuple(contents[-1]), tuple((*each, *suffix) for each in own))

    def text(self, text: str, limit: int | None = None) -> list[int]:
        """Tokens of plain text, at most `limit`; special tokens spelled out in it come out as ordinary ones."""
        if limit is not None:
            text = text[: limit * _CHARACTERS_PER_TOKEN]
        text = text.encode("utf-8", "replace").decode()  # lone surrogates cannot be tokenized
        ids: list[int] = []
        for part in self._defused(text):
            ids += self._ids(part)
        return ids[:limit]

    @property
    def end(self) -> int:
        """The token that closes an answer."""
        return int(self.tokenizer.eos_token_id)

    def answer_token(self, word: str) -> int:
        """First token of an answer such as "Yes"."""
        ids = self.text(word)
        if not ids:
            raise ValueError("An answer to a yes/no question must not be empty.")
        return ids[0]

    def _defused(self, text: str) -> list[str]:
        """Cut so that no part contains a whole added token: one character after every place where one begins."""
        if self._markup is None:
            return [text]
        cuts = [0, *(match.start() + 1 for match in self._markup.finditer(text)), len(text)]
        return [text[start:end] for start, end in pairwise(cuts) if start < end]

    def _pieces(self, messages: Sequence[Message], limit: int) -> tuple[list[list[int]], list[list[int]]]:
        """Tokens of the markup before, between and after the contents, and of the contents."""
        markup = [self._ids(piece) for piece in self._rendered(messages)]
        return markup, [self.text(message.content, 2 * limit) for message in messages]

    def _ids(self, text: str) -> list[int]:
        # No option that the tokenizer would have to store: storing one disturbs other threads' calls.
        # Not verbose: it would remark on texts beyond the context, which are cut later.
        return list(self.tokenizer(text, add_special_tokens=False, verbose=False)["input_ids"])

    def _rendered(self, messages: Sequence[Message]) -> list[str]:
        """The chat template's own text around each content: the roles are split before anything is filled in."""
        if not messages:
            raise ValueError("A prompt needs at least one message.")
        stands = [f"CONTENT{at}x{len(messages)}TNETNOC" for at in range(len(messages))]
        blank = [{"role": each.role, "content": stand} for each, stand in zip(messages, stands, strict=True)]
        name = self.tokenizer.name_or_path
        try:
            text = self.tokenizer.apply_chat_template(
                blank, chat_template=self.tokenizer.chat_template or PLAIN_TEMPLATE, tokenize=False,
                add_generation_prompt=True, enable_thinking=False,
            )  # fmt: skip
        except TemplateError as error:
            roles = ", ".join(each.role for each in messages)
            raise ModelError(
                f"The chat template of {name} refuses the roles {roles} ({error}): choose an instruction-tuned "
                "model that takes a system message."
            ) from error
        pieces = re.split("|".join(stands), str(text))
        if len(pieces) != len(messages) + 1:
            raise ModelError(f"The chat template of {name} drops or repeats messages: choose another model.")
        return pieces


def _head(markup: list[list[int]], contents: list[list[int]]) -> tuple[int, ...]:
    """Markup and contents in turn, up to where the last content begins."""
    pairs = zip(markup, [*contents[:-1], []], strict=True)
    return tuple(token for around, content in pairs for token in (*around, *content))


def _split_at_slot(question: Question) -> tuple[str, str]:
    parts = question.messages[-1].content.split(question.slot) if question.messages and question.slot else []
    if len(parts) != 2:
        raise ValueError(
            f"The slot {question.slot!r} must stand exactly once in a question's last message; it stands there "
            f"{max(len(parts) - 1, 0)} times."
        )
    return parts[0], parts[1]


def _fit(contents: list[list[int]], room: int) -> None:
    """Cut the middle out of the longest contents, in place, until all of them take at most `room` tokens."""
    excess = sum(map(len, contents)) - room
    for at in sorted(range(len(contents)), key=lambda at: -len(contents[at])):
        if excess <= 0:
            return
        keep = max(len(contents[at]) - excess, 0)
        excess -= len(contents[at]) - keep
        contents[at] = contents[at][: keep // 2] + contents[at][len(contents[at]) - (keep - keep // 2) :]
    if excess > 0:
        raise ModelError(f"The prompt's fixed parts exceed the model's context by {excess} tokens: "
                         "choose a model with a longer context.")  # fmt: skip
