"""Which behaviour tower a workspace serves with, and where its trained networks lie.

`tower/choice.json` in the workspace names the tower and says what it was chosen by; each network has a folder of its
own, named by what it must not have seen. Knows files; how towers are trained and chosen is `finetune`'s business.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..text.sentence_encoder import BUNDLED_IDENTITY
from .sequence_tower import WEIGHTS, SequenceTower
from .towers import TowerChoice

SERVING: Mapping[str, int] = {}
"""What the serving network is blind to: nothing."""


RECORD = "trained_on"


@dataclass(frozen=True, slots=True)
class TowerFolder:
    """The folder `tower` of a workspace; it need not exist."""

    root: Path

    @classmethod
    def beside(cls, index: Path) -> TowerFolder:
        """That of the workspace whose index folder this is."""
        return cls(index.parent / "tower")

    def choice(self, held_back: Mapping[str, int] = SERVING, encoder: str | None = None) -> TowerChoice:
        """The tower for an index built without each user's newest `held_back[user]` events.

        Factors until something else was chosen, and when the network is not there or read the texts of another
        `encoder` (its identity; None: whichever).
        """
        facts = self.facts()
        name = str(facts.get("name", TowerChoice().name))
        if name != SequenceTower.name:
            return TowerChoice(name)
        if encoder not in (None, facts.get("encoder", BUNDLED_IDENTITY)):
            return TowerChoice()
        network = self.network(held_back)
        return TowerChoice(name, network) if (network / WEIGHTS).exists() else TowerChoice()

    def network(self, held_back: Mapping[str, int]) -> Path:
        """Where the network that has not seen these events lies, or is to lie."""
        blind_to = hashlib.sha256(json.dumps(sorted(held_back.items())).encode()).hexdigest()[:16]
        return self.root / ("serving" if not held_back else f"blind-{blind_to}")

    def trained_on(self, held_back: Mapping[str, int]) -> str:
        """The fingerprint that `save` was given; empty when no such network is kept."""
        record = self.network(held_back) / RECORD
        return record.read_text() if record.exists() else ""

    def save(
        self, tower: SequenceTower, ids: Sequence[str], held_back: Mapping[str, int], fingerprint: str = ""
    ) -> Path:
        """Keep a network for items in this order; returns its folder.

        `fingerprint` says what it was trained on and how.
        """
        folder = self.network(held_back)
        draft = folder.with_name(folder.name + ".tmp")
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(parents=True)
        tower.save(draft, ids)
        (draft / RECORD).write_text(fingerprint)
        old = folder.with_name(folder.name + ".old")
        shutil.rmtree(old, ignore_errors=True)
        if folder.exists():
            folder.rename(old)
        draft.rename(folder)
        shutil.rmtree(old, ignore_errors=True)
        return folder

    def sweep(self, held_back: Mapping[str, int]) -> None:
        """Delete the networks that are blind to other events than these: the log has moved on."""
        for folder in self.root.glob("blind-*"):
            if folder != self.network(held_back):
                shutil.rmtree(folder, ignore_errors=True)

    def choose(self, name: str, facts: Mapping[str, object]) -> None:
        """Serve this tower from the next index on. `facts` say what it was chosen by."""
        self.root.mkdir(parents=True, exist_ok=True)
        draft = self.root / "choice.tmp"
        draft.write_text(json.dumps({"name": name, **facts}, indent=1))
        draft.replace(self.root / "choice.json")

    def facts(self) -> dict[str, Any]:
        """What `choose` was told, with the name; empty when nothing was chosen."""
        try:
            facts: dict[str, Any] = json.loads((self.root / "choice.json").read_text())
        except (OSError, ValueError):
            return {}
        return facts
