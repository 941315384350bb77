"""The chat page inside a team's own app, for people whom a proxy has logged in: `python examples/own_login.py`.

Any proxy that asks people to log in can stand in front (oauth2-proxy, Authelia, a load balancer). It must set the
header below itself and drop what a browser sends under that name; this app listens on loopback, so that only the proxy
gets here.
To try it without one: curl -H "X-Remote-User: ana" http://127.0.0.1:8000/recommendations/
"""

from __future__ import annotations

import uvicorn
from fastapi import FastAPI, Request
from sommelier.agent.chat.server import mount

from sommelier import Recommender

HEADER = "X-Remote-User"


def identify(request: Request) -> str | None:
    """The user id that the shop's own log has for whoever asks; None keeps everybody else out."""
    return request.headers.get(HEADER) or None


def make_app(recommender: Recommender) -> FastAPI:
    """The team's app, with the page at /recommendations."""
    app = FastAPI(title="Our shop")
    mount(app, recommender, identify, path="/recommendations")
    return app


def main() -> None:
    """Serve the built-in films to people with a name."""
    with Recommender.open() as recommender:
        uvicorn.run(make_app(recommender), host="127.0.0.1", port=8000)


if __name__ == "__main__":
    main()
