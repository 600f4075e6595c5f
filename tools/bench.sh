#!/usr/bin/env bash
# Runs benchmarks and collects their JSON lines: tools/bench.sh BUILD_DIR [FAMILY]
# A family is a list of benchmark programs, and of scripts in bench/ that run peers beside them in the same run.
set -euo pipefail
cd "$(dirname "$0")/.."
build=${1:?usage: tools/bench.sh BUILD_DIR [FAMILY]}
family=${2:-all}
mkdir -p build/bench

families=(kernels plonk prove rollup store api node)
declare -A programs=(
    [kernels]="field_bench field_ifma_bench curve_bench msm_bench ntt_bench poly_bench hash_bench signature_bench"
    [plonk]="plonk_bench"
    [prove]="circuit_bench"
    [rollup]="rollup_bench tx_bench"
    [store]="store_bench"
    [api]="api_bench"
    [node]="admission_bench"
)

run_family() {
    local out=build/bench/$1.jsonl
    rm -f "$out"
    for program in ${programs[$1]}; do
        if [ ! -x "$build/$program" ]; then
            echo "bench: $program is not part of this build; skipped"
            continue
        fi
        "$build/$program" --out "$out"
    done
    if [ -x "bench/$1.sh" ]; then "bench/$1.sh" "$build" "$out"; fi
    echo "bench: results in $out"
}

if [ "$family" = all ]; then
    for f in "${families[@]}"; do run_family "$f"; done
elif [ -n "${programs[$family]:-}" ]; then
    run_family "$family"
else
    echo "bench: no family '$family'; there are: all ${families[*]}" >&2
    exit 2
fi
