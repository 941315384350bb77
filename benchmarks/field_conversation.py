"""Conversational retrieval: films mentioned so far were named as liked, all that was said is the request.

On ReDial everything is cross-fitted by folds of dialogues: a turn is answered from what was said and mentioned in other
folds, with weights that were fitted on the turns of other folds, each drawn without its own. The whole catalogue is
ranked but for the films already mentioned. INSPIRED's turns are answered from all of ReDial.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
from field_door import Doors
from field_inspired import Inspired
from field_page import Row, Section
from field_redial import ReDial, Turn
from field_views import FOLDS, WHOLE, View, World, ranks_in, request_of
from numpy.typing import NDArray
from sommelier.finetune.evaluation.metrics import Ranks, hit_rate, paired_interval
from sommelier.finetune.evaluation.setup import Setup
from sommelier.finetune.fitting.residual import Choice, fit_features
from sommelier.retrieval.fusion import FEATURES, FusionWeights

CUTOFFS = (1, 5, 10, 20, 50)
MIX = "mix of the three"
SHORT, SHIPPED, FITTED = (
    f"Sommelier, {each}" for each in ("weights of a short request", "shipped weights", "fitted weights")
)

Advance: TypeAlias = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Found:
    """Ranks of all targets by system, in one order for all, and the dialogue of each."""

    ranks: Mapping[str, Ranks]
    dialogues: Sequence[str]
    weights: Sequence[Mapping[str, float]]
    """The fitted weights of each fold."""

    def recall(self, system: str) -> list[float]:
        """Share of targets among the first k, for each of `CUTOFFS`."""
        return [hit_rate(self.ranks[system], k) for k in CUTOFFS]

    def against(self, system: str, other: str, k: int = 10) -> tuple[float, float, float]:
        """95% interval of the difference in recall at k: (low, mean, high). Whole dialogues are resampled."""
        names, places = np.unique(self.dialogues, return_inverse=True)
        share = len(names) / len(places)
        first, second = (np.bincount(places, self.ranks[name] <= k) * share for name in (system, other))
        return paired_interval(first.astype(np.float64), second.astype(np.float64))


def section_of(found: Found) -> Section:
    """The table of ReDial."""
    means = {name: float(np.mean([each[name] for each in found.weights])) for name in FEATURES}
    notes = [
        f"Cross-fitted over {FOLDS} folds of dialogues: no turn is answered from what was said and mentioned in its "
        "own fold, or with weights fitted on it; intervals resample dialogues.",
        "The weights that ship for conversations were fitted on these turns, all of them: the row of fitted weights is "
        "the honest one here, INSPIRED's table for those that ship.",
        "Fitted weights, mean over folds: " + ", ".join(f"{name} {value:.2f}" for name, value in means.items()) + ".",
        "Ties of the co-mention count are broken by popularity. The language model takes no part in this table.",
    ]
    about = ("the whole catalogue is ranked; films already mentioned are in neither ranking nor targets. All that was "
             "said before is the request, and films mentioned by then are named as liked.")  # fmt: skip
    return _section("redial", "ReDial, conversational retrieval", about, found, MIX, notes)


def door_section(found: Found) -> Section:
    """The table of what the dialogue's rules make of the same turns."""
    notes = ["What the rules understand of the seeker's messages is all that the ranking gets. What the other side "
             "recommended stands as shelves that were shown. The row of shipped weights is that of the table above, on "
             "these turns. One dialogue in three, chosen by its id."]  # fmt: skip
    about = "the whole catalogue is ranked, less the films already mentioned and what the conditions rule out."
    return _section("door", "ReDial, message by message through the dialogue", about, found, SHIPPED, notes)


def inspired_section(found: Found, inspired: Inspired) -> Section:
    """The table of INSPIRED."""
    notes = [f"Of {inspired.recommended} recommended films {inspired.missing} are not among ReDial's, most of them "
             "newer, and are no targets.",
             "Nothing was fitted or chosen on these dialogues but the shares of the mix, which flatters it. Mentions "
             "and conversations are ReDial's."]  # fmt: skip
    about = "the whole catalogue of ReDial is ranked; films already mentioned are in neither ranking nor targets."
    return _section("inspired", "INSPIRED, conversational retrieval", about, found, MIX, notes)


def _section(name: str, title: str, about: str, found: Found, against: str, notes: Sequence[str]) -> Section:
    """Best first by recall at 10."""
    systems = sorted(found.ranks, key=lambda name: -found.recall(name)[CUTOFFS.index(10)])
    rows = [
        Row(name, {f"R@{k}": share for k, share in zip(CUTOFFS, found.recall(name), strict=True)},
            None if name == against else found.against(name, against))
        for name in systems
    ]  # fmt: skip
    counted = (
        f"{len(found.dialogues):,} recommended films in the turns of {len(set(found.dialogues))} dialogues; {about}"
    )
    return Section(name, title, counted, rows, f"R@10 versus {against}, 95 %", notes=notes)


def converse(redial: ReDial, setup: Setup, advance: Advance) -> tuple[Found, Found]:
    """Measure ReDial, and one dialogue in three through the dialogue's rules, in a workspace that holds the films, the
    mentions and the turns of all dialogues, its index up to date."""
    world = World(setup, redial)
    with ExitStack() as stack:
        views = []
        for fold in range(FOLDS):
            advance("building indexes", fold, FOLDS)
            views.append(stack.enter_context(world.without(fold)))
        told = [_tell(view, world, turn, advance) for view in views for turn in world.turns(view.fold)]
        doors = Doors(redial, views[0].index)
        heard = [(each, doors.ranks(views[each.fold], each.turn)) for each in told if doors.hears(each.turn)]
    fits = [_fit(told, view.fold, view.shipped, advance) for view in views]
    answers = {id(each): _answer(each, *fits[each.fold]) for each in told}
    through = [{SHIPPED: each.ranks[SHIPPED], **ranks} for each, ranks in heard]
    return (
        _found([each.turn for each in told], [answers[id(each)] for each in told], [weights for weights, _ in fits]),
        _found([each.turn for each, _ in heard], through),
    )


def converse_elsewhere(inspired: Inspired, redial: ReDial, setup: Setup, advance: Advance) -> Found:
    """Measure INSPIRED in ReDial's workspace."""
    world = World(setup, redial, inspired.turns)
    with world.without(WHOLE) as view:
        told = [_tell(view, world, turn, advance) for turn in inspired.turns]
    mix = _best_mix(told)
    return _found(inspired.turns, [{**each.ranks, MIX: [ranks[mix] for ranks in each.mixed]} for each in told])


def _found(
    turns: Sequence[Turn], answers: Sequence[Mapping[str, Sequence[float]]], weights: Sequence[Mapping[str, float]] = ()
) -> Found:
    ranks = {name: np.array([rank for answer in answers for rank in answer[name]]) for name in answers[0]}
    return Found(ranks, [turn.dialogue for turn in turns for _ in turn.targets], weights)


def _fit(
    told: Sequence[Told], fold: int, shipped: FusionWeights, advance: Advance
) -> tuple[Mapping[str, float], int]:  # fmt: skip
    """Weights and mix by the turns of other folds."""
    others = [each for each in told if each.fold != fold]
    fitted = fit_weights([choice for each in others for choice in each.choices()], shipped)
    advance("answering", fold + 1, FOLDS)
    return fitted, _best_mix(others)


def _best_mix(told: Sequence[Told]) -> int:
    return int(np.argmax((np.array([ranks for each in told for ranks in each.mixed]) <= 10).mean(axis=0)))


def fit_weights(choices: Sequence[Choice], shipped: FusionWeights) -> Mapping[str, float]:
    """The weights of conversations by the product's own fit. It starts from those of a short request: what ships for
    conversations has seen all of these turns."""
    fitted, _ = fit_features(choices, vector_of(shipped.with_request))
    return dict(zip(FEATURES, map(float, fitted), strict=True))


def vector_of(weights: Mapping[str, float]) -> NDArray[np.float64]:
    """Weights in the order of `FEATURES`."""
    return np.array([weights.get(name, 0.0) for name in FEATURES])


@dataclass(frozen=True, slots=True)
class Told:
    """A turn as its own fold's view sees it before anything is fitted: ranks of its targets by what needs no fit, ranks
    by each of `MIXES` (a row per target), and the candidates by the shipped weights with their features."""

    fold: int
    turn: Turn
    ranks: Mapping[str, list[float]]
    mixed: Sequence[Sequence[float]]
    ids: Sequence[str]
    rows: NDArray[np.float64]

    def choices(self) -> Iterator[Choice]:
        """One per target that is among the candidates; the other targets of the turn are not counted against it."""
        wanted = np.array([id in self.turn.targets for id in self.ids])
        for at in np.flatnonzero(wanted):
            kept = ~wanted | (np.arange(len(wanted)) == at)
            yield Choice(self.rows[kept], int(kept[:at].sum()))

    def ranks_by(self, weights: Mapping[str, float]) -> list[float]:
        """Rank of each target among the candidates by other weights."""
        return ranks_in(self.ids, (self.rows @ vector_of(weights)).tolist(), self.turn)


def _tell(view: View, world: World, turn: Turn, advance: Advance) -> Told:
    world.told += 1
    advance("drawing candidates", world.told, world.all)
    return tell(view, turn, world.vector(turn))


def tell(view: View, turn: Turn, vector: NDArray[np.float32]) -> Told:
    """Ask everything that needs no fit. `vector` is that of the request."""
    request = request_of(turn)
    pool = view.candidates(turn, request)
    ranks = {name: view.ranks(scores, turn) for name, scores in view.simple(turn, vector).items()}
    ids, rows = [each.item.id for each in pool], np.array([[each.features[name] for name in FEATURES] for each in pool])
    mixed = list(zip(*(view.ranks(scores, turn) for scores in view.mixed(turn, vector)), strict=True))
    told = Told(view.fold, turn, ranks, mixed, ids, rows)
    short, whole = (view.shipped.of(True, share) for share in (0.0, request.told))
    return replace(told, ranks=ranks | {SHORT: told.ranks_by(short), SHIPPED: told.ranks_by(whole)})


def _answer(told: Told, fitted: Mapping[str, float], mix: int) -> dict[str, list[float]]:
    return {**told.ranks, MIX: [ranks[mix] for ranks in told.mixed], FITTED: told.ranks_by(fitted)}
