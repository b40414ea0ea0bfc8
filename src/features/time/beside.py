"""Relations with one row a key, side by side."""

from __future__ import annotations

from collections.abc import Sequence

import ibis.expr.types as ir


def side_by_side(
    left: ir.Table, rights: Sequence[tuple[ir.Table, Sequence[str]]], keys: Sequence[str]
) -> ir.Table:
    """Every row of `left` with the wanted columns of the one row of each relation that has the same keys, or missing.

    `attach` one after the other gives the same; as one join, their text is one list of columns, not one a relation.

    Args:
        left: what every row of stays.
        rights: relations with one row a key, each with the columns that are wanted of it; no column is wanted twice.
        keys: in `left` and in each of `rights`.
    """
    if not rights:
        return left
    joined: ir.Table = left
    for number, (right, names) in enumerate(rights):
        own = [f"{key}__{number}" for key in keys]
        renamed = right.select(
            **dict(zip(own, (right[key] for key in keys), strict=True)),
            **{name: right[name] for name in names},
        )
        matched = [left[key] == renamed[new] for key, new in zip(keys, own, strict=True)]
        joined = joined.left_join(renamed, matched)
    wanted = [*left.columns, *(name for _, names in rights for name in names)]
    return joined.select(*wanted)
