"""Generated conversations held with the dialogue and the first stage, and what every shelf of them breaks.

A conversation is drawn from a seed, so that a failing one can be held again. No language model takes part.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from random import Random

from dialogue_person import Person, Rule, Saying
from dialogue_world import SHELF, World
from sommelier.agent.dialogue_state import DialogueState, OpenQuestion
from sommelier.retrieval.catalogue import Item

SHORTEST, LONGEST = 3, 8


@dataclass(frozen=True)
class Failure:
    """The first thing that went wrong in a conversation. `kind` says what; `messages` lead there."""

    kind: str
    catalogue: str
    seed: int
    messages: Sequence[str]
    detail: str


@dataclass
class Counts:
    """Over some conversations. Shelves that were due are `shelves`; of them may be broken by what was said in the turn
    itself, by what was said before; or empty, short, or not there. `answers` is how many turns wanted none."""

    conversations: int = 0
    turns: int = 0
    shelves: int = 0
    broken_now: int = 0
    broken_earlier: int = 0
    empty: int = 0
    short: int = 0
    missing: int = 0
    answers: int = 0
    unwanted: int = 0
    rules: int = 0
    kept: int = 0
    failures: list[Failure] = field(default_factory=list)

    @property
    def violations(self) -> int:
        """Shelves with an item that breaks something."""
        return self.broken_now + self.broken_earlier


class Conversation:
    """One conversation, counted as it goes."""

    def __init__(self, world: World, seed: int, counts: Counts) -> None:
        self._world, self._seed, self._counts = world, seed, counts
        self._draw = Random(f"{world.name} {seed}")
        self._person = Person(world.name, world.items, self._draw)
        self._state = DialogueState()
        self._question: OpenQuestion | None = None
        self._shelf: Sequence[Item] = ()
        self._said: list[str] = []
        self._failed = False
        self._last: tuple[Sequence[Rule], Sequence[Item]] | None = None

    def hold(self) -> None:
        """Talk it through."""
        for _ in range(self._draw.randint(SHORTEST, LONGEST)):
            self._turn()
        self._counts.conversations += 1
        if self._last:
            rules, shelf = self._last
            self._counts.rules += len(rules)
            self._counts.kept += sum(all(rule.allows(item) for item in shelf) for rule in rules)

    def _turn(self) -> None:
        saying = self._person.say(self._shelf, self._question)
        self._said.append(saying.message)
        self._counts.turns += 1
        step = self._world.manager.step(saying.message, self._state)
        self._state, self._question = step.after, None
        acts = " ".join(act.kind for act in step.acts)
        if step.move != "shelf":
            self._not_shown(saying, f"{step.move} ({acts})")
        else:
            self._show(saying, *self._world.shown(step), acts)

    def _not_shown(self, saying: Saying, what: str) -> None:
        self._counts.answers += not saying.shelf
        if saying.shelf:
            self._counts.shelves += 1
            self._counts.missing += 1
            self._fail(f"{saying.act}: no shelf", what)

    def _show(self, saying: Saying, shelf: Sequence[Item], state: DialogueState, acts: str) -> None:
        self._state, self._question = state, state.question
        if saying.shelf:
            self._check(saying, shelf, acts)
        else:
            self._counts.answers += 1
            self._counts.unwanted += 1
            self._fail(f"{saying.act}: a shelf that nobody wanted", acts)
        self._shelf = shelf or self._shelf
        self._person.see(shelf)

    def _check(self, saying: Saying, shelf: Sequence[Item], acts: str) -> None:
        rules, allowed = self._person.rules, self._person.allowed()
        self._counts.shelves += 1
        self._last = ([each for each in rules if each.want.about != "once"], shelf)
        broken = [rule for rule in rules if not all(rule.allows(item) for item in shelf)]
        now = [rule for rule in broken if rule.turn == self._person.turn]
        self._counts.broken_now += bool(now)
        self._counts.broken_earlier += bool(broken) and not now
        self._counts.empty += bool(allowed) and not shelf
        self._counts.short += 0 < len(shelf) < min(SHELF, len(allowed))
        state = f"{acts}; in force: {', '.join(each.words for each in self._state.constraints) or 'nothing'}"
        for rule in broken:
            when = "just said" if rule in now else "said before"
            self._fail(f"{saying.act}: broken, {when}, about {rule.want.about}", f"“{rule.words}” ({state})")
        if len(shelf) < min(SHELF, len(allowed)):
            held = ", ".join(each.words for each in rules)
            self._fail(
                f"{saying.act}: {'short' if shelf else 'empty'}", f"{len(allowed)} allowed by “{held}” ({state})"
            )

    def _fail(self, kind: str, detail: str) -> None:
        if not self._failed:
            self._counts.failures.append(Failure(kind, self._world.name, self._seed, tuple(self._said), detail))
        self._failed = True


def hold(world: World, seeds: Iterable[int]) -> Counts:
    """The conversations of these seeds."""
    counts = Counts()
    for seed in seeds:
        Conversation(world, seed, counts).hold()
    return counts


def told(failures: Iterable[Failure], most: int) -> str:
    """Failures for people, the most frequent kind first, so many of each kind."""
    by_kind: dict[str, list[Failure]] = defaultdict(list)
    for each in failures:
        by_kind[each.kind].append(each)
    lines = []
    for kind, count in Counter({kind: len(each) for kind, each in by_kind.items()}).most_common():
        lines.append(f"\n{count} x {kind}")
        for each in sorted(by_kind[kind], key=lambda failure: len(failure.messages))[:most]:
            lines += [f"  {each.catalogue} {each.seed}: {' / '.join(each.messages)}", f"      {each.detail}"]
    return "\n".join(lines)
