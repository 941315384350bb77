"""Alerts: told once, told again when over, to a real server on loopback; a webhook that fails breaks nothing."""

import json
import logging
import socket
import threading
import time
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from sommelier.agent.analytics.alerts import Alarm
from sommelier.agent.config import Alerts, load_config
from sommelier.agent.errors import ConfigError
from sommelier.agent.memory.memory import Memory
from sommelier.agent.memory.settings import Setting
from sommelier.agent.turn import Sentence, Turn
from sommelier.retrieval.catalogue import Event

NOON = datetime(2026, 6, 6, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def memory(tmp_path):
    with Memory(f"sqlite:///{tmp_path / 'sommelier.db'}") as store:
        yield store


class Hook:
    """A webhook that keeps what it is sent, and answers with `status`."""

    def __init__(self):
        self.got = []
        self.status = 204
        hook = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                hook.got.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                hook.kind = self.headers["Content-Type"]
                self.send_response(hook.status)
                self.end_headers()

            def log_message(self, *line):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/secret-path"


@pytest.fixture
def hook():
    heard = Hook()
    thread = threading.Thread(target=heard.server.serve_forever, daemon=True)
    thread.start()
    yield heard
    heard.server.shutdown()
    heard.server.server_close()
    thread.join()


def answered(memory, seconds, turns=20, at=NOON, plain=0, start=0):
    for n in range(start, start + turns):
        told = [Sentence("x", "evidence" if n - start < plain else "model")]
        turn = Turn(f"t{n}", "s", "ann", "hello", "x", (), {"candidates": 0.1, "explanations": seconds - 0.1}, at)
        memory.turns.save(turn, sentences=told)


def check(memory, now=NOON, **alerts):
    return Alarm(memory, Alerts(**alerts), "shop", lambda: now).check()


def states(hook):
    return [(each["alert"], each["state"]) for each in hook.got]


def test_a_crossed_threshold_is_logged_and_posted_once(memory, hook, caplog):
    answered(memory, 9)
    for _ in range(3):
        (finding,) = check(memory, p95_seconds=5, webhook=hook.url)
        assert finding.crossed
        assert finding.value == pytest.approx(9)
    (sent,) = hook.got
    assert sent["text"] == ("Sommelier, shop: 95 % of 20 turns in the last 1 h took up to 9.0 s; the limit is 5 s.")
    assert (sent["alert"], sent["state"], sent["threshold"]) == ("p95_seconds", "raised", 5)
    assert hook.kind == "application/json"
    assert [each.levelname for each in caplog.records] == ["WARNING"]
    assert Alarm(memory, Alerts(), "shop").firing() == [sent["text"].partition(": ")[2]]


def test_it_is_told_when_it_is_over_and_may_come_again(memory, hook):
    alerts = {"p95_seconds": 5, "webhook": hook.url}
    answered(memory, 9)
    check(memory, **alerts)
    answered(memory, 1, at=NOON + 2 * HOUR, start=100)
    check(memory, NOON + 2 * HOUR, **alerts)
    check(memory, NOON + 2 * HOUR, **alerts)
    answered(memory, 9, at=NOON + 4 * HOUR, start=200)
    check(memory, NOON + 4 * HOUR, **alerts)
    assert states(hook) == [("p95_seconds", state) for state in ("raised", "over", "raised")]


def test_too_few_turns_say_nothing_either_way(memory, hook):
    answered(memory, 9, turns=19)
    assert check(memory, p95_seconds=5, empty_rate=0.5, fallback_rate=0, webhook=hook.url) == []
    answered(memory, 9)
    check(memory, p95_seconds=5, webhook=hook.url)
    check(memory, NOON + 9 * HOUR, p95_seconds=5, webhook=hook.url)
    assert states(hook) == [("p95_seconds", "raised")]


def test_every_threshold_is_compared(memory, hook):
    answered(memory, 1, plain=5)
    memory.events.add([Event("e", "ann", "amber", "view", at=NOON - 30 * HOUR)])
    found = check(memory, p95_seconds=2, fallback_rate=0.2, empty_rate=0.9, quiet_hours=24, webhook=hook.url)
    assert [(each.name, round(each.value, 2), each.crossed) for each in found] == [
        ("p95_seconds", 1.0, False), ("fallback_rate", 0.25, True), ("empty_rate", 1.0, True),
        ("quiet_hours", 30, True),
    ]  # fmt: skip
    assert states(hook) == [(name, "raised") for name in ("fallback_rate", "empty_rate", "quiet_hours")]
    assert check(memory) == []


def test_an_empty_log_is_no_alert(memory):
    assert check(memory, p95_seconds=1, fallback_rate=0, empty_rate=0, quiet_hours=0.1) == []


def test_a_value_at_the_threshold_has_not_crossed_it(memory):
    answered(memory, 1, plain=4)
    (finding,) = check(memory, fallback_rate=0.2)
    assert not finding.crossed


@pytest.mark.parametrize("status", [404, 500])
def test_a_webhook_that_refuses_is_tried_again_and_the_log_says_so_without_its_address(memory, hook, caplog, status):
    answered(memory, 9)
    hook.status = status
    check(memory, p95_seconds=5, webhook=hook.url)
    hook.status = 200
    check(memory, p95_seconds=5, webhook=hook.url)
    check(memory, p95_seconds=5, webhook=hook.url)
    assert states(hook) == [("p95_seconds", "raised")] * 2
    assert "did not take the message" in caplog.text
    assert caplog.text.count("took up to") == 1
    assert "secret-path" not in caplog.text


def test_a_webhook_that_is_not_there_breaks_nothing(memory):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{closed.getsockname()[1]}/"
        answered(memory, 9)
        assert check(memory, p95_seconds=5, webhook=url)[0].crossed
        assert Alarm(memory, Alerts(), "shop").firing() != []


def test_that_it_is_over_is_told_again_until_it_is_heard(memory, hook):
    alerts = {"p95_seconds": 5, "webhook": hook.url}
    answered(memory, 9)
    check(memory, **alerts)
    answered(memory, 1, at=NOON + 2 * HOUR, start=100)
    hook.status = 500
    check(memory, NOON + 2 * HOUR, **alerts)
    hook.status = 200
    check(memory, NOON + 2 * HOUR, **alerts)
    check(memory, NOON + 2 * HOUR, **alerts)
    assert states(hook) == [("p95_seconds", state) for state in ("raised", "over", "over")]


def test_a_threshold_that_was_taken_out_is_forgotten(memory, hook):
    answered(memory, 9)
    check(memory, p95_seconds=5, webhook=hook.url)
    check(memory, webhook=hook.url)
    assert Alarm(memory, Alerts(), "shop").firing() == []
    assert states(hook) == [("p95_seconds", "raised")]


def test_a_watch_checks_by_itself_and_stops(memory, hook):
    answered(memory, 9)
    alarm = Alarm(memory, Alerts(p95_seconds=5, webhook=hook.url), "shop", lambda: NOON)
    with alarm.watching():
        until = time.monotonic() + 20
        while not hook.got and time.monotonic() < until:
            time.sleep(0.01)
    assert states(hook) == [("p95_seconds", "raised")]
    assert "alerts" not in [each.name for each in threading.enumerate()]


def test_a_watch_survives_a_database_that_fails(memory, caplog):
    caplog.set_level(logging.ERROR)
    memory.settings.put(Setting("alerts", str, ""), "nonsense")
    with Alarm(memory, Alerts(), "shop").watching():
        until = time.monotonic() + 20
        while not caplog.records and time.monotonic() < until:
            time.sleep(0.01)
    assert "checked again" in caplog.text


def test_the_settings_file_sets_thresholds(tmp_path):
    path = tmp_path / "sommelier.yaml"
    path.write_text("alerts: {p95_seconds: 5, fallback_rate: .2, webhook: 'https://example.com/hook'}")
    assert load_config(tmp_path).alerts.p95_seconds == 5
    for wrong, named in (
        ("p95_seconds: 0", "p95_seconds"), ("fallback_rate: 20", "fallback_rate"),
        ("webhook: 'ftp://example.com/x'", "webhook"), ("p99_seconds: 1", "p99_seconds"), ("minutes: 0", "minutes"),
        ("turns: 0", "turns"), ("hours: .inf", "hours"),
    ):  # fmt: skip
        path.write_text(f"alerts: {{{wrong}}}")
        with pytest.raises(ConfigError, match=f"alerts.{named}"):
            load_config(tmp_path)
