"""How long a level lasts: the likelihood by another way, simulated books, a book of few years, and the part of the newest year that is carried."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import pandas as pd
import pytest
from scipy.stats import multivariate_normal

from contracts.arrays import Floats, Ints
from contracts.config.upkeep import RecalibrateConfig
from models.measures.movement import ANY, Told, likelihood, movement, outlook_of_history
from models.measures.outlook import forecast
from models.measures.prior import Prior
from models.upkeep.since import level_learned

CONFIG = RecalibrateConfig()
NEWEST = date(2025, 1, 1)


@dataclass(frozen=True)
class Months:
    """Defaults of months of a large book of small PDs: the expectation grows with the exponential of the level."""

    seen: Floats
    each: float
    dispersion: float = 1.0
    shared: float = 0.0

    @property
    def starts(self) -> Ints:
        first = (NEWEST - date(1970, 1, 1)).days - round(len(self.seen) * 365.25 / 12)
        return np.asarray(first + np.round(np.arange(len(self.seen)) * 365.25 / 12), dtype=np.int64)

    @property
    def until(self) -> int:
        return (NEWEST - date(1970, 1, 1)).days

    @property
    def middles(self) -> Floats:
        return np.asarray((self.starts + np.append(self.starts[1:], self.until)) / 2 / 365.25)

    def expected(self, moved: Floats) -> tuple[Floats, Floats]:
        told = self.each * np.exp(moved)
        return told, told


def level(half_life: float, passing: float, months: int, seed: int) -> Floats:
    """A path of the passing part, month by month."""
    draw, kept = np.random.default_rng(seed), 2.0 ** (-1 / 12 / half_life)
    path = [passing * draw.standard_normal()]
    for _ in range(months - 1):
        path.append(kept * path[-1] + passing * np.sqrt(1 - kept**2) * draw.standard_normal())
    return np.array(path)


def book(path: Floats, each: float, seed: int = 5) -> Months:
    return Months(np.random.default_rng(seed).poisson(each * np.exp(path)).astype(np.float64), each)


def test_the_filter_is_the_normal_distribution_of_all_intervals() -> None:
    """Covariance s^2 2^(-|t - u| / h) + ANY^2 + diag(V): the density of all at once, over uneven times."""
    seen = Told(np.array([0.0, 0.3, 1.5, 1.6, 4.0]), np.array([0.1, 0.4, -0.2, 0.0, 0.7]), np.array([0.1, 0.02, 0.3, 0.05, 0.1]))  # fmt: skip
    half_life, passing = np.array([0.4, 3.0]), np.array([0.6, 0.3])
    whole = [
        multivariate_normal(cov=Prior(ANY, s, h).covariance(seen.times, seen.times) + np.diag(seen.variance)).logpdf(seen.level)
        for h, s in zip(half_life, passing, strict=True)
    ]  # fmt: skip
    found = likelihood(seen, half_life, passing)
    assert found[1] - found[0] == pytest.approx(whole[1] - whole[0], abs=1e-6)


def test_a_mean_that_the_pds_were_fitted_to_says_nothing() -> None:
    seen = Told(np.arange(8.0), np.sin(np.arange(8.0)), np.full(8, 0.05))
    at = np.array([0.3, 1.0, 4.0]), np.array([0.4, 0.4, 0.8])
    moved = likelihood(replace(seen, level=seen.level + 0.4), *at) - likelihood(seen, *at)
    assert (
        np.ptp(moved) < 0.005
    )  # a prior deviation of 10: 0.4 more of a mean is all the same to every movement


@pytest.mark.parametrize("half_life", [0.2, 4.0])
def test_a_long_history_tells_how_long_its_level_lasts(half_life: float) -> None:
    """Ten books of 20 years, some 30 defaults a month: the mean of the logarithms learned lies by the truth, not by the setting (0.5)."""
    found = [movement(book(level(half_life, 0.6, 240, seed), 30.0, seed), CONFIG) for seed in range(10)]  # fmt: skip
    logs = np.log([one.half_life for one in found])
    away = abs(np.log(half_life / CONFIG.level_half_life))
    assert abs(logs.mean() - np.log(half_life)) < 0.4 * away
    inside = np.mean([one.low <= half_life <= one.high for one in found])
    assert (
        inside >= 0.7
    )  # the intervals are those of a book drawn around the setting; at 0.9 inside, four of ten outside happen once in 80
    assert all(one.set_weight < 0.4 for one in found)


def test_chance_alone_is_not_taken_for_a_level() -> None:
    """Nothing moves; 4 defaults a month, whose counts vary by half: the size of the passing part is not what the counts vary by."""
    found = [movement(book(np.zeros(96), 4.0, seed), CONFIG) for seed in range(10)]
    assert max(one.passing for one in found) < 0.4 < np.sqrt(1 / 4.0)
    crude = [np.log(np.maximum(book(np.zeros(96), 4.0, seed).seen, 0.5) / 4.0).std() for seed in range(10)]  # fmt: skip
    assert min(crude) > 0.4


def test_few_years_keep_the_setting() -> None:
    one = movement(book(np.full(1, 0.8), 30.0), CONFIG)
    assert (one.half_life, one.passing, one.set_weight) == pytest.approx((0.5, 0.4, 1.0), rel=0.01)
    short = movement(book(level(4.0, 0.6, 12, 1), 30.0), CONFIG)
    long = movement(book(level(4.0, 0.6, 240, 1), 30.0), CONFIG)
    assert (short.years, long.years) == pytest.approx((1.0, 20.0), abs=0.01)
    assert abs(np.log(short.half_life / 0.5)) < abs(np.log(long.half_life / 0.5))
    assert short.set_weight > 0.6 > long.set_weight


def test_the_share_is_what_the_forecast_takes_of_one_more_year_like_it() -> None:
    """The newest twelve months all 1 % above what they were: the forecast moves by the share of ln 1.01."""
    path = level(3.0, 0.6, 120, 3)
    found = book(path, 400.0)
    more = replace(found, seen=np.where(np.arange(120) >= 108, found.seen * 1.01, found.seen))
    moves = movement(found, CONFIG)
    before, after = (forecast(one, NEWEST, 12, CONFIG, moves=moves) for one in (found, more))
    assert before.share is not None
    assert after.offset - before.offset == pytest.approx(before.share * np.log(1.01), rel=0.02)
    short = forecast(found, NEWEST, 12, replace_config(level_within=1.0))
    assert short.share is not None
    assert short.share < before.share  # the setting lets go of half in half a year


def test_a_level_held_to_the_settings_is_as_before() -> None:
    rows = history(np.array([0.02, 0.02, 0.06, 0.06, 0.06, 0.02]))
    held = outlook_of_history(rows, 12, replace_config(level_within=1.0))
    free = outlook_of_history(rows, 12, CONFIG)
    assert held is not None
    assert free is not None
    assert (held.movement, held.half_life, held.passing) == (None, 0.5, 0.4)
    assert free.movement is not None
    assert (free.half_life, free.passing) == (free.movement.half_life, free.movement.passing)


def test_upkeep_goes_on_with_what_the_refit_learned() -> None:
    """The reference of a version keeps the movement: a later forecast lets go as slowly; a held setting takes no notice; an old version has none."""
    found = book(level(3.0, 0.6, 24, 3), 400.0)
    moves = movement(book(level(3.0, 0.6, 240, 3), 400.0), CONFIG)
    kept = {"levelled_until": "2022-12-31", "level_moves": moves.model_dump(mode="json")}
    learned = level_learned(kept)
    late = forecast(found, NEWEST, 12, CONFIG, learned)
    assert (late.half_life, late.passing, late.movement) == (moves.half_life, moves.passing, moves)
    for config, told in ((replace_config(level_within=1.0), learned), (CONFIG, level_learned(kept | {"level_moves": None}))):  # fmt: skip
        as_set = forecast(found, NEWEST, 12, config, told)
        assert (as_set.half_life, as_set.passing, as_set.movement) == (0.5, 0.4, None)
        assert as_set.share is not None
        assert late.share is not None
        assert as_set.share < late.share


def test_no_outcome_that_is_open_says_how_long_a_level_lasts() -> None:
    """The newest cohort's outcome is missing on the day; what it will be changes nothing, and one that is final does."""
    rates = np.array([0.02, 0.03, 0.06, 0.05, 0.03, 0.02])
    rows = history(rates)
    later = rows.assign(pd=np.where(rows["as_of"] == rows["as_of"].max(), 0.5, rows["pd"]))
    assert outlook_of_history(rows, 12, CONFIG) == outlook_of_history(later, 12, CONFIG)
    other = history(np.where(np.arange(6) == 4, 0.06, rates))
    assert outlook_of_history(rows, 12, CONFIG) != outlook_of_history(other, 12, CONFIG)
    assert outlook_of_history(rows.assign(defaulted=None), 12, CONFIG) is None


def test_the_year_meant_is_that_from_the_day_of_decision() -> None:
    """Rows end a year before the day: their level has a year longer to pass, and less of it is carried."""
    rows = history(np.array([0.02, 0.02, 0.06, 0.06, 0.06, 0.06]))
    early, late = (outlook_of_history(rows, 12, CONFIG, day) for day in (None, NEWEST))
    assert early is not None
    assert late is not None
    assert (early.use_from, late.use_from) == (date(2024, 1, 1), NEWEST)
    assert early.share is not None
    assert late.share is not None
    assert 0 < late.share < early.share


def history(rates: Floats) -> pd.DataFrame:
    """2,000 new customers on every 1 January at PD 3 %, the shares that default; the last year's outcomes are open."""
    years = [
        pd.DataFrame(
            {
                "customer_id": [f"{year}-{n:04d}" for n in range(2_000)],
                "as_of": pd.Timestamp(2019 + year, 1, 1),
                "pd": 0.03,
                "defaulted": [None if year == len(rates) - 1 else n < rate * 2_000 for n in range(2_000)],
            }
        )
        for year, rate in enumerate(rates)
    ]  # fmt: skip
    return pd.concat(years, ignore_index=True)


def replace_config(**values: float) -> RecalibrateConfig:
    return RecalibrateConfig.model_validate(values)
