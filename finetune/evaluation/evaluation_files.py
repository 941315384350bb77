"""The files that an evaluation is given: test targets, and other systems' lists. Knows files and ids."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from ...retrieval.catalogue import CatalogueError

USER, ITEM = ("user_id", "user"), ("item_id", "item")
"""Names by which the two columns are known."""


def read_pairs(path: Path) -> dict[str, str]:
    """User -> target item, from a CSV or TSV file whose header names user_id or item_id, or both.

    Raises CatalogueError when the file is missing or empty, or has rows without two fields.
    """
    rows = list(_rows(path))
    user, item = _columns(path, rows[0][1]) if rows else (0, 1)
    bad = next((line for line, row in rows if len(row) <= max(user, item)), None)
    if bad is not None or len(rows) < 2:
        raise CatalogueError(f"{path}, line {bad or 1}: a test file has a header and a user and an item on each line")
    pairs = {row[user]: row[item] for _, row in rows[1:]}
    if len(pairs) < len(rows) - 1:
        twice = Counter(row[user] for _, row in rows[1:]).most_common(1)[0][0]
        raise CatalogueError(f"{path}: user {twice!r} has more than one line; a test has one target for each user")
    return pairs


def read_peer(path: Path) -> dict[str, list[str]]:
    """User -> item ids, best first; a file of lines `user<TAB>ids separated by spaces`, header optional.

    Raises CatalogueError when the file is missing or has a line without a tab.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise CatalogueError(f"cannot read the peer's lists {path}: {error}") from error
    lists: dict[str, list[str]] = {}
    for number, line in enumerate(lines, 1):
        user, tab, items = line.partition("\t")
        if not tab:
            raise CatalogueError(f"{path}, line {number}: expected `user<TAB>item item item`")
        lists[user] = items.split()
    return lists


def read_peers(given: Sequence[str]) -> dict[str, dict[str, list[str]]]:
    """Lists by system, from `NAME=FILE` each. Raises CatalogueError as `read_peer`, and where there is no name."""
    named = [argument.partition("=") for argument in given]
    for argument, (name, _, file) in zip(given, named, strict=True):
        if not name or not file:
            raise CatalogueError(
                f"{argument!r} names no system and file; write NAME=FILE, for example sasrec=lists.tsv"
            )
    return {name: read_peer(Path(file)) for name, _, file in named}


def _rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Rows that are not blank, with their line numbers. Tabs need no quotes, so that in TSV a quote is a character."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            header = file.readline()
            how = {"delimiter": "\t", "quoting": csv.QUOTE_NONE} if "\t" in header else {}
            reader = csv.reader([header, *file], **how)  # type: ignore[arg-type]
            yield from ((reader.line_num, row) for row in reader if row)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise CatalogueError(f"cannot read the test file {path}: {error}") from error


def _columns(path: Path, header: Sequence[str]) -> tuple[int, int]:
    """Places of user and item; beside one with a name, the first of the other columns is the other."""
    user, item = (next((header.index(name) for name in names if name in header), None) for names in (USER, ITEM))
    if user is None and item is None:  # not guessed: without a header, the first user would be taken for one
        raise CatalogueError(f"{path}: the header {','.join(header)!r} names neither user_id nor item_id; name them so")
    if user is None:
        user = 1 if item == 0 else 0
    return user, (1 if user == 0 else 0) if item is None else item
