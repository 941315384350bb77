"""What every text encoder must do, for the bundled one and for one that was made on the spot."""

import json
import shutil

import numpy as np
import pytest
import torch
from fakes import HashEmbedder
from safetensors.torch import load_file
from sommelier.retrieval.catalogue import CatalogueError
from sommelier.retrieval.text.encoder_hub import encoder_from_hub
from sommelier.retrieval.text.sentence_encoder import BUNDLED_IDENTITY, SentenceEncoder
from transformers import AutoModel, AutoTokenizer

TEXTS = ["a film about a bank robbery", "thieves rob a bank", "a recipe for soup"]


@pytest.fixture(scope="module")
def tiny(make_encoder, tmp_path_factory):
    return make_encoder(tmp_path_factory.mktemp("encoders") / "tiny")


@pytest.fixture(scope="module", params=["bundled", "folder", "fake"])
def encoder(request, tiny):
    made = {
        "bundled": SentenceEncoder.bundled, "folder": lambda: SentenceEncoder.of_folder(tiny, "tiny"),
        "fake": HashEmbedder,  # what other tests use in their place keeps to the same contract
    }  # fmt: skip
    return made[request.param]()


def test_any_text_is_a_vector_of_length_one(encoder):
    texts = [*TEXTS, "", "🎬" * 3000, "word " * 50_000, "\ud800", "a\x00b"]
    for encode in (encoder.encode, encoder.encode_queries):
        vectors = encode(texts)
        assert vectors.shape == (8, encoder.dimensions)
        assert vectors.dtype == np.float32
        assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(8), abs=1e-5)


def test_no_texts_are_no_rows(encoder):
    assert encoder.encode([]).shape == encoder.encode_queries([]).shape == (0, encoder.dimensions)


def test_company_changes_nothing(encoder):
    together = encoder.encode([*TEXTS, "a film about thieves " * 5])
    apart = np.concatenate([encoder.encode([text]) for text in TEXTS])
    assert together[:3] == pytest.approx(apart, abs=1e-5)


def test_it_can_be_told_from_others(encoder):
    assert encoder.name
    assert encoder.identity


def test_the_bundled_one_knows_what_is_alike():
    real = SentenceEncoder.bundled()
    assert (real.name, real.identity, real.dimensions) == ("bundled", BUNDLED_IDENTITY, 384)
    robbery, thieves, soup = real.encode(TEXTS)
    assert robbery @ thieves > robbery @ soup + 0.1


def hidden_states(folder, text):
    """What the transformer in a folder makes of one text, shape (tokens, width)."""
    tokens = AutoTokenizer.from_pretrained(folder)(text, truncation=True, max_length=16, return_tensors="pt")
    with torch.inference_mode():
        return AutoModel.from_pretrained(folder)(**tokens).last_hidden_state[0]


POOLED = {
    ("mean_tokens",): lambda hidden: hidden.mean(0),
    ("cls_token",): lambda hidden: hidden[0],
    ("max_tokens",): lambda hidden: hidden.max(0).values,
    ("lasttoken",): lambda hidden: hidden[-1],
    ("cls_token", "mean_tokens"): lambda hidden: torch.cat([hidden[0], hidden.mean(0)]),
}


@pytest.mark.parametrize("pooling", POOLED)
def test_pooling_is_what_the_folder_says(make_encoder, tmp_path, pooling):
    folder = make_encoder(tmp_path / "one", pooling=pooling)
    wanted = torch.nn.functional.normalize(POOLED[pooling](hidden_states(folder, TEXTS[0])), dim=0).numpy()
    encoder = SentenceEncoder.of_folder(folder, "one")
    assert encoder.dimensions == len(wanted)
    assert encoder.encode([TEXTS[0], "soup"])[0] == pytest.approx(wanted, abs=1e-5)


def test_newer_folders_name_their_pooling(make_encoder, tmp_path):
    older, newer = make_encoder(tmp_path / "older", pooling=("cls_token",)), make_encoder(tmp_path / "newer")
    (newer / "1_Pooling" / "config.json").write_text(json.dumps({"pooling_mode": "cls"}))
    found = [SentenceEncoder.of_folder(each, "x").encode(TEXTS) for each in (older, newer)]
    assert found[0] == pytest.approx(found[1], abs=1e-6)


def test_a_dense_layer_follows_the_pooling(make_encoder, tmp_path):
    folder = make_encoder(tmp_path / "one", dense=(5, "Tanh"))
    state = load_file(folder / "2_Dense" / "model.safetensors")
    pooled = hidden_states(folder, TEXTS[0]).mean(0)
    wanted = torch.tanh(state["linear.weight"] @ pooled + state["linear.bias"])
    encoder = SentenceEncoder.of_folder(folder, "one")
    assert encoder.dimensions == 5
    assert encoder.encode(TEXTS[:1])[0] == pytest.approx((wanted / wanted.norm()).numpy(), abs=1e-5)


def test_longer_texts_are_cut_where_the_folder_says(make_encoder, tmp_path):
    encoder = SentenceEncoder.of_folder(make_encoder(tmp_path / "one", longest=8), "one")
    cut, longer, other = encoder.encode(["soup " * 6, "soup " * 6 + "thieves rob", "soup " * 5 + "thieves"])
    assert cut == pytest.approx(longer, abs=1e-6)
    assert cut != pytest.approx(other, abs=1e-3)


def test_a_folder_without_a_length_takes_what_its_transformer_takes(make_encoder, tmp_path):
    encoder = SentenceEncoder.of_folder(make_encoder(tmp_path / "one", longest=None), "one")
    cut, longer = encoder.encode(["soup " * 22, "soup " * 22 + "thieves rob"])
    assert cut == pytest.approx(longer, abs=1e-6)


def test_requests_and_what_is_searched_have_their_own_prompts(make_encoder, tmp_path):
    prompts = {"query": "query : ", "passage": "passage : "}
    plain = SentenceEncoder.of_folder(make_encoder(tmp_path / "plain"), "plain")
    told = SentenceEncoder.of_folder(make_encoder(tmp_path / "told", prompts=prompts), "told")
    assert told.encode_queries(TEXTS) == pytest.approx(plain.encode([f"query : {text}" for text in TEXTS]), abs=1e-6)
    assert told.encode(TEXTS) == pytest.approx(plain.encode([f"passage : {text}" for text in TEXTS]), abs=1e-6)
    assert plain.encode_queries(TEXTS) == pytest.approx(plain.encode(TEXTS), abs=1e-6)


def test_a_plain_transformer_is_averaged(make_encoder, tmp_path):
    whole, plain = make_encoder(tmp_path / "whole"), make_encoder(tmp_path / "plain")
    for extra in ("modules.json", "sentence_bert_config.json"):
        (plain / extra).unlink()
    shutil.rmtree(plain / "1_Pooling")
    found = [SentenceEncoder.of_folder(each, "x").encode(TEXTS) for each in (whole, plain)]
    assert found[0] == pytest.approx(found[1], abs=1e-6)


def test_the_identity_is_the_content_and_nothing_else(make_encoder, tmp_path):
    one, two = make_encoder(tmp_path / "one"), make_encoder(tmp_path / "two")
    other, cut = make_encoder(tmp_path / "other", seed=1), make_encoder(tmp_path / "cut", longest=8)
    one, two, other, cut = (SentenceEncoder.of_folder(each, each.name) for each in (one, two, other, cut))
    assert one.identity == two.identity
    assert len({one.identity, other.identity, cut.identity, BUNDLED_IDENTITY}) == 4


@pytest.mark.parametrize(
    ("modules", "told"),
    [
        (["Transformer", "WeightedLayerPooling"], "its module WeightedLayerPooling is none of Transformer, Pooling"),
        (["StaticEmbedding"], "its modules are StaticEmbedding, and the first must be a Transformer"),
        (["Transformer", "custom_st.Pooling"], r"its module custom_st\.Pooling is code of its own, which is not run"),
        (["Transformer", "Pooling", "Normalize", "Dense"], "a dense layer follows its normalisation"),
    ],
)
def test_modules_that_are_not_supported_are_named(make_encoder, tmp_path, modules, told):
    folder = make_encoder(tmp_path / "one", modules=modules)
    (folder / "3_Dense").mkdir()
    (folder / "3_Dense" / "config.json").write_text('{"in_features": 32, "out_features": 32}')
    with pytest.raises(CatalogueError, match=told) as caught:
        SentenceEncoder.of_folder(folder, "one")
    assert "leave `encoder` out" in str(caught.value)


@pytest.mark.parametrize(
    ("file", "content", "told"),
    [
        ("modules.json", "{", r"modules\.json cannot be read"),
        ("modules.json", "{}", r"modules\.json holds no JSON list"),
        ("modules.json", '[{"type": "x"}]', "an entry without type and path"),
        ("modules.json", "[]", "its modules are none"),
        ("1_Pooling/config.json", '{"pooling_mode_weightedmean_tokens": true}', "its pooling is weightedmean_tokens"),
        ("1_Pooling/config.json", "{}", "its pooling is none"),
        ("2_Dense/config.json", '{"activation_function": "x.Swish"}', "the activation Swish of its dense layer"),
        ("2_Dense/config.json", '{"in_features": 31, "out_features": 5}', "dense layer .* cannot be read"),
        ("2_Dense/config.json", "{}", "names no in_features and out_features"),
        ("2_Dense/model.safetensors", "broken", "dense layer .* cannot be read"),
        ("sentence_bert_config.json", '{"max_seq_length": "long"}', "its max_seq_length is 'long'"),
        ("config.json", "{", "cannot be loaded"),
        ("model.safetensors", "broken", "cannot be loaded"),
    ],
)
def test_a_broken_folder_is_told_in_one_sentence(make_encoder, tmp_path, file, content, told):
    folder = make_encoder(tmp_path / "one", dense=(5, "Identity"))
    (folder / file).write_text(content)
    with pytest.raises(CatalogueError, match=told) as caught:
        SentenceEncoder.of_folder(folder, "one")
    assert "\n" not in str(caught.value)


def test_a_dense_layer_that_does_not_fit_is_told(make_encoder, tmp_path):
    folder = make_encoder(tmp_path / "one", dense=(5, "Identity"))
    (folder / "1_Pooling" / "config.json").write_text(
        '{"pooling_mode_cls_token": true, "pooling_mode_max_tokens": true}'
    )
    with pytest.raises(CatalogueError, match="takes 32 numbers and is given 64"):
        SentenceEncoder.of_folder(folder, "one")


def test_a_folder_of_something_else_and_half_a_model_are_told(make_encoder, tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(CatalogueError, match=r"has neither modules\.json nor config\.json"):
        SentenceEncoder.of_folder(tmp_path / "empty", "empty")
    folder = make_encoder(tmp_path / "one")
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"num_hidden_layers": 2}))
    with pytest.raises(CatalogueError, match="lacks the weights encoder"):
        SentenceEncoder.of_folder(folder, "one")


def test_without_a_hub_the_sentence_says_what_to_do():
    with pytest.raises(CatalogueError, match="is not on this machine and the hub does not give it"):
        encoder_from_hub("nobody/such-an-encoder")
    with pytest.raises(CatalogueError, match="is neither a folder nor a hub id"):
        encoder_from_hub("../no/such/folder")
