#!/usr/bin/env bash
# The pages in headless Chromium. Installs playwright-core (and nothing else) from npm on the first run.
set -euo pipefail
cd "$(dirname "$0")/../console/web"
[ -d node_modules/playwright-core ] || npm ci --omit=optional --no-audit --no-fund --silent
npm run --silent test:browser
