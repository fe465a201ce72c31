# Everything a developer runs. `make` alone lists it.

PYTHON ?= python3
BIN := .venv/bin
# Chosen here, so that pip's own notices do not bury the leaderboard.
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.DEFAULT_GOAL := help
.PHONY: help demo demo-service test browser lint drill bench wheel lock clean

help: ## list these commands
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "make %-12s %s\n", $$1, $$2}'

demo: .venv/core ## rank the bundled demo agents (builds the environment first)
	@$(BIN)/elicit demo

demo-service: .venv/dev ## the whole service on this machine, with a mock LLM (KEEP=1 leaves it running)
	@$(BIN)/python docs/demo_service.py $(if $(KEEP),--keep)

test: .venv/dev browser lint ## lint, type-check and run the whole test suite
	$(BIN)/pytest -m "not drill" -n 2 --dist worksteal

browser: ## install Chromium for the tests of the dashboard, where it is missing (Debian, as root)
	@sh tests/install_browser.sh

lint: .venv/dev ## format, lint, types and import contracts
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

drill: .venv/dev ## the repeats and loads that are too long for `make test`
	$(BIN)/pytest -m drill --durations=10

bench: .venv/dev ## validity, speed and attack tables (reads ../shared/data where it is there)
	$(BIN)/python benchmarks/validity.py
	$(BIN)/python benchmarks/speed.py
	$(BIN)/python benchmarks/attacks.py
	$(BIN)/python benchmarks/clones.py
	$(BIN)/python benchmarks/designs.py
	$(BIN)/python benchmarks/llm.py
	$(BIN)/python benchmarks/workers.py
	$(BIN)/python benchmarks/load.py
	$(BIN)/python benchmarks/first_paint.py

wheel: .venv/dev ## build the wheel and the source distribution into dist/
	$(BIN)/python -m build --no-isolation

lock: .venv/lock ## resolve the versions in locks/ anew
	.venv-lock/bin/uv pip compile --quiet --universal $(LOCK_FLAGS) --all-extras --group dev pyproject.toml -o locks/dev.txt
	.venv-lock/bin/uv pip compile --quiet --universal $(LOCK_FLAGS) --group build -c locks/dev.txt pyproject.toml -o locks/core.txt

clean: ## remove environments, caches and builds
	rm -rf .venv .venv-lock test-artefacts dist build *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache

# No registry address may enter a lock file: whoever installs chooses where from.
LOCK_FLAGS := --generate-hashes --no-emit-index-url --no-annotate --no-header --python-version 3.11

.venv/bin/python:
	@echo "Building the environment in .venv"
	@$(PYTHON) -m venv .venv

.venv/core: .venv/bin/python locks/core.txt pyproject.toml
	@echo "Installing elicit"
	@$(PIP) install --require-hashes -r locks/core.txt
	@$(PIP) install --no-build-isolation --no-deps --editable .
	@touch $@

.venv/dev: .venv/core locks/dev.txt
	@echo "Installing what the tests need"
	@$(PIP) install --require-hashes -r locks/dev.txt
	@touch $@

.venv/lock:
	$(PYTHON) -m venv .venv-lock
	.venv-lock/bin/pip --quiet install uv
	@mkdir -p .venv && touch $@
