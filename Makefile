# One command for each thing; `make` alone lists them. Everything Python lives in .venv, all state in var/.

VENV := .venv
PYTHON := $(VENV)/bin/python
REQUIREMENTS := requirements.txt $(wildcard requirements/*.txt)

.PHONY: help setup run test test-faults race check format messages bench screenshots

help: ## list the commands
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*##/ :/' | sort

setup: $(VENV)/.complete ## make .venv with the pinned requirements

$(VENV)/.complete: $(REQUIREMENTS) requirements/setup.sh
	@sh requirements/setup.sh $(VENV)

run: setup ## start Podium: web, worker, trainer, beat, scorer and their broker
	@exec $(PYTHON) -m config.supervisor

test: setup ## the whole suite, on SQLite and, where installed, on PostgreSQL and Redis
	@exec $(PYTHON) -m tests.suite

race: setup ## fifty who crash and press twice at 2,000 prompts on PostgreSQL, eight on SQLite: minutes
	@exec env RACE_PROMPTS=2000 $(PYTHON) -m tests.suite tests/integration/test_assignment_storm.py

test-faults: setup ## kill, cut off and fill up every part of a running Podium: a quarter of an hour
	@exec $(PYTHON) -m pytest tests/faults

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
