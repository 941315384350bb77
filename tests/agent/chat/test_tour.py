"""The walk of someone who has never seen the page, as docs/tour.md tells it: the built-in films, the bundled model.

`SOMMELIER_PICTURES=docs/tour pytest tests/chat/test_tour.py` takes the pictures of the documentation anew.
"""

import random
from datetime import UTC, datetime, timedelta

import pytest
from accessibility import serious
from fake_engine import FakeEngine
from sommelier.agent.analytics.board import Board
from sommelier.agent.board.site import BoardSite
from sommelier.agent.chat.server import serving
from sommelier.agent.config import Config
from sommelier.agent.ingest.ingest import ingest
from sommelier.agent.memory.memory import Memory
from sommelier.agent.recommender import Recommender
from sommelier.agent.turn import Explanation, Recommendation, Sentence, Turn
from sommelier.retrieval.builtin import FILMS
from sommelier.retrieval.catalogue import Event
from sommelier.retrieval.evidence import Evidence

pytestmark = pytest.mark.browser
WISH, NEXT = "a warm film about food, nothing sad", "a Japanese film from the 1950s"
VIEWER = "Chiara"
RISING = "tampopo-1985"
WORDS = Explanation("Try it.", "model"), Explanation("Try it.", "evidence")
DESKTOP, PHONE = {"width": 1280, "height": 800}, {"width": 390, "height": 844}


@pytest.fixture
def engine(tmp_path):
    with Recommender.open(tmp_path / "films", builtin=True) as opened:
        yield opened


@pytest.mark.parametrize(
    ("name", "size", "scheme"),
    [("desktop-light", DESKTOP, "light"), ("desktop-dark", DESKTOP, "dark"), ("phone-light", PHONE, "light"),
     ("phone-dark", PHONE, "dark")],
)  # fmt: skip
def test_a_newcomer_finds_likes_asks_why_and_saves(visit, engine, take_picture, name, size, scheme):
    with serving(engine) as url:
        tab = visit(url, **size, scheme=scheme)
        page = tab.page

        def picture(step):
            take_picture(page, f"{name}-{step}")

        assert page.get_by_role("heading", name="What are you in the mood for?").is_visible()
        assert page.locator(".som-chip:visible").count() >= 3
        picture("1-arrive")

        page.click("#som-viewer input")
        page.get_by_role("option", name=VIEWER).click()
        tab.wait_for(f"What I know about {VIEWER}")
        picture("2-viewer")

        tab.say(WISH)
        page.wait_for_selector(".som-card h3")
        shelf = tab.cards()
        assert 3 <= len(shelf) <= 5
        page.wait_for_selector("#som-send:visible")  # the answer is whole
        picture("3-shelf")

        tab.press("like", 1)
        assert "Liked" in page.inner_text("#som-live")
        page.click(".som-card >> nth=0 >> summary")
        page.wait_for_selector(".som-card >> nth=0 >> text=What the score is made of")
        page.locator(".som-card").first.scroll_into_view_if_needed()
        picture("4-why")

        tab.press("save", 2)
        page.click("#som-saved")
        page.wait_for_selector(f"dialog[open] >> text={shelf[1].rsplit(' ', 1)[0]}")
        picture("5-saved")
        page.click("dialog [data-close]")

        page.click('.som-card button[data-kind="open"][data-rank="3"]')
        page.wait_for_selector("dialog[open] >> text=Who it is for")
        picture("6-item")
        page.click("dialog [data-close]")

        tab.say(NEXT)
        tab.wait_for(f"You liked {shelf[0].rsplit(' ', 1)[0]}.")  # the next answer knows what was done
        page.wait_for_selector("#som-send:visible")
        assert serious(page) == []
        picture("7-next")
        tab.leave()


def a_busy_quarter(memory, now):
    """Eighty days of made-up events about the built-in films, one film and its director rising in the last week."""
    draw, films = random.Random(4), memory.catalogue.items()
    rising = next(film for film in films if film.id == RISING)
    weights = [1 / (1 + place) for place in range(len(films))]
    events = []
    for ago in range(80):
        for at in range(draw.randint(60, 90) + 20 * (ago % 7 in (0, 6))):
            film = rising if ago < 7 and at % 6 == 0 else draw.choices(films, weights)[0]
            kind = draw.choices(("view", "play", "like", "save", "dismiss"), (9, 6, 3, 1, 1))[0]
            user = f"made-up-{draw.randrange(400)}"
            when = now - timedelta(days=ago, minutes=draw.randrange(1, 1400))
            events.append(Event(f"q{ago}-{at}", user, film.id, kind, at=when))
    memory.events.add(events)
    for at in range(150):
        when = now - timedelta(hours=draw.randrange(1, 600))
        shelf = [Recommendation(film, place, 1.0, WORDS[at % 9 == 0], Evidence(), {}) for place, film in
                 enumerate(draw.choices(films[:60], k=4), 1)]  # fmt: skip
        seconds = {"candidates": draw.uniform(0.1, 0.3), "ranking": draw.uniform(0.3, 0.9), "explanations": 1.4}
        said = [Sentence("Try it.", "model"), Sentence("And this.", "evidence" if at % 7 == 0 else "model")]
        memory.turns.save(Turn(f"t{at}", "s", f"made-up-{at}", "hi", "", tuple(shelf), seconds, when), sentences=said)
        if at % 5:
            taste, kept = f"made-up-{at}", shelf[0].item
            kind = "dismiss" if kept.id < films[12].id else "like"
            memory.events.add([Event(f"r{at}", taste, kept.id, kind, at=when + timedelta(minutes=2))])


def test_an_operator_sees_what_is_rising(chromium, tmp_path, take_picture, monkeypatch):
    monkeypatch.setenv("SOMMELIER_BOARD_TOKEN", "a token for this test")
    with Memory(f"sqlite:///{tmp_path / 'sommelier.db'}") as memory:
        ingest(tmp_path, memory, items=FILMS)
        a_busy_quarter(memory, datetime.now(UTC))
        site = BoardSite(Board(memory, Config(), "films"))
        with serving(FakeEngine(), board=site) as url:
            context = chromium.new_context(viewport={"width": 1280, "height": 1720})
            page = context.new_page()
            page.goto(f"{url}board/")
            page.fill("#token", "a token for this test")
            page.click("button")
            page.wait_for_selector(".brd-plot")
            assert "Tampopo" in page.locator("section", has_text="Rising items").first.inner_text()
            take_picture(page, "board")
            context.close()
