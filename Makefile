# On Record: every command a person or CI needs. `make` alone lists them.

PYTHON ?= python3
HOST ?= 127.0.0.1
PORT ?= 8000
ARGS ?=
export HOST PORT

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help .venv .tools demo test soak bench check screenshots format lock clean

BIN := .venv/bin
INSTALLED := .venv/.installed
NU := .tools/node_modules/vnu-jar/build/dist/vnu.jar

help: ## This list
	@echo "On Record"
	@grep -hE '^[a-z.]+:.*## ' $(MAKEFILE_LIST) | sort | sed -E 's/^([a-z.]+):.*## (.*)/  make \1\t\2/' | expand -t 16

.venv: $(INSTALLED) ## The virtual environment, made from requirements.lock (rebuilt when that changes)

# Made whole or not at all: the stamp is written last, and a new lock starts from nothing. `rm` and
# not `venv --clear`, which through a symbolic link would empty another tree's environment.
$(INSTALLED): requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "On Record needs Python 3.11 or newer; PYTHON=$(PYTHON) is not. Try: make PYTHON=python3.11"; exit 1; }
	@echo "==> .venv: installing what requirements.lock names (a minute or two, once)"
	@rm -rf .venv
	@$(PYTHON) -m venv .venv \
		|| { echo "Python could not make a virtual environment. On Debian: apt-get install python3-venv"; exit 1; }
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@touch $@

.tools: $(NU) ## The Nu HTML checker, which the tests run where Java is (fetched by npm)

# By name and exact version; its lock file would hold an address, and there is nothing it depends on.
$(NU):
	@command -v npm >/dev/null || { echo "npm fetches the Nu HTML checker. On Debian: apt-get install npm"; exit 1; }
	@echo "==> .tools: the Nu HTML checker"
	@npm install --silent --no-save --no-package-lock --ignore-scripts --no-audit --no-fund --prefix .tools vnu-jar@26.9.27
	@touch $@

demo: .venv ## A running site with the seeds, on HOST:PORT (127.0.0.1:8000); its data is in var/
	@echo "==> demo: migrate, seed, accounts, serve on $(HOST):$(PORT)"
	@exec $(BIN)/python manage.py demo

test: .venv ## Every test, on SQLite and then on PostgreSQL. make test ARGS="-k quotes"
	@echo "==> test: SQLite, then PostgreSQL"
	@$(BIN)/python tests/both_databases.py $(ARGS)

# The short forms of these run in `make test`; the figures seen are in docs/soak.md. What measures
# runs by itself, after the others.
soak: .venv ## The long campaigns: many at once, tamperings, kill -9, hostile documents, 100,000 followers
	@echo "==> soak: many editors and readers, tamperings, kill -9, hostile documents (an hour or so)"
	@SOAK=1 HOSTILE_SIZE=1000000 $(BIN)/python tests/both_databases.py -rP \
		tests/scoring tests/admin/test_concurrency.py tests/admin/test_draft_isolation.py tests/sources/test_checking.py \
		tests/changes/test_tampering.py tests/journeys/test_killed.py \
		tests/journeys/test_readers_of_the_log.py tests/journeys/test_every_page.py \
		tests/api/test_schemathesis.py tests/journeys/test_hostile_requests.py \
		tests/journeys/test_hostile_values.py tests/operations/test_stopping.py \
		tests/journeys/test_under_load.py $(ARGS)
	@echo "==> soak: what delivery costs (a quarter of an hour)"
	@SOAK=1 $(BIN)/python tests/both_databases.py -n0 -s tests/subscriptions/test_many_endpoints.py \
		tests/subscriptions/test_publishing_cost.py $(ARGS)
	@echo "==> soak: the bench in small (some minutes)"
	@$(BIN)/python -m bench --short

# By itself, when nothing else runs; `make bench ARGS=--short` is over in some minutes, and
# `make bench ARGS="serving lists"` measures these two parts.
bench: .venv ## What is promised of speed, measured side by side: one table (two hours or so)
	@$(BIN)/python -m bench $(ARGS)

# The deploy check wants what a real site would have: a long secret, an https address, no DEBUG.
check: .venv ## Format, lint, types, import rules, weak libraries, missing migrations, deploy check
	@echo "==> ruff format"
	@$(BIN)/ruff format --check .
	@echo "==> ruff check"
	@$(BIN)/ruff check .
	@echo "==> mypy"
	@$(BIN)/mypy
	@echo "==> import rules"
	@$(BIN)/lint-imports --no-cache --no-logo
	@echo "==> known weaknesses of libraries (REQUIRE_AUDIT=1: unasked is a failure)"
	@$(BIN)/python -m tests.audit
	@echo "==> missing migrations"
	@SECRET_KEY=check DATABASE_URL=sqlite://:memory: $(BIN)/python manage.py makemigrations --check --dry-run
	@echo "==> manage.py check --deploy"
	@env -u DEBUG -u ON_RECORD_DEMO -u ALLOWED_HOSTS -u DJANGO_SETTINGS_MODULE \
		SECRET_KEY="$$($(BIN)/python -c 'import secrets; print(secrets.token_urlsafe(64))')" \
		SITE_URL=https://record.example DATABASE_URL=sqlite://:memory: \
		$(BIN)/python -W error manage.py check --deploy --fail-level WARNING

screenshots: .venv ## docs/screenshots again, of the demo in Chromium
	@$(BIN)/python -m tests.screenshots

format: .venv ## Put the code in shape (ruff format, ruff's safe fixes)
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

# uv lives in a throwaway environment: it writes the lock and is no part of the project.
lock: ## requirements.lock again, from pyproject.toml (UPGRADE=1 for the newest versions)
	@echo "==> lock"
	@tool=$$(mktemp -d) && trap 'rm -rf "$$tool"' EXIT \
		&& $(PYTHON) -m venv "$$tool" && "$$tool/bin/pip" install --quiet --disable-pip-version-check uv \
		&& "$$tool/bin/uv" pip compile --quiet --universal --generate-hashes --no-header $(if $(UPGRADE),--upgrade) \
			--extra dev pyproject.toml -o requirements.lock

clean: ## Remove the environment and the tools' caches; var/ (the demo's data) stays
	rm -rf .venv .tools .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
