"""The first stage: nothing forbidden, never short without need, and every reason true."""

import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from fakes import HashEmbedder, build, film
from hypothesis import given, settings
from hypothesis import strategies as st
from sommelier.retrieval.behaviour.past import Past
from sommelier.retrieval.candidates import Retriever
from sommelier.retrieval.catalogue import CatalogueError, Event
from sommelier.retrieval.evidence import HistoryEntry, Query
from sommelier.retrieval.fusion import FusionWeights

GENRES = ("crime", "war", "comedy", "horror")
CATALOGUE = [
    film(f"f{at:03}", title=f"Film {at}", text=f"plot number{at} {GENRES[at % 4]}land", genre=GENRES[at % 4],
         tags=(GENRES[at % 4], f"tag{at}"), year=1950 + at)
    for at in range(60)
]  # fmt: skip
# Four circles of viewers, one per genre, each walking through its own first ten films; two films belong to nobody.
LOG = [[f"f{4 * step + circle:03}" for step in range(circle, 10 + circle)] for circle in range(4) for _ in range(5)]
NEW = "f059"


@pytest.fixture(scope="module")
def index(tmp_path_factory):
    opened = build(tmp_path_factory.mktemp("first stage"), CATALOGUE, LOG)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def retriever(index):
    return Retriever(index, HashEmbedder())


def liked(*items):
    return tuple(HistoryEntry(item, 1.0, "liked") for item in items)


def ids(candidates):
    return [each.item.id for each in candidates]


def genre(candidates):
    return Counter(each.item.attributes["genre"] for each in candidates)


def test_values_that_a_request_says_are_those_of_the_catalogue(retriever):
    first = retriever.candidates(Query(request="tag9 and wars of number7", told=1.0), 60)
    shares = {each.item.id: each.features["values"] for each in first}
    rare, common = shares["f009"], shares["f001"]
    assert 0 < common < 0.5 < rare == 1, "a tag is rarer than a genre, and it has both"
    assert shares["f007"] == 0, "what a text mentions is no value"
    assert first[0].item.id == "f009"


ids_of_films = st.sampled_from([item.id for item in CATALOGUE] + ["gone"])
queries = st.builds(
    Query,
    history=st.lists(
        st.builds(
            HistoryEntry, ids_of_films, st.sampled_from([0.0, 0.3, 1.0]),
            st.sampled_from(["liked", "neutral", "disliked"]),
        ), max_size=6, unique_by=lambda each: each.item,
    ).map(tuple),
    interests=st.dictionaries(st.tuples(st.just("genre"), st.sampled_from(GENRES)), st.floats(-1, 1), max_size=3),
    summary=st.sampled_from(["", "You like crimeland."]),
    request=st.sampled_from(["", "warland", "number7", "🎃", "no such word anywhere"]),
    filters=st.sampled_from([{}, {"genre": "War"}, {"year": {"$gte": 1990}}, {"genre": {"$nin": ["war", "crime"]}},
                             {"tags": ["tag3", "tag9"]}, {"genre": "western"}]),
    exclude=st.frozensets(ids_of_films, max_size=60),
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(query=queries, k=st.sampled_from([1, 5, 20, 200]))
def test_whatever_is_asked_the_promises_hold(retriever, query, k):
    found = retriever.candidates(query, k)
    allowed = {each.id for each in CATALOGUE if _allowed(each, query.filters) and each.id not in query.exclude}
    assert set(ids(found)) <= allowed
    assert len(found) == len(set(ids(found))) == min(k, len(allowed))
    assert [each.score for each in found] == sorted((each.score for each in found), reverse=True)
    for each in found:
        parts = FusionWeights().parts(each.features, bool(query.request))
        assert each.score == pytest.approx(sum(parts.values()))
        assert all(abs(value) <= 1 + 1e-5 for value in each.features.values())
        assert each.sources
        _check_evidence(each, query)
    assert retriever.candidates(query, k) == found  # the same question, the same answer


def _allowed(item, filters):
    year, own = item.attributes["year"], item.attributes["genre"]
    checks = {
        "": True, "{'genre': 'War'}": own == "war", "{'year': {'$gte': 1990}}": year >= 1990,
        "{'genre': {'$nin': ['war', 'crime']}}": own not in ("war", "crime"),
        "{'tags': ['tag3', 'tag9']}": item.id in ("f003", "f009"), "{'genre': 'western'}": False, "{}": True,
    }  # fmt: skip
    return checks[str(filters)]


def _check_evidence(candidate, query):
    past = {entry.item: entry for entry in query.history}
    for link in candidate.evidence.history:
        assert past[link.item].polarity == link.polarity != "disliked"
        assert past[link.item].weight > 0
        assert 0 < link.strength <= 1 + 1e-6
    assert sum(link.strength for link in candidate.evidence.history) <= 1 + 1e-5
    for shared in candidate.evidence.shared:
        assert query.interests[shared.facet, shared.value] == shared.strength > 0
        assert (shared.facet, shared.value) in candidate.item.facets()
    assert all(word in query.request for word in candidate.evidence.words)
    assert 0 <= candidate.evidence.popularity < 1


def test_a_taste_is_answered_with_its_neighbours(retriever):
    found = retriever.candidates(Query(liked("f000", "f004"), exclude=frozenset({"f000", "f004"})), 6)
    assert genre(found) == {"crime": 6}
    assert "covisitation" in found[0].sources
    assert "behaviour" in found[0].sources


def test_evidence_names_the_exact_shares(index, retriever):
    query = Query((HistoryEntry("f000", 1.0, "liked", "like"), HistoryEntry("f020", 0.3), HistoryEntry("f001", 1.0)))
    (candidate,) = retriever.describe(query, ["f008"])
    table = index.covisitation.strengths.toarray()
    to = index.position["f008"]
    gives = {"f000": 0.64 * table[index.position["f000"], to], "f020": 0.8 * 0.3 * table[index.position["f020"], to]}
    links = {link.item: link for link in candidate.evidence.history}
    assert set(links) == {"f000", "f020"}  # a war film leads to no crime film
    for item, given_by in gives.items():
        assert links[item].strength == pytest.approx(given_by / sum(gives.values()), rel=1e-5)
        assert links[item].title == f"Film {int(item[1:])}"
    assert [links["f000"].polarity, links["f020"].polarity] == ["liked", "neutral"]
    assert [links["f000"].kind, links["f020"].kind] == ["like", None]
    assert links["f000"].fields == tuple(index.items[index.position["f000"]].attributes)
    assert [link.strength for link in candidate.evidence.history] == sorted(
        (link.strength for link in candidate.evidence.history), reverse=True
    )


def test_an_item_that_was_met_twice_is_one_link(retriever):
    (candidate,) = retriever.describe(Query(liked("f000", "f004", "f000")), ["f008"])
    assert sorted(link.item for link in candidate.evidence.history) == ["f000", "f004"]


@pytest.mark.parametrize("seed", range(5))
def test_without_the_cited_history_the_candidate_scores_lower(retriever, seed):
    rng = random.Random(seed)
    past = rng.sample([item.id for item in CATALOGUE[:40]], 4)
    query = Query(liked(*past), exclude=frozenset(past))
    for candidate in retriever.candidates(query, 10):
        if not candidate.evidence.history:
            continue
        cited = {link.item for link in candidate.evidence.history}
        without = replace(query, history=tuple(entry for entry in query.history if entry.item not in cited))
        (after,) = [each for each in retriever.candidates(without, 60) if each.item.id == candidate.item.id]
        assert after.score < candidate.score


def test_disliked_items_do_not_attract(retriever):
    hated = (HistoryEntry("f001", 1.0, "disliked"),)
    only_crime = retriever.candidates(Query(liked("f000", "f004")), 60)
    with_hate = retriever.candidates(Query(hated + liked("f000", "f004")), 60)
    assert ids(with_hate) == ids(only_crime)
    assert ids(retriever.candidates(Query(hated), 5)) == ids(retriever.candidates(Query(), 5))


def test_an_aversion_repels_even_when_nothing_is_liked(retriever):
    query = Query(interests={("genre", "war"): -1.0})
    assert genre(retriever.candidates(query, 45))["war"] == 0
    assert genre(retriever.candidates(Query(), 45))["war"] > 0


def test_one_faint_interest_does_not_blow_an_aversion_up(retriever):
    query = Query(interests={("genre", "war"): -1.0, ("genre", "crime"): 0.001}, request="warland")
    assert retriever.candidates(query, 1)[0].item.attributes["genre"] == "war"


def test_someone_new_sees_what_is_popular(index, retriever):
    found = retriever.candidates(Query(), 5)
    counts = index.covisitation.counts
    assert [counts[index.position[each]] for each in ids(found)] == sorted(counts, reverse=True)[:5]
    assert not any(found_.evidence for found_ in found)


def test_a_new_item_is_found_by_words_facets_and_text(index, retriever):
    assert index.covisitation.counts[index.position[NEW]] == 0
    assert ids(retriever.candidates(Query(request="number59"), 1)) == [NEW]
    assert retriever.candidates(Query(request="number59"), 1)[0].evidence.words == ("number59",)
    by_facet = retriever.candidates(Query(interests={("tags", "tag59"): 0.5}), 1)
    assert ids(by_facet) == [NEW]
    assert by_facet[0].evidence.shared[0].rarity == pytest.approx(np.log(60))
    by_summary = retriever.candidates(Query(summary="Film 59, plot number59, tag59"), 60)
    assert max(by_summary, key=lambda each: each.features["summary"]).item.id == NEW


def test_what_reads_like_one_of_the_ten_newest_is_near(index, retriever):
    old, newest = "f001", [f"f{at:03}" for at in range(20, 30)]
    query = Query(liked(old, *newest, "gone"))
    found = {each.item.id: each.features["nearest"] for each in retriever.describe(query, ["f000", old, "f059"])}
    places = [index.position[item] for item in newest]
    for item, nearness in found.items():
        cosine = float((index.text[places] @ index.text[index.position[item]]).max())
        assert nearness == pytest.approx(max(cosine, 0.0) ** 4, abs=1e-6)
    (itself,) = retriever.describe(query, ["f020"])
    assert itself.features["nearest"] == pytest.approx(1.0, abs=1e-5)
    assert max(found.values()) < 0.9  # the older one no longer counts


def test_a_history_without_behaviour_makes_no_noise(retriever):
    (candidate,) = retriever.describe(Query(liked(NEW)), ["f000"])
    assert candidate.features["behaviour"] == candidate.features["covisitation"] == 0


def test_a_pool_of_the_excluded_is_refilled(tmp_path_factory):
    items = [film(f"{at:04}", text=f"word{at % 3}", parity="even" if at % 2 == 0 else "odd") for at in range(400)]
    index = build(tmp_path_factory.mktemp("large"), items, [[f"{at:04}" for at in range(30)]])
    retriever = Retriever(index, HashEmbedder())
    query = Query(liked("0001"), exclude=frozenset(f"{at:04}" for at in range(390)))
    assert set(ids(retriever.candidates(query, 20))) == {f"{at:04}" for at in range(390, 400)}
    narrow = replace(query, exclude=frozenset(), filters={"parity": {"$ne": "odd"}})
    assert len(retriever.candidates(narrow, 190)) == 190
    index.close()


def test_filters_that_nothing_meets_and_filters_that_are_wrong(retriever):
    assert retriever.candidates(Query(liked("f000"), filters={"genre": "western"})) == []
    assert retriever.candidates(Query(filters={"colour": "red"})) == []
    assert len(retriever.candidates(Query(filters={"year": {"$gt": float("-inf")}}), 60)) == 60
    with pytest.raises(CatalogueError, match="unknown operator"):
        retriever.candidates(Query(filters={"genre": {"$is": "war"}}))


def test_ten_thousand_events_and_unknown_items(retriever):
    history = tuple(HistoryEntry(f"f{at % 60:03}" if at % 3 else f"gone{at}", 1.0, "liked") for at in range(10_000))
    found = retriever.candidates(Query(history), 10)
    assert len(found) == 10
    assert all(len(each.evidence.history) <= 5 for each in found)


def test_any_item_can_be_described(retriever):
    query = Query(liked("f000"), filters={"genre": "war"}, exclude=frozenset({"f004", "f059"}))
    assert sorted(ids(retriever.describe(query, ["f059", "f004"]))) == ["f004", "f059"]
    assert retriever.describe(query, []) == []
    with pytest.raises(KeyError):
        retriever.describe(query, ["gone"])


def test_several_threads_get_what_one_gets(retriever):
    asked = [Query(liked(f"f{at:03}"), request=f"number{at}") for at in range(24)]
    alone = [retriever.candidates(query, 5) for query in asked]
    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(lambda query: retriever.candidates(query, 5), asked)) == alone


@pytest.mark.parametrize("items", [[], [film("only", genre="war")]])
def test_catalogues_of_nothing_and_of_one(tmp_path, items):
    index = build(tmp_path, items, [["only"]])
    retriever = Retriever(index, HashEmbedder())
    query = Query(liked("only"), {("genre", "war"): 1.0}, "You like war.", "war", {"genre": "war"})
    assert ids(retriever.candidates(query)) == [item.id for item in items]
    assert retriever.candidates(replace(query, exclude=frozenset({"only"}))) == []
    index.close()


def test_an_example_is_asked_for_by_its_own_text(retriever):
    (itself,) = retriever.describe(Query(examples=("f003",)), ["f003"])
    assert itself.features["request"] == pytest.approx(1.0, abs=1e-5)
    everything = retriever.candidates(Query(examples=("f003",), exclude=frozenset({"f003"})), 60)
    assert "f003" not in ids(everything)
    most_alike = max(everything, key=lambda each: each.features["request"])
    assert most_alike.item.id in ids(everything[:3])


def test_an_example_that_left_the_catalogue_asks_for_nothing(retriever):
    assert ids(retriever.candidates(Query(examples=("gone",)), 3))


MORNING = datetime(2024, 1, 1, 8, tzinfo=UTC)


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """The young choose crime on their phones, lately; the old chose war on television, long ago."""
    log = [_past(at, "young", "phone", 0, MORNING) for at in range(20)]
    log += [_past(at, "old", "tv", 1, MORNING - timedelta(days=400)) for at in range(20)]
    opened = build(tmp_path_factory.mktemp("told"), CATALOGUE, log)
    yield Retriever(opened, HashEmbedder())
    opened.close()


def _past(user, age, device, circle, at):
    films = [f"f{4 * step + circle:03}" for step in range(6)]
    events = [Event(f"{film}", str(user), film, "play", at=at, context={"device": device}) for film in films]
    return Past(events, {"age": age})


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        (Query(attributes={"age": "young"}), "crime"),
        (Query(attributes={"age": "old"}), "war"),
        (Query(context={"device": "phone"}), "crime"),
        (Query(context={"device": "tv"}), "war"),
    ],
)
def test_someone_new_gets_what_their_like_choose_in_such_a_situation(told, query, wanted):
    found = told.candidates(query, 6)
    assert genre(found) == {wanted: 6}
    (name,) = ("attributes",) if query.attributes else ("context",)
    assert all(each.features[name] > 0.1 and name in each.sources for each in found)


def test_what_is_chosen_lately_is_recent(told):
    recency = {each.item.id: each.features["recency"] for each in told.describe(Query(), ["f000", "f001", "f059"])}
    assert recency["f000"] > 0.1 > recency["f059"] == 0 > -0.1 > recency["f001"]


def test_unknown_attributes_and_situations_change_nothing(told):
    plain = told.candidates(Query(liked("f000")), 10)
    strange = Query(liked("f000"), attributes={"age": "ancient", "shoe": 44, "x": None}, context={"device": ""})
    assert ids(told.candidates(strange, 10)) == ids(plain)
