#!/usr/bin/env bash
# The Solidity verifier's gas, and Barretenberg beside our prover, in one run: bench/plonk.sh BUILD_DIR OUT.jsonl (called by
# tools/bench.sh, whose plonk_bench has just appended our own times to OUT).
set -euo pipefail
cd "$(dirname "$0")/.."
build=$(realpath "${1:?usage: bench/plonk.sh BUILD_DIR OUT.jsonl}")
out=$(realpath "${2:?usage: bench/plonk.sh BUILD_DIR OUT.jsonl}")
node bench/verifier-gas.mjs "$out" "$build"
bench/barretenberg.sh measure.mjs "$build" "$out"
