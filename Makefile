# Two commands do everything on a fresh machine: `make demo` and `make test`.
#   make demo        install into .venv, run the built-in study, say where its report is
#   make test        run the quick tests (a few minutes on two cores)
#   make test-slow   run the long ones too
#   make test-simulators  run exported models in TVB, neurolib, PyRates, tvbo and PyLEMS, in an environment of their own
#   make lint        style, types, import contract
#   make docs        write the generated part of the documentation
#   make tutorials   run the pages of docs/tutorials and write what they print and draw; part of `make docs`
#   make claims      make the claims ledger and its page, docs/claims.md
#   make PYTHON=python3.12 demo   use another Python; VENV=... another place for the environment

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
WORKERS ?= 2
SIMULATORS ?= .venv-simulators
PYTEST := $(BIN)/python -m pytest -p no:benchmark -n $(WORKERS)

.PHONY: demo environment test test-slow test-simulators lint docs tutorials claims clean

demo: $(VENV)/.installed
	$(BIN)/mesobridge run --output results/demo

environment: $(VENV)/.developer

test: $(VENV)/.developer
	$(PYTEST) -m "not slow"

test-slow: $(VENV)/.developer
	$(PYTEST)

# They weigh 1.9 GB together with ours, so that they stay out of the environment of the other tests.
test-simulators: $(SIMULATORS)/.installed
	MPLBACKEND=Agg $(SIMULATORS)/bin/python -m pytest -p no:benchmark -p no:cacheprovider -rs \
	  tests/bridge/export tests/test_tutorials.py

lint: $(VENV)/.developer .typings/mesobridge
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright --pythonpath $(BIN)/python
	$(BIN)/lint-imports

docs: $(VENV)/.developer tutorials
	$(BIN)/python -m mesobridge.validation.study.reference docs/study-file.md
	$(BIN)/python docs/page_figures.py

# In the environment that has TVB; every tutorial runs there.
tutorials: $(SIMULATORS)/.installed
	$(SIMULATORS)/bin/python docs/tutorial_pages.py

claims: $(VENV)/.developer
	$(BIN)/mesobridge run --claims --output results/claims
	$(BIN)/python -m mesobridge.validation.ledger.page results/claims docs/claims.md

clean:
	rm -rf $(VENV) $(SIMULATORS) .typings build dist mesobridge.egg-info results

# A checker reads `import mesobridge` from here: the root folder may have any name.
.typings/mesobridge:
	mkdir -p .typings
	ln -sfn .. $@

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' || { \
	  echo "mesobridge needs Python 3.11, 3.12 or 3.13 as '$(PYTHON)'; install it (sudo apt install python3 python3-venv) or name one: make PYTHON=python3.12 demo" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "Python's venv module is missing; install it with: sudo apt install python3-venv" >&2; exit 1; }
	@command -v $${CXX:-g++} >/dev/null || \
	  echo "note: no C++ compiler found, so simulations will run on the slower NumPy target; for full speed: sudo apt install g++" >&2
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: pyproject.toml | $(VENV)/bin/python
	@echo "Installing into $(VENV); this takes a minute or two ..."
	$(BIN)/python -m pip install --quiet --editable .
	@touch $@

$(VENV)/.developer: pyproject.toml | $(VENV)/bin/python
	@echo "Installing into $(VENV), with the tools of developers; this takes a minute or two ..."
	$(BIN)/python -m pip install --quiet --editable ".[dev]"
	@touch $@ $(VENV)/.installed

$(SIMULATORS)/.installed: pyproject.toml
	@echo "Installing TVB, neurolib, PyRates, tvbo and PyLEMS into $(SIMULATORS); this takes two minutes or more ..."
	$(PYTHON) -m venv $(SIMULATORS)
	$(SIMULATORS)/bin/python -m pip install --quiet --editable ".[dev,simulators]"
	@touch $@
