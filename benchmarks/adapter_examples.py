"""Examples for the adapter that ships, made from research data that stays where it is.

    python benchmarks/adapter_examples.py log WORKSPACE OUT.npz [users]
    python benchmarks/adapter_examples.py redial DATA WORKSPACE OUT.npz

`log` takes a workspace that was fitted (see `field.py`), with the weights of that fit, which are what an adapter stands
beside when it serves. `redial` takes dialogues: what was said is the request. One fold of dialogues, `VALIDATING`, is
left for validation. Its texts are told of the same films as if they were other goods, so that the words for a domain
are learned beside films.
"""

from __future__ import annotations

import argparse
import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from field_redial import ReDial, asked, mentions
from field_views import FOLDS, View, World, fold_of
from field_workspace import refresh
from rich.console import Console
from sommelier.agent.errors import ModelError
from sommelier.agent.llm.prompt_encoding import PromptEncoder
from sommelier.agent.llm.transformers_model import TransformersModel
from sommelier.agent.memory.memory import Memory
from sommelier.agent.ranking.pipeline import RankingPipeline
from sommelier.agent.ranking.weights import load_weights
from sommelier.agent.serving_model import model_with
from sommelier.agent.turn import Request
from sommelier.agent.workspace import Workspace
from sommelier.finetune.evaluation.cases import Case, training_cases
from sommelier.finetune.evaluation.setup import Setup
from sommelier.finetune.examples.example_file import save_examples
from sommelier.finetune.examples.examples import Example
from sommelier.finetune.examples.opinion_pairs import Held
from sommelier.finetune.examples.rank_examples import ExampleRecipe, calibrated, rank_examples
from sommelier.finetune.examples.rate_examples import rate_examples
from sommelier.finetune.examples.text_examples import TextMaker
from sommelier.prompts.library import PromptLibrary
from sommelier.retrieval.candidates import QueryEncoder, Retriever
from sommelier.retrieval.catalogue import Event

SAYS = Console(stderr=True)
VALIDATING = 0
"""The fold of ReDial's dialogues that nothing is learned from."""
GUISES: Sequence[Mapping[str, str]] = (
    {"genres": "genres", "director": "director", "star": "stars"},
    {"genres": "category", "director": "brand", "star": "tags"},
    {"genres": "genres", "director": "developer", "star": "platform"},
    {"genres": "subjects", "director": "author", "star": "publisher"},
    {"genres": "style", "director": "artist", "star": "label"},
    {"genres": "mood", "director": "designer", "star": "colour"},
)
"""What ReDial's attributes are called in texts, one guise after the other."""


def of_log(folder: Path, users: int | None) -> list[Example]:
    """Rankings of a workspace's users, as `sommelier tune` makes them but for the fitted weights."""
    with Workspace(folder) as workspace:
        setup = Setup.of(workspace, model_with(workspace, None))
        if not load_weights(workspace.memory, setup.key()).users:
            raise ModelError(f"{folder} holds no fit for the bare model: put `adapter: none` into its sommelier.yaml "
                             "and run `sommelier fit`")  # fmt: skip
        cases, held_back = training_cases(workspace.memory, {}, users=users)
        with setup.store.without(held_back) as index:
            pipeline = setup.pipeline(index, setup.key())
            told = rank_examples(pipeline, _encoder(setup), workspace.memory, cases, ExampleRecipe(), _advance)
            return calibrated(list(told))


def of_redial(data: Path, folder: Path) -> list[Example]:
    """Rankings, ratings and texts of the dialogues outside of the validating fold."""
    redial = ReDial.read(data)
    with Workspace(folder, create=True) as workspace:
        workspace.memory.catalogue.upsert_items(redial.items)
        workspace.memory.events.add(redial.events())
        refresh(workspace)
        setup = Setup.of(workspace, model_with(workspace, None))
        world, made = World(setup, redial), list[Example]()
        for fold in set(range(FOLDS)) - {VALIDATING}:
            with world.without(fold) as view:
                teller = _Dialogues(redial, world, view, _encoder(setup), workspace.memory, setup.store.encoder)
                made += [*teller.rankings(), *teller.ratings(), *teller.texts(GUISES[fold:])]
    return calibrated(made)


@dataclass(frozen=True, slots=True)
class _Dialogues:
    """One fold of dialogues, seen by an engine that lacks it."""

    redial: ReDial
    world: World
    view: View
    encoder: PromptEncoder
    memory: Memory
    text_encoder: QueryEncoder

    def rankings(self) -> Iterator[Example]:
        """What was recommended in a turn, asked for by all that was said before."""
        turns = self.world.turns(self.view.fold)
        cases = {(turn.dialogue, film): (Case(turn.dialogue, mentions(turn.dialogue, turn.mentioned), film), turn)
                 for turn in turns for film in turn.targets}  # fmt: skip
        requests = {key: Request(asked(turn)) for key, (_, turn) in cases.items()}
        yield from rank_examples(
            self.view.pipeline, self.encoder, self.memory, [case for case, _ in cases.values()],
            ExampleRecipe(with_request=1.0, by_itself=0.1), _advance, requests,
        )  # fmt: skip

    def ratings(self) -> Iterator[Example]:
        """Which films of a dialogue's second half the seeker liked, by those of its first half."""
        held = []
        for dialogue, liked in self._opinions():
            half = (len(liked) + 1) // 2
            told, wanted = list(liked.items())[:half], dict(list(liked.items())[half:])
            if wanted:
                held.append(Held(dialogue, _opined(dialogue, dict(told)), tuple(wanted), tuple(wanted.values()), (), 0))
        yield from rate_examples(self.view.pipeline, self.encoder, self.memory, held, _advance)

    def texts(self, guises: Sequence[Mapping[str, str]]) -> Iterator[Example]:
        """Sentences and summaries about each dialogue's opinions, of the films in each guise."""
        cases = [Case(dialogue, _opined(dialogue, liked), "") for dialogue, liked in self._opinions()]
        for at, guise in enumerate(guises):
            pipeline = _disguised(self.view.pipeline, guise, self.text_encoder)
            maker = TextMaker(pipeline, self.encoder, PromptLibrary(None), self.memory, share=0.6, seed=at)
            yield from maker.explanations(cases, _advance)
            yield from maker.summaries(cases, _advance)

    def _opinions(self) -> Iterator[tuple[str, Mapping[str, bool]]]:
        for dialogue, films in self.redial.dialogues.items():
            opinions = self.redial.liked[dialogue]
            liked = {film: opinions[film] for film in films if film in opinions}
            if fold_of(dialogue) == self.view.fold and liked:
                yield dialogue, liked


def _opined(dialogue: str, liked: Mapping[str, bool]) -> list[Event]:
    kinds = {True: "like", False: "dislike"}
    return [Event(f"{dialogue} {at}", dialogue, film, kinds[good], position=at)  # type: ignore[arg-type]
            for at, (film, good) in enumerate(liked.items())]  # fmt: skip


def _disguised(pipeline: RankingPipeline, guise: Mapping[str, str], encoder: QueryEncoder) -> RankingPipeline:
    """The engine over the same films with their attributes called otherwise; what retrieval knows stays as it is."""
    items = [replace(item, attributes={guise.get(name, name): value for name, value in item.attributes.items()})
             for item in pipeline.retriever.index.items]  # fmt: skip
    index = replace(pipeline.retriever.index, items=items)
    return replace(pipeline, retriever=Retriever(index, encoder, pipeline.retriever.weights))


def _encoder(setup: Setup) -> PromptEncoder:
    if not isinstance(setup.lm, TransformersModel):
        raise ModelError(f"{setup.lm.card.name} does not run in this process: make examples with the bundled model")
    return setup.lm.encoder


def _advance(stage: str, done: int, total: int) -> None:
    SAYS.print(f"{stage}: {done:,} of {total:,}", end="\r", highlight=False)


def main() -> None:
    """Make one file of examples, in random order."""
    parser = argparse.ArgumentParser(description="Examples for the adapter that ships.")
    kinds = parser.add_subparsers(dest="kind", required=True)
    log, redial = kinds.add_parser("log"), kinds.add_parser("redial")
    log.add_argument("workspace", type=Path)
    redial.add_argument("data", type=Path)
    redial.add_argument("workspace", type=Path)
    for each in (log, redial):
        each.add_argument("out", type=Path)
    log.add_argument("users", type=int, nargs="?")
    options = parser.parse_args()
    made = (
        of_log(options.workspace, options.users)
        if options.kind == "log"
        else of_redial(options.data, options.workspace)
    )
    random.Random(0).shuffle(made)
    save_examples(options.out, made)
    SAYS.print(f"{options.out}: {dict(Counter(each.task for each in made))}")


if __name__ == "__main__":
    main()
