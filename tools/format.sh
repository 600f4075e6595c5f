#!/usr/bin/env bash
# Formats the C sources, or with --check fails and names those that are not formatted. *_gen.h keep their scripts' form.
set -euo pipefail
cd "$(dirname "$0")/.."
mapfile -t files < <(git ls-files --cached --others --exclude-standard 'src/*.c' 'src/*.h' 'tests/*.c' 'tests/*.h' 'bench/*.c' | grep -v '_gen\.h$')
if [ "${1:-}" = "--check" ]; then
    clang-format --dry-run --Werror "${files[@]}"
    echo "format: ${#files[@]} files are formatted"
else
    clang-format -i "${files[@]}"
fi
