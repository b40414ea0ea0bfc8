"""Open outcomes in the recipe: weighed by what was known, chosen by what earlier origins lost or gained, and no day ahead of its time."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import date

import lightgbm as lgb
import numpy as np
import pandas as pd
import pytest

from contracts.calendar import matured_on
from contracts.config.calibration import CalibrateConfig
from contracts.config.upkeep import RecalibrateConfig
from contracts.documents.open_rows import OpenYear
from models.base.data import ModelContract, assemble
from models.boosting.booster import model_text
from models.sample.early import early
from models.training.card import CARD
from models.training.flavours import Members, Tried
from models.training.open_rows import Policy, taken, ways
from models.training.origins import Book, rolled
from models.training.recipe import Recipe
from models.training.shipment import facts, matured, ship
from tests.models_books import QUICK, lineage, trained_on

HORIZON = 3
CUSTOMERS, MONTHS = 260, 44
FIRST = pd.Timestamp("2022-01-01")


def followed() -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Customers watched from month to month until they default: matrix, partition, entries; the newest three months are open."""
    random = np.random.default_rng(3)
    days = pd.date_range("2020-01-01", periods=MONTHS, freq="MS")
    late = random.normal(size=(CUSTOMERS, 1)) + 0.5 * random.normal(size=(CUSTOMERS, MONTHS))
    bad = random.random((CUSTOMERS, MONTHS)) < 1 / (1 + np.exp(4.2 - 1.1 * late))
    rows, entries = [], []
    for who in range(CUSTOMERS):
        since = 0
        for month in np.append(np.flatnonzero(bad[who]), MONTHS):
            rows += [(f"C{who:03d}", days[one], late[who, one]) for one in range(since, min(month + 1, MONTHS))]  # fmt: skip
            if month < MONTHS:
                entries.append((f"C{who:03d}", days[month] + pd.Timedelta(days=int(random.integers(1, 28)))))  # fmt: skip
            since = month + 3  # cured after three months, and watched again
    matrix = pd.DataFrame(rows, columns=["customer_id", "as_of", "late"])
    matrix = matrix.assign(noise=random.normal(size=len(matrix)), industry="food")
    told = pd.DataFrame(entries, columns=["customer_id", "entered_on"])
    return matrix, _partition(matrix, told, days[-1]), told


def _partition(matrix: pd.DataFrame, entries: pd.DataFrame, newest: pd.Timestamp) -> pd.DataFrame:
    from models.sample.early import days_to_default  # noqa: PLC0415 - the outcome is made as the cohort makes it

    whole = matrix[["customer_id", "as_of"]].assign(part="all", is_held_out=False, defaulted=False)
    rows = assemble(matrix, whole, "all")
    ends = matured_on(rows.as_of, HORIZON)
    outcome = days_to_default(rows, entries) < (ends - rows.as_of).astype(np.int64)
    final = ends <= np.datetime64(str(newest.date()), "D")
    day = pd.to_datetime(rows.as_of)
    part = np.select(
        [~final, day >= FIRST, day >= FIRST - pd.DateOffset(months=8), day < FIRST - pd.DateOffset(months=11)],
        ["recent", "test", "calibrate", "train"], "gap",
    )  # fmt: skip
    return pd.DataFrame(
        {
            "customer_id": rows.customer_id, "as_of": day, "part": part, "is_held_out": False,
            "defaulted": pd.array(np.where(final, outcome, False), dtype="boolean"),
        }
    ).assign(defaulted=lambda one: one["defaulted"].mask(~final))  # fmt: skip


MATRIX, PARTITION, ENTRIES = followed()
BOOK = Book(MATRIX, PARTITION, ENTRIES)


@pytest.fixture(scope="module")
def recipe() -> Recipe:
    trained = trained_on(MATRIX, lineage(late=1, noise=0), PARTITION)
    members = Members.from_json(trained.members.to_json())
    return Recipe(members, replace(trained.contract, horizon_months=HORIZON), QUICK, CalibrateConfig(), RecalibrateConfig())  # fmt: skip


def with_policy(recipe: Recipe, policy: Policy) -> Recipe:
    return replace(recipe, config=recipe.config.model_copy(update={"open_rows": policy}))


def test_nothing_that_comes_after_an_origin_changes_its_answers(recipe: Recipe) -> None:
    """Delete every default from the newest origin on: PDs stay to the bit; delete one before it: they move."""
    before, *_ = rolled(with_policy(recipe, "weighed"), BOOK, 1)
    past = ENTRIES[ENTRIES["entered_on"] < FIRST]
    after, *_ = rolled(with_policy(recipe, "weighed"), replace(BOOK, entries=past), 1)
    np.testing.assert_array_equal(before["pd"], after["pd"])
    newest = past["entered_on"] < past["entered_on"].max()
    other, *_ = rolled(with_policy(recipe, "weighed"), replace(BOOK, entries=past[newest]), 1)
    assert (other["pd"].to_numpy() != before["pd"].to_numpy()).any()
    without, *_ = rolled(with_policy(recipe, "left_out"), BOOK, 1)
    assert (without["pd"].to_numpy() != before["pd"].to_numpy()).any()


def test_auto_answers_as_the_way_it_took_and_shows_both_losses(recipe: Recipe) -> None:
    found, told, _ = rolled(with_policy(recipe, "auto"), BOOK, 1)
    (year,) = told.years
    alone = {way: rolled(with_policy(recipe, way), BOOK, 1)[0] for way in ("weighed", "left_out")}  # type: ignore[arg-type]  # the two ways
    for way, loss in (("weighed", year.weighed), ("left_out", year.left_out)):
        rows = alone[way]
        assert loss == pytest.approx(-np.log(np.where(rows["defaulted"], rows["pd"], 1 - rows["pd"])).mean())  # fmt: skip
    np.testing.assert_array_equal(found["pd"], alone[year.taken]["pd"])
    assert year.error is not None
    assert year.error > 0
    assert 0 < year.came <= year.in_the_end
    assert year.expected == pytest.approx(year.came, rel=0.5)
    assert told.taken == taken("auto", told.years, BOOK.newest, HORIZON)


def test_two_ways_side_by_side_give_what_one_after_the_other_gives(
    recipe: Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On one thread the ways take turns, on two they run at once, and what is predicted then names one thread."""
    alone = rolled(with_policy(recipe, "auto"), BOOK, 2)
    predict, named = lgb.Booster.predict, []

    def heard(booster: lgb.Booster, *rows: object, **how: object) -> object:
        if threading.current_thread() is not threading.main_thread():
            named.append(how.get("num_threads"))
        return predict(booster, *rows, **how)

    monkeypatch.setattr(lgb.Booster, "predict", heard)
    two = recipe.config.model_copy(update={"threads": 2})
    both = rolled(with_policy(replace(recipe, config=two), "auto"), BOOK, 2)
    pd.testing.assert_frame_equal(both[0], alone[0])
    assert both[1:] == alone[1:]
    assert named
    assert set(named) == {1}


def test_what_ships_learns_from_open_rows_each_by_its_weight(recipe: Recipe) -> None:
    weighed, without = ship(recipe, MATRIX, PARTITION, ENTRIES), ship(recipe, MATRIX, PARTITION)
    assert model_text(weighed.ensemble.boosters[0]) != model_text(without.ensemble.boosters[0])
    assert len(weighed.unseen) == len(without.unseen) == int(PARTITION["defaulted"].notna().sum())
    found = facts("all", PARTITION, weighed)["open"]
    known, recent = matured(MATRIX, PARTITION), assemble(MATRIX, PARTITION, "recent")
    told = early(known, recent, ENTRIES, BOOK.newest)
    assert told is not None
    assert found["rows"] == int((told.weight > 0).sum())
    assert found["weight"] == pytest.approx(told.weight.sum())
    assert 0 < found["weight"] < found["rows"]
    assert found["until"] <= str(BOOK.newest)  # nothing is known of the newest day's own outcomes
    assert facts("all", PARTITION, without)["open"] is None


def test_no_open_outcome_of_a_customer_answers_for_it(recipe: Recipe) -> None:
    """Turn what is known of one customer's open rows: what the calibrator is told of it stays to the bit, others' answers move."""
    known, recent = matured(MATRIX, PARTITION), assemble(MATRIX, PARTITION, "recent")
    told = early(known, recent, ENTRIES, BOOK.newest)
    assert told is not None
    whose = recent.customer_id[told.defaulted][0]
    turned = replace(told, defaulted=told.defaulted ^ (recent.customer_id == whose))
    one, other = (recipe.made(known, recent, each).unseen for each in (told, turned))
    own = one.customer_id == whose
    np.testing.assert_array_equal(one.margin[own], other.margin[own])
    assert (one.margin != other.margin).any()


def test_a_scorecard_as_a_member_leaves_open_rows_out(recipe: Recipe) -> None:
    card = replace(recipe, members=Members((Tried(CARD, "all", {}, 1, (), 0.1),), (), 0.1))
    assert not card.can_weigh
    assert facts("all", PARTITION, ship(card, MATRIX, PARTITION, ENTRIES))["open"] is None


def year(origin: date, weighed: float | None, left_out: float | None, judged: int = 100) -> OpenYear:  # fmt: skip
    return OpenYear(origin=origin, rows=9, came=1, expected=1.0, in_the_end=2, judged=judged, weighed=weighed, left_out=left_out, error=0.1, taken="weighed")  # fmt: skip


@pytest.mark.parametrize(
    ("years", "way"),
    [
        ([], "weighed"),
        ([year(date(2020, 1, 1), 0.10, 0.11)], "weighed"),
        ([year(date(2020, 1, 1), 0.11, 0.10)], "left_out"),
        ([year(date(2020, 1, 1), 0.11, 0.10), year(date(2021, 1, 1), 0.10, 0.13)], "weighed"),  # both are final on the day
        ([year(date(2020, 1, 1), 0.11, 0.10), year(date(2022, 1, 1), 0.10, 0.13)], "left_out"),  # the newer one is not yet
        ([year(date(2020, 1, 1), 0.11, 0.10, judged=1000), year(date(2021, 1, 1), 0.10, 0.13)], "left_out"),
        ([year(date(2020, 1, 1), None, None)], "weighed"),
    ],
)  # fmt: skip
def test_open_rows_are_left_out_where_final_origins_lost_by_them(years: list[OpenYear], way: str) -> None:  # fmt: skip
    assert taken("auto", years, date(2023, 6, 1), 12) == way
    assert taken("weighed", years, date(2023, 6, 1), 12) == "weighed"
    assert taken("left_out", years, date(2023, 6, 1), 12) == "left_out"


def test_an_origin_is_fitted_both_ways_only_to_compare(recipe: Recipe) -> None:
    told = early(matured(MATRIX, PARTITION), assemble(MATRIX, PARTITION, "recent"), ENTRIES, BOOK.newest)  # fmt: skip
    assert [ways(one, told) for one in ("auto", "weighed", "left_out")] == [("weighed", "left_out"), ("weighed",), ("left_out",)]  # type: ignore[arg-type]  # fmt: skip
    assert ways("auto", None) == ("left_out",)
    assert isinstance(recipe.contract, ModelContract)
