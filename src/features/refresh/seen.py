"""What the tables held, in a few numbers: where nothing has changed nothing is looked at closely, and else only whose rows did.

Fingerprints (`refresh.fingerprint`) say which observation could see a change, and cost a pass over the ledger in order of
time. Sums of hashes in no order cost a third of that.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import ibis
import ibis.expr.types as ir
from ibis.backends import BaseBackend

from contracts.tables.derived import HELD, KEY
from features.engine.backend import keep
from features.refresh.fingerprint import halves, mark, marks

MASTERS = ("customers", "master_history")
RATES = "fx_rates"


@dataclass(frozen=True, slots=True)
class Seen:
    """Digests of all rows that are read: how many there are, and the sums of their hashes.

    Attributes:
        tables: of what customers share, of what each has (`held`), and of the cohort.
        last: the last day of decision, as ISO text.
        rates: digest of the exchange rates that are usable on it.
    """

    tables: Mapping[str, list[int]]
    last: str
    rates: list[int]

    def to_json(self) -> dict[str, Any]:
        """Plain values, for the record."""
        return {"tables": dict(self.tables), "last": self.last, "rates": self.rates}

    @classmethod
    def from_json(cls, values: Any) -> Seen | None:
        """What `to_json` gave; None of anything else."""
        if not isinstance(values, dict) or set(values) != {"tables", "last", "rates"}:
            return None
        return cls(values["tables"], values["last"], values["rates"])


def see(con: BaseBackend, tables: Mapping[str, ir.Table], cohort: ir.Table, held: ir.Table) -> Seen:
    """The digests of now.

    Args:
        con: the engine.
        tables: raw tables by name.
        cohort: customer_id and as_of.
        held: see `by_customer`.
    """
    shared = {name: tables[name] for name in (*MASTERS, RATES) if name in tables}
    every = {**shared, "held": held, "cohort": cohort.select(*KEY)}
    found = {name: _digest(con, name, rows) for name, rows in every.items()}
    last = con.to_pyarrow(cohort.as_of.max()).as_py().isoformat()
    return Seen(found, last, rates_before(con, tables, last))


def rates_before(con: BaseBackend, tables: Mapping[str, ir.Table], last: str) -> list[int]:
    """The digest of the exchange rates that are usable on a day of decision or before it.

    Args:
        con: the engine.
        tables: raw tables by name.
        last: the day, as ISO text.
    """
    if RATES not in tables:
        return []
    rows = tables[RATES]
    return _digest(con, RATES, rows.filter(rows.rate_on < ibis.literal(date.fromisoformat(last))))


def by_customer(con: BaseBackend, tables: Mapping[str, ir.Table]) -> ir.Table:
    """`derived.HELD`: the digest of each customer's own rows, in no order; of one without rows there is none."""
    parts = list(marks(tables))
    if not parts:
        return ibis.memtable(HELD.arrow_schema().empty_table())
    every = ibis.union(*parts) if len(parts) > 1 else parts[0]
    own = every.group_by("customer_id").agg(low=every.low.sum(), high=every.high.sum())
    own = own.filter(own.customer_id.notnull())
    return keep(con, "held", own.cast({"low": "int64", "high": "int64"}).select(*HELD.column_names))


def changed(con: BaseBackend, now: ir.Table, before: ir.Table) -> ir.Table:
    """customer_id of all whose digests are not the same in both, or who are in one alone."""
    names = list(HELD.column_names)
    both = now.anti_join(before, names).union(before.anti_join(now, names))
    return keep(con, "changed", both.select("customer_id").distinct())


def _digest(con: BaseBackend, name: str, rows: ir.Table) -> list[int]:
    own = halves(mark(name, rows))
    sums = {part: ibis.coalesce(value.sum(), 0).cast("int64") for part, value in own.items()}
    (found,) = con.to_pyarrow(rows.agg(n=rows.count(), **sums)).to_pylist()
    return [int(found[part]) for part in ("n", *sums)]
