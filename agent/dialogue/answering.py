"""A message as the answer to the question that waits for one: what was offered is meant of the attribute asked about.

Knows acts and the open question; the words of a message were read before.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import regex

from ..dialogue_state import Act, Constrain, Constraint, OpenQuestion, Recommend, Talk

_BESIDE = 4
"""Words of a plain answer beside the value that it picks."""


def as_answer(
    acts: Sequence[Act], question: OpenQuestion | None, message: str, value_of: Callable[[str], str] = str
) -> tuple[Act, ...]:
    """The acts, where the message picks an offered value: "French" is the language if the language was asked about.
    `value_of` gives the catalogue's value for what was offered."""
    picked = _picked(question, message) if question else None
    if question is None or picked is None or _is_constrained(acts, question.attribute):
        return tuple(acts)
    value = value_of(picked)
    unread = all(isinstance(act, Talk) and act.about == "off topic" for act in acts) and _is_plain(picked, message)
    if unread or (_is_alone(picked, message) and not any(isinstance(act, Constrain) for act in acts)):
        return Recommend(), Constrain(Constraint("in", (question.attribute,), (value,), words=picked))
    return tuple(_meant(act, question.attribute, picked, value) for act in acts)


def _picked(question: OpenQuestion, message: str) -> str | None:
    """The offered value that the message names, the longest of several."""
    named = [each.words for each in question.options if regex.search(rf"(?i)\b{regex.escape(each.words)}\b", message)]
    return max(named, key=len, default=None)


def _is_constrained(acts: Sequence[Act], attribute: str) -> bool:
    return any(isinstance(act, Constrain) and attribute in act.constraint.attributes for act in acts)


def _is_plain(picked: str, message: str) -> bool:
    return len(message.split()) <= len(picked.split()) + _BESIDE


def _is_alone(picked: str, message: str) -> bool:
    """Whether nothing else is said: an option that was pressed means what it names, known as a word or not."""
    return message.strip(" .!").casefold() == picked.casefold()


def _meant(act: Act, attribute: str, picked: str, value: str) -> Act:
    if not isinstance(act, Constrain) or picked.casefold() not in act.constraint.words.casefold():
        return act
    if act.constraint.kind not in ("in", "any", "out"):
        return act
    return replace(act, constraint=replace(act.constraint, attributes=(attribute,), values=(value,)))
