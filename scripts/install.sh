#!/usr/bin/env bash
# Installs the Debian packages that the tests need and that are missing, and says which. Needs root or sudo for that.
set -euo pipefail

# command -> package
need=(
  gcc:gcc git:git
  sipp:sip-tester baresip:baresip-core sox:sox ip:iproute2
  chromium:chromium node:nodejs npm:npm
  kamailio:kamailio linphonec:linphone-cli sipsak:sipsak svmap:sipvicious
)
missing=()
for pair in "${need[@]}"; do
  command -v "${pair%%:*}" >/dev/null || missing+=("${pair##*:}")
done
[ -e /usr/include/stdlib.h ] || missing+=(libc6-dev) # the race detector links with it
ls /usr/lib/*/kamailio/modules/tls.so >/dev/null 2>&1 || missing+=(kamailio-tls-modules)
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || missing+=(postgresql)
[ "${#missing[@]}" = 0 ] && exit 0

echo "installing what the tests need from Debian: ${missing[*]}"
as_root=()
if [ "$(id -u)" != 0 ]; then
  command -v sudo >/dev/null || { echo "not root and no sudo: install these packages and run again: ${missing[*]}" >&2; exit 1; }
  as_root=(sudo)
fi
export DEBIAN_FRONTEND=noninteractive
# Nothing of it is to run as a service (Kamailio would take the port of SIP): the tests start their own.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee "$policy" >/dev/null
  "${as_root[@]}" chmod +x "$policy"
  trap '"${as_root[@]}" rm -f "$policy"' EXIT
fi
"${as_root[@]}" apt-get update -qq
"${as_root[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
