#!/bin/sh
# pandera 0.35.0 on Ibis 12.0.0 (DuckDB 2.0.0): `Column(..., unique=True)` is accepted and never asked. Two invoices with one number pass
# the schema that refuses them as a pandas or a Polars frame; validation is not reported as partial. `DataFrameSchema(unique=[...])` over the
# same column of the same table does find them. So a schema moved from pandas to Ibis to let the database do the work loses its keys.
# Exits with 1 when this is no longer so.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check "pandera[ibis,pandas,polars]==0.35.0" "ibis-framework[duckdb]==12.0.0" duckdb==2.0.0 polars==2.1.0 pandas==3.1.1
cd "$folder"
venv/bin/python - <<'PYTHON'
import importlib.metadata
import sys
import warnings

warnings.simplefilter("ignore")
import ibis
import pandas as pd
import pandera.ibis
import pandera.pandas
import pandera.polars
import polars as pl
from pandera.errors import SchemaError

invoices = {"invoice_id": ["R1", "R1", "R2"], "amount": [100.0, 100.0, 40.0]}
tables = {
    pandera.ibis: ibis.memtable(pd.DataFrame(invoices)),
    pandera.pandas: pd.DataFrame(invoices),
    pandera.polars: pl.DataFrame(invoices),
}


def refuses(schema, table):
    try:
        schema.validate(table)
    except SchemaError:
        return True
    return False


seen = {}
for kind, table in tables.items():
    of_column = kind.DataFrameSchema({"invoice_id": kind.Column(str, unique=True)})
    of_table = kind.DataFrameSchema({"invoice_id": kind.Column(str)}, unique=["invoice_id"])
    seen[kind.__name__] = (refuses(of_column, table), refuses(of_table, table))
print("pandera", importlib.metadata.version("pandera"))
for name, (column, whole) in seen.items():
    print(f"{name}: unique column refuses {column}, unique of the table refuses {whole}")
sys.exit(seen != {"pandera.ibis": (False, True), "pandera.pandas": (True, True), "pandera.polars": (True, True)})
PYTHON
