"""Users without a single event: perhaps new, perhaps mistyped. That is said, and who may have been meant."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .rendering.consoles import err, note_on, printable

if TYPE_CHECKING:
    from ..agent.recommender import Recommender

EXAMPLES = 5
"""Known users that are named where no id is spelt alike."""


def tell_if_unknown(recommender: Recommender, user: str, consequence: str) -> None:
    """Say on stderr that there is no event of `user`, if so, with the consequence and the ids that may be meant."""
    if recommender.profile(user).events:
        return
    note_on(err, f"There is no event of {printable(user)!r}: {consequence}. {_advice(recommender, user)}".rstrip())


def _advice(recommender: Recommender, user: str) -> str:
    close = recommender.close_user_ids(user)
    if close:
        return f"Did you mean {', '.join(map(printable, close))}?"
    some = [printable(each.id) for each in recommender.users()[:EXAMPLES]]
    return f"Known users, for example: {', '.join(some)}." if some else ""
