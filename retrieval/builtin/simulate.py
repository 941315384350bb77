"""Simulate sixty viewers of the built-in films: `python -m sommelier.retrieval.builtin.simulate` rewrites both files.

Knows how a viewer's taste drifts from one persona to another and how a taste becomes dated events. The viewers are
invented and the events happened to nobody. Whole numbers throughout, so that every Python and every platform
writes the same bytes.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, TypeAlias

from . import EVENTS, FILMS, VIEWERS
from .personas import PERSONAS, Facet, Persona, Taste

Row: TypeAlias = Mapping[str, Any]

SEED = 20261031
LAST_DAY = datetime(2026, 10, 31, tzinfo=UTC)
DAYS = 548
"""Eighteen months. Evenings start on LAST_DAY - DAYS ... LAST_DAY - 1, so that even a late one ends by LAST_DAY."""

VISITS = range(20, 41)
"""Evenings per viewer; each makes one or two events, hence 20 to 80 of them."""

NAMES = (
    "Amina", "Aurelio", "Bao", "Beatriz", "Callum", "Chiara", "Dalia", "Daniyar", "Eero", "Efua", "Farid", "Freya",
    "Gabriel", "Greta", "Hana", "Hugo", "Ines", "Ishaan", "Jamal", "Jun", "Kaia", "Kenji", "Lena", "Lwazi", "Maeve",
    "Mateo", "Nadia", "Nikhil", "Oksana", "Omar", "Paloma", "Petra", "Quentin", "Quynh", "Rafael", "Rania", "Sione",
    "Soraya", "Tamsin", "Tomasz", "Uma", "Umberto", "Valentina", "Viggo", "Wanjiru", "Wen", "Ximena", "Xavier",
    "Yara", "Yusuf", "Zainab", "Zoltan", "Anahera", "Bjorn", "Cleo", "Dmitri", "Esther", "Folasade", "Goran",
    "Hye-jin",
)  # fmt: skip

HOMES = (
    ("Europe", "English"), ("Europe", "French"), ("Europe", "German"), ("Europe", "Spanish"), ("Europe", "Italian"),
    ("North America", "English"), ("North America", "Spanish"), ("South America", "Portuguese"),
    ("South America", "Spanish"), ("Africa", "English"), ("Africa", "French"), ("Middle East", "Arabic"),
    ("South Asia", "Hindi"), ("East Asia", "Japanese"), ("East Asia", "Korean"), ("East Asia", "Mandarin"),
    ("Oceania", "English"),
)  # fmt: skip

COMPANY = ("alone", "partner", "friends", "family")

FOLLOW_UPS: Mapping[str, str] = {
    "alien-1979": "aliens-1986",
    "batman-begins-2005": "the-dark-knight-2008",
    "before-sunrise-1995": "before-sunset-2004",
    "blade-runner-1982": "blade-runner-2049-2017",
    "casino-royale-2006": "skyfall-2012",
    "dune-2021": "dune-part-two-2024",
    "frankenstein-1931": "young-frankenstein-1974",
    "godzilla-1954": "godzilla-minus-one-2023",
    "mad-max-1979": "mad-max-2-1981",
    "mad-max-2-1981": "mad-max-fury-road-2015",
    "paddington-2014": "paddington-2-2017",
    "rocky-1976": "creed-2015",
    "star-wars-1977": "the-empire-strikes-back-1980",
    "the-terminator-1984": "terminator-2-judgment-day-1991",
}
"""What people who watched the first tend to watch next, beyond another film by the same director."""


@dataclass
class _Viewing:
    """One viewer as the simulation runs: who they are, where their taste starts and ends, what they met."""

    row: dict[str, Any]
    start: Persona
    end: Persona
    whims: Taste
    met: list[str] = field(default_factory=list)
    saved: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class _World:
    """What all viewers share: the films, how well known each is, and the order in which a persona meets them."""

    films: Mapping[str, Row]
    facets: Mapping[str, frozenset[Facet]]
    fame: Mapping[str, int]
    affinity: Mapping[str, Mapping[str, int]]
    canon: Mapping[str, Sequence[str]]


def simulate(films: Iterable[Row]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Viewers and their events (oldest first) for the given film rows. Their order in `films` does not matter."""
    rng = Random(SEED)
    world = _world({film["id"]: film for film in sorted(films, key=lambda film: str(film["id"]))}, rng)
    viewings = [_viewer(number, name, world, rng) for number, name in enumerate(NAMES, start=1)]
    events = [event for viewing in viewings for event in _history(viewing, world, rng)]
    events.sort(key=lambda event: (event["at"], event["user"]))
    numbered = [{"id": f"event-{number:05d}", **event} for number, event in enumerate(events, start=1)]
    return [viewing.row for viewing in viewings], numbered


def render(rows: Iterable[Row]) -> str:
    """The rows as JSON Lines."""
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def _world(films: Mapping[str, Row], rng: Random) -> _World:
    facets = {key: _facets(film) for key, film in films.items()}
    fame = _fame(films, rng)
    affinity = {persona.name: {key: _points(persona.taste, facets[key]) for key in films} for persona in PERSONAS}
    canon = {persona.name: _canon(affinity[persona.name], fame, rng) for persona in PERSONAS}
    return _World(films, facets, fame, affinity, canon)


def _facets(film: Row) -> frozenset[Facet]:
    pairs = {("era", f"{film['year'] // 10 * 10}s"), ("language", film["language"])}
    pairs |= {(facet, value) for facet in ("genres", "keywords", "director", "country") for value in film[facet]}
    return frozenset(pairs)


def _points(taste: Taste, facets: frozenset[Facet]) -> int:
    return sum(points for facet, points in taste.items() if facet in facets)


def _fame(films: Mapping[str, Row], rng: Random) -> dict[str, int]:
    """How well known each film is: falls with its rank, so that few films get many of the events."""

    def luck(film: Row) -> int:
        year: int = film["year"]
        return rng.randrange(100) + (year - 1920) // 3 + (25 if film["language"] == "English" else 0)

    ranked = sorted(films, key=lambda key: (-luck(films[key]), key))
    return {key: 12_000 // (rank + 20) for rank, key in enumerate(ranked)}


def _canon(affinity: Mapping[str, int], fame: Mapping[str, int], rng: Random) -> list[str]:
    """Up to thirty films in the order in which one persona tends to meet them: the fitting and famous first."""
    left = {key: (affinity[key] ** 3) * fame[key] for key in affinity if affinity[key] >= 5}
    canon: list[str] = []
    while left and len(canon) < 30:
        chosen = _draw(left, rng)
        canon.append(chosen)
        del left[chosen]
    return canon


def _draw(weights: Mapping[str, int], rng: Random) -> str:
    return rng.choices(list(weights), weights=list(weights.values()))[0]


def _viewer(number: int, name: str, world: _World, rng: Random) -> _Viewing:
    start = PERSONAS[(number - 1) % len(PERSONAS)]
    by_name = {persona.name: persona for persona in PERSONAS}
    end = by_name[rng.choice(start.leads_to)]
    region, language = rng.choice(HOMES)
    row = {
        "id": f"viewer-{number:02d}", "name": name, "simulated": True, "persona": end.phrase,
        "age_band": rng.choice(start.age_bands), "region": region, "language": language,
        "watches_with": rng.choice(COMPANY),
    }  # fmt: skip
    favourites = rng.sample(sorted({pair for key in world.canon[start.name] for pair in world.facets[key]}), 2)
    return _Viewing(row, start, end, {("language", language): 1, **dict.fromkeys(favourites, 2)})


def _history(viewing: _Viewing, world: _World, rng: Random) -> list[dict[str, Any]]:
    """All events of one viewer, in order."""
    events: list[dict[str, Any]] = []
    for day in sorted(rng.sample(range(DAYS), rng.choice(VISITS))):
        drift = _drift(day)
        item = _choose(viewing, drift, world, rng)
        at = LAST_DAY - timedelta(days=DAYS - day) + timedelta(minutes=rng.randrange(17 * 60, 20 * 60))
        events += _visit(viewing, item, drift, at, world, rng)
        viewing.met.append(item)
    return events


def _drift(day: int) -> int:
    """How far the taste has moved from the first persona to the second, 0 to 100: still, then moving, then settled."""
    return min(100, max(0, (day * 100 // DAYS - 20) * 100 // 60))


def _choose(viewing: _Viewing, drift: int, world: _World, rng: Random) -> str:
    """The next film: something saved, a follow-up, the next of the persona's path, or whatever suits the taste."""
    mood = rng.randrange(100)
    if viewing.saved and mood < 25:
        return viewing.saved.pop(0)
    follow_up = _follow_up(viewing)
    if follow_up is not None and mood < 55:
        return follow_up
    if mood < 75:
        persona = viewing.end if rng.randrange(100) < drift else viewing.start
        onward = _onward(world.canon[persona.name], viewing, rng)
        if onward is not None:
            return onward
    return _draw(_appeal(viewing, drift, world, famous_only=mood >= 95), rng)


def _follow_up(viewing: _Viewing) -> str | None:
    recent = (FOLLOW_UPS.get(item) for item in reversed(viewing.met[-3:]))
    return next((item for item in recent if item is not None and item not in viewing.met), None)


def _onward(canon: Sequence[str], viewing: _Viewing, rng: Random) -> str | None:
    """The first unmet film of the path after the last one met there; now and then one is skipped."""
    last = max((place for place, item in enumerate(canon) if item in viewing.met), default=-1)
    ahead = [item for item in canon[last + 1 :] if item not in viewing.met]
    return rng.choice(ahead[:2]) if ahead else None


def _appeal(viewing: _Viewing, drift: int, world: _World, *, famous_only: bool) -> dict[str, int]:
    """How strongly each unmet film draws this viewer today; `famous_only` ignores taste (everyone talks about it)."""
    fresh = [key for key in world.films if key not in viewing.met]
    if famous_only:
        return {key: world.fame[key] for key in fresh}
    last_directors = set(world.films[viewing.met[-1]]["director"]) if viewing.met else set()
    return {
        key: _liking(viewing, drift, key, world) ** 3
        * world.fame[key]
        * (6 if last_directors.intersection(world.films[key]["director"]) else 1)
        for key in fresh
    }


def _liking(viewing: _Viewing, drift: int, key: str, world: _World) -> int:
    """Tenths of taste points, about 5 (a stranger) to 200."""
    before, after = world.affinity[viewing.start.name][key], world.affinity[viewing.end.name][key]
    return 5 + ((100 - drift) * before + drift * after) // 10 + 10 * _points(viewing.whims, world.facets[key])


def _visit(viewing: _Viewing, item: str, drift: int, at: datetime, world: _World, rng: Random) -> list[dict[str, Any]]:
    """One evening: looking, saving, watching and saying what one thought of it."""
    mood = rng.randrange(100)
    if mood < 10:
        return [_event(viewing, item, "view", at)]
    if mood < 20 and item not in viewing.met:
        viewing.saved.append(item)
        return [_event(viewing, item, "view", at), _event(viewing, item, "save", at + timedelta(minutes=2))]
    stars = _half_stars(_liking(viewing, drift, item, world), rng)
    watched = _event(viewing, item, "seen" if mood < 27 else "play", at)
    verdict = _verdict(stars, rng)
    if verdict is None:
        return [watched]
    later = at + timedelta(minutes=world.films[item]["runtime"] + rng.randrange(3, 25))
    return [watched, _event(viewing, item, verdict, later, stars / 2 if verdict == "rating" else None)]


def _half_stars(liking: int, rng: Random) -> int:
    """A rating in half stars, 1 to 10, around 4 for a film outside the taste and 9 for one at its heart."""
    noise = rng.randrange(-2, 3)
    return min(10, max(1, 4 + min(5, liking // 20) + noise))


def _verdict(stars: int, rng: Random) -> str | None:
    mood = rng.randrange(100)
    if mood < 45:
        return "rating"
    if mood < 75 and stars >= 8:
        return "like"
    if mood < 85 and stars <= 5:
        return "dislike"
    return None


def _event(viewing: _Viewing, item: str, kind: str, at: datetime, value: float | None = None) -> dict[str, Any]:
    return {"user": viewing.row["id"], "item": item, "kind": kind, "value": value, "at": f"{at:%Y-%m-%dT%H:%M:%SZ}"}


def main() -> None:
    """Rewrite the viewers and the events."""
    lines = FILMS.read_text(encoding="utf-8").splitlines()
    viewers, events = simulate([json.loads(line) for line in lines])
    VIEWERS.write_bytes(render(viewers).encode())
    EVENTS.write_bytes(render(events).encode())
    print(f"{len(viewers)} simulated viewers, {len(events)} events")


if __name__ == "__main__":
    main()
