"""One customer worked out on paper: from the delivered tables to what its page says, to the cent and the day.

    python -m benchmarks.on_paper --folder ../demo                    # the three hardest ledgers among the customers described
    python -m benchmarks.on_paper --folder ../demo C001423 --shown    # a customer of yours, with its arithmetic
    python -m benchmarks.on_paper --folder ../demo --all

Imports nothing of the project but its own two sheets: DuckDB reads the files, and the rest is the words of docs/glossary.md. The PD, the action and the rules of
configs/ are given. Exit code 1 where a figure differs.
"""

from __future__ import annotations

import argparse
import json
import re
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import yaml

from benchmarks.on_paper.decided import limit, rated
from benchmarks.on_paper.ledger import (
    BUCKETS,
    CENT,
    Paper,
    Row,
    billed,
    figures_of_owed,
    months_before,
    owed,
    paid,
)


def delivered(folder: Path, whose: str, rules: tuple[Row, Row]) -> Paper:
    """The rows of one customer."""
    con = duckdb.connect()

    def rows(name: str, where: str) -> list[Row]:
        found = con.execute(f"FROM '{folder}/data/valid/{name}.parquet' WHERE {where}", [whose] if "?" in where else [])  # fmt: skip
        return [dict(zip([one[0] for one in found.description], row, strict=True)) for row in found.fetchall()]  # fmt: skip

    own = "customer_id = ?"
    bills = f"(SELECT invoice_id FROM '{folder}/data/valid/invoices.parquet' WHERE customer_id = ?)"
    paid_rows = rows("payments", f"invoice_id IN {bills}") + rows("payments", f"invoice_id IS NULL AND {own}")  # fmt: skip
    return Paper(
        rows("customers", own)[0], {one["invoice_id"]: one for one in rows("invoices", own)}, paid_rows,
        rows("disputes", f"invoice_id IN {bills}"), rows("events", own), rows("credit_terms", own), rows("financials", own), rows("fx_rates", "true"), *rules,
    )  # fmt: skip


def said(page: Row) -> dict[str, Any]:
    """The same figures as the document of the page has them."""
    o, r = page["owed"], page["rated"]
    found = {name: o[name] for name in ("balance", "exposure", "overdue", "disputed", "peak", "oldest_days", "n_items")}  # fmt: skip
    found |= {one["bucket"]: one["amount"] for one in o["buckets"]}
    found |= {f"{one['invoice_id']} {name}": one[name] for one in o["items"] for name in ("open", "days")}  # fmt: skip
    found |= {f"credit {one['currency']}": one["amount"] for one in o["credits"]}
    found |= {f"billed {n}": page["trading"][f"billed_{n}m"] for n in (3, 12)}
    found |= {f"{one['month']} {name}": one[name] for one in page["paid"] for name in ("payments", "paid", "late", "days_late") if one["payments"]}  # fmt: skip
    found |= {name: r[name] for name in ("score", "grade", "ead", "expected_loss", "limit")}
    found |= {"terms": r["terms_days"]}
    held = (page["terms"] or {}).get("limit")
    return found | ({} if held is None else {"current limit": held})


def worked(paper: Paper, page: Row, day: date, scale: Row) -> dict[str, Any]:
    """Every figure on paper."""
    chance = Decimal(repr(page["rated"]["pd"]))
    found = figures_of_owed(paper, day) | {f"billed {n}": billed(paper, day, n) for n in (3, 12)}
    since = f"{months_before(day.replace(day=1), 24)}"
    found |= {name: one for name, one in paid(paper, day).items() if name >= since}
    found |= rated(paper, day, chance, found, scale)
    return found | limit(paper, day, chance, found | {"items": owed(paper, day, day)["items"]}, page["rated"]["action"])  # fmt: skip


def differing(ours: dict[str, Any], theirs: dict[str, Any]) -> list[str]:
    """Figures that differ: money by a cent, all else at all."""
    found = []
    for name in sorted({*ours, *theirs}):
        left, right = ours.get(name), theirs.get(name)
        near = CENT if name in dict.fromkeys(one for one, *_ in BUCKETS) else Decimal("0.0051")
        is_off = left is None or right is None or abs(Decimal(str(left)) - Decimal(str(right))) > (near if "days" not in name else Decimal("1e-9"))  # fmt: skip
        if is_off:
            found.append(f"{name}: on paper {left}, on the page {right}")
    return found


def hard(page: Row) -> int:
    """How many kinds of bookings a ledger has that make it hard."""
    items = page["owed"]["items"] if page["owed"] else []
    told = [page["owed"] and page["owed"]["credits"], any(one["is_disputed"] for one in items), any(one["is_planned"] for one in items), any(one["currency"] != "EUR" for one in items), any(re.search("/", one["invoice_id"]) for one in items), any(one["returned"] for one in page["paid"]), page["terms"] and page["terms"]["insured_limit"], page["disputes"], any(Decimal(one["open"]) != Decimal(one["amount"]) for one in items)]  # fmt: skip
    return sum(map(bool, told))


def main() -> None:
    """Prints a line for each customer."""
    asks = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)  # fmt: skip
    asks.add_argument("customers", nargs="*")
    asks.add_argument("--folder", type=Path, default=Path())
    asks.add_argument("--all", action="store_true")
    asks.add_argument("--shown", action="store_true")
    given, wrong = asks.parse_args(), 0
    told = json.loads((given.folder / "reports/customers.json").read_text(encoding="utf-8"))
    params = yaml.safe_load((given.folder / "configs/params.yaml").read_text(encoding="utf-8"))
    portfolio = yaml.safe_load((given.folder / f"configs/portfolios/{told['portfolio']}.yaml").read_text(encoding="utf-8"))  # fmt: skip
    pages = [one for one in told["customers"] if one["rated"] and one["owed"]]
    pages = [one for one in pages if one["who"]["customer_id"] in given.customers] or sorted(pages, key=hard, reverse=True)[: None if given.all else 3]  # fmt: skip
    for page in pages:
        whose = page["who"]["customer_id"]
        paper = delivered(given.folder, whose, (portfolio["settlement"], params["rate"]))
        ours, theirs = worked(paper, page, date.fromisoformat(told["as_of"]), params["scale"]), said(page)  # fmt: skip
        off = differing(ours, theirs)
        wrong += len(off)
        print(f"{whose}: {len(paper.invoices)} documents, {len(paper.payments)} payments, {hard(page)} hard kinds: {len(theirs)} figures, {len(off)} differ", flush=True)  # fmt: skip
        for line in [*off[:8], *(paper.workings if given.shown else ())]:
            print(f"  {line}")
    if wrong:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
