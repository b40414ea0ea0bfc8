#!/bin/sh
# ibis-framework 12.0.0 takes any duckdb from 0.10.3 by its metadata, so `pip install "ibis-framework[duckdb]"` brings duckdb 2. Together they
# run expressions, and that is all: `con.sql` and `con.list_tables` call a method that duckdb 2 no longer has (fetch_arrow_table), and
# `con.create_table` and `con.drop_table` send "DROP VIEW IF EXISTS" and "DROP TABLE" without a name, which sqlglot 30.30 leaves out. After the failed
# `con.sql` a query that ran before fails as well, with "unfinished result": the error that a person sees is not the first one.
# Writing with the connection beneath (`con.con.sql`, `con.raw_sql`) is the way round.
# Exits with 1 when this is no longer so.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check "ibis-framework[duckdb]==12.0.0" duckdb==2.0.1 sqlglot==30.30.0 pandas==3.1.1
cd "$folder"
venv/bin/python - <<'PYTHON'
import importlib.metadata
import sys

import ibis
import pandas as pd

invoices = pd.DataFrame({"amount": [100.0, 40.0]})


def outcome(ask, *arguments):
    try:
        return str(ask(*arguments))
    except Exception as error:  # noqa: BLE001 - the kinds of error are what is shown
        return f"{type(error).__name__}: {str(error).splitlines()[0]}"


con = ibis.duckdb.connect()
con.raw_sql("CREATE TABLE ledger AS SELECT 140.0::DOUBLE AS amount")
ledger = con.table("ledger")
seen = {
    "expression": outcome(lambda: ledger.amount.sum().execute()),
    "create_table": outcome(lambda: con.create_table("invoices", invoices)),
    "drop_table": outcome(lambda: con.drop_table("ledger")),
    "sql": outcome(lambda: con.sql("SELECT 1 AS a")),
    "expression again": outcome(lambda: ledger.amount.sum().execute()),
}
for package in ("ibis-framework", "duckdb", "sqlglot"):
    print(package, importlib.metadata.version(package))
for name, said in seen.items():
    print(f"{name}: {said}")
begins = {
    "expression": "140.0",
    "create_table": "ParserException",
    "drop_table": "ParserException",
    "sql": "AttributeError",
    "expression again": "ResourceInUseException",
}
sys.exit(not all(seen[name].startswith(begin) for name, begin in begins.items()))
PYTHON
