"""The scenario table, recomputed by plain numpy: one shift for all, mean PDs as stated, losses in proportion."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest

from contracts.config.scale import ScaleConfig
from decisions.scenarios import Year, level_of, scenarios

SCALE = ScaleConfig()
BOUNDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.10, 0.30]
WORST = Year(date(2024, 1, 1), date(2025, 1, 1), 1.6, -0.4)


def book() -> pd.DataFrame:
    draw = np.random.default_rng(1)
    chance = 1 / (1 + np.exp(-draw.normal(-4, 1.4, 400)))
    loss = [Decimal(f"{one:.2f}") for one in chance * draw.gamma(2, 4000, 400)]
    return pd.DataFrame({"pd": chance, "expected_loss": loss})


def test_the_table_is_what_numpy_makes_of_the_rows() -> None:
    rows = book()
    found = {one.name: one for one in scenarios(rows, WORST, SCALE, 9)}
    chance, loss = rows["pd"].to_numpy(), rows["expected_loss"].astype(float).to_numpy()
    odds = np.log(chance / (1 - chance))
    plain = (
        1 / (1 + np.exp(-(odds + 0.4)))
    ).mean()  # without the forecast, which has lowered them by 0.4
    wanted = {"lower": 0.7 * chance.mean(), "as_is": chance.mean(), "higher": 1.5 * chance.mean(), "worst_year": 1.6 * plain}  # fmt: skip
    assert list(found) == list(wanted)
    for name, mean in wanted.items():
        one = found[name]
        moved = 1 / (1 + np.exp(-(odds + one.shift)))
        assert one.mean_pd == pytest.approx(mean, rel=1e-9)
        assert moved.mean() == pytest.approx(mean, rel=1e-9)
        assert one.expected_defaults == pytest.approx(400 * mean, rel=1e-9)
        assert one.change == pytest.approx(mean / chance.mean() - 1, abs=1e-9)
        assert float(one.expected_loss) == pytest.approx((loss * moved / chance).sum(), abs=0.005 * 400)  # fmt: skip
        grades = 1 + (moved[:, None] >= np.array(BOUNDS)).sum(axis=1)
        assert [row.customers for row in one.grades] == np.bincount(grades, minlength=11)[1:].tolist()  # fmt: skip
        assert one.at_risk == int((grades >= 9).sum())
        assert sum((row.expected_loss for row in one.grades), Decimal(0)) == one.expected_loss
    assert found["as_is"].expected_loss == sum(rows["expected_loss"], Decimal(0))
    worst, plain_one = found["worst_year"], found["as_is"]
    assert (worst.from_, worst.until) == (date(2024, 1, 1), date(2025, 1, 1))
    assert (plain_one.from_, plain_one.until, plain_one.shift) == (None, None, 0.0)
    assert found["lower"].at_risk < found["as_is"].at_risk < found["worst_year"].at_risk


def test_without_a_year_followed_there_is_no_worst_one_and_an_empty_book_has_no_scenario() -> None:
    assert [one.name for one in scenarios(book(), None, SCALE, 9)] == ["lower", "as_is", "higher"]
    assert scenarios(book().iloc[:0], WORST, SCALE, 9) == ()


@pytest.mark.parametrize(
    ("level", "anchor", "kind"),
    [
        ({"use_from": "2026-01-01", "use_until": "2027-01-01", "offset": 0.1, "trend": []}, None, "point_in_time"),
        (None, {"rate": 0.02, "shift": 0.3}, "through_the_cycle"),
        (None, None, "as_fitted"),
    ],
)  # fmt: skip
def test_it_is_told_for_when_the_pds_are_meant(level: Any, anchor: Any, kind: str) -> None:
    shipped = {"level": level, "from": "2019-01-01", "until": "2025-01-01"}
    found = level_of(shipped, {"anchor": anchor} if anchor else {})
    assert (found.told.kind, found.worst) == (kind, None)
    assert found.told.anchor == (0.02 if anchor else None)
    # the year ahead, what was learned from, or no day at all
    days = {"point_in_time": (2026, 2027), "as_fitted": (2019, 2025)}.get(kind)
    held = (found.told.from_, found.told.until)
    assert held == ((None, None) if days is None else tuple(date(year, 1, 1) for year in days))


def test_an_anchored_level_is_the_cycles_whatever_the_year_ahead_says() -> None:
    trend = [{"from": "2024-01-01", "until": "2025-01-01", "seen": 90.0, "expected": 60.0}]
    year = {"use_from": "2026-01-01", "use_until": "2027-01-01", "offset": -0.4, "trend": trend}
    found = level_of({"level": year}, {"anchor": {"rate": 0.02}})
    assert (found.told.kind, found.told.from_, found.told.until) == ("through_the_cycle", None, None)  # fmt: skip
    assert found.worst == Year(date(2024, 1, 1), date(2025, 1, 1), 1.5, -0.4)


@pytest.mark.parametrize(
    ("days", "expected", "counts"),
    [(360, 5.0, 1), (359, 5.0, 0), (360, 4.99, 0), (365, 20.0, 1)],
)
def test_a_year_counts_from_360_days_and_five_expected_defaults(
    days: int, expected: float, counts: int
) -> None:
    until = date(2022, 1, 1) + timedelta(days)
    trend = [{"from": "2022-01-01", "until": str(until), "seen": 10.0, "expected": expected}]
    year = {"use_from": "2026-01-01", "use_until": "2027-01-01", "offset": 0.0, "trend": trend}
    worst = level_of({"level": year}, {}).worst
    assert worst == (Year(date(2022, 1, 1), until, 10.0 / expected, 0.0) if counts else None)


def test_a_day_may_be_written_with_its_midnight() -> None:
    shipped = {"level": None, "from": "2019-01-01T00:00:00", "until": "2025-01-01T00:00:00"}
    assert level_of(shipped, {}).told.until == date(2025, 1, 1)


def test_the_loss_as_it_is_is_the_tables_to_the_cent() -> None:
    """In a small currency: no float has the cents of 90,071,992,547,409.93."""
    loss = [Decimal("90071992547409.93"), Decimal("0.01")]
    rows = pd.DataFrame({"pd": [0.02, 0.03], "expected_loss": loss})
    as_is = next(one for one in scenarios(rows, None, SCALE, 9) if one.name == "as_is")
    assert as_is.expected_loss == Decimal("90071992547409.94")
    assert {str(row.expected_loss) for row in as_is.grades if row.customers} == {"90071992547409.94"}  # fmt: skip


def test_pds_at_the_ends_of_the_scale_and_a_mean_that_no_pd_can_have() -> None:
    """Three in four are sure to default: half as much again is more than all of them."""
    rows = pd.DataFrame({"pd": [1.0, 1.0, 1.0, 0.0], "expected_loss": [Decimal("8.00")] * 4})
    found = {one.name: one for one in scenarios(rows, None, SCALE, 9)}
    assert found["higher"].mean_pd == pytest.approx(1.0, abs=2e-6)
    assert found["as_is"].expected_loss == Decimal("32.00")
    assert (found["as_is"].at_risk, found["as_is"].grades[0].customers) == (3, 1)
    # a PD of 0 has no proportion: its loss stays
    assert found["lower"].expected_loss == pytest.approx(Decimal("8.00") * (1 + 3 * Decimal("0.7")), abs=Decimal("0.02"))  # fmt: skip
    nobody = pd.DataFrame({"pd": [0.0, 0.0], "expected_loss": [Decimal(0)] * 2})
    (as_is,) = [one for one in scenarios(nobody, None, SCALE, 9) if one.name == "as_is"]
    assert (as_is.change, as_is.expected_defaults) == (0.0, 0.0)


def test_the_worst_year_is_a_whole_one_with_defaults_to_expect() -> None:
    trend = [
        {"from": "2023-06-01", "until": "2024-01-01", "seen": 90.0, "expected": 10.0},  # not a year
        {"from": "2024-01-01", "until": "2025-01-01", "seen": 9.0, "expected": 1.0},  # too few
        {"from": "2022-01-01", "until": "2023-01-01", "seen": 30.0, "expected": 20.0},
        {"from": "2021-01-01", "until": "2022-01-01", "seen": 20.0, "expected": 20.0},
        # most defaults, but nearly as many were expected
        {"from": "2020-01-01", "until": "2021-01-01", "seen": 90.0, "expected": 80.0},
    ]
    year = {"use_from": "2026-01-01", "use_until": "2027-01-01", "offset": -0.2, "trend": trend}
    worst = level_of({"level": year}, {}).worst
    assert worst == Year(date(2022, 1, 1), date(2023, 1, 1), 1.5, -0.2)
