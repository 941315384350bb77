"""A workspace's settings, `sommelier.yaml`. Every line has a default; an unknown line is an error, not a typo lost."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, TypeAlias, get_args

import yaml
from pydantic import BaseModel, ConfigDict, Field, HttpUrl, ValidationError, field_validator

from ..retrieval.catalogue import EventKind
from ..retrieval.event_kinds import MEANINGS
from .config_errors import unreadable, wrong_line
from .errors import ConfigError

FILE = "sommelier.yaml"

EVENT_WEIGHTS: dict[EventKind, float] = {kind: each.weight for kind, each in MEANINGS.items()}
"""Strength of interest that one event of a kind stands for. A rating's weight is scaled by its value, see
`agent.profile.interests`."""


Task: TypeAlias = Literal["rank", "rate", "explain", "summarise"]
"""What a language model is tuned for, see `finetune.examples`."""
TASKS: tuple[Task, ...] = get_args(Task)
Method: TypeAlias = Literal["lora", "qlora", "dora"]
"""How it is tuned: low-rank adapters over the weights as they serve, over weights in NF4, or (DoRA) of direction and
length apart."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class HalfLife(_Strict):
    """After how long an event counts half: `days` where events have times, else (and with `days: null`) `events`."""

    days: Annotated[float, Field(gt=0)] | None = 60.0
    events: Annotated[float, Field(gt=0)] = 20.0


class Chroma(_Strict):
    """A Chroma server that keeps the vectors."""

    url: HttpUrl
    """http(s)://host[:port]; Chroma has no log-in of its own."""

    @field_validator("url")
    @classmethod
    def _is_a_place(cls, url: HttpUrl) -> HttpUrl:
        if url.username or url.password or url.query or url.fragment or (url.path or "/") != "/":
            raise ValueError("an address of a Chroma server is http://host:port and nothing more")
        return url


Share: TypeAlias = Annotated[float, Field(ge=0, le=1)]
Positive: TypeAlias = Annotated[float, Field(gt=0)]


class Alerts(_Strict):
    """When whoever runs the workspace is told, see `agent.analytics.alerts`. A threshold that is left out is never
    crossed."""

    p95_seconds: Positive | None = None
    """95 % of the turns are answered to the end within this."""
    fallback_rate: Share | None = None
    """Of the sentences and reasons that the model was asked for, so many may be replaced by plain ones."""
    empty_rate: Share | None = None
    """So many turns may have nothing to show."""
    quiet_hours: Positive | None = None
    """The newest event is no older than this."""
    hours: Positive = 1.0
    """The turns of so many hours are looked at."""
    turns: Annotated[int, Field(ge=1)] = 20
    """Fewer of them say nothing."""
    minutes: Annotated[float, Field(ge=0.1)] = 5.0
    """How often a running chat looks."""
    webhook: HttpUrl | None = None
    """Where it is posted to as JSON, beside the log."""

    @property
    def thresholds(self) -> bool:
        """Whether any is set."""
        return any(each is not None for each in (self.p95_seconds, self.fallback_rate, self.empty_rate,
                                                 self.quiet_hours))  # fmt: skip


class Config(_Strict):
    """All settings. Paths may be relative to the workspace."""

    model: str = "bundled"
    """"bundled", a hub id or a local folder."""
    quantize: Literal["auto", "nf4", "int8", "none"] = "auto"
    adapter: Path | None = None
    device: str = "auto"
    database: str | None = None
    """SQLAlchemy URL; None is SQLite in the workspace."""
    encoder: str = "bundled"
    """What reads texts: "bundled", a folder in the layout of sentence-transformers, or a hub id."""
    chroma: Chroma | None = None
    """The Chroma server that keeps the vectors; None is a folder in the workspace."""
    half_life: HalfLife = HalfLife()
    event_weights: dict[EventKind, float] = Field(default_factory=lambda: dict(EVENT_WEIGHTS))
    rating_scale: tuple[float, float] = (1.0, 5.0)
    repeats: Literal["allowed", "excluded"] = "excluded"
    pool: Annotated[int, Field(ge=1, le=200)] = 20
    """Candidates that the language model judges in a turn."""
    shelf: Annotated[int, Field(ge=1, le=20)] = 4
    """Recommendations shown in a conversation."""
    ranking: Literal["pointwise", "listwise"] = "pointwise"
    """How the model is asked: about each candidate by itself, or (models of 4B and up) for the order of all."""
    diversity: Annotated[float, Field(ge=0, le=1)] = 0.0
    """How much an item that resembles those above it falls behind: 0 not at all, 1 regardless of its score."""
    novelty: Annotated[float, Field(ge=0, le=1)] = 0.0
    """How much a popular item falls behind; retrieval scores are of the order of one."""
    tasks: dict[Task, Annotated[float, Field(gt=0)]] = Field(default_factory=lambda: dict.fromkeys(TASKS, 1.0))
    """What `tune` trains for, and what an example of a task counts."""
    contrast: Annotated[float, Field(ge=0)] = 0.0
    """What `tune` counts, beside the loss of a ranking, that the person told of lies nearer to what they chose than to
    the other candidates, at most 1: as much as the ranking. It takes half as long again."""
    wandb: str | None = None
    """Project of Weights & Biases that training reports to, beside TensorBoard."""
    alerts: Alerts = Alerts()

    @property
    def ranking_prompt(self) -> str:
        """The name of the prompt that asks the model in this way; see `agent.ranking.ranking.judge`."""
        return {"pointwise": "rank", "listwise": "order"}[self.ranking]

    @field_validator("tasks")
    @classmethod
    def _learns(cls, tasks: dict[Task, float]) -> dict[Task, float]:
        if not tasks:
            raise ValueError("`tune` would have nothing to learn; name a task, or remove the line for all of them")
        return tasks

    @field_validator("contrast")
    @classmethod
    def _beside(cls, contrast: float) -> float:
        if contrast > 1:
            raise ValueError("it counts beside the ranking, 0 to 1; above that it would outweigh what is to be learned")
        return contrast

    @field_validator("rating_scale")
    @classmethod
    def _ascends(cls, scale: tuple[float, float]) -> tuple[float, float]:
        if scale[0] >= scale[1]:
            raise ValueError(f"the lowest rating comes first, then the highest, not {scale[0]:g}, {scale[1]:g}")
        return scale


def load_config(workspace: Path) -> Config:
    """Read the workspace's settings; defaults where there is no file.

    Raises ConfigError naming each line that is wrong.
    """
    path = workspace / FILE
    if not path.exists():
        return Config()
    try:
        values = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
        return Config.model_validate(values)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} is not readable as YAML: {unreadable(error)}") from error
    except ValidationError as error:
        problems = "; ".join(wrong_line(each, Config) for each in error.errors())
        raise ConfigError(f"{path}: {problems}. Correct or remove these lines") from error
