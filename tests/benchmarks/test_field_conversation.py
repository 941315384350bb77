"""Conversational retrieval in a world where each dialogue is about one of four sets of films."""

import random

import pytest
from fakes import FakeJudge, HashEmbedder
from field_conversation import FOLDS, asked, converse, fold_of, section_of
from field_redial import ReDial, Turn
from redial_folder import dialogue, write_redial
from sommelier.agent.ingest.indexing import rebuild_index
from sommelier.agent.workspace import Workspace
from sommelier.finetune.evaluation.holdout import IndexStore
from sommelier.finetune.evaluation.setup import Setup
from sommelier.prompts.library import packaged

WORDS = ("space", "heist", "love", "war")
FILMS = {f"{at:02}": f"{WORDS[at % 4]} film {at} ({1950 + at})" for at in range(48)}


def talks(count):
    draw, rows, turns = random.Random(1), [], []
    for at in range(count):
        told = draw.sample([film for film in FILMS if int(film) % 4 == at % 4], 4)
        texts = ["a film please", f"I liked @{told[0]} and @{told[1]}", f"see @{told[2]}", f"or @{told[3]}"]
        rows.append(dialogue(str(at), *texts))
        named = [FILMS[film] for film in told]
        context = ["a film please", f"I liked {named[0]} and {named[1]}"]
        turns.append({"dialog_id": str(at), "turn_id": 2, "context": context, "entity": named[:2], "rec": [named[2]]})
    return rows, turns


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    """What is measured over 60 dialogues, with a language model that is never asked."""
    folder = tmp_path_factory.mktemp("redial")
    redial = ReDial.read(write_redial(folder, FILMS, *talks(60)))
    embedder, stages = HashEmbedder(), []
    with (
        pytest.MonkeyPatch.context() as patch,
        Workspace(folder / "workspace", create=True) as workspace,
    ):
        patch.setenv("SOMMELIER_CACHE", str(folder / "cache"))
        workspace.memory.catalogue.upsert_items(redial.items)
        workspace.memory.events.add(redial.events())
        rebuild_index(workspace.memory, workspace.index, embedder)
        store = IndexStore(workspace.memory, workspace.index, embedder)
        served = Setup(workspace, FakeJudge(), packaged("rank"), store)
        yield converse(redial, served, lambda *stage: stages.append(stage))
        assert stages[-1] == ("answering", FOLDS, FOLDS)


def test_every_system_answers_every_turn_and_co_mention_beats_popularity(found):
    assert {len(ranks) for ranks in found.ranks.values()} == {60}
    assert len(found.weights) == FOLDS
    for better in ("co-mention", "mix of the three", "Sommelier, shipped weights", "Sommelier, fitted weights"):
        assert found.recall(better)[1] > found.recall("popularity")[1] + 0.3
    low, mean, high = found.against("co-mention", "popularity")
    assert 0 < low < mean < high
    assert mean == pytest.approx(found.recall("co-mention")[1] - found.recall("popularity")[1])


def test_the_section_has_a_row_for_each_system(found):
    section = section_of(found)
    assert {row.system for row in section.rows} == found.ranks.keys()
    assert next(row for row in section.rows if row.system == "mix of the three").versus is None
    assert "60 recommended films in the turns of 60 dialogues" in section.about


def test_a_dialogue_stays_in_its_fold_and_all_folds_are_used():
    folds = [fold_of(str(at)) for at in range(200)]
    assert folds == [fold_of(str(at)) for at in range(200)]
    assert set(folds) == set(range(FOLDS))


def test_the_newest_words_come_first():
    assert asked(Turn("1", ["hello there", "a heist film"], [], [])) == "a heist film hello there"
