# `make check` builds and tests everything; the rest is for development. `make help` lists all.
BUILD := build/release
BENCH ?=
ARGS  ?= --demo
JOBS  ?= $(shell nproc)
PREFIX ?= /usr/local

.DEFAULT_GOAL := help
.PHONY: screenshots help setup build install run check soak check-asan check-tsan check-valgrind bench gas fuzz format format-check lint tidy gen-check clean

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /  make \1	/p' $(firstword $(MAKEFILE_LIST)) | expand -t 24

setup: ## install the system and npm packages this tree needs (does nothing when all is there)
	@tools/setup.sh

build: setup ## build everything, optimized
	@cmake --preset release >/dev/null
	@cmake --build --preset release -j $(JOBS)

install: ## put what was built below PREFIX (/usr/local): the program, its manual page, completion for bash; DESTDIR goes before it
	@test -x $(BUILD)/zkroll || { echo "install: nothing is built yet: make build" >&2; exit 1; }
	@install -D -m 755 $(BUILD)/zkroll "$(DESTDIR)$(PREFIX)/bin/zkroll"
	@install -d "$(DESTDIR)$(PREFIX)/share/man/man1" "$(DESTDIR)$(PREFIX)/share/bash-completion/completions"
	@$(BUILD)/zkroll man >"$(DESTDIR)$(PREFIX)/share/man/man1/zkroll.1"
	@$(BUILD)/zkroll completion bash >"$(DESTDIR)$(PREFIX)/share/bash-completion/completions/zkroll"

run: setup ## a whole rollup on this machine, with users (ARGS="--demo" is what it gets; Ctrl-C ends it)
	@cmake --preset release >/dev/null
	@cmake --build --preset release -j $(JOBS) --target zkroll
	@$(BUILD)/zkroll devnet $(ARGS)

check: build ## set up, build and run all tests
	@ctest --test-dir $(BUILD) --output-on-failure -j $(JOBS)

check-asan: setup ## unit tests and fuzz corpora under AddressSanitizer and UBSan
	@cmake --preset asan >/dev/null
	@cmake --build --preset asan -j $(JOBS)
	@ctest --test-dir build/asan --output-on-failure -j $(JOBS) -L 'unit|fuzz'

check-tsan: setup ## unit tests under ThreadSanitizer
	@cmake --preset tsan >/dev/null
	@cmake --build --preset tsan -j $(JOBS)
	@ctest --test-dir build/tsan --output-on-failure -j $(JOBS) -L unit

soak: build ## long tests that `make check` has short versions of (tens of minutes)
	@ctest --test-dir $(BUILD) --output-on-failure -C soak -L soak

check-valgrind: build ## unit tests of the arithmetic under valgrind (portable kernels: valgrind has no AVX-512)
	@tools/valgrind.sh $(BUILD)

bench: build ## run benchmarks (BENCH=kernels|plonk|… for one family); writes build/bench/*.jsonl
	@tools/bench.sh $(BUILD) $(BENCH)

gas: build ## measure the contracts on a development chain; writes docs/gas.md
	@node contracts/gas.mjs --write

screenshots: build ## pictures of the web application, into docs/screenshots
	@ZK_BUILD=$(BUILD) node tests/web/screenshots.mjs

fuzz: setup ## run every fuzz target for FUZZ_SECONDS each (60)
	@cmake --preset fuzz >/dev/null
	@cmake --build --preset fuzz -j $(JOBS)
	@tools/fuzz.sh build/fuzz

format: setup ## reformat the C sources
	@tools/format.sh

format-check: setup ## fail if a C source is not formatted
	@tools/format.sh --check

lint: build tidy ## clang-tidy over the C sources, then the house rules
	@tools/lint.sh $(BUILD)

tidy: ## the house rules: layer order, banned calls, machine paths, packages without a reason
	@node tools/tidy.mjs

gen-check: ## regenerate generated files and compare with what is committed
	@tools/gen-check.sh

clean: ## remove build products
	@rm -rf build
