"""How a folder in the layout of sentence-transformers is to be read: which hidden states, which layers, which prompts.

`modules.json` lists what a text goes through: a transformer, a pooling, and perhaps dense layers and a normalisation. A
folder without it is a plain transformer, whose hidden states are averaged. Knows files; loads no weights.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..catalogue import CatalogueError

POOLINGS = ("cls_token", "max_tokens", "mean_tokens", "lasttoken")
"""Of those that sentence-transformers has, what is supported, in the order in which several are joined."""
ACTIVATIONS = ("Identity", "Tanh", "ReLU", "GELU", "SiLU")
QUERY, DOCUMENT = ("query",), ("document", "passage", "corpus")
"""Names of the prompts that stand before a request, and before what is searched."""


@dataclass(frozen=True, slots=True)
class DenseLayer:
    """A linear layer that follows the pooling; `activation` is the name of a class in `torch.nn`."""

    folder: Path
    inputs: int
    outputs: int
    bias: bool
    activation: str


@dataclass(frozen=True, slots=True)
class Layout:
    """What a text goes through."""

    transformer: Path
    poolings: tuple[str, ...] = ("mean_tokens",)
    dense: tuple[DenseLayer, ...] = ()
    max_tokens: int | None = None
    """None: as many as the transformer takes."""
    lower_case: bool = False
    query_prompt: str = ""
    document_prompt: str = ""


def read_layout(folder: Path) -> Layout:
    """The layout of an encoder's folder. Raises CatalogueError naming what is missing, broken or not supported."""
    if not (folder / "config.json").is_file() and not (folder / "modules.json").is_file():
        raise CatalogueError(f"the text encoder {folder} has neither modules.json nor config.json: name the folder of "
                             "a sentence-transformers model, or of a transformer")  # fmt: skip
    if not (folder / "modules.json").is_file():
        return Layout(folder)
    modules = _read(folder / "modules.json", list)
    return _layout(folder, [_module(folder, each) for each in modules])


def _layout(folder: Path, modules: list[tuple[str, Path]]) -> Layout:
    kinds = [kind for kind, _ in modules]
    if kinds[:1] != ["Transformer"] or kinds.count("Transformer") > 1:
        raise _unsupported(folder, f"its modules are {', '.join(kinds) or 'none'}, and the first must be a Transformer")
    poolings: tuple[str, ...] = ("mean_tokens",)
    dense: list[DenseLayer] = []
    for kind, place in modules[1:]:
        if kind == "Pooling":
            poolings = _poolings(folder, place)
        elif kind == "Dense":
            dense.append(_dense(folder, place))
        elif kind != "Normalize":  # every vector is brought to length 1 at the end
            raise _unsupported(folder, f"its module {kind} is none of Transformer, Pooling, Dense and Normalize")
    if "Normalize" in kinds and "Dense" in kinds[kinds.index("Normalize") :]:
        raise _unsupported(folder, "a dense layer follows its normalisation")
    settings = _read_if_there(modules[0][1] / "sentence_bert_config.json")
    prompts = _read_if_there(folder / "config_sentence_transformers.json")
    longest = settings.get("max_seq_length")
    if longest is not None and (not isinstance(longest, int) or longest < 1):
        raise _unsupported(folder, f"its max_seq_length is {longest!r}")
    return Layout(
        modules[0][1], poolings, tuple(dense), longest, bool(settings.get("do_lower_case")),
        _prompt(prompts, QUERY), _prompt(prompts, DOCUMENT),
    )  # fmt: skip


def _module(folder: Path, module: Any) -> tuple[str, Path]:  # noqa: ANN401 - whatever the file holds
    """(kind, folder) of one entry."""
    kind, path = (module.get("type"), module.get("path")) if isinstance(module, dict) else (None, None)
    if not isinstance(kind, str) or not isinstance(path, str):
        raise _unsupported(folder, f"modules.json has an entry without type and path: {module!r}")
    if not kind.startswith("sentence_transformers."):
        raise _unsupported(folder, f"its module {kind} is code of its own, which is not run")
    return kind.rpartition(".")[2], folder / path


def _poolings(folder: Path, place: Path) -> tuple[str, ...]:
    settings = _read(place / "config.json", dict)
    named = settings.get("pooling_mode")  # newer folders name one; older ones say of each whether it is used
    wanted = [name.removeprefix("pooling_mode_") for name, used in settings.items()
              if name.startswith("pooling_mode_") and used is True]  # fmt: skip
    if isinstance(named, str):
        wanted = [each for each in POOLINGS if each.partition("_")[0] == named] or [named]
    if not wanted or (others := [each for each in wanted if each not in POOLINGS]):
        raise _unsupported(folder, f"its pooling is {', '.join(others if wanted else []) or 'none'}, and what is "
                                   "supported is cls, max, mean and the last token")  # fmt: skip
    return tuple(each for each in POOLINGS if each in wanted)


def _dense(folder: Path, place: Path) -> DenseLayer:
    settings = _read(place / "config.json", dict)
    activation = str(settings.get("activation_function", "torch.nn.modules.activation.Tanh")).rpartition(".")[2]
    if activation not in ACTIVATIONS:
        raise _unsupported(
            folder, f"the activation {activation} of its dense layer is none of {', '.join(ACTIVATIONS)}"
        )
    sizes = settings.get("in_features"), settings.get("out_features")
    if not all(isinstance(size, int) and size > 0 for size in sizes):
        raise _unsupported(folder, f"{place.name}/config.json names no in_features and out_features")
    return DenseLayer(place, *sizes, bool(settings.get("bias", True)), activation)


def _prompt(settings: Mapping[str, Any], names: tuple[str, ...]) -> str:
    prompts = settings.get("prompts") or {}
    default = settings.get("default_prompt_name")
    return next((str(prompts[name]) for name in (*names, default) if prompts.get(name)), "")


def _read_if_there(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = _read(path, dict) if path.exists() else {}
    return found


def _read(path: Path, kind: type) -> Any:  # noqa: ANN401 - a list or a dictionary, as asked for
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise CatalogueError(
            f"the text encoder's file {path} cannot be read ({error}); fetch or save it again"
        ) from error
    if not isinstance(found, kind):
        raise CatalogueError(f"the text encoder's file {path} holds no JSON {kind.__name__}; fetch or save it again")
    return found


def _unsupported(folder: Path, why: str) -> CatalogueError:
    return CatalogueError(f"the text encoder {folder} cannot be used: {why}; choose another, or leave `encoder` out")
