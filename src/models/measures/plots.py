"""Data of the plots that `dvc plots show` draws: plain lists of points, at most a few hundred each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from scipy.stats import beta
from sklearn.metrics import roc_curve

from contracts.arrays import Bools, Floats, Ints
from contracts.config.scale import ScaleConfig
from contracts.scale import exact_score

Points = list[dict[str, Any]]
MOST_POINTS = 200
RELIABILITY_BINS = 10
SCORE_BINS = 40
SMALLEST_PD = 1e-12  # a PD of 0 or 1 has no score


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
    chosen = np.linspace(0, length - 1, min(length, MOST_POINTS))
    return [int(i) for i in np.unique(np.rint(chosen))]


def reliability_points(models: Scores, confidence: float) -> Points:
    """Mean PD and default rate of ten bins of equal mass, with Jeffreys intervals, by model.

    `log10_pd` and `log10_rate` make a 1 % base rate readable; a bin without a default has the rate
    (1 / 2) / (n + 1) of the Jeffreys mean there, since zero has no logarithm.
    """
    points = []
    for model, (pd, defaulted) in models.items():
        for rows in equal_mass(pd):
            n, bad = len(rows), int(np.count_nonzero(defaulted[rows]))
            mean = float(np.mean(pd[rows]))
            tail = (1.0 - confidence) / 2.0
            low, high = beta.ppf([tail, 1.0 - tail], bad + 0.5, n - bad + 0.5)
            points.append(
                {
                    "model": model,
                    "mean_pd": mean,
                    "default_rate": bad / n,
                    "low": float(low),
                    "high": float(high),
                    "n": n,
                    "defaults": bad,
                    "log10_pd": float(np.log10(mean)),
                    "log10_rate": float(np.log10(bad / n if bad else 0.5 / (n + 1.0))),
                }
            )
    return points


def equal_mass(pd: Floats, bins: int = RELIABILITY_BINS) -> list[Ints]:
    """Rows of each of ten bins of equal mass, by rising PD; fewer bins of fewer rows.

    >>> [rows.tolist() for rows in equal_mass(np.array([0.3, 0.1, 0.2]), bins=2)]
    [[1, 2], [0]]
    """
    if len(pd) == 0:
        return []
    return list(np.array_split(np.argsort(pd, kind="stable"), min(bins, len(pd))))


def score_shares(pd: Floats, defaulted: Bools, scale: ScaleConfig) -> Points:
    """Share of survivors and of defaults by score, one point a step: the report's `score_distribution`."""
    points = score_points(
        exact_score(np.clip(pd, SMALLEST_PD, 1.0 - SMALLEST_PD), scale), defaulted
    )
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
