"""Folds: time runs forward, and nothing is learned from an outcome that was not final."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from contracts.calendar import matured_on
from contracts.errors import TrainingError
from models.sample.folds import thin_panel, time_folds

MONTHS = np.arange(np.datetime64("2018-01"), np.datetime64("2021-01")).astype("datetime64[D]")
AS_OF = np.repeat(MONTHS, 50)
DEFAULTED = np.arange(len(AS_OF)) % 20 == 0


def test_a_fold_learns_only_from_outcomes_final_when_validation_begins() -> None:
    folds = time_folds(AS_OF, DEFAULTED, 12, 3)
    assert len(folds) == 3
    for fold in folds:
        assert matured_on(AS_OF[fold.train], 12).max() <= fold.valid_from
        assert AS_OF[fold.valid].min() == fold.valid_from


def test_windows_expand_and_validation_spans_do_not_overlap() -> None:
    folds = time_folds(AS_OF, DEFAULTED, 12, 3)
    for earlier, later in pairwise(folds):
        assert set(earlier.train) < set(later.train)
        assert AS_OF[earlier.valid].max() < AS_OF[later.valid].min()
    # the newest half of 36 months, 2019-07 .. 2020-12, six months a fold
    assert [str(fold.valid_from) for fold in folds] == ["2019-07-01", "2020-01-01", "2020-07-01"]


def test_fewer_folds_where_days_do_not_suffice() -> None:
    half_a_year = np.isin(AS_OF, MONTHS[:6])  # 15 defaults; 10 are final in May at the earliest
    folds = time_folds(AS_OF[half_a_year], DEFAULTED[half_a_year], 1, 5)
    assert str(folds[0].valid_from) == "2018-05-01"
    assert len(folds) <= 2


def test_no_fold_is_an_error_that_says_what_is_needed() -> None:
    with pytest.raises(TrainingError) as error:
        time_folds(AS_OF, np.zeros(len(AS_OF), dtype=bool), 12, 3)
    assert "36 observation days, 0 defaults" in str(error.value.value)


def test_a_yearly_panel_is_never_thinned() -> None:
    years = np.arange(np.datetime64("2000"), np.datetime64("2012")).astype("datetime64[D]")
    ids = np.repeat([f"C{i}" for i in range(30)], len(years))
    assert thin_panel(ids, np.tile(years, 30), 12, most_rows=10).all()


def test_a_monthly_panel_keeps_every_kth_day_of_each_customer() -> None:
    ids = np.repeat([f"C{i}" for i in range(200)], len(MONTHS))
    as_of = np.tile(MONTHS, 200)
    kept = thin_panel(ids, as_of, 12, most_rows=len(ids) // 4)
    by_customer = kept.reshape(200, -1)
    assert (by_customer.sum(axis=1) == 9).all()  # 36 months, one in four
    assert (np.diff(np.flatnonzero(by_customer[0])) == 4).all()
    by_day = by_customer.sum(axis=0)
    assert by_day.min() > 25  # 50 expected: phases differ, so every day stays
    assert np.array_equal(kept, thin_panel(ids, as_of, 12, most_rows=len(ids) // 4))


def test_thinning_stops_at_one_row_a_horizon() -> None:
    ids = np.repeat(["A", "B"], len(MONTHS))
    kept = thin_panel(ids, np.tile(MONTHS, 2), 12, most_rows=1)
    assert kept.sum() == 6  # 36 months / 12 = 3 a customer, however few rows are wished for
