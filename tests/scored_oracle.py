"""What a validation must show, computed another way: straight from scored rows by NumPy, SciPy and scikit-learn alone."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import expit, logit
from scipy.stats import beta, chi2, norm
from sklearn.metrics import average_precision_score, roc_auc_score, roc_curve

Array = np.ndarray[Any, Any]
Interval = tuple[float, float, float]
Z = float(norm.ppf(0.975))
BOUNDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.10, 0.30)


def grade_of(chance: Array) -> Array:
    """A PD on a bound belongs to the riskier grade."""
    return np.array([1 + sum(bound <= one for bound in BOUNDS) for one in chance])


def score_of(chance: Array) -> Array:
    """600 points at odds of 30 to 1; 40 points double the odds."""
    return 600 + 40 * (np.log2((1 - chance) / chance) - np.log2(30))


def area(rows: pd.DataFrame, score: str = "pd") -> Interval:
    """ROC AUC with DeLong's interval over customers: every pair looked at."""
    bad, good = rows[rows["bad"]], rows[~rows["bad"]]
    above = (bad[score].to_numpy()[:, None] > good[score].to_numpy()[None, :]).astype(float)
    above += 0.5 * (bad[score].to_numpy()[:, None] == good[score].to_numpy()[None, :])
    value = above.mean()
    ids = sorted(rows["customer_id"].unique())
    up = (above.mean(axis=1) - value) / len(bad)
    down = (above.mean(axis=0) - value) / len(good)
    ups = pd.Series(up).groupby(bad["customer_id"].to_numpy()).sum().reindex(ids).fillna(0)
    downs = pd.Series(down).groupby(good["customer_id"].to_numpy()).sum().reindex(ids).fillna(0)
    counts = bad["customer_id"].nunique(), good["customer_id"].nunique(), len(ids)
    weights = [k / (k - 1) for k in counts]
    variance = weights[0] * (ups**2).sum() + weights[1] * (downs**2).sum() + 2 * weights[2] * (ups * downs).sum()  # fmt: skip
    half = Z * np.sqrt(variance)
    return float(value), float(max(0, value - half)), float(min(1, value + half))


def rate(rows: pd.DataFrame) -> Interval:
    """Default rate with Jeffreys' interval on the effective number of rows."""
    mean, n = rows["bad"].mean(), len(rows)
    if 0 < mean < 1:
        off = rows["bad"] - mean
        clustered = (off.groupby(rows["customer_id"]).sum() ** 2).sum()
        n = n / max(1.0, clustered / (off**2).sum())
    else:
        n = rows["customer_id"].nunique()
    low, high = beta.ppf([0.025, 0.975], mean * n + 0.5, n - mean * n + 0.5)
    return float(mean), float(low if mean > 0 else 0.0), float(high if mean < 1 else 1.0)


def jeffreys_rate(bad: int, n: int) -> Interval:
    """Default rate of independent rows."""
    low, high = beta.ppf([0.025, 0.975], bad + 0.5, n - bad + 0.5)
    return bad / n, float(low) if bad else 0.0, float(high) if bad < n else 1.0


def line(rows: pd.DataFrame, score: str = "pd", *, slope: bool) -> list[Interval]:
    """Cox's line by Newton's method and a sandwich over customers; with the slope held at 1 where it is not asked for."""
    odds = logit(rows[score].to_numpy())
    design = np.column_stack([np.ones(len(odds)), odds]) if slope else np.ones((len(odds), 1))
    offset = np.zeros(len(odds)) if slope else odds
    bad, found = rows["bad"].to_numpy(dtype=float), np.zeros(design.shape[1])
    for _ in range(50):
        fitted = expit(design @ found + offset)
        bread = np.linalg.inv(design.T @ (design * (fitted * (1 - fitted))[:, None]))
        found = found + bread @ design.T @ (bad - fitted)
    fitted = expit(design @ found + offset)
    sums = pd.DataFrame(design * (bad - fitted)[:, None]).groupby(rows["customer_id"].to_numpy()).sum()  # fmt: skip
    groups, n, k = len(sums), len(bad), design.shape[1]
    meat = sums.to_numpy().T @ sums.to_numpy() * groups / (groups - 1) * (n - 1) / (n - k)
    errors = np.sqrt(np.diag(bread @ meat @ bread))
    return [(float(b), float(b - Z * e), float(b + Z * e)) for b, e in zip(found, errors, strict=True)]  # fmt: skip


def tenths(values: Array) -> list[Array]:
    """Ten groups of equal size by rising value; equal values stay together, at the nearer end (the lower one of two as near)."""
    order, cuts, left, done = np.argsort(values, kind="stable"), {0, len(values)}, len(values), 0
    for groups in range(10, 1, -1):
        # as even as can be: each takes its share, rounded up, of what is left
        size = -(-left // groups)
        done, left = done + size, left - size
        if left == 0:
            break
        first = values[order[done]]
        below, through = int((values < first).sum()), int((values <= first).sum())
        cuts.add(below if done - below <= through - done else through)
    ends = sorted(cuts)
    return [order[one:other] for one, other in itertools.pairwise(ends)]


def counted(before: Array, *samples: Array) -> list[Array]:
    """Values of each sample by tenths of the first one's, each with its largest value (from, to]; missing ones come last."""
    there = before[~np.isnan(before)]
    edges = [-np.inf, *(float(there[one].max()) for one in tenths(there)[:-1]), np.inf]
    found = []
    for one in samples:
        inside = pd.cut(pd.Series(one), edges, right=True, labels=False)
        heads = [int((inside == number).sum()) for number in range(len(edges) - 1)]
        found.append(np.array([*heads, int(np.isnan(one).sum())]))
    return found


def plain(rows: pd.DataFrame, score: str, weight: Array) -> dict[str, float]:
    """The measures that are bootstrapped, under weights of rows."""
    bad, chance = rows["bad"].to_numpy(dtype=bool), rows[score].to_numpy()
    total = weight.sum()
    mean = (weight * bad).sum() / total
    brier = (weight * (chance - bad) ** 2).sum() / total
    order = np.argsort(chance)
    down = np.cumsum((weight * bad)[order]) / (weight * bad).sum()
    good = np.cumsum((weight * ~bad)[order]) / (weight * ~bad).sum()
    return {
        "ks": float(np.abs(good - down).max()),
        "average_precision": float(average_precision_score(bad, chance, sample_weight=weight)),
        "brier": float(brier),
        "brier_skill": float(1 - brier / (mean * (1 - mean))),
        "log_loss": float(-(weight * np.where(bad, np.log(chance), np.log1p(-chance))).sum() / total),
    }  # fmt: skip


def draws(rows: pd.DataFrame, times: int, seed: int) -> list[Array]:
    """How often each row's customer is drawn, draw by draw."""
    ids = sorted(rows["customer_id"].unique())
    place = rows["customer_id"].map({one: i for i, one in enumerate(ids)}).to_numpy()
    random = np.random.default_rng(seed)
    return [np.bincount(random.integers(0, len(ids), len(ids)), minlength=len(ids))[place] for _ in range(times)]  # fmt: skip


def quantiles(values: list[float]) -> tuple[float, float]:
    """The middle 95 %."""
    low, high = np.quantile(values, [0.025, 0.975])
    return float(low), float(high)


def measures(rows: pd.DataFrame, score: str, weights: list[Array]) -> dict[str, Interval]:
    """Every measure of one model on one sample."""
    roc, observed, chance = area(rows, score), rate(rows), rows[score].to_numpy()
    intercept, slope = line(rows, score, slope=True)
    once, drawn = plain(rows, score, np.ones(len(rows))), [plain(rows, score, w) for w in weights]
    found: dict[str, Interval] = {
        "roc_auc": roc,
        "gini": (2 * roc[0] - 1, 2 * roc[1] - 1, 2 * roc[2] - 1),
        "mean_pd": (float(chance.mean()), np.nan, np.nan),
        "rate": observed,
        "observed_to_expected": tuple(one / chance.mean() for one in observed),  # type: ignore[dict-item]
        "cox_slope": slope,
        "cox_intercept": intercept,
        "level": line(rows, score, slope=False)[0],
    }
    for name in ("average_precision", "brier", "brier_skill", "log_loss"):
        found[name] = once[name], *quantiles([one[name] for one in drawn])
    low, high = quantiles([one["ks"] for one in drawn])
    ks = once["ks"]
    found["ks"] = ks, min(ks, max(0, 2 * ks - high)), max(ks, min(1, 2 * ks - low))
    found["ece"] = _ece(rows, score, weights)
    return found


def _ece(rows: pd.DataFrame, score: str, weights: list[Array]) -> Interval:
    off = (rows[score] - rows["bad"]).to_numpy(dtype=float)
    groups = tenths(rows[score].to_numpy())
    own = np.array([off[one].mean() for one in groups])
    share = np.array([len(one) for one in groups]) / len(off)
    value = float(share @ np.abs(own))
    gaps = []
    for weight in weights:
        drawn = [(weight[one] @ off[one]) / weight[one].sum() for one in groups]
        gaps.append(float(share @ np.abs(np.array(drawn) - own)))
    reach = float(np.quantile(gaps, 0.95))
    return value, max(0.0, value - reach), min(1.0, value + reach)


def premium(rows: pd.DataFrame, weights: list[Array]) -> dict[str, Interval]:
    """Model less scorecard, pair by pair; the Gini of the raw scores."""

    def gini(weight: Array) -> float:
        ours, card = (roc_auc_score(rows["bad"], rows[name], sample_weight=weight) for name in ("margin", "card"))  # fmt: skip
        return float(2 * (ours - card))

    once = np.ones(len(rows))
    found = {"gini": (gini(once), *quantiles([gini(weight) for weight in weights]))}
    ours, card = ([plain(rows, name, weight) for weight in (once, *weights)] for name in ("pd", "card"))  # fmt: skip
    for name in ("average_precision", "brier_skill"):
        apart = [one[name] - other[name] for one, other in zip(ours, card, strict=True)]
        found[name] = apart[0], *quantiles(apart[1:])
    return found


def psi(before: Array, after: Array, customers: tuple[int, int]) -> tuple[float, float, float]:
    """PSI of two rows of counts with half a customer in each bin, its critical value and p-value."""
    kept = before + after > 0
    shares = []
    for counts, n in zip((before[kept], after[kept]), customers, strict=True):
        heads = counts / counts.sum() * n + 0.5
        shares.append(heads / heads.sum())
    value = float(((shares[1] - shares[0]) * np.log(shares[1] / shares[0])).sum())
    spread, freedom = 1 / customers[0] + 1 / customers[1], int(kept.sum()) - 1
    return value, float(chi2.ppf(0.95, freedom) * spread), float(chi2.sf(value / spread, freedom))


def worth(rows: pd.DataFrame, horizon: int, score: str = "pd") -> tuple[float, float, float]:
    """Rows and defaults that count as independent, and the mean PD: pair by pair within each customer.

    Two rows whose windows share a part o of the horizon have covariance o (sqrt(p q) - p q) if the PDs are right.
    """
    spread = 0.0
    for _, own in rows.groupby("customer_id"):
        for day, p in zip(own["as_of"], own[score], strict=True):
            for other, q in zip(own["as_of"], own[score], strict=True):
                o = max(1 - abs((day - other).days) / (365.25 / 12) / horizon, 0.0)
                spread += o * ((p * q) ** 0.5 - p * q)
    mean = float(rows[score].mean())
    effect = spread / (len(rows) * mean * (1 - mean))
    return len(rows) / effect, rows["bad"].sum() / effect, mean


def graded(rows: pd.DataFrame, horizon: int) -> list[dict[str, Any]]:
    """Grades 1 to 10, rows of all dates."""
    table = []
    by_grade = {number: worth(one, horizon) for number, one in rows.groupby("grade")}
    for number in range(1, 11):
        inside = rows[rows["grade"] == number]
        n, bad = len(inside), int(inside["bad"].sum())
        mean = inside["pd"].mean() if n else None
        own, own_bad, _ = by_grade.get(number, (0.0, 0.0, 0.0))
        riskier = [sum(one[side] for grade, one in by_grade.items() if grade >= number) for side in (0, 1)]  # fmt: skip
        bound = [float(beta.ppf(0.95, d + 0.5, m - d + 0.5)) if m else None for m, d in ((own, own_bad), riskier)]  # fmt: skip
        table.append({
            "grade": number, "n": n, "bad": bad, "share_n": n / len(rows), "mean_pd": mean,
            "share_exposure": inside["balance"].sum() / rows["balance"].sum(),
            "rate": (bad / n, *jeffreys_rate(own_bad, own)[1:]) if n else None, "upper": bound[0], "prudent": bound[1],
            "jeffreys": float(beta.cdf(mean, own_bad + 0.5, own - own_bad + 0.5)) if n else None,
            "binomial": (float(beta.cdf(mean, own_bad, own - own_bad + 1)) if bad else 1.0) if n else None,
        })  # fmt: skip
    return table


def moves(first: pd.DataFrame, last: pd.DataFrame) -> Array:
    """Customers by grade on the first (row) and the last date (column)."""
    both = first.merge(last, on="customer_id", suffixes=("_a", "_b"))
    table = pd.crosstab(both["grade_a"], both["grade_b"])
    return table.reindex(index=range(1, 11), columns=range(1, 11), fill_value=0).to_numpy()


def bandwidth(matrix: Array, *, up: bool) -> float:
    """Grades crossed as a share of the furthest that each mover could have gone."""
    crossed = furthest = 0.0
    for i in range(10):
        for j in range(10):
            if (j > i) if up else (j < i):
                crossed += abs(i - j) * matrix[i, j]
                furthest += max(i, 9 - i) * matrix[i, j]
    return crossed / furthest


def curve(rows: pd.DataFrame, score: str) -> list[tuple[float, float]]:
    """Share of survivors and of defaulters at or above each cut-off that scikit-learn keeps."""
    across, up, _ = roc_curve(rows["bad"], rows[score])
    return list(zip(across.tolist(), up.tolist(), strict=True))
