# Caseway. `make` alone says what can be made. Every target sets up what it needs.
.DEFAULT_GOAL := help
SHELL := /bin/sh
BIN := .venv/bin
READY := .venv/.ready
# Two test processes: the suite starts a PostgreSQL in each.
JOBS ?= 2
PYTEST := $(BIN)/python -m pytest
# Each run writes down which functions of the mission it proved.
BOOK = -p caseway.testing.mission --mission build/mission/$@.json
# Programs that only read the settings get a data folder of their own.
SCRATCH := CASEWAY_DATA=$(CURDIR)/build/scratch

.PHONY: help setup run demo test slow peers crash e2e bench lint format docs reference mission lock clean

help:  ## Say what can be made
	@awk -F ':.*## ' '/^[a-z0-9]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(READY): requirements.lock pyproject.toml
	@scripts/setup

setup: $(READY)  ## Make .venv with everything

run: $(READY)  ## Start Caseway with simulated other sides and a day of work; Ctrl-C stops it
	@exec $(BIN)/caseway up --demo

demo: $(READY)  ## Play the same day without a person: one line of JSON, and an error if anything is lost or doubled
	@$(BIN)/caseway up --demo --exit-when-done --json

test: $(READY)  ## Run the tests that need nothing but Python
	$(PYTEST) -n $(JOBS) --dist loadfile -m "not peer and not crash and not e2e and not slow" -q $(BOOK) \
	  --ignore tests/e2e --ignore tests/peers --ignore tests/crash

slow: $(READY)  ## Run the tests that take long
	$(PYTEST) -n $(JOBS) --dist loadfile -m "slow and not peer and not crash and not e2e" -q $(BOOK)

peers: $(READY)  ## Hold Caseway against programs of others (needs java, mvn)
	$(PYTEST) -m peer -q $(BOOK)

crash: $(READY)  ## Kill processes at every named point, and count the effects
	$(PYTEST) -m crash -q $(BOOK)

e2e: $(READY)  ## Drive the portal in a real browser (needs chromium)
	$(PYTEST) tests/e2e -q $(BOOK)

bench: $(READY)  ## Measure against the floors; figures in build/bench
	$(BIN)/python -m bench.run

lint: $(READY)  ## Check style, format, types and the direction of imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	@mkdir -p build/scratch
	$(SCRATCH) $(BIN)/mypy
	$(BIN)/lint-imports

format: $(READY)  ## Put the source into form
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: $(READY)  ## Check the documentation: links, and that the generated pages are current
	@mkdir -p build/scratch
	$(SCRATCH) $(BIN)/python scripts/reference --check
	$(PYTEST) tests/docs -m "not slow" -q

reference: $(READY)  ## Write the generated pages of the documentation anew
	@mkdir -p build/scratch
	$(SCRATCH) $(BIN)/python scripts/reference

mission: $(READY)  ## Run the tests that prove a function of the mission, and write docs/mission.md
	$(BIN)/python scripts/mission

lock: $(READY)  ## Resolve the dependencies anew into requirements.lock
	uv=$$(command -v $(BIN)/uv || command -v uv) && $$uv pip compile --quiet --universal --generate-hashes \
	  --no-emit-index-url --no-header --group dev pyproject.toml -o requirements.lock --python-version 3.11

clean:  ## Remove what was built; the data of `make run` in caseway-data stays
	rm -rf .venv build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find src tests bench scripts -name __pycache__ -type d -prune -exec rm -rf {} +
