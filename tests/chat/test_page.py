"""The page's server: where it listens, whom it answers, what it exposes."""

import json
import socket
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from fake_engine import FakeEngine, viewers
from sommelier.agent.chat.app import ChatServerError, build, serving
from sommelier.agent.chat.visitor import Visitor


def test_every_endpoint_is_private():
    blocks = build(FakeEngine(users=viewers()))
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
