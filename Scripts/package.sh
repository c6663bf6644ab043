#!/usr/bin/env bash
# Puts the program with all that belongs to it below DESTDIR/PREFIX (install), into an archive (tarball), or into a Debian
# package (deb); with SEGBENCH_SERVE also the server. `make` builds the programs and the manual before.
set -euo pipefail
cd "$(dirname "$0")/.."

program=.build/static/release/segbench
programs=("$program")
packages_within=(Yams swift-argument-parser swift-log swift-mustache swift-numerics)
if [ -n "${SEGBENCH_SERVE:-}" ]; then
  programs+=("$program-serve")
  # All that SwiftNIO and Hummingbird ask for.
  packages_within=($(ls .build/static/checkouts))
fi
manual=.build/plugins/GenerateManual/outputs/segbench
packages=.build/packages
about="compares ways to segment street scenes"
# Archives of one commit are the same bytes.
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct 2>/dev/null || date +%s)
export SOURCE_DATE_EPOCH

# What others wrote that is linked into the program, with its licences.
third_party() {
  local checkouts=.build/static/checkouts swift
  for package in "${packages_within[@]}"; do
    printf '\n==== %s ====\n\n' "$package"
    cat "$checkouts/$package"/LICENSE*
    cat "$checkouts/$package"/NOTICE* 2>/dev/null || true
  done
  swift=$(dirname "$(dirname "$(readlink -f "$(command -v swift)")")")
  printf '\n==== The runtime of Swift, with Foundation and ICU ====\n\n'
  cat "$swift/share/swift/LICENSE.txt"
  printf '\nICU: Copyright 1991-2025 Unicode, Inc., under the Unicode licence: https://www.unicode.org/license.txt\n'
  [ "$(uname -m)" = x86_64 ] || return 0
  printf '\n==== libxsmm ====\n\n'
  cat /usr/share/doc/libxsmm-dev/copyright 2>/dev/null || echo "BSD, 3 clauses: https://github.com/libxsmm/libxsmm"
}

# Puts all below $1; $2 is where zsh looks for completions.
stage() {
  local root=$1 zsh=$2 page shell each
  for each in "${programs[@]}"; do
    install -D -m 755 "$each" "$root/bin/$(basename "$each")"
    strip --strip-unneeded "$root/bin/$(basename "$each")"
  done
  # Pages are named as `man segbench compare` looks for them; `reference` is hidden.
  for page in "$manual"/*.1; do
    page=$(basename "$page")
    [ "$page" = segbench.reference.1 ] ||
      sed -e '/^\.Xr segbench\.reference /d' -e '/^\.\(Dt\|Xr\) /s/\./-/2g' "$manual/$page" |
      install -D -m 644 /dev/stdin "$root/share/man/man1/$(sed 's/\./-/g; s/-1$/.1/' <<<"$page")"
  done
  local -A completions=(
    [bash]=bash-completion/completions/segbench [zsh]=zsh/$zsh/_segbench [fish]=fish/vendor_completions.d/segbench.fish)
  for shell in "${!completions[@]}"; do
    "$program" --generate-completion-script "$shell" |
      install -D -m 644 /dev/stdin "$root/share/${completions[$shell]}"
  done
  local doc=$root/share/doc/segbench
  install -d "$doc/docs"
  install -m 644 README.md "$doc/"
  install -m 644 docs/*.md docs/*.ipynb "$doc/docs/"
  { cat LICENSE; printf '\nLinked into the program:\n'; third_party; } | install -m 644 /dev/stdin "$doc/copyright"
}

# What the shared libraries that the programs ask for are called on Debian, as dependencies.
library_dependencies() {
  if command -v dpkg-shlibdeps >/dev/null; then
    local work
    work=$(mktemp -d)
    mkdir "$work/debian"
    printf 'Source: segbench\n\nPackage: segbench\nArchitecture: any\n' >"$work/debian/control"
    (cd "$work" && dpkg-shlibdeps -O "${@/#/-e}" 2>/dev/null) | sed 's/^shlibs:Depends=//'
    rm -r "$work"
  else
    ldd "$@" | awk '/=> \//{print $3}' | xargs -n 1 readlink -f | xargs dpkg -S 2>/dev/null | cut -d: -f1 | sort -u |
      paste -s -d, | sed 's/,/, /g'
  fi
}

version=$("$program" --version | head -1)
case ${1:-} in
install)
  stage "${DESTDIR:-}${PREFIX:-/usr/local}" site-functions
  echo "installed below ${DESTDIR:-}${PREFIX:-/usr/local}"
  ;;
tarball)
  name=segbench-$version-linux-$(uname -m)
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  stage "$work/$name" site-functions
  mkdir -p "$packages"
  tar --create --sort=name --mtime="@$SOURCE_DATE_EPOCH" --owner=0 --group=0 --numeric-owner --directory "$work" "$name" |
    gzip -9n >"$packages/$name.tar.gz"
  echo "$packages/$name.tar.gz"
  ;;
deb)
  architecture=$(dpkg --print-architecture)
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  chmod 755 "$work"
  stage "$work/usr" vendor-completions
  gzip -9n "$work"/usr/share/man/man1/*.1
  gzip -9nc CHANGELOG.md >"$work/usr/share/doc/segbench/changelog.gz"
  dependencies=$(library_dependencies "$work"/usr/bin/*)
  [ -n "$dependencies" ] || { echo "the libraries of $program belong to no package" >&2; exit 1; }
  mkdir "$work/DEBIAN"
  cat >"$work/DEBIAN/control" <<CONTROL
Package: segbench
Version: $version
Architecture: $architecture
Maintainer: ${MAINTAINER:-The segbench authors <segbench@localhost>}
Installed-Size: $(du -sk --exclude=DEBIAN "$work" | cut -f1)
Depends: $dependencies, gnuplot-nox | gnuplot
Recommends: curl
Section: science
Priority: optional
Description: $about
 Trains random forests, linear SVCs and convolutional networks on the same
 pictures, scores all of them with one evaluator, and writes a report with
 tables, figures and confidence intervals. Needs no GPU and no Python.
CONTROL
  (cd "$work" && find usr -type f -print0 | sort -z | xargs -0 md5sum) >"$work/DEBIAN/md5sums"
  mkdir -p "$packages"
  dpkg-deb --root-owner-group -Zxz --build "$work" "$packages/segbench_${version}_$architecture.deb" >/dev/null
  echo "$packages/segbench_${version}_$architecture.deb"
  ;;
*)
  echo "package.sh install|tarball|deb" >&2
  exit 1
  ;;
esac
