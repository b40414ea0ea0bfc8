"""What a new version may lose: by hand, by identity, and summed over twenty promotions."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from models.registry.margin import Lost, lost

OUTCOMES = pd.DataFrame({"customer_id": ["A", "A", "B", "C"], "defaulted": [True, False, False, True]})  # fmt: skip
OLD, NEW = np.array([0.5, 0.25, 0.5, 0.8]), np.array([0.5, 0.5, 0.2, 0.4])


def compared(new: np.ndarray = NEW, old: np.ndarray = OLD, rows: pd.DataFrame = OUTCOMES) -> Lost:
    return lost(rows, new, old, draws=400, seed=1, level=0.05)


def test_the_share_by_hand() -> None:
    found = compared()
    old = -(np.log(0.5) + np.log(0.75) + np.log(0.5) + np.log(0.8))
    new = -(np.log(0.5) + np.log(0.5) + np.log(0.8) + np.log(0.4))
    assert found.share == pytest.approx((new - old) / old, rel=1e-12)
    assert found.upper >= found.share
    assert (found.rows, found.customers) == (4, 3)


def test_the_same_pds_lose_nothing_and_spend_nothing() -> None:
    found = compared(OLD)
    assert (found.share, found.upper, found.spent) == (0.0, 0.0, 0.0)


def test_months_of_one_customer_are_no_further_evidence() -> None:
    """Each row twelve times: the same share, the same bound."""
    many = OUTCOMES.loc[OUTCOMES.index.repeat(12)].reset_index(drop=True)
    found = compared(np.repeat(NEW, 12), np.repeat(OLD, 12), many)
    once = compared()
    assert (found.share, found.upper) == pytest.approx((once.share, once.upper), rel=1e-9)


def test_the_order_of_the_rows_is_no_matter() -> None:
    turned = compared(NEW[::-1], OLD[::-1], OUTCOMES.iloc[::-1])
    assert (turned.share, turned.upper) == pytest.approx((compared().share, compared().upper))


def test_twenty_promotions_in_a_row_stay_within_the_margin_against_the_first() -> None:
    """Each a little worse than the one before, by less than anybody would notice: 20 x 0.3 % would be 6 %."""
    draw = np.random.default_rng(5)
    truth = np.repeat(1 / (1 + np.exp(-draw.normal(-2, 1, 3000))), 2)
    rows = pd.DataFrame({"customer_id": np.repeat(np.arange(3000), 2).astype(str), "defaulted": np.repeat(draw.random(3000) < truth[::2], 2)})  # fmt: skip

    def expected(odds: np.ndarray) -> float:
        return float(-(truth * np.log(chance(odds)) + (1 - truth) * np.log1p(-chance(odds))).mean())

    def chance(odds: np.ndarray) -> np.ndarray:
        return np.asarray(1 / (1 + np.exp(-odds)))

    margin, spent, promoted, refused = 0.02, 0.0, 0, 0
    first = champion = np.log(truth / (1 - truth))
    for number in range(20):
        new = champion + 0.1  # the level creeps up
        found = lost(rows, chance(new), chance(champion), draws=200, seed=number, level=0.05)
        if found.is_within(margin, spent):
            champion, spent, promoted = new, spent + found.spent, promoted + 1
        else:
            refused += 1
    assert promoted >= 1
    assert refused >= 10
    assert 0.0 < expected(champion) / expected(first) - 1 < margin
    assert expected(first + 2.0) / expected(first) - 1 > 10 * margin, (
        "without the sum all 20 would pass"
    )


def test_the_bound_holds_as_often_as_it_says() -> None:
    """PDs off by a known amount: the true share of log loss lies above the bound in about 5 of 100 samples."""
    draw = np.random.default_rng(3)
    truth = 1 / (1 + np.exp(-draw.normal(-2, 1, 400)))
    old, new = truth * 0.7, truth * 1.2 / (1 + 0.2 * truth)

    def expected(pd_: np.ndarray) -> float:
        return float(-(truth * np.log(pd_) + (1 - truth) * np.log1p(-pd_)).sum())

    true = expected(new) / expected(old) - 1
    ids = [f"C{number}" for number in range(len(truth))]
    above = 0
    for seed in range(200):
        rows = pd.DataFrame({"customer_id": ids, "defaulted": draw.random(len(truth)) < truth})
        above += true > lost(rows, new, old, draws=300, seed=seed, level=0.05).upper
    assert (
        2 <= above <= 24
    )  # 10 expected; three binomial standard errors are 9, and the bootstrap is a little short
