"""The board's page: nothing without the token, figures as inert HTML, and what it looks like in a browser."""

import json
import threading
from datetime import UTC, date, datetime, timedelta
from html.parser import HTMLParser
from http.client import HTTPConnection
from urllib.parse import urlencode, urlsplit

import pytest
from accessibility import serious
from fake_engine import HOSTILE, FakeEngine
from sommelier.agent.analytics.alerts import TOLD, Told
from sommelier.agent.analytics.board import Board
from sommelier.agent.board.board_html import board_html, trouble_html
from sommelier.agent.board.plots import bars, ceiling, lines, spark
from sommelier.agent.board.site import BoardServerError, BoardSite, _Page, serve_board
from sommelier.agent.chat.server import serving
from sommelier.agent.config import Config
from sommelier.agent.errors import ConfigError
from sommelier.agent.memory.memory import Memory
from sommelier.agent.turn import Explanation, Recommendation, Sentence, Turn
from sommelier.retrieval.catalogue import Event, Item
from sommelier.retrieval.evidence import Evidence

TOKEN = "a-token-for-the-tests-only"
HOUR = timedelta(hours=1)
CALM = [Item(f"i{n}", f"Lantern {n}", attributes={"maker": f"house {n // 3}"}) for n in range(9)]


@pytest.fixture
def memory(tmp_path):
    with Memory(f"sqlite:///{tmp_path / 'sommelier.db'}") as store:
        store.catalogue.upsert_items(CALM)
        yield store


@pytest.fixture
def site(memory, monkeypatch):
    monkeypatch.setenv("SOMMELIER_BOARD_TOKEN", TOKEN)
    return BoardSite(Board(memory, Config(), "shop"))


@pytest.fixture(scope="module")
def url(tmp_path_factory):
    """A chat with a board, for tests that change nothing."""
    folder = tmp_path_factory.mktemp("gate")
    with Memory(f"sqlite:///{folder / 'sommelier.db'}") as store, pytest.MonkeyPatch.context() as patch:
        store.catalogue.upsert_items(CALM)
        patch.setenv("SOMMELIER_BOARD_TOKEN", TOKEN)
        with serving(FakeEngine(), board=BoardSite(Board(store, Config(), "shop"))) as address:
            yield address


def busy(memory, items=CALM, now=None):
    """Ten weeks of events, the first item rising of late, and a few turns that showed everything."""
    now = now or datetime.now(UTC)
    memory.events.add(
        Event(f"{ago}-{item.id}-{n}", f"u{ago}-{n}", item.id, "play", at=now - ago * 24 * HOUR - n * HOUR)
        for ago in range(70) for item in items for n in range(9 if ago < 7 and item is items[0] else 1)
    )  # fmt: skip
    shelf = tuple(
        Recommendation(item, rank, 1.0, Explanation("x", "model"), Evidence(), {}) for rank, item in enumerate(items, 1)
    )
    for n in range(6):
        seconds = {"candidates": 0.2, "ranking": 0.3, "explanations": 1.0}
        turn = Turn(f"t{n}", "s", f"guest{n}", "hi", "x", shelf, seconds, now - HOUR)
        memory.turns.save(turn, sentences=[Sentence("x", "evidence" if n else "model")])
        memory.events.add([Event(f"no{n}", f"guest{n}", items[1].id, "dismiss", at=now - HOUR / 2)])


def ask(url, path, method="GET", body=None, **headers):
    """(status, headers, text), redirects not followed."""
    connection = HTTPConnection(urlsplit(url).netloc, timeout=30)
    try:
        connection.request(method, path, body, {"Accept": "text/html", **headers})
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read().decode("utf-8", "replace")
    finally:
        connection.close()


def cookie_of(url, path=f"/board/?token={TOKEN}"):
    status, headers, _ = ask(url, path)
    assert status == 303
    return headers["Set-Cookie"].partition(";")[0]


# The gate


PATHS = (
    "/board/", "/board/config", "/board/gradio_api/info", "/board/gradio_api/app_id", "/board/theme.css",
    "/board/gradio_api/queue/data?session_hash=x", "/board/gradio_api/file=/etc/hostname", "/board/login",
    "/board/assets/index.js", "/board/monitoring", "/board//config", "/board/%2e/config", "/board/?token=",
    "/board/?token=wrong", "/board/manifest.json", "/board/gradio_api/startup-events",
)  # fmt: skip


@pytest.mark.parametrize("path", PATHS)
def test_nothing_is_shown_without_the_token(url, path):
    status, headers, text = ask(url, path)
    assert status == 401
    assert "Lantern" not in text
    assert "components" not in text
    assert 'type="password"' in text
    assert headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("path", ["gradio_api/queue/join", "gradio_api/run/predict", "gradio_api/call/show",
                                  "gradio_api/upload", "gradio_api/api/show", "login"])  # fmt: skip
def test_no_endpoint_answers_without_the_token(url, path):
    body = json.dumps({"data": ["28 days", "the last day"], "fn_index": 0, "session_hash": "x"})
    status, _, text = ask(url, f"/board/{path}", "POST", body, Accept="*/*", **{"Content-Type": "application/json"})
    assert (status, text) == (401, "Show the board's token first.")


def test_the_chats_own_endpoints_do_not_reach_the_board(url):
    _, _, config = ask(url, "/config")
    assert "brd-all" not in config
    assert "sommelier-visitor" in config


def test_the_token_opens_the_page_and_leaves_the_address(url):
    status, headers, _ = ask(url, f"/board/?token={TOKEN}")
    assert (status, headers["Location"]) == (303, "/board/")
    kept = headers["Set-Cookie"]
    assert TOKEN not in kept
    assert {"HttpOnly", "SameSite=strict", "Path=/board"} <= {each.strip() for each in kept.split(";")}
    cookie = kept.partition(";")[0]
    status, headers, text = ask(url, "/board/", Cookie=cookie)
    assert status == 200
    assert "brd-all" in text
    assert headers["X-Frame-Options"] == "DENY"
    assert ask(url, "/board/config", Cookie=cookie)[0] == 200
    assert ask(url, "/board", Cookie=cookie)[1]["Location"] == "/board/"


def test_another_cookie_is_none(url):
    name, _, value = cookie_of(url).partition("=")
    for other in (
        f"{name}={value[:-1]}",
        f"{name}={value}0",
        f"{name}={TOKEN}",
        f"sommelier-board={value}",
        f"{name}=é",
    ):
        assert ask(url, "/board/", Cookie=other.encode())[0] == 401


def test_the_form_takes_the_token(url):
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    status, headers, _ = ask(url, "/board/", "POST", urlencode({"token": TOKEN}), **form)
    assert (status, headers["Location"]) == (303, "/board/")
    status, _, text = ask(url, "/board/", "POST", urlencode({"token": "<b>guess</b>"}), **form)
    assert status == 401
    assert "That is not the token." in text
    assert "guess" not in text
    for odd in ("token=", "", "token=%ff%fe", "x" * 100_000, "token=" + "é" * 30):
        assert ask(url, "/board/", "POST", odd.encode(), **form)[0] == 401


def test_foreign_host_names_are_refused_at_the_board_too(url):
    assert ask(url, "/board/", Host="evil.example", Cookie=cookie_of(url))[0] == 400


def test_without_the_variable_a_token_is_made_and_told(memory, monkeypatch):
    monkeypatch.delenv("SOMMELIER_BOARD_TOKEN", raising=False)
    links = [BoardSite(Board(memory, Config())).link("http://127.0.0.1:1/") for _ in range(2)]
    assert links[0] != links[1]
    assert all(len(link.partition("token=")[2]) >= 43 for link in links)


def test_a_token_of_the_environment_is_not_printed(site):
    assert site.link("http://127.0.0.1:7860/") == "http://127.0.0.1:7860/board/"


def test_a_short_token_is_refused(memory, monkeypatch):
    monkeypatch.setenv("SOMMELIER_BOARD_TOKEN", "hunter2")
    with pytest.raises(ConfigError, match="7 characters; give it at least 16"):
        BoardSite(Board(memory, Config()))


def test_every_endpoint_is_private(memory):
    blocks = _Page(Board(memory, Config())).blocks
    assert {each.api_visibility for each in blocks.fns.values()} == {"private"}


def test_a_busy_port_is_one_clear_sentence(memory, url):
    port = urlsplit(url).port
    with pytest.raises(BoardServerError, match=f"Port {port} on 127.0.0.1 cannot be used"):
        serve_board(Board(memory, Config()), [].append, port)


# The figures as HTML


class Tags(HTMLParser):
    """Counts tags and keeps attributes that could run something."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.handlers, self.words = set(), [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)
        self.handlers += [name for name, value in attributes if name.startswith("on") or "javascript:" in (value or "")]

    def handle_data(self, text):
        self.words.append(text)


def drawn(memory, **settings):
    return board_html(Board(memory, Config(), **settings).figures(), settings.get("name", "shop"))


def test_the_page_says_what_the_figures_mean(memory):
    busy(memory)
    said = " ".join(Tags(drawn(memory)).words)
    for text in (
        "Lantern 0", "Lantern 1", "The busiest day was", "6 turns had their shelf after 0.50 s", "1.50 s",
        "asked for 6 sentences and 54 reasons; a plain one stands in for 5 and 0 of them (8%)",
    ):  # fmt: skip
        assert text in said


def test_an_empty_workspace_says_so_everywhere(memory):
    memory.catalogue.delete_items(each.id for each in CALM)
    said = " ".join(Tags(drawn(memory)).words)
    for text in (
        "No event has a time",
        "To say what is rising",
        "Nothing was shown",
        "The catalogue is empty",
        "No turn",
    ):
        assert text in said


def test_old_undated_and_future_events_are_told(memory):
    now = datetime.now(UTC)
    memory.events.add([
        Event("old", "u", "i1", "play", at=now - 50.5 * 24 * HOUR), Event("none", "u", "i1", "play"),
        Event("next", "u", "i1", "play", at=now + HOUR),
    ])  # fmt: skip
    said = " ".join(Tags(drawn(memory)).words)
    assert "The newest event is 50 days old" in said
    assert "1 events have no time" in said
    assert "1 events are dated in the future" in said


def test_an_old_log_and_a_newer_turn_are_told_each_by_its_name(memory):
    now = datetime.now(UTC)
    memory.events.add(Event(f"e{ago}", "u", "i1", "play", at=now - (ago + 400.5) * 24 * HOUR) for ago in range(70))
    shelf = (Recommendation(CALM[0], 1, 1.0, Explanation("x", "model"), Evidence(), {}),)
    memory.turns.save(Turn("t", "s", "guest", "hi", "x", shelf, {"explanations": 1.0}, now - 3.5 * 24 * HOUR))
    said = drawn(memory)
    assert "The newest event is 400 days old: events by day and what is rising end with it." in said
    assert "The newest turn is 3 days old: what is shown and how turns fare end with it." in said
    assert "28 events from" in said
    assert "Nothing is looked at or chosen unusually often" in said
    memory.events.add([Event("now", "u", "i1", "play", at=now)])
    said = drawn(memory)
    assert "The newest event is" not in said
    assert "The newest turn is 3 days old.<" in said


def test_hostile_text_is_only_text(memory):
    memory.catalogue.upsert_items(HOSTILE)
    busy(memory, HOSTILE)
    told = "<script>alert(1)</script>" + "x" * 5000
    memory.settings.put(TOLD, {"a": Told("", told, True)})
    page = drawn(memory, name="<img src=x onerror=1>")
    found = Tags(page)
    assert found.tags <= {
        "main", "header", "section", "h1", "h2", "p", "dl", "dt", "dd", "div", "ul", "li", "span", "table", "thead",
        "tbody", "tr", "th", "td", "svg", "g", "rect", "path", "line", "title", "i",
    }  # fmt: skip
    assert not found.handlers
    assert len(page) < 60_000
    assert "\u202e" not in page
    assert Tags(trouble_html("<b>no</b>")).tags == {"main", "p"}


# Plots


@pytest.mark.parametrize(
    ("value", "top"), [(0, 1), (0.03, 0.05), (1, 1), (1.01, 2), (5, 5), (51, 100), (100, 100), (12_345, 20_000)]
)
def test_an_axis_ends_at_a_round_number(value, top):
    assert ceiling(value) == pytest.approx(top)


DAYS = [date(2026, 6, day) for day in (5, 6, 7)]


def test_bars_are_stacked_in_proportion():
    drawing = bars(DAYS, {"up": [5, 0, 2], "down": [5, 0, 0]}, "says")
    assert '<rect class="brd-1" x="0.1" y="50.00" width=".8" height="50.00"/>' in drawing
    assert '<rect class="brd-2" x="0.1" y="0.00" width=".8" height="50.00"/>' in drawing
    assert "<title>5 Jun; up 5; down 5</title>" in drawing
    assert 'aria-label="says"' in drawing


def test_a_line_is_broken_where_nothing_is_known():
    drawing = lines(
        [*DAYS, date(2026, 6, 8)], {"seconds": [1, None, 1, 0.5]}, 'a "quoted" <b>', lambda value: f"{value:g} s"
    )
    assert 'd="M0.5 0.00 h0 M2.5 0.00 h0 L3.5 50.00"' in drawing
    assert "<title>6 Jun</title>" in drawing
    assert "a &quot;quoted&quot; &lt;b&gt;" in drawing


def test_a_plot_of_nothing_is_a_plot():
    assert "NaN" not in bars(DAYS, {"up": [0, 0, 0]}, "") + lines(DAYS, {"x": [None] * 3}, "", str) + spark([0, 0])


# In a browser


@pytest.mark.browser
def test_the_board_in_a_browser(memory, site, chromium, take_picture):
    memory.catalogue.upsert_items(HOSTILE)
    busy(memory, [*HOSTILE, *CALM])
    complaints = []
    with serving(FakeEngine(), board=site) as url:
        for width, scheme in ((1280, "light"), (320, "dark")):
            context = chromium.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme)
            page = context.new_page()
            page.goto(f"{url}board/")
            page.fill("#token", "not the token at all")
            page.click("button")
            page.get_by_text("That is not the token.").wait_for()
            page.on("console", lambda message: message.type == "error" and complaints.append(message.text))
            page.on("pageerror", lambda error: complaints.append(str(error)))
            page.on("request", lambda each: each.url.startswith((url, "data:", "blob:")) or complaints.append(each.url))
            page.fill("#token", TOKEN)
            page.click("button")
            page.wait_for_selector(".brd-plot")
            assert page.url == f"{url}board/"
            assert page.locator(".brd section").count() == 10
            assert serious(page) == []
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            cut = "[...document.querySelectorAll('.brd section')].filter(e => e.scrollWidth > e.clientWidth)"
            assert page.evaluate(f"{cut}.map(e => e.innerHTML.slice(0, 2000))") == []
            page.get_by_label("90 days").check()
            page.get_by_text("turns had their shelf").first.wait_for()
            page.locator('svg[aria-label*="events from"] > g').nth(89).wait_for(state="attached")
            take_picture(page, f"board-{scheme}")
            assert page.evaluate("window.pwned") is None
            assert page.locator(".brd a, .brd img, .brd script, .brd button").count() == 0
            context.close()
    assert complaints == []


def test_the_board_serves_by_itself(memory, monkeypatch):
    import uvicorn

    told, servers = [], []
    monkeypatch.delenv("SOMMELIER_BOARD_TOKEN", raising=False)
    ready = threading.Event()

    class Server(uvicorn.Server):
        def __init__(self, config):
            super().__init__(config)
            servers.append(self)

        async def startup(self, sockets=None):
            await super().startup(sockets)
            ready.set()

    monkeypatch.setattr(uvicorn, "Server", Server)
    busy(memory)
    thread = threading.Thread(target=serve_board, args=(Board(memory, Config(), "shop"), told.append, 0))
    thread.start()
    try:
        assert ready.wait(60)
        link = urlsplit(told[0])
        address = f"{link.scheme}://{link.netloc}"
        cookie = cookie_of(address, f"{link.path}?{link.query}")
        assert ask(address, "/board/", Cookie=cookie)[0] == 200
        assert ask(address, "/board/")[0] == 401
        assert ask(address, "/board/", Host="evil.example", Cookie=cookie)[0] == 400
    finally:
        servers[0].should_exit = True
        thread.join(30)
    assert not thread.is_alive()
