"""Every state of the page and of the board, read by axe-core: nothing serious in light or dark, wide or narrow."""

import pytest
from accessibility import serious
from fake_engine import FakeEngine, viewers
from sommelier.agent.chat.server import serving

pytestmark = pytest.mark.browser
SIZES = {"desktop": {"width": 1280, "height": 800}, "phone": {"width": 390, "height": 844}}

SLIDING = "document.querySelector('dialog').getAnimations({ subtree: true })"
"""Halfway in, the drawer is still transparent."""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_the_conversation_has_no_serious_fault(visit, size, scheme):
    engine = FakeEngine(users=viewers())
    with serving(engine) as url:
        page = visit(url, **SIZES[size], scheme=scheme)
        assert serious(page.page) == []
        engine.thinking.clear()
        page.say("something quiet")
        page.page.wait_for_selector(".som-waiting")
        assert serious(page.page) == []
        engine.thinking.set()
        page.wait_for("I would begin with")
        page.press("like", 1)
        page.press("dismiss", 2)
        for closed in page.page.locator("summary, .thought-group .title").all():
            closed.click()
        assert serious(page.page) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_drawers_have_no_serious_fault(visit, scheme):
    engine = FakeEngine()
    with serving(engine) as url:
        page = visit(url, scheme=scheme)
        page.say("something quiet")
        page.wait_for("I would begin with")
        page.press("save", 1)
        for opener in ('button[data-kind="open"][data-rank="2"]', "#som-saved", "#som-history", '[data-kind="share"]'):
            page.page.click(opener)
            page.page.wait_for_selector("dialog[open]")
            page.page.evaluate(f"Promise.all({SLIDING}.map(each => each.finished))")
            assert serious(page.page) == []
            page.page.click("dialog [data-close]")


def test_a_problem_has_no_serious_fault(visit):
    engine = FakeEngine(failure=RuntimeError("gone"))
    with serving(engine) as url:
        page = visit(url)
        page.say("anything")
        page.wait_for("Something went wrong")
        assert serious(page.page) == []
