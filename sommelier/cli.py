"""The command line. Every command opens the same engine; problems are one sentence on stderr and exit code 2."""

from __future__ import annotations

import dataclasses
import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, Optional

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from . import CatalogueError, PromptError, Recommendation, Recommender, SommelierError
from .agent.analytics.board import Board
from .agent.config import TASKS, Method, Task
from .agent.dialogue.conditions import offer
from .agent.doctor import examine
from .agent.errors import ConfigError
from .agent.ingest.ingest import IngestReport
from .agent.ingest.loading import load_files, load_preset
from .agent.ingest.progress import ProgressBars
from .agent.ranking.ranking import RankingWeights
from .agent.text import cut
from .agent.workspace import Workspace, default_workspace
from .finetune.adapters.comparison import USERS
from .finetune.adapters.gate import CANDIDATE, FEWEST, SERVING, Gate
from .finetune.adapters.model_card import FEW, model_card, part, ranked_in, remarks
from .finetune.adapters.registry import AdapterError, RefusedError, Registry
from .finetune.evaluation.evaluation_files import read_pairs, read_peers
from .finetune.evaluation.tables import show_report
from .finetune.fitting.assessment import assess
from .finetune.fitting.calibration import NOT_CALIBRATED, StrengthReport
from .finetune.fitting.fit import FitReport, fit
from .finetune.fitting.fitting import Gains
from .finetune.training.processes import MAIN
from .prompts.library import PromptLibrary
from .stages import Stages

if TYPE_CHECKING:
    from .finetune.adapters.tune import Plan, Tuned
    from .finetune.adapters.workload import Workload
    from .finetune.training.cost import Cost

PROBLEM = 2
"""Exit code for anything that kept a command from doing its work."""
REJECTED = 3
"""Exit code of an ingest that loaded the good rows and rejected others."""

ALERT = 4
"""Exit code of `board --check` when a threshold is crossed."""

STOPPED = 130
"""Exit code after Ctrl-C, as shells have it."""

LONGEST_CELL = 300

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False,
                  help="The conversational recommender that a team runs itself.")  # fmt: skip
prompts_app = typer.Typer(no_args_is_help=True, help="Edit, check and publish the prompts of a workspace.")
app.add_typer(prompts_app, name="prompts")
adapters_app = typer.Typer(no_args_is_help=True, help="The adapters of a workspace: compare, promote, roll back.")
app.add_typer(adapters_app, name="adapters")
out = Console()
err = Console(stderr=True)

PEERS = "NAME=FILE, repeatable: another system's lists, lines of user, a tab, and item ids with spaces between."
WorkspaceOption = Annotated[
    Optional[Path],  # noqa: UP045 - Typer reads the annotation on Python 3.10
    typer.Option("--workspace", "-w", help="Folder of the workspace. Default: the built-in film catalogue."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Machine-readable output.")]
UsersOption = Annotated[
    int, typer.Option(min=2, help="Compare on so many validation users at most; it bounds what is written, too.")
]
AdapterName = Annotated[str, typer.Argument(help="The adapter's number, as `adapters list` shows it.")]
TestOption = Annotated[
    Optional[Path],  # noqa: UP045
    typer.Option(help="Test pairs to keep out of it all, as for `evaluate`."),
]


def main() -> None:
    """Entry point of the `sommelier` command."""
    os.environ.setdefault("ANONYMIZED_TELEMETRY", "False")
    try:
        app()
    except (SommelierError, CatalogueError, PromptError) as error:
        err.print(f"sommelier: {error}", style="red", markup=False, highlight=False, soft_wrap=True)
        sys.exit(PROBLEM)
    except BrokenPipeError:  # the reader of our output went away, e.g. `| head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


@app.command()
def chat(
    workspace: WorkspaceOption = None,
    terminal: Annotated[bool, typer.Option("--terminal", help="Talk here instead of in a browser.")] = False,
    user: Annotated[str, typer.Option(help="Who is talking (terminal only).")] = "you",
    port: Annotated[int | None, typer.Option(help="Port of the page; default: the first free one from 7860.")] = None,
    browser: Annotated[bool, typer.Option(help="Open the page in a browser.")] = True,
    dev: Annotated[bool, typer.Option("--dev", help="Follow prompt drafts as they are edited.")] = False,
) -> None:
    """Talk to the recommender, in a browser or here."""
    with _opened(workspace, dev=dev) as recommender:
        if terminal:
            from .agent.chat.terminal import run

            run(recommender, user)
        else:
            from .agent.board.site import BoardSite  # Gradio takes seconds to import
            from .agent.chat.server import serve

            board = recommender.board
            with board.alarm.watching():
                serve(recommender, port=port, open_browser=browser, board=BoardSite(board))


@app.command("board")
def board_command(
    workspace: WorkspaceOption = None,
    check: Annotated[bool, typer.Option("--check", help="Compare with the thresholds once, tell, and stop.")] = False,
    port: Annotated[int, typer.Option(help="Port of the page.")] = 7850,
    as_json: Annotated[bool, typer.Option("--json", help="What --check found, machine-readable.")] = False,
) -> None:
    """Show whoever runs a workspace what happens in it; a running chat has the same page at /board."""
    with Workspace(workspace or default_workspace(), use="look") as opened:
        board = Board.of(opened)
        if check:
            _check(board, opened, as_json)
            return
        from .agent.board.site import serve_board  # Gradio takes seconds to import

        with board.alarm.watching():
            serve_board(
                board, lambda link: err.print(f"The board is at {link} (Ctrl-C stops it)", soft_wrap=True), port
            )


@app.command("ingest")
def ingest_command(
    workspace: Annotated[Path, typer.Option("--workspace", "-w", help="Folder of the workspace; made if missing.")],
    folder: Annotated[Optional[Path], typer.Argument(help="Folder of a preset's files.")] = None,  # noqa: UP045
    items: Annotated[Optional[Path], typer.Option(help="Items: CSV, TSV, JSON lines or Parquet.")] = None,  # noqa: UP045
    events: Annotated[Optional[Path], typer.Option(help="Events, in any of these formats.")] = None,  # noqa: UP045
    users: Annotated[Optional[Path], typer.Option(help="Users and their attributes.")] = None,  # noqa: UP045
    preset: Annotated[
        str | None, typer.Option(help="movielens-small, movielens-1m, amazon-games, amazon-office.")
    ] = None,
    mapping: Annotated[Optional[list[str]], typer.Option("--map", help="field=column, repeatable.")] = None,  # noqa: UP045
    snapshot: Annotated[
        bool, typer.Option("--snapshot", help="The items file is everything: delete the rest.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Load items, events and users, then bring the index up to date."""
    if preset and not folder:
        raise CatalogueError(
            f"--preset {preset} needs the folder that holds its files, e.g. `--preset {preset} FOLDER`"
        )
    if folder and not preset:
        raise CatalogueError(
            f"the folder {folder} needs --preset; single files are given as --items, --events, --users"
        )
    with ProgressBars(err) as bars:
        if preset and folder:
            report = load_preset(workspace, preset, folder, snapshot=snapshot, progress=bars)
        else:
            report = load_files(
                workspace, items=items, events=events, users=users, mapping=mapping or (), snapshot=snapshot,
                progress=bars,
            )  # fmt: skip
    _show_ingest(report, as_json)
    if report.rejected:
        raise typer.Exit(REJECTED)


@app.command()
def observe(
    user: str,
    item: str,
    kind: str,
    value: Annotated[Optional[float], typer.Option(help="The rating, for kind rating.")] = None,  # noqa: UP045
    at: Annotated[Optional[datetime], typer.Option(help="When, in local time; default: now.")] = None,  # noqa: UP045
    event_id: Annotated[Optional[str], typer.Option(help="Your id; the same id twice is the same event.")] = None,  # noqa: UP045
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Record that USER did KIND (view, play, rating, like, ...) with ITEM."""
    with _opened(workspace) as recommender:
        moment = at.astimezone() if at else None
        event = recommender.observe(user, item, kind, value, moment, event_id=event_id)  # type: ignore[arg-type] # checked
    _print(event, as_json, lambda: out.print(f"recorded {event.kind} of {event.item} by {event.user}", markup=False))


@app.command()
def recommend(
    user: str,
    n: Annotated[int, typer.Option("-n", min=1, max=200, help="How many.")] = 5,
    where: Annotated[Optional[str], typer.Option("--filter", help='JSON, e.g. \'{"year": {"$gte": 1990}}\'.')] = None,  # noqa: UP045
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Recommend items to USER."""
    filters = _filters(where)
    with _opened(workspace) as recommender:
        shelf = recommender.recommend(user, n, filters)
        nearest = recommender.relax(user, filters) if filters and not shelf else None
    if nearest and filters:
        err.print(offer(filters, nearest), markup=False)
    _print(shelf, as_json, lambda: out.print(_shelf_table(shelf)))


@app.command()
def profile(user: str, workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """Show what is known of USER."""
    with _opened(workspace) as recommender:
        known = recommender.profile(user)
        some = ", ".join(each.id for each in recommender.users()[:5])

    def show() -> None:
        out.print(known.summary, markup=False)
        if not known.events:
            out.print(f"There is no event of {user!r}. Known users, for example: {some}", markup=False)
            return
        table = Table("facet", "value", "strength", "events")
        for each in known.interests[:12]:
            _row(table, each.facet, each.value, f"{each.strength:+.2f}", str(each.count))
        out.print(table)

    _print(known, as_json, show)


@app.command("evaluate")
def evaluate_command(
    test: Annotated[Path, typer.Option(help="CSV or TSV with user_id and item_id: the next item of each user.")],
    workspace: WorkspaceOption = None,
    peer: Annotated[list[str] | None, typer.Option(help=PEERS)] = None,
    as_json: JsonOption = False,
) -> None:
    """Compare popularity, retrieval, the language model and their fusion (and peers) on held-out events."""
    pairs = read_pairs(test)
    peers = read_peers(peer or [])
    with Workspace(workspace or default_workspace(), use="both") as opened, _bar() as bar:
        report = assess(opened, pairs, peers, bar)
    if as_json:
        typer.echo(json.dumps(report.as_json(), indent=1))
    else:
        show_report(report, out)


@app.command("fit")
def fit_command(
    workspace: WorkspaceOption = None,
    minutes: Annotated[
        float | None, typer.Option(min=0.1, help="At most so long for the tower; default: as long as it takes.")
    ] = None,
    test: TestOption = None,
    as_json: JsonOption = False,
) -> None:
    """Fit a workspace to its own log: choose and train the behaviour tower, weigh retrieval and language model."""
    withheld = read_pairs(test) if test else {}
    with Workspace(workspace or default_workspace(), use="both") as opened, _bar() as bar:
        report = fit(opened, withheld, minutes, bar)
    plain = {
        "tower": report.tower,
        "weights": report.weights,
        "strength": report.strength and report.strength.as_json(),
    }
    _print(plain, as_json, lambda: _show_fit(report))


@app.command("tune")
def tune_command(
    workspace: WorkspaceOption = None,
    users: Annotated[int | None, typer.Option(min=1, help="Learn from so many people; default: all.")] = None,
    epochs: Annotated[float | None, typer.Option(min=0.01, help="How often each example is seen; default: 1.")] = None,
    learning_rate: Annotated[
        float | None, typer.Option(min=1e-7, help="At its highest, after warming up; default: 0.0004.")
    ] = None,
    tasks: Annotated[
        str | None, typer.Option(help=f"Some of {','.join(TASKS)}; default: those of sommelier.yaml.")
    ] = None,
    method: Annotated[
        Method | None,
        typer.Option(
            help="qlora trains over weights in NF4, whatever serves; dora splits off their lengths; default: lora."
        ),
    ] = None,
    search: Annotated[
        int | None, typer.Option(min=0, help="Try so many settings on a part of the examples first; default: 0.")
    ] = None,
    yes: Annotated[
        bool, typer.Option("--yes", help="Begin without asking, whatever it costs; without a terminal nobody is asked.")
    ] = False,
    since: Annotated[
        Literal["last"] | None, typer.Option(help="Go on from what serves, with what was logged since it was trained.")
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with the run that was cut off last, by its own options.")
    ] = False,
    test: TestOption = None,
    as_json: JsonOption = False,
) -> None:
    """Train an adapter for the language model on the workspace's own log."""
    from .finetune.adapters.tune import Plan, tune, unfinished_in  # PEFT takes seconds to import

    withheld = read_pairs(test) if test else {}
    recipe = {"method": method, "epochs": epochs, "learning_rate": learning_rate}
    options = {"users": users, "tasks": _tasks(tasks), "trials": search, "since_last": None if since is None else True}
    with Workspace(workspace or default_workspace(), use="study" if MAIN else "look") as opened, _bar() as bar:
        plan = _planned(Plan.begun(opened) if resume else Plan(), recipe, options)
        if not resume and not _replaces(unfinished_in(opened), yes, bar):
            raise typer.Exit(PROBLEM)
        tuned = tune(opened, withheld, plan, bar, resume=resume, agree=lambda cost: _agree(cost, yes, bar))
    if MAIN:
        _print(tuned, as_json, lambda: _show_tuned(tuned))


@app.command("watch")
def watch_command(
    workspace: WorkspaceOption = None,
    after: Annotated[int, typer.Option(min=1, help="Tune when so many events came in since the last time.")] = 1000,
    hours: Annotated[float | None, typer.Option(min=0.01, help="Tune so long after the last time, too.")] = None,
    users: Annotated[int | None, typer.Option(min=1, help="Learn from so many people; default: all.")] = None,
    once: Annotated[bool, typer.Option("--once", help="Look once, do what is due, and stop.")] = False,
) -> None:
    """Keep the adapter up to date beside a running chat: tune on what is new, and promote what is not worse."""
    from .finetune.adapters.tune import Plan
    from .finetune.adapters.watch import Schedule, watch

    folder = _folder(workspace)
    with _bar() as bar:
        last = ""
        for said in watch(folder, Schedule(after, hours), Plan(users), bar, tell=bar.say):
            if said != last:
                bar.say(said)
            last = said
            if once:
                break


@app.command()
def doctor(workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """Check this machine and a workspace; say what to do about what is wrong."""
    findings = examine((workspace or default_workspace()).expanduser())
    marks = {"ok": "[green]ok[/]", "note": "[yellow]note[/]", "wrong": "[red]wrong[/]"}

    def show() -> None:
        for each in findings:
            out.print(f"{marks[each.status]:<16} [bold]{each.name}[/]", end="  ")
            out.print(each.value, markup=False, highlight=False, soft_wrap=True)
            if each.advice:
                out.print(f"       -> {each.advice}", markup=False, highlight=False, soft_wrap=True)

    _print(findings, as_json, show)
    if any(each.status == "wrong" for each in findings):
        raise typer.Exit(PROBLEM)


@prompts_app.command("checkout")
def prompts_checkout(workspace: WorkspaceOption = None) -> None:
    """Write a draft of every prompt into the workspace, to be edited."""
    folder = _folder(workspace)
    written = PromptLibrary(folder).checkout()
    for path in written:
        out.print(str(path), markup=False, soft_wrap=True)
    if not written:
        out.print(f"Every prompt has a draft already, in {folder / 'prompts'}.", markup=False, soft_wrap=True)


@prompts_app.command("check")
def prompts_check(workspace: WorkspaceOption = None) -> None:
    """Check the drafts without touching what conversations use."""
    problems = PromptLibrary(_folder(workspace)).check()
    for problem in problems:
        err.print(str(problem), markup=False, soft_wrap=True)
    if problems:
        raise typer.Exit(PROBLEM)
    drafts = len(list((_folder(workspace) / "prompts").glob("*.md")))
    out.print(f"{drafts} drafts are well-formed." if drafts else "There are no drafts; `checkout` makes them.")


@prompts_app.command("publish")
def prompts_publish(workspace: WorkspaceOption = None) -> None:
    """Make the drafts what conversations use; refused as long as one of them has a mistake."""
    for name, version in PromptLibrary(_folder(workspace)).publish().items():
        out.print(f"{name} {version[:12]}", markup=False)


@adapters_app.command("list")
def adapters_list(workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """Every adapter, what it learned from and whether it serves."""
    with Workspace(workspace or default_workspace(), use="look") as opened:
        registry = Registry(opened)
        named, unexpected_files = (
            [(name, name == registry.serving) for name in registry.names()],
            registry.unexpected_files(),
        )
        found: list[dict[str, Any]] = [
            {"adapter": name, "serves": serves} | _metadata(registry, name) for name, serves in named
        ]

    def show() -> None:
        table = Table("adapter", "serves", "choices", "checked on", "ndcg before", "after", "gate")
        for each in found:
            _row(table, each["adapter"], "yes" if each["serves"] else "", *_figures(each))
        out.print(table if found else "There are no adapters; `sommelier tune` makes one.")
        for each in found:
            if "damaged" in each:
                _note(f"{each['adapter']}: {each['damaged']}")
        for name, why in unexpected_files.items():
            _note(f"The folder {name} is not listed: {why}.")

    _print(found, as_json, show)


@adapters_app.command("show")
def adapters_show(name: AdapterName, workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """An adapter's model card: base model, what it learned, figures, verdict, limits; --json: the raw metadata."""
    with Workspace(workspace or default_workspace(), use="look") as opened:
        registry = Registry(opened)
        known = registry.find(name)
        metadata = registry.metadata(known)
    typer.echo(json.dumps(metadata, indent=1) if as_json else model_card(known, metadata))


@adapters_app.command("compare")
def adapters_compare(
    name: AdapterName, workspace: WorkspaceOption = None, test: TestOption = None, users: UsersOption = USERS
) -> None:
    """Compare an adapter with what serves: on validation users, and on what both write for some of them."""
    with Workspace(workspace or default_workspace(), use="study") as opened, _bar() as bar:
        registry = Registry(opened)
        known = registry.find(name)
        gate = registry.judge(known, read_pairs(test) if test else {}, bar, users, _tell_work)
    _show_gate(gate)


@adapters_app.command("promote")
def adapters_promote(
    name: AdapterName,
    workspace: WorkspaceOption = None,
    test: TestOption = None,
    users: UsersOption = USERS,
    force: Annotated[bool, typer.Option("--force", help="Whatever the comparison says; it stays on record.")] = False,
) -> None:
    """Serve an adapter, if it is not worse than what serves, with weights fitted for it from 500 users on."""
    with Workspace(workspace or default_workspace(), use="study") as opened, _bar() as bar:
        registry = Registry(opened)
        known = registry.find(name)
        withheld = read_pairs(test) if test else {}
        try:
            gate = registry.promote(known, withheld, bar, users=users, force=force, told=_tell_work)
        except RefusedError as refused:
            _show_tables(refused.gate)
            raise
    _show_gate(gate)
    out.print(f"The adapter {known} serves from the next turn on.", markup=False)


@adapters_app.command("rollback")
def adapters_rollback(workspace: WorkspaceOption = None) -> None:
    """Serve what served before the present adapter."""
    with Workspace(workspace or default_workspace(), use="look") as opened:
        before = Registry(opened).rollback()
    out.print(f"Serving again: {before or 'what ships with the model'}.", markup=False)


@adapters_app.command("delete")
def adapters_delete(name: AdapterName, workspace: WorkspaceOption = None) -> None:
    """Remove an adapter that does not serve."""
    with Workspace(workspace or default_workspace(), use="study") as opened:
        Registry(opened).delete(name)


@contextmanager
def _opened(workspace: Path | None, dev: bool = False) -> Iterator[Recommender]:
    with _bar() as bar:
        recommender = Recommender.open(workspace, dev=dev, progress=lambda done, total: bar("indexing", done, total))
    with recommender:
        yield recommender


@contextmanager
def _bar() -> Iterator[Stages]:
    """Shows on stderr how far the work is; one of several processes does. Ctrl-C ends it with a line."""
    try:
        with Stages(err if MAIN else Console(stderr=True, quiet=True)) as stages:
            yield stages
    except KeyboardInterrupt as stop:
        said = f"Stopped: {stop}." if str(stop) else "Stopped."
        err.print(said, markup=False, highlight=False, soft_wrap=True)
        raise typer.Exit(STOPPED) from stop


def _folder(workspace: Path | None) -> Path:
    with Workspace(
        workspace or default_workspace(), use="look"
    ) as opened:  # so that a mistyped folder is told, not made
        return opened.folder


def _check(board: Board, workspace: Workspace, as_json: bool) -> None:
    if not workspace.config.alerts.thresholds:
        raise ConfigError(f"no threshold is set in {workspace.folder / 'sommelier.yaml'}; set one, for example "
                          "alerts: {p95_seconds: 5, fallback_rate: 0.2}")  # fmt: skip
    findings = board.alarm.check()

    def show() -> None:
        for each in findings:
            out.print(f"{'ALERT' if each.crossed else 'ok   '} {each.text}", markup=False, soft_wrap=True)
        if not findings:
            out.print("There is not enough to compare the thresholds with.")

    _print(findings, as_json, show)
    if any(each.crossed for each in findings):
        raise typer.Exit(ALERT)


def _filters(where: str | None) -> dict[str, object] | None:
    if where is None:
        return None
    try:
        filters = json.loads(where)
    except json.JSONDecodeError as error:
        raise CatalogueError(f'--filter is not JSON ({error}); write e.g. \'{{"year": {{"$gte": 1990}}}}\'') from error
    if not isinstance(filters, dict):
        raise CatalogueError(f"--filter is a JSON object of attribute: condition, not {where}")
    return filters


def _print(value: object, as_json: bool, show: Callable[[], None]) -> None:
    if as_json:
        typer.echo(json.dumps(_plain(value), indent=1, ensure_ascii=False))
    else:
        show()


def _plain(value: Any) -> Any:  # noqa: ANN401 - any of our results
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {each.name: _plain(getattr(value, each.name)) for each in dataclasses.fields(value)}
    if isinstance(value, dict):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    return value.isoformat() if isinstance(value, datetime) else str(value) if isinstance(value, Path) else value


def _shelf_table(shelf: tuple[Recommendation, ...]) -> Table:
    table = Table("#", "item", "why", "score", "id")
    for each in shelf:
        _row(table, str(each.rank), each.item.title, each.explanation.text, f"{each.score:.2f}", each.item.id)
    return table


def _row(table: Table, *cells: str) -> None:
    """Add cells as they are: a title is no markup, and its control characters do not reach the terminal."""
    table.add_row(*(Text(cut(cell, LONGEST_CELL)) for cell in cells))


def _show_ingest(report: IngestReport, as_json: bool) -> None:
    def show() -> None:
        if report.schema:
            table = Table("field", "column", "type", "examples")
            for row in report.schema.table():
                _row(table, *row)
            out.print(table)
        for name in ("items", "users", "events"):
            tally = getattr(report, name)
            counts = ", ".join(f"{count:,} {what}" for what, count in dataclasses.asdict(tally).items() if count)
            out.print(f"{name}: {counts or 'none'}", markup=False)
        if report.rejected:
            reasons = ", ".join(f"{count} {reason}" for reason, count in report.reasons.items())
            out.print(f"rejected: {report.rejected} ({reasons}); see {report.rejects}", markup=False, soft_wrap=True)
        if report.test:
            out.print(f"held out for evaluation: {report.test}", markup=False, soft_wrap=True)

    _print(report, as_json, show)


def _tell_work(work: Workload) -> None:
    err.print(f"{work}.", markup=False, highlight=False, soft_wrap=True)


def _show_gate(gate: Gate) -> None:
    _show_tables(gate)
    for each in gate.findings():
        out.print(f"{each.what}: {each.verdict}, {each.why}.", markup=False, highlight=False, soft_wrap=True)
    out.print(f"The candidate is {gate.verdict}.")


def _show_tables(gate: Gate) -> None:
    _show_comparison(gate, "validation users")
    if gate.newer and gate.newer.users:
        low, mean, high = gate.newer.change(CANDIDATE, SERVING)
        sure = f"{low:+.4f} to {high:+.4f}, 95%" if gate.newer.judged >= FEWEST else "too few to say"
        out.print(f"On the {gate.newer.users:,} of these choices that are among the new events the candidate changes "
                  f"NDCG@10 by {mean:+.4f} ({sure}).")  # fmt: skip
    if gate.earlier:
        _show_comparison(gate.earlier, "of their choices before the new events")


def _show_comparison(gate: Gate, what: str) -> None:
    found = gate.comparison
    if not found.users:
        return
    table = Table(f"{found.users:,} {what}", "NDCG@10", "the model alone", "gain over retrieval, 95%")
    table.add_row("retrieval", f"{found.retrieval.mean():.4f}")
    for name, fused in found.fused.items():
        low, mean, high = found.gain(name)
        alone = f"{found.alone[name].mean():.4f}" if name in found.alone else ""
        sure = f"{low:+.4f} to {high:+.4f}" if found.judged >= FEWEST else "too few to say"
        table.add_row(name, f"{fused.mean():.4f}", alone, f"{mean:+.4f} ({sure})")
    out.print(table)


def _metadata(registry: Registry, name: str) -> dict[str, Any]:
    """One adapter whose metadata is damaged must not hide the others."""
    try:
        return registry.metadata(name)
    except AdapterError as error:
        return {"damaged": str(error)}


def _figures(metadata: Mapping[str, Any]) -> tuple[str, ...]:
    """What `list` shows of an adapter; metadata of other makes may lack any of it."""
    if "damaged" in metadata:
        return ("its metadata is damaged",)
    data, before, after, gate = (part(metadata, each) for each in ("data", "before", "after", "gate"))
    ranked = ranked_in(metadata)
    checked = f"{ranked:,} rankings" if ranked is not None else "not told"
    few = ranked is not None and ranked < FEW
    ndcg = [f"{each['ndcg']:.4f}" if "ndcg" in each else "" for each in (before, after)]
    worse = "ndcg" in before and after.get("ndcg", 1.0) < before["ndcg"]
    notes = [checked + (": says nothing" if few else ""), ndcg[0], ndcg[1] + (", worse" if worse else "")]
    return (f"{data['choices']:,}" if "choices" in data else "", *notes, gate.get("verdict", ""))


def _note(text: str) -> None:
    out.print(text, markup=False, highlight=False, soft_wrap=True)


def _replaces(begun: Path | None, yes: bool, bar: Stages) -> bool:
    """Whether a new run may take the place of one that has been trained for a while."""
    if begun is None:
        return True
    bar.say(f"A run that was cut off lies in {begun}: --resume goes on with it, and a new one takes its place.")
    return yes or _asked("Begin anew?", default=False, otherwise="beginning anew", bar=bar)


def _agree(cost: Cost, yes: bool, bar: Stages) -> bool:
    bar.say(f"Training reads {cost}.")
    return yes or not MAIN or _asked("Begin?", default=True, otherwise="beginning", bar=bar)


def _asked(question: str, default: bool, otherwise: str, bar: Stages) -> bool:
    """What a person answers; yes where there is no terminal to ask in, which is said."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        bar.say(f"No terminal to ask in: {otherwise}.")
        return True
    try:
        return typer.confirm(question, default=default, err=True)
    except typer.Abort as stop:  # Ctrl-C, or Ctrl-D
        raise KeyboardInterrupt from stop


def _planned(begun: Plan, recipe: Mapping[str, Any], options: Mapping[str, Any]) -> Plan:
    """The plan with the options that were given."""
    training = {name: value for name, value in recipe.items() if value is not None}
    given = {name: value for name, value in options.items() if value is not None}
    return dataclasses.replace(begun, **given, training=dataclasses.replace(begun.training, **training))


def _tasks(listed: str | None) -> list[Task] | None:
    names = None if listed is None else [each.strip() for each in listed.split(",")]
    if names and (unknown := [each for each in names if each not in TASKS]):
        raise typer.BadParameter(f"there is no task {unknown[0]!r}; there are {', '.join(TASKS)}", param_hint="--tasks")
    return None if names is None else [task for task in TASKS if task in names]


def _show_tuned(tuned: Tuned) -> None:
    ranked = f", {tuned.data.ranked:,} of them rankings" if tuned.data.ranked is not None else ""
    table = Table(f"{tuned.data.checked:,} examples of other people{ranked}", "before", "after")
    for name in tuned.after:
        table.add_row(name, f"{tuned.before[name]:.4f}", f"{tuned.after[name]:.4f}")
    out.print(table)
    learned = tuned.data.examples - tuned.data.checked
    out.print(f"The adapter is in {tuned.folder}; it learned from {learned:,} examples.", markup=False, soft_wrap=True)
    for remark in remarks(tuned.before, tuned.after, tuned.data.ranked):
        _note(f"{remark[0].upper()}{remark[1:]}.")
    out.print(f"`sommelier adapters promote {tuned.folder.name}` serves it, if it is not worse than what serves now.")


def _show_fit(report: FitReport) -> None:
    if report.tower:
        table = Table("behaviour tower", "recall@20", "ndcg@10", title=f"{report.tower.users:,} validation users")
        for name, recall in report.tower.recall.items():
            mark = " (chosen)" if name == report.tower.chosen else ""
            table.add_row(name + mark, f"{recall:.4f}", f"{report.tower.ndcg[name]:.4f}")
        out.print(table)
        out.print("Each beside the exact co-visitation strengths, which are there in any case.")
    else:
        out.print(f"No tower and no weights were fitted: that takes {report.enough} users with three choices each. "
                  "The shipped ones serve.")  # fmt: skip
    if report.weights:
        _show_weights(report.weights.weights)
        _show_gains(report.weights.gains)
    if report.strength:
        _show_strength(report.strength)
    else:
        out.print(NOT_CALIBRATED)


def _show_weights(weights: RankingWeights) -> None:
    table = Table("feature", "without a request", "with one", title="Weights")
    plain, asked = weights.retrieval.without_request, weights.retrieval.with_request
    for name in sorted(plain.keys() | asked.keys(), key=lambda each: -plain.get(each, 0.0)):
        table.add_row(name, f"{plain.get(name, 0.0):.3f}", f"{asked.get(name, 0.0):.3f}")
    for name, (plain_lm, asked_lm) in zip(
        ("language model (a)", "... for new items (c)"),
        zip(weights.lm_without_request, weights.lm_with_request, strict=True), strict=True,
    ):  # fmt: skip
        table.add_row(name, f"{plain_lm:.3f}", f"{asked_lm:.3f}")
    out.print(table)


def _show_gains(gains: Mapping[str, Gains]) -> None:
    title = "What the fit is worth to users it has not seen, NDCG@10"
    table = Table("", "users", "before", "after", "gain, 95%", title=title)
    for sort, each in gains.items():
        for what, gain, kept in (
            ("features", each.features, each.features_kept),
            ("language model", each.lm, each.lm_kept),
        ):
            low, mean, high = gain.interval
            shown = f"{mean:+.4f} [{low:+.4f}, {high:+.4f}]{'' if kept else ', not kept'}"
            table.add_row(f"{what}, {sort}", f"{gain.users:,}", f"{gain.before:.4f}", f"{gain.after:.4f}", shown)
    out.print(table)


def _show_strength(report: StrengthReport) -> None:
    names = ("auc", "gauc", "ece", "log loss", "mse", "rmse")
    systems = {**report.systems, **{f"{name}, judged": figures for name, figures in report.judged.items()}}
    shown = [name for name in names if any(name in figures for figures in systems.values())]
    title = f"Strength of interest: {report.calibration.pairs:,} held-back pairs of {report.users:,} users"
    table = Table("known of the pair", *shown, title=title)
    for system, figures in systems.items():
        table.add_row(system, *(f"{figures[name]:.4f}" if name in figures else "" for name in shown))
    out.print(table)


if __name__ == "__main__":  # so that a launcher can start several of it
    main()
