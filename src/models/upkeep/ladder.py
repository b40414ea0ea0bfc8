"""The least recalibration that the evidence supports: none, level, level and slope, shape."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, get_args

import numpy as np
import pandas as pd
from scipy.optimize import brentq
from scipy.special import expit
from scipy.stats import chi2, ncx2

from contracts.arrays import Bools, Floats
from contracts.config.upkeep import RecalibrateConfig
from contracts.documents.outlook import Outlook
from contracts.documents.recalibration import Decision, Reason, Step
from contracts.documents.receipt import Rung
from models.measures.clustered import clustered_logit
from models.measures.sequential import always_valid_p
from models.upkeep.ahead import Ahead, Shown

STEPS: tuple[Rung, ...] = get_args(Rung)
USUAL = np.array([0.3, 0.3])
"""Deviations of slope and curvature that are found soonest under repeated looks."""


@dataclass(frozen=True, slots=True)
class Unlearned:
    """What is left of the outcomes where some of them have told the level in use already.

    Attributes:
        level: defaults since then, each counted once.
        spread: customers that defaulted within windows that begin later; slope and shape are asked of these alone.
    """

    level: int
    spread: int


@dataclass(frozen=True, slots=True)
class Evidence:
    """Newly matured outcomes and what the champion said of them.

    Attributes:
        odds: the champion's calibrated log-odds, one per row.
        defaulted: outcomes.
        customer_id: whose row it is; rows of a customer share its outcome.
        unlearned: what no level has learned from; None: all of it.
    """

    odds: Floats
    defaulted: Bools
    customer_id: Any
    unlearned: Unlearned | None = None

    @property
    def counted(self) -> tuple[int, int, int]:
        """Defaults that each rung may count, the level's first.

        >>> both = np.zeros(2), np.ones(2, dtype=bool), np.array(["a", "b"])
        >>> Evidence(*both).counted, Evidence(*both, Unlearned(1, 0)).counted
        ((2, 2, 2), (1, 0, 0))
        """
        if self.unlearned is None:
            return (self.defaults,) * 3
        level, spread = self.unlearned.level, self.unlearned.spread
        return min(level, self.defaults), spread, spread

    @property
    def defaults(self) -> int:
        """Customers, not rows, that defaulted: twelve months of one default are one default."""
        return int(pd.Series(self.customer_id)[self.defaulted].nunique())

    def half(self, chosen: Bools) -> Evidence:
        """The rows chosen."""
        return Evidence(
            self.odds[chosen], self.defaulted[chosen], np.asarray(self.customer_id)[chosen]
        )


@dataclass(frozen=True, slots=True)
class Correction:
    """Recalibrated log-odds = intercept + slope L + curvature (ln p + ln(1 - p)), p = sigmoid(L).

    In Kull's beta calibration, c + a ln p - b ln(1 - p), this is c = intercept, a = slope + curvature,
    b = slope - curvature; it keeps the order where a >= 0 and b >= 0, not both 0.
    """

    intercept: float = 0.0
    slope: float = 1.0
    curvature: float = 0.0

    @property
    def keeps_order(self) -> bool:
        """Whether a riskier customer stays riskier."""
        return self.slope > abs(self.curvature) or self.slope == abs(self.curvature) > 0

    def apply(self, odds: Floats) -> Floats:
        """Recalibrated log-odds.

        >>> Correction(0.5, 2.0).apply(np.array([-1.0])).tolist()
        [-1.5]
        """
        return np.asarray(self.intercept + self.slope * odds - self.curvature * _bend(odds))

    def as_json(self) -> dict[str, float]:
        """As `next` of calibrator.json."""
        values = {"slope": self.slope, "intercept": self.intercept}
        return {**values, "curvature": self.curvature} if self.curvature else values


@dataclass(frozen=True, slots=True)
class Climb:
    """How far the evidence leads.

    Attributes:
        decision: none, offset, slope, shape, or refit where no calibration helps.
        correction: what to apply, the identity where the decision is none.
        steps: each rung and its test.
        outlook: what is forecast of the year that the correction is for.
        detectable_shift: the smallest change of level (log-odds) found with the configured chance; None without a test.
        shown: whether months show a change of level; None where they are not counted.
    """

    decision: Decision
    correction: Correction
    steps: tuple[Step, ...]
    detectable_shift: float | None
    outlook: Outlook | None = None
    shown: Shown | None = None


def _bend(odds: Floats) -> Floats:
    """-(ln p + ln(1 - p)) of p = sigmoid(odds)."""
    return np.asarray(np.logaddexp(0.0, -odds) + np.logaddexp(0.0, odds))


def fitted(evidence: Evidence, terms: int) -> tuple[Floats, Floats]:
    """Deviations from "nothing to correct" and their covariance, clustered by customer.

    The model is logit q = L + d0 + d1 L + d2 (ln p + ln(1 - p)), of which the first `terms` are fitted by
    maximum likelihood; see `models.measures.clustered`. One term is `clustered.level`.
    """
    columns = [np.ones(len(evidence.odds)), evidence.odds, -_bend(evidence.odds)]
    design = np.column_stack(columns[:terms])
    return clustered_logit(design, evidence.defaulted, evidence.customer_id, evidence.odds)


def climb(evidence: Evidence, config: RecalibrateConfig, ahead: Ahead | None = None) -> Climb:
    """Chooses the least intervention by closed testing, and its level by the year to come.

    In the largest model that the defaults allow: is anything to correct at all? If so, does the level
    suffice? If not, do level and slope? Each question is asked only if the one before said yes. The first is a Wald test at the
    configured level; what it says moves nothing by itself where a year is `ahead`. The others are asked anew every month of a sample
    that grows, so their p-values hold under any number of looks (`always_valid_p`): while nothing but the level changes, a slope or a
    shape is corrected at most with that probability in the whole life of a calibration. As slope and shape are asked of whole
    windows that begin after it, that life is more than a year.

    The cohorts are of the past, and levels move. Given the year `ahead`, the level is corrected only where that is likely
    to bring next year's PDs nearer the truth, and where the defaults of the months since it was set show that it has changed, and by what is
    forecast; slope and shape, which move less, are those of the cohorts.

    Likely enough to help is not the same as shown: over years of looking, a quiet book has months that make a change seem more likely than not. So the
    evidence has to reach what a book without a change reaches once in 1 / `false_a_year` years at most (Shiryaev and Roberts' detector).

    Source: Vergouwe et al., A closed testing procedure to select an appropriate method for updating
    prediction models, Statistics in Medicine 36 (2017); Wald instead of likelihood-ratio tests, see `fitted`.
    """
    needed = (config.min_defaults_offset, config.min_defaults_slope, config.min_defaults_shape)
    counted = evidence.counted
    enough = [here >= least for here, least in zip(counted, needed, strict=True)]
    terms = enough.index(False) if False in enough else len(enough)
    if terms == 0:
        steps = [_short(number, counted[number], needed[number]) for number in range(len(STEPS))]
        year, told = (None, None) if ahead is None else (ahead.outlook, ahead.shown)
        return Climb("none", Correction(), tuple(steps), None, year, told)
    deviation, covariance = fitted(evidence, terms)
    steps, taken = [], 0
    for number in range(len(STEPS)):
        if number >= terms:
            steps.append(_short(number, counted[number], needed[number]))
            continue
        statistic, p_value = _wald(deviation[number:], covariance[number:, number:])
        if number > 0:
            left = covariance[number:, number:]
            p_value = always_valid_p(deviation[number:], left, USUAL[number - 1 : terms - 1])
        asked = number == taken
        yes = asked and p_value < config.significance
        taken += int(yes)
        reason: Reason = "taken" if yes else "sufficient" if asked else "not_asked"
        steps.append(
            Step(
                step=STEPS[number],
                statistic=statistic,
                p_value=p_value,
                defaults=counted[number],
                needed=needed[number],
                taken=yes,
                reason=reason,
            )
        )
    shift = _detectable_shift(covariance, config.significance, config.power)
    found = _kept_in_order(evidence, steps, taken, shift)
    if ahead is None:
        return found
    return replace(_for_the_year(found, ahead), outlook=ahead.outlook, shown=ahead.shown)


def _for_the_year(found: Climb, ahead: Ahead) -> Climb:
    """The climb with the level of the year to come in place of that of the cohorts."""
    if found.decision == "refit":
        return found
    if found.decision in {"slope", "shape"}:
        return replace(found, correction=_levelled(found.correction, ahead.odds, ahead.offset))
    level, *others = found.steps
    if not ahead.outlook.advised or not ahead.is_shown:
        why: Reason = "faded" if level.taken else level.reason
        reason: Reason = "unproven" if ahead.outlook.advised else why
        kept = (level.model_copy(update={"taken": False, "reason": reason}), *others)
        return replace(found, decision="none", correction=Correction(), steps=kept)
    if not level.taken:
        level = level.model_copy(update={"taken": True, "reason": "newest"})
    return replace(
        found, decision="offset", correction=Correction(ahead.offset), steps=(level, *others)
    )


def _levelled(correction: Correction, odds: Floats, offset: float) -> Correction:
    """The same slope and curvature, at the intercept that gives these rows the mean PD of a change of level alone."""
    wanted = float(np.mean(expit(odds + offset)))
    bent = correction.apply(odds) - correction.intercept
    intercept = brentq(lambda by: float(np.mean(expit(bent + by))) - wanted, -50.0, 50.0)
    return replace(correction, intercept=float(intercept))


def _kept_in_order(evidence: Evidence, steps: list[Step], taken: int, shift: float) -> Climb:
    """Steps back from a correction that would turn the order of customers round; from the slope, to "refit"."""
    correction = corrected(evidence, taken)
    turned = taken >= 2 and not correction.keeps_order
    while taken >= 2 and not correction.keeps_order:
        steps[taken - 1] = _not_taken(steps[taken - 1], "disorder")
        taken -= 1
        correction = corrected(evidence, taken)
    if turned and taken == 1:
        # the slope itself is not positive: who was called risky is not, and no calibrator mends that
        steps[0] = _not_taken(steps[0], "lost")
        return Climb("refit", Correction(), tuple(steps), shift)
    decision: Decision = "none" if taken == 0 else STEPS[taken - 1]
    return Climb(decision, correction, tuple(steps), shift)


def corrected(evidence: Evidence, terms: int) -> Correction:
    """The correction with its first `terms` parameters fitted: 0 none, 1 level, 2 and slope, 3 and shape."""
    if terms == 0:
        return Correction()
    deviation = np.zeros(3)
    deviation[:terms] = fitted(evidence, terms)[0]
    return Correction(float(deviation[0]), 1.0 + float(deviation[1]), float(deviation[2]))


def _wald(deviation: Floats, covariance: Floats) -> tuple[float, float]:
    statistic = float(deviation @ np.linalg.solve(covariance, deviation))
    return statistic, float(chi2.sf(statistic, len(deviation)))


def _detectable_shift(covariance: Floats, significance: float, power: float) -> float:
    """The change of level that the first question answers with yes in a share `power` of samples like this one.

    The Wald statistic is then noncentral chi-square with noncentrality shift^2 (V^-1)_00.
    """
    terms = len(covariance)
    critical = chi2.isf(significance, terms)
    wanted = brentq(lambda size: ncx2.sf(critical, terms, size) - power, 1e-6, 1e3)
    return float(np.sqrt(wanted / np.linalg.inv(covariance)[0, 0]))


def _short(number: int, defaults: int, needed: int) -> Step:
    return Step(
        step=STEPS[number],
        statistic=None,
        p_value=None,
        defaults=defaults,
        needed=needed,
        taken=False,
        reason="too_few",
    )


def _not_taken(step: Step, reason: Reason) -> Step:
    return step.model_copy(update={"taken": False, "reason": reason})
