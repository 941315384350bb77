"""The law of the rooms: who may import whom. Read from the source, so that an import in a function counts too."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

MAY_IMPORT = {
    "prompts": set(),
    "retrieval": set(),
    "agent": {"prompts", "retrieval"},
    "finetune": {"agent", "prompts", "retrieval"},
    "sommelier": {"agent", "prompts", "retrieval", "finetune"},
}
PAGES = "sommelier.agent.chat"


def package_of(path: Path) -> str:
    """The package that relative imports in `path` start from: `agent/chat/page.py` -> `sommelier.agent.chat`."""
    parts = path.relative_to(ROOT).parent.parts
    return ".".join(parts if parts[0] == "sommelier" else ("sommelier", *parts))


def imports(source: str, package: str) -> Iterator[tuple[int, str]]:
    """(line, absolute dotted name) of all that `source` imports, `from x import y` as `x.y`."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            start = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            base = [*start, *(node.module.split(".") if node.module else [])]
            yield from ((node.lineno, ".".join([*base, alias.name])) for alias in node.names)


def room_of(name: str) -> str | None:
    """The room that an absolute name reaches into; None for a library."""
    parts = name.split(".")
    if parts[0] != "sommelier":
        return parts[0] if parts[0] in MAY_IMPORT else None
    return parts[1] if len(parts) > 1 and parts[1] in MAY_IMPORT else "sommelier"


def breaches(source: str, package: str) -> list[str]:
    """What a module of `package` imports against the law, as `line: name`."""
    room = room_of(package)
    assert room is not None
    page = package == PAGES or package.startswith(PAGES + ".")
    found = []
    for line, name in imports(source, package):
        target = room_of(name)
        bare = name.split(".")[0] in MAY_IMPORT.keys() - {"sommelier"}  # a user's own folder may have that name
        stranger = target is not None and target != room and target not in MAY_IMPORT[room]
        to_pages = name == PAGES or name.startswith(PAGES + ".")
        to_gradio = name.split(".")[0] in {"gradio", "gradio_client"}
        if bare or stranger or (not page and (to_gradio or (to_pages and room != "sommelier"))):
            found.append(f"{line}: {name}")
    return found


@pytest.mark.parametrize("room", MAY_IMPORT)
def test_a_room_imports_only_what_the_law_allows(room: str) -> None:
    files = sorted((ROOT / room).rglob("*.py"))
    assert files, f"the room {room}/ has no Python file"
    found = [
        f"{path.relative_to(ROOT)}:{breach}"
        for path in files
        for breach in breaches(path.read_text(encoding="utf-8"), package_of(path))
    ]
    assert not found, "against the law of the rooms:\n" + "\n".join(found)


@pytest.mark.parametrize(
    ("package", "source"),
    [
        ("sommelier.retrieval", "from ..agent.turn import Turn"),
        ("sommelier.retrieval", "from .. import prompts"),
        ("sommelier.retrieval.builtin", "from ...prompts import loader"),
        ("sommelier.prompts", "def late():\n    import sommelier.retrieval.catalogue"),
        ("sommelier.agent", "from ..finetune import training"),
        ("sommelier.agent", "from sommelier import Recommender"),
        ("sommelier.agent", "from .chat import page"),
        ("sommelier.agent", "import gradio as gr"),
        ("sommelier.agent", "from prompts import loader"),
        ("sommelier.finetune", "from ..agent.chat.page import build"),
        ("sommelier", "import gradio"),
    ],
)
def test_a_breach_is_seen(package: str, source: str) -> None:
    assert breaches(source, package)


@pytest.mark.parametrize(
    ("package", "source"),
    [
        ("sommelier.retrieval.builtin", "from ..catalogue import Item"),
        ("sommelier.agent", "from ..retrieval.catalogue import Item\nfrom .turn import Turn\nimport numpy"),
        ("sommelier.agent.chat", "import gradio as gr\nfrom ..turn import Turn\nfrom . import shelf"),
        ("sommelier.finetune", "from ..agent.ranking import rank"),
        ("sommelier", "from .agent.chat import page\nfrom sommelier.finetune import evaluation"),
    ],
)
def test_a_lawful_import_passes(package: str, source: str) -> None:
    assert not breaches(source, package)


def run_python(code: str, folder: Path) -> str:
    """Run `code` as a script that lies in `folder`, started from there; its standard output."""
    script = folder / "script.py"
    script.write_text(code, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, script.name], cwd=folder, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_script_beside_its_own_prompts_folder_gets_both(tmp_path: Path) -> None:
    rooms = sorted(MAY_IMPORT.keys() - {"sommelier"})
    for room in rooms:
        (tmp_path / room).mkdir()
        (tmp_path / room / "__init__.py").write_text("OWNER = 'the user'\n", encoding="utf-8")
    code = [
        "from pathlib import Path",
        "from sommelier import Recommender",
        f"import {', '.join(rooms)}",
        f"import {', '.join('sommelier.' + room for room in rooms)}",
        f"for theirs in ({', '.join(rooms)}): assert theirs.OWNER == 'the user'",
        f"for ours in ({', '.join('sommelier.' + room for room in rooms)}):",
        "    assert not hasattr(ours, 'OWNER'), ours",
        "    assert Path(__file__).parent not in Path(ours.__file__).parents, ours",
        "print(Recommender.__name__)",
    ]
    assert run_python("\n".join(code), tmp_path) == "Recommender\n"


def test_the_python_api_loads_no_page_and_no_gradio(tmp_path: Path) -> None:
    code = f"import sys, sommelier; print([name for name in ('gradio', '{PAGES}') if name in sys.modules])"
    assert run_python(code, tmp_path) == "[]\n"
