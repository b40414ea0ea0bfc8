#!/bin/sh
# DuckDB 2.0.0: the type of a CSV or JSON column is told by a sample of its rows, and values after it are rounded to that
# type, without an error. Seen: after 21,000 whole numbers 0.9 is read as 1 and 99.49 as 99 (CSV); 2.5 is read as 3 from a
# CSV and as 2 from JSON lines; a JSON key that first appears after the sample is not read at all.
# Exits with 1 when this is no longer so.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check duckdb==2.0.0
cd "$folder"
venv/bin/python - <<'PYTHON'
import json
import sys

import duckdb

with open("a.csv", "w") as file:
    file.write("amount\n" + "1\n" * 21_000 + "0.9\n99.49\n2.5\n")
with open("a.jsonl", "w") as file:
    rows = [{"amount": 1}] * 21_000 + [{"amount": 2.5, "late": "A"}]
    file.write("\n".join(map(json.dumps, rows)))

print("duckdb", duckdb.__version__)
csv = duckdb.sql("FROM read_csv('a.csv')")
lines = duckdb.sql("FROM read_json('a.jsonl')")
seen = {
    "CSV: 0.9, 99.49, 2.5 are read as": ([row[0] for row in csv.fetchall()[-3:]], [1, 99, 3]),
    "JSON lines: 2.5 is read as": (lines.fetchall()[-1][0], 2),
    "JSON lines: columns read": (lines.columns, ["amount"]),
}
for what, (found, _) in seen.items():
    print(what, found)
sys.exit(0 if all(found == expected for found, expected in seen.values()) else 1)
PYTHON
