"""The model that ships: what it learns from, whom its calibrator may ask, and the level of the year ahead."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest

from contracts.config.calibration import CalibrateConfig
from contracts.config.upkeep import RecalibrateConfig
from models.base.data import Part, assemble
from models.boosting.booster import model_text
from models.calibration.calibrators import Anchored, Recalibrated, from_json
from models.training.flavours import Members
from models.training.recipe import Made, Recipe
from models.training.shipment import facts, matured, ship
from models.training.training import Trained
from tests.models_books import QUICK, lineage, panel, trained_on

MATRIX, WHOLE, _ = panel(customers=200)
NEWEST = (WHOLE["as_of"] > WHOLE["as_of"].max() - pd.DateOffset(months=3)).to_numpy()
PARTITION = WHOLE.assign(
    part=WHOLE["part"].mask(NEWEST, "recent"), defaulted=WHOLE["defaulted"].mask(NEWEST)
)
LINEAGE = lineage(late=1, equity=-1, noise=0, flat=0)


@pytest.fixture(scope="module")
def trained() -> Trained:
    return trained_on(MATRIX, LINEAGE, PARTITION)


@pytest.fixture(scope="module")
def recipe(trained: Trained) -> Recipe:
    members = Members.from_json(trained.members.to_json())
    return Recipe(members, trained.contract, QUICK, CalibrateConfig(), RecalibrateConfig())


@pytest.fixture(scope="module")
def made(recipe: Recipe) -> Made:
    return ship(recipe, MATRIX, PARTITION)


def texts(one: Made) -> list[str]:
    return [model_text(booster) for booster in one.ensemble.boosters]


def turned(*parts: str) -> pd.DataFrame:
    rows = PARTITION["part"].isin(parts)
    return PARTITION.assign(defaulted=PARTITION["defaulted"].mask(rows, ~PARTITION["defaulted"]))


def test_the_recipe_read_back_makes_the_twin_to_the_byte(trained: Trained, recipe: Recipe) -> None:
    rows = PARTITION["part"].isin(["train", "calibrate"])
    part = assemble(MATRIX, PARTITION.assign(part=np.where(rows, "both", "other")), "both")
    ordered = assemble(MATRIX, PARTITION, "train"), assemble(MATRIX, PARTITION, "calibrate")
    assert len(part) == sum(map(len, ordered))
    twin = [model_text(one) for one in trained.ensemble.boosters]
    again, *_ = recipe._fitted(part)
    assert [model_text(one) for one in again.boosters] == twin


@pytest.mark.parametrize("part", ["train", "gap", "calibrate", "holdout", "test"])
def test_every_matured_part_is_learned_from(part: str, recipe: Recipe, made: Made) -> None:
    assert texts(ship(recipe, MATRIX, turned(part))) != texts(made)


def test_it_learns_from_each_matured_row_once_and_from_no_open_one() -> None:
    part = matured(MATRIX, PARTITION)
    assert len(part) == int((~NEWEST).sum())
    assert part.as_of.max() < PARTITION.loc[NEWEST, "as_of"].min().to_datetime64()
    assert part.defaulted.sum() == PARTITION["defaulted"].sum()


def one_turned(part: Part, customer: str) -> Part:
    whose = part.customer_id == customer
    return dataclasses.replace(part, defaulted=np.where(whose, ~part.defaulted, part.defaulted))


def test_no_outcome_of_a_customer_answers_for_it(recipe: Recipe, made: Made) -> None:
    """Turn all outcomes of one customer: what its calibrator is told of it stays to the bit, others' answers move."""
    part = matured(MATRIX, PARTITION)
    other = recipe.made(one_turned(part, "C0100"), assemble(MATRIX, PARTITION, "recent"))
    own = part.customer_id == "C0100"
    np.testing.assert_array_equal(other.unseen.margin[own], made.unseen.margin[own])
    assert (other.unseen.margin != made.unseen.margin).any()
    assert len(made.unseen) == len(part)
    assert not np.isnan(made.unseen.margin).any()


def test_the_level_of_the_year_ahead_is_the_last_step(made: Made) -> None:
    year, calibrator = made.outlook, made.calibration.calibrator
    assert year is not None
    assert isinstance(calibrator, Recalibrated)
    assert calibrator.steps == ((year.offset, 1.0, 0.0),)
    assert year.use_from == PARTITION["as_of"].max().date()
    margin = np.array([-3.0, 0.0])
    moved = calibrator.log_odds(margin) - calibrator.inner.log_odds(margin)
    assert moved == pytest.approx([year.offset, year.offset])
    assert from_json(made.calibration.to_json()) == calibrator


def test_newer_defaults_raise_the_level_more_than_old_ones(recipe: Recipe, made: Made) -> None:
    """The same number of further defaults, in the newest months and in the oldest."""
    part = matured(MATRIX, PARTITION)
    still_open = assemble(MATRIX, PARTITION, "recent")
    days = np.unique(part.as_of)
    level = []
    for chosen in (days[:6], days[-6:]):
        free = np.flatnonzero(np.isin(part.as_of, chosen) & ~part.defaulted)
        bad = part.defaulted.copy()
        bad[np.random.default_rng(1).choice(free, 150, replace=False)] = True
        year = recipe.made(dataclasses.replace(part, defaulted=bad), still_open).outlook
        assert year is not None
        level.append(year.offset)
    assert made.outlook is not None
    assert level[1] > max(level[0], made.outlook.offset) + 0.1


def test_the_level_reads_days_of_default_also_where_open_outcomes_are_left_out(recipe: Recipe, made: Made) -> None:  # fmt: skip
    """Defaults at the end of their horizons tell of newer months than the same ones at its beginning; boosters stay to the byte."""
    final = PARTITION[PARTITION["defaulted"].fillna(value=False).astype(bool)]
    until = []
    for months in (0, 11):
        day = final["as_of"] + pd.DateOffset(months=months, days=3)
        entries = pd.DataFrame({"customer_id": final["customer_id"], "entered_on": day})
        other = ship(recipe, MATRIX, PARTITION, entries, weigh=False)
        assert other.weighed is None
        assert texts(other) == texts(made)
        assert other.outlook is not None
        until.append(other.outlook.offset)
    assert made.outlook is not None
    assert len({*until, made.outlook.offset}) == 3


def test_an_anchored_level_is_not_moved(recipe: Recipe) -> None:
    anchored = dataclasses.replace(recipe, calibrating=CalibrateConfig(long_run_rate=0.03))
    made = ship(anchored, MATRIX, PARTITION)
    assert made.outlook is None
    assert isinstance(made.calibration.calibrator, Anchored)
    assert made.calibration.calibrator.apply(made.unseen.margin).mean() == pytest.approx(0.03)


def test_a_book_without_open_rows_ships_too(recipe: Recipe) -> None:
    made = ship(recipe, MATRIX, WHOLE)
    assert made.outlook is not None
    assert made.outlook.use_from == WHOLE["as_of"].max().date()


def test_the_facts_are_counted_from_the_partition() -> None:
    found = facts("all", PARTITION)
    known = PARTITION[PARTITION["defaulted"].notna()]
    assert (found["policy"], found["rows"], found["level"]) == ("all", len(known), None)
    assert found["defaults"] == int(known["defaulted"].sum())
    assert found["defaulted_customers"] == known.loc[known["defaulted"].astype(bool), "customer_id"].nunique()  # fmt: skip
    assert found["until"] == str((known["as_of"].max() + pd.Timedelta(days=1)).date())
    twin = PARTITION[PARTITION["part"].isin(["train", "calibrate"])]
    assert (found["twin"]["rows"], found["twin"]["customers"]) == (
        len(twin),
        160,
    )  # 40 are held out
    same = facts("matured", PARTITION)
    assert {key: same[key] for key in same["twin"]} == same["twin"]
