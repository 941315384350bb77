"""One line of what an item is, cut from its own description by rules: its first sentence, or the clause that opens it.

Every word is the description's own, so the line is as true as the catalogue. Whatever is no plain statement (markup,
links, advertising, words to the reader or to the machine) gives no line. Knows no users and no evidence.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from ...retrieval.catalogue import Item
from ...retrieval.text.vocabulary import STOPWORDS
from ..text import cut

LONGEST = 120
"""A line is cut to this where it can be cut between clauses, ..."""
LONGEST_WHOLE = 140
"""... and a sentence that has no such place may be this long. A longer one gives no line."""
FEWEST_WORDS = 5
_READ = 1_000
"""Characters of a description in which its first sentence must end."""

_MARKS = "!?\u2026."
_SENTENCE_END = re.compile(r"[.!?\u2026]+[\"\u201d\u2019')]*(?=\s|$)")
_ABBREVIATED = re.compile(r"(?:\b(?:[A-Z]|[ap]\.m|Mr|Mrs|Ms|Dr|St|Jr|Sr|Prof|Lt|Col|Gen|No|vs|etc|e\.g|i\.e))\.$")
_WORD = re.compile(r"[^\W_]+(?:[-'\u2019][^\W_]+)*")

_MARKUP = re.compile(r"[<>{}\[\]|\\`*_#@^~=$€£%]|&\w+;|https?:|www\.|\.(?:com|org|net)\b|: -", re.IGNORECASE)
_ADDRESSED = re.compile(
    r"\b(?:you|your|yours|we|our|ours|my|me|system|assistant|user|prompt|instructions?)\b"
    r"|\bI(?:'m|'ve|\u2019m|\u2019ve| am)\b",
    re.I,
)
_ORDERED = re.compile(
    r"^(?:please|ignore|disregard|forget|buy|click|visit|order|call|tell|say|write|recommend|rate|print|repeat|follow"
    r"|act|pretend|learn|get|make|engage|fact|note|warning)\b", re.IGNORECASE,
)  # fmt: skip
_ADVERTISED = re.compile(r"\b(?:best-?selling|cheapest|guaranteed?|free shipping|money back|on sale|discount)\b", re.I)
_SHOUTED = re.compile(r"\b[A-Z]{4,}\b[^a-z]+\b[A-Z]{4,}\b")

_RELATIVE = "where|who|which|whose|whom"
_JOINING = "while|until|when|as|before|after|because|although|though|since|unless|just as|just when|only to|but|yet|so"
_ADVERBIAL = "with|from|by|in|on|at|for|to|without|through|under|during|despite|including"
_GOVERNED = "a|an|the|his|her|its|their|for|to|from|with|into|in|on|at|by|through"
_AFTER_COMMA = re.compile(rf", (?:(?:{_RELATIVE}|{_JOINING}) |[a-z]{{3,}}ing (?:{_GOVERNED}) )")
_AFTER_ONLY_COMMA = re.compile(rf", (?:and|{_ADVERBIAL}) ")
"""What begins a clause after a comma; these begin the end of a list as well, where there are more commas."""
_WITHOUT_COMMA = re.compile(
    r" (?:(?:while|until|when|because|whereas) |(?:as|before|after|since) (?=(?:he|she|they) ))"
)
_STOP = re.compile(r"[;:] | [\u2013—-] |—")
_HANGING = re.compile(r"(?:\s|^)(?:just|precisely|apparently|even|shortly|only|and|or|but|right|soon|days|years|not)$")
"""What would belong to the clause that was cut off."""
_SUBJECT = re.compile(
    r"(?:an?|the|two|three|four|five|six|seven|eight|nine|ten|twelve|several|some|many|most|all|half|every|each|his|her"
    r"|its|their|this|these|that|one|another|no|both|he|she|it|they)\b", re.IGNORECASE,
)  # fmt: skip


def line_of(item: Item) -> str:
    """What the item is in one sentence of its own, with its mark; empty where the description has none to give.

    At most `LONGEST_WHOLE` characters, no content word twice, nothing that only says the title again.
    """
    sentence = _first_sentence(item.text)
    if not sentence or not _is_plain(sentence):
        return ""
    for line in _shortened(sentence):
        if _reads(line) and not words_in(line) <= words_in(item.title):
            return f"{line[:1].upper()}{line[1:]}{'' if line[-1] in _MARKS else '.'}"
    return ""


def words_in(text: str) -> set[str]:
    """The content words of a text, case-folded, a plural as its singular."""
    return set(counted(text))


def counted(text: str) -> Counter[str]:
    """How often each content word stands in a text; compounds count as their parts."""
    parts = (part for word in _WORD.findall(text.casefold()) for part in re.split(r"[-'\u2019]", word))
    return Counter(_singular(part) for part in parts if len(part) > 1 and part not in STOPWORDS)


def _singular(word: str) -> str:
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")) else word


def _first_sentence(text: str) -> str:
    """Without its full stop; empty where none ends in what is read of the text."""
    line = cut(text, _READ)
    for match in _SENTENCE_END.finditer(line):
        if not _ABBREVIATED.search(line[: match.end()]):
            return line[: match.end()].rstrip(".").strip()
    return ""


def _is_plain(sentence: str) -> bool:
    unfit = (_MARKUP, _ADDRESSED, _ORDERED, _ADVERTISED, _SHOUTED)
    return (
        not any(pattern.search(sentence) for pattern in unfit) and sentence[:1].isalnum() and sentence[-1] not in "?!"
    )


def _reads(line: str) -> bool:
    quotes = line.count('"') % 2 == 0 and line.count("“") == line.count("”") and line.count("(") == line.count(")")
    words = counted(line)
    return quotes and len(_WORD.findall(line)) >= FEWEST_WORDS and max(words.values(), default=1) == 1


def _shortened(sentence: str) -> Iterator[str]:
    """The sentence if it is short, else its openings up to a clause, the longest first, else the whole if not long."""
    if len(sentence) <= LONGEST:
        yield sentence
    yield from (head for head in _heads(sentence) if len(head) <= LONGEST)
    if LONGEST < len(sentence) <= LONGEST_WHOLE:
        yield sentence


def _heads(sentence: str) -> list[str]:
    """What stands alone of a sentence, the longest first: cut where a last clause begins, after its subject and verb.

    A comma further on may close what the cut would open ("a man, who is blind, falls"), so only the last comma, or a
    word that begins a clause after it, is such a place. What comes before the subject ("In 1905, ...") is no head.
    """
    begins, last_comma = _main_clause(sentence), sentence.rfind(",")
    alone = sentence.count(",", begins) == 1
    commas = [_AFTER_COMMA, *([_AFTER_ONLY_COMMA] if alone else [])]
    places = [last_comma for pattern in commas if pattern.match(sentence, max(last_comma, 0))]
    places += [match.start() for match in _WITHOUT_COMMA.finditer(sentence) if match.start() > last_comma]
    places += [match.start() for match in _STOP.finditer(sentence)]
    heads = [sentence[:place].rstrip(" ,") for place in places if place > begins]
    return sorted((head for head in heads if _stands(head, begins)), key=len, reverse=True)


def _main_clause(sentence: str) -> int:
    """Where the subject begins: after the first comma, unless the sentence begins with it."""
    return 0 if _SUBJECT.match(sentence) or "," not in sentence else sentence.index(",") + 1


def _stands(head: str, begins: int) -> bool:
    return len(_WORD.findall(head[begins:])) >= FEWEST_WORDS and not _HANGING.search(head)
