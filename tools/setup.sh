#!/usr/bin/env bash
# Installs what this tree needs on Debian 12, as root or with sudo. Does nothing when all is there.
# docs/dependencies.md gives the reason for each package.
set -euo pipefail
cd "$(dirname "$0")/.."

SYSTEM_PACKAGES=(
    build-essential cmake ninja-build pkg-config python3
    clang clang-format clang-tidy libclang-rt-14-dev valgrind
    libssl-dev libsecp256k1-dev libjson-c-dev libcurl4-openssl-dev
    libmicrohttpd-dev libwslay-dev zlib1g-dev
    libsqlite3-dev libpq-dev postgresql-15 libinih-dev
    chromium fonts-dejavu-core
    curl groff-base
)

missing=()
for package in "${SYSTEM_PACKAGES[@]}"; do
    [ "$(dpkg-query -W -f='${db:Status-Abbrev}' "$package" 2>/dev/null)" = "ii " ] || missing+=("$package")
done
if [ ${#missing[@]} -gt 0 ]; then
    command -v apt-get >/dev/null || { echo "setup: this is not Debian; install what these packages hold: ${missing[*]}" >&2; exit 1; }
    echo "setup: installing ${missing[*]}"
    as_root=()
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null || { echo "setup: run as root, or install sudo, to install: ${missing[*]}" >&2; exit 1; }
        as_root=(sudo)
    fi
    "${as_root[@]}" apt-get update -qq
    # The tests start PostgreSQL servers of their own: the package is not to make one that runs from now on.
    no_server=
    if [[ " ${missing[*]} " == *" postgresql-15 "* ]]; then
        no_server=/etc/postgresql-common/createcluster.d/zkroll-setup.conf
        "${as_root[@]}" mkdir -p "$(dirname "$no_server")"
        "${as_root[@]}" tee "$no_server" >/dev/null <<<"create_main_cluster = false"
        trap '"${as_root[@]}" rm -f "$no_server"' EXIT
    fi
    # sudo drops the variables of its caller: env sets this one behind it.
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"
    if [ -n "$no_server" ]; then
        "${as_root[@]}" rm -f "$no_server"
        trap - EXIT
    fi
fi

# Debian 12 has Node 18, which zkSync's and Foundry's packages do not support: it comes from wherever this machine gets Node.
node_major=$(node -p 'process.versions.node.split(".")[0]' 2>/dev/null || echo 0)
if [ "$node_major" -lt 20 ] || ! command -v npm >/dev/null; then
    found=$(node --version 2>/dev/null || echo none)
    echo "setup: Node 20 or newer with npm is needed (found: $found); Debian 12's own is too old, see nodejs.org" >&2
    exit 1
fi

# `npm ci` begins by emptying node_modules, through a link too: behind one are the packages of another tree.
if [ -L node_modules ]; then
    cmp -s package-lock.json "$(readlink -f node_modules)/../package-lock.json" && [ -e node_modules/.package-lock.json ] || {
        echo "setup: node_modules is a link to a tree with other packages; set that one up, or remove the link" >&2
        exit 1
    }
# npm writes the lock it installed from into node_modules; an older copy than ours means that packages changed.
elif [ ! -e node_modules/.package-lock.json ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
    echo "setup: installing npm packages"
    npm ci --no-audit --no-fund --loglevel=error || {
        echo "setup: npm could not install the packages of package-lock.json" >&2
        exit 1
    }
    touch node_modules/.package-lock.json
fi
