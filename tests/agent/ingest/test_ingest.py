"""Bringing one's own catalogue: what is good is loaded, what is not is named, and nothing depends on luck."""

import csv
import json
import signal
import subprocess
import sys
from collections import Counter

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sommelier.agent.ingest.ingest import STALE, ingest, ingest_preset, stored_schema
from sommelier.agent.memory.memory import Memory
from sommelier.retrieval.catalogue import CatalogueError, Item, User

ITEMS = "id,title,overview,genres,year\nheat,Heat,A thief.,Crime|Drama,1995\nran,Ran,A king.,Drama,1985\n"


@pytest.fixture
def memory(tmp_path):
    with Memory(f"sqlite:///{tmp_path / 'sommelier.db'}") as store:
        yield store


@pytest.fixture
def load(tmp_path, memory):
    """Ingest files given as text: `load(items=..., events=..., users=...)`."""

    def run(ending=".csv", **given):
        options = {name: given.pop(name) for name in ("mapping", "snapshot", "build", "progress") if name in given}
        paths = {}
        for table, content in given.items():
            paths[table] = tmp_path / f"{table}{ending}"
            paths[table].write_text(content, encoding="utf-8", newline="")
        return ingest(tmp_path, memory, **paths, **options)

    return run


def rejects(folder):
    entries = map(json.loads, (folder / "rejects.jsonl").read_text(encoding="utf-8").splitlines())
    return [(entry["file"], entry["line"], entry["reason"]) for entry in entries]


def content(memory):
    return memory.catalogue.items(), memory.catalogue.users(), list(memory.events.all())


def test_items_with_typed_attributes_events_and_users(load, memory):
    report = load(
        items=ITEMS,
        events="user_id,item_id,rating,timestamp\nann,heat,4.5,964982703\n",
        users="user_id,age_band,languages\nann,25-34,en|fr\n",
    )
    facts = {"genres": ("Crime", "Drama"), "year": 1995}
    assert memory.catalogue.item("heat") == Item("heat", "Heat", "A thief.", facts)
    assert memory.catalogue.user("ann") == User("ann", {"age_band": "25-34", "languages": ("en", "fr")})
    (event,) = memory.events.history("ann")
    assert (event.item, event.kind, event.value) == ("heat", "rating", 4.5)
    assert event.at.isoformat() == "2000-07-30T18:45:03+00:00"
    assert (report.items.new, report.users.new, report.events.new, report.rejected) == (2, 1, 1, 0)
    assert report.schema.types() == {"genres": "categories", "year": "integer"}
    assert stored_schema(memory) == report.schema


def test_second_run_changes_nothing_and_does_not_build(load):
    built = []
    files = {"items": ITEMS, "events": "user,item\nann,heat\nann,ran\n"}
    load(**files, build=lambda: built.append(1))
    report = load(**files, build=lambda: built.append(2))
    assert built == [1]
    assert not report.changed
    assert (report.items.unchanged, report.events.unchanged) == (2, 2)


def test_only_what_changed_is_reported(load, memory):
    load(items=ITEMS)
    report = load(items="id,title,genres\nran,Ran,Epic\nronin,Ronin,Crime\n")
    assert (report.items.new, report.items.changed, report.items.unchanged, report.items.deleted) == (1, 1, 0, 0)
    assert memory.catalogue.item("ran").attributes == {"genres": ("Epic",)}
    assert memory.catalogue.item_ids() == {"heat", "ran", "ronin"}


def test_every_kind_of_bad_row_is_listed_with_its_line_and_good_rows_load(tmp_path, memory):
    (tmp_path / "items.csv").write_bytes(
        b"id,title,text\nheat,Heat,ok\n,No id,x\nheat,Twice,x\nnt,,x\nbig,Big," + b"y" * 10_000_000
        + b"\nbad,Br\xffken,x\nshort,Short\nran,Ran,ok\n"
    )  # fmt: skip
    (tmp_path / "events.csv").write_text(
        "id,user,item,kind,value,at,position\n"
        "e1,ann,heat,rating,5,2024-01-01,1\n"
        "e2,ann,big,rating,5,2024-01-01,1\n"
        "e3,ann,heat,rating,NaN,2024-01-01,1\n"
        "e4,ann,heat,rating,inf,2024-01-01,1\n"
        "e5,ann,heat,like,,someday,1\n"
        "e6,ann,heat,stare,,2024-01-01,1\n"
        "e7,,heat,like,,2024-01-01,1\n"
        "e8,ann,,like,,2024-01-01,1\n"
        "e9,ann,heat,like,,2024-01-01,1.5\n"
        "e1,bob,ran,like,,2024-01-01,1\n"
        "e10,ann,,search,,2024-01-01,2\n"
    )
    report = ingest(tmp_path, memory, items=tmp_path / "items.csv", events=tmp_path / "events.csv")
    assert memory.catalogue.item_ids() == {"heat", "ran"}
    assert [event.id for event in memory.events.all()] == ["e1", "e10"]
    assert rejects(tmp_path) == [
        ("items.csv", 3, "missing id"), ("items.csv", 4, "duplicate id"), ("items.csv", 5, "missing title"),
        ("items.csv", 6, "field too large"), ("items.csv", 7, "broken UTF-8"),
        ("items.csv", 8, "wrong number of columns"),
        ("events.csv", 3, "unknown item"), ("events.csv", 4, "not a number"), ("events.csv", 5, "not a number"),
        ("events.csv", 6, "unparsable date"), ("events.csv", 7, "unknown kind"), ("events.csv", 8, "missing user"),
        ("events.csv", 9, "missing item"), ("events.csv", 10, "not a whole number"), ("events.csv", 11, "duplicate id"),
    ]  # fmt: skip
    assert report.rejected == 15
    assert report.reasons["not a number"] == 2
    assert max(map(len, (tmp_path / "rejects.jsonl").read_text().splitlines())) < 1000


def test_rejects_tell_of_the_last_run_only(load, tmp_path):
    load(items=ITEMS + ",No id,,,\n")
    assert len(rejects(tmp_path)) == 1
    assert load(items=ITEMS).rejected == 0
    assert rejects(tmp_path) == []


def test_snapshot_deletes_what_is_gone_but_not_what_is_only_broken(load, memory):
    load(items=ITEMS + "ronin,Ronin,,,\n")
    report = load(items="id,title,overview,genres,year\nheat,Heat,A thief.,Crime|Drama,1995\nran,,,,\n", snapshot=True)
    assert report.items.deleted == 1
    assert memory.catalogue.item_ids() == {"heat", "ran"}


@pytest.mark.parametrize("items", ["id,title\n", "id,title\n,No id\n"])
def test_snapshot_without_a_good_item_is_refused(load, memory, items):
    load(items=ITEMS)
    with pytest.raises(CatalogueError, match="nothing was deleted"):
        load(items=items, snapshot=True)
    assert len(memory.catalogue.items()) == 2


def test_snapshot_without_items_is_refused(load):
    with pytest.raises(CatalogueError, match="give its items file"):
        load(events="user,item\n", snapshot=True)


def test_wrong_events_file_is_told_before_anything_is_loaded(load, memory):
    with pytest.raises(CatalogueError, match=r"events file has no column for 'user'"):
        load(items=ITEMS, events="who,item\nann,heat\n")
    assert memory.catalogue.items() == []


def test_map_reaches_all_files(load, memory):
    load(
        items="asin,label,sort\nB1,Heat,Crime\n", events="who,asin,stars\nann,B1,4\n",
        mapping=["title=label", "genre=sort", "user=who", "value=stars"],
    )  # fmt: skip
    assert memory.catalogue.item("B1") == Item("B1", "Heat", "", {"genre": "Crime"})
    assert memory.events.history("ann")[0].value == 4.0


def test_kind_can_be_one_for_all(load, memory):
    load(items=ITEMS, events="user,item\nann,heat\n", mapping=["kind=purchase"])
    assert memory.events.history("ann")[0].kind == "purchase"


def test_log_without_times_or_positions_keeps_the_order_of_the_file(load, memory):
    load(items=ITEMS, events="user,item\nann,ran\nbob,heat\nann,heat\nann,ran\n")
    assert [(event.item, event.position) for event in memory.events.history("ann")] == [
        ("ran", 0),
        ("heat", 1),
        ("ran", 2),
    ]
    assert {event.kind for event in memory.events.all()} == {"seen"}


def test_equal_rows_at_one_instant_are_one_event(load):
    row = "ann,heat,view,2024-01-01T10:00:00Z\n"
    report = load(items=ITEMS, events="user,item,kind,at\n" + row + row)
    assert (report.events.new, report.events.unchanged, report.rejected) == (1, 1, 0)


def test_context_is_kept(load, memory):
    lines = [
        {"user": "ann", "item": "heat", "kind": "play", "device": "tv", "context": {"mood": "calm"}},
        {"user": "bob", "kind": "search", "query": "heist"},
        {"user": "eve", "item": "heat", "kind": "play", "context": "calm"},
    ]
    memory.catalogue.upsert_items([Item("heat", "Heat")])
    report = load(".jsonl", events="\n".join(map(json.dumps, lines)))
    assert memory.events.history("ann")[0].context == {"mood": "calm", "device": "tv"}
    assert memory.events.history("bob")[0].context == {"query": "heist"}
    assert report.reasons == {"not a JSON object": 1}


def test_formats_agree(tmp_path):
    names = ("id", "title", "description", "year", "score", "genres")
    heat = ("1", "Heat", "A thief.", 1995, 7.5, ["Crime", "Drama"])
    ran = ("2", "Ran", "A king.", 1985, 8.0, ["Drama"])
    rows = [dict(zip(names, film, strict=True)) for film in (heat, ran)]
    (tmp_path / "a.jsonl").write_text("\n".join(map(json.dumps, rows)))
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "a.parquet")
    for ending, delimiter in (("csv", ","), ("tsv", "\t")):
        with (tmp_path / f"a.{ending}").open("w", newline="") as file:
            flat = [{**row, "genres": "|".join(row["genres"])} for row in rows]
            writer = csv.DictWriter(file, rows[0], delimiter=delimiter)
            writer.writeheader()
            writer.writerows(flat)
    loaded = []
    for ending in ("jsonl", "parquet", "csv", "tsv"):
        with Memory(f"sqlite:///{tmp_path / ending}.db") as memory:
            ingest(tmp_path, memory, items=tmp_path / f"a.{ending}")
            loaded.append(memory.catalogue.items())
    assert loaded[0] == [
        Item("1", "Heat", "A thief.", {"year": 1995, "score": 7.5, "genres": ("Crime", "Drama")}),
        Item("2", "Ran", "A king.", {"year": 1985, "score": 8.0, "genres": ("Drama",)}),
    ]
    assert all(each == loaded[0] for each in loaded)


def test_free_text_columns_join_the_description(load, memory):
    review = "A long and patient film about two men who might have been friends."
    load(items=f"id,title,text,review\n1,Heat,A thief.,{review}\n")
    assert memory.catalogue.item("1") == Item("1", "Heat", f"A thief.\n{review}")


def test_build_cut_short_is_made_up_for(load, memory):
    def broken():
        raise RuntimeError("no space left")

    with pytest.raises(RuntimeError):
        load(items=ITEMS, build=broken)
    built = []
    report = load(items=ITEMS, build=lambda: built.append(1))
    assert not report.changed
    assert built == [1]
    assert memory.settings.get(STALE) is False


rows = st.lists(
    st.tuples(
        st.sampled_from(["ann", "bob", ""]), st.sampled_from(["heat", "ran", "gone", ""]),
        st.sampled_from(["like", "rating", "view", "stare"]), st.sampled_from(["4.5", "", "nan"]),
        st.sampled_from(["2024-01-01", "2024-01-02T03:04:05Z", "964982703", "", "never"]),
    ),
    max_size=12,
)  # fmt: skip


@settings(max_examples=25, deadline=None)
@given(rows=rows, data=st.data())
def test_log_files_load_alike_in_any_order_and_any_number_of_times(tmp_path_factory, rows, data):
    folder = tmp_path_factory.mktemp("log")
    results = []
    for number, order in enumerate((rows, data.draw(st.permutations(rows)))):
        path = folder / f"{number}.csv"
        with path.open("w", newline="") as file:
            csv.writer(file).writerows([("user", "item", "kind", "value", "at"), *order])
        with Memory(f"sqlite:///{folder / str(number)}.db") as memory:
            memory.catalogue.upsert_items([Item("heat", "Heat"), Item("ran", "Ran")])
            report = ingest(folder, memory, events=path)
            assert report.events.new + report.events.unchanged + report.rejected == len(rows)
            assert ingest(folder, memory, events=path).events.new == 0
            results.append((list(memory.events.all()), report.reasons))
    assert results[0] == results[1]
    wanted = {row for row in rows if _is_good(*row)}
    assert Counter(event.user for event in results[0][0]) == Counter(row[0] for row in _distinct(wanted))


def _is_good(user, item, kind, value, at):
    rated = kind != "rating" or value == "4.5"
    return user and item in ("heat", "ran") and kind != "stare" and rated and value != "nan" and at != "never"


def _distinct(rows):
    return {(user, item, kind, float(value) if value else None, at) for user, item, kind, value, at in rows}


SCRIPT = """
import sys
from pathlib import Path
from sommelier.agent.ingest.ingest import ingest
from sommelier.agent.memory.memory import Memory

class Talking:
    def begin(self, stage, total): self.stage = stage
    def advance(self, rows): print(self.stage, flush=True); sys.stdin.readline()

W = Path(sys.argv[1])
memory = Memory(f"sqlite:///{W / 'sommelier.db'}")
ingest(W, memory, items=W / "items.csv", events=W / "events.csv", progress=Talking(), snapshot=True)
"""


@pytest.mark.parametrize("steps", [1, 3, 4])
def test_ingest_killed_anywhere_is_finished_by_the_next_run(tmp_path, steps):
    interrupted, whole = tmp_path / "interrupted", tmp_path / "whole"
    for folder in (interrupted, whole):
        folder.mkdir()
        with (folder / "items.csv").open("w") as file:
            file.write("id,title,genres\n" + "".join(f"{n},Film {n},a|b\n" for n in range(2500)))
        with (folder / "events.csv").open("w") as file:
            file.write("user,item,at\n" + "".join(f"u{n % 90},{n % 2500},{964982703 + n}\n" for n in range(45_000)))
        with Memory(f"sqlite:///{folder / 'sommelier.db'}") as memory:
            memory.catalogue.upsert_items([Item("old", "Gone from the file")])
    process = subprocess.Popen([sys.executable, "-c", SCRIPT, str(interrupted)], stdin=-1, stdout=-1, text=True)
    for _ in range(steps):
        assert process.stdout.readline()
        process.stdin.write("\n")
        process.stdin.flush()
    process.stdout.readline()
    process.send_signal(signal.SIGKILL)
    process.communicate()
    states = []
    for folder in (interrupted, whole):
        with Memory(f"sqlite:///{folder / 'sommelier.db'}") as memory:
            before = memory.statistics.counts().events
            built = []
            options = {"items": folder / "items.csv", "events": folder / "events.csv", "snapshot": True}
            ingest(folder, memory, **options, build=lambda: built.append(1))  # noqa: B023 - called at once
            assert built == [1]
            states.append((content(memory), stored_schema(memory)))
            assert (before > 0) == (folder is interrupted and steps >= 3)
    assert states[0] == states[1]


def test_preset_writes_its_test_file_and_reports(tmp_path, memory):
    (tmp_path / "items.tsv").write_text("item_id:token\ttitle:token_seq\n0\tShip\n1\tPad\n")
    (tmp_path / "histories.tsv").write_text("user_id\titem_ids\nu\t1 0\nv\t1 7\n")
    report = ingest_preset(tmp_path, memory, "amazon-games", tmp_path)
    assert (report.items.new, report.events.new, report.reasons, report.test) == (2, 3, {"unknown item": 1}, None)
    assert ingest_preset(tmp_path, memory, "amazon-games", tmp_path).changed is False

    pen = {"description": "", "brand": "Ox", "categories": ""}
    listed = {str(number): {"title": f"Pen {number}", **pen} for number in range(3)}
    (tmp_path / "items.json").write_text(json.dumps(listed))
    lines = ["user_id,history_item_id,item_id"] + [f'U{number},"[0, 1]",2' for number in range(20)]
    (tmp_path / "valid.csv").write_text("\n".join(lines))
    report = ingest_preset(tmp_path, memory, "amazon-office", tmp_path, snapshot=True)
    header, *held_out = report.test.read_text().splitlines()
    assert header == "user_id\titem_id"
    assert held_out
    for line in held_out:
        user, item = line.split("\t")
        assert item == "2"
        assert [event.item for event in memory.events.history(user)] == ["0", "1"]
    assert report.schema.types() == {"brand": "category"}
