# dealport: every task of a contributor is a target here. `make help` lists them.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed

export PIP_DISABLE_PIP_VERSION_CHECK := 1
export DO_NOT_TRACK := 1
export PREFECT_SERVER_ANALYTICS_ENABLED := false
# Tests start hundreds of processes: each would compile our modules anew.
unexport PYTHONDONTWRITEBYTECODE

# The stamp holds the folder it was made in: an environment that was copied, moved, or lost its Python is made again.
STALE := $(shell [ ! -e $(STAMP) ] || { [ "$$(cat $(STAMP))" = "$$(pwd -P)" ] && $(BIN)/python -c '' 2>/dev/null; } || echo stale)

.DEFAULT_GOAL := help
.PHONY: help setup demo test lint types format slow bench golden clean stale

help:  ## list the targets
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | while IFS="$$(printf '\t')" read -r name what; do printf '  %-8s %s\n' "$$name" "$$what"; done

setup: $(STAMP)  ## make .venv with everything in requirements.lock (PYTHON=python3.13 to choose)
	@echo "Ready: $(BIN)/dealport"

$(STAMP): requirements.lock pyproject.toml $(STALE)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "dealport needs Python 3.11 or newer; choose one with: make PYTHON=/path/to/python3 $(MAKECMDGOALS)" >&2; exit 1; }
	@if [ -n "$(STALE)" ] || ! $(BIN)/python -m pip --version >/dev/null 2>&1; then \
		$(PYTHON) -m venv --clear $(VENV); fi
	@echo "Installing into $(VENV): about a minute, this once." >&2
	@$(BIN)/python -m pip install --quiet --no-deps --requirement requirements.lock
	@$(BIN)/python -m pip install --quiet --no-deps --editable .
	@printf '%s\n' "$$(pwd -P)" > $(STAMP)

demo: $(STAMP)  ## import, report and export the sample data, into demo-output
	@$(BIN)/dealport demo

test: lint types  ## all gates: lint, types, then the tests on two processes
	$(BIN)/python -m pytest -n 2 --dist loadgroup

lint: $(STAMP)  ## style, format and the direction of imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports --no-logo

types: $(STAMP)  ## mypy, strict
	$(BIN)/python -m mypy

format: $(STAMP)  ## put right what ruff can put right
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

slow: $(STAMP)  ## the tests that take minutes
	$(BIN)/python -m pytest -m slow

bench: $(STAMP)  ## measure speed and memory
	$(BIN)/python -m benchmarks

golden: $(STAMP)  ## write the expected outputs anew; read the diff before you commit it
	$(BIN)/python -m tests.golden

clean:  ## remove what the tools left behind (keeps .venv and your databases)
	rm -rf build dist demo-output *.egg-info .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find connectors pipelines schemas tests benchmarks -name __pycache__ -prune -exec rm -rf {} + 2>/dev/null || true
