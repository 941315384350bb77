"""How well messages are understood, kept and acted on, and what a question is worth.

    python benchmarks/dialogue.py [--only reading,conversations,questions,latency] [--quick] [--show N]

Prints Markdown tables. Reading: slot F1 and act accuracy on labelled messages (all, and what is held out),
constraints seen where there are none, and the constraints in force after each turn of labelled conversations.
Conversations: a thousand generated ones with the dialogue and the first stage, and what their shelves break. `--show`
prints as many failures (of each kind, of generated conversations) after the tables. Questions: turns until a film that
somebody has in mind is on the shelf. No language model takes part.
"""

from __future__ import annotations

import argparse
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from dialogue_conversations import Counts, hold, told
from dialogue_latency import seconds_per_message
from dialogue_questions import Search, interval, searches
from dialogue_reading import (
    ALL,
    HALF,
    OWN_FILE,
    WORKED_ON,
    LabelledConversations,
    LabelledReading,
    Row,
    StateTally,
    Tally,
    is_held_out,
    said,
)
from dialogue_world import CATALOGUES, World, world
from markdown_tables import interval as markdown_interval
from markdown_tables import table
from sommelier.retrieval.text.sentence_encoder import SentenceEncoder

PARTS = ("reading", "conversations", "questions", "latency")
CONVERSATIONS = {"films": 500, "games": 250, "office": 250}
TARGETS = 300
SOON = 5
"""Turns within which a film should be found."""


def main() -> None:
    asked = _arguments()
    for part in asked.only.split(","):
        {"reading": _reading, "conversations": _conversations, "questions": _questions, "latency": _latency}[part](
            asked.quick, asked.show
        )


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure the dialogue.")
    parser.add_argument("--only", default=",".join(PARTS), help="parts, between commas")
    parser.add_argument("--quick", action="store_true", help="a tenth")
    parser.add_argument("--show", type=int, default=0, help="failures to print")
    return parser.parse_args()


# Reading


def _reading(_: bool, show: int) -> None:
    reading, conversations = LabelledReading(), LabelledConversations()
    print("### Messages\n")
    print(message_table(reading.tallies()))
    wrong = reading.false_readings()
    _false_readings(wrong, len(reading.unconstrained()), "")
    _false_readings(reading.false_readings(WORKED_ON), len(reading.unconstrained(WORKED_ON)), " that were worked on")
    print("### Conversations\n")
    print(conversation_table(conversations.tallies()))
    print()
    for row, slots in [each for each in wrong if not is_held_out(each[0])][:show]:
        print(f"{row['message']}\n  {slots}")
    print(said(conversations.wrong[:show]))


def _false_readings(wrong: Sequence[tuple[Row, Sequence[Any]]], among: int, which: str) -> None:
    kinds = Counter(slot[0] for _, slots in wrong for slot in slots)
    print(f"\nOf {among} messages without a constraint{which} {len(wrong)} were read as if they had one "
          f"({', '.join(f'{kind} {count}' for kind, count in kinds.most_common())}).\n")  # fmt: skip


def message_table(tallies: Mapping[tuple[str, str, str], Tally]) -> str:
    """A row per catalogue and language: all messages beside those that are held out."""
    rows = []
    for catalogue, language in sorted({key[:2] for key in tallies}, key=english_first):
        parts = [tallies.get((catalogue, language, part), Tally()) for part in (ALL, HALF, OWN_FILE)]
        figures = [_figure(each, shown) for shown in ("f1", "act_accuracy") for each in parts]
        rows.append([catalogue, language, ", ".join(f"{each.messages}" for each in parts), *figures])
    heads = [head for name in ("slot F1", "main act") for head in (name, HALF, OWN_FILE)]
    return table(["catalogue", "language", "messages: all, half, file", *heads], rows)


def _figure(tally: Tally, name: str) -> str:
    return f"{getattr(tally, name):.3f}" if tally.messages else ""


def conversation_table(tallies: Mapping[tuple[str, str], StateTally]) -> str:
    """A row per catalogue and language."""
    rows = []
    for (catalogue, language), each in sorted(
        tallies.items(), key=lambda row: (row[0][1] != "en", row[0][1], row[0][0])
    ):
        shares = [f"{part / whole:.3f}" for part, whole in (
            (each.right_turns, each.turns), (each.right_moves, each.turns),
            (each.right_to_the_last, each.conversations), (each.right_throughout, each.conversations))]  # fmt: skip
        rows.append([catalogue, language, f"{each.conversations}", f"{each.turns}", *shares])
    return table(["catalogue", "language", "conversations", "turns", "turns right", "shelf or answer",
                  "last turn right", "all turns right"], rows)  # fmt: skip


def english_first(key: tuple[str, str]) -> tuple[bool, str, str]:
    """The order of (catalogue, language)."""
    catalogue, language = key
    return not language.startswith("en"), language, catalogue


# Generated conversations


def _conversations(quick: bool, show: int) -> None:
    with _worlds(CATALOGUES) as worlds:
        counts = {name: hold(each, range(CONVERSATIONS[name] // (10 if quick else 1))) for name, each in worlds.items()}
    print("### Generated conversations\n")
    print(count_table(counts))
    print(told((failure for each in counts.values() for failure in each.failures), show) if show else "")


@contextmanager
def _worlds(names: Iterable[str]) -> Iterator[dict[str, World]]:
    encoder = SentenceEncoder.bundled()
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        yield {name: stack.enter_context(world(name, Path(folder), encoder)) for name in names}


def count_table(counts: Mapping[str, Counts]) -> str:
    """A row per catalogue."""
    rows = []
    for name, each in counts.items():
        broken = (each.broken_now, each.broken_earlier, each.empty, each.short, each.missing)
        kept = f"{each.kept / max(each.rules, 1):.1%}"
        figures = (each.conversations, each.shelves, *broken, f"{each.unwanted} of {each.answers}", kept)
        rows.append([name, *map(str, figures)])
    return table(["catalogue", "conversations", "shelves due", "break what was just said", "break what was said before",
                  "empty", "short", "missing", "shelves for questions", "kept to the last"], rows)  # fmt: skip


# Questions


def _questions(quick: bool, _: int) -> None:
    with _worlds(["films"]) as worlds:
        found = searches(worlds["films"], TARGETS // (10 if quick else 1))
    print(f"### Questions, {len(found['ours'])} films looked for\n")
    print(search_table(found))
    print()


def search_table(found: Mapping[str, Sequence[Search]]) -> str:
    """A row per way of asking; differences are those of the same film from asking nothing."""
    plain, rows = found["never-ask"], []
    for name, own in found.items():
        more = interval([each.turns - other.turns for each, other in zip(own, plain, strict=True)])
        turns, soon = interval([each.turns for each in own]), interval([float(each.turns <= SOON) for each in own])
        asked = f"{np.mean([each.questions for each in own]):.2f}"
        rows.append(
            [name, _between(turns), markdown_interval(more, 2) if own is not plain else "", _between(soon), asked]
        )
    return table(["asked", "mean turns, 95 %", "versus never-ask", f"found within {SOON} turns", "questions"], rows)


def _between(bounds: Sequence[float]) -> str:
    low, mean, high = bounds
    return f"{mean:.2f} [{low:.2f}, {high:.2f}]"


# Latency


def _latency(quick: bool, _: int) -> None:
    taken = seconds_per_message(2 if quick else 12)
    print(f"### Time, of {len(taken.deciding)} messages\n")
    steps = {"understanding": taken.understanding, "state, policy and question": taken.deciding}
    rows = [[name, *(f"{1000 * np.percentile(seconds, share):.1f}" for share in (50, 95))]
            for name, seconds in steps.items()]  # fmt: skip
    print(table(["step", "p50 ms", "p95 ms"], rows))


if __name__ == "__main__":
    main()
