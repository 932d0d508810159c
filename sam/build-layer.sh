#!/bin/sh
# Copies the layer for one architecture into a folder, as Lambda unpacks it under /opt. layer/Makefile calls it.
#
#   build-layer.sh <arm64 | x86_64> <folder>
#
# If dist/<architecture> is missing or older than the sources, it is built first. So `sam build` works on a fresh clone
# and never ships an outdated program.
set -eu

fail() {
  printf 'The layer cannot be built: %s\n' "$1" >&2
  exit 1
}

[ $# -eq 2 ] || fail "usage: build-layer.sh <arm64 | x86_64> <folder>"
architecture=$1
artifacts=$2
case $architecture in
  arm64 | x86_64) ;;
  *) fail "the architecture is \"$architecture\"; allowed: arm64, x86_64" ;;
esac
[ -n "$artifacts" ] || fail "ARTIFACTS_DIR is not set; sam build sets it"

root=$(cd "$(dirname "$0")/.." && pwd)
tree=$root/dist/$architecture
launcher=$tree/extensions/cache-extension

is_current() {
  [ -f "$launcher" ] || return 1
  [ -z "$(find "$root/src" "$root/scripts" "$root/package-lock.json" -type f -newer "$launcher")" ]
}

if ! is_current; then
  command -v npm >/dev/null ||
    fail "dist/$architecture is missing or older than the sources, and npm is not on PATH. Install Node.js 20 or newer, or run \"npm install && npm run build\" where it is and copy dist/ here"
  cd "$root"
  # sam shows what goes to standard error.
  [ -d node_modules ] || npm install >&2 || fail "npm install failed in $root, see above"
  npm run build -- "$architecture" >&2 || fail "npm run build failed in $root, see above"
  [ -f "$launcher" ] || fail "npm run build did not write $launcher"
fi

mkdir -p "$artifacts"
cp -R "$tree/." "$artifacts"
# Lambda runs the layer as a user other than the owner, so everyone must be able to read and execute it.
chmod -R u=rwX,go=rX "$artifacts"
