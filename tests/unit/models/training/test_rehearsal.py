"""Rehearsals: who may be learned from at an earlier origin, and what a calibrator is judged on."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from contracts.tables.derived import REHEARSED
from contracts.tables.store import conform
from models.search.preparation import Prepared, prepare
from models.training.flavours import Members
from models.training.rehearsal import COLUMNS, MIN_DEFAULTS, SHARES, rehearse
from tests.models_books import QUICK, lineage, panel, trained_once

MATRIX, PARTITION, _ = panel()
LINEAGE = lineage(late=1, equity=-1, noise=0, flat=0)
SPAN = np.timedelta64(70, "D")
HORIZON = 3  # months


@pytest.fixture(scope="module")
def ready() -> Prepared:
    return prepare(MATRIX, LINEAGE, PARTITION, QUICK, portfolio="book", horizon_months=HORIZON)


@pytest.fixture(scope="module")
def members() -> Members:
    return trained_once(MATRIX, LINEAGE, PARTITION).members


@pytest.fixture(scope="module")
def table(ready: Prepared, members: Members) -> pd.DataFrame:
    return rehearse(members, ready, SPAN, QUICK)


def test_a_block_is_learned_from_and_what_follows_is_judged(table: pd.DataFrame) -> None:
    assert list(table.columns) == list(COLUMNS)
    conform(table, REHEARSED)
    assert table["origin"].nunique() >= 2
    for origin, rows in table.groupby("origin"):
        block, later = rows[~rows["is_judged"]], rows[rows["is_judged"]]
        assert (later["as_of"] >= origin).all()
        assert (
            block["as_of"] + pd.DateOffset(months=HORIZON) <= origin
        ).all()  # final by the origin
        assert block["as_of"].max() - block["as_of"].min() <= pd.Timedelta(SPAN)
        for part in (block, later):
            assert part.loc[part["defaulted"], "customer_id"].nunique() >= MIN_DEFAULTS
    assert not table["margin"].isna().any()


def changed(ready: Prepared, rows: np.ndarray) -> Prepared:
    """The outcomes of these rows of the thinned part turned round."""
    flipped = ready.thinned.defaulted.copy()
    flipped[rows] = ~flipped[rows]
    return replace(ready, thinned=replace(ready.thinned, defaulted=flipped))


def test_a_customers_own_block_does_not_answer_for_it(
    ready: Prepared, members: Members, table: pd.DataFrame
) -> None:
    """Turning a customer's outcomes in the newest block round moves the answers to others and not to it."""
    origin = table["origin"].max()
    block = table[(table["origin"] == origin) & ~table["is_judged"]]
    one = block["customer_id"].iloc[0]
    part = ready.thinned
    rows = np.flatnonzero(
        (part.customer_id == one)
        & np.isin(part.as_of, block["as_of"].to_numpy(dtype="datetime64[D]"))
    )
    after = rehearse(members, changed(ready, rows), SPAN, QUICK)
    after = after[(after["origin"] == origin) & ~after["is_judged"]]
    both = block.merge(after, on=["customer_id", "as_of"], suffixes=("_before", "_after"))
    moved = both["margin_before"] != both["margin_after"]
    assert len(both) == len(block)
    assert not moved[both["customer_id"] == one].any()
    assert moved.mean() > 0.5 / SHARES


def test_with_refit_train_what_had_not_matured_before_the_block_is_not_read(
    ready: Prepared, members: Members
) -> None:
    config = QUICK.model_copy(update={"refit": "train"})
    before = rehearse(members, ready, SPAN, config)
    origin = before["origin"].max()
    begins = before.loc[(before["origin"] == origin) & ~before["is_judged"], "as_of"].min()
    part = ready.thinned
    ripe = pd.DatetimeIndex(part.as_of) + pd.DateOffset(months=HORIZON)
    later = np.flatnonzero((ripe > begins) & (np.arange(len(part)) % 3 == 0))
    after = rehearse(members, changed(ready, later), SPAN, config)
    keys = ["origin", "is_judged", "customer_id", "as_of"]
    both = before[before["origin"] == origin].merge(after, on=keys, suffixes=("_before", "_after"))
    assert len(both) > 100
    assert (both["margin_before"] == both["margin_after"]).all()


def test_a_book_with_too_few_defaults_rehearses_nothing(ready: Prepared, members: Members) -> None:
    few = ready.thinned.defaulted & (np.cumsum(ready.thinned.defaulted) <= MIN_DEFAULTS)
    scarce = replace(ready, thinned=replace(ready.thinned, defaulted=few))
    found = rehearse(members, scarce, SPAN, QUICK)
    assert found.empty
    assert list(found.columns) == list(COLUMNS)
    conform(found, REHEARSED)
