#!/usr/bin/env bash
# Barretenberg beside our prover: bench/barretenberg.sh MEASURE BUILD_DIR OUT.jsonl, where MEASURE is a script of
# bench/peers/barretenberg/. Its packages are large, so they live in the build folder. ZK_BENCH_LOG_N takes one size alone, as in
# plonk_bench. Where it cannot be had it says why, and that is no failure.
set -euo pipefail
cd "$(dirname "$0")/.."
usage="usage: bench/barretenberg.sh MEASURE BUILD_DIR OUT.jsonl"
measure=${1:?$usage}
build=$(realpath "${2:?$usage}")
out=$(realpath "${3:?$usage}")
if [ "$(uname -s)-$(uname -m)" != Linux-x86_64 ]; then
    echo "bench: barretenberg skipped: its native prover is taken for Linux on x86-64"
    exit 0
fi
dir=$(realpath build)/bench/barretenberg
mkdir -p "$dir"
cp bench/peers/barretenberg/{package.json,package-lock.json,circuit.mjs,"$measure"} .npmrc "$dir"/
if ! npm install --prefix "$dir" --no-audit --no-fund --ignore-scripts >"$dir/npm.log" 2>&1; then
    echo "bench: barretenberg skipped: its packages could not be installed (is there a network?); $dir/npm.log says more"
    exit 0
fi
chmod +x "$dir/node_modules/@aztec/bb.js/build/amd64-linux/bb"
node "$dir/$measure" "$out" "$build" ${ZK_BENCH_LOG_N:-18 20}
