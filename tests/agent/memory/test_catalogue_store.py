"""Items and users: what is put in comes back as it was, and a change is told from none."""

from dataclasses import replace

import pytest
from memory_events import event
from sommelier.agent.errors import UnknownItemError
from sommelier.agent.memory.catalogue import content_hash
from sommelier.agent.memory.memory import Memory
from sommelier.retrieval.catalogue import Item, User

FACTS = {"year": 1995, "genres": ("Crime", "Drama"), "score": 7.0, "new": False}
HEAT = Item("heat", "Heat", "A thief and a detective.", FACTS)


def test_items_come_back_as_they_were(memory):
    memory.catalogue.upsert_items([HEAT])
    assert memory.catalogue.item("heat") == HEAT
    assert memory.catalogue.items() == [HEAT]
    types = {name: type(value) for name, value in memory.catalogue.item("heat").attributes.items()}
    assert types == {"year": int, "genres": tuple, "score": float, "new": bool}


def test_upsert_tells_new_changed_and_unchanged_apart(memory):
    ran, ronin = Item("ran", "Ran"), Item("ronin", "Ronin")
    assert memory.catalogue.upsert_items([HEAT, ran]).new == ("heat", "ran")
    again = memory.catalogue.upsert_items([HEAT, replace(ran, text="King Lear in Japan."), ronin])
    assert (again.new, again.changed, again.unchanged) == (("ronin",), ("ran",), 1)
    assert memory.catalogue.item("ran").text == "King Lear in Japan."


def test_content_hash_sees_content_only():
    shuffled = replace(HEAT, attributes=dict(reversed(HEAT.attributes.items())))
    assert content_hash(shuffled) == content_hash(HEAT)
    assert content_hash(replace(HEAT, id="other")) == content_hash(HEAT)
    assert content_hash(replace(HEAT, attributes={**HEAT.attributes, "year": 1996})) != content_hash(HEAT)


def test_deleted_item_is_gone_and_its_events_stay(memory):
    memory.catalogue.upsert_items([HEAT, Item("ran", "Ran")])
    memory.events.add([event("1")])
    assert memory.catalogue.delete_items(["heat", "never-there"]) == 1
    with pytest.raises(UnknownItemError, match="'heat'"):
        memory.catalogue.item("heat")
    assert memory.catalogue.item_ids() == {"ran"}
    assert len(memory.events.history("ann")) == 1


def test_deleted_text_is_not_left_in_the_file(tmp_path):
    path = tmp_path / "sommelier.db"
    with Memory(f"sqlite:///{path}") as memory:
        memory.catalogue.upsert_items([Item("secret", "A title nobody should find")])
        memory.catalogue.delete_items(["secret"])
    assert b"nobody should find" not in path.read_bytes()


def test_thousands_of_items_at_once(memory):
    many = [Item(f"{number:05}", f"Film {number}") for number in range(3000)]
    assert len(memory.catalogue.upsert_items(many).new) == 3000
    assert memory.catalogue.upsert_items(many).unchanged == 3000
    assert memory.catalogue.delete_items(each.id for each in many) == 3000


def test_everyone_with_attributes_or_events_is_a_user(memory):
    memory.catalogue.upsert_users([User("zoe", {"age_band": "25-34", "languages": ("fr", "en")})])
    memory.events.add([event("1", user="ann")])
    assert memory.catalogue.users() == [User("ann"), User("zoe", {"age_band": "25-34", "languages": ("fr", "en")})]
    assert memory.catalogue.user("zoe").attributes["languages"] == ("fr", "en")
    assert memory.catalogue.user("stranger") == User("stranger")
    assert memory.catalogue.upsert_users([User("zoe", {"age_band": "35-44"})]).changed == ("zoe",)
