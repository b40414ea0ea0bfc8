"""What the pages of a run should show, from its tables alone: plain DuckDB and pandas, nothing of the project.

Scores of a day are those of `data/scored/explanations/<day>.parquet`, which `tests/unit/models/explanation/test_figures.py` recomputes
from LightGBM; balances are those of `data/features/position.parquet`, which the bookkeeper recomputes from the ledger.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import yaml


class Run:
    """The tables of a finished run, by SQL."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.con = duckdb.connect()
        for name in ("invoices", "payments", "financials", "disputes", "events", "customers"):
            self.con.sql(f"CREATE VIEW {name} AS FROM '{folder}/data/valid/{name}.parquet'")
        for name in ("portfolio", "movements"):
            self.con.sql(f"CREATE VIEW {name} AS FROM '{folder}/data/scored/{name}.parquet'")
        for name in ("position", "lineage"):
            self.con.sql(f"CREATE VIEW {name} AS FROM '{folder}/data/features/{name}.parquet'")
        days = f"{folder}/data/scored/explanations/*.parquet"
        self.con.sql(f"CREATE VIEW explained AS FROM read_parquet('{days}', union_by_name = true)")
        self._moved: dict[str, pd.DataFrame] = {}
        self.today = str(self.value("SELECT max(as_of)::date FROM portfolio"))
        self.scale: dict[str, Any] = yaml.safe_load((folder / "configs/params.yaml").read_text())["scale"]  # fmt: skip

    def rows(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        return self.con.execute(sql, list(values)).fetchall()

    def value(self, sql: str, *values: object) -> Any:
        ((found,),) = self.rows(sql, *values)
        return found

    def frame(self, sql: str, *values: object) -> pd.DataFrame:
        return self.con.execute(sql, list(values)).df()

    def exact(self, pd_: float) -> float:
        """The score before it is rounded: 600 at odds of 30, 40 more for twice the odds (or as configured)."""
        per = self.scale["pdo"] / math.log(2)
        return float(self.scale["base_score"] + per * (math.log((1 - pd_) / pd_) - math.log(self.scale["base_odds"])))  # fmt: skip

    def score(self, pd_: float) -> int:
        return min(max(round(self.exact(pd_)), 1), 999)

    def grade(self, pd_: float) -> int:
        return 1 + sum(pd_ >= bound for bound in self.scale["grade_bounds"])

    def on(self, day: str) -> pd.DataFrame:
        """Everyone explained on a day: PD, exact score, log-odds, and what each feature adds to the log-odds."""
        found = self.frame("FROM explained WHERE as_of = ?::date", day).set_index("customer_id")
        return found.assign(exact=[self.exact(one) for one in found["pd"]])

    def moved(self, since: str) -> pd.DataFrame:
        """Points by customer and feature: its share of the move of the log-odds, at the price of a log-odd between the two days."""
        if since in self._moved:
            return self._moved[since]
        then, now = self.on(since), self.on(self.today)
        both = then.index.intersection(now.index)
        then, now = then.loc[both], now.loc[both]
        gap = now["margin"] - then["margin"]
        # two days of nearly the same log-odds say nothing of its price: there it is that of today
        price = ((now["exact"] - then["exact"]) / gap).where(gap.abs() > 1e-3, now["points_per_log_odd"])  # fmt: skip
        phi = [name for name in now.columns if name.startswith("phi_")]
        points = (now[phi] - then[phi]).mul(price, axis=0)
        self._moved[since] = points.rename(columns=lambda name: name.removeprefix("phi_"))
        return self._moved[since]

    def late_by_month(self, customer: str) -> pd.DataFrame:
        """What a customer paid in each month, what of it late, and days late weighted by amount, in the one currency it is billed in."""
        return self.frame(
            """
            SELECT strftime(p.paid_on, '%Y-%m') AS month, count(*) AS n, sum(p.amount) AS paid,
                coalesce(sum(p.amount) FILTER (p.paid_on > i.due_on), 0) AS late,
                sum(p.amount * greatest(p.paid_on - i.due_on, 0)) / sum(p.amount) AS days
            FROM payments p JOIN invoices i USING (invoice_id)
            WHERE i.customer_id = ? AND p.kind = 'payment' AND i.kind = 'invoice' AND p.booked_at < ?::date AND p.paid_on < ?::date
            GROUP BY month ORDER BY month DESC
            """,
            customer, self.today, self.today,
        )  # fmt: skip

    def open_items(self, customer: str) -> dict[str, tuple[Any, ...]]:
        """By invoice: issued, due, days past due, amount, and what is left of it after the payments and credit notes that name it."""
        found = self.rows(
            """
            WITH known AS (FROM invoices WHERE booked_at < $1::date AND issued_on < $1::date),
            paid AS (SELECT invoice_id, sum(amount) AS amount FROM payments
                WHERE booked_at < $1::date AND paid_on < $1::date GROUP BY 1),
            credited AS (SELECT credits AS invoice_id, sum(amount) AS amount FROM known WHERE kind = 'credit_note' GROUP BY 1)
            SELECT i.invoice_id, i.issued_on::date, i.due_on::date, $1::date - i.due_on::date, i.amount,
                i.amount - coalesce(p.amount, 0) - coalesce(c.amount, 0)
            FROM known i LEFT JOIN paid p USING (invoice_id) LEFT JOIN credited c USING (invoice_id)
            WHERE i.customer_id = $2 AND i.kind = 'invoice'
            """,
            self.today, customer,
        )  # fmt: skip
        return {row[0]: row[1:] for row in found}
