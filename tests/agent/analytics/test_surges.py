"""What rises: a planted surge is found, what merely varies is not, and a log that cannot tell says so."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
import sqlalchemy as sa
from sommelier.agent.analytics.surges import INTEREST, WEEKS, surges
from sommelier.agent.memory.memory import Memory
from sommelier.agent.memory.schema import EVENTS
from sommelier.retrieval.catalogue import Event, Item

SATURDAY = datetime(2026, 6, 6, tzinfo=UTC)
DAY = timedelta(days=1)
SCALE = (1.0, 5.0)
ITEMS = [Item(f"i{n}", f"Item {n}", attributes={"brand": f"b{n // 2}", "colour": "red"}) for n in range(12)]


@pytest.fixture
def memory(url):
    with Memory(url) as store:
        store.catalogue.upsert_items(ITEMS)
        yield store


def log(memory, counts, kind="play", until=SATURDAY, name=""):
    """`counts[days ago][item]` people each, all of them different, one hour apart from midnight."""
    memory.events.add(
        Event(
            f"{name}{ago}-{item}-{n}", f"{name}u{ago}-{item}-{n}", item, kind, at=until - ago * DAY + timedelta(hours=1)
        )
        for ago, items in enumerate(counts, start=1)
        for item, people in items.items()
        for n in range(people)
    )


def steady(days=64, people=1):
    return [{item.id: people for item in ITEMS} for _ in range(days)]


def found(memory, days=7, until=SATURDAY):
    return surges(memory.statistics, ITEMS, memory.statistics.dates(until).first, until, SCALE, days)


def names(rising):
    return [each.name for each in rising]


def test_a_planted_surge_is_found_with_its_figures(memory):
    log(memory, steady())
    log(memory, [{"i3": 5}] * 7, name="new")
    rising = found(memory)
    (surge,) = rising.items
    assert (surge.name, surge.facet, surge.choices) == ("Item 3", "", 42)
    assert surge.before == (7,) * WEEKS
    assert surge.usual == pytest.approx(7, rel=0.02)
    assert surge.chance < 1e-6
    assert surge.factor == pytest.approx(42 / surge.usual)
    assert rising.weeks == WEEKS


def test_a_steady_log_has_no_surge(memory):
    log(memory, steady(people=2))
    assert not found(memory).items
    assert not found(memory).facets


def test_an_item_that_nobody_knew_can_surge(memory):
    counts = steady()
    log(memory, [{each: n for each, n in items.items() if each != "i5"} for items in counts])
    log(memory, [{"i5": 3}] * 4, name="new")
    assert names(found(memory).items) == ["Item 5"]


def test_a_busy_week_is_no_surge_of_everything(memory):
    log(memory, [{each: 4 * n if ago < 7 else n for each, n in items.items()} for ago, items in enumerate(steady())])
    assert not found(memory).items


def test_what_stays_when_all_else_falls_has_not_risen(memory):
    quiet = [{each: n for each, n in items.items() if ago >= 7 or each == "i1"} for ago, items in enumerate(steady())]
    log(memory, quiet)
    assert not found(memory).items


def test_a_weekday_pattern_is_no_surge(memory):
    saturdays = SATURDAY + DAY
    log(memory, [{"i2": 12 if ago % 7 == 0 else 1, "i4": 2} for ago in range(70)], until=saturdays)
    assert not found(memory, days=1, until=saturdays).items
    assert not found(memory, days=7, until=saturdays).items
    log(memory, [{"i2": 30}], until=saturdays, name="more")
    assert names(found(memory, days=1, until=saturdays).items) == ["Item 2"]


def test_one_person_coming_back_all_week_is_one_choice(memory):
    log(memory, steady())
    memory.events.add(Event(f"fan{n}", "fan", "i3", "play", at=SATURDAY - timedelta(hours=n + 1)) for n in range(100))
    assert not found(memory).items


def test_rejections_are_no_surge(memory):
    log(memory, steady())
    log(memory, [{"i3": 9}] * 7, kind="dislike", name="angry")
    assert not found(memory).items
    assert INTEREST.isdisjoint({"dislike", "dismiss", "skip", "search"})


@pytest.mark.parametrize(("value", "risen"), [(1.0, []), (5.0, ["Item 3"]), (None, ["Item 3"])])
def test_bad_ratings_are_no_surge(memory, url, value, risen):
    log(memory, steady())
    given = value or 1.0
    memory.events.add(
        Event(f"r{n}", f"r{n}", "i3", "rating", given, at=SATURDAY - timedelta(hours=n + 1)) for n in range(60)
    )
    if value is None:  # as databases of before a rating needed one may have it
        database = sa.create_engine(url)
        with database.begin() as connection:
            connection.execute(sa.update(EVENTS).where(EVENTS.c.kind == "rating").values(value=None))
        database.dispose()
    assert names(found(memory).items) == risen


def test_a_brand_rises_by_several_items_and_several_people(memory):
    log(memory, steady())
    log(memory, [{"i6": 1, "i7": 1}] * 7, name="both")
    assert ("b3", "brand") in [(each.name, each.facet) for each in found(memory).facets]


def test_a_brand_of_one_rising_item_is_left_to_the_item(memory):
    log(memory, steady())
    log(memory, [{"i6": 9}] * 7, name="one")
    assert names(found(memory).items) == ["Item 6"]
    assert not found(memory).facets


def test_a_brand_whose_other_items_stay_as_they_were_has_not_risen(memory):
    log(memory, steady())
    log(memory, [{"i7": 4}] * 64, name="big")
    assert not found(memory).facets
    log(memory, [{"i6": 9}] * 7, name="one")
    assert names(found(memory).items) == ["Item 6"]
    assert not found(memory).facets


def test_a_brand_does_not_rise_by_one_busy_person(memory):
    pairs = [Item(f"x{n}", f"X {n}", attributes={"maker": "m"}) for n in range(20)]
    memory.catalogue.upsert_items(pairs)
    log(memory, steady())
    memory.events.add(Event(f"fan-{each.id}", "fan", each.id, "like", at=SATURDAY - DAY) for each in pairs)
    rising = surges(memory.statistics, [*ITEMS, *pairs], memory.statistics.dates(SATURDAY).first, SATURDAY, SCALE)
    assert not rising.facets


def test_among_thousands_of_items_false_alarms_stay_few(memory):
    """Popularity as uneven as in a shop, busy weekends, and weeks that vary more than by chance."""
    rng = np.random.default_rng(3)
    shop = [Item(f"s{n}", f"S {n}") for n in range(1500)]
    memory.catalogue.upsert_items(shop)
    rates = 6 / (np.arange(len(shop)) + 3)
    log(memory, [
        {each.id: int(n) for each, n in zip(shop, rng.poisson(rates * (2 if ago % 7 < 2 else 1) * rng.gamma(4, 1 / 4)),
                                            strict=True) if n}
        for ago in range(63)
    ])  # fmt: skip
    first = memory.statistics.dates(SATURDAY).first
    for days in (1, 7):
        assert len(surges(memory.statistics, shop, first, SATURDAY, SCALE, days).items) <= 1


def test_a_log_without_times_cannot_tell(memory):
    memory.events.add(Event(f"e{n}", f"u{n}", "i1", "play", position=n) for n in range(50))
    assert found(memory).weeks is None
    assert not found(memory).items


@pytest.mark.parametrize("days", [0, 1, 27])
def test_a_short_log_cannot_tell(memory, days):
    log(memory, steady(days))
    assert found(memory).weeks is None


def test_a_log_of_four_weeks_can(memory):
    log(memory, steady(29))
    log(memory, [{"i3": 6}] * 7, name="new")
    assert found(memory).weeks == 3
    assert names(found(memory).items) == ["Item 3"]


def test_weeks_in_which_nothing_was_logged_say_nothing(memory):
    log(memory, [items if ago < 7 or ago >= 28 else {} for ago, items in enumerate(steady())])
    assert found(memory).weeks == 5  # of eight
    assert not found(memory).items


def test_items_that_left_the_catalogue_do_not_rise(memory):
    log(memory, steady())
    log(memory, [{"gone": 9}] * 7, name="gone")
    assert not found(memory).items


@pytest.mark.parametrize("days", [0, 8, -1])
def test_other_spans_are_refused(memory, days):
    with pytest.raises(ValueError, match=str(days)):
        found(memory, days)
