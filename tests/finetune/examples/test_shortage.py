"""What a log lacks to be tuned on is said with its figures, and nothing where it lacks nothing."""

import pytest
from sommelier.agent.memory.memory import Memory
from sommelier.finetune.examples.shortage import shortage
from sommelier.finetune.examples.training_data import DataCard
from sommelier.retrieval.catalogue import Event

OF_TWELVE = "Of 12 people with choices enough 2 are for checking, and no example could be made of those to"


@pytest.fixture
def memory(tmp_path):
    with Memory(f"sqlite:///{tmp_path / 'sommelier.db'}") as store:
        store.events.add(Event(f"v{at}", "ann", "f01", "view", position=at) for at in range(1200))
        store.events.add(Event(f"p{at}", "ben", "f01", "play", position=at) for at in range(3))
        yield store


def card(users, examples, checked):
    return DataCard(users, users, examples, {"rank": examples}, checked, None, None, 0, "")


def test_what_can_be_learned_from_and_checked_on_lacks_nothing(memory):
    assert shortage(memory, card(12, 12, 2)) is None


@pytest.mark.parametrize(
    ("fresh", "said"),
    [
        (None, "Of the 1,203 events (1,200 view, 3 play) 3 are choices, and none can be learned from: that"),
        ({"v1", "v2"}, "None of the 2 new events is a choice (2 view), and tuning learns from choices"),
        (set(), "None of the 0 new events is a choice, and tuning"),
    ],
)  # fmt: skip
def test_a_log_without_choices_to_learn_is_told_by_its_kinds(memory, fresh, said):
    assert shortage(memory, card(0, 0, 0), fresh).startswith(said)


@pytest.mark.parametrize(
    ("users", "examples", "checked", "said"),
    [
        (1, 3, 0, "Tuning takes 5 people with choices enough, one of them to check on, and there is 1:"),
        (4, 9, 0, "Tuning takes 5 people with choices enough, one of them to check on, and there are 4:"),
        (12, 9, 0, f"{OF_TWELVE} check on"),
        (12, 2, 2, f"{OF_TWELVE} learn from"),
    ],
)  # fmt: skip
def test_too_few_people_and_choices_that_are_not_found_are_told_apart(memory, users, examples, checked, said):
    assert shortage(memory, card(users, examples, checked)).startswith(said)
