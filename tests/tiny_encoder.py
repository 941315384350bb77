"""Text encoders made on the spot, in the layout of sentence-transformers."""

import json

import pytest
import torch
from safetensors.torch import save_file
from transformers import BertConfig, BertModel, BertTokenizerFast

WORDS = [
    "[PAD]",
    "[UNK]",
    "[CLS]",
    "[SEP]",
    "[MASK]",
    "a",
    "film",
    "about",
    "bank",
    "robbery",
    "thieves",
    "rob",
    "recipe",
    "for",
    "soup",
    "query",
    "passage",
    ":",
    "the",
]


def make_encoder(folder, *, pooling=("mean_tokens",), dense=None, longest=16, prompts=None, seed=0, modules=None):
    """Save a random one-layer BERT of width 32; `dense` is (outputs, activation). Returns the folder."""
    folder.mkdir(parents=True)
    torch.manual_seed(seed)
    config = BertConfig(
        vocab_size=len(WORDS), hidden_size=32, num_hidden_layers=1, num_attention_heads=2, intermediate_size=32,
        max_position_embeddings=24, initializer_range=0.5,
    )  # fmt: skip
    BertModel(config, add_pooling_layer=False).save_pretrained(folder)
    (folder / "vocab.txt").write_text("\n".join(WORDS))
    BertTokenizerFast(str(folder / "vocab.txt"), model_max_length=24).save_pretrained(folder)
    kinds = modules or ["Transformer", "Pooling", *(["Dense"] if dense else []), "Normalize"]
    listed = [
        {"idx": at, "name": str(at), "path": "" if at == 0 else f"{at}_{kind}",
         "type": kind if "." in kind else f"sentence_transformers.models.{kind}"}
        for at, kind in enumerate(kinds)
    ]  # fmt: skip
    write(folder / "modules.json", listed)
    write(folder / "sentence_bert_config.json", {"max_seq_length": longest, "do_lower_case": False})
    write(folder / "1_Pooling" / "config.json", {f"pooling_mode_{name}": name in pooling for name in POOLINGS})
    if prompts:
        write(folder / "config_sentence_transformers.json", {"prompts": prompts, "default_prompt_name": None})
    if dense:
        write_dense(folder / "2_Dense", 32 * len(pooling), *dense)
    return folder


POOLINGS = ("cls_token", "mean_tokens", "max_tokens", "mean_sqrt_len_tokens", "weightedmean_tokens", "lasttoken")


def write(path, value):
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(value))


def write_dense(folder, inputs, outputs, activation):
    sizes = {"in_features": inputs, "out_features": outputs, "bias": True}
    write(folder / "config.json", sizes | {"activation_function": f"torch.nn.modules.activation.{activation}"})
    weights = {"linear.weight": torch.randn(outputs, inputs), "linear.bias": torch.randn(outputs)}
    save_file(weights, folder / "model.safetensors")


@pytest.fixture(scope="session", name="make_encoder")
def encoder_maker():
    """The function itself."""
    return make_encoder
