#!/usr/bin/env bash
# Builds the Debian package bin/telagent_VERSION_ARCH.deb of what is checked out, and prints its name. The same commit gives
# the same bytes. VERSION and ARCH may be set, as in `make deb VERSION=1.2.3 ARCH=arm64`, and PROGRAM, a binary to pack instead
# of building one.
set -euo pipefail
cd "$(dirname "$0")/.."

if [ -z "${VERSION:-}" ]; then # a version of its own for each commit, older than any release
  VERSION="0~$(TZ=UTC git log -1 --format=%cd --date=format-local:%Y%m%d%H%M%S).$(git rev-parse --short=8 HEAD)"
fi
SOURCE_DATE_EPOCH="$(git log -1 --format=%ct)"
export SOURCE_DATE_EPOCH
ARCH="${ARCH:-$(dpkg --print-architecture)}"
case "$ARCH" in
  amd64 | arm64) goarch=$ARCH ;;
  *) echo "no package for the architecture $ARCH: amd64 or arm64" >&2; exit 1 ;;
esac

root="$(mktemp -d)"
trap 'rm -rf "$root"' EXIT
chmod 755 "$root"
if [ -n "${PROGRAM:-}" ]; then
  install -D -m 755 "$PROGRAM" "$root/usr/bin/telagent"
else
  CGO_ENABLED=0 GOOS=linux GOARCH="$goarch" go build -trimpath -ldflags "-s -w" -o "$root/usr/bin/telagent" ./cmd/telagent
fi
install -D -m 644 packaging/telagent.service "$root/lib/systemd/system/telagent.service"
install -D -m 644 packaging/telagent.sysusers "$root/usr/lib/sysusers.d/telagent.conf"
install -D -m 640 packaging/telagent.yaml "$root/etc/telagent/telagent.yaml"
for doc in CHANGELOG.md docs/operations.md docs/configuration.md docs/directory.md docs/openapi.json; do
  install -D -m 644 "$doc" "$root/usr/share/doc/telagent/$(basename "$doc")"
done
install -D -m 644 LICENSE "$root/usr/share/doc/telagent/copyright"
install -d -m 755 "$root/DEBIAN"
sed -e "s/^Version: .*/Version: $VERSION/" -e "s/^Architecture: .*/Architecture: $ARCH/" packaging/control > "$root/DEBIAN/control"
echo "Installed-Size: $(du -sk --exclude=DEBIAN "$root" | cut -f1)" >> "$root/DEBIAN/control"
install -m 644 packaging/conffiles "$root/DEBIAN/"
install -m 755 packaging/postinst packaging/prerm packaging/postrm "$root/DEBIAN/"
find "$root" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +

mkdir -p bin
dpkg-deb --root-owner-group -Zgzip --build "$root" "bin/telagent_${VERSION}_${ARCH}.deb" >/dev/null
echo "bin/telagent_${VERSION}_${ARCH}.deb"
