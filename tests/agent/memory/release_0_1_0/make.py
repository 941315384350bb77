"""Writes a small database with the code of 0.1.0, where that version is installed: `python make.py URL`.

Everything goes through what that version itself writes with; only times and ids are fixed.
"""

import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sommelier.agent.ingest import STALE_KEY, ingest
from sommelier.agent.language_model import ModelCard
from sommelier.agent.memory import Memory
from sommelier.agent.ranking import RankingWeights
from sommelier.agent.strength import Calibration, Line, Norms, save_calibration
from sommelier.agent.turn import Explanation, Recommendation, Sentence, Turn
from sommelier.agent.weights import save_weights
from sommelier.retrieval.catalogue import Event, Item
from sommelier.retrieval.evidence import Evidence, HistoryLink, SharedAttribute
from sommelier.retrieval.fusion import FusionWeights

NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)
ITEMS = "id,title,text,year,genres\nheat,Heat,A thief.,1995,Crime|Drama\nran,Ran,,1985,Drama\nroma,Roma,,2018,Drama\n"
USERS = "id,age\nann,30\nbob,41\n"
CARD = ModelCard("tiny", "ab" * 32, "none", None, "cpu", "bfloat16")


def at(hours):
    return NOON + timedelta(hours=hours)


def main(url):
    with Memory(url) as memory:
        with tempfile.TemporaryDirectory() as folder:
            items, users = Path(folder, "items.csv"), Path(folder, "users.csv")
            items.write_text(ITEMS)
            users.write_text(USERS)
            ingest(Path(folder), memory, items=items, users=users)
        memory.put_setting(STALE_KEY, False)
        events(memory)
        conversation(memory)
        settings(memory)


def events(memory):
    memory.add_events([
        Event("e1", "ann", "heat", "like", at=at(0), context={"device": "tv"}),
        Event("e2", "ann", "ran", "rating", 4.5, at(1), 7),
        Event("e3", "ann", None, "search", context={"query": "heist"}),
        Event("e4", "bob", "heat", "view", at=at(2)),
        Event("e5", "bob", "gone", "dislike", at=at(3)),
    ])  # fmt: skip
    memory.retract("bob", "e5")
    memory.add_events([Event("e6", "zoe", "ran", "save", at=at(4))])
    memory.save_summary("ann", "Likes crime.", "facts", None)
    memory.save_summary("ann", "Turning to drama.", "model", "e2")
    memory.save_summary("bob", "New here.", "facts", "e4")


def conversation(memory):
    link, shared = HistoryLink("ran", "Ran", 0.5, "liked"), SharedAttribute("genres", "Drama", 0.7, 1.2)
    item = Item("heat", "Heat", "A thief.", {"year": 1995, "genres": ("Crime", "Drama")})
    why = Explanation("Because of Ran.", "evidence")
    shown = Recommendation(item, 1, 0.75, why, Evidence((link,), (shared,), ("heist",), 0.9), {"lm": 0.25})
    timings = {"ranking": 0.25, "explanations": 0.5}
    turn = Turn(
        "t1", "s1", "ann", "a heist film", "Here is Heat.", (shown,), timings, at(5), {"device": "tv"}, {"n": 20}
    )
    memory.save_turn(
        turn, {"rank": "c0ffee"}, CARD, (Sentence("Here is Heat.", "model"), Sentence("Well.", "evidence"))
    )
    memory.save_turn(Turn("t2", "s1", "ann", "nothing there?", "", (), {"ranking": 0.125}, at(6)))


def settings(memory):
    save_weights(
        memory,
        "ranking:0123456789abcdef",
        RankingWeights(FusionWeights.shipped("covisitation"), (0.5, 0.1), (0.2, 0.0), 700),
    )
    line = Line(0.25, {"norm": 1.5})
    norms = Norms(3.5, {"heat": (0.5, 12)})
    save_calibration(
        memory, "strength:0123456789abcdef", Calibration("opinion", line, Line(0.5, {}, (1.0, 5.0)), 0.6, norms, 80, 40)
    )
    memory.put_setting("index.events", 5)
    promoted = {"adapter": "001", "at": "2024-05-01T12:00:00+00:00", "why": "promoted", "verdict": "better"}
    memory.put_setting(
        "adapters.promoted", [promoted, {**promoted, "adapter": None, "why": "rolled back", "verdict": None}]
    )
    memory.put_setting("watch.tried", {"arrived": 6, "at": "2024-05-01T12:00:00+00:00"})
    memory.put_setting(
        "alerts", {"quiet_hours": {"since": "2024-05-01T12:00:00+00:00", "text": "Quiet.", "delivered": True}}
    )
    memory.put_setting("builtin", "loading")


if __name__ == "__main__":
    main(*sys.argv[1:])
