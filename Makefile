# The commands of the house. `make demo` and `make test` are all a newcomer needs.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SCALE ?= days
SEED ?= 20260301
WORKERS ?= 2

.DEFAULT_GOAL := help
.PHONY: help install demo run test lint types imports docs-current tests crash faults mutants bench lock docs baseline clean

help: ## Lists the commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

$(VENV)/.installed: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("Zhijie needs Python 3.11 or newer") if sys.version_info < (3, 11) else None'
	@echo "Installing the locked packages into $(VENV) (once) ..."
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/pip install -qq --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/pip install -qq --disable-pip-version-check --no-deps --no-build-isolation --no-index -e .
	@touch $@

install: $(VENV)/.installed ## Creates the environment from the lock file

demo: install ## Settles some days of a province's settlement month (SCALE=month: all of it; REPORT=en|zh)
	@$(BIN)/zhijie demo --scale $(SCALE) --seed $(SEED) $(if $(REPORT),--language $(REPORT))

run: install ## Starts API, worker and simulated bank for use; Ctrl-C stops all of it
	@$(BIN)/zhijie run

test: install lint types imports docs-current tests ## Everything CI runs

lint: install
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: install
	@$(BIN)/mypy

imports: install
	@$(BIN)/lint-imports

docs-current: install
	@$(BIN)/zhijie docs --check

tests: install
	@$(BIN)/pytest -n $(WORKERS) --dist loadscope -m "not performance and not crash and not faults"

crash: install ## Kills worker, API, database and bank while a month is settled (minutes)
	@$(BIN)/pytest -p no:xdist -m crash tests/acceptance/test_crash.py

faults: install ## Pays 10,000 payments over a line that fails, to a bank of others (minutes)
	@$(BIN)/pytest -p no:xdist -m faults

mutants: install ## Puts faults into the matching kernel and lists those no test notices (EVERY=4: a quarter)
	@$(BIN)/python -m tests.mutation --every $(or $(EVERY),1)

bench: install ## Measures ours beside the limits, in one run (table and JSON; YEAR=1: a year too)
	@$(BIN)/python -m tests.performance $(if $(YEAR),--year)

lock: install ## Writes the lock file anew from pyproject.toml
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	    --no-header --no-emit-index-url --extra dev pyproject.toml -o requirements.lock

docs: install ## Writes docs/generated anew
	@$(BIN)/zhijie docs

baseline: install ## Writes the baseline migration anew (before the first release only)
	@$(BIN)/python -m deploy.migrations.regenerate

clean: ## Removes the environment and the embedded databases of this clone; its keys stay
	@if [ -x $(BIN)/zhijie ]; then $(BIN)/zhijie remove-data --yes; fi
	@rm -rf $(VENV)
