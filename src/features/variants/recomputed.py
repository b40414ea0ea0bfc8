"""The rows of the matrix that copies of customers have: what is booked in them is counted by the engine that made the matrix."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any, cast

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
from ibis.backends import BaseBackend
from ibis.backends.duckdb import Backend

from contracts.booked import Booked
from contracts.config.features import FeaturesConfig
from contracts.config.portfolio import PortfolioConfig
from contracts.errors import ContractError
from contracts.files import RERUN
from contracts.tables.derived import KEY
from features.catalog import STATES, chosen
from features.catalog.peers import MIN_PEERS
from features.declaration import Feature
from features.engine.backend import keep
from features.matrix.matrix import base_values
from features.variants.copies import copies
from features.variants.day import OF_THE_DAY, Day

BOOKED = frozenset({"payments", "disputes", "events", "financials"})
"""Tables that something may be booked in. A feature that reads none of those in which a copy has a booking is the same in every copy."""
COPY = "copy"


def recomputed(
    con: BaseBackend,
    tables: Mapping[str, ir.Table],
    asked: Sequence[Booked],
    book: tuple[Day, Mapping[str, object]],
    config: tuple[PortfolioConfig, FeaturesConfig],
    names: Collection[str],
) -> pd.DataFrame:
    """The features of each copy, in the order asked, as the matrix of the day would hold them.

    A rank among peers is that of the copy among the others of its industry, whose rows stay as they are.

    Args:
        con: DuckDB, which holds the tables.
        tables: raw tables, with all rows of the customers asked for.
        asked: what is booked in each; the first of every customer must book nothing.
        book: what the matrix holds of the day; and the industry of each customer today, asked where the matrix holds none.
        config: the portfolio and what features are built.
        names: features that are needed.

    Returns:
        `names` of the matrix, one row a copy.

    Raises:
        ContractError: the copy in which nothing is booked does not have the features that the matrix holds.
    """
    day, today = book
    own, peers = day.own, day.peers
    # the record of today may say another industry than the history did on the day
    industry = (
        dict(zip(peers.index, peers[OF_THE_DAY], strict=True)) if OF_THE_DAY in peers else today
    )
    whose = [one.customer_id for one in asked]
    is_named = day.is_named
    if is_named is None:
        is_named = any(isinstance(one, str) for one in industry.values())
    if not is_named:
        industry = dict.fromkeys([*peers.index, *whose], "")  # nobody's is known: all are peers
    made = own.loc[whose].reset_index()[list(names)]
    features = [one for one in chosen(config[1], tables, config[0]) if one.name in set(names)]
    touched = {name for one in asked for name in booked_in(one)} or BOOKED
    moving = [one for one in features if touched & set(one.tables(STATES))]
    base = [one for one in moving if one.ranked is None]
    ranked = [one for one in moving if one.ranked is not None and one.ranked.name in peers.columns]
    needed = {one.name: one for one in [*base, *(one.ranked for one in ranked if one.ranked)]}
    if not needed:
        return made
    found = _counted(con, tables, asked, day.as_of, config, list(needed.values()))
    _same_as_the_matrix(found, own, asked, list(needed))
    for one in base:
        made[one.name] = found[one.name]
    for one in ranked:
        assert one.ranked is not None  # noqa: S101 - chosen above
        made[one.name] = _ranks(found[one.ranked.name], peers[one.ranked.name], whose, industry)
    return made


def booked_in(one: Booked) -> frozenset[str]:
    """The tables that it books something in.

    >>> from decimal import Decimal
    >>> sorted(booked_in(Booked("A", paid={"X": Decimal(1)}, settled=("X",)))), sorted(booked_in(Booked("A")))
    (['disputes', 'payments'], [])
    """
    books = {"payments": one.paid, "disputes": one.settled, "events": one.plan_until, "financials": one.statement}  # fmt: skip
    return frozenset(name for name, booked in books.items() if booked)


def _counted(
    con: BaseBackend,
    tables: Mapping[str, ir.Table],
    asked: Sequence[Booked],
    as_of: date,
    config: tuple[PortfolioConfig, FeaturesConfig],
    features: Sequence[Feature],
) -> pd.DataFrame:
    """The values of features that look at one customer alone.

    All that the matrix holds are computed, for the queries of these have been written by `featurize` and are played; written anew
    for the few that move they took 7 CPU-s of 25, and what they spare is half a second.
    """
    portfolio = config[0]
    with copies(cast("Backend", con), tables, asked, as_of, portfolio.attributes) as (own, ids):
        rows = {"customer_id": ids, "as_of": [as_of] * len(ids)}
        schema = {"customer_id": "string", "as_of": "date"}
        cohort = keep(con, "copies asked", ibis.memtable(rows, schema=schema))
        every = chosen(config[1], own, portfolio)
        values = base_values(con, own, cohort, portfolio, config[1], every)
        names = [one.name for one in features]
        found: pd.DataFrame = con.to_pyarrow(values.order_by(KEY)).to_pandas()
    return found[names]  # ids are in the order asked


def _same_as_the_matrix(
    found: pd.DataFrame, own: pd.DataFrame, asked: Sequence[Booked], names: Sequence[str]
) -> None:
    """Refuses a ledger that is not the one the matrix was made of."""
    first: dict[str, int] = {}
    for place, one in enumerate(asked):
        first.setdefault(one.customer_id, place)
    mine = found.iloc[list(first.values())].reset_index(drop=True)
    kept = own.loc[list(first)].reset_index(drop=True)
    for name in names:
        if name in kept and not _is_same(mine[name], kept[name]):
            raise ContractError(
                "The valid tables give other features than the matrix holds.",
                where=f"data/features/matrix.parquet: {name}",
                next_step=RERUN,
            )


def _is_same(mine: pd.Series, kept: pd.Series) -> bool:
    """Whether two columns hold the same values at the same places, none where the other has none.

    >>> _is_same(pd.Series([1.0, None]), pd.Series([1.0, None])), _is_same(pd.Series([1.0]), pd.Series([None]))
    (True, False)
    """
    one, other = mine.to_numpy(), kept.to_numpy()
    is_none = pd.isna(one)
    return bool((is_none == pd.isna(other)).all() and (one[~is_none] == other[~is_none]).all())


def _ranks(
    values: pd.Series, book: pd.Series, whose: Sequence[str], industry: Mapping[str, object]
) -> np.ndarray[Any, np.dtype[np.float64]]:
    """The share of the other customers of its industry whose value is smaller; see `catalog.peers.ranks`."""
    known = book.dropna()
    members = np.array([industry.get(one) for one in known.index], dtype=object)
    sorted_of: dict[object, np.ndarray[Any, Any]] = {
        name: np.sort(known.to_numpy()[members == name])
        for name in {industry.get(one) for one in whose}
        if isinstance(name, str)  # who has no industry is ranked among nobody
    }
    found = np.full(len(whose), np.nan)
    for place, (one, value) in enumerate(zip(whose, values.tolist(), strict=True)):
        others = sorted_of.get(industry.get(one), np.empty(0))
        mine = known.get(one)
        n = len(others) - (mine is not None)
        if np.isnan(value) or n < MIN_PEERS:
            continue
        smaller = int(np.searchsorted(others, value)) - (mine is not None and mine < value)
        found[place] = smaller / n
    return found
