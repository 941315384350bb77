"""The chat in a terminal, fed with lines."""

import io
from concurrent.futures import ThreadPoolExecutor

import pytest
from fake_engine import HOSTILE, FakeEngine
from sommelier.agent.chat.terminal import run
from sommelier.agent.dialogue_state import Constraint, OpenQuestion, Option
from sommelier.agent.errors import ModelError


def _talk(engine, *lines, end="\n"):
    output = io.StringIO()
    with ThreadPoolExecutor(1) as pool:  # in this thread, an open browser keeps a loop running
        pool.submit(run, engine, "u", io.StringIO("\n".join(lines) + end), output).result()
    return output.getvalue()


def test_a_conversation_with_commands():
    engine = FakeEngine()
    said = _talk(engine, "something quiet", "/like 2", "/dislike 3", "/why 1", "/profile", "/quit", "never read")
    assert "Night Train to Trieste (1974)" in said
    assert "You said: something quiet." in said
    assert "1. Written just now, for you." in said
    assert "Noted: you like Night Train to Trieste." in said
    assert "45% of the match" in said
    assert "from 2 events" in said
    assert "never read" not in said
    assert [(event.user, event.item, event.kind) for event in engine.log] == [
        ("u", "f2", "like"), ("u", "f3", "dislike"),
    ]  # fmt: skip


@pytest.mark.parametrize("end", ["\n", "", "\n\n  \n"])
def test_input_may_simply_end(end):
    assert "You said: hello." in _talk(FakeEngine(), "hello", end=end)


def test_nothing_at_all_is_fine():
    assert "Sommelier" in _talk(FakeEngine(), end="")


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("/like 1", "The shelf is empty"),
        ("/why", "The shelf is empty"),
        ("/nonsense", "I do not know the command /nonsense"),
        ("/help", "/dislike 3"),
        ("/profile", "Nothing yet."),
    ],
)
def test_commands_before_a_shelf(line, answer):
    engine = FakeEngine()
    assert answer in _talk(engine, line)
    assert engine.log == []


@pytest.mark.parametrize("place", ["0", "9", "two", "", "1 2", "-1"])
def test_a_number_that_is_not_on_the_shelf(place):
    engine = FakeEngine()
    assert "Which one? On the shelf: 1, 2, 3, 4." in _talk(engine, "hello", f"/like {place}")
    assert engine.log == []


def test_an_engine_error_is_one_sentence_and_the_chat_goes_on():
    engine = FakeEngine(failure=ModelError("No model. Run doctor."))
    assert _talk(engine, "hello", "/help").count("No model. Run doctor.") == 1


def test_hostile_titles_cannot_touch_the_screen():
    said = _talk(FakeEngine(HOSTILE), "[red]hello[/red] \x1b[2J", "/why 4")
    assert "\x1b" not in said
    assert "\u202e" not in said
    assert "[red]hello[/red]" in said
    assert max(len(line) for line in said.splitlines()) <= 200


def test_conditions_are_listed_with_numbers_and_dropped_by_them():
    said = _talk(FakeEngine(), "no comedy", "no thriller", "/drop 1", "/drop 2", "/drop x", "/drop")
    assert "Every pick meets: 1 no comedy  2 no thriller" in said
    assert "You said: Without: no comedy." in said
    assert "Every pick meets: 1 no thriller" in said
    assert said.count("no longer in force") == 3


def test_an_answer_has_no_table_and_leaves_the_shelf():
    engine = FakeEngine()
    said = _talk(engine, "hello", "who made the second?", "/like 2", "/why 1")
    assert said.count("Night Train to Trieste (1974)") == 1
    assert "is by Ines Valente." in said
    assert [event.item for event in engine.log] == ["f2"]


def test_the_last_message_is_edited_and_steps_are_taken_back():
    engine = FakeEngine()
    said = _talk(engine, "/edit x", "no comedy", "no musik", "/edit no music", "/undo", "/edit", "/retry")
    assert "no message to edit" in said
    assert "Every pick meets: 1 no comedy  2 no music" in said
    assert said.rstrip().count("Every pick meets: 1 no comedy  (") == 2
    assert "answered already" in said
    (turns,) = [[each.message for each in turns] for turns in engine._turns.values() if turns]
    assert turns == ["no comedy", "no music", "Undo"]


def test_a_number_alone_answers_an_open_question():
    said = _talk(FakeEngine(), "7", "ask me", "2", "2")
    assert "Answers: 1 drama (3)  2 comedy (1)" in said
    assert "You said: comedy." in said
    assert "You said: 2." in said  # no question is open any more
    assert "no longer open" in _talk(FakeEngine(), "ask me", "3")
    assert "no longer open" in _talk(FakeEngine(), "ask me", "9" * 5000)


@pytest.mark.parametrize(
    "command", ["/like", "/dislike", "/why", "/drop", "/undo", "/edit", "/retry", "/profile", "/quit"]
)
def test_help_names_every_command(command):
    assert command in _talk(FakeEngine(), "/help")


def test_what_is_remembered_is_listed_and_forgotten_by_its_number():
    engine = FakeEngine()
    engine.pinned["u"].append(Constraint("out", ("genres",), ("horror",), words="never horror"))
    said = _talk(engine, "/profile", "/unpin 2", "/unpin x", "/unpin 1", "/unpin 1")
    assert "Remembered for good: 1 never horror" in said
    assert said.count("Which one? /profile lists 1 to forget.") == 2
    assert "Forgotten, from your next conversation on: never horror." in said
    assert "Nothing is remembered for good." in said
    assert engine.pins("u") == ()


def test_a_yes_or_no_has_no_number_of_items():
    engine = FakeEngine()
    engine.question = OpenQuestion("pins", "Shall I remember it?", (Option("Yes", None), Option("No", None)))
    said = _talk(engine, "ask me", "1")
    assert "Answers: 1 Yes  2 No" in said
