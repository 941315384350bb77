"""The page's server: where it listens, whom it answers, what it exposes."""

import json
import re
import socket
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import gradio as gr
import pytest
from fake_engine import CALM, HOSTILE, FakeEngine, viewers
from fastapi import FastAPI
from following import all_of
from sommelier.agent.chat.images import Images
from sommelier.agent.chat.page import Page
from sommelier.agent.chat.server import ChatServerError, mount, serving
from sommelier.agent.chat.visitor import Visitor
from sommelier.agent.dialogue_state import Constraint, OpenQuestion, Option
from sommelier.agent.serving.conversations import Conversations
from sommelier.agent.serving.exchange import mark_of
from sommelier.agent.serving.identity import IdentityError
from sommelier.retrieval.catalogue import Item
from starlette.requests import Request as StarletteRequest
from starlette.testclient import TestClient


def painted(paintings):
    """The paintings of a handler, whether it follows an answer or not."""
    return all_of(paintings) if hasattr(paintings, "__aiter__") else list(paintings)


class Desk:
    """A page without a browser: one visitor who asks and presses."""

    def __init__(self, engine, kept=None, account=None, query=""):
        self.page = Page(engine, Conversations(engine), Images(engine.images), signed_in=account is not None)
        self.kept = kept or Visitor.arrive().keep()
        self.request = gr.Request(StarletteRequest({"type": "http", "query_string": query.encode(), "headers": []}))
        self.request.username = account
        self.visitor = Visitor.signed_in(self.kept, account) if account else Visitor.recall(self.kept, set())

    def unpin(self, place, mark):
        press = gr.EventData(None, {"place": place, "mark": mark})
        return self.read([self.page.unpinned(self.kept, press, self.request)])

    def ask(self, message="anything"):
        return self.read(self.page.asked(self.kept, message, self.request))

    def send(self, message, editing=""):
        return self.read(self.page.sent(self.kept, message, editing, self.request))

    def place(self, handler, place, mark):
        press = gr.EventData(None, {"place": place, "mark": mark})
        return self.read(handler(self.kept, press, self.request))

    @property
    def talk(self):
        return self.page._conversation(self.visitor)

    def arrive(self):
        return self.read(self.page.arrived(self.kept, self.request))

    def list_saved(self):
        return self.read([self.page.saved(self.kept, self.request)])

    def look_back(self):
        return self.read([self.page.looked_back(self.kept, self.request)])

    def go_back(self, number):
        return self.read(self.page.went_back(self.kept, gr.EventData(None, {"rank": number}), self.request))

    def press(self, kind, rank=1, mark=None, **more):
        data = {"shelf": self.mark if mark is None else mark, "rank": rank, "kind": kind, **more}
        if kind == "undo" and "deed" not in more:
            data["deed"] = self.deed(rank)
        press = gr.EventData(None, data)
        if kind == "more":
            return self.read(self.page.wanted_more(self.kept, press, self.request))
        return self.read([self.page.pressed(self.kept, press, self.request)])

    def deed(self, rank):
        """What the button of the way back takes back now; there may be no such button."""
        standing = self.page._actions.standings(self.visitor).get(CALM[rank - 1].id)
        return standing.deed if standing else None

    @property
    def mark(self):
        return self.page._conversation(self.visitor).exchanges[-1].mark

    def read(self, paintings):
        """What was painted in the end, as text."""
        return " ".join(str(value) for painting in painted(paintings) for value in painting.values())


def drawer(painted):
    """What is painted of the drawer."""
    return painted[painted.index("<dialog") : painted.index("</dialog>")]


def chips(painted):
    """What is painted of the conditions, newest painting last: (mark, place, label) of each button."""
    newest = painted[painted.rindex('<ul class="som-pills som-conditions"') :]
    return re.findall(r'data-mark="(\w+)" data-place="(\d+)" aria-label="(.*?)"', newest[: newest.index("</ul>")])


def test_a_first_answer_without_a_shelf_shows_no_cards():
    desk = Desk(FakeEngine())
    seen = desk.ask("who directed it?")
    assert "Keeper's Daughter is by Ines Valente." in seen
    assert "som-waiting" not in seen
    assert "What this can do" in seen


def test_an_answer_keeps_the_shelf_and_the_conditions_also_after_a_reload():
    engine = FakeEngine()
    desk = Desk(engine)
    desk.ask("no thriller")
    for seen in (desk.ask("who directed it?"), desk.arrive(), Desk(engine, desk.kept).arrive()):
        assert [label for *_, label in chips(seen)] == ["Remove: no thriller"]
        assert re.findall(r'data-kind="open" data-shelf="\w+" data-rank="1"', seen)
        assert "Ines Valente" in seen
    seen = desk.press("like", 1, desk.talk.exchanges[0].mark)  # "the second one" is still there to be pressed
    assert [event.item for event in engine.log] == ["f1"]


def test_a_shelf_that_no_longer_meets_what_holds_says_so():
    desk = Desk(FakeEngine())
    assert "Picked for you" in desk.ask("no thriller")
    desk.ask("no romance")
    assert "Shown before" in desk.ask("no drama")  # leaves nothing
    seen = desk.place(desk.page.dropped, 2, mark_of(("no thriller", "no romance", "no drama")))
    assert seen.rindex("Picked for you") > seen.rindex("Shown before")


def test_a_condition_is_removed_by_a_click():
    desk = Desk(FakeEngine())
    desk.ask("no thriller")
    (_, _, _), (mark, place, label) = chips(desk.ask("no comedy"))
    assert label == "Remove: no comedy"
    seen = desk.place(desk.page.dropped, int(place), mark)
    assert "Without: no comedy" in seen
    assert [label for *_, label in chips(seen)] == ["Remove: no thriller"]
    assert "no longer in force" in desk.place(desk.page.dropped, int(place), mark)  # the list is another by now


def test_what_is_remembered_is_listed_and_forgotten_by_a_click():
    engine = FakeEngine()
    desk = Desk(engine)
    engine.pinned[desk.visitor.user] += [
        Constraint("out", ("genres",), (genre,), words=f"never {genre}") for genre in ("horror", "<b>war</b>")
    ]
    seen = desk.arrive()
    pressed = re.findall(r'data-mark="(\w+)" data-place="(\d+)" aria-label="Forget: (.*?)"', seen)
    assert [label for *_, label in pressed] == ["never horror", "never &lt;b&gt;war&lt;/b&gt;"]
    mark, place, _ = pressed[0]
    assert "Forget: never horror" not in desk.unpin(int(place), mark)
    assert [each.values for each in engine.pins(desk.visitor.user)] == [("<b>war</b>",)]
    for press in ((0, mark), (1, ""), (-1, mark), (None, {})):  # the list is another by now
        assert "no longer remembered" in desk.unpin(*press)
    assert len(engine.pins(desk.visitor.user)) == 1


@pytest.mark.parametrize(
    "press", [(5, ""), (0, "f00"), ("0", ""), (True, ""), (-1, None), (0, None), (None, None), ({}, [])]
)
def test_a_forged_place_is_a_sentence_and_no_turn(press):
    engine = FakeEngine()
    desk = Desk(engine)
    desk.ask("no comedy")
    assert "no longer in force" in desk.place(desk.page.dropped, *press)
    assert "no longer open" in desk.place(desk.page.picked, *press)
    assert len(engine.turns(desk.visitor.user, desk.visitor.session)) == 1


def test_what_the_open_question_offers_is_said_by_a_click_and_gone_then():
    engine = FakeEngine()
    engine.question = OpenQuestion("genres", "Which?", (Option("<b>sci-fi</b>", 1234), Option("no drama", 3)))
    desk = Desk(engine)
    seen = desk.ask("ask me")
    assert "<bdi>&lt;b&gt;sci-fi&lt;/b&gt;</bdi><span> · 1,234</span>" in seen
    mark = re.search(r'data-mark="(\w+)" data-place="2"', seen)[1]
    seen = desk.place(desk.page.picked, 2, mark)
    assert "You said: no drama." in seen
    assert "som-options" not in seen
    assert "no longer open" in desk.place(desk.page.picked, 2, mark)


def test_the_last_message_is_edited_in_its_place():
    engine = FakeEngine()
    desk = Desk(engine)
    assert "no message to edit" in desk.read([desk.page.took_up(desk.kept, desk.request)])
    desk.ask("no comedy")
    desk.ask("no thriler")
    taken = desk.page.took_up(desk.kept, desk.request)
    mark = taken[desk.page._layout.editing]
    seen = desk.send("no thriller", mark)
    assert "thriler" not in seen
    assert [label for *_, label in chips(seen)] == ["Remove: no comedy", "Remove: no thriller"]
    assert [each.message for each in engine.turns(desk.visitor.user, desk.visitor.session)] == [
        "no comedy",
        "no thriller",
    ]
    assert "newer message" in desk.send("no drama", mark)
    assert "Tell me what" in desk.send("  ", desk.talk.last_mark)
    assert "You said: no drama." in desk.send("no drama")


def test_a_condition_is_text_whatever_it_says():
    desk = Desk(FakeEngine())
    seen = desk.ask('no "><script>alert(1)</script> {{7*7}}')
    assert "<script" not in seen[seen.rindex("<ul") :]
    assert "no &quot;&gt;&lt;script&gt;" in seen
    assert max(len(label) for *_, label in chips(desk.ask("no " + "W" * 1900))) < 300


def test_a_step_can_be_taken_back_while_there_is_one():
    desk = Desk(FakeEngine())
    undo = desk.page._layout.undo

    def shown(paintings):
        return [each[undo].visible for each in painted(paintings) if undo in each][-1]

    assert not shown(desk.page.arrived(desk.kept, desk.request))
    assert not shown(desk.page.asked(desk.kept, "who?", desk.request))
    assert shown(desk.page.asked(desk.kept, "no comedy", desk.request))
    assert not shown(desk.page.took_back(desk.kept, desk.request))
    assert desk.talk.exchanges[-1].message == "Undo"


def test_a_catalogue_that_was_swapped_is_told_of_when_a_page_is_loaded():
    engine = FakeEngine()
    desk = Desk(engine)
    assert "4 items" in desk.arrive()
    engine.items = (Item("g", "Go", "", {"genres": ("board game",)}),)
    seen = desk.arrive()
    assert "1 item<" in seen
    shown = desk.page._painter.catalogue()
    lines = [shown[button].value for button in desk.page._layout.opener_buttons if shown[button].visible]
    assert lines == ["What would you pick for me today?", "I'm in the mood for board game"]


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


def test_a_double_click_on_undo_takes_back_one_deed():
    engine = FakeEngine()
    desk = Desk(engine)
    desk.ask()
    desk.press("save", 1)
    painted = desk.press("like", 1)
    (deed,) = re.findall(r'data-kind="undo"[^>]* data-deed="(\w+)"', painted)
    assert "Taken back" in desk.press("undo", 1, deed=deed)
    assert "nothing to undo" in desk.press("undo", 1, deed=deed)
    assert "nothing to undo" in desk.press("undo", 1, deed=None)
    assert [event.kind for event in engine.log] == ["save"]


def test_what_is_removed_from_the_saved_list_is_gone_however_often_and_long_ago_it_was_saved():
    engine = FakeEngine()
    desk = Desk(engine)
    desk.ask()
    long_ago = datetime.now(UTC) - timedelta(days=900)
    for at in range(2):
        engine.observe(desk.visitor.user, "f1", "save", at=long_ago, event_id=f"old-{at}")
    for at in range(501):
        engine.observe(desk.visitor.user, "f2", "like", event_id=f"new-{at}")
    (mark,) = set(re.findall(r'data-kind="unsave" data-shelf="(\w+)"', desk.list_saved()))
    assert "Nothing is saved yet" in desk.press("unsave", 1, mark)
    assert {event.kind for event in engine.log} == {"like"}


def test_a_new_conversation_is_not_begun_over_an_empty_one():
    desk = Desk(FakeEngine())
    fresh, *_ = painted(desk.page.renewed(desk.kept, desk.request))
    assert fresh[desk.page._layout.kept] == desk.kept
    desk.ask()
    fresh, *_ = painted(desk.page.renewed(desk.kept, desk.request))
    assert fresh[desk.page._layout.kept]["conversation"] == 1


def test_the_saved_list_has_what_was_saved_and_lets_it_go():
    engine = FakeEngine()
    desk = Desk(engine)
    assert "Nothing is saved yet" in desk.list_saved()
    desk.ask()
    desk.press("save", 2)
    desk.press("save", 3)
    engine.log[0] = replace(engine.log[0], at=datetime.now(UTC) - timedelta(days=2))
    listed = desk.list_saved()
    assert re.findall(r'data-kind="open".*?<span>(.*?)</span>', listed) == ["Paper Boats", "Night Train to Trieste"]
    mark = re.search(r'data-kind="unsave" data-shelf="(\w+)"', listed)[1]
    assert "Night Train" not in drawer(desk.press("unsave", 2, mark))  # however long ago that was
    assert [event.item for event in engine.log] == ["f3"]
    assert "no longer here" in desk.press("unsave", 3, mark)


def test_the_history_lists_deeds_by_day_and_conversations():
    engine = FakeEngine()
    desk = Desk(engine)
    desk.ask("first question")
    desk.press("like", 1)
    engine.observe(desk.visitor.user, "f2", "seen", at=datetime(2020, 5, 1, 12, tzinfo=UTC))
    engine.observe(desk.visitor.user, "f3", "view")
    engine.observe("somebody else", "f4", "like")
    told = desk.look_back()
    for each in ("first question", "1 message, this one", "Today", "You liked", "01 May 2020", "You watched"):
        assert each in told
    assert "Paper Boats" not in told  # a glance is no deed
    assert "A Field in Winter" not in told


def test_an_earlier_conversation_can_be_gone_back_to():
    engine = FakeEngine()
    desk = Desk(engine)
    desk.ask("first question")
    fresh, *_ = painted(desk.page.renewed(desk.kept, desk.request))
    later = Desk(engine, fresh[desk.page._layout.kept])
    later.ask("second question")
    told = later.look_back()
    assert told.index("second question") < told.index("first question")
    back = later.go_back(0)
    assert "You said: first question" in back
    assert "second question" not in back
    for odd in (9, -1, "0", None, True):
        here = later.go_back(odd)
        assert "You said: second question" in here


def test_an_item_has_a_page_with_everything_about_it():
    engine = FakeEngine()
    desk = Desk(engine)
    desk.ask()
    page = drawer(desk.press("open", 1))
    for each in ("Lighthouse Keeper&#x27;s Daughter (1998)", "A quiet drama.", "Country", "Portugal", "Who it is for",
                 "drama and romance", "People who chose it also chose Night Train to Trieste", "Written just now",
                 "What the score is made of", "Similar"):  # fmt: skip
        assert each in page
    alone = re.search(r'data-kind="save" data-shelf="(\w+)" data-rank="1"', page)[1]
    assert 'data-kind="save" data-shelf="' + alone + '" data-rank="1" aria-pressed="true"' in drawer(
        desk.press("save", 1, alone)
    )
    similar = re.search(r'class="som-rows">.*?data-kind="open" data-shelf="(\w+)"', page)[1]
    assert "Paper Boats (2011)" in drawer(desk.press("open", 2, similar))
    assert [event.item for event in engine.log] == ["f1"]


def test_a_shelf_is_shared_without_the_person():
    engine = FakeEngine()
    desk = Desk(engine)
    desk.ask("my secret wish")
    sheet = drawer(desk.press("share"))
    assert "Night Train to Trieste (1974): thriller, Paolo Riva" in sheet
    for private in ("my secret wish", "Written just now", "Because it shares", desk.visitor.user, desk.visitor.token):
        assert private not in sheet
    query = re.search(r'data-query="(.*?)"', sheet)[1]
    received = Desk(engine, query=query).arrive()
    assert re.findall(r'data-kind="open".*?<span>(.*?)</span>', drawer(received)) == [
        "The Lighthouse Keeper&#x27;s Daughter", "Night Train to Trieste", "Paper Boats", "A Field in Winter",
    ]  # fmt: skip
    assert engine.log == []


@pytest.mark.parametrize("query", ["", "shelf=", "shelf=%00", "shelf=WyJub3doZXJlIl0", "shelf=" + "W" * 9000, "x=1"])
def test_a_link_that_names_nothing_opens_nothing(query):
    assert "<dialog" not in Desk(FakeEngine(), query=query).arrive()


def test_people_who_are_known_are_themselves_in_any_browser_and_nobody_else():
    engine = FakeEngine(users=viewers())
    ann, bob = Desk(engine, account="ann"), Desk(engine, account="bob")
    ann.ask("my secret wish")
    ann.press("save", 2)
    assert [(event.user, event.item) for event in engine.log] == [("ann", "f2")]
    assert "my secret wish" not in bob.arrive() + bob.look_back() + bob.list_saved()
    assert "no longer here" in bob.press("like", mark=ann.mark)
    assert "my secret wish" in Desk(engine, account="ann").arrive()  # another browser
    thief = Desk(engine, ann.kept, account="bob")  # with everything that her browser kept
    assert "my secret wish" not in thief.arrive()
    assert bob.page._viewers == {}


def test_nobody_is_let_in_as_a_guest_where_people_are_known():
    desk = Desk(FakeEngine(), account="ann")
    for nobody in (None, ""):
        desk.request.username = nobody
        for entering in (desk.arrive, desk.ask, desk.list_saved, desk.look_back):
            with pytest.raises(IdentityError, match="Sign in again"):
                entering()


def test_a_mounted_page_lets_in_whom_the_app_knows(tmp_path):
    engine = FakeEngine()
    engine.images = tmp_path
    (tmp_path / "heat.png").write_bytes(b"picture")
    app = FastAPI()
    mount(app, engine, lambda request: request.headers.get("X-Remote-User"), path="/shop")
    with TestClient(app) as client:
        upload = {"files": ("a.txt", b"hello")}
        assert client.post("/shop/gradio_api/upload", files=upload, headers={"X-Remote-User": "ann"}).status_code == 404
        for path in ("/shop/", "/shop/config", "/shop/images/heat.png"):
            assert client.get(path).status_code == 401, path
            assert client.get(path, headers={"X-Remote-User": "ann"}).status_code == 200, path


def test_a_hostile_item_page_is_text_and_is_cut():
    endless = Item("x", "T" * 10_000, "<script>x</script>" * 300_000, {"genres": ("<b>" * 5000,), "n": "${x}" * 9000})
    for item in (*HOSTILE, endless):
        engine = FakeEngine((item, *CALM))
        desk = Desk(engine)
        desk.ask()
        page = drawer(desk.press("open", 1))
        assert len(page) < 60_000
        assert not re.search(r"<(script|img|b|a|iframe)\b", page)


def test_undo_comes_too_late_and_never_reaches_another_session():
    engine = FakeEngine()
    desk = Desk(engine)
    desk.ask()
    session = {"session": desk.visitor.session}
    long_ago = datetime.now(UTC) - timedelta(minutes=1)
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


def test_no_file_is_taken_from_anybody():
    body = b'--x\r\nContent-Disposition: form-data; name="files"; filename="a.txt"\r\n\r\nhello\r\n--x--\r\n'
    headers = {"Content-Type": "multipart/form-data; boundary=x", "Origin": "https://evil.example"}
    with serving(FakeEngine()) as url, pytest.raises(HTTPError) as refused:
        urlopen(Request(f"{url}gradio_api/upload", body, headers))
    assert refused.value.code == 404
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


def test_conversations_are_counted_and_only_those_can_be_gone_back_to():
    here = Visitor.arrive().afresh().afresh()
    assert here.back_to(0).afresh().conversation == 3
    assert here.back_to(5) == here
    assert Visitor.recall(here.back_to(1).keep(), set()) == here.back_to(1)
    assert Visitor.recall(here.keep() | {"newest": 10**9}, set()).newest == 2


def test_odd_choices_beside_a_good_token_are_ignored():
    kept = Visitor.arrive().keep() | {"viewer": ["viewer-1"], "conversation": "9"}
    assert Visitor.recall(kept, {"viewer-1"}).conversation == 0
