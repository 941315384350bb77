"""The adapters of a workspace: what they are, which one serves, and how another comes to serve."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NoReturn

from ...agent.errors import ModelError, SommelierError
from ...agent.llm.bundled import SHIPPED_ADAPTER
from ...agent.llm.model_loading import ADAPTER_WEIGHTS
from ...agent.ranking.ranking import POINTWISE, SHIPPED_LM, RankingWeights
from ...agent.serving_model import (
    ADAPTERS,
    METADATA_FILE,
    PROMOTED,
    Promotion,
    metadata_of,
    model_with,
    serving_adapter,
)
from ...agent.workspace import Workspace
from ...retrieval.behaviour.tower_folder import TowerFolder
from ...retrieval.fusion import FusionWeights
from ..evaluation.evaluation import Progress
from ..evaluation.setup import Setup
from ..fitting.fitting import fit_weights
from .comparison import Announce, compare_models
from .gate import CANDIDATE, SERVING, Gate, refusal
from .model_card import CARD, model_card
from .parentage import learned_by
from .workload import USERS

ROLLED_BACK = "rolled back"


class AdapterError(SommelierError):
    """An adapter is missing, in use, or not good enough. The message says what to do."""


class RefusedError(AdapterError):
    """The gate refused an adapter; `gate` is what was found."""

    def __init__(self, name: str, gate: Gate) -> None:
        super().__init__(refusal(name, gate))
        self.gate = gate


class Registry:
    """Adapters under a workspace's `adapters` folder. Which one serves is written in its database."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._root = workspace.folder / ADAPTERS

    def names(self) -> list[str]:
        """Folder names, oldest first."""
        return sorted(
            path.parent.name for path in self._root.glob(f"*/{METADATA_FILE}") if path.parent.name.isdecimal()
        )

    def unexpected_files(self) -> dict[str, str]:
        """Folders that look like adapters and have no number or no metadata, each with why in half a sentence."""
        folders = {path.name: path for path in sorted(self._root.glob("*")) if path.is_dir()}
        whys = {name: self._strange(folder) for name, folder in folders.items() if name not in self.names()}
        return {name: why for name, why in whys.items() if why}

    def find(self, name: str) -> str:
        """The adapter's own name, also where its number is given without the zeros before it. Raises AdapterError."""
        known = {int(name): name for name in self.names()}
        if name.isdecimal() and name not in self.names():
            return known.get(int(name)) or self._unknown(name)
        return name if name in self.names() else self._unknown(name)

    def metadata(self, name: str) -> dict[str, Any]:
        """What is known of it: base, prompt, data, training, and figures before and after. Raises AdapterError."""
        name = self.find(name)
        try:
            return metadata_of(self._root / name)
        except ModelError as error:
            raise AdapterError(str(error)) from error

    @property
    def serving(self) -> str | None:
        """The name of the adapter that serves; None for what ships, or the bare model."""
        path = serving_adapter(self._workspace)
        return path.name if path and path.parent == self._root else None

    def free_name(self) -> str:
        """The next number that no adapter has or had: the record of what served must not change its meaning."""
        used = [*self.names(), *(entry.adapter or "0" for entry in self.history())]
        return f"{max(map(int, used), default=0) + 1:03}"

    def history(self) -> tuple[Promotion, ...]:
        """Every promotion and rollback, oldest first: adapter, when, why, and by what verdict."""
        return self._workspace.memory.settings.get(PROMOTED)

    def judge(
        self,
        name: str,
        withheld: Mapping[str, str],
        progress: Progress,
        users: int = USERS,
        announce: Announce | None = None,
    ) -> Gate:
        """Compare an adapter with what serves, on up to `users` validation users; leaves the gains there as an image,
        and the verdict in its metadata and its card.

        `announce` is called with what will be done, and how long that takes, before it begins. Raises AdapterError for
        an unknown name, ModelError where the adapter does not fit the model, and MissingExtraError without the extra
        `plots`.
        """
        from ..training import plots  # takes a second, and only this needs it; first, since comparing takes minutes

        name = self.find(name)
        workspace, serving = self._workspace, serving_adapter(self._workspace)
        models = {
            SERVING: lambda: model_with(workspace, serving),
            CANDIDATE: lambda: model_with(workspace, self._root / name),
        }
        since = self.metadata(name).get("since")
        learned = learned_by(self._root / name) | (learned_by(serving) if serving else set())
        comparison = compare_models(workspace, models, withheld, progress, users, learned=learned, announce=announce)
        earlier = newer = None
        if since is not None:
            fresh = workspace.memory.events.arrived_after(int(since))
            # What is written is compared above already: texts cost more than all the judging.
            before = compare_models(workspace, models, withheld, progress, users, fresh, learned, 0, announce)
            earlier, newer = Gate(before, before.not_worse(CANDIDATE, SERVING)), comparison.among(fresh)
        if comparison.judged:
            gains = {model: comparison.gain(model) for model in comparison.fused}
            plots.plot_lift(gains, comparison.users, self._root / name / plots.LIFT)
        gate = Gate.of(comparison, earlier, newer)
        self._record(name, gate)
        return gate

    def promote(
        self, name: str, withheld: Mapping[str, str], progress: Progress, *, users: int = USERS, force: bool = False,
        announce: Announce | None = None,
    ) -> Gate:  # fmt: skip
        """Serve this adapter from now on, with weights fitted for it, if it is not worse than what serves.

        With `force` it serves whatever the verdict, which stays on record; `announce` as for `judge`. Raises
        RefusedError when the gate refuses it, and AdapterError when it is unknown or serves already, or when the
        configuration names an adapter, which promotion cannot overrule.
        """
        name = self.find(name)
        if self._workspace.config.adapter:
            raise AdapterError("sommelier.yaml names an adapter: remove that line, so that promotion decides")
        if name == self.serving:
            raise AdapterError(f"the adapter {name} serves already")
        serving = self.serving
        gate = self.judge(name, withheld, progress, users, announce)
        if gate.verdict != "not worse" and not force:
            raise RefusedError(name, gate)
        self._fit(name, withheld, progress, gate.comparison.users)
        self.find(name)  # it may have been deleted meanwhile
        if self.serving != serving:
            now = self.serving or "the one that ships"
            raise AdapterError(f"another adapter ({now}) serves since {name} was judged: promote it again")
        self._serve(name, "forced" if gate.verdict != "not worse" else "promoted", gate.verdict)
        return gate

    def rollback(self) -> str | None:
        """Serve what served before the present adapter; returns its name, None for what ships.

        Raises AdapterError when nothing was promoted.
        """
        promotions = self._promotions()
        if not promotions:
            raise AdapterError("there is nothing to roll back: no promoted adapter serves")
        before = next((name for name in reversed(promotions[:-1]) if name in self.names()), None)
        self._serve(before, ROLLED_BACK, None)
        return before

    def delete(self, name: str) -> None:
        """Remove an adapter's folder. Raises AdapterError for the one that serves."""
        name = self.find(name)
        if name == self.serving:
            raise AdapterError(f"the adapter {name} is serving: roll back or promote another before deleting it")
        shutil.rmtree(self._root / name)

    def _record(self, name: str, gate: Gate) -> None:
        """Write the verdict into the adapter's metadata, and its card anew."""
        serving = serving_adapter(self._workspace)
        name_of = {None: "the bare model", SHIPPED_ADAPTER: "the adapter in the box"}
        against = serving.name if serving else None
        verdict = {
            "against": name_of.get(against, f"the adapter {against}"), "verdict": gate.verdict,
            "at": datetime.now(UTC).isoformat(), "users": gate.comparison.users,
            "judged": gate.comparison.judged, "findings": [asdict(finding) for finding in gate.findings()],
        }  # fmt: skip
        metadata, folder = {**self.metadata(name), "gate": verdict}, self._root / name
        draft = folder / f"{METADATA_FILE}.tmp"
        draft.write_text(json.dumps(metadata, indent=1), encoding="utf-8")
        draft.replace(folder / METADATA_FILE)  # a chat beside this may be reading it
        (folder / CARD).write_text(model_card(name, metadata), encoding="utf-8")

    def _unknown(self, name: str) -> NoReturn:
        some = ", ".join(self.names()) or "none; `sommelier tune` makes one"
        raise AdapterError(f"there is no adapter {name!r}; there are: {some}")

    def _strange(self, folder: Path) -> str | None:
        if folder.name.isdecimal():
            return f"{METADATA_FILE} is missing: restore it, or remove the folder"
        if any((folder / file).exists() for file in (ADAPTER_WEIGHTS, METADATA_FILE)):
            return f"its name is no number: rename it, to {self.free_name()} for example, to promote or delete it"
        return None  # a run that is not finished, say

    def _promotions(self) -> list[str | None]:
        """Promotions that were not rolled back, oldest first; the last one serves."""
        promotions: list[str | None] = []
        for entry in self.history():
            if entry.why != ROLLED_BACK:
                promotions.append(entry.adapter)
            while promotions and promotions[-1] != entry.adapter:
                promotions.pop()
        return promotions

    def _serve(self, name: str | None, why: str, verdict: str | None) -> None:
        entry = Promotion(name, datetime.now(UTC).isoformat(), why, verdict)
        self._workspace.memory.settings.put(PROMOTED, (*self.history(), entry))

    def _fit(self, name: str, withheld: Mapping[str, str], progress: Progress, users: int) -> None:
        """The weights that are stored hold for another model; without its own, an adapter would not be heard.

        Where there are too few users for a fit, what went on from the adapter in the box keeps the weight of that.
        """
        setup = Setup.of(self._workspace, model_with(self._workspace, self._root / name))
        key = setup.key()
        if fitted := fit_weights(lambda index: setup.pipeline(index, key), setup.store, withheld, progress):
            setup.keep(fitted.weights, withheld)
        elif setup.prompt.name == POINTWISE and str(self.metadata(name).get("parent")).startswith(SHIPPED_ADAPTER):
            encoder = setup.store.encoder.identity
            tower = TowerFolder.beside(self._workspace.index).choice(encoder=encoder).name
            setup.keep(RankingWeights(FusionWeights.shipped(tower), SHIPPED_LM, SHIPPED_LM, max(users, 1)), withheld)
