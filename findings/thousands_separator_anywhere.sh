#!/bin/sh
# pandas 3.1.1 and DuckDB 2.0.0: told that a point separates thousands (thousands = "." and a decimal comma, as a German extract
# needs), both take it out wherever it stands, not only before groups of three. Seen: 1.5 is 15 and 1.2.3 is 123 in either; in
# pandas the days 31.01.2024 are the numbers 31012024, and the documents 24.01.05 are 240105, without a word, unless the column
# is named as text; and the Python engine takes the point out of text as well (1.234,50 beside 500,00- becomes 1234.50, where the
# C engine leaves it), also before a converter is asked. DuckDB leaves days and text as they are.
# Exits with 1 when this is no longer so.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check pandas==3.1.1 duckdb==2.0.0
cd "$folder"
venv/bin/python - <<'PYTHON'
import io
import sys

import duckdb
import pandas as pd

print("pandas", pd.__version__, "duckdb", duckdb.__version__)


def by_pandas(*values, **more):
    text = "a;b\n" + "".join(f"{one};x\n" for one in values)
    frame = pd.read_csv(io.StringIO(text), sep=";", decimal=",", thousands=".", **more)
    return [str(one) for one in frame["a"]]


def by_duckdb(*values):
    with open("a.csv", "w") as file:
        file.write("a;b\n" + "".join(f"{one};x\n" for one in values))
    rows = duckdb.sql("SELECT a FROM read_csv('a.csv', delim = ';', header = true, decimal_separator = ',', thousands = '.')")
    return [str(one) for (one,) in rows.fetchall()]


days, numbers, mixed = ("31.01.2024", "05.02.2024"), ("1.5", "1.2.3"), ("1.234,50", "500,00-")
seen = {
    "numbers, pandas": (by_pandas(*numbers), ["15", "123"]),
    "numbers, duckdb": (by_duckdb(*numbers), ["15", "123"]),
    "days, pandas": (by_pandas(*days), ["31012024", "5022024"]),
    "days, duckdb": (by_duckdb(*days), ["2024-01-31", "2024-02-05"]),
    "documents, pandas": (by_pandas("24.01.05", "24.01.06"), ["240105", "240106"]),
    "text, pandas, C": (by_pandas(*mixed, engine="c"), ["1.234,50", "500,00-"]),
    "text, pandas, Python": (by_pandas(*mixed, engine="python"), ["1234.50", "500,00-"]),
    "converter, pandas, C": (by_pandas(*days, engine="c", converters={"a": str}), ["31.01.2024", "05.02.2024"]),
    "converter, pandas, Python": (by_pandas(*days, engine="python", converters={"a": str}), ["31012024", "05022024"]),
}
for name, (found, _) in seen.items():
    print(f"{name}: {found}")
sys.exit(any(found != expected for found, expected in seen.values()))
PYTHON
