"""The page that `limits.py` writes: each figure, what it is, and what it means for people. Knows figures and words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from markdown_tables import interval, table
from sommelier.finetune.evaluation.groups import SMALLEST
from sommelier.finetune.evaluation.metrics import LEVEL
from sommelier.finetune.evaluation.report import Report
from sommelier.finetune.evaluation.tables import fairness, verdict

Interval = tuple[float, float, float]
SYSTEMS = ("retrieval", "lm", "fused")


@dataclass(frozen=True, slots=True)
class Moved:
    """How alike the first ten are before and after something was altered: system -> (overlap, rank-biased overlap)."""

    what: str
    users: int
    alike: Mapping[str, tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Renamed:
    """NDCG@10 with the real titles and with made-up ones, and the interval of the difference, per system."""

    means: Mapping[str, tuple[float, float]]
    difference: Mapping[str, Interval]
    tokens: tuple[float, float]
    """Mean tokens of a title, real and made up."""
    real: str
    made_up: str


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the score: its share of the sum of absolute parts, and of the spread between candidates."""

    share: float
    spread: float


@dataclass(frozen=True, slots=True)
class Limits:
    """All figures of one data set."""

    name: str
    users: int
    items: int
    model: str
    pool: int
    weight: float  # of the model, for an item that nobody chose yet: the highest
    """Of the model in the score, without a request."""
    fitted: int
    """Users that the weights were fitted on; 0 for the shipped ones."""
    report: Report
    reordered: int
    """Users for whom another order of the candidates changed anything."""
    pool_popularity: float
    length: Interval
    renamed: Renamed
    moved: Sequence[Moved]
    parts: Mapping[str, Mapping[str, Part]]


INTRODUCTION = """
Each user's last choice is predicted from what they did before, with an index that was built without it. The model is
asked about one candidate at a time, over retrieval's first {pool} candidates: **every figure for `lm` is the model's
own order of that pool**, so a target that retrieval missed is missed by the model too, and even a model that guesses
starts from a good pool. `fused` is what people are served: the retrieval score plus the model's vote times its
weight. Intervals are 95%.
"""
FITTED = """
Fitted weights may have seen the choices that are predicted here; the retrieval and fused figures of those sets are
flattered by it, if little.
"""
SILENT = """
On {name} the model's weight is zero, so fused is retrieval wherever the two stand side by side: the model's opinion
is measured, and does not count.
"""
ACCURACY = """
The long tail is the 80% of items that are chosen least: the share of it says whether unusual items are shown at all,
and the share of the catalogue whether everybody is shown the same. More of either is not better in itself, but a list
of best-sellers for everybody needs no recommender.
"""
ORDER = """
The same candidates are handed over in another order; ranks, scores and the model's bare preferences are compared bit
by bit. A model that reads a list favours what stands first or last in it. Here it reads one item at a time, always
packed in the order of ids, so zero is what must come out: no item gains by where it stands in a prompt.
"""
POPULARITY = """
Mean popularity of what is put first, as the share of items that are less popular (1 is the best-seller), beside that
of what people really chose. Above the truth, people see best-sellers where they would have gone further afield; below
it, the system is more adventurous than they are. The model's column beside the pool's mean says which way the model
leans, since the pool is all that it may choose from.
"""
LENGTH = """
Spearman's correlation of the model's preference with the length in tokens of the line in which it reads the item,
within each user's pool, mean over users. Away from zero, wordy (or terse) entries are favoured for being so, and
whoever writes the catalogue can move the model by writing more (or less).
"""
MEMORY = """
Every title is replaced by a made-up one of the same shape, in the candidates, in the history and in the summary, the
same one everywhere (*{real}* becomes *{made_up}*); the pool stays as it was. What the model loses by it, it had from
the titles and not from what was done: on a catalogue that was in nobody's training text, expect the second column.
Made-up words take more tokens ({tokens}), so a loss may in part be the price of odd words. Facets such as genre and
director keep their names.
"""
ROBUSTNESS = """
Overlap is the share of the ten items that stay; rank-biased overlap also asks whether they keep their places, the top
counting most. The model orders the pool of before, so that only its own mind can change (two random orders of {pool}
share {chance:.2f} of their first ten); fused goes through it all, and its pool may change too. Asking again with
nothing altered shows how much is rounding: what is judged in another batch rounds differently. A request is asked on
the user's behalf ("something with" their most telling interest). A synonym that moves the list far means that people
must guess the catalogue's word; a lost event that does, that the answer hangs on single clicks. Some movement is
right: a person who did something else deserves something else.
"""
GROUPS = """
A user group is compared with all other users (Welch's interval, Holm over the groups at {level:.0%}), and only where
it and the rest have at least {smallest} users each; rows with fewer are printed for completeness and say nothing.
That a group is not found to be served worse is no proof that it is served alike. Items that few people chose are
harder to predict for every system that learns from choices; a cold item (under five choices in the log) has hardly
any.
"""
SPLIT = """
The first figure is the mean share of each part in the sum of all parts' magnitudes, the second its share in what
tells the candidates of one pool apart: a part that is the same for all of them moves nobody. The page shows these
parts for every recommendation under "Why this?".
"""


def page(found: Sequence[Limits], command: str) -> str:
    """The whole page as Markdown."""
    sections = (_head(found, command), _summary(found), _accuracy(found), _order(found), _popularity(found),
                _length(found), _memory(found), _robustness(found), _groups(found), _split(found))  # fmt: skip
    return "\n".join(line for section in sections for line in section).rstrip() + "\n"


def _head(found: Sequence[Limits], command: str) -> Iterator[str]:
    yield from ("# What a chat language model can and cannot do as a recommender", "")
    yield from ("This page is generated; the figures are what came out, good and bad.", "", f"    {command}", "")
    yield from _prose(INTRODUCTION, pool=found[0].pool)
    header = ("data", "users", "items", "model", "the model's weight", "weights fitted on")
    yield from _table(header, (
        [each.name, f"{each.users:,}", f"{each.items:,}", each.model, f"{each.weight:.3f}",
         f"{each.fitted:,} users" if each.fitted else "nobody: as shipped"] for each in found))  # fmt: skip
    if any(each.fitted for each in found):
        yield from _prose(FITTED)
    for each in found:
        if not each.weight:
            yield from _prose(SILENT, name=each.name)


def _summary(found: Sequence[Limits]) -> Iterator[str]:
    yield from ("## In short", "")
    yield "- An item cannot be invented: the model answers yes or no about items that exist, and never writes a list."
    if not any(each.reordered for each in found):
        yield "- The order in which candidates are presented changes nothing, not one bit of one score."
    for each in found:
        yield from (f"- {each.name}: {told(each)}" for told in (_worth, _knows, _steady))
    yield ""


def _steady(each: Limits) -> str:
    lost, strays = _row(each, "30%").alike, _row(each, "stray").alike
    return (f"{lost['fused'][0]:.0%} of the served first ten stay when 30% of a user's events are lost, and "
            f"{strays['fused'][0]:.0%} when a tenth of stray events is added.")  # fmt: skip


def _worth(each: Limits) -> str:
    low, middle, high = each.report.versus_retrieval["lm"]["ndcg@10"]
    seen = f"NDCG@10 {middle:+.4f} [{low:+.4f}, {high:+.4f}] beside retrieval, over the same pool"
    if high < 0:
        return f"the model's own order is worse than the order it was given ({seen})."
    if low > 0:
        return f"here the model's own order is better than the order it was given ({seen})."
    needed = each.report.needed["lm"]
    return f"whether the model's own order is worse or better is undecided ({seen}; it would take {needed:,} users)."


def _knows(each: Limits) -> str:
    low, middle, high = each.renamed.difference["lm"]
    seen = f"NDCG@10 {middle:+.4f} [{low:+.4f}, {high:+.4f}]"
    if high < 0:
        return f"part of what the model knows is the titles themselves: with made-up ones it loses ({seen})."
    if low > 0:
        return f"made-up titles make the model better ({seen}): real ones distract it."
    return f"that the model knows the titles from its training could not be shown ({seen} with made-up ones)."


def _accuracy(found: Sequence[Limits]) -> Iterator[str]:
    yield from ("## Accuracy", "")
    header = ("system", "HR@1", "HR@10", "NDCG@10", "versus retrieval", "long tail in the first ten", "catalogue shown")
    for each in found:
        yield from (f"{each.name}, {each.users:,} users:", "")
        yield from _table(header, (_system(each.report, system) for system in ("popularity", *SYSTEMS)))
        recall = ", ".join(f"{share:.3f} of the first {k}" for k, share in each.report.pool_recall.items())
        yield from (f"Share of targets in retrieval's list: {recall}. {verdict(each.report, 'fused')}", "")
    yield from _prose(ACCURACY)


def _system(report: Report, system: str) -> list[str]:
    metrics = report.systems[system]
    return [system, f"{metrics['hr@1']:.3f}", f"{metrics['hr@10']:.3f}", f"{metrics['ndcg@10']:.4f}",
            _versus(report, system), f"{metrics['long_tail@10']:.3f}", f"{metrics['coverage@10']:.3f}"]  # fmt: skip


def _versus(report: Report, system: str) -> str:
    return interval(report.versus_retrieval[system]["ndcg@10"]) if system in report.versus_retrieval else ""


def _order(found: Sequence[Limits]) -> Iterator[str]:
    yield from ("## Order of the candidates", "")
    header = ("data", "users", "users for whom anything changed")
    yield from _table(header, ([each.name, f"{each.users:,}", f"{each.reordered:,}"] for each in found))
    yield from _prose(ORDER)


def _popularity(found: Sequence[Limits]) -> Iterator[str]:
    yield from ("## Popularity", "")
    header = ("data", "first by retrieval", "first by the model", "first, fused", "mean of the pool", "truth")
    yield from _table(header, (
        [each.name, *(f"{each.report.systems[system]['popularity@1']:.3f}" for system in SYSTEMS),
         f"{each.pool_popularity:.3f}", f"{each.report.target_popularity:.3f}"] for each in found))  # fmt: skip
    yield from _prose(POPULARITY)
    yield from (f"- {each.name}: {_leaning(each)}" for each in found)
    yield ""


def _leaning(each: Limits) -> str:
    model, pool = each.report.systems["lm"]["popularity@1"], each.pool_popularity
    if abs(model - pool) < 0.02:
        return f"the model leans neither way within its pool ({model:.3f} beside {pool:.3f})."
    towards = "popular" if model > pool else "less popular"
    return f"within its pool the model leans towards {towards} items ({model:.3f} beside {pool:.3f})."


def _length(found: Sequence[Limits]) -> Iterator[str]:
    yield from ("## Length of the text", "")
    header = ("data", "correlation of preference and length")
    yield from _table(header, ([each.name, interval(each.length)] for each in found))
    yield from _prose(LENGTH)
    yield from (f"- {each.name}: {_wordy(each)}" for each in found)
    yield ""


def _wordy(each: Limits) -> str:
    low, middle, high = each.length
    if low <= 0 <= high:
        return "no lean towards long or short lines could be shown."
    return f"the model {_size(middle)} prefers {'longer' if middle > 0 else 'shorter'} lines."


def _size(correlation: float) -> str:
    strength = abs(correlation)
    return "weakly" if strength < 0.2 else "moderately" if strength < 0.4 else "strongly"


def _memory(found: Sequence[Limits]) -> Iterator[str]:
    yield from ("## Titles that the model may know", "")
    header = ("data", "system", "NDCG@10, real titles", "made-up titles", "difference")
    yield from _table(header, (
        [each.name, system, *(f"{mean:.4f}" for mean in each.renamed.means[system]),
         interval(each.renamed.difference[system])] for each in found for system in ("lm", "fused")))  # fmt: skip
    tokens = "; ".join(
        f"{each.name}: {each.renamed.tokens[0]:.1f} and {each.renamed.tokens[1]:.1f} in a title" for each in found
    )
    yield from _prose(MEMORY, real=found[0].renamed.real, made_up=found[0].renamed.made_up, tokens=tokens)


def _robustness(found: Sequence[Limits]) -> Iterator[str]:
    yield from ("## Small changes", "")
    for each in found:
        yield from (f"{each.name}, overlap / rank-biased overlap of the first ten before and after:", "")
        yield from _table(("what is altered", "users", *SYSTEMS), (
            [moved.what, f"{moved.users:,}", *(_pair(*moved.alike[system]) for system in SYSTEMS)]
            for moved in each.moved))  # fmt: skip
    yield from _prose(ROBUSTNESS, pool=found[0].pool, chance=min(1.0, 10 / found[0].pool))


def _groups(found: Sequence[Limits]) -> Iterator[str]:
    yield from ("## Groups of users and of items", "")
    for each in found:
        yield from (f"{each.name}, NDCG@10:", "")
        yield from _table(("of", "by", "group", "n", *SYSTEMS), (
            [one.group.of, one.group.by, one.group.name, f"{one.group.size:,}",
             *(f"{one.systems[system]['ndcg@10']:.3f}" for system in SYSTEMS)]
            for one in each.report.groups))  # fmt: skip
        yield from (*(f"- {line}" for line in fairness(each.report)), "")
    yield from _prose(GROUPS, level=LEVEL, smallest=SMALLEST)


def _split(found: Sequence[Limits]) -> Iterator[str]:
    yield from ("## What a score is made of", "")
    for each in found:
        names = list(dict.fromkeys(name for parts in each.parts.values() for name in parts))
        yield from (f"{each.name}, share of the score / share of the spread between candidates:", "")
        yield from _table(("", *names), (
            [turn, *(_pair(parts[name].share, parts[name].spread) if name in parts else "" for name in names)]
            for turn, parts in each.parts.items() if parts))  # fmt: skip
    yield from _prose(SPLIT)


def _prose(text: str, **values: object) -> tuple[str, str]:
    return " ".join(text.format(**values).split()), ""


def _row(each: Limits, what: str) -> Moved:
    return next(moved for moved in each.moved if what in moved.what)


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """A table and the empty line after it."""
    yield from (table(header, rows), "")


def _pair(first: float, second: float) -> str:
    return f"{first:.2f} / {second:.2f}"
