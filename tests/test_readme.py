"""The README and the pages in `docs/` say what is there: rooms, links, Python, commands and settings."""

from __future__ import annotations

import ast
import importlib
import re
import shlex
import tomllib
from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
import typer
import yaml
from markdown_it import MarkdownIt
from markdown_it.token import Token
from pydantic import BaseModel
from sommelier.agent.config import Config
from sommelier.retrieval.builtin import FILMS

from sommelier.cli import app

ROOT = Path(__file__).parents[1]
ROOMS = ("prompts", "retrieval", "agent", "finetune", "sommelier")
BESIDE = ("tests", "examples", "benchmarks", "docs")
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
OTHER_PAGES = [ROOT / "agent/llm/shipped_adapter/README.md", ROOT / "retrieval/builtin/README.md"]
OF_USERS = [ROOT / "README.md", *(ROOT / f"docs/{each}.md" for each in ("catalogue", "tuning", "prompts", "running"))]
OTHERS_OPTIONS = {"--help", "--config_file"}
"""Those of every command, and accelerate's."""
LAUNCHED = re.compile(r"accelerate launch .* -m sommelier\.cli (?P<rest>.*)")


def name_of(page: Path) -> str:
    return str(page.relative_to(ROOT))


def parsed(page: Path) -> list[Token]:
    return MarkdownIt("commonmark").enable("table").parse(page.read_text(encoding="utf-8"))


def blocks(page: Path, language: str | None = None) -> list[str]:
    """Blocks of code, fenced or indented, of this language (None: those that name none)."""
    found = [each for each in parsed(page) if each.type in ("fence", "code_block")]
    return [each.content for each in found if each.info.strip() == (language or "")]


def inline(page: Path) -> Iterator[Token]:
    for each in parsed(page):
        yield from each.children or ()


def anchors(page: Path) -> set[str]:
    """As GitHub makes them of headings: lower case, without punctuation, with hyphens for spaces."""
    tokens = parsed(page)
    headings = [tokens[at + 1].content for at, each in enumerate(tokens) if each.type == "heading_open"]
    found: list[str] = []
    for heading in headings:
        plain = re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        found.append(plain if plain not in found else f"{plain}-{found.count(plain)}")
    return set(found)


def broken_links(page: Path, text: str | None = None) -> list[str]:
    """Relative links of a page (or of a text in its place) that lead nowhere, anchors included."""
    tokens = inline(page) if text is None else (t for each in MarkdownIt().parse(text) for t in each.children or ())
    targets = [
        str(each.attrGet("href") or each.attrGet("src") or "") for each in tokens if each.type in ("link_open", "image")
    ]
    return [each for each in targets if "://" not in each and not each.startswith("mailto:") and not leads(page, each)]


def leads(page: Path, target: str) -> bool:
    path, _, anchor = unquote(target).partition("#")
    place = (page.parent / path).resolve() if path else page
    return place.exists() and (not anchor or anchor in anchors(place))


def tables(page: Path) -> list[list[list[str]]]:
    """Every table as rows of cells, the heading first."""
    found: list[list[list[str]]] = []
    for each, following in zip(parsed(page), [*parsed(page)[1:], None], strict=True):
        if each.type == "table_open":
            found.append([])
        elif each.type == "tr_open":
            found[-1].append([])
        elif each.type in ("th_open", "td_open") and following:
            found[-1][-1].append(following.content)
    return found


# The rooms


def map_of_rooms() -> str:
    return next(block for block in blocks(ROOT / "README.md") if "retrieval/" in block and "finetune/" in block)


def room_on_map(room: str) -> str:
    """The lines of a room: its own and those that are further to the right below it."""
    lines = map_of_rooms().splitlines()
    start = next((at for at, line in enumerate(lines) if line.startswith(f"{room}/")), None)
    assert start is not None, f"the map in the README has no line for {room}/"
    return "\n".join([lines[start], *takewhile(lambda line: line.startswith(" "), lines[start + 1 :])])


def folders_in(room: str) -> set[str]:
    """Folders directly in a room that hold something of ours."""
    held = [path for path in (ROOT / room).iterdir() if path.is_dir() and not path.name.startswith(("_", "."))]
    return {path.name for path in held if any(not each.name.startswith("_") for each in path.iterdir())}


@pytest.mark.parametrize("room", ROOMS)
def test_the_map_names_each_folder_of_a_room_and_no_other(room: str) -> None:
    named = set(re.findall(r"(?<![\w/])(\w+)/", room_on_map(room))) - {room}
    assert named == folders_in(room)


def test_the_map_names_every_folder_at_the_top_and_is_short() -> None:
    assert all(f"{each}/" in map_of_rooms() for each in BESIDE)
    assert len(map_of_rooms().splitlines()) <= 14


def test_the_readme_stays_short() -> None:
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= 130


# Links


@pytest.mark.parametrize("page", [*PAGES, *OTHER_PAGES], ids=name_of)
def test_every_relative_link_leads_somewhere(page: Path) -> None:
    assert not broken_links(page)


@pytest.mark.parametrize("page", sorted((ROOT / "docs").glob("*.md")), ids=name_of)
def test_the_readme_leads_to_every_page(page: Path) -> None:
    targets = {
        str(each.attrGet("href")).partition("#")[0] for each in inline(ROOT / "README.md") if each.type == "link_open"
    }
    assert name_of(page) in targets


def test_a_broken_link_is_seen() -> None:
    page = ROOT / "README.md"
    wrong = ["docs/nowhere.md", "docs/tuning.md#nowhere", "#nowhere"]
    text = " ".join(f"[x]({each})" for each in [*wrong, "docs/tuning.md#fit", "#in-python", "https://example.com/x"])
    assert broken_links(page, text) == wrong


# Python


@pytest.mark.parametrize("page", [page for page in PAGES if blocks(page, "python")], ids=name_of)
def test_python_parses_and_imports_what_there_is(page: Path) -> None:
    for source in blocks(page, "python"):
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == "sommelier":
                module = importlib.import_module(node.module or "")
                assert [each.name for each in node.names if not hasattr(module, each.name)] == [], node.module


def test_the_film_of_the_readme_is_in_the_built_in_catalogue() -> None:
    (observed,) = re.findall(r'observe\("\w+", "([^"]+)"', blocks(ROOT / "README.md", "python")[0])
    assert f'"id": "{observed}"' in FILMS.read_text(encoding="utf-8")


@pytest.mark.slow
def test_the_example_of_the_readme_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SOMMELIER_HOME", str(tmp_path / "home"))
    exec(compile(blocks(ROOT / "README.md", "python")[0], "README.md", "exec"), {})
    assert re.search(r"^1 .+ - .+\n {4,}\['", capsys.readouterr().out, re.MULTILINE)


# Commands


def command_lines(page: Path) -> list[str]:
    """What is typed after `sommelier` in a page's blocks of code, without the remark at the end of the line."""
    lines = [line.partition(" #")[0].strip() for block in blocks(page) for line in block.splitlines()]
    typed = [LAUNCHED.fullmatch(line) or re.fullmatch(r"sommelier (?P<rest>[a-z].*)", line) for line in lines]
    return [match["rest"] for match in typed if match]


def mentioned(page: Path) -> list[str]:
    """The same of what stands in a sentence, where arguments may be missing."""
    spans = [each.content for each in inline(page) if each.type == "code_inline"]
    return [each.removeprefix("sommelier ") for each in spans if re.match(r"sommelier [a-z]", each)]


def found_command(words: list[str]) -> tuple[Any, list[str]]:
    """The command that these words begin with, and the words after it. Fails where there is none."""
    command: Any = typer.main.get_command(app)
    while words and hasattr(command, "commands"):
        assert words[0] in command.commands, f"there is no command {words[0]!r}"
        command, words = command.commands[words[0]], words[1:]
    return command, words


def accept(line: str) -> None:
    """Have the command read its arguments, without running it. Raises what it would tell whoever typed this."""
    command, words = found_command(shlex.split(line))
    assert not hasattr(command, "commands"), f"`{line}` names no command"
    command.make_context(command.name, words)


def unknown_options(line: str) -> list[str]:
    command, words = found_command(shlex.split(line))
    known = {option for each in command.params for option in (*each.opts, *each.secondary_opts)} | {"--help"}
    return [word for word in words if word.startswith("-") and word.partition("=")[0] not in known]


def every_command() -> set[str]:
    root: Any = typer.main.get_command(app)
    pairs = [(name, each) for name, each in root.commands.items()]
    return {f"{name} {inner}".strip() for name, each in pairs for inner in getattr(each, "commands", [""])}


@pytest.mark.parametrize("page", [page for page in PAGES if command_lines(page)], ids=name_of)
def test_a_command_in_a_block_is_accepted_as_it_stands(page: Path) -> None:
    for line in command_lines(page):
        try:
            accept(line)
        except Exception as error:
            pytest.fail(f"sommelier {line}: {getattr(error, 'message', error)}")


@pytest.mark.parametrize("page", [page for page in PAGES if mentioned(page)], ids=name_of)
def test_a_command_in_a_sentence_exists_with_its_options(page: Path) -> None:
    for line in mentioned(page):
        assert not unknown_options(line), line


def every_option() -> set[str]:
    root: Any = typer.main.get_command(app)
    commands = [inner for each in root.commands.values() for inner in getattr(each, "commands", {"": each}).values()]
    return {option for each in commands for known in each.params for option in (*known.opts, *known.secondary_opts)}


@pytest.mark.parametrize("page", OF_USERS, ids=name_of)
def test_an_option_in_a_sentence_exists(page: Path) -> None:
    spans = [each.content for each in inline(page) if each.type == "code_inline"]
    spans += [each for table in tables(page) for row in table for cell in row for each in re.findall("`(.+?)`", cell)]
    options = {each.split()[0].partition("=")[0] for each in spans if each.startswith("-")}
    assert options <= every_option() | OTHERS_OPTIONS


def test_every_command_is_told_of() -> None:
    rows = next(table for table in tables(ROOT / "docs/running.md") if table[0][0] == "command")
    told = set()
    for cell, _ in rows[1:]:
        group = ""
        for each in re.findall(r"`([^`]+)`", cell):
            words = each.removeprefix("sommelier ").split()
            group = words[0] if len(words) == 2 else "" if each.startswith("sommelier ") else group
            told.add(" ".join(words if each.startswith("sommelier ") else [group, *words]))
    assert told == every_command()


@pytest.mark.parametrize("line", ["taste", "chat --colour red", "recommend", "tune --method full", "adapters"])
def test_a_command_that_there_is_not_is_seen(line: str) -> None:
    with pytest.raises(BaseException):  # noqa: B017, PT011 - typer's own or ours
        accept(line)


# Installation


def test_the_table_of_extras_has_those_that_there_are() -> None:
    rows = next(table for table in tables(ROOT / "docs/running.md") if table[0][0] == "extra")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    told = {name.strip("`") for name, _ in rows[1:]}
    assert told == project["optional-dependencies"].keys() - {"dev", "benchmarks"}


# Settings


def settings() -> dict[str, object]:
    """Every line of sommelier.yaml with its default; groups as `group.line`."""
    found: dict[str, object] = {}
    for name, value in Config().model_dump(mode="json").items():
        grouped = isinstance(getattr(Config(), name), BaseModel)
        found |= {f"{name}.{each}": inner for each, inner in value.items()} if grouped else {name: value}
    return found


def test_the_table_of_settings_has_every_line_and_its_default() -> None:
    rows = next(table for table in tables(ROOT / "docs/running.md") if table[0][:2] == ["line", "default"])
    told = {line.strip("`"): yaml.safe_load(default.strip("`")) for line, default, _ in rows[1:]}
    assert told == settings()


@pytest.mark.parametrize("page", [page for page in PAGES if blocks(page, "yaml")], ids=name_of)
def test_settings_on_a_page_are_valid(page: Path) -> None:
    for block in blocks(page, "yaml"):
        Config.model_validate(yaml.safe_load(block))
