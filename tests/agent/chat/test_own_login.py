"""The page inside a team's own app, as `examples/own_login.py` puts it there, in browsers of two people."""

import importlib.util
import threading
import time
from contextlib import contextmanager
from pathlib import Path

import pytest
import uvicorn
from fake_engine import FakeEngine, viewers

EXAMPLE = Path(__file__).parents[3] / "examples" / "own_login.py"

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def example():
    specification = importlib.util.spec_from_file_location("own_login", EXAMPLE)
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


@contextmanager
def running(app):
    """Serve an app on loopback; yields its address."""
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="warning"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        assert thread.is_alive()
        time.sleep(0.05)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}/"
    finally:
        server.should_exit = True
        thread.join()


def test_two_people_share_nothing_and_each_is_known_in_every_browser(visit, example):
    engine = FakeEngine(users=viewers())
    with running(example.make_app(engine)) as address:
        page = f"{address}recommendations/"
        ann, bob = (visit(page, headers={example.HEADER: name}) for name in ("ann", "bob"))
        assert ann.page.locator("#som-viewer:visible").count() == 0
        ann.say("my secret wish")
        ann.wait_for("You said: my secret wish")
        ann.press("save", 1)
        bob.reload()
        bob.page.click("#som-saved")
        bob.page.wait_for_selector("dialog[open] >> text=Nothing is saved yet")
        assert "my secret wish" not in bob.page.inner_text("body")
        bob.page.click("dialog [data-close]")
        bob.say("another wish")
        bob.wait_for("You said: another wish")
        bob.press("like", 2)
        assert [(event.user, event.kind) for event in engine.log] == [("ann", "save"), ("bob", "like")]
        elsewhere = visit(page, headers={example.HEADER: "ann"})
        elsewhere.wait_for("You said: my secret wish")
        assert "another wish" not in elsewhere.page.inner_text("body")
        for each in (ann, bob, elsewhere):
            each.leave()


def test_whoever_has_no_name_sees_no_page(example, chromium):
    with running(example.make_app(FakeEngine())) as address:
        context = chromium.new_context()
        page = context.new_page()
        assert page.goto(f"{address}recommendations/").status == 401
        assert page.locator("#som-message").count() == 0
        context.close()
