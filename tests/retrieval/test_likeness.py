"""What a candidate has in common with a history: rare values only, the most alike first, never with itself."""

from math import log

from sommelier.retrieval.catalogue import Item
from sommelier.retrieval.evidence import HistoryLink
from sommelier.retrieval.likeness import MOST, History

MANN, DRAMA, HEIST = ("director", "Mann"), ("genre", "drama"), ("theme", "heist")
RARITY = {MANN: log(100), DRAMA: log(2), HEIST: log(20)}


def item(id, *pairs):
    return Item(id, id.title(), "", {facet: (value,) for facet, value in pairs})


def alike(candidate, *met, interest=0.0):
    def link(place):
        return HistoryLink(met[place].id, "", 0.0, "liked")

    return History(met, RARITY.__getitem__).alike(candidate, link, lambda pair: interest if pair == HEIST else 0.0)


def found(candidate, *met):
    return [(each.link.item, [value.value for value in each.values]) for each in alike(candidate, *met)]


HEAT = item("heat", MANN, DRAMA, HEIST)


def test_rare_values_count_and_the_most_alike_comes_first():
    met = item("ali", MANN, DRAMA), item("rififi", HEIST), item("ran", DRAMA), item("thief", MANN, HEIST)
    assert found(HEAT, *met) == [("thief", ["Mann", "heist"]), ("ali", ["Mann"]), ("rififi", ["heist"])]


def test_an_item_is_not_like_itself():
    assert found(HEAT, HEAT) == []


def test_the_newest_come_first_where_they_are_equally_alike_and_only_so_many_are_kept():
    met = [item(f"m{number}", MANN) for number in range(2 * MOST)]
    assert [id for id, _ in found(HEAT, *met)] == [f"m{number}" for number in range(2 * MOST)][::-1][:MOST]


def test_the_persons_interest_goes_with_the_value():
    (rififi,) = alike(HEAT, item("rififi", HEIST), interest=0.7)
    assert (rififi.values[0].strength, rififi.values[0].rarity) == (0.7, log(20))
