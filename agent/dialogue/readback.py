"""What was understood, said back in a few words before anything else. Knows states, not items."""

from __future__ import annotations

from collections.abc import Sequence

from ..dialogue_state import Act, Constraint, Critique, DialogueState, More, Relax, Reset, Undo
from ..text import cut
from .phrasing import capitalised, joined, say

LONGEST = 60
"""Characters of what somebody said that are said back."""
STILL = 3
"""Earlier constraints that are named beside the new ones."""


def read_back(before: DialogueState, after: DialogueState, acts: Sequence[Act], message: str) -> str:
    """ "Western, from the nineties; still no horror", without an end; "" where there is nothing to say back."""
    new = [each for each in after.constraints if each not in before.constraints]
    old = [each for each in after.constraints if each in before.constraints]
    lead = _lead(before, after, acts, message)
    said = [lead] if lead else []
    said += [say("comma", after.language).join(dict.fromkeys(words_of(each) for each in new))] if new else []
    if not any(isinstance(act, Critique) for act in acts):
        less = (each for each in after.avoided if each not in before.avoided)
        said += [say("less", after.language, value=cut(each, LONGEST)) for each in less]
    said += [
        cut(act.words, LONGEST) for act in acts if isinstance(act, Critique) and act.attribute is None and act.words
    ]
    if old and (new or lead or said):
        still = list(dict.fromkeys(words_of(each) for each in old))[-STILL:]
        said.append(say("still", after.language, value=joined(still, after.language)))
    return capitalised(say("fact_comma", after.language).join(said))


def words_of(constraint: Constraint) -> str:
    """A constraint as a chip says it."""
    return cut(constraint.words, LONGEST) or ", ".join(str(each) for each in constraint.values)


def _lead(before: DialogueState, after: DialogueState, acts: Sequence[Act], message: str) -> str:
    for act in acts:
        if isinstance(act, Reset):
            return say("reset", after.language, message)
        if isinstance(act, Undo):
            return say("back", after.language, message)
        if isinstance(act, More):
            return say("others", after.language, message)
        if isinstance(act, Relax):
            gone = [each for each in before.constraints if each not in after.constraints]
            if not act.attributes and not act.keep:
                return say("anything", after.language)
            if gone and not act.keep:
                said = joined(dict.fromkeys(words_of(each) for each in gone), after.language)
                return say("without", after.language, value=said)
    return ""
