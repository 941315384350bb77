"""A made-up MovieLens cut by time, and learning that goes on over its slices."""

import csv
import json
import random
import sys

import continual
import pytest
from continual_slices import cut
from sommelier.retrieval.catalogue import CatalogueError

FILMS, PEOPLE, CHOICES = 60, 14, 6


def movielens(folder):
    """In each of three years other people step through another part of the catalogue."""
    draw = random.Random(2)
    folder.mkdir()
    films = [f"{film},Film {film} ({1950 + film}),{('War', 'Crime')[film % 2]}" for film in range(FILMS)]
    (folder / "movies.csv").write_text("\n".join(["movieId,title,genres", *films]) + "\n")
    (folder / "tags.csv").write_text("userId,movieId,tag,timestamp\n1,3,slow,5\n")
    ratings = []
    for user in range(3 * PEOPLE):
        year, film = user // PEOPLE, 18 * (user // PEOPLE) + draw.randrange(6)
        for step in range(CHOICES):
            ratings.append(f"{user},{film},{draw.choice((4.0, 4.5, 5.0))},{10**9 + 10**7 * year + 9 * user + step}")
            film += draw.choice((1, 1, 2))
    draw.shuffle(ratings)
    (folder / "ratings.csv").write_text("\n".join(["userId,movieId,rating,timestamp", *ratings]) + "\n")
    return folder


def rows(folder, name="ratings.csv"):
    with (folder / name).open(newline="") as file:
        return list(csv.DictReader(file))


def test_every_rating_is_in_one_slice_of_time(tmp_path):
    data = movielens(tmp_path / "data")
    slices = cut(data, tmp_path, 3)
    times = [[int(row["timestamp"]) for row in rows(each)] for each in slices]
    assert [len(each) for each in times] == [PEOPLE * CHOICES] * 3
    assert max(times[0]) < min(times[1]) < max(times[1]) < min(times[2])
    assert sorted(map(str, rows(data))) == sorted(str(row) for each in slices for row in rows(each))
    assert all(rows(each, name) == rows(data, name) for each in slices for name in ("movies.csv", "tags.csv"))


def test_what_happened_in_one_second_is_not_cut_in_two(tmp_path):
    data = movielens(tmp_path / "data")
    ratings = [f"{user},{film},4.0,{second}" for second, film in enumerate((1, 2, 3)) for user in range(3 - second)]
    (data / "ratings.csv").write_text("\n".join(["userId,movieId,rating,timestamp", *ratings]) + "\n")
    assert [[row["timestamp"] for row in rows(each)] for each in cut(data, tmp_path, 2)] == [["0"] * 3, ["1", "1", "2"]]


def test_a_folder_that_is_not_movielens_is_refused(tmp_path):
    with pytest.raises(CatalogueError, match=r"needs movies\.csv, tags\.csv, ratings\.csv"):
        cut(tmp_path, tmp_path / "work", 3)


def run(monkeypatch, capsys, *arguments):
    monkeypatch.setattr(sys, "argv", ["continual.py", *map(str, arguments)])
    continual.main()
    return capsys.readouterr().out


def test_learning_goes_on_and_is_gone_on_with(tmp_path, tiny_lm, monkeypatch, capsys):
    monkeypatch.setenv("SOMMELIER_CACHE", str(tmp_path / "cache"))
    workspace = tmp_path / "work" / "workspace"
    workspace.mkdir(parents=True)
    (workspace / "sommelier.yaml").write_text(f"model: {tiny_lm}\nquantize: none\ndevice: cpu\ntasks: {{rank: 1}}\n")
    command = (movielens(tmp_path / "data"), tmp_path / "work", "--learn", 10, "--judge", 8, "--gate", 3)
    found = json.loads(run(monkeypatch, capsys, *command, "--json"))
    assert sum(found["people"]) == 8 * 3
    assert all(found["people"])
    assert list(found["matrix"]) == ["before any", "after slice 1", "after slice 2", "after slice 3"]
    assert all(0 <= cell[by] <= 1 for row in found["matrix"].values() for cell in row for by in ("fused", "alone"))
    new, old = found["steps"][3:]
    assert (new["users"], old["users"]) == (found["people"][2], sum(found["people"][:2]))
    assert new["after"] == found["matrix"]["after slice 3"][2]["fused"]
    assert list(map(len, (gate["changes"] for gate in found["gates"]))) == [1, 3, 3]
    metadata = [json.loads((workspace / "adapters" / name / "sommelier.json").read_text()) for name in ("002", "003")]
    assert [each["parent"].partition("@")[0] for each in metadata] == ["001", "002"]
    shown = run(monkeypatch, capsys, *command)
    assert "after slice 3: those before" in shown
    assert "The gate for adapter 002" in shown
