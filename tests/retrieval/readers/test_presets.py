"""Folders known by name, on tiny look-alikes."""

import json

import pytest
from sommelier.retrieval.catalogue import CatalogueError, Event, Item
from sommelier.retrieval.readers.presets import find_preset, office_part
from sommelier.retrieval.readers.rejects import Reject


def load(name, folder):
    preset = find_preset(name)
    preset.check(folder)
    items = list(preset.items(folder))
    known = {item.id for item in items if isinstance(item, Item)}
    events = list(preset.events(folder, known))
    return items, events


def good(rows):
    return [row for row in rows if not isinstance(row, Reject)]


def reasons(rows):
    return [(row.line, row.reason) for row in rows if isinstance(row, Reject)]


def test_movielens_small(tmp_path):
    lantern = '7,"Lantern, The (Lanterne, La) (1961)",Drama|War'
    movies = ["movieId,title,genres", lantern, "8,Untitled,(no genres listed)", "7,Again (1990),Drama"]
    (tmp_path / "movies.csv").write_text("\n".join(movies))
    (tmp_path / "tags.csv").write_text("userId,movieId,tag,timestamp\n1,7,Slow,1\n2,7,slow,2\n1,7,lamp,3\n")
    ratings = ["userId,movieId,rating,timestamp", "1,7,4.5,964982703", "1,99,4,964982703", "1,8,nan,964982703"]
    (tmp_path / "ratings.csv").write_text("\n".join(ratings))
    items, events = load("movielens-small", tmp_path)
    facts = {"year": 1961, "genres": ("Drama", "War"), "tags": ("slow", "lamp")}
    assert good(items) == [Item("7", "The Lantern (Lanterne, La)", "", facts), Item("8", "Untitled")]
    assert reasons(items) == [(4, "duplicate id")]
    (rating,) = good(events)
    assert (rating.user, rating.item, rating.kind, rating.value, rating.at.year) == ("1", "7", "rating", 4.5, 2000)
    assert reasons(events) == [(3, "unknown item"), (4, "not a number")]


def test_movielens_1m(tmp_path):
    (tmp_path / "movies.dat").write_bytes("1::Café (1999)::Drama|Comedy\nbroken line\n".encode("latin-1"))
    rows = ["user_id movie_id pos ge3 eq5", "1 1 0 1 1", "1 1 1 1 0", "1 1 2 0 0", "1 1 3 ? ?", "1 1 4 1 ?",
            "1 2 5 1 1", "1 1 x 1 1"]  # fmt: skip
    (tmp_path / "interactions.tsv").write_text("\n".join(rows).replace(" ", "\t"))
    items, events = load("movielens-1m", tmp_path)
    assert good(items) == [Item("1", "Café", "", {"year": 1999, "genres": ("Drama", "Comedy")})]
    assert reasons(items) == [(2, "wrong number of columns")]
    judged = [(event.position, event.kind, event.value) for event in good(events)]
    assert judged == [(0, "rating", 5.0), (1, "rating", 3.5), (2, "rating", 2.0), (3, "seen", None), (4, "rating", 3.5)]
    assert reasons(events) == [(7, "unknown item"), (8, "not a whole number")]


def test_amazon_games(tmp_path):
    (tmp_path / "items.tsv").write_text('item_id:token\ttitle:token_seq\n0\t"Ship &amp; Sail" 2\n1\tPad\n')
    (tmp_path / "histories.tsv").write_text("user_id\titem_ids\nu\t1 0 1 9\n")
    items, events = load("amazon-games", tmp_path)
    assert items == [Item("0", '"Ship & Sail" 2'), Item("1", "Pad")]
    assert [(event.item, event.position) for event in good(events)] == [("1", 0), ("0", 1), ("1", 2)]
    assert {event.kind for event in good(events)} == {"purchase"}
    assert reasons(events) == [(2, "unknown item")]
    assert find_preset("amazon-games").count_events(tmp_path) >= 4


@pytest.fixture
def office(tmp_path):
    description = "['Holds <b>paper</b>.', '<style>p {}</style>']"
    stapler = {"title": "Red &amp; Black Stapler", "description": description, "brand": "Ox", "categories": ""}
    plain = {"title": "Pen", "description": "", "brand": "", "categories": "['Pens', 'Ink']"}
    listed = {"0": stapler, "1": plain, **{str(number): {**plain, "title": f"Pen {number}"} for number in range(2, 20)}}
    (tmp_path / "items.json").write_text(json.dumps(listed))
    rows = ["user_id,history_item_id,item_id"]
    for user in (f"U{number}" for number in range(30)):
        # A window of two shown items; item 3 is bought twice.
        rows += [f'{user},"[1, 2]",3', f'{user},"[2, 3]",3', f'{user},"[3, 3]",4']
    (tmp_path / "valid.csv").write_text("\n".join(rows))
    return tmp_path


def test_office_items_are_cleaned(office):
    items, _ = load("amazon-office", office)
    assert items[0] == Item("0", "Red & Black Stapler", "Holds paper .", {"brand": "Ox"})
    assert items[1] == Item("1", "Pen", "", {"categories": ("Pens", "Ink")})


def test_office_rows_of_a_user_become_one_sequence_and_a_test_user_misses_its_last_item(office):
    _, events = load("amazon-office", office)
    held_out = dict(find_preset("amazon-office").held_out(office))
    sequences = {}
    for event in events:
        assert isinstance(event, Event)
        sequences.setdefault(event.user, []).append((event.position, event.item))
    assert len(sequences) == 30
    assert 0 < len(held_out) < 30
    for user, sequence in sequences.items():
        whole = [item for _, item in sorted(sequence)] + ([held_out[user]] if user in held_out else [])
        assert whole == ["1", "2", "3", "3", "4"]
        assert (user in held_out) == (office_part(user) == "test")


def test_office_split_is_fixed_and_near_its_shares():
    parts = [office_part(f"A{number}") for number in range(5000)]
    assert parts[:6] == [office_part(f"A{number}") for number in range(6)]
    shares = {part: parts.count(part) / 5000 for part in ("tune", "validation", "test")}
    assert shares == pytest.approx({"tune": 0.2, "validation": 0.2, "test": 0.6}, abs=0.02)


def test_unknown_preset_and_wrong_folder_are_told(tmp_path):
    with pytest.raises(CatalogueError, match="no preset 'netflix'; there are movielens-small"):
        find_preset("netflix")
    with pytest.raises(CatalogueError, match=r"needs items\.tsv, histories\.tsv"):
        find_preset("amazon-games").check(tmp_path)
    (tmp_path / "items.tsv").write_text("a\tb\n")
    with pytest.raises(CatalogueError, match="no column 'item_id:token'"):
        list(find_preset("amazon-games").items(tmp_path))
