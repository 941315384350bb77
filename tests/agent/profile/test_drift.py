"""What moved in somebody's interests."""

from sommelier.agent.profile.drift import Change, changes_between
from sommelier.agent.turn import Interest


def interests(**strengths):
    return [Interest("genre", value, strength, 1) for value, strength in strengths.items()]


def test_what_moved_most_comes_first():
    before, now = interests(drama=0.5, war=-0.2, crime=0.30), interests(drama=1.0, comedy=0.7, crime=0.31)
    assert changes_between(before, now) == (
        Change("genre", "comedy", 0.0, 0.7), Change("genre", "drama", 0.5, 1.0),
    )  # fmt: skip
    assert changes_between(before, now, most=1) == (Change("genre", "comedy", 0.0, 0.7),)


def test_one_film_with_a_large_cast_does_not_hide_the_rest():
    now = [Interest("cast", name, 0.5, 1) for name in "abcdef"] + [Interest("genre", "drama", 0.2, 1)]
    assert [each.value for each in changes_between([], now)] == ["a", "b", "drama"]


def test_nothing_moved():
    assert changes_between(interests(drama=0.5), interests(drama=0.5)) == ()
    assert changes_between([], []) == ()
