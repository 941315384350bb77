"""The public names: all of them are there, and none is loaded before it is used."""

import subprocess
import sys

import pytest

import sommelier


@pytest.mark.parametrize("name", sommelier.__all__)
def test_every_public_name_is_there(name):
    assert getattr(sommelier, name)


def test_a_name_that_is_not_public_is_an_attribute_error():
    with pytest.raises(AttributeError, match="Recomender"):
        sommelier.Recomender  # noqa: B018


def test_importing_the_front_door_loads_no_heavy_library():
    code = "import sys, sommelier; print({'torch', 'chromadb', 'sqlalchemy', 'numpy'} & sys.modules.keys())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
