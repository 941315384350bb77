"""The small part of Jinja that prompts may use, checked by an allow-list of syntax nodes.

The sandbox stops attribute escapes but not cost (nested loops, huge strings); the allow-list stops both.
Knows nothing about files, roles or what the variables mean.
"""

from __future__ import annotations

from collections.abc import Mapping

from jinja2 import StrictUndefined, TemplateError, TemplateSyntaxError, meta, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

MAX_TEMPLATE_CHARACTERS = 20_000
MAX_RENDERED_CHARACTERS = 100_000

FILTERS = frozenset({"join", "first", "last", "length", "lower", "upper", "capitalize", "title", "trim", "round"})
TESTS = frozenset({"defined", "none"})
NODES = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Getattr, nodes.If, nodes.For, nodes.Filter,
    nodes.Const, nodes.Not, nodes.And, nodes.Or, nodes.Compare, nodes.Operand, nodes.Test,
)  # fmt: skip

# Prompts are plain text for a language model, so nothing is HTML-escaped.
ENVIRONMENT = ImmutableSandboxedEnvironment(
    undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, autoescape=False
)


class TemplateFaultError(ValueError):
    """What is wrong with a template. `line` counts from 1 within the template."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.line = line


def parse(source: str) -> nodes.Template:
    """The checked syntax tree of `source`. Raises TemplateFaultError."""
    if len(source) > MAX_TEMPLATE_CHARACTERS:
        raise TemplateFaultError(f"{len(source):,} characters; at most {MAX_TEMPLATE_CHARACTERS:,} are allowed", 1)
    try:
        tree = ENVIRONMENT.parse(source)
    except TemplateSyntaxError as error:
        raise TemplateFaultError(f"{error.message}", error.lineno) from error
    except RecursionError as error:
        raise TemplateFaultError("conditions are nested too deeply; flatten them", 1) from error
    _check(tree, in_loop=False)
    return tree


def variables(tree: nodes.Template) -> set[str]:
    """Names that must be given from outside."""
    return meta.find_undeclared_variables(tree)


def render(source: str, values: Mapping[str, object]) -> str:
    """Fill the template, stripped of outer blank space. Raises TemplateFaultError, also when the result is too long."""
    pieces: list[str] = []
    length = 0
    try:
        for piece in ENVIRONMENT.from_string(source).generate(**values):
            length += len(piece)
            if length > MAX_RENDERED_CHARACTERS:
                raise TemplateFaultError(f"renders to more than {MAX_RENDERED_CHARACTERS:,} characters", 1)
            pieces.append(piece)
    except (TemplateError, TypeError, ValueError, ArithmeticError, AttributeError) as error:
        if isinstance(error, TemplateFaultError):
            raise
        raise TemplateFaultError(f"does not render: {error}", 1) from error
    return "".join(pieces).strip()


def _check(node: nodes.Node, *, in_loop: bool) -> None:
    complaint = _complaint(node, in_loop)
    if complaint:
        raise TemplateFaultError(complaint, node.lineno)
    for child in node.iter_child_nodes():
        _check(child, in_loop=in_loop or isinstance(node, nodes.For))


def _complaint(node: nodes.Node, in_loop: bool) -> str:
    if not isinstance(node, NODES):
        return f"'{type(node).__name__}' is not allowed; use {{{{ variables }}}}, if, for and simple filters"
    if isinstance(node, nodes.Filter) and node.name not in FILTERS:
        return f"filter '{node.name}' is not allowed; use one of {', '.join(sorted(FILTERS))}"
    if isinstance(node, nodes.Test) and node.name not in TESTS:
        return f"test '{node.name}' is not allowed; use one of {', '.join(sorted(TESTS))}"
    if isinstance(node, nodes.Getattr) and node.attr.startswith("_"):
        return f"attribute '{node.attr}' is private"
    if isinstance(node, nodes.For) and (in_loop or node.recursive):
        return "a loop inside a loop is not allowed; write one loop"
    return ""
