"""ReDial read from a folder in its own format: what counts as mentioned, and what as recommended."""

import pytest
from field_redial import Message, ReDial, asked, logged, mentions
from redial_folder import dialogue, write_redial
from sommelier.retrieval.catalogue import CatalogueError

FILMS = {"10": "Alien (1979)", "11": "Aliens  (1986)", "12": "Heat", "13": "Heat", "14": "Fargo (1996)"}
TALK = dialogue("7", "like @10 please", "try @13 and @11", "no @10, @99 or @14?")
TURN = {
    "dialog_id": "7", "turn_id": 2, "context": ["", "like Alien (1979) please", "try Heat and Aliens (1986)"],
    "entity": ["horror", "Alien (1979)", "Heat"], "rec": ["Fargo (1996)", "Alien (1979)", "Fargo  (1996)"], "resp": "",
}  # fmt: skip


@pytest.fixture
def redial(tmp_path):
    return ReDial.read(write_redial(tmp_path, FILMS, [TALK], [TURN]))


def test_films_become_items_with_their_year(redial):
    aliens = next(item for item in redial.items if item.id == "11")
    assert (aliens.title, aliens.attributes["year"], aliens.attributes["genres"]) == ("Aliens", 1986, ("drama",))
    assert len(redial.items) == 5


def test_a_dialogue_is_its_films_in_the_order_of_their_first_mention(redial):
    assert redial.dialogues == {"7": ["10", "12", "11", "14"]}, "films of one name are one, unknown codes are nothing"


def test_targets_are_what_was_recommended_and_not_mentioned_before(redial):
    (turn,) = redial.turns
    assert turn.said == ["like Alien (1979) please", "try Heat and Aliens (1986)"]
    assert turn.mentioned == ["10", "12", "11"], "from the texts before the turn, also what the turn's list lacks"
    assert turn.targets == ["14"], "each once, and not what was mentioned"


def test_messages_have_names_and_who_spoke(redial):
    first, second, _ = redial.messages["7"]
    assert first == Message(False, "like Alien (1979) please", ["10"])
    assert second == Message(True, "try Heat and Aliens (1986)", ["12", "11"])


def test_a_turn_is_logged_as_the_engine_would_log_it(redial):
    (turn,) = logged(redial.turns, redial.dialogues)
    assert (turn.user, turn.session, turn.state.loved) == ("7", "7", ("10", "12", "11", "14"))
    assert turn.state.said == asked(redial.turns[0]) == "try Heat and Aliens (1986) like Alien (1979) please"


def test_mentions_consume(redial):
    events = list(redial.events())
    assert [(event.user, event.item, event.kind) for event in events[:2]] == [("7", "10", "seen"), ("7", "12", "seen")]
    assert [event.position for event in mentions("x", ["a", "b"])] == [0, 1]


def test_a_folder_without_the_files_is_refused(tmp_path):
    with pytest.raises(CatalogueError, match=r"movies\.json, valid_dialogues\.jsonl, valid_turns\.jsonl"):
        ReDial.read(tmp_path)
