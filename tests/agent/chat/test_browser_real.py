"""One walk through the chat page over the real engine: the built-in films and the bundled model."""

import pytest
from sommelier.agent.chat.server import serving
from sommelier.agent.recommender import Recommender

pytestmark = pytest.mark.browser


def test_a_viewer_asks_likes_and_comes_back(visit, tmp_path):
    with Recommender.open(tmp_path / "workspace", builtin=True) as engine, serving(engine) as url:
        page = visit(url)
        page.page.set_default_timeout(120_000)
        viewer = next(user for user in engine.users() if user.attributes.get("simulated"))
        before = engine.profile(viewer.id).events

        page.page.click("#som-viewer input")
        page.page.get_by_role("option", name=str(viewer.attributes["name"])).first.click()
        page.wait_for(f"What I know about {viewer.attributes['name']}")
        page.say("a space adventure with a good ending")
        page.page.wait_for_function("document.querySelectorAll('#som-chat .bot').length > 0")
        page.page.wait_for_selector(".som-card h3")
        shelf = page.cards()
        assert 3 <= len(shelf) <= 5

        page.press("like", 1)
        assert engine.profile(viewer.id).events == before + 1
        page.page.wait_for_function("!document.querySelector('#som-chat').innerText.includes('writing why')")
        page.reload()
        page.wait_for("a space adventure with a good ending")
        page.page.wait_for_selector('button[data-kind="like"][data-rank="1"][aria-pressed="true"]')
        assert page.cards() == shelf
        page.leave()


def test_a_condition_an_answer_and_a_reload(visit, tmp_path):
    with Recommender.open(tmp_path / "workspace", builtin=True) as engine, serving(engine) as url:
        page = visit(url)
        page.page.set_default_timeout(120_000)
        page.say("a comedy, no horror")
        page.page.wait_for_selector(".som-card h3")
        page.page.wait_for_selector("#som-edit")
        shelf, conditions = page.cards(), page.page.locator(".som-conditions button").all_inner_texts()
        assert any("horror" in each for each in conditions)
        page.say("who directed the second one?")
        title = shelf[1].rsplit(" ", 1)[0]
        page.page.wait_for_function(
            "title => [...document.querySelectorAll('#som-chat .bot')].at(-1).innerText.includes(title)", arg=title
        )
        page.reload()
        page.wait_for("who directed the second one?")
        assert (page.cards(), page.page.locator(".som-conditions button").all_inner_texts()) == (shelf, conditions)
        page.page.locator(".som-conditions button").last.click()
        page.wait_for("Without: ")
        page.page.wait_for_selector("#som-undo")
        assert page.page.locator(".som-conditions button").count() == len(conditions) - 1
        page.leave()
