"""A report as tables for a terminal of 100 columns. Knows how figures are laid out, and the words that go with them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from .groups import SMALLEST
from .metrics import LEVEL
from .report import GroupScores, Report

ACCURACY = ("hr@1", "hr@10", "hr@20", "hr@50", "hr@100", "mrr")
SHOWN = ("long_tail@10", "coverage@10", "popularity@1")
ABREAST = 6
"""Systems side by side in the table of groups; more of them make a second one."""
LONGEST_NAME = 28
ALWAYS = frozenset({"cold", "history", "tail", "popularity"})
"""Divisions that every log has."""


def show_report(report: Report, console: Console) -> None:
    """Print accuracy, what is shown, groups, and what may be concluded."""
    console.print(_accuracy(report))
    for line in _conclusions(report):
        console.print(line, markup=False, highlight=False)
    console.print(_shown(report))
    for table in _groups(report):
        console.print(table)
    for line in [*fairness(report), *_footnotes(report)]:
        console.print(line, markup=False, highlight=False)


def fairness(report: Report) -> Iterator[str]:
    """Which user groups are served worse than everybody else, in one sentence each."""
    if not report.gaps:
        yield f"Nothing can be said of user groups: none has {SMALLEST} users and as many outside it."
        return
    worse = [gap for gap in report.gaps if gap.p <= LEVEL and gap.difference.middle < 0]
    for gap in worse:
        interval = _interval(gap.difference.low, gap.difference.middle, gap.difference.high)
        who = f"{gap.group.by} {gap.group.name} ({gap.group.size:,} users)"
        yield f"Served worse than all others: {who}, NDCG@10 {interval}."
    if not worse:
        measured = f"{report.shown_as}, {len(report.gaps)} groups of at least {SMALLEST}, allowing for their number"
        yield f"No user group is served measurably worse ({measured})."


def verdict(report: Report, system: str) -> str:
    """Whether the system is not worse than retrieval, worse, or what it would take to know."""
    test = report.not_worse[system]
    relative = f"not worse than retrieval by 2% ({-test.margin:+.4f})"
    if test.holds:
        return f"{system}: {relative}: yes, at least {test.low:+.4f} (one-sided 95%)."
    needed = f" It would take about {test.needed:,} users to know." if test.needed else ""
    return f"{system}: {relative}: not shown, the bound is {test.low:+.4f} (one-sided 95%).{needed}"


def _accuracy(report: Report) -> Table:
    table = _table(f"{report.users:,} users", "system", *ACCURACY, "ndcg@10", "ndcg@10 vs retrieval (95%)")
    for system, metrics in report.systems.items():
        figures = (f"{metrics[name]:.3f}" for name in ACCURACY)
        _row(table, system, *figures, f"{metrics['ndcg@10']:.4f}", _versus(report, system))
    return table


def _versus(report: Report, system: str) -> str:
    return _interval(*report.versus_retrieval[system]["ndcg@10"]) if system in report.versus_retrieval else ""


def _conclusions(report: Report) -> Iterator[str]:
    recall = ", ".join(f"@{k} {share:.3f}" for k, share in report.pool_recall.items())
    yield f"Recall of the pool: {recall}. The model judges the first {report.pool}."
    undecided = [f"{name} needs n = {report.needed[name]:,}" for name, interval in report.versus_retrieval.items()
                 if interval["ndcg@10"][0] <= 0 <= interval["ndcg@10"][2] and interval["ndcg@10"][1]]  # fmt: skip
    if undecided:
        yield f"Undecided against retrieval: {', '.join(undecided)}."
    yield from (verdict(report, system) for system in report.not_worse)


def _shown(report: Report) -> Table:
    table = _table("What is shown", "system", *SHOWN)
    for system, metrics in report.systems.items():
        _row(table, system, *(f"{metrics[name]:.3f}" for name in SHOWN))
    _row(table, "the targets", "", "", f"{report.target_popularity:.3f}")
    return table


def _groups(report: Report) -> Iterator[Table]:
    names = list(report.systems)
    for start in range(0, len(names), ABREAST):
        systems = names[start : start + ABREAST]
        table = _table("NDCG@10 by group", "of", "group", "n", *systems)
        for scores in _distinct(report.groups):
            figures = (f"{scores.systems[system]['ndcg@10']:.3f}" for system in systems)
            _row(table, scores.group.of, _named(scores)[:LONGEST_NAME], f"{scores.group.size:,}", *figures)
        yield table


def _named(scores: GroupScores) -> str:
    return scores.group.name if scores.group.by in ALWAYS else f"{scores.group.by}: {scores.group.name}"


def _distinct(groups: Iterable[GroupScores]) -> Iterator[GroupScores]:
    """Attribute values only where they have users enough to mean something; the machine-readable form has all."""
    return (group for group in groups if group.group.by in ALWAYS or group.group.size >= SMALLEST)


def _footnotes(report: Report) -> Iterator[str]:
    if report.held_back:
        yield f"{report.held_back} targets stood in the log; they and later events were held back."
    for name, users in report.partial.items():
        yield f"{name} has lists for {users:,} of {report.users:,} users; the others count as missed."
    if report.unknown:
        yield f"{report.unknown} users were left out: their target is not in the catalogue."
    yield "lm is the model's own order of retrieval's first candidates; what it does not judge keeps its place."


def _interval(low: float, middle: float, high: float) -> str:
    return f"{middle:+.4f} [{low:+.4f}, {high:+.4f}]"


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    for place, column in enumerate(columns):
        words = not place or column == "group"
        table.add_column(Text(column), justify="left" if words else "right", no_wrap=words)
    return table


def _row(table: Table, *cells: str) -> None:
    """A peer's or an attribute's name is text, not markup."""
    table.add_row(*map(Text, cells))
