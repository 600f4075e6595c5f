#!/usr/bin/env bash
# Runs benchmarks and collects their JSON lines: tools/bench.sh BUILD_DIR [FAMILY]
# A family is a list of benchmark programs, and of scripts in bench/ that run peers beside them.
set -euo pipefail
cd "$(dirname "$0")/.."
build=${1:?usage: tools/bench.sh BUILD_DIR [FAMILY]}
family=${2:-all}
mkdir -p build/bench

declare -A programs=(
    [kernels]="field_bench field_ifma_bench curve_bench msm_bench ntt_bench hash_bench signature_bench"
    [plonk]="plonk_bench"
    [prove]="circuit_bench"
    [rollup]="rollup_bench"
)
[ "$family" = all ] && families="${!programs[*]}" || families=$family
for f in $families; do
    [ -n "${programs[$f]:-}" ] || { echo "bench: no family '$f'; there are: ${!programs[*]}" >&2; exit 2; }
    out=build/bench/$f.jsonl
    rm -f "$out"
    for program in ${programs[$f]}; do
        [ -x "$build/$program" ] && "$build/$program" --out "$out"
    done
    [ -x "bench/$f.sh" ] && "bench/$f.sh" "$build" "$out"
    echo "bench: results in $out"
done
