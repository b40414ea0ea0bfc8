"""What was knowable: the one place where facts meet days of decision.

The engine never joins facts to days of decision. Each fact is filed under the first day of decision that may
use it; sums per (key, day of decision) are then run forward. The cost is facts + questions, whatever the
number of days of decision and the length of the windows: a trailing window is the running total today
less the running total as it stood so many days ago.

Days are whole numbers here (days since 1970-01-01), so the same text runs on every engine.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir
import pandas as pd
import pyarrow as pa

LAG_DAYS = 1
DAY, ASKED = "day", "asked"


def usable_from(known: ir.IntegerValue) -> ir.IntegerValue:
    """First day of decision that may use a fact known on `known`: the knowledge bound of the project.

    Strict, because bookings of the day of decision post overnight: known < as_of, so as_of >= known + 1.
    """
    return known + LAG_DAYS


@dataclass(frozen=True, slots=True)
class Calendar:
    """The days of decision of one run.

    Attributes:
        days: every day from the first to the last day of decision (`usable`) with the first day of
            decision on or after it (`asked`).
        first: the first day of decision; a relation's where a query must not depend on it.
    """

    days: ir.Table
    first: int | ir.IntegerValue

    @classmethod
    def of(cls, asked: Iterable[int]) -> Calendar:
        """The calendar of these days of decision (any order, repeats allowed, at least one)."""
        rows = cls.rows(asked)
        return cls(ibis.memtable(rows), int(rows["usable"][0].as_py()))

    @staticmethod
    def rows(asked: Iterable[int]) -> pa.Table:
        """`days` of these days of decision, in this process."""
        steps = pd.Index(sorted(set(asked)), dtype="int64")
        usable = pd.RangeIndex(steps[0], steps[-1] + 1)
        following = steps[steps.searchsorted(usable)]
        return pa.table({"usable": usable.to_numpy("int64"), ASKED: following.to_numpy()})

    def file(self, facts: ir.Table, offset: int = 0) -> ir.Table:
        """The facts with `asked`: the first day of decision that may use them, `offset` days later.

        Facts that no day of decision may use are left out.
        """
        usable = ibis.greatest(usable_from(facts[DAY]) + offset, self.first)
        return facts.mutate(usable=usable).inner_join(self.days, "usable").drop("usable")


def attach(left: ir.Table, right: ir.Table, keys: Sequence[str]) -> ir.Table:
    """Every row of `left` with the columns of the one row of `right` that has the same keys, or missing."""
    renamed = right.rename({f"{key}__right": key for key in keys})
    matched = [left[key] == renamed[f"{key}__right"] for key in keys]
    return left.left_join(renamed, matched).drop(*(f"{key}__right" for key in keys))


def before(measure: str, offset: int) -> str:
    """Name of a running total as it stood `offset` days ago.

    >>> before("paid", 90), before("paid", 0)
    ('paid_before_90d', 'paid')
    """
    return f"{measure}_before_{offset}d" if offset else measure


def named(
    facts: ir.Table,
    questions: ir.Table,
    offsets: Sequence[int],
    wanted: Collection[str] | None = None,
) -> dict[str, dict[int, str]]:
    """The totals that are wanted of some facts: by measure, their names at each offset. See `running_totals`."""
    measures = [name for name in facts.columns if name not in {*questions.columns, DAY}]
    names = {name: {offset: before(name, offset) for offset in offsets} for name in measures}
    kept = {
        name: {offset: new for offset, new in at.items() if wanted is None or new in wanted}
        for name, at in names.items()
    }
    return {name: at for name, at in kept.items() if at}


def running_totals(
    questions: ir.Table,
    calendar: Calendar,
    deltas: ir.Table | Sequence[ir.Table],
    offsets: Sequence[int] = (0,),
    wanted: Collection[str] | None = None,
) -> ir.Table:
    """For each question, the sum of every measure over the deltas usable then, and `offset` days before.

    Args:
        questions: key columns and `asked`, unique.
        calendar: holds every `asked`.
        deltas: the same key columns, `day` (when it became known), and measures (decimal or integer). Or
            several such tables with measures of different names, which are run forward together.
        offsets: looks back; 0 is the day of decision itself.
        wanted: the sums to compute (see `before`), or None for all.

    Returns:
        The questions with one column per measure and offset (see `before`); 0 where nothing is known.
    """
    keys = [name for name in questions.columns if name != ASKED]
    rows = questions.mutate(is_asked=ibis.literal(value=True))
    kinds: dict[str, dt.DataType] = {}
    for facts in [deltas] if isinstance(deltas, ir.Table) else deltas:
        measures = named(facts, questions, offsets, wanted)
        for offset in offsets:
            names = {own: at[offset] for own, at in measures.items() if offset in at}
            if names:
                sums = {
                    new: facts[old].sum().cast(_total(facts[old])) for old, new in names.items()
                }
                filed = calendar.file(facts, offset).group_by([*keys, ASKED]).agg(**sums)
                rows = _beside(rows, filed, [*keys, ASKED])
                kinds |= {new: _total(facts[old]) for old, new in names.items()}
    forward = ibis.window(group_by=keys, order_by=ASKED, preceding=None, following=0)
    totals = {
        name: ibis.coalesce(rows[name], ibis.literal(0).cast(kind)).sum().over(forward).cast(kind)
        for name, kind in kinds.items()
    }
    run = rows.mutate(**totals) if totals else rows
    return run.filter(run.is_asked).drop("is_asked")


def _total(measure: ir.Value) -> dt.DataType:
    """The type that holds every sum of a measure."""
    kind = measure.type()
    return dt.Decimal(38, kind.scale) if kind.is_decimal() else kind


def _beside(left: ir.Table, right: ir.Table, keys: Sequence[str]) -> ir.Table:
    """The rows of both, those of equal keys side by side."""
    renamed = right.rename({f"{key}__right": key for key in keys})
    both = left.outer_join(renamed, [left[key] == renamed[f"{key}__right"] for key in keys])
    either = {key: ibis.coalesce(both[key], both[f"{key}__right"]) for key in keys}
    return both.mutate(**either).drop(*(f"{key}__right" for key in keys))


def latest(
    questions: ir.Table, calendar: Calendar, facts: ir.Table, tie: Sequence[str] = ()
) -> ir.Table:
    """For each question, the fact that became known last among those usable then.

    Args:
        questions: key columns and `asked`, unique.
        calendar: holds every `asked`.
        facts: the same key columns, `day`, and any values; ordered by day, then by the `tie` columns.
        tie: what decides between facts of one key and day.

    Returns:
        The questions with `day` and the values of that fact, missing where there is none.
    """
    keys = [name for name in questions.columns if name != ASKED]
    order = ibis.window(group_by=keys, order_by=[DAY, *tie])
    numbered = facts.mutate(ordinal=(ibis.row_number().over(order) + 1).cast("int64"))
    known = numbered.select(*keys, DAY, ordinal=ibis.literal(1, "int64"))
    counts = running_totals(questions, calendar, known)
    return attach(counts, numbered, [*keys, "ordinal"]).drop("ordinal")


def largest(questions: ir.Table, facts: ir.Table, value: str, windows: Sequence[int]) -> ir.Table:
    """For each question and window, the largest value among the facts that became known in [asked - window, asked).

    Args:
        questions: key columns and `asked`, unique.
        facts: the same key columns, `day`, and the value.
        value: the column whose maximum is taken.
        windows: lengths in days.

    Returns:
        The questions with `<value>_max_<window>d`, missing where the window holds no fact.
    """
    keys = [name for name in questions.columns if name != ASKED]
    kind = facts[value].type()
    facts = facts.group_by([*keys, DAY]).agg(**{value: facts[value].max()})
    asked = questions.mutate(**{DAY: questions[ASKED], value: ibis.null(kind)}, is_asked=True)
    given = facts.mutate(**{ASKED: facts[DAY]}, is_asked=False)
    shared = [*keys, DAY, ASKED, value, "is_asked"]
    line = ibis.union(asked.select(*shared), given.select(*shared))
    found = {
        f"{value}_max_{window}d": line[value]
        .max()
        .over(ibis.range_window(group_by=keys, order_by=DAY, preceding=(window, LAG_DAYS)))
        for window in windows
    }
    run = line.mutate(**found)
    return run.filter(run.is_asked).drop("is_asked", DAY, value)


def rises(deltas: ir.Table, above: int) -> ir.Table:
    """The days at whose end a running total is above a bound, and would not be without what rose on that day.

    Args:
        deltas: key columns, `day`, and two measures (decimal): the change of the total, and the part of it that is a
            rise. A total that passes the bound for another reason has not risen above it.
        above: the bound.

    Returns:
        The key columns and `day`.
    """
    *keys, value, own = [name for name in deltas.columns if name != DAY]
    kind = _total(deltas[value])
    daily = deltas.group_by([*keys, DAY]).agg(
        change=deltas[value].sum().cast(kind), rise=deltas[own].sum().cast(kind)
    )
    forward = ibis.window(group_by=keys, order_by=DAY, preceding=None, following=0)
    run = daily.mutate(total=daily.change.sum().over(forward).cast(kind))
    began = run.filter((run.total > above) & (run.total - run.rise <= above))
    return began.select(*keys, DAY)


class Forward(Protocol):
    """How facts are run forward to the questions. Every way gives the same values."""

    def totals(
        self,
        questions: ir.Table,
        deltas: Sequence[ir.Table],
        offsets: Sequence[int] = (0,),
        wanted: Collection[str] | None = None,
    ) -> ir.Table:
        """See `running_totals`."""
        ...

    def latest(self, questions: ir.Table, facts: ir.Table, tie: Sequence[str] = ()) -> ir.Table:
        """See `latest`."""
        ...

    def largest(
        self, questions: ir.Table, facts: ir.Table, value: str, windows: Sequence[int]
    ) -> ir.Table:
        """See `largest`."""
        ...

    def rises(self, deltas: ir.Table, above: int) -> ir.Table:
        """See `rises`."""
        ...


@dataclass(frozen=True, slots=True)
class ByWindows:
    """By the windows of the engine, which every engine has and a cluster shares out."""

    calendar: Calendar

    def totals(
        self,
        questions: ir.Table,
        deltas: Sequence[ir.Table],
        offsets: Sequence[int] = (0,),
        wanted: Collection[str] | None = None,
    ) -> ir.Table:
        """See `running_totals`."""
        return running_totals(questions, self.calendar, deltas, offsets, wanted)

    def latest(self, questions: ir.Table, facts: ir.Table, tie: Sequence[str] = ()) -> ir.Table:
        """See `latest`."""
        return latest(questions, self.calendar, facts, tie)

    def largest(
        self, questions: ir.Table, facts: ir.Table, value: str, windows: Sequence[int]
    ) -> ir.Table:
        """See `largest`."""
        return largest(questions, facts, value, windows)

    def rises(self, deltas: ir.Table, above: int) -> ir.Table:
        """See `rises`."""
        return rises(deltas, above)
