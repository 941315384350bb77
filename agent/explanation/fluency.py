"""How well a short text reads: slips that make a sentence sound like a form, counted by rules.

A text without slips scores 1; each slip costs its weight, and nothing goes below 0. A model's sentence replaces the
plain one only where it scores no less (`no_worse`). What is true is the verifier's business, not this file's.

The model's own perplexity is not asked: `LanguageModel` scores answers to a question, not the likelihood of a text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from ..knowledge.phrases import article
from .extract import counted

WEIGHTS = {
    "dangling": 0.5, "grammar": 0.4, "repetition": 0.25, "doubled clause": 0.25, "case": 0.2, "spacing": 0.2,
    "long": 0.15, "shape": 0.15,
}  # fmt: skip
"""What each slip costs, by its kind."""
LONGEST_SENTENCE = 28
"""Words of a sentence from which it is long; every five more are another slip."""

_NAME = "Xx"
_WORD = re.compile(r"[^\W_]+(?:[-'\u2019.][^\W_]+)*")
_SENTENCE = re.compile(r"(?<=[.!?…])\s+")
_DANGLING = re.compile(
    r"(?:\b(?:a|an|the|and|or|but|by|its|their|your|which|who|that|because|is|are)|[,;:\u2013\u2014-])[.!?\u2026]?$",
    re.IGNORECASE,
)
_GRAMMAR = (
    re.compile(r"\b(a|an|the|of|by|from|with|and|is|to|which|it)[ ,]+\1\b", re.IGNORECASE),
    re.compile(r"\band is an? \b.*\band is an? \b|\bis an? ([^,.;]+?),? and is an? \1", re.IGNORECASE),
    re.compile(r"\bfrom (?:[\w-]+ ){1,4}from\b", re.IGNORECASE),
)
_RELATIVE = re.compile(r",? (?:which|and it|and that) ", re.IGNORECASE)
_ARTICLE = re.compile(r"\b(an?) ([^\W_][\w'-]*)", re.IGNORECASE)
_SPACING = re.compile(r"\s\s|\s[,.;:!?]|[,;](?=[^\s\d])")


@dataclass(frozen=True, slots=True)
class Slip:
    """Something that reads badly: its kind, a key of `WEIGHTS`, and the words."""

    kind: str
    words: str


def fluency(text: str, names: Iterable[str] = ()) -> float:
    """1 for a text without slips, down to 0. `names` (titles, people, places) are read as one word each."""
    return max(0.0, 1.0 - sum(WEIGHTS[slip.kind] for slip in slips(text, names)))


def no_worse(text: str, than: str, names: Iterable[str] = ()) -> bool:
    """Whether `text` reads at least as well as the other one."""
    names = tuple(names)
    return fluency(text, names) >= fluency(than, names)


def slips(text: str, names: Iterable[str] = ()) -> list[Slip]:
    """All that reads badly in a text, in the order of the rules."""
    names = tuple(name for name in names if name)
    bare, named = _without_names(text, names)
    repeated = [word for word, count in counted(bare).items() if count > 1 and word != _NAME.lower()]
    found = [Slip("repetition", word) for word in [*repeated, *(name for name, count in named.items() if count > 1)]]
    found += [Slip("grammar", match.group()) for rule in _GRAMMAR if (match := rule.search(bare))]
    found += [Slip("grammar", words) for words in _wrong_articles(text)]
    found += [Slip("case", name) for name in _lost_capitals(text, names)]
    for sentence in _SENTENCE.split(bare.strip()):
        found += _of_sentence(sentence)
    found += [Slip("spacing", match.group()) for match in _SPACING.finditer(text)]
    return found + _of_shape(text)


def _of_sentence(sentence: str) -> list[Slip]:
    relative, words = _RELATIVE.findall(sentence), len(_WORD.findall(sentence))
    found = [Slip("doubled clause", clause.strip(" ,")) for clause in relative[1:]]
    found += [Slip("dangling", match.group()) for match in [_DANGLING.search(sentence)] if match]
    return found + [Slip("long", f"{words} words")] * len(range(LONGEST_SENTENCE, words, 5))


def _of_shape(text: str) -> list[Slip]:
    """A text begins with a capital and ends with a mark."""
    start, end = text.strip()[:1], text.strip()[-1:]
    found = [] if start and not start.islower() else [Slip("shape", start)]
    return found + ([] if end and end in ".!?\u2026" else [Slip("shape", end)])


def _without_names(text: str, names: Iterable[str]) -> tuple[str, dict[str, int]]:
    """The text with one word for each name, the longest first; and how often each stood there."""
    named: dict[str, int] = {}
    for name in sorted(set(names), key=len, reverse=True):
        if name in text and (name[:1].isupper() or " " in name):
            text, named[name] = re.subn(rf"(?<!\w){re.escape(name)}(?!\w)", _NAME, text)
    return text, named


def _wrong_articles(text: str) -> Iterable[str]:
    return (
        match.group() for match in _ARTICLE.finditer(text)
        if article(match.group(2)).split()[0] != match.group(1).lower() and match.group(2).lower() != "and"
    )  # fmt: skip


def _lost_capitals(text: str, names: Iterable[str]) -> Iterable[str]:
    """Names of several words that stand there without a capital."""
    lost = (name.lower() for name in names if " " in name and name != name.lower())
    return (name for name in lost if name in text and re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text))
