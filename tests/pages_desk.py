"""A run's customers at the desk of the bookkeeper: what an answer of "What would help" should be, counted from the ledger again.

The bookkeeper (`tests/bookkeeper`) counts features in plain Python, LightGBM answers by itself, and PDs are read off the scores of the run.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from functools import cache, cached_property
from typing import Any

import lightgbm as lgb
import numpy as np
import pandas as pd
import yaml

from contracts.config.decisions import RateConfig
from contracts.config.settlement import SettlementConfig
from tests.bookkeeper.compare import rates_before
from tests.bookkeeper.credit import Decision, File, decide
from tests.bookkeeper.features import Desk, values
from tests.bookkeeper.items import Item
from tests.bookkeeper.journal import open_books
from tests.features_books import Row, Tables
from tests.pages_oracle import Run

TABLES = ("customers", "invoices", "payments", "disputes", "events", "credit_terms", "fx_rates")
OVER_STATEMENT = ("exposure_balance_to_revenue", "exposure_balance_to_equity")
"""What a payment moves and the bookkeeper does not count, for he reads no statements."""


class Counter:
    """The desk: books of a few customers, the model's files, and the matrix of the day.

    Attributes:
        as_of: the day of decision.
    """

    def __init__(self, run: Run, ids: Sequence[str]) -> None:
        self.run, self.as_of = run, date.fromisoformat(run.today)
        given = yaml.safe_load((run.folder / "configs/portfolios/demo.yaml").read_text(encoding="utf-8"))  # fmt: skip
        params = yaml.safe_load((run.folder / "configs/params.yaml").read_text(encoding="utf-8"))
        self.rules = SettlementConfig(**given["settlement"])
        self.house = RateConfig(**params["rate"])
        self.windows = params["features"].get("windows_days", [90, 365])
        for name in ("credit_terms", "fx_rates"):
            run.con.sql(f"CREATE OR REPLACE VIEW {name} AS FROM '{run.folder}/data/valid/{name}.parquet'")  # fmt: skip
        self.tables: Tables = {name: self._rows(name, list(ids)) for name in TABLES}
        self.statements = self._rows("financials", list(ids))

    def _rows(self, name: str, ids: list[str]) -> list[Row]:
        owned = {"payments": "invoice_id IN (SELECT invoice_id FROM invoices WHERE customer_id IN (SELECT unnest($1))) OR customer_id IN (SELECT unnest($1))", "disputes": "invoice_id IN (SELECT invoice_id FROM invoices WHERE customer_id IN (SELECT unnest($1)))", "fx_rates": "$1 IS NOT NULL"}  # fmt: skip
        found = self.run.con.execute(
            f"FROM {name} WHERE {owned.get(name, 'customer_id IN (SELECT unnest($1))')}", [ids]
        )
        names = [str(one[0]) for one in found.description or ()]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]

    def desk(self, customer: str, booked: Tables | None = None) -> Desk:
        """The books of a customer, with what is booked beside them."""
        tables = {name: [*rows, *(booked or {}).get(name, ())] for name, rows in self._of(customer).items()}  # fmt: skip
        closed = {row["invoice_id"]: row for row in (booked or {}).get("closed", ())}
        tables["disputes"] = [row | closed.get(row["invoice_id"], {}) if row["closed_on"] is None or row["closed_on"] >= self.as_of else row for row in tables["disputes"]]  # fmt: skip
        return Desk(open_books(tables)[customer], self.as_of, rates_before(tables, self.as_of), self.rules)  # fmt: skip

    @cache  # noqa: B019 - a counter lives as long as its test
    def _of(self, customer: str) -> Tables:
        """The rows of one customer."""
        invoices = {row["invoice_id"] for row in self.tables["invoices"] if row["customer_id"] == customer}  # fmt: skip
        return {
            name: [row for row in rows if name == "fx_rates" or row.get("customer_id") == customer or row.get("invoice_id") in invoices]
            for name, rows in self.tables.items()
        }  # fmt: skip

    def decision(self, customer: str, chance: float) -> Decision:
        """Limit, terms, loss, action and review, from the ledger and the statements."""
        own = [row for row in self.statements if row["customer_id"] == customer]
        return decide(self.desk(customer), File(Decimal(repr(chance)), own, self.house))

    def owed(self, customer: str) -> tuple[Item, ...]:
        """What is left to be paid, once open credits have been set off against it; in reporting currency."""
        return self.desk(customer).position().after_credit()

    def pays(self, amounts: Mapping[str, Decimal]) -> Tables:
        """Payments of so much of each invoice, in its own currency, and the end of disputes about them, on the last day before."""
        day = self.as_of - timedelta(days=1)
        paid = [{"payment_id": f"asked {name}", "invoice_id": name, "customer_id": None, "paid_on": day, "booked_at": day, "amount": amount, "kind": "payment"} for name, amount in amounts.items()]  # fmt: skip
        return {"payments": paid, "closed": [{"invoice_id": name, "closed_on": day} for name in amounts]}  # fmt: skip

    @cached_property
    def matrix(self) -> pd.DataFrame:
        """The matrix of the day, by customer."""
        found = self.run.frame(f"FROM '{self.run.folder}/data/features/matrix.parquet' WHERE as_of = ?::date", self.run.today)  # fmt: skip
        return found.set_index("customer_id")

    def row(self, customer: str, booked: Tables | None = None) -> dict[str, Any]:
        """The features: those of the ledger by the bookkeeper, ranks among the others of the industry, and the rest as stored."""
        found = dict(self.matrix.loc[customer])
        own = {name: one for name, one in values(self.desk(customer, booked), self.windows).items() if name in found}  # fmt: skip
        before = float(found["balance_amount"])
        found |= {name: None if one is None else float(one) for name, one in own.items()}
        for name in OVER_STATEMENT:  # the statement stays, the balance above the line moves
            if name in found and before:
                found[name] = float(found[name]) * float(found["balance_amount"]) / before
        others = self.matrix[(self.matrix["customer_industry"] == found["customer_industry"]) & (self.matrix.index != customer)]  # fmt: skip
        for name in own:
            rank = f"peers_{name}_rank"
            if rank in found:
                known = others[name].dropna().astype(float)
                told = found[name] is not None and len(known) >= 5
                found[rank] = float((known < found[name]).mean()) if told else None
        return found

    @cached_property
    def contract(self) -> list[dict[str, Any]]:
        """The inputs, as the boosters read them."""
        told = json.loads((self.run.folder / "data/model/contract.json").read_text(encoding="utf-8"))  # fmt: skip
        return list(told["features"])

    @cached_property
    def boosters(self) -> list[lgb.Booster]:
        """The files of the model."""
        folder = self.run.folder / "data/model"
        return [lgb.Booster(model_file=str(path)) for path in [folder / "booster.txt", *sorted(folder.glob("boosters/*_*.txt")) ] if "belongs" not in path.name]  # fmt: skip

    def score(self, row: Mapping[str, Any]) -> float:
        """The score before it is rounded: boosters averaged, PD as those of the run at the same log-odds."""
        code = [_code(row[one["name"]], one) for one in self.contract]
        margin = float(np.mean([one.predict(np.array([code]), raw_score=True) for one in self.boosters]))  # fmt: skip
        known, odds = self.told
        return self.run.exact(float(1 / (1 + np.exp(-np.interp(margin, known, odds)))))

    @cached_property
    def told(self) -> tuple[Any, Any]:
        """Margins of the run, rising, and the log-odds of the PDs it gave them."""
        found = self.run.frame("SELECT DISTINCT margin, pd FROM explained ORDER BY margin")
        return found["margin"].to_numpy(), np.log(found["pd"] / (1 - found["pd"])).to_numpy()


def _code(value: Any, one: Mapping[str, Any]) -> float:
    if one["levels"] is not None:
        place = one["levels"].index(value) if value in one["levels"] else None
        stand_in = one["levels"].index(one["stand_in"]) if one["stand_in"] in one["levels"] else np.nan  # fmt: skip
        return float(stand_in if place is None else place)
    known = value is not None and not pd.isna(value)
    return float(value) if known else np.nan if one["stand_in"] is None else float(one["stand_in"])
