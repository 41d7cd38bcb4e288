# IGNY8. `make help` lists the targets.
.PHONY: help run test lint bench worker plugin
PY := .venv/bin/python

help: ## List the targets
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

run: ## Set everything up and serve the app, with its own PostgreSQL, Redis and a local WordPress
	@scripts/setup.sh run
	@exec $(PY) -m app.cli serve

test: ## Set everything up and run all tests
	@scripts/setup.sh test
	$(PY) -m pytest -n $${TEST_PROCESSES:-$$(($$(nproc) + 1))} --dist loadfile $(ARGS)

lint: ## Check style, types, templates and who imports whom
	@scripts/setup.sh test
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy
	.venv/bin/lint-imports
	.venv/bin/djlint templates --lint --quiet
	phpcs -q

bench: ## Measure speed against peers, side by side
	@scripts/setup.sh test
	$(PY) -m benchmarks

worker: ## One more worker beside `make run`
	@scripts/setup.sh run
	@exec $(PY) -m app.cli worker $(QUEUES)

plugin: ## Build the installable WordPress plugin (build/igny8.zip)
	@bash scripts/build-plugin.sh
