"""Two remarks of libraries are kept back, and nothing else that they say."""

import logging
import subprocess
import sys
import warnings

from sommelier.retrieval.quiet_libraries import quiet_peft


def test_only_the_optional_kernel_goes_unmentioned(caplog):
    logger = logging.getLogger("bitsandbytes.backends.cpu.ops")
    logger.warning("Failed to load CPU gemm_4bit_forward from kernels-community: %s.", "No module named 'kernels'")
    logger.warning("Failed to load something else")
    assert caplog.messages == ["Failed to load something else"]


def test_only_the_missing_folder_goes_unmentioned():
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        with quiet_peft():
            warnings.warn("Could not find a config file in bundled/x - will assume much.", stacklevel=1)
            warnings.warn("The adapter is empty", stacklevel=1)
    assert [str(each.message) for each in caught] == ["The adapter is empty"]


def test_what_training_imports_says_nothing():
    """On a CPU that could use the kernel it was said by each command that trains."""
    command = [sys.executable, "-c", "import sommelier.finetune.adapters.tune"]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (0, "")
