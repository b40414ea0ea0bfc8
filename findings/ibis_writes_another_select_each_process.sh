#!/bin/sh
# ibis-framework 12.0.0: where a few columns are dropped from many, the SELECT is `* EXCLUDE (...)` with the columns in the order of a
# set of text, which Python's hash seed decides: the same expression is other SQL in another process. The answer is the same, but what is
# kept or compared by the text (a cache of SELECTs, a snapshot test, an audit of what was asked) finds something new each time.
# Five columns of which three go are written out one by one instead, in one order: a small example shows nothing.
# Exits with 1 when this is no longer so.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check "ibis-framework[duckdb]==12.0.0" duckdb==2.0.0
cat >"$folder/ask.py" <<'PYTHON'
import sys

import ibis

columns = ["alpha", "beta", "gamma", *(f"c{k}" for k in range(int(sys.argv[1])))]
table = ibis.table(dict.fromkeys(columns, "int64"), name="t")
print(" ".join(ibis.to_sql(table.drop("alpha", "beta", "gamma"), dialect="duckdb").split()))
PYTHON
asked() {
  for seed in 0 1 2 3; do
    PYTHONHASHSEED=$seed "$folder/venv/bin/python" "$folder/ask.py" "$1"
  done
}
asked 11 | tee "$folder/many"
asked 2 | tee "$folder/few"
many=$(sort -u "$folder/many" | wc -l)
few=$(sort -u "$folder/few" | wc -l)
echo "ibis-framework 12.0.0: $many texts of one expression over four hash seeds; $few of the small one"
[ "$many" -gt 1 ] && [ "$few" -eq 1 ] && grep -q EXCLUDE "$folder/many"
