"""One prompt file: front matter, role sections, contract. Knows nothing about which version is served.

Roles are split before rendering, so a value that looks like a section heading can never open a new role.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml
from jinja2 import nodes

from . import template
from .contracts import CONTRACTS, Contract

ROLES = ("system", "user", "assistant")
KEYS = ("purpose", "variables", "max_new_tokens", "temperature")
MAX_NEW_TOKENS = 1024
MAX_SUFFIX_CHARACTERS = 200
_HEADING = re.compile(r"#[ \t]+(.*?)[ \t]*")
_FENCE = "---"


class PromptError(ValueError):
    """A prompt that cannot be used: names the file, the line and what to do."""

    def __init__(self, message: str, file: str, line: int = 1) -> None:
        super().__init__(f"{file}, line {line}: {message}")
        self.file = file
        self.line = line


@dataclass(frozen=True, slots=True)
class Section:
    """One role's template. `line` is where it starts in the file."""

    role: str
    source: str
    line: int


@dataclass(frozen=True, slots=True)
class Prompt:
    """A checked prompt. `hash` is the sha256 of the normalised file text (line ends and trailing blanks ignored).

    `samples` hold one example value per variable. `max_new_tokens` and `temperature` are the call's settings.
    """

    name: str
    text: str = field(repr=False)
    hash: str
    purpose: str
    samples: Mapping[str, object] = field(repr=False)
    max_new_tokens: int
    temperature: float
    sections: tuple[Section, ...] = field(repr=False)

    @classmethod
    def parse(cls, name: str, text: str, file: str | None = None) -> Prompt:
        """Check `text` whole and render it with its samples. Raises PromptError."""
        file = file or f"{name}.md"
        if name not in CONTRACTS:
            raise PromptError(f"no model call is named '{name}'; use one of {', '.join(CONTRACTS)}", file)
        text = normalise(text)
        lines = text.split("\n")
        end = _fence_end(lines, file)
        front = _front_matter("\n".join(lines[1:end]), file)
        sections = _sections(lines, end + 1, file)
        digest = hashlib.sha256(text.encode()).hexdigest()
        prompt = cls(
            name, text, digest, front["purpose"], front["variables"], front["max_new_tokens"],
            float(front["temperature"]), sections,
        )  # fmt: skip
        _check_variables(prompt, CONTRACTS[name], file)
        prompt._render(prompt.samples, file)
        return prompt

    def render(self, **values: object) -> list[tuple[str, str]]:
        """(role, content) pairs. Every declared variable must be given, and no other. Raises PromptError."""
        wrong = sorted(set(values) ^ set(self.samples))
        if wrong:
            message = f"give exactly {', '.join(self.samples)}; differs in {', '.join(wrong)}"
            raise PromptError(message, f"{self.name}.md")
        return self._render(values, f"{self.name}.md")

    def _render(self, values: Mapping[str, object], file: str) -> list[tuple[str, str]]:
        rendered = []
        for section in self.sections:
            try:
                rendered.append((section.role, template.render(section.source, values)))
            except template.TemplateFaultError as fault:
                raise PromptError(str(fault), file, section.line + fault.line - 1) from fault
        return rendered


def normalise(text: str) -> str:
    """One line end, no byte-order mark, no trailing blanks, one final newline."""
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join(line.rstrip() for line in lines).strip("\n") + "\n"


class _Loader(yaml.SafeLoader):
    """Safe YAML without aliases, which can blow a small file up into a huge value."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.events.AliasEvent):
            event = self.peek_event()  # type: ignore[no-untyped-call]
            raise yaml.MarkedYAMLError(problem="aliases (*name) are not allowed", problem_mark=event.start_mark)
        return super().compose_node(parent, index)


def _fence_end(lines: list[str], file: str) -> int:
    if lines[0] != _FENCE:
        raise PromptError("the file must open with a line '---' and its front matter", file)
    if _FENCE not in lines[1:]:
        raise PromptError("the front matter is not closed; add a line '---' below it", file)
    return lines.index(_FENCE, 1)


def _front_matter(source: str, file: str) -> dict[str, Any]:
    try:
        front = yaml.load(source, _Loader)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 2 if mark else 1
        raise PromptError(f"front matter is not YAML: {getattr(error, 'problem', error)}", file, line) from error
    if not isinstance(front, dict) or set(front) != set(KEYS):
        raise PromptError(f"front matter must have exactly the keys {', '.join(KEYS)}", file)
    complaint = _front_complaint(front)
    if complaint:
        line = next((n for n, text in enumerate(source.split("\n"), 2) if text.startswith(complaint[0])), 1)
        raise PromptError(f"{complaint[0]} must be {complaint[1]}", file, line)
    return front


def _front_complaint(front: Mapping[str, object]) -> tuple[str, str] | None:
    tokens, temperature, samples = front["max_new_tokens"], front["temperature"], front["variables"]
    if not isinstance(front["purpose"], str) or not front["purpose"].strip():
        return "purpose", "a sentence saying what the call is for"
    if not isinstance(samples, dict) or not all(isinstance(name, str) and name.isidentifier() for name in samples):
        return "variables", "a mapping of variable name to a sample value"
    if isinstance(tokens, bool) or not isinstance(tokens, int) or not 1 <= tokens <= MAX_NEW_TOKENS:
        return "max_new_tokens", f"a whole number from 1 to {MAX_NEW_TOKENS}, not {tokens!r}"
    if isinstance(temperature, bool) or not isinstance(temperature, int | float) or not 0 <= temperature <= 2:
        return "temperature", f"a number from 0 to 2, not {temperature!r}"
    return None


def _sections(lines: list[str], start: int, file: str) -> tuple[Section, ...]:
    headings = [n for n in range(start, len(lines)) if _HEADING.fullmatch(lines[n])]
    if any(line.strip() for line in lines[start : headings[0] if headings else len(lines)]):
        raise PromptError("text stands before the first section; begin with '# system' or '# user'", file, start + 1)
    found = []
    for n, following in zip(headings, [*headings[1:], len(lines)], strict=True):
        role = lines[n].lstrip("#").strip()
        source = "\n".join(lines[n + 1 : following])
        if role not in ROLES:
            raise PromptError(f"unknown section '# {role}'; use # system, # user or # assistant", file, n + 1)
        if not source.strip():
            raise PromptError(f"section '# {role}' is empty; write it or remove it", file, n + 1)
        if "<|" in source:
            raise PromptError("'<|' begins a model's own control words; remove it", file, n + 1)
        found.append(Section(role, source, n + 2))
    _check_order(found, file)
    return tuple(found)


def _check_order(sections: list[Section], file: str) -> None:
    roles = [section.role for section in sections]
    turns = roles[1:] if roles[:1] == ["system"] else roles
    if len(turns) % 2 == 0 or turns != ["user", "assistant"] * (len(turns) // 2) + ["user"]:
        raise PromptError(
            f"sections are {', '.join(roles) or 'missing'}; use one optional system, then user and assistant in "
            "turn, ending with user", file, sections[0].line - 1 if sections else 1,
        )  # fmt: skip


def _check_variables(prompt: Prompt, contract: Contract, file: str) -> None:
    trees, used = [], set()
    for section in prompt.sections:
        try:
            trees.append(template.parse(section.source))
        except template.TemplateFaultError as fault:
            raise PromptError(str(fault), file, section.line + fault.line - 1) from fault
        undeclared = sorted(template.variables(trees[-1]) - set(prompt.samples))
        if undeclared:
            raise PromptError(f"declare {', '.join(undeclared)} under 'variables'", file, section.line)
        used |= template.variables(trees[-1])
    _check_names(set(prompt.samples), used, contract, file)
    if contract.slot:
        _check_slot(prompt.sections, trees, contract, file)


def _check_names(declared: set[str], used: set[str], contract: Contract, file: str) -> None:
    for names, what in (
        (declared - contract.provides, "is not given to this call; it gets " + ", ".join(sorted(contract.provides))),
        (declared - used, "is declared but not used; use it or remove it from 'variables'"),
        (contract.requires - declared, "must be declared and used in this prompt"),
    ):
        if names:
            raise PromptError(f"'{sorted(names)[0]}' {what}", file)


def _check_slot(sections: tuple[Section, ...], trees: list[nodes.Template], contract: Contract, file: str) -> None:
    slot = contract.slot
    uses = [name for tree in trees for name in tree.find_all(nodes.Name) if name.name == slot]
    flow = [child for part in trees[-1].body if isinstance(part, nodes.Output) for child in part.nodes]
    place = next((n for n, child in enumerate(flow) if isinstance(child, nodes.Name) and child.name == slot), None)
    line = sections[-1].line
    if len(uses) != 1 or place is None:
        raise PromptError(f"{{{{ {slot} }}}} must stand exactly once, plainly, in the last user section", file, line)
    after = sections[-1].source.rpartition("}}")[2]
    if flow[-1] is not flow[place] and any(not isinstance(n, nodes.TemplateData) for n in flow[place + 1 :]):
        raise PromptError(f"nothing that varies may follow {{{{ {slot} }}}}; move it above", file, line)
    if "{%" in after or len(after) > MAX_SUFFIX_CHARACTERS:
        message = f"what follows {{{{ {slot} }}}} must be at most {MAX_SUFFIX_CHARACTERS} plain characters"
        raise PromptError(message, file, line)
    missing = [answer for answer in contract.answers if not re.search(rf"\b{answer}\b", sections[-1].source)]
    if missing:
        asked = " or ".join(contract.answers)
        raise PromptError(f"the last user section must ask for the answer {asked}", file, line)
