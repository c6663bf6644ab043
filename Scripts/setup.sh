#!/usr/bin/env bash
# Installs the Debian packages that segbench needs and that are missing, and checks that Swift 6.2 is there.
set -euo pipefail

packages=(libpng-dev libjpeg-dev gnuplot-nox)
# On other processors loops do its work.
[ "$(uname -m)" != x86_64 ] || packages+=(libxsmm-dev)

needed=6.2
version=$(swift --version 2>/dev/null | grep -oE 'Swift version [0-9]+(\.[0-9]+)?' | grep -oE '[0-9.]+$' || true)
if [ "$(printf '%s\n' "$needed" "${version:-0}" | sort -V | head -1)" != "$needed" ]; then
  echo "segbench needs Swift $needed or newer; found: ${version:-none}." >&2
  echo "Install it from https://www.swift.org/install and put 'swift' on the PATH." >&2
  exit 1
fi

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
  echo "There is no apt here. Install libpng, libjpeg-turbo, on x86-64 libxsmm (each with its headers), and gnuplot" >&2
  echo "by other means; on Debian they are: ${packages[*]}. Going on, in the hope that they are there." >&2
  exit 0
fi

missing=()
for package in "${packages[@]}"; do
  state=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
  [ "$state" = installed ] || missing+=("$package")
done
[ ${#missing[@]} -eq 0 ] && exit 0

as_root=()
if [ "$(id -u)" -ne 0 ]; then
  if ! command -v sudo >/dev/null; then
    echo "These packages are missing, and neither root nor sudo is at hand: ${missing[*]}" >&2
    exit 1
  fi
  as_root=(sudo)
fi
echo "Installing ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
"${as_root[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null 2>&1 || {
  # The list of packages may be missing or old.
  "${as_root[@]}" apt-get update -qq
  "${as_root[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}"
}
