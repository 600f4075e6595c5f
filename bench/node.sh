#!/usr/bin/env bash
# From submission to sealed block: bench/node.sh BUILD_DIR OUT.jsonl (called by tools/bench.sh). `zkroll bench sequencer` on
# SQLite and on a PostgreSQL server that this script starts and ends, with and without what provers need, and at growing
# numbers of accounts; a table of it all at the end. ZK_BENCH_TRANSFERS, ZK_BENCH_ACCOUNTS and ZK_BENCH_POSTGRES_ACCOUNTS
# (lists) change the sizes. Filling SQLite with 10^7 accounts takes some five minutes and 6 GB; with ZK_BENCH_KEEP=FOLDER
# its databases stay there, and the next run begins with them.
set -euo pipefail
cd "$(dirname "$0")/.."
build=$(realpath "${1:?usage: bench/node.sh BUILD_DIR OUT.jsonl}")
out=$(realpath "${2:?usage: bench/node.sh BUILD_DIR OUT.jsonl}")
transfers=${ZK_BENCH_TRANSFERS:-50000}
read -r -a growth <<<"${ZK_BENCH_ACCOUNTS:-1000 100000 1000000 10000000}"
read -r -a growth_postgres <<<"${ZK_BENCH_POSTGRES_ACCOUNTS:-1000 100000 1000000}"
pg_bin=/usr/lib/postgresql/15/bin
folder=$(mktemp -d build/bench/node-XXXXXX)
folder=$(realpath "$folder")
pg_pid=

end() {
    if [ -n "$pg_pid" ]; then
        # Not its parent, runuser: what a script puts into the background ignores this signal.
        kill -INT "$(head -n 1 "$socket/data/postmaster.pid")" || true
        wait "$pg_pid" || true
        rm -rf "$socket"
    fi
    rm -rf "$folder"
}
trap end EXIT

# What the text of a run has behind a pattern; "-" if nothing.
find() {
    local got
    got=$(sed -n "s/$2/\\1/p" <<<"$1")
    echo "${got:--}"
}

# The sum of a group's costs.
cost() { awk -v group="$2" '$1 == "cost," && $2 == group { sum += $4 } END { printf "%.0f", sum }' <<<"$1"; }

json() {
    [ "$2" != - ] || return 0
    printf '{"name":"%s","value":%s,"unit":"%s","threads":%s,"kernel":null,"peer":null,"peer_value":null,"ratio":null}\n' \
        "$1" "$2" "$3" "$(nproc)" >>"$out"
}

# measure NAME ACCOUNTS FOLDER OPTION...: runs, shows, keeps the figures as JSON lines and as a row of the table.
rows=()
measure() {
    local name=$1 accounts=$2 data=$3 text
    shift 3
    echo "== $name, $accounts accounts"
    text=$("$build/zkroll" bench sequencer "$transfers" "$accounts" --data-dir="$data" --sequencer.block-slots=2560 "$@")
    echo "$text"
    local rate cpu start accepted sealed
    rate=$(find "$text" '^\([0-9]*\) transfers\/s from.*')
    cpu=$(find "$text" '^\([0-9.]*\) us of processor.*')
    start=$(find "$text" '^start: \([0-9.]*\) s.*')
    accepted=$(find "$text" '^latency, submitted to accepted *p50 *\([0-9.]*\) .*')
    sealed=$(find "$text" '^latency, submitted to sealed *p50 *\([0-9.]*\) .*')
    json "sequencer, $name, $accounts accounts" "$rate" 1/s
    json "sequencer, $name, $accounts accounts, processor time" "$cpu" us
    json "sequencer, $name, $accounts accounts, start" "$start" s
    rows+=("$name|$accounts|$rate|$(find "$text" '^\([0-9]*\) transfers\/s accepted.*')|$cpu|$(find "$text" \
        '^.*transfer; \([0-9.]*\) processors.*')|$accepted / $(find "$text" '^latency, .*accepted.* p99 *\([0-9.]*\) .*')|$sealed / $(
        find "$text" '^latency, .*sealed.* p99 *\([0-9.]*\) .*')|$(cost "$text" look-ups)|$(cost "$text" signature)|$(
        cost "$text" execution)|$(cost "$text" tree)|$(cost "$text" storage)|$start")
}

on_sqlite() {
    local kept=${ZK_BENCH_KEEP:-} data=$folder/data
    rm -rf "$data"
    [ -z "$kept" ] || data=$(realpath "$kept")/$1
    measure "SQLite" "$1" "$data"
    rm -rf "$folder/data"
}

on_postgres() {
    rm -rf "$folder/data"
    "$pg_bin/createdb" -h "$socket" -U zk "bench$1"
    measure "PostgreSQL" "$1" "$folder/data" --db.url="postgres:///bench$1?host=$socket&user=zk"
    "$pg_bin/dropdb" -h "$socket" -U zk "bench$1"
    rm -rf "$folder/data"
}

table() {
    echo "database|accounts|transfers/s|accepted/s|us a transfer|processors|accepted ms p50 / p99|sealed ms p50 / p99|look-ups us|\
signatures us|execution us|tree us|storage us|start s"
    echo "---|---|---|---|---|---|---|---|---|---|---|---|---|---"
    printf '%s\n' "${rows[@]}"
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

on_sqlite "${growth[0]}"
measure "SQLite, no traces" "${growth[0]}" "$folder/data" --sequencer.traces=no
for accounts in "${growth[@]:1}"; do on_sqlite "$accounts"; done
if start_postgres; then
    for accounts in "${growth_postgres[@]}"; do on_postgres "$accounts"; done
else
    echo "bench: PostgreSQL skipped: there is no $pg_bin/postgres"
fi
table
