#!/usr/bin/env bash
# Compiles Sources/CMPI for each MPI that is installed, into a folder: with the compilers of Debian's packages, or with the
# one of MPICC, which is mpicc by default.
set -euo pipefail
cd "$(dirname "$0")/.."

compilers=()
for compiler in mpicc.mpich mpicc.openmpi; do
  if [ -z "${MPICC:-}" ] && command -v "$compiler" >/dev/null; then compilers+=("$compiler"); fi
done
if [ ${#compilers[@]} = 0 ]; then compilers=("${MPICC:-mpicc}"); fi
for compiler in "${compilers[@]}"; do
  if ! command -v "$compiler" >/dev/null; then
    echo "this needs an MPI: apt-get install mpich libmpich-dev, or openmpi-bin libopenmpi-dev" >&2
    exit 1
  fi
  # All others that matter are of MPICH's kind.
  kind=mpich
  macros=$("$compiler" -dM -E -include mpi.h - </dev/null)
  case "$macros" in *'define OPEN_MPI '*) kind=openmpi ;; esac
  "$compiler" -O2 -Wall -Wextra -Werror -shared -fPIC -o "$1/libsegbench-$kind.so" Sources/CMPI/mpi.c
  echo "$1/libsegbench-$kind.so"
done
