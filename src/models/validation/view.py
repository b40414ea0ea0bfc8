"""The test part as the pack looks at it: with grades, money, segments, and the rows that may count as independent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from contracts.arrays import Bools, Floats, Ints
from contracts.calendar import snapshots
from contracts.config.scale import ScaleConfig
from contracts.scale import grade
from models.measures.graded import graded_table, on_all_dates
from models.measures.overlap import Effective, effective
from models.validation.scored import Scored

SEGMENTS = ("customer_industry", "customer_country", "customer_size_class")
HAS_STATEMENT = "has_statement"
STATEMENT_AGE, STATEMENT = "statement_age", "statement_"
BALANCE, LIMIT = "balance_amount", "limits_limit_amount"
MAX_LEVELS = 12
MIN_CUSTOMERS = 20
OTHER, MISSING = "other", "missing"
Labels = np.ndarray[Any, Any]


@dataclass(frozen=True, slots=True)
class View:
    """The test part.

    Attributes:
        scored: its rows with both models' answers.
        grade: of LightGBM's PD, 1..n_grades.
        once: rows on dates whose outcome windows do not overlap: a customer's default counts once among them.
        balance: open balance, reporting currency, a missing one as 0; None where the portfolio has no ledger.
        limit: credit limit in force, NaN where none is on file; None where the portfolio has no limits.
        labels: by segment, the level of each row.
        confidence: of every interval; 1 - confidence is the level of every test.
        n_grades: of the scale.
        horizon_months: of the outcome.
    """

    scored: Scored
    grade: Ints
    once: Bools
    balance: Floats | None
    limit: Floats | None
    labels: dict[str, Labels]
    confidence: float
    n_grades: int
    horizon_months: int = 12

    @property
    def newest(self) -> Bools:
        """Rows of the newest date of decision: each customer once."""
        days = self.scored.part.as_of
        return np.asarray(days == days.max())


def worth(view: View, rows: Bools, pd_: Floats | None = None) -> Effective:
    """What some rows of the test part are worth as independent ones, by LightGBM's PDs or by others."""
    part, chance = view.scored.part, view.scored.pd if pd_ is None else pd_
    return effective(
        chance[rows],
        part.defaulted[rows],
        part.customer_id[rows],
        part.as_of[rows],
        view.horizon_months,
    )


def worth_by_grade(view: View) -> dict[int, Effective]:
    """The same of each grade that has rows."""
    return {int(one): worth(view, view.grade == one) for one in np.unique(view.grade)}


def view_of(
    scored: Scored, scale: ScaleConfig, horizon_months: int, confidence: float
) -> View:  # fmt: skip
    """Reads grades, money and segments from the features of a part."""
    features = scored.part.features
    days = pd.Series(pd.DatetimeIndex(scored.part.as_of))
    once = days.isin(snapshots(days, horizon_months)).to_numpy(dtype=np.bool_)
    balance = _numbers(features, BALANCE)
    return View(
        scored,
        grade(scored.pd, scale),
        once,
        None if balance is None else np.nan_to_num(np.maximum(balance, 0.0)),
        _numbers(features, LIMIT),
        segment_labels(features, scored.part.customer_id),
        confidence,
        scale.n_grades,
        horizon_months,
    )


def _numbers(features: pd.DataFrame, name: str) -> Floats | None:
    if name not in features.columns:
        return None
    return np.asarray(features[name].to_numpy(dtype=np.float64, na_value=np.nan))


def segment_labels(features: pd.DataFrame, customer_id: Labels) -> dict[str, Labels]:
    """The level of each row in every segment the matrix can tell; an absent column is no segment.

    A level of fewer than `MIN_CUSTOMERS` customers, and the smallest beyond `MAX_LEVELS`, are `other`; a
    missing value is a level of its own, `missing`.
    """
    found = {
        name: _pooled(_text(features[name]), customer_id)
        for name in SEGMENTS
        if name in features.columns
    }
    statement = [STATEMENT_AGE] if STATEMENT_AGE in features.columns else [
        name for name in features.columns if str(name).startswith(STATEMENT)
    ]  # fmt: skip
    if statement:
        has = features[statement].notna().any(axis=1).to_numpy()
        found[HAS_STATEMENT] = np.where(has, "yes", "no").astype(object)
    return found


def _text(values: pd.Series[Any]) -> Labels:
    return np.where(values.isna(), MISSING, values.astype(object)).astype(str).astype(object)


def _pooled(levels: Labels, customer_id: Labels) -> Labels:
    rows = pd.DataFrame({"level": levels, "customer": customer_id})
    customers = rows.groupby("level")["customer"].nunique().sort_index()
    common = customers[customers >= MIN_CUSTOMERS]
    most = MAX_LEVELS - int(len(common) < len(customers) or len(common) > MAX_LEVELS)
    kept = set(common.nlargest(most).index)
    return np.array([level if level in kept else OTHER for level in levels], dtype=object)


def grades_of(view: View) -> list[dict[str, Any]]:
    """The graded table of all dates of the test part, tested by what overlapping windows are worth."""
    part = view.scored.part
    table = graded_table(
        view.grade, view.scored.pd, part.defaulted, view.balance, view.confidence, view.n_grades
    )
    return on_all_dates(table, worth_by_grade(view), view.confidence)
