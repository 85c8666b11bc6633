# One command each: `make demo` runs the main job, `make test` the tests. Both install what is missing.

VENV := .venv
# Processes that run the tests side by side: most tests wait for processes, not for a core.
TESTERS ?= 4
SLOW_TESTERS ?= 2
PY := $(VENV)/bin/python
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: help setup setup-test setup-slow setup-long setup-bench setup-controller demo test test-slow test-long lint unit bench release release-lock clean

help:
	@echo "make demo       paper to receipts on embedded defaults  (ARGS='--keep', ARGS='--pages FOLDER')"
	@echo "make test       lint, types, import rules and tests (under 10 minutes)"
	@echo "make test-slow  kills, power cuts, a booted Debian, USB plugged into a guest (under 45 minutes)"
	@echo "make test-long  what takes hours or Go, by hand"
	@echo "make release    the signed folder that offices install from, without internet  (KEY=ssh-key)"
	@echo "make setup-controller   Ansible and this program in .venv, for who provisions hosts"
	@echo "make lint unit bench clean"

setup:
	@sh .ci/setup demo

# Who provisions hosts: Ansible, and the lists, certificates and files of monitoring that it works with.
setup-controller:
	@sh .ci/setup controller

setup-test:
	@sh .ci/setup test

setup-slow:
	@sh .ci/setup slow

setup-long:
	@sh .ci/setup long

setup-bench:
	@sh .ci/setup bench

demo: setup
	@$(VENV)/bin/appliance demo $(ARGS)

lint: setup-test
	$(VENV)/bin/ruff check .
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports --no-cache

unit: setup-test
	$(PY) -m pytest tests/unit $(ARGS)

# As appliance/worker.py has it: a folder of each release.
test test-slow test-long: export NUMBA_CACHE_DIR := $(CURDIR)/build/numba/$(shell sed -n 's/^__version__ = "\(.*\)"/\1/p' appliance/__init__.py)

test: lint
	$(VENV)/bin/appliance warm
	$(PY) -m pytest tests -m "not slow and not long" -n $(TESTERS) --dist loadfile $(ARGS)

test-slow: setup-slow
	$(VENV)/bin/appliance warm
	$(PY) -m pytest tests -m "slow and not long" -o faulthandler_timeout=2400 -n $(SLOW_TESTERS) --dist loadfile $(ARGS)

test-long: setup-long
	$(VENV)/bin/appliance warm
	$(PY) -m pytest tests -m long -o faulthandler_timeout=14400 $(ARGS)

# A signed folder that offices install from: KEY=ssh-key OUT=folder DEBIAN=lock-of-an-earlier-release
release:
	@sh .ci/setup release
	@$(PY) -m appliance.building release $(if $(KEY),--key $(KEY)) $(if $(OUT),--out $(OUT)) $(if $(DEBIAN),--packages $(DEBIAN))

release-lock:
	@sh .ci/setup release
	@$(PY) -m appliance.building lock

bench: setup-bench
	$(PY) bench/bench_imaging.py --quick
	$(PY) bench/bench_pool.py --quick
	$(PY) bench/bench_capture.py --quick
	$(PY) bench/bench_signing.py --quick
	$(PY) bench/bench_delivery.py --quick
	$(PY) bench/bench_metrics.py --quick
	$(PY) bench/bench_reprocess.py --quick
	$(PY) bench/fleet.py --quick
	$(PY) bench/quality_imaging.py --quick
	$(PY) bench/quality_ocr.py --quick
	$(PY) bench/bench_demo.py --quick

clean:
	rm -rf build $(VENV) .mypy_cache .ruff_cache .pytest_cache
