"""Settings: every one is declared once and is what it is declared to be, also where 0.1.0 stored it."""

import ast
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path

import pytest
from sommelier.agent.analytics.alerts import Told
from sommelier.agent.errors import WorkspaceError
from sommelier.agent.memory.memory import Memory
from sommelier.agent.memory.settings import Setting
from sommelier.agent.profile.opinions import Norms
from sommelier.agent.ranking.ranking import RankingWeights
from sommelier.agent.ranking.strength import Calibration, Line, load_calibration
from sommelier.agent.ranking.weights import load_weights
from sommelier.agent.serving_model import Promotion
from sommelier.finetune.adapters.watch import Tried
from sommelier.retrieval.fusion import FusionWeights
from sommelier.retrieval.readers.columns import Column, Schema

ROOT = Path(__file__).parents[3]
AT = "2024-05-01T12:00:00+00:00"
NAME = "0123456789abcdef"
YEAR = Column("year", "year", "integer", 3, ("1995", "1985", "2018"))
GENRES = Column("genres", "genres", "categories", 3, ("Crime|Drama", "Drama"))
RELEASED = {
    "adapters.changed_prompts": None,
    "adapters.promoted": (Promotion("001", AT, "promoted", "better"), Promotion(None, AT, "rolled back", None)),
    "alerts": {"quiet_hours": Told(AT, "Quiet.", True)},
    "builtin": "loading",
    "index.events": 5,
    "index.stale": False,
    "ranking": RankingWeights(),
    "schema.items": Schema({"id": "id", "title": "title", "text": "text"}, (YEAR, GENRES)),
    "schema.users": Schema({"id": "id"}, (Column("age", "age", "integer", 2, ("30", "41")),)),
    "strength": Calibration(),
    "watch.tried": Tried(6, datetime(2024, 5, 1, 12, tzinfo=UTC)),
}
"""All settings there are, and what the database of 0.1.0 has of them. `ranking` and `strength` are families."""


def declared():
    """(key, name of the module) of every setting, as the source has it."""
    for room in ("agent", "finetune", "sommelier"):
        for path in sorted((ROOT / room).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            module = ".".join(parts if room == "sommelier" else ("sommelier", *parts))
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Setting":
                    yield ast.literal_eval(node.args[0]), module


def settings_of(module):
    """The settings that a module holds, alone or in a table."""
    for value in vars(import_module(module)).values():
        yield from (
            each for each in (value.values() if isinstance(value, dict) else [value]) if isinstance(each, Setting)
        )


def test_every_setting_is_declared_once_and_listed_here():
    assert sorted(key for key, _ in declared()) == sorted(RELEASED)


def test_settings_of_the_release_are_read_as_what_they_are(released):
    modules = {module for _, module in declared()}
    settings = {each.key: each for module in modules for each in settings_of(module)}
    with Memory(released) as memory:
        assert {key: memory.settings.get(settings[key]) for key in RELEASED} == RELEASED


def test_fits_of_the_release_are_read_as_what_they_are(released):
    line, strength = Line(0.25, {"norm": 1.5}), Line(0.5, {}, (1.0, 5.0))
    with Memory(released) as memory:
        weights = load_weights(memory, NAME)
        assert (weights.lm_without_request, weights.lm_with_request, weights.users) == ((0.5, 0.1), (0.2, 0.0), 700)
        assert isinstance(weights.retrieval, FusionWeights)
        assert weights.retrieval.with_request["request"] == 3.0
        norms = Norms(3.5, {"heat": (0.5, 12)})
        assert load_calibration(memory, NAME) == Calibration("opinion", line, strength, 0.6, norms, 80, 40)


def test_what_was_put_comes_back_and_the_default_until_then(memory):
    tried = Setting("tried", Tried | None, None)
    assert memory.settings.get(tried) is None
    memory.settings.put(tried, Tried(5, datetime(2024, 5, 1, tzinfo=UTC)))
    memory.settings.put(tried.of("b"), Tried(7, datetime(2024, 6, 1, tzinfo=UTC)))
    assert memory.settings.get(tried) == Tried(5, datetime(2024, 5, 1, tzinfo=UTC))
    assert memory.settings.get(tried.of("b")).arrived == 7
    memory.settings.put(tried, None)
    assert memory.settings.get(tried) is None


def test_a_value_of_another_kind_is_refused_with_its_key_and_place(memory):
    memory.settings.put(Setting("tried", dict, {}), {"arrived": "many", "at": AT})
    with pytest.raises(WorkspaceError, match=r"setting 'tried' in .*: arrived: .*integer.*Delete its row"):
        memory.settings.get(Setting("tried", Tried, None))
