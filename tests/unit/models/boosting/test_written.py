"""A points table as LightGBM text: the booster, its SHAP values, the certificate and our own reader agree with the table."""

from __future__ import annotations

import numpy as np
import pytest

from models.base.data import Feature, ModelContract
from models.base.points import Bands, PointsTable
from models.boosting.whole_book import WholeBook
from models.boosting.written import text_of, written
from models.gates.certificate import certify

LATE = Bands(Feature("late", "number", 1), (0.0, 15.0, 30.0), (-0.7, 0.0, 0.4, 1.1), 0.2)
EQUITY = Bands(Feature("equity", "number", -1), (-0.1, 0.25), (0.9, 0.1, -0.6), 0.0)
ONE = Bands(Feature("one", "number", 0), (2.0,), (0.3, -0.3), 0.0)
MANY = tuple(f"i{number:02d}" for number in range(40))  # more than one word of 32 bits
INDUSTRY = Bands(Feature("industry", "category", 0, MANY), (), tuple(np.linspace(-1, 1, 40)), 0.05)
TABLE = PointsTable(-3.0, (LATE, EQUITY, ONE, INDUSTRY))


def rows(n: int = 500) -> np.ndarray:
    """Random rows, and every value at and beside a cut, missing, infinite, tiny, and unseen."""
    random = np.random.default_rng(3)
    made = np.column_stack(
        [
            random.uniform(-20, 60, n),
            random.uniform(-1, 1, n),
            random.integers(0, 5, n),
            random.integers(0, 40, n),
        ]
    ).astype(float)
    made[random.random(made.shape) < 0.1] = np.nan
    edges = [0.0, -0.0, 1e-36, -1e-36, 15.0, np.nextafter(15, 16), 30.0, np.inf, -np.inf, 1e308]
    made[: len(edges), 0] = edges
    return made


def test_the_booster_says_what_the_table_says() -> None:
    codes = rows()
    said = written(TABLE, codes).predict(codes, raw_score=True)
    assert np.ptp(said) > 2
    np.testing.assert_allclose(said, TABLE.margin(codes), rtol=0, atol=1e-12)


def test_by_hand() -> None:
    # -3.0, 20 days late: 0.4, equity 0.25 lies in the middle band: 0.1, missing: 0, unseen industry: 0.05
    codes = np.array([[20.0, 0.25, np.nan, np.nan]])
    assert written(TABLE, rows()).predict(codes, raw_score=True)[0] == pytest.approx(-2.45)


def test_shap_values_of_an_additive_table_are_its_points_less_their_mean() -> None:
    codes = rows()
    contributions = written(TABLE, codes).predict(codes, pred_contrib=True)
    added = TABLE.added(codes)
    np.testing.assert_allclose(contributions.sum(axis=1), TABLE.margin(codes), atol=1e-9)
    # additive: the difference between two rows in one feature is the difference of its points
    np.testing.assert_allclose(
        np.diff(contributions[:, :-1], axis=0), np.diff(added, axis=0), atol=1e-9
    )


def test_the_whole_books_explainer_agrees_with_lightgbm() -> None:
    codes = rows(60)
    # a model's dump has no number above 1e300 and none beside zero, and our reader goes by the dump
    codes = np.where((np.abs(codes) < 1e-30) | (np.abs(codes) > 1e300), np.nan, codes)
    booster = written(TABLE, codes)
    ours = WholeBook((booster,)).shap_values(codes)
    theirs = booster.predict(codes, pred_contrib=True)[:, : ours.shape[1]]
    np.testing.assert_allclose(ours, theirs, atol=1e-9)


def test_the_certificate_passes_the_table_and_catches_one_that_breaks_its_promise() -> None:
    contract = TABLE.contract("demo", 12)
    assert certify((written(TABLE, rows()),), contract) == []
    turned = Bands(LATE.feature, LATE.cuts, (-0.7, 0.5, 0.4, 1.1), 0.2)
    broken = PointsTable(-3.0, (turned, EQUITY))
    found = certify((written(broken, rows()[:, :2]),), broken.contract("demo", 12))
    assert [one.feature for one in found] == ["late"]
    assert [LATE.is_monotone, turned.is_monotone] == [True, False]


def test_the_text_does_not_depend_on_the_order_of_the_rows() -> None:
    codes = rows()
    assert text_of(TABLE, codes) == text_of(TABLE, codes[::-1])


def test_the_contract_keeps_the_tables_order() -> None:
    contract = TABLE.contract("demo", 6)
    assert isinstance(contract, ModelContract)
    assert contract.names == ["late", "equity", "one", "industry"]
