"""Conversing in a real browser: answers without a shelf, conditions, answers to pick, edits and steps back."""

import pytest
from accessibility import serious
from fake_engine import CALM, FakeEngine
from sommelier.agent.chat.server import serving
from sommelier.agent.dialogue_state import OpenQuestion, Option

pytestmark = pytest.mark.browser
LONG = "keine Filme, die länger als drei Stunden dauern, und nichts mit W" + "W" * 40


def labels(page):
    return [each.get_attribute("aria-label") for each in page.page.locator(".som-conditions button").all()]


def until(page, found):
    """Wait until the conditions are these."""
    said = [f"Remove: {each}" for each in found]
    read = "[...document.querySelectorAll('.som-conditions button')].map(e => e.ariaLabel).join('|')"
    page.page.wait_for_function(f"said => ({read}) === said", arg="|".join(said))


def test_an_answer_keeps_the_shelf_and_a_reload_brings_all_of_it_back(visit):
    with serving(FakeEngine()) as url:
        page = visit(url)
        page.say("no comedy")
        until(page, ["no comedy"])
        shelf = page.cards()
        page.say("who made the second one?")
        page.wait_for("is by Ines Valente")
        for _ in range(2):
            until(page, ["no comedy"])
            assert page.cards() == shelf
            assert len(shelf) == len(CALM) - 1
            page.reload()
            page.wait_for("is by Ines Valente")
        page.press("like", 2)


def test_conditions_are_removed_by_key_and_steps_taken_back(visit):
    with serving(FakeEngine()) as url:
        page = visit(url)
        for each in ("no comedy", "no thriller"):
            page.say(each)
            page.wait_for(f"You said: {each}.")
        until(page, ["no comedy", "no thriller"])
        page.page.get_by_role("button", name="Remove: no comedy").focus()
        page.page.keyboard.press("Enter")
        until(page, ["no thriller"])
        page.wait_for("Without: no comedy")
        page.page.get_by_role("button", name="Undo last step").click()
        until(page, ["no comedy", "no thriller"])
        page.page.wait_for_function("document.activeElement.tagName !== 'BODY'")


def test_an_answer_is_picked_and_the_offer_goes(visit):
    engine = FakeEngine()
    engine.question = OpenQuestion(
        "genres", "Which?", (Option("<img src=x onerror=window.pwned=1>", 9), Option("no drama", 34))
    )
    with serving(engine) as url:
        page = visit(url)
        page.say("ask me")
        page.page.get_by_role("button", name="no drama · 34").click()
        until(page, ["no drama"])
        page.wait_for("You said: no drama.")
        assert page.page.locator(".som-options").count() == 0
        assert page.page.evaluate("window.pwned") is None


def test_the_last_message_is_edited_in_the_composer(visit):
    engine = FakeEngine()
    with serving(engine) as url:
        page = visit(url)
        page.say("no comedi")
        until(page, ["no comedi"])
        page.page.click("#som-edit")
        page.page.wait_for_function("document.querySelector('#som-message textarea').value === 'no comedi'")
        page.page.wait_for_function("document.activeElement.matches('#som-message textarea')")
        page.page.click("#som-keep")
        page.page.wait_for_function("document.querySelector('#som-message textarea').value === ''")
        page.page.click("#som-edit")
        page.page.wait_for_selector("#som-send >> text=Ask anew")
        page.say("no comedy")
        until(page, ["no comedy"])
        page.wait_for("You said: no comedy.")
        assert "comedi" not in page.page.inner_text("#som-chat")
        assert page.page.locator("#som-keep:visible").count() == 0
        page.reload()
        page.wait_for("You said: no comedy.")
        assert "comedi" not in page.page.inner_text("#som-chat")


def test_what_is_half_written_stays_while_a_condition_goes(visit):
    with serving(FakeEngine()) as url:
        page = visit(url)
        page.say("no comedy")
        until(page, ["no comedy"])
        page.page.fill("#som-message textarea", "half a thou")
        page.page.click(".som-conditions button")
        page.wait_for("You said: Without")
        assert page.page.input_value("#som-message textarea") == "half a thou"


def ask_all(engine, messages):
    """Have a conversation say these without waiting for a browser."""

    def stream(user, message, session=None, context=None, **how):
        if message == "all of it":
            for each in messages:
                list(FakeEngine.stream(engine, user, each, session))
        return FakeEngine.stream(engine, user, message, session, context, **how)

    engine.stream = stream


@pytest.mark.parametrize(("width", "height", "scheme"), [(1280, 800, "light"), (390, 844, "dark"), (320, 640, "light")])
def test_very_many_and_very_long_conditions_have_room_and_no_serious_fault(visit, width, height, scheme):
    engine = FakeEngine()
    engine.question = OpenQuestion("genres", "?", tuple(Option(f"{LONG} {at}", 10**at) for at in range(6)))
    ask_all(engine, [f"no {LONG}", "no 恐怖", "no אימה", *(f"no {at}" for at in range(197))])
    with serving(engine) as url:
        page = visit(url, width=width, height=height, scheme=scheme)
        page.say("all of it")
        page.wait_for("You said: all of it")
        page.say("ask me")
        page.page.wait_for_selector(".som-options button")
        assert len(labels(page)) == 200
        assert page.width_of_document() <= width
        assert page.page.locator("#som-conditions").bounding_box()["height"] <= 0.45 * max(height, 800)
        assert page.page.locator("#som-chat").bounding_box()["height"] >= 120
        small = "[...document.querySelectorAll('button')].filter(e => e.offsetParent && e.offsetHeight < 42).length"
        assert page.page.evaluate(small) == 0
        assert serious(page.page) == []
