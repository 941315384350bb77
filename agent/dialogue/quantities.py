"""Amounts, years and comparisons in a message, as bounds on the catalogue's own quantities.

Spans that stand for a bound ("an hour and a half tops", "the last five years of the nineties", "newer than Avatar") are
replaced in the marked text. Which attribute a unit measures is told by the schema, what is said by the language. Knows
no grammar beyond a bound's own words.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache

import regex

from ...retrieval.catalogue import Item
from ..dialogue_state import Constraint
from ..knowledge.language import NUMBER, LanguagePack
from .bound_words import BoundWords
from .marked_text import MarkedText, Mention, MentionKind
from .numerals import number_of
from .schema import AttributeSchema, CatalogueSchema
from .units import NEAR, in_unit, own_value, plain_number

YEARS_NEAR = 3
_SIDES = {"most": "$lte", "least": "$gte", "before": "$lt", "until": "$lte", "after": "$gt", "since": "$gte"}
_FITTING = frozenset({
    ("", ""), ("since", ""), ("since", "most"), ("least", ""), ("", "until"), ("since", "until"), ("exactly", ""),
    ("exactly", "until"), ("exactly", "most"), ("", "most"), ("exactly", "exactly"),
})  # fmt: skip
"""Sides that the two bounds of one span may have."""
_NUMBERS = {"one": 1.0, "two": 2.0, "three": 3.0, "four": 4.0, "five": 5.0, "six": 6.0}
"""Groups of an expression whose words mean a number: "zu viert" seats four."""


@dataclass(frozen=True, slots=True)
class Amount:
    """A number with what it measures: the role of an attribute, "year", or "" where only the number was said."""

    role: str
    low: float
    high: float
    side: str = ""
    """The bound that it is where no words around it say so: "a pack of at least ten" is one already."""


class QuantityReader:
    """Reads the bounds of one catalogue's quantities in one language."""

    def __init__(self, schema: CatalogueSchema, pack: LanguagePack, item: Callable[[str], Item | None]) -> None:
        self._schema, self._pack, self._item = schema, pack, item
        self._bounds = BoundWords.of(pack)

    def mark(self, marked: MarkedText, waiting: tuple[str, str] = ("", "")) -> None:
        """Replace every bound. `waiting` is the role that a number without a unit is about ("" for none) and the side
        of the bound that it moves."""
        marked.mark_all(self._pack.patterns("years", "like"), lambda match: self._compared(marked, match))
        marked.mark_all(self._pack.patterns("years", "span"), self._span)
        found = sorted(self._amounts(marked.text, waiting), key=lambda each: (each[0], -each[1]))
        for start, end, amount in reversed(list(_apart(found))):
            self._mark_bound(marked, start, end, amount)
        self._join(marked)

    # Amounts

    def _amounts(self, text: str, waiting: tuple[str, str]) -> Iterator[tuple[int, int, Amount]]:
        for role in ("duration", "weight", "price", "players", "pack", "pages", "rating"):
            pattern = self._pack.patterns("amounts", role)
            if pattern is not None and self._schema.with_role(role):
                for match in pattern.finditer(text):
                    size = _size(role, match)
                    side = "least" if "least" in _said(match) else ""
                    yield match.start(), match.end(), Amount(role, size, size, side)
        yield from self._bare(text)
        if self._schema.with_role("year"):
            yield from self._years(text)
        if waiting[0]:
            for match in _BARE.finditer(text):
                if not self._bounds.stands_alone(text, *match.span()):
                    continue
                size = number_of(match[0])
                yield match.start(), match.end(), Amount(waiting[0], size, size, waiting[1])

    def _bare(self, text: str) -> Iterator[tuple[int, int, Amount]]:
        """Numbers that only the words of a bound go with: of a price, where there are prices, else of a time."""
        pattern = self._pack.patterns("amounts", "bare")
        role = next((each for each in ("price", "duration") if self._schema.with_role(each)), "")
        for match in pattern.finditer(text) if pattern is not None and role else ():
            start, end = match.span("n")
            size = number_of(match["n"])
            if not _YEAR.fullmatch(match["n"]):
                yield start, end, Amount(role, size, size)

    def _years(self, text: str) -> Iterator[tuple[int, int, Amount]]:
        pattern = self._pack.patterns("years", "decade")
        for match in pattern.finditer(text) if pattern is not None else ():
            first, last = self._decade(match)
            yield match.start(), match.end(), Amount("year", first, last)
        for match in _YEAR.finditer(text):
            if (
                text[match.start() - 1 : match.end() + 1] == f"({match[0]})"
            ):  # the year of something that is no item here
                continue
            yield match.start(), match.end(), Amount("year", float(match[0]), float(match[0]))

    def _decade(self, match: regex.Match[str]) -> tuple[float, float]:
        said = _said(match)
        if "short" in said:
            year = _first_year(None, said["short"])
            return year, year
        named = self._pack.table("decades").get(said.get("decade", "").casefold()) if "decade" in said else None
        if isinstance(named, str):
            first, last = map(float, named.split("-"))
            return first, last
        first = float(named) if named is not None else _first_year(said.get("century"), said["tens"])
        part = self._pack.table("parts").get(said.get("part", "").casefold(), "")
        begin, end = {"early": (0, 3), "mid": (3, 6), "late": (6, 9)}.get(part, (0, 9))
        if "last" in said:
            begin = 10 - int(number_of(said["last"]))
        if "first" in said:
            end = int(number_of(said["first"])) - 1
        return first + begin, first + end

    # Bounds

    def _mark_bound(self, marked: MarkedText, start: int, end: int, amount: Amount) -> None:
        side, left, right = self._bounds.around(marked.text, start, end, year=amount.role == "year")
        attributes = self._schema.with_role(amount.role)
        if attributes and (bounds := _bounded(amount, side)):
            marked.mark(left, right, "range", _Span(amount, side, self._constraints(amount.role, attributes, bounds)))

    def _constraints(
        self, role: str, attributes: tuple[AttributeSchema, ...], bounds: Mapping[str, float]
    ) -> tuple[Constraint, ...]:
        if role == "players" and len(attributes) > 1:
            return _players(attributes, bounds)
        attribute = attributes[0]
        return (Constraint("range", (attribute.name,), bounds=in_unit(attribute, bounds)),)

    def _join(self, marked: MarkedText) -> None:
        """ "between A and B", "A to B": two bounds of one attribute that are one."""
        pattern = self._bounds.joined
        marked.mark_all(pattern, lambda match: self._between(marked, match))

    def _between(self, marked: MarkedText, match: regex.Match[str]) -> tuple[MentionKind, object] | None:
        first, second = (marked.at(match[group]) for group in ("low", "high"))
        if (
            second
            and first is None
            and second.kind == "range"
            and isinstance(second.what, _Span)
            and match["low"][0].isdigit()
        ):
            first = Mention("range", replace(second.what, amount=_moved(second.what.amount, match["low"]), side=""), "")
        if not (first and second and first.kind == second.kind == "range"):
            return None
        one, other = first.what, second.what
        if not isinstance(one, _Span) or not isinstance(other, _Span) or other.amount.role != one.amount.role:
            return None
        if (one.side, other.side) not in _FITTING:
            return None
        low, high = sorted((one.amount, other.amount), key=lambda each: each.low)
        both = Amount(one.amount.role, low.low, high.high)
        return "range", _Span(both, "", self._constraints(both.role, self._schema.with_role(both.role), _within(both)))

    def _span(self, match: regex.Match[str]) -> tuple[MentionKind, object] | None:
        years = self._schema.with_role("year")
        bounds = _years_said(_said(match))
        if not years or not bounds:
            return None
        return "range", _Span(Amount("year", 0, 0), "", self._constraints("year", years, bounds))

    def _compared(self, marked: MarkedText, match: regex.Match[str]) -> tuple[MentionKind, object] | None:
        """Newer than a named item: its own value is the bound."""
        title = marked.at(match["title"])
        if title is None or title.kind != "title" or not title.what:
            return None
        groups = match.groupdict()
        table, word = ("vague", groups["vague"]) if groups.get("vague") else ("directions", groups["direction"])
        role, way = direction_of(self._pack, table, word)
        if not role:  # a bare adjective compares where the language says that it does
            role, way = direction_of(self._pack, "comparatives", word)
        item = self._item(title.what[0])
        attribute = next(iter(self._schema.with_role(role)), None)
        value = own_value(item, attribute.name) if item and attribute else None
        if attribute is None or value is None:
            return None
        negated = bool(groups.get("not"))
        side = {("more", False): "$gt", ("less", False): "$lt", ("more", True): "$lte", ("less", True): "$gte"}[
            way, negated
        ]
        side = {"$gt": "$gte", "$lt": "$lte"}.get(side, side) if groups.get("vague") else side
        constraint = Constraint("range", (attribute.name,), bounds={side: value}, relative=True)
        return "range", _Span(Amount(role, value, value), "than", (constraint,))


@dataclass(frozen=True, slots=True)
class _Span:
    """What a range's symbol stands for: its amount, which side of it is meant, and the constraints that come of it."""

    amount: Amount
    side: str
    constraints: tuple[Constraint, ...]

    @property
    def is_sure(self) -> bool:
        """Whether a measure and a bound were named, so that it can hardly be about something else."""
        return self.side in ("most", "least") and self.amount.role != "year"


_BARE = regex.compile(rf"(?V1)(?<![[\w--[\p{{Han}}]].,$€£:/#%-]){NUMBER}(?![[\w--[\p{{Han}}]]:/%]|[.,]\d)")
_YEAR = regex.compile(
    r"(?V1)(?<![[\w--[\p{Han}]]$€£.,:/])(?:1[89]\d\d|20\d\d)(?![\d%$€£]|[.,:]\d)(?!\s?(?:dollars|euros?|pounds|people|pages|sheets|g\b|kg\b))"
)


@lru_cache(maxsize=16384)
def direction_of(pack: LanguagePack, table: str, word: str) -> tuple[str, str]:
    """(role, "more" or "less") of an adjective in `directions` or `vague`. ("", "") for none of them."""
    key = regex.sub(r"[\s-]+", "-", word.casefold().strip())
    for name, words in pack.table(table).items():
        if key in words.split() or key.replace("-", "") in words.split():
            role, _, way = name.partition(".")
            return role, way
    return "", ""


def _moved(amount: Amount, low: str) -> Amount:
    """The same measure with a number that stood without its unit: the ten of "ten to twenty dollars"."""
    size = number_of(low) * (60 if amount.role == "duration" and amount.high >= 60 and number_of(low) < 10 else 1)
    return Amount(amount.role, size, size)


def _apart(found: list[tuple[int, int, Amount]]) -> Iterator[tuple[int, int, Amount]]:
    """Of amounts that overlap, the one that begins first and is longest."""
    reached = -1
    for start, end, amount in found:
        if start >= reached:
            reached = end
            yield start, end, amount


def _size(role: str, match: regex.Match[str]) -> float:
    said = _said(match)
    if role == "duration":
        hours = _count(said.get("h", "0")) + (0.5 if "half" in said else 0) + _named(said)
        return 60 * hours + 15 * _count(said.get("q", "0")) + _count(said.get("m", "0"))
    if role == "weight":
        return 1000 * _count(said.get("kg", "0")) + _count(said.get("g", "0")) + (500 if "halfkilo" in said else 0)
    return 0.0 if "free" in said else _named(said) or _count(said["n"])


def _said(match: regex.Match[str]) -> dict[str, str]:
    """The groups that matched."""
    return {name: text for name, text in match.groupdict().items() if text}


def _named(said: Mapping[str, str]) -> float:
    """The number that a group is named after; 0 where none is."""
    return next((size for name, size in _NUMBERS.items() if name in said), 0.0)


def _count(text: str) -> float:
    """A number; an article counts one."""
    return number_of(text) if text[:1].isdigit() else 3.0 if text.casefold() == "three" else 1.0


def _bounded(amount: Amount, side: str) -> dict[str, float]:
    if side == "about":
        margin = YEARS_NEAR if amount.role == "year" else NEAR * amount.high
        spans = amount.low != amount.high
        return _within(amount) if spans else {"$gte": amount.low - margin, "$lte": amount.high + margin}
    if side in _SIDES:
        return {_SIDES[side]: amount.high if side in ("after", "until", "most") else amount.low}
    return _default(amount)


def _default(amount: Amount) -> dict[str, float]:
    """What a number without words of a bound means: so long or so dear at the most, so many at the least."""
    if amount.role == "price":
        return {"$lte": amount.high}
    if amount.side == "most":
        return {"$lte": amount.high}
    if amount.side == "least" or amount.role in ("pages", "rating"):
        return {"$gte": amount.low}
    if amount.role == "duration":
        return {"$gte": amount.low * (1 - NEAR), "$lte": amount.high * (1 + NEAR)}
    return _within(amount)


def _within(amount: Amount) -> dict[str, float]:
    return {"$gte": amount.low, "$lte": amount.high}


def _players(attributes: tuple[AttributeSchema, ...], bounds: Mapping[str, float]) -> tuple[Constraint, ...]:
    """A party of four: a game for two to six will do. "Up to six" and "at least six" seat six."""
    most = max(attributes, key=lambda each: each.spread[-1])
    fewest = min(attributes, key=lambda each: each.spread[-1])
    party = min(bounds.values())
    seats = Constraint("range", (most.name,), bounds={"$gte": plain_number(party)})
    if len(bounds) == 1:
        return (seats,)
    return seats, Constraint("range", (fewest.name,), bounds={"$lte": plain_number(party)})


def _first_year(century: str | None, tens: str) -> float:
    if len(tens) == 4:
        return float(tens)
    return float((century or ("19" if int(tens) >= 30 else "20")) + tens)


def _years_said(said: Mapping[str, str]) -> dict[str, float]:
    """The bounds of "the last ten years", "this year", "the 19th century", "older than me, I'm 38"."""
    now = datetime.now(UTC).year
    if "back" in said:
        return {"$gte": now - (int(number_of(said["n"])) if said.get("n") else 10)}
    if "century" in said:
        return {"$gte": 100 * (int(said["century"]) - 1), "$lte": 100 * int(said["century"]) - 1}
    begun = 100 * (now // 100)
    fixed = {
        "thiscentury": {"$gte": begun},
        "lastcentury": {"$gte": begun - 100, "$lt": begun},
        "this": {"$gte": now, "$lte": now},
        "lastyear": {"$gte": now - 1, "$lte": now - 1},
    }
    if found := next((bounds for name, bounds in fixed.items() if name in said), None):
        return {side: float(bound) for side, bound in found.items()}
    if "older" in said or "newer" in said:
        side = "$lt" if "older" in said else "$gt"
        return {side: now - number_of(said.get("older") or said["newer"])}
    if "year" in said:
        return {"$gte" if "notbefore" in said else "$lt": float(said["year"])}
    return {}
