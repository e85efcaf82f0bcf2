# Everything a person types; `make help` prints it.  Commands and addresses: docs/start-here.md
.DEFAULT_GOAL := help
.PHONY: help demo demo-reset test test-quick check fix bench docs messages lock up setup
PORT ?= 8000
SIZE ?= full
PYTHON_BIN := .venv/bin/python
# Every server, keeper and worker would compile the project anew.
unexport PYTHONDONTWRITEBYTECODE

help: ## print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## the environment alone: Python packages, front-end build, translations, fonts
	@tools/setup demo

demo: setup ## a marketplace with data at http://localhost:8000 (PORT=…); Ctrl-C stops everything
	@exec $(PYTHON_BIN) manage.py demo --port $(PORT)

demo-reset: ## wipe the demonstration: database, files, keys and accounts under var/
	@if [ -f var/services/state.json ]; then tools/services stop; fi
	@if [ -d var ]; then find var -mindepth 1 -maxdepth 1 ! -name compose -exec rm -rf {} +; fi

test: ## every test, in a browser too, and on PostgreSQL + Redis + S3 what servers can change (ARGS=--all: all of it)
	@tools/setup test
	@$(PYTHON_BIN) tools/test $(ARGS)

test-quick: setup ## the tests that need neither servers nor a browser (ARGS="-k word …")
	@$(PYTHON_BIN) tools/test --quick $(ARGS)

check: setup ## static checks: format, ruff, mypy, imports, migrations, deployment, translations, docs, architecture
	@$(PYTHON_BIN) tools/check $(ARGS)

fix: setup ## format and repair what tools can repair
	@.venv/bin/ruff check -q --fix . tools/services tools/test tools/check || true
	@.venv/bin/ruff format . tools/services tools/test tools/check

bench: ## benchmarks, written to docs/benchmarks.md (NAME=… for one, SIZE=small for a trial)
	@tools/setup test
	@$(PYTHON_BIN) manage.py bench $(or $(NAME),all) --size $(SIZE)

docs: setup ## make the generated pages under docs/ anew; fails when the committed ones were out of date
	@$(PYTHON_BIN) tools/make_docs.py

messages: setup ## collect message ids from the sources into the translation catalogues (needs gettext)
	@$(PYTHON_BIN) manage.py makemessages -l zh_Hans --no-location --no-obsolete -i node_modules -i .venv -i var -i tests
	@$(PYTHON_BIN) tools/check_translations.py

lock: setup ## pin requirements*.in anew into requirements*.txt, with hashes
	@tools/lock

up: ## the production set-up in containers: copies of the web server, keepers, PostgreSQL, Redis, S3
	docker compose up --build
