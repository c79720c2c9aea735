#!/usr/bin/env bash
# Runs every fuzzer of the project for the given time each (default 60s).
set -euo pipefail
cd "$(dirname "$0")/.."
each=${1:-60s}
said=$(mktemp)
trap 'rm -f "$said"' EXIT
grep -rlE '^func Fuzz' --include='*_test.go' . | xargs -n1 dirname | sort -u | while read -r dir; do
  for fuzzer in $(grep -rhoE '^func Fuzz\w+' "$dir"/*_test.go | cut -d' ' -f2 | sort); do
    echo "== $dir $fuzzer for $each"
    # Where the last input is under way when the time is up, go test fails with these words and no input: no finding.
    if ! go test "$dir" -run '^$' -fuzz "^$fuzzer\$" -fuzztime "$each" -fuzzminimizetime 100x 2>&1 | tee "$said"; then
      if grep -q 'Failing input' "$said" || ! grep -q 'context deadline exceeded' "$said"; then exit 1; fi
    fi
  done
done
