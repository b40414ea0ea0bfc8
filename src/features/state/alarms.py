"""Alarms that a portfolio declares on its own columns, held against what was delivered: those that nothing reaches, and those that all do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import ibis.expr.types as ir
from ibis.backends import BaseBackend

from contracts.config.attributes import AttributeConfig


def idle_alarms(
    con: BaseBackend, tables: Mapping[str, ir.Table], declared: Sequence[AttributeConfig]
) -> str:
    """What to tell of alarms that never, or always, ring; empty where there are none. 0.55 for an index of 0 to 100 is the first kind.

    Args:
        con: holds the tables.
        tables: by name; without `attributes` there is nothing to look at.
        declared: the portfolio's attributes.
    """
    alarms = [(one.name, f"alarm_{side}", bound) for one in declared for side, bound in (("below", one.alarm_below), ("above", one.alarm_above)) if bound is not None]  # fmt: skip
    if not alarms or "attributes" not in tables:
        return ""
    table = tables["attributes"]
    asked: dict[str, ir.Scalar] = {}
    for at, (name, side, bound) in enumerate(alarms):
        value = table[name]
        beyond = value < bound if side == "alarm_below" else value > bound
        asked |= {
            f"n{at}": value.count(), f"beyond{at}": beyond.cast("int64").sum(),
            f"low{at}": value.min().cast("float64"), f"high{at}": value.max().cast("float64"),
        }  # fmt: skip
    found = con.to_pyarrow(table.aggregate(**asked)).to_pylist()[0]
    told = (_told(alarm, {key: found[f"{key}{at}"] for key in ("n", "beyond", "low", "high")}) for at, alarm in enumerate(alarms))  # fmt: skip
    return "".join(told)


def _told(alarm: tuple[str, str, float], found: Mapping[str, float]) -> str:
    name, side, bound = alarm
    n, beyond = int(found["n"] or 0), int(found["beyond"] or 0)
    if not n or 0 < beyond < n:
        return ""
    values = f"its {n:,} values, {found['low']:,.10g} to {found['high']:,.10g}"
    said = f"every one of {values}, rings it" if beyond else f"none of {values}, ever reached it"
    return f"; note: {side} {bound:,.10g} of {name}: {said}; is it in the column's unit?"
