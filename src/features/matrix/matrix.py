"""The matrix: one row per observation, one column per feature, each knowable before its day of decision."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
import pandas as pd
import pyarrow as pa
from ibis.backends import BaseBackend

from contracts.config.features import FeaturesConfig
from contracts.config.portfolio import PortfolioConfig
from contracts.resources import within_memory
from contracts.tables.derived import KEY, LINEAGE
from contracts.tables.store import BLOCK, conform
from features.catalog import STATES, chosen, read_for
from features.catalog.peers import INDUSTRY
from features.context import Context, prepare, read_of
from features.declaration import Feature
from features.engine.backend import SPARK, batches, keep
from features.engine.blocks import Block, Work, in_blocks
from features.engine.programs import of_code, programs_of
from features.engine.scratch import Scratch, scratch
from features.matrix.contract import arrow_schema, check
from features.matrix.standing import standing_by_days
from features.matrix.used import used
from features.time.asof import ASKED, attach
from features.time.beside import side_by_side


@within_memory()
def build(
    con: BaseBackend,
    tables: Mapping[str, ir.Table],
    cohort: ir.Table,
    portfolio: PortfolioConfig,
    config: FeaturesConfig,
) -> tuple[pa.Table, pa.Table]:
    """The matrix of a cohort and the lineage of its features.

    Args:
        con: the engine that holds the tables.
        tables: raw tables by name; those that no selected feature needs are not read.
        cohort: customer_id and as_of (date), unique.
        portfolio: reporting currency and declared attributes.
        config: families and windows.

    Returns:
        The matrix (`derived.MATRIX` and a float64 or string column per feature, sorted by its grain) and
        the lineage (`derived.LINEAGE`).

    Raises:
        ConfigError: an unknown family, an illegal window or unit.
        ContractError: nothing to build, a currency without a rate, or a value outside its declared range.
        EngineError: the memory limit is too small even with spilling to disk.
    """
    matrix, features = relation(con, tables, cohort, portfolio, config)
    rows = con.to_pyarrow(matrix.order_by(KEY)).cast(arrow_schema(features))
    return rows.replace_schema_metadata(None), lineage(features)


def relation(
    con: BaseBackend,
    tables: Mapping[str, ir.Table],
    cohort: ir.Table,
    portfolio: PortfolioConfig,
    config: FeaturesConfig,
) -> tuple[ir.Table, tuple[Feature, ...]]:
    """The matrix where it was computed, checked, in no order, and its features.

    For a matrix too large for one machine, which a cluster writes in parts. Arguments and errors as of `build`.
    """
    features = chosen(config, tables, portfolio)
    values = base_values(con, tables, cohort, portfolio, config, features)
    matrix = with_ranks(con, values, features)
    check(con, matrix, features)
    return matrix, features


def in_order(con: BaseBackend, matrix: ir.Table, features: Sequence[Feature]) -> Iterator[pa.Table]:
    """The rows of a `relation` sorted by their grain, in blocks of `store.BLOCK` rows, of which one is held at a time.

    Nothing else may be asked of the connection between two blocks.
    """
    schema = arrow_schema(features)
    rows = matrix.order_by(KEY)
    if con.name == SPARK:
        whole = con.to_pyarrow(rows).cast(schema)
        yield from (whole.slice(start, BLOCK) for start in range(0, whole.num_rows, BLOCK))
        return
    held = schema.empty_table()
    for batch in batches(con, rows, BLOCK):
        held = pa.concat_tables([held, pa.Table.from_batches([batch]).cast(schema)])
        while held.num_rows >= BLOCK:
            yield held.slice(0, BLOCK)
            held = held.slice(BLOCK)
    if held.num_rows:
        yield held


def sources(
    config: FeaturesConfig, portfolio: PortfolioConfig, delivered: Collection[str]
) -> frozenset[str]:
    """The raw tables that the selected features are computed from; no other is read.

    Args:
        config: families, names and windows.
        portfolio: declared attributes.
        delivered: the tables there are.

    Raises:
        As `build` does for a selection that cannot be built.
    """
    return read_for(chosen(config, delivered, portfolio)) & set(delivered)


def needed(tables: Mapping[str, ir.Table], features: Sequence[Feature]) -> dict[str, ir.Table]:
    """The tables that the features read."""
    names = read_for(features)
    return {name: table for name, table in tables.items() if name in names}


def base_values(
    con: BaseBackend,
    tables: Mapping[str, ir.Table],
    cohort: ir.Table,
    portfolio: PortfolioConfig,
    config: FeaturesConfig,
    features: Sequence[Feature],
) -> ir.Table:
    """The features that look at one customer alone, with the industry where there are ranks to be added.

    An observation's values depend on what was known of its customer and of its group, and on exchange rates; neither
    on other observations nor on rows of other customers. `features.refresh.fingerprint` must cover all that is read here.
    """
    # a rank needs the values of what it ranks, put out or not
    base = {one.name: one for one in (feature.ranked or feature for feature in features)}
    peers = [INDUSTRY] if any(feature.ranked for feature in features) else []
    plain = [list(base), read_of(portfolio), list(config.windows_days)]
    columns = programs_of(con).remembered(
        of_code(["used", plain]),
        lambda: used(list(base.values()), portfolio.attributes, config.windows_days),
    )
    if peers:
        columns = {**columns, "customers": [*columns.get("customers", ()), INDUSTRY]}
    read = needed(tables, features)
    width = len(base) + sum(map(len, columns.values()))
    run = _Run(portfolio, config, columns, base, peers)
    return in_blocks(con, read, cohort, Work(run.values, "values", width, [*plain, peers]))


@dataclass(frozen=True, slots=True)
class _Run:
    """What every block of customers is computed from; see `base_values`.

    Attributes:
        columns: what is read of each state.
        base: the features by name.
        peers: what ranks among peers need besides.
    """

    portfolio: PortfolioConfig
    config: FeaturesConfig
    columns: Mapping[str, Sequence[str]]
    base: Mapping[str, Feature]
    peers: Sequence[str]

    def values(self, block: Block) -> ir.Table:
        """The base values of a block of customers."""
        wide = self._joined(self._context(block), block.made)
        own = {name: _typed(one.expression(wide), one) for name, one in self.base.items()}
        # a view: Ibis would write every expression three times, and the engine takes 2 CPU-s to plan that whatever the rows
        found = wide.select(*KEY, *self.peers, **own).view()
        clean = {name: _clean(found[name], one) for name, one in self.base.items()}
        return found.select(*KEY, *self.peers, **clean)

    def _context(self, block: Block) -> Context:
        wanted = frozenset(name for names in self.columns.values() for name in names)
        read = block.coded(block.tables)
        asked = block.coded({"cohort": block.cohort})["cohort"]
        return prepare(block.made, read, asked, self.portfolio, self.config.windows_days, wanted)

    def _joined(self, context: Context, made: Scratch) -> ir.Table:
        """The columns that are read of every state, side by side. Each state is computed once."""
        taken, states = set(context.cohort.columns), []
        for name, read in self.columns.items():
            fresh = [column for column in dict.fromkeys(read) if column not in taken]
            if fresh:
                state = STATES[name].build(context).select("customer_id", ASKED, *fresh)
                states.append((made.keep(f"state_{name}", state), fresh))
                taken.update(fresh)
                made.give_back()
        return side_by_side(context.cohort, states, ["customer_id", ASKED])


def with_ranks(con: BaseBackend, values: ir.Table, features: Sequence[Feature]) -> ir.Table:
    """The columns of the matrix in order: base values, and ranks among the peers that `values` holds."""
    placed = [feature for feature in features if feature.ranked is not None]
    if not placed:
        return values
    with scratch(con) as made:
        full = attach(values, standing_by_days(made, values, placed), KEY)
        return keep(con, "matrix", full.select(*KEY, *(feature.name for feature in features)))


def _typed(value: ir.Value, feature: Feature) -> ir.Value:
    """Numbers as float64, text as text."""
    return value.cast("string" if feature.dtype == "category" else "float64")


def _clean(value: ir.Value, feature: Feature) -> ir.Value:
    """Without NaN and infinity; text stays as it is."""
    if feature.dtype == "category":
        return value
    return (value.isnan() | value.isinf()).ifelse(ibis.null("float64"), value)


def lineage(features: Sequence[Feature]) -> pa.Table:
    """One row per feature in the order of the matrix: its declaration."""
    rows = [
        {
            "position": position,
            "feature": one.name,
            "pillar": one.pillar,
            "family": one.family,
            "subject": one.subject,
            "role": one.role,
            "dtype": one.dtype,
            "unit": one.unit,
            "direction": one.direction,
            "speaks": one.speaks,
            "is_change": one.is_change,
            "window_days": one.window_days,
            "tables": ",".join(one.tables(STATES)),
            **one.texts(),
        }
        for position, one in enumerate(features)
    ]
    frame = pd.DataFrame(rows, columns=list(LINEAGE.column_names))
    return conform(frame.astype({"window_days": "Int64"}), LINEAGE)
