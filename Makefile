# Every target works alone on a machine with Python >= 3.11 and make: it creates .venv and installs what it needs.
.DEFAULT_GOAL := help
SHELL := /bin/sh
PYTHON ?= python3
PORTFOLIO ?= demo
ROOM ?= models.gates
BASE := $(CURDIR)/.venv
INSTALLED := .venv/.installed
# What pip warns of besides errors concerns machines that are shared with other projects; .venv is not.
PIP := .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-warn-script-location --root-user-action=ignore
# uv installs the same files by the same hashes, in a fraction of the time, from where pip is told to look; where it cannot be had or fails, pip does it.
UV = { $(PIP) --require-hashes -r requirements-uv.lock && INDEX="$${PIP_INDEX_URL:-$$(.venv/bin/python -m pip config get global.index-url)}"; \
	env $${INDEX:+UV_DEFAULT_INDEX="$$INDEX"} .venv/bin/uv pip install --quiet --python .venv/bin/python --require-hashes -r requirements.lock; } 2>/dev/null

export PATH := $(BASE)/bin:$(PATH)
# Credit data is confidential: no tool may report its use.
export MLFLOW_DISABLE_TELEMETRY := true
export DO_NOT_TRACK := true
export DVC_NO_ANALYTICS := true
# Bytecode makes every import faster; a caller's setting must not slow a whole run down.
unexport PYTHONDONTWRITEBYTECODE

UPKEEP = dvc repro monitor recalibrate $$(bonitas report --targets --upkeep)

# What the targets read. A variable that is misspelt, or that the target does not read, would be passed over in silence: `make run PORTFOLI=mine`
# would work on the demo, and `make retrain PORTFOLIO=mine` on the portfolio of configs/params.yaml.
READ_run := PORTFOLIO
READ_land := PORTFOLIO DATE
READ_soil := FAULT SHARE TABLE
READ_customer := ID
READ_mutate := ROOM
READ_bench := PEERS_PYTHON
ON_A_BOOK := demo retrain propose rebuild-features upkeep look soil customer
ifeq ($(MAKELEVEL),0)
GIVEN := $(foreach one,$(.VARIABLES),$(if $(filter command,$(firstword $(origin $(one)))),$(one)))
# `PORTFOLIO=mine make retrain`: of the environment only this one is ours beyond doubt, and only these goals would work on another book.
GIVEN += $(if $(filter environment,$(firstword $(origin PORTFOLIO))),$(if $(filter $(ON_A_BOOK),$(MAKECMDGOALS)),PORTFOLIO))
UNREAD := $(filter-out PYTHON $(foreach goal,$(MAKECMDGOALS),$(READ_$(goal))),$(GIVEN))
ifneq ($(strip $(UNREAD)),)
$(error make $(MAKECMDGOALS) reads no $(strip $(UNREAD)). It reads: PYTHON $(foreach goal,$(MAKECMDGOALS),$(READ_$(goal))).$(if $(filter PORTFOLIO,$(UNREAD)), Which portfolio is worked on stands in configs/params.yaml; make run PORTFOLIO=<name> chooses another))
endif
endif

.PHONY: help demo run retrain pull push propose rebuild-features upkeep look land soil customer ui test test-long test-all mutate lint format bench lock clean

help:  ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /|/' | awk -F'|' '{printf "  make %-16s %s\n", $$1, $$2}'

$(INSTALLED): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; name one: make PYTHON=/path/to/python3.12 ..." >&2; exit 1; }
	@test -x .venv/bin/python || $(PYTHON) -m venv .venv
	@.venv/bin/python -c 'import pip' 2>/dev/null || .venv/bin/python -m ensurepip >/dev/null  # an environment that uv made has none
	@$(UV) || $(PIP) --require-hashes -r requirements.lock
	$(PIP) --no-deps --no-build-isolation --editable .
	@touch $(INSTALLED)

demo:  ## install, run the whole pipeline on the simulated demo portfolio, say where to look
	@$(MAKE) --no-print-directory run PORTFOLIO=demo

run: $(INSTALLED)  ## run everything on PORTFOLIO=<name> (configs/portfolios/<name>.yaml)
	@bonitas choose $(PORTFOLIO)
	@$(MAKE) --no-print-directory retrain
	@bonitas look
	@# a book whose first model was refused has no champion to keep up; the summary says so
	@grep -qx null data/outside/champion.json || $(UPKEEP)
	@bonitas summary

retrain: $(INSTALLED)  ## bring data, model, reports and registry up to date (ingest .. register); a safe new version becomes champion
	@bonitas mend
	@dvc repro register rate $$(bonitas report --targets)
	@bonitas attach
	@bonitas decide

pull: $(INSTALLED)  ## fetch what earlier runs made from the DVC remote; what was never pushed is made anew
	@bonitas mend
	@dvc pull --run-cache --allow-missing

push: $(INSTALLED)  ## keep what this run made in the DVC remote
	@dvc push --run-cache

propose: $(INSTALLED)  ## dvc.lock on a branch, and a pull request with the promotion pack and the metrics before and after
	@bonitas propose

rebuild-features: $(INSTALLED)  ## compute every feature anew instead of continuing the last build
	@bonitas mend
	@rm -rf data/interim/known
	@dvc repro --force --single-item featurize

upkeep: look  ## monitor the champion on the newest data and recalibrate it; never refits
	@$(UPKEEP)

look: $(INSTALLED)  ## note what lies outside DVC: the source files and the registry's champion
	@bonitas look

land: $(INSTALLED)  ## copy a database into a dated drop: make land PORTFOLIO=<name> DATE=2025-01-31
	@bonitas land $(if $(filter file,$(origin PORTFOLIO)),,--portfolio=$(PORTFOLIO)) --date=$(DATE)

soil: $(INSTALLED)  ## strike a fault at a copy of the data: make soil FAULT=paid_twice [SHARE=0.01] [TABLE=payments]; none named: list them
	@bonitas soil $(FAULT) $(if $(SHARE),--share=$(SHARE)) $(if $(TABLE),--table=$(TABLE))

customer: $(INSTALLED)  ## the page of one customer, in reports/asked: make customer ID=C000123
	@bonitas customer "$(ID)"

ui: $(INSTALLED)  ## open MLflow on http://127.0.0.1:5000
	@bonitas look --champion-only
	@mlflow ui --backend-store-uri sqlite:///mlflow.db --host 127.0.0.1 --port 5000

test: $(INSTALLED)  ## the tests, without the long and the slow ones
	@python -m pytest -m "not slow and not long" -n 2 --dist loadfile --no-loadscope-reorder

test-long: $(INSTALLED)  ## the long tests, which CI runs as well: the whole pipeline, every feature on Spark, every fault, the how-tos to the letter
	@python -m pytest -m "long and not slow" -n 2 --dist loadfile --no-loadscope-reorder

test-all: $(INSTALLED)  ## all tests
	@python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

mutate: $(INSTALLED)  ## does a test notice wrong code? ROOM=models.gates, models.measures, models.calibration, features.time, decisions
	@mutmut run --max-children 2 "$(ROOM).*"
	@mutmut results | grep "$(ROOM)" || echo "every mutant was noticed"

lint: $(INSTALLED)  ## style, types, layers
	@ruff check .
	@ruff format --check .
	@mypy
	@PYTHONPATH=src lint-imports  # the folder of outputs, reports/, would stand before src/reports

format: $(INSTALLED)  ## rewrite the code in the project's style
	@ruff check --fix .
	@ruff format .

bench: $(INSTALLED)  ## the benchmarks, each beside its alternative
	@python benchmarks/pipeline.py
	@python -m benchmarks.explain
	@python -m benchmarks.world
	@python benchmarks/ingest.py
	@python benchmarks/validate.py
	@python -m benchmarks.faults
	@python -m benchmarks.features
	@python -m benchmarks.incremental
	@python -m benchmarks.scale
	@python -m benchmarks.models search
	@python -m benchmarks.models world
	@python -m benchmarks.models american $(if $(PEERS_PYTHON),--peers-python=$(PEERS_PYTHON))

lock: $(INSTALLED)  ## pin every dependency again (needs uv)
	@uv pip compile --quiet pyproject.toml --extra dev --universal --generate-hashes --no-header --no-annotate --python-version 3.11 --upgrade -o requirements.lock

clean:  ## remove data, reports and the local registry; keep data/README.md, .venv, the DVC cache and the signing key
	@find .bonitas -mindepth 1 -maxdepth 1 ! -name "signing.*" -exec rm -rf {} + 2>/dev/null || true
	@find data -mindepth 1 -maxdepth 1 ! -name README.md -exec rm -rf {} +
	@rm -rf reports mlflow.db mlflow.db.lock mlruns mlartifacts dvc.lock
