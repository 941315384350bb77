"""Numbers in signs of their own (七十, 一百二, 二〇一〇) as digits. The signs are data of a language.

Knows no catalogue.
"""

from __future__ import annotations

from collections.abc import Mapping

import regex
from text_to_num import alpha2digit

from ..knowledge.language import LanguagePack

_TEXT2NUM = frozenset({"en", "de", "es", "fr"})
_KEPT = "\U0001bc00"
"""A letter of no language here. Keeps a word from being read as a number: "one" is more often none."""

_MYRIAD = 10_000


def signs_as_digits(text: str, pack: LanguagePack) -> str:
    """The text with its numbers as digits, but for signs within words that count nothing (`[macros] ONE`)."""
    table = pack.table("numerals")
    signs: Mapping[str, int] = table.get("signs", {})
    if not signs:
        return text
    run = f"[{''.join(signs)}]+"
    expression = (
        f"(?:{table['kept']})|(?P<whole>{run})(?:{table['point']}(?P<part>{run}))?(?P<pair>(?={table['pair']}))?"
    )
    return str(regex.sub(expression, lambda match: _digits(match, signs), text))


def _digits(match: regex.Match[str], signs: Mapping[str, int]) -> str:
    whole = _number([signs[each] for each in match["whole"]], match["pair"] is not None) if match["whole"] else None
    if whole is None:
        return str(match[0])
    part = "".join(str(signs[each]) for each in match["part"] or "")
    return f"{whole}.{part}" if part else whole


def _number(sizes: list[int], pair: bool) -> str | None:
    """None for what is no one number: "seven eight" is some of them, not 78, but where a year follows."""
    if all(size < 10 for size in sizes):
        return "".join(map(str, sizes)) if pair or len(sizes) not in (2, 3) else None
    bare = all(size >= 100 for size in sizes)
    return None if bare else str(_of_powers(sizes))


def _of_powers(sizes: list[int]) -> int:
    """Digits before powers of ten; a last one without its power has the next lower: "hundred two" is 120."""
    total, digit, power = 0, 0, 1
    for size in sizes:
        if size < 10:
            power, digit = (power if size else 1), size
        elif size == _MYRIAD:
            total, digit, power = (total + digit) * size, 0, size
        else:
            total, digit, power = total + (digit or 1) * size, 0, size
    return total + digit * (power // 10 if power > 10 else 1)


def with_digits(text: str, pack: LanguagePack) -> str:
    """The text with its number words as digits, where the language's are known. "one" and "third" stay words."""
    if pack.code not in _TEXT2NUM:
        return signs_as_digits(text, pack)
    words = [each for each in (pack.table("macros").get("ONE"), *pack.table("ordinals")) if each]
    kept = (
        regex.sub(rf"(?<![\w-])({'|'.join(words)})(?![\w-])", rf"{_KEPT}\1", text, flags=regex.IGNORECASE)
        if words
        else text
    )
    lines = [alpha2digit(line, pack.code, threshold=0.0) for line in kept.split("\n")]
    return "\n".join(lines).replace(_KEPT, "")


def number_of(text: str) -> float:
    """A number as it is written: "1,200", "4.5", "4,5"."""
    plain = text.replace(" ", "")
    if regex.fullmatch(r"\d{1,3}(?:[,.]\d{3})+", plain):
        return float(regex.sub("[,.]", "", plain))
    return float(plain.replace(",", "."))
