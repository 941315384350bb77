"""From the mentions of a message and the stance to each to typed acts.

Closed kinds of acts are known by their phrases, which are data of the language; the rest is a wish. Knows no catalogue
but its schema, and decides nothing about the answer.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..dialogue_state import Act, Ask, Constrain, Exclude, Feedback, More, Recommend, Relax, Reset, Talk, Undo
from .asking import asked_places, question
from .critiquing import critiques
from .feedback import chosen, feedback
from .lasting import about_pins, possessions, remembered, remembered_of
from .message import Message
from .relaxing import is_firm, relaxed
from .small_talk import small_talk
from .wishing import compared, constrained, excluded, wish

SHORT = 5
"""Words of a message that are too few for a story."""


def read_acts(message: Message) -> tuple[tuple[Act, ...], list[str]]:
    """The acts, the main one first, and the words of the wish that are neither mentions nor fillers."""
    if (pins := about_pins(message) or remembered(message)) is not None:
        return (pins,), []
    talk = small_talk(message)
    if talk:
        return (Talk(talk),), []
    if message.says("acts", "reset") and not _is_narrow(message):
        return _after_reset(message)
    if message.says("acts", "undo") and not _wishes(message) and not _is_narrow(message):
        return (Undo(),), []
    acts = _main(message)
    return (*acts, *remembered_of(message, acts)), message.residual()


def _is_narrow(message: Message) -> bool:
    """Taking back one named thing is no new beginning, and no step back."""
    return any(stance in ("relax", "fine") for _, _, stance in message.places("attribute", "value", "range"))


def _wishes(message: Message) -> bool:
    asked = ("wish", "out", "example", "only")
    places = message.places("value", "range", "title")
    return any(stance in asked and at not in message.gone for at, _, stance in places)


def _after_reset(message: Message) -> tuple[tuple[Act, ...], list[str]]:
    message.leave_out("acts", "reset")
    rest = _main(message) if _wishes(message) else ()
    return (Reset(), *(act for act in rest if isinstance(act, (Recommend, Constrain, Exclude)))), message.residual()


def _main(message: Message) -> tuple[Act, ...]:
    asked = question(message)
    if asked and not isinstance(asked[0], Ask):
        return asked
    said = feedback(message)
    if asked:
        return (*(said if message.points() else ()), *asked, *_beside(message))
    if (taken := chosen(message)) is not None:
        return (*taken, Talk("chosen"))
    acts = _requests(message, said)
    return tuple(acts) or ((Recommend(),) if _leaves_open(message) else (Talk("off topic"),))


def _beside(message: Message) -> list[Constrain]:
    """What a message asks for beside its question: "how long is it? no subtitles please". Only what is surely a
    condition: a refusal, a bound, or who it is for."""
    message.gone |= asked_places(message)
    found = [(each, each.constraint) for each in constrained(message)]
    return [act for act, made in found if made.refuses or made.standing or made.kind == "range"]


def _leaves_open(message: Message) -> bool:
    """Whether something is wished that says nothing of what: something does not matter ("I don't mind violence"), or
    "more like it" where nothing was shown."""
    indifferent = any(cue.kind.startswith(("indifferent", "fine")) for cue in message.stances.cues)
    told = len(message.words) > SHORT and message.says("narrative", "told")
    alike = any(cue.kind.startswith("example") for cue in message.stances.cues)
    return (indifferent and not told) or (alike and message.says("narrative", "more_like"))


def _requests(message: Message, said: tuple[Feedback, ...]) -> list[Act]:
    owned, than = possessions(message), list(compared(message))
    lifted, critique = list(relaxed(message)), list(critiques(message))
    conditions = [*owned, *constrained(message), *than]
    refused = list(excluded(message, said))
    lifted = lifted if is_firm(message) or not (conditions or refused) else []
    wanted = wish(message, said, bool(lifted or critique or conditions or refused))
    like_named = bool(wanted and wanted.alike and message.items("title"))
    if message.says("acts", "more") and not (critique or conditions or lifted or like_named):
        return _more(said, wanted)
    if wanted is None or not (wanted.alike or conditions or not (said or lifted or critique)):
        # "The first is fine, but a shorter one" moves on from it; "saw Heat, too long" tells of Heat.
        first: list[Act] = [*critique, *said] if message.items("reference") else [*said, *critique]
        return [*first, *lifted, *conditions, *refused]
    return _ordered(message, wanted, lifted, critique, conditions, refused, said)


def _more(said: tuple[Feedback, ...], wanted: Recommend | None) -> list[Act]:
    """Others of the same, how many of them, and what is not to be among them."""
    counted = [Recommend(count=wanted.count)] if wanted and wanted.count else []
    return [*said, More(), *counted]


def _ordered(
    message: Message, wanted: Recommend, lifted: Sequence[Relax], critique: Sequence[Act],
    conditions: Sequence[Constrain], refused: Sequence[Exclude], said: tuple[Feedback, ...],
) -> list[Act]:  # fmt: skip
    if critique:
        return [*critique, *lifted, *conditions, *refused, *([wanted] if wanted.text else []), *said]
    if lifted:
        return [*lifted, *conditions, *refused, *([wanted] if conditions or wanted.alike else []), *said]
    asks = message.says("narrative", "more_like") or message.says("narrative", "wishes_strict")
    if said and not conditions and not asks:
        return [*said, wanted, *refused]
    return [wanted, *conditions, *refused, *said]
