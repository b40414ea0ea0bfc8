#!/bin/sh
# DuckDB 2.0.0: read_csv takes numbers of documents for days, and the order of day and month for certain where nothing
# tells it. Seen: a column of 24-01-05 is a TIMESTAMP in the year 24; a column whose days are all up to 12 is read in one
# order, whichever it was written in; CAST('28-02-24' AS DATE) is 24 February of the year 28.
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

print("duckdb", duckdb.__version__)


def read(*values: str) -> tuple[str, str]:
    with open("a.csv", "w") as file:
        file.write("doc\n" + "\n".join(values) + "\n")
    relation = duckdb.sql("FROM read_csv('a.csv', header = true)")
    return str(relation.types[0]), str(relation.fetchall()[0][0])


seen = {
    "24-01-05": read("24-01-05", "24-01-06"),
    "28.02.24": read("28.02.24", "29.02.24"),
    "02/01/2024": read("02/01/2024", "03/01/2024"),
}
for value, (type_, found) in seen.items():
    print(value, "is read as", type_, found)
cast = str(duckdb.sql("SELECT CAST('28-02-24' AS DATE)").fetchall()[0][0])
print("CAST('28-02-24' AS DATE) is", cast)
as_seen = seen["24-01-05"] == ("TIMESTAMP", "0024-01-05 00:00:00") and cast == "0028-02-24"
sys.exit(0 if as_seen else 1)
PYTHON
