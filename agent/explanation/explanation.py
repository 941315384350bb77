"""Why this item: the model's own sentence where it is true and reads no worse, else the plain reason.

The model orders and joins facts; it adds none. Knows nothing about ranking. Facts are gathered in `facts`, plain
reasons are made in `plain`, judged by `verifier` and `fluency`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from zlib import crc32

from ...prompts import Prompt
from ...retrieval.evidence import Candidate, HistoryLink
from ..knowledge.phrases import DULL, KINDS, MAKERS, THEMES, listed, shorten, statements
from ..llm.language_model import LanguageModel, Message
from ..turn import Explanation
from .facts import STRONG_LINK, actions, facts_of, is_reason, title_facts
from .fluency import no_worse
from .plain import plain_explanation, plain_explanations
from .sentences import first_sentence
from .verifier import SOURCE, Facts, verify

__all__ = [
    "RETRY_TEMPERATURE", "STRONG_LINK", "Draft", "checked", "draft", "explain", "facts_of", "history_reason",
    "is_no_worse", "messages", "plain_explanation", "plain_explanations", "title_facts", "write_drafts",
]  # fmt: skip

RETRY_TEMPERATURE = 0.7
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


def explain(
    lm: LanguageModel, prompt: Prompt, candidates: Sequence[Candidate], request_words: Sequence[str] = (),
    plain: Sequence[str] | None = None,
) -> list[Explanation]:  # fmt: skip
    """One explanation per candidate: the model's where it verifies and reads no worse (two tries), else the plain one.

    `plain` are the plain ones where the caller has them already, in the order of the candidates. Where one says what
    the item is in the words of its description, the model is not asked: it may say no more than fields.
    """
    plain = plain_explanations(candidates, request_words) if plain is None else plain
    drafts = [draft(candidate, request_words, plain=text) for candidate, text in zip(candidates, plain, strict=True)]
    texts: list[str | None] = [each.plain if _speaks_for_itself(each) else None for each in drafts]
    for attempt in (0, 1):
        missing = [place for place, text in enumerate(texts) if text is None]
        if not missing:
            break
        written = write_drafts(lm, prompt, [drafts[place] for place in missing], attempt)
        for place, text in zip(missing, written, strict=True):
            texts[place] = text if text and is_no_worse(text, drafts[place]) else None
    return [
        Explanation(text, "model") if text and text != draft.plain else Explanation(draft.plain, "evidence")
        for text, draft in zip(texts, drafts, strict=True)
    ]


def _speaks_for_itself(draft: Draft) -> bool:
    return any(fact.role == SOURCE and fact.text in draft.plain for fact in draft.facts.known)


def is_no_worse(text: str, draft: Draft) -> bool:
    """Whether a written sentence reads at least as well as the plain one that it would replace."""
    return no_worse(text, draft.plain, [fact.text for fact in draft.facts.known if fact.role != SOURCE])


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
    """Up to two wishes that the item really has, as values of its fields."""
    has = {value.casefold() for _, value in candidate.item.facets()}
    found = dict.fromkeys(word for word in (*request_words, *candidate.evidence.words) if word.casefold() in has)
    return [shorten(word, 40) for word in found][:2]


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
        verb, past = actions(link)[0], shorten(link.title)
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


def _link(candidate: Candidate) -> HistoryLink | None:
    """The strongest link that is a reason."""
    return next((link for link in candidate.evidence.history if is_reason(link)), None)


def history_reason(candidate: Candidate) -> str:
    """What the person did that speaks for the candidate, e.g. "liked Alien"; empty when nothing does."""
    link = _link(candidate)
    return f"{actions(link)[0]} {shorten(link.title)}" if link else ""
