"""Who chooses what more than others do: exact on small logs, quiet where there is little to say."""

import numpy as np
import pytest
from sommelier.retrieval.behaviour.affinity import FAINT, FEWEST, MOST_VALUES, PRIOR, Affinity


def fitted(descriptions, choices, items, described=None):
    """From (user, item) pairs; each user has the description of their number unless told otherwise."""
    users = np.array([user for user, _ in choices], np.int32)
    chosen = np.array([item for _, item in choices], np.int32)
    rows = users if described is None else np.array(described, np.int32)
    return Affinity.fit(descriptions, rows, users, chosen, items)


def two_camps(each=20):
    """The young choose item 0, the old item 1, everybody item 2."""
    people = [{"age": "young"}] * each + [{"age": "old"}] * each
    return people, [(user, item) for user in range(2 * each) for item in (user // each, 2)]


def test_a_lift_is_the_smoothed_log_ratio():
    score = fitted(*two_camps(), 4).score({"age": "young"})
    expected = np.log((20 + PRIOR) / (10 + PRIOR)), np.log(PRIOR / (10 + PRIOR)), 0, 0
    assert score == pytest.approx(np.tanh(np.array(expected) / 2), abs=1e-6)


def test_tags_add_up_and_unknown_ones_say_nothing():
    people, choices = two_camps()
    people = [person | {"town": "east" if at % 2 else "west"} for at, person in enumerate(people)]
    affinity = fitted(people, choices, 3)
    alone = affinity.score({"age": "OLD "})
    assert affinity.score({"age": "old", "town": "east", "shoe": "44"}) == pytest.approx(alone)
    assert not affinity.score({"age": "middle"}).any()
    assert not affinity.score({}).any()


def test_somebody_who_repeats_counts_once():
    people, choices = two_camps()
    keen = [*choices, *[(0, 1)] * 500]
    once = [*choices, (0, 1)]
    assert fitted(people, keen, 3).score({"age": "young"}) == pytest.approx(
        fitted(people, once, 3).score({"age": "young"})
    )


def test_those_of_whom_nothing_is_known_are_not_compared_with():
    people, choices = two_camps()
    silent = [*people, *[{}] * 50]
    more = [*choices, *[(40 + at, 1) for at in range(50)]]
    assert fitted(silent, more, 3).score({"age": "young"}) == pytest.approx(
        fitted(people, choices, 3).score({"age": "young"})
    )


def test_several_values_each_count():
    people, choices = two_camps()
    people = [{"languages": (person["age"], "English")} for person in people]
    affinity = fitted(people, choices, 3)
    assert ("languages", "young") in affinity.tags
    assert affinity.score({"languages": ("young", "English")})[0] > FAINT


def test_the_same_person_in_two_situations():
    situations = [{"device": "phone"}, {"device": "tv"}]
    choices = [(user, item) for user in range(20) for item in (0, 1)]
    affinity = fitted(situations, choices, 2, described=[item for _, item in choices])
    assert affinity.score({"device": "tv"})[1] > 0.1 > -0.1 > affinity.score({"device": "tv"})[0]


@pytest.mark.parametrize(
    "values",
    [
        [f"customer-{at}" for at in range(200)],  # names
        list(range(10_000_000, 10_000_200)),  # numeric ids
        ["likes " + "very " * 30 + str(at % 2) for at in range(200)],  # prose
        [True] * 200,  # the same of everybody
        [float("nan")] * 200,
        [None] * 200,
    ],
)
def test_what_does_not_describe_says_nothing(values):
    people = [{"thing": value} for value in values]
    affinity = fitted(people, [(user, user % 2) for user in range(200)], 2)
    assert not any(affinity.score(person).any() for person in people[:10])


def test_a_name_with_very_many_values_keeps_the_most_common():
    people = [{"town": f"town-{at % 400}" if at % 2 else "capital"} for at in range(8000)]
    affinity = fitted(people, [(user, user % 3) for user in range(8000)], 3)
    assert len(affinity.tags) == MOST_VALUES
    assert ("town", "capital") in affinity.tags


def test_too_few_people_describe_nobody():
    people, choices = two_camps(FEWEST - 1)
    assert not fitted(people, choices, 3).tags


def test_numbers_are_cut_into_parts_unless_they_are_codes():
    draw = np.random.default_rng(0)
    incomes = draw.lognormal(10, 1, 500).tolist()
    choices = [(user, int(income > 22_000)) for user, income in enumerate(incomes)]
    affinity = fitted([{"income": income} for income in incomes], choices, 2)
    assert [name for name, _ in affinity.tags] == ["income"] * 5
    assert affinity.score({"income": 1e9})[1] > 0.2 > -0.2 > affinity.score({"income": 1.0})[1]
    codes = fitted([{"age": (18, 25, 35)[user % 3]} for user in range(500)], choices, 2)
    assert sorted(codes.tags) == [("age", "18"), ("age", "25"), ("age", "35")]
    ages = fitted([{"age": 18 + user % 50} for user in range(500)], choices, 2)
    assert len(ages.tags) == 5


def test_what_is_saved_is_what_is_loaded(tmp_path):
    draw = np.random.default_rng(0)
    people = [{"income": float(income), "town": "west"} for income in draw.normal(size=200)]
    affinity = fitted(people, [(user, user % 7) for user in range(200)], 7)
    affinity.save(tmp_path, "attributes")
    loaded = Affinity.load(tmp_path, "attributes")
    assert loaded.tags == affinity.tags
    assert all((loaded.score(person) == affinity.score(person)).all() for person in people)


@pytest.mark.parametrize("items", [0, 3])
def test_an_empty_log(tmp_path, items):
    affinity = fitted([{"age": "young"}], [], items)
    affinity.save(tmp_path, "context")
    assert Affinity.load(tmp_path, "context").score({"age": "young"}).tolist() == [0.0] * items
