"""From a log to an adapter that serves, and what is said when there is too little, or nothing to go on with."""

import json
import random

import pytest
from fakes import film
from sommelier.agent.model_loading import open_model
from sommelier.agent.workspace import Workspace
from sommelier.finetune import tune as module
from sommelier.finetune.rank_examples import ExampleRecipe
from sommelier.finetune.training import TrainingError, TrainingRecipe
from sommelier.finetune.tune import tune
from sommelier.retrieval.catalogue import Event

FILMS = [film(f"f{at:02}", title=f"Film {at:02}", genre=("war", "crime")[at % 2]) for at in range(60)]
EXAMPLES = ExampleRecipe(negatives=2)
TRAINING = TrainingRecipe(rank=4, alpha=8, learning_rate=1e-2, batch=8, epochs=0.5, checks=1)


def walkers(count):
    """People who step from a film to one of the next two."""
    rng = random.Random(5)
    for user in range(count):
        at = rng.randrange(40)
        for step in range(6):
            yield Event(f"{user}-{step}", f"u{user:03}", f"f{at:02}", "purchase", position=step)
            at += rng.choice([1, 1, 2])


@pytest.fixture
def opened(tmp_path, tiny_lm, monkeypatch):
    """A workspace whose model is the tiny one, with a log of so many people."""
    monkeypatch.setenv("SOMMELIER_CACHE", str(tmp_path / "cache"))

    def make(count, settings=""):
        folder = tmp_path / "workspace"
        folder.mkdir(exist_ok=True)
        (folder / "sommelier.yaml").write_text(f"model: {tiny_lm}\nquantize: none\ndevice: cpu\n{settings}")
        workspace = Workspace(folder, create=True)
        workspace.memory.upsert_items(FILMS)
        workspace.memory.add_events(walkers(count))
        return workspace

    return make


def tuned(workspace, **options):
    return tune(
        workspace, options.pop("withheld", {}), lambda *_: None, examples=EXAMPLES, training=TRAINING, **options
    )


def test_a_log_becomes_an_adapter_that_serves(opened, tiny_lm, tmp_path):
    with opened(40) as workspace:
        found = tuned(workspace)
        assert found.folder == workspace.folder / "adapters" / "001"
        assert not (workspace.folder / "adapters" / "unfinished").exists()
    assert found.data.choices == found.data.users == 40
    assert 0 < found.data.checked < found.data.examples <= 40
    assert found.after != found.before
    serving = open_model(tiny_lm, quantize="none", adapter=found.folder, device="cpu", cache=tmp_path / "models")
    assert serving.card.adapter.startswith("001@")
    papers = json.loads((found.folder / "sommelier.json").read_text())
    assert papers["data"]["sha256"] == found.data.sha256
    assert papers["after"] == found.after
    assert papers["prompt"]
    assert {"loss", "eval_ndcg"} <= {name for entry in papers["curve"] for name in entry}


def test_a_second_adapter_has_the_next_number(opened):
    with opened(30) as workspace:
        first = tuned(workspace)
        second = tuned(workspace, users=20)
    assert (first.folder.name, second.folder.name) == ("001", "002")
    assert second.data.users == 20


def test_a_run_that_was_cut_off_goes_on_with_its_own_examples(opened, monkeypatch):
    def cut_off(*_):
        raise KeyboardInterrupt

    with opened(40) as workspace:
        monkeypatch.setattr(module, "train_adapter", cut_off)
        with pytest.raises(KeyboardInterrupt):
            tuned(workspace)
        monkeypatch.undo()
        begun = json.loads((workspace.folder / "adapters" / "unfinished" / "sommelier.json").read_text())
        workspace.memory.add_events([Event("late", "u000", "f59", "purchase", position=99)])
        assert tuned(workspace, resume=True).data.sha256 == begun["sha256"]


def test_nothing_to_resume_is_said(opened):
    with opened(5) as workspace, pytest.raises(TrainingError, match="no run to resume"):
        tuned(workspace, resume=True)


@pytest.mark.parametrize("people", [0, 1])
def test_a_log_too_small_to_learn_from_is_refused(opened, people):
    with opened(people) as workspace, pytest.raises(TrainingError, match="log more events"):
        tuned(workspace)


def test_listwise_ranking_is_not_what_tuning_trains(opened):
    with opened(5, "ranking: listwise\n") as workspace, pytest.raises(TrainingError, match="pointwise"):
        tuned(workspace)


def test_what_is_withheld_is_in_no_example(opened):
    with opened(20) as workspace:
        last = {f"u{user:03}": workspace.memory.history(f"u{user:03}")[-1].item for user in range(20)}
        whole, without = tuned(workspace), tuned(workspace, withheld=last)
    assert (whole.data.withheld, without.data.withheld) == (0, 20)
    assert whole.data.sha256 != without.data.sha256
