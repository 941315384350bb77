"""Hard constraints: exact on items, and never stricter in the vector store than on items."""

import chromadb
import numpy as np
import pytest
from chromadb.config import Settings
from fakes import film
from hypothesis import given, settings
from hypothesis import strategies as st
from sommelier.retrieval.catalogue import CatalogueError, Item
from sommelier.retrieval.filters import all_of, matches, spellings_of, where
from sommelier.retrieval.index import metadata

ALIEN = film("alien", genres=("Horror", "Sci-Fi"), year=1979, country="UK", score=8.5, owned=True, on="2024-05-01")


@pytest.mark.parametrize(
    ("filters", "wanted"),
    [
        ({}, True),
        ({"year": 1979}, True),
        ({"year": 1980}, False),
        ({"year": [1980, 1979]}, True),
        ({"year": []}, False),
        ({"year": {"$gte": 1979, "$lte": 1979}}, True),
        ({"year": {"$gt": 1979}}, False),
        ({"year": {"$lt": 1979}}, False),
        ({"year": {"$gt": 1978.5}}, True),
        ({"year": {"$eq": 1979}}, True),
        ({"year": {"$ne": 1979}}, False),
        ({"year": {"$in": (1979,)}}, True),
        ({"year": {"$nin": {1979}}}, False),
        ({"year": {"$gte": "1970"}}, False),
        ({"on": {"$gte": "2024-01-01", "$lt": "2025-01-01"}}, True),
        ({"on": {"$lt": "2024-05-01"}}, False),
        ({"on": {"$lt": 2025}}, False),
        ({"score": {"$gte": 8.5}}, True),
        ({"owned": True}, True),
        ({"owned": False}, False),
        ({"owned": {"$gt": 0}}, False),  # a flag is no number
        ({"country": "uk"}, True),
        ({"country": ["FR", "uk"]}, True),
        ({"country": {"$ne": "Uk"}}, False),
        ({"genres": "horror"}, True),
        ({"genres": {"$in": ["SCI-FI", "war"]}}, True),
        ({"genres": {"$nin": ["war"]}}, True),
        ({"genres": {"$nin": ["war", "HORROR"]}}, False),
        ({"genres": {"$gt": 3}}, False),
        ({"genres": "horror", "year": {"$gt": 1979}}, False),
        ({"genres": "horror", "country": "UK"}, True),
    ],
)
def test_conditions_on_what_an_item_has(filters, wanted):
    assert matches(ALIEN, filters) is wanted


@pytest.mark.parametrize("condition", ["x", ["x"], 0, False, {"$eq": "x"}, {"$in": ["x"]}, {"$gt": 0}, {"$lte": "x"}])
@pytest.mark.parametrize("item", [film("bare"), film("empty", tags=())])
def test_what_is_missing_fails_every_condition(item, condition):
    assert not matches(item, {"tags": condition})


@pytest.mark.parametrize("condition", [{"$ne": "x"}, {"$nin": ["x", 0]}, {"$nin": []}])
@pytest.mark.parametrize("item", [film("bare"), film("empty", tags=())])
def test_what_is_missing_passes_a_negation(item, condition):
    assert matches(item, {"tags": condition})


def test_case_folds_beyond_ascii():
    assert matches(film("a", city="STRASSE"), {"city": "straße"})
    assert matches(film("a", city="Αθήνα"), {"city": "ΑΘΉΝΑ"})


@pytest.mark.parametrize(
    ("filters", "named"),
    [
        ({"year": {"$like": "19%"}}, r"year.*\$like.*\$nin"),
        ({"year": {"gte": 1990}}, "unknown operator 'gte'"),
        ({"year": {1990: 1}}, "unknown operator 1990"),
        ({"year": {"$in": 1990}}, r"\$in takes a list, not 1990"),
        ({"year": {"$nin": "abc"}}, r"\$nin takes a list, not 'abc'"),
        ({"year": {"$gt": [1]}}, r"\$gt takes a number or a date, not \[1\]"),
        ({"year": {"$gt": None}}, r"\$gt takes a number or a date, not None"),
        ({"year": {"$lte": True}}, r"\$lte takes a number or a date, not True"),
        ({"year": None}, "takes text, numbers or flags, not None"),
        ({"year": [1990, None]}, "not None"),
        ({"year": [[1990]]}, r"not \[1990\]"),
        ({"year": {"$eq": [1990]}}, r"\$eq takes text, numbers or flags, not \[1990\]"),
        ({"year": {"$ne": {}}}, r"not \{\}"),
    ],
)
def test_a_malformed_filter_is_named(filters, named):
    for use in (lambda: matches(ALIEN, filters), lambda: where(filters, {})):
        with pytest.raises(CatalogueError, match=named):
            use()


names = st.sampled_from(["year", "genres", "#rank", "$price", ""])
texts = st.sampled_from(["drama", "Drama", "DRAMA", "war", "", "comédie"])
numbers = st.sampled_from([0, 1, 1.0, -3, 2.5, 1990, 1990.0, 2**53 + 1, 10**30, float("inf"), float("nan")])
values = texts | numbers | st.booleans() | st.lists(texts, max_size=3).map(tuple)
scalars = texts | numbers | st.booleans()
operands = (
    scalars
    | st.lists(scalars, max_size=3)
    | st.dictionaries(st.sampled_from(["$gt", "$gte", "$lt", "$lte"]), numbers | texts, max_size=2)
    | st.dictionaries(st.sampled_from(["$in", "$nin"]), st.lists(scalars, max_size=3), max_size=2)
    | st.dictionaries(st.sampled_from(["$eq", "$ne"]), scalars, max_size=2)
)
storable = st.sampled_from([0, 1, 1.0, -3, 2.5, 1990, 1990.0, 2**53 + 1])


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    opened = chromadb.PersistentClient(
        str(tmp_path_factory.mktemp("chroma")), settings=Settings(anonymized_telemetry=False)
    )
    yield opened
    opened.close()


def hits(client, items, filters):
    clause = where(filters, spellings_of(items))
    collection = client.create_collection("films", embedding_function=None)
    try:
        vectors = np.ones((len(items), 2), np.float32)
        collection.upsert(ids=[each.id for each in items], embeddings=vectors, metadatas=list(map(metadata, items)))
        return set(collection.query(query_embeddings=[[1, 1]], n_results=len(items), where=clause)["ids"][0])
    finally:
        client.delete_collection("films")


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.dictionaries(names, values, max_size=3), min_size=1, max_size=6),
    st.dictionaries(names, operands, max_size=2),
)
def test_the_vector_store_never_holds_back_what_matches(client, attributes, filters):
    items = [Item(str(at), "", "", own) for at, own in enumerate(attributes)]
    wanted = {item.id for item in items if matches(item, filters)}
    assert wanted <= hits(client, items, filters)


def test_the_vector_store_does_narrow_where_it_can(client):
    war = film("b", genres=("drama", "war"), year=1980)
    items = [film("a", genres=("Drama",), year=1990), war, film("c", year=1990)]
    assert hits(client, items, {"genres": "DRAMA"}) == {"a", "b"}
    assert hits(client, items, {"genres": ["war"], "year": {"$gte": 1970}}) == {"b"}
    assert hits(client, items, {"year": {"$gt": 1985}}) == {"a", "c"}
    assert hits(client, items, {"genres": {"$nin": ["drama"]}}) == {"a", "b", "c"}  # left to `matches`


def test_values_are_known_in_every_way_they_are_stored():
    items = [film("a", genre="Drama"), film("b", genre="drama"), film("c", genre=("Drama", "war"), year=1990)]
    assert spellings_of(items) == {
        ("genre", "drama"): [("Drama", False), ("drama", False), ("Drama", True)],
        ("genre", "war"): [("war", True)],
    }


@pytest.mark.parametrize(
    ("one", "other", "both"),
    [
        ({"year": {"$gte": 1970}}, {"year": {"$gte": 1975, "$lt": 1980}}, {"year": {"$gte": 1975, "$lt": 1980}}),
        ({"year": {"$lt": 1990}}, {"year": {"$lt": 1980}}, {"year": {"$lt": 1980}}),
        ({"genres": {"$nin": ["war"]}}, {"genres": {"$ne": "crime"}}, {"genres": {"$nin": ("war", "crime")}}),
        ({"genres": "horror"}, {"country": "UK"}, {"genres": {"$in": ("horror",)}, "country": {"$in": ("UK",)}}),
        ({}, {"year": {"$gt": 1}}, {"year": {"$gt": 1}}),
    ],
)
def test_filters_that_hold_together(one, other, both):
    assert matches(ALIEN, all_of(one, other)) == (matches(ALIEN, one) and matches(ALIEN, other))
    assert all_of(one, other) == both


def test_filters_that_cannot_be_combined_are_told():
    with pytest.raises(CatalogueError, match="cannot be combined"):
        all_of({"on": {"$gt": "2024"}}, {"on": {"$gt": 2024}})


@pytest.mark.parametrize(
    ("one", "other", "wanted"),
    [
        ({"genres": "horror"}, {"genres": "sci-fi"}, True),
        ({"genres": "horror"}, {"genres": "drama"}, False),
        ({"genres": ["drama", "horror"]}, {"genres": ["drama", "sci-fi"]}, True),
        ({"$or": [{"year": 1979}, {"country": "US"}]}, {"$or": [{"year": 1980}, {"country": "UK"}]}, True),
        ({"$or": [{"year": 1979}]}, {"$or": [{"year": 1980}]}, False),
        ({"$and": [{"year": 1979}]}, {"year": {"$lt": 1979}}, False),
        ({"$id": ["alien", "heat"]}, {"$id": ["alien"]}, True),
        ({"$id": ["alien", "heat"]}, {"$id": ["heat"]}, False),
        ({"$or": [{"year": 1980}, {"$id": ["alien"]}]}, {"country": "US"}, False),
    ],
)
def test_filters_hold_together_where_both_hold(one, other, wanted):
    assert matches(ALIEN, all_of(one, other)) is wanted
    assert matches(ALIEN, all_of(other, one)) is wanted


@pytest.mark.parametrize(
    ("filters", "wanted"),
    [
        ({"genres": {"$all": ["horror", "SCI-FI"]}}, True),
        ({"genres": {"$all": ["horror", "drama"]}}, False),
        ({"missing": {"$all": ["horror"]}}, False),
        ({"country": {"$all": ["UK"]}}, True),
        ({"$or": [{"year": 1980}, {"genres": "horror"}]}, True),
        ({"$or": [{"year": 1980}, {"genres": "drama"}]}, False),
        ({"$or": [{"year": 1979}], "country": "US"}, False),
        ({"$or": [{"genres": {"$nin": ["horror"]}}, {"country": {"$nin": ["US"]}}]}, True),
        ({"$id": ["alien", "heat"]}, True),
        ({"$id": ["heat"], "year": 1979}, False),
        ({"$id": ["alien"], "year": 1980}, False),
        ({"$or": [{"genres": {"$nin": ["horror"]}}, {"$id": ["alien"]}]}, True),
        ({"$or": [{"genres": {"$nin": ["horror"]}}, {"$id": []}]}, False),
    ],
)
def test_alternatives_and_several_values(filters, wanted):
    assert matches(ALIEN, filters) is wanted


@pytest.mark.parametrize("parts", [[], "horror", {"year": 1979}, [1], None])
def test_what_joins_no_filters_is_told(parts):
    with pytest.raises(CatalogueError, match="takes a list of one or more filters"):
        matches(ALIEN, {"$or": parts})


@pytest.mark.parametrize("ids", ["alien", ["alien", 1], None, {"$in": ["alien"]}])
def test_what_names_no_items_is_told(ids):
    with pytest.raises(CatalogueError, match="takes a list of item ids"):
        matches(ALIEN, {"$id": ids})


def test_the_store_is_told_no_more_than_holds():
    known = spellings_of([ALIEN])
    assert where({"$or": [{"genres": "Horror"}, {"$id": ["heat"]}]}, known) is None
    assert where({"$id": ["heat"], "genres": "Horror"}, known) == {"genres": {"$contains": "Horror"}}
    one_of = where({"$or": [{"year": {"$gt": 1980}}, {"genres": "Horror"}]}, known)
    assert one_of == {"$or": [{"year": {"$gt": 1980}}, {"genres": {"$contains": "Horror"}}]}
    assert where({"$or": [{"year": {"$gt": 1980}}, {"genres": {"$nin": ["Horror"]}}]}, known) is None
    both = where({"genres": {"$all": ["Horror", "Sci-Fi"]}}, known)
    assert both == {"$and": [{"genres": {"$contains": "Horror"}}, {"genres": {"$contains": "Sci-Fi"}}]}
