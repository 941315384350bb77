"""Shared fixtures: a tiny language model made on the spot, and the real bundled one."""

import os

# Set before anything imports transformers: no test may ask the model hub for anything.
os.environ["HF_HUB_OFFLINE"] = "1"
# Idle compute threads sleep instead of spinning, as `make test` has it: on shared cores, spinning is ten times slower.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("OMP_NUM_THREADS", "1")
# One process of several is given a width, and would keep to it whatever a test asks for.
os.environ.pop("COLUMNS", None)

from pathlib import Path

import pytest
import torch
from sommelier.agent.llm.bundled import default_cache
from sommelier.agent.llm.model_loading import open_model
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

CHAT_TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
SPECIAL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
TRAINING_TEXT = [
    "The viewer liked slow science fiction and old comedies about trains.",
    "Would they like this film? Answer Yes or No.",
    "system user assistant Yes No Film: Title: drama, horror, animation.",
]


def make_tiny_lm(folder, *, tied=True, template=CHAT_TEMPLATE, context=512, seed=0, width=32):
    """Save a random two-layer Llama in float32 and a byte-level BPE tokenizer; returns the folder."""
    bpe = Tokenizer(models.BPE())
    bpe.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    bpe.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=400,
        special_tokens=SPECIAL,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    bpe.train_from_iterator(TRAINING_TEXT, trainer)
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=bpe, bos_token=SPECIAL[1], eos_token=SPECIAL[2], pad_token=SPECIAL[2], unk_token=SPECIAL[0]
    )
    tokenizer.chat_template = template
    torch.manual_seed(seed)
    config = LlamaConfig(
        vocab_size=len(tokenizer), hidden_size=width, intermediate_size=2 * width, num_hidden_layers=2,
        num_attention_heads=4, num_key_value_heads=2, max_position_embeddings=context, tie_word_embeddings=tied,
        initializer_range=0.3, bos_token_id=1, eos_token_id=2, pad_token_id=2,
    )  # fmt: skip
    LlamaForCausalLM(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return Path(folder)


@pytest.fixture(scope="session", name="make_tiny_lm")
def tiny_lm_maker():
    """The function itself, for tests that want a tiny model of another kind."""
    return make_tiny_lm


@pytest.fixture(scope="session")
def tiny_lm(tmp_path_factory):
    """Folder of a tiny random Llama with a real small tokenizer."""
    return make_tiny_lm(tmp_path_factory.mktemp("tiny_lm"))


@pytest.fixture(scope="session")
def bundled_lm():
    """The default model as a CPU user gets it. Converted once into the user's own cache, as `make chat` does."""
    return open_model("bundled", device="cpu", cache=default_cache())
