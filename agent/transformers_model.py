"""A language model run in this process by transformers: the engine's `LanguageModel` on CPU or GPU.

Knows the network and its key/value cache. How text becomes tokens is `prompt_encoding`'s business, how a model
is found, quantized and loaded `model_loading`'s.

How branches are isolated. Three ways were measured on the bundled model (20 branches of about 23 tokens on a
158-token prefix, one thread; influence = largest change of a score when another branch's text changes;
the scores' own standard deviation is .13):

                                      time     bfloat16 influence (largest, median)
    packed tightly, block mask        0.74 s   .104  .077
    packed in equal slots, block mask 0.86 s   .062  .000
    a batch with the prefix expanded  0.75 s   .093  .000

The mask isolates exactly; what remains is rounding, because kernels add in another order when shapes or places
change. In equal slots nothing changes shape or place unless the longest branch outgrows its slot, so scores are
then bit for bit unmoved. A batch does the same but copies the prefix's keys and values once per branch (gigabytes
for a 4B model), so slots it is. The prefix is run first, by itself: cheaper than masking it into the same pass.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from typing import TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers.decoders import DecodeStream
from transformers import DynamicCache, PreTrainedModel, PreTrainedTokenizerBase

from .branch_packing import pack
from .errors import ModelError
from .language_model import Message, ModelCard, Question
from .prompt_encoding import EncodedPrompt, PromptEncoder

KeyValues: TypeAlias = "tuple[tuple[torch.Tensor, torch.Tensor], ...]"
"""Per layer, keys and values of shape (1, heads, tokens, head size)."""

KEPT_HEADS = 8
"""Prompt heads whose keys and values are kept: one per prompt file, the least recently used goes first."""

END_OF_TURN = ("<|im_end|>", "<|eot_id|>", "<end_of_turn>", "<|end|>")
"""Tokens that close a turn in the usual chat formats; some models list only their end of text as a stop."""


class TransformersModel:
    """`LanguageModel` over a causal transformer. Safe from several threads: passes take turns, not whole answers."""

    def __init__(self, network: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, card: ModelCard) -> None:
        """`network` is a causal LM with full attention in every layer, LoRA layers included if there are any.

        Raises ModelError for an architecture that cannot score isolated branches.
        """
        self.network = network.train(False)
        self.encoder = PromptEncoder(tokenizer, int(network.config.get_text_config().max_position_embeddings))
        self._card = card
        self._context = int(network.config.get_text_config().max_position_embeddings)
        self._stops = _stop_tokens(network, tokenizer)
        self._heads: OrderedDict[tuple[int, ...], KeyValues] = OrderedDict()
        self._lock = threading.RLock()
        _require_full_attention(network, card.name)

    @property
    def card(self) -> ModelCard:
        """Which model this is."""
        return self._card

    def count(self, text: str) -> int:
        """Tokens in `text`."""
        return len(self.encoder.text(text))

    def score(self, question: Question, branches: Sequence[str]) -> NDArray[np.float32]:
        """Yes-minus-no preference of each branch, shape (len(branches),), float32.

        The difference of the two answers' logits, computed as one float32 product of the last hidden state with
        (w_yes - w_no): logits subtracted in bfloat16 would leave most scores tied. The same branches in the same
        order score bit for bit alike, whatever was asked before. Raises ValueError when yes and no begin with
        the same token or the slot is not there once, ModelError when the prompt cannot fit.
        """
        if not branches:
            return np.zeros(0, np.float32)
        encoded = self.encoder.question(question, branches)
        direction = self._direction(question)
        with self._lock, torch.inference_mode():
            cache = self._cache(encoded.head)
            if encoded.lead:
                self._run(torch.tensor([encoded.lead]), cache)
            prefix = cache.get_seq_length()
            scores = []
            for each in pack(encoded.branches, prefix):
                hidden = self._run(each.ids, cache, mask=each.mask, positions=each.positions)[0]
                scores.append(hidden[each.ends.to(hidden.device)].float() @ direction)
                cache.crop(-each.ids.shape[1])
            return torch.cat(scores).cpu().numpy()

    def stream(self, messages: Sequence[Message], *, max_new_tokens: int, temperature: float = 0.0, seed: int = 0,
               opening: str = "") -> Iterator[str]:  # fmt: skip
        """Write the assistant's answer piece by piece (see `LanguageModel.stream`).

        The model is held for one token at a time: closing the iterator, or dropping it, stops the work at once.
        """
        (prompt,) = self._prompts([messages], [opening], max_new_tokens)
        decoder = _Decoder(self.encoder.tokenizer, opening)
        for (token,) in self._decode([prompt], max_new_tokens, temperature, seed):
            if token is not None and (piece := decoder.step(token)):
                yield piece

    def write(self, prompts: Sequence[Sequence[Message]], *, max_new_tokens: int, temperature: float = 0.0,
              seed: int = 0, openings: Sequence[str] | None = None) -> list[str]:  # fmt: skip
        """Answer several prompts in one batch (see `LanguageModel.write`)."""
        if not prompts:
            return []
        openings = openings if openings is not None else [""] * len(prompts)
        encoded = self._prompts(prompts, openings, max_new_tokens)
        decoders = [_Decoder(self.encoder.tokenizer, opening) for opening in openings]
        texts = [""] * len(prompts)
        for tokens in self._decode(encoded, max_new_tokens, temperature, seed):
            for row, token in enumerate(tokens):
                if token is not None:
                    texts[row] += decoders[row].step(token)
        return texts

    def _prompts(self, prompts: Sequence[Sequence[Message]], openings: Sequence[str], new: int) -> list[EncodedPrompt]:
        reserve = min(new, self._context // 2)
        return [self.encoder.prompt(each, opening.rstrip(" "), reserve)
                for each, opening in zip(prompts, openings, strict=True)]  # fmt: skip

    def _decode(
        self, prompts: list[EncodedPrompt], max_new: int, temperature: float, seed: int
    ) -> Iterator[list[int | None]]:
        """One list of new tokens per step, None for a row that has ended; ends with the last row.

        Rows are padded on the left. A head that all rows share is run once (or not at all, if it is kept).
        """
        if max_new <= 0:
            return
        generator = torch.Generator().manual_seed(seed)
        open_rows = [True] * len(prompts)
        cache, ids, seen = self._batch(prompts)
        for _ in range(min(max_new, self._context - seen.shape[1])):
            chosen = self._next(cache, ids, seen, temperature, generator)
            open_rows = [row and token not in self._stops for row, token in zip(open_rows, chosen, strict=True)]
            if not any(open_rows):
                return
            yield [token if row else None for row, token in zip(open_rows, chosen, strict=True)]
            ids = torch.tensor(chosen)[:, None]
            seen = torch.cat([seen, torch.ones_like(ids)], dim=1)

    def _batch(self, prompts: list[EncodedPrompt]) -> tuple[DynamicCache, torch.Tensor, torch.Tensor]:
        """Cache holding the shared head, left-padded ids of the rest, and which of all places hold a token."""
        shared = len({each.head for each in prompts}) == 1
        head = prompts[0].head if shared else ()
        rest = [each.tail if shared else each.head + each.tail for each in prompts]
        width = max(map(len, rest))
        ids = torch.tensor([(0,) * (width - len(row)) + row for row in rest])
        seen = torch.tensor([[1] * len(head) + [0] * (width - len(row)) + [1] * len(row) for row in rest])
        with self._lock, torch.inference_mode():
            cache = self._cache(head)
            if head and len(prompts) > 1:
                cache.batch_repeat_interleave(len(prompts))
        return cache, ids, seen

    def _next(
        self, cache: DynamicCache, ids: torch.Tensor, seen: torch.Tensor, temperature: float, generator: torch.Generator
    ) -> list[int]:
        """The next token of each row: the likeliest, or drawn at `temperature`."""
        positions = (seen.cumsum(1) - 1).clamp(min=0)[:, -ids.shape[1] :]
        with self._lock, torch.inference_mode():
            hidden = self._run(ids, cache, mask=seen, positions=positions)[:, -1:]
            logits = self.network.get_output_embeddings()(hidden)[:, 0].float().cpu()
            if temperature <= 0:
                return [int(token) for token in logits.argmax(-1)]
            drawn = torch.multinomial(torch.softmax(logits / temperature, -1), 1, generator=generator)
            return [int(token) for token in drawn[:, 0]]

    def _cache(self, head: tuple[int, ...]) -> DynamicCache:
        """A fresh cache that begins with `head`'s keys and values.

        A head is always run by itself, kept or not, so that what was asked before cannot change the rounding.
        """
        if not head:
            return DynamicCache()
        if head not in self._heads:
            cache = DynamicCache()
            self._run(torch.tensor([head]), cache)
            self._heads[head] = tuple((keys, values) for keys, values, _ in cache)
        self._heads.move_to_end(head)
        while len(self._heads) > KEPT_HEADS:
            self._heads.popitem(last=False)
        return DynamicCache(self._heads[head])

    def _run(
        self,
        ids: torch.Tensor,
        cache: DynamicCache,
        mask: torch.Tensor | None = None,
        positions: torch.Tensor | None = None,
    ) -> torch.Tensor:
        """Last hidden states of `ids`, shape (rows, tokens, width); `cache` grows by them."""
        device = self.network.device
        output = self.network.get_decoder()(
            input_ids=ids.to(device),
            attention_mask=None if mask is None else mask.to(device),
            position_ids=None if positions is None else positions.to(device),
            past_key_values=cache,
            use_cache=True,
        )
        hidden: torch.Tensor = output.last_hidden_state
        return hidden

    def _direction(self, question: Question) -> torch.Tensor:
        yes, no = self.encoder.answer_token(question.yes), self.encoder.answer_token(question.no)
        if yes == no:
            raise ValueError(f"The answers {question.yes!r} and {question.no!r} begin with the same token.")
        weight: torch.Tensor = self.network.get_output_embeddings().weight.detach()
        return weight[yes].float() - weight[no].float()


class _Decoder:
    """Text of one row's tokens as they come; half a character waits for its other half."""

    def __init__(self, tokenizer: PreTrainedTokenizerBase, opening: str) -> None:
        self._tokenizer = tokenizer.backend_tokenizer
        self._stream = DecodeStream(skip_special_tokens=True)
        self._owes_space = opening.endswith(" ")  # the encoder left it to the first written token

    def step(self, token: int) -> str:
        piece: str = self._stream.step(self._tokenizer, token) or ""
        if piece and self._owes_space:
            piece, self._owes_space = piece.removeprefix(" "), False
        return piece


def _stop_tokens(network: PreTrainedModel, tokenizer: PreTrainedTokenizerBase) -> frozenset[int]:
    listed = network.generation_config.eos_token_id if network.generation_config else None
    stops = set(listed) if isinstance(listed, list) else {listed}
    added = tokenizer.get_added_vocab()
    stops |= {tokenizer.eos_token_id, *(added.get(each) for each in END_OF_TURN)}
    return frozenset(stop for stop in stops if stop is not None)


def _require_full_attention(network: PreTrainedModel, name: str) -> None:
    kinds = set(getattr(network.config.get_text_config(), "layer_types", None) or ["full_attention"])
    if other := kinds - {"full_attention", "sliding_attention"}:
        raise ModelError(
            f"{name} has layers of kind {', '.join(sorted(other))}, which cannot read branches in isolation: "
            "choose a model with attention in every layer."
        )
