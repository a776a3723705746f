# Two commands matter: `make run` and `make test`.  Both set up what they need.

SHELL := /bin/bash
PYTHON := .venv/bin/python
WANTED := $(shell cat .python-version)
INSTALLED := .venv/.installed-from-lock

.PHONY: run test check bench setup stop lock pictures budgets

run: setup
	@exec $(PYTHON) manage.py run

# Two halves, each with services of its own: what a browser shows, and all the rest.  At once at a desk; one after the other
# where a change is taken, because a browser that waits for a core proves nothing.
test: setup
	@mkdir -p .local; began=$$SECONDS; \
	in_browser() { LANE_HOME="$(CURDIR)/.local/test-browser" $(PYTHON) -m pytest -m journey; }; \
	if [ "$$CI" = true ]; then \
	  $(PYTHON) -m pytest -m "not journey"; house=$$?; \
	  in_browser; shown=$$?; \
	else \
	  in_browser >.local/test-browser.log 2>&1 & browser=$$!; \
	  trap 'kill $$browser 2>/dev/null; wait' INT TERM; \
	  echo "The browser tests run beside these; what they say comes after."; \
	  $(PYTHON) -m pytest -m "not journey"; house=$$?; \
	  wait $$browser; shown=$$?; \
	  echo; echo "-- in the browser"; cat .local/test-browser.log; \
	fi; \
	echo "Both halves took $$((SECONDS - began)) s."; \
	[ $$house = 0 ] && [ $$shown = 0 ]

setup: $(INSTALLED)

# The interpreter named in .python-version, or another that is new enough; never one that is too old.
$(INSTALLED): requirements.lock .python-version
	@found=""; \
	for name in python$(WANTED) python3.13 python3.12 python3.14 python3; do \
	  if $$name -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 12))' >/dev/null 2>&1; then found=$$name; break; fi; \
	done; \
	if [ -z "$$found" ]; then \
	  echo "Lane needs Python 3.12 or later with venv ($(WANTED) is what it is tested on), and none was found. Install python$(WANTED) and python$(WANTED)-venv, then run this again." >&2; exit 1; \
	fi; \
	echo "Making the virtual environment with $$($$found --version), the first time only ..."; \
	[ -x $(PYTHON) ] && $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 12))' 2>/dev/null || $$found -m venv --clear .venv; \
	echo -n "Installing what requirements.lock names "; \
	set -o pipefail; \
	$(PYTHON) -m pip install --disable-pip-version-check --no-color --no-compile --require-hashes --only-binary :all: \
	  -r requirements.lock 2>.venv/pip-said | awk '/^Collecting|^Installing/ { printf "."; fflush() } END { print "" }' \
	  || { cat .venv/pip-said >&2; exit 1; }
	@touch $@

# With services of its own, stopped again at the end, so that it neither needs nor disturbs `make run`.
check: setup
	@set -e; export LANE_HOME="$(CURDIR)/.local/check"; \
	trap '$(PYTHON) manage.py services stop >/dev/null' EXIT; \
	say() { echo "-- $$*"; }; \
	say ruff; $(PYTHON) -m ruff check .; $(PYTHON) -m ruff format --check .; \
	say djade; git ls-files -z 'templates/*.html' | xargs -0 .venv/bin/djade --target-version 6.1 --check; \
	say mypy; $(PYTHON) -m mypy dealership customers service_lane recommendations sales_handoff; \
	say layers; .venv/bin/lint-imports; \
	say vendored files; $(PYTHON) tools/vendor.py check; \
	$(PYTHON) manage.py services start; \
	say migrations; $(PYTHON) manage.py makemigrations --check --dry-run; \
	say production settings; \
	DJANGO_SETTINGS_MODULE=dealership.settings.production \
	SECRET_KEY=only-for-make-check-0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEF \
	DATABASE_URL="$$($(PYTHON) -c 'from dealership import embedded as e; print(e.addresses(e.home()).web)')" \
	REDIS_URL=redis://localhost:6379/0 LANE_URL=https://lane.example.com \
	SMTP_URL=smtps://lane:x@localhost:465 FROM_EMAIL=lane@example.com \
	$(PYTHON) manage.py check --deploy --fail-level WARNING

stop:
	@$(PYTHON) manage.py services stop

# What docs/benchmarks.md holds, each script with a database of its own.  They want a quiet machine and half an hour.
bench: setup
	@set -e; export LANE_HOME="$(CURDIR)/.local/bench"; \
	for script in tests/bench/bench_*.py; do echo "-- $$script"; $(PYTHON) $$script; done

# The README's pictures, from a demonstration that runs (`make run` in another terminal; ADDRESS when not on port 8000).
pictures: setup
	$(PYTHON) tools/pictures.py $(ADDRESS)

# The counts of docs/budgets.md, by doing each task in a real browser.
budgets: setup
	$(PYTHON) tools/budgets.py

# After a change of requirements.in.  The lock holds hashes and no addresses.
lock: setup
	$(PYTHON) -m piptools compile --quiet --generate-hashes --strip-extras --allow-unsafe --no-annotate --no-emit-index-url \
	  --no-emit-find-links --no-emit-trusted-host --no-header --output-file requirements.lock requirements.in
