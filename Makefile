# Everything below installs what it needs into .venv: Python 3.11+, git and make are enough.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
APP ?= app.py

.DEFAULT_GOAL := help
.PHONY: help setup deploy test lint types lock clean

help: ## show this help
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(READY) ## install Node.js, the CDK and everything else into .venv

$(READY): requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Python 3.11 or later is needed, got " + sys.version.split()[0] + "; set PYTHON=/path/to/python3.11")'
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "Installing the locked dependencies into .venv (about a minute, once) ..."
	@$(BIN)/python -m pip install -qq --disable-pip-version-check -r requirements.lock
	@touch $@

deploy: $(READY) ## deploy the example app to a local AWS, show what was made, take it down (KEEP=1 leaves it up)
	@$(BIN)/python -m local demo --app $(APP) $(if $(KEEP),--keep)

test: $(READY) ## run the whole test suite
	@$(BIN)/python -m pytest -n auto $(ARGS)

lint: $(READY) ## ruff: rules and formatting
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .

types: $(READY) ## mypy --strict for the library, the Lambda and the local AWS
	@$(BIN)/mypy && cd lambda && ../$(BIN)/mypy --config-file ../pyproject.toml --cache-dir ../.mypy_cache .

lock: $(READY) ## resolve requirements.lock again for every supported Python
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --no-header --no-emit-index-url --no-emit-find-links --no-annotate requirements-dev.txt -o requirements.lock

clean: ## remove everything that was installed or generated
	@rm -rf .venv cdk.out .mypy_cache .ruff_cache .pytest_cache .hypothesis build dist
