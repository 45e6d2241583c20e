# `make run` and `make test` are all there is to know: each first sets up what it needs, in .venv only.
# The installer is uv where it works, else pip; UV= on the command line takes pip.

PYTHON ?=
ifeq ($(origin UV),undefined)
UV := $(shell uv --version >/dev/null 2>&1 && command -v uv)
endif
WAREHOUSE ?=
PORT ?= 8501
DATA ?= ../shared/data
ARGS ?=

BIN := .venv/bin
CODE := analytics pages app.py sample_data bench tests
BUILD_BACK_END = sed -n 's/^requires = \["\(setuptools[^"]*\)"\]/\1/p' pyproject.toml
COMPILE := uv pip compile --quiet --universal --fork-strategy fewest --generate-hashes \
	--no-header --no-annotate --no-emit-index-url --python-version 3.11 $(ARGS)

.DEFAULT_GOAL := help
.PHONY: help setup run sample test lint bench real docs lock clean

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/make \1\t\2/p' Makefile | expand -t 14
	@echo 'Variables: WAREHOUSE=folder PORT=$(PORT) DATA=$(DATA) PYTHON=/path/to/python3 ARGS="further arguments"'

setup: ## everything for work on Bartizan, into .venv
	$(call install,requirements-dev.txt)

run: ## open the dashboard at PORT, on WAREHOUSE or else on the simulated perimeter in ./sample
	$(call install,requirements.txt)
	$(BIN)/$(if $(WAREHOUSE),bartizan run --warehouse "$(WAREHOUSE)",python -m sample_data.perimeter.serve) --port "$(PORT)" $(ARGS)

sample: ## bring the simulated perimeter in ./sample up to date, or import it into WAREHOUSE
	$(call install,requirements.txt)
	$(BIN)/python -m $(if $(WAREHOUSE),sample_data.perimeter --warehouse "$(WAREHOUSE)",sample_data.perimeter.serve --build) $(ARGS)

test: setup ## all tests
	$(BIN)/python -m pytest -n 2 --dist loadfile $(ARGS)

lint: setup ## style, types and the direction of imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/ty check $(CODE)
	$(BIN)/lint-imports

bench: setup ## benchmarks; choose with ARGS=
	$(BIN)/python -m bench $(ARGS)

real: ## a warehouse from the public data sets in DATA, opened at PORT
	$(call install,requirements.txt)
	$(BIN)/python -m sample_data.recipes --data "$(DATA)" --warehouse real
	$(BIN)/bartizan run --warehouse real --port "$(PORT)"

docs: setup ## write the parts of docs/ that code defines
	$(BIN)/python -m analytics.document

lock: ## write the two locks anew from pyproject.toml (needs uv; newer versions with ARGS=--upgrade)
	$(BUILD_BACK_END) | $(COMPILE) -o requirements.txt --extra onnx pyproject.toml -
	$(BUILD_BACK_END) | $(COMPILE) -o requirements-dev.txt --extra dev -c requirements.txt pyproject.toml -

clean: ## remove the environment and caches; warehouses stay
	rm -rf .venv build dist ./*.egg-info .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Install the lock $(1) and then Bartizan itself into .venv, by uv where there is one, else by pip.
# .venv/.ready-LOCK holds what was installed, and where: nothing is done while that stays the same.
# .venv/.unfinished holds the process of an install under way: a second one waits for it,
# and what an interrupted one left is thrown away.
define install
@set -eu; \
want="$$(cat $(1) pyproject.toml | cksum) $(CURDIR)"; \
ready() { $(BIN)/python -c '' 2>/dev/null && [ "$$(cat .venv/.ready-$(1) 2>/dev/null)" = "$$want" ]; }; \
if [ ! -e .venv/.unfinished ] && ready; then exit 0; fi; \
python=; \
for name in $(or $(PYTHON),python3 python3.13 python3.12 python3.11); do \
  if "$$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then python="$$name"; break; fi; \
done; \
if [ -z "$$python" ]; then \
  echo "Setting up .venv: Bartizan needs Python 3.11 or newer, and $(or $(PYTHON),python3) is $$("$(or $(PYTHON),python3)" --version 2>&1 || true)." >&2; \
  echo "Install one, or name one that is there: make $(MAKECMDGOALS) PYTHON=/path/to/python3.12" >&2; exit 1; \
fi; \
if [ -z "$(UV)" ] && ! "$$python" -c 'import ensurepip, venv' 2>/dev/null; then \
  echo "Setting up .venv: $$python has no venv module. Install it (Debian, Ubuntu: apt-get install python3-venv), or install uv." >&2; exit 1; \
fi; \
mkdir -p .venv; \
until (set -C; echo "$$$$" >.venv/.unfinished) 2>/dev/null; do \
  if kill -0 "$$(cat .venv/.unfinished)" 2>/dev/null; then echo "Waiting for another set-up of .venv …"; sleep 3; \
  else rm -rf .venv; mkdir -p .venv; fi; \
done; \
if ready; then rm .venv/.unfinished; exit 0; fi; \
echo "Setting up .venv from $(1) by $(if $(UV),uv,pip) …"; \
$(BIN)/python -c '' 2>/dev/null || rm -rf .venv/[a-z]*; \
if [ -n "$(UV)" ]; then \
  if [ ! -x $(BIN)/python ]; then "$(UV)" venv --quiet --allow-existing --no-python-downloads --python "$$python" .venv; fi; \
  "$(UV)" pip install --quiet --python $(BIN)/python --compile-bytecode --require-hashes -r $(1); \
  "$(UV)" pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e .; \
else \
  if ! $(BIN)/python -c 'import pip' 2>/dev/null; then "$$python" -m venv .venv; fi; \
  $(BIN)/python -m pip install --quiet --disable-pip-version-check --compile --require-hashes -r $(1); \
  $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .; \
fi; \
if [ $(1) = requirements-dev.txt ]; then echo "$$(cat requirements.txt pyproject.toml | cksum) $(CURDIR)" >.venv/.ready-requirements.txt; fi; \
echo "$$want" >.venv/.ready-$(1); \
rm .venv/.unfinished
endef
