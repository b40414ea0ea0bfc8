"""Ranks among peers on arrays, for the engine that runs in this process: the values of `catalog.peers.ranks`, to the bit.

An engine's windows sort a line for every value that is ranked, with customer, day, industry and feature as text; that took a
third of a full build. Here a value is sorted with the number of its group alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from contracts.arrays import Bools, Floats, Ints
from contracts.tables.derived import KEY
from features.catalog.peers import INDUSTRY, MIN_PEERS, grouped, ranks
from features.declaration import Feature
from features.engine.backend import SPARK, memory, threads
from features.engine.scratch import Scratch, kernel

MAX_SHARE = 0.25
"""Of the engine's memory: what it keeps is there as well."""
_VALUE, _ON_THE_WAY = 8, 50
"""Bytes of a value; values of a row besides what is ranked and its rank: keys, and sorts on a few threads."""


def standing(made: Scratch, values: ir.Table, features: Sequence[Feature]) -> ir.Table:
    """See `catalog.peers.ranks`.

    Args:
        made: holds the result until `Scratch.give_back`.
        values: customer_id, as_of, industry and the features that are ranked; of a day all of each industry, and none of those
            who have no peers where not all days are there (`catalog.peers.grouped`).
        features: members of the family `peers`, at least one.
    """
    if made.con.name == SPARK:
        return ranks(values, features)
    return _placed(made, grouped(values), features)


def _placed(made: Scratch, values: ir.Table, features: Sequence[Feature]) -> ir.Table:
    pairs = [[one.name, one.ranked.name] for one in features if one.ranked]
    names = dict.fromkeys(of for _, of in pairs)
    rows = made.fetch(values.select(*KEY, INDUSTRY, *names))
    return made.lend(made.work(standings, rows, pairs, made.hold(threads(made.con))))


def standing_by_days(made: Scratch, values: ir.Table, features: Sequence[Feature]) -> ir.Table:
    """`standing` of a whole book: of as many days at once as a share of the engine's memory holds, for no group spans two."""
    con = made.con
    if con.name == SPARK:
        return standing(made, values, features)
    values = grouped(values)
    sizes = con.to_pyarrow(values.group_by("as_of").agg(n=values.count()).order_by("as_of"))
    row = _VALUE * (2 * len(features) + _ON_THE_WAY)
    passed = np.cumsum(sizes["n"].to_numpy()) * row / (MAX_SHARE * memory(con))
    last = [*np.flatnonzero(np.diff(np.ceil(passed))), sizes.num_rows - 1]
    if len(last) <= 1:
        return _placed(made, values, features)
    parts, days, first = [], sizes["as_of"].to_pylist(), 0
    for end in last:
        inside = values.filter(values.as_of.between(days[first], days[end]))
        parts.append(made.keep("standing", _placed(made, inside, features)))
        made.give_back()
        first = end + 1
    return ibis.union(*parts)


@kernel
def standings(rows: pa.Table, pairs: list[list[str]], n_threads: int) -> pa.Table:
    """The keys with a rank for each pair of its name and the value that it ranks; only rows in which there is one."""
    group = _groups(rows)

    def ranked(of: str) -> pa.Array:
        column = rows[of].combine_chunks()
        is_known = column.is_valid().to_numpy(zero_copy_only=False)
        value = column.fill_null(0.0).to_numpy(zero_copy_only=False)
        rank, is_ranked = percent_ranks(group, value, is_known)
        return pa.array(rank, mask=~is_ranked)

    with ThreadPoolExecutor(n_threads) as pool:
        made = list(pool.map(ranked, [of for _, of in pairs]))
    found = pa.table([*(rows[key] for key in KEY), *made], names=[*KEY, *(name for name, _ in pairs)])  # fmt: skip
    is_any = np.logical_or.reduce([one.is_valid().to_numpy(zero_copy_only=False) for one in made])
    found = found.filter(pa.array(is_any))
    if found.num_rows == found.group_by(KEY).aggregate([]).num_rows:
        return found
    # a cohort that repeats a row is refused later on, by how often it does: a rank must not repeat it again
    once = found.group_by(KEY).aggregate([(name, "max") for name, _ in pairs])
    return once.rename_columns([*KEY, *(name for name, _ in pairs)])


def _groups(rows: pa.Table) -> Ints:
    """The number of each row's industry and day; on days on which some have none, nobody has one."""
    industry = rows[INDUSTRY].combine_chunks().dictionary_encode()
    number = industry.indices.fill_null(0).to_numpy(zero_copy_only=False).astype(np.int64)
    day = pc.cast(rows["as_of"], pa.int32()).to_numpy().astype(np.int64)
    found: Ints = day * max(len(industry.dictionary), 1) + number
    return found


def percent_ranks(group: Ints, value: Floats, is_known: Bools) -> tuple[Floats, Bools]:
    """The share of the others of a group with a smaller value, and where there are enough others.

    Args:
        group: of each row.
        value: of each row.
        is_known: the rows that are ranked and counted.

    Returns:
        (rank - 1) / (members - 1), where the members of equal value share the lowest of their ranks; and whether the row is
        known and has `MIN_PEERS` others.

    >>> rank, is_ranked = percent_ranks(np.zeros(7, np.int64), np.array([3.0, 1, 2, 2, 9, 9, 5]), np.arange(7) < 6)
    >>> rank[:6].tolist(), is_ranked.tolist()
    ([0.6, 0.0, 0.2, 0.2, 0.8, 0.8], [True, True, True, True, True, True, False])
    """
    rank, is_ranked = np.zeros(value.size), np.zeros(value.size, np.bool_)
    at = np.flatnonzero(is_known)
    if not at.size:
        return rank, is_ranked
    order = at[np.lexsort((value[at], group[at]))]
    of, sorted_value = group[order], value[order]
    place = np.arange(order.size)
    is_first = np.append(True, of[1:] != of[:-1])
    starts = np.flatnonzero(is_first)
    members = np.diff(np.append(starts, order.size))
    start = np.repeat(starts, members)
    is_step = is_first | np.append(True, sorted_value[1:] != sorted_value[:-1])
    lowest = np.maximum.accumulate(np.where(is_step, place, 0))
    others = np.repeat(members, members) - 1
    rank[order] = (lowest - start) / np.maximum(others, 1)
    is_ranked[order] = others >= MIN_PEERS
    return rank, is_ranked
