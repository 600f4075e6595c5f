#!/usr/bin/env bash
# Peers of the kernels, run beside ours: bench/kernels.sh BUILD_DIR OUT.jsonl (called by tools/bench.sh, whose benchmarks
# have just appended our own times to OUT). Appends our MSM and NTT once more, with gnark-crypto's times as the peer's.
# BENCH_TINY=1 takes small sizes, to see that it works.
set -euo pipefail
cd "$(dirname "$0")/.."
out=$(realpath "${2:?usage: bench/kernels.sh BUILD_DIR OUT.jsonl}")
if ! command -v go >/dev/null; then
    echo "bench: gnark-crypto skipped: it needs the Go tools (go), and they are not installed"
    exit 0
fi
program=$(realpath build)/bench/gnark
if ! go build -C bench/peers/gnark -o "$program" .; then
    echo "bench: gnark-crypto skipped: it did not build (Go fetches its modules; is there a network?)"
    exit 0
fi
sizes=(-sizes 16,18,20 -repeats 5)
[ -z "${BENCH_TINY:-}" ] || sizes=(-sizes 10 -repeats 1)
"$program" "${sizes[@]}" -threads "1,2" | node bench/merge-peer.mjs "$out" gnark-crypto
