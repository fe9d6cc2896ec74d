# 法通 (Fatong).  `make help` explains every target; the two that matter are `make run` and `make test`.

SHELL := /bin/bash
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

export VENV ?= .venv
PYTHON := $(VENV)/bin/python
WORKERS ?= 2
PORT ?=
TESTS ?= tests

.PHONY: help
help: ## Show this help
	@awk 'BEGIN { FS = ":.*## " } /^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: install
install: $(VENV)/.run ## Make .venv with .venv/bin/fatong in it; quick when nothing changed

.PHONY: run
run: install ## Start the whole platform here with demonstration data; PORT=8348 chooses the port
	@$(if $(PORT),FATONG_PORT=$(PORT) )exec $(VENV)/bin/fatong serve --demo

.PHONY: test
test: $(VENV)/.test ## Run every check: lint, types, imports, templates, spelling, tests
	@bash tools/check.sh $(WORKERS) $(TESTS)

.PHONY: lint
lint: $(VENV)/.test ## Run every check except the tests
	@bash tools/lint.sh

.PHONY: format
format: $(VENV)/.test ## Put code into the project's form
	$(PYTHON) -m ruff check --fix --quiet . || true
	$(PYTHON) -m ruff format .

.PHONY: bench
bench: $(VENV)/.test ## Measure, and write docs/benchmarks.md
	$(PYTHON) -m pytest -m bench -p no:randomly --timeout=3600 -q tests

.PHONY: docs
docs: install ## Write the pages of docs/ that come from the code
	$(PYTHON) -m tools.pages

.PHONY: screenshots
screenshots: $(VENV)/.test ## Take the pictures of docs/screenshots from a platform of their own
	$(PYTHON) -m tools.screenshots

.PHONY: secrets
secrets: ## Make the secrets of the production set that are missing
	@bash tools/secrets.sh

.PHONY: up
up: secrets ## Start the production set: PostgreSQL, Redis, Elasticsearch, coturn, bot, backends behind a proxy
	docker compose up --build --detach --wait

.PHONY: down
down: ## Stop the production set; data stay in their volumes
	docker compose down

.PHONY: provide
provide: $(VENV)/.test ## Find or bring the programs that the tests need
	@$(PYTHON) -m tools.provide

.PHONY: model
model: ## Fine-tune the sentence encoder in an environment of its own: make model DATA=DIR
	@bash tools/model/make.sh $(DATA)

.PHONY: lock
lock: $(VENV)/.test ## Compile requirements/*.txt from pyproject.toml; LOCK=--upgrade takes newer versions
	@bash tools/lock.sh $(LOCK)

.PHONY: clean
clean: ## Remove .venv and caches; what the program wrote (var/) stays
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache dist

# A stamp says what was installed last; it is older than the requirement files when they change.
$(VENV)/.run: requirements/run.txt requirements/build.txt requirements/data.txt pyproject.toml
	@bash tools/install.sh $(VENV) run

$(VENV)/.test: requirements/test.txt $(VENV)/.run
	@bash tools/install.sh $(VENV) test
