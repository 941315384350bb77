"""Evidence against brute force: every fact counted again from the log and the items, by loops that anyone can read."""

import math
import random
from collections import Counter

import pytest
from fakes import HashEmbedder, build, film
from sommelier.retrieval.candidates import COMMON, LINKS, Retriever
from sommelier.retrieval.evidence import HistoryEntry, Query, SharedAttribute
from sommelier.retrieval.text.vocabulary import words_of

DRAW = random.Random(7)
THEMES = ("heist", "ghost", "sea", "war", "love", "train")
SHELF = [
    film(f"i{at:02}", title=f"Title {at}", text=f"about {' '.join(DRAW.sample(THEMES, 2))}",
         genre=("crime", "drama")[at % 3 == 0], tags=tuple(DRAW.sample(THEMES, 1 + at % 3)))
    for at in range(30)
]  # fmt: skip
LOG = [DRAW.choices([item.id for item in SHELF], k=DRAW.randint(1, 15)) for _ in range(60)]


@pytest.fixture(scope="module")
def retriever(tmp_path_factory):
    index = build(tmp_path_factory.mktemp("evidence"), SHELF, LOG)
    yield Retriever(index, HashEmbedder())
    index.close()


def counted_strengths():
    """source -> target -> strength, as the docstring of `covisitation` defines it."""
    without_repetitions = [[item for at, item in enumerate(each) if at == 0 or item != each[at - 1]] for each in LOG]
    chosen = Counter(item for each in without_repetitions for item in each)
    strengths = {}
    for history in without_repetitions:
        for at, source in enumerate(history):
            for other, target in enumerate(history):
                distance = abs(other - at)
                if source != target and 1 <= distance <= 10:
                    gain = (1.0 if other > at else 0.5) / math.sqrt(distance)
                    row = strengths.setdefault(source, {})
                    row[target] = row.get(target, 0.0) + gain * chosen[target] ** -0.3
    return strengths, chosen


def counted_shares(history, target):
    strengths, _ = counted_strengths()
    newest_first = reversed(list(enumerate(history)))
    gives = {entry.item: 0.8**age * entry.weight * strengths.get(entry.item, {}).get(target, 0.0)
             for age, (_, entry) in enumerate(newest_first)}  # fmt: skip
    total = sum(gives.values())
    return {item: given / total for item, given in gives.items() if given > 0}


@pytest.mark.parametrize("seed", range(4))
def test_history_links_are_those_of_the_definition(retriever, seed):
    draw = random.Random(seed)
    history = tuple(HistoryEntry(item.id, draw.choice([0.3, 1.0]), "liked") for item in draw.sample(SHELF, 9))
    for candidate in retriever.describe(Query(history), [item.id for item in SHELF]):
        wanted = counted_shares(history, candidate.item.id)
        found = {link.item: link.strength for link in candidate.evidence.history}
        assert len(found) == min(LINKS, len(wanted))
        assert list(found.values()) == pytest.approx(sorted(wanted.values(), reverse=True)[:LINKS], rel=1e-4)
        assert all(found[item] == pytest.approx(wanted[item], rel=1e-4) for item in found)


def test_shared_attributes_say_how_rare_they_are(retriever):
    having = Counter(facet for item in SHELF for facet in item.facets())
    interests = {facet: 0.1 + 0.05 * at for at, facet in enumerate(sorted(having))} | {("tags", "sea"): -0.5}
    for candidate in retriever.describe(Query(interests=interests), [item.id for item in SHELF]):
        rarity = {facet: math.log(len(SHELF) / having[facet]) for facet in candidate.item.facets()}
        telling = [facet for facet in rarity if interests[facet] > 0 and rarity[facet] > COMMON]
        wanted = sorted(telling, key=lambda facet: -interests[facet] * rarity[facet])[:LINKS]
        assert [(each.facet, each.value) for each in candidate.evidence.shared] == wanted
        for each in candidate.evidence.shared:
            assert each.strength == interests[each.facet, each.value]
            assert each.rarity == pytest.approx(rarity[each.facet, each.value], rel=1e-5)
            assert each.one_in == round(len(SHELF) / having[each.facet, each.value])


def test_matched_words_say_how_rare_they_are(retriever):
    mentioned = [set(words_of(f"{item.title} {item.text} {' '.join(value for _, value in item.facets())}"))
                 for item in SHELF]  # fmt: skip
    request = "a heist on a train, no matter which title 7"
    for candidate in retriever.describe(Query(request=request), [item.id for item in SHELF]):
        own = mentioned[int(candidate.item.id[1:])]
        evidence = candidate.evidence
        assert set(evidence.words) == {word for word in words_of(request) if word in own}
        for word, rarity in zip(evidence.words, evidence.rarities, strict=True):
            assert rarity == pytest.approx(math.log(len(SHELF) / sum(word in each for each in mentioned)), abs=1e-5)


def test_popularity_is_the_share_of_items_chosen_less(retriever):
    _, chosen = counted_strengths()
    for candidate in retriever.describe(Query(), [item.id for item in SHELF]):
        fewer = sum(chosen[item.id] < chosen[candidate.item.id] for item in SHELF)
        assert candidate.evidence.popularity == pytest.approx(fewer / len(SHELF))


@pytest.mark.parametrize(("rarity", "one_in"), [(0.0, 1), (math.log(40), 40), (math.log(1.4), 1)])
def test_a_rarity_for_people(rarity, one_in):
    assert SharedAttribute("genre", "war", 1.0, rarity).one_in == one_in


def test_words_are_written_as_people_write_them(tmp_path):
    films = [film("a", title="Ran", language="Japanese"), film("b", title="Up", text="An old man and two sisters.")]
    index = build(tmp_path, films)
    found = Retriever(index, HashEmbedder()).describe(Query(request="Two sisters, or something japanese"), ["a", "b"])
    words = {each.item.id: set(each.evidence.words) for each in found}
    assert words == {"a": {"Japanese"}, "b": {"two", "sisters"}}
    index.close()
