"""What was understood, said back in a few words before anything else. Knows states, not items."""

from __future__ import annotations

from collections.abc import Sequence

from ..dialogue_state import Act, Constraint, Critique, DialogueState, More, Relax, Reset, Undo
from ..knowledge.proper_names import cased
from ..text import cut
from .phrasing import called, capitalised, joined, say
from .restating import LONGEST, all_restated
from .schema import CatalogueSchema

STILL = 3
"""Earlier constraints that are named beside the new ones."""


def read_back(
    before: DialogueState, after: DialogueState, acts: Sequence[Act], message: str, schema: CatalogueSchema
) -> str:
    """ "Western, from the nineties; still no horror", without an end; "" where there is nothing to say back."""
    language = after.language
    new = _only(after, before)
    old = [each for each in after.constraints if each in before.constraints]
    if lead := _lead(before, after, acts, message, schema):
        return _begun(lead, after, acts, new, old, schema)
    said = [say("comma", language).join(all_restated(new, schema, language))] if new else []
    if not any(isinstance(act, Critique) for act in acts):
        less = (each for each in after.avoided if each not in before.avoided)
        said += [say("less", language, value=cut(each, LONGEST)) for each in less]
    said += [
        cut(act.words, LONGEST)
        for act in acts
        if isinstance(act, Critique)
        and act.attribute is None
        and act.words
        and all(each.words != act.words for each in new)
    ]
    return _joined([*said, *(_still(old, schema, language) if said else [])], language)


def _begun(
    lead: str, after: DialogueState, acts: Sequence[Act], new: Sequence[Constraint], old: Sequence[Constraint],
    schema: CatalogueSchema,
) -> str:  # fmt: skip
    """What follows a lead: of a step back all that holds again, else what is new and what still holds."""
    language = after.language
    again = any(isinstance(act, Undo) for act in acts)
    held = say("comma", language).join(all_restated(after.constraints if again else new, schema, language))
    still = [] if again else _still(old, schema, language)
    if held and any(isinstance(act, (Undo, Reset)) for act in acts):
        return _joined([f"{lead}{say('these', language, titles=held)}", *still], language)
    return _joined([lead, held, *still], language)


def _joined(parts: Sequence[str], language: str) -> str:
    return capitalised(say("fact_comma", language).join(filter(None, parts)))


def _still(old: Sequence[Constraint], schema: CatalogueSchema, language: str) -> list[str]:
    still = all_restated(old, schema, language)[-STILL:]
    return [say("still", language, value=joined(still, language))] if still else []


def _only(one: DialogueState, other: DialogueState) -> list[Constraint]:
    return [each for each in one.constraints if each not in other.constraints]


def _lead(
    before: DialogueState, after: DialogueState, acts: Sequence[Act], message: str, schema: CatalogueSchema
) -> str:
    for act in acts:
        if isinstance(act, Reset):
            return say("reset", after.language, message)
        if isinstance(act, Undo):
            return say("back", after.language, message)
        if isinstance(act, More):
            return say("others", after.language, message)
        if isinstance(act, Relax):
            gone = _only(before, after)
            if not act.attributes and not act.keep:
                return say("anything", after.language)
            if gone and not act.keep:
                return _lifted(gone, schema, after.language)
    return ""


def _lifted(gone: Sequence[Constraint], schema: CatalogueSchema, language: str) -> str:
    """What is asked for no longer; of refusals what is allowed again, by its own name."""
    if all(each.kind == "out" for each in gone):
        values = dict.fromkeys(cased(called(str(value), language)) for each in gone for value in each.values)
        return say("allowed", language, value=joined(values, language))
    quoted = (say("quoted", language, value=each) for each in all_restated(gone, schema, language))
    return say("without", language, value=joined(quoted, language))
