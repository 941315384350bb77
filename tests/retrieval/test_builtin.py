"""The built-in films are complete; the simulated viewers are reproducible, plausible and really drift."""

import json
import re
from collections import Counter, defaultdict
from datetime import UTC, datetime
from itertools import pairwise
from random import Random

import pytest
from sommelier.retrieval.builtin import EVENTS, FILMS, VIEWERS
from sommelier.retrieval.builtin.personas import PERSONAS
from sommelier.retrieval.builtin.simulate import FOLLOW_UPS, render, simulate
from sommelier.retrieval.catalogue import EVENT_KINDS

LAST_MOMENT = datetime(2026, 10, 31, 23, 59, 59, tzinfo=UTC)
FIRST_MOMENT = datetime(2025, 5, 1, tzinfo=UTC)
TEXTS = ("id", "title", "language", "age_rating", "description")
NUMBERS = ("year", "runtime")
LISTS = ("genres", "director", "country", "keywords")


def read(path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="module")
def films():
    return {film["id"]: film for film in read(FILMS)}


@pytest.fixture(scope="module")
def viewers():
    return read(VIEWERS)


@pytest.fixture(scope="module")
def events():
    return read(EVENTS)


@pytest.fixture(scope="module")
def histories(events):
    grouped = defaultdict(list)
    for event in events:
        grouped[event["user"]].append(event)
    return grouped


def when(event):
    return datetime.strptime(event["at"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)


def test_there_are_at_least_600_films_with_unique_ids_in_order():
    ids = [film["id"] for film in read(FILMS)]
    assert len(ids) >= 600
    assert ids == sorted(set(ids))


def test_no_film_is_listed_twice_under_another_id(films):
    titles = Counter((film["title"].casefold(), film["year"]) for film in films.values())
    assert [title for title, times in titles.items() if times > 1] == []


def test_every_film_is_complete(films):
    for film in films.values():
        assert set(film) == {*TEXTS, *NUMBERS, *LISTS, "cast"}, film["id"]
        assert all(isinstance(film[key], str) and film[key].strip() for key in TEXTS), film["id"]
        assert all(type(film[key]) is int for key in NUMBERS), film["id"]
        assert all(film[key] and all(isinstance(each, str) for each in film[key]) for key in LISTS), film["id"]
        assert all(len(film[key]) == len(set(film[key])) for key in LISTS), film["id"]


def test_years_and_runtimes_are_possible(films):
    for film in films.values():
        assert 1895 <= film["year"] <= 2026, film["id"]
        assert film["id"].endswith(f"-{film['year']}"), film["id"]
        assert 40 <= film["runtime"] <= 300, film["id"]


def test_descriptions_are_two_sentences(films):
    for film in films.values():
        ends = re.findall(r"[.!?](?=\s+[A-Z\"“0-9]|\s*$)", film["description"])
        assert len(ends) == 2, film["id"]


def test_only_a_film_without_actors_has_no_cast(films):
    assert {key for key, film in films.items() if not film["cast"]} == {"koyaanisqatsi-1982"}


def test_keywords_are_shared_and_repeat_no_genre(films):
    used = Counter(keyword for film in films.values() for keyword in film["keywords"])
    genres = {genre for film in films.values() for genre in film["genres"]}
    assert min(used.values()) >= 2
    assert genres.isdisjoint(used)
    lonely = [key for key, film in films.items() if sum(used[word] >= 5 for word in film["keywords"]) < 2]
    assert lonely == []


def test_there_are_60_viewers_who_say_that_they_are_simulated(viewers):
    assert [viewer["id"] for viewer in viewers] == [f"viewer-{number:02d}" for number in range(1, 61)]
    assert len({viewer["name"] for viewer in viewers}) == 60
    assert all(viewer["simulated"] is True for viewer in viewers)
    assert all(viewer[key] for viewer in viewers for key in ("persona", "age_band", "region", "language"))


def test_every_viewer_has_20_to_80_events(viewers, histories):
    assert set(histories) == {viewer["id"] for viewer in viewers}
    assert all(20 <= len(history) <= 80 for history in histories.values())


def test_every_event_is_about_a_known_film_and_has_its_own_id(events, films):
    assert len({event["id"] for event in events}) == len(events)
    assert {event["item"] for event in events} <= set(films)
    assert {event["kind"] for event in events} <= EVENT_KINDS


def test_every_kind_that_a_film_lover_makes_occurs(events):
    kinds = {event["kind"] for event in events}
    assert kinds == {"play", "rating", "like", "dislike", "save", "view", "seen"}


def test_only_ratings_have_a_value_in_half_stars(events):
    for event in events:
        if event["kind"] == "rating":
            assert event["value"] * 2 in range(1, 11), event
        else:
            assert event["value"] is None, event


def test_times_ascend_within_the_eighteen_months(events, histories):
    assert all(FIRST_MOMENT <= when(event) <= LAST_MOMENT for event in events)
    moments = [when(event) for event in events]
    assert moments == sorted(moments)
    for history in histories.values():
        own = [when(event) for event in history]
        assert all(before < after for before, after in pairwise(own))


def test_the_committed_files_are_what_the_script_makes():
    viewers, events = simulate(read(FILMS))
    assert VIEWERS.read_bytes() == render(viewers).encode()
    assert EVENTS.read_bytes() == render(events).encode()


def test_the_order_of_the_film_rows_does_not_matter(viewers, events):
    assert simulate(reversed(read(FILMS))) == (viewers, events)


def test_personas_speak_the_vocabulary_of_the_films(films):
    known = {(facet, value) for film in films.values() for facet in ("genres", "keywords", "director")
             for value in film[facet]}  # fmt: skip
    known |= {("language", film["language"]) for film in films.values()}
    known |= {("era", f"{film['year'] // 10 * 10}s") for film in films.values()}
    names = {persona.name for persona in PERSONAS}
    for persona in PERSONAS:
        assert set(persona.taste) <= known, persona.name
        assert set(persona.leads_to) <= names - {persona.name}, persona.name


def test_follow_ups_are_films_of_the_catalogue(films):
    assert {*FOLLOW_UPS, *FOLLOW_UPS.values()} <= set(films)


def tastes(items, films):
    return Counter(value for item in items for facet in ("genres", "keywords") for value in films[item][facet])


def distance(before, after):
    """Total variation distance of two facet distributions, 0 (same) to 1 (nothing in common)."""
    return sum(abs(before[key] / before.total() - after[key] / after.total()) for key in before | after) / 2


def drift_p_value(items, films, rng):
    """How often a shuffled history moves at least as far from its first third to its last one."""
    third = len(items) // 3

    def moved(order):
        return distance(tastes(order[:third], films), tastes(order[-third:], films))

    observed = moved(items)
    return sum(moved(rng.sample(items, len(items))) >= observed for _ in range(100)) / 100


def test_tastes_drift_more_than_chance_for_most_viewers(histories, films):
    rng = Random(7)
    histories = [list(dict.fromkeys(event["item"] for event in history)) for history in histories.values()]
    drifting = [items for items in histories if drift_p_value(items, films, rng) < 0.05]
    assert len(drifting) > len(histories) / 2


def test_popularity_is_skewed(events):
    audiences = Counter(item for _, item in {(event["user"], event["item"]) for event in events})
    by_size = sorted(audiences.values(), reverse=True)
    assert sum(by_size[: len(by_size) // 5]) > 0.4 * sum(by_size)


def test_co_visitation_predicts_the_last_film_better_than_popularity(histories):
    met = {user: list(dict.fromkeys(event["item"] for event in history)) for user, history in histories.items()}
    hits = Counter()
    for user, items in met.items():
        target, known = items[-1], set(items[:-1])
        popular, together = Counter(), Counter()
        for other in (set(rest) for name, rest in met.items() if name != user):
            for item in other - known:
                popular[item] += 1
                together[item] += len(other & known) ** 2
        hits["popularity"] += target in dict(popular.most_common(20))
        hits["co-visitation"] += target in dict(together.most_common(20))
    assert hits["co-visitation"] > 2 * hits["popularity"]
