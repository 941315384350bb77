"""How long a turn takes, step by step, beside the usual way: one prompt, and the model writes a ranked list.

    python benchmarks/turn_latency.py [TURNS]

Runs the built-in catalogue and the default model, warm, in a workspace of its own. Prints and asserts nothing.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import torch
from sommelier.agent.llm.language_model import LanguageModel, Message
from sommelier.agent.ranking.ranking import item_line
from sommelier.agent.serving_model import configured_model
from sommelier.agent.workspace import Workspace
from sommelier.retrieval.evidence import Candidate

from sommelier import Recommendation, Recommender, Sentence, Shelf

MESSAGES = (
    "a slow-burn thriller for tonight", "something funny, no horror", "recommend me something",
    "a heist film with a clever plot", "a warm family film", "science fiction that makes me think",
    "an old black and white classic", "a sad love story",
)  # fmt: skip
LIST = 20


def main() -> None:
    turns = int(sys.argv[1]) if len(sys.argv) > 1 else 16
    with tempfile.TemporaryDirectory() as folder:
        with Workspace(Path(folder), create=True) as workspace:
            lm = configured_model(workspace)
        with Recommender.open(folder, builtin=True, lm=lm) as recommender:
            _measure(recommender, lm, turns)


def _measure(recommender: Recommender, lm: LanguageModel, turns: int) -> None:
    viewers = [user.id for user in recommender.users()]
    for message in MESSAGES[:2]:
        list(recommender.stream(viewers[0], message))  # warm up
    rows = [_turn(recommender, viewers[at % len(viewers)], MESSAGES[at % len(MESSAGES)]) for at in range(turns)]
    print(f"{lm.card.name}, {lm.card.dtype}, {lm.card.quantization}; {torch.get_num_threads()} threads; {turns} turns")
    for name in rows[0]:
        print(f"{name:<22} p50 {_p(rows, name, 50):7.2f} s   p95 {_p(rows, name, 95):7.2f} s")
    ranked = statistics.median(row["shelf"] for row in rows)
    written = [_generated(recommender, lm, viewers[at]) for at in range(5)]
    seconds = statistics.median(each[0] for each in written)
    valid = statistics.median(each[2] for each in written)
    print(f"one prompt, list of {LIST} with reasons written: p50 {seconds:.2f} s, {written[0][1]} tokens, "
          f"{valid:.0f} of {LIST} candidates named")  # fmt: skip
    print(f"time to a ranked list: {seconds / ranked:.1f}x faster by judging than by writing")


def _turn(recommender: Recommender, user: str, message: str) -> dict[str, float]:
    start, row = time.perf_counter(), {}
    for part in recommender.stream(user, message):
        elapsed = time.perf_counter() - start
        if isinstance(part, Shelf):
            row["shelf"] = elapsed
        elif isinstance(part, Sentence) and "after shelf: sentence" not in row:
            row["after shelf: sentence"] = elapsed - row["shelf"]
        row["end"] = elapsed
    return row | {f"step: {name}": seconds for name, seconds in part.turn.timings.items()}  # type: ignore[union-attr]


def _generated(recommender: Recommender, lm: LanguageModel, user: str) -> tuple[float, int, int]:
    shelf = recommender.recommend(user, LIST)
    lines = "\n".join(_line(each) for each in shelf)
    summary = recommender.profile(user).summary
    prompt = (
        Message("system", "You are a recommender. Rank films for a person."),
        Message("user", f"{summary}\nCandidates:\n{lines}\nRank all {LIST}, best first, one per line, with reasons."),
    )
    start = time.perf_counter()
    text = "".join(lm.stream(prompt, max_new_tokens=LIST * 30))
    named = sum(each.item.title.casefold() in text.casefold() for each in shelf)
    return time.perf_counter() - start, lm.count(text), named


def _line(each: Recommendation) -> str:
    return "- " + item_line(Candidate(each.item, each.score, {}, (), each.evidence))


def _p(rows: Sequence[dict[str, float]], name: str, percent: int) -> float:
    values = sorted(row.get(name, 0.0) for row in rows)
    return values[min(len(values) - 1, int(len(values) * percent / 100))]


if __name__ == "__main__":
    main()
