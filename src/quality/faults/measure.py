"""Was it caught? The rows a fault has struck against what validation flagged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from contracts.tables.derived import REPAIRS
from contracts.tables.raw import RAW_TABLES
from quality.faults.book import opened
from quality.faults.fault import Claim
from quality.faults.soil import Struck
from quality.faults.sql import literal, quoted
from quality.rules.catalogue import RULES
from quality.rules.rule import BalanceRule, Severity

Broken = Mapping[tuple[str, str], int]
"""Broken rows by (table, rule)."""

_SEVERITIES = {rule.name: rule.severity for rule in RULES}
_BALANCED = {rule.name for rule in RULES if isinstance(rule, BalanceRule)}


@dataclass(frozen=True, slots=True)
class Caught:
    """How much of a fault was caught.

    Attributes:
        struck: rows struck; of a fault that shows on another table, the rows of that table it shows on; of one
            that shows on balances, the currencies of the rows struck.
        by_claim: of these, those that the claimed rule flagged.
        by_other: of the others, those that another rule set aside.
    """

    struck: int
    by_claim: int
    by_other: int

    @property
    def share(self) -> float:
        """Caught by the claimed rule over struck."""
        return self.by_claim / self.struck

    @property
    def share_by_any(self) -> float:
        """Caught at all over struck."""
        return (self.by_claim + self.by_other) / self.struck


def caught(struck: Struck, before: Broken, after: Broken, quarantine: Path) -> Caught:
    """Compares what was struck with what was flagged.

    A rule that sets rows aside is credited with the struck rows in quarantine under its name, and with those
    under an earlier rule's name as far as it found broken rows beyond them. A repair is credited with the struck
    values in the log of repairs. A rule that only reports leaves no rows behind: it is credited with the broken
    rows it found beyond those of the book before it was soiled, at most as many as were struck; so is one that sets rows of
    another table aside, and none of those struck. Of a missing
    month these are the rows the rule estimates to be missing.

    Args:
        struck: what was done.
        before: broken rows of the book before it was soiled.
        after: broken rows of the soiled book.
        quarantine: the folder that validation of the soiled book wrote.
    """
    claim = struck.claim
    severity = _SEVERITIES.get(claim.rule, Severity.REPORT)
    n_struck = _n_shown(struck, claim)
    set_aside = _set_aside(struck, quarantine)
    n_others = sum(n for rule, n in set_aside.items() if rule != claim.rule)
    key = (claim.table, claim.rule)
    n_found = max(after.get(key, 0) - before.get(key, 0), 0)
    is_elsewhere = claim.table != struck.table and not set_aside
    if severity is Severity.REPAIR:
        n_claimed = _repaired(struck, quarantine)
    elif severity is Severity.REPORT or is_elsewhere:
        n_claimed = min(n_found, n_struck)
    else:
        n_named = set_aside.get(claim.rule, 0)
        n_claimed = n_named + min(max(n_found - n_named, 0), n_others)
        n_others -= n_claimed - n_named
    return Caught(n_struck, n_claimed, min(n_others, n_struck - n_claimed))


def _n_shown(struck: Struck, claim: Claim) -> int:
    if claim.rule in _BALANCED:
        return len(struck.rows["currency"].unique())
    if claim.table == struck.table:
        return struck.n_rows
    key = RAW_TABLES[claim.table].grain[0]
    named = struck.rows[key].drop_null().unique()
    # what they named before, where the fault took the name away
    was = struck.record.filter(pc.field("column") == key)["was"]
    return len(named) or len(was.drop_null().unique())


def _set_aside(struck: Struck, quarantine: Path) -> dict[str, int]:
    """Struck rows in quarantine by rule; equal rows are counted as often as they are in both."""
    path = quarantine / f"{struck.table}.parquet"
    if not path.is_file():
        return {}
    # Rows are set aside after repairs: a blank key is an empty one by then.
    columns = ", ".join(
        f"trim({quoted(field.name)})" if pa.types.is_string(field.type) else quoted(field.name)
        for field in struck.rows.schema
    )
    with duckdb.connect() as connection:
        connection.register("struck", struck.rows)
        connection.execute(f"CREATE VIEW aside AS FROM read_parquet({literal(str(path))})")
        rules = connection.execute("SELECT DISTINCT rule FROM aside ORDER BY rule").fetchall()
        counts = {}
        for (rule,) in rules:
            named = f"SELECT {columns} FROM aside WHERE rule = {literal(rule)}"  # noqa: S608 - names are quoted
            both = connection.sql(f"SELECT {columns} FROM struck INTERSECT ALL {named}")  # noqa: S608 - as above
            counts[str(rule)] = both.to_arrow_table().num_rows
    return {rule: n for rule, n in counts.items() if n}


def _repaired(struck: Struck, quarantine: Path) -> int:
    """Struck values that the claimed repair has mended."""
    path = quarantine / f"{REPAIRS.name}.parquet"
    if not path.is_file():
        return 0
    with duckdb.connect() as connection:
        connection.register("record", struck.record)
        counted = connection.execute(
            f"SELECT count(*) FROM record AS r SEMI JOIN read_parquet({literal(str(path))}) AS m "  # noqa: S608 - a quoted path
            'ON m."table" = r."table" AND m."column" = r."column" AND m.rule = r.rule AND m.before = r.now'
        ).fetchall()
    return int(counted[0][0])


def open_balances(raw: Path) -> dict[str, Decimal]:
    """What is open in each currency, as a general ledger would state it: empty where no invoices are delivered.

    Invoices less credit notes, less payments on invoices and on account, plus payments on credit notes, over all rows; what
    was returned counts the other way round.
    """
    if not (raw / "invoices.parquet").is_file():
        return {}
    with opened(raw) as connection:
        signed = "if(i.kind = 'invoice', 1, -1)"
        billed = f"SELECT currency, {signed} * amount AS amount FROM invoices AS i"  # noqa: S608 - no outside text
        paid = _PAID if (raw / "payments.parquet").is_file() else "SELECT NULL, NULL LIMIT 0"
        found = connection.execute(
            f"SELECT currency, sum(amount) FROM ({billed} UNION ALL {paid}) "  # noqa: S608 - no outside text
            "WHERE regexp_full_match(currency, '[A-Z]{3}') GROUP BY currency ORDER BY currency"
        ).fetchall()
    return dict(found)


_PAID = """
SELECT i.currency, if((i.kind = 'invoice') = (p.kind = 'reversal'), p.amount, -p.amount)
FROM payments AS p JOIN invoices AS i USING (invoice_id)
UNION ALL
SELECT c.currency, if(p.kind = 'reversal', p.amount, -p.amount)
FROM payments AS p JOIN customers AS c USING (customer_id) WHERE p.invoice_id IS NULL
"""
