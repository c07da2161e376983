#!/usr/bin/env bash
# The tests on the Python of Debian 13 (3.13), in a folder that debootstrap fills: tests/trixie.sh [FOLDER [PYTEST ARGUMENTS]]
#
# Needs root, debootstrap, unshare, and what pip and apt reach on this machine; says so and ends with 0 where one is
# missing. FOLDER (by default a new one, removed at the end) is filled once and may be used again. Nothing stays mounted.
set -euo pipefail
[ "$(id -u)" = 0 ] || { echo "skipped: needs root"; exit 0; }
for tool in debootstrap unshare git; do
  command -v "$tool" >/dev/null || { echo "skipped: needs $tool"; exit 0; }
done
checkout=$(cd "$(dirname "$0")/.." && pwd)
if [ $# -gt 0 ]; then
  root=$1; shift; mkdir -p "$root"
else
  root=$(mktemp -d /var/tmp/trixie.XXXXXX); trap 'rm -rf --one-file-system "$root"' EXIT
fi
if [ ! -e "$root/usr/bin/python3.13" ]; then
  # Where apt is configured for a mirror, debootstrap takes the same one.
  mirror=$(sed -n 's/^URIs: *//p; s/^deb \(\[[^]]*\] \)\?\(http[^ ]*\/debian\) .*/\2/p' \
    /etc/apt/sources.list.d/debian.sources /etc/apt/sources.list 2>/dev/null | head -n 1 || true)
  debootstrap --variant=minbase \
    --include=python3,python3-venv,python3-dev,gcc,ca-certificates,git,libgomp1,procps,util-linux \
    trixie "$root" ${mirror:+"$mirror"} >"$root.log" 2>&1 || { tail -n 5 "$root.log"; exit 1; }
  rm -f "$root.log"
fi
rm -rf "$root/isokernel" && mkdir -p "$root/isokernel"
git -C "$checkout" archive HEAD | tar -x -C "$root/isokernel"
for file in /etc/resolv.conf /etc/hosts /etc/ssl/certs/ca-certificates.crt; do
  if [ -e "$file" ]; then cp -L "$file" "$root$file"; fi
done
export ROOT=$root
unshare --mount --propagation private bash -euo pipefail -c '
  mount --bind "$ROOT" "$ROOT"  # the root of the tests must be a mount: some of them mount below it
  mount -t proc proc "$ROOT/proc"
  mount --rbind /dev "$ROOT/dev"
  mount -t tmpfs tmpfs "$ROOT/dev/shm"
  mount -t sysfs sysfs "$ROOT/sys"
  exec chroot "$ROOT" /usr/bin/env -u VIRTUAL_ENV -u PYTHONPATH -u ROOT HOME=/root PATH=/venv/bin:/usr/sbin:/usr/bin:/sbin:/bin TMPDIR=/tmp \
    bash -euo pipefail -c "
      cd /isokernel
      [ -e /venv ] || python3 -m venv /venv
      pip install --quiet --disable-pip-version-check --editable \".[demo]\" --group dev
      python --version
      exec pytest \"\$@\"" pytest "$@"' trixie "$@"
