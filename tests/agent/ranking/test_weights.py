"""Fitted weights: found again under what they were fitted for, and under nothing else."""

from dataclasses import asdict, replace
from pathlib import Path

import pytest
from fakes import FakeJudge
from sommelier.agent.memory.memory import Memory
from sommelier.agent.memory.settings import Setting
from sommelier.agent.ranking.ranking import RankingWeights
from sommelier.agent.ranking.weights import load_weights, save_weights, serving_weights, tower_data, weights_key
from sommelier.prompts.library import packaged
from sommelier.retrieval.fusion import FusionWeights
from sommelier.retrieval.text.sentence_encoder import BUNDLED_IDENTITY

CARD = FakeJudge().card
PROMPT = packaged("rank")
FITTED = RankingWeights(FusionWeights({"text": 0.25}, {"words": 3.5}), (0.125, 0.25), (0.5, 0.0), 812)


@pytest.fixture
def memory(tmp_path):
    with Memory(f"sqlite:///{tmp_path / 'sommelier.db'}") as store:
        yield store


def test_a_fit_comes_back_as_it_was_stored(memory):
    key = weights_key(PROMPT, CARD, "data")
    assert load_weights(memory, key) == RankingWeights()
    save_weights(memory, key, FITTED)
    assert load_weights(memory, key) == FITTED
    save_weights(memory, key, replace(FITTED, users=900))
    assert load_weights(memory, key).users == 900


def test_a_fit_of_before_new_items_were_heard_apart_still_serves(memory):
    old = {"retrieval": asdict(FITTED.retrieval), "lm_without_request": 0.125, "lm_with_request": 0.5, "users": 812}
    memory.settings.put(Setting("ranking:old", dict, {}), old)
    assert load_weights(memory, "old") == replace(FITTED, lm_without_request=(0.125, 0.0))


@pytest.mark.parametrize(
    "other",
    [
        weights_key(packaged("reply"), CARD, "data"),
        weights_key(packaged("order"), CARD, "data"),  # the other ranking mode
        weights_key(PROMPT, CARD, "data 2"),
        weights_key(PROMPT, replace(CARD, name="other"), "data"),
        weights_key(PROMPT, replace(CARD, sha256=None), "data"),
        weights_key(PROMPT, replace(CARD, adapter="a1"), "data"),
        weights_key(PROMPT, replace(CARD, quantization="nf4"), "data"),
    ],
)
def test_another_prompt_model_adapter_quantization_or_catalogue_serves_the_defaults(memory, other):
    save_weights(memory, weights_key(PROMPT, CARD, "data"), FITTED)
    assert load_weights(memory, other) == RankingWeights()


def test_the_machine_is_no_part_of_the_key():
    moved = replace(CARD, device="cuda", dtype="bfloat16")
    assert weights_key(PROMPT, moved, "data") == weights_key(PROMPT, CARD, "data")


def test_shipped_weights_say_so():
    assert RankingWeights().users == 0
    assert RankingWeights().lm(True) == RankingWeights().lm(False) == (0.0, 0.0)


class Over:
    """As much of an index as weights look at."""

    def __init__(self, folder, tower, encoder=BUNDLED_IDENTITY):
        self.folder, self.tower = Path(folder), type("Tower", (), {"name": tower})
        self.encoder = encoder


def test_the_last_fit_for_a_tower_serves_when_the_log_has_moved_on(memory):
    assert serving_weights(memory, PROMPT, CARD, Over("one", "factors")) == RankingWeights()
    save_weights(memory, weights_key(PROMPT, CARD, tower_data("factors", BUNDLED_IDENTITY)), FITTED)
    assert serving_weights(memory, PROMPT, CARD, Over("two", "factors")) == FITTED
    exact = replace(FITTED, users=901)
    save_weights(memory, weights_key(PROMPT, CARD, "two"), exact)
    assert serving_weights(memory, PROMPT, CARD, Over("two", "factors")) == exact


def test_a_fit_on_the_texts_of_one_encoder_serves_no_other(memory):
    save_weights(memory, weights_key(PROMPT, CARD, tower_data("factors", BUNDLED_IDENTITY)), FITTED)
    assert serving_weights(memory, PROMPT, CARD, Over("two", "factors", "another")) == RankingWeights()
    fitted_anew = replace(FITTED, users=902)
    save_weights(memory, weights_key(PROMPT, CARD, tower_data("factors", "another")), fitted_anew)
    assert serving_weights(memory, PROMPT, CARD, Over("two", "factors", "another")) == fitted_anew
    assert serving_weights(memory, PROMPT, CARD, Over("two", "factors")) == FITTED


def test_another_tower_is_not_served_with_weights_of_another_scale(memory):
    save_weights(memory, weights_key(PROMPT, CARD, tower_data("factors", BUNDLED_IDENTITY)), FITTED)
    shipped = serving_weights(memory, PROMPT, CARD, Over("two", "transformer"))
    assert shipped.users == 0
    assert shipped.retrieval.without_request["behaviour"] > RankingWeights().retrieval.without_request["behaviour"]
