# The public names and where they live; `__init__.py` imports each when it is first used.

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
from .retrieval.evidence import Evidence, HistoryLink, Likeness, SharedAttribute
from .retrieval.related_items import RelatedItems
from .retrieval.relaxation import Relaxation

__version__: str

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
    "Likeness",
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
