"""The words of bounds around a number: "under", "or less", "from ... on". Knows no attribute and no unit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import regex

from ..knowledge.language import NUMBER, LanguagePack

_LEFT = frozenset({"most", "least", "about", "before", "until", "after", "since", "exactly"})


@dataclass(frozen=True)
class BoundWords:
    """The words of bounds, as they stand before and after a number."""

    left: Mapping[str, regex.Pattern[str]]
    right: Mapping[str, regex.Pattern[str]]
    joined: regex.Pattern[str]
    linked: regex.Pattern[str]
    """A bare number and the word between it and the next: "85 bis" of "85 bis 100 Minuten"."""
    tail: regex.Pattern[str]
    after_number: regex.Pattern[str]

    @staticmethod
    @lru_cache(maxsize=16)
    def of(pack: LanguagePack) -> BoundWords:
        """Those of a language."""
        table = pack.table("bounds")
        gap = table.get("gap", r"\s*")
        edge = "" if pack.joined else r"(?<![\w'])"
        left = {name: regex.compile(rf"{edge}(?:{'|'.join(map(pack.spelled, words))}){gap}$", regex.IGNORECASE)
                for name, words in table.items() if name in _LEFT}  # fmt: skip
        after = "" if pack.joined else r"(?![\w'])"
        right = {name: regex.compile(rf"^\s*(?:{'|'.join(map(pack.spelled, words))}){after}", regex.IGNORECASE)
                 for name, words in table.items() if name.endswith("_after")}  # fmt: skip
        to = "|".join(map(pack.spelled, table.get("to", ["-"])))
        between = "|".join(map(pack.spelled, table.get("between", [])))
        joined = regex.compile(
            rf"(?:(?:{between})\s*)?(?P<low>[\ue000-\uf8ff]|{NUMBER})\s*(?:{to})\s*(?:the )?(?P<high>[\ue000-\uf8ff])",
            regex.IGNORECASE,
        )
        return BoundWords(
            left,
            right,
            joined,
            regex.compile(rf"{NUMBER}\s*(?:{to})\s*$", regex.IGNORECASE),
            regex.compile(table.get("tail", "(?!)"), regex.IGNORECASE),
            regex.compile(table.get("after_number", "(?!)"), regex.IGNORECASE),
        )

    def stands_alone(self, text: str, start: int, end: int) -> bool:
        """Whether a number without a unit is all that its clause says: "so 45", "300 then", not "three comedies"."""
        behind = text[end:].lstrip()
        ends = not behind or behind[0] in ".,;!?)" or bool(self.after_number.match(behind))
        return ends or self.around(text, start, end, year=False)[1:] != (start, end)

    def around(self, text: str, start: int, end: int, *, year: bool) -> tuple[str, int, int]:
        """Which side of a number is meant, and the span with the words that say so. "" where nothing does."""
        sides = (
            ("before", "until", "after", "since", "about", "exactly") if year else ("most", "least", "about", "exactly")
        )
        if tail := self.tail.match(text, end):
            end = tail.end()
        ahead, behind = text[max(0, start - 60) : start], text[end : end + 40]
        after = [(side, match) for side in (*sides, "most", "least") if (pattern := self.right.get(f"{side}_after"))
                 and (match := pattern.match(behind))]  # fmt: skip
        found = [
            (side, match) for side in sides if (pattern := self.left.get(side)) and (match := pattern.search(ahead))
        ]
        if self.linked.search(ahead):
            found = []
        side, match = min(found, key=lambda each: (each[1].start(), each[0] == "exactly"), default=("", None))
        begin = start - (len(ahead) - match.start()) if match else start
        if after:
            said, tail = max(after, key=lambda each: each[1].end())
            side = said if side in ("", "exactly", "since", "about") or year else side
            return (
                {"most": "until", "least": "since"}.get(side, side) if year and side in ("most", "least") else side,
                begin,
                end + tail.end(),
            )
        return side, begin, end
