#!/usr/bin/env bash
# Everything that a change must pass, from a clean clone. CI runs this script, and you can, too.
set -euo pipefail
cd "$(dirname "$0")/.."
export CI=true

step() { printf '\n== %s\n' "$*"; "$@"; }

step npm ci
step bash scripts/install-debian-packages.sh
step npm run audit
step npm run lint
step npm run types
step npm run docs
step npm run build
step npm run size

# Checks that the bench still runs. Only a quiet machine can tell how fast it is.
step npx tsx bench/main.ts --rounds 1 --only 'QoS 1, 64 B'
step npx tsx bench/main.ts --rounds 1 --only ' 1,000 clients'
step npx tsx bench/main.ts --only bundle
step npx tsx bench/heap.ts --clients 100

log=$(mktemp)
trap 'rm -f "$log"' EXIT
tests=0
# With four kinds of runs for each database, its programs are killed 200 times while 2,000 messages pass.
step env EXACTLY_ONCE=50 npm test 2>&1 | tee "$log" || tests=$?

# The last lines of the summary of Mocha: "  12 passing (3s)", "  1 pending", "  2 failing"
count() { sed -E 's/\x1b\[[0-9;]*m//g' "$log" | sed -nE "s/^ +([0-9]+) $1\b.*/\1/p" | tail -n 1; }
passed=$(count passing)
failed=$(count failing)

simulation=0
step npm run simulate -- --runs 5000 --seconds 300 --seed 1 || simulation=$?

browser=0
step npm run test:browser || browser=$?

package=0
step npm run test:package || package=$?

dashboard=0
step npm run test:dashboard || dashboard=$?

echo
[ "$tests" -eq 0 ] || echo "npm test failed ($tests)"
[ "$simulation" -eq 0 ] || echo "npm run simulate failed ($simulation)"
[ "$browser" -eq 0 ] || echo "npm run test:browser failed ($browser)"
[ "$package" -eq 0 ] || echo "npm run test:package failed ($package)"
[ "$dashboard" -eq 0 ] || echo "npm run test:dashboard failed ($dashboard)"
echo "${passed:-0} passed, ${failed:-0} failed"
[ "$tests" -eq 0 ] && [ "$simulation" -eq 0 ] && [ "$browser" -eq 0 ] && [ "$package" -eq 0 ] && [ "$dashboard" -eq 0 ] && [ "${passed:-0}" -gt 0 ]
