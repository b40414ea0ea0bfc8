"""Paying never harms: as a controller asks for open items one after the other, no input of the catalogue moves against its direction."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from itertools import pairwise

import pandas as pd
import pyarrow as pa
import pytest

from contracts.config.features import FeaturesConfig
from contracts.tables.derived import KEY
from decisions.levers.answers import CHAINS
from decisions.levers.proposals import Case, Proposal, proposals
from features.catalog import DERIVED_FAMILIES, FAMILIES, chosen
from features.declaration import Feature
from features.matrix.items import items
from features.matrix.matrix import build, lineage
from features.variants.day import Day
from features.variants.recomputed import recomputed
from models.search.preparation import learned_from
from tests.features_books import Tables, engine, portfolio
from tests.features_random import month_ends, random_book, seeded

pytestmark = pytest.mark.long
DAY = month_ends()[12]
EVERY = FeaturesConfig(families=(*FAMILIES, *DERIVED_FAMILIES))
NOISE = 1e-9
Moved = tuple[dict[str, Feature], set[str], pd.DataFrame]


@pytest.fixture(scope="module")
def moved() -> Moved:
    """All features; the names of those that a model learns from; and by how much one item more moves each to the side of risk.

    A row is a step of a chain: the items due first, or the largest overdue ones, each paid in full. Missing where it was or is.
    """
    tables, config = random_book(seeded(5), 150), portfolio()
    ids = [row["customer_id"] for row in tables["customers"]]
    with engine(tables, config) as (con, loaded):
        con.con.register("asked", pa.table({"customer_id": ids, "as_of": pa.array([DAY] * len(ids), pa.date32())}))  # fmt: skip
        made, _ = build(con, loaded, con.table("asked"), config, EVERY)
        own = made.to_pandas(date_as_object=False).set_index("customer_id")
        tried = [proposals(one) for one in _cases(tables, *items(con, loaded, config, DAY))]
        asked = [proposal.booked for some in tried for proposal in some]
        industry = {row["customer_id"]: row["industry"] for row in tables["customers"]}
        features = {one.name: one for one in chosen(EVERY, loaded, config)}
        learned = set(learned_from(lineage(list(features.values())).to_pandas(), earlier=False)["feature"])  # fmt: skip
        names = [one for one in made.column_names if one not in KEY]
        rows = recomputed(con, loaded, asked, (Day(DAY, own, own), industry), (config, EVERY), names)  # fmt: skip
    steps = [
        (start + less, start + more)
        for start, some in _started(tried)
        for kind in CHAINS
        for less, more in pairwise([0, *(at for at, one in enumerate(some) if one.kind == kind)])
    ]
    before, after = (
        rows.iloc[list(one)].reset_index(drop=True) for one in zip(*steps, strict=True)
    )
    risk = {name: one.direction for name, one in features.items() if one.direction}
    return features, learned, pd.DataFrame({name: (after[name] - before[name]).astype(float) * side for name, side in risk.items()})  # fmt: skip


def _cases(tables: Tables, owed: pa.Table, credit: pa.Table) -> list[Case]:
    """Of every customer that owes something and has no open credit: what is paid beside one leaves an item short until a clerk sets it off."""
    rows, credits_ = owed.to_pandas(), credit.to_pylist()
    rates: dict[str, Decimal] = {portfolio().reporting_currency: Decimal(1)}
    for row in sorted(tables["fx_rates"], key=lambda one: one["rate_on"]):
        if row["rate_on"] < DAY:
            rates[row["currency"]] = row["rate"]
    return [
        Case(str(one), date(DAY.year, DAY.month, DAY.day), own, {}, rates)
        for one, own in rows.groupby("customer_id")
        if one not in {row["customer_id"] for row in credits_}
    ]  # fmt: skip


def _started(tried: list[list[Proposal]]) -> Iterator[tuple[int, list[Proposal]]]:
    start = 0
    for some in tried:
        yield start, some
        start += len(some)


def test_no_input_of_the_catalogue_moves_against_its_direction(moved: Moved) -> None:
    _, learned, by = moved
    worse = by[[one for one in by if one in learned]].max()
    assert worse[worse > NOISE].to_dict() == {}


def test_payments_move_the_book_and_worsen_what_earlier_versions_measured(moved: Moved) -> None:
    features, learned, by = moved
    assert len(by) > 40  # steps
    for name in (
        "ageing_overdue_amount",
        "ageing_overdue_owed_share",
        "payments_days_late_with_open_mean_90d",
    ):
        assert by[name].min() < 0
    worse = {str(name) for name in by if by[name].max() > NOISE}
    assert {features[name].family for name in worse} == {"earlier", "peers"}
    assert {"ageing_overdue_share", "ageing_overdue_age_mean", "payments_on_time_streak"} <= worse  # fmt: skip
    assert not worse & learned
