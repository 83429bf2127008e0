#!/bin/sh
# Times the 15 programs of kernel/engine/testdata/bench.go.txt in our engine and in gomacro,
# in turns, and prints milliseconds, ratios (below 1 we are faster) and their geometric mean.
# Wants the module of this folder to be downloadable (GONOSUMDB=github.com/cosmos72/gomacro).
set -e
cd "$(dirname "$0")"
tmp=${TMPDIR:-/tmp}/cliplab-versus
mkdir -p "$tmp"
GONOSUMDB=github.com/cosmos72/gomacro go build -o "$tmp/gomacro" .
(cd ../../.. && go test -c -o "$tmp/ours" ./kernel/engine)
programs=$(cd ../../engine/testdata && pwd)/bench.go.txt
for p in ${*:-Fib Loop Floop Matmul Matflat Structs Iface Maps Sorts Pingpong Closures Native \
    Sieve Strs Globals}; do
    a=$(cd ../../engine && CLIPLAB_VERSUS=$p "$tmp/ours" -test.run 'TestVersus$' | grep "^$p ")
    b=$(GOROOT=/nonexistent PATH=/usr/bin:/bin "$tmp/gomacro" "$programs" "$p" | grep "^$p ")
    echo "$a ${b#* }"
done | awk 'BEGIN { printf "%-10s %10s %10s %7s\n", "program", "ours, ms", "gomacro", "ratio" }
    { r = $2 / $3; s += log(r); n++; printf "%-10s %10.2f %10.2f %7.2f\n", $1, $2, $3, r }
    END { printf "%-10s %29.2f\n", "geometric mean", exp(s / n) }'
