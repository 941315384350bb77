"""Text encoders from the model hub: their files, kept in the hub's own cache on this machine."""

from __future__ import annotations

from pathlib import Path

from huggingface_hub import snapshot_download
from huggingface_hub.errors import HfHubHTTPError, HFValidationError

from ..catalogue import CatalogueError

FILES = ["*.json", "*.txt", "*.model", "*.safetensors", "*/config.json", "*/pytorch_model.bin"]
OTHER_RUNTIMES = ["onnx/*", "openvino/*"]


def encoder_from_hub(id: str) -> Path:
    """The folder of an encoder with this hub id (owner/model), fetched unless it is there.

    Raises CatalogueError when it is no id, or when the hub does not have it or cannot be reached.
    """
    try:
        return Path(snapshot_download(id, allow_patterns=FILES, ignore_patterns=OTHER_RUNTIMES))
    except HFValidationError as error:
        raise CatalogueError(f"the text encoder {id!r} is neither a folder nor a hub id (owner/model): set `encoder` "
                             "to one of them, or leave it out") from error  # fmt: skip
    except (HfHubHTTPError, OSError, RuntimeError) as error:
        raise CatalogueError(f"the text encoder {id} is not on this machine and the hub does not give it "
                             f"({type(error).__name__}): correct the id, connect (and unset HF_HUB_OFFLINE), set "
                             "`encoder` to a folder, or leave it out") from error  # fmt: skip
