"""The walk of someone who has never seen the page, as docs/tour.md tells it: the built-in films, the bundled model.

`SOMMELIER_PICTURES=docs/tour pytest tests/chat/test_tour.py` takes the pictures of the documentation anew.
"""

import os
from pathlib import Path

import pytest
from accessibility import serious
from sommelier.agent.chat.server import serving
from sommelier.agent.recommender import Recommender

pytestmark = pytest.mark.browser
WISH, NEXT = "a warm film about food, nothing sad", "a Japanese film from the 1950s"
VIEWER = "Chiara"
DESKTOP, PHONE = {"width": 1280, "height": 800}, {"width": 390, "height": 844}


@pytest.fixture
def engine(tmp_path):
    with Recommender.open(tmp_path / "films", builtin=True) as opened:
        yield opened


@pytest.fixture
def pictures(tmp_path):
    folder = Path(os.environ.get("SOMMELIER_PICTURES") or tmp_path)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.mark.parametrize(
    ("name", "size", "scheme"),
    [("desktop-light", DESKTOP, "light"), ("desktop-dark", DESKTOP, "dark"), ("phone-light", PHONE, "light"),
     ("phone-dark", PHONE, "dark")],
)  # fmt: skip
def test_a_newcomer_finds_likes_asks_why_and_saves(visit, engine, pictures, name, size, scheme):
    with serving(engine) as url:
        tab = visit(url, **size, scheme=scheme)
        page = tab.page

        def picture(step):
            page.wait_for_timeout(400)  # what slides or fades has arrived
            page.screenshot(path=pictures / f"{name}-{step}.png")

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
