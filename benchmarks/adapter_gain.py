"""What an adapter adds to the first stage on each validation user's last choice, apart for cold users and items.

    python benchmarks/adapter_gain.py WORKSPACE [--adapter FOLDER|shipped|none] [--users 10000] [--shipped]

The workspace was fitted with the bare model (`adapter: none`): retrieval's weights are those of that fit, or with
`--shipped` those that ship. The model
judges the pool that a turn would show it; its weights beside retrieval are fitted for each half of the users on the
other half: as it serves, heard by how little an item is known, and for comparison heard everywhere alike. A target that
is not in the pool counts 0 for all. Interval: paired bootstrap over users.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from sommelier.agent.ranking.ranking import votes
from sommelier.agent.ranking.weights import load_weights, weights_key
from sommelier.agent.serving_model import model_with, shipped_adapter
from sommelier.agent.turn import Request
from sommelier.agent.workspace import Workspace
from sommelier.finetune.evaluation.cases import validation_cases
from sommelier.finetune.evaluation.groups import item_groups, user_groups
from sommelier.finetune.evaluation.metrics import Ranks, ndcg, paired_interval, rank_against_ties
from sommelier.finetune.evaluation.setup import Setup
from sommelier.finetune.fitting.residual import Choice, fit_lm, fused_by_others

SAYS = Console(stderr=True)
HEARD = {"by how little an item is known": (1.0, 1.0), "everywhere alike": (1.0, 0.0)}
"""How the model is heard -> what is left of its two votes (see `agent.ranking.ranking.votes`)."""


@dataclass(frozen=True, slots=True)
class Gain:
    """NDCG@10 of some users by retrieval and fused, the model's own order, and the interval of fused - retrieval."""

    name: str
    users: int
    retrieval: float
    fused: float
    alone: float
    interval: tuple[float, float, float]

    @classmethod
    def over(cls, name: str, found: Mapping[str, Ranks], members: NDArray[np.bool_]) -> Gain:
        """Of the `members` among the users."""
        some = {system: values[members] for system, values in found.items()}
        means = {system: float(values.mean()) for system, values in some.items()}
        interval = paired_interval(some["fused"], some["retrieval"])
        return cls(name, int(members.sum()), means["retrieval"], means["fused"], means["alone"], interval)


def measure(folder: Path, adapter: str, users: int, shipped: bool) -> dict[str, object]:
    """Draw pools, have them judged, and compare."""
    with Workspace(folder, use="both") as workspace:
        lm = model_with(workspace, _path(adapter))
        setup = Setup.of(workspace, lm)
        cases, held_back = validation_cases(workspace.memory, {})
        key = weights_key(setup.prompt, replace(lm.card, adapter=None), setup.store.serving())
        if not shipped and not load_weights(workspace.memory, key).users:
            sys.exit(f"{folder} holds no fit of retrieval's weights for the bare model: put `adapter: none` into its "
                     "sommelier.yaml and run `sommelier fit`, or give --shipped")  # fmt: skip
        with setup.store.without(held_back) as index:
            pipeline, asked, places = setup.pipeline(index, "none" if shipped else key), [], []
            for done, case in enumerate(cases[:users], 1):
                user_state, request = (
                    pipeline.read(workspace.memory.catalogue.user(case.user), case.events),
                    Request(context=case.context),
                )
                pool = pipeline.candidates(user_state, request, pipeline.config.pool)
                at = next((place for place, each in enumerate(pool) if each.item.id == case.target), None)
                if at is not None:
                    asked.append((user_state, request, pool))
                    places.append((done - 1, at))
                SAYS.print(f"drawing: {done:,} of {users:,}", end="\r")
            judged = pipeline.judge_many(asked, lambda done, of: SAYS.print(f"judging: {done:,} of {of:,}", end="\r"))
            some = cases[:users]
            groups = user_groups([len(each.events) for each in some], [{} for _ in some])
            groups += item_groups([each.target for each in some], index)
    everybody, found = np.ones(len(some), bool), {}
    for kind, heard in HEARD.items():
        choices = [Choice(np.array([[one.score] for one in pool]), at, votes(pool, says) * heard)
                   for (_, _, pool), (_, at), says in zip(asked, places, judged, strict=True)]  # fmt: skip
        before, after = fused_by_others(choices, np.ones(1))
        alone = ndcg(np.array([rank_against_ties(says.tolist(), at)
                               for (_, at), says in zip(places, judged, strict=True)]))  # fmt: skip
        spread = {name: _spread(values, [place for place, _ in places], len(some))
                  for name, values in (("retrieval", before), ("fused", after), ("alone", alone))}  # fmt: skip
        rows = [Gain.over("everybody", spread, everybody)]
        rows += [Gain.over(f"{each.of}: {each.name}", spread, each.members) for each in groups if each.size > 30]
        found[kind] = {"weights": fit_lm(choices, np.ones(1), len(some))[0], "gains": [asdict(row) for row in rows]}
    return {"adapter": lm.card.adapter, "users": len(some), "judged": len(places), "found": found}


def _path(adapter: str) -> Path | None:
    return shipped_adapter("bundled") if adapter == "shipped" else None if adapter == "none" else Path(adapter)


def _spread(values: Ranks, places: list[int], users: int) -> Ranks:
    spread = np.zeros(users)
    spread[places] = values
    return spread


def main() -> None:
    """Print the figures as JSON lines."""
    parser = argparse.ArgumentParser(description="What an adapter adds to the first stage.")
    parser.add_argument("workspace", type=Path)
    parser.add_argument("--adapter", default="shipped")
    parser.add_argument("--users", type=int, default=10_000)
    parser.add_argument("--shipped", action="store_true", help="beside retrieval's shipped weights, not the fitted")
    options = parser.parse_args()
    result = measure(options.workspace, options.adapter, options.users, options.shipped)
    for kind, found in result.pop("found").items():  # type: ignore[attr-defined]
        print(json.dumps({**result, "heard": kind, "weights": found["weights"]}))
        for row in found["gains"]:
            low, mean, high = row["interval"]
            print(f"  {row['name']:<44} {row['users']:>6}  retrieval {row['retrieval']:.4f}  fused {row['fused']:.4f}  "
                  f"alone {row['alone']:.4f}  {mean:+.4f} [{low:+.4f}, {high:+.4f}]")  # fmt: skip


if __name__ == "__main__":
    main()
