#!/usr/bin/env bash
# Runs every src/**/NAME_gen.py and compares its output with the committed NAME_gen.h beside it; likewise
# contracts/src/NAME_gen.py with NAME.sol.
# With --write, replaces the files.
set -euo pipefail
cd "$(dirname "$0")/.."
status=0
while read -r script; do
    case $script in
        contracts/*) target=${script%_gen.py}.sol ;;
        *) target=${script%.py}.h ;;
    esac
    fresh=$(mktemp)
    python3 "$script" > "$fresh"
    if [ "${1:-}" = "--write" ]; then
        cp "$fresh" "$target"
    elif ! cmp -s "$fresh" "$target"; then
        echo "gen-check: $target is not what $script writes" >&2
        status=1
    fi
    rm -f "$fresh"
done < <(git ls-files --cached --others --exclude-standard 'src/*_gen.py' 'contracts/src/*_gen.py')
[ $status -eq 0 ] && echo "gen-check: generated files are current"
exit $status
