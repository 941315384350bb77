"""Loading a catalogue, its users and its events into a workspace.

Knows the order of things, what is left out and what is deleted. Does not know file formats (retrieval reads them),
tables (memory keeps them) or how an index is built (`build` is called). Every step is an upsert in small committed
transactions, so an ingest that was cut off anywhere is finished by running it again.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Literal, Protocol, TypeVar

from ...retrieval.catalogue import CatalogueError, Event, Item, User
from ...retrieval.readers.columns import FieldMap, Schema
from ...retrieval.readers.presets import find_preset
from ...retrieval.readers.records import describe_items, infer_schema, read_events, read_items, read_users, row_id
from ...retrieval.readers.rejects import Reject, RejectLog
from ...retrieval.readers.sources import count_rows
from ..memory.catalogue import Changes
from ..memory.memory import Memory
from ..memory.settings import Setting

REJECTS_FILE = "rejects.jsonl"
TEST_FILE = "test.tsv"
STALE = Setting("index.stale", bool, False)
"""True from before the first change until the index has been built: an interrupted ingest is noticed by it."""

ITEM_BATCH = 1_000
EVENT_BATCH = 20_000

_SCHEMAS: Mapping[str, Setting[Schema | None]] = {
    "items": Setting("schema.items", Schema | None, None),
    "users": Setting("schema.users", Schema | None, None),
}

Record = TypeVar("Record", Item, User, Event)


class ProgressReport(Protocol):
    """Told how far an ingest is. `total` is an estimate, or None when it is not known."""

    def begin(self, stage: str, total: int | None) -> None:
        """A stage ("items", "users", "events") starts."""

    def advance(self, rows: int) -> None:
        """So many more rows of the stage are done, rejected ones included."""


class Quiet:
    """Reports no progress."""

    def begin(self, stage: str, total: int | None) -> None:
        """Say nothing."""

    def advance(self, rows: int) -> None:
        """Say nothing."""


@dataclass(frozen=True, slots=True)
class Tally:
    """What happened to one kind of record. For events, `unchanged` are those already known."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    deleted: int = 0

    def plus(self, changes: Changes) -> Tally:
        """This tally and one more batch."""
        new, changed = len(changes.new), len(changes.changed)
        return Tally(self.new + new, self.changed + changed, self.unchanged + changes.unchanged, self.deleted)

    @property
    def altered(self) -> bool:
        """Whether anything is not as it was before."""
        return bool(self.new or self.changed or self.deleted)


@dataclass(frozen=True, slots=True)
class IngestReport:
    """What an ingest did. `schema` is that of the items; `reasons` counts the rejects, which `rejects` lists."""

    items: Tally
    users: Tally
    events: Tally
    rejected: int
    reasons: Mapping[str, int]
    rejects: Path
    schema: Schema | None = None
    test: Path | None = None
    """Where a preset wrote the (user, item) pairs that it held out."""

    @property
    def changed(self) -> bool:
        """Whether items or events are not as they were before."""
        return self.items.altered or self.events.altered


@dataclass(slots=True)
class _Load:
    """One ingest under way."""

    memory: Memory
    log: RejectLog
    progress: ProgressReport
    stale: bool
    """Whether an earlier ingest left the index behind."""
    tallies: dict[str, Tally] = field(default_factory=lambda: {"items": Tally(), "users": Tally(), "events": Tally()})
    seen: set[str] = field(default_factory=set)
    """Ids of the items in the file, broken rows included: what a snapshot must not delete."""

    def items(self, rows: Iterable[Item | Reject], total: int | None = None, schema: Schema | None = None) -> None:
        """Load items; `schema` tells the ids of rejected rows."""
        self.progress.begin("items", total)
        for batch in self._batches(rows, ITEM_BATCH, schema):
            self.seen.update(item.id for item in batch)
            self.tallies["items"] = self.tallies["items"].plus(self.memory.catalogue.upsert_items(batch))

    def users(self, rows: Iterable[User | Reject], total: int | None = None) -> None:
        """Load users."""
        self.progress.begin("users", total)
        for batch in self._batches(rows, ITEM_BATCH):
            self.tallies["users"] = self.tallies["users"].plus(self.memory.catalogue.upsert_users(batch))

    def events(self, rows: Iterable[Event | Reject], total: int | None = None) -> None:
        """Load events."""
        self.progress.begin("events", total)
        for batch in self._batches(rows, EVENT_BATCH):
            new = self.memory.events.add(batch)
            before = self.tallies["events"]
            self.tallies["events"] = Tally(before.new + new, 0, before.unchanged + len(batch) - new)

    def delete_unseen(self) -> None:
        """Delete the items that the file no longer has. Raises CatalogueError when no row of it could be loaded."""
        before = self.tallies["items"]
        if not before.new + before.changed + before.unchanged:
            raise CatalogueError(
                f"The snapshot has no item that can be loaded ({self.log.total} rows rejected, see {self.log.path}), "
                f"so nothing was deleted. Check the file; a catalogue is not emptied this way."
            )
        deleted = self.memory.catalogue.delete_items(self.memory.catalogue.item_ids() - self.seen)
        self.tallies["items"] = Tally(before.new, before.changed, before.unchanged, deleted)

    def _batches(
        self, rows: Iterable[Record | Reject], size: int, schema: Schema | None = None
    ) -> Iterator[list[Record]]:
        iterator = iter(rows)
        while block := list(islice(iterator, size)):
            good: list[Record] = []
            for row in block:
                if isinstance(row, Reject):
                    self._reject(row, schema)
                else:
                    good.append(row)
            if good:
                yield good
            self.progress.advance(len(block))

    def _reject(self, reject: Reject, schema: Schema | None) -> None:
        self.log.add(reject)
        if schema is not None and reject.values:
            self.seen.add(row_id(reject.values, schema))


def ingest(
    workspace: Path, memory: Memory, *, items: Path | None = None, events: Path | None = None,
    users: Path | None = None, mapping: Sequence[str] | Mapping[str, str] = (), snapshot: bool = False,
    progress: ProgressReport | None = None, build: Callable[[], None] | None = None,
) -> IngestReport:  # fmt: skip
    """Load a team's own files (CSV, TSV, JSON lines, Parquet) into `memory`.

    `mapping` are `field=column` entries (see `FieldMap`). With `snapshot` the items file is the whole catalogue: items
    that are not in it are deleted. Rows that cannot be loaded go to `rejects.jsonl` in `workspace`. `build` is called
    at the end if items or events changed, or an earlier ingest was cut off before its own `build`.
    Raises CatalogueError for a file that cannot be read at all, a mapping that fits no file, or a snapshot without
    one good item; WorkspaceError when the database fails.
    """
    if snapshot and items is None:
        raise CatalogueError("A snapshot is a whole catalogue: give its items file too.")
    fields = FieldMap(mapping)
    item_schema = _schema(memory, items, "items", fields)
    user_schema = _schema(memory, users, "users", fields)
    if events is not None:
        read_events(events, fields, ())  # a missing column is told before anything is loaded
    fields.check_used()
    with _loading(workspace, memory, progress) as load:
        if items is not None and item_schema is not None:
            load.items(read_items(items, item_schema), count_rows(items), item_schema)
            if snapshot:
                load.delete_unseen()
            memory.settings.put(_SCHEMAS["items"], item_schema)
        if users is not None and user_schema is not None:
            load.users(read_users(users, user_schema), count_rows(users))
            memory.settings.put(_SCHEMAS["users"], user_schema)
        if events is not None:
            load.events(read_events(events, fields, memory.catalogue.item_ids()), count_rows(events))
    return _finish(load, build, item_schema)


def ingest_preset(
    workspace: Path, memory: Memory, name: str, folder: Path, *, snapshot: bool = False,
    progress: ProgressReport | None = None, build: Callable[[], None] | None = None,
) -> IngestReport:  # fmt: skip
    """Load a folder of public research data by the name of its preset; otherwise as `ingest`.

    What the preset holds out is written to `test.tsv` in `workspace` (user_id, item_id).
    Raises CatalogueError for an unknown preset or a folder that lacks its files.
    """
    preset = find_preset(name)
    preset.check(folder)
    with _loading(workspace, memory, progress) as load:
        load.items(preset.items(folder))
        if snapshot:
            load.delete_unseen()
        schema = describe_items(memory.catalogue.items())
        memory.settings.put(_SCHEMAS["items"], schema)
        load.events(preset.events(folder, memory.catalogue.item_ids()), preset.count_events(folder))
    test = None if preset.held_out is None else _write_test(workspace / TEST_FILE, preset.held_out(folder))
    return _finish(load, build, schema, test)


def nothing_loaded(workspace: Path) -> IngestReport:
    """The report of a call without files: nothing moved, and the rejects of the last ingest still stand."""
    return IngestReport(Tally(), Tally(), Tally(), 0, {}, workspace / REJECTS_FILE)


def stored_schema(memory: Memory, table: Literal["items", "users"] = "items") -> Schema | None:
    """The schema of the last ingest, or None."""
    return memory.settings.get(_SCHEMAS[table])


def _schema(memory: Memory, path: Path | None, table: Literal["items", "users"], fields: FieldMap) -> Schema | None:
    return None if path is None else infer_schema(path, table, fields, stored_schema(memory, table))


@contextmanager
def _loading(workspace: Path, memory: Memory, progress: ProgressReport | None) -> Iterator[_Load]:
    workspace.mkdir(parents=True, exist_ok=True)
    stale = memory.settings.get(STALE)
    memory.settings.put(STALE, True)
    with RejectLog(workspace / REJECTS_FILE) as log:
        yield _Load(memory, log, progress or Quiet(), stale)


def _finish(
    load: _Load, build: Callable[[], None] | None, schema: Schema | None, test: Path | None = None
) -> IngestReport:
    report = IngestReport(
        **load.tallies, rejected=load.log.total, reasons=dict(load.log.reasons), rejects=load.log.path,
        schema=schema, test=test,
    )  # fmt: skip
    stale = load.stale or report.changed
    if stale and build is not None:
        build()
        stale = False
    load.memory.settings.put(STALE, stale)
    return report


def _write_test(path: Path, pairs: Iterable[tuple[str, str]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter="\t", lineterminator="\n")
        writer.writerows([("user_id", "item_id"), *pairs])
    return path
