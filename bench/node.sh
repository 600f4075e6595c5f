#!/usr/bin/env bash
# From submission to sealed block: bench/node.sh BUILD_DIR OUT.jsonl (called by tools/bench.sh). `zkroll bench sequencer` on
# SQLite and on a PostgreSQL server that this script starts and ends, with and without what provers need, and at growing
# numbers of accounts. ZK_BENCH_TRANSFERS and ZK_BENCH_ACCOUNTS (a list) change the sizes; 10^7 accounts take most of an hour.
set -euo pipefail
cd "$(dirname "$0")/.."
build=$(realpath "${1:?usage: bench/node.sh BUILD_DIR OUT.jsonl}")
out=$(realpath "${2:?usage: bench/node.sh BUILD_DIR OUT.jsonl}")
transfers=${ZK_BENCH_TRANSFERS:-50000}
read -r -a growth <<<"${ZK_BENCH_ACCOUNTS:-1000 100000 1000000}"
pg_bin=/usr/lib/postgresql/15/bin
folder=$(mktemp -d build/bench/node-XXXXXX)
folder=$(realpath "$folder")
pg_pid=

end() {
    if [ -n "$pg_pid" ]; then
        kill -INT "$pg_pid" 2>/dev/null || true
        wait "$pg_pid" 2>/dev/null || true
    fi
    rm -rf "$folder"
}
trap end EXIT

# measure NAME ACCOUNTS OPTION...: runs, shows, and keeps rate and processor time as JSON lines.
measure() {
    local name=$1 accounts=$2 text
    shift 2
    echo "== $name, $accounts accounts"
    rm -rf "$folder/data"
    text=$("$build/zkroll" bench sequencer "$transfers" "$accounts" --data-dir="$folder/data" \
        --sequencer.block-slots=2560 "$@")
    echo "$text"
    local rate cpu
    rate=$(sed -n 's/^\([0-9]*\) transfers\/s from.*/\1/p' <<<"$text")
    cpu=$(sed -n 's/^\([0-9.]*\) us of processor.*/\1/p' <<<"$text")
    printf '{"name":"%s, %s accounts","value":%s,"unit":"1/s","threads":%s,"kernel":null,"peer":null,"peer_value":null,"ratio":null}\n' \
        "$name" "$accounts" "$rate" "$(nproc)" >>"$out"
    printf '{"name":"%s, %s accounts, processor time","value":%s,"unit":"us","threads":%s,"kernel":null,"peer":null,"peer_value":null,"ratio":null}\n' \
        "$name" "$accounts" "$cpu" "$(nproc)" >>"$out"
}

# A cluster of its own, durable as in operation, on a socket in our folder alone. PostgreSQL does not run as root.
start_postgres() {
    [ -x "$pg_bin/postgres" ] || return 1
    local as=()
    if [ "$(id -u)" -eq 0 ]; then
        as=(runuser -u postgres --)
        socket=$(mktemp -d /tmp/zkroll-bench-pg-XXXXXX)
        chown postgres "$socket"
    else
        socket=$(mktemp -d /tmp/zkroll-bench-pg-XXXXXX)
    fi
    (cd / && "${as[@]}" "$pg_bin/initdb" -D "$socket/data" -U zk -A trust -E UTF8 --locale=C >/dev/null) || return 1
    (cd / && exec "${as[@]}" "$pg_bin/postgres" -D "$socket/data" -k "$socket" -c listen_addresses= >/dev/null 2>&1) &
    pg_pid=$!
    for _ in $(seq 100); do
        "$pg_bin/pg_isready" -q -h "$socket" && return 0
        sleep 0.1
    done
    return 1
}

measure "sequencer, SQLite" "${growth[0]}"
measure "sequencer, SQLite, no traces" "${growth[0]}" --sequencer.traces=no
if start_postgres; then
    trap 'end; rm -rf "$socket"' EXIT
    measure "sequencer, PostgreSQL" "${growth[0]}" --db.url="postgres:///postgres?host=$socket&user=zk"
else
    echo "bench: PostgreSQL skipped: there is no $pg_bin/postgres"
fi
for accounts in "${growth[@]:1}"; do measure "sequencer, SQLite" "$accounts"; done
