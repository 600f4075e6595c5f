#!/usr/bin/env bash
# Runs each fuzz target for FUZZ_SECONDS (60) from its corpus: tools/fuzz.sh BUILD_DIR [NAME]
# New inputs go to build/corpus; a crash is kept in build/crash, its report beside it, and ends the run with code 1.
set -euo pipefail
cd "$(dirname "$0")/.."
build=${1:?usage: tools/fuzz.sh BUILD_DIR [NAME]}
mkdir -p build/crash
ran=0
for target in "$build"/*_fuzz; do
    name=$(basename "$target" _fuzz)
    [ -z "${2:-}" ] || [ "$name" = "$2" ] || continue
    mkdir -p "build/corpus/$name" "fuzz/corpus/$name"
    echo "fuzz: $name for ${FUZZ_SECONDS:-60} s"
    log=build/crash/$name.log
    status=0
    "$target" -max_total_time="${FUZZ_SECONDS:-60}" -max_len=4096 -print_final_stats=1 \
        -artifact_prefix="build/crash/$name-" "build/corpus/$name" "fuzz/corpus/$name" >"$log" 2>&1 || status=$?
    grep -E 'ERROR|SUMMARY|stat::number|Assert|broken' "$log" || true
    [ "$status" -eq 0 ] || { echo "fuzz: $name found something; see build/crash and $log" >&2; exit 1; }
    rm -f "$log"
    ran=$((ran + 1))
done
[ "$ran" -gt 0 ] || { echo "fuzz: no target${2:+ named $2} in $build" >&2; exit 2; }
