"""Events for the tests of the memory."""

from sommelier.retrieval.catalogue import Event


def event(id, user="ann", item="heat", kind="like", **more):
    return Event(id, user, item, kind, **more)
