"""Writes `docs/api.md` from the docstrings of what `sommelier` makes public: `make docs`.

Reads the source and imports nothing, so that the page depends on no installed version. Knows where the rooms lie and
how our docstrings are written: prose for classes and functions, a string under a field that needs a word.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TypeAlias

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "api.md"
FILTERS = "sommelier.retrieval.filters"
"""The module whose docstring says what a filter is."""
LONGEST = 100
"""Characters of a signature on one line."""
INTRODUCTION = """\
# The Python API

Every public name of `sommelier`, from its docstring; written by `make docs`. Whatever else is imported may change
without a word.

```python
from sommelier import Recommender

with Recommender.open() as recommender:
    for recommendation in recommender.recommend("viewer-01", n=3):
        print(recommendation.item.title, recommendation.explanation)
```

Ids of users and items are the strings of your own catalogue and log. Times carry a zone. All of it is typed.
"""

Function: TypeAlias = "ast.FunctionDef | ast.AsyncFunctionDef"
Definition: TypeAlias = "ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef | ast.Assign | ast.AnnAssign"


@dataclass(frozen=True, slots=True)
class Public:
    """A public name and what defines it; `doc` is empty where there is none."""

    name: str
    node: Definition
    doc: str


def page() -> str:
    """The whole page."""
    known = [public(name, "sommelier") for name in public_names()]
    errors = [each for each in known if isinstance(each.node, ast.ClassDef) and each.name.endswith("Error")]
    functions = [each for each in known if isinstance(each.node, ast.FunctionDef)]
    aliases = [each for each in known if isinstance(each.node, ast.Assign | ast.AnnAssign)]
    engine = [each for each in known if each.name == "Recommender"]
    values = [each for each in known if each not in (*errors, *functions, *aliases, *engine)]
    groups = {"The engine": engine, "Loading a catalogue": functions, "What is handed out": values,
              "Types": aliases, "Errors": errors}  # fmt: skip
    contents = "\n".join(f"- {title}: {', '.join(map(link, group))}" for title, group in groups.items())
    parts = [f"## {title}\n\n" + "\n".join(map(section, group)) for title, group in groups.items()]
    filters = f"## Filters\n\n{ast.get_docstring(tree_of(FILTERS))}\n"
    return "\n".join([INTRODUCTION, contents, "- [Filters](#filters)", "", *parts, filters])


def link(known: Public) -> str:
    """A link to the section of a name."""
    return f"[`{known.name}`](#{known.name.lower()})"


def section(known: Public) -> str:
    """What is told of one name."""
    node = known.node
    told = [f"### {known.name}\n"]
    if isinstance(node, ast.ClassDef):
        told += [of_class(node)]
    elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        told += [code(signature(node)), known.doc, ""]
    elif node.value is not None:
        told += [code(f"{known.name} = {unquoted(node.value)}"), known.doc, ""]
    return "\n".join(told)


def of_class(node: ast.ClassDef) -> str:
    """Fields, docstring, then properties and methods in the order of the source."""
    bases = ", ".join(ast.unparse(each) for each in node.bases)
    listed = [f"    {field}" for field, _ in fields(node)]
    told = []
    if listed:
        told.append(code("\n".join([f"class {node.name}:", *listed])))
    elif bases:
        told.append(code(f"class {node.name}({bases}): ..."))
    told += [docstring(node), ""]
    methods = [each for each in node.body if isinstance(each, ast.FunctionDef) and not each.name.startswith("_")]
    properties = [each for each in methods if "property" in decorators(each)]
    remarks = [f"- `{field.partition(':')[0]}`: {said}" for field, said in fields(node) if said]
    remarks += map(of_property, properties)
    told += [*remarks, ""] if remarks else []
    for method in methods:
        if method not in properties:
            told += [f"#### {node.name}.{method.name}\n", code(of_method(method)), docstring(method), ""]
    return "\n".join(told)


def of_property(node: Function) -> str:
    """A property as a line of a list."""
    kind = "" if node.returns is None else f" (`{unquoted(node.returns)}`)"
    return f"- `{node.name}`{kind}: " + " ".join(docstring(node).split())


def of_method(node: Function) -> str:
    """A method's signature, without the object that it is called on, and with `@classmethod` where it is one."""
    kinds = [each for each in decorators(node) if each in ("classmethod", "staticmethod", "contextmanager")]
    return "\n".join([*(f"@{each}" for each in kinds), signature(node, skip=int("staticmethod" not in kinds))])


def signature(node: Function, skip: int = 0) -> str:
    """`def name(parameters) -> type: ...`, a parameter a line where that is long; `skip` leaves out the first ones."""
    listed = parameters(node.args)[skip:]
    end = "" if node.returns is None else f" -> {unquoted(node.returns)}"
    line = f"def {node.name}({', '.join(listed)}){end}: ..."
    if len(line) <= LONGEST:
        return line
    return "\n".join([f"def {node.name}(", *(f"    {each}," for each in listed), f"){end}: ..."])


def parameters(arguments: ast.arguments) -> list[str]:
    """Every parameter with its type and default, and the star before those that are named only."""
    plain = [*arguments.posonlyargs, *arguments.args]
    missing: list[ast.expr | None] = [None] * (len(plain) - len(arguments.defaults))
    listed = [parameter(*each) for each in zip(plain, [*missing, *arguments.defaults], strict=True)]
    if arguments.vararg:
        listed.append("*" + parameter(arguments.vararg, None))
    elif arguments.kwonlyargs:
        listed.append("*")
    listed += [parameter(*each) for each in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)]
    return [*listed, "**" + parameter(arguments.kwarg, None)] if arguments.kwarg else listed


def parameter(argument: ast.arg, default: ast.expr | None) -> str:
    """`name: type = default`."""
    kind = "" if argument.annotation is None else f": {unquoted(argument.annotation)}"
    return argument.arg + kind + ("" if default is None else f" = {written(default)}")


def has_fields(node: ast.ClassDef) -> bool:
    """Whether a class is a dataclass."""
    return any("dataclass" in each for each in decorators(node))


def fields(node: ast.ClassDef) -> Iterator[tuple[str, str]]:
    """(`name: type = default`, the string under it) for every public field of a dataclass."""
    if not has_fields(node):
        return
    for each, following in zip(node.body, [*node.body[1:], None], strict=True):
        if isinstance(each, ast.AnnAssign) and isinstance(each.target, ast.Name) and each.target.id[0] != "_":
            yield f"{each.target.id}: {unquoted(each.annotation)}{default_of(each.value)}", string_in(following)


def default_of(value: ast.expr | None) -> str:
    """A field's default, as it can be written in a call."""
    if value is None:
        return ""
    if isinstance(value, ast.Call) and ast.unparse(value.func).endswith("field"):
        named = {each.arg: each.value for each in value.keywords}
        made = named.get("default_factory")
        return f" = {written(made)}()" if made else default_of(named.get("default"))
    return f" = {written(value)}"


def decorators(node: ast.ClassDef | Function) -> list[str]:
    """As they are written."""
    return [ast.unparse(each) for each in node.decorator_list]


def docstring(node: ast.ClassDef | Function) -> str:
    """Without its indentation; empty where there is none."""
    return ast.get_docstring(node) or ""


def unquoted(node: ast.expr) -> str:
    """A type as it is read, also where it was written as a string."""
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else written(node)


def written(node: ast.expr) -> str:
    """As source, with our quotes; neither a type nor a default has a quote inside."""
    return ast.unparse(node).replace("'", '"')


def string_in(node: ast.AST | None) -> str:
    """The text of a statement that is nothing but a string, on one line."""
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
        return " ".join(node.value.value.split())
    return ""


def code(text: str) -> str:
    """A block of Python."""
    return f"```python\n{text}\n```\n"


def public_names() -> list[str]:
    """`sommelier.__all__`, as its source has it."""
    for node in tree_of("sommelier").body:
        if isinstance(node, ast.Assign) and any(ast.unparse(each) == "__all__" for each in node.targets):
            return list(ast.literal_eval(node.value))
    raise LookupError(f"{path_of('sommelier')} has no __all__")


def public(name: str, module: str) -> Public:
    """What defines `name` in a module, or in the one that it is imported from. Raises LookupError."""
    body = tree_of(module).body
    for node, following in zip(body, [*body[1:], None], strict=True):
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and node.name == name:
            return Public(name, node, docstring(node))
        if isinstance(node, ast.Assign | ast.AnnAssign) and name in assigned(node):
            return Public(name, node, string_in(following))
    for each in ast.walk(tree_of(module)):
        if isinstance(each, ast.ImportFrom):
            for alias in each.names:
                if (alias.asname or alias.name) == name:
                    return public(alias.name, imported_from(each, module))
    raise LookupError(f"nothing defines {name} in {module}")


def assigned(node: ast.Assign | ast.AnnAssign) -> list[str]:
    """The names that a statement gives a value to."""
    return [ast.unparse(each) for each in (node.targets if isinstance(node, ast.Assign) else [node.target])]


def imported_from(node: ast.ImportFrom, module: str) -> str:
    """The absolute name of the module that is imported from."""
    package = module.split(".") if path_of(module).stem == "__init__" else module.split(".")[:-1]
    start = package[: len(package) - node.level + 1] if node.level else []
    return ".".join([*start, *(node.module.split(".") if node.module else [])])


@cache
def tree_of(module: str) -> ast.Module:
    """A module's source, parsed."""
    return ast.parse(path_of(module).read_text(encoding="utf-8"))


def path_of(module: str) -> Path:
    """Where a module lies, its stub where it has one: the rooms are `sommelier.<room>` when imported, and folders at
    the top."""
    parts = module.split(".")
    inside = ROOT.joinpath(*parts)
    place = inside if inside.exists() or inside.with_suffix(".py").exists() else ROOT.joinpath(*parts[1:])
    source = place / "__init__.py" if place.is_dir() else place.with_suffix(".py")
    stub = source.with_suffix(".pyi")
    return stub if stub.exists() else source


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
