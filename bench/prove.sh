#!/usr/bin/env bash
# Blocks of every capacity, and Barretenberg beside them in one run: bench/prove.sh BUILD_DIR OUT.jsonl (called by
# tools/bench.sh, whose circuit_bench has just appended the smallest block). ZK_BENCH_SLOTS takes these capacities alone.
set -euo pipefail
cd "$(dirname "$0")/.."
build=$(realpath "${1:?usage: bench/prove.sh BUILD_DIR OUT.jsonl}")
out=$(realpath "${2:?usage: bench/prove.sh BUILD_DIR OUT.jsonl}")
for slots in ${ZK_BENCH_SLOTS:-160 640 2560}; do "$build/circuit_bench" --slots "$slots" --out "$out"; done
dir=$(realpath build)/bench/barretenberg
mkdir -p "$dir"
cp bench/peers/barretenberg/{package.json,package-lock.json,circuit.mjs,transfers.mjs} .npmrc "$dir"/
if [ "$(uname -s)-$(uname -m)" != Linux-x86_64 ]; then
    echo "bench: barretenberg skipped: its native prover is taken for Linux on x86-64"
    exit 0
fi
if ! npm install --prefix "$dir" --no-audit --no-fund --ignore-scripts >"$dir/npm.log" 2>&1; then
    echo "bench: barretenberg skipped: its packages could not be installed (is there a network?); $dir/npm.log says more"
    exit 0
fi
chmod +x "$dir/node_modules/@aztec/bb.js/build/amd64-linux/bb"
node "$dir/transfers.mjs" "$out" "$build" ${ZK_BENCH_LOG_N:-18 20}
