# One command for each thing; `make` alone lists them. Everything Python lives in .venv, all state in var/.

VENV := .venv
PYTHON := $(VENV)/bin/python
REQUIREMENTS := requirements.txt $(wildcard requirements/*.txt)

.PHONY: help setup run test check format messages bench screenshots

help: ## list the commands
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*##/ :/' | sort

setup: $(VENV)/.complete ## make .venv with the pinned requirements

$(VENV)/.complete: $(REQUIREMENTS) requirements/setup.sh
	@sh requirements/setup.sh $(VENV)

run: setup ## start Podium: web, worker, trainer, beat, scorer and their broker
	@exec $(PYTHON) -m config.supervisor

test: setup ## the whole suite, on SQLite and, where installed, on PostgreSQL and Redis
	@exec $(PYTHON) -m tests.suite

check: setup ## lint, types, import contracts, migrations, system checks
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/ruff format --check .
	@$(VENV)/bin/mypy .
	@$(VENV)/bin/lint-imports
	@$(PYTHON) manage.py makemigrations --check --dry-run
	@$(PYTHON) manage.py check --fail-level WARNING

format: setup ## rewrite the code as the linter wants it
	@$(VENV)/bin/ruff check --fix .
	@$(VENV)/bin/ruff format .

messages: setup ## bring the translations in locale/ up to the sources; needs gettext
	@exec $(PYTHON) -m config.messages

bench: setup ## list the benchmarks; each takes --help
	@ls benchmarks/*.py

screenshots: setup ## pictures of the pages, into docs/images
	@exec $(PYTHON) -m tests.screenshots
