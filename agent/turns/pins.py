"""What holds for a person for good: where a conversation begins with it, and what a step of one changes of it.

Knows states before and after; how a message is read, and what is said of it, is not known here.
"""

from __future__ import annotations

from collections.abc import Iterable

from ..dialogue.manager import DialogueManager, Step
from ..dialogue_state import Constraint, DialogueState, Undo, Unpin
from ..memory.memory import Memory


class Pins:
    """The pins of all users, as conversations use and change them."""

    def __init__(self, memory: Memory) -> None:
        self._store = memory.pins

    def begun(self, user: str, dialogue: DialogueManager) -> DialogueState:
        """A new conversation of this user."""
        return dialogue.begun(self._store.of(user))

    def follow(self, user: str, step: Step) -> tuple[Constraint, ...] | None:
        """Keep what the step pins, forget what it unpins or takes back. Returns the pins that its answer is about: all
        of the user's, or those that are gone; None where it is about none, or about what it says itself."""
        self._store.add(user, _only(step.after, step.before))
        if any(isinstance(act, Undo) for act in step.acts):
            self._store.remove(user, _only(step.before, step.after))
        unpinned = next((act for act in step.acts if isinstance(act, Unpin)), None)
        if unpinned:
            return self._forget(user, unpinned, step)
        return self._store.of(user) if step.move == "pins" else None

    def take_back(self, user: str, after: DialogueState, before: DialogueState | None) -> None:
        """Forget what a message pinned that another one takes the place of, and pin what it unpinned. `before` None:
        it was the first of its session, and began with what its state goes back to."""
        if before is None:
            before = after.earlier[0] if after.earlier else after
        self._store.remove(user, _only(after, before))
        self._store.add(user, _only(before, after))

    def _forget(self, user: str, unpinned: Unpin, step: Step) -> tuple[Constraint, ...]:
        """What is gone, be it lifted before or of another conversation; and what held in this one alone."""
        gone = [each for each in self._store.of(user) if unpinned.means(each)]
        self._store.remove(user, gone)
        lifted = (each for each in step.before.constraints if not any(map(each.says_as, step.after.constraints)))
        return (*gone, *(each for each in lifted if not any(map(each.says_as, gone))))


def _only(one: DialogueState, other: DialogueState) -> Iterable[Constraint]:
    return [each for each in one.pinned if not any(map(each.says_as, other.pinned))]
