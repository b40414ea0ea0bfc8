"""Every measure with its interval: customers, not rows, are what an interval counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.stats import norm

from contracts.arrays import Bools, Floats
from contracts.documents.number import Figure
from contracts.documents.validation_model import Figures
from models.measures.backtests import jeffreys_interval
from models.measures.intervals import Auc, Ids, auc, numbered
from models.measures.metrics import Cox, cox, level_off, scores
from models.validation.resample import Draws, resample

UNDEFINED = Figure()


def figure_of(value: float | None, low: float | None, high: float | None) -> Figure:
    """A value and the ends of its interval; what is not finite is not defined."""
    return Figure(value=value, low=low, high=high)


def from_error(value: float, error: float | None, confidence: float) -> Figure:
    """Value +/- z standard errors.

    >>> [round(end, 3) for end in (from_error(1.0, 0.1, 0.95).low, from_error(1.0, 0.1, 0.95).high)]
    [0.804, 1.196]
    """
    if error is None or not np.isfinite(error):
        return figure_of(value, None, None)
    reach = float(norm.ppf(0.5 + confidence / 2.0)) * error
    return figure_of(value, value - reach, value + reach)


def from_draws(value: float, draws: Floats, confidence: float) -> Figure:
    """Percentile interval of resampled values; draws in which the measure is not defined are left out.

    Source: Efron and Tibshirani, An Introduction to the Bootstrap (1993), chapter 13.
    """
    low, high = _ends(draws, confidence)
    return UNDEFINED if not np.isfinite(value) else figure_of(value, low, high)


def from_biased_draws(value: float, draws: Floats, confidence: float) -> Figure:
    """Reflected interval 2 value - draws, within [0, 1], for KS: the largest of many gaps, which chance can only raise.

    A resample has a larger KS than the sample, which has a larger one than the truth. The percentile interval would
    lie too high; reflected at the value it lies as far below. It holds the value.

    Source: Davison and Hinkley, Bootstrap Methods and their Application (1997), section 5.2 (basic interval).

    >>> found = from_biased_draws(0.40, np.array([0.40, 0.42, 0.44, 0.46]), 0.95)
    >>> round(found.low, 4), round(found.high, 4)  # 0.80 - 0.4585; 0.80 - 0.4015 lies below the value
    (0.3415, 0.4)
    """
    low, high = _ends(draws, confidence)
    if not np.isfinite(value) or low is None or high is None:
        return UNDEFINED if not np.isfinite(value) else figure_of(value, None, None)
    lowest, highest = max(0.0, 2.0 * value - high), min(1.0, 2.0 * value - low)
    return figure_of(value, min(lowest, value), max(highest, value))


def from_gaps(value: float, gaps: Floats, confidence: float) -> Figure:
    """Value +/- the quantile of the gaps, within [0, 1], for the ECE, which chance alone keeps above 0.

    ECE = sum_k w_k |d_k|, so by the triangle inequality it cannot be further from the truth than
    sum_k w_k |d_k - true d_k|, whose distribution the resamples give. The interval is therefore wide rather than wrong:
    of right PDs it holds 0 as often as it says, which no percentile interval does.

    >>> from_gaps(0.004, np.full(9, 0.006), 0.95).model_dump()
    {'value': 0.004, 'low': 0.0, 'high': 0.01}
    """
    kept = gaps[np.isfinite(gaps)]
    if not np.isfinite(value) or len(kept) == 0:
        return UNDEFINED if not np.isfinite(value) else figure_of(value, None, None)
    reach = float(np.quantile(kept, confidence))
    return figure_of(value, max(0.0, value - reach), min(1.0, value + reach))


def _ends(draws: Floats, confidence: float) -> tuple[float | None, float | None]:
    kept = draws[np.isfinite(draws)]
    if len(kept) == 0:
        return None, None
    tail = (1.0 - confidence) / 2.0
    low, high = np.quantile(kept, [tail, 1.0 - tail])
    return float(low), float(high)


def rate_figure(defaulted: Bools, customer_id: Ids, confidence: float) -> Figure:
    """Default rate with a Jeffreys interval on the effective number of rows.

    n_eff = n / deff; deff is the variance of the rate, clustered by customer, over that of independent rows, and
    at least 1. Without a default, or without a survivor, nothing tells deff: then n_eff is the number of customers.

    Source: Korn and Graubard, Survey Methodology 24 (1998); Jeffreys in place of Clopper-Pearson.

    >>> once = rate_figure(np.array([True, False, False, False]), np.arange(4), 0.95)
    >>> twice = rate_figure(np.array([True, False, False, False] * 2), np.tile(np.arange(4), 2), 0.95)
    >>> [round(one.high, 4) for one in (once, twice)]  # the same rows twice are no new evidence
    [0.7162, 0.7162]
    """
    n = len(defaulted)
    if n == 0:
        return UNDEFINED
    rate = float(np.mean(defaulted))
    codes, customers = numbered(customer_id)
    effective = float(customers)
    if 0.0 < rate < 1.0 and customers > 1:
        sums = np.bincount(codes, defaulted - rate)
        alone = np.sum((defaulted - rate) ** 2)
        # both without (G / (G - 1)), so that one row a customer gives exactly n
        effective = n / max(1.0, float(sums @ sums) / float(alone))
    low, high = jeffreys_interval(rate * effective, effective, confidence)
    return figure_of(rate, low, high)


def to_expected(rate: Figure, mean_pd: float | None) -> Figure:
    """Observed default rate over the expected one: 1 is right, above 1 the PDs are too low.

    The interval is that of the rate, for the expected rate is known: it is the mean PD of the same rows.

    >>> to_expected(figure_of(0.06, 0.05, 0.08), 0.04).model_dump()
    {'value': 1.5, 'low': 1.25, 'high': 2.0}
    """
    if not mean_pd:
        return UNDEFINED
    value, low, high = (
        None if one is None else one / mean_pd for one in (rate.value, rate.low, rate.high)
    )
    return figure_of(value, low, high)


def auc_figure(found: Auc | None, confidence: float) -> Figure:
    """ROC AUC with DeLong's interval over customers, within [0, 1]."""
    if found is None:
        return UNDEFINED
    if found.standard_error is None:
        return figure_of(found.value, None, None)
    return figure_of(found.value, *found.interval(confidence))


def ranked(score: Floats, defaulted: Bools, customer_id: Ids) -> Auc | None:
    """ROC AUC and its error; None where a class is absent."""
    if not defaulted.any() or defaulted.all():
        return None
    return auc(score, defaulted, customer_id)


def level_figure(pd: Floats, defaulted: Bools, customer_id: Ids, confidence: float) -> Figure:
    """How far the level is off, log-odds, above 0: PDs too low; errors clustered by customer."""
    found = level_off(pd, defaulted, customer_id)
    return UNDEFINED if found is None else from_error(*found, confidence)


@dataclass(frozen=True, slots=True)
class Answers:
    """What several models said of the same rows.

    Attributes:
        pds: probabilities of default by model, each of shape (n,).
        defaulted: outcomes, shape (n,).
        customer_id: whose row it is, shape (n,).
    """

    pds: Mapping[str, Floats]
    defaulted: Bools
    customer_id: Ids

    @property
    def both_classes(self) -> bool:
        """Whether there is a default and a survivor."""
        return bool(self.defaulted.any() and not self.defaulted.all())


def all_figures(
    answers: Answers, confidence: float, draws: int, seed: int
) -> tuple[dict[str, Figures], dict[str, Draws]]:
    """The `models` entry of one part: by model every measure with its interval; and the draws, for paired differences.

    AUC and Gini: DeLong, clustered by customer. Cox line and level: robust errors, clustered by customer. Rate: Jeffreys
    on the effective number of rows. The rest: bootstrap over customers, the same customers for every model.
    """
    resampled = (
        resample(answers.pds, answers.defaulted, answers.customer_id, draws, seed)
        if answers.both_classes
        else {}
    )
    return {
        model: _figures(pd, answers, resampled.get(model), confidence)
        for model, pd in answers.pds.items()
    }, resampled


def _figures(pd: Floats, answers: Answers, draws: Draws | None, confidence: float) -> Figures:
    bad, ids = answers.defaulted, answers.customer_id
    figures = dict.fromkeys(NAMES, UNDEFINED)
    if draws is not None:
        area = auc_figure(ranked(pd, bad, ids), confidence)
        figures |= {"roc_auc": area, "gini": as_gini(area)}
        figures |= _resampled(scores(pd, bad), draws, confidence)
        figures |= _line(cox(pd, bad, ids), confidence) or {
            "level": level_figure(pd, bad, ids, confidence)
        }
    mean_pd = float(np.mean(pd)) if len(pd) else None
    rate = rate_figure(bad, ids, confidence)
    return Figures(
        n=len(bad),
        defaults=int(bad.sum()),
        **figures,
        mean_pd=mean_pd,
        rate=rate,
        observed_to_expected=to_expected(rate, mean_pd),
    )


NAMES = (
    "roc_auc", "gini", "ks", "average_precision", "brier", "brier_skill", "log_loss", "ece",
    "cox_slope", "cox_intercept", "level",
)  # fmt: skip


def as_gini(area: Figure) -> Figure:
    """Gini = 2 AUC - 1, ends too.

    >>> as_gini(figure_of(0.75, 0.70, None)).model_dump()
    {'value': 0.5, 'low': 0.3999999999999999, 'high': None}
    """
    value, low, high = (
        None if one is None else 2.0 * one - 1.0 for one in (area.value, area.low, area.high)
    )
    return figure_of(value, low, high)


def _resampled(found: Mapping[str, float], draws: Draws, confidence: float) -> dict[str, Figure]:
    plain = ("average_precision", "brier", "brier_skill", "log_loss")
    return {
        **{name: from_draws(found[name], draws[name], confidence) for name in plain},
        "ks": from_biased_draws(found["ks"], draws["ks"], confidence),
        "ece": from_gaps(found["ece"], draws["ece_gap"], confidence),
    }


def _line(line: Cox | None, confidence: float) -> dict[str, Figure]:
    if line is None:
        return {}
    return {
        "cox_slope": from_error(line.slope, line.slope_error, confidence),
        "cox_intercept": from_error(line.intercept, line.intercept_error, confidence),
        "level": from_error(line.level, line.level_error, confidence),
    }


def paired(
    resampled: Mapping[str, Draws], models: Mapping[str, Figures], name: str, confidence: float
) -> Figure:  # fmt: skip
    """LightGBM less scorecard, on the same customers in every draw."""
    if not resampled:
        return UNDEFINED
    own, simple = (getattr(models[model], name).value for model in ("lightgbm", "scorecard"))
    draws = resampled["lightgbm"][name] - resampled["scorecard"][name]
    return from_draws(own - simple, draws, confidence)
