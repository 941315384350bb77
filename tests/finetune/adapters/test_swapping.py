"""A promoted adapter serves a running conversation from one turn to the next, and what does not fit never serves."""

import json
import logging
import random
import time

import pytest
import torch
from fakes import film
from peft import LoraConfig, get_peft_model
from sommelier.agent.doctor import examine
from sommelier.agent.errors import ModelError, WorkspaceBusyError
from sommelier.agent.recommender import Recommender
from sommelier.agent.serving_model import PROMOTED, Promotion, changed_prompts, configured_model, model_with
from sommelier.agent.turn import Finished, Sentence, Shelf
from sommelier.agent.workspace import Workspace
from sommelier.finetune.adapters.registry import Registry
from sommelier.prompts.library import PromptLibrary
from sommelier.retrieval.catalogue import Event

FILMS = [film(f"f{at:02}", title=f"Night {at:02}", genre=("war", "crime")[at % 2]) for at in range(30)]


@pytest.fixture
def folder(tmp_path, tiny_lm, monkeypatch):
    """A workspace with two adapters of noise, neither of them promoted."""
    monkeypatch.setenv("SOMMELIER_CACHE", str(tmp_path / "cache"))
    made = tmp_path / "workspace"
    made.mkdir()
    (made / "sommelier.yaml").write_text(f"model: {tiny_lm}\nquantize: none\ndevice: cpu\n")
    draw = random.Random(3)
    with Workspace(made, create=True) as opened:
        opened.memory.catalogue.upsert_items(FILMS)
        opened.memory.events.add(
            Event(f"{user}-{at}", f"u{user}", each.id, "play", position=at)
            for user in range(12) for at, each in enumerate(draw.sample(FILMS, 6))
        )  # fmt: skip
        for name in ("001", "002"):
            torch.manual_seed(int(name))
            config = LoraConfig(r=2, target_modules=["q_proj"], task_type="CAUSAL_LM", init_lora_weights=False)
            with pytest.warns(FutureWarning):
                get_peft_model(model_with(opened, None).network, config).save_pretrained(made / "adapters" / name)
            prompts = {name: PromptLibrary(made).get(name).hash for name in ("rank", "explain")}
            (made / "adapters" / name / "sommelier.json").write_text(json.dumps({"prompts": prompts}))
    return made


def promote(folder, name):
    """As another process does beside the one that serves."""
    with Workspace(folder, use="look") as workspace:
        promoted = workspace.memory.settings.get(PROMOTED)
        workspace.memory.settings.put(PROMOTED, (*promoted, Promotion(name, "", "promoted", "not worse")))


def serves(recommender, name):
    """Ask until this adapter answers, or it has taken too long."""
    for _ in range(100):
        recommender.recommend("u1", 2)
        if str(recommender.model_card.adapter).partition("@")[0] == str(name):
            return True
        time.sleep(0.1)
    return False


def test_a_promoted_adapter_serves_a_running_recommender_and_is_rolled_back(folder):
    with Recommender.open(folder) as recommender:
        assert recommender.model_card.adapter is None
        promote(folder, "001")
        assert serves(recommender, "001")
        promote(folder, "002")
        assert serves(recommender, "002")
        with Workspace(folder, use="look") as workspace:
            assert Registry(workspace).rollback() == "001"
        assert serves(recommender, "001")


def test_a_turn_ends_with_the_model_that_it_began_with(folder):
    with Recommender.open(folder) as recommender:
        parts = recommender.stream("u1", "a war film")
        assert isinstance(next(parts), Shelf)
        promote(folder, "001")
        assert serves(recommender, "001")  # others are answered by the new one meanwhile
        rest = list(parts)
        assert any(isinstance(part, Sentence) for part in rest)
        assert isinstance(rest[-1], Finished)
        cards = [each.model.adapter for each in recommender._memory.turns.of("u1", rest[-1].turn.session)]
        assert cards == [None]


def test_an_adapter_that_cannot_serve_leaves_what_served(folder, caplog):
    (folder / "adapters" / "002" / "adapter_model.safetensors").write_bytes(b"")
    with Recommender.open(folder) as recommender:
        promote(folder, "001")
        assert serves(recommender, "001")
        promote(folder, "002")
        recommender.recommend("u1", 2)
        for _ in range(100):
            if "what served goes on" in caplog.text:
                break
            time.sleep(0.05)
        assert "what served goes on" in caplog.text
        assert recommender.recommend("u1", 2)
        assert recommender.model_card.adapter.startswith("001@")


def test_a_changed_prompt_is_warned_of(folder, caplog):
    promote(folder, "001")
    store = PromptLibrary(folder)
    store.checkout()
    draft = folder / "prompts" / "rank.md"
    draft.write_text(draft.read_text().replace("choose the item below next", "choose this item next"))
    store.publish()
    with Workspace(folder) as workspace:
        assert changed_prompts(workspace, folder / "adapters" / "001") == ["rank"]
    (finding,) = [each for each in examine(folder) if each.name == "adapter"]
    assert finding.status == "note"
    with caplog.at_level(logging.WARNING), Recommender.open(folder):
        assert "trained on other prompts than now: rank" in caplog.text


def test_other_weights_of_the_same_name_are_refused(folder):
    metadata = folder / "adapters" / "001" / "sommelier.json"
    metadata.write_text(json.dumps({"base": {"name": "tiny", "sha256": "f" * 64}}))
    promote(folder, "001")
    with Workspace(folder) as workspace, pytest.raises(ModelError, match="trained on other weights"):
        configured_model(workspace)


def test_metadata_that_cannot_be_read_are_told(folder):
    (folder / "adapters" / "001" / "sommelier.json").write_text("{")
    promote(folder, "001")
    with Workspace(folder) as workspace, pytest.raises(ModelError, match="metadata of the adapter"):
        configured_model(workspace)


def test_one_studies_while_another_serves(folder):
    with Workspace(folder), Workspace(folder, use="study"), Workspace(folder, use="look"):
        with pytest.raises(WorkspaceBusyError, match="a fit, an evaluation or tuning"):
            Workspace(folder, use="study")
        with pytest.raises(WorkspaceBusyError, match="a running chat"):
            Workspace(folder, use="both")
    with Workspace(folder, use="both"):
        pass


def test_a_use_that_was_refused_leaves_nothing_locked(folder):
    with Workspace(folder, use="study"), pytest.raises(WorkspaceBusyError):
        Workspace(folder, use="both")
    with Workspace(folder):
        pass
