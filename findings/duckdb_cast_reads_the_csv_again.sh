#!/bin/sh
# DuckDB 2.0.0: CAST(column AS type) over read_csv does not cast the column's value. The optimizer hands the type to the reader, which
# reads the text of the file again as that type. So a query answers by what else it selects: an instant of 00:30+02:00 is of 5 January
# (its text) or of 4 January (its value, by UTC); a DECIMAL(3,2) is '0.5' or '0.50', a BOOLEAN 'TRUE' or 'true', a DOUBLE '1e3' or
# '1000.0'. JSON and Parquet always give the second. Two SELECTs that make a key of one column may make two keys of it.
# SET disabled_optimizers = 'type_pushdown' is the way round.
# Exits with 1 when this is no longer so.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check duckdb==2.0.0
cd "$folder"
venv/bin/python - <<'PYTHON'
import sys

import duckdb

with open("a.csv", "w") as file:
    file.write("d,x,b,g\n2024-01-05T00:30:00+02:00,0.5,TRUE,1e3\n")
READER = "read_csv('a.csv', header = true, columns = {'d': 'TIMESTAMPTZ', 'x': 'DECIMAL(3,2)', 'b': 'BOOLEAN', 'g': 'DOUBLE'})"
CAST = "CAST(d AS DATE), CAST(x AS VARCHAR), CAST(b AS VARCHAR), CAST(g AS VARCHAR)"
ALONE = f"SELECT {CAST} FROM {READER}"
HELD = f"WITH held AS MATERIALIZED (FROM {READER}) SELECT {CAST} FROM held"
TEXT, VALUE = ("2024-01-05", "0.5", "TRUE", "1e3"), ("2024-01-04", "0.50", "true", "1000.0")

print("duckdb", duckdb.__version__)
connection = duckdb.connect()
connection.execute("SET TimeZone = 'UTC'")
alone, held = (tuple(map(str, connection.sql(one).fetchall()[0])) for one in (ALONE, HELD))
connection.execute("SET disabled_optimizers = 'type_pushdown'")
off = tuple(map(str, connection.sql(ALONE).fetchall()[0]))
print("cast alone", alone)
print("cast of what was read", held)
print("cast alone, without the optimizer", off)
sys.exit(0 if (alone, held, off) == (TEXT, VALUE, VALUE) else 1)
PYTHON
