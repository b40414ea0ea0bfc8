#!/bin/sh
# DuckDB 2.0.0: read_csv takes for days what need not be any, and takes the order of day, month and year for certain where
# nothing tells it. Seen: 28.02.24 is 24 February 2028; 02/01/2024 is 2 January, also in a file from the United States whose
# days are all up to 12; numbers of documents such as 24-01-05 are days; CAST('28-02-24' AS DATE) is a day of the year 28.
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
as_seen = {
    "24-01-05": ("DATE", "2024-01-05"),
    "28.02.24": ("DATE", "2028-02-24"),
    "02/01/2024": ("DATE", "2024-01-02"),
}
sys.exit(0 if seen == as_seen and cast == "0028-02-24" else 1)
PYTHON
