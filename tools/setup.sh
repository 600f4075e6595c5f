#!/usr/bin/env bash
# Installs what this tree needs on Debian 12, as root or with sudo. Does nothing when all is there.
# docs/dependencies.md gives the reason for each package.
set -euo pipefail
cd "$(dirname "$0")/.."

SYSTEM_PACKAGES=(
    build-essential cmake ninja-build pkg-config python3
    clang clang-format clang-tidy libclang-rt-14-dev valgrind
    libssl-dev libsecp256k1-dev libjson-c-dev libcurl4-openssl-dev
)

missing=()
for package in "${SYSTEM_PACKAGES[@]}"; do
    [ "$(dpkg-query -W -f='${db:Status-Abbrev}' "$package" 2>/dev/null)" = "ii " ] || missing+=("$package")
done
if [ ${#missing[@]} -gt 0 ]; then
    echo "setup: installing ${missing[*]}"
    as_root=()
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null || { echo "setup: run as root, or install sudo, to install: ${missing[*]}" >&2; exit 1; }
        as_root=(sudo)
    fi
    "${as_root[@]}" apt-get update -qq
    DEBIAN_FRONTEND=noninteractive "${as_root[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}"
fi

command -v node >/dev/null && [ "$(node -p 'process.versions.node.split(".")[0]')" -ge 20 ] || {
    echo "setup: Node 20 or newer is needed and was not found" >&2
    exit 1
}

# npm writes the lock it installed from into node_modules; an older copy than ours means that packages changed.
if [ ! -e node_modules/.package-lock.json ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
    echo "setup: installing npm packages"
    npm ci --no-audit --no-fund --loglevel=error
    touch node_modules/.package-lock.json
fi
