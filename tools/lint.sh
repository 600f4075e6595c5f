#!/usr/bin/env bash
# clang-tidy over every C source that the given build compiles: tools/lint.sh BUILD_DIR [PATH_REGEX]
set -euo pipefail
cd "$(dirname "$0")/.."
build=${1:?usage: tools/lint.sh BUILD_DIR [PATH_REGEX]}
only=${2:-src/}
python3 - "$build/compile_commands.json" "$only" <<'PY' | xargs -P "$(nproc)" -n 4 clang-tidy -p "$build" --quiet 2>&1 | grep -v 'warnings generated' || true
import json, re, sys
for entry in json.load(open(sys.argv[1])):
    if re.search(sys.argv[2], entry["file"]): print(entry["file"])
PY
status=("${PIPESTATUS[@]}")
[ "${status[1]}" -eq 0 ] || { echo "lint: clang-tidy has findings" >&2; exit 1; }
echo "lint: clean"
