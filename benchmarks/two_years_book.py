"""The book of `benchmarks.two_years`: a simulated world, cut into the drops that a ledger would have delivered month by month."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import yaml

from contracts.files import read_text, write_text
from pipelines import ROOT
from tests.pipeline.conftest import Workspace

KEYS = {
    "customers": ("customer_id",),
    "master_history": ("customer_id", "known_on"),
    "credit_terms": ("customer_id", "valid_from"),
    "invoices": ("invoice_id",),
    "payments": ("payment_id",),
    "disputes": ("dispute_id",),
    "financials": ("customer_id", "period_end", "published_on"),
    "events": ("event_id",),
    "attributes": ("customer_id", "known_on"),
    "fx_rates": ("currency", "rate_on"),
}
KNOWN = {
    "customers": "onboarded_on",
    "master_history": "known_on",
    "credit_terms": "valid_from",
    "invoices": "booked_at",
    "payments": "booked_at",
    "disputes": "opened_on",
    "financials": "published_on",
    "events": "known_on",
    "attributes": "known_on",
    "fx_rates": "rate_on",
}
"""By table, the day from which a row is delivered."""
FIRST = pd.Timestamp("2023-12-31")
QUIET = (15, 20)
"""Months, both included, in which nobody defaults."""
DOWNTURN = (21, 24)
STRUCK = 6
"""Customers that become insolvent in each month of the downturn."""


def last_day(month: int) -> str:
    """The last day of a month of the life; 0 is December 2023."""
    return str((FIRST + pd.offsets.MonthEnd(month)).date())


@dataclass
class Book:
    """What the ledger delivers.

    Attributes:
        tables: of the world, by name.
        schemas: of them.
        folder: of the drops.
        scale: of the bureau's index.
        rescaled_from: the first day of another scale.
        currencies: those whose rates came later, with the month.
    """

    tables: dict[str, pd.DataFrame]
    schemas: dict[str, pa.Schema]
    folder: Path
    seed: int
    scale: float = 1.0
    rescaled_from: date | None = None
    currencies: list[tuple[str, int]] = field(default_factory=list)

    @classmethod
    def simulated(cls, folder: Path, work: Workspace, customers: int, seed: int) -> Book:
        """The demo's world, and the portfolio that reads the drops."""
        data = folder / "world"
        if not data.exists():
            demo = "configs/portfolios/demo.yaml"
            work.set(demo, r"customers: \d+", f"customers: {customers}")
            work.set(demo, r"seed: \d+", f"seed: {seed}")
            work.set(
                demo, r"downturn: severe", "downturn: none"
            )  # the one of `DOWNTURN` is to be found
            work.call("bonitas", "choose", "demo")
            work.call("bonitas", "look")
            work.call("dvc", "repro", "label")
            for one in ("raw", "interim"):
                shutil.copytree(work.folder / "data" / one, data / one)
        _portfolio(work, folder / "drops")
        return cls.opened(folder, seed)

    @classmethod
    def opened(cls, folder: Path, seed: int) -> Book:
        """The world that was simulated, without the customers that default in the quiet months."""
        data = folder / "world"
        schemas = {one: pq.read_schema(data / f"raw/{one}.parquet") for one in KEYS}
        tables = {one: pd.read_parquet(data / f"raw/{one}.parquet") for one in KEYS}
        entries = pd.read_parquet(data / "interim/defaults.parquet")
        entered = pd.to_datetime(entries["entered_on"])
        first, last = (pd.Timestamp(last_day(one)) for one in (QUIET[0] - 1, QUIET[1]))
        gone = set(entries.loc[(entered > first) & (entered <= last), "customer_id"])
        return cls(_without(tables, gone), schemas, folder / "drops", seed)

    def _part(self, name: str, month: int) -> pd.DataFrame:
        """The rows of a table that become known in a month."""
        table = self.tables[name]
        known = pd.to_datetime(table[KNOWN[name]])
        until = pd.Timestamp(last_day(month))
        since = pd.Timestamp(last_day(month - 1)) if month else pd.Timestamp.min
        rows = (known > since) & (known <= until)
        if name != "disputes":
            return table[rows]
        closed = pd.to_datetime(table["closed_on"])
        found = table[rows | ((closed > since) & (closed <= until) & (known <= until))]
        return found.assign(closed_on=found["closed_on"].where(pd.to_datetime(found["closed_on"]) <= until, None))  # fmt: skip

    def deliver(self, month: int, *, corrections: int = 0, column: bool = False, currency: str | None = None) -> None:  # fmt: skip
        """Writes the drop of a month, with what is wrong or new about it."""
        if self.scale != 1.0 and self.rescaled_from is None:
            self.rescaled_from = (pd.Timestamp(last_day(month - 1)) + pd.Timedelta(days=1)).date()
        parts = {name: self._part(name, month) for name in KEYS}
        draw = np.random.default_rng((self.seed, month))
        if corrections:
            earlier = self._part("payments", month - 2)
            again = earlier.iloc[draw.choice(len(earlier), min(corrections, len(earlier)), replace=False)]  # fmt: skip
            again = again.assign(amount=[type(one)(str(round(float(one) * 0.9, 2))) for one in again["amount"]])  # fmt: skip
            parts["payments"] = pd.concat([parts["payments"], again], ignore_index=True)
        if column:
            parts["attributes"] = parts["attributes"].assign(website="yes")
        if currency:
            some = parts["invoices"].index[draw.choice(len(parts["invoices"]), 5, replace=False)]
            parts["invoices"] = parts["invoices"].assign(
                currency=parts["invoices"]["currency"].where(~parts["invoices"].index.isin(some), currency)
            )  # fmt: skip
        attributes = parts["attributes"]
        parts["attributes"] = attributes.assign(payment_index=attributes["payment_index"] * self.scale)  # fmt: skip
        if DOWNTURN[0] <= month <= DOWNTURN[1]:
            parts["events"] = pd.concat([parts["events"], self._struck(month, draw)], ignore_index=True)  # fmt: skip
        self._write(last_day(month), parts)

    def again(self, month: int) -> None:
        """The same drop once more, named by the day before."""
        same = {one.stem: pd.read_parquet(one) for one in (self.folder / last_day(month)).iterdir()}
        self._write(str((pd.Timestamp(last_day(month)) - pd.Timedelta(days=1)).date()), same)

    def rates(self, currency: str, month: int) -> None:
        """Rates of a currency, all that a year needs, added to the drop of a month."""
        file = self.folder / last_day(month) / "fx_rates.parquet"
        known, more = pd.read_parquet(file), self.known(currency, month)
        until = pd.to_datetime(more["rate_on"]) <= pd.Timestamp(last_day(month))
        self._file(pd.concat([known, more[until]], ignore_index=True), "fx_rates", file)

    def known(self, currency: str, month: int) -> pd.DataFrame:
        """Rates of a currency on every day that has any, in the tables from now on."""
        rates = self.tables["fx_rates"]
        rate = type(rates["rate"].iloc[0])("0.08500000")
        more = pd.DataFrame({"currency": currency, "rate_on": rates["rate_on"].unique(), "rate": rate})  # fmt: skip
        self.tables["fx_rates"] = pd.concat([rates, more], ignore_index=True)
        self.currencies.append((currency, month))
        return more

    def _struck(self, month: int, draw: np.random.Generator) -> pd.DataFrame:
        """Insolvencies of customers that are billed."""
        billed = sorted(self._part("invoices", month)["customer_id"].unique())
        whose = draw.choice(billed, min(STRUCK, len(billed)), replace=False)
        day = date.fromisoformat(last_day(month)[:8] + "15")
        rows = [(f"X{month:02d}{number}", one, day, day, "insolvency", None, None) for number, one in enumerate(whose)]  # fmt: skip
        return pd.DataFrame(rows, columns=list(self.tables["events"].columns))

    def _file(self, rows: pd.DataFrame, name: str, file: Path) -> None:
        """With the types that the world has; a column more as it is."""
        known = self.schemas[name]
        more = [one for one in rows.columns if one not in known.names]
        table = pa.Table.from_pandas(rows[known.names], schema=known, preserve_index=False)
        for one in more:
            table = table.append_column(one, pa.array(rows[one]))
        pq.write_table(table, file)

    def _write(self, day: str, parts: dict[str, pd.DataFrame]) -> None:
        place = self.folder / day
        place.mkdir(parents=True, exist_ok=True)
        for name, rows in parts.items():
            if len(rows):
                self._file(rows, name, place / f"{name}.parquet")


def _without(tables: dict[str, pd.DataFrame], gone: set[str]) -> dict[str, pd.DataFrame]:
    """The tables without some customers, and without what belongs to their invoices."""
    invoices = tables["invoices"]
    theirs = set(invoices.loc[invoices["customer_id"].isin(gone), "invoice_id"])
    kept = {}
    for name, table in tables.items():
        rows = pd.Series(True, index=table.index)
        if "customer_id" in table:
            rows &= ~table["customer_id"].isin(gone)
        if name != "invoices" and "invoice_id" in table:
            rows &= ~table["invoice_id"].isin(theirs)
        kept[name] = table[rows].reset_index(drop=True)
    kept["customers"] = kept["customers"].assign(
        parent_id=kept["customers"]["parent_id"].where(~kept["customers"]["parent_id"].isin(gone), None)
    )  # fmt: skip
    kept["master_history"] = kept["master_history"].assign(
        parent_id=kept["master_history"]["parent_id"].where(~kept["master_history"]["parent_id"].isin(gone), None)
    )  # fmt: skip
    return kept


def _portfolio(work: Workspace, drops: Path) -> None:
    """`grown`: the demo's settings, read from drops by SELECTs that change nothing."""
    configs = work.folder / "configs/portfolios"
    text = read_text(configs / "demo.yaml")
    head, _, rest = text.partition("source:\n")
    tail = rest[rest.index("\ndefault:") :]
    files = {name: {"path": f"{name}.parquet", "key": list(key)} for name, key in KEYS.items()}
    source = {"kind": "files", "folder": str(drops), "drops": True, "files": files}
    said = yaml.safe_dump({"source": source}, sort_keys=False)
    write_text(configs / "grown.yaml", head + said + tail)
    for file in sorted((ROOT / "configs/portfolios/demo").glob("*.sql")):
        write_text(configs / "grown" / file.name, file.read_text(encoding="utf-8"))
