"""Tables as rows with line numbers: CSV, TSV, JSON lines and Parquet.

Knows how files break (bytes, quotes, columns, size) and what of them can still be read.
Does not know what a column means. Readers yield good rows and rejects side by side, in file order.
"""

from __future__ import annotations

import csv
import json
import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, TypeAlias

import pyarrow as pa
import pyarrow.parquet as pq

from ..catalogue import CatalogueError
from .rejects import RAW_LIMIT, Reason, Reject

FIELD_LIMIT = 1_000_000
"""Characters in one field. Longer ones are rejected: nothing that people read about an item is this long."""

_RECORD_LIMIT = 16 * 2**20
_SURROGATES = re.compile("[\ud800-\udfff]")
_BATCH = 4096

# The csv module's own limit (131,072) is below ours; ours is checked per field, where the line is known.
csv.field_size_limit(_RECORD_LIMIT)


@dataclass(slots=True)
class Row:
    """One row: column -> value as the file has it (text in CSV and TSV; JSON or Arrow values otherwise)."""

    line: int
    values: Mapping[str, Any]


RowOrReject: TypeAlias = "Row | Reject"


def read_rows(path: Path) -> Iterator[RowOrReject]:
    """Rows of `path`, by its ending: .csv, .tsv, .jsonl (or .ndjson), .parquet (or .pq).

    Raises CatalogueError when the file is missing, is of another kind, or has no usable header.
    """
    return _reader(path)(path)


def read_columns(path: Path) -> tuple[str, ...]:
    """The column names of `path` in file order (JSON lines: every key of every good row). Raises as `read_rows`."""
    reader = _reader(path)
    if reader is _read_parquet:
        return tuple(_open_parquet(path).schema_arrow.names)
    if reader is _read_json_lines:
        rows = (row.values for row in reader(path) if isinstance(row, Row))
        return tuple(dict.fromkeys(chain.from_iterable(rows)))
    with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
        return _header(path, file.readline())[0]


def count_rows(path: Path) -> int:
    """About how many rows `path` has, for a progress bar: exact for Parquet, line ends otherwise."""
    if _reader(path) is _read_parquet:
        return int(_open_parquet(path).metadata.num_rows)
    with path.open("rb") as file:
        return sum(block.count(b"\n") for block in iter(lambda: file.read(2**20), b""))


def _reader(path: Path) -> Callable[[Path], Iterator[RowOrReject]]:
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        raise CatalogueError(f"{path.name}: cannot read files that end in {path.suffix!r}; use {', '.join(_READERS)}.")
    if not path.is_file():
        raise CatalogueError(f"{path}: there is no such file.")
    return reader


def is_storable(text: str) -> bool:
    """Whether every database can hold `text`: valid Unicode (no half surrogates) without NUL."""
    return "\x00" not in text and (text.isascii() or _SURROGATES.search(text) is None)


def _fault(values: Iterable[tuple[str, Any]]) -> tuple[Reason, str, str] | None:
    """What makes a row unusable, as (reason, detail, field)."""
    for name, value in values:
        if not isinstance(value, str):
            continue
        if len(value) > FIELD_LIMIT:
            return "field too large", f"{len(value):,} characters, the limit is {FIELD_LIMIT:,}", name
        if not is_storable(value):
            return ("NUL character" if "\x00" in value else "broken UTF-8"), "", name
    return None


# --- CSV and TSV ---------------------------------------------------------------------------------------------------


class _Lines:
    """Physical lines with push-back: a quote that never closes swallows lines, and those must be read again."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines
        self._waiting: deque[str] = deque()
        self.number = 0
        self.taken: list[str] = []

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line = self._waiting.popleft() if self._waiting else next(self._lines)
        self.number += 1
        self.taken.append(line)
        return line

    def push_back_after_first(self) -> str:
        first, *rest = self.taken
        self._waiting.extendleft(reversed(rest))
        self.number -= len(rest)
        return first


def _read_delimited(path: Path) -> Iterator[RowOrReject]:
    # surrogateescape keeps the row structure where bytes are broken, so that only the row at fault is lost.
    with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
        lines = _Lines(file)
        header, delimiter = _header(path, next(lines, ""))
        yield from _read_records(path.name, lines, header, delimiter, path.suffix.lower() == ".tsv")


def _header(path: Path, line: str) -> tuple[tuple[str, ...], str]:
    """Column names and delimiter: a tab in a TSV, else whichever of comma, semicolon and tab the header has most."""
    delimiter = "\t" if path.suffix.lower() == ".tsv" else max(",;\t", key=line.count)
    try:
        names = tuple(name.strip() for name in next(csv.reader([line], delimiter=delimiter, strict=True), []))
    except csv.Error as error:
        raise CatalogueError(f"{path.name}: the header line cannot be read ({error}).") from None
    if not any(names) or _fault((name, name) for name in names):
        raise CatalogueError(f"{path.name}: the first line must name the columns, in UTF-8; it is {line[:80]!r}.")
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise CatalogueError(f"{path.name}: the column {twice[0]!r} is named twice; rename one of them.")
    return names, delimiter


def _read_records(
    file: str, lines: _Lines, header: tuple[str, ...], delimiter: str, literal: bool
) -> Iterator[RowOrReject]:
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    width = len(header)
    while True:
        lines.taken.clear()
        start = lines.number + 1
        try:
            fields = next(reader, None)
        except csv.Error as error:
            first = lines.push_back_after_first()
            if not literal:
                yield _delimited_reject(file, start, first, _quoting_fault(first, error))
                continue
            # A TSV often has no quoting at all: a field may well begin with a quotation mark.
            fields = first.rstrip("\r\n").split(delimiter)
        if fields is None:
            return
        if not fields:
            continue  # an empty line
        fault = _record_fault(fields, header, width)
        if fault is None:
            yield Row(start, dict(zip(header, fields)))  # noqa: B905 - lengths were compared; strict costs time
        else:
            yield _delimited_reject(file, start, "".join(lines.taken[:1]), fault, fields, header)


def _record_fault(fields: list[str], header: tuple[str, ...], width: int) -> tuple[Reason, str, str] | None:
    if len(fields) != width:
        return "wrong number of columns", f"{len(fields)} instead of {width}", ""
    if all(field.isascii() and len(field) <= FIELD_LIMIT and "\x00" not in field for field in fields):
        return None
    return _fault(zip(header, fields))  # noqa: B905


def _quoting_fault(line: str, error: csv.Error) -> tuple[Reason, str, str]:
    if len(line) > FIELD_LIMIT:
        return "field too large", f"a line of {len(line):,} characters", ""
    if "\x00" in line:
        return "NUL character", "", ""
    return "broken quoting", str(error), ""


def _delimited_reject(
    file: str, line: int, raw: str, fault: tuple[Reason, str, str], fields: list[str] | None = None,
    header: tuple[str, ...] = (),
) -> Reject:  # fmt: skip
    reason, detail, field = fault
    values = dict(zip(header, fields)) if fields and len(fields) == len(header) else {}  # noqa: B905
    return Reject(file, line, reason, detail, field or None, raw[:RAW_LIMIT].rstrip("\r\n"), values=values)


# --- JSON lines ----------------------------------------------------------------------------------------------------


def _read_json_lines(path: Path) -> Iterator[RowOrReject]:
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            if line.strip():
                yield _json_row(path.name, number, line)


def _json_row(file: str, number: int, line: bytes) -> RowOrReject:
    raw = line[: RAW_LIMIT * 4].decode("utf-8", "replace")[:RAW_LIMIT].rstrip()
    try:
        values = json.loads(line.decode("utf-8-sig" if number == 1 else "utf-8"))
    except UnicodeDecodeError as error:
        return Reject(file, number, "broken UTF-8", f"at byte {error.start} of the line", raw=raw)
    except (ValueError, RecursionError) as error:
        return Reject(file, number, "not a JSON object", str(error), raw=raw)
    if not isinstance(values, dict):
        return Reject(file, number, "not a JSON object", f"it is a {type(values).__name__}", raw=raw)
    return _checked(file, number, values, raw)


def _checked(file: str, number: int, values: Mapping[str, Any], raw: str) -> RowOrReject:
    names = ((name, name) for name in values)
    fault = _fault(chain(names, chain.from_iterable(_leaves(name, value) for name, value in values.items())))
    if fault is None:
        return Row(number, values)
    reason, detail, field = fault
    return Reject(file, number, reason, detail, field, raw, values=values)


def _leaves(name: str, value: object) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        return ((name, each) for each in chain(value, value.values()))
    if isinstance(value, list):
        return ((name, each) for each in value)
    return iter(((name, value),))


# --- Parquet -------------------------------------------------------------------------------------------------------


def _open_parquet(path: Path) -> pq.ParquetFile:
    try:
        return pq.ParquetFile(path)
    except (pa.ArrowException, OSError) as error:
        raise CatalogueError(f"{path.name}: this is not a readable Parquet file ({error}).") from None


def _read_parquet(path: Path) -> Iterator[RowOrReject]:
    number = 0
    with _open_parquet(path) as table:
        for batch in table.iter_batches(batch_size=_BATCH):
            for row in _batch_rows(batch):
                number += 1
                if row is None:
                    yield Reject(path.name, number, "broken UTF-8")
                else:
                    yield _checked(path.name, number, row, str(row)[:RAW_LIMIT])


def _batch_rows(batch: pa.RecordBatch) -> Iterator[dict[str, Any] | None]:
    """Rows of an Arrow batch; None for one whose text is not UTF-8 (Arrow does not check what it reads)."""
    try:
        yield from batch.to_pylist()
        return
    except UnicodeDecodeError:
        pass
    for index in range(batch.num_rows):
        try:
            yield from batch.slice(index, 1).to_pylist()
        except UnicodeDecodeError:
            yield None


_READERS: dict[str, Callable[[Path], Iterator[RowOrReject]]] = {
    ".csv": _read_delimited,
    ".tsv": _read_delimited,
    ".jsonl": _read_json_lines,
    ".ndjson": _read_json_lines,
    ".parquet": _read_parquet,
    ".pq": _read_parquet,
}
