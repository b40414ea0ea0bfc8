"""Data of the plots that `dvc plots show` draws: plain lists of points, at most a few hundred each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from sklearn.metrics import roc_curve

from contracts.arrays import Bools, Floats
from contracts.config.scale import ScaleConfig
from contracts.scale import exact_score, floored
from models.base.binning import equal_mass
from models.measures.backtests import jeffreys_interval

Points = list[dict[str, Any]]
MAX_POINTS = 200
SCORE_BINS = 40


Scores = Mapping[str, tuple[Floats, Bools]]
"""By model: PDs and outcomes of the rows it could score."""


def roc_points(models: Scores) -> Points:
    """`false_alarms` (share of survivors above a cut) against `caught` (share of defaults), by model."""
    curves = {model: roc_curve(defaulted, pd) for model, (pd, defaulted) in models.items()}
    return [
        {"model": model, "false_alarms": float(false_alarms[i]), "caught": float(caught[i])}
        for model, (false_alarms, caught, _) in curves.items()
        for i in _spread(len(caught))
    ]


def _spread(length: int) -> list[int]:
    chosen = np.linspace(0, length - 1, min(length, MAX_POINTS))
    return [int(i) for i in np.unique(np.rint(chosen))]


def reliability(pd: Floats, defaulted: Bools, confidence: float) -> Points:
    """Mean PD and default rate of at most ten bins of equal mass, with Jeffreys intervals; tied PDs share a bin.

    >>> pd, bad = np.array([0.1, 0.1, 0.1, 0.4]), np.array([False, True, False, True])
    >>> [(row["n"], row["defaults"], round(row["mean_pd"], 6)) for row in reliability(pd, bad, 0.95)]
    [(3, 1, 0.1), (1, 1, 0.4)]
    """
    rows = []
    for inside in equal_mass(pd):
        n, defaults = len(inside), int(np.count_nonzero(defaulted[inside]))
        low, high = jeffreys_interval(defaults, n, confidence)
        mean = float(np.mean(pd[inside]))
        rows.append(
            {"mean_pd": mean, "rate": defaults / n, "low": low, "high": high, "n": n, "defaults": defaults}
        )  # fmt: skip
    return rows


def reliability_points(models: Scores, confidence: float) -> Points:
    """`reliability` by model, for a plot on logarithms.

    `log10_pd` and `log10_rate` make a 1 % base rate readable; a bin without a default has the rate
    (1 / 2) / (n + 1) of the Jeffreys mean there, since zero has no logarithm.
    """
    points = []
    for model, answers in models.items():
        for row in reliability(*answers, confidence):
            rate, n = row.pop("rate"), row["n"]
            logs = {
                "log10_pd": float(np.log10(row["mean_pd"])),
                "log10_rate": float(np.log10(rate if row["defaults"] else 0.5 / (n + 1.0))),
            }
            points.append({"model": model, "default_rate": rate, **row, **logs})
    return points


def score_shares(pd: Floats, defaulted: Bools, scale: ScaleConfig) -> Points:
    """Share of survivors and of defaults by score, one point a step: the report's `score_distribution`."""
    points = score_points(exact_score(floored(pd), scale), defaulted)
    half = len(points) // 2
    return [
        {"score": one["score"], "survived": one["share"], "defaulted": other["share"]}
        for one, other in zip(points[:half], points[half:], strict=True)
    ]


def score_points(score: Floats, defaulted: Bools) -> Points:
    """Share of survivors and of defaults in each of forty equal steps of the score."""
    edges = np.linspace(float(np.min(score)), float(np.max(score)), SCORE_BINS + 1)
    points = []
    for outcome, rows in (("survived", ~defaulted), ("defaulted", defaulted)):
        counts, _ = np.histogram(score[rows], edges)
        shares = counts / max(int(np.count_nonzero(rows)), 1)
        points += [
            {"outcome": outcome, "score": float(middle), "share": float(share)}
            for middle, share in zip((edges[:-1] + edges[1:]) / 2, shares, strict=True)
        ]
    return points


def learning_points(curve: list[dict[str, float]]) -> Points:
    """Log loss by number of trees on the newest fold, `train` and `later`, thinned to 200 rounds."""
    rounds = [curve[i] for i in _spread(len(curve))]
    return [
        {"rows": name, "trees": int(one["round"]), "log_loss": one[key]}
        for name, key in (("train", "train_log_loss"), ("later", "valid_log_loss"))
        for one in rounds
    ]
