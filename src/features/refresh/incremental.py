"""The matrix kept up to date: only observations of which something else was known than last time are computed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import ibis
import ibis.expr.types as ir
import pyarrow.parquet as pq
from ibis.backends import BaseBackend

from contracts.config.features import FeaturesConfig
from contracts.config.portfolio import PortfolioConfig
from contracts.resources import within_memory
from contracts.tables.derived import HELD, KEY, KNOWN
from contracts.tables.store import write_batches
from features.catalog import chosen
from features.declaration import Feature
from features.engine.backend import count, keep, unused
from features.matrix.contract import check
from features.matrix.matrix import base_values, in_order, needed, relation
from features.refresh.fingerprint import fingerprints
from features.refresh.near import MAX_SHARE, Before, near, old_known
from features.refresh.patch import Patch
from features.refresh.record import (
    NO_RECORD,
    Key,
    Marks,
    Shelf,
    key_of,
    note,
    seen,
    unusable,
    write,
)
from features.refresh.seen import Seen, by_customer, see
from features.refresh.taken import Source, ranked_by, taken
from features.time.asof import attach

ENGINE = "duckdb"
"""Whose hash has 64 bits and tells a missing value from none."""


@dataclass(frozen=True, slots=True)
class Refreshed:
    """What a refresh did.

    Attributes:
        observations, features: size of the matrix.
        recomputed: observations whose values were computed.
        ranked: observations whose ranks among peers were computed.
        reason: why everything was built, missing where the earlier build was continued.
    """

    observations: int
    features: int
    recomputed: int
    ranked: int
    reason: str | None = None

    def __str__(self) -> str:
        """One line for the console.

        >>> print(Refreshed(240, 152, 3, 40))
        240 observations x 152 features (3 recomputed, 40 re-ranked)
        """
        done = f"{self.recomputed} recomputed, {self.ranked} re-ranked"
        why = f"; full build: {self.reason}" if self.reason else ""
        return f"{self.observations} observations x {self.features} features ({done}{why})"


@dataclass(frozen=True, slots=True)
class _Run:
    """What every step needs."""

    con: BaseBackend
    tables: Mapping[str, ir.Table]
    portfolio: PortfolioConfig
    config: FeaturesConfig
    features: Sequence[Feature]
    shelf: Shelf

    @property
    def placed(self) -> list[Feature]:
        """The ranks among peers."""
        return [feature for feature in self.features if feature.ranked is not None]

    @property
    def old_values(self) -> ir.Table:
        """The old matrix."""
        return self.con.read_parquet(self.shelf.matrix, table_name=unused(self.con, "old matrix"))


@within_memory()
def refresh(
    con: BaseBackend,
    tables: Mapping[str, ir.Table],
    cohort: ir.Table,
    portfolio: PortfolioConfig,
    config: FeaturesConfig,
    shelf: Shelf,
) -> Refreshed:
    """Brings the matrix, its lineage, the fingerprints and the record on the shelf up to date.

    The files are, byte for byte, those of a build from nothing. Where the earlier build cannot be continued (none,
    other code or choice, a file that is not as recorded) or most observations changed, everything is built.

    Args:
        con: the engine that holds the tables.
        tables: raw tables by name; those that no selected feature needs are not read.
        cohort: customer_id and as_of (date), unique.
        portfolio: reporting currency and declared attributes.
        config: families and windows.
        shelf: where the earlier build lies, if any, and this one is put.

    Raises:
        BonitasError: as `matrix.build`; the shelf is then left as it was.
    """
    features = chosen(config, tables, portfolio)
    run = _Run(con, needed(tables, features), portfolio, config, features, shelf)
    key = key_of(con, features, portfolio, config)
    if con.name != ENGINE:
        return _full(run, cohort, None, key, f"the engine is {con.name}")
    reason = unusable(shelf, key)
    if set(ranked_by(features)) - {feature.name for feature in features}:
        reason = "ranks of values that the matrix does not hold"  # peers that are kept could not be ranked
    held = by_customer(con, run.tables)
    now, before = see(con, run.tables, cohort, held), seen(shelf) if reason is None else None
    if before == now:
        return Refreshed(pq.read_metadata(shelf.matrix).num_rows, len(features), 0, 0)
    if before is None:
        known = fingerprints(con, run.tables, cohort, portfolio)
        return _full(run, cohort, Found(known, held, now), key, reason or NO_RECORD)
    past = Before(con, run.tables, portfolio, shelf, before)
    compared = past.same_cohort(held, now)
    if compared is not None:
        gone = compared.filter(ibis.literal(value=False))
        return _compared_with(run, cohort, Found(compared, held, now), gone, key)
    known = past.known(cohort, held, now)
    gone = old_known(con, shelf).anti_join(known, KEY)
    return _compared_with(run, cohort, Found(_compared(run, known), held, now), gone, key)


def _compared_with(
    run: _Run, cohort: ir.Table, found: Found, gone: ir.Table, key: Key
) -> Refreshed:
    """Continues the earlier build, unless most has changed.

    Args:
        run: what every step needs.
        cohort: of now.
        found: `known` with what is compared.
        gone: observations of the earlier build that are no more.
        key: see `record.key_of`.
    """
    con, compared = run.con, found.known
    size, n_stale = count(con, compared), count(con, compared.filter(compared.is_stale))
    is_unique = count(con, compared.select(*KEY).distinct()) == size  # else `build` refuses it
    if is_unique and n_stale == 0 and count(con, gone) == 0:
        note(run.shelf, _marks(con, found), key)
        return Refreshed(size, len(run.features), 0, 0)
    if is_unique and n_stale <= MAX_SHARE * size:
        return _continued(run, found, gone, key)
    return _full(run, cohort, found, key, f"{n_stale} changed")


@dataclass(frozen=True, slots=True)
class Found:
    """What the tables say now; see `record.Marks`."""

    known: ir.Table
    held: ir.Table
    seen: Seen


def _full(run: _Run, cohort: ir.Table, found: Found | None, key: Key, reason: str) -> Refreshed:
    matrix, features = relation(run.con, run.tables, cohort, run.portfolio, run.config)
    size = count(run.con, matrix)
    marks = None if found is None else _marks(run.con, found)
    blocks = in_order(run.con, matrix, features)
    write(run.shelf, partial(write_batches, blocks), run.features, marks, key)
    return Refreshed(size, len(features), size, size if run.placed else 0, reason)


def _marks(con: BaseBackend, found: Found) -> Marks:
    known, held = (
        con.to_pyarrow(rows.select(*table.column_names).order_by(table.grain)).cast(
            table.arrow_schema()
        )
        for rows, table in ((found.known, KNOWN), (found.held, HELD))
    )
    return Marks(known, held, found.seen)


def _compared(run: _Run, known: ir.Table) -> ir.Table:
    """The observations with `old_row`, `old_industry` of the earlier build, and `is_stale`: it is to be computed."""
    old = old_known(run.con, run.shelf)
    old = old.select(
        *KEY,
        old_industry=old.industry,
        old_fingerprint=old.fingerprint,
        old_row=old.old_row.cast("int64"),
    )
    both = attach(known, old, KEY)
    is_stale = ~both.fingerprint.identical_to(both.old_fingerprint)
    return keep(run.con, "compared", both.mutate(is_stale=is_stale).drop("old_fingerprint"))


def _continued(run: _Run, found: Found, gone: ir.Table, key: Key) -> Refreshed:
    """Computes what is stale, ranks where that shows, and takes the rest from the old matrix."""
    con, compared = run.con, found.known
    stale = compared.filter(compared.is_stale)
    n_stale = count(con, stale)
    fresh = _fresh(run, compared, stale) if n_stale else None
    source = Source(compared, gone, run.old_values, fresh)
    guide, values, placed = taken(con, source, run.features)
    patch = Patch(run.shelf.matrix, values, placed, guide)
    write(run.shelf, patch.write, run.features, _marks(con, found), key)
    return Refreshed(guide.num_rows, len(run.features), n_stale, patch.ranked.num_rows)


def _fresh(run: _Run, compared: ir.Table, stale: ir.Table) -> ir.Table:
    """The base values of the stale observations, from the rows of their customers."""
    whose = keep(run.con, "whose", stale.select("customer_id").distinct())
    n_all = count(run.con, compared.select("customer_id").distinct())
    tables, asked = near(run.con, run.tables, whose, n_all), stale.select(*KEY)
    values = base_values(run.con, tables, asked, run.portfolio, run.config, run.features)
    base = [feature for feature in run.features if feature.ranked is None]
    check(run.con, values, base, [*KEY, *(feature.name for feature in base)])
    return values
