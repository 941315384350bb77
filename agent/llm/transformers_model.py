"""A language model run in this process by transformers: the engine's `LanguageModel` on CPU or GPU.

Knows the network and its key/value cache. How text becomes tokens is `prompt_encoding`'s business, how a model
is found, quantized and loaded `model_loading`'s.

How branches are isolated. Each is a row of a batch behind a copy of the prefix's keys and values, which a layer makes
when its turn comes and drops afterwards (`key_values`). The other way, one sequence with a block mask that hides the
branches from each other, computes attention between all of them only to throw it away. On a CPU it took 1.1, 1.5 and
2.1 times as long for 5, 20 and 100 branches in bfloat16, 1.0 to 1.2 times in NF4 (`benchmarks/branch_layouts.py`), so
it is gone; no GPU was at hand to measure. Isolation itself is exact in both; what remains is rounding, because
kernels add in another order when shapes change. See `branch_packing.batches` for what keeps the shapes.

What is reused. A prompt's head (its system message and the start of the user's) keeps its keys and values from call
to call, for scoring and for writing, and prompts with the same head share them: `explain.md` and `reply.md` do as
long as they open with the same system message. The last prefixes of questions are kept whole, so the same profile
asked the same is not read again: .88 of the time for 20 branches. A changed request is another prefix from its head
on. Prefixes cut into blocks could be reused in part, but each block is a pass: with blocks of 64 tokens a prefix that
is new took twice as long to read.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers.decoders import DecodeStream
from transformers import Cache, DynamicCache, PreTrainedModel, PreTrainedTokenizerBase

from ..errors import ModelError
from .branch_packing import PASS_TOKENS, SLOT_MULTIPLE, Branch, batches, like_long, padded
from .key_values import KeptKeyValues, KeyValues, LentPrefixes, contents
from .label_order import LabelOrder
from .language_model import Message, ModelCard, Question
from .prompt_encoding import EncodedPrompt, EncodedQuestion, PromptEncoder

KEPT_HEAD_TOKENS = 2048
"""Tokens of prompt heads whose keys and values are kept; there are as many heads as prompt files."""

KEPT_PREFIX_TOKENS = 4096
"""Tokens of whole prefixes kept likewise: about twenty profiles, 94 MB for the bundled model."""

END_OF_TURN = ("<|im_end|>", "<|eot_id|>", "<end_of_turn>", "<|end|>")
"""Tokens that close a turn in the usual chat formats; some models list only their end of text as a stop."""

CPU_PADDING = 128
"""Padding tokens that cost a CPU as much as one more pass, which reads all weights again. A GPU, and a CPU that must
first dequantize the weights, should be far from busy with a small batch (by reasoning, not measured): there a pass is
split only when it is full."""


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
        self._heads = KeptKeyValues(KEPT_HEAD_TOKENS)
        self._prefixes = KeptKeyValues(KEPT_PREFIX_TOKENS)
        plain_cpu = network.device.type == "cpu" and card.quantization == "none"
        self._padding = CPU_PADDING if plain_cpu else PASS_TOKENS
        self._lock = threading.RLock()
        _require_full_attention(network, card.name)

    @property
    def card(self) -> ModelCard:
        """Which model this is."""
        return self._card

    def count(self, text: str) -> int:
        """Tokens in `text`."""
        return len(self.encoder.text(text))

    def direction(self, question: Question) -> torch.Tensor:
        """What a last hidden state is multiplied with for a score: w_yes - w_no, shape (width,), float32.

        Raises ValueError when the question's two answers begin with the same token.
        """
        yes, no = self.encoder.answer_token(question.yes), self.encoder.answer_token(question.no)
        if yes == no:
            raise ValueError(f"The answers {question.yes!r} and {question.no!r} begin with the same token.")
        weight: torch.Tensor = self.network.get_output_embeddings().weight.detach()
        return weight[yes].float() - weight[no].float()

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
        direction = self.direction(question)
        with self._lock, torch.inference_mode():
            prefix = self._prefix(encoded)
            rows = [Branch(ids, 0, place) for place, ids in enumerate(encoded.branches)]
            hidden = self._ends(rows, prefix, [len(encoded.head) + len(encoded.lead)])
            return (hidden @ direction).cpu().numpy()

    def score_many(self, jobs: Sequence[tuple[Question, Sequence[str]]]) -> list[NDArray[np.float32]]:
        """What `score` says of each job, several jobs to a pass (see `LanguageModel.score_many`).

        Prefixes of like length are run together, then all their branches in batches of like length, whatever job
        they belong to. Keeps no prefixes: a job is not expected to come again.
        """
        asked = [place for place, (_, branches) in enumerate(jobs) if branches]
        encoded = [self.encoder.question(*jobs[place]) for place in asked]
        directions = [self.direction(jobs[place][0]) for place in asked]
        scores = [np.zeros(len(branches), np.float32) for _, branches in jobs]
        for group in like_long([len(each.head) + len(each.lead) for each in encoded]):
            hidden = self._ends_together([encoded[at] for at in group])
            for at, states in zip(group, hidden, strict=True):
                scores[asked[at]] = (states @ directions[at]).cpu().numpy()
        return scores

    def choose(self, messages: Sequence[Message], labels: Sequence[str]) -> list[int]:
        """The model writes all labels in an order of its own (see `LanguageModel.choose`).

        One pass per label after the prompt's. Raises ValueError when a label is empty or begins with another.
        """
        separator = tuple(self.encoder.text("\n"))
        spelled = [tuple(self.encoder.text(label)) for label in labels]
        order = LabelOrder(spelled, separator)
        answer = sum(map(len, spelled)) + len(labels) * len(separator)
        prompt = self.encoder.prompt(messages, reserve=min(answer, self._context // 2))
        with self._lock, torch.inference_mode():
            cache = self._cache(prompt.head)
        pending = list(prompt.tail)
        while (allowed := order.allowed()) and cache.get_seq_length() + len(pending) <= self._context:
            with self._lock, torch.inference_mode():
                hidden = self._run(torch.tensor([pending]), cache)[0, -1:]
                logits = self.network.get_output_embeddings()(hidden)[0, allowed].float()
                pending = order.take(allowed[int(logits.argmax())])
        return order.chosen

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
        head, rest = _common_head([(each.head, each.tail) for each in prompts])
        width = max(map(len, rest))
        ids = torch.tensor([(0,) * (width - len(row)) + row for row in rest])
        seen = torch.tensor([[1] * len(head) + [0] * (width - len(row)) + [1] * len(row) for row in rest])
        with self._lock, torch.inference_mode():
            cache = self._cache(head, len(prompts))
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

    def _cache(self, head: tuple[int, ...], rows: int = 1) -> DynamicCache:
        """A fresh cache that begins, in each of its rows, with `head`'s keys and values.

        A head is always run by itself, kept or not, so that what was asked before cannot change the rounding.
        """
        if not head:
            return DynamicCache()
        kept = self._heads.get(head)
        if kept is None:
            fresh = DynamicCache()
            self._run(torch.tensor([head]), fresh)
            kept = contents(fresh)
            self._heads.keep(head, kept)
        cache = DynamicCache(kept)
        if rows > 1:
            cache.batch_repeat_interleave(rows)
        return cache

    def _prefix(self, encoded: EncodedQuestion) -> KeyValues:
        """Keys and values of the question's whole prefix: its head, and the lead run behind it by itself."""
        tokens = encoded.head + encoded.lead
        kept = self._prefixes.get(tokens)
        if kept is None:
            cache = self._cache(encoded.head)
            if encoded.lead:
                self._run(torch.tensor([encoded.lead]), cache)
            kept = contents(cache)
            self._prefixes.keep(tokens, kept)
        return kept

    def _ends_together(self, jobs: Sequence[EncodedQuestion]) -> list[torch.Tensor]:
        """Last hidden states of each job's branches, shape (branches, width), the prefixes run in one pass."""
        head, leads = _common_head([(job.head, job.lead) for job in jobs])
        rows = [(ids, owner) for owner, job in enumerate(jobs) for ids in job.branches]
        branches = [Branch(ids, owner, place) for place, (ids, owner) in enumerate(rows)]
        with self._lock, torch.inference_mode():
            cache = self._cache(head, len(jobs))
            if longest := max(map(len, leads)):
                self._run(padded(leads, longest), cache)
            hidden = self._ends(branches, contents(cache), [len(head) + len(lead) for lead in leads], multiple=1)
        return list(torch.split(hidden, [len(job.branches) for job in jobs]))

    def _ends(
        self, branches: Sequence[Branch], prefixes: KeyValues, lengths: Sequence[int], multiple: int = SLOT_MULTIPLE
    ) -> torch.Tensor:
        """Last hidden state at each branch's end, shape (branches, width), float32; `lengths` are the prefixes'."""
        found, places = [], []
        for each in batches(branches, lengths, padding=self._padding, multiple=multiple):
            cache = LentPrefixes(prefixes, each.owners.to(self.network.device)) if prefixes else DynamicCache()
            hidden = self._run(each.ids, cache, mask=each.mask, positions=each.positions)
            found.append(hidden[torch.arange(len(each.ends)), each.ends].float())
            places.append(each.places)
        return torch.cat(found)[torch.cat(places).argsort()]

    def _run(
        self,
        ids: torch.Tensor,
        cache: Cache,
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


def _common_head(
    prompts: Sequence[tuple[tuple[int, ...], tuple[int, ...]]],
) -> tuple[tuple[int, ...], list[tuple[int, ...]]]:
    """The head that all (head, rest) share, and the rests; without one, no head and everything is rest."""
    if len({head for head, _ in prompts}) == 1:
        return prompts[0][0], [rest for _, rest in prompts]
    return (), [head + rest for head, rest in prompts]


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
