"""Only the customers of whom something may have changed: their rows, and the fingerprints of their observations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
from ibis.backends import BaseBackend

from contracts.config.portfolio import PortfolioConfig
from contracts.tables.derived import KEY, KNOWN
from features.engine.backend import count, keep, unused
from features.refresh.fingerprint import fingerprints
from features.refresh.record import Shelf
from features.refresh.seen import MASTERS, Seen, changed, rates_before
from features.time.asof import attach

MAX_SHARE = 0.5
"""Above this share of observations (or of customers) it costs less to compute all than to select."""


def near(
    con: BaseBackend, tables: Mapping[str, ir.Table], whose: ir.Table, n_all: int
) -> dict[str, ir.Table]:
    """The tables with the rows of some customers only; master records stay whole, a group's size counts them.

    Args:
        con: the engine that holds the tables.
        tables: raw tables by name.
        whose: customer_id, unique.
        n_all: how many customers there are.
    """
    found = dict(tables)
    if count(con, whose) > MAX_SHARE * n_all:
        return found
    for name in ("invoices", "credit_terms", "financials", "events", "attributes"):
        if name in found:
            found[name] = keep(con, name, found[name].semi_join(whose, "customer_id"))
    for name in ("payments", "disputes"):
        if name in found:
            own = found[name].semi_join(found["invoices"], "invoice_id")
            if name == "payments":
                loose = found[name].filter(found[name].invoice_id.isnull())
                own = own.union(loose.semi_join(whose, "customer_id"))
            found[name] = keep(con, name, own)
    return found


def old_known(con: BaseBackend, shelf: Shelf) -> ir.Table:
    """The fingerprints of the earlier build, with `old_row`: their number in its files, which are in the order of the matrix.

    Under the same name in every run, so that the same SQL is asked.
    """
    file = con.read_parquet(
        shelf.fingerprints, table_name=unused(con, "old known"), file_row_number=True
    )
    return file.rename(old_row="file_row_number")


def _told(both: ir.Table, is_stale: ir.BooleanValue) -> ir.Table:
    return both.select(
        *KNOWN.column_names,
        "old_industry",
        is_stale=is_stale,
        old_row=both.old_row.cast("int64"),
    )


@dataclass(frozen=True, slots=True)
class Before:
    """The build that is continued.

    Attributes:
        con: the engine that holds the tables.
        tables: raw tables by name, as they are now.
        portfolio: reporting currency and declared attributes.
        shelf: where the build lies.
        seen: what its tables held.
    """

    con: BaseBackend
    tables: Mapping[str, ir.Table]
    portfolio: PortfolioConfig
    shelf: Shelf
    seen: Seen

    def known(self, cohort: ir.Table, held: ir.Table, now: Seen) -> ir.Table:
        """The fingerprints of the cohort now. Those of a customer of whom the tables hold what they held are taken as they were.

        Args:
            cohort: customer_id and as_of.
            held: the customers' digests now.
            now: the tables' digests now.
        """
        con = self.con
        if not self._holds(now):
            return fingerprints(con, self.tables, cohort, self.portfolio)
        other = changed(con, held, con.read_parquet(self.shelf.held))
        old = con.read_parquet(self.shelf.fingerprints).anti_join(other, "customer_id")
        kept = cohort.inner_join(old, list(KEY)).select(*KNOWN.column_names)
        asked = keep(con, "asked", cohort.select(*KEY).anti_join(old, list(KEY)))
        n_asked = count(con, asked)
        if n_asked == 0:
            return keep(con, "known", kept)
        if n_asked > MAX_SHARE * count(con, cohort):
            return fingerprints(con, self.tables, cohort, self.portfolio)
        return keep(con, "known", ibis.union(kept, self._fresh(asked, cohort)))

    def same_cohort(self, held: ir.Table, now: Seen) -> ir.Table | None:
        """What is compared (`taken.Source.compared`) where the cohort is that of the build: its file, in whose order the rows stay.

        Args:
            held: the customers' digests now.
            now: the tables' digests now.

        Returns:
            None where the cohort is another, or most of it is to be looked at.
        """
        con, name = self.con, "cohort"
        if self.seen.tables.get(name) != now.tables[name] or not self._holds(now):
            return None
        other = changed(con, held, con.read_parquet(self.shelf.held))
        old = old_known(con, self.shelf)
        asked = keep(con, "asked", old.semi_join(other, "customer_id").select(*KEY))
        n_asked = count(con, asked)
        if n_asked > MAX_SHARE * count(con, old):
            return None
        before = old.rename(old_industry="industry", old_fingerprint="fingerprint")
        if n_asked == 0:
            same = before.mutate(industry=before.old_industry, fingerprint=before.old_fingerprint)
            return keep(con, "compared", _told(same, ibis.literal(value=False)))
        both = attach(before, self._fresh(asked, old), KEY)
        is_asked = both.fingerprint.notnull()
        both = both.mutate(
            industry=is_asked.ifelse(both.industry, both.old_industry),
            fingerprint=is_asked.ifelse(both.fingerprint, both.old_fingerprint),
        )
        return keep(con, "compared", _told(both, both.fingerprint != both.old_fingerprint))

    def _fresh(self, asked: ir.Table, cohort: ir.Table) -> ir.Table:
        """The fingerprints of some observations, from the rows of their customers."""
        con = self.con
        whose = keep(con, "whose", asked.select("customer_id").distinct())
        n_all = count(con, cohort.select("customer_id").distinct())
        return fingerprints(con, near(con, self.tables, whose, n_all), asked, self.portfolio)

    def _holds(self, now: Seen) -> bool:
        """Whether what customers share was the same on every day of the build: master records and exchange rates."""
        same = all(self.seen.tables.get(name) == now.tables.get(name) for name in MASTERS)
        return same and self.seen.rates == rates_before(self.con, self.tables, self.seen.last)
