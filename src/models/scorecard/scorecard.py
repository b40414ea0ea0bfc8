"""The simple model beside the complex one: WOE bins by optbinning, logistic regression, scored from plain JSON."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy.special import expit

from contracts.arrays import Bools, Floats
from models.base.binning import inner_edges
from models.base.data import Feature, ModelContract, Part

if TYPE_CHECKING:  # a second to import, and only a fit needs it
    from optbinning import BinningProcess

MAX_CANDIDATES = 20  # features that are binned optimally, chosen by a coarse IV
COARSE_BINS = 20
MIN_IV = 0.02  # the usual "not predictive" bound (Siddiqi 2006)
MIN_PREBIN = 0.02  # share of rows
HALF = 0.5  # observation of each class, added to a bin of one
ALIKE = 0.85  # correlation of WOE above which the weaker of two features is left out
NO_CLOCK = 3_600  # seconds of optbinning's solver, by the clock; a fit takes 0.1 of one, and where they are over the feature has no bins and nobody is told
TREND = {1: "ascending", -1: "descending", 0: "auto"}


@dataclass(frozen=True, slots=True)
class Term:
    """One feature of the scorecard: bins, their weight of evidence, its coefficient.

    Attributes:
        edges: of a number: bin i holds [edges[i - 1], edges[i]); the first and last are open.
        groups: of a category: the levels of each bin.
        woe: ln(share of survivors / share of defaults) of each bin, as optbinning signs it.
        missing_woe: of a missing value; a level that no bin holds counts as missing.
        iv: information value on train.
    """

    feature: str
    edges: tuple[float, ...] | None
    groups: tuple[tuple[str, ...], ...] | None
    woe: tuple[float, ...]
    missing_woe: float
    coefficient: float
    iv: float

    def woe_of(self, values: pd.Series) -> Floats:
        """The weight of evidence of each value."""
        if self.groups is not None:
            known = {
                level: woe
                for group, woe in zip(self.groups, self.woe, strict=True)
                for level in group
            }
            found = values.map(known).to_numpy(dtype=np.float64, na_value=np.nan)
            return np.where(np.isnan(found), self.missing_woe, found)
        numbers = values.to_numpy(dtype=np.float64, na_value=np.nan)
        bins = np.searchsorted(np.asarray(self.edges or ()), numbers, side="right")
        woe = np.asarray(self.woe)[np.minimum(bins, len(self.woe) - 1)]
        return np.where(np.isnan(numbers), self.missing_woe, woe)


@dataclass(frozen=True, slots=True)
class Scorecard:
    """log-odds of default = intercept + sum of coefficient x WOE (`data/model/baseline.json`)."""

    intercept: float
    terms: tuple[Term, ...]

    def margin(self, features: pd.DataFrame) -> Floats:
        """Log-odds of default of each row of raw features."""
        total = np.full(len(features), self.intercept)
        for term in self.terms:
            total += term.coefficient * term.woe_of(features[term.feature])
        return total

    def pd(self, features: pd.DataFrame) -> Floats:
        """Probability of default of each row of raw features."""
        return np.asarray(expit(self.margin(features)))

    def to_json(self) -> dict[str, Any]:
        """The scorecard as plain values."""
        return {
            "intercept": self.intercept,
            "terms": [
                {name: getattr(term, name) for name in Term.__slots__} for term in self.terms
            ],
        }

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Scorecard:
        """The scorecard that `to_json` wrote."""
        return cls(float(values["intercept"]), tuple(_term(term) for term in values["terms"]))


def _term(values: dict[str, Any]) -> Term:
    edges, groups = values["edges"], values["groups"]
    return Term(
        values["feature"],
        None if edges is None else tuple(map(float, edges)),
        None if groups is None else tuple(tuple(map(str, group)) for group in groups),
        tuple(map(float, values["woe"])),
        float(values["missing_woe"]),
        float(values["coefficient"]),
        float(values["iv"]),
    )


def fit_scorecard(part: Part, contract: ModelContract) -> Scorecard:
    """Bins that follow the promised directions, and a logistic regression on their WOE.

    Features: the strongest by a coarse IV, binned by optbinning, those below IV 0.02 or with a
    stronger twin left out; then, one by one, those whose coefficient has the wrong sign (WOE is high
    for survivors, so a right coefficient is negative). With nothing left the scorecard is the base rate.
    """
    candidates = strongest(part, contract)
    columns = {one.name: _column(part.features[one.name], one) for one in candidates}
    frame = pd.DataFrame(columns)
    process = binning(candidates)
    with warnings.catch_warnings():
        # optbinning 1.0 writes its totals as text into number columns - until optbinning > 1.0
        warnings.filterwarnings("ignore", "Setting an item of incompatible dtype")
        process.fit(frame, part.defaulted.astype(int))
    # by our own bins, for optbinning gives a bin of one class no weight
    learned = [_learned(process, one, part) for one in candidates]
    woe = np.column_stack([term.woe_of(part.features[term.feature]) for term in learned])
    chosen = _without_twins(woe, [term.iv for term in learned])
    coefficients, intercept, chosen = _right_signs(woe, part.defaulted, chosen)
    terms = tuple(
        replace(learned[position], coefficient=float(coefficient))
        for position, coefficient in zip(chosen, coefficients, strict=True)
    )
    return Scorecard(intercept, terms)


def binning(features: list[Feature]) -> BinningProcess:
    """The binning process of these features, each with the trend its direction promises."""
    from optbinning import BinningProcess  # noqa: PLC0415 - takes a second to import, and scoring needs none

    return BinningProcess(
        variable_names=[one.name for one in features],
        categorical_variables=[one.name for one in features if one.levels is not None],
        max_n_prebins=COARSE_BINS,
        min_prebin_size=MIN_PREBIN,
        binning_fit_params={
            one.name: {"monotonic_trend": TREND[one.direction], "time_limit": NO_CLOCK}
            for one in features
            if one.levels is None
        },
        n_jobs=1,
    )


def strongest(part: Part, contract: ModelContract) -> list[Feature]:
    """The features with the highest coarse IV, at most twenty, in the contract's order."""
    codes = contract.encode(part.features)
    power = [coarse_iv(codes[:, i], part.defaulted) for i in range(codes.shape[1])]
    best = set(np.argsort(power, kind="stable")[::-1][:MAX_CANDIDATES].tolist())
    return [one for position, one in enumerate(contract.features) if position in best]


def coarse_iv(values: Floats, defaulted: Bools) -> float:
    """Information value over twenty equal-mass bins and one for missing, half a count added to each.

    IV = sum over bins of (share of survivors - share of defaults) x WOE.

    >>> round(coarse_iv(np.array([0.0, 0.0, 1.0, 1.0]), np.array([False, False, True, True])), 4)
    2.1459
    """
    edges = inner_edges(values, COARSE_BINS)
    bins = np.where(np.isnan(values), len(edges) + 1, np.searchsorted(edges, values))
    _, bins = np.unique(bins, return_inverse=True)  # empty bins say nothing
    bad = np.bincount(bins, defaulted) + 0.5
    good = np.bincount(bins, ~defaulted) + 0.5
    bad, good = bad / bad.sum(), good / good.sum()
    return float(np.sum((good - bad) * np.log(good / bad)))


def _column(values: pd.Series, feature: Feature) -> pd.Series:
    if feature.levels is None:
        return pd.Series(values.to_numpy(dtype=np.float64, na_value=np.nan))
    known = values.where(values.isin(feature.levels), None)
    return pd.Series(known.to_numpy(dtype=object))


def _counts(process: BinningProcess, name: str) -> Floats:
    """Survivors and defaults of each bin; optbinning ends with the bins `special` and `missing`."""
    table = process.get_binned_variable(name).binning_table
    return np.column_stack([table.n_nonevent, table.n_event]).astype(np.float64)


def _without_twins(woe: Floats, iv: list[float]) -> list[int]:
    chosen: list[int] = []
    for position in np.argsort(iv, kind="stable")[::-1].tolist():
        if iv[position] < MIN_IV or np.ptp(woe[:, position]) == 0:
            continue  # what is one value has no correlation
        alike = [abs(np.corrcoef(woe[:, position], woe[:, one])[0, 1]) for one in chosen]
        if max(alike, default=0) < ALIKE:
            chosen.append(position)
    return sorted(chosen)


def _right_signs(
    woe: Floats, defaulted: Bools, chosen: list[int]
) -> tuple[Floats, float, list[int]]:
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415 - scoring needs none

    while chosen:
        model = LogisticRegression(C=1e3, max_iter=1000, tol=1e-8)
        model.fit(woe[:, chosen], defaulted.astype(int))
        worst = int(np.argmax(model.coef_[0]))
        if model.coef_[0][worst] < 0:
            return model.coef_[0], float(model.intercept_[0]), chosen
        chosen = chosen[:worst] + chosen[worst + 1 :]
    rate = float(np.mean(defaulted))
    return np.empty(0), float(np.log(rate / (1 - rate))), []


def _learned(process: BinningProcess, feature: Feature, part: Part) -> Term:
    """The bins of one fitted variable as plain values; its coefficient is still to come."""
    counts = _counts(process, feature.name)
    splits, bins, groups = process.get_binned_variable(feature.name).splits, counts[:-2], None
    if feature.levels is not None:
        groups, bins = _apart(splits, part.features[feature.name], part.defaulted)
    total = counts.sum(axis=0)
    woe = tuple(_woe(row, total) for row in bins)
    missing = _woe(counts[-1], total)
    shares = np.vstack([bins, counts[-1]]) / total
    return Term(
        feature.name,
        tuple(float(edge) for edge in splits) if groups is None else None,
        groups,
        woe,
        missing,
        0.0,
        float(np.sum((shares[:, 0] - shares[:, 1]) * np.array([*woe, missing]))),
    )


def _apart(
    splits: Iterable[Iterable[str]], values: pd.Series, defaulted: Bools
) -> tuple[tuple[tuple[str, ...], ...], Floats]:
    """Groups of levels with their survivors and defaults. A level of one class, which optbinning merges, is a group of its own."""
    table = pd.crosstab(values, defaulted).reindex(columns=[False, True], fill_value=0)
    counts = {str(level): row.to_numpy(dtype=np.float64) for level, row in table.iterrows()}
    least = MIN_PREBIN * len(values)
    groups: list[tuple[str, ...]] = []
    for group in splits:
        levels = [str(level) for level in group]
        pure = [one for one in levels if counts[one].sum() >= least and not counts[one].all()]
        rest = tuple(one for one in levels if one not in pure)
        groups += [rest, *((one,) for one in pure)] if rest else [(one,) for one in pure]
    return tuple(groups), np.array([sum(counts[one] for one in group) for group in groups])


def _woe(counts: Floats, total: Floats) -> float:
    """ln(share of survivors / share of defaults) of a bin; an empty one says nothing: 0.

    A bin of one class has half an observation of each added, as an empirical logit has (Haldane 1956; Anscombe 1956):
    its weight is finite, and grows with its size. All other bins are as they are.

    >>> total = np.array([900.0, 200.0])
    >>> round(_woe(np.array([0.0, 100.0]), total), 4)   # ln(0.5 / 900) - ln(100.5 / 200)
    -6.8074
    >>> _woe(np.array([0.0, 0.0]), total)
    0.0
    """
    if not counts.any():
        return 0.0
    good, bad = counts if counts.all() else counts + HALF
    return float(np.log(good / total[0]) - np.log(bad / total[1]))
