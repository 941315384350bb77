"""ReDial through the product's own door: the seeker's messages are read one by one, or only the last, or all as one.

What the rules of the dialogue understand of them (wishes, conditions, titles, what was liked or not) is all that the
ranking gets; no language model takes part. What the other side recommended stands as shelves that were shown.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

from field_redial import Message, ReDial, Turn, asked
from field_views import View, listed
from sommelier.agent.dialogue.manager import DialogueManager
from sommelier.agent.dialogue.state import request_of, with_shelf
from sommelier.agent.dialogue_state import DialogueState, Feedback
from sommelier.retrieval.catalogue import Event
from sommelier.retrieval.index import Index

SHARE = 3
"""One dialogue in so many is heard."""
LAST, WHOLE, EACH = "the last message", "all as one message", "message by message"


class Doors:
    """Reads dialogues over one catalogue."""

    def __init__(self, redial: ReDial, index: Index) -> None:
        self._redial = redial
        self._dialogue = DialogueManager(index.items, dict(index.roles), index.words.column.__contains__)

    def hears(self, turn: Turn) -> bool:
        """Whether the turn's dialogue is one of those heard, which its id alone decides."""
        drawn = hashlib.blake2b(f"door {turn.dialogue}".encode(), digest_size=4).digest()
        return int.from_bytes(drawn, "big") % SHARE == 0

    def ranks(self, view: View, turn: Turn) -> Mapping[str, list[float]]:
        """Ranks of the turn's targets through each door."""
        before = self._redial.messages[turn.dialogue][: turn.place]
        own = [each for each in before if each.seeker]
        heard = {LAST: own[-1:], WHOLE: [Message(True, asked(turn))], EACH: before}
        return {name: self._through(view, turn, messages) for name, messages in heard.items()}

    def read(self, person: str, messages: Sequence[Message]) -> tuple[DialogueState, list[Event]]:
        """The conversation after these messages, and what the log got of it."""
        state, events = DialogueState(), list[Event]()
        for message in messages:
            if not message.seeker:
                state = with_shelf(state, message.films) if message.films else state
                continue
            step = self._dialogue.step(message.text, state)
            state = step.after
            events += [Event(f"{person} {len(events)} {item}", person, item, act.event) for act in step.acts
                       if isinstance(act, Feedback) for item in act.items]  # fmt: skip
        return state, events

    def _through(self, view: View, turn: Turn, messages: Sequence[Message]) -> list[float]:
        state, events = self.read(turn.dialogue, messages)
        return listed(view.candidates(turn, request_of(state), events), turn)
