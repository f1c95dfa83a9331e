# genvla: `make demo` and `make test` each set everything up; `make help` lists the rest.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

# The first of these that is Python 3.11 or 3.12; with ROS 2 sourced, the one ROS uses.
PYTHON ?= $(shell for p in python3 python3.12 python3.11; do \
  $$p -c 'import sys; sys.exit(sys.version_info[:2] not in ((3, 11), (3, 12)))' 2>/dev/null \
  && { echo $$p; break; }; done)
ENV := set +u && source underlay/env.sh && set -u &&

DEMO_ARGS ?=
TEST_ARGS ?=
SOAK_ARGS ?=
LIBERO_ARGS ?=

.PHONY: help setup setup-tests demo test test-slow lint format bench docs libero soak clean

help: ## List the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-11s %s\n", $$1, $$2}'

setup: ## Virtual environment, ROS 2 wheels, colcon build; what is unchanged is skipped
setup-tests: ## The same, with what tests and tools need
setup setup-tests:
	@test -n "$(PYTHON)" || { echo "setup: Python 3.11 or 3.12 is needed (with its venv module)" >&2; exit 1; }
	@$(PYTHON) underlay/bootstrap.py $(if $(filter setup-tests,$@),--tests)

demo: setup ## Run the whole loop in the simulator; DEMO_ARGS="--duration 20"; see runs/demo/latest
	@$(ENV) python -m genvla_bringup.demo $(DEMO_ARGS)

test: setup-tests ## Run the tests (unit, node, launch) TEST_ARGS="-k name"
	@$(ENV) { python -m pytest -m 'not slow and not real_time' -n auto --maxprocesses 4 --dist loadscope $(TEST_ARGS) || \
	  [ $$? -eq 5 ]; } && { python -m pytest -m 'not slow and real_time' $(TEST_ARGS) || [ $$? -eq 5 ]; }

test-slow: setup-tests ## Run the tests that take minutes
	@$(ENV) python -m pytest -m slow --timeout 3600 $(TEST_ARGS)

lint: setup-tests ## Check format, style, types, Dockerfiles, compose.yaml and .github
	@$(ENV) ruff format --check . && ruff check . && mypy && hadolint docker/*.Dockerfile && \
	  check-jsonschema --builtin-schema vendor.compose-spec docker/compose.yaml && \
	  check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml && \
	  check-jsonschema --builtin-schema vendor.github-issue-forms .github/ISSUE_TEMPLATE/*.yml

format: setup-tests ## Format the code
	@$(ENV) ruff check --fix . ; ruff format .

bench: setup-tests ## Measure; prints a table, writes benchmarks/latest.json
	@$(ENV) python -m benchmarks.bench

docs: ## Write the documentation site into site/, without a warning; see site/index.html
	@test -n "$(PYTHON)" || { echo "docs: Python 3.11 or 3.12 is needed (with its venv module)" >&2; exit 1; }
	@cmp -s underlay/docs.lock .venv-docs/docs.lock || { $(PYTHON) -m venv --clear .venv-docs && \
	  .venv-docs/bin/pip install -q -r underlay/docs.lock && cp underlay/docs.lock .venv-docs/; }
	@NO_MKDOCS_2_WARNING=1 .venv-docs/bin/mkdocs build -q && echo "docs: site/index.html"

libero: setup-tests ## LIBERO's object suite, played by a scripted expert; LIBERO_ARGS="--benchmark-field max_tasks=1"
	@ldconfig -p | grep -q libOSMesa || { echo "libero: OSMesa is needed: apt install libosmesa6 libgl1" >&2; exit 1; }
	@cmp -s underlay/libero.lock .venv-libero/libero.lock || { $(PYTHON) -m venv --clear .venv-libero && \
	  .venv-libero/bin/pip install -q -r underlay/libero.lock && \
	  printf '%s\n' $(CURDIR)/src/genvla_command $(CURDIR)/src/genvla_eval > \
	  $$(echo .venv-libero/lib/python3*/site-packages)/genvla.pth && cp underlay/libero.lock .venv-libero/; }
	@($(ENV) exec python -m genvla_eval.harness libero --expert) & trap "kill $$!" EXIT; \
	  .venv-libero/bin/vla-eval run -c src/genvla_eval/genvla_eval/harness/libero_object.yaml \
	  --no-docker --render cpu $(LIBERO_ARGS)

soak: setup ## An hour of simulated operation: memory, latency, watchdogs; SOAK_ARGS="--duration 600"
	@$(ENV) python -m genvla_faults.soak $(SOAK_ARGS)

clean: ## Remove everything that the other targets made
	rm -rf .venv .venv-docs .venv-libero site build install log runs .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . -name __pycache__ -prune -exec rm -rf {} +
