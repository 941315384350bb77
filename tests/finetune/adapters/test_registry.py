"""Which adapter serves, who may replace it, and how to go back."""

import json
import random
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from fakes import film
from peft import LoraConfig, get_peft_model
from safetensors.torch import load_file, save_file
from sommelier.agent.errors import ModelError
from sommelier.agent.ranking.weights import load_weights
from sommelier.agent.serving_model import configured_model, model_with, serving_adapter
from sommelier.agent.workspace import Workspace
from sommelier.finetune.adapters import gate as gates
from sommelier.finetune.adapters.comparison import Comparison
from sommelier.finetune.adapters.gate import CANDIDATE, SERVING, Gate, refusal
from sommelier.finetune.adapters.registry import AdapterError, RefusedError, Registry
from sommelier.finetune.evaluation.setup import Setup
from sommelier.finetune.fitting import fitting
from sommelier.retrieval.catalogue import Event

FILMS = [film(f"f{at:02}", title=f"Film {at:02}", genre=("war", "crime")[at % 2]) for at in range(40)]


def quiet(*_):
    pass


def walkers(count):
    """People who step from a film to one of the next two."""
    rng = random.Random(5)
    for user in range(count):
        at = rng.randrange(20)
        for step in range(5):
            yield Event(f"{user}-{step}", f"u{user:03}", f"f{at:02}", "purchase", position=step)
            at += rng.choice([1, 1, 2])


@pytest.fixture
def workspace(tmp_path, tiny_lm, monkeypatch):
    monkeypatch.setenv("SOMMELIER_CACHE", str(tmp_path / "cache"))
    folder = tmp_path / "workspace"
    folder.mkdir()
    (folder / "sommelier.yaml").write_text(f"model: {tiny_lm}\nquantize: none\ndevice: cpu\n")
    with Workspace(folder, create=True) as opened:
        opened.memory.catalogue.upsert_items(FILMS)
        opened.memory.events.add(walkers(30))
        yield opened


@pytest.fixture
def adapter(workspace):
    """Make an adapter under the next number: one that changes nothing, or one of noise."""

    def make(name, noise=False):
        torch.manual_seed(int(name))
        config = LoraConfig(r=2, target_modules=["q_proj"], task_type="CAUSAL_LM", init_lora_weights=not noise)
        folder = workspace.folder / "adapters" / name
        with pytest.warns(FutureWarning):
            get_peft_model(model_with(workspace, None).network, config).save_pretrained(folder)
        (folder / "sommelier.json").write_text(json.dumps({"prompt": "abc"}))
        return name

    return make


@pytest.fixture
def alike(monkeypatch):
    """Judging takes an index; where only the record matters, every candidate is as good as what serves."""
    monkeypatch.setattr(Registry, "judge", lambda *_: gate([0.5] * 40, [0.5] * 40))


@pytest.fixture
def few_will_do(monkeypatch):
    """The people of a test say enough."""
    monkeypatch.setattr(gates, "FEWEST", 2)


def compared(candidate, serving, judged=None, wrote=None):
    some = np.array(serving, float)
    fused = {SERVING: some, CANDIDATE: np.array(candidate, float)}
    return Comparison(len(some) if judged is None else judged, some, {}, fused, wrote or {})


def gate(candidate, serving):
    comparison = compared(candidate, serving)
    return Gate(comparison, comparison.not_worse(CANDIDATE, SERVING))


def test_a_new_workspace_serves_the_bare_model(workspace):
    registry = Registry(workspace)
    assert (registry.names(), registry.serving, serving_adapter(workspace)) == ([], None, None)
    assert configured_model(workspace).card.adapter is None


@pytest.mark.usefixtures("few_will_do")
def test_an_adapter_that_is_not_worse_serves_after_its_promotion(workspace, adapter):
    registry, name = Registry(workspace), adapter("001")
    assert registry.promote(name, {}, quiet).verdict == "not worse"
    assert registry.serving == "001"
    assert configured_model(workspace).card.adapter.startswith("001@")
    (entry,) = registry.history()
    assert (entry.why, entry.verdict) == ("promoted", "not worse")


def test_one_that_is_not_shown_to_be_as_good_is_refused_and_serves_only_when_forced(workspace, adapter, monkeypatch):
    registry, name = Registry(workspace), adapter("001", noise=True)
    found = gate([0.2, 0.9, 0.0, 0.5], [0.5, 0.6, 0.1, 0.4])
    monkeypatch.setattr(Registry, "judge", lambda *_: found)
    with pytest.raises(RefusedError, match=r"undecided.*on 4 validation users.*--force") as refused:
        registry.promote(name, {}, quiet)
    assert refused.value.gate is found
    assert registry.serving is None
    registry.promote(name, {}, quiet, force=True)
    assert registry.serving == "001"
    assert [(each.why, each.verdict) for each in registry.history()] == [("forced", "undecided")]


def test_noise_is_judged_on_the_same_people(workspace, adapter):
    found = Registry(workspace).judge(adapter("001", noise=True), {}, quiet).comparison
    assert found.users == 30
    assert 0 < found.judged <= 30
    assert not np.array_equal(found.alone[SERVING], found.alone[CANDIDATE])
    assert (found.retrieval > 0).sum() <= found.judged
    assert (found.alone[SERVING] > 0).sum() <= found.judged


@pytest.mark.usefixtures("few_will_do")
def test_with_people_enough_a_promoted_adapter_has_weights_of_its_own(workspace, adapter, monkeypatch):
    monkeypatch.setattr(fitting, "ENOUGH", 20)
    monkeypatch.setattr(fitting, "FOUND", 10)
    Registry(workspace).promote(adapter("001"), {}, quiet)
    setup = Setup.of(workspace)
    assert setup.lm.card.adapter.startswith("001@")
    assert load_weights(workspace.memory, setup.key()).users > 0


def test_an_adapter_whose_answers_are_no_numbers_is_refused(workspace, adapter):
    name = adapter("001", noise=True)
    path = workspace.folder / "adapters" / name / "adapter_model.safetensors"
    save_file({key: torch.full_like(value, torch.nan) for key, value in load_file(path).items()}, path)
    with pytest.raises(ModelError, match="no number"):
        Registry(workspace).promote(name, {}, quiet, force=True)
    assert Registry(workspace).serving is None


@pytest.mark.parametrize(
    ("candidate", "serving", "verdict"),
    [
        ([0.5] * 40, [0.5] * 40, "not worse"),
        ([0.9, 0.8] * 40, [0.5, 0.6] * 40, "not worse"),
        ([0.1, 0.2] * 40, [0.5, 0.6] * 40, "worse"),
        ([0.0, 1.0] * 5, [1.0, 0.0] * 5, "undecided"),
        ([0.5] * 29, [0.5] * 29, "undecided"),
        ([0.1, 0.2] * 14, [0.5, 0.6] * 14, "undecided"),
        ([0.5], [0.5], "undecided"),
        ([0.0], [1.0], "undecided"),
        ([], [], "undecided"),
    ],
)
def test_verdicts(candidate, serving, verdict):
    assert gate(candidate, serving).verdict == verdict


def test_a_refusal_says_how_many_users_would_decide():
    draw = np.random.default_rng(0)
    serving = draw.random(50)
    found = gate(np.clip(serving + draw.normal(0.02, 0.3, 50), 0, 1), serving)
    assert found.verdict == "undecided"
    assert f"to decide it needs about {found.test.needed:,} users" in refusal("007", found)


def test_where_few_could_be_judged_it_says_how_many_it_takes():
    """However many users there are beside them: a model changes nothing for those whose choice is not in the pool."""
    comparison = compared([0.5] * 2 + [0.0] * 58, [0.5] * 2 + [0.0] * 58, judged=2)
    (said,) = Gate.of(comparison).findings()
    assert said.verdict == "undecided"
    assert "too few to say on 60 validation users" in said.why
    assert "of whom 2 have their choice among the candidates; it needs 30 such, about 900 users in all" in said.why
    assert "+0.0000" not in said.why


def test_where_neither_finds_anything_it_says_that_there_is_nothing_to_compare():
    (said,) = Gate.of(compared([0.0] * 40, [0.0] * 40)).findings()
    assert (said.verdict, said.why.partition(",")[0]) == ("undecided", "nothing to compare")


def test_a_few_texts_say_nothing_of_how_an_adapter_writes():
    def written(count):
        wrote = {name: {"explain": np.ones(count)} for name in (SERVING, CANDIDATE)}
        return Gate.of(compared([0.5] * 40, [0.5] * 40, wrote=wrote))

    assert (written(40).verdict, written(2).verdict) == ("not worse", "undecided")
    _, said = written(2).findings()
    assert (said.what, said.verdict) == ("writing (explain)", "undecided")
    assert "too few to say, of 2 texts" in said.why
    assert "it needs 30 texts" in said.why


def test_what_will_be_done_is_said_before_it_begins(workspace, adapter):
    heard = []

    def progress(stage, *_):
        heard.append(stage)

    gate = Registry(workspace).judge(adapter("001"), {}, progress, 12, heard.append)
    work = heard[0]
    assert (work.models, work.people) == (2, gate.comparison.judged)
    assert work.people <= 12
    assert (work.explanations, work.summaries) == tuple(each.size for each in gate.comparison.wrote[SERVING].values())
    assert (work.users, f"Of 12 people {work.people} have their choice" in str(work)) == (12, True)
    assert "12 summaries" in str(work)
    assert work.seconds > 0


def test_numbers_are_found_without_the_zeros_before_them(workspace, adapter):
    adapter("001"), adapter("012")
    registry = Registry(workspace)
    assert [registry.find(name) for name in ("1", "012", "12")] == ["001", "012", "012"]
    assert registry.metadata("1") == {"prompt": "abc"}
    for name in ("2", "²", "-1"):
        with pytest.raises(AdapterError, match="there are: 001, 012"):
            registry.find(name)


def test_what_is_no_adapter_by_name_or_metadata_is_told(workspace, adapter):
    adapter("001")
    root = workspace.folder / "adapters"
    shutil.copytree(root / "001", root / "copy")
    shutil.copytree(root / "001", root / "007")
    (root / "007" / "sommelier.json").unlink()
    (root / "unfinished" / "checkpoints").mkdir(parents=True)
    registry = Registry(workspace)
    assert registry.names() == ["001"]
    assert registry.unexpected_files().keys() == {"copy", "007"}
    assert "its name is no number: rename it, to 002" in registry.unexpected_files()["copy"]
    assert "sommelier.json is missing" in registry.unexpected_files()["007"]


def test_a_name_is_refused_before_anything_else(workspace, adapter):
    adapter("001")
    workspace.config = workspace.config.model_copy(update={"adapter": Path("elsewhere")})
    with pytest.raises(AdapterError, match=r"no adapter '\.\./x'"):
        Registry(workspace).promote("../x", {}, quiet)


@pytest.mark.usefixtures("alike")
def test_rolling_back_goes_step_by_step_to_the_bare_model(workspace, adapter):
    registry = Registry(workspace)
    for name in ("001", "002"):
        registry.promote(adapter(name), {}, quiet)
    assert registry.serving == "002"
    assert registry.rollback() == "001"
    assert registry.serving == "001"
    assert registry.rollback() is None
    assert registry.serving is None
    with pytest.raises(AdapterError, match="nothing to roll back"):
        registry.rollback()
    assert [each.why for each in registry.history()] == ["promoted", "promoted", "rolled back", "rolled back"]


@pytest.mark.usefixtures("alike")
def test_the_adapter_that_serves_cannot_be_deleted(workspace, adapter):
    registry = Registry(workspace)
    registry.promote(adapter("001"), {}, quiet)
    adapter("002")
    with pytest.raises(AdapterError, match="serving"):
        registry.delete("001")
    registry.delete("002")
    assert registry.names() == ["001"]


@pytest.mark.usefixtures("alike")
def test_what_was_deleted_is_not_rolled_back_to(workspace, adapter):
    registry = Registry(workspace)
    for name in ("001", "002", "003"):
        registry.promote(adapter(name), {}, quiet)
    registry.delete("002")
    assert registry.rollback() == "001"
    assert registry.rollback() is None
    registry.promote(adapter("004"), {}, quiet)
    assert registry.rollback() is None


@pytest.mark.usefixtures("alike")
def test_an_adapter_whose_folder_is_gone_can_be_rolled_back(workspace, adapter):
    registry = Registry(workspace)
    registry.promote(adapter("001"), {}, quiet)
    shutil.rmtree(workspace.folder / "adapters" / "001")
    assert registry.rollback() is None
    assert configured_model(workspace).card.adapter is None


@pytest.mark.usefixtures("alike")
def test_a_number_is_never_given_twice(workspace, adapter):
    registry = Registry(workspace)
    registry.promote(adapter("001"), {}, quiet)
    registry.rollback()
    registry.delete("001")
    assert registry.free_name() == "002"


@pytest.mark.usefixtures("alike")
def test_what_serves_already_is_not_promoted_again(workspace, adapter):
    registry = Registry(workspace)
    registry.promote(adapter("001"), {}, quiet)
    with pytest.raises(AdapterError, match="serves already"):
        registry.promote("001", {}, quiet)


def test_an_adapter_named_in_the_configuration_cannot_be_overruled(workspace, adapter):
    workspace.config = workspace.config.model_copy(update={"adapter": Path("elsewhere")})
    with pytest.raises(AdapterError, match=r"sommelier\.yaml"):
        Registry(workspace).promote(adapter("001"), {}, quiet)


@pytest.mark.parametrize("name", ["404", "../../other/adapters/001", "001/", "unfinished", ""])
def test_an_unknown_adapter_is_said(workspace, adapter, name):
    """Not even one of another workspace, which its path would lead to."""
    adapter("001")
    for place in (workspace.folder.parent / "other" / "adapters" / "001", workspace.folder / "adapters" / "unfinished"):
        shutil.copytree(workspace.folder / "adapters" / "001", place)
    for act in (Registry(workspace).metadata, Registry(workspace).delete):
        with pytest.raises(AdapterError, match="there are: 001"):
            act(name)


def test_an_empty_adapter_file_is_refused_before_it_serves(workspace, adapter):
    registry, name = Registry(workspace), adapter("001")
    (workspace.folder / "adapters" / name / "adapter_model.safetensors").write_bytes(b"")
    with pytest.raises(ModelError, match="not a usable adapter"):
        registry.promote(name, {}, quiet)
    assert registry.serving is None


def test_an_adapter_with_damaged_metadata_can_still_be_deleted(workspace, adapter):
    registry, name = Registry(workspace), adapter("001")
    (workspace.folder / "adapters" / name / "sommelier.json").write_text("{")
    with pytest.raises(AdapterError, match="cannot be read"):
        registry.metadata(name)
    registry.delete(name)
    assert registry.names() == []
