"""How often the model's explanations pass the verifier: first try, after the retry, or not at all.

Cases are drawn from the built-in films with evidence of the kind that retrieval gives: one to three history items
that resemble the film, facets they share, sometimes a word of a request, sometimes nothing. Beside it, how many of
the untruths in `false_sentences.json` the verifier lets pass, which must be none.

    python benchmarks/explanations.py [cases] [bare]

`bare` measures the model without the adapter in the box.
"""

from __future__ import annotations

import json
import math
import random
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from importlib.resources import files
from pathlib import Path

from sommelier.agent.explanation.explanation import draft, facts_of, plain_explanation, write_drafts
from sommelier.agent.explanation.verifier import verify
from sommelier.agent.llm.bundled import default_cache
from sommelier.agent.llm.language_model import LanguageModel
from sommelier.agent.llm.model_loading import open_model
from sommelier.agent.profile.summary import facts_of_profile
from sommelier.agent.serving_model import shipped_adapter
from sommelier.agent.turn import Interest, ItemInterest, Profile
from sommelier.prompts import Prompt, PromptLibrary
from sommelier.retrieval.catalogue import EventKind, Item
from sommelier.retrieval.event_kinds import Polarity
from sommelier.retrieval.evidence import Candidate, Evidence, HistoryLink, SharedAttribute

SEED, SHELF, SHOWN = 11, 5, 10
KINDS: dict[Polarity, EventKind] = {"liked": "like", "neutral": "play", "disliked": "dislike"}


def films() -> list[Item]:
    lines = (Path(str(files("sommelier.retrieval.builtin"))) / "films.jsonl").read_text(encoding="utf-8").splitlines()
    return [_film(json.loads(line)) for line in lines]


def cases(items: Sequence[Item], count: int) -> Iterator[Candidate]:
    draw = random.Random(SEED)
    having = Counter(pair for item in items for pair in set(item.facets()))
    rarity = {pair: math.log(len(items) / n) for pair, n in having.items()}
    for _ in range(count):
        item = draw.choice(items)
        near = sorted(items, key=lambda other: -_overlap(item, other, rarity))[1:9]
        chosen = draw.sample(near, draw.choice((1, 2, 2, 3))) if draw.random() < 0.85 else []
        history = tuple(
            _link(other, 1 / (place + 1.5), draw.choices(list(KINDS), (70, 25, 5))[0])
            for place, other in enumerate(chosen)
        )
        evidence = Evidence(history, _shared(item, near[:4], rarity, draw), _words(item, draw), draw.random())
        yield Candidate(item, 1.0, {}, ("behaviour",), evidence)


def measure(lm: LanguageModel, prompt: Prompt, candidates: Sequence[Candidate]) -> None:
    passed, seconds, shown = [0, 0, 0], 0.0, []
    for start in range(0, len(candidates), SHELF):
        drafts = [draft(each, plain=plain_explanation(each)) for each in candidates[start : start + SHELF]]
        for attempt in (0, 1):
            began = time.perf_counter()
            texts = write_drafts(lm, prompt, drafts, attempt) if drafts else []
            seconds += time.perf_counter() - began
            passed[attempt] += sum(text is not None for text in texts)
            shown += [text for text in texts if text]
            drafts = [each for each, text in zip(drafts, texts, strict=True) if text is None]
        passed[2] += len(drafts)
        shown += [f"{each.plain}  [plain]" for each in drafts]
    total = len(candidates)
    print(f"{total} cases: first try {passed[0] / total:.1%}, after retry {sum(passed[:2]) / total:.1%}, ", end="")
    print(f"plain {passed[2] / total:.1%}; {seconds / math.ceil(total / SHELF):.2f} s per shelf of {SHELF}")
    print("\n".join(f"  {text}" for text in random.Random(SEED).sample(shown, min(SHOWN, len(shown)))))


def accepted_untruths() -> tuple[list[str], int]:
    """The false sentences that the verifier lets pass, and how many there are in all."""
    stored = json.loads(Path(__file__).with_name("false_sentences.json").read_text(encoding="utf-8"))
    item = _film({"id": "item", "description": "", **stored["item"]})
    fields = tuple(item.attributes)
    past = [HistoryLink(title, title, 0.6, polarity, kind, fields) for title, polarity, kind in stored["history"]]
    about_item = facts_of(Candidate(item, 1.0, {}, (), Evidence(tuple(past), (), (), 0.95)))
    items = tuple(ItemInterest(each.item, each.title, 0.5, str(each.kind), each.polarity) for each in past)
    interests = tuple(Interest(*each) for each in stored["interests"])
    about_person = facts_of_profile(Profile("u", {}, interests, items, 3, "", 0, "facts", None))
    false = [(text, about_item) for text in stored["explanations"]]
    false += [(text, about_person) for text in stored["summaries"]]
    return [text for text, facts in false if not verify(text, facts)], len(false)


def _link(item: Item, strength: float, polarity: Polarity) -> HistoryLink:
    return HistoryLink(item.id, item.title, strength, polarity, KINDS[polarity], tuple(item.attributes))


def _film(row: dict[str, object]) -> Item:
    fields = {name: tuple(value) if isinstance(value, list) else value for name, value in row.items()}
    own = {name: value for name, value in fields.items() if name not in {"id", "title", "description"}}
    return Item(str(row["id"]), str(row["title"]), str(row["description"]), own)  # type: ignore[arg-type]


def _overlap(one: Item, other: Item, rarity: dict[tuple[str, str], float]) -> float:
    return math.inf if one is other else sum(rarity[pair] for pair in set(one.facets()) & set(other.facets()))


def _shared(
    item: Item, near: Sequence[Item], rarity: dict[tuple[str, str], float], draw: random.Random
) -> tuple[SharedAttribute, ...]:
    if draw.random() < 0.2:
        return ()
    pairs = [pair for pair in item.facets() if any(pair in other.facets() for other in near) and pair[0] != "language"]
    pairs.sort(key=lambda pair: -rarity[pair] * draw.random())
    kept = pairs[: draw.choice((1, 2, 3))]
    return tuple(SharedAttribute(*pair, round(draw.random(), 2), rarity[pair]) for pair in kept)


def _words(item: Item, draw: random.Random) -> tuple[str, ...]:
    options = [value for facet, value in item.facets() if facet in {"genres", "keywords"}]
    return (draw.choice(options),) if options and draw.random() < 0.4 else ()


if __name__ == "__main__":
    accepted, false = accepted_untruths()
    print(f"{len(accepted)} of {false} untruths wrongly accepted", *accepted, sep="\n  ")
    model = open_model(
        "bundled", adapter=None if "bare" in sys.argv else shipped_adapter("bundled"), cache=default_cache()
    )
    measure(model, PromptLibrary(None).get("explain"), list(cases(films(), int(sys.argv[1]) if sys.argv[1:] else 200)))
