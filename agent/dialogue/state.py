"""How acts move the state of a conversation: (state, acts) -> state, and nothing else.

Pure functions over values. Knows the schema of a catalogue where an attribute's kind decides what replaces what, and
the values of items only as the caller gives them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import reduce

from ..dialogue_state import (
    Act,
    Ask,
    Compare,
    Constrain,
    Constraint,
    Critique,
    DialogueState,
    Exclude,
    Feedback,
    More,
    OpenQuestion,
    Pin,
    Recommend,
    Relax,
    Reset,
    Undo,
    Unpin,
    Why,
    either,
)  # fmt: skip
from ..turn import Request
from .phrasing import called, joined, say
from .pinned import pinned, unpinned
from .restating import restated
from .schema import CatalogueSchema

WISHES = 4
"""Messages whose words still say what is wanted."""
SHELVES = 30
"""Shelves that are remembered."""
STEPS = 12
"""Steps that can be undone."""


Resolve = Callable[[Critique, DialogueState], Sequence[Constraint]]
"""The bounds that a critique means, see `critiques`."""


def advance(state: DialogueState, acts: Sequence[Act], schema: CatalogueSchema, resolve: Resolve) -> DialogueState:
    """The state after a message. What only asks or talks leaves all but the focus as it is."""
    if any(isinstance(act, Undo) for act in acts):
        return _undone(state)
    moved = reduce(lambda now, act: _applied(now, act, schema, resolve), _in_order(acts), state)
    moved = replace(moved, turns=state.turns + 1, question=None)
    if _same_request(moved, state):
        return moved
    earlier = (*state.earlier, replace(state, shown=(), earlier=(), question=None))[-STEPS:]
    return replace(moved, earlier=earlier)


def with_shelf(state: DialogueState, items: Sequence[str]) -> DialogueState:
    """The state after a shelf was shown, or there was nothing to show."""
    if not items:
        return replace(state, empty=True)
    return replace(state, shown=(*state.shown, tuple(items))[-SHELVES:], focus=(), empty=False)


def with_question(state: DialogueState, question: OpenQuestion | None) -> DialogueState:
    """The state in which a question waits for its answer, if one was asked."""
    if question is None:
        return state
    if question.pins:
        return replace(state, question=question, offered=(*state.offered, *question.pins))
    return replace(state, question=question, asked=(*state.asked, question.attribute))


def request_of(state: DialogueState) -> Request:
    """What the whole conversation asks retrieval for."""
    return Request(
        text=state.said, filters=state.filters, exclude=frozenset((*state.excluded, *state.examples)),
        examples=state.examples, avoid=state.avoided, values=_wished_values(state), loved=state.loved,
    )  # fmt: skip


def _wished_values(state: DialogueState) -> tuple[str, ...]:
    wished = (
        value for each in state.constraints if each.kind in ("in", "any") and not each.standing for value in each.values
    )
    return tuple(dict.fromkeys(value for value in wished if isinstance(value, str)))


def _in_order(acts: Sequence[Act]) -> list[Act]:
    """What takes back comes before what is new, whatever the main act is, and an exception after what it is one to.
    "A drama instead" takes the place of one wish: it is no new topic."""
    first = {"reset": 0, "relax": 1, "recommend": 2, "critique": 3, "exclude": 5}
    instead = any(isinstance(act, Constrain) and act.instead for act in acts)
    meant = (replace(act, fresh=False) if instead and isinstance(act, Recommend) else act for act in acts)
    return sorted(meant, key=lambda act: first.get(act.kind, 4))


def _same_request(one: DialogueState, other: DialogueState) -> bool:
    names = ("constraints", "wishes", "examples", "excluded", "avoided", "count", "pinned")
    return all(getattr(one, name) == getattr(other, name) for name in names)


def _undone(state: DialogueState) -> DialogueState:
    if not state.earlier:
        return replace(state, turns=state.turns + 1)
    *rest, last = state.earlier
    return replace(last, turns=state.turns + 1, shown=state.shown, asked=state.asked, offered=state.offered,
                   earlier=tuple(rest))  # fmt: skip


def _applied(state: DialogueState, act: Act, schema: CatalogueSchema, resolve: Resolve) -> DialogueState:
    if isinstance(act, Reset):
        fresh = DialogueState.begun_with(state.pinned)
        return replace(fresh, turns=state.turns, language=state.language, offered=state.offered, earlier=state.earlier)
    if isinstance(act, Recommend):
        return _recommended(state, act)
    if isinstance(act, Constrain):
        return _constrained(state, act, schema)
    if isinstance(act, Relax):
        return replace(_relaxed(state, act, schema), pinned=_not_lifted(state.pinned, act))
    if isinstance(act, Pin):
        return pinned(state, act.pins)
    if isinstance(act, Unpin):
        return unpinned(state, act)
    if isinstance(act, Critique):
        return _criticised(state, act, schema, resolve(act, state))
    return _about_items(state, act)


def _about_items(state: DialogueState, act: Act) -> DialogueState:
    if isinstance(act, Exclude):
        return _spared(state, act.items) if act.spare else _excluded(state, act.items)
    if isinstance(act, Feedback):
        met = act.items if act.event != "like" else ()
        return replace(_felt(state, act), excluded=_together(state.excluded, met), focus=act.items)
    if isinstance(act, More):
        return replace(state, excluded=_together(state.excluded, (each for shelf in state.shown for each in shelf)))
    if isinstance(act, (Ask, Why, Compare)) and act.items:
        return replace(state, focus=act.items)
    return state


def _felt(state: DialogueState, act: Feedback) -> DialogueState:
    """What is liked counts for the rest of the session; what is not is no example of anything."""
    if act.event == "like":
        return replace(state, loved=_newest(state.loved, act.items))
    if act.event != "dislike":
        return state
    return replace(state, loved=_apart(state.loved, act.items), examples=_apart(state.examples, act.items))


def _excluded(state: DialogueState, items: tuple[str, ...]) -> DialogueState:
    kept = tuple(replace(each, spared=_apart(each.spared, items)) for each in state.constraints)
    return replace(state, constraints=kept, excluded=_together(state.excluded, items))


def _spared(state: DialogueState, items: tuple[str, ...]) -> DialogueState:
    """What was refused so far does not concern these; what is refused later does."""
    kept = tuple(
        replace(each, spared=_together(each.spared, items)) if each.refuses else each for each in state.constraints
    )
    return replace(state, constraints=kept, excluded=_apart(state.excluded, items))


def _recommended(state: DialogueState, act: Recommend) -> DialogueState:
    if act.fresh:
        kept = tuple(each for each in state.constraints if each.lasting)
        state = replace(state, constraints=kept, wishes=(), examples=(), avoided=(), count=None)
    wishes = (*state.wishes, act.text)[-WISHES:] if act.text and act.text not in state.wishes else state.wishes
    examples, avoided = _together(state.examples, act.alike), _together(state.avoided, act.less)[-WISHES:]
    state = replace(state, wishes=wishes, avoided=avoided, count=act.count or state.count)
    return replace(state, examples=examples, loved=_newest(state.loved, act.alike))


def _constrained(state: DialogueState, act: Constrain, schema: CatalogueSchema) -> DialogueState:
    new = replace(act.constraint, turn=state.turns)
    if act.widen and (old := _last_of(state.constraints, new)):
        if new.values and set(new.values) <= set(old.values):
            return state
        words = joined((old.words, new.words), state.language, "or")
        both = replace(either(old, new, words), turn=new.turn)
        return replace(state, constraints=tuple(both if each is old else each for each in state.constraints))
    before = _without_persons(state, schema) if act.instead and _is_person(new, schema) else state.constraints
    kept = [each for old in before for each in _beside(old, new, act.instead, _replaces(new, act, schema))]
    gone = [each for each in state.constraints if each.kind in ("in", "any") and not any(
        set(each.values) <= set(other.values) and other.kind == each.kind for other in kept)]  # fmt: skip
    wishes = _wishes_without(state.wishes, gone, new)
    return replace(state, constraints=(*(_worded(each, schema, state.language) for each in kept), new), wishes=wishes)


def _wishes_without(wishes: tuple[str, ...], gone: Iterable[Constraint], new: Constraint) -> tuple[str, ...]:
    """The words of the wish without those of conditions that went, unless the new one says them, too."""
    said = set() if new.refuses else set(f"{new.words} {' '.join(map(str, new.values))}".casefold().split())
    lost = [word for each in gone for phrase in (each.words, *each.values) for word in str(phrase).casefold().split()]
    left = (_without_words(each, [word for word in lost if word not in said]) for each in wishes)
    return tuple(each for each in left if each)


def _is_person(constraint: Constraint, schema: CatalogueSchema) -> bool:
    known = schema.attributes.get(constraint.attributes[0])
    return known is not None and known.kind == "person" and constraint.kind in ("in", "any")


def _without_persons(state: DialogueState, schema: CatalogueSchema) -> tuple[Constraint, ...]:
    """Somebody instead of somebody, whether one directs and the other plays; not of whom the same message asks for."""
    return tuple(each for each in state.constraints if not _is_person(each, schema) or each.turn == state.turns)


def _last_of(constraints: Iterable[Constraint], new: Constraint) -> Constraint | None:
    """The newest wish of the same attribute."""
    wished = {"range"} if new.kind == "range" else {"in", "any"}
    same = [each for each in constraints if each.kind in wished and set(each.attributes) & set(new.attributes)]
    return same[-1] if same else None


def _replaces(new: Constraint, act: Constrain, schema: CatalogueSchema) -> bool:
    """Whether a wish takes the place of earlier ones of its attribute: said so, or no item could have both."""
    if act.instead or new.standing:
        return True
    known = schema.attributes.get(new.attributes[0])
    return known is not None and not known.several and known.kind not in ("person", "flag")


def _beside(old: Constraint, new: Constraint, instead: bool, replaces: bool) -> tuple[Constraint, ...]:
    """What is left of an old constraint beside a new one: itself, a part of it, or nothing. `instead`: it was said so;
    `replaces`: or no item could have both."""
    if not set(old.attributes) & set(new.attributes):
        return (old,)
    if new.kind in ("range", "not range") or old.kind in ("range", "not range"):
        return _ranges_beside(old, new, instead)
    if {old.kind, new.kind} <= {"in", "any"}:
        again = set(new.values) <= set(old.values) or set(old.values) == set(new.values)
        return () if replaces or again else (old,)
    if "not both" in (old.kind, new.kind):
        return (old,)
    left = tuple(value for value in old.values if value not in new.values)
    if old.kind == new.kind == "out":
        return () if set(old.values) <= set(new.values) else (old,)
    if left == old.values:
        return (old,)
    return (replace(old, values=left, words=""),) if left else ()


def _worded(constraint: Constraint, schema: CatalogueSchema, language: str) -> Constraint:
    """What lost a part of its values or a bound, in words again."""
    if constraint.words:
        return constraint
    if constraint.bounds:
        return replace(constraint, words=restated(constraint, schema, language))
    if not constraint.values:
        return constraint
    said = joined((called(str(each), language) for each in constraint.values), language, "or")
    return replace(constraint, words=say("refused", language, value=said) if constraint.kind == "out" else said)


def _ranges_beside(old: Constraint, new: Constraint, instead: bool) -> tuple[Constraint, ...]:
    """Numbers replace numbers; a bound on the other side narrows, unless it was to stand instead or nothing would be
    left between the two."""
    if old.kind != new.kind or len(new.bounds) > 1 or (instead and old.turn < new.turn):
        return () if old.kind == new.kind == "range" else (old,)
    left = {side: bound for side, bound in old.bounds.items() if side[:2] != next(iter(new.bounds))[:2]}
    low = next((bound for side, bound in {**left, **new.bounds}.items() if side.startswith("$g")), None)
    high = next((bound for side, bound in {**left, **new.bounds}.items() if side.startswith("$l")), None)
    empty = low is not None and high is not None and low > high  # type: ignore[operator]
    if empty and old.turn == new.turn:  # said in one breath: a contradiction, and told so
        return (old,)
    if not left or empty or old.relative:
        return ()
    return (replace(old, bounds=left, words="") if len(left) < len(old.bounds) else old,)


def _relaxed(state: DialogueState, act: Relax, schema: CatalogueSchema) -> DialogueState:
    if act.keep:
        kept = tuple(each for each in state.constraints if set(each.attributes) & set(act.keep))
        return replace(state, constraints=kept, wishes=(), examples=(), avoided=())
    if not act.attributes:
        return replace(state, constraints=(), wishes=(), examples=(), avoided=())
    left = tuple(_worded(each, schema, state.language) for old in state.constraints for each in _without(old, act))
    left += _wished_before(state, act, left)
    wishes = tuple(_without_words(each, act.values) for each in state.wishes)
    return replace(state, constraints=left, wishes=tuple(each for each in wishes if each))


def _not_lifted(pinned: tuple[Constraint, ...], act: Relax) -> tuple[Constraint, ...]:
    """What a fresh start begins with: what was taken back is lifted for the whole conversation."""
    if act.keep or not act.attributes:
        return ()
    return tuple(each for each in pinned if _without(each, act) == (each,))


def _wished_before(state: DialogueState, act: Relax, left: tuple[Constraint, ...]) -> tuple[Constraint, ...]:
    """What was wished until it was refused, when the refusal is taken back: "horror", "no horror", "horror is fine"."""
    refused = any(each.kind == "out" and set(each.values) & set(act.values) for each in state.constraints)
    for before in reversed(state.earlier if refused else ()):
        wished = [
            each for each in before.constraints if each.kind in ("in", "any") and set(each.values) & set(act.values)
        ]
        if wished:
            return tuple(each for each in wished if each not in left)
    return ()


def _without(old: Constraint, act: Relax) -> tuple[Constraint, ...]:
    if not set(old.attributes) & set(act.attributes):
        return (old,)
    left = tuple(value for value in old.values if value not in act.values) if act.values else ()
    if not act.values or not left or old.kind == "not both":
        return () if not act.values or set(old.values) & set(act.values) or not old.values else (old,)
    return (replace(old, values=left, words=""),) if left != old.values else (old,)


def _without_words(wish: str, values: Iterable[str | bool]) -> str:
    gone = {word for value in values for word in str(value).casefold().split()}
    return " ".join(word for word in wish.split() if word.casefold() not in gone)


def _criticised(
    state: DialogueState, act: Critique, schema: CatalogueSchema, bounds: Sequence[Constraint]
) -> DialogueState:
    """Away from what was shown: the items in question are not shown again, and count as examples where they were
    pointed at."""
    for each in bounds:
        state = _constrained(state, Constrain(each), schema)
    if act.attribute is None and act.text:
        name = "avoided" if act.direction == "less" else "wishes"
        state = replace(state, **{name: _together(getattr(state, name), (act.text,))[-WISHES:]})  # type: ignore[arg-type]
    pointed = act.items if 0 < len(act.items) < max(2, len(state.shelf)) else ()
    gone = act.items or (state.shelf if act.attribute else ())
    return replace(state, examples=_together(state.examples, pointed), excluded=_together(state.excluded, gone))


def _apart(known: tuple[str, ...], gone: Iterable[str]) -> tuple[str, ...]:
    return tuple(each for each in known if each not in gone)


def _newest(known: tuple[str, ...], more: tuple[str, ...]) -> tuple[str, ...]:
    """Those that come again come last."""
    return (*_apart(known, more), *dict.fromkeys(more))


def _together(known: tuple[str, ...], more: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*known, *more)))
