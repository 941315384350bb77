"""Why this item: facts from the evidence, a plain sentence made from them, and the model's own, checked sentence.

The model orders and joins facts; it adds none. Knows nothing about ranking.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from zlib import crc32

from ...prompts import Prompt
from ...retrieval.attribute_roles import role_of, year_of
from ...retrieval.catalogue import AttributeValue, Item
from ...retrieval.event_kinds import Polarity
from ...retrieval.evidence import Candidate, HistoryLink, SharedAttribute
from ...retrieval.text.vocabulary import STOPWORDS
from ..knowledge.phrases import DULL, KINDS, MAKERS, THEMES, listed, noun, shorten, statements, verbs_for
from ..llm.language_model import LanguageModel, Message
from ..turn import Explanation
from .sentences import first_sentence
from .verifier import FLAG, HISTORY, ITEM, MOST_POPULAR, NOUN, POPULAR, REQUEST, YEAR, Fact, Facts, verify

STRONG_LINK = 0.5
RETRY_TEMPERATURE = 0.7
DRAWN = 0.1
"""Interest in a shared attribute from which the person counts as drawn to it."""
_SAID = 3


@dataclass(frozen=True, slots=True)
class Draft:
    """One sentence to be written: the text to rewrite, the predicates in it that say what the item is, how the sentence
    opens, what it may say, and the plain sentence that stands in when the model's fails (empty where none is to)."""

    brief: str
    said: tuple[str, ...]
    openings: tuple[str, str]
    facts: Facts
    plain: str


def facts_of(candidate: Candidate, request_words: Sequence[str] = ()) -> Facts:
    """Everything a sentence about `candidate` may say."""
    item, evidence = candidate.item, candidate.evidence
    drawn = {(attribute.facet, attribute.value) for attribute in _drawn_to(candidate)}
    known = list(title_facts(item.title, ITEM))
    for link in evidence.history:
        known += title_facts(link.title, HISTORY, link.polarity, _actions(link))
    known += [
        Fact(text, facet, "liked" if (facet, value) in drawn else None)
        for facet, value in _fields(item)
        for text in {value, shorten(value, 40)}
    ]
    known += [Fact(text, REQUEST) for word in (*evidence.words, *request_words) for text in {word, shorten(word, 40)}]
    known += [Fact(word, NOUN) for word in {noun(item), "movie" if noun(item) == "film" else noun(item)}]
    strong = any(link.strength >= STRONG_LINK for link in evidence.history)
    return Facts(tuple(known), evidence.popularity, strong)


def title_facts(title: str, role: str, polarity: Polarity | None = None, verbs: tuple[str, ...] = ()) -> Iterator[Fact]:
    """The title as it is and as it is shown when long."""
    for text in dict.fromkeys((title, shorten(title))):
        yield Fact(text, role, polarity, verbs)


def plain_explanation(candidate: Candidate, request_words: Sequence[str] = ()) -> str:
    """One sentence from the strongest evidence. The phrasing depends on the item id alone, so it never flickers."""
    item, evidence = candidate.item, candidate.evidence
    turn = crc32(item.id.encode())
    words = _asked(candidate, request_words)
    because, what = _because(candidate), _what(candidate, own=not evidence.shared)
    if words and because:
        return _sentence(f"{because}, and it matches your request for {listed(words)}")
    if because and what:
        return _sentence((f"{because}, and it {what}", f"{because}: it {what}")[turn % 2])
    if because:
        return _sentence(because)
    if words:
        return _sentence(f"It matches your request for {listed(words)}" + (f" and {what}" if what else ""))
    drawn = _what(replace(candidate, evidence=replace(evidence, shared=_drawn_to(candidate))), own=False)
    if drawn:
        return _sentence((f"It {drawn}, close to your recent taste", f"Picked for your taste: it {drawn}")[turn % 2])
    return _unknown(candidate)


def explain(
    lm: LanguageModel, prompt: Prompt, candidates: Sequence[Candidate], request_words: Sequence[str] = (),
    plain: Sequence[str] | None = None,
) -> list[Explanation]:  # fmt: skip
    """One explanation per candidate: the model's where it verifies (two tries), else the plain one.

    `plain` are the plain ones where the caller has them already, in the order of the candidates.
    """
    plain = [plain_explanation(candidate, request_words) for candidate in candidates] if plain is None else plain
    drafts = [draft(candidate, request_words, plain=text) for candidate, text in zip(candidates, plain, strict=True)]
    texts: list[str | None] = [None] * len(drafts)
    for attempt in (0, 1):
        missing = [place for place, text in enumerate(texts) if text is None]
        if not missing:
            break
        written = write_drafts(lm, prompt, [drafts[place] for place in missing], attempt)
        for place, text in zip(missing, written, strict=True):
            texts[place] = text
    return [
        Explanation(text, "model") if text else Explanation(draft.plain, "evidence")
        for text, draft in zip(texts, drafts, strict=True)
    ]


def write_drafts(lm: LanguageModel, prompt: Prompt, drafts: Sequence[Draft], attempt: int) -> list[str | None]:
    """One batched call; each draft's verified sentence, or None. The second attempt opens differently and samples."""
    openings = [draft.openings[attempt] for draft in drafts]
    written = lm.write(
        [messages(prompt, draft.brief) for draft in drafts],
        max_new_tokens=prompt.max_new_tokens,
        temperature=prompt.temperature if attempt == 0 else RETRY_TEMPERATURE,
        seed=attempt,
        openings=openings,
    )
    return [
        checked(opening + rest, draft.facts) for opening, rest, draft in zip(openings, written, drafts, strict=True)
    ]


def messages(prompt: Prompt, facts: str) -> list[Message]:
    """The prompt filled with the text to rewrite."""
    return [Message(role, content) for role, content in prompt.render(facts=facts)]


def checked(text: str, facts: Facts) -> str | None:
    """The first whole sentence of `text` if the facts support it."""
    sentence = first_sentence(text, [fact.text for fact in facts.known])
    return sentence if sentence and not verify(sentence, facts) else None


def draft(candidate: Candidate, request_words: Sequence[str] = (), lead: str | None = None, plain: str = "") -> Draft:
    """What the model is to write about `candidate`. `lead` replaces the brief's first statement, the reason; `plain`
    stands in for what fails."""
    item = candidate.item
    link, title = _link(candidate), shorten(item.title)
    pairs = _pairs(candidate, own=True)
    said = statements(item, pairs)
    words = _asked(candidate, request_words)
    if lead is None:
        reason = history_reason(candidate)
        lead = f"You asked for {listed(words)}." if words else f"You {reason}." if reason else ""
    lines = [lead, f"We recommend {title}.", *(f"It {statement}." for statement in said)]
    return Draft(
        " ".join(lines).strip(), tuple(said), _openings(candidate, link, words), facts_of(candidate, request_words),
        plain,
    )  # fmt: skip


def _asked(candidate: Candidate, request_words: Sequence[str]) -> list[str]:
    """Up to two words of the request that the item really has: the evidence's, else those found in its fields."""
    item = candidate.item
    fields = " ".join([item.title, item.text, *(value for _, value in item.facets())]).casefold()
    has = set(re.findall(r"\w+", fields)) - STOPWORDS
    found = candidate.evidence.words or [word for word in request_words if word.casefold() in has]
    return [shorten(word, 40) for word in dict.fromkeys(found)][:2]


def _openings(candidate: Candidate, link: HistoryLink | None, words: list[str]) -> tuple[str, str]:
    title, turn = shorten(candidate.item.title), crc32(candidate.item.id.encode())
    if words:
        options = (
            f"You asked for {listed(words)}, so we recommend {title}, which",
            f"For {listed(words)}, try {title}, which",
            f"{title} matches your request for {listed(words)}, and it",
            f"Since you asked for {listed(words)}, you may enjoy {title}, which",
        )
    elif link:
        verb, past = _actions(link)[0], shorten(link.title)
        options = (
            f"Because you {verb} {past}, we recommend {title}, which",
            f"You {verb} {past}, so you may enjoy {title}, which",
            f"{title} is close to {past}, which you {verb}, and it",
            f"Since you {verb} {past}, try {title}, which",
        )
    else:
        options = (
            f"We recommend {title}, which", f"You may enjoy {title}, which", f"Try {title}, which",
            f"You could start with {title}, which",
        )  # fmt: skip
    return options[turn % 4], options[(turn + 1) % 4]


def _pairs(candidate: Candidate, own: bool) -> list[tuple[str, str]]:
    """Up to three (facet, value) to speak of: shared ones first, then (with `own`) the item's kind, maker, themes."""
    item = candidate.item
    fields = set(item.facets())
    pairs = [
        (attribute.facet, attribute.value)
        for attribute in candidate.evidence.shared
        if (attribute.facet, attribute.value) in fields
    ]
    pairs = [(facet, value) for facet, value in pairs if facet not in DULL and shorten(value)][:_SAID]
    for wanted in (KINDS, frozenset(MAKERS), THEMES) if own else ():
        if not any(facet in wanted for facet, _ in pairs):
            spare = [pair for pair in item.facets() if pair[0] in wanted and shorten(pair[1])]
            # a sentence needs something to be ("is a comedy film"): the kind is said even beside three shared facets
            pairs += spare[:1] if wanted is KINDS or len(pairs) < _SAID else []
    return pairs


def _what(candidate: Candidate, *, own: bool) -> str:
    said = statements(candidate.item, _pairs(candidate, own=own))
    return said[0] if said else ""


def _drawn_to(candidate: Candidate) -> tuple[SharedAttribute, ...]:
    return tuple(attribute for attribute in candidate.evidence.shared if attribute.strength >= DRAWN)


def _fields(item: Item) -> Iterator[tuple[str, str]]:
    """(role, text) of all that the item's attributes let one say; a flag that is not set says nothing."""
    year = role_of(item, "year")
    for name, value in item.attributes.items():
        if name == year:
            yield from [(YEAR, str(said))] if (said := year_of(item)) else []
            continue
        if isinstance(value, bool):
            yield from [(FLAG, name.replace("_", " ").removeprefix("is ").removeprefix("has "))] if value else []
            continue
        for part in value if isinstance(value, tuple) else (value,):
            yield name, _spoken(part)


def _spoken(value: AttributeValue) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _link(candidate: Candidate) -> HistoryLink | None:
    """The strongest link that is a reason: a disliked item is not, and neither is one of which nothing can be said."""
    links = candidate.evidence.history
    return next(
        (link for link in links if link.polarity != "disliked" and _actions(link) and shorten(link.title)), None
    )


def history_reason(candidate: Candidate) -> str:
    """What the person did that speaks for the candidate, e.g. "liked Alien"; empty when nothing does."""
    link = _link(candidate)
    return f"{_actions(link)[0]} {shorten(link.title)}" if link else ""


def _actions(link: HistoryLink) -> tuple[str, ...]:
    return verbs_for(link.kind, link.polarity, link.fields)


def _because(candidate: Candidate) -> str:
    link = _link(candidate)
    if link is None:
        return ""
    verb, past = _actions(link)[0], shorten(link.title)
    options = (
        f"Because you {verb} {past}", f"You {verb} {past}", f"This goes well with {past}, which you {verb}",
        f"A natural next step after {past}, which you {verb}",
    )  # fmt: skip
    return options[crc32(candidate.item.id.encode()) // 2 % 4]


def _unknown(candidate: Candidate) -> str:
    what = _what(candidate, own=True)
    tail = f": it {what}" if what else ""
    if candidate.evidence.popularity >= MOST_POPULAR:
        return _sentence(f"One of the most popular in the catalogue{tail}")
    if candidate.evidence.popularity >= POPULAR:
        return _sentence(f"A popular place to start{tail}")
    return _sentence(f"Something to try{tail}")


def _sentence(text: str) -> str:
    return text if text[-1] in ".!?…" else f"{text}."
