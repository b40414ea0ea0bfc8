"""Differences of two models on the same rows: by hand, against a bootstrap, and by how often chance is called better."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from contracts.arrays import Floats
from contracts.errors import ContractError
from models.comparison.differences import (
    Rows,
    Sureness,
    auc_difference,
    brier_difference,
    differences,
    loss_difference,
    precision_difference,
)
from models.comparison.shared import shared
from models.comparison.slices import by_period, by_segment, labels_of
from models.measures.intervals import customer_weights

SURE = Sureness(0.95, 2, 200, 7)


def world(
    seed: int, *, customers: int = 150, months: int = 4, gain: float = 0.0
) -> tuple[Rows, np.ndarray]:
    """Customers with a lasting risk; two models that see it through noise of their own, the second through less of it."""
    draw = np.random.default_rng(seed)
    risk = np.repeat(draw.normal(-1.5, 1.0, customers), months)
    bad = draw.random(len(risk)) < 1 / (1 + np.exp(-risk))
    ids = np.repeat([f"C{i:03d}" for i in range(customers)], months).astype(object)

    def seen(noise: float) -> Floats:
        off = np.repeat(draw.normal(0.0, noise, customers), months)
        return 1 / (1 + np.exp(-(risk + off)))

    return Rows(seen(0.8), seen(0.8 - gain), bad, ids), np.tile(
        np.array(["2024-01-01", "2024-05-01", "2024-07-01", "2025-01-01"], dtype="datetime64[s]"),
        customers,
    )


def test_losses_by_hand() -> None:
    """ln and squares of four rows: base 0.5 throughout, run 0.8, 0.4, 0.2, 0.2; the first two are one customer's."""
    bad = np.array([True, True, False, False])
    rows = Rows(np.full(4, 0.5), np.array([0.8, 0.4, 0.2, 0.2]), bad, np.array(["a", "a", "b", "c"], dtype=object))  # fmt: skip
    gains = np.array([np.log(0.5 / 0.8), np.log(0.5 / 0.4), np.log(0.5 / 0.8), np.log(0.5 / 0.8)])
    assert loss_difference(rows)[0] == pytest.approx(gains.mean())
    # customers' sums of deviations; G / (G - 1) = 3 / 2
    off = gains - gains.mean()
    sums = np.array([off[0] + off[1], off[2], off[3]])
    assert loss_difference(rows)[1] == pytest.approx(np.sqrt(1.5 * np.sum(sums**2)) / 4)
    assert brier_difference(rows)[0] == pytest.approx((0.04 + 0.36 + 0.04 + 0.04) / 4 - 0.25)


def test_the_errors_are_those_of_a_bootstrap_over_customers() -> None:
    """Closed errors within 15 % of 1,000 resamples: one that counted rows would be half as large."""
    rows, _ = world(3, customers=400, gain=0.5)
    weights = list(customer_weights(rows.customer_id, 1000, 11))
    losses = -np.log(np.where(rows.defaulted, rows.run / rows.base, (1 - rows.run) / (1 - rows.base)))  # fmt: skip
    drawn = [float(np.average(losses, weights=one)) for one in weights]
    assert loss_difference(rows)[1] == pytest.approx(np.std(drawn), rel=0.15)


def test_a_better_model_is_called_better_and_turned_round_worse() -> None:
    rows, _ = world(1, customers=400, gain=0.7)
    ahead = {one.measure: one for one in differences(rows, SURE)}
    turned = Rows(rows.run, rows.base, rows.defaulted, rows.customer_id)
    behind = {one.measure: one for one in differences(turned, SURE)}
    for measure, sign in (("log_loss", -1), ("roc_auc", 1), ("brier", -1), ("average_precision", 1)):  # fmt: skip
        value = ahead[measure].figure.value
        assert sign * value > 0
        assert behind[measure].figure.value == pytest.approx(-value)
    assert [ahead[one].ruling for one in ("log_loss", "roc_auc", "brier")] == ["better", "better", None]  # fmt: skip
    assert [behind[one].ruling for one in ("log_loss", "roc_auc")] == ["worse", "worse"]


def test_chance_is_seldom_called_better() -> None:
    """Two models that are equally good, 300 times: either statement `better` or `worse` in at most 5 % and 2 standard errors."""
    found = 0
    for seed in range(300):
        rows, _ = world(seed)
        few = Sureness(0.95, 2, 1, 7)
        found += any(one.ruling in {"better", "worse"} for one in differences(rows, few))
    assert 1 <= found <= 300 * 0.05 + 2 * np.sqrt(300 * 0.05 * 0.95)


def test_equal_answers_are_the_same_and_few_customers_are_told_of() -> None:
    rows, _ = world(2)
    same = Rows(rows.base, rows.base, rows.defaulted, rows.customer_id)
    assert {one.ruling for one in differences(same, SURE)} == {"same", None}
    few = rows.where(np.arange(len(rows.base)) < 24)
    assert {one.ruling for one in differences(few, SURE)} == {"too_few", None}
    survivors = rows.where(~rows.defaulted)
    none = {one.measure: one.figure for one in differences(survivors, SURE)}
    assert none["roc_auc"].value is None
    assert none["log_loss"].value is not None


def test_a_monotone_change_of_pds_ranks_no_better() -> None:
    rows, _ = world(4)
    halved = Rows(rows.base, rows.base / 2, rows.defaulted, rows.customer_id)
    assert auc_difference(halved)[0] == 0.0
    assert precision_difference(halved, SURE).high == 0.0
    assert loss_difference(halved)[0] != 0.0


def table(rows: Rows, days: np.ndarray, pds: Floats, keep: slice) -> pd.DataFrame:
    """A scored test part."""
    return pd.DataFrame(
        {
            "customer_id": rows.customer_id, "as_of": days, "defaulted": rows.defaulted,
            "margin": 0.0, "pd": pds, "pd_baseline": 0.1,
        }
    )[keep]  # fmt: skip


def test_only_shared_rows_with_one_outcome_are_compared() -> None:
    rows, days = world(5, customers=30)
    one, other = table(rows, days, rows.base, slice(0, 80)), table(rows, days, rows.run, slice(20, 120))  # fmt: skip
    other = other.sample(frac=1.0, random_state=1)
    other.loc[[20, 21], "defaulted"] = ~other.loc[[20, 21], "defaulted"]
    found = shared({"A": one, "B": other})
    assert (len(found), found.left_out) == (58, 2)
    assert found.pds["A"].tolist() == rows.base[22:80].tolist()
    assert found.pds["B"].tolist() == rows.run[22:80].tolist()
    with pytest.raises(ContractError, match="no row in common"):
        shared({"A": one[:10], "B": other[other.index > 60]})


def test_slices_hold_every_row_once() -> None:
    rows, days = world(6, gain=0.5)
    found = shared({"A": table(rows, days, rows.base, slice(None)), "B": table(rows, days, rows.run, slice(None))})  # fmt: skip
    keys = {"customer_id": rows.customer_id, "as_of": days}
    number = np.array([int(one[1:]) for one in rows.customer_id])
    matrix = pd.DataFrame({**keys, "customer_industry": np.where(number % 3 == 0, "food", "steel")})
    partition = pd.DataFrame({**keys, "is_held_out": number >= 135})
    labels = labels_of(found, matrix, partition)
    pair = Rows(found.pds["A"], found.pds["B"], found.defaulted, found.customer_id)
    slices = by_segment(pair, labels, 0.95)
    assert [(one.segment, one.level, one.rows) for one in slices] == [
        ("customer_industry", "steel", 400),
        ("customer_industry", "food", 200),
        ("customer_known", "known", 540),
        ("customer_known", "new", 60),
    ]
    periods = by_period(pair, found.as_of, 0.95)
    assert [(one.level, one.rows) for one in periods] == [
        ("2024Q1", 150), ("2024Q2", 150), ("2024Q3", 150), ("2025Q1", 150),
    ]  # fmt: skip
    whole = loss_difference(pair)[0]
    assert np.average([one.log_loss.value for one in periods]) == pytest.approx(whole)
    assert labels_of(found, None, None) == {}
