"""The adapter in the box: small, whole, for the bundled model and the packaged prompts, with metadata, and heard."""

import json
from importlib.resources import files
from pathlib import Path

import pytest
from fakes import film
from safetensors import safe_open
from sommelier.agent.llm.bundled import BUNDLED, SHIPPED_ADAPTER
from sommelier.agent.ranking.ranking import SHIPPED_LM, RankingWeights
from sommelier.agent.ranking.weights import save_weights, serving_weights, shipped_weights, weights_key
from sommelier.agent.serving_model import changed_prompts, configured_model, serving_adapter, shipped_adapter
from sommelier.agent.workspace import Workspace
from sommelier.prompts.library import packaged
from sommelier.retrieval.fusion import FusionWeights
from sommelier.retrieval.text.sentence_encoder import BUNDLED_IDENTITY

FOLDER = Path(str(files("sommelier.agent.llm"))) / SHIPPED_ADAPTER
LARGEST = 20 * 2**20


@pytest.fixture
def workspace(tmp_path, monkeypatch):
    def opened(settings=""):
        (tmp_path / "sommelier.yaml").write_text(settings)
        workspace = Workspace(tmp_path, create=True)
        workspace.memory.catalogue.upsert_items([film("a", title="A"), film("b", title="B")])
        return workspace

    return opened


def test_it_is_small_whole_and_explained():
    assert sum(each.stat().st_size for each in FOLDER.iterdir()) <= LARGEST
    with safe_open(FOLDER / "adapter_model.safetensors", framework="pt") as file:
        names = list(file.keys())
        assert all(file.get_tensor(name).isfinite().all() for name in names)
        assert any(file.get_tensor(name).any() for name in names if "lora_B" in name)  # zeros would change nothing
    card = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert all(word in card for word in ("CC BY 4.0", "Amazon", "Held out", "Limits"))
    assert (FOLDER / "LICENSE.md").read_text(encoding="utf-8")


def test_it_was_trained_on_the_bundled_model_and_the_packaged_prompts(workspace):
    metadata = json.loads((FOLDER / "sommelier.json").read_text(encoding="utf-8"))
    assert metadata["base"]["sha256"] == BUNDLED.sha256
    with workspace() as opened:
        assert changed_prompts(opened, FOLDER) == []


def test_it_serves_the_bundled_model_and_no_other(workspace):
    assert shipped_adapter("bundled") == FOLDER
    assert shipped_adapter("some/model") is None
    with workspace() as opened:
        assert serving_adapter(opened) == FOLDER
        lm = configured_model(opened)
    assert lm.card.adapter.startswith(f"{SHIPPED_ADAPTER}@")
    weights = shipped_weights("factors", lm.card, packaged("rank"))
    assert weights.lm(False) == weights.lm(True) == SHIPPED_LM > (0.0, 0.0)


def test_the_bare_model_can_be_asked_for_and_says_nothing(workspace):
    with workspace("adapter: none\n") as opened:
        lm = configured_model(opened)
    assert lm.card.adapter is None
    assert shipped_weights("factors", lm.card, packaged("rank")).lm(False) == (0.0, 0.0)


class Over:
    """As much of an index as weights look at."""

    folder, tower, encoder = Path("one"), type("Tower", (), {"name": "factors"}), BUNDLED_IDENTITY


def test_asked_for_an_order_it_says_nothing_until_that_is_fitted(workspace):
    """Its weight was measured for judgements of one item at a time."""
    fitted = RankingWeights(FusionWeights(), (0.5, 0.0), (0.5, 0.0), 812)
    with workspace("ranking: listwise\n") as opened:
        card, prompt = configured_model(opened).card, packaged(opened.config.ranking_prompt)
        before = serving_weights(opened.memory, prompt, card, Over)
        assert card.adapter.startswith(f"{SHIPPED_ADAPTER}@")
        assert before.lm(False) == before.lm(True) == (0.0, 0.0)
        save_weights(opened.memory, weights_key(prompt, card, "one"), fitted)
        assert serving_weights(opened.memory, prompt, card, Over) == fitted
        assert serving_weights(opened.memory, packaged("rank"), card, Over).lm(False) == SHIPPED_LM
