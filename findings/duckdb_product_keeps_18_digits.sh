#!/bin/sh
# duckdb 2.0.0: a sum or difference of two DECIMAL(18,2) widens by a digit, a product does not. Amount times a whole number stays
# DECIMAL(18,2), so an amount of fifteen whole digits that is turned into cents ends in "Overflow in multiplication", although
# DECIMAL goes to 38 digits. With an operand of 19 digits or more the same product is right.
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

AMOUNT = "(SELECT 123456789012345.67::{} AS amount)"


def asked(select: str, kind: str) -> str:
    try:
        return str(duckdb.sql(f"SELECT {select} FROM {AMOUNT.format(kind)}").fetchall()[0][0])
    except duckdb.OutOfRangeException as error:
        return str(error).split("(")[0].strip()


print("duckdb", duckdb.__version__)
cells = [(select, kind) for kind in ("DECIMAL(18,2)", "DECIMAL(19,2)") for select in ("typeof(amount - amount)", "typeof(amount * 100)", "amount * 100")]  # fmt: skip
seen = {cell: asked(*cell) for cell in cells}
for (select, kind), answer in seen.items():
    print(f"{kind:14} {select:24} {answer}")
narrow, wide = "DECIMAL(18,2)", "DECIMAL(19,2)"
same = (
    seen["typeof(amount - amount)", narrow] == "DECIMAL(19,2)"
    and seen["typeof(amount * 100)", narrow] == "DECIMAL(18,2)"
    and seen["amount * 100", narrow].startswith("Out of Range Error: Overflow in multiplication")
    and seen["amount * 100", wide] == "12345678901234567.00"
)
sys.exit(0 if same else 1)
PYTHON
