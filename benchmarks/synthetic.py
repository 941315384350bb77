"""A made-up shop of any size: items with plausible attributes, and vectors that lie in clusters as real ones do.

Vectors: themes of very unequal size (share of the k-th of 400 is proportional to 1/(k + 10)), their centres in a space
of 24 dimensions turned into the wanted number, and around each centre a cloud whose directions fade as 1/sqrt(rank).
Genres follow the theme, so that filters and neighbourhoods are correlated, as they are in a shop.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sommelier.retrieval.catalogue import AttributeValue, Item

THEMES = 400
INTRINSIC = 24
GENRES = 20
LANGUAGES = ("en", "es", "fr", "de", "ja", "ko", "it", "pt", "hi", "zh", "sv", "pl")
SHOP = 7
"""Seed. The same count gives the same shop."""

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Shop:
    """`vectors` are unit rows, shape (items, d); everything else has shape (items,)."""

    vectors: Floats
    themes: NDArray[np.int64]
    second_genres: NDArray[np.int64]
    languages: NDArray[np.int64]
    years: NDArray[np.int64]
    prices: NDArray[np.float64]

    @classmethod
    def of(cls, count: int, dimensions: int) -> Shop:
        """Make one."""
        rng = np.random.default_rng(SHOP)
        share = 1 / (np.arange(THEMES) + 10.0)
        themes = rng.choice(THEMES, count, p=share / share.sum())
        turned = rng.normal(size=(INTRINSIC, dimensions)).astype(np.float32) / np.float32(INTRINSIC**0.5)
        centres = rng.normal(size=(THEMES, INTRINSIC)).astype(np.float32) @ turned
        fading = (np.arange(dimensions) + 1.0) ** -0.5
        cloud = rng.standard_normal((count, dimensions), np.float32) * fading.astype(np.float32) * np.float32(2)
        return cls(
            vectors=_unit(centres[themes] + cloud),
            themes=themes,
            second_genres=rng.integers(GENRES, size=count),
            languages=np.minimum(rng.exponential(2.0, count).astype(np.int64), len(LANGUAGES) - 1),
            years=1950 + (75 * rng.beta(4, 1.5, count)).astype(np.int64),
            prices=rng.lognormal(2.5, 0.6, count).round(2),
        )

    def attributes(self, at: int) -> dict[str, AttributeValue]:
        """Attributes of one item: two genres, a language, a year, a price."""
        genres = dict.fromkeys((int(self.themes[at]) % GENRES, int(self.second_genres[at])))
        return {
            "genres": tuple(f"genre {each}" for each in genres),
            "language": LANGUAGES[self.languages[at]],
            "year": int(self.years[at]),
            "price": float(self.prices[at]),
        }

    def items(self) -> list[Item]:
        """All items, in the order of the vectors, which is id order."""
        return [Item(id, f"Item {id[1:]}", "", self.attributes(at)) for at, id in enumerate(self.ids())]

    def ids(self) -> list[str]:
        """Ids in the order of the vectors."""
        return [f"i{at:08d}" for at in range(len(self.vectors))]

    def visitors(self, count: int) -> Floats:
        """Vectors of people, shape (count, d): the mean of five items of one theme and one of any other."""
        rng = np.random.default_rng((SHOP, 1))
        rows = []
        for at in rng.integers(len(self.vectors), size=count):
            alike = np.flatnonzero(self.themes == self.themes[at])
            near = self.vectors[rng.choice(alike, 5)].sum(axis=0)
            rows.append(near + self.vectors[rng.integers(len(self.vectors))])
        return _unit(np.stack(rows))


def _unit(rows: Floats) -> Floats:
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)
