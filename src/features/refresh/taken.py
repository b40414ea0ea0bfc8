"""From where each row of the new matrix is taken, with the values and the ranks that are new: asked of the engine as one program."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
import pyarrow as pa
from ibis.backends import BaseBackend

from contracts.tables.derived import KEY
from features.catalog.peers import INDUSTRY
from features.declaration import Feature
from features.engine.playing import answers
from features.engine.scratch import Held, Scratch
from features.matrix.contract import arrow_schema
from features.matrix.standing import standing
from features.time.asof import attach


@dataclass(frozen=True, slots=True)
class Source:
    """What the new matrix is made of.

    Attributes:
        compared: the observations with `industry`, `old_row`, `old_industry` and `is_stale`.
        gone: observations of the earlier build that are no more, with `industry`.
        old: the old matrix.
        fresh: the base values of the stale observations; None where none is stale.
    """

    compared: ir.Table
    gone: ir.Table
    old: ir.Table
    fresh: ir.Table | None

    @property
    def read(self) -> Mapping[str, ir.Table]:
        """The relations by name."""
        every = {"compared": self.compared, "gone": self.gone, "old": self.old}
        return every if self.fresh is None else {**every, "fresh": self.fresh}


def ranked_by(features: Sequence[Feature]) -> list[str]:
    """The features that are ranked among peers."""
    return list(dict.fromkeys(feature.ranked.name for feature in features if feature.ranked))


def taken(
    con: BaseBackend, source: Source, features: Sequence[Feature]
) -> tuple[pa.Table, pa.Table, pa.Table]:
    """`guide`, `fresh` and `ranked` of a `Patch`, each sorted by the grain of the matrix.

    Args:
        con: the engine.
        source: what the new matrix is made of.
        features: of the matrix, in order.
    """
    schema = arrow_schema(features)
    placed = [feature for feature in features if feature.ranked is not None]
    names = [feature.name for feature in placed]
    own = [name for name in schema.names if name not in names]

    def found(made: Scratch) -> list[Held]:
        ranked = _ranked(made, source, placed) if placed else None
        held = [made.fetch(_guide(source, ranked))]
        if source.fresh is not None:
            held.append(made.fetch(source.fresh.order_by(KEY).select(*own)))
        if ranked is not None:
            held.append(made.fetch(ranked.order_by(KEY).select(*names)))
        return held

    asked = ["taken", own, [[one.name, one.ranked.name] for one in placed if one.ranked]]
    guide, *rest = answers(con, source.read, asked, found)
    fresh = _empty(schema, own) if source.fresh is None else rest.pop(0)
    ranked = rest.pop(0) if placed else _empty(schema, names)
    return guide, fresh.cast(_empty(schema, own).schema), ranked.cast(_empty(schema, names).schema)


def _empty(schema: pa.Schema, names: Sequence[str]) -> pa.Table:
    return pa.schema([schema.field(name) for name in names]).empty_table()


def _guide(source: Source, ranked: ir.Table | None) -> ir.Table:
    flags = source.compared.select(*KEY, "old_row", "is_stale")
    if ranked is None:
        flags = flags.mutate(is_ranked=ibis.literal(value=False))
    else:
        marked = ranked.select(*KEY, is_ranked=ibis.literal(value=True))
        flags = attach(flags, marked, KEY).fill_null({"is_ranked": False})
    return flags.order_by(KEY).select("old_row", "is_stale", "is_ranked")


def _ranked(made: Scratch, source: Source, placed: Sequence[Feature]) -> ir.Table:
    """The ranks of everyone on those days in those industries where a ranked value or who is ranked changed."""
    names, compared, fresh = ranked_by(placed), source.compared, source.fresh
    old = source.old.select(*KEY, *names)
    days = made.keep("days", _days(compared, source.gone))
    turned = compared.semi_join(days.filter(days.is_named != days.was_named), "as_of")
    cells = source.gone.select("as_of", cell=_cell(source.gone.industry))
    cells = cells.union(turned.select("as_of", cell=_cell(turned.industry)))
    if fresh is not None:
        cells = cells.union(_moved(compared, fresh, old.semi_join(fresh, KEY), names))
    cells = made.keep("cells", cells.distinct())
    kept = compared.filter(~compared.is_stale).semi_join(cells, "as_of")
    values = attach(kept.select(*KEY, INDUSTRY), old.semi_join(cells, "as_of"), KEY)
    if fresh is not None:
        values = values.union(fresh.select(*KEY, INDUSTRY, *names))
    own = values.mutate(cell=_cell(values.industry)).semi_join(cells, ["as_of", "cell"])
    members = made.keep("members", own.drop("cell"))
    # once an industry is known, who has none is no peer; that others have one is not to be seen from the cells
    is_alone = members.industry.isnull() & members.as_of.isin(days.filter(days.is_named).as_of)
    ranked = standing(made, made.keep("peers", members.filter(~is_alone)), placed)
    return made.keep("ranks", attach(members.select(*KEY), ranked, KEY))


def _days(compared: ir.Table, gone: ir.Table) -> ir.Table:
    """as_of, is_named, was_named: whether anybody's industry is known by a day, and was in the earlier build (`catalog.peers.grouped`)."""
    old = compared.old_row.notnull() & compared.old_industry.notnull()
    here = compared.select("as_of", now=compared.industry.notnull(), old=old)
    rows = here.union(gone.select("as_of", now=ibis.literal(value=False), old=gone.industry.notnull()))  # fmt: skip
    first = rows.aggregate(now=rows.as_of.min(where=rows.now), old=rows.as_of.min(where=rows.old))
    days = rows.select("as_of").distinct().cross_join(first)
    named, was = ((days.as_of >= one).fill_null(False) for one in (days.now, days.old))
    return days.select("as_of", is_named=named, was_named=was)


def _moved(compared: ir.Table, fresh: ir.Table, old: ir.Table, names: Sequence[str]) -> ir.Table:
    """as_of, cell: where a fresh observation ranks, and where it ranked, if that is or may be something else."""
    before = compared.select(*KEY, "old_row", "old_industry")
    both = attach(attach(fresh.select(*KEY, INDUSTRY, *names), before, KEY), _renamed(old), KEY)
    same = [both[name].identical_to(both[f"old_{name}"]) for name in (INDUSTRY, *names)]
    moved = both.filter(both.old_row.isnull() | ~ibis.and_(*same))
    left = moved.filter(moved.old_row.notnull())
    now = moved.select("as_of", cell=_cell(moved.industry))
    return now.union(left.select("as_of", cell=_cell(left.old_industry)))


def _renamed(old: ir.Table) -> ir.Table:
    return old.rename({f"old_{name}": name for name in old.columns if name not in KEY})


def _cell(industry: ir.StringValue) -> ir.StringValue:
    """The industry in a form that joins; a missing one may meet an empty one, which then are both ranked anew."""
    return ibis.coalesce(industry, ibis.literal(""))
