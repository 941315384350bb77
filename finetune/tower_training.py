"""Networks for a workspace's behaviour tower, each trained without the events that it must not have seen."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from ..agent.ingest.indexing import embedding_cache
from ..retrieval.behaviour.sequence_tower import SequenceTower
from ..retrieval.behaviour.sequence_training import Progress, Recipe, train_tower
from ..retrieval.behaviour.tower_folder import TowerFolder
from ..retrieval.behaviour.towers import TowerChoice
from ..retrieval.catalogue import Item
from ..retrieval.index import in_order, item_text, items_fingerprint, positions
from ..retrieval.text.encoder import TextEncoder
from ..retrieval.text.sentence_encoder import BUNDLED_IDENTITY


def train_network(
    folder: TowerFolder,
    items: Iterable[Item],
    histories: Iterable[Sequence[str]],
    held_back: Mapping[str, int],
    encoder: TextEncoder,
    minutes: float | None = None,
    progress: Progress | None = None,
    start: SequenceTower | None = None,
) -> SequenceTower:
    """Train on histories of item ids that are already without `held_back`, and keep the network under that name.

    What is kept already, trained on the same in the same way, is taken as it is: a fit that was cut off goes on there.
    `start` is a network over the same items that has seen no more than these histories: going on from it takes a
    quarter of the time. Raises ValueError as `train_tower` does.
    """
    ordered = in_order(items)
    ids, choices = [item.id for item in ordered], list(positions(ordered, histories))
    recipe = Recipe.suited_to(choices)
    if start:  # the log may have become dense by the very events that it had not seen
        recipe = replace(recipe, shape=start.network.shape).refresher
    trained_on: tuple[object, ...] = items_fingerprint(ordered), choices, recipe, minutes, bool(start)
    if encoder.identity != BUNDLED_IDENTITY:  # its texts are part of what is learned from
        trained_on += (encoder.identity,)
    fingerprint = hashlib.sha256(repr(trained_on).encode()).hexdigest()
    if folder.trained_on(held_back) == fingerprint:
        return SequenceTower.load(folder.network(held_back))
    text = embedding_cache(encoder).embed([item_text(item) for item in ordered])
    tower = train_tower(choices, len(ordered), recipe, minutes, progress, start, text)
    folder.save(tower, ids, held_back, fingerprint)
    return tower


def blind_tower(
    folder: TowerFolder,
    items: Iterable[Item],
    histories: Callable[[], Iterable[list[str]]],
    held_back: Mapping[str, int],
    encoder: TextEncoder,
) -> TowerChoice:
    """The workspace's tower for an index without `held_back`.

    Where a transformer serves and none is kept that was trained on just these events, one is trained now.
    """
    if folder.choice(encoder=encoder.identity).name == SequenceTower.name:
        train_network(folder, items, histories(), held_back, encoder, folder.facts().get("minutes"))
    return folder.choice(held_back, encoder.identity)
