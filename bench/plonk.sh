#!/usr/bin/env bash
# The Solidity verifier's gas, and Barretenberg beside our prover, in one run: bench/plonk.sh BUILD_DIR OUT.jsonl (called by
# tools/bench.sh, whose plonk_bench has just appended our own times to OUT). Barretenberg's packages are large, so they live
# in the build folder. ZK_BENCH_LOG_N takes one size alone, as in plonk_bench.
set -euo pipefail
cd "$(dirname "$0")/.."
build=$(realpath "${1:?usage: bench/plonk.sh BUILD_DIR OUT.jsonl}")
out=$(realpath "${2:?usage: bench/plonk.sh BUILD_DIR OUT.jsonl}")
node bench/verifier-gas.mjs "$out" "$build"
dir=$(realpath build)/bench/barretenberg
mkdir -p "$dir"
cp bench/peers/barretenberg/{package.json,package-lock.json,circuit.mjs,measure.mjs} .npmrc "$dir"/
if [ "$(uname -s)-$(uname -m)" != Linux-x86_64 ]; then
    echo "bench: barretenberg skipped: its native prover is taken for Linux on x86-64"
    exit 0
fi
if ! npm install --prefix "$dir" --no-audit --no-fund --ignore-scripts >"$dir/npm.log" 2>&1; then
    echo "bench: barretenberg skipped: its packages could not be installed (is there a network?); $dir/npm.log says more"
    exit 0
fi
chmod +x "$dir/node_modules/@aztec/bb.js/build/amd64-linux/bb"
node "$dir/measure.mjs" "$out" "$build" ${ZK_BENCH_LOG_N:-18 20}
