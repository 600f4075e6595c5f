#!/usr/bin/env bash
# Blocks of every capacity, and Barretenberg beside them in one run: bench/prove.sh BUILD_DIR OUT.jsonl (called by
# tools/bench.sh, whose circuit_bench has just appended the smallest block). ZK_BENCH_SLOTS takes these capacities alone.
set -euo pipefail
cd "$(dirname "$0")/.."
build=$(realpath "${1:?usage: bench/prove.sh BUILD_DIR OUT.jsonl}")
out=$(realpath "${2:?usage: bench/prove.sh BUILD_DIR OUT.jsonl}")
for slots in ${ZK_BENCH_SLOTS:-160 640 2560}; do "$build/circuit_bench" --slots "$slots" --out "$out"; done
bench/barretenberg.sh transfers.mjs "$build" "$out"
