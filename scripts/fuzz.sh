#!/usr/bin/env bash
# Runs every fuzzer of the project for the given time each (default 60s).
set -euo pipefail
cd "$(dirname "$0")/.."
each=${1:-60s}
grep -rlE '^func Fuzz' --include='*_test.go' . | xargs -n1 dirname | sort -u | while read -r dir; do
  for fuzzer in $(grep -rhoE '^func Fuzz\w+' "$dir"/*_test.go | cut -d' ' -f2 | sort); do
    echo "== $dir $fuzzer for $each"
    go test "$dir" -run '^$' -fuzz "^$fuzzer\$" -fuzztime "$each" -fuzzminimizetime 100x
  done
done
