"""Like or dislike, question by question: AUC and GAUC on TALLRec's film questions (MovieLens 100K by title).

    python benchmarks/tallrec.py TALLREC_MOVIE

The folder holds valid.json. A question names ten films that a person liked or disliked and one more: will they like
it? The file names nobody; a question that continues the history of the one before it is by the same person.

What a person's questions are answered from: the question's own history, and what the *other* people's histories say
of the films (norms, co-visitation, popularity; an index is built without each person in turn). No target's label is
among it, except where it has become history in a later question of that other person. The few weights are fitted on
the questions of other people (five folds of people). The like ratio and the language model alone have no fit.
"""

from __future__ import annotations

import json
import re
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sommelier.agent.config import Config
from sommelier.agent.ingest.indexing import embedding_cache
from sommelier.agent.llm.language_model import LanguageModel
from sommelier.agent.profile.opinions import Norms, values_of
from sommelier.agent.ranking.pipeline import RankingPipeline
from sommelier.agent.ranking.strength import FEATURES, LM, pair_features, preferences
from sommelier.agent.serving_model import configured_model
from sommelier.agent.workspace import Workspace
from sommelier.finetune.evaluation.classification import auc_interval, grouped_auc_gain, grouped_auc_interval
from sommelier.finetune.examples.opinion_pairs import Floats, Pairs, joined
from sommelier.finetune.fitting.calibration import predict_unseen
from sommelier.prompts.library import packaged
from sommelier.retrieval.candidates import Retriever
from sommelier.retrieval.catalogue import Event, EventKind, Item, User
from sommelier.retrieval.event_kinds import chosen
from sommelier.retrieval.index import Index, build_index
from sommelier.retrieval.text.encoder import TextEncoder
from sommelier.retrieval.text.sentence_encoder import SentenceEncoder

SECTIONS = re.compile(r"User Preference:(.*)\nUser Unpreference:(.*)\nWhether .* target movie (.*)\?", re.DOTALL)
FITTED: Mapping[str, Sequence[str]] = {
    "like level + film": ("user", "item"), "retrieval": FEATURES, "retrieval + lm": (*FEATURES, LM),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Question:
    """One row of the file. `person` counts the people in it."""

    person: int
    liked: tuple[str, ...]
    disliked: tuple[str, ...]
    target: str
    answer: bool

    @property
    def history(self) -> frozenset[str]:
        """All films that it names but the target."""
        return frozenset(self.liked + self.disliked)


def measure(folder: Path) -> list[dict[str, float | str]]:
    """One row for each system: its name, questions, people, and AUC, GAUC and the GAUC it adds to the like ratio's
    ("gain"), each with the bounds of its 95% interval ("auc", "auc_low", "auc_high" and so on)."""
    questions = read_questions(folder / "valid.json")
    with tempfile.TemporaryDirectory() as scratch:
        with Workspace(Path(scratch), create=True) as workspace:
            lm = configured_model(workspace)
        pairs = _pairs(questions, lm, Path(scratch))
    ratio = np.array([len(each.liked) / max(len(each.history), 1) for each in questions])
    popularity = pairs.features["popularity"]
    scores = {"like ratio": ratio, "popularity": popularity, "lm": pairs.features[LM]}
    scores |= {name: predict_unseen(pairs, names).odds for name, names in FITTED.items()}
    return [_row(name, pairs, values, ratio) for name, values in scores.items()]


def read_questions(path: Path) -> list[Question]:
    """The questions in file order. Raises SystemExit for a row that is not of TALLRec's form."""
    questions: list[Question] = []
    for number, row in enumerate(json.loads(path.read_text(encoding="utf-8")), 1):
        if not (parts := SECTIONS.fullmatch(row["input"])):
            sys.exit(f"{path}, row {number}: not a question of TALLRec's film data")
        liked, disliked, target = (_titles(part) for part in parts.groups())
        question = Question(0, liked, disliked, target[0], row["output"] == "Yes.")
        before = questions[-1] if questions else question
        same = question.history <= before.history | {before.target}
        questions.append(Question(before.person + (not same), liked, disliked, target[0], question.answer))
    return questions


def _titles(part: str) -> tuple[str, ...]:
    quoted = part.strip()
    return tuple(quoted[1:-1].split('", "')) if quoted else ()


def _pairs(questions: Sequence[Question], lm: LanguageModel, scratch: Path) -> Pairs:
    """Each person's questions, described by an index and norms that the person has no part in."""
    titles = {title for each in questions for title in (*each.history, each.target)}
    items = [_film(title) for title in sorted(titles)]
    known = _opinions(questions)
    encoder, config, parts = SentenceEncoder.bundled(), Config(), []
    for person in range(len(known)):
        print(f"\rperson {person + 1} of {len(known)}", end="", file=sys.stderr)
        others = [events for other, events in enumerate(known) if other != person]
        index = _index(scratch / str(person), items, others, encoder)
        pipeline = RankingPipeline(config, Retriever(index, encoder), lm, packaged("rank"))
        norms = Norms.of(values_of(events, config) for events in others)
        parts += [_pair(pipeline, norms, each) for each in questions if each.person == person]
        index.close()
    print(file=sys.stderr)
    return joined(parts)


def _film(title: str) -> Item:
    dated = re.fullmatch(r"(.*\S) \((\d{4})\)", title)
    return Item(title, dated[1], "", {"year": int(dated[2])}) if dated else Item(title, title)


def _opinions(questions: Sequence[Question]) -> list[list[Event]]:
    """What each person's histories say, oldest question first, each film once."""
    people: list[dict[str, Event]] = [{} for _ in range(questions[-1].person + 1)]
    for question in questions:
        for event in _events(question):
            people[question.person].setdefault(event.item or "", event)
    return [list(told.values()) for told in people]


def _events(question: Question) -> list[Event]:
    """A question's history. The file tells liked and disliked films apart and orders each, so they are interleaved."""
    told = sorted([*_spread(question.liked, "like"), *_spread(question.disliked, "dislike")])
    user = str(question.person)
    return [Event(title, user, title, kind, position=at) for at, (_, title, kind) in enumerate(told)]


def _spread(titles: Sequence[str], kind: EventKind) -> Iterator[tuple[float, str, EventKind]]:
    return (((at + 0.5) / len(titles), title, kind) for at, title in enumerate(titles))


def _index(root: Path, items: Sequence[Item], people: Sequence[Sequence[Event]], encoder: TextEncoder) -> Index:
    build_index(root, items, [chosen(events) for events in people], embedding_cache(encoder))
    return Index.open(root, items)


def _pair(pipeline: RankingPipeline, norms: Norms, question: Question) -> Pairs:
    user_state = pipeline.read(User(str(question.person)), _events(question))
    features = pair_features(pipeline, user_state, [question.target], norms)
    features[LM] = preferences(pipeline, user_state, [question.target])
    return Pairs(np.array([str(question.person)]), features, np.array([question.answer]), np.array([np.nan]))


def _row(name: str, pairs: Pairs, scores: Floats, ratio: Floats) -> dict[str, float | str]:
    row: dict[str, float | str] = {"system": name, "questions": len(pairs), "people": len(np.unique(pairs.users))}
    found = {
        "auc": auc_interval(pairs.liked, scores, pairs.users),
        "gauc": grouped_auc_interval(pairs.liked, scores, pairs.users),
        "gain": grouped_auc_gain(pairs.liked, scores, ratio, pairs.users),
    }
    for metric, (low, value, high) in found.items():
        row |= {metric: value, f"{metric}_low": low, f"{metric}_high": high}
    return row


def main() -> None:
    rows = measure(Path(sys.argv[1]))
    print(f"{rows[0]['questions']} questions of {rows[0]['people']} people; 95% intervals: bootstrap over people")
    for row in rows:
        figures = (f"{name} {row[name]:+.4f} [{row[f'{name}_low']:+.4f}, {row[f'{name}_high']:+.4f}]"
                   for name in ("auc", "gauc", "gain"))  # fmt: skip
        print(f"{row['system']:<18}", *figures, sep="  ")


if __name__ == "__main__":
    main()
