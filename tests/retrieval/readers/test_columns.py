"""Which column means what, and what type an attribute is."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sommelier.retrieval.catalogue import CatalogueError
from sommelier.retrieval.readers.columns import FieldMap, Schema
from sommelier.retrieval.readers.inference import ColumnSample, read_attribute


def judged(values, stored=None):
    sample = ColumnSample()
    for value in values:
        sample.add(value)
    return sample.column("name", "name", stored).type


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (["1995", "", "2001"], "integer"),
        ([1995.0, float("nan"), 2001.0], "integer"),
        (["7.5", "8", "-.5", "1e3"], "number"),
        (["true", "False", "YES"], "flag"),
        (["0", "1"], "integer"),
        (["2001-02-03", "2001-02-03T10:00:00Z"], "date"),
        (["2001-02-30"], "category"),
        (["Crime|Drama", "Comedy"], "categories"),
        (['["Crime", "Drama"]', "['Comedy']", "[]"], "categories"),
        ([["Crime"], ["Comedy", "Drama"]], "categories"),
        (["Mann", "Kurosawa", "Varda"], "category"),
        (["02139", "94110"], "category"),
        (["12345678901234567890"], "number"),
        (["one|two"] + ["plain"] * 30, "category"),
        (["A thief and a detective circle one another through a city at night."], "text"),
        ([{"deep": 1}], "nested"),
        ([["a"], {"deep": 1}], "categories"),
        (["", None, "nan", float("nan"), []], "empty"),
    ],
)
def test_type_of_a_column(values, kind):
    assert judged(values) == kind


@pytest.mark.parametrize(
    ("stored", "values", "kind"),
    [
        ("categories", ["Crime"], "categories"),
        ("category", ["Crime|Drama"], "categories"),
        ("number", ["7"], "number"),
        ("integer", ["7.5"], "number"),
        ("category", ["1995"], "category"),
        ("text", ["short"], "text"),
        ("integer", ["unknown"], "category"),
        ("integer", [""], "integer"),
        ("empty", ["7"], "integer"),
    ],
)
def test_earlier_type_stands_where_new_values_fit_it(stored, values, kind):
    assert judged(values, stored) == kind
    assert judged(values, kind) == kind


@pytest.mark.parametrize(
    ("value", "kind", "read"),
    [
        ("1995", "integer", 1995), (1995.0, "integer", 1995), ("x", "integer", None), ("7", "number", 7.0),
        ("Yes", "flag", True), (" 2001-02-03 ", "date", "2001-02-03"),
        ("Crime| Drama |Crime|", "categories", ("Crime", "Drama")),
        ('["a", null, "b"]', "categories", ("a", "b")), ("['it''s']", "categories", ("its",)),
        ("one", "categories", ("one",)),
        ('["\\ud800"]', "categories", ('["\\ud800"]',)), (1995, "category", "1995"), ("n/a", "category", None),
        ({"deep": 1}, "category", None), ("[" * 9999 + "]", "categories", ("[" * 9999 + "]",)),
    ],
)  # fmt: skip
def test_reading_a_value(value, kind, read):
    assert read_attribute(value, kind) == read


scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
json_values = st.recursive(scalars, st.lists, max_leaves=4)


@given(st.lists(json_values, max_size=6))
def test_every_value_can_be_read_as_the_type_found(values):
    kind = judged(values)
    for value in values:
        read = read_attribute(value, kind)
        assert read is None or isinstance(read, str | float | int | bool | tuple)
        json.dumps(read, allow_nan=False)


@pytest.mark.parametrize("column", ["id", "item_id", "movieId", "asin", "Item_ID:token", "parent_asin"])
def test_usual_names_of_an_item_id(column):
    assert FieldMap().assign("items", [column, "Name", "genres"]) == {"id": column, "title": "Name"}


def test_usual_names_of_an_event_log():
    columns = ["userId", "movieId", "rating", "timestamp", "device"]
    assigned = {"user": "userId", "item": "movieId", "value": "rating", "at": "timestamp", "device": "device"}
    assert FieldMap().assign("events", columns) == assigned


def test_map_beats_names_and_renames_attributes():
    fields = FieldMap(["title=Film", "genres=Genre(s)"])
    assigned = fields.assign("items", ["id", "title", "Film", "Genre(s)"])
    assert assigned == {"title": "Film", "genres": "Genre(s)", "id": "id"}
    fields.check_used()


def test_unqualified_id_is_the_items_own():
    fields = FieldMap(["id=asin", "events.item=asin"])
    assert fields.assign("items", ["asin", "title"])["id"] == "asin"
    assert fields.assign("events", ["user", "asin"]) == {"item": "asin", "user": "user"}
    fields.check_used()


def test_constant_kind():
    fields = FieldMap(["kind=purchase"])
    assert fields.constant_kind(["user", "item"]) == "purchase"
    assert FieldMap(["kind=purchase"]).constant_kind(["user", "purchase"]) is None


@pytest.mark.parametrize(
    ("entries", "problem"),
    [
        (["id"], "field=column"),
        (["=x"], "field=column"),
        (["id="], "field=column"),
        (["title=Ttile"], "no file has a column 'Ttile'"),
        (["title=name", "text=name"], "mapped twice"),
    ],
)
def test_wrong_map_is_told(entries, problem):
    def use():
        fields = FieldMap(entries)
        fields.assign("items", ["id", "name"])
        fields.check_used()

    with pytest.raises(CatalogueError, match=problem):
        use()


def test_missing_field_is_told_with_the_columns_there_are():
    with pytest.raises(CatalogueError, match=r"no column for 'title'; it has id, label.*--map items\.title=COLUMN"):
        FieldMap().assign("items", ["id", "label"])


def test_schema_is_told_as_a_table():
    sample = ColumnSample()
    sample.add("1995")
    schema = Schema({"id": "movieId"}, (sample.column("year", "Year"),))
    assert schema.table() == [("id", "movieId", "field", ""), ("year", "Year", "integer", "1995")]
