"""What an ingest understood, loaded and rejected."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from rich.table import Table

from .consoles import add_row, note_on, out, whole

if TYPE_CHECKING:
    from ...agent.ingest.ingest import IngestReport, Tally
    from ...retrieval.readers.columns import Schema


def show_ingest(report: IngestReport) -> None:
    """Print the schema of the items, what came of each file, and where the rejects and the held-out events are."""
    if report.schema:
        _show_schema(report.schema)
    for name, tally in (("items", report.items), ("users", report.users), ("events", report.events)):
        note_on(out, f"{name}: {_counts(tally)}")
    if report.rejected:
        reasons = ", ".join(f"{count} {reason}" for reason, count in report.reasons.items())
        note_on(out, f"rejected: {report.rejected} ({reasons}); see {report.rejects}")
    if report.test:
        note_on(out, f"held out for evaluation: {report.test}")


def _show_schema(schema: Schema) -> None:
    rows = list(schema.table())
    table = Table("field", whole("column", [column for _, column, *_ in rows]), "type", "examples")
    for row in rows:
        add_row(table, *row)
    out.print(table, crop=False)


def _counts(tally: Tally) -> str:
    counts = ", ".join(f"{count:,} {what}" for what, count in dataclasses.asdict(tally).items() if count)
    return counts or "none"
