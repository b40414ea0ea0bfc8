"""Raw tables to valid and quarantined rows, losing none: rows in = rows valid + rows quarantined."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import duckdb
import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.parquet as pq

from contracts.config.portfolio import PortfolioConfig
from contracts.documents.data_quality import Effect
from contracts.tables.derived import REPAIRS
from contracts.tables.engine import check_rows
from contracts.tables.kept import keep_rows
from contracts.tables.queries import Queries, Remembering, ask_again
from contracts.tables.raw import portfolio_tables
from contracts.tables.references import REFERENCES
from contracts.tables.shown import Shown
from contracts.tables.spec import Table
from contracts.tables.store import table_paths, write_arrow
from quality.delivery.balances import ask_balances
from quality.delivery.checks import RULE, VALUE, Checked, check
from quality.delivery.computed import Ledgers, rescaled_rows
from quality.delivery.effects import effects, touched
from quality.delivery.finding import N_EXAMPLES, Count, Example, Finding, Validation
from quality.delivery.kept import Edits, edits, write_kept, write_set_aside
from quality.delivery.mending import log, mend, repairs_found, row_key
from quality.delivery.missed import ask_missed
from quality.delivery.months import ask_feeds, ask_months, missing_months
from quality.delivery.opened import opened
from quality.delivery.paying import ask_earlier, ask_paying
from quality.delivery.repeated import count, customers_of, repeated_rows, without_copies
from quality.delivery.rows import MONEY, beside_parent, latest_rates, with_money
from quality.delivery.suspects import SHOWN_IN, suspects
from quality.delivery.tolerated import ask_tolerated
from quality.delivery.unknown import unknown_rows
from quality.rules.keys import belongs_to_a_row_set_aside
from quality.rules.rule import ROW, Book, RowRule
from quality.rules.series import open_in_a_missing_month

LEDGER = ("invoices", "payments", "disputes")


class Delivery:
    """The raw tables of a portfolio in an engine: mended, then checked table by table, a table's parent first.

    Args:
        connection: an open DuckDB connection.
        raw: the folder ingest wrote.
        portfolio: its attributes, currency and last complete day.
        queries: SELECTs that were written in an earlier run; None where all are written.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, raw: Path, portfolio: PortfolioConfig, queries: Queries | None = None) -> None:  # fmt: skip
        self._connection = connection
        self._backend = Remembering.from_connection(connection)
        ask_again(self._backend, queries)
        self._portfolio = portfolio
        tables = portfolio_tables(portfolio)
        self._paths = table_paths(raw, tables)
        self.contracts = {name: tables[name] for name in self._paths}
        self._n_rows = {name: pq.read_metadata(path).num_rows for name, path in self._paths.items()}
        self._mended = {
            name: mend(self._backend, opened(connection, self._backend, name, path), tables[name])
            for name, path in self._paths.items()
        }
        self._shown = Shown(self._backend)
        self._delivered = self._as("delivered", {name: one.rows for name, one in self._mended.items()})  # fmt: skip
        # kept: rules look at them more than once, and they are few
        self._repeated = {
            name: self._keep(f"repeated {name}", repeated_rows(rows, self.contracts[name]))
            for name, rows in self._delivered.items()
        }
        once = {
            name: without_copies(rows, self._repeated[name], self.contracts[name])
            for name, rows in self._delivered.items()
        }
        self._once = self._as("once", once)
        self._ledgers = Ledgers(self._backend, self._shown.behind)
        self._valid: dict[str, ir.Table] = {}
        self._checked: dict[str, Checked] = {}
        self._aside: dict[str, ir.Table] = {}
        self._unknown: ir.Table | None = None
        self._reporting = portfolio.reporting_currency
        self._rates = {self._reporting: Decimal(1)}

    def check(self) -> Validation:
        """Asks every rule of every table."""
        found: dict[str, tuple[Count, tuple[Finding, ...]]] = {}
        # Rates first: other tables are asked whether their currency has one.
        for name in sorted(self.contracts, key=lambda name: name != "fx_rates"):
            found[name] = self._check_table(name)
        later = self._set_aside_later()
        self._valid |= self._as("left", self._of_ledger(self._valid))
        for one in later:
            found[one.table] = self._with_finding(found[one.table], one)
        aside = {name: one.set_aside() for name, one in self._checked.items()}
        self._aside = aside | self._as("set aside", self._of_ledger(aside))
        if "events" in self.contracts:
            found["events"] = self._with_finding(found["events"], self._missed())
        said, n = self._effects(), self._n_rows.get("customers", 0)
        asked = (
            ask_tolerated(self._valid, self._ledger(), self._portfolio, self._rates, self._keep),
            *ask_paying(self._valid, self._ledger(), self._portfolio, self._rates, n),
            ask_earlier(self._valid, self._portfolio, self._rates, n),
        )
        for one in filter(None, asked):
            found[one.table] = self._with_finding(found[one.table], one)
        return Validation(
            tuple(found[name][0] for name in self.contracts),
            tuple(
                replace(one, effect=said.get(one.rule.name))
                if one.broken and name in LEDGER
                else one
                for name in self.contracts
                for one in found[name][1]
            ),
        )

    def _check_table(self, name: str) -> tuple[Count, tuple[Finding, ...]]:
        contract, own, n_rows = self.contracts[name], self._delivered[name], self._n_rows[name]
        rows = beside_parent(own, contract, self._valid)
        book = Book(
            contract,
            own,
            self._once,
            self._ledgers.of(self._once),
            rescaled_rows(self._backend, own, contract),
            self._repeated[name],
            self._keys_set_aside(contract),
            self._rates,
            self._portfolio.complete_until,
            self._valid["customers"].customer_id if "customers" in self._valid else None,
            self._portfolio.settlement,
            self._reporting,
            self._portfolio.default,
        )
        checked = self._checked[name] = check(self._backend, rows, book, n_rows)
        valid = own.anti_join(checked.set_aside(), ROW) if checked.n_set_aside else own
        self._valid |= self._as("checked", {name: valid})
        if name == "fx_rates":
            self._rates |= latest_rates(self._valid[name])
        mended = self._mended[name]
        rows = with_money(rows, contract, book.rates, self._reporting)
        months = (
            *ask_months(rows, contract, self._portfolio.complete_until, n_rows),
            *ask_feeds(own, contract, self._portfolio, n_rows, book.ledger),
        )
        repairs = repairs_found(mended, rows, contract, n_rows)
        # Counted, not subtracted: a row that is in neither or in both would show.
        n_valid = count(self._valid[name])
        counted = Count(name, n_rows, n_valid, checked.n_set_aside, mended.n_rows())
        stated = self._portfolio.balances
        balances = ask_balances(name, self._once, stated, book.rates, self._reporting)
        return counted, (*repairs, *checked.findings, *months, *balances)

    def _set_aside_later(self) -> list[Finding]:
        """Sets aside what all tables of the ledger together show (see `suspects`), and what is `unknown` with what left."""
        names = [name for name in LEDGER if name in self.contracts]
        if "invoices" not in names:
            return []
        found, more = [], []
        if (ledger := self._ledger()) is not None:
            until = self._portfolio.complete_until
            months = {
                name: missing_months(self._delivered[name], self.contracts[name], until)
                for name in ("payments", "invoices")
            }
            valid = {name: self._valid[name] for name in names}
            used = valid | {"customers": self._valid["customers"]}
            for one in suspects(used, ledger, self._portfolio, months, self._keep):
                found.append(self._leave_out(one.rule, one.table, one.rows, valid))
                more += [] if one.unknown is None else [one.unknown]
        asked = belongs_to_a_row_set_aside
        if not any(self._checked[name].n_set_aside for name in names):
            return [
                *found,
                *(Finding(asked, name, 0, self._n_rows[name], None, ()) for name in names),
            ]
        delivered = {name: self._delivered[name] for name in names}
        self._valid |= self._as("used", self._of_ledger(self._valid))
        more_names = [name for name in (*names, "credit_terms") if name in self._valid]
        valid = {name: self._valid[name] for name in more_names}
        aside = {name: self._checked[name].set_aside().select(ROW, RULE) for name in names}
        gone = self._as("aside", aside)
        rows = unknown_rows(delivered, valid, gone, self._portfolio, self._keep, more)
        self._unknown = self._keep("causes", rows["invoices"])
        return [*found, *(self._leave_out(asked, name, rows[name], valid) for name in names)]

    def _missed(self) -> Finding:
        aside = self._delivered["events"].inner_join(self._checked["events"].set_aside(), ROW)
        whom, until, n = self._valid["customers"], self._portfolio.complete_until, self._n_rows["events"]  # fmt: skip
        return ask_missed(aside, whom, self.contracts["events"], n, until, self._keep)

    def _effects(self) -> dict[str, Effect]:
        """By rule what its rows of the ledger would have said; nothing where none is set aside."""
        if self._unknown is None or "payments" not in self.contracts:
            return {}
        hung = touched(self._unknown, self._of_ledger(self._once), self._aside)
        kept = self._keep("touched", hung)
        return effects(self._valid, self._once, kept, self._portfolio, self._rates)

    def _ledger(self) -> ir.Table | None:
        return self._ledgers.of(self._valid)

    def _as(self, stage: str, rows: Mapping[str, ir.Table]) -> dict[str, ir.Table]:
        return {name: self._shown.show(f"{stage} {name}", one) for name, one in rows.items()}

    def _of_ledger(self, rows: Mapping[str, ir.Table]) -> dict[str, ir.Table]:
        return {name: rows[name] for name in LEDGER if name in rows}

    def _keep(self, name: str, rows: ir.Table) -> ir.Table:
        return keep_rows(self._backend, name, rows)

    def _leave_out(
        self, rule: RowRule, name: str, rows: ir.Table, valid: Mapping[str, ir.Table]
    ) -> Finding:
        """Sets these rows of a table aside by a rule that was asked of the whole ledger."""
        contract, checked = self.contracts[name], self._checked[name]
        named = rows.select(ROW, **{RULE: ibis.literal(rule.name), VALUE: rows.value})
        kept = self._keep(f"{rule.name} of {name}", named)
        n = count(kept)
        if not n:
            return Finding(rule, name, 0, self._n_rows[name], None, ())
        whole = valid[name].inner_join(kept, ROW)
        beside = beside_parent(whole, contract, {**self._valid, **valid})
        money = with_money(beside, contract, self._rates, self._reporting)
        total = money[MONEY].sum().to_pyarrow().as_py()
        first = whole.order_by(ROW).limit(N_EXAMPLES)
        keys = first.select(key=row_key(first, contract), value=first[VALUE])
        column = SHOWN_IN.get(rule.name, "invoice_id")
        examples = tuple(
            Example(row["key"], column, row["value"]) for row in keys.to_pyarrow().to_pylist()
        )
        amount = None if total is None else float(total)
        unknown = kept if checked.unknown is None else checked.unknown.union(kept)
        self._checked[name] = replace(checked, n_set_aside=checked.n_set_aside + n, unknown=unknown)
        self._valid[name] = self._valid[name].anti_join(kept, ROW)
        whose = self._delivered["invoices"]
        customers = customers_of(whole, whose) if rule is open_in_a_missing_month else None
        return Finding(rule, name, n, self._n_rows[name], amount, examples, customers)

    def _with_finding(
        self, found: tuple[Count, tuple[Finding, ...]], more: Finding
    ) -> tuple[Count, tuple[Finding, ...]]:
        (counted, findings), n_aside = found, self._checked[more.table].n_set_aside
        n_valid = count(self._valid[more.table])
        return replace(counted, rows_valid=n_valid, rows_quarantined=n_aside), (*findings, more)

    def _keys_set_aside(self, contract: Table) -> ir.Column | None:
        reference = REFERENCES.get(contract.name)
        if reference is None or not self._checked[reference.table].n_set_aside:
            return None
        parent, checked = self._delivered[reference.table], self._checked[reference.table]
        return parent.semi_join(checked.set_aside(), ROW)[reference.column]

    def write(self, valid: Path, quarantine: Path) -> None:
        """Writes `<table>.parquet` of the valid rows, and what `write_quarantine` writes.

        The files of valid rows are checked against the pandera contract: a rule that lets something through
        that the contract forbids is a fault of the program.
        """
        logs = self.write_quarantine(quarantine)
        jobs = {
            name: edits(self._checked[name].set_aside()[ROW].to_pyarrow(), logs.get(name))
            for name in self.contracts
        }
        with ThreadPoolExecutor() as pool:  # Arrow encodes one file on one core
            list(pool.map(lambda name: self._write_kept(name, jobs[name], valid), jobs))
        for name, contract in self.contracts.items():
            kept = self._backend.read_parquet(
                str(valid / f"{name}.parquet"), table_name=f"valid {name}"
            )
            check_rows(kept, contract)

    def write_quarantine(self, quarantine: Path) -> dict[str, pa.Table]:
        """Writes `<table>.parquet` of the rows set aside (often none) and `repairs.parquet`; returns the repairs by table."""
        for name, contract in self.contracts.items():
            gone = self._aside[name] if self._checked[name].n_set_aside else None
            path = quarantine / f"{name}.parquet"
            write_set_aside(self._connection, self._delivered[name], gone, path, contract)
        logs = {
            name: log(mended.done)
            for name, mended in self._mended.items()
            if mended.done is not None
        }
        if logs:
            write_arrow(pa.concat_tables(logs.values()), quarantine / f"{REPAIRS.name}.parquet")
        return logs

    def _write_kept(self, name: str, edited: Edits, valid: Path) -> None:
        write_kept(self._paths[name], valid / f"{name}.parquet", self.contracts[name], edited)
