"""Years in a message become a condition and leave the text."""

import pytest
from fakes import film
from sommelier.agent.dialogue.quantities import as_dates, read_years
from sommelier.agent.dialogue.request import read_request
from sommelier.retrieval.attribute_roles import AttributeRole
from sommelier.retrieval.filters import matches


@pytest.mark.parametrize(
    ("text", "rest", "condition"),
    [
        ("a Japanese film from the 1950s", "a Japanese film", {"$gte": 1950, "$lt": 1960}),
        ("80s action", "action", {"$gte": 1980, "$lt": 1990}),
        ("something from the '90s", "something", {"$gte": 1990, "$lt": 2000}),
        ("the 10s", "", {"$gte": 2010, "$lt": 2020}),
        ("a western made in the 2000s", "a western", {"$gte": 2000, "$lt": 2010}),
        ("a comedy after 1999", "a comedy", {"$gt": 1999}),
        ("horror since 2010 until 2015", "horror", {"$gte": 2010, "$lte": 2015}),
        ("a thriller from before 1970", "a thriller", {"$lt": 1970}),
        ("2001 a space odyssey", "2001 a space odyssey", {}),
        ("the 39 steps", "the 39 steps", {}),
        ("before sunrise", "before sunrise", {}),
        ("", "", {}),
    ],
)
def test_years(text, rest, condition):
    assert read_years(text) == (rest, condition)


def test_a_catalogue_without_years_is_not_filtered_by_them():
    assert read_request("music of the 1950s", []).filters == {}
    asked = read_request("music of the 1950s", [], year=AttributeRole("year"))
    assert (asked.text, asked.filters) == ("music", {"year": {"$gte": 1950, "$lt": 1960}})


def test_a_decade_alone_is_a_condition_and_no_words():
    asked = read_request("something from the 1950s", [], year=AttributeRole("year"))
    assert (asked.text, asked.filters) == ("", {"year": {"$gte": 1950, "$lt": 1960}})


def test_a_refused_decade_is_not_asked_for():
    assert read_request("a comedy, nothing from the 1980s", [], year=AttributeRole("year")).filters == {}


@pytest.mark.parametrize(
    ("years", "dates"),
    [
        ({"$gte": 1990, "$lt": 2000}, {"$gte": "1990", "$lt": "2000"}),
        ({"$gt": 2000}, {"$gte": "2001"}),
        ({"$lte": 2010}, {"$lt": "2011"}),
        ({}, {}),
    ],
)
def test_years_become_dates_that_hold_the_same(years, dates):
    assert as_dates(years) == dates
    film_of = {year: film("a", released=f"{year}-12-31") for year in range(1985, 2015)}
    numbered = {year: film("a", released=year) for year in film_of}
    for year in film_of:
        assert matches(film_of[year], {"released": dates}) == matches(numbered[year], {"released": years})
