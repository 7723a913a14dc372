.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: help run test test-all endurance check bench lock catalogues screenshots guide editor

help:
	@echo "make run          set up and serve the site (ARGS=--empty: without demonstration content)"
	@echo "make test         set up and run the quick tests, in a minute (ARGS=tests/test_feeds.py: some of them)"
	@echo "make test-all     the tests with real servers, browsers and feed readers, too"
	@echo "make endurance    what kills, repeats and grows for many minutes"
	@echo "make check        every other check, and then the quick tests"
	@echo "make bench        measure the site, and write docs/benchmarks.md (needs wrk and nginx)"
	@echo "make catalogues   take new strings from the code into the translation catalogues"
	@echo "make lock         write the lock files anew from pyproject.toml"
	@echo "make editor       bundle the newsroom's editor anew (needs Node.js)"
	@echo "make screenshots  take the pictures in docs/pictures and of the newsroom's help"
	@echo "make guide        render docs/writing.*.md for the newsroom's help"

run: $(VENV)/run.installed
	@$(BIN)/flask serve $(ARGS)

PYTEST := $(BIN)/python -m pytest -n auto --dist worksteal
OUTER := browser or server or slow or endurance

test: $(VENV)/dev.installed
	$(PYTEST) -m "not ($(OUTER))" $(ARGS)

test-all: $(VENV)/dev.installed
	$(PYTEST) -m "not endurance" $(ARGS)

endurance: $(VENV)/dev.installed
	$(PYTEST) -m endurance $(ARGS)

check: $(VENV)/dev.installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/djlint templates --lint --quiet
	$(MAKE) test

# pip installs from outside: a machine with Python and pip need not have ensurepip.
$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "KarIU Blog needs Python 3.11 or newer.")'
	@echo "Setting up Python in $(VENV) (once) …"
	@$(PYTHON) -m venv --without-pip $(VENV)

$(VENV)/run.installed: requirements.txt | $(VENV)/bin/python
	@echo "Installing the packages (once) …"
	@$(PYTHON) -m pip --python $(BIN)/python install --quiet --require-hashes -r requirements.txt
	@touch $@

$(VENV)/dev.installed: requirements-dev.txt | $(VENV)/bin/python
	@echo "Installing what the tests need (once) …"
	@$(PYTHON) -m pip --python $(BIN)/python install --quiet --require-hashes -r requirements-dev.txt
	@touch $@ $(VENV)/run.installed

bench: $(VENV)/dev.installed
	$(BIN)/python -m tests.bench

lock: $(VENV)/bin/python
	$(PYTHON) -m pip --python $(BIN)/python install --quiet uv
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --upgrade pyproject.toml -o requirements.txt
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --upgrade --group dev -c requirements.txt pyproject.toml -o requirements-dev.txt

EXTRACT := --mapping-file pyproject.toml --keywords _l --no-location --sort-output --width 100 --project "KarIU Blog" --version "" --copyright-holder "" --msgid-bugs-address ""

catalogues: $(VENV)/dev.installed
	$(BIN)/pybabel --quiet extract $(EXTRACT) --output translations/messages.pot .
	for language in $(notdir $(wildcard translations/??)); do \
	  $(BIN)/pybabel --quiet update --no-fuzzy-matching --ignore-obsolete --width 100 --input-file translations/messages.pot --output-dir translations --locale $$language || exit 1; \
	done

VENDOR := kariu_blog/static/vendor

editor:
	cd $(VENDOR) && npm ci --ignore-scripts --no-audit --no-fund && npm run build
	rm -r $(VENDOR)/node_modules
	cd $(VENDOR) && sha256sum prosemirror.js > prosemirror.js.sha256

screenshots: $(VENV)/dev.installed
	$(BIN)/python -m tests.screenshots

guide: $(VENV)/dev.installed
	$(BIN)/python -m tests.guide
