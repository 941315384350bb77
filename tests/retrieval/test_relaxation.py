"""The nearest conditions that leave something, on a shelf small enough to check by eye."""

import pytest
from fakes import film
from hypothesis import given, settings
from hypothesis import strategies as st
from sommelier.retrieval.catalogue import CatalogueError
from sommelier.retrieval.filters import matches
from sommelier.retrieval.relaxation import relax

FILMS = [
    film("stagecoach", genre="western", year=1939, country="US"),
    film("red-river", genre="western", year=1948, country="US"),
    film("ran", genre="war", year=1985, country="Japan", tags=("epic", "samurai")),
    film("alien", genre="horror", year=1979, country="UK", tags=("space",)),
    film("heat", genre="crime", year=1995, country="US"),
    film("undated", genre="crime", country="Mars"),
]


def ids(items):
    return [item.id for item in items]


@pytest.mark.parametrize("filters", [{}, {"genre": "western"}, {"year": {"$gte": 1990}}])
def test_what_leaves_something_needs_no_relaxing(filters):
    assert relax(FILMS, filters) is None


def test_a_bound_moves_to_the_nearest_that_has_items():
    found = relax(FILMS, {"genre": "western", "year": {"$gte": 1950, "$lt": 1960}})
    assert found.filters == {"genre": "western", "year": {"$gte": 1948, "$lt": 1960}}
    assert (found.moved, found.dropped, found.count) == (("year", 1948), (), 1)
    assert ids(found.examples) == ["red-river"]


def test_of_two_bounds_the_one_that_moves_less():
    found = relax(FILMS, {"year": {"$gt": 1949, "$lt": 1975}})
    assert found.filters == {"year": {"$gte": 1948, "$lt": 1975}}
    found = relax(FILMS, {"year": {"$gt": 1950, "$lt": 1978}})
    assert found.filters == {"year": {"$gt": 1950, "$lte": 1979}}


def test_a_bound_that_is_far_off_is_dropped_when_something_else_remains():
    found = relax(FILMS, {"genre": "western", "year": {"$gt": 1990}})
    assert (found.filters, found.dropped, found.moved) == ({"genre": "western"}, ("year",), None)
    assert (found.count, ids(found.examples)) == (2, ["stagecoach", "red-river"])


def test_a_bound_alone_moves_as_far_as_it_must():
    found = relax(FILMS, {"year": {"$gt": 3000}})
    assert (found.filters, found.moved) == ({"year": {"$gte": 1995}}, ("year", 1995))


def test_one_condition_goes_before_two_and_the_one_that_leaves_most():
    found = relax(FILMS, {"genre": "western", "country": "Japan"})
    assert (found.dropped, found.count) == (("country",), 2)
    found = relax(FILMS, {"genre": "western", "country": "Japan", "tags": "space"})
    assert (set(found.dropped), found.count) == ({"country", "tags"}, 2)


def test_when_no_condition_can_stay_all_go():
    found = relax(FILMS, {"colour": "red", "genre": "opera"})
    assert (found.filters, found.dropped, found.count) == ({}, ("colour", "genre"), len(FILMS))


def test_what_is_known_already_is_not_offered():
    found = relax(FILMS, {"genre": "western"}, exclude={"stagecoach", "red-river"})
    assert found.met == 2
    assert not {"stagecoach", "red-river"} & set(ids(found.examples))
    assert relax(FILMS, {"genre": "western"}, exclude={"stagecoach"}) is None


@pytest.mark.parametrize(("items", "exclude"), [([], ()), (FILMS, [each.id for each in FILMS])])
def test_where_nothing_is_left_at_all_there_is_nothing_to_offer(items, exclude):
    assert relax(items, {"genre": "opera"}, exclude) is None


def test_many_conditions_are_not_tried_in_every_combination():
    found = relax(FILMS, {f"field{at}": "x" for at in range(40)})
    assert (found.filters, found.count) == ({}, len(FILMS))


def test_a_malformed_filter_is_explained():
    with pytest.raises(CatalogueError, match="unknown operator"):
        relax(FILMS, {"genre": {"$is": "war"}})


filters = st.dictionaries(
    st.sampled_from(["genre", "year", "country", "tags", "colour"]),
    st.sampled_from(["western", "war", "US", ["epic", "space"], {"$gt": 1990}, {"$lt": 1930}, {"$nin": ["US"]},
                     {"$gte": 1950, "$lt": 1960}, {"$gte": "1950"}, {"$ne": "war"}, 1985, True]),
    max_size=4,
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(filters, st.frozensets(st.sampled_from([each.id for each in FILMS]), max_size=6))
def test_whatever_is_asked_the_offer_is_true(filters, exclude):
    allowed = [item for item in FILMS if item.id not in exclude]
    found = relax(FILMS, filters, exclude)
    if found is None:
        assert not allowed or any(matches(item, filters) for item in allowed)
        return
    left = [item for item in allowed if matches(item, found.filters)]
    assert not any(matches(item, filters) for item in allowed)
    assert found.count == len(left) > 0
    assert list(found.examples) == left[: len(found.examples)]
    assert found.met == sum(matches(item, filters) for item in FILMS)
    assert set(filters) - set(found.filters) == set(found.dropped)
