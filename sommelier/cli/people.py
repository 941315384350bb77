"""`observe`, `recommend` and `profile`: what one person did, might like, and is known for."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from ..retrieval.catalogue import CatalogueError
from .opening import recommender_at
from .options import JsonOption, WorkspaceOption
from .rendering.consoles import err, note_on, out
from .rendering.people import show_profile, show_shelf
from .rendering.results import show_result
from .unknown_users import tell_if_unknown

if TYPE_CHECKING:
    from ..agent.recommender import Recommender

commands = typer.Typer()


@commands.command()
def observe(
    user: str,
    item: str,
    kind: str,
    value: Annotated[float | None, typer.Option(help="The rating, for kind rating.")] = None,
    at: Annotated[datetime | None, typer.Option(help="When, in local time; default: now.")] = None,
    event_id: Annotated[str | None, typer.Option(help="Your id; the same id twice is the same event.")] = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Record that USER did KIND (view, play, rating, like, ...) with ITEM."""
    with recommender_at(workspace) as recommender:
        moment = at.astimezone() if at else None
        event = recommender.observe(user, item, kind, value, moment, event_id=event_id)  # type: ignore[arg-type] # checked
    show_result(event, as_json, lambda: note_on(out, f"recorded {event.kind} of {event.item} by {event.user}"))


@commands.command()
def recommend(
    user: str,
    request: Annotated[
        str, typer.Argument(help="What is wanted, in words, as in a chat: 'something slow, no horror'.")
    ] = "",
    n: Annotated[int, typer.Option("-n", min=1, max=200, help="How many.")] = 5,
    where: Annotated[str | None, typer.Option("--filter", help='JSON, e.g. \'{"year": {"$gte": 1990}}\'.')] = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Recommend items to USER, who may REQUEST something in words."""
    filters = _filters(where)
    with recommender_at(workspace) as recommender:
        known = "the request alone is what is known" if request else "these are everybody's favourites"
        tell_if_unknown(recommender, user, known)
        shelf = recommender.recommend(user, n, filters, request=request)
        nearest = recommender.relax(user, filters, request=request) if filters and not shelf else None
    if nearest and filters:
        from ..agent.dialogue.conditions import offer

        note_on(err, offer(filters, nearest))
    show_result(shelf, as_json, lambda: show_shelf(shelf))


@commands.command()
def profile(
    user: str,
    unpin: Annotated[
        int | None, typer.Option(help="Forget what is remembered for good at this place, from 1, before showing.")
    ] = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show what is known of USER, and what they wanted remembered for good."""
    with recommender_at(workspace) as recommender:
        tell_if_unknown(recommender, user, "nothing is known of them")
        if unpin is not None:
            _unpin(recommender, user, unpin)
        known, pins = recommender.profile(user), recommender.pins(user)
    show_result({**asdict(known), "pins": pins} if as_json else known, as_json, lambda: show_profile(known, pins))


def _unpin(recommender: Recommender, user: str, place: int) -> None:
    try:
        recommender.unpin(user, place - 1)
    except IndexError:
        count = len(recommender.pins(user))
        raise typer.BadParameter(f"--unpin {place}: {user} has {count} to forget, counted from 1") from None


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
