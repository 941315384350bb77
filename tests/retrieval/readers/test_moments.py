"""Dates as logs write them."""

from contextlib import suppress
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sommelier.retrieval.readers.moments import parse_moment

MOMENT = datetime(2000, 7, 30, 18, 45, 3, tzinfo=UTC)


@pytest.mark.parametrize(
    "written",
    [
        964982703, 964982703.0, "964982703", "964982703.0", "964982703000", 964982703000000, "964982703000000000",
        "2000-07-30T18:45:03", "2000-07-30 18:45:03Z", "2000-07-30T20:45:03+02:00", "30 July 2000 18:45:03",
        "Sun, 30 Jul 2000 18:45:03 GMT", "07/30/2000 6:45:03 pm", datetime(2000, 7, 30, 18, 45, 3),
        datetime(2000, 7, 30, 20, 45, 3, tzinfo=timezone(timedelta(hours=2))), MOMENT,
    ],
)  # fmt: skip
def test_one_moment_in_many_spellings(written):
    assert parse_moment(written) == MOMENT
    assert parse_moment(written).utcoffset() == timedelta(0)


@pytest.mark.parametrize("written", ["20000730", "2000-07-30", "July 30, 2000", date(2000, 7, 30)])
def test_day_without_a_time_is_its_midnight(written):
    assert parse_moment(written) == datetime(2000, 7, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "written",
    ["", "soon", "10:30", "March 3", "2000-13-45", "Nov 30 2001 5pm EST", "nan", float("nan"), float("inf"), -5, 1995,
     "1995", True, None, "0001-01-01T00:00+14:00", "9" * 5000, "1e30", [], "\x00", "12/"],
)  # fmt: skip
def test_what_is_not_a_moment_is_refused(written):
    with pytest.raises(ValueError, match=r"is not a|has no|is outside|not known"):
        parse_moment(written)


@given(st.datetimes(timezones=st.just(UTC)))
def test_iso_round_trip(moment):
    assert parse_moment(moment.isoformat()) == moment


@given(st.text(max_size=30))
def test_no_text_raises_anything_but_value_error(text):
    with suppress(ValueError):
        assert parse_moment(text).tzinfo is not None
