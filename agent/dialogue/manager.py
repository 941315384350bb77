"""The dialogue of one catalogue: reads a message in its state, moves that, decides, and says what needs no ranking.

Holds what is found from the catalogue once; every conversation's state goes in and out. Knows no users and no storage.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from ...retrieval.attribute_roles import AttributeRole, Role, year_of
from ...retrieval.catalogue import Item
from ...retrieval.filters import matcher
from ...retrieval.relaxation import Relaxation, relax_parts
from ..dialogue_state import (
    TITLE,
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
    Option,
    Pin,
    Recommend,
    Relax,
    Reset,
    Talk,
    Undo,
    filters_of,
)  # fmt: skip
from ..knowledge.language import languages
from ..knowledge.not_spoken import SORRY
from ..knowledge.phrases import shorten
from .answering import as_answer
from .answers import FactAnswers
from .critiques import bounds_of
from .language_detection import detect_language
from .phrasing import in_a_row, joined, say, titled, value_called
from .pinning import answered, offer, told, usable
from .policy import Move, decide
from .questions import may_ask, next_question
from .readback import read_back
from .reader import MAX_CHARACTERS, MessageReader, RuleReader, Understanding
from .restating import all_restated, placed
from .schema import CatalogueSchema
from .state import advance


@dataclass(frozen=True, slots=True)
class Step:
    """A message in its conversation: what it does, what to do about it, and the state after it. `understood` says it
    back in a few words; `unknown` are words that nothing in the catalogue has, `lasting` is what was said for good."""

    before: DialogueState
    after: DialogueState
    acts: tuple[Act, ...]
    move: Move
    understood: str = ""
    unknown: tuple[str, ...] = ()
    lasting: tuple[Constraint, ...] = ()


class DialogueManager:
    """Safe to use from several threads."""

    def __init__(
        self, items: Sequence[Item], roles: dict[Role, AttributeRole],
        known_words: Callable[[str], bool] = lambda _: True, reader: MessageReader | None = None,
    ) -> None:  # fmt: skip
        """`items` are those of an index with the `roles` that it found; `known_words` says whether some item has the
        stem of a word. `reader` stands in for the rules."""
        self.schema = CatalogueSchema.of(items, roles)
        self._items = {item.id: item for item in items}
        self._reader = reader or RuleReader(self.schema, items, known_words)
        self._facts = FactAnswers(self.schema, self._items)

    def step(self, message: str, state: DialogueState) -> Step:
        """Read a message and move the state. Shelves that were drawn from another catalogue are forgotten."""
        state = self._known(state)
        if acts := answered(message, state):
            return self._moved(state, Understanding(acts), message)
        if not any(map(str.isalnum, message)):
            return self._moved(state, Understanding((Recommend(),)), message)
        language = detect_language(message[:MAX_CHARACTERS], state.language)
        if language not in languages():
            named = self._reader.read(message, state)  # a title may be in any language
            if _names_something(named):
                return self._moved(state, named, message)
            return Step(state, replace(state, turns=state.turns + 1), (Talk("off topic"),), "talk", SORRY[language])
        state = replace(state, language=language)
        read = self._reader.read(message, state)
        read = replace(read, acts=self._as_answer(read.acts, state, message))
        return self._moved(state, read, message)

    def begun(self, pins: Sequence[Constraint]) -> DialogueState:
        """A new conversation of somebody with these pins, as far as the catalogue has what they speak of."""
        return DialogueState.begun_with(usable(pins, self.schema))

    def _as_answer(self, acts: tuple[Act, ...], state: DialogueState, message: str) -> tuple[Act, ...]:
        """The acts as an answer to the question that waits, where its answers are values: neither titles nor decades
        are."""
        asked = self.schema.attributes.get(state.question.attribute) if state.question else None
        if asked is None or not asked.values:
            return acts
        return as_answer(acts, state.question, message, lambda said: value_called(said, asked.values, state.language))

    def dropping(self, place: int, state: DialogueState) -> Step:
        """The step that takes back what one chip says, by its place. Raises IndexError when there are not so many."""
        state = self._known(state)
        acts = tuple(Relax(each.attributes, each.values) for each in state.said_by(place))
        after = replace(state.without(place), turns=state.turns + 1, question=None,
                        earlier=(*state.earlier, replace(state, shown=(), earlier=(), question=None)))  # fmt: skip
        return Step(state, after, acts, "shelf", read_back(state, after, acts, "", self.schema))

    def answer(self, step: Step, message: str, pins: Sequence[Constraint] | None = None) -> str:
        """What is said where no shelf is shown. Not for the moves "shelf" and "why". `pins` are those that the step is
        about where it is about such; None: those of the conversation."""
        language, act = step.after.language, step.acts[0]
        if step.move in ("pin", "unpin", "pins"):
            return told(step.move, self._pins(step) if pins is None else pins, self.schema, language)
        if step.move == "shown before":
            return say("no_step_back", language, message)
        if step.move == "talk":
            about = next(each.about for each in step.acts if isinstance(each, Talk))
            return step.understood or say(about.replace(" ", "_"), language, message)
        return self._noted(self._answered(step, message, act), step)

    def _noted(self, answer: str, step: Step) -> str:
        """The answer, and what was asked for beside the question: the shelf that follows will hold to it."""
        new = [each for each in step.after.constraints if each not in step.before.constraints]
        if not new:
            return answer
        language = step.after.language
        said = joined(all_restated(new, self.schema, language), language)
        return say("beside", language, value=answer, noted=say("noted", language, value=said))

    def _answered(self, step: Step, message: str, act: Act) -> str:
        asked = next((each for each in step.acts if isinstance(each, (Ask, Compare))), act)
        if isinstance(asked, Compare):
            return self._facts.compare(replace(asked, items=asked.items or step.before.shelf[:2]), step.before)
        assert isinstance(asked, Ask)  # as the policy decided
        return self._facts.answers([each for each in step.acts if isinstance(each, Ask)], step.before, message)

    def remembered(self, step: Step) -> str:
        """That what the message said to be remembered is; "" where it said nothing of that."""
        pins = self._pins(step) if any(isinstance(act, Pin) for act in step.acts) else ()
        return told("pin", pins, self.schema, step.after.language) if pins else ""

    def _pins(self, step: Step) -> tuple[Constraint, ...]:
        if step.move == "unpin":
            return tuple(each for each in step.before.constraints if not any(map(each.says_as, step.after.constraints)))
        pinned = tuple(pin for act in step.acts if isinstance(act, Pin) for pin in act.pins)
        return pinned or step.before.pinned

    def nothing_found(self, step: Step, known_best: Sequence[Item], exclude: frozenset[str]) -> str:
        """That nothing meets the conditions, which of them to give up, and what there would be then."""
        constraints, language = step.after.constraints, step.after.language
        found = self._nearest(constraints, known_best, exclude)
        if found is None:
            return say("nothing_at_all", language)
        said = joined(all_restated(constraints, self.schema, language), language)
        lead = say("know_everything" if found.met else "nothing", language, value=said)
        return in_a_row((lead, self._way_out(found, step)), language)

    def _nearest(
        self, constraints: Sequence[Constraint], known_best: Sequence[Item], exclude: frozenset[str]
    ) -> Relaxation | None:
        """What to give up, and what kind of thing is wanted last: who asked for a calculator wants no lamp."""
        parts = {str(place): each.filters for place, each in enumerate(constraints)}
        kinds = [place for place, each in enumerate(constraints) if self._is_of_kind(each)]
        meets = matcher(filters_of(tuple(constraints[place] for place in kinds)))
        rest = {place: filters for place, filters in parts.items() if int(place) not in kinds}
        of_kind = [item for item in known_best if meets(item)] if kinds and rest else []
        return (relax_parts(of_kind, rest, exclude) if of_kind else None) or (
            relax_parts(known_best, parts, exclude) if parts else None
        )

    def _is_of_kind(self, constraint: Constraint) -> bool:
        known = [self.schema.attributes[name] for name in constraint.attributes if name in self.schema.attributes]
        return not constraint.refuses and any(each.kind == "category" for each in known)

    def question(self, step: Step, left: Callable[[], Sequence[Item]]) -> OpenQuestion | None:
        """What to ask beside a shelf that was drawn from `left`: which item a name stands for, before all; then whether
        to remember what was said for good. `left` is called only where a question about the items may be asked: it
        costs a pass over the catalogue."""
        first = self._which(step) or offer(step.lasting, step.after, self.schema)
        return next_question(self.schema, left(), step.after) if first is None and may_ask(step.after) else first

    def _which(self, step: Step) -> OpenQuestion | None:
        """Two films called "Heat" were named as one."""
        alike = [self._items[each] for act in step.acts if isinstance(act, Recommend) for each in act.alike]
        same = [item for item in alike if sum(item.title == other.title for other in alike) > 1]
        if not same or TITLE in step.after.asked:
            return None
        options = tuple(Option(f"{item.title} ({year})", 1) for item in same if (year := year_of(item)))
        language = step.after.language
        said = joined((each.words for each in options), language, "or")
        return OpenQuestion(TITLE, say("which", language, options=said), options) if len(options) > 1 else None

    def not_understood(self, step: Step) -> str:
        """That the wish is nothing that this catalogue has; "" where something of it was understood."""
        told = (Constrain, Critique, Exclude, Feedback, More, Relax, Reset, Undo)
        if any(isinstance(act, told) or getattr(act, "alike", ()) for act in step.acts):
            return ""
        language = step.after.language
        said = [say("quoted", language, value=shorten(each)) for each in step.unknown[:3]]
        return say("not_understood", language, value=joined(said, language)) if said else ""

    def _moved(self, state: DialogueState, read: Understanding, message: str) -> Step:
        after = advance(
            state, read.acts, self.schema, lambda act, now: bounds_of(act, now, self.schema, self._items.get)
        )
        move = decide(read.acts, state)
        understood = read_back(state, after, read.acts, message, self.schema) if move == "shelf" else ""
        return Step(state, after, read.acts, move, understood, read.unknown, read.lasting)

    def _way_out(self, found: Relaxation, step: Step) -> str:
        language = step.after.language
        titles = titled((shorten(item.title) for item in found.examples), language)
        if found.moved:
            name, value = found.moved
            moved = placed(value, self.schema.attributes[name], language)
            return say("nearest_moved", language, value=moved, titles=titles)
        dropped = (step.after.constraints[int(place)] for place in found.dropped)
        gone = (say("quoted", language, value=each) for each in all_restated(dropped, self.schema, language))
        count = say("left_one" if found.count == 1 else "left_many", language, count=found.count)
        named = say("examples" if found.count > len(found.examples) else "these", language, titles=titles)
        return say("nearest_without", language, value=joined(gone, language), count=count, titles=named)

    def _known(self, state: DialogueState) -> DialogueState:
        """The state without what the catalogue no longer has."""
        if all(each in self._items for shelf in state.shown for each in shelf) and all(
            name in self.schema.attributes for each in (*state.constraints, *state.pinned) for name in each.attributes
        ):
            return state
        shown = tuple(tuple(each for each in shelf if each in self._items) for shelf in state.shown)
        kept = tuple(
            each for each in state.constraints if all(name in self.schema.attributes for name in each.attributes)
        )
        known = {name: tuple(each for each in getattr(state, name) if each in self._items)
                 for name in ("examples", "excluded", "focus", "loved")}  # fmt: skip
        pinned = usable(state.pinned, self.schema)
        return replace(state, shown=tuple(filter(None, shown)), constraints=kept, pinned=pinned, **known)  # type: ignore[arg-type]


def _names_something(read: Understanding) -> bool:
    return any(
        isinstance(act, Exclude) or (isinstance(act, Recommend) and (act.alike or act.named)) for act in read.acts
    )
