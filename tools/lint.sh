#!/usr/bin/env bash
# clang-tidy over the C sources that the given build compiles: tools/lint.sh BUILD_DIR [PATH_REGEX]
# Tests of a CPU level that this processor lacks are linted all the same: clang needs no such processor.
set -uo pipefail
cd "$(dirname "$0")/.."
build=${1:?usage: tools/lint.sh BUILD_DIR [PATH_REGEX]}
only=${2:-/src/}
list=$(python3 - "$build/compile_commands.json" "$only" <<'PY'
import json, re, sys
print("\n".join(sorted({e["file"] for e in json.load(open(sys.argv[1])) if re.search(sys.argv[2], e["file"])})))
PY
) || exit 1
[ -n "$list" ] || { echo "lint: no file matches $only" >&2; exit 2; }
# One file a process: the va_list check of clang-tidy 14 mistakes itself in the second file that uses one.
findings=$(xargs -P "$(nproc)" -n 1 clang-tidy -p "$build" --quiet <<<"$list" 2>&1)
status=$?
grep -v 'warnings generated\|^Suppressed\|^Use -header-filter' <<<"$findings"
[ $status -eq 0 ] || { echo "lint: clang-tidy has findings" >&2; exit 1; }
echo "lint: $(wc -l <<<"$list") files, clean"
