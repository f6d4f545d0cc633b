# `make` alone prints what there is. Every target does its own set-up.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help setup build demo run test bench format lint

SEED ?= 1
DEMO_DIR ?= var/demo
TEST_MINUTES ?= 30
BENCH_ARGS ?=

APT_PACKAGES := libssl-dev libnghttp2-dev libpq-dev libsqlite3-dev pkg-config openssl curl ca-certificates tzdata \
	python3 nghttp2-client postgresql
SUDO := $(if $(filter 0,$(shell id -u)),,sudo)
# The tests make servers of their own; installing the package is to start none.
NO_MAIN_CLUSTER := $(SUDO) mkdir -p /etc/postgresql-common/createcluster.d \
	&& echo "create_main_cluster = false" | $(SUDO) tee /etc/postgresql-common/createcluster.d/touchstone.conf >/dev/null
POSTGRES_DIR := var/postgres
# The rooms that store: their tests run once more on PostgreSQL.
STORING_TESTS := ^(StorageTests|IntakeTests|EngineTests|AdminTests|GatewayTests)\.
ENVIRONMENT := var/touchstone.env
SOURCES := Package.swift Sources Tests

help: ## Prints this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## Installs missing Debian packages and makes development certificates
	@missing=(); \
	for package in $(APT_PACKAGES); do \
	    dpkg-query -W -f '$${Status}' "$$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$$package"); \
	done; \
	if (( $${#missing[@]} )); then \
	    echo "installing $${missing[*]}" >&2; \
	    $(SUDO) apt-get update -qq >&2; \
	    if [[ " $${missing[*]} " == *" postgresql "* ]]; then $(NO_MAIN_CLUSTER); fi; \
	    DEBIAN_FRONTEND=noninteractive $(SUDO) apt-get install -y -qq --no-install-recommends "$${missing[@]}" >&2; \
	fi
	@command -v swift >/dev/null || { echo "swift is not on the PATH: install Swift 6.3 from https://swift.org/install" >&2; exit 1; }
	@certs/make-dev-certs.sh >&2

build: setup ## Builds the programs (debug) into .build/debug
	@swift build --product touchstone >&2
	@swift build --product graph-emulator >&2

demo: build ## Plays a story with real processes and judges it: make demo SEED=7
	@rm -rf $(DEMO_DIR)
	@mkdir -p $(dir $(DEMO_DIR))
	@.build/debug/touchstone demo --seed $(SEED) --keep $(DEMO_DIR)
	@python3 -B Tests/Demo/expect.py $(DEMO_DIR) > $(DEMO_DIR)/expect.txt \
	    || { grep '^FAIL' $(DEMO_DIR)/expect.txt >&2; tail -n 1 $(DEMO_DIR)/expect.txt >&2; exit 1; }
	@echo "Tests/Demo/expect.py: $$(tail -n 1 $(DEMO_DIR)/expect.txt)" >&2

run: build $(ENVIRONMENT) ## Starts the gateway with config/touchstone.yaml and var/touchstone.env
	@set -a; . ./$(ENVIRONMENT); set +a; exec .build/debug/touchstone serve --config config/touchstone.yaml

# Made once, with keys of its own; the rest of it is for a person to fill in.
$(ENVIRONMENT): config/touchstone.env.example | setup
	@mkdir -p var
	@if [ -e $@ ]; then touch $@; else \
	    umask 077; \
	    sed -e "s/^TOUCHSTONE_KEY=$$/TOUCHSTONE_KEY=$$(openssl rand -hex 32)/" \
	        -e "s/^TOUCHSTONE_ADMIN_TOKEN=$$/TOUCHSTONE_ADMIN_TOKEN=$$(openssl rand -hex 24)/" $< > $@; \
	    echo "made $@; keep its key: what people wrote is sealed under it" >&2; \
	fi

# One test after the other: side by side they open more files than Foundation's Process.run survives, and starve each other's clocks.
# What failed is said once more at the end: a log of thousands of lines is often kept by its tail only.
test: setup ## Builds everything once and runs every test, those that store on SQLite and on PostgreSQL
	@swift build --build-tests >&2
	@mkdir -p var
	@export TOUCHSTONE_TEST_POSTGRES=$$(Tests/postgres.sh start $(POSTGRES_DIR) --while $$$$); \
	trap 'Tests/postgres.sh drop $(POSTGRES_DIR)' EXIT; \
	run() { \
	    timeout --foreground $(TEST_MINUTES)m swift test --skip-build --disable-xctest --no-parallel "$${@:2}" 2>&1 | tee var/test-$$1.log \
	        || { status=$$?; [ $$status -ne 124 ] || echo "make test: stopped after $(TEST_MINUTES) minutes" >&2; \
	             grep -a '^✘' var/test-$$1.log >&2 || tail -n 20 var/test-$$1.log >&2; \
	             echo "make test: FAILED on $$1" >&2; exit $$status; }; \
	}; \
	run sqlite; \
	TOUCHSTONE_TEST_ENGINE=postgresql run postgresql --filter '$(STORING_TESTS)'
	@echo "make test: all green"

bench: setup ## Measures durable webhooks/s and event to action, beside fsync: make bench BENCH_ARGS="--peer NAME=URL"
	@swift build -c release --product touchstone-bench >&2
	@.build/release/touchstone-bench intake $(BENCH_ARGS)
	@.build/release/touchstone-bench action

format: ## Formats every Swift file in place
	@swift format --in-place --parallel --recursive $(SOURCES)

lint: ## Tells what is not formatted; changes nothing
	@swift format lint --strict --parallel --recursive $(SOURCES)
