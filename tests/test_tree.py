"""The README's tree names every file of the repository, and no file names a place that only its author has.

The tree stands in the first fenced block under the heading `## The tree`, one line per file: the path from the top,
two spaces or more, what it is. A path that ends in `/` speaks for everything beneath it and is allowed outside the
rooms only. Hidden files (`.ci/run`, `.gitignore`) need no line.
"""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ONE_LINE_PER_FILE = ("sommelier/", "agent/", "prompts/", "retrieval/", "finetune/", "examples/", "benchmarks/")

# Written so that this file does not match itself.
ELSEWHERE = {
    "a home folder": r"/(?:[r]oot|home/\w+|Users/\w+)/",
    "a scratch folder": r"(?<![\w.])/[t]mp/\w",
    "a file URL": r"\b[f]ile://",
    "a package registry": r"\bpypi\.org|pythonhosted\.org|--(?:extra-)?index-url\s*[=\s]\s*\S*:/|https?://\S+/simple\b",
}


def tracked_files() -> list[str]:
    """Paths of all files that are, or are about to be, under version control. Skips outside a git checkout."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        listing = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    except (FileNotFoundError, subprocess.CalledProcessError) as error:
        pytest.skip(f"needs a git checkout of the repository: {error}")
    return sorted(path for path in set(listing.split("\0")) if path and (ROOT / path).is_file())


def read_tree(readme: str) -> dict[str, str]:
    """path -> description, from a README's text."""
    block = re.search(r"^## The tree\n(?:(?!## |```).*\n)*```\w*\n((?:(?!```).*\n)*)```", readme, re.MULTILINE)
    assert block, "README.md has no fenced block under a heading `## The tree`"
    lines = [line for line in block[1].splitlines() if line.strip()]
    unclear = [line for line in lines if not re.fullmatch(r"\S+ {2,}\S.*", line)]
    assert not unclear, "not `path  what it is` (two spaces or more between):\n" + "\n".join(unclear)
    pairs = [line.split(maxsplit=1) for line in lines]
    paths = [path for path, _ in pairs]
    twice = sorted({path for path in paths if paths.count(path) > 1})
    assert not twice, f"the tree names a file twice: {', '.join(twice)}"
    return dict(pairs)


def differences(tree: list[str], files: list[str]) -> list[str]:
    """What the tree lacks, and what it names that is not there or may not be named."""
    folders = [path for path in tree if path.endswith("/")]
    visible = [path for path in files if not any(part.startswith(".") for part in path.split("/"))]
    missing = [path for path in visible if path not in tree and not any(path.startswith(each) for each in folders)]
    stale = [
        path for path in tree if not any(file == path or (path in folders and file.startswith(path)) for file in files)
    ]
    lumped = [path for path in folders if path.startswith(ONE_LINE_PER_FILE)]
    return (
        [f"missing: {path}" for path in missing]
        + [f"stale:   {path}" for path in stale]
        + [f"needs one line per file: {path}" for path in lumped]
    )


def test_the_readme_tree_names_exactly_the_files_there_are() -> None:
    files = tracked_files()
    found = differences(list(read_tree((ROOT / "README.md").read_text(encoding="utf-8"))), files)
    assert not found, "the tree in README.md is not true:\n" + "\n".join(found)


def test_a_missing_a_stale_and_a_lumped_line_are_seen() -> None:
    tree = ["agent/turn.py", "agent/gone.py", "finetune/", "tests/"]
    files = [".ci/run", "agent/turn.py", "agent/new.py", "finetune/a.py", "tests/deep/test_a.py"]
    assert differences(tree, files) == [
        "missing: agent/new.py",
        "stale:   agent/gone.py",
        "needs one line per file: finetune/",
    ]


def test_the_tree_is_the_block_under_its_own_heading() -> None:
    readme = "## Start\n```\nmake chat\n```\n\n## The tree\n\nWords.\n\n```text\na.py  one\n\nb.py    two  words\n```\n"
    assert read_tree(readme) == {"a.py": "one", "b.py": "two  words"}


@pytest.mark.parametrize(
    ("block", "complaint"),
    [
        ("a.py one space", "two spaces"),
        ("a.py", "two spaces"),
        ("a.py  one\na.py  again", "twice"),
    ],
)
def test_an_unclear_tree_line_is_refused(block: str, complaint: str) -> None:
    with pytest.raises(AssertionError, match=complaint):
        read_tree(f"## The tree\n```\n{block}\n```\n")


def test_a_block_under_a_later_heading_is_not_the_tree() -> None:
    with pytest.raises(AssertionError, match="no fenced block"):
        read_tree("## The tree\n\n## Other\n\n```\na.py  one\n```\n")


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
    ],
)
def test_such_a_place_is_seen(text: str) -> None:
    assert places(f"fine\nsee {text}\n")


@pytest.mark.parametrize("text", ["~/films", "https://example.com/", "tmp/x", "a simple URL", "{root}/x", "127.0.0.1"])
def test_other_text_passes(text: str) -> None:
    assert not places(text)
