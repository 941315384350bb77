"""The board's figures as inert HTML: a heading, a drawing or a table, and a sentence that says what it means.

Titles, facets and attribute names come from a catalogue and are escaped by `inert`. Knows nothing about Gradio.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timezone

from ..analytics.board import Figures
from ..analytics.cold import ENOUGH, Cold
from ..analytics.event_kinds import CHOSEN, LOOKED_AT, TURNED_DOWN
from ..analytics.shelves import LEAST_PEOPLE, Fared, Shelves
from ..analytics.surges import LEAST_FACTOR, LEAST_WEEKS, Surge, Surges
from ..analytics.turns import Latency, Turns
from ..text import inert, percent
from .plots import bars, lines, short_date, spark

LONGEST_NAME = 80
_STEPS = {
    "profile": "reading the profile", "candidates": "finding candidates", "ranking": "ranking",
    "shelf": "showing the shelf", "first_sentence": "first sentence", "sentence": "later sentences",
    "explanations": "reasons",
}  # fmt: skip


def board_html(figures: Figures, name: str) -> str:
    """Everything, top to bottom. `name` is the workspace's."""
    parts = (
        _head(figures, name), _activity(figures), _rising(figures.surges), _shelves(figures.shelves),
        _cold(figures.cold), _turns(figures.turns),
    )  # fmt: skip
    return f'<main class="brd">{"".join(parts)}</main>'


def trouble_html(problem: str) -> str:
    """Instead of the figures, why there are none."""
    return f'<main class="brd"><p class="brd-alert" role="alert">{inert(problem, 500)}</p></main>'


def _head(figures: Figures, name: str) -> str:
    counts = figures.counts
    tiles = {"items": counts.items, "people": counts.users, "events": counts.events, "turns": counts.turns}
    shown = "".join(f"<div><dt>{what}</dt><dd>{count:,}</dd></div>" for what, count in tiles.items())
    alerts = "".join(f'<p class="brd-alert" role="alert">{inert(each, 300)}</p>' for each in figures.alerts)
    notes = "".join(f"<li>{each}</li>" for each in _notes(figures))
    return (
        f'<header><h1>Catalogue board</h1><p class="brd-soft">{inert(name, 60)}, as of {_moment(figures.as_of)}</p>'
        f'{alerts}<dl class="brd-tiles">{shown}</dl>{f"<ul class=brd-notes>{notes}</ul>" if notes else ""}</header>'
    )


def _notes(figures: Figures) -> Iterable[str]:
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
    days = (datetime.now(timezone.utc) - at).days if at else 0
    return f"{days:,} day{'' if days == 1 else 's'}" if days > 0 else ""


def _section(title: str, *parts: str, wide: bool = False) -> str:
    return f"<section{' class=brd-wide' if wide else ''}><h2>{title}</h2>{''.join(parts)}</section>"


def _says(text: str) -> str:
    return f'<p class="brd-says">{text}</p>'


def _none(text: str) -> str:
    return f'<p class="brd-none">{text}</p>'


# What happens


def _activity(figures: Figures) -> str:
    days = figures.activity
    total = sum(each.events for each in days)
    if not total:
        return _section("Events by day", _none(f"No event has a time in these {len(days)} days."), wide=True)
    series = {
        name: [sum(day.kinds.get(kind, 0) for kind in sort) for day in days]
        for name, sort in (("chosen", CHOSEN), ("looked at", LOOKED_AT), ("turned down", TURNED_DOWN))
    }
    kinds: dict[str, int] = {}
    for day in days:
        for kind, count in day.kinds.items():
            kinds[kind] = kinds.get(kind, 0) + count
    busiest = max(days, key=lambda each: each.events)
    listed = ", ".join(f"{count:,} {kind}" for kind, count in sorted(kinds.items(), key=lambda each: -each[1]))
    span = f"from {short_date(days[0].date)} to {short_date(days[-1].date)}"
    text = (
        f"{total:,} events {span}: {listed}. The busiest day was {short_date(busiest.date)} with {busiest.events:,}. "
        "Days are in UTC."
    )
    reach = {"people": [each.people for each in days], "items": [each.items for each in days]}
    people, items = (sum(values) / len(days) for values in reach.values())
    told = f"On an average day {people:,.1f} different people did something, with {items:,.1f} different items."
    dates = [each.date for each in days]
    return _section("Events by day", bars(dates, series, text), _says(text)) + _section(
        "People and items by day", lines(dates, reach, told, lambda value: f"{value:,.4g}"), _says(told)
    )


# What rises


def _rising(surges: Surges) -> str:
    when = "day" if surges.days == 1 else f"{surges.days} days"
    if surges.weeks is None:
        text = (
            f"To say what is rising takes events with times in at least {LEAST_WEEKS} weeks before the last {when}: "
            "there are not that many."
        )
        return _section("Rising items", _none(text)) + _section("Rising facets", _none(text))
    usual = (
        f"People who looked at an item or chose it in the last {when}, each once, beside what the same days of "
        f"{surges.weeks} earlier weeks make usual. Listed is what has at least {LEAST_FACTOR:g} times the usual and is "
        "hardly chance: of what is listed, one in twenty may be."
    )
    nothing = f"Nothing is looked at or chosen unusually often in the last {when}."
    return _section("Rising items", _surge_table(surges.items, nothing), _says(usual)) + _section(
        "Rising facets", _surge_table(surges.facets, nothing),
        _says("The same for brands, directors and every other facet whose rise several items and people share."),
    )  # fmt: skip


def _surge_table(surges: Sequence[Surge], nothing: str) -> str:
    if not surges:
        return _none(nothing)
    rows = [
        (
            _name(each.name, each.facet), spark([*each.before, each.choices]), f"{each.choices:,}",
            f"{each.usual:,.1f}", f"{each.factor:,.{0 if each.factor >= 10 else 1}f} times",
        )
        for each in surges
    ]  # fmt: skip
    return _table(("weeks", "now", "usual", "rise"), rows, "brd-rising")


# What is shown


def _shelves(shelves: Shelves) -> str:
    if not shelves.shown:
        text = "Nothing was shown in these days: turns of the chat and of the API fill this."
        return _section("Shown, never accepted", _none(text)) + _section("Turned down", _none(text))
    rate = f"Of {shelves.shown:,} times that a person was shown an item, {percent(shelves.acceptance)} led to a click, "
    rate += "play, purchase, like, save, share, comment or good rating, and "
    rate += f"{percent(shelves.rejected / shelves.shown)} to a dislike, dismissal, skip or bad rating."
    never = (
        f"Items shown to {LEAST_PEOPLE} people or more and accepted by none; “usual” is how many acceptances so many "
    )
    never += f"people give on average. {rate}"
    passed = [(_name(each.title), f"{each.shown.people:,}", f"{each.shown.times:,}", f"{each.usual:.1f}")
              for each in shelves.passed_over]  # fmt: skip
    refused = [(_name(each.title), f"{each.shown.rejected:,}", f"{each.shown.people:,}", _share(each))
               for each in shelves.refused]  # fmt: skip
    return _section(
        "Shown, never accepted",
        _table(("people", "times", "usual"), passed) if passed else _none("There is no such item."),
        _says(never),
    ) + _section(
        "Turned down",
        _table(("rejected", "shown to", "share"), refused) if refused else _none("Nobody turned anything down."),
        _says("Disliked, dismissed, skipped or badly rated after it was shown; counted in people."),
    )


def _share(each: Fared) -> str:
    return percent(each.shown.rejected / each.shown.people)


# What is cold


def _cold(cold: Cold) -> str:
    if not cold.all:
        return _section("Cold items", _none("The catalogue is empty."))
    most = max(cold.items.values())
    rows = "".join(_cold_row(events, count, most) for events, count in cold.items.items())
    names = "; ".join(inert(each.title, LONGEST_NAME) for each in cold.coldest)
    text = (
        f"{cold.cold:,} of {cold.all:,} items ({percent(cold.cold / cold.all)}) have fewer than {ENOUGH} events in "
        "all: they are found by what they are, not yet by who chose them."
    )
    return _section("Cold items", f'<dl class="brd-rows">{rows}</dl>', _says(text),
                    _says(f"Among the coldest: {names}.") if names else "")  # fmt: skip


def _cold_row(events: int, items: int, most: int) -> str:
    label = f"{ENOUGH} events and more" if events == ENOUGH else f"{events} event{'' if events == 1 else 's'}"
    bar = f'<i class="brd-bar" style="--share:{items / most:.3f}" aria-hidden="true"></i>'
    return f"<div><dt>{label}</dt><dd>{bar}<span>{items:,}</span></dd></div>"


# How turns fare


def _turns(turns: Turns) -> str:
    if not turns.totals.turns:
        return _section("Turns", _none("No turn was answered in these days."))
    return _latency(turns) + _steps(turns) + _plain(turns)


def _latency(turns: Turns) -> str:
    if not turns.whole or not turns.shelf:
        return _section("Seconds to an answer", _none("No turn was answered to the end in these days."))
    text = (
        f"Half of {turns.totals.finished:,} turns had their shelf after {turns.shelf.p50:.2f} s and were done after "
        f"{turns.whole.p50:.2f} s; 95 % after {turns.shelf.p95:.2f} s and {turns.whole.p95:.2f} s."
    )
    series = {
        "shelf, median": [each.shelf.p50 if each.shelf else None for each in turns.days],
        "all, median": [each.whole.p50 if each.whole else None for each in turns.days],
        "all, 95 %": [each.whole.p95 if each.whole else None for each in turns.days],
    }
    dates = [each.date for each in turns.days]
    return _section("Seconds to an answer", lines(dates, series, text, lambda value: f"{value:.3g} s"), _says(text))


def _steps(turns: Turns) -> str:
    most = max((each.p95 for each in turns.steps.values()), default=0.0)
    rows = "".join(_step(step, each, most) for step, each in turns.steps.items())
    text = "Median and, in the lighter bar, 95 %: what a step takes in the newest turns that were answered to the end."
    return _section("Seconds by step", f'<dl class="brd-rows">{rows}</dl>', _says(text)) if rows else ""


def _step(step: str, latency: Latency, most: float) -> str:
    style = f"--share:{latency.p50 / most if most else 0:.3f};--wide:{latency.p95 / most if most else 0:.3f}"
    return (
        f"<div><dt>{_STEPS.get(step) or inert(step, 40)}</dt><dd>"
        f'<i class="brd-bar" style="{style}" aria-hidden="true"></i>'
        f"<span>{latency.p50:.2f} / {latency.p95:.2f} s</span></dd></div>"
    )


def _plain(turns: Turns) -> str:
    totals = turns.totals
    text = (
        f"The model was asked for {totals.sentences:,} sentences and {totals.reasons:,} reasons; a plain one stands in "
        f"for {totals.plain_sentences:,} and {totals.plain_reasons:,} of them ({percent(totals.fallback)}), because "
        f"what it wrote said more than the facts. {totals.empty:,} of {totals.turns:,} turns had nothing to show, and "
        f"{totals.cut_off:,} ended before their answer did."
    )
    days = [each.totals for each in turns.days]
    series = {
        "plain instead": [each.fallback if each.written else None for each in days],
        "nothing to show": [each.empty / each.turns if each.turns else None for each in days],
        "cut off": [each.cut_off / each.turns if each.turns else None for each in days],
    }
    dates = [each.date for each in turns.days]
    return _section("What did not go as meant", lines(dates, series, text, percent), _says(text))


# Small things


def _name(title: str, facet: str = "") -> str:
    return inert(title, LONGEST_NAME) + (f' <span class="brd-soft">{inert(facet, 40)}</span>' if facet else "")


def _table(head: Sequence[str], rows: Sequence[Sequence[str]], sort: str = "") -> str:
    """The cells are HTML already; the first one of a row is its name, and `head` names the others."""
    heads = "".join(f'<th scope="col">{each}</th>' for each in ("name", *head))
    body = "".join(
        f'<tr><th scope="row">{name}</th>{"".join(f"<td>{cell}</td>" for cell in cells)}</tr>' for name, *cells in rows
    )
    return f'<table class="brd-table {sort}"><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>'


def _moment(at: datetime) -> str:
    there = at.astimezone(timezone.utc)
    return f"{there.day} {there:%B %Y, %H:%M} UTC"
