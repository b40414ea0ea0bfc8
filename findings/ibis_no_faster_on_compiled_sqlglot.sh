#!/bin/sh
# sqlglot 30.30.0 built by mypyc (sqlglot[c], package sqlglotc) is sold as several times faster. Ibis 12.0.0, which plans on
# sqlglot, is not: its time goes into its own graph of operations and into sqlglot nodes that it makes one by one.
# Prints seconds of processor for 60 compilations with either build; exits with 1 should the compiled one save a fifth or more.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
for build in sqlglot "sqlglot[c]"; do
  python3 -m venv "$folder/$build"
  "$folder/$build/bin/pip" install --quiet --disable-pip-version-check "ibis-framework[duckdb]==12.0.0" "$build==30.30.0"
done
cat >"$folder/plan.py" <<'PYTHON'
import time

import ibis

item = ibis.table({"whose": "string", "day": "int64", "amount": "decimal(18, 2)"}, name="item")


def plan():
    parts = []
    for window in (30, 90, 180, 365):
        near = item.filter(item.day < window).mutate(weight=item.amount * window)
        parts.append(near.group_by("whose").agg(total=near.weight.sum(), last=near.day.max(), n=near.count()))
    joined = parts[0]
    for at, part in enumerate(parts[1:]):
        joined = joined.left_join(part, "whose", rname=f"{{name}}_{at}").drop(f"whose_{at}")
    both = joined.union(joined)
    return both.mutate(share=ibis.cases((both.n > 0, both.total / both.n), else_=None))


ibis.to_sql(plan(), dialect="duckdb")
start = time.process_time()
for _ in range(60):
    ibis.to_sql(plan(), dialect="duckdb")
print(round(time.process_time() - start, 2))
PYTHON
for build in sqlglot "sqlglot[c]"; do
  for turn in 1 2 3; do "$folder/$build/bin/python" "$folder/plan.py"; done | sort -n | head -1 >"$folder/$build.seconds"
  echo "$build==30.30.0: $(cat "$folder/$build.seconds") s"
done
"$folder/sqlglot/bin/python" -c 'import sys; plain, compiled = (float(open(p).read()) for p in sys.argv[1:]); print(f"ratio {compiled / plain:.2f}"); sys.exit(compiled < 0.8 * plain)' \
  "$folder/sqlglot.seconds" "$folder/sqlglot[c].seconds"
