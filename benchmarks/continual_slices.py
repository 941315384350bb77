"""MovieLens small, cut into slices of time: a folder for each, in the format of the whole."""

from __future__ import annotations

import csv
import shutil
from bisect import bisect_right
from pathlib import Path

from sommelier.retrieval.readers.presets import find_preset

PRESET = "movielens-small"
RATINGS = "ratings.csv"


def cut(data: Path, work: Path, count: int) -> list[Path]:
    """Folders `slice-1`, `slice-2`, ... under `work`: in each all films and tags, and about as many ratings, by time
    over the whole log. What was rated in one second stays together. Raises CatalogueError where a file is missing."""
    preset = find_preset(PRESET)
    preset.check(data)
    with (data / RATINGS).open(encoding="utf-8", newline="") as file:
        head, *rows = csv.reader(file)
    at = head.index("timestamp")
    times = sorted(int(row[at]) for row in rows)
    starts = [times[len(times) * number // count] for number in range(1, count)]
    folders = [work / f"slice-{number + 1}" for number in range(count)]
    for number, folder in enumerate(folders):
        folder.mkdir(parents=True, exist_ok=True)
        for name in set(preset.files) - {RATINGS}:
            shutil.copyfile(data / name, folder / name)
        with (folder / RATINGS).open("w", encoding="utf-8", newline="") as file:
            some = [row for row in rows if bisect_right(starts, int(row[at])) == number]
            csv.writer(file, lineterminator="\n").writerows([head, *some])
    return folders
