# The two set-up commands: `make run` shows kuplet at work, `make test` is everything that CI runs.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
KUPLET := $(BIN)/kuplet

.PHONY: run test lint unit browser cluster bench clean

# Compile, check and draw both environments, then apply one: the second apply changes nothing.
run: $(VENV)/.installed
	$(KUPLET) validate
	$(KUPLET) graph staging --components
	$(KUPLET) graph prod --components
	$(KUPLET) apply staging --yes
	$(KUPLET) apply staging --yes

# What takes long runs at the same time; what a target prints stays together, where make can do that.
test: $(VENV)/.installed
	$(MAKE) --keep-going -j3 $(if $(filter output-sync,$(.FEATURES)),--output-sync=target) \
		cluster unit lint browser

lint: $(VENV)/.installed
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

unit: $(VENV)/.installed
	$(BIN)/python -m pytest -q -n 2 -m "not cluster and not browser"

# The pages that kuplet writes, in a real browser: the Chromium of this machine.
browser: $(VENV)/.installed
	./tests/review/install_chromium
	$(BIN)/python -m pytest -q -m browser tests/review

# The programs of the sandbox are built once, into the user's cache.
cluster: $(VENV)/.installed
	$(KUPLET) sandbox install --all
	$(BIN)/python -m pytest -q -n 3 -m cluster tests/cluster tests/executor tests/sandbox tests/soak

# kuplet and the peers that are installed, by turns: make bench GROUP=compile PEERS=~/peers/bin
bench: $(VENV)/.installed
	$(BIN)/python benchmarks/bench.py $(addprefix --group ,$(GROUP)) $(addprefix --peers ,$(PEERS))

$(VENV)/.installed: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --editable . --group dev
	$(BIN)/python -c 'from compiler.sandbox.toolchain import find_go; find_go()' 2>/dev/null \
		|| $(BIN)/python -m pip install --quiet --editable '.[sandbox]'
	$(BIN)/python -m compileall -q compiler
	touch $@

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis
