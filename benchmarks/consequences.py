"""What a fault of the ledger does to defaults: each at 1 % of the rows it can strike, on the demo book.

For every fault of invoices, payments and disputes: how many rows it struck, how many rows left with them, and whose
default changed: `false`, customers in default by the last complete day that were not in the clean book; `lost`, those no
longer known to be. A run would stop where more rows are broken than a rule tolerates, or more hangs on those it set aside;
here it goes on, to show why. `believed`: the customers that would look more than 90 days late, were the rows that a rule set
aside believed, by the rule that says most (the figure of the data page, which is no label: neither materiality of the balance
nor disputes count). `untouched`: customers of whose ledger every row is as in the clean book; `moved`: by how much their PD
changed at most, in points of the PD in percent, by the finished model of `--model` on the day after the last complete one.
`python -m benchmarks.consequences --customers 400` is a quick look, `--only month_missing orphan` measures some faults.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

import ibis
import pyarrow.parquet as pq

from benchmarks.faults import SEED, clean_book
from contracts.config.engine import EngineConfig
from contracts.config.features import FeaturesConfig
from contracts.config.portfolio import PortfolioConfig
from contracts.duck import connect
from contracts.files import read_json
from contracts.tables.raw import CUSTOMERS, portfolio_tables
from contracts.tables.store import read_table, table_paths
from features.engine.backend import connected, load
from features.engine.scratch import Scratch
from features.labels.cohort import all_rates
from features.labels.default import spells
from features.matrix.matrix import build
from models.base.data import ModelContract
from models.boosting.booster import load as load_booster
from models.calibration import calibrators
from quality.delivery.delivery import Delivery
from quality.delivery.findings import beyond
from quality.faults.catalogue import FAULTS
from quality.faults.fault import DirtError, Fault
from quality.faults.soil import apply
from quality.rules.catalogue import Tolerances

TABLES = ("payments", "invoices", "disputes")
SHARE = 0.01
WHOSE = {
    "invoices": "customer_id",
    "payments": "coalesce(owned.customer_id, other.customer_id)",
    "disputes": "owned.customer_id",
}
"""Of a row of each table, the customer; money on account says it itself."""


@dataclass(frozen=True)
class Outcome:
    """What became of a book.

    Attributes:
        aside: rows set aside.
        stops: whether the run stops.
        believed: customers that would have looked late.
        named: those in default.
        pds: PD by customer; empty without a model.
    """

    aside: int
    stops: bool
    believed: int | None
    named: set[str]
    pds: dict[str, float] = field(default_factory=dict)


def outcome(raw: Path, out: Path, portfolio: PortfolioConfig, model: Path | None = None) -> Outcome:
    """The rows through the rules, the customers in default by the last complete day, and the PDs by a model of the day after."""
    for name in ("valid", "quarantine"):
        (out / name).mkdir(parents=True)
    with connect(EngineConfig()) as connection:
        delivery = Delivery(connection, raw, portfolio)
        found = delivery.check()
        delivery.write(out / "valid", out / "quarantine")
    aside = table_paths(out / "quarantine", portfolio_tables(portfolio))
    n_aside = sum(pq.read_metadata(path).num_rows for path in aside.values())
    last = (portfolio.complete_until - date(1970, 1, 1)).days
    with connected(EngineConfig(), out / "spill") as con:
        tables = load(con, out / "valid", portfolio)
        rates = all_rates(con, tables, portfolio)
        keep = Scratch(con).keep
        rows = spells(tables, portfolio.default, rates, portfolio.settlement, keep)
        named = con.to_pyarrow(rows.filter(rows.start <= last))["customer_id"].to_pylist()
    said = [one.effect.late_believed for one in found.findings if one.effect is not None]
    stops = bool(beyond(found, Tolerances({}, where="")))
    pds = {} if model is None else chances(out, portfolio, model)
    return Outcome(n_aside, stops, max(said, default=None), set(named), pds)


def chances(out: Path, portfolio: PortfolioConfig, model: Path) -> dict[str, float]:
    """The PD of every customer on the day after the last complete one, by a finished model."""
    contract = ModelContract.from_json(read_json(model / "contract.json"))
    whose = read_table(out / "valid/customers.parquet", CUSTOMERS)["customer_id"].tolist()
    asked = portfolio.complete_until + timedelta(days=1)
    rows = {"customer_id": whose, "as_of": [asked] * len(whose)}
    with connected(EngineConfig(), out / "spill") as con:
        tables = load(con, out / "valid", portfolio)
        cohort = ibis.memtable(rows, schema={"customer_id": "string", "as_of": "date"})
        choice = FeaturesConfig(names=tuple(contract.names))
        matrix, _ = build(con, tables, cohort, portfolio, choice)
    frame = matrix.to_pandas(date_as_object=False)
    margin = load_booster(model, contract).margin(frame)
    found = calibrators.from_json(read_json(model / "calibrator.json")).apply(margin)
    return dict(zip(frame["customer_id"], map(float, found), strict=True))


def touched(clean: Path, now: Path) -> set[str]:
    """Customers of whose ledger some row is not as in the clean book: another, or not there."""
    with connect(EngineConfig()) as connection:
        invoices = connection.sql(
            f"SELECT DISTINCT invoice_id, customer_id FROM read_parquet(['{clean}/valid/invoices.parquet', '{now}/valid/invoices.parquet'])"
        )
        invoices.create_view("owned")
        found: set[str] = set()
        for name in TABLES:
            one, other = (f"SELECT * FROM '{place}/valid/{name}.parquet'" for place in (clean, now))
            connection.sql(f"({one} EXCEPT {other}) UNION ALL ({other} EXCEPT {one})").create_view("other", replace=True)  # fmt: skip
            whose = WHOSE[name]
            join = "" if name == "invoices" else "LEFT JOIN owned USING (invoice_id)"
            found |= {row[0] for row in connection.sql(f"SELECT DISTINCT {whose} FROM other {join}").fetchall()}  # fmt: skip
    return found


def moved(clean: Outcome, now: Outcome, whose: set[str]) -> float:
    """By how much the PD of some customers changed at most."""
    return max((abs(now.pds[one] - clean.pds[one]) for one in whose), default=0.0)


def places(only: Sequence[str], tables: Sequence[str] = TABLES) -> Iterator[tuple[Fault, str]]:
    """Every fault of the ledger with the table it strikes, or only some."""
    for table in tables:
        found = (fault for fault in FAULTS if table in fault.claims)
        yield from ((fault, table) for fault in found if not only or fault.name in only)


def main() -> None:
    """Prints the table, a row per fault."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="*", default=[], help="names of faults")
    parser.add_argument("--model", type=Path, help="folder of a finished model: data/model")
    parser.add_argument(
        "--tables", nargs="*", default=TABLES, help="tables whose faults are measured"
    )
    with clean_book(parser) as (folder, portfolio, arguments):
        clean = outcome(folder / "raw", folder / "clean", portfolio, arguments.model)
        print(f"clean book: {len(clean.named)} customers in default, {clean.aside} rows set aside")
        print(
            "| fault | table | struck | set aside | stops the run | believed | in default | false | lost | untouched | moved |"
        )
        print("|" + "---|" * 11, flush=True)
        for fault, table in places(arguments.only, arguments.tables):
            with tempfile.TemporaryDirectory(dir=folder) as own:
                place = Path(own)
                try:
                    struck = apply(fault, table, SHARE, SEED, folder / "raw", place / "soiled")
                except DirtError as error:
                    print(f"| {fault.name} | {table} | {error.what} | | | | | | | | |", flush=True)
                    continue
                now = outcome(place / "soiled", place / "checked", portfolio, arguments.model)
                false, lost = len(now.named - clean.named), len(clean.named - now.named)
                stops, believed = "yes" if now.stops else "no", "" if now.believed is None else now.believed  # fmt: skip
                same = set(clean.pds) & set(now.pds) - touched(folder / "clean", place / "checked")
                change = moved(clean, now, same)
                most = f"{change:.3%}" if change else "0" if clean.pds else ""
                cells = [struck.n_rows, now.aside, stops, believed, len(now.named), false, lost, len(same), most]  # fmt: skip
                print(f"| {fault.name} | {table} | {' | '.join(map(str, cells))} |", flush=True)


if __name__ == "__main__":
    main()
