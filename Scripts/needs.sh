#!/bin/sh
# Says what is missing before a document is made: the file that is named first, or one of the programs after it.
file=$1
shift
for program in "$@"; do
  command -v "$program" >/dev/null || { echo "this needs $*: apt-get install $*" >&2; exit 1; }
done
[ -f "$file" ] || { echo "$file is not there: segbench note or segbench slides makes it; NOTE= and SLIDES= name another" >&2; exit 1; }
