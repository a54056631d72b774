# Paperpost: `make help` lists what there is.

PYTHON ?= python3
BIN := .venv/bin
PYTEST = $(BIN)/python -m pytest -q $(ARGS)
# Whole modules go to whichever process is free, the longest first (tests/spread.py).
SPREAD = --numprocesses 2 --dist loadscope --no-loadscope-reorder
DAY ?=
NAME ?=
ONCE ?=
# Compiled modules are kept: a command then starts in a second instead of four.
export PYTHONDONTWRITEBYTECODE =

.DEFAULT_GOAL := help
.PHONY: help demo run check quick test lint format types bench chaos sbom audit web worker beat watch migrations pictures lock browser clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Paperpost needs Python 3.11 or newer; $(PYTHON) is older. Try: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	@echo "  Making an environment of its own for Python in .venv …"
	@$(PYTHON) -m venv .venv

.venv/.runtime: requirements.lock | .venv/bin/python
	@$(BIN)/python -m services.installation $<
	@touch $@

.venv/.development: requirements-dev.lock | .venv/bin/python
	@$(BIN)/python -m services.installation $<
	@touch .venv/.runtime $@

demo: .venv/.runtime ## a day of the bundled sample, sent, and the next in draft (PORT=, ONCE=1: end after delivery)
	@$(BIN)/python -m services.demo $(if $(ONCE),--once)

run: .venv/.runtime ## all services on this machine, on live sources, with the settings of .env
	$(BIN)/python -m services.run

web worker beat watch: .venv/.runtime # one service of the Procfile in the foreground
	$(BIN)/$$(sed -n 's/^$@: //p' Procfile)

check: .venv/.development ## lint, types and the quick tests, before each commit: no service is started
	@$(MAKE) --no-print-directory --jobs 2 lint quick

quick: .venv/.development # the tests that start no process and take no time
	$(PYTEST) $(SPREAD) -m "not processes and not slow"

test: .venv/.development ## set everything up and run the whole suite
	$(BIN)/python -m tests.browser.install
	$(BIN)/python -m tests.spamassassin
	$(BIN)/python -m tests.image.sandbox
	@mkdir -p var
	@# Beside the suite, what may differ on PostgreSQL is repeated there, and told of at the end.
	@TEST_DATABASE=postgres $(PYTEST) -m "database and not any_database" > var/test-postgres.log 2>&1 & \
		postgres=$$!; status=0; $(PYTEST) $(SPREAD) --durations=15 || status=$$?; wait $$postgres || status=$$?; \
		echo "On PostgreSQL:"; cat var/test-postgres.log; exit $$status

lint: .venv/.development ## ruff, mypy, the walls between the rooms, migrations, the Compose files
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	DEBUG=1 $(BIN)/mypy config lib newsletter operations subscriptions services benchmarks tests
	DEBUG=1 $(BIN)/lint-imports
	DEBUG=1 $(BIN)/python manage.py makemigrations --check --dry-run
	$(BIN)/check-jsonschema --builtin-schema vendor.compose-spec docker-compose.yml docker-compose.production.yml

format: .venv/.development # write the code as ruff would
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

bench: .venv/.development ## the benchmarks, one JSON line a figure (NAME=delivery for one, SCALE=0.01 for a quick look)
	$(BIN)/python -m benchmarks $(NAME)

chaos: .venv/.development ## kill workers, cut connections, count mails: the long form
	$(BIN)/python -m benchmarks chaos
	BROKER_KILLS=10 $(PYTEST) tests/chaos/test_chaos.py -k broker_dies

sbom: .venv/.development ## var/sbom.cdx.json: every pinned package with its hashes, as CycloneDX
	@$(BIN)/python -m services.audit bill

audit: .venv/.development ## ask OSV whether the pinned packages have known vulnerabilities (needs the network)
	@$(BIN)/python -m services.audit advisories

pictures: .venv/.development # take the README's pictures anew, from a demo
	$(BIN)/python -m tests.browser.install
	$(BIN)/python -m tests.pictures

lock: .venv/.development # resolve the dependencies anew
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --no-emit-index-url \
		pyproject.toml --output-file requirements.lock
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --no-emit-index-url \
		--constraint requirements.lock pyproject.toml --group dev --output-file requirements-dev.lock

clean: # remove what was installed and what the demo left
	rm -rf .venv var/demo .mypy_cache .ruff_cache .pytest_cache staticfiles
