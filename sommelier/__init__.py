"""Sommelier: the conversational recommender that a team runs itself.

from sommelier import Recommender

with Recommender.open() as recommender:
    turn = recommender.chat("viewer-01", "something slow and strange")
"""

import os

# Compute threads that wait sleep instead of spinning: on shared cores, spinning makes a turn take ten times as long.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

from .agent.errors import (
    ConfigError,
    InvalidEventError,
    ModelError,
    SommelierError,
    UnknownEventError,
    UnknownItemError,
    WorkspaceError,
)
from .agent.ingest.ingest import IngestReport
from .agent.ingest.loading import load_files, load_preset
from .agent.profile.drift import Change
from .agent.ranking.strength import InterestStrength
from .agent.recommender import Recommender
from .agent.turn import (
    Explained,
    Explanation,
    Finished,
    Interest,
    ItemInterest,
    Profile,
    Recommendation,
    Sentence,
    Shelf,
    Turn,
    TurnPart,
)
from .prompts.prompt import PromptError
from .retrieval.catalogue import CatalogueError, Event, EventKind, Item, User
from .retrieval.evidence import Evidence, HistoryLink, SharedAttribute
from .retrieval.related_items import RelatedItems
from .retrieval.relaxation import Relaxation

__version__ = "0.1.0"

__all__ = [
    "CatalogueError",
    "Change",
    "ConfigError",
    "Event",
    "EventKind",
    "Evidence",
    "Explained",
    "Explanation",
    "Finished",
    "HistoryLink",
    "IngestReport",
    "Interest",
    "InterestStrength",
    "InvalidEventError",
    "Item",
    "ItemInterest",
    "ModelError",
    "Profile",
    "PromptError",
    "Recommendation",
    "Recommender",
    "RelatedItems",
    "Relaxation",
    "Sentence",
    "SharedAttribute",
    "Shelf",
    "SommelierError",
    "Turn",
    "TurnPart",
    "UnknownEventError",
    "UnknownItemError",
    "User",
    "WorkspaceError",
    "load_files",
    "load_preset",
]
