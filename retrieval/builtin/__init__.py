"""The built-in catalogue: where its three files lie.

Knows only the paths and must not know more: reading them is the work of whatever reads any other catalogue.
"""

from importlib import resources
from pathlib import Path

_FOLDER = Path(str(resources.files(__name__)))

FILMS = _FOLDER / "films.jsonl"
"""One real film per line: id, title, year, genres, director, cast, runtime (minutes), country, language,
age_rating, keywords, description."""

VIEWERS = _FOLDER / "viewers.jsonl"
"""One simulated viewer per line: id, name, simulated (always true), persona, age_band, region, language,
watches_with."""

EVENTS = _FOLDER / "events.jsonl"
"""One simulated event per line, oldest first: id, user, item, kind, value (0.5-5 stars of a rating, else null),
at (ISO-8601, UTC)."""

__all__ = ["EVENTS", "FILMS", "VIEWERS"]
