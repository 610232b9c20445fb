# Everything that is run by hand. `make` alone prints this list.
# Needs Python 3.11 or newer with its venv module, and make. PYTHON=… names a particular interpreter.

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help run fresh setup test check bench bench-search bench-policy soak lock frontend absent

ENV := .venv
PY := $(ENV)/bin/python
UV := $(ENV)/bin/uv
PYTHONS := $(if $(PYTHON),$(PYTHON),python3.13 python3.12 python3.11 python3)

# Whatever FLASK_APP the shell has belongs to another application.
export FLASK_APP := wsgi.py
# Every restart compiles the hub anew where this is set; tests restart it often.
unexport PYTHONDONTWRITEBYTECODE

# Asks the interpreter $$python whether it is new enough and can make environments that have pip.
NEW_ENOUGH := import sys; sys.exit(sys.version_info < (3, 11))
HAS_VENV := import ensurepip, venv

# $(call install,FILES): the libraries of these lock files, each checked against its hash, by uv where it can be
# had and by pip otherwise. No index is named: the machine's own pip and uv settings say where packages come from.
define install
@test -x $(UV) || $(PY) -m pip install --quiet --disable-pip-version-check --require-hashes \
	-r requirements-uv.txt >/dev/null 2>&1 || true
@if test -x $(UV) && $(UV) pip install --quiet --python $(PY) --compile-bytecode --require-hashes $(1); then :; else \
	test ! -x $(UV) || echo "uv could not install them; trying pip."; \
	$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes $(1); fi
endef

help: ## Print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

run: setup ## Start the hub with its demo council and print its address (Ctrl+C stops it)
	@exec $(ENV)/bin/flask serve --demo

fresh: setup ## Throw the demo council away; the next `make run` fills it anew
	@exec $(ENV)/bin/flask demo reset --yes

setup: $(ENV)/.runtime frontend ## Prepare the environment only: .venv and the front-end files

test: $(ENV)/.tests frontend ## Run all tests, the browser's too (ARGS="tests/forums -x" for a part)
	@$(PY) -m pytest --numprocesses auto --dist worksteal $(ARGS)

check: $(ENV)/.tests ## Lint, formatting, types of hub/, and the law of layers
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@$(PY) -m mypy hub
	@$(PY) -m pytest --quiet tests/laws/test_layers.py

bench: $(ENV)/.tests frontend ## Measure pages and search against floors in the same process
	@exec $(PY) -m bench $(ARGS)

bench-search: $(ENV)/.tests frontend ## Measure search beside other engines, and print which goals hold
	@$(MAKE) --no-print-directory $(ENV)/.bench || echo "tantivy could not be installed: it is left out."
	@exec $(PY) -m bench search $(ARGS)

bench-policy: $(ENV)/.tests ## Measure the policy: engine, check while writing, patterns, rescan, desk
	@exec $(PY) -m bench policy $(ARGS)

soak: $(ENV)/.tests frontend ## Kill web and worker again and again, and look for loss (long)
	@exec $(PY) -m bench.soak $(ARGS)

lock: $(ENV)/.runtime ## Compile requirements*.in to hashed locks (UPGRADE=1 takes newer versions)
	@test -x $(UV) || { echo "Locks are compiled by uv, which could not be installed here."; exit 1; }
	@for name in requirements requirements-outgrown requirements-dev requirements-bench requirements-uv; do \
		echo "Locking $$name.in"; \
		$(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
			--no-header $(if $(UPGRADE),--upgrade) $$name.in --output-file $$name.txt || exit 1; \
	done

frontend: $(ENV)/.runtime
	@$(PY) -P hub/web/frontend.py

# The stamps below are files in .venv, so they go when it goes. A .venv whose interpreter has gone
# (the system's Python was upgraded) is made anew; one that works is kept.
$(ENV)/.made: $(if $(realpath $(PY)),,absent)
	@if $(PY) -c '$(NEW_ENOUGH)' 2>/dev/null && $(PY) -m pip --version >/dev/null 2>&1; then touch $@; exit 0; fi; \
	for python in $(PYTHONS); do \
		if "$$python" -c '$(NEW_ENOUGH)' 2>/dev/null; then found="$$python"; break; fi; \
	done; \
	if [ -z "$$found" ]; then \
		echo "The hub needs Python 3.11 or newer. Looked for: $(PYTHONS)." >&2; \
		echo "Install one, or say where it is: make run PYTHON=/path/to/python3.12" >&2; exit 1; \
	fi; \
	if ! "$$found" -c '$(HAS_VENV)' 2>/dev/null; then \
		echo "$$found lacks its venv module. On Debian and Ubuntu: sudo apt install python3-venv" >&2; exit 1; \
	fi; \
	echo "Making $(ENV) with $$("$$found" --version)."; \
	"$$found" -m venv --clear $(ENV) && touch $@

$(ENV)/.runtime: $(ENV)/.made requirements.txt requirements-uv.txt
	@echo "Installing the libraries the hub runs on (up to two minutes the first time)."
	$(call install,-r requirements.txt)
	@touch $@

$(ENV)/.tests: $(ENV)/.runtime requirements-outgrown.txt requirements-dev.txt
	@echo "Installing what the tests need."
	$(call install,-r requirements.txt -r requirements-outgrown.txt -r requirements-dev.txt)
	@touch $@

$(ENV)/.bench: $(ENV)/.tests requirements-bench.txt
	@echo "Installing what the hub's search is measured beside."
	$(call install,-r requirements-bench.txt)
	@touch $@

absent:
