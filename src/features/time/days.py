"""Days written in text, as day numbers on every engine. Calendar arithmetic is in `contracts.calendar`."""

from __future__ import annotations

import ibis.expr.types as ir


def written_day(text: ir.StringValue) -> ir.IntegerValue:
    """Day number of a day written as YYYY-MM-DD, missing where the text says anything else.

    Strict, because engines disagree on looser forms: `2024-01` is the first of January to Spark and nothing to
    DuckDB, `2024/01/05` the other way round.
    """
    return text.re_extract(r"^\s*(\d{4}-\d{2}-\d{2})\s*$", 1).try_cast("date").epoch_days()
