"""What is installed only where it is wanted: the core does without, and who wants more is told in one sentence how."""

import ast
import json
import shutil
import subprocess
import sys
import tomllib
from importlib import import_module
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from sommelier.agent.errors import MissingExtraError
from sommelier.agent.extras import MODULES, needs, require
from sommelier.agent.serving_model import ADAPTERS, METADATA_FILE

from sommelier import load_files

ROOT = Path(__file__).parents[1]
ROOMS = ("prompts", "retrieval", "agent", "finetune", "sommelier")
OUTSIDE = ("benchmarks", "examples", "tests")
DISTRIBUTIONS = {
    "lingua": "lingua-language-detector", "text_to_num": "text2num", "yaml": "pyyaml", "dateutil": "python-dateutil",
    "sklearn": "scikit-learn", "PIL": "pillow", "markdown_it": "markdown-it-py",
}  # fmt: skip
"""Import name -> distribution, where they differ by more than case and hyphens."""

ITEMS = "id,title,genre\na,Alpha,drama\nb,Beta,comedy\nc,Gamma,drama\n"
COMMANDS = {
    "train": "tune -w shop",
    "serving": "chat -w shop --no-browser",
    "plots": "adapters compare 001 -w shop",
    "postgres": "profile ana -w on-postgres",
    "quantization": "recommend ana -w in-nf4",
}
WITHOUT = """
import contextlib, io, json, sys

names, commands = map(json.loads, sys.argv[1:3])
sys.modules.update(dict.fromkeys(names))  # None: as if they were not installed
from sommelier import Recommender

with Recommender.open("shop") as recommender:
    turn = recommender.chat("ana", "a drama, please")
said = {"turn": (0, " ".join(each.item.title for each in turn.recommendations))}
from sommelier.cli import main

for name, command in commands.items():
    sys.argv = ["sommelier", *command.split()]
    with contextlib.redirect_stderr(io.StringIO()) as error:
        try:
            main()
            code = 0
        except SystemExit as stopped:
            code = stopped.code
    said[name] = (code, error.getvalue())
print(json.dumps(said))
"""


def project() -> dict:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def declared(*extras: str) -> set[str]:
    """Distributions that the project asks for by itself, and with these extras and what they ask for."""
    lines, found = project()["dependencies"], set()
    for extra in extras:
        lines = lines + project()["optional-dependencies"][extra]
    for each in map(Requirement, lines):
        found |= declared(*each.extras) if each.name == "sommelier" else {canonicalize_name(each.name)}
    return found


def distribution(module: str) -> str:
    return canonicalize_name(DISTRIBUTIONS.get(module, module))


def libraries(folder: str) -> dict[str, str]:
    """Distribution -> a file of the folder that imports it."""
    ours = {"sommelier", *sys.stdlib_module_names}
    if folder in OUTSIDE:  # scripts, which import each other by name
        ours |= {path.stem for each in OUTSIDE for path in (ROOT / each).rglob("*.py")}
    found = {}
    for path in sorted((ROOT / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and not node.level:
                names = [node.module]
            found |= {distribution(top): path.name for each in names if (top := each.partition(".")[0]) not in ours}
    return found


@pytest.mark.parametrize("room", ROOMS)
def test_what_a_room_imports_is_declared(room):
    assert libraries(room).keys() <= declared("all"), libraries(room)


@pytest.mark.parametrize("folder", OUTSIDE)
def test_what_stands_beside_the_rooms_imports_what_is_declared(folder):
    assert libraries(folder).keys() <= declared("dev", "benchmarks"), libraries(folder)


def test_an_import_is_found_wherever_it_stands():
    assert {"torch", "scikit-learn", "pyyaml"} <= libraries("agent").keys() | libraries("retrieval").keys()
    assert "matplotlib" in libraries("finetune")


@pytest.mark.parametrize("extra", MODULES)
def test_an_extra_brings_the_modules_that_are_said_to_be_its_own(extra):
    brought = {canonicalize_name(Requirement(each).name) for each in project()["optional-dependencies"][extra]}
    assert brought - {"sommelier"} == {distribution(each) for each in MODULES[extra]}
    assert not brought & declared(), "what the core needs is in no extra"
    assert declared(extra) <= declared("all")


@pytest.fixture(scope="module")
def said(tmp_path_factory) -> dict[str, tuple[int, str]]:
    """What a conversation, and a command for each extra, say in a process where nothing of any extra is installed."""
    folder = tmp_path_factory.mktemp("without")
    (folder / "items.csv").write_text(ITEMS)
    load_files(folder / "shop", items=folder / "items.csv")
    (folder / "shop" / ADAPTERS / "001").mkdir(parents=True)
    (folder / "shop" / ADAPTERS / "001" / METADATA_FILE).write_text("{}")
    for name, settings in (("on-postgres", "database: postgresql+psycopg:///none"), ("in-nf4", "quantize: nf4")):
        shutil.copytree(folder / "shop", folder / name)
        (folder / name / "sommelier.yaml").write_text(settings)
    blocked = json.dumps(sorted({each for modules in MODULES.values() for each in modules}))
    run = [sys.executable, "-c", WITHOUT, blocked, json.dumps(COMMANDS)]
    done = subprocess.run(run, cwd=folder, capture_output=True, text=True, check=False, timeout=240)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_the_core_alone_holds_a_conversation(said):
    assert set(said["turn"][1].split()) & {"Alpha", "Gamma"}


@pytest.mark.parametrize("extra", COMMANDS)
def test_without_an_extra_its_command_says_in_one_sentence_how_to_get_it(said, extra):
    code, error = said[extra]
    assert code == 2
    assert error.startswith("sommelier: ")
    assert error.endswith(f"which is not installed: `pip install 'sommelier[{extra}]'`.\n")
    assert error.count("\n") == 1


def test_only_what_is_missing_is_reported_as_missing():
    require("plots", "A plot")
    sentence = "^Training needs no_such, which is not installed: `pip install 'sommelier"
    with pytest.raises(MissingExtraError, match=sentence), needs("train", "Training"):
        import_module("no_such")
    with pytest.raises(ImportError, match="cannot import name"), needs("train", "Training"):  # a fault of ours
        from json import no_such  # noqa: F401
