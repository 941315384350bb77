"""Rows that could not be loaded, and the file that lists them. Knows nothing about how rows are read."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from pathlib import Path
from typing import Any, Literal, TypeAlias

Reason: TypeAlias = Literal[
    "missing id", "missing title", "missing user", "missing item", "duplicate id", "unknown item", "unknown kind",
    "unparsable date", "not a number", "not a whole number", "field too large", "broken UTF-8", "broken quoting",
    "wrong number of columns", "not a JSON object", "NUL character",
]  # fmt: skip

RAW_LIMIT = 200
"""Characters of the offending row that are kept."""


@dataclass(frozen=True, slots=True)
class Reject:
    """A row that was left out. `line` counts from 1 (in Parquet: the row). `values` are the row's columns when it could
    be taken apart: with `snapshot`, an item whose row is broken is not taken for an item that is gone."""

    file: str
    line: int
    reason: Reason
    detail: str = ""
    field: str | None = None
    raw: str = ""
    values: Mapping[str, Any] = dataclass_field(default_factory=dict, repr=False, compare=False)


class RejectLog:
    """Writes rejects as JSON lines and counts them by reason. Opening starts the file afresh: it tells of one run."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.reasons: Counter[str] = Counter()

    def __enter__(self) -> RejectLog:
        self._file = self.path.open("w", encoding="utf-8")
        return self

    def __exit__(self, *error: object) -> None:
        self._file.close()

    def add(self, reject: Reject) -> None:
        """Append one reject. Broken bytes in `raw` come out as escapes, so the file itself is always valid."""
        self.reasons[reject.reason] += 1
        entry = {"file": reject.file, "line": reject.line, "reason": reject.reason, "detail": reject.detail,
                 "field": reject.field, "raw": reject.raw[:RAW_LIMIT]}  # fmt: skip
        filled = {name: value for name, value in entry.items() if value not in (None, "")}
        self._file.write(json.dumps(filled) + "\n")

    @property
    def total(self) -> int:
        """Rejects so far."""
        return sum(self.reasons.values())
