"""What outcomes say of the model in use: calibration by grade, discrimination against registration, and an estimate."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
import pandas as pd
from scipy.stats import norm

from contracts.calendar import snapshots
from contracts.documents.monitoring import GradeOutcome, MonitoringFinding
from models.base.losses import log_odds
from models.measures.backtests import jeffreys
from models.measures.clustered import level
from models.measures.drift import discoveries
from models.measures.forecast import expected_auc
from models.measures.grades import grade_table
from models.measures.intervals import auc_of
from models.upkeep.budget import Allowance
from models.upkeep.watched import Watched, without_inputs

MIN_DEFAULTS = 5
"""Customers; below it a test on outcomes says nothing."""
SUBJECTS = {"UP-C1": "portfolio", "UP-C2": "grades", "UP-P1": "discrimination", "UP-P2": "discrimination"}  # fmt: skip
AT_RANDOM = 0.5
"""AUC of a ranking without any information."""


def outcome_findings(
    seen: Watched, allowed: Allowance
) -> tuple[list[MonitoringFinding], tuple[GradeOutcome, ...]]:
    """The findings on matured outcomes and on those to expect, and the table of grades.

    Calibration by grade is judged on dates whose outcome windows do not overlap (see `snapshots`): there each
    customer's default counts once and the assumption of independence of Jeffreys' test holds. Level and
    discrimination use all matured rows, with standard errors over customers. Where an input is absent nothing is compared: PDs that lack it are not
    the model's.

    Args:
        seen: the registration sample, newest rows, and newest matured rows: customer_id, as_of, pd, grade, defaulted.
        allowed: the budget; each test is made anew at every look, at its level for one look.
    """
    matured, reference = seen.matured, seen.reference
    if seen.absent:
        nobody = _judged(grade_table(matured.iloc[:0], seen.n_grades))
        return [without_inputs(seen, code, subject) for code, subject in SUBJECTS.items()], nobody
    once = matured[matured["as_of"].isin(snapshots(matured["as_of"], seen.horizon_months))]
    grades = _judged(grade_table(once, seen.n_grades))
    findings = [
        _level(matured, once, allowed.level("UP-C1")),
        _by_grade(grades, allowed.level("UP-C2")),
        _discrimination(reference, matured, allowed.level("UP-P1")),
        _expected(reference, seen.current, allowed.level("UP-P2")),
    ]
    return findings, grades


def _judged(grades: list[dict[str, Any]]) -> tuple[GradeOutcome, ...]:
    return tuple(
        GradeOutcome(
            **row,
            observed=row["defaults"] / row["n"] if row["n"] else None,
            jeffreys_p=jeffreys(row["defaults"], row["n"], row["mean_pd"]) if row["n"] else None,
        )
        for row in grades
    )


def _declined(code: str, subject: str, case: str, **values: float) -> MonitoringFinding:
    """A check that could not be made, and why."""
    return MonitoringFinding(
        code=code, subject=subject, outcome="not_applicable", case=case, values={**values}
    )


def _without_defaults(code: str, subject: str, rows: int, defaults: int) -> MonitoringFinding:
    if rows == 0:
        return _declined(code, subject, "no_outcome")
    return _declined(code, subject, "too_few", defaults=defaults, needed=MIN_DEFAULTS)


def _level(matured: pd.DataFrame, once: pd.DataFrame, significance: float) -> MonitoringFinding:
    """Two-sided: too many defaults cost money, too few cost business.

    All matured rows speak, their errors clustered by customer (`models.measures.clustered`); without enough defaults
    for that, Jeffreys' test on the dates that do not overlap.
    """
    defaulted = matured["defaulted"].astype(bool).to_numpy()
    heads = int(matured.loc[defaulted, "customer_id"].nunique())
    sum_pd = float(once["pd"].sum())
    if heads >= MIN_DEFAULTS:
        p_value, is_high = _clustered_level(matured)
        observed, expected = float(defaulted.mean()), float(matured["pd"].mean())
    elif sum_pd >= MIN_DEFAULTS:
        low = jeffreys(int(once["defaulted"].sum()), len(once), sum_pd / len(once))
        p_value, is_high = 2.0 * min(low, 1.0 - low), low > 0.5
        observed = float(once["defaulted"].astype(bool).mean())
        expected = sum_pd / len(once)
    else:
        return _without_defaults("UP-C1", "portfolio", len(matured), heads)
    differs = p_value < significance
    return MonitoringFinding(
        code="UP-C1",
        outcome="failed" if differs else "passed",
        value=p_value,
        threshold=significance,
        values={"observed": observed, "expected": expected, "customers": heads, **_days(matured)},
        case=("too_high" if is_high else "too_low") if differs else "",
        action="recalibrate" if differs else "nothing",
    )


def _days(matured: pd.DataFrame) -> dict[str, str]:
    """The first and the last day of decision looked at."""
    days = matured["as_of"]
    return {"first": str(days.min().date()), "last": str(days.max().date())}


def _clustered_level(matured: pd.DataFrame) -> tuple[float, bool]:
    """p-value of "the level is right", and whether the PDs are too high."""
    off, error = level(
        log_odds(matured["pd"].to_numpy(np.float64)),
        matured["defaulted"].astype(bool).to_numpy(),
        matured["customer_id"].to_numpy(dtype=object),
    )
    return float(2.0 * norm.sf(abs(off / error))), off < 0


def _by_grade(grades: tuple[GradeOutcome, ...], significance: float) -> MonitoringFinding:
    judged = [(row.grade, row.jeffreys_p) for row in grades if row.jeffreys_p is not None]
    defaults = sum(row.defaults for row in grades)
    if defaults < MIN_DEFAULTS:
        return _without_defaults("UP-C2", "grades", sum(row.n for row in grades), defaults)
    p_values = [p_value for _, p_value in judged]
    stands = discoveries(p_values, significance)
    low = tuple(str(grade) for (grade, _), flag in zip(judged, stands, strict=True) if flag)
    return MonitoringFinding(
        code="UP-C2",
        subject="grades",
        outcome="failed" if low else "passed",
        value=min(p_values),
        threshold=significance,
        values={"grades": low},
        action="recalibrate" if low else "nothing",
    )


def _discrimination(
    reference: Mapping[str, Any], matured: pd.DataFrame, significance: float
) -> MonitoringFinding:
    """S = (AUC at registration - AUC now) / s, s the standard error now, one-sided normal (ECB).

    Declines where even a ranking at random would pass: such a check has no power.
    """
    code, subject = "UP-P1", "discrimination"
    defaulted = matured["defaulted"].astype(bool).to_numpy()
    heads = int(matured.loc[defaulted, "customer_id"].nunique())
    before = reference["outcomes"]["auc"]
    now, error = auc_of(matured)
    if heads < MIN_DEFAULTS:
        return _without_defaults(code, subject, len(matured), heads)
    if now is None or not error:
        # everybody defaulted, or the order is perfect: there is no standard error
        return _declined(code, subject, "no_contrast")
    if before is None:
        return _declined(code, subject, "no_reference", now=now, error=error)
    limit = before - float(norm.isf(significance)) * error
    figures = {"now": now, "error": error, "before": before}
    if limit <= AT_RANDOM:
        return _declined(code, subject, "no_power", **figures)
    return _held_against(code, subject, limit, figures, action="refit")


def _expected(
    reference: Mapping[str, Any], current: pd.DataFrame, significance: float
) -> MonitoringFinding:
    """What the AUC of today's customers will be if the PDs are right: it falls when they become more alike."""
    code, subject = "UP-P2", "discrimination"
    before, error = reference["outcomes"]["expected_auc"], reference["outcomes"]["auc_error"]
    now = expected_auc(np.asarray(current["pd"], dtype=np.float64))
    if now is None:
        return _declined(code, subject, "no_customer")
    if before is None or not error:
        return _declined(code, subject, "no_reference", now=now)
    limit = before - float(norm.isf(significance)) * error
    return _held_against(code, subject, limit, {"now": now, "before": before}, action="watch")


def _held_against(
    code: str,
    subject: str,
    limit: float,
    figures: Mapping[str, float],
    *,
    action: Literal["watch", "refit"],
) -> MonitoringFinding:
    has_fallen = figures["now"] < limit
    return MonitoringFinding(
        code=code,
        subject=subject,
        outcome="failed" if has_fallen else "passed",
        value=figures["now"],
        threshold=limit,
        values={**figures},
        action=action if has_fallen else "nothing",
    )
