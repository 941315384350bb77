"""`observe`, `recommend` and `profile`: ids that can be copied, strangers that are told, requests in words."""

from __future__ import annotations

import json
import logging

import pytest
from sommelier.agent.dialogue_state import Constraint
from sommelier.agent.errors import InvalidEventError, UnknownItemError
from sommelier.agent.workspace import Workspace
from typer.testing import CliRunner

from sommelier.cli import app

LONG = (
    "a-title-that-is-so-long-that-no-terminal-has-a-line-for-the-id-that-somebody-made-of-it-with-every-word-in-it-1998"
)
ITEMS = f"""id,title,genre,year
{LONG},A Title,drama,1998
amelie-2001,Amélie,comedy,2001
gamma,Gamma,horror,2010
"""
EVENTS = """user,item,kind,at
viewer-01,gamma,like,2026-01-01
viewer-02,gamma,play,2026-01-02
"""


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    folder = tmp_path_factory.mktemp("shop")
    (folder / "items.csv").write_text(ITEMS)
    (folder / "events.csv").write_text(EVENTS)
    made = run("ingest", "-w", folder / "w", "--items", folder / "items.csv", "--events", folder / "events.csv")
    assert made.exit_code == 0, made.output
    assert "items: 0 of " in made.stderr  # at once, into what is no terminal
    assert "items: 3 of 3" in made.stderr
    return folder / "w"


def test_the_columns_of_a_file_are_named_whole(tmp_path):
    name = "the_column_that_says_of_which_genre_a_title_is"
    (tmp_path / "items.csv").write_text(f"id,title,{name}\n1,Heat,crime\n")
    made = run("ingest", "-w", tmp_path / "w", "--items", tmp_path / "items.csv", columns="40")
    assert made.exit_code == 0, made.output
    assert sum(name in line for line in made.stdout.splitlines()) == 1


def run(*words, columns="80"):
    return CliRunner(env={"COLUMNS": columns}).invoke(app, [str(word) for word in words])


@pytest.mark.parametrize("columns", ["40", "80"])
def test_an_id_stands_whole_on_a_line_of_its_own(shop, columns):
    shown = run("recommend", "viewer-01", "-w", shop, columns=columns)
    assert shown.exit_code == 0, shown.output
    lines = [each.strip() for each in shown.stdout.splitlines()]
    assert {LONG, "amelie-2001"} <= set(lines)
    assert any(each.startswith("1  ") for each in lines)
    assert shown.stderr == ""


def test_a_mistyped_user_is_told_with_whom_it_may_be(shop):
    shown = run("recommend", "veiwer-01", "-w", shop)
    assert shown.exit_code == 0
    assert "There is no event of 'veiwer-01': these are everybody's favourites. Did you mean viewer-01" in shown.stderr
    assert "amelie-2001" in shown.stdout
    as_json = run("recommend", "veiwer-01", "-w", shop, "--json")
    assert len(json.loads(as_json.stdout)) == 3
    assert "Did you mean viewer-01" in as_json.stderr
    asked = run("recommend", "veiwer-01", "a comedy", "-w", shop)
    assert "There is no event of 'veiwer-01': the request alone is what is known. Did you mean" in asked.stderr
    profile = run("profile", "viewer-1", "-w", shop)
    assert "There is no event of 'viewer-1': nothing is known of them. Did you mean viewer-01" in profile.stderr
    assert run("profile", "viewer-01", "-w", shop).stderr == ""


def test_a_mistyped_user_in_the_terminal_is_told_and_nobody_in_particular_is_not(shop):
    def talk(*words):
        return CliRunner().invoke(app, ["chat", "--terminal", "-w", str(shop), *words], input="/quit\n").stderr

    assert "There is no event of 'viewer-03'" in talk("--user", "viewer-03")
    assert talk() == ""


def test_a_request_in_words_is_read_as_in_a_chat(shop):
    shown = run("recommend", "viewer-01", "something funny, no drama", "-w", shop, "--json")
    assert shown.exit_code == 0, shown.output
    assert "A Title" not in {each["item"]["title"] for each in json.loads(shown.stdout)}
    both = ("--filter", '{"year": {"$gte": 2005}}')
    assert json.loads(run("recommend", "viewer-02", "no horror", *both, "-w", shop, "--json").stdout) == []


def test_an_unknown_item_names_the_one_that_may_be_meant(shop):
    refused = run("observe", "viewer-01", "amelie", "like", "-w", shop).exception
    assert isinstance(refused, UnknownItemError)
    assert "did you mean amelie-2001 (Amélie)?" in str(refused)


def test_a_rating_needs_its_value(shop):
    refused = run("observe", "viewer-01", "gamma", "rating", "-w", shop).exception
    assert isinstance(refused, InvalidEventError)
    assert "a rating without a value" in str(refused)
    assert run("observe", "viewer-01", "gamma", "rating", "--value", "4", "-w", shop).exit_code == 0


def test_changed_prompts_are_told_once_for_each_change(shop, monkeypatch, caplog):
    """The adapter's metadata say that it learned another prompt than today's."""
    from sommelier.agent import serving_model

    def told():
        with caplog.at_level(logging.WARNING):
            caplog.clear()
            assert run("profile", "viewer-01", "-w", shop).exit_code == 0
            return [each.message for each in caplog.records if "trained on other prompts" in each.message]

    real = serving_model.metadata_of
    assert told() == []
    monkeypatch.setattr(serving_model, "metadata_of", lambda path: real(path) | {"prompts": {"rank": "0" * 64}})
    assert len(told()) == 1
    assert told() == []
    monkeypatch.setattr(serving_model, "metadata_of", real)
    assert told() == []
    monkeypatch.setattr(serving_model, "metadata_of", lambda path: real(path) | {"prompts": {"rank": "0" * 64}})
    assert len(told()) == 1  # it changed back and again


def test_what_somebody_wanted_remembered_is_listed_and_forgotten(shop):
    with Workspace(shop) as workspace:
        pin = Constraint("out", ("genre",), ("horror",), words="never horror", standing=True)
        workspace.memory.pins.add("viewer-02", [pin])
    assert "remembered for good, 1: never horror" in run("profile", "viewer-02", "-w", shop).stdout
    (listed,) = json.loads(run("profile", "viewer-02", "-w", shop, "--json").stdout)["pins"]
    assert (listed["words"], listed["values"]) == ("never horror", ["horror"])
    assert "never horror" not in run("profile", "viewer-01", "-w", shop).stdout
    refused = run("profile", "viewer-02", "-w", shop, "--unpin", "2")
    assert refused.exit_code == 2
    assert "viewer-02 has 1 to forget" in " ".join(refused.stderr.split())
    assert "never horror" not in run("profile", "viewer-02", "-w", shop, "--unpin", "1").stdout
