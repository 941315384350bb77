"""The law of the rooms: who may import whom, between the rooms and between the folders and files inside each.

Read from the source, so that an import in a function counts too.
"""

from __future__ import annotations

import ast
import re
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
ORDER = {
    "prompts": ("contracts", "template", "prompt", "library"),
    "retrieval": (
        "quiet_libraries", "catalogue", "event_kinds", "attribute_roles", "evidence", "likeness", "filters",
        "relaxation", "diversity", "fusion", "model_files", "text", "behaviour", "vectors", "readers", "builtin",
        "index", "candidates", "related_items",
    ),
    "agent": (
        "errors", "extras", "text", "spelling", "rendering", "config_errors", "config", "dialogue_state", "turn",
        "knowledge", "llm", "memory", "workspace_lock", "workspace", "serving_model", "explanation", "profile",
        "ranking", "dialogue", "ingest", "analytics", "doctor", "turns", "serving", "board", "chat", "recommender",
    ),
    "finetune": ("errors", "tower_training", "evaluation", "examples", "fitting", "training", "adapters"),
}  # fmt: skip
"""What stands directly in a room, files and folders; each may import only what stands before it. The pages stand before
the recommender, so that they know it by the `ChatEngine` protocol alone."""
PAGES = ("sommelier.agent.chat", "sommelier.agent.board")


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


def _is_page(name: str) -> bool:
    return any(name == each or name.startswith(each + ".") for each in PAGES)


def against_the_order(source: str, module: str) -> list[str]:
    """What `module` (absolute dotted name) imports from further on in its own room, as `line: name`."""
    parts = module.split(".")
    room, unit = parts[1], parts[2]
    order = ORDER[room]
    later = order[order.index(unit) + 1 :]
    found = []
    for line, name in imports(source, ".".join(parts[:-1])):
        target = name.split(".")
        if target[:2] == parts[:2] and len(target) > 2 and target[2] in later:
            found.append(f"{line}: {name}")
    return found


def breaches(source: str, package: str) -> list[str]:
    """What a module of `package` imports against the law, as `line: name`."""
    room = room_of(package)
    assert room is not None
    page = _is_page(package)
    found = []
    for line, name in imports(source, package):
        target = room_of(name)
        bare = name.split(".")[0] in MAY_IMPORT.keys() - {"sommelier"}  # a user's own folder may have that name
        stranger = target is not None and target != room and target not in MAY_IMPORT[room]
        to_pages = _is_page(name)
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


@pytest.mark.parametrize("room", ORDER)
def test_the_order_inside_a_room_names_what_stands_there(room: str) -> None:
    there = {path.stem for path in (ROOT / room).glob("*.py")} - {"__init__"}
    there |= {path.parent.name for path in (ROOT / room).glob("*/__init__.py")}
    assert there == set(ORDER[room])


@pytest.mark.parametrize("room", ["retrieval", "agent", "finetune"])
def test_a_room_lists_its_folders_in_this_order(room: str) -> None:
    said = ast.get_docstring(ast.parse((ROOT / room / "__init__.py").read_text(encoding="utf-8"))) or ""
    folders = [name for name in ORDER[room] if (ROOT / room / name).is_dir()]
    assert re.findall(r"^- `(\w+)/`", said, re.MULTILINE) == folders


@pytest.mark.parametrize("room", ORDER)
def test_inside_a_room_imports_go_one_way(room: str) -> None:
    found = []
    for path in sorted((ROOT / room).rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        if len(parts) == 2 and parts[1] == "__init__":  # a room may show what it holds
            continue
        found += [
            f"{path.relative_to(ROOT)}:{breach}"
            for breach in against_the_order(path.read_text(encoding="utf-8"), ".".join(("sommelier", *parts)))
        ]
    assert not found, "against the order inside the room:\n" + "\n".join(found)


@pytest.mark.parametrize("room", ORDER)
def test_every_folder_says_what_it_must_not_know(room: str) -> None:
    for path in sorted((ROOT / room).rglob("__init__.py")):
        said = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
        assert "ust not" in said, f"{path.relative_to(ROOT)} does not say what the folder must not know"


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("sommelier.agent.memory.events", "from ..profile.history import UserHistory"),
        ("sommelier.agent.text", "from .chat import words"),
        ("sommelier.agent.serving.sessions", "def late():\n    from ..chat.page import Page"),
        ("sommelier.retrieval.text.vocabulary", "from ...retrieval.index import Index"),
    ],
)
def test_an_import_against_the_order_is_seen(module: str, source: str) -> None:
    assert against_the_order(source, module)


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("sommelier.agent.chat.page", "from ..serving.sessions import Conversation\nfrom . import words"),
        ("sommelier.agent.profile.summary", "from ...retrieval.index import Index\nfrom .history import UserHistory"),
    ],
)
def test_an_import_along_the_order_passes(module: str, source: str) -> None:
    assert not against_the_order(source, module)


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
    code = f"import sys, sommelier; print([name for name in ('gradio', *{PAGES!r}) if name in sys.modules])"
    assert run_python(code, tmp_path) == "[]\n"
