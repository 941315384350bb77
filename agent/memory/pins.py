"""Pins: what holds for a person for good, because they said that it be remembered. Knows what a condition is, not how
one is read."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime

import sqlalchemy as sa
from pydantic import TypeAdapter, ValidationError

from ..dialogue_state import Constraint
from .connection import Database, replace, to_json
from .schema import PINS, microseconds

_CONSTRAINT = TypeAdapter(Constraint)


class PinStore:
    """The pins of one database. Its methods raise what `Database` raises."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, user: str) -> tuple[Constraint, ...]:
        """A user's pins, oldest first. A row that cannot be read is left out: the rest still holds."""
        # As text: a row that is no JSON would end the reading of all.
        written = sa.select(sa.cast(PINS.c.pin, sa.Text)).where(PINS.c.user == user)
        with self._database.read() as connection:
            rows = connection.execute(written.order_by(PINS.c.at, PINS.c.condition)).scalars().all()
        return tuple(pin for row in rows if (pin := _pin(row)) is not None)

    def add(self, user: str, pins: Iterable[Constraint]) -> None:
        """Keep these for the user; what says the same as one that is there takes its place."""
        now = microseconds(datetime.now(UTC))
        rows = [
            {"user": user, "condition": _condition(each), "pin": _CONSTRAINT.dump_python(each, mode="json"),
             "at": now + place}
            for place, each in enumerate(pins)
        ]  # fmt: skip
        if rows:
            with self._database.write() as connection:
                connection.execute(replace(connection, PINS), rows)

    def remove(self, user: str, pins: Iterable[Constraint]) -> None:
        """Forget those of the user's pins that say the same as these."""
        gone = [_condition(each) for each in pins]
        if gone:
            with self._database.write() as connection:
                connection.execute(sa.delete(PINS).where(PINS.c.user == user, PINS.c.condition.in_(gone)))

    def remove_at(self, user: str, place: int) -> Constraint:
        """Forget the user's pin at a place of `of`, and return it. Raises IndexError when there are not so many."""
        pins = self.of(user)
        if not 0 <= place < len(pins):
            raise IndexError(f"there is no pin {place}, only {len(pins)}: they are counted from 0")
        self.remove(user, [pins[place]])
        return pins[place]


def _condition(pin: Constraint) -> str:
    """Names what a pin asks of an item, however it was said."""
    said = to_json([pin.kind, pin.attributes, pin.values, sorted(pin.bounds.items())])
    return hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest()


def _pin(written: str) -> Constraint | None:
    try:
        return _CONSTRAINT.validate_json(written)
    except ValidationError:
        return None
