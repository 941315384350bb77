"""The page's server: where it listens, whom it answers, what it exposes."""

import json
import socket
from datetime import datetime, timedelta, timezone
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import gradio as gr
import pytest
from fake_engine import CALM, FakeEngine, viewers
from sommelier.agent.chat.conversation import Conversations
from sommelier.agent.chat.images import Images
from sommelier.agent.chat.page import Page
from sommelier.agent.chat.server import ChatServerError, serving
from sommelier.agent.chat.visitor import Visitor


class Desk:
    """A page without a browser: one visitor who asks and presses."""

    def __init__(self, engine, kept=None):
        self.page = Page(engine, Conversations(engine), Images(engine.images))
        self.kept = kept or Visitor.arrive().keep()
        self.visitor = Visitor.recall(self.kept, set())

    def ask(self, message="anything"):
        return self.read(self.page.asked(self.kept, message))

    def press(self, kind, rank=1, mark=None, **more):
        data = {"shelf": self.mark if mark is None else mark, "rank": rank, "kind": kind, **more}
        press = gr.EventData(None, data)
        if kind == "more":
            return self.read(self.page.wanted_more(self.kept, press))
        return self.read([self.page.pressed(self.kept, press)])

    @property
    def mark(self):
        return self.page._conversation(self.visitor).exchanges[-1].mark

    def read(self, paintings):
        """What was painted in the end, as text."""
        return " ".join(str(value) for painting in paintings for value in painting.values())


@pytest.mark.parametrize("kind", ["like", "save", "seen", "dismiss"])
def test_every_button_writes_its_event_once(kind):
    engine = FakeEngine()
    desk = Desk(engine)
    desk.ask()
    painted = desk.press(kind, 2)
    desk.press(kind, 2)
    (event,) = engine.log
    assert (event.user, event.item, event.kind) == (desk.visitor.user, "f2", kind)
    assert event.context == {"session": desk.visitor.session}
    assert f'data-kind="{kind}" data-shelf="{desk.mark}" data-rank="2" aria-pressed="true"' in painted


def test_more_like_this_asks_a_turn_that_names_the_item():
    engine = FakeEngine()
    desk = Desk(engine)
    desk.ask()
    assert f"Something like “{CALM[2].title}”" in desk.press("more", 3)
    assert [(event.item, event.kind) for event in engine.log] == [("f3", "click")]
    assert len(engine.turns(desk.visitor.user, desk.visitor.session)) == 2


def test_undo_takes_the_last_deed_back_within_its_time():
    engine = FakeEngine()
    desk = Desk(engine)
    desk.ask()
    desk.press("like", 1)
    desk.press("save", 1)
    assert "Taken back" in desk.press("undo", 1)
    assert [event.kind for event in engine.log] == ["like"]
    desk.press("undo", 1)
    assert engine.log == []
    assert "nothing to undo" in desk.press("undo", 1)


def test_undo_comes_too_late_and_never_reaches_another_session():
    engine = FakeEngine()
    desk = Desk(engine)
    desk.ask()
    session = {"session": desk.visitor.session}
    long_ago = datetime.now(timezone.utc) - timedelta(minutes=1)
    engine.observe(desk.visitor.user, "f1", "save", at=long_ago, context=session)
    engine.observe(desk.visitor.user, "f2", "save", context={"session": "elsewhere"})
    engine.observe("somebody else", "f3", "save", context=session)
    assert "can no longer be undone" in desk.press("undo", 1)
    assert "can no longer be undone" in desk.press("undo", 2)
    assert "nothing to undo" in desk.press("undo", 3)
    assert len(engine.log) == 3


@pytest.mark.parametrize(
    "press",
    [
        {"kind": "delete"}, {"kind": ["like"]}, {"rank": 99}, {"rank": "1"}, {"rank": True}, {"mark": "f1"},
        {"mark": 3}, {"kind": None}, {"kind": {}},
    ],
)  # fmt: skip
def test_a_forged_press_does_nothing(press):
    engine = FakeEngine()
    desk = Desk(engine)
    desk.ask()
    assert "no longer here" in desk.press(**{"kind": "like", **press})
    assert engine.log == []


def test_another_visitors_shelf_is_out_of_reach():
    engine = FakeEngine()
    one, two = Desk(engine), Desk(engine)
    one.ask()
    assert "no longer here" in two.press("like", mark=one.mark)
    assert engine.log == []


def test_every_endpoint_is_private():
    blocks = Desk(FakeEngine(users=viewers())).page.blocks
    assert len(blocks.fns) > 4
    assert {each.api_visibility for each in blocks.fns.values()} == {"private"}


def test_it_listens_on_loopback_and_refuses_foreign_host_names():
    with serving(FakeEngine()) as url:
        assert url.startswith("http://127.0.0.1:")
        with urlopen(url) as answer:
            assert answer.status == 200
        with urlopen(f"{url}gradio_api/info") as answer:
            assert json.load(answer)["named_endpoints"] == {}
        with pytest.raises(HTTPError) as refused:
            urlopen(Request(url, headers={"Host": "evil.example"}))
        assert refused.value.code == 400
        refused.value.close()


def test_a_busy_port_is_one_clear_sentence():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with (
            pytest.raises(ChatServerError, match=f"Port {port} on 127.0.0.1 cannot be used"),
            serving(FakeEngine(), port=port),
        ):
            pass


def test_a_visitor_comes_back_by_their_token_alone():
    here = Visitor.arrive()
    again = Visitor.recall(here.keep(), {"viewer-1"})
    assert again == here
    assert again.session == here.session
    assert Visitor.arrive().user != here.user
    assert here.token not in here.user + here.session


def test_a_visitor_looks_through_known_viewers_only():
    here = Visitor.arrive().looking_through("viewer-1")
    assert Visitor.recall(here.keep(), {"viewer-1"}).user == "viewer-1"
    assert Visitor.recall(here.keep(), set()).user.startswith("guest-")
    assert here.afresh().session != here.session


@pytest.mark.parametrize(
    "kept", [None, 3, "guest", [], {}, {"token": "short"}, {"token": 7}, {"user": "viewer-1", "token": "a" * 42}]
)
def test_anything_that_is_not_a_token_is_a_new_visitor(kept):
    assert Visitor.recall(kept, {"viewer-1"}).user.startswith("guest-")
    assert Visitor.recall(kept, set()) != Visitor.recall(kept, set())


def test_odd_choices_beside_a_good_token_are_ignored():
    kept = Visitor.arrive().keep() | {"viewer": ["viewer-1"], "conversation": "9"}
    assert Visitor.recall(kept, {"viewer-1"}).conversation == 0
