"""The adapters of a workspace: what they are, which one serves, and the gate that a new one must pass."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from typing import Any

from ..agent.bundled import SHIPPED_ADAPTER
from ..agent.configured_model import ADAPTERS, PAPERS, PROMOTED, model_with, papers_of, serving_adapter
from ..agent.errors import ModelError, SommelierError
from ..agent.ranking import SHIPPED_LM, RankingWeights
from ..agent.towers import TowerFolder
from ..agent.workspace import Workspace
from ..retrieval.fusion import FusionWeights
from .comparison import USERS, Comparison, compare_models
from .evaluation import Progress
from .fitting import fit_weights
from .metrics import NonInferiority, Ranks, paired_interval
from .parentage import learned_by
from .served import Served

SERVING, CANDIDATE = "serving", "candidate"
ROLLED_BACK = "rolled back"


class AdapterError(SommelierError):
    """An adapter is missing, in use, or not good enough. The message says what to do."""


@dataclass(frozen=True, slots=True)
class Gate:
    """The comparison of a candidate with what serves, and the non-inferiority test of their fused rankings.

    `writing` tests by task how often what they write is true at the first try. `earlier` is the same comparison on the
    last choices before the events that the candidate went on to learn from, where it did: what it may have forgotten.
    `newer` is the part of the comparison whose choices are among these events: what it may have gained.
    """

    comparison: Comparison
    test: NonInferiority
    earlier: Gate | None = None
    writing: Mapping[str, NonInferiority] = field(default_factory=dict)
    newer: Comparison | None = None

    @classmethod
    def of(cls, comparison: Comparison, earlier: Gate | None = None, newer: Comparison | None = None) -> Gate:
        """Test everything that was compared."""
        writing = comparison.writes_not_worse(CANDIDATE, SERVING)
        return cls(comparison, comparison.not_worse(CANDIDATE, SERVING), earlier, writing, newer)

    @property
    def verdict(self) -> str:
        """ "not worse" by the one-sided 95% test at a 2% margin, "worse" where the 95% interval of the difference is
        below zero, else "undecided"; the worst of all that is compared. Every test must hold, so none needs a
        correction for their number (Berger 1982, intersection-union)."""
        verdicts = {self._own, *([self.earlier.verdict] if self.earlier else []), *map(self._written, self.writing)}
        return next(each for each in ("worse", "undecided", "not worse") if each in verdicts)

    @property
    def _own(self) -> str:
        return _verdict(self.test, *(self.comparison.fused[name] for name in (CANDIDATE, SERVING)))

    def _written(self, task: str) -> str:
        return _verdict(self.writing[task], *(self.comparison.wrote[name][task] for name in (CANDIDATE, SERVING)))


def _verdict(test: NonInferiority, candidate: Ranks, serving: Ranks) -> str:
    if test.holds:
        return "not worse"
    return "worse" if len(candidate) > 1 and paired_interval(candidate, serving)[2] < 0 else "undecided"


class Registry:
    """Adapters under a workspace's `adapters` folder. Which one serves is written in its database."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._root = workspace.folder / ADAPTERS

    def names(self) -> list[str]:
        """Folder names, oldest first."""
        return sorted(each.parent.name for each in self._root.glob(f"*/{PAPERS}") if each.parent.name.isdigit())

    def papers(self, name: str) -> dict[str, Any]:
        """What is known of it: base, prompt, data, training, and figures before and after. Raises AdapterError."""
        self._require(name)
        try:
            return papers_of(self._root / name)
        except ModelError as error:
            raise AdapterError(str(error)) from error

    @property
    def serving(self) -> str | None:
        """The name of the adapter that serves; None for what ships, or the bare model."""
        path = serving_adapter(self._workspace)
        return path.name if path and path.parent == self._root else None

    def free_name(self) -> str:
        """The next number that no adapter has or had: the record of what served must not change its meaning."""
        used = [*self.names(), *(entry["adapter"] or "0" for entry in self.history())]
        return f"{max(map(int, used), default=0) + 1:03}"

    def history(self) -> list[dict[str, Any]]:
        """Every promotion and rollback, oldest first: adapter, when, why, and by what verdict."""
        promoted: list[dict[str, Any]] = self._workspace.memory.get_setting(PROMOTED, [])
        return promoted

    def judge(self, name: str, withheld: Mapping[str, str], progress: Progress, users: int = USERS) -> Gate:
        """Compare an adapter with what serves, on up to `users` validation users; leaves the gains there as an image.

        Raises AdapterError for an unknown name, and ModelError where the adapter does not fit the model.
        """
        self._require(name)
        workspace, serving = self._workspace, serving_adapter(self._workspace)
        models = {
            SERVING: lambda: model_with(workspace, serving),
            CANDIDATE: lambda: model_with(workspace, self._root / name),
        }
        since = self.papers(name).get("since")
        learned = learned_by(self._root / name) | (learned_by(serving) if serving else set())
        comparison = compare_models(workspace, models, withheld, progress, users, learned=learned)
        earlier = newer = None
        if since is not None:
            fresh = workspace.memory.arrived_after(int(since))
            # What is written is compared above already: texts cost more than all the judging.
            before = compare_models(workspace, models, withheld, progress, users, fresh, learned, writers=0)
            earlier, newer = Gate(before, before.not_worse(CANDIDATE, SERVING)), comparison.among(fresh)
        self._plot(name, comparison)
        return Gate.of(comparison, earlier, newer)

    def promote(
        self, name: str, withheld: Mapping[str, str], progress: Progress, *, users: int = USERS, force: bool = False
    ) -> Gate:
        """Serve this adapter from now on, with weights fitted for it, if it is not worse than what serves.

        With `force` it serves whatever the verdict, which stays on record. Raises AdapterError when it is refused or
        serves already, or when the configuration names an adapter, which promotion cannot overrule.
        """
        if self._workspace.config.adapter:
            raise AdapterError("sommelier.yaml names an adapter: remove that line, so that promotion decides")
        if name == self.serving:
            raise AdapterError(f"the adapter {name} serves already")
        serving = self.serving
        gate = self.judge(name, withheld, progress, users)
        if gate.verdict != "not worse" and not force:
            raise AdapterError(refusal(name, gate))
        self._fit(name, withheld, progress, gate.comparison.users)
        self._require(name)
        if self.serving != serving:
            now = self.serving or "the one that ships"
            raise AdapterError(f"another adapter ({now}) serves since {name} was judged: promote it again")
        self._serve(name, "forced" if gate.verdict != "not worse" else "promoted", gate.verdict)
        return gate

    def rollback(self) -> str | None:
        """Serve what served before the present adapter; returns its name, None for what ships.

        Raises AdapterError when nothing was promoted.
        """
        served = self._served()
        if not served:
            raise AdapterError("there is nothing to roll back: no promoted adapter serves")
        before = next((name for name in reversed(served[:-1]) if name in self.names()), None)
        self._serve(before, ROLLED_BACK, None)
        return before

    def delete(self, name: str) -> None:
        """Remove an adapter's folder. Raises AdapterError for the one that serves."""
        self._require(name)
        if name == self.serving:
            raise AdapterError(f"the adapter {name} is serving: roll back or promote another before deleting it")
        shutil.rmtree(self._root / name)

    def _plot(self, name: str, comparison: Comparison) -> None:
        """Leave the gains as an image beside the adapter."""
        from .plots import LIFT, plot_lift  # takes a second to import, and only this needs it

        if comparison.judged:
            gains = {each: comparison.gain(each) for each in comparison.fused}
            plot_lift(gains, comparison.users, self._root / name / LIFT)

    def _require(self, name: str) -> None:
        if name not in self.names():  # the name becomes a path
            some = ", ".join(self.names()) or "none; `sommelier tune` makes one"
            raise AdapterError(f"there is no adapter {name!r}; there are: {some}")

    def _served(self) -> list[str]:
        """Promotions that were not rolled back, oldest first; the last one serves."""
        served: list[str] = []
        for entry in self.history():
            if entry["why"] != ROLLED_BACK:
                served.append(entry["adapter"])
            while served and served[-1] != entry["adapter"]:
                served.pop()
        return served

    def _serve(self, name: str | None, why: str, verdict: str | None) -> None:
        entry = {"adapter": name, "at": datetime.now(timezone.utc).isoformat(), "why": why, "verdict": verdict}
        self._workspace.memory.put_setting(PROMOTED, [*self.history(), entry])

    def _fit(self, name: str, withheld: Mapping[str, str], progress: Progress, users: int) -> None:
        """The weights that are stored hold for another model; without its own, an adapter would not be heard.

        Where there are too few users for a fit, what went on from the adapter in the box keeps the weight of that.
        """
        served = Served.of(self._workspace, model_with(self._workspace, self._root / name))
        key = served.key()
        if fitted := fit_weights(lambda index: served.engine(index, key), served.store, withheld, progress):
            served.keep(fitted.weights, withheld)
        elif str(self.papers(name).get("parent")).startswith(SHIPPED_ADAPTER):
            tower = TowerFolder.beside(self._workspace.index).choice().name
            served.keep(RankingWeights(FusionWeights.shipped(tower), SHIPPED_LM, SHIPPED_LM, max(users, 1)), withheld)


def refusal(name: str, gate: Gate) -> str:
    """Why an adapter is not promoted, with the figures."""
    if gate.earlier and gate.earlier.verdict != "not worse":
        return f"on choices from before the new events {refusal(name, replace(gate.earlier, earlier=None))}"
    if failing := [task for task in gate.writing if not gate.writing[task].holds] if gate.test.holds else []:
        return f"the adapter {name} is not promoted ({gate.verdict}): {_writes_less_truly(failing[0], gate)}"
    means = {each: float(gate.comparison.fused[each].mean()) for each in (SERVING, CANDIDATE)}
    needed = f", needs about {gate.test.needed:,} users" if gate.verdict == "undecided" and gate.test.needed else ""
    return (
        f"the adapter {name} is not promoted ({gate.verdict}{needed}): on {gate.comparison.users:,} validation users "
        f"NDCG@10 is {means[CANDIDATE]:.4f} and that of what serves {means[SERVING]:.4f}; it must not be lower by more "
        f"than {gate.test.margin:.4f}, and the one-sided 95% bound of the difference is {gate.test.low:+.4f}; "
        "tune on more data, or use --force"
    )


def _writes_less_truly(task: str, gate: Gate) -> str:
    true = {each: gate.comparison.wrote[each][task] for each in (SERVING, CANDIDATE)}
    test = gate.writing[task]
    return (
        f"of {len(true[CANDIDATE]):,} texts ({task}) {true[CANDIDATE].mean():.1%} are true at the first try, of what "
        f"serves {true[SERVING].mean():.1%}; they must not be fewer by more than {test.margin:.1%}, and the one-sided "
        f"95% bound of the difference is {test.low:+.1%}; tune longer, or use --force"
    )
