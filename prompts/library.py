"""Which version of each prompt is served: packaged, published in the workspace, or (dev) the draft being edited.

    <workspace>/prompts/<name>.md            drafts, edited freely
    <workspace>/prompts/production.json      name -> hash of the version that conversations use
    <workspace>/prompts/versions/<hash>.md   published texts, never changed

Publishing is the only way from a draft to a conversation, and it refuses anything that does not check.
"""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path

from .contracts import CONTRACTS
from .prompt import Prompt, PromptError

MAX_FILE_BYTES = 100_000


class PromptLibrary:
    """Prompts by name. With `workspace=None` only the packaged set exists. Not locked: one process publishes.

    `dev=True` makes `get` follow the drafts; a draft that does not check leaves the last good version in use.
    """

    def __init__(self, workspace: Path | None, dev: bool = False) -> None:
        self.folder = None if workspace is None else Path(workspace) / "prompts"
        self.dev = dev
        self._last_good: dict[str, Prompt] = {}

    def get(self, name: str) -> Prompt:
        """The version to use now. Raises PromptError for an unknown name, or when no good version was ever seen."""
        try:
            prompt = self._draft(name) or self._production(name) if self.dev else self._production(name)
        except PromptError:
            if name not in self._last_good and not self.dev:
                raise
            prompt = self._last_good.get(name) or self._production(name)
        self._last_good[name] = prompt
        return prompt

    def checkout(self) -> list[Path]:
        """Write a draft of every prompt that has none yet; drafts that exist are left alone. Returns new files."""
        folder = self._need_folder()
        folder.mkdir(parents=True, exist_ok=True)
        written = []
        for name in CONTRACTS:
            path = folder / f"{name}.md"
            if not path.exists():
                _write(path, self._production(name).text)
                written.append(path)
        return written

    def check(self) -> tuple[PromptError, ...]:
        """What is wrong with the drafts, each rendered with its samples; empty when all is well."""
        return self._check_drafts()[1]

    def publish(self) -> dict[str, str]:
        """Make the drafts the version that conversations use; name -> hash. Raises PromptError and changes nothing
        when any draft is wrong or there is none."""
        folder = self._need_folder()
        drafts, errors = self._check_drafts()
        if errors:
            more = "".join(f"\n{error}" for error in errors[1:])
            raise PromptError(f"nothing was published. {errors[0]}{more}", errors[0].file, errors[0].line)
        if not drafts:
            raise PromptError("there are no drafts; write them with checkout first", str(folder))
        (folder / "versions").mkdir(exist_ok=True)
        for draft in drafts:
            _write(folder / "versions" / f"{draft.hash}.md", draft.text)
        label = self._label() | {draft.name: draft.hash for draft in drafts}
        _write(folder / "production.json", json.dumps(label, indent=2, sort_keys=True) + "\n")
        return label

    def _check_drafts(self) -> tuple[list[Prompt], tuple[PromptError, ...]]:
        good, errors = [], []
        for path in sorted(self._need_folder().glob("*.md")):
            try:
                good.append(Prompt.parse(path.stem, _read(path), str(path)))
            except PromptError as error:
                errors.append(error)
        return good, tuple(errors)

    def _draft(self, name: str) -> Prompt | None:
        path = None if self.folder is None else self.folder / f"{name}.md"
        if path is None or name not in CONTRACTS or not path.exists():
            return None
        return Prompt.parse(name, _read(path), str(path))

    def _production(self, name: str) -> Prompt:
        digest = self._label().get(name)
        if digest is None or self.folder is None:
            return packaged(name)
        path = self.folder / "versions" / f"{digest}.md"
        prompt = Prompt.parse(name, _read(path), str(path))
        if prompt.hash != digest:
            raise PromptError("this published version was changed by hand; publish the draft again", str(path))
        return prompt

    def _label(self) -> dict[str, str]:
        path = None if self.folder is None else self.folder / "production.json"
        if path is None or not path.exists():
            return {}
        advice = "remove it to serve the packaged prompts, or publish again"
        try:
            label = json.loads(_read(path))
        except json.JSONDecodeError as error:
            raise PromptError(f"not JSON ({error.msg}); {advice}", str(path), error.lineno) from error
        if not isinstance(label, dict) or not all(isinstance(each, str) and each.isalnum() for each in label.values()):
            raise PromptError(f"must map prompt names to hashes; {advice}", str(path))
        return label

    def _need_folder(self) -> Path:
        if self.folder is None:
            raise PromptError("editing prompts needs a workspace; open one first", "packaged prompts")
        return self.folder


def packaged(name: str) -> Prompt:
    """The prompt that ships with the package. Raises PromptError for an unknown name."""
    if name not in CONTRACTS:
        raise PromptError(f"no model call is named '{name}'; use one of {', '.join(CONTRACTS)}", f"{name}.md")
    path = Path(__file__).parent / "templates" / f"{name}.md"
    return Prompt.parse(name, _read(path), path.name)


def _read(path: Path) -> str:
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise PromptError(f"larger than {MAX_FILE_BYTES:,} bytes; shorten it", str(path))
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise PromptError(f"not UTF-8 at byte {error.start}; save it as UTF-8", str(path)) from error
    except OSError as error:
        raise PromptError(f"cannot be read ({error.strerror}); restore it or publish again", str(path)) from error


def _write(path: Path, text: str) -> None:
    """Whole or not at all: a reader sees the old file or the new one."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    Path(name).replace(path)
