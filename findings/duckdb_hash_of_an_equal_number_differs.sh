#!/bin/sh
# duckdb 2.0.0: sum() of BIGINT is HUGEINT, and hash() of it is that of the equal BIGINT above nought and another below it, though `=`
# says that both are equal. A fingerprint that is a sum in one place and was stored as BIGINT in another tells a change where there
# is none, and only of sums below nought: a test with positive numbers does not see it. A cast before hash() mends it.
# Exits with 1 when this is no longer so.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check duckdb==2.0.0
"$folder/venv/bin/python" - <<'PYTHON'
import sys

import duckdb

ASKED = """
SELECT typeof(sum(x)), sum(x) = sum(x)::BIGINT, hash(sum(x)) = hash(sum(x)::BIGINT) FROM (VALUES ({0}::BIGINT), ({1})) v(x)
"""
connection = duckdb.connect()
found = {numbers: connection.sql(ASKED.format(*numbers)).fetchall()[0] for numbers in ((1, 2), (-1, -2))}
for numbers, (kind, is_equal, is_hashed_alike) in found.items():
    print("duckdb", duckdb.__version__, "sum of", numbers, kind, "equal as BIGINT:", is_equal, "same hash:", is_hashed_alike)
sys.exit(0 if found == {(1, 2): ("HUGEINT", True, True), (-1, -2): ("HUGEINT", True, False)} else 1)
PYTHON
