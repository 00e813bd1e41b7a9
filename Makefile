# Every target sets up what it needs in the checkout: nothing has to be installed or activated first.
# `make test PYTHON=/path/to/python3` chooses the Python of a new .venv; otherwise tools/pythons.sh finds one.

PYTHON ?=
BIN    := .venv/bin
READY  := .venv/.installed
DOCS   := .venv/.installed-docs
BENCH  := .venv/.installed-bench

unexport PYTHONHOME PYTHONPATH

.DEFAULT_GOAL := help
.PHONY: help prove test mutants test-all long docs test-docs check-docs bench gate pages format clean

help:  ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-11s%s\n", $$1, $$2 }' Makefile

prove: $(READY)  ## prove the shipped source
	@$(BIN)/tmem prove

test: $(READY)  ## lint, check types and imports, run every test, and those of the store on the compiled build too
	@echo '== ruff check'
	@$(BIN)/ruff check --quiet
	@echo '== ruff format --check'
	@$(BIN)/ruff format --check --quiet
	@echo '== mypy'
	@$(BIN)/mypy --no-error-summary
	@echo '== lint-imports'
	@$(BIN)/lint-imports --no-logo
	@echo '== pytest'
	@$(BIN)/pytest -q -n auto
	@tools/test_compiled.sh $(BIN)

mutants: $(READY)  ## see that a sample of mutants is killed; `tmem mutants` makes them all
	@$(BIN)/tmem mutants '_*' 'store.*' --sample 81 --layer 'theorem B' --layer machine

test-all:  ## run the tests on every Python of this machine, from 3.11 on
	@tools/test_all.sh

long: $(READY)  ## run the stateful tests for longer, on other examples each time
	@HYPOTHESIS_PROFILE=long $(BIN)/pytest -n auto tests/machines

docs: $(DOCS)  ## build the documents into build/site, to be opened with any browser
	@rm -rf build/site build/doctrees
	@$(BIN)/sphinx-build --quiet --fail-on-warning --keep-going -j auto -d build/doctrees docs build/site
	@echo "$$(find build/site -name '*.html' | wc -l) pages: build/site/index.html"

test-docs: docs  ## look at the built documents with Chromium, which it installs where it may
	@tools/chromium.sh
	@$(BIN)/pytest -q --site tests/docs

check-docs: $(READY)  ## see that the documents of the proofs are as the last run has them; `tmem docs` writes them
	@$(BIN)/tmem docs --check

bench: $(BENCH)  ## measure speed and size, and make docs/speed.md anew; QUICK=1 tries it out within a minute
	@$(BIN)/python -m bench $(if $(QUICK),--quick)

gate: $(READY)  ## see that put, get and ranges take no more instructions than committed; RECORD=1 commits what they take
	@$(BIN)/python -m bench.gate $(if $(RECORD),--record)

pages: $(READY)  ## make those parts of pages anew that show what the tools say
	@cd docs/_extensions && ../../$(BIN)/python -m page_blocks.blocks

format: $(READY)  ## format the code, and mend what ruff can mend
	@$(BIN)/ruff check --fix
	@$(BIN)/ruff format

clean:  ## remove the virtual environments and all caches
	rm -rf .venv .venv-* .venv*.log .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache build dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Sphinx, and what drives a browser, into the same environment.
$(DOCS): $(READY)
	@tools/venv.sh .venv "$(PYTHON)" prove,test,docs
	@touch $@

# What tmem is measured beside, and what measures and draws.
$(BENCH): $(READY)
	@tools/venv.sh .venv "$(PYTHON)" prove,test,bench
	@touch $@

# tmem, the prover and the test tools; installed again only when pyproject.toml changes.
$(READY): pyproject.toml
	@tools/venv.sh .venv "$(PYTHON)"
