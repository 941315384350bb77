"""Reading files as they come: every kind of broken row is named with its line, and its neighbours are read."""

import csv
import json
from array import array

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sommelier.retrieval.catalogue import CatalogueError
from sommelier.retrieval.readers.rejects import Reject, RejectLog
from sommelier.retrieval.readers.sources import FIELD_LIMIT, Row, count_rows, read_columns, read_rows


def read(path):
    rows = list(read_rows(path))
    good = [(row.line, dict(row.values)) for row in rows if isinstance(row, Row)]
    return good, [(row.line, row.reason) for row in rows if isinstance(row, Reject)]


def written(tmp_path, name, content):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def test_csv_with_quotes_line_ends_and_byte_order_mark(tmp_path):
    path = written(tmp_path, "a.csv", '\ufeffid,title\r\n1,"Two\r\nlines, one ""film"""\r\n\r\n2,Ran\r\n')
    good, bad = read(path)
    assert good == [(2, {"id": "1", "title": 'Two\r\nlines, one "film"'}), (5, {"id": "2", "title": "Ran"})]
    assert bad == []
    assert read_columns(path) == ("id", "title")


@pytest.mark.parametrize("delimiter", [";", "\t", ","])
def test_csv_delimiter_is_the_one_of_the_header(tmp_path, delimiter):
    path = written(tmp_path, "a.csv", f"id{delimiter}title\n1{delimiter}Heat\n")
    assert read(path)[0] == [(2, {"id": "1", "title": "Heat"})]


def test_broken_csv_rows_are_rejected_with_their_line_and_the_rest_is_read(tmp_path):
    lines = [b"id,title", b"1,good", b"2,bro\xffken", b"3,a,b", b"4", b"5," + b"x" * (FIELD_LIMIT + 1), b"6,nu\x00l",
             b"7,good"]  # fmt: skip
    good, bad = read(written(tmp_path, "a.csv", b"\n".join(lines)))
    assert [line for line, _ in good] == [2, 8]
    assert bad == [
        (3, "broken UTF-8"), (4, "wrong number of columns"), (5, "wrong number of columns"), (6, "field too large"),
        (7, "NUL character"),
    ]  # fmt: skip


def test_ten_megabyte_field_is_one_reject(tmp_path):
    huge = '"' + "x\n" * 5_000_000 + '"'
    good, bad = read(written(tmp_path, "a.csv", f"id,title\n1,{huge}\n2,good\n"))
    assert bad == [(2, "field too large")]
    assert good == [(5_000_003, {"id": "2", "title": "good"})]


def test_quote_that_never_closes_loses_one_row_only(tmp_path):
    content = 'id,title\n1,good\n2,"never closed\n3,good\n4,"quoted"\n5,good\n6,"open at the end\n7,good\n'
    good, bad = read(written(tmp_path, "a.csv", content))
    assert [values["id"] for _, values in good] == ["1", "3", "4", "5", "7"]
    assert bad == [(3, "broken quoting"), (7, "broken quoting")]


def test_tsv_takes_stray_quotation_marks_literally(tmp_path):
    content = 'id\ttitle\n1\t"Weird Al" live\n2\t12" single\n3\t"quoted\ttab"\n4\t"open\n5\tgood\n'
    good, bad = read(written(tmp_path, "a.tsv", content))
    titles = [values["title"] for _, values in good]
    assert titles == ['"Weird Al" live', '12" single', "quoted\ttab", '"open', "good"]
    assert bad == []


def test_json_lines_rejects(tmp_path):
    lines = [b'{"id": 1, "tags": ["a"]}', b"", b"[1]", b'{"id": ', b'{"id": "\xff"}', b'{"id": "\\ud800"}',
             b'{"id": "\\u0000"}', b'{"id": {"deep": "\\ud800"}}', b"[" * 100_000,
             json.dumps({"id": "x" * (FIELD_LIMIT + 1)}).encode(), b'{"id": 2}']  # fmt: skip
    path = written(tmp_path, "a.jsonl", b"\n".join(lines))
    good, bad = read(path)
    assert good == [(1, {"id": 1, "tags": ["a"]}), (11, {"id": 2})]
    assert bad == [
        (3, "not a JSON object"), (4, "not a JSON object"), (5, "broken UTF-8"), (6, "broken UTF-8"),
        (7, "NUL character"), (8, "broken UTF-8"), (9, "not a JSON object"), (10, "field too large"),
    ]  # fmt: skip
    assert read_columns(path) == ("id", "tags")


def test_parquet_rows_and_broken_text(tmp_path):
    path = tmp_path / "a.parquet"
    offsets = pa.py_buffer(array("i", [0, 1, 2, 3]).tobytes())
    broken = pa.Array.from_buffers(pa.string(), 3, [None, offsets, pa.py_buffer(b"a\xffb")])
    pq.write_table(pa.table({"id": broken, "year": [1995, None, 1997]}), path)
    good, bad = read(path)
    assert good == [(1, {"id": "a", "year": 1995}), (3, {"id": "b", "year": 1997})]
    assert bad == [(2, "broken UTF-8")]
    assert (read_columns(path), count_rows(path)) == (("id", "year"), 3)


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("a.xlsx", b"x", "cannot read files that end in"),
        ("a.csv", b"", "must name the columns"),
        ("a.csv", b"\xff\xfe,x\n", "must name the columns"),
        ("a.csv", b"id,title,id\n", "named twice"),
        ("a.csv", b'"id,title\n1,2\n', "header line cannot be read"),
        ("a.parquet", b"not parquet", "not a readable Parquet file"),
    ],
)
def test_file_that_cannot_be_read_at_all(tmp_path, name, content, problem):
    with pytest.raises(CatalogueError, match=problem):
        list(read_rows(written(tmp_path, name, content)))


def test_missing_file(tmp_path):
    with pytest.raises(CatalogueError, match="no such file"):
        list(read_rows(tmp_path / "a.csv"))


@settings(max_examples=150, deadline=None)
@given(body=st.binary(max_size=200))
def test_no_bytes_crash_a_reader_and_every_line_is_within_the_file(tmp_path_factory, body):
    folder = tmp_path_factory.mktemp("any")
    for name, content in (("a.csv", b"id,title\n" + body), ("a.tsv", b"id\ttitle\n" + body), ("a.jsonl", body)):
        path = written(folder, name, content)
        good, bad = read(path)
        assert all(1 <= line <= len(content) + 1 for line, _ in good + bad)


cells = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=12)


@settings(max_examples=100, deadline=None)
@given(rows=st.lists(st.tuples(cells, cells), max_size=8))
def test_what_the_csv_module_writes_is_read_back(tmp_path_factory, rows):
    path = tmp_path_factory.mktemp("csv") / "a.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, quoting=csv.QUOTE_ALL).writerows([("a", "b"), *rows])
    good, bad = read(path)
    assert ([tuple(values.values()) for _, values in good], bad) == (rows, [])


def test_reject_log_is_valid_json_whatever_the_bytes_were(tmp_path):
    with RejectLog(tmp_path / "rejects.jsonl") as log:
        log.add(Reject("a.csv", 3, "broken UTF-8", field="title", raw="bro\udcffken" + "x" * 500))
        log.add(Reject("a.csv", 4, "missing id"))
    first, second = map(json.loads, (tmp_path / "rejects.jsonl").read_text(encoding="utf-8").splitlines())
    assert (first["file"], first["line"], first["reason"], first["field"]) == ("a.csv", 3, "broken UTF-8", "title")
    assert len(first["raw"]) == 200
    assert second == {"file": "a.csv", "line": 4, "reason": "missing id"}
    assert (log.total, log.reasons["missing id"]) == (2, 1)
