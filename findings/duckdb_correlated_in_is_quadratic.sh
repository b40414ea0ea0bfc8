#!/bin/sh
# DuckDB 2.0.0: `id IN (SELECT id FROM payments GROUP BY id HAVING sum(amount) >= r.amount)`, whose HAVING names a column of
# the outer row, compares every outer amount with every group; the same question as a scalar sum tied by equality is a hash
# join. Seen: with twice the rows the first takes more than thrice as long, and at 12,000 rows more than twenty times as long as the second. Equal answers.
# Exits with 1 when this is no longer so.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check duckdb==2.0.0
"$folder/venv/bin/python" - <<'PYTHON'
import sys
import time

import duckdb

GROUPED = "r.id IN (SELECT id FROM payments GROUP BY id HAVING sum(amount) >= r.amount)"
TIED = "(SELECT sum(p.amount) FROM payments AS p WHERE p.id = r.id) >= r.amount"


def asked(rows: int) -> dict[str, tuple[float, int]]:
    with duckdb.connect() as connection:
        connection.execute("SET threads = 1")
        columns = "'I' || i AS id, CAST(100 + hash(i) % 100000 / 100.0 AS DECIMAL(18, 2)) AS amount"
        connection.execute(f"CREATE TABLE invoices AS SELECT {columns} FROM range({rows}) AS t(i)")
        connection.execute("CREATE TABLE payments AS SELECT id, amount FROM invoices WHERE hash(id) % 10 > 0")
        found = {}
        for name, where in (("grouped", GROUPED), ("tied", TIED)):
            started = time.process_time()
            count = connection.execute(f"SELECT count(*) FROM invoices AS r WHERE {where}").fetchone()[0]
            found[name] = time.process_time() - started, count
        return found


print("duckdb", duckdb.__version__)
few, many = asked(6_000), asked(12_000)
for name in ("grouped", "tied"):
    print(f"{name}: {few[name][0]:.2f} s at 6,000 rows, {many[name][0]:.2f} s at 12,000, {many[name][1]} rows found")
grows = many["grouped"][0] > 3.0 * few["grouped"][0]
far = many["grouped"][0] > 20.0 * many["tied"][0]
sys.exit(0 if grows and far and many["grouped"][1] == many["tied"][1] else 1)
PYTHON
