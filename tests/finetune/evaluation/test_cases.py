"""Which choices are predicted, from which events, and what is held back so that nobody knows the answer."""

import random

import pytest
from fakes import film
from sommelier.agent.memory.memory import Memory
from sommelier.finetune.evaluation.cases import (
    ENOUGH_JUDGED,
    MOST_JUDGED,
    before_judged,
    choices_judged,
    training_cases,
    validation_cases,
)
from sommelier.retrieval.catalogue import Event

FILMS = [film(f"f{at:02}") for at in range(24)]


@pytest.fixture
def memory(tmp_path):
    with Memory(f"sqlite:///{tmp_path / 'sommelier.db'}") as store:
        store.catalogue.upsert_items(FILMS)
        yield store


def walk(user, *items, kinds=()):
    kinds = [*kinds, *["purchase"] * len(items)]
    return [Event(f"{user}-{at}", user, item, kinds[at], position=at) for at, item in enumerate(items)]


def walkers(count):
    draw = random.Random(5)
    return [
        event for user in range(count) for event in walk(f"u{user:04}", *draw.sample([each.id for each in FILMS], 4))
    ]


def test_the_last_choice_is_predicted_from_what_came_before(memory):
    memory.events.add(walk("ann", "f01", "f02", "f03", "f04", kinds=["like", "view", "like", "like"]))
    ((case,), _) = validation_cases(memory, {})
    assert (case.user, case.target, case.held_back) == ("ann", "f04", 1)
    assert [event.item for event in case.events] == ["f01", "f02", "f03"]


def test_the_last_new_choice_is_predicted_and_what_came_after_is_held_back(memory):
    memory.events.add(walk("ann", "f01", "f02", "f03", "f02", "f09", kinds=["like", "like", "like", "like", "view"]))
    ((case,), _) = validation_cases(memory, {})
    assert (case.target, case.held_back) == ("f03", 3)
    assert [event.item for event in case.events] == ["f01", "f02"]


def test_a_log_of_repeats_keeps_its_histories(memory):
    memory.events.add(walk("ann", "f01", "f02", "f01", "f03", "f01", "f01"))
    memory.events.add(walk("bob", "f01", "f01", "f01", "f01"))
    ((case,), _) = validation_cases(memory, {})
    assert (case.user, case.target) == ("ann", "f03")
    assert [event.item for event in case.events] == ["f01", "f02", "f01"]


def test_choices_that_left_the_catalogue_do_not_count(memory):
    memory.events.add(walk("ann", "f01", "f02", "f03", "f04") + walk("bob", "f05", "f06", "f07"))
    memory.catalogue.delete_items(["f04", "f07"])
    ((case,), _) = validation_cases(memory, {})
    assert (case.user, case.target) == ("ann", "f03")


def test_a_test_target_in_the_log_is_never_validated_on(memory):
    memory.events.add(walk("ann", "f01", "f02", "f03", "f04", "f05"))
    ((case,), held_back) = validation_cases(memory, {"ann": "f05"})
    assert (case.target, case.held_back) == ("f04", 2)
    assert [event.item for event in case.events] == ["f01", "f02", "f03"]
    assert held_back == {"ann": 2}


def test_a_test_target_is_held_back_even_of_users_too_short_to_validate(memory):
    memory.events.add(walk("ann", "f01", "f02", "f03"))
    assert validation_cases(memory, {"ann": "f03"}) == ([], {"ann": 1})


def test_short_logs_teach_nothing(memory):
    memory.events.add(walk("ann", "f01", "f02") + walk("bob", "f01", "f02", "f03", kinds=["view"]))
    assert validation_cases(memory, {}) == ([], {})


def test_users_are_drawn_by_the_seed(memory):
    memory.events.add(walkers(40))
    first = [case.user for case in validation_cases(memory, {}, 10)[0]]
    assert first == [case.user for case in validation_cases(memory, {}, 10)[0]]
    assert first != [case.user for case in validation_cases(memory, {}, 10, seed=1)[0]]
    assert len(set(first)) == 10
    assert first != sorted(first)


def test_what_is_learned_from_comes_before_what_validates(memory):
    memory.events.add(walk("ann", "f01", "f02", "f03", "f04", "f05", "f06"))
    cases, held_back = training_cases(memory, {"ann": "f06"}, per_user=2)
    assert [(case.target, case.held_back) for case in cases] == [("f03", 4), ("f04", 3)]
    assert [event.item for event in cases[1].events] == ["f01", "f02", "f03"]
    assert held_back == {"ann": 4}


def test_a_choice_too_early_to_be_predicted_teaches_nothing(memory):
    memory.events.add(walk("ann", "f01", "f02", "f03"))
    assert training_cases(memory, {}, per_user=5) == ([], {"ann": 1})  # the last one validates all the same


def test_nothing_that_is_built_for_training_knows_a_training_or_validation_choice(memory):
    """Also not those of users who were not drawn."""
    memory.events.add(walkers(20))
    cases, held_back = training_cases(memory, {}, users=5)
    assert len(cases) == len({case.user for case in cases}) == 5
    assert held_back == {f"u{user:04}": 2 for user in range(20)}
    validated = {case.user: case.target for case in validation_cases(memory, {})[0]}
    for case in cases:
        events = memory.events.history(case.user)
        known = [event.item for event in events[: len(events) - held_back[case.user]]]
        assert {case.target, validated[case.user]}.isdisjoint(known)
        assert [event.item for event in case.events] == known


LONG = [f"f{at:02}" for at in range(18)]
"""Of these the first two have too few before them to be predicted; a quarter of the other 16 may be judged."""


def test_where_few_are_there_several_choices_of_each_are_judged_and_one_where_many_are(memory):
    assert choices_judged(memory, {}) == MOST_JUDGED
    memory.events.add(walkers(100))
    assert choices_judged(memory, {}) == 3
    memory.events.add([event for user in range(200) for event in walk(f"v{user:04}", "f01", "f02", "f03")])
    assert choices_judged(memory, {}) == 1
    assert choices_judged(memory, {f"v{user:04}": "f03" for user in range(200)}) == ENOUGH_JUDGED // 100


@pytest.mark.parametrize(("judged", "targets"), [(1, LONG[-1:]), (3, LONG[-3:]), (9, LONG[-4:])])
def test_the_last_choices_are_predicted_each_from_what_came_before_it(memory, judged, targets):
    memory.events.add(walk("ann", *LONG))
    cases, held_back = validation_cases(memory, {}, judged=judged)
    assert [case.target for case in cases] == targets
    for case in cases:
        assert [event.item for event in case.events] == LONG[: LONG.index(case.target)]
    assert held_back == {"ann": len(targets)}  # of what is built nothing is known from the first of them on


def test_of_who_chose_little_the_last_choice_alone_is_judged(memory):
    memory.events.add(walk("ann", *LONG[:8]))
    assert [case.target for case in validation_cases(memory, {}, judged=5)[0]] == [LONG[7]]


def test_what_is_learned_from_comes_before_all_that_is_judged(memory):
    memory.events.add(walk("ann", *LONG) + walk("ben", "f01", "f02", "f03"))
    judged, _ = validation_cases(memory, {}, judged=4)
    learned, held_back = training_cases(memory, {}, per_user=2, judged=4)
    assert [case.target for case in learned] == LONG[-6:-4]
    assert not {case.event.id for case in learned} & {case.event.id for case in judged}
    assert held_back == {"ann": 6, "ben": 1}
    log = memory.events.history("ann")
    assert [event.item for event in before_judged(log, set(LONG), 4)] == LONG[:-4]
    assert before_judged(log[:2], set(LONG), 4) == log[:2]


def test_new_choices_are_judged_apart_from_those_before_them(memory):
    """Of ten new ones two; learned is the newest of the others, and the newest old one but those that validated."""
    memory.events.add(walk("ann", *LONG))
    fresh = {f"ann-{at}" for at in range(8, 18)}
    learned, held_back = training_cases(memory, {}, fresh=fresh, judged=5)
    assert {case.target for case in learned} == {"f15", "f06"}
    assert held_back == {"ann": 12}
    earlier, hidden = validation_cases(memory, {}, before=fresh, judged=5)
    assert ([case.target for case in earlier], hidden) == (["f07"], {"ann": 11})
