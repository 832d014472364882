# Everything below installs what it needs into .venv: Python 3.11+, git and make are enough.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
# What npm writes last of all.
NODE_TOOLS := .venv/node/node_modules/.package-lock.json
APP ?= app.py
# By hash, so that an index can hand out nothing else under the same version.
LOCKED := --quiet --universal --python-version 3.11 --no-header --no-emit-index-url --no-emit-find-links --no-annotate --generate-hashes

# pytest keeps the modules whose assertions it has rewritten as bytecode, or each of four workers takes 4 s to do it.
unexport PYTHONDONTWRITEBYTECODE

# Which tests are measured says tests/conftest.py; of what, and the floor, pyproject.toml.
MEASURED = rm -rf build/coverage && mkdir -p build/coverage && MEASURE=1
REPORT = $(BIN)/python -m coverage combine --quiet && $(BIN)/python -m coverage report --format=total > build/coverage/total && echo "Branch coverage of constructs_lib, lambda and cli: $$(cat build/coverage/total)%"

.DEFAULT_GOAL := help
.PHONY: help setup deploy test test-fast coverage acceptance soak lint types audit docs docs-serve compat bench bench-smoke dist lock clean

help: ## show this help
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(READY) $(BIN)/bedrock-models $(NODE_TOOLS) ## install Node.js, the CDK and everything else into .venv

$(READY): requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Python 3.11 or later is needed, got " + sys.version.split()[0] + "; set PYTHON=/path/to/python3.11")'
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "Installing the locked dependencies into .venv (about a minute, once) ..."
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes -r requirements.lock
	@touch $@

$(NODE_TOOLS): tests/node/package-lock.json $(READY)
	@mkdir -p .venv/node && cp tests/node/package.json tests/node/package-lock.json .venv/node/
	@$(BIN)/python -m local.toolchain npm ci --prefix .venv/node --ignore-scripts --no-audit --no-fund --silent
	@touch $@

$(BIN)/bedrock-models: $(READY)
	@ln -sf '$(CURDIR)/scripts/bedrock-models' $@

deploy: $(READY) $(BIN)/bedrock-models ## deploy to a local AWS, show what was made, take it down (APP=app.py, STACKS='A B', KEEP=1, PROFILES=slow-reads)
	@$(BIN)/python -m local demo --app $(APP) $(if $(STACKS),--stacks '$(STACKS)') $(if $(KEEP),--keep) $(if $(PROFILES),--profiles $(PROFILES))

test: $(READY) $(NODE_TOOLS) ## run the whole test suite (COVERAGE=1: and measure branch coverage)
	@$(if $(COVERAGE),$(MEASURED)) $(BIN)/python -m pytest -n auto $(ARGS)
	@$(if $(COVERAGE),$(REPORT))

test-fast: $(READY) $(NODE_TOOLS) ## run the unit and functional tests without the gates of the whole library: a developer's loop
	@$(BIN)/python -m pytest -n logical -m 'not gate' tests/unit tests/functional $(ARGS)

coverage: $(READY) $(NODE_TOOLS) ## branch coverage of constructs_lib, lambda and cli by the tests that deploy nothing; fails below the floor
	@$(MEASURED) $(BIN)/python -m pytest -n logical tests/unit tests/functional tests/cli tests/plan --ignore tests/cli/test_deployed.py --ignore tests/plan/test_deployed.py $(ARGS)
	@$(REPORT)

acceptance: $(READY) ## deploy into a real account, step by step, and settle docs/assumptions.md (PROFILE= REGION= BUDGET=10 SOURCE=s3://... WEIGHTS=s3://... STEPS=0,1 YES=1 CLEAN=1)
	@PYTHONPATH=.:cli $(BIN)/python -m acceptance $(if $(PROFILE),--profile $(PROFILE)) $(if $(REGION),--region $(REGION)) $(if $(BUDGET),--budget $(BUDGET)) $(if $(STEPS),--steps $(STEPS)) $(if $(SOURCE),--source $(SOURCE)) $(if $(SWAP_SOURCE),--swap-source $(SWAP_SOURCE)) $(if $(WEIGHTS),--weights $(WEIGHTS)) $(if $(BASE_MODEL),--base-model $(BASE_MODEL)) $(if $(ENDPOINT),--endpoint-url $(ENDPOINT)) $(if $(ALLOW_EXISTING),--allow-existing) $(if $(YES),--yes) $(if $(CLEAN),--clean)

soak: $(READY) ## every fault at every call, pairs of them and invented scripts (MINUTES=5, SEED=1)
	@PYTHONPATH=.:lambda $(BIN)/python -m tests.faults.soak --minutes $(or $(MINUTES),5) --seed $(or $(SEED),1)

lint: $(READY) ## ruff: rules and formatting
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .

types: $(READY) ## mypy --strict for the library, the Lambda, the local AWS and what the tests share
	@$(BIN)/mypy && cd lambda && ../$(BIN)/mypy --config-file ../pyproject.toml --cache-dir ../.mypy_cache .

audit: $(READY) ## bandit over the code, pip-audit over the locked packages
	@$(BIN)/python scripts/audit.py

# Without --quiet: with it MkDocs counts no warnings, and a strict build accepts everything.
docs: $(READY) ## build the documentation site into build/site; a broken link or anchor is an error
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build && echo "Open build/site/index.html"

docs-serve: $(READY) ## serve the documentation on 127.0.0.1 and build it again with each change
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs serve

compat: $(READY) ## the wheel and its tests on every Python and on the oldest and newest CDK (many minutes)
	@$(BIN)/python -m scripts.compat $(ARGS)

bench: $(READY) ## measure beside a peer and a floor, write docs/benchmarks.md (about a quarter of an hour on a quiet machine)
	@$(BIN)/python -m benchmarks --document $(ARGS)

bench-smoke: $(READY) ## the smallest runs of some benchmarks: proof that they still run
	@$(BIN)/python -m benchmarks --smoke

# Without isolation: the build backend is the locked one, by its hash. The SBOM lists what the wheel brings along.
dist: $(READY) ## the wheel, the source distribution and an SBOM (CycloneDX) in dist/
	@rm -rf dist && mkdir -p build && $(BIN)/python -m build --no-isolation --outdir dist . > build/dist.log 2>&1 || { cat build/dist.log; exit 1; }
	@$(BIN)/uv pip compile $(LOCKED) --extra plot -c requirements.lock pyproject.toml -o build/wheel.txt
	@$(BIN)/python -W ignore -m cyclonedx_py requirements --output-reproducible --pyproject pyproject.toml -o dist/sbom.cdx.json build/wheel.txt
	@ls dist

lock: $(READY) ## resolve requirements.lock again for every supported Python
	@$(BIN)/uv pip compile $(LOCKED) requirements-dev.txt -o requirements.lock
	@$(BIN)/python -m local.toolchain npm install --prefix tests/node --package-lock-only --omit-lockfile-registry-resolved --no-audit --no-fund --silent

clean: ## remove everything that was installed or generated
	@rm -rf .venv cdk.out .mypy_cache .ruff_cache .pytest_cache .hypothesis build dist
