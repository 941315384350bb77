"""The English of a request: its words, and the phrases that refuse, spare or name something.

Knows grammar only, neither facets nor titles; `agent.dialogue.request` decides what the words after a phrase stand for.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from ...retrieval.text.vocabulary import STOPWORDS, stem

CueKind: TypeAlias = Literal["refuse", "soften", "refuse before", "known", "example", "spare"]
"""refuse: what follows is not wanted. soften: what follows is wanted less, or does not matter. refuse before: what
stands before is not wanted. known: the titles that follow are known. example: the titles that follow say what is
wanted. spare: looks like a refusal and is none."""

_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*[+#]*|&")
_MARKS = re.compile(r"\W+")
_BREAK = re.compile(r"[.;!?()\[\]\n\u2013\u2014]|(?<=\s)-(?=\s)")

_NEGATED = r"(?:(?:do|does|did|would|will|could|can|have|has|had|should)(?: not|n't|nt)|can't|cant|cannot|won't|never)"
_ADVERBS = r"(?: really| much| particularly| ever| even| usually| generally| normally| actually| quite| typically)*"
_UNWANTED = (
    r"(?:(?:feel|care|go|deal|put up|think)(?: like| for| with)"
    r"|(?:like|love|enjoy|recommend|suggest|show|pick)(?:ed|d)?"
    r"|want(?:ed)?|wanna|fancy|give|offer|do|dig|appreciate|include|watch|play|bring|send|stand|bear|take|handle"
    r"|tolerate|abide|stomach|face)"
)
_UNDISPUTED = (
    r"(?:see|seen|watched|heard|know|knew|mind|tried|played|read|object|worry|hesitate|forget|tire|go wrong|wait"
    r"|resist|miss|hate|dislike|disappoint|care less"
    r"|(?:get|have|had|be|been|got|getting)(?: \w+)? (?:tired|sick|bored|enough|wrong))"
)
_PERSONAL = r"(?:for me|my (?:thing|cup of tea|genre|style|taste|bag|jam|favou?rite))"

_CUES: Mapping[CueKind, tuple[str, ...]] = {
    "soften": (
        r"no (?:\w+[ -]){0,3}?preferences?",
        _NEGATED + r" have (?:\w+ ){0,3}?preferences?",
        _NEGATED + _ADVERBS + r" (?:care (?:about|whether|if)|need)",
        r"(?:no )?(?<!no )less(?! than)|fewer(?! than)|too (?:much|many)",
    ),
    "spare": (
        r"why (?:not?|(?:do|would|should)(?:n't| not))",
        r"dr\.? no",
        _NEGATED + _ADVERBS + " " + _UNDISPUTED + r"(?: of| with)?",
        _NEGATED + r" (?:just|only) \w+",
        r"(?:not|n't) (?:only|just|merely|simply|bad|necessarily|sure|certain|least|yet|all|opposed|against|averse"
        r"|afraid|tired|sick|bored|picky|fussy|seen|watched)",
        r"nothing (?:but|beats?|better|compares|tops|wrong|against|short of|like an? (?:good|great|proper))",
        r"no (?:matter|problems?|worries|idea|doubt|rush|hurry|wonder|one|less|fewer|objections?|issues?|clue|opinion"
        r"|limits?|trouble|nonsense|brainer)(?: with| to| about)?",
        r"(?:no|not|nothing) (?:longer|shorter|older|later|earlier|newer|more|less|fewer) than",
        r"without (?:a )?(?:doubt|fail|question)",
        r"(?:about|of) hate|hate crimes?|(?:would|'d) hate to",
    ),
    "refuse before": (
        r"(?:nope|nah|no,? thanks|no,? thank you)(?! to\b)",
        r"(?:(?:is|are|was|were)(?: just| really| simply)?(?: not|n't|nt)|not)(?: really| quite| exactly)? "
        + _PERSONAL,
        r"(?:bores?|puts?|turns?|leaves?) me(?: off| cold)?|(?:is|are) (?:out|off the table|boring)|sucks?",
    ),
    "refuse": (
        _NEGATED + _ADVERBS + " " + _UNWANTED,
        r"(?:anything|everything|all) but|no,? (?:thanks|thank you) to|no more|not|no|never|neither|nor|nothing"
        r"|without",
        r"(?:is|are|was|were)n't",
        r"except(?: for)?|excluding|exclude|omit|avoid(?:ing)?|skip(?:ping)?|leave out|besides|unlike|minus|sans",
        r"(?:instead|free) of|(?:rather|other|else) than|(?:apart|aside) from|(?:stay|keep) away from|steer clear of",
        r"hate[sd]?|despised?|loathed?|detest(?:ed)?|disliked?|stop (?:showing|recommending|suggesting|giving)",
        r"(?:sick|tired|bored|weary) (?:of|with|by)|fed up (?:of|with)|enough (?:of|with)|had enough|allergic to",
    ),
    "known": (r"(?:already )?(?:seen|watched|rewatched|saw|knows?|knew|read|played|finished)",),
    "example": (
        r"(?:similar|close|akin) to|reminds? (?:me|us) of|reminiscent of|in the (?:style|vein|spirit) of|as good as",
        r"(?:like|love|enjoy|adore)[sd]?|enjoyed|fan of",
    ),
}  # fmt: skip

_CUE = re.compile(
    r"(?<![\w'-])(?:"
    + "|".join(f"(?P<{kind.replace(' ', '_')}>{'|'.join(phrases)})" for kind, phrases in _CUES.items())
    + r")(?![\w']|-\w)",
    re.IGNORECASE,
)

SOFTENERS = frozenset({"too", "overly", "so", "very", "especially", "particularly", "much", "many", "lot", "as"})
"""After one of these a refusal is of the degree: "not too violent" leaves room for some violence."""

MEDIA = frozenset(
    """book content element fare film flick game genre movie picture plot scene series show sort story stuff theme
    thing title type""".split()  # noqa: SIM905 - as in the vocabulary
)
"""Stems of the words that may follow a value without changing it: "horror stories" are horror."""

ADVERBS = frozenset(
    """again already altogether anymore anyway before currently either ever generally lately longer particularly
    personally right today tonight twice usually whatsoever yesterday""".split()  # noqa: SIM905
)
"""Words that say when or how strongly, never what."""

BLAME = frozenset(
    """awful bad big boring cheesy cliched damn dumb dull endless random silly stupid typical usual yet""".split()  # noqa: SIM905
)
"""Opinions that do not narrow what is refused: "no stupid horror"."""

_INTRODUCTIONS = frozenset(
    """amount another appetite appreciate bit directed fan featuring focus fond form full heavy hint interest
    interested involve involved involving keen loads lots mainly mood mostly patience played plenty produced
    reminiscent set sign similar starring time touch trace written""".split()  # noqa: SIM905
)

FILLERS = STOPWORDS | SOFTENERS | MEDIA | ADVERBS | BLAME | _INTRODUCTIONS
"""Words between a cue and what it is about: "not a film directed by", "not in the mood for"."""

ENDINGS = frozenset(
    """because but give however i i'd i'll i'm i've instead just maybe more please preferably recommend show since
    something suggest thank thanks then though unless""".split()  # noqa: SIM905
)
"""Words that begin what is wanted, once something has been refused."""

ALWAYS_END = frozenset({"but", "please", "however", "instead"})

_LEAD = frozenset(
    "am are had has have i i'd i'm i've is just really so that that's was we we're we've which with".split()  # noqa: SIM905
)


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a text. `plain` is folded, `key` has no marks either, `before` is the punctuation since the last
    word: a mark that ends a clause, ":", ",", "/" or ""."""

    plain: str
    stem: str
    key: str
    start: int
    end: int
    before: str


@dataclass(frozen=True, slots=True)
class Cue:
    """A phrase of the text and the words from `start` up to `end` that it consists of."""

    kind: CueKind
    start: int
    end: int


def split_words(text: str) -> list[Word]:
    """The words of a text whose apostrophes are straight."""
    words: list[Word] = []
    end = 0
    for match in _WORD.finditer(text):
        plain = "and" if match[0] == "&" else match[0].casefold()
        before = _punctuation(text[end : match.start()])
        words.append(
            Word(plain, stem(plain), _MARKS.sub(" ", match[0].casefold()).strip(), match.start(), match.end(), before)
        )
        end = match.end()
    return words


def _punctuation(gap: str) -> str:
    found = _BREAK.search(gap)
    return found[0] if found else next((mark for mark in (":", ",", "/") if mark in gap), "")


def find_cues(text: str, words: list[Word]) -> list[Cue]:
    """The cues of a text in order. `words` are those of `split_words`."""
    starts = {word.start: at for at, word in enumerate(words)}
    ends = {word.end: at + 1 for at, word in enumerate(words)}
    cues: list[Cue] = []
    for match in _CUE.finditer(text):
        kind = next(each for each in _CUES if each.replace(" ", "_") == match.lastgroup)
        if match.start() in starts and match.end() in ends:
            cues.append(Cue(kind, starts[match.start()], ends[match.end()]))
    return cues


def subject_of(words: list[Word], at: int) -> int:
    """Where the words that only introduce the cue at `at` begin: the "I'm really" of "I'm really sick of"."""
    while at > 0 and words[at - 1].plain in _LEAD and not words[at].before:
        at -= 1
    return at
