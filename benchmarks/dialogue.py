"""How well messages are understood, kept and acted on, and what a question is worth.

    python benchmarks/dialogue.py [--only reading,latency] [--quick] [--show N]

Prints Markdown tables. Reading: slot F1 and act accuracy on labelled messages (all, and the half that is held out),
constraints seen where there are none, and the constraints in force after each turn of labelled conversations.
`--show` prints as many misread messages and conversations after the tables, none of the held-out half. No language
model takes part.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Mapping

import numpy as np
from dialogue_latency import seconds_per_message
from dialogue_reading import ALL, HELD_OUT, LabelledConversations, LabelledReading, StateTally, Tally, said
from markdown_tables import table

PARTS = ("reading", "latency")


def main() -> None:
    asked = _arguments()
    for part in asked.only.split(","):
        {"reading": _reading, "latency": _latency}[part](asked.quick, asked.show)


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
    wrong, unconstrained = reading.false_readings(), len(reading.unconstrained())
    kinds = Counter(slot[0] for _, slots in wrong for slot in slots)
    print(f"\nOf {unconstrained} messages without a constraint {len(wrong)} were read as if they had one "
          f"({', '.join(f'{kind} {count}' for kind, count in kinds.most_common())}).\n")  # fmt: skip
    print("### Conversations\n")
    print(conversation_table(conversations.tallies()))
    print()
    for row, slots in wrong[:show]:
        print(f"{row['message']}\n  {slots}")
    print(said(conversations.wrong[:show]))


def message_table(tallies: Mapping[tuple[str, str, str], Tally]) -> str:
    """A row per catalogue and language, all of the file beside its held-out half."""
    rows = []
    for catalogue, language in sorted({key[:2] for key in tallies}, key=english_first):
        whole, half = (tallies[catalogue, language, part] for part in (ALL, HELD_OUT))
        figures = [f"{each:.3f}" for each in (whole.f1, half.f1, whole.act_accuracy, half.act_accuracy)]
        rows.append([catalogue, language, f"{whole.messages} ({half.messages})", *figures])
    return table(["catalogue", "language", "messages (held out)", "slot F1", "held out", "main act", "held out"], rows)


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
    return language != "en", language, catalogue


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
