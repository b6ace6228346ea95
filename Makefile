# Pressvakt's errands. Each does its own set-up: `make demo` and `make test` work in a fresh clone.

# What the .venv is made with: the first of these that is Python 3.11 to 3.14. `make PYTHON=…` names another.
PYTHON ?= python3.11 python3 python3.12 python3.13 python3.14
PYTEST_ARGS ?= -n auto --maxprocesses=4 --dist=worksteal
TICKS ?= 0-29
KILLS ?= 200
MINUTES ?= 10
RELEASES ?= 100000
SECONDS ?= 60
REPLAY := ../shared/replay
HISTORIES := ../shared/data

BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check -qq --no-input
PACKAGES := $(BIN)/.packages-installed
READY := $(BIN)/.ready

.DEFAULT_GOAL := help
.PHONY: help demo test unit lint format bench bench-archive bench-million bench-web fuzz-api simulate corpora replay kills workers day docs lock setup clean

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | sort | awk -F'\t' '{printf "make %-14s %s\n", $$1, $$2}'

demo: $(READY) ## a press site of our own passes through a week, in under a minute
	@$(BIN)/pressvakt demo

test: lint unit ## everything CI asks: lint, types, import contracts, docs, tests

unit: $(READY) ## the tests alone; PYTEST_ARGS="-k name" picks some
	@$(BIN)/python -m pytest $(PYTEST_ARGS)

lint: $(READY) ## ruff, mypy --strict, import contracts, generated docs
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --check --quiet . || { echo "not formatted; 'make format' does it" >&2; exit 1; }
	@$(BIN)/mypy --strict
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/cog --check --verbosity=0 -P -I . docs/reference/cli.md || { echo "the reference is not what --help says; 'make docs' writes it" >&2; exit 1; }

format: $(READY) ## let ruff put code in order
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

bench: $(READY) ## our crawl beside a bare Scrapy spider, on the same pages
	@$(BIN)/python -m benchmarks.bench

bench-archive: $(READY) ## what payloads take, beside gzip, WARC, git and xz, on the same captures
	@$(BIN)/python -m benchmarks.archive

bench-million: $(READY) ## a million versions, and how long questions take; RELEASES=2000 for fewer
	@$(BIN)/python -m benchmarks.million --releases $(RELEASES)

bench-web: $(READY) ## each call of the web while a crawl writes; ARCHIVE=million.db for a large one, SECONDS=300
	@$(BIN)/python -m benchmarks.web --seconds $(SECONDS) $(if $(ARCHIVE),--archive $(ARCHIVE))

fuzz-api: $(READY) ## thousands of questions to the API, made from its own description
	@$(BIN)/python -m benchmarks.fuzz_api

bench-reread: $(READY) ## a site of 10,000 pages read again, by one process and by all
	@$(BIN)/python -m benchmarks.reread

simulate: $(READY) ## how soon edits are seen by the revisit plan, on real histories of edits
	@$(BIN)/python -m benchmarks.simulate --data $(HISTORIES)

replay: $(READY) ## the whole replayed press site; TICKS=0-6 for a quick look
	@test -f $(REPLAY)/drive.py || { echo "no replay at $(REPLAY): it is kept beside the checkout" >&2; exit 1; }
	@dir=$$(mktemp -d "$${TMPDIR:-/tmp}/pressvakt-replay.XXXXXX") && echo "replay in $$dir" && \
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python $(REPLAY)/drive.py $(REPLAY)/dev.jsonl.gz --dir "$$dir" --ticks $(TICKS)

corpora: $(READY) ## unprepared sites' pages held against labelled captures: each miss and each false alarm
	@$(BIN)/python -m benchmarks.corpora

kills: $(READY) ## kill -9 a crawl KILLS times and look for what was lost
	@$(BIN)/python -m benchmarks.kills --kills $(KILLS)

kills-archive: $(READY) ## kill -9 imports, rereadings, backups and purges, 100 times, and look for what was lost
	@$(BIN)/python -m benchmarks.kills_archive

workers: $(READY) ## three workers in namespaces of their own, killed, stopped, cut off; then throughput. Needs root
	@$(BIN)/python -m benchmarks.workers trial
	@$(BIN)/python -m benchmarks.workers throughput

day: $(READY) ## a day of the service with a clock that is sped up, in MINUTES
	@$(BIN)/python -m benchmarks.day --minutes $(MINUTES)

docs: $(READY) ## write docs/reference/cli.md from --help
	@$(BIN)/cog -r --verbosity=0 -P -I . docs/reference/cli.md

lock: ## work out requirements.lock anew, newest versions that fit together
	@$(find_python) rm -rf .venv-lock; $$py -m venv .venv-lock; \
	.venv-lock/bin/python -m pip --disable-pip-version-check -qq install --upgrade 'pip>=25.1'; \
	.venv-lock/bin/python -m pip --disable-pip-version-check -qq install --group dev .; \
	.venv-lock/bin/python .ci/lock.py > requirements.lock; \
	rm -rf .venv-lock

setup: $(READY) ## the .venv alone
	@:

clean: ## take away all that make made
	rm -rf .venv .venv-lock build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Sets $py, or says what is missing and what to do.
define find_python
set -e; py=; \
for try in $(PYTHON); do \
  if "$$try" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))' 2>/dev/null; then py=$$try; break; fi; \
done; \
if [ -z "$$py" ]; then \
  echo "Pressvakt needs Python 3.11 to 3.14; none among: $(PYTHON). Install one (Debian: apt install python3 python3-venv)," >&2; \
  echo "or name it: make $(or $(MAKECMDGOALS),test) PYTHON=/path/to/python3.11" >&2; exit 1; \
fi; \
if ! "$$py" -c 'import ensurepip, venv' 2>/dev/null; then \
  echo "$$py cannot make virtual environments. Install its venv package (Debian: apt install python3-venv)." >&2; exit 1; \
fi;
endef

# Made anew when the lock changes, so that nothing of an older lock stays behind.
$(PACKAGES): requirements.lock
	@$(find_python) echo "making .venv with $$($$py --version), exact versions from requirements.lock: a minute or two" >&2; \
	$$py -m venv --clear .venv; \
	$(PIP) install --no-deps -r requirements.lock; \
	touch $@

$(READY): $(PACKAGES) pyproject.toml
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@
