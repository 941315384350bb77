"""Sections of the field table: how each is stored as JSON and shown in Markdown.

Knows numbers and words only. The page keeps everything outside of its two marker comments.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from markdown_tables import interval, table

BEGIN = "<!-- field: begin; written by benchmarks/field.py -->"
END = "<!-- field: end -->"


@dataclass(frozen=True, slots=True)
class Row:
    """One system. `versus` is a 95% interval of its difference from the row compared with: (low, mean, high)."""

    system: str
    values: Mapping[str, float]
    versus: Sequence[float] | None = None


@dataclass(frozen=True, slots=True)
class Published:
    """A figure from the literature, its source, and under which protocol it was measured."""

    system: str
    figures: str
    source: str


@dataclass(frozen=True, slots=True)
class Section:
    """One table. `compared` heads the column of intervals; `decimals` are shown of every value; `groups` is a second
    table, of groups down and systems across."""

    name: str
    title: str
    about: str
    rows: Sequence[Row]
    compared: str = ""
    published: Sequence[Published] = ()
    notes: Sequence[str] = ()
    groups: Sequence[Row] = ()
    decimals: int = 4
    minutes: float = field(default=0.0, compare=False)
    """Processor time that measuring took."""

    def save(self, folder: Path) -> None:
        """Write `NAME.json`."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{self.name}.json").write_text(json.dumps(asdict(self), indent=1), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path, name: str) -> Section | None:
        """Read what `save` wrote; None when it has not been measured."""
        path = folder / f"{name}.json"
        if not path.exists():
            return None
        stored = json.loads(path.read_text(encoding="utf-8"))
        rows, groups = ([Row(**row) for row in stored.pop(name)] for name in ("rows", "groups"))
        return cls(
            rows=rows, groups=groups, published=[Published(**each) for each in stored.pop("published")], **stored
        )

    def markdown(self) -> str:
        """The section under a heading of the third level."""
        parts = [f"### {self.title}", self.about, self._table("system", self.rows)]
        if self.published:
            cells = [[each.system, each.figures, each.source] for each in self.published]
            parts += ["Published:", table(["system", "figures", "source and protocol"], cells)]
        parts += ["\n".join(f"- {note}" for note in self.notes)] if self.notes else []
        parts += ["NDCG@10 by group:", self._table("group", self.groups)] if self.groups else []
        return "\n\n".join(parts)

    def _table(self, what: str, rows: Sequence[Row]) -> str:
        columns = list(dict.fromkeys(name for row in rows for name in row.values))
        compared = [self.compared] if any(row.versus for row in rows) else []
        return table([what, *columns, *compared], [self._cells(row, columns, bool(compared)) for row in rows])

    def _cells(self, row: Row, columns: Iterable[str], compared: bool) -> list[str]:
        values = [f"{row.values[name]:.{self.decimals}f}" if name in row.values else "" for name in columns]
        versus = [interval(row.versus, self.decimals) if row.versus else ""] if compared else []
        return [row.system, *values, *versus]


def write_page(path: Path, sections: Sequence[Section], command: str) -> None:
    """Put the sections between the markers of a page; a page without markers gets them before its first heading of the
    second level, or at its end."""
    page = path.read_text(encoding="utf-8") if path.exists() else "# Benchmarks\n"
    block = "\n\n".join([BEGIN, "## The field", INTRODUCTION, f"    {command}", *_all(sections), END])
    if BEGIN in page and END in page:
        before, after = page.split(BEGIN, 1)[0], page.split(END, 1)[1]
    else:
        at = page.find("\n## ") + 1 or len(page)
        before, after = page[:at], "\n\n" + page[at:] if page[at:] else "\n"
    path.write_text(before + block + after, encoding="utf-8")


INTRODUCTION = """One row per system, the same users, one run. Ties in a score count against the system; intervals are
paired bootstraps (2,000 resamples, 95 %). Baselines learn from the same log as Sommelier, and their settings are chosen
on validation users, as are Sommelier's weights; no test user's target is in anything that was fitted."""


def _all(sections: Sequence[Section]) -> list[str]:
    return [section.markdown() for section in sections]
