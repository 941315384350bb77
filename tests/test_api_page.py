"""`docs/api.md` is what the docstrings say, for every public name."""

from __future__ import annotations

import inspect
import runpy
from pathlib import Path
from types import SimpleNamespace

import pytest

import sommelier

DOCS = Path(__file__).parents[1] / "docs"


@pytest.fixture(scope="module")
def make_api() -> SimpleNamespace:
    return SimpleNamespace(**runpy.run_path(str(DOCS / "make_api.py")))


def test_the_page_is_what_the_docstrings_say(make_api: SimpleNamespace) -> None:
    written = (DOCS / "api.md").read_text(encoding="utf-8")
    assert make_api.page() == written, "the docstrings have changed: run `make docs`"


def test_every_public_name_has_a_section_and_says_something(make_api: SimpleNamespace) -> None:
    page = make_api.page()
    for name in sommelier.__all__:
        assert page.count(f"\n### {name}\n") == 1, name
        assert make_api.public(name, "sommelier").doc, f"{name} has no docstring"


def test_every_public_method_has_a_section() -> None:
    page = (DOCS / "api.md").read_text(encoding="utf-8")
    for name, member in vars(sommelier.Recommender).items():
        if not name.startswith("_"):
            told = f"- `{name}`" if isinstance(member, property) else f"#### Recommender.{name}\n"
            assert told in page, name


def test_parameters_are_those_of_the_running_code(make_api: SimpleNamespace) -> None:
    page = make_api.page()
    for name, parameter in inspect.signature(sommelier.Recommender.observe).parameters.items():
        default = "" if parameter.default is parameter.empty else f" = {parameter.default}"
        assert name == "self" or f"    {name}: {parameter.annotation}{default}," in page


def test_a_name_that_nothing_defines_is_told(make_api: SimpleNamespace) -> None:
    with pytest.raises(LookupError, match="Vintage"):
        make_api.public("Vintage", "sommelier")
