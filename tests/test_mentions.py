"""A file, folder or name of ours that a page, a docstring or a comment speaks of exists."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
TOP = ("prompts", "retrieval", "agent", "finetune", "sommelier", "tests", "examples", "benchmarks", "docs")
PATH = re.compile(rf"(?<![\w/.<-])((?:{'|'.join(TOP)})/[\w./-]*\w/?)(?![\w*/<{{])")
DOTTED = re.compile(rf"`(?:sommelier\.)?((?:{'|'.join(TOP[:4])})(?:\.\w+)+)(?:\(\))?`")
FOLDERS = ("prompts", "retrieval", "agent", "finetune", "sommelier", "examples", "benchmarks", "docs")
ELSEWHERE = {"prompts/production.json", "prompts/versions", "prompts/versions/"}
"""In a workspace, not here."""


def sources() -> list[Path]:
    return sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py"))


def pages() -> list[Path]:
    held = [path for folder in TOP for path in (ROOT / folder).rglob("*.md") if "templates" not in path.parts]
    return sorted([*(path for path in ROOT.glob("*.md") if path.name != "CHANGELOG.md"), *held])


@cache
def prose(path: Path) -> list[str]:
    """What a file says in words: all of a page, the comments and strings under definitions of a source."""
    text = path.read_text(encoding="utf-8")
    return list(words_in(text)) if path.suffix == ".py" else [text]


def words_in(text: str) -> Iterator[str]:
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            yield token.string
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            yield node.value.value


def missing_paths(text: str) -> list[str]:
    named = (match[1].rstrip(".") for match in PATH.finditer(text))
    return [each for each in named if each not in ELSEWHERE and not (ROOT / each).exists()]


def missing_names(text: str) -> list[str]:
    return [match[1] for match in DOTTED.finditer(text) if not is_defined(match[1].split("."))]


def is_defined(parts: list[str]) -> bool:
    """Whether these lead to a file or folder, and what is left of them is defined there."""
    place = ROOT
    for at, part in enumerate(parts):
        if (place / part).is_dir():
            place = place / part
        elif (place / f"{part}.py").is_file():
            return names_in(place / f"{part}.py", parts[at + 1 :])
        else:
            return place != ROOT and names_in(place / "__init__.py", parts[at:])
    return True


def names_in(path: Path, left: list[str]) -> bool:
    body: list[ast.stmt] = ast.parse(path.read_text(encoding="utf-8")).body
    for name in left:
        found = next((each for each in body if defines(each, name)), None)
        if found is None:
            return False
        body = getattr(found, "body", [])
    return True


def defines(node: ast.stmt, name: str) -> bool:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return node.name == name
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
    return any(isinstance(each, ast.Name) and each.id == name for each in targets)


def test_every_path_that_is_spoken_of_exists() -> None:
    found = [f"{path.relative_to(ROOT)}: {each}" for path in [*sources(), *pages()] for text in prose(path)
             for each in missing_paths(text)]  # fmt: skip
    assert not found, "\n".join(found)


def test_every_name_that_a_docstring_or_comment_speaks_of_exists() -> None:
    found = [f"{path.relative_to(ROOT)}: {each}" for path in sources() for text in prose(path)
             for each in missing_names(text)]  # fmt: skip
    assert not found, "\n".join(found)


@pytest.mark.parametrize("text", ["see `agent/nothing.py`", "in docs/nowhere.md.", "`retrieval/cellar/`"])
def test_a_path_that_is_gone_is_seen(text: str) -> None:
    assert missing_paths(text)


@pytest.mark.parametrize(
    "text", ["`agent.nothing`", "`retrieval.filters.nothing`", "`sommelier.agent.turn.Turn.nothing`"]
)
def test_a_name_that_is_gone_is_seen(text: str) -> None:
    assert missing_names(text)


@pytest.mark.parametrize(
    "text",
    ["`agent/turn.py`, docs/tour.md.", "`retrieval/readers/`", "`retrieval.filters`", "`agent.config.Config.pool`",
     "my-agent/x", "shop/prompts/*.md"],
)  # fmt: skip
def test_what_there_is_passes(text: str) -> None:
    assert not missing_paths(text)
    assert not missing_names(text)
