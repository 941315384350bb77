"""Conversational retrieval in a world where each dialogue is about one of four sets of films."""

import random

import pytest
from fakes import FakeJudge, HashEmbedder
from field_conversation import (
    CUTOFFS,
    FITTED,
    SHIPPED,
    converse,
    converse_elsewhere,
    door_section,
    inspired_section,
    section_of,
)
from field_door import EACH, LAST, Doors
from field_inspired import Inspired
from field_redial import Message, ReDial, Turn, asked, logged
from field_views import FOLDS, World, fold_of
from redial_folder import dialogue, write_redial
from sommelier.agent.ingest.indexing import rebuild_index
from sommelier.agent.workspace import Workspace
from sommelier.finetune.evaluation.holdout import IndexStore
from sommelier.finetune.evaluation.setup import Setup
from sommelier.prompts.library import packaged
from sommelier.retrieval.catalogue import CatalogueError

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
def setup(tmp_path_factory):
    """60 dialogues in a workspace with a language model that is never asked."""
    folder = tmp_path_factory.mktemp("redial")
    redial = ReDial.read(write_redial(folder, FILMS, *talks(60)))
    embedder = HashEmbedder()
    with (
        pytest.MonkeyPatch.context() as patch,
        Workspace(folder / "workspace", create=True) as workspace,
    ):
        patch.setenv("SOMMELIER_CACHE", str(folder / "cache"))
        workspace.memory.catalogue.upsert_items(redial.items)
        workspace.memory.events.add(redial.events())
        for turn in logged(redial.turns, redial.dialogues):
            workspace.memory.turns.save(turn)
        rebuild_index(workspace.memory, workspace.index, embedder)
        store = IndexStore(workspace.memory, workspace.index, embedder)
        yield Setup(workspace, FakeJudge(), packaged("rank"), store), redial, folder


@pytest.fixture(scope="module")
def measured(setup):
    """ReDial, and what came through the dialogue."""
    served, redial, _ = setup
    stages = []
    yield converse(redial, served, lambda *stage: stages.append(stage))
    assert stages[-1] == ("answering", FOLDS, FOLDS)


@pytest.fixture
def found(measured):
    return measured[0]


def test_every_system_answers_every_turn_and_co_mention_beats_popularity(found):
    assert {len(ranks) for ranks in found.ranks.values()} == {60}
    assert len(found.weights) == FOLDS
    ten = CUTOFFS.index(10)
    for better in ("co-mention", "mix of the three", SHIPPED, FITTED):
        assert found.recall(better)[ten] > found.recall("popularity")[ten] + 0.3
    low, mean, high = found.against("co-mention", "popularity")
    assert 0 < low < mean < high
    assert mean == pytest.approx(found.recall("co-mention")[ten] - found.recall("popularity")[ten])


def test_the_section_has_a_row_for_each_system(found):
    section = section_of(found)
    assert {row.system for row in section.rows} == found.ranks.keys()
    assert next(row for row in section.rows if row.system == "mix of the three").versus is None
    assert "60 recommended films in the turns of 60 dialogues" in section.about


def test_through_the_dialogue_titles_of_earlier_messages_count(measured):
    _, heard = measured
    ten = CUTOFFS.index(10)
    assert 0 < len(heard.dialogues) < 60, "one dialogue in three"
    assert {row.system for row in door_section(heard).rows} == heard.ranks.keys() >= {SHIPPED, LAST, EACH}
    assert heard.recall(EACH)[ten] >= heard.recall(LAST)[ten]
    assert heard.recall(EACH)[ten] > 0.3


def test_a_view_knows_nothing_of_what_was_said_in_its_own_fold(setup):
    served, redial, _ = setup
    with World(served, redial).without(0) as view:
        assert len(view.index.conversations.directions) == len(FILMS)
        assert view.counted.popularity.sum() == sum(
            len(films) for name, films in redial.dialogues.items() if fold_of(name)
        )
        own = [film for name, films in redial.dialogues.items() if fold_of(name) == 0 for film in films]
        others = {film for name, films in redial.dialogues.items() if fold_of(name) for film in films}
        unseen = [view.index.position[film] for film in own if film not in others]
        assert not view.index.conversations.directions[unseen].any()


def test_what_the_seeker_likes_is_an_event_and_what_the_other_names_a_shelf(setup):
    served, redial, _ = setup
    with World(served, redial).without(0) as view:
        said = [Message(True, "I loved space film 0 (1950)"), Message(False, "try heist film 1 (1951)", ["01"])]
        state, events = Doors(redial, view.index).read("ann", said)
    assert [(event.item, event.kind) for event in events] == [("00", "like")]
    assert (state.loved, state.shelf) == (("00",), ("01",))


def test_inspired_is_asked_of_redials_films(setup):
    served, redial, folder = setup
    rows = [("RECOMMENDER", "hello", ""), ("SEEKER", "I liked space film 0", "space film 0 (1950)"),
            ("RECOMMENDER", "see these", "space film 0 (1950); space film 4 (1954); unknown (2019)")]  # fmt: skip
    lines = ["dialog_id\tspeaker\ttext\tmovies", *("\t".join(("d", *row)) for row in rows)]
    (folder / "dev.tsv").write_text("\n".join(lines) + "\n")
    inspired = Inspired.read(folder, redial.items)
    assert (inspired.recommended, inspired.missing) == (2, 1)
    assert inspired.turns == [Turn("d", ["hello", "I liked space film 0"], ["00"], ["04"], 2)]
    section = inspired_section(converse_elsewhere(inspired, redial, served, lambda *_: None), inspired)
    assert {row.system for row in section.rows} > {SHIPPED, "mix of the three"}
    with pytest.raises(CatalogueError, match=r"dev\.tsv"):
        Inspired.read(folder / "workspace", redial.items)


def test_a_dialogue_stays_in_its_fold_and_all_folds_are_used():
    folds = [fold_of(str(at)) for at in range(200)]
    assert folds == [fold_of(str(at)) for at in range(200)]
    assert set(folds) == set(range(FOLDS))


def test_the_newest_words_come_first():
    assert asked(Turn("1", ["hello there", "a heist film"], [], [])) == "a heist film hello there"
