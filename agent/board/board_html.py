"""The board's figures as inert HTML: a heading, a drawing or a table, and a sentence that says what it means.

Titles, facets and attribute names come from a catalogue and are escaped by the templates. Knows nothing about Gradio.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from markupsafe import Markup

from ...retrieval.event_kinds import CHOSEN, LOOKED_AT, TURNED_DOWN
from ..analytics.activity import Day
from ..analytics.board import Figures
from ..analytics.cold import ENOUGH, Cold
from ..analytics.shelves import LEAST_PEOPLE, Fared, Shelves
from ..analytics.surges import LEAST_FACTOR, LEAST_WEEKS, Surge, Surges
from ..analytics.turns import Turns
from ..text import cut, percent
from .components import show
from .plots import bars, lines, short_date, spark

_LONGEST_NAME = 80
_NOTHING = Markup()
_STEPS = {
    "profile": "reading the profile", "candidates": "finding candidates", "ranking": "ranking",
    "shelf": "showing the shelf", "first_sentence": "first sentence", "sentence": "later sentences",
    "explanations": "reasons",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Head:
    """What stands above the figures: `tiles` are pairs of a thing and its count."""

    name: str
    as_of: str
    alerts: Sequence[str]
    tiles: Sequence[tuple[str, str]]
    notes: Sequence[str]


@dataclass(frozen=True, slots=True)
class Section:
    """A figure under its heading, with what it `says`; where there is no figure, `missing` says why."""

    title: str
    figure: Markup = _NOTHING
    says: Sequence[str] = ()
    missing: str = ""
    wide: bool = False


@dataclass(frozen=True, slots=True)
class TableRow:
    """A row: the name of an item, or of a facet's value with that facet, and what else is known of it."""

    name: str
    cells: Sequence[str | Markup]
    facet: str = ""


@dataclass(frozen=True, slots=True)
class BarRow:
    """A bar with a label and a value. `share` is 0..1 of the longest; `wide` is that of a lighter bar behind it."""

    label: str
    value: str
    share: float
    wide: float | None = None


def board_html(figures: Figures, name: str) -> Markup:
    """Everything, top to bottom. `name` is the workspace's."""
    sections = [
        *_activity(figures), *_rising(figures.surges), *_shelves(figures.shelves), _cold(figures.cold),
        *_turns(figures.turns),
    ]  # fmt: skip
    return show("board.html", _head(figures, name), sections)


def trouble_html(problem: str) -> Markup:
    """Instead of the figures, why there are none."""
    return show("trouble.html", problem)


def counting_html() -> Markup:
    """What stands there until the figures are made."""
    return show("counting.html")


def _head(figures: Figures, name: str) -> Head:
    counts = figures.counts
    tiles = {"items": counts.items, "people": counts.users, "events": counts.events, "turns": counts.turns}
    shown = [(what, f"{count:,}") for what, count in tiles.items()]
    return Head(name, _moment(figures.as_of), figures.alerts, shown, list(_notes(figures)))


def _notes(figures: Figures) -> Iterator[str]:
    """What would mislead if it were not said."""
    dates = figures.dates
    if old := _days_since(dates.last):
        ended = "every figure ends" if dates.last == figures.as_of else "events by day and what is rising end"
        yield f"The newest event is {old} old: {ended} with it."
    if old := _days_since(dates.answered):
        ended = ": what is shown and how turns fare end with it" if dates.answered == figures.as_of else ""
        yield f"The newest turn is {old} old{ended}."
    if dates.undated:
        yield f"{dates.undated:,} events have no time. They are in no figure by day, and nothing is rising by them."
    if dates.ahead:
        yield f"{dates.ahead:,} events are dated in the future and left out."


def _days_since(at: datetime | None) -> str:
    """So many days as words; none for less than one."""
    days = (datetime.now(UTC) - at).days if at else 0
    return f"{days:,} day{'' if days == 1 else 's'}" if days > 0 else ""


# What happens


def _activity(figures: Figures) -> Iterator[Section]:
    days = figures.activity
    total = sum(day.events for day in days)
    if not total:
        yield Section("Events by day", missing=f"No event has a time in these {len(days)} days.", wide=True)
        return
    series = {
        name: [sum(day.kinds.get(kind, 0) for kind in sort) for day in days]
        for name, sort in (("chosen", CHOSEN), ("looked at", LOOKED_AT), ("turned down", TURNED_DOWN))
    }
    text = f"{total:,} events {_listed(days)} Days are in UTC."
    yield Section("Events by day", bars([day.date for day in days], series, text), [text])
    yield _reach(days)


def _listed(days: Sequence[Day]) -> str:
    """From when to when, how many of each kind, and the busiest day."""
    kinds: dict[str, int] = {}
    for day in days:
        for kind, count in day.kinds.items():
            kinds[kind] = kinds.get(kind, 0) + count
    busiest = max(days, key=lambda day: day.events)
    listed = ", ".join(f"{count:,} {kind}" for kind, count in sorted(kinds.items(), key=lambda each: -each[1]))
    return (
        f"from {short_date(days[0].date)} to {short_date(days[-1].date)}: {listed}. "
        f"The busiest day was {short_date(busiest.date)} with {busiest.events:,}."
    )


def _reach(days: Sequence[Day]) -> Section:
    reach = {"people": [day.people for day in days], "items": [day.items for day in days]}
    people, items = (sum(values) / len(days) for values in reach.values())
    text = f"On an average day {people:,.1f} different people did something, with {items:,.1f} different items."
    plot = lines([day.date for day in days], reach, text, lambda value: f"{value:,.4g}")
    return Section("People and items by day", plot, [text])


# What rises


def _rising(surges: Surges) -> Iterator[Section]:
    when = "day" if surges.days == 1 else f"{surges.days} days"
    if surges.weeks is None:
        text = (
            f"To say what is rising takes events with times in at least {LEAST_WEEKS} weeks before the last {when}: "
            "there are not that many."
        )
        yield Section("Rising items", missing=text)
        yield Section("Rising facets", missing=text)
        return
    usual = (
        f"People who looked at an item or chose it in the last {when}, each once, beside what the same days of "
        f"{surges.weeks} earlier weeks make usual. Listed is what has at least {LEAST_FACTOR:g} times the usual and is "
        "hardly chance: of what is listed, one in twenty may be."
    )
    facets = "The same for brands, directors and every other facet whose rise several items and people share."
    nothing = f"Nothing is looked at or chosen unusually often in the last {when}."
    heads = ("weeks", "now", "usual", "rise")
    for title, found, says in (("Rising items", surges.items, usual), ("Rising facets", surges.facets, facets)):
        yield _tabled(title, heads, [_surge(each) for each in found], nothing, says, "brd-rising")


def _surge(surge: Surge) -> TableRow:
    rise = f"{surge.factor:,.{0 if surge.factor >= 10 else 1}f} times"
    weeks = spark([*surge.before, surge.choices])
    return TableRow(surge.name, [weeks, f"{surge.choices:,}", f"{surge.usual:,.1f}", rise], surge.facet)


def _tabled(
    title: str, heads: Sequence[str], rows: Sequence[TableRow], missing: str, says: str, sort: str = ""
) -> Section:
    """A section with a table, or with what is said where there is no row."""
    if not rows:
        return Section(title, says=[says], missing=missing)
    return Section(title, show("table.html", heads, rows, sort), [says])


# What is shown


def _shelves(shelves: Shelves) -> Iterator[Section]:
    if not shelves.shown:
        text = "Nothing was shown in these days: turns of the chat and of the API fill this."
        yield Section("Shown, never accepted", missing=text)
        yield Section("Turned down", missing=text)
        return
    never = (
        f"Items shown to {LEAST_PEOPLE} people or more and accepted by none; “usual” is how many acceptances so many "
        f"people give on average. {_rates(shelves)}"
    )
    passed = [
        TableRow(each.title, [f"{each.shown.people:,}", f"{each.shown.times:,}", f"{each.usual:.1f}"])
        for each in shelves.passed_over
    ]
    refused = [
        TableRow(each.title, [f"{each.shown.rejected:,}", f"{each.shown.people:,}", _share(each)])
        for each in shelves.refused
    ]
    yield _tabled("Shown, never accepted", ("people", "times", "usual"), passed, "There is no such item.", never)
    yield _tabled("Turned down", ("rejected", "shown to", "share"), refused, "Nobody turned anything down.",
                  "Disliked, dismissed, skipped or badly rated after it was shown; counted in people.")  # fmt: skip


def _rates(shelves: Shelves) -> str:
    return (
        f"Of {shelves.shown:,} times that a person was shown an item, {percent(shelves.acceptance)} led to a click, "
        "play, purchase, like, save, share, comment or good rating, and "
        f"{percent(shelves.rejected / shelves.shown)} to a dislike, dismissal, skip or bad rating."
    )


def _share(each: Fared) -> str:
    return percent(each.shown.rejected / each.shown.people)


# What is cold


def _cold(cold: Cold) -> Section:
    if not cold.all:
        return Section("Cold items", missing="The catalogue is empty.")
    most = max(cold.items.values())
    rows = [BarRow(_events(events), f"{count:,}", count / most) for events, count in cold.items.items()]
    names = "; ".join(cut(each.title, _LONGEST_NAME) for each in cold.coldest)
    text = (
        f"{cold.cold:,} of {cold.all:,} items ({percent(cold.cold / cold.all)}) have fewer than {ENOUGH} events in "
        "all: they are found by what they are, not yet by who chose them."
    )
    says = [text, f"Among the coldest: {names}."] if names else [text]
    return Section("Cold items", show("bar_rows.html", rows), says)


def _events(count: int) -> str:
    return f"{ENOUGH} events and more" if count == ENOUGH else f"{count} event{'' if count == 1 else 's'}"


# How turns fare


def _turns(turns: Turns) -> Iterator[Section]:
    if not turns.totals.turns:
        yield Section("Turns", missing="No turn was answered in these days.")
        return
    yield _latency(turns)
    if turns.steps:
        yield _steps(turns)
    yield _plain(turns)


def _latency(turns: Turns) -> Section:
    if not turns.whole or not turns.shelf:
        return Section("Seconds to an answer", missing="No turn was answered to the end in these days.")
    text = (
        f"Half of {turns.totals.finished:,} turns had their shelf after {turns.shelf.p50:.2f} s and were done after "
        f"{turns.whole.p50:.2f} s; 95 % after {turns.shelf.p95:.2f} s and {turns.whole.p95:.2f} s."
    )
    series = {
        "shelf, median": [day.shelf.p50 if day.shelf else None for day in turns.days],
        "all, median": [day.whole.p50 if day.whole else None for day in turns.days],
        "all, 95 %": [day.whole.p95 if day.whole else None for day in turns.days],
    }
    dates = [day.date for day in turns.days]
    return Section("Seconds to an answer", lines(dates, series, text, lambda value: f"{value:.3g} s"), [text])


def _steps(turns: Turns) -> Section:
    most = max(latency.p95 for latency in turns.steps.values()) or 1.0
    rows = [
        BarRow(_STEPS.get(step, step), f"{latency.p50:.2f} / {latency.p95:.2f} s", latency.p50 / most,
               latency.p95 / most)
        for step, latency in turns.steps.items()
    ]  # fmt: skip
    text = "Median and, in the lighter bar, 95 %: what a step takes in the newest turns that were answered to the end."
    return Section("Seconds by step", show("bar_rows.html", rows), [text])


def _plain(turns: Turns) -> Section:
    totals = turns.totals
    text = (
        f"The model was asked for {totals.sentences:,} sentences and {totals.reasons:,} reasons; a plain one stands in "
        f"for {totals.plain_sentences:,} and {totals.plain_reasons:,} of them ({percent(totals.fallback)}), because "
        f"what it wrote said more than the facts. {totals.empty:,} of {totals.turns:,} turns had nothing to show, and "
        f"{totals.cut_off:,} ended before their answer did."
    )
    days = [day.totals for day in turns.days]
    series = {
        "plain instead": [day.fallback if day.written else None for day in days],
        "nothing to show": [day.empty / day.turns if day.turns else None for day in days],
        "cut off": [day.cut_off / day.turns if day.turns else None for day in days],
    }
    dates = [day.date for day in turns.days]
    return Section("What did not go as meant", lines(dates, series, text, percent), [text])


def _moment(at: datetime) -> str:
    there = at.astimezone(UTC)
    return f"{there.day} {there:%B %Y, %H:%M} UTC"
