"""Grades: bandwidths by their definition, concentration by hand, the table against its own rows."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binomtest

from models.measures.graded import bandwidth, by_grade, graded_table, herfindahl, migrations


def ecb_bandwidths(counts: np.ndarray) -> tuple[float, float]:
    """The instructions' formula written out: N_i, p_ij, and the sums over i and j from 1 to K."""
    k = len(counts)
    n = counts.sum(axis=1)
    p = counts / np.maximum(n, 1)[:, None]
    up = norm_up = down = norm_down = 0.0
    for i in range(1, k + 1):
        furthest = max(abs(i - k), abs(i - 1))
        for j in range(1, k + 1):
            moved = abs(i - j) * n[i - 1] * p[i - 1, j - 1]
            most = furthest * n[i - 1] * p[i - 1, j - 1]
            if j > i:
                up, norm_up = up + moved, norm_up + most
            if j < i:
                down, norm_down = down + moved, norm_down + most
    return up / norm_up, down / norm_down


def test_bandwidths_are_those_of_the_formula() -> None:
    counts = np.random.default_rng(1).integers(0, 9, (10, 10))
    up, down = ecb_bandwidths(counts)
    assert bandwidth(np.triu(counts)) == pytest.approx(up, abs=1e-12)
    assert bandwidth(np.tril(counts)) == pytest.approx(down, abs=1e-12)


def test_the_furthest_moves_have_bandwidth_one_and_none_has_none() -> None:
    corner = np.zeros((10, 10), dtype=np.int64)
    corner[0, 9] = 4
    assert bandwidth(corner) == 1.0
    assert bandwidth(np.diag(np.arange(10))) is None


def test_migrations_follow_customers_who_are_there_on_both_days() -> None:
    """A stays in 3, B goes from 2 to 5, C is new, D is gone; the middle day counts for nothing."""
    day = np.array(["2024-01-31"] * 3 + ["2024-06-30"] + ["2024-12-31"] * 3, dtype="datetime64[D]")
    who = np.array(["A", "B", "D", "A", "A", "B", "C"], dtype=object)
    found = migrations(who, day, np.array([3, 2, 9, 7, 3, 5, 1]), 10)
    assert (found["from"], found["until"], found["n"]) == ("2024-01-31", "2024-12-31", 2)
    assert found["matrix"][2][2] == found["matrix"][1][4] == 1
    assert found["bandwidth_up"] == pytest.approx(
        3 / 8
    )  # three of the eight grades that B could have fallen
    assert found["bandwidth_down"] is None
    assert (found["share_same"], found["share_within_one"]) == (0.5, 0.5)


def test_one_day_has_no_migrations() -> None:
    found = migrations(
        np.array(["A"]), np.array(["2024-01-31"], dtype="datetime64[D]"), np.array([3]), 10
    )
    assert found["n"] == 0
    assert found["share_same"] is None
    assert np.sum(found["matrix"]) == 0


def test_herfindahl_by_hand() -> None:
    assert herfindahl(np.ones(10)) == pytest.approx(0.1)
    assert herfindahl(np.array([3.0, 1.0])) == pytest.approx(9 / 16 + 1 / 16)
    assert herfindahl(np.zeros(10)) is None


def test_the_table_says_what_its_rows_say() -> None:
    grade = np.array([2] * 50 + [7] * 30)
    pd = np.array([0.0007] * 50 + [0.03] * 30)
    bad = np.zeros(80, dtype=bool)
    bad[[60, 61, 62]] = True
    money = np.array([10.0] * 50 + [50.0] * 30)
    table = {row["grade"]: row for row in graded_table(grade, pd, bad, money, 0.95, 10)}
    assert list(table) == list(range(1, 11))
    assert (table[2]["n"], table[2]["defaults"], table[7]["n"], table[7]["defaults"]) == (
        50,
        0,
        30,
        3,
    )
    assert table[7]["rate"] == pytest.approx(0.1)
    assert table[7]["binomial_p"] == pytest.approx(
        binomtest(3, 30, 0.03, alternative="greater").pvalue
    )
    assert table[2]["share_exposure"] == pytest.approx(500 / 2000)
    assert table[2]["low"] == 0.0 < table[2]["upper_bound"] < table[2]["most_prudent"]
    assert table[7]["upper_bound"] == table[7]["most_prudent"]  # no riskier grade holds anybody
    assert table[5]["n"] == 0
    assert table[5]["rate"] is table[5]["jeffreys_p"] is table[5]["upper_bound"] is None
    assert table[10]["most_prudent"] is None


def test_without_a_ledger_no_share_of_exposure() -> None:
    table = graded_table(np.array([1]), np.array([0.01]), np.array([False]), None, 0.95, 10)
    assert {row["share_exposure"] for row in table} == {None}
    assert by_grade(np.array([1, 10]), np.array([2.0, 3.0]), 10).tolist() == [2.0] + [0.0] * 8 + [
        3.0
    ]
