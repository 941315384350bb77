"""Reading a point in time from whatever a log writes. Knows nothing about rows or events."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache

from dateutil import parser, tz

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LONGEST = 64
"""Characters; anything longer is not a date, and guessing at it is slow."""

_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]*)?", re.ASCII)
_COMPACT_DATE = re.compile(r"(19|20)[0-9]{6}", re.ASCII)
_UNITS = ((1e11, 1.0), (1e14, 1e3), (1e17, 1e6), (1e20, 1e9))
"""A Unix time below each bound is in seconds, milliseconds, microseconds, nanoseconds."""


def parse_moment(value: object) -> datetime:
    """The moment that `value` stands for, in UTC; without a zone it is taken as UTC.

    Understands datetimes, Unix times from 1973 on (seconds, milli-, micro- or nanoseconds, told apart by size),
    YYYYMMDD, ISO-8601 and the formats of python-dateutil (month before day where both readings are possible).
    Raises ValueError when it is none of these, lacks a year or names a zone that has no single offset.
    """
    if isinstance(value, datetime):
        return _to_utc(value)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return _from_unix(float(value))
    text = str(value).strip()
    if not text or len(text) > LONGEST:
        raise ValueError(f"{text[:LONGEST]!r} is not a date")
    if _COMPACT_DATE.fullmatch(text):
        return datetime.strptime(text, "%Y%m%d").replace(tzinfo=UTC)
    if _NUMBER.fullmatch(text):
        return _from_unix(float(text))
    return _from_text(text)


def _to_utc(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        return moment.replace(tzinfo=UTC)
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError(f"{moment} is outside the years 1 to 9999") from None


def _from_unix(number: float) -> datetime:
    if math.isfinite(number) and number >= 1e8:
        for bound, per_second in _UNITS:
            if number < bound:
                return EPOCH + timedelta(microseconds=round(number * (1e6 / per_second)))
    raise ValueError(f"{number:.15g} is not a Unix time after 1973 (order without times goes into `position`)")


@lru_cache(maxsize=65536)
def _from_text(text: str) -> datetime:
    try:
        return _to_utc(datetime.fromisoformat(text.replace("Z", "+00:00")))
    except ValueError:
        return _to_utc(_guess(text))


def _guess(text: str) -> datetime:
    # dateutil fills what is missing from `default`; two defaults show whether the year was missing.
    try:
        first, second = (parser.parse(text, default=datetime(year, 1, 1), tzinfos=_zone) for year in (2000, 2004))
    except (ValueError, OverflowError, TypeError, AttributeError, IndexError, ArithmeticError) as error:
        raise ValueError(f"{text!r} is not a date") from error
    if first.year != second.year:
        raise ValueError(f"{text!r} has no year")
    return first


def _zone(name: str | None, offset: int | None) -> tzinfo | None:
    if offset is not None:
        return tz.tzoffset(name, offset)
    if name is None:
        return None
    raise ValueError(f"the time zone {name!r} is not known by an offset")
