"""INSPIRED's dialogues as turns over ReDial's films.

S. A. Hayati et al., "INSPIRED: Toward Sociable Recommendation Dialog Systems", EMNLP 2020. It comes without a
catalogue: its films are found in ReDial's by name and year; one that is not there can be neither asked for nor found.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from field_redial import Turn
from sommelier.retrieval.attribute_roles import year_of
from sommelier.retrieval.catalogue import CatalogueError, Item

FILE = "dev.tsv"
_WORD = re.compile(r"\W+")


@dataclass(frozen=True, slots=True)
class Inspired:
    """`turns` are those in which films of the catalogue were recommended; of `recommended` films `missing` are not in
    it."""

    turns: Sequence[Turn]
    recommended: int
    missing: int

    @classmethod
    def read(cls, folder: Path, items: Iterable[Item]) -> Inspired:
        """Raises CatalogueError when the file is missing."""
        if not (folder / FILE).is_file():
            raise CatalogueError(f"{folder}: INSPIRED needs {FILE} in this folder")
        known = {_key(f"{item.title} {year_of(item) or ''}"): item.id for item in items}
        with (folder / FILE).open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
        turns: list[Turn] = []
        recommended = missing = 0
        for dialogue, own in groupby(rows, key=lambda row: row["dialog_id"]):
            found, absent = _turns(dialogue, list(own), known)
            turns += [turn for turn in found if turn.targets]
            recommended, missing = recommended + sum(len(turn.targets) for turn in found) + absent, missing + absent
        return cls(turns, recommended, missing)


def _turns(
    dialogue: str, rows: Sequence[Mapping[str, str]], known: Mapping[str, str]
) -> tuple[list[Turn], int]:  # fmt: skip
    """A turn for every message of the one who recommends, and how many films they name that are not known."""
    turns: list[Turn] = []
    said: list[str] = []
    named: dict[str, None] = {}
    absent = 0
    for place, row in enumerate(rows):
        new = [film for film in _films(row) if film not in named]
        if row["speaker"] == "RECOMMENDER":
            before = [known[film] for film in named if film in known]
            turns.append(Turn(dialogue, list(said), before, [known[film] for film in new if film in known], place))
            absent += sum(film not in known for film in new)
        named |= dict.fromkeys(new)
        said.append(row["text"].replace("QUOTATION_MARK", '"'))
    return turns, absent


def _films(row: Mapping[str, str]) -> list[str]:
    """Keys of the films that a message names, each once."""
    return list(dict.fromkeys(_key(each) for each in (row["movies"] or "").split(";") if each.strip()))


def _key(name: str) -> str:
    return _WORD.sub(" ", name.casefold()).strip()
