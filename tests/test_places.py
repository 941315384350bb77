"""No file of the repository names a place that only its author has: a home, a scratch folder, a registry's host."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

# Written so that this file does not match itself.
ELSEWHERE = {
    "a home folder": r"/(?:[r]oot|home/\w+|Users/\w+)/",
    "a scratch folder": r"(?<![\w.])/[t]mp/\w",
    "a file URL": r"\b[f]ile://",
    # PyTorch's own index of CPU builds is public and the same for everybody; make asks it for one wheel.
    "a package registry": r"\bpypi\.org|pythonhosted\.org|--(?:extra-)?index-url\s*[=\s]\s*\S*:/|https?://\S+/simple\b"
    r"|(?!https://download\.pytorch\.org/[w]hl/cpu\b)https?://\S+/[w]hl\b",
}


def tracked_files() -> list[str]:
    """Paths of all files that are, or are about to be, under version control. Skips outside a git checkout."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        listing = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    except (FileNotFoundError, subprocess.CalledProcessError) as error:
        pytest.skip(f"needs a git checkout of the repository: {error}")
    return sorted(path for path in set(listing.split("\0")) if path and (ROOT / path).is_file())


def places(text: str) -> list[str]:
    """`line: kind: match` for each place in `text` that only its author has."""
    return [
        f"{text.count(chr(10), 0, match.start()) + 1}: {kind}: {match[0]}"
        for kind, pattern in ELSEWHERE.items()
        for match in re.finditer(pattern, text)
    ]


def test_no_file_names_a_place_that_only_its_author_has() -> None:
    found = []
    for path in tracked_files():
        try:
            text = (ROOT / path).read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue  # a picture
        found += [f"{path}:{place}" for place in places(text)]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    "text",
    [
        "/{}oot/x".format("r"),
        "/{}ome/ann/x".format("h"),
        "/{}sers/ann/x".format("U"),
        "/{}mp/x".format("t"),
        "{}ile:///opt".format("f"),
        "https://{}ypi.org/project/x".format("p"),
        "--index-{}rl https://host/s".format("u"),
        "https://host/{}imple".format("s"),
        "https://host/{}hl/cpu".format("w"),
        "https://download.pytorch.org/{}hl/nightly".format("w"),
    ],
)
def test_such_a_place_is_seen(text: str) -> None:
    assert places(f"fine\nsee {text}\n")


@pytest.mark.parametrize(
    "text",
    [
        "~/films",
        "https://example.com/",
        "tmp/x",
        "a simple URL",
        "{root}/x",
        "127.0.0.1",
        "https://download.pytorch.org/whl/cpu",
    ],
)
def test_other_text_passes(text: str) -> None:
    assert not places(text)
