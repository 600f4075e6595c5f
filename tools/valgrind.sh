#!/usr/bin/env bash
# Unit tests under valgrind on the portable kernels: tools/valgrind.sh BUILD_DIR [NAME ...]
# A thread pool that lives until exit is "possibly lost" to valgrind; only what is surely lost is an error.
set -euo pipefail
cd "$(dirname "$0")/.."
build=${1:?usage: tools/valgrind.sh BUILD_DIR [NAME ...]}
shift
[ $# -gt 0 ] && tests=("$@") || mapfile -t tests < <(cd "$build" && ls -- *_test | grep -v _ctime_) # those start valgrind themselves
for t in "${tests[@]}"; do
    echo "valgrind: $t"
    ZK_CPU=plain valgrind --quiet --error-exitcode=9 --leak-check=full --errors-for-leak-kinds=definite --show-leak-kinds=definite "$build/$t" >/dev/null
done
