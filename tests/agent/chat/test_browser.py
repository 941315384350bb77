"""The chat page in a real browser, over a small hand-written engine."""

import time
from dataclasses import replace

import pytest
from fake_engine import CALM, HOSTILE, FakeEngine, viewers
from sommelier.agent.chat.server import serving
from sommelier.agent.errors import ModelError, WorkspaceError
from sommelier.retrieval.catalogue import Item

pytestmark = pytest.mark.browser


def test_asking_fills_the_shelf_and_a_reload_brings_everything_back(visit):
    engine = FakeEngine()
    with serving(engine) as url:
        page = visit(url)
        page.say("something quiet")
        page.wait_for("I would begin with")
        assert [title.rsplit(" ", 1)[0] for title in page.cards()] == [item.title for item in CALM]
        page.wait_for("Written just now, for you.")

        page.press("like", 2)
        page.press("dismiss", 3)
        assert [(event.item, event.kind) for event in engine.log] == [("f2", "like"), ("f3", "dismiss")]
        page.wait_for("Leans towards Night Train to Trieste")

        page.reload()
        page.wait_for("something quiet")
        assert len(page.cards()) == len(CALM)
        assert page.page.locator('button[data-rank="2"][data-kind="like"][aria-pressed="true"]').count() == 1
        page.press("like", 4)
        assert len({event.user for event in engine.log}) == 1


def test_a_card_answers_at_once_and_the_way_back_works(visit):
    engine = FakeEngine()
    with serving(engine) as url:
        page = visit(url)
        page.say("anything")
        page.wait_for("I would begin with")
        page.press("save", 2)
        page.wait_for("Kept in your saved list")
        assert "Kept in your saved list: Night Train to Trieste" in page.page.inner_text("#som-live")
        page.page.click('button[data-kind="undo"][data-rank="2"]')
        page.page.wait_for_selector('button[data-kind="save"][data-rank="2"][aria-pressed="false"]')
        assert engine.log == []
        page.page.click('button[data-kind="more"][data-rank="3"]')
        page.wait_for("You said: Something like “Paper Boats”")
        assert [event.kind for event in engine.log] == ["click"]


def test_drawers_open_by_key_keep_the_focus_and_give_it_back(visit):
    engine = FakeEngine()
    with serving(engine) as url:
        page = visit(url)
        page.say("anything")
        page.wait_for("I would begin with")
        page.page.focus('button[data-kind="open"][data-rank="2"]')
        page.page.keyboard.press("Enter")
        page.page.wait_for_selector("dialog[open] >> text=Who it is for")
        page.page.keyboard.press("Tab")
        assert page.page.evaluate("!!document.activeElement.closest('dialog')")
        page.page.click('dialog button[data-kind="save"]')
        page.page.wait_for_selector('dialog[open] button[data-kind="save"][aria-pressed="true"]')
        page.page.keyboard.press("Escape")
        page.page.wait_for_selector("dialog[open]", state="detached")
        page.page.click("#som-saved")
        page.page.click('dialog[open] button[data-kind="unsave"]')
        page.page.wait_for_selector("dialog[open] >> text=Nothing is saved yet")
        page.page.click("dialog [data-close]")
        page.page.click("#som-saved")  # the same list again opens again
        page.page.wait_for_selector("dialog[open] >> text=Nothing is saved yet")
        assert engine.log == []


def refuse(*_told, **_known):
    raise WorkspaceError("The database is locked.")


FOCUSED = "document.activeElement.dataset.kind + document.activeElement.dataset.rank"


def eventually(holds, seconds=20):
    """Whether `holds` comes to be true in time."""
    until = time.monotonic() + seconds
    while not (found := holds()) and time.monotonic() < until:
        time.sleep(0.05)
    return found


def test_a_press_that_is_refused_does_not_stay_pressed(visit):
    engine = FakeEngine()
    with serving(engine) as url:
        page = visit(url)
        page.say("anything")
        page.wait_for("I would begin with")
        page.press("dismiss", 2)
        engine.observe, observe = refuse, engine.observe
        for _ in range(2):  # the same sentence again is told again
            page.page.click('.som-card button[data-kind="like"][data-rank="2"]')
            page.page.wait_for_selector('.som-card [data-kind="like"][data-rank="2"][aria-pressed="false"]')
            page.wait_for("The database is locked.")
            assert page.page.locator(".som-card").nth(1).get_attribute("data-opinion") == "dismiss"
        engine.observe = observe
        page.page.click('.som-card button[data-kind="like"][data-rank="2"]')
        page.page.wait_for_selector('.som-card[data-opinion="like"]')  # at once, before it has reached the engine
        assert eventually(lambda: [each.kind for each in engine.log] == ["dismiss", "like"])
        page.leave()


def test_the_drawer_says_what_a_press_in_it_did_and_keeps_the_focus(visit):
    engine = FakeEngine()
    with serving(engine) as url:
        page = visit(url)
        page.say("anything")
        page.wait_for("I would begin with")
        page.page.click('button[data-kind="open"][data-rank="2"]')
        page.page.wait_for_selector("dialog[open] >> text=Who it is for")
        engine.observe, observe = refuse, engine.observe
        page.page.focus('dialog button[data-kind="like"]')
        page.page.keyboard.press("Enter")
        page.page.wait_for_selector('dialog [role="alert"]:visible >> text=The database is locked.')
        assert page.page.evaluate(FOCUSED) == "like1"
        engine.observe = observe
        page.page.keyboard.press("Enter")
        page.page.wait_for_selector('dialog[open] button[data-kind="like"][aria-pressed="true"]')
        page.page.wait_for_selector('dialog [role="status"] >> text=Liked: more of this kind')
        assert page.page.evaluate(FOCUSED) == "like1"
        assert page.page.locator('dialog [role="alert"]:visible').count() == 0
        engine.observe = refuse
        page.page.click('dialog button[data-kind="save"]')
        page.page.wait_for_selector('dialog [role="alert"]:visible >> text=The database is locked.')
        assert page.page.inner_text('dialog .som-told [role="status"]') == ""
        page.page.keyboard.press("Escape")
        page.page.wait_for_selector("dialog[open]", state="detached")
        assert page.page.evaluate(FOCUSED) == "open2"
        page.page.click("#som-saved")
        page.page.wait_for_selector("dialog[open] >> text=Nothing is saved yet")
        assert page.page.inner_text("dialog .som-told") == ""


def test_a_similar_item_is_read_from_its_beginning(visit):
    long = [replace(each, text="A long story. " * 90) for each in CALM]
    with serving(FakeEngine(items=long)) as url:
        page = visit(url, width=390, height=700)
        page.say("anything")
        page.wait_for("I would begin with")
        page.page.click('button[data-kind="open"][data-rank="1"]')
        page.page.wait_for_selector("dialog[open] >> text=Who it is for")
        page.page.locator("dialog .som-rows button").last.click()
        page.page.wait_for_function(f"document.querySelector('dialog h2').innerText.includes('{CALM[3].title}')")
        assert page.page.evaluate("document.querySelector('.som-drawer-body').scrollTop") == 0


def test_the_focus_is_never_lost_to_the_page(visit):
    engine = FakeEngine()
    focus = "document.activeElement.id || document.activeElement.dataset.kind || document.activeElement.tagName"
    with serving(engine) as url:
        page = visit(url)
        page.page.focus(".som-chip")
        page.page.keyboard.press("Enter")
        page.wait_for("I would begin with")
        page.page.wait_for_function(f"({focus}) === 'TEXTAREA'")
        engine.pause.clear()
        page.page.keyboard.type("more")
        page.page.keyboard.press("Enter")
        page.page.focus("#som-stop")
        page.page.keyboard.press("Enter")
        page.wait_for("Stopped.")
        page.page.wait_for_function(f"({focus}) === 'TEXTAREA'")
        engine.pause.set()
        page.page.focus('button[data-kind="like"][data-rank="2"]')
        page.page.keyboard.press("Enter")
        page.page.focus('button[data-kind="undo"][data-rank="2"]')
        page.page.keyboard.press("Enter")
        page.page.wait_for_selector('button[data-kind="undo"]', state="detached")
        page.page.wait_for_function(f"({focus}) === 'open'")


def test_a_shelf_is_handed_on_as_link_text_and_picture(visit):
    engine = FakeEngine()
    with serving(engine) as url:
        page = visit(url)
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        page.say("my secret wish")
        page.wait_for("I would begin with")
        page.page.click('button[data-kind="share"]')
        page.page.click('[data-copy="link"]')
        page.wait_for("Copied.")
        link = page.page.evaluate("navigator.clipboard.readText()")
        page.page.click('[data-copy="text"]')
        page.page.wait_for_function("navigator.clipboard.readText().then(t => t.includes('2. Night Train to Trieste'))")
        with page.page.expect_download() as saved:
            page.page.click('[data-save="png"]')
        assert saved.value.path().read_bytes()[:4] == b"\x89PNG"
        other = visit(link)
        other.page.wait_for_selector("dialog[open] >> text=A shelf that was shared with you")
        assert other.page.locator("dialog .som-row").count() == len(CALM)
        assert "my secret wish" not in other.page.inner_text("body")
        assert "?" not in other.page.url


def test_a_picture_that_cannot_be_made_is_told(visit):
    with serving(FakeEngine()) as url:
        page = visit(url)
        page.say("anything")
        page.wait_for("I would begin with")
        page.page.evaluate("() => { HTMLCanvasElement.prototype.toBlob = done => done(null); }")
        page.page.click('button[data-kind="share"]')
        page.page.click('[data-save="png"]')
        page.page.wait_for_selector('dialog [role="status"] >> text=That did not work in this browser')


def test_nothing_moves_when_the_cards_arrive(visit):
    engine = FakeEngine()
    engine.thinking.clear()
    places = "[...document.querySelectorAll('.som-card, .som-profile')].map(e => e.getBoundingClientRect().top | 0)"
    with serving(engine) as url:
        for size in ({}, {"width": 390, "height": 844}, {"width": 1000, "height": 800}):
            page = visit(url, **size)
            page.say("slowly")
            page.page.wait_for_selector(".som-waiting")
            waiting = page.page.evaluate(places)
            engine.thinking.set()
            page.wait_for("I would begin with")
            assert page.page.evaluate(places) == waiting
            engine.thinking.clear()
        engine.thinking.set()


@pytest.mark.parametrize(("width", "height"), [(640, 400), (320, 640)])
def test_who_arrives_may_write_at_once_and_sees_the_question(visit, width, height):
    with serving(FakeEngine()) as url:
        page = visit(url, width=width, height=height)
        page.page.wait_for_function("document.activeElement.matches('#som-message textarea')")
        assert page.page.evaluate("window.scrollY") == 0
        question = page.page.get_by_role("heading", name="What are you in the mood for?")
        chat = page.page.locator("#som-chat").bounding_box()
        assert chat["y"] <= question.bounding_box()["y"] < chat["y"] + chat["height"]


def test_the_composer_stays_in_view_beside_a_long_shelf(visit):
    with serving(FakeEngine()) as url:
        page = visit(url)
        page.say("anything")
        page.wait_for("I would begin with")
        page.page.evaluate("window.scrollTo(0, document.documentElement.scrollHeight)")
        assert page.page.evaluate("window.scrollY") > 200
        bottom = page.page.evaluate("document.querySelector('#som-composer').getBoundingClientRect().bottom")
        assert 400 < bottom <= 800


@pytest.mark.parametrize("size", [{}, {"width": 390, "height": 844}])
def test_a_new_shelf_is_seen_from_its_first_card(visit, size):
    engine = FakeEngine()
    with serving(engine) as url:
        page = visit(url, **size)
        page.say("anything")
        page.wait_for("You said: anything")
        page.page.locator('button[data-kind="more"][data-rank="4"]').scroll_into_view_if_needed()
        engine.items = engine.items[::-1]
        page.page.click('button[data-kind="more"][data-rank="4"]')
        page.wait_for("You said: Something like")
        top = "document.querySelector('.som-shelf').getBoundingClientRect().top"
        page.page.wait_for_function(f"{top} >= 0 && {top} < innerHeight")


def test_an_answer_can_be_stopped_and_asked_again(visit):
    engine = FakeEngine()
    engine.pause.clear()
    with serving(engine) as url:
        page = visit(url)
        page.say("never mind")
        page.page.wait_for_selector(".som-card h3")
        page.page.click("#som-stop")
        page.wait_for("Stopped. What I had so far stays.")
        assert len(page.cards()) == len(CALM)
        engine.pause.set()
        page.page.click("#som-again")
        page.wait_for("You said: never mind")
        assert page.page.locator("#som-stop:visible, #som-again:visible").count() == 0


def test_a_lost_server_is_told_and_the_page_comes_back_by_itself(visit):
    engine = FakeEngine()
    with serving(engine) as url:
        page = visit(url)
        page.say("before")
        page.wait_for("You said: before")
        port = int(url.rstrip("/").rsplit(":", 1)[1])
    page.page.evaluate("window.dispatchEvent(new Event('online'))")  # it looks now and then; now it looks at once
    page.page.wait_for_selector(".som-offline:visible")
    with serving(engine, port=port):
        page.page.wait_for_selector(".som-offline", state="hidden")
        page.say("after")
        page.wait_for("You said: after")
        page.wait_for("You said: before")
        page.leave()
    page.complaints.clear()  # the browser reports every try


def test_liking_twice_is_one_event(visit):
    engine = FakeEngine()
    with serving(engine) as url:
        page = visit(url)
        page.say("anything")
        page.wait_for("I would begin with")
        page.press("like", 1)
        page.press("like", 1)
        page.press("dismiss", 2)
        assert [event.kind for event in engine.log] == ["like", "dismiss"]


def test_two_browsers_never_see_each_other(visit):
    engine = FakeEngine()
    with serving(engine) as url:
        one, two = visit(url), visit(url)
        one.say("my secret wish")
        one.wait_for("I would begin with")
        one.press("like", 1)
        two.reload()
        assert "my secret wish" not in two.page.inner_text("body")
        assert two.cards() == []
        two.say("another wish")
        two.wait_for("You said: another wish")
        two.press("like", 1)
        assert len({event.user for event in engine.log}) == 2
        one.reload()
        one.wait_for("my secret wish")
        assert "another wish" not in one.page.inner_text("body")


def test_a_reload_reattaches_to_the_running_turn(visit):
    engine = FakeEngine()
    engine.pause.clear()
    with serving(engine) as url:
        page = visit(url)
        page.say("take your time")
        page.page.wait_for_selector(".som-card h3")
        page.reload()
        page.wait_for("I am writing why")
        assert len(page.cards()) == len(CALM)
        engine.pause.set()
        page.wait_for("You said: take your time")


def test_a_tab_that_was_closed_in_the_middle_finds_its_answer_in_another(visit):
    engine = FakeEngine()
    engine.pause.clear()
    with serving(engine) as url:
        page = visit(url)
        page.say("take your time")
        page.page.wait_for_selector(".som-card h3")
        page.page.close()
        engine.pause.set()
        page.page = page.context.new_page()
        page.page.goto(url)
        page.wait_for("You said: take your time")
        assert len(page.cards()) == len(CALM)
        assert sum(len(turns) for turns in engine._turns.values()) == 1


def test_a_server_that_restarts_in_the_middle_of_an_answer_brings_back_what_was_said(visit):
    engine = FakeEngine()
    with serving(engine) as url:
        page = visit(url)
        page.say("before")
        page.wait_for("You said: before")
        engine.pause.clear()
        page.say("in the middle")
        page.page.wait_for_function("document.querySelectorAll('#som-stop').length > 0")
        port = int(url.rstrip("/").rsplit(":", 1)[1])
    engine.pause.set()
    with serving(engine, port=port):
        page.page.evaluate("window.dispatchEvent(new Event('online'))")
        page.reload()
        page.wait_for("You said: before")
        page.press("like", 1)
        page.say("after")
        page.wait_for("You said: after")
        assert {event.user for event in engine.log} == {each.user for turns in engine._turns.values() for each in turns}
        page.leave()
    page.complaints.clear()  # the browser reports every try


def test_an_open_why_stays_open_while_reasons_arrive(visit):
    engine = FakeEngine()
    engine.pause.clear()
    with serving(engine) as url:
        page = visit(url)
        page.say("why though")
        page.page.click('details[data-why$="-2"] summary')
        engine.pause.set()
        page.wait_for("Written just now, for you.")
        assert page.page.locator("details[open]").count() == 1
        assert page.page.locator("details[open]").inner_text().count("45% of the match") == 1


def test_a_demo_viewer_has_a_conversation_of_their_own(visit):
    engine = FakeEngine(users=viewers())
    with serving(engine) as url:
        page = visit(url)
        page.say("as myself")
        page.wait_for("You said: as myself")
        page.page.click("#som-viewer input")
        page.page.get_by_role("option", name="Ada").click()
        page.wait_for("What I know about Ada")
        assert "as myself" not in page.page.inner_text("body")
        page.say("as Ada")
        page.wait_for("You said: as Ada")
        page.press("like", 1)
        assert [event.user for event in engine.log] == ["viewer-0"]
        page.reload()
        page.wait_for("You said: as Ada")
        assert page.page.input_value("#som-viewer input").startswith("Ada")
        page.page.click("#som-fresh")
        page.page.wait_for_selector(".som-welcome")
        assert "as Ada" not in page.page.inner_text("#som-chat")


def test_leaving_the_viewer_picker_as_it_was_changes_nothing(visit):
    with serving(FakeEngine(users=viewers())) as url:
        page = visit(url)
        page.page.click("#som-viewer input")
        page.page.keyboard.press("Escape")
        page.page.click("#som-send")
        page.wait_for("Tell me what you are in the mood for")
        time.sleep(0.5)
        assert page.page.locator(".som-notice").count() == 1


def test_a_starter_chip_asks(visit):
    with serving(FakeEngine()) as url:
        page = visit(url)
        page.page.get_by_role("button", name="I'm in the mood for drama").click()
        page.wait_for("You said: I'm in the mood for drama.")
        assert page.page.locator(".som-chip:visible").count() == 0


def test_hostile_text_is_only_text(visit, tmp_path):
    (tmp_path / "broken.png").write_bytes(b"no picture at all")
    endless = Item("x5", "\u202e" + "${window.pwned=1} " * 600, "<img src=x onerror=window.pwned=1>" * 150_000,
                   {"genres": ("{{window.pwned=1}}", "שלום", "映画"), "poster": "broken.png"})  # fmt: skip
    engine = FakeEngine(items=(*HOSTILE, endless))
    engine.images = tmp_path
    with serving(engine) as url:
        page = visit(url, width=360, height=740)
        page.say("<img src=x onerror=window.pwned=1> [x](javascript:window.pwned=1) <b>bold</b> ${window.pwned=1}")
        page.wait_for("I would begin with")
        page.press("save", 1)
        for summary in page.page.locator("summary").all():
            summary.click()
        page.page.wait_for_selector("img.som-photo", state="detached")  # the drawn cover shows instead
        page.press("save", 5)
        for rank in (1, 2, 5):
            page.page.click(f'.som-card button[data-kind="open"][data-rank="{rank}"]')
            page.page.wait_for_selector("dialog[open] >> text=Who it is for")
            page.page.click("dialog [data-close]")
        for drawer in ("#som-saved", "#som-history", 'button[data-kind="share"]'):
            page.page.click(drawer)
            page.page.wait_for_selector("dialog[open]")
            page.page.wait_for_timeout(300)
            page.page.click("dialog [data-close]")
        assert page.page.evaluate("window.pwned") is None
        assert page.page.locator("#som-main a, #som-main img, #som-chat b, #som-side script").count() == 0
        assert page.page.locator(".som-card").count() == len(HOSTILE) + 1
        assert page.width_of_document() <= 360
        assert max(len(title) for title in page.cards()) < 200


def test_a_page_that_is_read_from_right_to_left_is_laid_out_so(visit):
    with serving(FakeEngine()) as url:
        page = visit(url)
        page.page.evaluate("document.documentElement.dir = 'rtl'")
        page.say("משהו שקט")
        page.wait_for("I would begin with")
        left = "document.querySelector('{}').getBoundingClientRect().left"
        for first, second in (
            ("#som-talk", "#som-side"),
            (".som-cover", ".som-body"),
            (".som-masthead h1", "#som-saved"),
        ):
            assert page.page.evaluate(f"{left.format(first)} > {left.format(second)}"), (first, second)
        assert page.width_of_document() <= 1280


@pytest.mark.parametrize("width", [320, 1000, 2560])
def test_no_sideways_scrolling_at_any_width(visit, width):
    with serving(FakeEngine(users=viewers())) as url:
        page = visit(url, width=width)
        assert page.width_of_document() <= width
        page.say("something quiet")
        page.wait_for("I would begin with")
        assert page.width_of_document() <= width
        small = page.page.evaluate(
            "[...document.querySelectorAll('button, summary, textarea, [role=combobox]')]"
            ".filter(e => e.offsetParent && e.getBoundingClientRect().height < 41.9).map(e => e.outerHTML.slice(0, 90))"
        )
        assert small == []


def test_problems_are_told_in_plain_words(visit):
    engine = FakeEngine(failure=RuntimeError("secret path /etc/x"))
    with serving(engine) as url:
        page = visit(url)
        page.page.click("#som-send")
        page.wait_for("Tell me what you are in the mood for")
        page.say("w" * 2001)
        page.wait_for("That message has 2,001 characters")
        assert page.page.input_value("#som-message textarea") == "w" * 2001
        page.say("anything")
        page.wait_for("Something went wrong while answering")
        assert "secret path" not in page.page.inner_text("body")
        engine.failure = ModelError("The model is gone. Run `sommelier doctor`.")
        page.say("again")
        page.wait_for("The model is gone.")
        engine.failure = None
        page.say("and now")
        page.wait_for("You said: and now")
