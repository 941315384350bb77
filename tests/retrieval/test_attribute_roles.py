"""Years, prices, durations and ratings are found by what their values and names say, whatever they are called."""

import json

import pytest
from fakes import build, film
from sommelier.retrieval.attribute_roles import AttributeRole, find_roles, role_of, words_of_name, year_of
from sommelier.retrieval.builtin import FILMS
from sommelier.retrieval.catalogue import Item
from sommelier.retrieval.index import Index


def items(**columns):
    rows = zip(*columns.values(), strict=True)
    return [Item(str(at), f"Item {at}", "", dict(zip(columns, row, strict=True))) for at, row in enumerate(rows)]


def test_the_built_in_films_have_a_year_and_a_duration():
    films = [json.loads(line) for line in FILMS.read_text(encoding="utf-8").splitlines()]
    found = find_roles([Item(each["id"], each["title"], "", {"year": each["year"], "runtime": each["runtime"]})
                        for each in films])  # fmt: skip
    assert found == {"year": AttributeRole("year"), "duration": AttributeRole("runtime", "minutes")}


@pytest.mark.parametrize(
    ("name", "values", "role", "expected"),
    [
        ("release_year", [1999, 2004], "year", AttributeRole("release_year")),
        ("yearPublished", [1866, 1949], "year", AttributeRole("yearPublished")),
        ("year", [1995.0, 2001.0], "year", AttributeRole("year")),
        ("released", ["1999-03-31", "2003-05-15"], "year", AttributeRole("released", as_date=True)),
        ("price_eur", [12.5, 3], "price", AttributeRole("price_eur", "EUR")),
        ("msrp", [0, 59.99], "price", AttributeRole("msrp")),
        ("runtime", [95, 142], "duration", AttributeRole("runtime", "minutes")),
        ("length", [5400, 7200], "duration", AttributeRole("length", "seconds")),
        ("duration_ms", [200_000, 354_000], "duration", AttributeRole("duration_ms", "milliseconds")),
        ("length_min", [20, 45], "duration", AttributeRole("length_min", "minutes")),
        ("playtimeHours", [12, 80], "duration", AttributeRole("playtimeHours", "hours")),
        ("average_rating", [3.5, 4.9], "rating", AttributeRole("average_rating", "5")),
        ("imdbScore", [6.1, 8.8], "rating", AttributeRole("imdbScore", "10")),
        ("score", [55, 91], "rating", AttributeRole("score", "100")),
        ("duration_days", [3, 7], "duration", AttributeRole("duration_days", "days")),
        ("rating", [1, 1], "rating", AttributeRole("rating")),
        ("stars", [0.2, 1.0], "rating", AttributeRole("stars", "1")),
        ("year", [1999, 0, -1, 0], "year", AttributeRole("year")),
    ],
)
def test_a_role_is_found_with_its_unit(name, values, role, expected):
    assert find_roles(items(**{name: values})) == {role: expected}


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("year_count", [3, 5]), ("years_active", [12, 40]), ("year", ["the nineties", "the fifties"]),
        ("year", [3, 7]), ("release_year", [True, False]), ("price", [-3, -5]), ("price", ["cheap", "dear"]),
        ("price_rank", [1, 2]), ("runtime", ["95 min", "2 h"]), ("min_players", [2, 4]), ("rating_count", [10, 2000]),
        ("num_ratings", [10, 2000]), ("age_rating", ["PG", "R"]), ("rating", [1200, 1500]), ("pages", [120, 300]),
        ("released", ["soon", "1999-03-31"]), ("length_cm", [120, 140]), ("neck_length", [60, 64]),
        ("price_level", [1, 3]),
        ("price_range", [10, 20]), ("shipping_cost", [5, 8]), ("age_rating", [6, 18]), ("year_of_birth", [1950, 1960]),
        ("year", [0, -1]), ("born", ["1999-03-31", "2003-05-15"]),
    ],
)  # fmt: skip
def test_what_only_looks_like_one_has_no_role(name, values):
    assert find_roles(items(**{name: values})) == {}


def test_the_attribute_that_more_items_have_wins():
    some = [film("a", year=1990, release_year=1991), film("b", release_year=1999), film("c", release_year=2005)]
    assert find_roles(some)["year"].name == "release_year"


def test_what_says_year_wins_over_another_date_that_more_items_have():
    some = [film(str(at), year=1950 + at, published="2024-05-01") for at in range(9)]
    assert find_roles([*some, film("x", published="2024-05-02")])["year"].name == "year"


def test_a_few_odd_values_do_not_hide_a_year():
    years = [1950 + at for at in range(99)] + [0]
    assert find_roles(items(year=years))["year"].name == "year"


def test_an_empty_catalogue_has_no_roles():
    assert find_roles([]) == {}
    assert find_roles([Item("a", "A")]) == {}


@pytest.mark.parametrize(
    ("value", "year"),
    [(1999, 1999), (1999.0, 1999), ("1999-03-31", 1999), ("1999-03-31T10:00:00", 1999), (12, None), ("1999", None),
     (True, None), (1999.5, None), (("1999",), None)],
)  # fmt: skip
def test_the_year_of_an_item(value, year):
    assert year_of(Item("a", "A", "", {"released": value}, {"year": "released"})) == year


def test_an_item_that_no_index_knows_is_judged_by_itself():
    assert role_of(film("a", release_year=1990), "year") == "release_year"
    assert role_of(film("a", release_year=1990), "price") is None
    assert year_of(film("a")) is None


def test_the_index_keeps_the_roles_and_its_items_know_them(tmp_path):
    shop = [film("a", erschienen=1990, release=1994), film("b", release=2001)]
    with_roles = build(tmp_path, shop)
    assert with_roles.roles == {"year": AttributeRole("release")}
    assert [year_of(item) for item in with_roles.items] == [1994, 2001]
    assert with_roles.items == shop  # what an item knows of its catalogue is not part of it
    manifest = json.loads((tmp_path / "index" / "CURRENT").read_text())
    assert manifest["roles"]["year"]["name"] == "release"


def test_an_index_of_before_roles_were_kept_finds_them_when_opened(tmp_path):
    shop = [film("a", year=1990), film("b", year=2001)]
    build(tmp_path, shop).close()
    pointer = tmp_path / "index" / "CURRENT"
    manifest = json.loads(pointer.read_text())
    del manifest["roles"]
    pointer.write_text(json.dumps(manifest))
    opened = Index.open(tmp_path / "index", shop)
    assert opened.roles["year"].name == "year"


def test_names_are_split_into_words():
    assert words_of_name("durationMs") == ["duration", "ms"]
    assert words_of_name("Release-Year (EU)") == ["release", "year", "eu"]
