"""What grades show: defaults against expectation, how customers move between them, how many share one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from contracts.arrays import Bools, Floats, Ints
from models.measures.backtests import (
    binomial,
    jeffreys,
    jeffreys_interval,
    upper_bound,
    upper_bounds,
)
from models.measures.overlap import Effective


def herfindahl(amounts: Floats) -> float | None:
    """Sum of squared shares: 1 / k where k grades hold the same, 1 where one holds all; None of nothing.

    Its inverse is the number of grades in effective use.

    >>> herfindahl(np.array([1.0, 1.0, 0.0]))
    0.5
    """
    total = float(np.sum(amounts))
    if total <= 0:
        return None
    return float(np.sum((np.asarray(amounts) / total) ** 2))


def by_grade(grade: Ints, values: Floats, n_grades: int) -> Floats:
    """Sum of the values in each grade of the scale.

    >>> by_grade(np.array([1, 3, 3]), np.array([2.0, 1.0, 4.0]), 3).tolist()
    [2.0, 0.0, 5.0]
    """
    return np.bincount(grade, values, minlength=n_grades + 1)[1:].astype(np.float64)


def graded_table(
    grade: Ints,
    pd_: Floats,
    defaulted: Bools,
    exposure: Floats | None,
    confidence: float,
    n_grades: int,
) -> list[dict[str, Any]]:
    """A row a grade: expected and seen defaults of each grade, with the tests that hold them together.

    Tests take the rows for independent; those of dates whose outcome windows overlap are tested by `on_all_dates`.

    Args:
        grade: of each row, from 1.
        pd_: its probability of default.
        defaulted: its outcome.
        exposure: its open balance; None where the portfolio has no ledger.
        confidence: of the interval of the rate (`low`, `high`) and, one-sided, of `upper_bound` of the grade alone
            and of `most_prudent`, that of the grade and all riskier ones together (see `upper_bounds`).
        n_grades: of the scale.
    """
    ones = np.ones(len(grade))
    n, bad, told = (
        by_grade(grade, values, n_grades) for values in (ones, defaulted.astype(float), pd_)
    )
    money = None if exposure is None else by_grade(grade, exposure, n_grades)
    bounds = upper_bounds(bad.astype(np.int64), n.astype(np.int64), confidence)
    table = []
    for place in range(n_grades):
        rows, defaults = int(n[place]), int(bad[place])
        mean_pd = float(told[place]) / rows if rows else None
        low, high = jeffreys_interval(defaults, rows, confidence) if rows else (None, None)
        table.append(
            {
                "grade": place + 1,
                "n": rows,
                "defaults": defaults,
                "mean_pd": mean_pd,
                "rate": defaults / rows if rows else None,
                "low": low,
                "high": high,
                "jeffreys_p": None if mean_pd is None else jeffreys(defaults, rows, mean_pd),
                "binomial_p": None if mean_pd is None else binomial(defaults, rows, mean_pd),
                "upper_bound": upper_bound(defaults, rows, confidence) if rows else None,
                "most_prudent": bounds[place],
                "share_n": rows / len(grade) if len(grade) else None,
                "share_exposure": _share(money, place),
            }
        )
    return table


def on_all_dates(
    table: list[dict[str, Any]], worth: Mapping[int, Effective], confidence: float
) -> list[dict[str, Any]]:
    """The graded table of rows of all dates, with tests and intervals by what the rows of each grade are worth.

    Args:
        table: of `graded_table`, whose tests take rows for independent.
        worth: by grade that has rows, see `models.measures.overlap`.
        confidence: as in `graded_table`.
    """
    nothing = Effective(0.0, 0.0, 0.0)
    every = [worth.get(row["grade"], nothing) for row in table]
    bounds = upper_bounds(
        np.array([one.defaults for one in every]), np.array([one.rows for one in every]), confidence
    )
    found = []
    for row, one, bound in zip(table, every, bounds, strict=True):
        if not one.rows:
            found.append({**row, "most_prudent": bound})
            continue
        low, high = jeffreys_interval(one.defaults, one.rows, confidence)
        found.append(
            {
                **row,
                "low": low,
                "high": high,
                "jeffreys_p": jeffreys(one.defaults, one.rows, one.mean_pd),
                "binomial_p": binomial(one.defaults, one.rows, one.mean_pd),
                "upper_bound": upper_bound(one.defaults, one.rows, confidence),
                "most_prudent": bound,
            }
        )
    return found


def _share(money: Floats | None, place: int) -> float | None:
    total = 0.0 if money is None else float(money.sum())
    return None if money is None or total <= 0 else float(money[place]) / total


def migrations(customer_id: Any, as_of: Any, grade: Ints, n_grades: int) -> dict[str, Any]:
    """How customers moved between grades from the first to the last date of decision they share.

    `bandwidth_up` is the upper matrix weighted bandwidth (to riskier grades), `bandwidth_down` the lower one: moves
    weighted by the grades crossed, as a share of the furthest each mover could have gone:
    sum_ij |i - j| n_ij / sum_ij max(i - 1, K - i) n_ij, over j > i for the upper one, j < i for the lower one.
    None where nobody moves that way. Customers who are in default on the last date are not in it.

    Args:
        customer_id: of each row.
        as_of: its date of decision.
        grade: its grade, from 1.
        n_grades: K, of the scale.

    Source: ECB, Instructions for reporting the validation results of internal models (PD part), customer migrations.
    """
    rows = pd.DataFrame({"customer_id": customer_id, "as_of": as_of, "grade": grade})
    first, last = rows["as_of"].min(), rows["as_of"].max()
    before, after = (
        rows.loc[rows["as_of"] == day].set_index("customer_id")["grade"] for day in (first, last)
    )
    both = pd.concat({"before": before, "after": after}, axis=1, join="inner")
    matrix = np.zeros((n_grades, n_grades), dtype=np.int64)
    if first != last:
        np.add.at(matrix, (both["before"].to_numpy() - 1, both["after"].to_numpy() - 1), 1)
    n = int(matrix.sum())
    steps = np.abs(np.subtract.outer(np.arange(n_grades), np.arange(n_grades)))
    return {
        "from": None if pd.isna(first) else str(pd.Timestamp(first).date()),
        "until": None if pd.isna(last) else str(pd.Timestamp(last).date()),
        "n": n,
        "bandwidth_up": bandwidth(np.triu(matrix)),
        "bandwidth_down": bandwidth(np.tril(matrix)),
        "share_same": float(np.trace(matrix)) / n if n else None,
        "share_within_one": float(matrix[steps <= 1].sum()) / n if n else None,
        "matrix": matrix.tolist(),
    }


def bandwidth(moves: Ints) -> float | None:
    """Grades crossed as a share of the furthest each mover could have gone; the diagonal counts for nothing.

    >>> bandwidth(np.array([[5, 2, 1], [0, 7, 3], [0, 0, 4]]))  # (2 + 2 x 1 + 3) / (2 x 3 + 1 x 3)
    0.7777777777777778
    """
    grades = len(moves)
    place = np.arange(grades)
    crossed = np.abs(np.subtract.outer(place, place))
    furthest = np.maximum(place, grades - 1 - place)
    movers = np.where(crossed > 0, moves, 0)
    most = float(np.sum(movers * furthest[:, None]))
    return float(np.sum(movers * crossed)) / most if most else None
