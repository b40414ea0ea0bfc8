"""What a cash discount of 2 % on the punctual payments of half the customers does to defaults, on the demo book.

Every punctual payment of a whole invoice comes short by the rate, for every other customer; not one that came back, which its bank
returns as it was. Stated: the credit terms of these customers
say so, for as many days as the last instalment has. Not stated: they say nothing, and the portfolio neither. Prints who is
in default by the last complete day: the clean book, and those that are not, or no longer, beside it.
`python -m benchmarks.discounts --customers 150` is a quick look.
"""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path

from benchmarks.consequences import Outcome, outcome
from benchmarks.faults import clean_book
from contracts.config.engine import EngineConfig
from contracts.config.portfolio import PortfolioConfig
from contracts.duck import connect
from contracts.tables.raw import portfolio_tables
from contracts.tables.store import write_arrow

RATE = 0.02
DAYS = 90
"""No instalment of the demo is due later after its issue."""
HALF = "ends_with({whose}, '0') OR ends_with({whose}, '2') OR ends_with({whose}, '4') OR ends_with({whose}, '6') OR ends_with({whose}, '8')"
PUNCTUAL = """
SELECT p.payment_id, p.invoice_id
FROM payments AS p JOIN invoices AS i USING (invoice_id)
WHERE p.kind = 'payment' AND i.kind = 'invoice' AND p.amount = i.amount AND p.paid_on <= i.due_on AND ({half})
  AND NOT EXISTS (SELECT 1 FROM payments AS o WHERE o.invoice_id = p.invoice_id AND o.payment_id <> p.payment_id)
"""


def discounted(raw: Path, out: Path, portfolio: PortfolioConfig, *, is_stated: bool) -> int:
    """Writes the book with the discounts taken, and returns how many payments came short."""
    shutil.copytree(raw, out)
    tables = portfolio_tables(portfolio)
    with connect(EngineConfig()) as connection:
        for name in ("invoices", "payments", "credit_terms"):
            connection.execute(f"CREATE VIEW {name} AS FROM '{raw}/{name}.parquet'")
        punctual = PUNCTUAL.format(half=HALF.format(whose="i.customer_id"))
        connection.execute(f"CREATE TABLE short AS {punctual}")
        less = f"CAST(round(amount * (1 - CAST({RATE} AS DECIMAL(4, 2))), 2) AS DECIMAL(18, 3))"
        amount = f"CASE WHEN (payment_id, invoice_id) IN (SELECT (payment_id, invoice_id) FROM short) THEN {less} ELSE amount END"
        changed = {"payments": f"SELECT * REPLACE ({amount} AS amount) FROM payments ORDER BY payment_id, invoice_id"}  # fmt: skip
        half = HALF.format(whose="customer_id")
        days, rate = (
            f"CASE WHEN {half} THEN {value} ELSE {column} END"
            for value, column in (
                (str(DAYS) if is_stated else "NULL", "discount_days"),
                (str(RATE) if is_stated else "NULL", "discount_rate"),
            )
        )
        changed["credit_terms"] = f"SELECT * REPLACE ({days} AS discount_days, {rate} AS discount_rate) FROM credit_terms ORDER BY customer_id, valid_from"  # fmt: skip
        for name, query in changed.items():
            rows = connection.sql(query).to_arrow_table().cast(tables[name].arrow_schema())
            write_arrow(rows, out / f"{name}.parquet")
        return int(connection.sql("SELECT count(*) FROM short").fetchall()[0][0])


def said(of: Outcome) -> str:
    """Whether the run stops, as a cell."""
    return "yes" if of.stops else "no"


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    with clean_book(parser) as (folder, portfolio, _):
        clean = outcome(folder / "raw", folder / "clean", portfolio)
        print(
            "| book | payments that are short | set aside | stops the run | in default | false | lost |"
        )
        print("|" + "---|" * 7)
        print(f"| clean | | {clean.aside} | {said(clean)} | {len(clean.named)} | | |", flush=True)
        for name, is_stated in (("stated", True), ("not stated", False)):
            place = folder / name.replace(" ", "_")
            n_short = discounted(folder / "raw", place / "raw", portfolio, is_stated=is_stated)
            now = outcome(place / "raw", place / "checked", portfolio)
            false, lost = len(now.named - clean.named), len(clean.named - now.named)
            print(f"| {name} | {n_short} | {now.aside} | {said(now)} | {len(now.named)} | {false} | {lost} |", flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
