# The two commands of the README: `make demo` and `make test`. Each makes its own set-up in .venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
ARGS ?=
# Many tests wait for servers, so there are more processes than cores.
JOBS ?= 4
TS := tests/interop/ts
ANCHORPY := .venv-anchorpy

.PHONY: demo test test-cluster check build bench-costs bench-programs bench-peak bench-capacity bench-verdicts format clean interop interop-tools real-node real-node-tools
.DEFAULT_GOAL := demo

$(STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "conting needs Python 3.11 or newer; set PYTHON=... to name one"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "installing into $(VENV) ..."
	@$(BIN)/python -m pip install -q --disable-pip-version-check -c constraints.txt -e '.[dev]' 2>$(VENV)/pip.log || { cat $(VENV)/pip.log; exit 1; }
	@$(BIN)/python -m compileall -q compiler localnet client gateway cli # pip does so too, but not for an editable install
	@touch $@

demo: $(STAMP)
	@$(BIN)/conting demo $(ARGS)

test: $(STAMP)
	@PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -q -n $(JOBS) --dist worksteal $(ARGS) # pytest keeps what it made of the tests' asserts

# What needs a Redis, on a cluster of six, whose masters change places all the time; not in CI.
CLUSTER_TESTS ?= tests/gateway tests/client/test_gateway_api.py
test-cluster: $(STAMP)
	@PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -q -n $(JOBS) --dist worksteal --redis=failover -m "slow or not slow" $(CLUSTER_TESTS) $(ARGS)
	@PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -q -n $(JOBS) --dist worksteal --redis=cluster -m "slow or not slow" tests/e2e $(ARGS)

build: $(STAMP)
	@$(BIN)/conting build

check: $(STAMP)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/conting build --check
	$(BIN)/python -m bench.costs --check
	$(BIN)/python -m bench.program_costs --check

bench-programs: $(STAMP)
	@$(BIN)/python -m bench.program_costs

bench-costs: $(STAMP)
	@$(BIN)/python -m bench.costs

# Load: REDIS_URL names the Redis to use, else one is started. `ARGS=--users 2000` for a small run.
bench-peak: $(STAMP)
	@$(BIN)/python -m bench.peak $(ARGS)

bench-capacity: $(STAMP)
	@$(BIN)/python -m bench.capacity $(ARGS)

# How long a gate waits for a verdict. `ARGS="--per-second 5"` for a small hall.
bench-verdicts: $(STAMP)
	@$(BIN)/python -m bench.verdicts $(ARGS)

format: $(STAMP)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# Other people's clients (npm and pip install them first), and a real node (its tools lie beside the repository).
interop: interop-tools
	@$(BIN)/python -m tests.interop.run $(ARGS)

interop-tools: $(STAMP) $(TS)/node_modules/.package-lock.json $(ANCHORPY)/.installed

$(TS)/node_modules/.package-lock.json: $(TS)/package.json $(TS)/package-lock.json
	@npm ci --prefix $(TS) --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

$(ANCHORPY)/.installed: tests/interop/anchorpy/requirements.txt
	@test -x $(ANCHORPY)/bin/python || $(PYTHON) -m venv $(ANCHORPY)
	@$(ANCHORPY)/bin/python -m pip install -q --disable-pip-version-check --no-deps -r $<
	@touch $@

real-node: $(STAMP) $(TS)/node_modules/.package-lock.json
	@$(BIN)/python -m tests.interop.real_node $(ARGS)

real-node-tools: $(STAMP) $(TS)/node_modules/.package-lock.json
	@$(BIN)/python -m tests.interop.node

clean:
	rm -rf $(VENV) $(ANCHORPY) $(TS)/node_modules .real-node target .demo
