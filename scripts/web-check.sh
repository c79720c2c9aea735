#!/usr/bin/env bash
# Fails when console/dist is not what console/web builds. Vite needs Node 20.19 or later; without it this check is left
# out and says so (CI has it).
set -euo pipefail
cd "$(dirname "$0")/.."
if ! node -e 'const [a,b]=process.versions.node.split(".").map(Number); process.exit(a>20||(a==20&&b>=19)?0:1)' 2>/dev/null; then
  echo "pages not rebuilt: this needs Node 20.19 or later"
  exit 0
fi
cd console/web
npm ci --no-audit --no-fund --silent
npm run --silent check
npm run --silent build
cd ../..
if [ -n "$(git status --porcelain -- console/dist)" ]; then
  git --no-pager status --short -- console/dist
  echo "console/dist is not what console/web builds: run make web and commit it"
  exit 1
fi
